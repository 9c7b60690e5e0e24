/*
 * keep.c: the file that a run leaves, and what is left of a run that is
 * killed.
 *
 *	while it runs	run.db.partial, every few seconds anew
 *	at its end	run.db, and no run.db.partial
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

#define SHARE	20	/* checkpoints take at most one part in so many of a
			   processor's time */
#define NAMES	1000	/* runs of one scenario that begin in one second */

char *
cmd_partial_name(const char *path)
{
	char *name;

	return asprintf(&name, "%s.partial", path) < 0 ? NULL : name;
}

/* A scenario's name as a part of a file's. */
static void
plain(char *to, size_t size, const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0' && i + 1 < size; i++)
		to[i] = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
		    "WXYZ0123456789-_", name[i]) != NULL ? name[i] : '_';
	to[i] = '\0';
}

/* => a name that no file has: folder/amapstorm-scenario-time[-n].db */
static int
new_name(struct cmd_keep *k)
{
	char when[32], what[48];
	struct stat st;
	struct tm tm;

	localtime_r(&k->begun, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	plain(what, sizeof(what), k->scenario);
	while (k->number++ < NAMES) {
		char more[16] = "";

		free(k->path);
		free(k->partial);
		k->path = k->partial = NULL;
		if (k->number > 1)
			snprintf(more, sizeof(more), "-%u", k->number);
		if (asprintf(&k->path, "%s%samapstorm-%s-%s%s.db", k->folder,
		    k->folder[0] != '\0' ? "/" : "", what, when, more) < 0) {
			k->path = NULL;
			return ENOMEM;
		}
		k->partial = cmd_partial_name(k->path);
		if (k->partial == NULL)
			return ENOMEM;
		if (lstat(k->path, &st) != 0 && lstat(k->partial, &st) != 0)
			return 0;
	}
	return EEXIST;
}

static int
given_name(struct cmd_keep *k, const char *path)
{
	k->path = strdup(path);
	k->partial = cmd_partial_name(path);
	return k->path == NULL || k->partial == NULL ? ENOMEM :
	    cmd_output_try(path);
}

/* A casual run goes on without, and says so. */
static int
cannot(struct cmd_keep *k, const char *path, int error)
{
	const char *name = path != NULL ? path : k->path != NULL ? k->path :
	    "run";

	if (path != NULL)
		return cmd_bad("%s: cannot be written: %s", name,
		    strerror(error));
	cmd_complain("%s: cannot be written: %s; -o FILE keeps the run "
	    "elsewhere, -o none nowhere", name, strerror(error));
	cmd_keep_close(k);
	return 0;
}

int
cmd_keep_open(struct cmd_keep *k, const char *path, const struct wl_job *job)
{
	const char *folder = getenv("AMAPSTORM_RUNS");
	int error;

	memset(k, 0, sizeof(*k));
	k->every = job->checkpoint_ns;
	k->scenario = job->name;
	k->folder = folder != NULL ? folder : "";
	k->begun = time(NULL);
	if (strcmp(path != NULL ? path : k->folder, "none") == 0)
		return 0;
	k->fresh = path == NULL;
	error = path != NULL ? given_name(k, path) : new_name(k);
	if (error == 0 && path == NULL)
		error = cmd_output_try(k->path);
	return error == 0 ? 0 : cannot(k, path, error);
}

/* ---- while it runs ---- */

enum wrote { WROTE, WROTE_NOT, WROTE_TAKEN };	/* another run has the name */

static enum wrote
checkpoint(const struct cmd_keep *k, struct lk_record *rec)
{
	struct wl_outcome outcome;
	struct ana_snapshot *s;
	char why[ANA_WHY] = "no memory";
	int error;

	memset(&outcome, 0, sizeof(outcome));
	error = ana_freeze(rec, &outcome, &s);
	if (error == 0) {
		s->partial = true;
		s->outcome.elapsed_ns = s->info.now - s->info.created;
		error = ana_snapshot_save(s, NULL, k->partial, k->fresh &&
		    !k->is_partial, why);
	}
	if (error == EEXIST)
		return WROTE_TAKEN;
	if (error != 0 && !k->told)
		cmd_complain("no checkpoint: %s", why);
	return error == 0 ? WROTE : WROTE_NOT;
}

/*
 * By a process of its own, which takes what time nobody else wants: the run
 * is not to be slower for it, and who watches it looks on meanwhile.
 */
static void
begin_checkpoint(struct cmd_keep *k, struct lk_record *rec)
{
	pid_t parent = getpid();

	fflush(NULL);
	k->writer = fork();
	if (k->writer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(WROTE_NOT);
		(void)setpriority(PRIO_PROCESS, 0, 19);
		_exit(checkpoint(k, rec));
	}
	if (k->writer == -1 && !k->told) {
		cmd_complain("no checkpoint: %s", strerror(errno));
		k->told = true;
	}
}

static uint64_t
ns_of(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_usec * 1000;
}

/* => true: none is being written any more */
static bool
end_checkpoint(struct cmd_keep *k, bool wait)
{
	struct rusage used;
	uint64_t took;
	int status;
	pid_t pid;

	if (k->writer <= 0)
		return true;
	do
		pid = wait4(k->writer, &status, wait ? 0 : WNOHANG, &used);
	while (pid == -1 && errno == EINTR);
	if (pid != k->writer)
		return pid == -1;
	k->writer = 0;
	took = ns_of(&used.ru_utime) + ns_of(&used.ru_stime);
	k->next = lk_now() + (took * SHARE > k->every ? took * SHARE :
	    k->every);
	if (!WIFEXITED(status))
		cmd_complain("no checkpoint: the process that writes it died");
	else if (WEXITSTATUS(status) == WROTE)
		k->is_partial = true;
	else if (WEXITSTATUS(status) == WROTE_TAKEN && new_name(k) == 0)
		k->next = lk_now();
	else
		k->told = true;
	return true;
}

void
cmd_keep_look(struct cmd_keep *k, struct lk_record *rec)
{
	uint64_t now = lk_now();

	if (k->path == NULL || k->every == 0 || !end_checkpoint(k, false))
		return;
	if (k->next == 0)
		k->next = now + k->every;
	if (now < k->next)
		return;
	k->next = now + k->every;
	begin_checkpoint(k, rec);
}

/* ---- at its end ---- */

static int
save(struct cmd_keep *k, const struct ana_snapshot *s,
    const struct ana_result *r, char why[ANA_WHY])
{
	int error;

	do
		error = ana_snapshot_save(s, r, k->path, k->fresh, why);
	while (error == EEXIST && k->fresh && !k->is_partial &&
	    new_name(k) == 0);
	return error;
}

/* A run that could not even start is not worth keeping. */
int
cmd_keep_done(struct cmd_keep *k, const struct ana_snapshot *s,
    const struct ana_result *r)
{
	char why[ANA_WHY];
	int error = 0;

	if (k->path == NULL)
		return 0;
	(void)end_checkpoint(k, true);
	if (s->outcome.end != WLE_FAILED)
		error = save(k, s, r, why);
	if (error != 0) {
		cmd_complain("%s", why);
		if (k->is_partial)
			cmd_complain("what was measured before the end is in "
			    "%s", k->partial);
		return k->fresh ? 0 : ANA_EXIT_CANNOT;
	}
	(void)unlink(k->partial);	/* of an earlier run, too */
	k->saved = s->outcome.end != WLE_FAILED;
	return 0;
}

void
cmd_keep_tell(const struct cmd_keep *k, bool quiet)
{
	if (k->saved && (k->fresh || !quiet))
		fprintf(stderr, "kept in %s (amapstorm report %s)\n", k->path,
		    k->path);
}

void
cmd_keep_close(struct cmd_keep *k)
{
	(void)end_checkpoint(k, true);
	free(k->path);
	free(k->partial);
	k->path = k->partial = NULL;
}

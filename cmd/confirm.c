/*
 * confirm.c: --confirm: findings about lock order are tried on fibers.
 *
 * Small jobs, those of the scenarios explore-*, with the scheme and the lock
 * of the run, are steered into what each finding says; before them, if it was
 * explored, the job itself.  That happens in a child, which writes what came
 * of it where both can see it.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd_int.h"

#define MOST		32		/* findings */
#define TRIES		300		/* executions of a job, each */
#define SMALLER		300		/* to make a schedule smaller */
#define SCHEDULE	4000		/* letters of one */
#define BUDGET_NS	UINT64_C(8000000000)
#define PATIENCE_NS	UINT64_C(30000000000)

static const char *const jobs[] = {
	"explore-swapoff", "explore-cow", "explore-shared", "explore-pageout"
};
#define NJOBS	(sizeof(jobs) / sizeof(jobs[0]))
#define OWN	NJOBS

struct trying {
	const struct wl_job *run;
	const struct cmd_explored *explored;	/* NULL: by stress */
	uint64_t	until;
};

struct row {
	bool		confirmed;
	uint64_t	tries;
	unsigned	job;			/* of jobs; OWN */
	char		schedule[SCHEDULE];	/* "": too long to be told */
};

static bool
to_confirm(const struct ana_finding *f)
{
	return f->steer != NULL && f->status == ANA_FEASIBLE &&
	    f->level != ANA_INFO;
}

/* ---- the child ---- */

static int
small_job(const struct wl_job *run, const char *name, struct wl_job *out)
{
	struct wl_error err;
	int error;

	memset(&err, 0, sizeof(err));
	error = wl_job_scenario(out, name, &err);
	if (error != 0)
		return error;
	snprintf(out->scheme, sizeof(out->scheme), "%s", run->scheme);
	snprintf(out->lock, sizeof(out->lock), "%s", run->lock);
	snprintf(out->subject, sizeof(out->subject), "%s", run->subject);
	out->vm.subject = run->vm.subject;
	return 0;
}

static void
note(struct row *row, unsigned job, const struct wl_confirmed *c)
{
	char *text;

	row->tries += c->tries;
	if (!c->confirmed)
		return;
	row->confirmed = true;
	row->job = job;
	text = wl_schedule_text(&c->schedule);
	if (text != NULL && strlen(text) < sizeof(row->schedule))
		strcpy(row->schedule, text);
	free(text);
}

static int
try_job(const struct trying *t, const struct ana_finding *f, unsigned job,
    struct row *row)
{
	const struct wl_confirm_conf conf = { .tries = TRIES,
	    .seed = job == OWN ? t->explored->seed : 1, .until = t->until,
	    .minimise = SMALLER };
	struct wl_job_program *p;
	struct wl_confirmed c;
	struct wl_error err;
	struct wl_job small = *t->run;
	int error = 0;

	if (job != OWN)
		error = small_job(t->run, jobs[job], &small);
	if (error != 0)
		return error;
	/* as amapstorm explore has it, or its replay would be another one */
	lk_backend_use(lk_backend_find(small.lock));
	lk_seed(small.seed);
	error = wl_job_program(&small, &p, &err);
	if (error != 0)
		return error;
	error = wl_confirm(wl_job_program_of(p), f->steer, &conf, &c);
	if (error == 0) {
		note(row, job, &c);
		wl_schedule_free(&c.schedule);
	}
	wl_job_program_free(p);
	return error;
}

static int
try_jobs(const struct trying *t, const struct ana_finding *f, struct row *row)
{
	unsigned k;
	int error = 0;

	if (t->explored != NULL)
		error = try_job(t, f, OWN, row);
	for (k = 0; k < NJOBS && error == 0 && !row->confirmed &&
	    lk_now() < t->until; k++)
		error = try_job(t, f, k, row);
	return error;
}

static int
child(const struct ana_result *r, struct trying *t, struct row *row)
{
	const struct lk_record_conf conf = { .level = LK_LEVEL_OFF };
	struct lk_record *rec;
	size_t i, n = 0;
	int error;

	t->until = lk_now() + BUDGET_NS;
	error = lk_record_create(&conf, &rec);
	if (error == 0)
		error = lk_strand_adopt("explorer", NULL);
	for (i = 0; i < r->nfindings && n < MOST && error == 0 &&
	    lk_now() < t->until; i++)
		if (to_confirm(r->findings[i]))
			error = try_jobs(t, r->findings[i], &row[n++]);
	return error;
}

/* ---- here ---- */

static int
wait_for(pid_t pid)
{
	const struct timespec tick = { 0, 5000000 };
	uint64_t since = lk_now();
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (lk_now() - since > PATIENCE_NS) {
			kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return ETIMEDOUT;
		}
		nanosleep(&tick, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

/* => letters of the command, as snprintf */
static size_t
again_own(const struct trying *t, const struct row *row, char *buf, size_t len)
{
	size_t at = (size_t)snprintf(buf, len, "%s --replay",
	    t->explored->command);

	return cmd_quote(buf, len, at, row->schedule);
}

static size_t
again_small(const struct wl_job *run, const struct row *row, char *buf,
    size_t len)
{
	char scheme[64], lock[64];
	const char *const word[] = {
		jobs[row->job], "--set", scheme, "--set", lock,
		run->subject[0] != '\0' ? "--subject" : NULL, run->subject,
		"--replay", row->schedule
	};
	size_t i, at;

	snprintf(scheme, sizeof(scheme), "scheme=%s", run->scheme);
	snprintf(lock, sizeof(lock), "lock=%s", run->lock);
	at = (size_t)snprintf(buf, len, "amapstorm explore");
	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (word[i] == NULL)
			i++;		/* nor its value */
		else
			at = cmd_quote(buf, len, at, word[i]);
	return at;
}

/* => what makes it happen again; false: there is no room to tell it */
static bool
again(const struct trying *t, const struct row *row, char *buf, size_t len)
{
	return row->schedule[0] != '\0' && (row->job == OWN ?
	    again_own(t, row, buf, len) :
	    again_small(t->run, row, buf, len)) < len;
}

static void
tell(struct ana_result *r, struct ana_finding *f, const struct trying *t,
    const struct row *row)
{
	char text[SCHEDULE + 4096];

	if (!row->confirmed)
		ana_unconfirmed(r, f, (uint32_t)row->tries);
	else
		ana_confirmed(r, f, (uint32_t)row->tries, again(t, row, text,
		    sizeof(text)) ? text : "too long to be told");
}

int
cmd_confirm(struct ana_result *r, const struct wl_job *run,
    const struct cmd_explored *explored)
{
	struct trying t = { .run = run, .explored = explored };
	struct row *row;
	size_t i, n = 0;
	pid_t pid;
	int error;

	for (i = 0; i < r->nfindings; i++)
		n += to_confirm(r->findings[i]);
	if (n == 0)
		return 0;
	row = mmap(NULL, MOST * sizeof(*row), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (row == MAP_FAILED)
		return errno;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(child(r, &t, row));
	}
	error = pid == -1 ? errno : wait_for(pid);
	for (i = n = 0; i < r->nfindings && n < MOST; i++)
		if (to_confirm(r->findings[i]))
			tell(r, r->findings[i], &t, &row[n++]);
	munmap(row, MOST * sizeof(*row));
	return error;
}

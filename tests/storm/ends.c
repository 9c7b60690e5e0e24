/*
 * However a run ends, it is told as what it was, and nothing is left behind.
 * usage: ends crash|stuck|term|no_swap|orphan
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/storm/storm_test.h"

static char dir[] = "/tmp/ends.XXXXXX";
static int tell[2];		/* a pipe whose writers are alive, or not */

static size_t
files_left(void)
{
	struct dirent *e;
	size_t n = 0;
	DIR *d = opendir(dir);

	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

static void
remove_dir(void)
{
	rmdir(dir);
}

static void
prepare(struct storm *s)
{
	storm_job(s, "storm");
	storm_set(s, "duration", "10min");
	storm_set(s, "audit", "100ms");
	storm_set(s, "swap.dir", dir);
}

static void
do_abort(void *arg)
{
	abort();
}

static void
crash(struct storm *s)
{
	const struct wl_hooks hooks = { .at_audit = do_abort };
	struct lk_crash_info info;

	prepare(s);
	storm_run(s, &hooks);
	if (s->out.end != WLE_CRASH || s->out.signo != SIGABRT)
		storm_fail(s, "not a crash by SIGABRT but %d", s->out.signo);
	memset(&info, 0, sizeof(info));
	if (!lk_record_crash(s->rec, &info) || info.signo != SIGABRT ||
	    strcmp(info.strand_name, "runner") != 0 || info.nframes == 0)
		storm_fail(s, "the record tells of signal %d by '%s', with %u "
		    "frames", info.signo, info.strand_name, info.nframes);
}

static void
do_stick(void *arg)
{
	lk_record_mark_crash(SIGSEGV, NULL, NULL);
	for (;;)
		pause();
}

/* As a sanitizer leaves it that cannot tell of a crash to the end. */
static void
stuck(struct storm *s)
{
	const struct wl_hooks hooks = { .at_audit = do_stick };

	prepare(s);
	storm_set(s, "hang", "10min");
	storm_run(s, &hooks);
	if (s->out.end != WLE_CRASH || s->out.signo != SIGSEGV)
		storm_fail(s, "not a crash by SIGSEGV but %d", s->out.signo);
}

static void
do_term(void *arg)
{
	kill(getppid(), SIGTERM);
}

static void
term(struct storm *s)
{
	const struct wl_hooks hooks = { .at_audit = do_term };

	prepare(s);
	storm_run(s, &hooks);
	if (s->out.end != WLE_INTERRUPTED)
		storm_fail(s, "not interrupted");
	if (storm_incidents(s, NULL) != 0 || s->ops == 0)
		storm_fail(s, "not in order");
}

static void
no_swap(struct storm *s)
{
	prepare(s);
	storm_set(s, "swap.dir", "/nonexistent/dir");
	storm_run(s, NULL);
	if (s->out.end != WLE_FAILED || s->out.error != ENOENT ||
	    strstr(s->out.why, "/nonexistent/dir") == NULL)
		storm_fail(s, "not told: %s", s->out.why);
}

static void
do_tell(void *arg)
{
	char one = 1;

	if (write(tell[1], &one, 1) != 1)
		abort();
}

/* The watcher is killed: the run must not go on without it. */
static void
orphan(struct storm *s)
{
	const struct wl_hooks hooks = { .at_audit = do_tell };
	pid_t watcher;
	char one;

	if (pipe(tell) == -1 || (watcher = fork()) == -1) {
		perror("orphan");
		exit(1);
	}
	if (watcher == 0) {
		close(tell[0]);
		prepare(s);
		storm_run(s, &hooks);
		_exit(0);
	}
	close(tell[1]);
	if (read(tell[0], &one, 1) != 1) {
		fprintf(stderr, "it never ran\n");
		exit(1);
	}
	kill(watcher, SIGKILL);
	waitpid(watcher, NULL, 0);
	while (read(tell[0], &one, 1) == 1)
		;	/* the end comes when the last writer is gone */
}

static const struct {
	const char	*name;
	void		(*fn)(struct storm *);
} cases[] = {
	{ "crash", crash }, { "stuck", stuck }, { "term", term },
	{ "no_swap", no_swap }, { "orphan", orphan },
};

int
main(int argc, char **argv)
{
	static struct storm s;
	size_t i, left;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (argc != 2 || strcmp(cases[i].name, argv[1]) != 0)
			continue;
		if (mkdtemp(dir) == NULL || atexit(remove_dir) != 0)
			return 1;
		cases[i].fn(&s);
		left = files_left();
		if (left == 0)
			return 0;
		fprintf(stderr, "%zu files left in %s\n", left, dir);
		return 1;
	}
	return 2;
}

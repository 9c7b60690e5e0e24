/*
 * Our own failed assertions, and crashes: what is made of them.
 */
#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/cmd_int.h"
#include "workloads/runner_int.h"

static void
fail_assertion(void *arg)
{
	LK_ASSERT(1 == 2);
	__asm__ volatile ("");	/* no tail call: the frame shall be there */
}

static void
crash(void *arg)
{
	__builtin_trap();
}

static struct ana_result *
run_with(void (*at_audit)(void *))
{
	const struct wl_hooks hooks = { .at_audit = at_audit };
	static struct wl_job job;
	struct wl_outcome outcome;
	struct ana_snapshot *s;
	struct ana_result *r;
	struct lk_record *rec;
	struct wl_error err;

	assert_int_equal(wl_job_scenario(&job, "cow", &err), 0);
	job.threads = 2;
	job.ops = 200;
	job.duration_ns = 0;
	assert_int_equal(lk_record_create(NULL, &rec), 0);
	assert_int_equal(wl_supervise_hooked(&job, rec, NULL, &hooks,
	    &outcome), 0);
	assert_int_equal(outcome.end, WLE_CRASH);
	assert_int_equal(ana_freeze(rec, &outcome, &s), 0);
	assert_int_equal(ana_run(s, &r), 0);
	ana_snapshot_free(s);
	lk_record_close(rec);
	return r;
}

static bool
has_line(const struct ana_finding *f, const char *part)
{
	size_t i;

	for (i = 0; i < f->ntext; i++) {
		if (strstr(f->text[i], part) != NULL)
			return true;
	}
	return false;
}

static void
in_the_run(void **state)
{
	struct ana_result *r = run_with(fail_assertion);

	assert_int_equal(r->nfindings, 1);
	assert_string_equal(r->findings[0]->name, "bug.assert");
	assert_non_null(strstr(r->findings[0]->what, "1 == 2"));
	assert_true(has_line(r->findings[0], "fail_assertion+0x"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_BUG);
	ana_result_free(r);
}

static void
crash_in_the_run(void **state)
{
	struct ana_result *r;

	signal(SIGILL, SIG_DFL);	/* the framework's would catch it */
	r = run_with(crash);
	assert_int_equal(r->nfindings, 1);
	assert_string_equal(r->findings[0]->name, "crash");
	assert_non_null(strstr(r->findings[0]->what, "SIGILL"));
	assert_true(has_line(r->findings[0], " crash+0x"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	ana_result_free(r);
}

static void
in_the_command(void **state)
{
	char said[256];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		cmd_bug_install();
		fail_assertion(NULL);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = read(fds[0], said, sizeof(said) - 1);
	close(fds[0]);
	assert_true(n > 0);
	said[n] = '\0';
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ANA_EXIT_BUG);
	assert_non_null(strstr(said, "a bug of amapstorm itself: "));
	assert_non_null(strstr(said, "1 == 2\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_run),
		cmocka_unit_test(crash_in_the_run),
		cmocka_unit_test(in_the_command)
	};

	cmd_bug_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

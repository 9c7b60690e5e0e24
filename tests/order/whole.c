/*
 * whole.c: random programs through real locks, the real record and the real
 * passes, against the oracle.
 *
 * usage: whole [PROGRAMS [SEED]]
 * Each is a case of its own, as in a table.  Report or no report must agree.
 */
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "tests/order/oracle.h"

enum { QUIET = 10, REPORTED = 11 };	/* exit codes of a program's process */

static struct ana_result *
run(const struct wl_case *c)
{
	const struct lk_record_conf conf = { .level = LK_LEVEL_FULL,
	    .arena = 4 << 20 };
	struct wl_outcome out;
	struct ana_snapshot *s;
	struct ana_result *r;
	struct lk_record *rec;

	if (lk_record_create(&conf, &rec) != 0 ||
	    wl_case_run(c, "whole", 1, rec, &out) != 0 ||
	    ana_freeze(rec, &out, &s) != 0)
		abort();
	s->assume_writer = true;
	if (ana_run(s, &r) != 0)
		abort();
	ana_snapshot_free(s);
	return r;
}

/* In a process of its own, so that it has a record of its own. */
static int
judge(const char *script)
{
	struct ana_result *r;
	struct wl_error err;
	struct wl_case *c;
	int code = QUIET;
	size_t i;

	if (wl_case_parse(script, 0, NULL, &c, &err) != 0)
		abort();
	r = run(c);
	for (i = 0; i < r->nfindings; i++)
		if (r->findings[i]->level >= ANA_WARN)
			code = REPORTED;
	return code;
}

static int
judged(const char *script)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == -1)
		abort();
	if (pid == 0)
		_exit(judge(script));
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 0) : 50, i;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	unsigned wrong = 0, reports = 0;
	char text[ORC_TEXT];

	for (i = 0; i < n; i++) {
		struct orc_program p;
		enum orc_truth truth;
		int got;

		orc_make(&p, seed + i);
		orc_print(&p, text);
		truth = orc_truth(&p);
		got = judged(text);
		reports += got == REPORTED;
		if (got == (truth == ORC_SAFE ? QUIET : REPORTED))
			continue;
		wrong++;
		printf("seed %llu: %s\n  truth: %s, tool: %s\n",
		    (unsigned long long)(seed + i), text,
		    orc_truth_name(truth), got == QUIET ? "nothing" :
		    got == REPORTED ? "a report" : "died");
	}
	printf("%llu programs, %u reports, %u differ\n",
	    (unsigned long long)n, reports, wrong);
	return wrong != 0 || reports == 0;
}

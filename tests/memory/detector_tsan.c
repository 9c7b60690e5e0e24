/*
 * detector_tsan.c: ThreadSanitizer.  It tells of each place once in a
 * process, so each program has its own.
 */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "locks/annotate_int.h"
#include "tests/memory/detector.h"

static unsigned reports;

static void
count_report(void *report)
{
	reports++;
}

bool
detector_races(const struct memory_program *p, uint64_t n)
{
	struct lk_fibers_result out;
	uint64_t seed;
	pid_t child;
	int status = -1;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(9);
		lk_tsan_report = count_report;
		for (seed = 1; seed <= n && reports == 0; seed++)
			run_once(p, seed, LK_MEMORY_OFF, &out);
		_exit(reports != 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    !WIFEXITED(status) || WEXITSTATUS(status) > 1) {
		fprintf(stderr, "%s: its process ended with %#x\n", p->name,
		    status);
		exit(1);
	}
	return WEXITSTATUS(status) != 0;
}

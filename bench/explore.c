/*
 * What exploration costs: points a second of two strands that do nothing but
 * take and drop a lock, and executions a second of the built-in scenarios,
 * with putting the world back and the audits at the end.
 * usage: bench_explore [EXECUTIONS [SCENARIO [STRATEGY] [KEY=VALUE ...]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workloads/workloads.h"

#define TURNS	100000
/*
 * As small as a walk that brings a page in, a fork, a fault and an unmapping
 * of part of a region can be: a page of 64 bytes in one region.  A third of
 * the points are those of swap-off that are not the walk's; the walk alone
 * has the rest.
 */
#define SMALL	"region_pages=1", "max_spaces=2", "device0=1", \
		"explore.per_world=0"
#define FEW	"device1=1", "explore.program=fork read | unref | swapcycle"
#define FEWER	"device1=0", "explore.program=read fork | unref | walk"

static struct rwlock lock[2];

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
turn(void *arg)
{
	struct rwlock *l = arg;
	int i;

	for (i = 0; i < TURNS; i++) {
		rw_enter_write(l);
		rw_exit_write(l);
	}
}

static void
two(void *arg)
{
	struct lk_strand *s[2];
	int i;

	for (i = 0; i < 2; i++)
		if (lk_strand_start(&s[i], "turn", turn, &lock[i], NULL) != 0)
			exit(1);
	for (i = 0; i < 2; i++)
		lk_strand_join(s[i]);
}

static void
run(const struct wl_program *p, const char *name, const char *strategy,
    uint64_t n, bool orders)
{
	struct wl_explore_conf conf = { .chooser = wl_chooser_find(strategy),
	    .seed = 1, .executions = n, .orders = orders };
	struct wl_explore_result r;
	double t = seconds();

	if (wl_explore(p, &conf, &r) != 0)
		exit(1);
	t = seconds() - t;
	printf("%-18s %-7s %6.1f points each  %9.0f executions/s  %6.2f M "
	    "points/s\n", name, strategy, (double)r.steps /
	    (double)r.executions, (double)r.executions / t,
	    (double)r.steps / t / 1e6);
	wl_schedule_free(&r.schedule);
}

/* A built-in scenario with some keys set, by two strategies or the one given. */
static int
job(const char *name, const char *const *set, int nset, const char *label,
    uint64_t n)
{
	const char *strategy = NULL;
	struct wl_job_program *p;
	struct wl_error err;
	struct wl_job job;
	char key[64];
	size_t len;
	int i;

	if (wl_job_scenario(&job, name, &err) != 0)
		return 1;
	if (nset > 0 && wl_chooser_find(set[0]) != NULL)
		strategy = set[0];
	for (i = strategy != NULL; i < nset; i++) {
		len = strcspn(set[i], "=");
		snprintf(key, sizeof(key), "%.*s", (int)len, set[i]);
		if (set[i][len] == '\0' ||
		    wl_job_set(&job, key, set[i] + len + 1, &err) != 0) {
			fprintf(stderr, "%s: %s\n", set[i], err.what);
			return 1;
		}
	}
	if (wl_job_program(&job, &p, &err) != 0)
		return 1;
	if (strategy != NULL)
		run(wl_job_program_of(p), label, strategy, n, false);
	else {
		run(wl_job_program_of(p), label, "random", n, false);
		run(wl_job_program_of(p), label, "pos", n, true);
	}
	wl_job_program_free(p);
	return 0;
}

int
main(int argc, char **argv)
{
	static const char *const strategy[] = { "random", "pct", "pos" };
	static const char *const name[] = { "explore-swapoff", "explore-cow",
	    "explore-shared", "explore-pageout" };
	static const char *const small[] = { SMALL, FEW };
	static const char *const smaller[] = { SMALL, FEWER };
	const struct lk_record_conf conf = { .level = LK_LEVEL_OFF };
	const struct wl_program locks = { .name = "locks", .run = two,
	    .max_steps = UINT64_MAX };
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
	struct lk_record *rec;
	unsigned i;

	if (lk_record_create(&conf, &rec) != 0)
		return 1;
	puts("of processor time, one core");
	if (argc > 2)
		return job(argv[2], (const char *const *)argv + 3, argc - 3, argv[2], n);
	for (i = 0; i < 3; i++)
		run(&locks, "locks alone", strategy[i], 5, false);
	if (job("explore-swapoff", small, sizeof(small) / sizeof(small[0]),
	    "the smallest", n) != 0 ||
	    job("explore-swapoff", smaller, sizeof(smaller) /
	    sizeof(smaller[0]), "the walk alone", n) != 0)
		return 1;
	for (i = 0; i < 4; i++)
		if (job(name[i], NULL, 0, name[i], n) != 0)
			return 1;
	return 0;
}

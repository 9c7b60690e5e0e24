/*
 * memory.c: how many points a second exploration passes where memory is
 * looked at: loads, stores and locks of three strands, a random walk, every
 * access checked for races.
 * usage: bench_memory [EXECUTIONS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/memory.h"
#include "locks/locks.h"

#define STRANDS		3
#define GOAL		2e6

static long turns = 100;

static struct lk_fiber_view *
choose(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	uint64_t *x = arg;

	*x = *x * 6364136223846793005ULL + 1442695040888963407ULL;
	return v[(*x >> 33) % n];
}

static void
run(void *arg)
{
	struct lk_strand *s[STRANDS];
	void (**fn)(void *) = arg;
	int i;

	memory_begin();
	for (i = 0; i < STRANDS; i++)
		if (lk_strand_start(&s[i], "bench", *fn, &turns, NULL) != 0)
			abort();
	for (i = 0; i < STRANDS; i++)
		lk_strand_join(s[i]);
}

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* => points a second, the best of five */
static double
rate(void (*fn)(void *), enum lk_memory memory, long n)
{
	uint64_t state = 1, points;
	struct lk_fibers_conf conf = {
		.choose = choose, .arg = &state, .memory = memory
	};
	struct lk_fibers_result out;
	double best = 0, since, now;
	int round;
	long i;

	for (round = 0; round < 5; round++) {
		points = 0;
		since = seconds();
		for (i = 0; i < n; i++) {
			conf.seed = (uint64_t)i;
			if (lk_fibers_run(&conf, run, &fn, NULL, &out) != 0 ||
			    out.end != LKF_DONE)
				abort();
			points += out.steps;
		}
		now = seconds();
		if ((double)points / (now - since) > best)
			best = (double)points / (now - since);
	}
	return best;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char	*name;
		void		(*fn)(void *);
		enum lk_memory	memory;
	} rows[] = {
		{ "locks alone", memory_locked, LK_MEMORY_OFF },
		{ "memory, a lock for each store", memory_locked,
		    LK_MEMORY_SHARED },
		{ "memory, 26 accesses for each lock", memory_plain,
		    LK_MEMORY_SHARED },
		{ "the same, all accesses", memory_plain, LK_MEMORY_ALL },
		{ "the same, no plain ones", memory_plain, LK_MEMORY_ATOMIC },
	};
	long n = argc > 1 ? atol(argv[1]) : 200;
	double r, memory = 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = rate(rows[i].fn, rows[i].memory, n);
		printf("%-36s %8.2f M points/s\n", rows[i].name, r / 1e6);
		if (i == 2)
			memory = r;
	}
	printf("goal: 2 M points/s with memory: %s\n", memory >= GOAL ? "met" :
	    "missed");
	return 0;
}

/*
 * bench/deps.c: what a take costs that the chain cache does not know, in ns
 * of processor time of a take and release; one strand, medians of ROUNDS.
 * What is new is mostly the first touch of memory.
 *
 *	hit		the same stack again
 *	known		another stack each time, all of them in the record: the
 *			cache is too small for them, the row is looked up
 *	new		a stack never seen before: a row is made
 *	new set		a known stack with other instances: a row is made
 *	dropped		the same when there are too many sets already
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "locks/locks.h"

#define ROUNDS	9
#define N	16384

static struct rwlock outer[64], inner[N];
static char names[N][12];
static const char *const gate_name[64] = {
	"g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "g9"
};

static void
take(struct rwlock *rw)
{
	rw_enter(rw, RW_WRITE);
	rw_exit(rw);
}

static void
fresh(bool classes)
{
	struct lk_record *r;
	unsigned i;

	if (lk_record_create(NULL, &r) != 0)
		exit(3);
	lk_record_close(r);
	for (i = 0; i < 64; i++)
		rw_init(&outer[i], gate_name[i % 10]);
	for (i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "c%u", i);
		rw_init(&inner[i], classes ? names[i] : "one");
	}
}

static int
order(const void *va, const void *vb)
{
	const double *a = va, *b = vb;

	return *a < *b ? -1 : *a > *b;
}

struct what {
	const char	*name;
	bool		classes;	/* a class each */
	unsigned	held;
	unsigned	before;		/* of N, done already */
	unsigned	n, step;	/* takes that are timed */
};

static uint64_t
spent(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static double
one(const struct what *w)
{
	uint64_t t;
	unsigned i;

	fresh(w->classes);
	for (i = 0; i < w->held; i++)
		rw_enter(&outer[i], RW_WRITE);
	for (i = 0; i < w->before; i++)
		take(&inner[i]);
	t = spent();
	for (i = 0; i < w->n; i++)
		take(&inner[(w->before + i * w->step) % N]);
	t = spent() - t;
	for (i = w->held; i-- > 0;)
		rw_exit(&outer[i]);
	return (double)t / w->n;
}

int
main(void)
{
	static const struct what row[] = {
		{ "hit, 1 held", true, 1, 1, N, 0 },
		{ "known, 1 held", true, 1, N, N, 1 },
		{ "known, 8 held", true, 8, N, N, 1 },
		{ "new, nothing held", true, 0, 0, N, 1 },
		{ "new, 1 held", true, 1, 0, N, 1 },
		{ "new, 8 held", true, 8, 0, N, 1 },
		{ "new, 64 held", true, 64, 0, N / 8, 1 },
		{ "new set, 1 held", false, 1, 0, LK_DEP_SETS, 1 },
		{ "dropped, 1 held", false, 1, N / 2, N / 2, 1 },
	};
	double ns[ROUNDS];
	unsigned i, k;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		for (k = 0; k < ROUNDS; k++)
			ns[k] = one(&row[i]);
		qsort(ns, ROUNDS, sizeof(ns[0]), order);
		printf("%-20s %8.1f ns\n", row[i].name, ns[ROUNDS / 2]);
	}
	return 0;
}

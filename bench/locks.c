/*
 * bench/locks.c: what recording a lock costs.
 *
 * Uncontended write and read pairs of our lock, fully recorded, against the
 * C library's rwlock without any recording; then four strands with an outer
 * read of 4 locks and an inner write, one in 16 times, of 64.
 *
 * Rounds are interleaved, and so are the slices of a round, each shorter than
 * the time a scheduler gives; a round's figure is the median of its slices.
 * Ratios are of one round; of 15 the median is shown, with the smallest and
 * the largest.  The mix is void when two threads of plain arithmetic scale
 * below 1.9.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locks/locks.h"

#define ROUNDS	15
#define SLICES	101
#define PAIRS	10000		/* in a slice */
#define MIX_NS	200000000

static _Alignas(64) struct rwlock rw = RWLOCK_INITIALIZER("bench");
static _Alignas(64) pthread_rwlock_t prw =
    PTHREAD_RWLOCK_INITIALIZER;

static void
glibc_write(unsigned n)
{
	while (n-- > 0) {
		pthread_rwlock_wrlock(&prw);
		pthread_rwlock_unlock(&prw);
	}
}

static void
glibc_read(unsigned n)
{
	while (n-- > 0) {
		pthread_rwlock_rdlock(&prw);
		pthread_rwlock_unlock(&prw);
	}
}

static void
ours_write(unsigned n)
{
	while (n-- > 0) {
		rw_enter(&rw, RW_WRITE);
		rw_exit(&rw);
	}
}

static void
ours_read(unsigned n)
{
	while (n-- > 0) {
		rw_enter(&rw, RW_READ);
		rw_exit(&rw);
	}
}

static void
ours_write_off(unsigned n)
{
	lk_record_level(LK_LEVEL_OFF);
	ours_write(n);
	lk_record_level(LK_LEVEL_FULL);
}

static void
ours_read_off(unsigned n)
{
	lk_record_level(LK_LEVEL_OFF);
	ours_read(n);
	lk_record_level(LK_LEVEL_FULL);
}

enum { GW, OW, OWOFF, GR, OR, OROFF, NPAIR };
static const struct pair {
	const char	*name;
	void		(*run)(unsigned);
	int		base;		/* what it is compared with */
	double		target;		/* 0: none */
} pairs[NPAIR] = {
	[GW] = { "glibc.write", glibc_write, GW, 0 },
	[OW] = { "ours.write", ours_write, GW, 0.80 },
	[OWOFF] = { "ours.write.off", ours_write_off, GW, 0 },
	[GR] = { "glibc.read", glibc_read, GR, 0 },
	[OR] = { "ours.read", ours_read, GR, 1.15 },
	[OROFF] = { "ours.read.off", ours_read_off, GR, 0 },
};

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), order);
	return v[n / 2];
}

static void
round_of_pairs(double ns[NPAIR])
{
	static double t[NPAIR][SLICES];
	int i, k;

	for (k = 0; k < SLICES; k++) {
		for (i = 0; i < NPAIR; i++) {
			uint64_t start = lk_now();

			pairs[i].run(PAIRS);
			t[i][k] = (double)(lk_now() - start) / PAIRS;
		}
	}
	for (i = 0; i < NPAIR; i++)
		ns[i] = median(t[i], SLICES);
}

static void
bench_pairs(void)
{
	double ns[NPAIR][ROUNDS], ratio[NPAIR][ROUNDS], one[NPAIR];
	int i, r;

	for (r = 0; r < ROUNDS; r++) {
		round_of_pairs(one);
		for (i = 0; i < NPAIR; i++) {
			ns[i][r] = one[i];
			ratio[i][r] = one[i] / one[pairs[i].base];
		}
	}
	for (i = 0; i < NPAIR; i++) {
		double mid = median(ratio[i], ROUNDS);

		printf("%-16s %7.2f ns", pairs[i].name,
		    median(ns[i], ROUNDS));
		if (pairs[i].base != i)
			printf("   x %.3f (%.3f .. %.3f)", mid, ratio[i][0],
			    ratio[i][ROUNDS - 1]);
		if (pairs[i].target != 0)
			printf("   target %.2f", pairs[i].target);
		printf("\n");
	}
}

/* ------------------------------------------------------------------------
 * Four strands
 */

#define NSTRAND	4
#define NOUTER	4
#define NINNER	64

/* A line each, for both: who shares a line by chance is no part of this. */
static struct {
	_Alignas(64) struct rwlock l;
} outer[NOUTER], inner[NINNER];
static struct {
	_Alignas(64) pthread_rwlock_t l;
} pouter[NOUTER], pinner[NINNER];
static _Atomic bool stop;
static _Atomic uint64_t taken;

static void
mix_ours(void *arg)
{
	uint64_t n = 0, x = (uintptr_t)arg * 0x9e3779b97f4a7c15ULL + 1;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		struct rwlock *o, *i;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		o = &outer[x >> 62].l;
		i = &inner[(x >> 50) % NINNER].l;
		rw_enter(o, RW_READ);
		if ((x >> 40) % 16 == 0) {
			rw_enter(i, RW_WRITE);
			rw_exit(i);
			n++;
		}
		rw_exit(o);
		n++;
	}
	atomic_fetch_add(&taken, n);
}

static void
mix_glibc(void *arg)
{
	uint64_t n = 0, x = (uintptr_t)arg * 0x9e3779b97f4a7c15ULL + 1;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		pthread_rwlock_t *o, *i;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		o = &pouter[x >> 62].l;
		i = &pinner[(x >> 50) % NINNER].l;
		pthread_rwlock_rdlock(o);
		if ((x >> 40) % 16 == 0) {
			pthread_rwlock_wrlock(i);
			pthread_rwlock_unlock(i);
			n++;
		}
		pthread_rwlock_unlock(o);
		n++;
	}
	atomic_fetch_add(&taken, n);
}

static void
alu(void *arg)
{
	uint64_t n = 0, x = 1;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		int k;

		for (k = 0; k < 1000; k++)
			x = x * 6364136223846793005ULL + 1;
		__asm__ __volatile__("" : : "r"(x));
		n++;
	}
	atomic_fetch_add(&taken, n);
}

/* How much n strands get done in a while, per second. */
static double
rate(void (*fn)(void *), int n)
{
	struct lk_strand *st[NSTRAND];
	uint64_t start;
	int i;

	atomic_store(&stop, false);
	atomic_store(&taken, 0);
	start = lk_now();
	for (i = 0; i < n; i++)
		if (lk_strand_start(&st[i], "bench", fn, (void *)(uintptr_t)i,
		    NULL) != 0)
			exit(3);
	lk_delay(MIX_NS);
	atomic_store(&stop, true);
	for (i = 0; i < n; i++)
		lk_strand_join(st[i]);
	return (double)atomic_load(&taken) * 1e9 / (double)(lk_now() - start);
}

static const struct mix {
	const char	*name;
	void		(*run)(void *);
	enum lk_level	level;
	int		strands;
	int		base;		/* what it is compared with */
	double		target;		/* 0: none */
} mixes[] = {
	{ "glibc.mix", mix_glibc, LK_LEVEL_FULL, NSTRAND, 0, 0 },
	{ "ours.mix", mix_ours, LK_LEVEL_FULL, NSTRAND, 0, 1.15 },
	{ "ours.mix.off", mix_ours, LK_LEVEL_OFF, NSTRAND, 0, 0 },
	{ "glibc.mix.alone", mix_glibc, LK_LEVEL_FULL, 1, 3, 0 },
	{ "ours.mix.alone", mix_ours, LK_LEVEL_FULL, 1, 3, 0 },
};
#define NMIX	(sizeof(mixes) / sizeof(mixes[0]))

static void
bench_mix(void)
{
	double got[NMIX][ROUNDS], ratio[NMIX][ROUNDS], scale[ROUNDS];
	int r, n = 0, i;
	size_t m;

	for (i = 0; i < NOUTER; i++) {
		rw_init(&outer[i].l, "outer");
		pthread_rwlock_init(&pouter[i].l, NULL);
	}
	for (i = 0; i < NINNER; i++) {
		rw_init(&inner[i].l, "inner");
		pthread_rwlock_init(&pinner[i].l, NULL);
	}
	for (r = 0; r < ROUNDS; r++) {
		scale[r] = rate(alu, 1);
		scale[r] = rate(alu, 2) / scale[r];
		if (scale[r] < 1.9)
			continue;
		for (m = 0; m < NMIX; m++) {
			lk_record_level(mixes[m].level);
			got[m][n] = rate(mixes[m].run, mixes[m].strands);
			ratio[m][n] = got[m][n] / got[mixes[m].base][n];
		}
		n++;
	}
	for (m = 0; m < NMIX && n > 0; m++) {
		double mid = median(ratio[m], (size_t)n);

		printf("%-16s %7.3g/s", mixes[m].name,
		    median(got[m], (size_t)n));
		if (mixes[m].base != (int)m)
			printf("    x %.3f (%.3f .. %.3f)", mid, ratio[m][0],
			    ratio[m][n - 1]);
		if (mixes[m].target != 0)
			printf("   target %.2f", mixes[m].target);
		printf("\n");
	}
	printf("valid rounds     %7d of %d\n", n, ROUNDS);
	printf("two threads      %7.2f\n", median(scale, ROUNDS));
}

int
main(int argc, char **argv)
{
	struct lk_record *r;

	if (lk_record_create(NULL, &r) != 0)
		return 3;
	printf("a note adds      %7.2f ns to a pair\n",
	    (double)lk_note_cost() / 1000);
	bench_pairs();
	if (argc > 1 && strcmp(argv[1], "--pairs") == 0)
		return 0;
	bench_mix();
	return 0;
}

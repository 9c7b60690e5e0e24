/*
 * bench/locks.c: what recording a lock costs.
 *
 * Uncontended write and read pairs of our lock, fully recorded, against the
 * C library's rwlock without any recording; then four strands with an outer
 * read of 4 locks and an inner write, one in 16 times, of 64.  Rounds are
 * interleaved; ratios are of medians of one run.  The mix is void when two
 * threads of plain arithmetic scale below 1.9.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locks/locks.h"

#define ROUNDS	15
#define PAIRS	2000000
#define MIX_NS	200000000

static struct rwlock rw = RWLOCK_INITIALIZER("bench");
static pthread_rwlock_t prw = PTHREAD_RWLOCK_INITIALIZER;

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

static const struct pair {
	const char	*name;
	void		(*run)(unsigned);
} pairs[] = {
	{ "glibc.write", glibc_write },
	{ "ours.write", ours_write },
	{ "glibc.read", glibc_read },
	{ "ours.read", ours_read },
	{ "ours.write.off", ours_write_off },
};
#define NPAIR	(sizeof(pairs) / sizeof(pairs[0]))

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
bench_pairs(double ns[NPAIR])
{
	double t[NPAIR][ROUNDS];
	size_t i, r;

	for (r = 0; r < ROUNDS; r++) {
		for (i = 0; i < NPAIR; i++) {
			uint64_t start = lk_now();

			pairs[i].run(PAIRS);
			t[i][r] = (double)(lk_now() - start) / PAIRS;
		}
	}
	for (i = 0; i < NPAIR; i++)
		ns[i] = median(t[i], ROUNDS);
}

/* ------------------------------------------------------------------------
 * Four strands
 */

#define NSTRAND	4
#define NOUTER	4
#define NINNER	64

static struct rwlock outer[NOUTER], inner[NINNER];
static pthread_rwlock_t pouter[NOUTER], pinner[NINNER];
static _Atomic bool stop;
static _Atomic uint64_t taken;

static void
mix_ours(void *arg)
{
	uint64_t n = 0, x = (uintptr_t)arg * 0x9e3779b97f4a7c15ULL + 1;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		struct rwlock *o, *i;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		o = &outer[x >> 62];
		i = &inner[(x >> 50) % NINNER];
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
		o = &pouter[x >> 62];
		i = &pinner[(x >> 50) % NINNER];
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

static int
bench_mix(double *ours, double *glibc, double *scale)
{
	double o[ROUNDS], g[ROUNDS], s[ROUNDS];
	int r, n = 0, i;

	for (i = 0; i < NOUTER; i++) {
		rw_init(&outer[i], "outer");
		pthread_rwlock_init(&pouter[i], NULL);
	}
	for (i = 0; i < NINNER; i++) {
		rw_init(&inner[i], "inner");
		pthread_rwlock_init(&pinner[i], NULL);
	}
	for (r = 0; r < ROUNDS; r++) {
		s[r] = rate(alu, 1);
		s[r] = rate(alu, 2) / s[r];
		if (s[r] < 1.9)
			continue;
		o[n] = rate(mix_ours, NSTRAND);
		g[n++] = rate(mix_glibc, NSTRAND);
	}
	*scale = median(s, ROUNDS);
	if (n == 0)
		return 0;
	*ours = median(o, (size_t)n);
	*glibc = median(g, (size_t)n);
	return n;
}

int
main(int argc, char **argv)
{
	double ns[NPAIR], ours, glibc, scale;
	struct lk_record *r;
	size_t i;
	int n;

	if (lk_record_create(NULL, &r) != 0)
		return 3;
	bench_pairs(ns);
	for (i = 0; i < NPAIR; i++)
		printf("%-16s %7.2f ns\n", pairs[i].name, ns[i]);
	printf("write ratio      %7.3f (target 0.80)\n", ns[1] / ns[0]);
	printf("read ratio       %7.3f (target 1.15)\n", ns[3] / ns[2]);
	if (argc > 1 && strcmp(argv[1], "--pairs") == 0)
		return 0;
	n = bench_mix(&ours, &glibc, &scale);
	if (n > 0)
		printf("mix              %7.3f (target 1.15): %.3g/s, glibc "
		    "%.3g/s\n", ours / glibc, ours, glibc);
	printf("valid rounds     %7d of %d\n", n, ROUNDS);
	printf("two threads      %7.2f\n", scale);
	return 0;
}

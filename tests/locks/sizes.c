/*
 * sizes.c: many classes, many instances, many stacks of takes: every one is
 * in the record, and nothing is counted wrong.
 *
 * What strands did is written down beside, as hashes of (held .. wanted); the
 * rows of the record must be the same set.  Argument: "full" for the large
 * sizes.
 */
#include <stdio.h>

#include "locks/record_int.h"
#include "tests/locks/t.h"

static bool full;

static int
order_u64(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return *a < *b ? -1 : *a > *b;
}

/* A set of hashes: appended to, then sorted and made unique. */
struct set {
	uint64_t	*v;
	size_t		n, room;
};

static void
set_add(struct set *s, uint64_t v)
{
	if (s->n == s->room) {
		s->room = s->room != 0 ? s->room * 2 : 1024;
		s->v = realloc(s->v, s->room * sizeof(*s->v));
		assert_non_null(s->v);
	}
	s->v[s->n++] = v;
}

static void
set_unique(struct set *s)
{
	size_t i, to = 0;

	qsort(s->v, s->n, sizeof(*s->v), order_u64);
	for (i = 0; i < s->n; i++)
		if (i == 0 || s->v[i] != s->v[to - 1])
			s->v[to++] = s->v[i];
	s->n = to;
}

static uint64_t
step(uint64_t h, uint64_t ident)
{
	return lk_mix(h + lk_mix(ident));
}

/* ------------------------------------------------------------------------
 * Strands that take some locks in ascending order
 */

#define STRANDS	4
#define DEEP	6

static struct rwlock *locks;
static char (*names)[12];
static unsigned nlocks;

struct taker {
	unsigned	turns;
	uint64_t	takes;
	struct set	done;
};

/* One site, so that a stack of takes is its classes and modes. */
static bool
take(struct rwlock *rw, bool try)
{
	return rw_enter(rw, RW_WRITE | (try ? RW_NOSLEEP : 0)) == 0;
}

static void
one_turn(struct taker *t)
{
	unsigned at = 0, n = 1 + (unsigned)lk_random_below(DEEP), k, got = 0;
	struct rwlock *held[DEEP];
	uint64_t h = 0;

	for (k = 0; k < n; k++) {
		bool try = lk_random_below(8) == 0;

		at += 1 + (unsigned)lk_random_below((nlocks - at) / 2);
		if (at >= nlocks || !take(&locks[at], try))
			break;
		h = step(h, (uint64_t)(uintptr_t)&locks[at]);
		if (!try)
			set_add(&t->done, h);
		held[got++] = &locks[at];
		t->takes++;
	}
	while (got > 0)
		rw_exit(held[--got]);
}

static void
taker(void *arg)
{
	struct taker *t = arg;
	unsigned i;

	for (i = 0; i < t->turns; i++)
		one_turn(t);
}

static void
row_hash(const struct lk_dep_info *d, void *arg)
{
	uint64_t h = 0;
	uint32_t i;

	if (d->want.kind != LKN_LOCK)
		return;
	for (i = 0; i < d->nheld; i++)
		h = step(h, d->held[i].ident);
	set_add(arg, step(h, d->want.ident));
	assert_int_not_equal(d->want.stack, 0);
	assert_int_not_equal(d->nseen, 0);
}

static void
no_losses(void)
{
	uint64_t loss[LKL_NLOSS];
	unsigned i;

	lk_record_losses(lk_record_current(), loss);
	for (i = 0; i < LKL_NLOSS; i++) {
		/* a histogram each is not promised */
		if (i == LKL_hists || i == LKL_waits)
			continue;
		if (loss[i] != 0)
			fail_msg("lost %lu: %s", (unsigned long)loss[i],
			    lk_loss_desc[i].help);
	}
}

static uint64_t
acquired(void)
{
	struct lk_totals *t;
	uint64_t sum = 0;
	size_t i, n;

	assert_int_equal(lk_record_totals(lk_record_current(), &t, &n), 0);
	for (i = 0; i < n; i++)
		if (t[i].kind == LKN_LOCK)
			sum += t[i].c[LKC_acquired];
	free(t);
	return sum;
}

static void
locks_make(unsigned n, unsigned nclasses)
{
	unsigned i;

	nlocks = n;
	locks = aligned_alloc(64, (size_t)n * sizeof(*locks));
	names = calloc(nclasses, sizeof(*names));
	assert_non_null(locks);
	assert_non_null(names);
	memset(locks, 0, (size_t)n * sizeof(*locks));
	for (i = 0; i < nclasses; i++)
		snprintf(names[i], sizeof(names[i]), "c%u", i);
	for (i = 0; i < n; i++)
		rw_init(&locks[i], names[i % nclasses]);
}

static void
locks_free(void)
{
	free(locks);
	free(names);
}

/* => the takes of all */
static uint64_t
takers(unsigned turns, struct set *done)
{
	struct taker t[STRANDS];
	struct lk_strand *st[STRANDS];
	uint64_t takes = 0;
	size_t k;
	unsigned i;

	memset(t, 0, sizeof(t));
	memset(done, 0, sizeof(*done));
	for (i = 0; i < STRANDS; i++) {
		t[i].turns = turns;
		st[i] = t_start("taker", taker, &t[i]);
	}
	for (i = 0; i < STRANDS; i++) {
		lk_strand_join(st[i]);
		takes += t[i].takes;
		for (k = 0; k < t[i].done.n; k++)
			set_add(done, t[i].done.v[k]);
		free(t[i].done.v);
	}
	set_unique(done);
	return takes;
}

static size_t
missing(const struct set *of, const struct set *in)
{
	size_t i, n = 0;

	for (i = 0; i < of->n; i++)
		if (bsearch(&of->v[i], in->v, in->n, sizeof(*in->v),
		    order_u64) == NULL)
			n++;
	return n;
}

static void
classes(void **state)
{
	struct set done, rows = { 0 };
	uint64_t takes;

	t_fresh_record();
	locks_make(16384, 16384);
	takes = takers(full ? 30000 : 3000, &done);
	assert_true(!full || takes >= 400000);
	lk_record_deps(lk_record_current(), 1, row_hash, &rows);
	set_unique(&rows);
	assert_int_equal(missing(&done, &rows), 0);
	assert_int_equal(missing(&rows, &done), 0);
	assert_int_equal(acquired(), takes);
	no_losses();
	free(done.v);
	free(rows.v);
	locks_free();
}

/*
 * The same with one class: order is told by the instances.  With nothing held
 * one row will do; it is taken out of what was done.
 */
static void
one_class(void **state)
{
	struct set done, rows = { 0 };
	uint64_t takes;
	unsigned i;

	t_fresh_record();
	locks_make(16384, 1);
	takes = takers(full ? 30000 : 3000, &done);
	lk_record_deps(lk_record_current(), 1, row_hash, &rows);
	for (i = 0; i < nlocks; i++)
		set_add(&rows, step(0, (uint64_t)(uintptr_t)&locks[i]));
	set_unique(&rows);
	assert_int_equal(missing(&done, &rows), 0);
	assert_int_equal(acquired(), takes);
	no_losses();
	free(done.v);
	free(rows.v);
	locks_free();
}

/*
 * More instances than any table has rows: their classes are all there, each
 * stack of takes has its first sets, and says so where there were more.
 */
static void
row_check(const struct lk_dep_info *d, void *arg)
{
	uint64_t *n = arg;

	n[0]++;
	n[1] += d->varied;
}

static void
instances(void **state)
{
	const unsigned n = full ? 1000000 : 50000, nc = full ? 5000 : 250;
	struct lk_record_info info;
	uint64_t rows[2] = { 0, 0 };
	struct set done;
	uint64_t takes;
	unsigned i;

	t_fresh_record();
	locks_make(n, nc);
	/* each of them once, under the same: more sets than are kept */
	for (i = 1; i < n; i++) {
		take(&locks[0], false);
		take(&locks[i], false);
		rw_exit(&locks[i]);
		rw_exit(&locks[0]);
	}
	takes = takers(full ? 20000 : 1000, &done);
	assert_int_equal(acquired(), takes + 2 * (uint64_t)(n - 1));
	lk_record_info(lk_record_current(), &info);
	assert_true(info.nclasses >= nc);
	lk_record_deps(lk_record_current(), 1, row_check, rows);
	assert_int_equal(rows[0], info.ndeps);
	assert_true(rows[0] >= nc);
	no_losses();
	for (i = 0; i < n; i++)
		rw_destroy(&locks[i]);
	assert_int_equal(lk_incidents(), 0);
	free(done.v);
	locks_free();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(one_class),
		cmocka_unit_test(instances),
	};

	full = argc > 1 && strcmp(argv[1], "full") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

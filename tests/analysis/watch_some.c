/*
 * watch_some.c: of what a watch reads of a live record the same follows as of
 * everything that is there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/watch_int.h"
#include "tests/locks/t.h"
#include "tests/size.h"

#define CLASSES	6
#define EACH	6
#define ACTORS	3
#define DEPTH	3
#define STEPS	60

static struct rwlock lock[CLASSES][EACH];
static struct ana_some some[1], whole[1];
static size_t nfindings, nread, nthere;
static const char *const name[CLASSES] = { "a", "b", "c", "d", "e", "f" };

static struct actor {
	struct lk_strand *strand;
	struct rwlock	*take[DEPTH];
	unsigned long	how[DEPTH];
	unsigned	n;
	_Atomic int	told, done;
} actors[ACTORS];

static void
act(void *arg)
{
	struct actor *a = arg;
	unsigned i;
	int n;

	for (n = 1;; n++) {
		t_until(&a->told, n);
		if (a->n == 0)
			return;
		for (i = 0; i < a->n; i++)
			rw_enter(a->take[i], a->how[i]);
		while (i-- > 0)
			rw_exit(a->take[i]);
		atomic_store(&a->done, n);
	}
}

static unsigned
below(unsigned *seed, unsigned n)
{
	return (unsigned)rand_r(seed) / 7 % n;
}

static struct rwlock *
another(const struct actor *a, unsigned n, unsigned *seed)
{
	unsigned c = below(seed, CLASSES), i;
	bool twice = below(seed, 80) == 0;
	struct rwlock *rw = &lock[c][below(seed, EACH)];

	for (i = 0; i < n; i++)
		if (a->take[i] == rw || (!twice && a->take[i] >= lock[c] &&
		    a->take[i] < lock[c] + EACH))
			return another(a, n, seed);
	return rw;
}

/* Different locks, by class always or mostly: few rings close, and late. */
static void
plan(struct actor *a, bool always, unsigned *seed)
{
	unsigned i, k;

	a->n = 2 + below(seed, DEPTH - 1);
	for (i = 0; i < a->n; i++) {
		a->take[i] = another(a, i, seed);
		a->how[i] = below(seed, 3) == 0 ? RW_READ : RW_WRITE;
	}
	for (i = 1; i < a->n && (always || below(seed, 12) != 0); i++)
		for (k = i; k > 0 && a->take[k] < a->take[k - 1]; k--) {
			struct rwlock *was = a->take[k];

			a->take[k] = a->take[k - 1];
			a->take[k - 1] = was;
		}
}

static struct ana_result *
judge(struct lk_record *rec, const struct ana_some *what)
{
	struct ana_snapshot *s;
	struct ana_result *r;

	assert_int_equal(ana_freeze_order(rec, what, &s), 0);
	assert_int_equal(ana_run_order(s, &r), 0);
	ana_snapshot_free(s);
	return r;
}

/* Rings that share an arc are told as one; which one may differ. */
static bool
akin(const struct ana_finding *a, const struct ana_finding *b)
{
	size_t i, k;

	if ((a->level == ANA_INFO) != (b->level == ANA_INFO))
		return false;
	for (i = 0; i < a->nkeys; i++)
		for (k = 0; k < b->nkeys; k++)
			if (a->keys[i] == b->keys[k])
				return true;
	return a->nkeys == 0 && b->nkeys == 0 && strcmp(a->what, b->what) == 0;
}

/* All of a have one in b that is akin. */
static void
within(const struct ana_result *a, const struct ana_result *b, unsigned seed)
{
	size_t i, k;

	for (i = 0; i < a->nfindings; i++) {
		for (k = 0; k < b->nfindings; k++)
			if (akin(a->findings[i], b->findings[k]))
				break;
		if (k == b->nfindings)
			fail_msg("seed %u: alone: %s (gave up %zu, %zu)", seed,
			    a->findings[i]->what, a->order.gaveup,
			    b->order.gaveup);
	}
}

/* => how many findings there are */
static size_t
compare(struct lk_record *rec, unsigned seed)
{
	struct ana_result *part, *all;
	size_t n;

	whole->whole = true;
	all = judge(rec, whole);
	n = all->nfindings;
	ana_some_look(some, rec);
	part = judge(rec, some);
	within(all, part, seed);
	within(part, all, seed);
	ana_result_free(part);
	ana_result_free(all);
	return n;
}

static void
steps(struct lk_record *rec, unsigned seed)
{
	unsigned i, state = seed;

	for (i = 0; i < STEPS; i++) {
		struct actor *a = &actors[below(&state, ACTORS)];

		plan(a, seed % 2 == 0, &state);
		atomic_fetch_add(&a->told, 1);
		t_until(&a->done, atomic_load(&a->told));
		if (below(&state, 8) == 0)
			nfindings += compare(rec, seed);
	}
	nfindings += compare(rec, seed);
	nread += some->whole ? some->learnt : some->ids.n;
	nthere += some->learnt;
	ana_some_free(some);
	memset(some, 0, sizeof(some));
}

static void
program(unsigned seed)
{
	struct lk_record *rec;
	unsigned i, k;

	assert_int_equal(lk_record_create(NULL, &rec), 0);
	for (i = 0; i < CLASSES; i++)
		for (k = 0; k < EACH; k++)
			rw_init(&lock[i][k], name[i]);
	memset(actors, 0, sizeof(actors));
	for (i = 0; i < ACTORS; i++)
		actors[i].strand = t_start("actor", act, &actors[i]);
	steps(rec, seed);
	for (i = 0; i < ACTORS; i++) {
		actors[i].n = 0;
		atomic_fetch_add(&actors[i].told, 1);
		lk_strand_join(actors[i].strand);
	}
	for (i = 0; i < CLASSES; i++)
		for (k = 0; k < EACH; k++)
			rw_destroy(&lock[i][k]);
	lk_record_close(rec);
}

static void
same_findings(void **state)
{
	unsigned seed;

	for (seed = 1; seed <= sized(60, 6); seed++)
		program(seed);
	/* there was something to find, and something to leave out */
	assert_true(nfindings > 0);
	assert_true(nread < nthere / 4 * 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_findings)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

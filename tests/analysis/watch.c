/*
 * watch.c: lock order judged while the record is being written: each finding
 * is told once, at the first look after it was made, however many others were
 * told before.
 */
#include <stdio.h>

#include "analysis/analysis.h"
#include "tests/locks/clock.h"

#define PAIRS	20

static struct rwlock lock[PAIRS][2];
static char name[PAIRS][2][8];
static struct lk_record *rec;
static struct ana_watch *watch;
static struct told {
	unsigned	n;
	char		what[160];
	enum ana_level	level;
} told;

/*
 * Two strands, each with an order of its own; when one does something, the
 * other one does not, so nothing can go wrong, this time.
 */
static struct actor {
	struct lk_strand *strand;
	unsigned	first, pair;
	_Atomic int	told, done;
} actors[2];

static void
act(void *arg)
{
	struct actor *a = arg;
	struct rwlock *rw;
	int n;

	for (n = 1;; n++) {
		t_until(&a->told, n);
		if (a->pair == PAIRS)
			return;
		rw = lock[a->pair];
		rw_enter(&rw[a->first], RW_WRITE);
		rw_enter(&rw[!a->first], RW_WRITE);
		rw_exit(&rw[!a->first]);
		rw_exit(&rw[a->first]);
		atomic_store(&a->done, n);
	}
}

static void
tell(unsigned pair, unsigned first)
{
	actors[first].pair = pair;
	atomic_fetch_add(&actors[first].told, 1);
}

static void
in_order(unsigned pair, unsigned first)
{
	tell(pair, first);
	t_until(&actors[first].done, atomic_load(&actors[first].told));
}

static int
setup(void **state)
{
	unsigned i, k;

	assert_int_equal(lk_record_create(NULL, &rec), 0);
	memset(lock, 0, sizeof(lock));
	memset(actors, 0, sizeof(actors));
	memset(&told, 0, sizeof(told));
	for (i = 0; i < PAIRS; i++)
		for (k = 0; k < 2; k++) {
			snprintf(name[i][k], sizeof(name[i][k]), "%c%u.",
			    "AB"[k], i);
			rw_init(&lock[i][k], name[i][k]);
		}
	t_clock_start();	/* it stands still: no look is put off */
	for (k = 0; k < 2; k++) {
		actors[k].first = k;
		actors[k].strand = t_start("actor", act, &actors[k]);
	}
	assert_int_equal(ana_watch_new(rec, NULL, &watch), 0);
	return 0;
}

static int
teardown(void **state)
{
	unsigned k;

	for (k = 0; k < 2; k++) {
		tell(PAIRS, k);
		lk_strand_join(actors[k].strand);
	}
	t_clock_stop();
	ana_watch_free(watch);
	lk_record_close(rec);
	return 0;
}

static void
note(const struct ana_finding *f, void *arg)
{
	told.n++;
	told.level = f->level;
	snprintf(told.what, sizeof(told.what), "%s", f->what);
}

static void
look(void)
{
	assert_int_equal(ana_watch_look(watch, note, NULL), 0);
}

static bool
suspect(unsigned pair, unsigned which)
{
	struct lk_class_info c;
	uint32_t id;

	for (id = 1; lk_record_class(rec, id, &c); id++)
		if (strcmp(c.name, name[pair][which]) == 0)
			return (c.flags & LKCF_SUSPECT) != 0;
	return false;
}

static void
once(void **state)
{
	in_order(0, 0);
	look();
	assert_int_equal(told.n, 0);
	assert_false(suspect(0, 0));
	in_order(0, 1);
	assert_int_equal(told.n, 0);
	look();
	assert_int_equal(told.n, 1);
	assert_int_equal(told.level, ANA_ERROR);
	assert_non_null(strstr(told.what, "A0."));
	assert_non_null(strstr(told.what, "B0."));
	assert_true(suspect(0, 0) && suspect(0, 1));
	/* it is no news, nor is what does not belong to it */
	look();
	in_order(0, 0);
	in_order(0, 1);
	in_order(1, 0);
	look();
	assert_int_equal(told.n, 1);
}

/* No report is the last one, and none repeats another. */
static void
one_by_one(void **state)
{
	unsigned i;

	for (i = 0; i < PAIRS; i++)
		in_order(i, 0);
	look();
	assert_int_equal(told.n, 0);
	for (i = 0; i < PAIRS; i++) {
		in_order(i, 1);
		look();
		assert_int_equal(told.n, i + 1);
		assert_non_null(strstr(told.what, name[i][0]));
		assert_non_null(strstr(told.what, name[i][1]));
	}
	look();
	assert_int_equal(told.n, PAIRS);
}

/* Many between two looks: all are told at the second. */
static void
all_at_once(void **state)
{
	unsigned i;

	for (i = 0; i < PAIRS; i++) {
		in_order(i, 0);
		in_order(i, 1);
	}
	look();
	assert_int_equal(told.n, PAIRS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(once, setup, teardown),
		cmocka_unit_test_setup_teardown(one_by_one, setup, teardown),
		cmocka_unit_test_setup_teardown(all_at_once, setup, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

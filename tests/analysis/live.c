/*
 * A record looked at while it is written to: what grew between two looks, who
 * waits for whom at this moment.
 */
#include <sched.h>

#include "tests/analysis/made.h"

static struct rwlock lock;
static struct mutex idle;
static struct lk_record *rec;
static const uint32_t reads = WL_OP_ID(WLO_read), forks = WL_OP_ID(WLO_fork);

static const struct ana_live_lock *
row(const struct ana_live *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->nlocks; i++) {
		if (strcmp(l->locks[i].name, name) == 0)
			return &l->locks[i];
	}
	return NULL;
}

static void
waiter(void *arg)
{
	lk_op_begin(reads);
	rw_enter(&lock, RW_READ);
	rw_exit(&lock);
	lk_op_end();
}

/* => looks until somebody waits for it: no clock orders this */
static void
look_until_wait(struct ana_live *l)
{
	do {
		assert_int_equal(ana_live_look(rec, l), 0);
		sched_yield();
	} while (l->nwaits == 0);
}

static void
looks(void **state)
{
	struct ana_live l = { .nlocks = 0 };
	const struct ana_live_lock *r;
	struct lk_strand *s;
	double n;
	int i;

	for (i = 0; i < 100; i++) {
		rw_enter(&lock, RW_WRITE);
		rw_exit(&lock);
	}
	assert_int_equal(ana_live_look(rec, &l), 0);
	r = row(&l, "live");
	assert_non_null(r);
	n = r->taken * (double)l.interval_ns / 1e9;
	assert_true(n > 99.9 && n < 100.1);
	assert_int_equal(l.nwaits, 0);

	/* the next look counts what came since */
	for (i = 0; i < 7; i++) {
		mtx_enter(&idle);
		mtx_leave(&idle);
	}
	assert_int_equal(ana_live_look(rec, &l), 0);
	n = row(&l, "idle")->taken * (double)l.interval_ns / 1e9;
	assert_true(n > 6.9 && n < 7.1);
	assert_true(row(&l, "live")->taken == 0);

	lk_op_begin(forks);
	rw_enter(&lock, RW_WRITE);
	assert_int_equal(lk_strand_start(&s, "waiter", waiter, NULL, NULL), 0);
	look_until_wait(&l);
	assert_int_equal(l.nwaits, 1);
	assert_string_equal(l.waits[0].strand, "waiter");
	assert_string_equal(l.waits[0].op, "read");
	assert_string_equal(l.waits[0].what, "live");
	assert_int_equal(l.waits[0].mode, LKM_READ);
	assert_string_equal(l.waits[0].holder_op, "fork");
	assert_int_equal(row(&l, "live")->waiting, 1);
	assert_int_equal(row(&l, "idle")->waiting, 0);
	rw_exit(&lock);
	lk_op_end();
	lk_strand_join(s);

	assert_int_equal(ana_live_look(rec, &l), 0);
	assert_int_equal(l.nwaits, 0);
	r = row(&l, "live");
	n = r->contended * (double)l.interval_ns / 1e9;
	assert_true(n > 0.9 && n < 1.1);
	assert_true(r->mean_wait != 0 && r->mean_wait <= r->longest);
	assert_int_equal(l.nblames, 1);
	assert_string_equal(l.blames[0].op, "read");
	assert_string_equal(l.blames[0].holder, "fork");
	assert_true(l.blames[0].share > 0.999);

	/* by what they are asked for, most first; names from a to z */
	ana_live_sort(&l, ANA_LIVE_NAME);
	assert_true(row(&l, "idle") < row(&l, "live"));
	ana_live_sort(&l, ANA_LIVE_LONGEST);
	assert_ptr_equal(row(&l, "live"), &l.locks[0]);
	ana_live_free(&l);
	assert_null(l.locks);
}

static int
setup(void **state)
{
	assert_int_equal(lk_strand_adopt("main", NULL), 0);
	assert_int_equal(lk_record_create(NULL, &rec), 0);
	rw_init(&lock, "live");
	mtx_init(&idle, "idle");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(looks) };

	return cmocka_run_group_tests(tests, setup, NULL);
}

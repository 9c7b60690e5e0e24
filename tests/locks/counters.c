/* counters.c: exact counts of a program whose counts are known. */
#include <stdio.h>

#include "tests/locks/t.h"

#define TURNS	5000
#define STRANDS	4

static struct rwlock outer, inner;
static struct mutex mtx;

static int
setup(void **state)
{
	t_fresh_record();
	rw_init(&outer, "outer");
	rw_init(&inner, "inner");
	mtx_init(&mtx, "mtx");
	return 0;
}

static void
work(void *arg)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		rw_enter(&outer, RW_READ);
		if (i % 4 == 0) {
			rw_enter(&inner, RW_WRITE);
			mtx_enter(&mtx);
			mtx_leave(&mtx);
			rw_exit(&inner);
		}
		rw_exit(&outer);
	}
}

static void
run(unsigned n)
{
	struct lk_strand *st[STRANDS];
	unsigned i;

	for (i = 0; i < n; i++)
		st[i] = t_start("work", work, NULL);
	for (i = 0; i < n; i++)
		lk_strand_join(st[i]);
}

static void
expect(uint64_t runs)
{
	struct lk_totals t;

	t_totals("outer", LKN_LOCK, LKM_READ, &t);
	assert_int_equal(t.c[LKC_acquired], runs * TURNS);
	assert_true(t.c[LKC_contended] <= t.c[LKC_acquired]);
	t_totals("outer", LKN_LOCK, LKM_WRITE, &t);
	assert_int_equal(t.c[LKC_acquired], 0);
	t_totals("inner", LKN_LOCK, LKM_WRITE, &t);
	assert_int_equal(t.c[LKC_acquired], runs * TURNS / 4);
	t_totals("mtx", LKN_MUTEX, LKM_NONE, &t);
	assert_int_equal(t.c[LKC_acquired], runs * TURNS / 4);
}

static void
exact(void **state)
{
	run(STRANDS);
	expect(STRANDS);
}

/* A slot changes hands; what its strands counted stays. */
static void
slot_reuse(void **state)
{
	struct lk_record_info info;
	int i;

	for (i = 0; i < 10; i++)
		run(2);
	expect(20);
	lk_record_info(lk_record_current(), &info);
	assert_true(info.nstrands <= 3);
}

static void
by_site(void **state)
{
	struct lk_totals *rows;
	uint64_t sum = 0;
	size_t n, i;

	rw_enter(&inner, RW_WRITE);
	rw_exit(&inner);
	rw_enter(&inner, RW_WRITE);
	rw_exit(&inner);
	assert_int_equal(lk_record_totals(lk_record_current(), &rows, &n), 0);
	for (i = 0; i < n; i++) {
		struct lk_class_info class;
		struct lk_site_info site;

		lk_record_class(lk_record_current(), rows[i].class, &class);
		if (strcmp(class.name, "inner") != 0)
			continue;
		assert_true(lk_record_site(lk_record_current(), rows[i].site,
		    &site));
		assert_string_equal(site.func, "by_site");
		assert_non_null(strstr(site.file, "counters.c"));
		assert_int_equal(rows[i].c[LKC_acquired], 1);
		sum++;
	}
	assert_int_equal(sum, 2);
	free(rows);
}

static struct lk_event held, done;

static void
hold_inner(void *arg)
{
	rw_enter(&inner, RW_WRITE);
	lk_event_post(&held);
	lk_event_wait(&done);
	rw_exit(&inner);
}

static void
tries(void **state)
{
	struct lk_strand *st = t_start("hold", hold_inner, NULL);
	struct lk_totals t;
	int i;

	lk_event_wait(&held);
	for (i = 0; i < 7; i++)
		assert_int_equal(rw_enter(&inner, RW_READ | RW_NOSLEEP),
		    EBUSY);
	lk_event_post(&done);
	lk_strand_join(st);
	t_totals("inner", LKN_LOCK, LKM_READ, &t);
	assert_int_equal(t.c[LKC_tryfailed], 7);
	assert_int_equal(t.c[LKC_acquired], 0);
	assert_int_equal(t.c[LKC_contended], 0);
}

/* Shard rows beyond the strand's own go to the table that all share. */
static void
many_classes(void **state)
{
	enum { N = 3000 };
	static char name[N][16];
	static struct rwlock l[N];
	uint64_t loss[LKL_NLOSS];
	int i, k;

	for (i = 0; i < N; i++) {
		snprintf(name[i], sizeof(name[i]), "m%d", i);
		rw_init(&l[i], name[i]);
	}
	for (k = 0; k < 3; k++)
		for (i = 0; i < N; i++) {
			rw_enter(&l[i], RW_WRITE);
			rw_exit(&l[i]);
		}
	for (i = 0; i < N; i += 101) {
		struct lk_totals t;

		t_totals(name[i], LKN_LOCK, LKM_WRITE, &t);
		assert_int_equal(t.c[LKC_acquired], 3);
	}
	lk_record_losses(lk_record_current(), loss);
	assert_int_equal(loss[LKL_rows], 0);
	assert_int_equal(loss[LKL_counts], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(exact, setup),
		cmocka_unit_test_setup(slot_reuse, setup),
		cmocka_unit_test_setup(by_site, setup),
		cmocka_unit_test_setup(tries, setup),
		cmocka_unit_test_setup(many_classes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

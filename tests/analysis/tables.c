/*
 * Tables of a result: locks, coverage, numbers for people.
 */
#include "tests/analysis/made.h"

static void
locks_by_wait(void **state)
{
	static struct ana_class_hist hist = { .class = 2 };
	struct made *m = made_new();
	struct ana_result *r;
	struct lk_totals *t;

	t = made_totals(m, 1, 1, LKM_WRITE);
	t->c[LKC_acquired] = 1000;
	t->c[LKC_wait_ns] = 10;
	t->c[LKC_wait_max] = 10;
	t = made_totals(m, 2, 3, LKM_WRITE);
	t->c[LKC_acquired] = 5;
	t->c[LKC_wait_ns] = 100000000;
	t->c[LKC_wait_max] = 300;
	t = made_totals(m, 2, 3, LKM_READ);
	t->c[LKC_acquired] = 7;
	t->c[LKC_wait_ns] = 100000000;
	t->c[LKC_wait_max] = 200;
	t = made_totals(m, 2, 4, LKM_READ);
	t->c[LKC_wait_ns] = 1;
	memset(&hist.hist, 0, sizeof(hist.hist));
	hist.hist.n = 100;
	hist.hist.b[lk_hist_bucket(1000)] = 99;
	hist.hist.b[lk_hist_bucket(1000000)] = 1;
	m->s.hists = &hist;
	m->s.nhists = 1;
	r = made_result(m);
	assert_string_equal(r->locks[0].class, "amap");
	assert_null(r->locks[0].site);
	assert_int_equal(r->locks[0].c[LKC_acquired], 12);
	assert_int_equal(r->locks[0].c[LKC_wait_ns], 200000001);
	assert_int_equal(r->locks[0].c[LKC_wait_max], 300);
	/* 0.2 s of 2 strands' 1 s */
	assert_true(r->locks[0].wait_share > 0.0999 &&
	    r->locks[0].wait_share < 0.1001);
	assert_true(r->locks[0].p50 >= 1000 && r->locks[0].p50 < 1040);
	assert_string_equal(r->locks[1].site, "vm.c:30 f3");
	assert_int_equal(r->locks[1].c[LKC_wait_ns], 200000000);
	assert_string_equal(r->locks[2].class, "list");
	assert_true(r->facts.wait_share > 0.0999 &&
	    r->facts.wait_share < 0.1001);
	ana_result_free(r);
}

/* Each counter has its place: nothing is left for "other", none is twice. */
static void
coverage_is_complete(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;
	size_t i, k;

	for (i = 0; i < VMC_NCOUNTERS; i++)
		m->s.counters[i] = i + 1;
	r = made_result(m);
	assert_int_equal(r->ncover, VMC_NCOUNTERS);
	for (i = 0; i < r->ncover; i++) {
		assert_string_not_equal(r->cover[i].group, "other");
		for (k = 0; k < i; k++)
			assert_int_not_equal(r->cover[i].value,
			    r->cover[k].value);
	}
	ana_result_free(r);
}

static void
numbers(void **state)
{
	char b[ANA_NUM];

	assert_string_equal(ana_count(0, b), "0");
	assert_string_equal(ana_count(9999, b), "9999");
	assert_string_equal(ana_count(10000, b), "10.0k");
	assert_string_equal(ana_count(999499, b), "999k");
	assert_string_equal(ana_count(999500, b), "1.00M");
	assert_string_equal(ana_count(1234567, b), "1.23M");
	assert_string_equal(ana_count(UINT64_MAX, b), "18.4E");
	assert_string_equal(ana_time(0, b), "0ns");
	assert_string_equal(ana_time(999, b), "999ns");
	assert_string_equal(ana_time(1000, b), "1.00us");
	assert_string_equal(ana_time(999499, b), "999us");
	assert_string_equal(ana_time(999999, b), "1.00ms");
	assert_string_equal(ana_time(3450000, b), "3.45ms");
	assert_string_equal(ana_time(12340000000, b), "12.3s");
	assert_string_equal(ana_bytes(64, b), "64B");
	assert_string_equal(ana_bytes(4096, b), "4.00KiB");
	assert_string_equal(ana_bytes(64 << 20, b), "64.0MiB");
	assert_string_equal(ana_percent(0, b), "0.0%");
	assert_string_equal(ana_percent(0.0001, b), "<0.1%");
	assert_string_equal(ana_percent(0.125, b), "12.5%");
	assert_string_equal(ana_percent(1, b), "100%");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_by_wait),
		cmocka_unit_test(coverage_is_complete),
		cmocka_unit_test(numbers)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Tables of a result: locks, coverage, numbers for people.
 */
#include "tests/analysis/made.h"

static void
locks_by_wait(void **state)
{
	static struct ana_class_hist hist = { .class = 2 };
	struct made *m = made_new();
	const struct ana_lock_row *row;
	struct ana_result *r;
	struct lk_totals *t;

	t = made_totals(m, 1, 1, LKM_WRITE);
	t->c[LKC_acquired] = 1000;
	t->c[LKC_wait_ns] = 10;
	t->c[LKC_wait_max] = 10;
	t = made_totals(m, 2, 3, LKM_WRITE);
	t->c[LKC_contended] = 5;
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
	assert_int_equal(r->nlocks, 2);
	row = &r->locks[0];
	assert_string_equal(row->class, "amap");
	assert_int_equal(row->all.c[LKC_acquired], 12);
	assert_int_equal(row->all.c[LKC_wait_ns], 200000001);
	assert_int_equal(row->all.wait.max, 300);
	/* 0.2 s of 2 strands' 1 s */
	assert_true(row->all.wait_share > 0.0999 &&
	    row->all.wait_share < 0.1001);
	/* typed so that the quantile is beyond the longest */
	assert_int_equal(row->all.wait.p50, 300);
	assert_int_equal(row->nmodes, 2);
	assert_int_equal(row->modes[0].mode, LKM_WRITE);
	assert_int_equal(row->modes[1].c[LKC_wait_ns], 100000001);
	assert_int_equal(row->nsites, 3);
	assert_string_equal(row->sites[0].site, "vm.c:30 f3");
	assert_int_equal(row->sites[0].mode, LKM_READ);
	assert_int_equal(row->sites[1].mode, LKM_WRITE);
	assert_string_equal(row->sites[2].site, "vm.c:40 f4");
	assert_string_equal(r->locks[1].class, "list");
	assert_true(r->facts.wait_share > 0.0999 &&
	    r->facts.wait_share < 0.1001);
	ana_result_free(r);
}

/* Locks count from the warm-up on: it is part of the time of these waits. */
static void
warm_up(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	made_totals(m, 2, 3, LKM_READ)->c[LKC_wait_ns] = 300000000;
	m->s.run.run_ns = 1000000;
	m->s.run.open_ns = 201000000;
	r = made_result(m);
	assert_true(r->facts.wait_share > 0.746 &&
	    r->facts.wait_share < 0.747);
	assert_true(r->locks[0].all.wait_share > 0.746 &&
	    r->locks[0].all.wait_share < 0.747);
	assert_int_equal(r->facts.run_ns, 1000000);
	ana_result_free(r);
}

/* What is known of a class alone, of a site, of a mode. */
static void
distributions(void **state)
{
	static struct ana_class_hist hist[4];
	struct made *m = made_new();
	const struct ana_lock_row *row;
	struct ana_result *r;
	struct lk_totals *t;
	unsigned i;

	t = made_totals(m, 2, 3, LKM_READ);
	t->c[LKC_acquired] = 1280;
	t->c[LKC_contended] = 100;
	t->c[LKC_wait_ns] = 100000;
	t->c[LKC_wait_max] = 1000;
	t->c[LKC_hold_n] = 10;
	t->c[LKC_hold_ns] = 50000;
	t->c[LKC_hold_max] = 9000;
	t = made_totals(m, 2, 4, LKM_WRITE);
	t->c[LKC_acquired] = 20;
	t->c[LKC_contended] = 20;
	t->c[LKC_wait_ns] = 2000000;
	t->c[LKC_wait_max] = 100000;
	t->c[LKC_chold_n] = 4;
	t->c[LKC_chold_ns] = 4000;
	t->c[LKC_chold_max] = 1000;
	memset(hist, 0, sizeof(hist));
	for (i = 0; i < 4; i++)
		hist[i].class = 2;
	hist[0].site = 3;
	hist[0].mode = LKM_READ;
	hist[0].hist.n = hist[0].hist.b[lk_hist_bucket(1000)] = 100;
	/* half at 1000, half at 9000: mean 5000, deviation 4000 */
	hist[1].site = 3;
	hist[1].mode = LKM_READ;
	hist[1].of = LKHO_HOLD;
	hist[1].hist.n = 10;
	hist[1].hist.b[lk_hist_bucket(1000)] = 5;
	hist[1].hist.b[lk_hist_bucket(9000)] = 5;
	hist[2].site = 4;
	hist[2].mode = LKM_WRITE;
	hist[2].hist.n = hist[2].hist.b[lk_hist_bucket(100000)] = 20;
	hist[3].of = LKHO_HOLD_CONTENDED;	/* of no site that is known */
	hist[3].hist.n = hist[3].hist.b[lk_hist_bucket(1000)] = 4;
	m->s.hists = hist;
	m->s.nhists = 4;
	r = made_result(m);
	row = &r->locks[0];
	/* of 120 waits the 100 shortest took 1000, the others 100000 */
	assert_int_equal(row->all.wait.n, 120);
	assert_int_equal(row->all.wait.mean, 2100000 / 120);
	assert_in_range(row->all.wait.p50, 1000, 1031);
	assert_int_equal(row->all.wait.p90, 100000);
	assert_int_equal(row->modes[0].wait.p50, 100000);
	assert_in_range(row->modes[1].wait.p99, 1000, 1031);
	assert_int_equal(row->modes[1].wait.error, 0);
	/* 1 of 128 was timed */
	assert_int_equal(row->modes[1].hold.mean, 5000);
	assert_in_range(row->modes[1].hold.error, 1280, 1380);	/* 4000 / 3 */
	assert_int_equal(row->modes[1].held_ns, 5000 * 1280);
	assert_in_range(row->modes[1].held_error, 1280 * 1280, 1380 * 1280);
	assert_int_equal(row->all.chold.mean, 1000);
	assert_int_equal(row->all.chold.p99, 1000);
	assert_int_equal(row->all.chold.error, 0);	/* these are all */
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
		cmocka_unit_test(warm_up),
		cmocka_unit_test(distributions),
		cmocka_unit_test(coverage_is_complete),
		cmocka_unit_test(numbers)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

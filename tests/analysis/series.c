/*
 * The run over time, by strand, and distributions as bars.
 */
#include "tests/analysis/made.h"

#define S	UINT64_C(1000000000)

static void
only_what_is_measured(void **state)
{
	static struct wl_sample sample[] = {
		{ .ns = 1 * S, .phase = WLP_WARMUP, .ops = 0 },
		{ .ns = 2 * S, .phase = WLP_RUN, .ops = 10,
		  .wait_ns = S / 2 },
		{ .ns = 3 * S, .phase = WLP_RUN, .ops = 110,
		  .wait_ns = S, .frames_free = 7 },
		/* twice the time, less of everything: a file can say that */
		{ .ns = 5 * S, .phase = WLP_RUN, .ops = 100 },
		{ .ns = 5 * S, .phase = WLP_RUN, .ops = 200 },
		{ .ns = 6 * S, .phase = WLP_AUDIT, .ops = 300 }
	};
	struct made *m = made_new();
	struct ana_result *r;

	m->s.samples = sample;
	m->s.nsamples = sizeof(sample) / sizeof(sample[0]);
	m->s.run.strands = 2;
	r = made_result(m);
	assert_int_equal(r->nmoments, 2);
	assert_int_equal(r->moments[0].ns, S);
	assert_int_equal(r->moments[0].ops_per_s, 100);
	assert_int_equal(r->moments[0].frames_free, 7);
	/* half a second of two strands' second */
	assert_true(r->moments[0].wait_share > 0.2499 &&
	    r->moments[0].wait_share < 0.2501);
	assert_int_equal(r->moments[1].ns, 3 * S);
	assert_int_equal(r->moments[1].ops_per_s, 0);
	ana_result_free(r);
}

static void
fairness(void **state)
{
	static struct ana_worker even[] = {
		{ 1, "op0", 50, 0, 3, 5000 }, { 2, "op1", 40, 10, 0, 0 },
		{ 3, "walker0", 1, 0, 0, 0 }
	}, odd[] = {
		{ 1, "op0", 300, 0, 0, 0 }, { 2, "op1", 0, 0, 9, 0 },
		{ 3, "op2", 0, 0, 9, 0 }
	};
	struct made *m = made_new();
	struct ana_result *r;

	m->s.workers = even;
	m->s.nworkers = 3;
	r = made_result(m);
	assert_int_equal(r->fairness.n, 3);
	assert_int_equal(r->fairness.peers, 2);
	assert_true(r->fairness.workers[2].share > 0.9999);
	assert_true(r->fairness.index > 0.9999 && r->fairness.index < 1.0001);
	assert_true(r->fairness.least > 0.9999 && r->fairness.most < 1.0001);
	assert_int_equal(r->fairness.workers[0].mean_ns, 100);
	assert_int_equal(r->fairness.workers[1].mean_ns, 0);
	assert_string_equal(r->fairness.workers[1].name, "op1");
	ana_result_free(r);

	m = made_new();
	m->s.workers = odd;
	m->s.nworkers = 3;
	r = made_result(m);
	assert_true(r->fairness.index > 0.3332 && r->fairness.index < 0.3335);
	assert_true(r->fairness.most > 2.9999 && r->fairness.most < 3.0001);
	assert_true(r->fairness.least < 0.0001);
	ana_result_free(r);
}

/* Bars hold every value once, whatever their number. */
static void
bars(void **state)
{
	static struct ana_class_hist hist = { .class = 2 };
	struct ana_result *r;
	struct lk_totals *t;
	struct made *m;
	const struct ana_curve *c;
	uint64_t sum;
	unsigned n, b;
	size_t i;

	for (n = 1; n < LK_HIST_N; n = n * 3 + 1) {
		m = made_new();
		t = made_totals(m, 2, 3, LKM_WRITE);
		t->c[LKC_contended] = n;
		t->c[LKC_wait_ns] = 1;
		memset(&hist.hist, 0, sizeof(hist.hist));
		hist.hist.n = n;
		for (b = 0; b < n; b++)
			hist.hist.b[b * (LK_HIST_N / n)] = 1;
		m->s.hists = &hist;
		m->s.nhists = 1;
		r = made_result(m);
		c = &r->locks[0].wait_curve;
		assert_int_equal(r->locks[0].hold_curve.n, 0);
		assert_true(c->n >= 1 && c->n <= ANA_CURVE && c->n <= n);
		sum = 0;
		for (i = 0; i < c->n; i++) {
			sum += c->bar[i].n;
			assert_true(c->bar[i].from <= c->bar[i].upto);
			assert_true(i == 0 ||
			    c->bar[i].from > c->bar[i - 1].upto);
			assert_true(c->bar[i].share > 0 &&
			    (uint64_t)(c->bar[i].share * n + 0.5) == sum);
		}
		assert_int_equal(sum, n);
		ana_result_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_measured),
		cmocka_unit_test(fairness),
		cmocka_unit_test(bars)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

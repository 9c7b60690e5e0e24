/*
 * Comparisons of runs that are typed: verdicts, what is left out, what is
 * refused, gates.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tests/analysis/made.h"

#define N	8

/* What a run is made of; two classes, the second is waited for. */
struct run {
	double		speed, hold, wait;
	bool		untrusted, hung, finding;
	uint64_t	threads;
	double		blame;
};

static struct ana_sample *
sample(const struct run *run, const char *name)
{
	static struct ana_class_hist hists[2];
	static struct lk_blame_info blame;
	struct made *m = made_new();
	struct ana_snapshot *s = &m->s;
	struct lk_totals *t = made_totals(m, 2, 1, LKM_WRITE);
	struct ana_result *r;
	struct ana_sample *out;

	wl_job_default(&s->job);
	s->job.threads = run->threads != 0 ? run->threads : 4;
	s->job.seed = (uint64_t)run->speed;
	s->info.level = LK_LEVEL_FULL;
	s->run.run_ns = 1000000000;
	s->run.ops = (uint64_t)run->speed;
	s->run.strands = s->job.threads;
	s->outcome.cpu_ns = 2000000000;
	s->outcome.end = run->hung ? WLE_HANG : WLE_DONE;
	t->kind = LKN_LOCK;
	t->c[LKC_acquired] = 100000;
	t->c[LKC_contended] = 1000;
	t->c[LKC_wait_ns] = (uint64_t)(run->wait * 1000);
	t->c[LKC_hold_n] = 1000;
	t->c[LKC_hold_ns] = (uint64_t)(run->hold * 1000);
	memset(hists, 0, sizeof(hists));
	hists[0].class = hists[1].class = 2;
	hists[0].of = LKHO_WAIT;
	hists[1].of = LKHO_HOLD;
	hists[0].hist.n = hists[1].hist.n = 1000;
	hists[0].hist.b[lk_hist_bucket((uint64_t)run->wait)] = 1000;
	hists[1].hist.b[lk_hist_bucket((uint64_t)run->hold)] = 1000;
	s->hists = hists;
	s->nhists = 2;
	if (run->blame > 0) {
		memset(&blame, 0, sizeof(blame));
		blame.class = 2;
		blame.kind = LKN_LOCK;
		blame.waiter.op = WL_OP_ID(WLO_fork);
		blame.waiter.mode = blame.holder.mode = LKM_WRITE;
		blame.holder.op = WL_OP_ID(WLO_exit);
		blame.n = 1;
		blame.ns = (uint64_t)(run->blame * run->speed);
		s->blames = &blame;
		s->nblames = 1;
	}
	if (run->untrusted)
		s->losses[LKL_counts] = 100000;
	if (run->finding)
		made_incident(m, "audit.I4", "an anon is miscounted");
	assert_int_equal(ana_run(s, &r), 0);
	assert_int_equal(ana_sample(s, r, name, &out), 0);
	ana_result_free(r);
	free(m);
	return out;
}

struct sets {
	struct run	a[N], b[N];
	size_t		na, nb;
	struct ana_compare_conf conf;
	struct ana_bound bound[4];
	char		why[ANA_WHY];
};

/* N of each, that differ in nothing but noise; B's are not in A's order. */
static void
equal(struct sets *x)
{
	size_t i;

	memset(x, 0, sizeof(*x));
	x->na = x->nb = N;
	for (i = 0; i < N; i++) {
		x->a[i] = (struct run){ .speed = 1000000 + 5000 * (double)i,
		    .hold = 1000, .wait = 5000 + 300 * (double)(i % 3),
		    .blame = 50 + (double)i };
		x->b[i] = x->a[i];
	}
	for (i = 0; i < N; i++)
		x->b[i].speed = x->a[(i * 3 + 1) % N].speed + 10;
}

static int
try(struct sets *x, struct ana_result **r)
{
	struct ana_sample *a[N], *b[N];
	char name[32];
	size_t i;
	int error;

	for (i = 0; i < x->na; i++) {
		snprintf(name, sizeof(name), "a%zu.db", i + 1);
		a[i] = sample(&x->a[i], name);
	}
	for (i = 0; i < x->nb; i++) {
		snprintf(name, sizeof(name), "b%zu.db", i + 1);
		b[i] = sample(&x->b[i], name);
	}
	error = ana_compare(&x->conf, a, x->na, b, x->nb, r, x->why);
	for (i = 0; i < x->na; i++)
		ana_sample_free(a[i]);
	for (i = 0; i < x->nb; i++)
		ana_sample_free(b[i]);
	return error;
}

static struct ana_result *
compare(struct sets *x)
{
	struct ana_result *r;

	assert_int_equal(try(x, &r), 0);
	assert_non_null(r->compare);
	return r;
}

static const struct ana_compare_row *
row(const struct ana_result *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->compare->nrows; i++) {
		if (strcmp(r->compare->rows[i].name, name) == 0)
			return &r->compare->rows[i];
	}
	fail_msg("no row %s", name);
	return NULL;
}

static void
equal_sets_show_nothing(void **unused)
{
	struct ana_result *r;
	struct sets x;
	int paired;

	for (paired = 0; paired < 2; paired++) {
		equal(&x);
		x.conf.paired = paired;
		r = compare(&x);
		assert_int_equal(r->compare->nworse + r->compare->nbetter, 0);
		assert_int_equal(row(r, "throughput")->verdict,
		    ANA_NO_DIFFERENCE);
		assert_int_equal(row(r, "hold_p50:amap")->verdict,
		    ANA_NO_DIFFERENCE);
		assert_true(row(r, "throughput")->low < 1);
		assert_true(row(r, "throughput")->high > 1);
		assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
		assert_int_equal(r->nfindings, 0);
		ana_result_free(r);
	}
}

static void
what_changed_is_told(void **unused)
{
	const struct ana_compare_row *wait, *speed;
	struct ana_result *r;
	struct sets x;
	size_t i;

	equal(&x);
	for (i = 0; i < N; i++) {
		x.b[i].speed *= 1.2;
		x.b[i].wait *= 2;
	}
	r = compare(&x);
	speed = row(r, "throughput");
	wait = row(r, "wait_p99:amap");
	assert_int_equal(speed->verdict, ANA_BETTER);
	assert_int_equal(wait->verdict, ANA_WORSE);
	assert_true(fabs(speed->ratio - 1.2) < 0.01);
	assert_true(fabs(wait->ratio - 2) < 0.1);
	assert_true(wait->low < wait->ratio && wait->high > wait->ratio);
	assert_int_equal(row(r, "hold_p50:amap")->verdict, ANA_NO_DIFFERENCE);
	/* worst first; a finding for each; exit code as of findings */
	assert_int_equal(r->compare->rows[0].verdict, ANA_WORSE);
	assert_int_equal(r->nfindings, r->compare->nworse);
	assert_string_equal(r->findings[0]->name, "compare.worse");
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	assert_non_null(strstr(r->verdict, "B is worse in"));
	ana_result_free(r);
	/* the other way round it is the other way round */
	for (i = 0; i < N; i++) {
		struct run swap = x.a[i];

		x.a[i] = x.b[i];
		x.b[i] = swap;
	}
	r = compare(&x);
	assert_int_equal(row(r, "throughput")->verdict, ANA_WORSE);
	assert_int_equal(row(r, "wait_p99:amap")->verdict, ANA_BETTER);
	ana_result_free(r);
}

static void
few_runs_have_no_verdict(void **unused)
{
	struct ana_result *r;
	struct sets x;
	size_t n, i;

	for (n = 1; n < 6; n++) {
		equal(&x);
		x.na = x.nb = n;
		x.conf.paired = true;
		for (i = 0; i < N; i++)
			x.b[i].speed *= 3;
		r = compare(&x);
		assert_int_equal(row(r, "throughput")->verdict,
		    ANA_NO_VERDICT);
		assert_non_null(strstr(row(r, "throughput")->why, "6 pairs"));
		assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
		ana_result_free(r);
		x.conf.paired = false;
		r = compare(&x);
		assert_int_equal(row(r, "throughput")->verdict,
		    n < 4 ? ANA_NO_VERDICT : ANA_BETTER);
		ana_result_free(r);
	}
}

static void
parameters_are_looked_at(void **unused)
{
	struct ana_result *r = NULL;
	struct sets x;
	size_t i;

	equal(&x);
	x.b[3].threads = 8;
	assert_int_equal(try(&x, &r), EINVAL);
	assert_null(r);
	assert_non_null(strstr(x.why, "run.threads: \"4\" and \"8\""));
	assert_non_null(strstr(x.why, "b1.db and b4.db"));
	for (i = 0; i < N; i++)
		x.b[i].threads = 8;
	r = compare(&x);
	assert_int_equal(r->compare->ndiffs, 1);
	assert_string_equal(r->compare->diffs[0].key, "run.threads");
	assert_string_equal(r->compare->diffs[0].b, "8");
	ana_result_free(r);
	x.conf.gate = true;
	assert_int_equal(try(&x, &r), EINVAL);
	assert_non_null(strstr(x.why, "run.threads"));
}

static void
doubtful_runs_are_left_out(void **unused)
{
	struct ana_result *r;
	struct sets x;

	equal(&x);
	x.conf.paired = true;
	x.a[2].untrusted = true;
	x.b[5].hung = true;
	x.b[5].speed = 1;
	r = compare(&x);
	/* each with the other of its pair */
	assert_int_equal(r->compare->na, 6);
	assert_int_equal(r->compare->nb, 6);
	assert_int_equal(r->compare->nout, 4);
	assert_non_null(strstr(r->compare->out[0], "a3.db: left out: its "
	    "numbers are not to be trusted"));
	assert_non_null(strstr(r->compare->out[3], "b6.db: left out: it "
	    "hung"));
	assert_int_equal(row(r, "throughput")->verdict, ANA_NO_DIFFERENCE);
	assert_false(r->trust.untrusted);
	ana_result_free(r);
	x.b[0].untrusted = true;
	r = compare(&x);
	assert_true(r->trust.untrusted);
	assert_int_equal(row(r, "throughput")->verdict, ANA_NO_VERDICT);
	ana_result_free(r);
	/* of one set nothing is left */
	equal(&x);
	x.na = x.nb = 1;
	x.a[0].untrusted = true;
	r = compare(&x);
	assert_int_equal(r->compare->nrows, 0);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_UNTRUSTED);
	ana_result_free(r);
}

static void
new_findings_are_told(void **unused)
{
	struct ana_result *r;
	struct sets x;

	equal(&x);
	x.a[0].finding = true;
	r = compare(&x);
	assert_int_equal(r->compare->nnew, 0);
	ana_result_free(r);
	x.b[1].finding = x.b[2].finding = true;
	r = compare(&x);	/* A has it, too */
	assert_int_equal(r->compare->nnew, 0);
	ana_result_free(r);
	x.a[0].finding = false;
	r = compare(&x);
	assert_int_equal(r->compare->nnew, 1);
	assert_non_null(strstr(r->compare->fresh[0], "audit.I4: b2.db"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	ana_result_free(r);
}

static void
blame_moves(void **unused)
{
	const struct ana_compare_cell *c;
	struct ana_result *r;
	struct sets x;
	size_t i;

	equal(&x);
	for (i = 0; i < N; i++)
		x.b[i].blame += 40;
	r = compare(&x);
	assert_int_equal(r->compare->ncells, 1);
	c = &r->compare->cells[0];
	assert_string_equal(c->waiter, "fork");
	assert_string_equal(c->holder, "exit");
	assert_true(fabs(c->diff - 40) < 1 && c->told);
	assert_true(c->low > 30 && c->high < 50);
	ana_result_free(r);
}

/* Of a cell that hardly ever has anything no interval can be told. */
static void
blame_empty(void **unused)
{
	const struct ana_compare_cell *c;
	struct ana_result *r;
	struct sets x;
	size_t i, n;

	for (n = 0; n <= N; n++) {
		equal(&x);
		for (i = 0; i < N; i++) {
			x.b[i].blame = i < n ? x.a[i].blame + 40 : 0;
			x.a[i].blame = i < n ? x.a[i].blame : 0;
		}
		r = compare(&x);
		assert_int_equal(r->compare->ncells, n != 0);
		c = &r->compare->cells[0];
		if (n != 0)
			assert_true((c->low < c->high) == (4 * n >= 3 * N));
		if (n != 0 && 4 * n < 3 * N)
			assert_false(c->told);
		ana_result_free(r);
	}
}

static void
bound(struct sets *x, const char *text)
{
	struct wl_error err;

	assert_int_equal(ana_bound_parse(text, &x->bound[x->conf.nbounds],
	    &err), 0);
	x->conf.bounds = x->bound;
	x->conf.nbounds++;
	x->conf.gate = true;
}

static enum ana_bound_state
state_of(const struct ana_result *r, const char *text)
{
	size_t i;

	for (i = 0; i < r->compare->nbounds; i++) {
		if (strcmp(r->compare->bounds[i].text, text) == 0)
			return r->compare->bounds[i].state;
	}
	fail_msg("no bound %s", text);
	return ANA_BOUND_OPEN;
}

static void
gates_hold_bounds(void **unused)
{
	struct ana_result *r;
	struct sets x;
	size_t i;

	equal(&x);
	bound(&x, "throughput=5%");
	bound(&x, "wait_p99:amap=10%");
	bound(&x, "hold_p50=0%");
	r = compare(&x);
	assert_int_equal(r->compare->nbounds, 3);
	assert_int_equal(state_of(r, "throughput=5%"), ANA_BOUND_KEPT);
	assert_int_equal(state_of(r, "hold_p50:amap=0%"), ANA_BOUND_KEPT);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);
	for (i = 0; i < N; i++) {
		x.b[i].speed *= 0.8;
		x.b[i].wait *= 1.05;
	}
	r = compare(&x);
	assert_int_equal(state_of(r, "throughput=5%"), ANA_BOUND_VIOLATED);
	assert_int_equal(state_of(r, "wait_p99:amap=10%"), ANA_BOUND_KEPT);
	assert_int_equal(r->nfindings, 1);
	assert_string_equal(r->findings[0]->name, "gate.bound");
	assert_non_null(strstr(r->findings[0]->what,
	    "throughput=5%: violated: a factor of 0.80"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	ana_result_free(r);
	/* better is no violation, by however much */
	for (i = 0; i < N; i++) {
		x.b[i].speed *= 3;
		x.b[i].wait /= 3;
	}
	r = compare(&x);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);
	/* a bound that is met exactly is met */
	for (i = 0; i < N; i++) {
		x.b[i] = x.a[i];
		x.b[i].speed = x.a[i].speed * 0.95;
	}
	r = compare(&x);
	assert_int_equal(state_of(r, "throughput=5%"), ANA_BOUND_KEPT);
	ana_result_free(r);
}

/* Beyond what is allowed, but by no more than they differ among each other. */
static void
gates_want_certainty(void **unused)
{
	static const struct {
		const char *text;
		double even, odd;
	} try[] = {
		{ "throughput=5%", 1.3, 0.6 },
		/* half of it is a factor of two, not of 1.5 */
		{ "throughput=50%", 0.56, 0.42 },
	};
	struct ana_result *r;
	struct sets x;
	size_t i, k;

	for (k = 0; k < sizeof(try) / sizeof(try[0]); k++) {
		equal(&x);
		bound(&x, try[k].text);
		for (i = 0; i < N; i++)
			x.b[i].speed = x.a[i].speed * (i % 2 == 0 ?
			    try[k].even : try[k].odd);
		x.na = x.nb = N / 2 * 2;
		r = compare(&x);
		assert_int_equal(state_of(r, try[k].text), ANA_BOUND_KEPT);
		assert_non_null(strstr(r->compare->bounds[0].says,
		    "kept, though only for want of certainty"));
		ana_result_free(r);
	}
}

static void
gates_say_what_cannot_be_told(void **unused)
{
	struct ana_result *r;
	struct sets x;

	equal(&x);
	bound(&x, "throughput=5%");
	bound(&x, "wait_p99:nowhere=10%");
	r = compare(&x);
	assert_int_equal(state_of(r, "wait_p99:nowhere=10%"), ANA_BOUND_OPEN);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_UNTRUSTED);
	ana_result_free(r);
	equal(&x);
	bound(&x, "throughput=5%");
	x.na = x.nb = 1;
	x.b[0].speed = 1;
	r = compare(&x);
	assert_int_equal(state_of(r, "throughput=5%"), ANA_BOUND_OPEN);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_UNTRUSTED);
	ana_result_free(r);
	x.na = x.nb = 3;
	x.b[1].speed = x.b[2].speed = 2;
	r = compare(&x);
	assert_int_equal(state_of(r, "throughput=5%"), ANA_BOUND_VIOLATED);
	ana_result_free(r);
}

static void
gates_judge_findings(void **unused)
{
	static const struct {
		enum ana_fresh	may;
		bool		before;
		enum ana_exit	code;
	} row[] = {
		{ ANA_FRESH_NONE, true, ANA_EXIT_FINDINGS },
		{ ANA_FRESH_NONE, false, ANA_EXIT_FINDINGS },
		{ ANA_FRESH_KNOWN, true, ANA_EXIT_CLEAN },
		{ ANA_FRESH_KNOWN, false, ANA_EXIT_FINDINGS },
		{ ANA_FRESH_ANY, false, ANA_EXIT_CLEAN },
	};
	struct ana_result *r;
	struct sets x;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		equal(&x);
		bound(&x, "throughput=5%");
		x.conf.fresh = row[i].may;
		x.a[4].finding = row[i].before;
		x.b[4].finding = true;
		r = compare(&x);
		assert_int_equal(ana_exit_code(r), row[i].code);
		ana_result_free(r);
	}
}

static void
names_are_those_of_the_table(void **unused)
{
	static const struct {
		const char	*text, *what, *expected;
	} bad[] = {
		{ "wait_p98=5%", "no metric \"wait_p98\"", "wait_p99:CLASS" },
		{ "throughput", "no bound", "throughput=5%" },
		{ "throughput=5", "no bound", "throughput=5%" },
		{ "throughput=-5%", "no bound", "throughput=5%" },
		{ "throughput=x%", "no bound", "throughput=5%" },
		{ "throughput=101%", "no bound", "throughput=5%" },
		{ "throughput:amap=5%", "no metric", "throughput" },
		{ "wait_p99:=5%", "no metric", "wait_p99:CLASS" },
		{ "=5%", "no metric", "throughput" },
		{ "", "no metric", "throughput" },
	};
	struct ana_bound b;
	struct wl_error err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(ana_bound_parse(bad[i].text, &b, &err),
		    EINVAL);
		if (strstr(err.what, bad[i].what) == NULL ||
		    strstr(err.expected, bad[i].expected) == NULL)
			fail_msg("%s: %s; %s", bad[i].text, err.what,
			    err.expected);
	}
	assert_int_equal(ana_bound_parse("wait_p99:a:b c=12.5%", &b, &err),
	    0);
	assert_string_equal(b.of, "a:b c");
	assert_true(b.allow == 0.125);
	assert_int_equal(ana_metric_parse("op_mean:fork", &b, &err), 0);
	assert_int_equal(ana_metric_parse("op_mean:fork=5%", &b, &err), 0);
	assert_string_equal(b.of, "fork=5%");	/* nothing is called so */
}

static void
tables_can_be_cut_down(void **unused)
{
	struct ana_result *r;
	struct wl_error err;
	struct sets x;

	equal(&x);
	assert_int_equal(ana_metric_parse("wait_p50", &x.bound[0], &err), 0);
	assert_int_equal(ana_metric_parse("hold_p50:amap", &x.bound[1],
	    &err), 0);
	x.conf.only = x.bound;
	x.conf.nonly = 2;
	r = compare(&x);
	assert_int_equal(r->compare->nrows, 2);
	(void)row(r, "wait_p50:amap");
	(void)row(r, "hold_p50:amap");
	ana_result_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_sets_show_nothing),
		cmocka_unit_test(what_changed_is_told),
		cmocka_unit_test(few_runs_have_no_verdict),
		cmocka_unit_test(parameters_are_looked_at),
		cmocka_unit_test(doubtful_runs_are_left_out),
		cmocka_unit_test(new_findings_are_told),
		cmocka_unit_test(blame_moves),
		cmocka_unit_test(blame_empty),
		cmocka_unit_test(gates_hold_bounds),
		cmocka_unit_test(gates_want_certainty),
		cmocka_unit_test(gates_say_what_cannot_be_told),
		cmocka_unit_test(gates_judge_findings),
		cmocka_unit_test(names_are_those_of_the_table),
		cmocka_unit_test(tables_can_be_cut_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

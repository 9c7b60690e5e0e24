/*
 * Findings, verdict and exit code.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/analysis/made.h"

static void
clean(void **state)
{
	struct ana_result *r = made_result(made_new());

	assert_string_equal(r->verdict, "nothing found");
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	assert_int_equal(r->facts.ops_per_s, 5000);
	ana_result_free(r);
}

static void
an_incident_is_a_finding(void **state)
{
	struct made *m = made_new();
	struct lk_incident_info *in;
	const struct ana_finding *f;
	struct ana_result *r;

	in = made_incident(m, "audit.I4", "anon 7: 2 slots, an_ref 3");
	in->count = 12;
	in->op = WL_OP_ID(WLO_fork);
	in->nheld = 1;
	in->held[0] = (struct lk_node_info){ .kind = LKN_LOCK, .class = 2,
	    .mode = LKM_WRITE, .ident = 0x200, .site = 3 };
	r = made_result(m);
	assert_string_equal(r->verdict, "1 error");
	f = r->findings[0];
	assert_string_equal(f->name, "audit.I4");
	assert_string_equal(f->kind->name, "audit.I4");
	assert_string_equal(f->what, "anon 7: 2 slots, an_ref 3");
	assert_int_equal(f->count, 12);
	assert_true(made_says(f, "at vm.c:10 f1"));
	assert_true(made_says(f, "in fork (no. 0"));
	assert_true(made_says(f, "holding lock amap 0x200 (write)"));
	assert_true(made_says(f, "vm.c:30 f3"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	ana_result_free(r);
}

/* The longest name that fits counts, and only whole words of it. */
static void
kinds(void **state)
{
	assert_string_equal(ana_kind_of("audit.I4")->name, "audit.I4");
	assert_string_equal(ana_kind_of("audit.I42")->name, "audit");
	assert_string_equal(ana_kind_of("audit")->name, "audit");
	assert_string_equal(ana_kind_of("auditor")->name, "other");
	assert_string_equal(ana_kind_of("hang.endless")->name,
	    "hang.endless");
}

static void
crash(void **state)
{
	struct made *m = made_new();
	struct lk_strand_info *st = made_strand(m, "op-1");
	const struct ana_finding *f;
	struct ana_symbol sym = { .addr = 0x5000, .name = "amap_copy+0x17" };
	struct ana_result *r;

	made_holds(st, 0x200, LKM_WRITE, 4);
	m->s.outcome.end = WLE_CRASH;
	m->s.outcome.signo = 11;
	m->s.crashed = true;
	m->s.crash.strand = 1;
	m->s.crash.addr = 0xdead;
	m->s.crash.nframes = 2;
	m->s.crash.frame[0] = 0x5000;
	m->s.crash.frame[1] = 0x6000;
	m->s.symbols = &sym;
	m->s.nsymbols = 1;
	r = made_result(m);
	f = made_found(r, "crash");
	assert_non_null(f);
	assert_non_null(strstr(f->what, "SIGSEGV"));
	assert_true(made_says(f, "#0 amap_copy+0x17"));
	assert_true(made_says(f, "#1 0x6000"));
	assert_true(made_says(f, "holds lock amap 0x200 (write)"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	ana_result_free(r);
}

/* A panic ends in a signal; that is one finding, not two. */
static void
panic_is_told_once(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	made_incident(m, "panic", "amap_pp_adjref: negative reference");
	m->s.outcome.end = WLE_CRASH;
	m->s.outcome.signo = 6;
	m->s.info.panicked = true;
	r = made_result(m);
	assert_int_equal(r->nfindings, 1);
	assert_string_equal(r->findings[0]->name, "panic");
	ana_result_free(r);
}

static void
our_own_bug(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	made_incident(m, "content.mismatch", "space 1 page 2 cell 3");
	made_incident(m, "bug.assert", "x.c:1: n < max");
	m->s.outcome.end = WLE_CRASH;
	m->s.outcome.signo = 6;
	r = made_result(m);
	assert_int_equal(r->nfindings, 2);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_BUG);
	ana_result_free(r);
}

static void
cannot_run(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	m->s.outcome.end = WLE_FAILED;
	m->s.outcome.error = 28;
	strcpy(m->s.outcome.why, "no room for swap");
	r = made_result(m);
	assert_string_equal(r->verdict, "cannot run here: no room for swap");
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CANNOT);
	ana_result_free(r);
}

static void
losses(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	made_totals(m, 1, 1, LKM_WRITE)->c[LKC_acquired] = 9900;
	m->s.losses[LKL_counts] = 99;
	r = made_result(m);
	assert_false(r->trust.untrusted);
	assert_int_equal(r->trust.nlosses, 1);
	assert_string_equal(r->trust.losses[0].name, "counts");
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);

	m = made_new();
	made_totals(m, 1, 1, LKM_WRITE)->c[LKC_acquired] = 9900;
	m->s.losses[LKL_counts] = 101;
	r = made_result(m);
	assert_true(r->trust.untrusted);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_UNTRUSTED);
	ana_result_free(r);

	/* A finding is a finding, whatever else was lost. */
	m = made_new();
	m->s.losses[LKL_counts] = 1;
	made_incident(m, "leak.frame", "3 frames");
	r = made_result(m);
	assert_true(r->trust.untrusted);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	ana_result_free(r);
}

/* Of few waits a few losses are a large part. */
static void
lost_waits(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;
	struct lk_totals *t;

	t = made_totals(m, 1, 1, LKM_WRITE);
	t->c[LKC_acquired] = 1000000;
	t->c[LKC_contended] = 90;
	m->s.losses[LKL_waits] = 10;
	r = made_result(m);
	assert_true(r->trust.untrusted);
	assert_true(r->trust.loss_share > 0.0999 &&
	    r->trust.loss_share < 0.1001);
	ana_result_free(r);
}

static void
odd_clock(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	m->s.info.created = MADE_NOW - 1000;
	made_totals(m, 1, 1, LKM_WRITE)->c[LKC_wait_max] = 1000;
	r = made_result(m);
	assert_false(r->trust.untrusted);
	ana_result_free(r);

	m = made_new();
	m->s.info.created = MADE_NOW - 1000;
	made_totals(m, 1, 1, LKM_WRITE)->c[LKC_wait_max] = 1001;
	r = made_result(m);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_UNTRUSTED);
	assert_non_null(strstr(r->verdict, "clock"));
	ana_result_free(r);
}

/* Its time is virtual, and each execution's begins anew. */
static void
an_exploration_has_no_clock(void **state)
{
	static const struct wl_explore_run found = { .failures = 1 },
	    again = { .failures = 1 }, not_again;
	struct ana_campaign c = { .strategy = "random", .again = "again",
	    .search = &found, .told = &again };
	struct made *m = made_new();
	struct ana_result *r;

	m->s.info.created = MADE_NOW - 1000;
	m->s.campaign = &c;
	made_totals(m, 1, 1, LKM_WRITE)->c[LKC_wait_max] = 1001;
	r = made_result(m);
	assert_false(r->trust.untrusted);
	assert_non_null(strstr(r->trust.remarks[0], "virtual"));
	ana_result_free(r);

	c.told = &not_again;
	m = made_new();
	m->s.outcome.end = WLE_DONE;
	m->s.campaign = &c;
	r = made_result(m);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_UNTRUSTED);
	assert_non_null(strstr(r->verdict, "not when it was made again"));
	ana_result_free(r);
}

/* 2 million takes of 5 ns, of 2 s. */
static void
cost_of_notes(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	m->s.info.note_ps = 5000;
	made_totals(m, 1, 1, LKM_WRITE)->c[LKC_acquired] = 2000000;
	r = made_result(m);
	assert_int_equal(r->trust.nremarks, 1);
	assert_string_equal(r->trust.remarks[0], "to note a take cost 5.0ns "
	    "here: 0.5% of the strands' time in all");
	assert_true(r->trust.note_share > 0.00499 &&
	    r->trust.note_share < 0.00501);
	ana_result_free(r);
}

/* More threads than processors is a remark, and no reason to distrust. */
static void
oversubscription(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	m->s.cpus = 2;
	m->s.job.threads = 8;
	r = made_result(m);
	assert_int_equal(r->trust.nremarks, 1);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);
}

/* Where the kernel does not tell, who reads waits is told so. */
static void
undelayed(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	m->s.info.undelayed = true;
	r = made_result(m);
	assert_int_equal(r->trust.nremarks, 1);
	assert_non_null(strstr(r->trust.remarks[0], "no schedstat"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);
}

/* By hand, for no pass of today makes one of INFO. */
static void
info_alone_is_clean(void **state)
{
	struct ana_finding info = { .kind = ana_kind_of("other"),
	    .level = ANA_INFO };
	struct ana_finding *all[] = { &info };
	struct ana_result r = { .nfindings = 1, .findings = all,
	    .of_level = { [ANA_INFO] = 1 } };

	assert_int_equal(ana_exit_code(&r), ANA_EXIT_CLEAN);
	r.of_level[ANA_WARN] = 1;
	assert_int_equal(ana_exit_code(&r), ANA_EXIT_FINDINGS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean),
		cmocka_unit_test(an_incident_is_a_finding),
		cmocka_unit_test(kinds),
		cmocka_unit_test(crash),
		cmocka_unit_test(panic_is_told_once),
		cmocka_unit_test(our_own_bug),
		cmocka_unit_test(cannot_run),
		cmocka_unit_test(losses),
		cmocka_unit_test(lost_waits),
		cmocka_unit_test(odd_clock),
		cmocka_unit_test(an_exploration_has_no_clock),
		cmocka_unit_test(cost_of_notes),
		cmocka_unit_test(oversubscription),
		cmocka_unit_test(undelayed),
		cmocka_unit_test(info_alone_is_clean)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

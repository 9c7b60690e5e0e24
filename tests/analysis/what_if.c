/*
 * Would shorter critical sections help?  The statistics on numbers made up,
 * and the whole on locks of which one is the bottleneck.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/analysis/made.h"
#include "workloads/runner_int.h"

#define MS	UINT64_C(1000000)

/* ---- numbers made up ---- */

static struct wl_slice slices[300];

static void
slice(struct made *m, uint32_t round, uint64_t inside, uint64_t ops)
{
	slices[m->s.nslices++] = (struct wl_slice){ .round = round,
	    .inside_ns = inside, .ns = 40 * MS, .ops = ops };
	m->s.slices = slices;
	m->s.what_if_class = 2;
}

/* Speed varies by round, as on a machine that does other things, too. */
static uint64_t
drift(uint32_t round)
{
	return 1000000 * (1 + round % 7);
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= fabs(b) / 1000;
}

static void
exact_slope(void **state)
{
	struct made *m = made_new();
	struct lk_totals *t = made_totals(m, 2, 1, LKM_WRITE);
	struct ana_result *r;
	uint32_t i;

	/* each ns costs 0.01 % of what it would be; in any order */
	for (i = 1; i <= 20; i++) {
		slice(m, i, i % 2 == 0 ? 0 : 1000,
		    i % 2 == 0 ? drift(i) : drift(i) / 10 * 9);
		slice(m, i, i % 2 == 0 ? 1000 : 0,
		    i % 2 == 0 ? drift(i) / 10 * 9 : drift(i));
		slice(m, i, 500, drift(i) / 100 * 95);
	}
	/* 1.5us a hold, of which about 483 ns were added */
	t->c[LKC_hold_n] = 10;
	t->c[LKC_hold_ns] = 15000;
	r = made_result(m);
	assert_string_equal(r->what_if.class, "amap");
	assert_int_equal(r->what_if.rounds, 20);
	assert_true(r->what_if.told);
	assert_true(near(r->what_if.per_ns, -0.0001));
	assert_true(near(r->what_if.low, -0.0001));
	assert_true(near(r->what_if.high, -0.0001));
	assert_in_range(r->what_if.hold_ns, 1010, 1025);
	assert_true(fabs(r->what_if.gain - 0.0102) < 0.0002);
	assert_non_null(strstr(r->what_if.says, "costs 0.01% of throughput"));
	assert_non_null(strstr(r->what_if.says, "sections last 1.0"));
	ana_result_free(r);
}

/* Of 15 rounds the interval leaves out three on each side. */
static void
interval(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;
	uint32_t i;

	for (i = 1; i <= 15; i++) {
		slice(m, i, 0, 10000);
		slice(m, i, 100, 10000 - 100 * ((i * 4) % 15 + 1));
	}
	/* slopes are -1 % to -15 % for 100 ns */
	r = made_result(m);
	assert_int_equal(r->what_if.rounds, 15);
	assert_true(near(r->what_if.per_ns, -0.0008));
	assert_true(near(r->what_if.low, -0.0012));
	assert_true(near(r->what_if.high, -0.0004));
	assert_true(r->what_if.told);
	ana_result_free(r);
}

static void
none(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;
	uint32_t i;

	/* as often faster as slower, and one round that went all wrong */
	for (i = 1; i <= 21; i++) {
		slice(m, i, 0, drift(i));
		slice(m, i, 100, i == 5 ? 1 : drift(i) / 100 *
		    (i % 2 == 0 ? 102 : 98));
	}
	r = made_result(m);
	assert_false(r->what_if.told);
	assert_true(r->what_if.low < 0 && r->what_if.high > 0);
	assert_non_null(strstr(r->what_if.says, "could be told from none"));
	ana_result_free(r);
}

static void
too_few(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;
	uint32_t i;

	/* five whole rounds, one without its plain slice, one cut off */
	for (i = 1; i <= 5; i++) {
		slice(m, i, 0, 10000);
		slice(m, i, 100, 5000);
	}
	slice(m, 6, 100, 5000);
	slice(m, 6, 100, 5000);
	slice(m, 7, 0, 10000);
	r = made_result(m);
	assert_int_equal(r->what_if.rounds, 5);
	assert_false(r->what_if.told);
	assert_non_null(strstr(r->what_if.says, "too few"));
	ana_result_free(r);
}

static void
nothing(void **state)
{
	struct made *m = made_new();
	struct ana_result *r;

	r = made_result(m);
	assert_null(r->what_if.says);
	ana_result_free(r);
	m = made_new();		/* asked, and over before the first slice */
	m->s.what_if_class = 2;
	r = made_result(m);
	assert_int_equal(r->what_if.rounds, 0);
	assert_non_null(strstr(r->what_if.says, "too few"));
	ana_result_free(r);
}

/* Ten per cent off something is not worth more than a ninth. */
static void
no_miracles(void **state)
{
	struct made *m = made_new();
	struct lk_totals *t = made_totals(m, 2, 1, LKM_WRITE);
	struct ana_result *r;
	uint32_t i;

	for (i = 1; i <= 15; i++) {
		slice(m, i, 0, 10000);
		slice(m, i, 100, 9000);
	}
	t->c[LKC_hold_n] = 1;
	t->c[LKC_hold_ns] = 1000000;
	r = made_result(m);
	assert_true(near(r->what_if.gain, 1.0 / 9));
	assert_non_null(strstr(r->what_if.says, "no more than 11.1%"));
	ana_result_free(r);
}

/* ---- what may be asked ---- */

static void
words(void **state)
{
	static const char *const bad[] = {
		"", "a", "=5", "a=", "a=x", "a=5,", "a=,5", "a=0", "a=5us",
		"a=-5", "a=2000000000", "a=1,2,3,4,5,6,7,8,9", "a=5 "
	};
	struct wl_asked a;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(wl_what_if_parse(bad[i], &a));
	assert_true(wl_what_if_parse("a=b:c=5,1000", &a));
	assert_string_equal(a.class, "a=b:c");
	assert_int_equal(a.n, 2);
	assert_int_equal(a.ns[0], 5);
	assert_int_equal(a.ns[1], 1000);
}

/* ---- locks ---- */

static struct mutex hot = MUTEX_INITIALIZER("hot");
static struct mutex rare = MUTEX_INITIALIZER("rare");
static _Atomic int stop;
static _Atomic uint64_t done[2];

static void
worker(void *arg)
{
	_Atomic uint64_t *mine = arg;
	uint64_t n;

	for (n = 0; atomic_load(&stop) == 0; n++) {
		mtx_enter(&hot);
		mtx_leave(&hot);
		if (n % 65536 == 0) {
			mtx_enter(&rare);
			mtx_leave(&rare);
		}
		atomic_store(mine, n);
	}
}

/* => what is found when asked about a class, of so many rounds */
static double
ask_once(const char *what, const char *class, size_t *rounds)
{
	static struct wl_job job;
	struct wl_outcome outcome = { .end = WLE_DONE };
	struct wl_what_if_run *w;
	struct lk_strand *st[2];
	struct lk_record *rec;
	struct ana_snapshot *s;
	struct ana_result *r;
	const struct wl_what_if *out;
	char why[256];
	double per_ns;
	int i;

	assert_int_equal(lk_record_create(NULL, &rec), 0);
	wl_job_default(&job);
	snprintf(job.what_if, sizeof(job.what_if), "%s", what);
	job.duration_ns = 15 * 3 * 50 * MS;
	atomic_store(&stop, 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(lk_strand_start(&st[i], "worker", worker,
		    &done[i], NULL), 0);
	while (lk_record_class_find(rec, class, LKN_MUTEX) == 0)
		lk_yield();
	assert_int_equal(wl_what_if_begin(&job, &w, why), 0);
	out = lk_record_region_find(rec, WL_WHAT_IF_REGION, NULL);
	assert_non_null(out);
	while (atomic_load(&out->n) < 15 * 2) {
		lk_delay(2 * MS);
		(void)wl_what_if_tick(w, lk_now(), atomic_load(&done[0]) +
		    atomic_load(&done[1]));
	}
	wl_what_if_end(w);
	atomic_store(&stop, 1);
	for (i = 0; i < 2; i++)
		lk_strand_join(st[i]);
	assert_int_equal(ana_freeze(rec, &outcome, &s), 0);
	assert_int_equal(ana_run(s, &r), 0);
	ana_snapshot_free(s);
	*rounds = r->what_if.rounds;
	assert_in_range(*rounds, 0, 15);
	assert_string_equal(r->what_if.class, class);
	per_ns = r->what_if.told ? r->what_if.per_ns : 0;
	print_message("%s\n", r->what_if.says);
	ana_result_free(r);
	lk_record_close(rec);
	return per_ns;
}

/*
 * A round is void if nobody came to run in its plain slice, as may be where
 * other programs run: then another time.
 */
static double
ask(const char *what, const char *class)
{
	size_t rounds = 0;
	double per_ns = 0;
	int i;

	for (i = 0; i < 20 && rounds < 6; i++)
		per_ns = ask_once(what, class, &rounds);
	assert_in_range(rounds, 6, 15);
	return per_ns;
}

static void
bottleneck(void **state)
{
	double of_hot, of_rare;

	of_hot = ask("hot=20000", "hot");
	of_rare = ask("rare=20000", "rare");
	/* 20 us in each operation are most of it; in 1 of 65536 nothing */
	assert_true(of_hot < -0.00003);
	assert_true(fabs(of_rare) < fabs(of_hot) / 4);
}

static void
no_such_class(void **state)
{
	static struct wl_job job;
	struct wl_what_if_run *w;
	char why[256];

	wl_job_default(&job);
	strcpy(job.what_if, "nobody=5");
	assert_int_equal(wl_what_if_begin(&job, &w, why), ENOENT);
	assert_non_null(strstr(why, "'nobody'"));
	assert_null(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_slope),
		cmocka_unit_test(interval),
		cmocka_unit_test(none),
		cmocka_unit_test(too_few),
		cmocka_unit_test(nothing),
		cmocka_unit_test(no_miracles),
		cmocka_unit_test(words),
		cmocka_unit_test(bottleneck),
		cmocka_unit_test(no_such_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

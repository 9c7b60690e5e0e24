/*
 * The statistics on numbers that are made: how often intervals hold, how often
 * a table of nothing shows something, how often something is found.  All of a
 * fixed generator, so each figure is the same each time.
 *
 * usage: stat [TIMES]		so many times as many data sets [1]
 */
#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/compare_int.h"

#define MAXROWS		64
#define MAXRUNS		64

static unsigned times = 1;
static uint64_t state;

static double
uniform(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return ((double)((z ^ z >> 31) >> 11) + 0.5) / 9007199254740992.0;
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Kinds of noise, with a centre of 0. */
static double
calm(void)
{
	return normal();
}

static double
disturbed(void)		/* one run in twenty by something else */
{
	return uniform() < 0.05 ? normal() * 10 : normal();
}

static double
skewed(void)		/* as waits are */
{
	return exp(normal() * 0.5) - 1;
}

static const struct noise {
	const char	*name;
	double		(*draw)(void);
} noises[] = {
	{ "calm", calm }, { "disturbed", disturbed }, { "skewed", skewed }
};
#define NNOISES	(sizeof(noises) / sizeof(noises[0]))

static double	x[MAXROWS * MAXRUNS];

/*
 * Rows of a table: a machine's state is common to both of a pair, part of the
 * noise to all rows.
 */
static struct ana_stat_data
made(size_t nrows, size_t na, size_t nb, bool paired, double (*draw)(void),
    double effect)
{
	double common[MAXRUNS], drift[MAXRUNS];
	size_t i, k, n = na + nb;

	for (k = 0; k < n; k++) {
		common[k] = draw() * 0.007;
		drift[k] = paired ? normal() * 0.05 : 0;
	}
	for (i = 0; i < nrows; i++) {
		for (k = 0; k < n; k++)
			x[i * n + k] = 10 + common[k] + draw() * 0.007 +
			    drift[k % na] + (k >= na && i == 0 ? effect : 0);
	}
	return (struct ana_stat_data){ .x = x, .nrows = nrows, .na = na,
	    .nb = nb, .paired = paired };
}

/* => how many of a hundred intervals hold the effect */
static double
coverage(size_t n, bool paired, double (*draw)(void), unsigned sets)
{
	struct ana_stat_data d;
	struct ana_stat out;
	unsigned i, held = 0;

	for (i = 0; i < sets; i++) {
		d = made(1, n, n, paired, draw, 0.05);
		assert_int_equal(ana_stat(&d, 0.05, &out), 0);
		held += out.low <= 0.05 && out.high >= 0.05;
	}
	return 100.0 * held / sets;
}

static void
intervals_hold(void **unused)
{
	static const size_t sizes[] = { 6, 10, 20 };
	const unsigned sets = 16 * times;
	double held, sum = 0;
	size_t i, k, n = 0;
	int paired;

	for (i = 0; i < NNOISES; i++) {
		for (k = 0; k < 3; k++) {
			for (paired = 0; paired < 2; paired++) {
				held = coverage(sizes[k], paired,
				    noises[i].draw, sets);
				print_message("%s, %zu %s: %.1f%% of %u "
				    "intervals\n", noises[i].name, sizes[k],
				    paired ? "pairs" : "runs each", held,
				    sets);
				sum += held;
				n++;
				assert_true(held > 93.5 - 500 / sqrt(sets) / 5);
			}
		}
	}
	print_message("%.2f%% in the mean\n", sum / (double)n);
	assert_true(sum / (double)n > 94);
}

/* => how many of a hundred tables without any effect show one */
static double
alarms(size_t rows, size_t na, size_t nb, bool paired, double (*draw)(void),
    unsigned sets)
{
	struct ana_stat out[MAXROWS];
	struct ana_stat_data d;
	unsigned i, n = 0;
	size_t k;

	for (i = 0; i < sets; i++) {
		d = made(rows, na, nb, paired, draw, 0);
		assert_int_equal(ana_stat(&d, 0.05, out), 0);
		for (k = 0; k < rows && out[k].p_table > 0.05; k++)
			continue;
		n += k < rows;
	}
	return 100.0 * n / sets;
}

static void
nothing_is_not_something(void **unused)
{
	const unsigned sets = 12 * times;
	double rate, sum = 0;
	size_t i;

	for (i = 0; i < NNOISES; i++) {
		rate = alarms(30, 8, 8, true, noises[i].draw, sets);
		print_message("%s, 30 rows, 8 pairs: %.1f%% of %u tables\n",
		    noises[i].name, rate, sets);
		sum += rate;
		rate = alarms(30, 5, 5, false, noises[i].draw, sets);
		print_message("%s, 30 rows, 5 runs each: %.1f%% of %u "
		    "tables\n", noises[i].name, rate, sets);
		sum += rate;
	}
	/* 5 % by construction; three standard errors above */
	assert_true(sum / 6 < 5 + 300 * sqrt(0.05 * 0.95 / (6 * sets)));
	assert_true(sum > 0);
}

static void
something_is_found(void **unused)
{
	struct ana_stat out[MAXROWS];
	const unsigned sets = 8 * times;
	struct ana_stat_data d;
	unsigned i, n[NNOISES] = { 0 }, other = 0;
	size_t k, kind;

	for (kind = 0; kind < NNOISES; kind++) {
		for (i = 0; i < sets; i++) {
			d = made(40, 10, 10, true, noises[kind].draw, 0.05);
			assert_int_equal(ana_stat(&d, 0.05, out), 0);
			n[kind] += out[0].p_table <= 0.05;
			for (k = 1; k < 40 && out[k].p_table > 0.05; k++)
				continue;
			other += k < 40;
		}
		print_message("%s: 5%% among 40 rows, noise of 1%%, 10 "
		    "pairs: found in %u of %u\n", noises[kind].name, n[kind],
		    sets);
		assert_true(n[kind] * 10 >= sets * 8);
	}
	print_message("rows beside it told in %u of %u tables\n", other,
	    sets * 3);
	assert_true(other * 100 <= sets * 3 * 8);
}

/* What can be counted by hand. */
static void
exchanges_are_all(void **unused)
{
	/* B is larger in each pair, and in each run */
	static const double up[] = { 1, 1.01, 1.02, 1.03, 1.04, 1.05,
	    2, 2.012, 2.018, 2.033, 2.041, 2.056 };
	struct ana_stat_data d = { up, 1, 6, 6, true };
	struct ana_stat out;
	double p;

	assert_int_equal(ana_stat(&d, 0.05, &out), 0);
	assert_true(fabs(out.p - 2.0 / 64) < 1e-12);
	assert_true(out.p == out.p_table);
	assert_true(out.low > 0.9 && out.high < 1.1 && out.low < out.diff);
	assert_int_equal(ana_stat_beyond(&d, 0.5, &p), 0);
	assert_true(fabs(p - 1.0 / 64) < 1e-12);
	assert_int_equal(ana_stat_beyond(&d, 1.5, &p), 0);
	assert_true(p == 1);
	d.paired = false;
	assert_int_equal(ana_stat(&d, 0.05, &out), 0);
	assert_true(fabs(out.p - 2.0 / 924) < 1e-12);
	assert_int_equal(ana_stat_beyond(&d, 0.5, &p), 0);
	assert_true(fabs(p - 1.0 / 924) < 1e-12);
	d.na = 4;
	d.nb = 8;
	assert_int_equal(ana_stat_beyond(&d, -9, &p), 0);
	assert_true(fabs(p - 1.0 / 495) < 1e-12);
}

static void
few_runs_say_nothing(void **unused)
{
	static const double two[] = { 1, 5 }, four[] = { 1, 2, 8, 9 };
	struct ana_stat_data d = { two, 1, 1, 1, true };
	struct ana_stat out;

	assert_int_equal(ana_stat(&d, 0.05, &out), 0);
	assert_true(out.p == 1 && out.low == out.high);
	d.x = four;
	d.na = d.nb = 2;
	d.paired = false;
	assert_int_equal(ana_stat(&d, 0.05, &out), 0);
	assert_true(out.p > 0.3 && out.low == out.high);
	assert_int_equal(ana_stat_needed(0.05, true, false), 6);
	assert_int_equal(ana_stat_needed(0.05, false, false), 4);
	assert_int_equal(ana_stat_needed(0.05, false, true), 3);
	assert_int_equal(ana_stat_needed(0.05, true, true), 5);
	assert_true(ana_stat_least(6, 6, true, false) <= 0.05);
	assert_true(ana_stat_least(5, 5, true, false) > 0.05);
}

/* Numbers that do not vary are no difference, and no harm to other rows. */
static void
the_same_is_the_same(void **unused)
{
	double rows[2 * 16];
	struct ana_stat_data d = { rows, 2, 8, 8, true };
	struct ana_stat out[2];
	size_t i;

	for (i = 0; i < 16; i++) {
		rows[i] = 3;
		rows[16 + i] = i < 8 ? 1 + 0.01 * (double)i :
		    1.5 + 0.0101 * (double)i + (i % 2 != 0 ? 0.001 : 0);
	}
	assert_int_equal(ana_stat(&d, 0.05, out), 0);
	assert_true(out[0].diff == 0 && out[0].p == 1);
	assert_true(out[0].low <= 0 && out[0].high >= 0);
	assert_true(out[1].p_table <= 0.05);
	/* one disturbed pair in eight is left out */
	rows[16 + 3] = 40;
	assert_int_equal(ana_stat(&d, 0.05, out), 0);
	assert_true(out[1].diff > 0.5 && out[1].diff < 0.7);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exchanges_are_all),
		cmocka_unit_test(few_runs_say_nothing),
		cmocka_unit_test(the_same_is_the_same),
		cmocka_unit_test(intervals_hold),
		cmocka_unit_test(nothing_is_not_something),
		cmocka_unit_test(something_is_found),
	};

	if (argc > 1)
		times = (unsigned)strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

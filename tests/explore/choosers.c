/*
 * Choosers: what they promise, on small programs.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/explore/programs.h"

#define SEEDS	20
#define MOST	2000

static uint64_t
mean_of(const struct program_row *row, const char *chooser, unsigned *found)
{
	struct wl_explore_conf conf = { .chooser = wl_chooser_find(chooser),
	    .executions = MOST };
	struct wl_explore_result r;
	uint64_t sum = 0;
	unsigned i;

	*found = 0;
	for (i = 0; i < SEEDS; i++) {
		conf.seed = 1 + (uint64_t)i * 1000000;
		assert_int_equal(wl_explore(&row->program, &conf, &r), 0);
		if (r.failures != 0) {
			sum += r.failed_at;
			++*found;
		}
		wl_schedule_free(&r.schedule);
	}
	return *found == 0 ? 0 : (sum + *found - 1) / *found;
}

/* Every bug is found, and by the best of the samplers soon enough. */
static void
test_classics(void **state)
{
	static const char *const sampler[] = { "pct", "pos", "surw" };
	uint64_t mean, best;
	unsigned i, k, found;

	for (i = 0; i < nprograms; i++) {
		best = UINT64_MAX;
		print_message("%-12s %2d  published %3u ", programs[i].name,
		    programs[i].n, programs[i].mean);
		for (k = 0; k < 3; k++) {
			mean = mean_of(&programs[i], sampler[k], &found);
			print_message(" %s %llu (%u)", sampler[k],
			    (unsigned long long)mean, found);
			if (found == SEEDS && mean < best)
				best = mean;
		}
		print_message("\n");
		assert_true(best != UINT64_MAX);
		assert_in_range(best, 1, programs[i].limit);
	}
}

static void
explore(const struct wl_program *p, const char *chooser,
    struct wl_explore_result *r)
{
	struct wl_explore_conf conf = { .chooser = wl_chooser_find(chooser),
	    .seed = 1, .executions = MOST };

	assert_non_null(conf.chooser);
	assert_int_equal(wl_explore(p, &conf, r), 0);
}

/* All is enumerated: a bug is found, and where there is none that is known. */
static void
test_exhaustive(void **state)
{
	struct wl_explore_result r;
	unsigned i;

	for (i = 0; i < nprograms; i++) {
		if (programs[i].n > 3 || strcmp(programs[i].name,
		    "wronglock") == 0)
			continue;	/* too many */
		explore(&programs[i].program, "exhaustive", &r);
		print_message("%-12s %2d  %llu executions, %llu pruned\n",
		    programs[i].name, programs[i].n,
		    (unsigned long long)r.executions,
		    (unsigned long long)r.pruned);
		assert_int_equal(r.failures, 1);
		assert_false(r.exhausted);
		wl_schedule_free(&r.schedule);
	}
	explore(&program_safe, "exhaustive", &r);
	print_message("safe: %llu executions\n",
	    (unsigned long long)r.executions);
	assert_int_equal(r.failures, 0);
	assert_true(r.exhausted);
	explore(&program_safe_sleep, "exhaustive", &r);
	print_message("safe-sleep: %llu executions\n",
	    (unsigned long long)r.executions);
	assert_int_equal(r.failures, 0);
	assert_true(r.exhausted);
}

/*
 * How many executions matter can be counted by hand: two strands that each
 * touch n words of their own: one.  The same word, m times each: as many as
 * there are ways to shuffle.
 */
static int word[2];
static bool apart;
static int touches;

static void
touch(void *arg)
{
	int i, *w = &word[apart ? (intptr_t)arg : 0];

	for (i = 0; i < touches; i++)
		STORE(*w, i);
}

static void
two_touch(void *arg)
{
	struct lk_strand *s[2];
	intptr_t i;

	for (i = 0; i < 2; i++)
		assert_int_equal(lk_strand_start(&s[i], "touch", touch,
		    (void *)i, NULL), 0);
	for (i = 0; i < 2; i++)
		lk_strand_join(s[i]);
}

static uint64_t
orders(bool own, int n)
{
	static const struct wl_program p = { .name = "touch",
	    .run = two_touch };
	struct wl_explore_result r;
	struct wl_explore_conf conf = {
		.chooser = wl_chooser_find("exhaustive")
	};

	apart = own;
	touches = n;
	assert_int_equal(wl_explore(&p, &conf, &r), 0);
	assert_true(r.exhausted);
	assert_int_equal(r.failures, 0);
	return r.executions;
}

static void
test_counted(void **state)
{
	uint64_t own = orders(true, 4), shared = orders(false, 3);

	print_message("own words: %llu, one word: %llu\n",
	    (unsigned long long)own, (unsigned long long)shared);
	/* whether the first join comes before the other's end counts, too */
	assert_in_range(own, 1, 6);
	assert_int_equal(shared, 20);
}

/*
 * Pairs of places, counted by hand.  Each strand comes through places of its
 * own; all orders are executed, or one after the other is.
 */
static struct rwlock pair_lock;
static int pair_word;

static void
pair_a(void *arg)
{
	rw_enter_write(&pair_lock);
	rw_exit(&pair_lock);
}

static void
pair_b(void *arg)
{
	rw_enter_write(&pair_lock);
	rw_exit(&pair_lock);
}

static void
pair_c(void *arg)
{
	rw_enter_write(&pair_lock);
	rw_exit(&pair_lock);
}

static void
pair_read(void *arg)
{
	rw_enter_read(&pair_lock);
	rw_exit(&pair_lock);
}

static void
pair_read_too(void *arg)
{
	rw_enter_read(&pair_lock);
	rw_exit(&pair_lock);
}

static void
pair_store(void *arg)
{
	STORE(pair_word, 1);
}

static void
pair_store_too(void *arg)
{
	STORE(pair_word, 2);
}

static void
pair_load(void *arg)
{
	(void)LOAD(pair_word);
	(void)LOAD(pair_word);
}

static void
pair_load_once(void *arg)
{
	(void)LOAD(pair_word);
}

struct pair_row {
	void	(*fn[3])(void *);
	bool	in_turn;
	uint64_t handovers, conflicts;
};

static void
pair_run(void *arg)
{
	const struct pair_row *row = arg;
	struct lk_strand *s[3];
	int i, n;

	memset(&pair_lock, 0, sizeof(pair_lock));
	rw_init(&pair_lock, "pair");
	for (n = 0; n < 3 && row->fn[n] != NULL; n++) {
		assert_int_equal(lk_strand_start(&s[n], "pair", row->fn[n],
		    NULL, NULL), 0);
		if (row->in_turn)
			lk_strand_join(s[n]);
	}
	for (i = 0; i < n && !row->in_turn; i++)
		lk_strand_join(s[i]);
}

static void
test_pairs(void **state)
{
	static const struct pair_row row[] = {
		{ { pair_a, pair_b }, false, 2, 2 },
		{ { pair_a, pair_b, pair_c }, false, 6, 6 },
		{ { pair_a, pair_a }, false, 1, 1 },
		{ { pair_a, pair_read }, false, 2, 2 },
		{ { pair_read, pair_read_too }, false, 2, 0 },
		{ { pair_store, pair_store_too }, false, 0, 2 },
		{ { pair_store, pair_load }, false, 0, 4 },
		{ { pair_load, pair_load_once }, false, 0, 0 },
		/* none of the two stores is right before the other */
		{ { pair_store, pair_load_once, pair_store_too }, true, 0, 2 },
		{ { pair_store, pair_load_once, pair_store_too }, false, 0,
		    6 },
	};
	struct wl_explore_conf conf = { .orders = true,
	    .chooser = wl_chooser_find("exhaustive") };
	struct wl_explore_result r;
	unsigned i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct wl_program p = { .name = "pairs", .run = pair_run,
		    .arg = (void *)(uintptr_t)&row[i] };

		assert_int_equal(wl_explore(&p, &conf, &r), 0);
		assert_true(r.exhausted);
		print_message("row %u: %llu hand-overs, %llu conflicts\n", i,
		    (unsigned long long)r.pairs.handovers,
		    (unsigned long long)r.pairs.conflicts);
		assert_int_equal(r.pairs.handovers, row[i].handovers);
		assert_int_equal(r.pairs.conflicts, row[i].conflicts);
		assert_false(r.pairs.lost);
	}
}

/* Failing executions happen again from their schedule, to the last event. */
static void
test_replay(void **state)
{
	static const char *const sampler[] = { "random", "pct", "pos", "surw" };
	struct wl_schedule again = { 0 };
	struct lk_fibers_result out;
	struct wl_explore_result r;
	struct wl_explore_conf conf = { .executions = MOST };
	uint64_t diverged;
	unsigned i, n = 0;
	size_t at;
	char *text;

	for (i = 0; n < 1000; i++) {
		const struct program_row *row = &programs[i % nprograms];

		conf.chooser = wl_chooser_find(sampler[i / 7 % 4]);
		conf.seed = 1 + i * 7919;
		conf.executions = 100;
		assert_int_equal(wl_explore(&row->program, &conf, &r), 0);
		if (r.failures == 0)
			continue;
		n++;
		text = wl_schedule_text(&r.schedule);
		assert_non_null(text);
		assert_int_equal(wl_schedule_read(text, &again, &at), 0);
		free(text);
		assert_int_equal(wl_replay_schedule(&row->program, NULL, &again,
		    &out, &diverged), 0);
		assert_int_equal(diverged, 0);
		assert_int_equal(out.end, r.failed.end);
		assert_int_equal(out.hash, r.failed.hash);
		assert_int_equal(out.steps, r.failed.steps);
		wl_schedule_free(&r.schedule);
	}
	wl_schedule_free(&again);
}

/* Smaller, and it still fails; what does not fail is refused. */
static void
test_minimise(void **state)
{
	struct lk_fibers_result out;
	struct wl_explore_result r;
	uint64_t diverged, tries;
	size_t before;
	unsigned i;

	for (i = 0; i < nprograms; i++) {
		explore(&programs[i].program, "random", &r);
		if (r.failures == 0)
			continue;
		before = r.schedule.nturns;
		tries = 2000;
		assert_int_equal(wl_minimise(&programs[i].program, NULL,
		    &r.schedule, &tries), 0);
		print_message("%-12s %2d  %zu turns, then %zu, %llu tries\n",
		    programs[i].name, programs[i].n, before, r.schedule.nturns,
		    (unsigned long long)tries);
		assert_in_range(r.schedule.nturns, 0, before);
		assert_int_equal(wl_replay_schedule(&programs[i].program, NULL,
		    &r.schedule, &out, &diverged), 0);
		assert_int_equal(out.end, r.failed.end);
		wl_schedule_free(&r.schedule);
	}
	tries = 10;
	assert_int_equal(wl_schedule_read("3: 0 1*3", &r.schedule, &before), 0);
	assert_int_equal(wl_minimise(&program_safe, NULL, &r.schedule, &tries),
	    EINVAL);
	wl_schedule_free(&r.schedule);
}

static void
test_schedule_text(void **state)
{
	static const struct {
		const char	*text;
		int		error;
		size_t		at;
	} row[] = {
		{ "", 0, 0 }, { "7:", 0, 2 }, { "7: 0*3 2 1*12", 0, 13 },
		{ "0 1 2", 0, 5 }, { "x", EINVAL, 0 }, { "0*", EINVAL, 2 },
		{ "0*0", EINVAL, 3 }, { "1 2x", EINVAL, 3 },
		{ "4294967296", EINVAL, 10 }, { "1*4294967296", EINVAL, 12 },
		{ "-1", EINVAL, 0 }, { "1: 2: 3", EINVAL, 4 },
	};
	struct wl_schedule s = { 0 };
	size_t at;
	unsigned i;
	char *text;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(wl_schedule_read(row[i].text, &s, &at),
		    row[i].error);
		assert_int_equal(at, row[i].at);
	}
	assert_int_equal(wl_schedule_read("7: 0*3 2 1*12", &s, &at), 0);
	text = wl_schedule_text(&s);
	assert_string_equal(text, "7: 0*3 2 1*12");
	free(text);
	wl_schedule_free(&s);
}

/* ---- what executions begin with ---- */

struct worlds {
	uint64_t	world, fails, made, run;
};

static int
worlds_begin(void *arg, uint64_t seed, bool *make, uint64_t *with)
{
	struct worlds *w = arg;

	*with = seed / 4;
	*make = w->world != *with;
	return 0;
}

static void
worlds_nothing(void *arg)
{
	lk_delay(1);
}

static void
worlds_make(void *arg)
{
	struct worlds *w = arg;
	struct lk_strand *st;

	w->world = UINT64_MAX;
	w->made++;
	if (w->made == w->fails)
		lk_incident("control.count", "its world is no good");
	assert_int_equal(lk_strand_start(&st, "quiet", worlds_nothing, NULL,
	    NULL), 0);
	lk_strand_join(st);
	w->world = w->made - 1;
}

static void
worlds_run(void *arg)
{
	struct worlds *w = arg;

	w->run++;
}

/*
 * It is made when it is another one, and what fails there is the execution
 * that failed.
 */
static void
test_worlds(void **state)
{
	struct worlds w = { .world = UINT64_MAX };
	const struct wl_program p = { .name = "worlds", .run = worlds_run,
	    .arg = &w, .begin = worlds_begin, .make = worlds_make };
	struct wl_explore_conf conf = { .executions = 12,
	    .chooser = wl_chooser_find("random") };
	struct lk_fibers_result out;
	struct wl_explore_result r;
	uint64_t diverged;

	assert_int_equal(wl_explore(&p, &conf, &r), 0);
	assert_int_equal(r.executions, 12);
	assert_int_equal(r.failures, 0);
	assert_int_equal(w.run, 12);
	assert_int_equal(w.made, 3);
	wl_schedule_free(&r.schedule);

	w = (struct worlds){ .world = UINT64_MAX, .fails = 3 };
	assert_int_equal(wl_explore(&p, &conf, &r), 0);
	assert_int_equal(r.failed_at, 9);
	assert_int_equal(r.failed_seed, 8);
	assert_int_equal(r.failed.end, LKF_INCIDENT);
	assert_int_equal(r.schedule.nturns, 0);
	assert_int_equal(w.run, 8);

	w = (struct worlds){ .world = UINT64_MAX, .fails = 1 };
	assert_int_equal(wl_replay_schedule(&p, NULL, &r.schedule, &out,
	    &diverged), 0);
	assert_int_equal(out.end, LKF_INCIDENT);
	assert_int_equal(diverged, 0);
	assert_int_equal(w.run, 0);
	wl_schedule_free(&r.schedule);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule_text),
		cmocka_unit_test(test_counted),
		cmocka_unit_test(test_exhaustive),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_minimise),
		cmocka_unit_test(test_worlds),
		cmocka_unit_test(test_classics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

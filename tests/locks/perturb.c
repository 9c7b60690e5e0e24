/* perturb.c: perturbation acts when asked, as often as asked, by seed. */
#include "locks/strand_int.h"
#include "tests/locks/t.h"

/* Services that count instead of waiting. */
static struct lk_services counting;
static uint64_t log_hash, acts;

static void
log_act(uint64_t what)
{
	acts++;
	log_hash = (log_hash ^ what) * 0x100000001b3ULL;
}

static void
count_delay(uint64_t ns)
{
	log_act(ns);
}

static void
count_yield(void)
{
	log_act(1);
}

static void
count_relax(void)
{
	log_act(2);
}

static uint64_t
fixed_now(void)
{
	return 1;
}

static uint64_t
run(uint64_t seed, unsigned permille, unsigned turns)
{
	static struct rwlock rw;
	unsigned i;

	lk_seed(seed);
	log_hash = acts = 0;
	lk_perturb(permille);
	for (i = 0; i < turns; i++) {
		rw_enter(&rw, RW_WRITE);
		lk_point(inside);
		rw_exit(&rw);
	}
	lk_perturb(0);
	return log_hash;
}

static int
setup(void **state)
{
	strand_self();
	counting = lk_services_os;
	counting.delay = count_delay;
	counting.yield = count_yield;
	counting.relax = count_relax;
	counting.now = fixed_now;
	lk_sv = &counting;
	return 0;
}

static int
teardown(void **state)
{
	lk_sv = &lk_services_os;
	return 0;
}

static void
off_is_off(void **state)
{
	run(1, 0, 1000);
	assert_int_equal(acts, 0);
	assert_int_equal(atomic_load(&lk_points_on), 0);
}

static void
by_seed(void **state)
{
	uint64_t a = run(1, 200, 1000);

	assert_int_equal(run(1, 200, 1000), a);
	assert_int_not_equal(run(2, 200, 1000), a);
}

static void
as_often_as_asked(void **state)
{
	uint64_t few;

	run(1, 10, 2000);
	few = acts;
	assert_true(few > 0);
	run(1, 1000, 2000);
	assert_true(acts > 10 * few);
	/* three places a turn, and each acts */
	assert_true(acts >= 3 * 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(off_is_off, setup, teardown),
		cmocka_unit_test_setup_teardown(by_seed, setup, teardown),
		cmocka_unit_test_setup_teardown(as_often_as_asked, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

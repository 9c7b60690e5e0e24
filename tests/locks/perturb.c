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

/* A clock that moves when somebody spins. */
static uint64_t clock_ns;

static uint64_t
clock_now(void)
{
	return clock_ns;
}

static void
clock_relax(void)
{
	clock_ns += 10;
}

static uint64_t
pair_takes(struct rwlock *rw, unsigned long mode)
{
	uint64_t before = clock_ns;

	rw_enter(rw, mode);
	rw_exit(rw);
	return clock_ns - before;
}

static void
inside(void **state)
{
	static struct rwlock slow = RWLOCK_INITIALIZER("slow");
	static struct rwlock other = RWLOCK_INITIALIZER("other");
	static struct mutex mtx = MUTEX_INITIALIZER("slow");
	uint32_t class = lk_class_named("slow", LKN_LOCK), i;
	uint64_t before;

	counting.now = clock_now;
	counting.relax = clock_relax;
	for (i = 0; i < 2; i++) {
		assert_int_equal(pair_takes(&slow, RW_WRITE), 0);
		lk_delay_inside(class, 700);
		lk_delay_inside(lk_class_named("slow", LKN_MUTEX), 300);
		assert_int_equal(pair_takes(&slow, RW_WRITE), 700);
		assert_int_equal(pair_takes(&slow, RW_READ), 700);
		assert_int_equal(pair_takes(&slow, RW_READ | RW_NOSLEEP), 700);
		assert_int_equal(pair_takes(&other, RW_WRITE), 0);
		before = clock_ns;
		mtx_enter(&mtx);
		mtx_leave(&mtx);
		assert_int_equal(clock_ns - before, 300);
		lk_delay_inside(class, 0);
		assert_int_equal(pair_takes(&slow, RW_WRITE), 0);
		lk_delay_inside(lk_class_named("slow", LKN_MUTEX), 0);
		assert_true(mtx_enter_try(&mtx));
		mtx_leave(&mtx);
		assert_int_equal(clock_ns - before, 300);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(off_is_off, setup, teardown),
		cmocka_unit_test_setup_teardown(by_seed, setup, teardown),
		cmocka_unit_test_setup_teardown(as_often_as_asked, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(inside, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* rrw.c: the writer may take it again, and lets it go as often. */
#include "tests/locks/t.h"

static struct rrwlock rrw = RRWLOCK_INITIALIZER("rrw");

static void
recursion(void **state)
{
	assert_int_equal(rrw_enter(&rrw, RW_WRITE), 0);
	assert_int_equal(rrw_enter(&rrw, RW_WRITE), 0);
	assert_int_equal(rrw_enter(&rrw, RW_READ), 0);
	assert_int_equal(rrw_enter(&rrw, RW_WRITE | RW_RECURSEFAIL), EDEADLK);
	rrw_exit(&rrw);
	rrw_exit(&rrw);
	assert_int_equal(rrw_status(&rrw), RW_WRITE);
	rrw_exit(&rrw);
	assert_int_equal(rrw_status(&rrw), 0);
	assert_int_equal(lk_incidents(), 0);
}

static void
readers(void **state)
{
	assert_int_equal(rrw_enter(&rrw, RW_READ | RW_RECURSEFAIL), 0);
	assert_int_equal(rrw_status(&rrw), RW_READ);
	rrw_exit(&rrw);
	assert_int_equal(rrw_status(&rrw), 0);
}

static struct lk_event in, out;

static void
hold(void *arg)
{
	rrw_enter(&rrw, RW_WRITE);
	rrw_enter(&rrw, RW_WRITE);
	lk_event_post(&in);
	lk_event_wait(&out);
	rrw_exit(&rrw);
	rrw_exit(&rrw);
}

static void
others(void **state)
{
	struct lk_strand *st = t_start("hold", hold, NULL);

	lk_event_wait(&in);
	assert_int_equal(rrw_enter(&rrw, RW_WRITE | RW_NOSLEEP), EBUSY);
	assert_int_equal(rrw_enter(&rrw, RW_READ | RW_NOSLEEP |
	    RW_RECURSEFAIL), EBUSY);
	lk_event_post(&out);
	lk_strand_join(st);
	assert_int_equal(rrw_enter(&rrw, RW_WRITE | RW_NOSLEEP), 0);
	assert_int_equal(rrw_enter(&rrw, RW_DOWNGRADE), 0);
	assert_int_equal(rrw_status(&rrw), RW_READ);
	rrw_exit(&rrw);
	assert_int_equal(rrw_status(&rrw), 0);
	assert_int_equal(lk_incidents(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recursion), cmocka_unit_test(readers),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

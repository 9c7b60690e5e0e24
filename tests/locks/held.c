/* held.c: the held stack, in and out of order. */
#include "tests/locks/t.h"

static struct rwlock a, b, c;

static uint64_t
addr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static void
in_order(void **state)
{
	struct lk_strand_info i;

	rw_enter(&a, RW_WRITE);
	rw_enter(&b, RW_READ);
	t_held(&i);
	assert_int_equal(i.nheld, 2);
	assert_int_equal(i.held[0].ident, addr(&a));
	assert_int_equal(i.held[0].mode, LKM_WRITE);
	assert_int_equal(i.held[1].ident, addr(&b));
	assert_int_equal(i.held[1].mode, LKM_READ);
	assert_int_equal(i.held[1].kind, LKN_LOCK);
	assert_int_equal(i.wait.ident, 0);
	rw_exit(&b);
	rw_exit(&a);
	t_held(&i);
	assert_int_equal(i.nheld, 0);
}

static void
out_of_order(void **state)
{
	struct lk_strand_info i;

	rw_enter(&a, RW_WRITE);
	rw_enter(&b, RW_WRITE);
	rw_enter(&c, RW_WRITE);
	rw_exit(&b);
	t_held(&i);
	assert_int_equal(i.nheld, 2);
	assert_int_equal(i.held[0].ident, addr(&a));
	assert_int_equal(i.held[1].ident, addr(&c));
	rw_exit(&a);
	assert_true(rw_write_held(&c));
	t_held(&i);
	assert_int_equal(i.nheld, 1);
	rw_exit(&c);
	t_held(&i);
	assert_int_equal(i.nheld, 0);
	assert_int_equal(lk_incidents(), 0);
}

/* Hand over hand makes a hole below each entry; they are closed in time. */
static void
hand_over_hand(void **state)
{
	static struct rwlock l[3];
	struct lk_strand_info i;
	uint64_t loss[LKL_NLOSS];
	int k;

	rw_enter(&l[0], RW_WRITE);
	for (k = 1; k < 10 * LK_MAXHELD; k++) {
		rw_enter(&l[k % 3], RW_WRITE);
		rw_exit(&l[(k - 1) % 3]);
	}
	t_held(&i);
	assert_int_equal(i.nheld, 1);
	assert_int_equal(i.held[0].ident, addr(&l[(k - 1) % 3]));
	rw_exit(&l[(k - 1) % 3]);
	lk_record_losses(lk_record_current(), loss);
	assert_int_equal(loss[LKL_held], 0);
	assert_int_equal(lk_incidents(), 0);
}

/* More at once than the stack holds: counted, and still let go. */
static void
overflow(void **state)
{
	static struct rwlock many[LK_MAXHELD + 10];
	struct lk_strand_info i;
	uint64_t loss[LKL_NLOSS];
	size_t k;

	for (k = 0; k < LEN(many); k++)
		rw_enter(&many[k], RW_WRITE);
	t_held(&i);
	assert_int_equal(i.nheld, LK_MAXHELD);
	lk_record_losses(lk_record_current(), loss);
	assert_int_equal(loss[LKL_held], 10);
	for (k = 0; k < LEN(many); k++)
		rw_exit(&many[k]);
	for (k = 0; k < LEN(many); k++)
		assert_int_equal(rw_status(&many[k]), 0);
	t_held(&i);
	assert_int_equal(i.nheld, 0);
	assert_int_equal(lk_incidents(), 0);
}

/* A write hold has a new number, a read hold that of the last writer. */
static void
sequence(void **state)
{
	struct mutex m = MUTEX_INITIALIZER("numbered");
	uint32_t seq;

	rw_enter(&a, RW_WRITE);
	seq = rw_sequence(&a);
	rw_exit(&a);
	lk_sequence(true);
	rw_enter(&a, RW_WRITE);
	assert_int_equal(rw_sequence(&a), ++seq);
	rw_exit(&a);
	rw_enter(&a, RW_READ);
	assert_int_equal(rw_sequence(&a), seq);
	assert_int_equal(rw_enter(&a, RW_UPGRADE | RW_NOSLEEP), 0);
	assert_int_equal(rw_sequence(&a), ++seq);
	rw_exit(&a);
	assert_int_equal(rw_enter(&a, RW_WRITE | RW_NOSLEEP), 0);
	assert_int_equal(rw_sequence(&a), ++seq);
	rw_exit(&a);
	mtx_enter(&m);
	mtx_leave(&m);
	assert_true(mtx_enter_try(&m));
	assert_int_equal(mtx_sequence(&m), 2);
	mtx_leave(&m);
	lk_sequence(false);
	rw_enter(&a, RW_WRITE);
	assert_int_equal(rw_sequence(&a), seq);
	rw_exit(&a);
}

/* Held stacks are kept at every level of recording. */
static void
levels(void **state)
{
	struct lk_totals before, after;
	struct lk_strand_info i;
	int level;

	rw_init(&a, "levels");
	for (level = LK_LEVEL_OFF; level <= LK_LEVEL_FULL; level++) {
		lk_record_level((enum lk_level)level);
		t_totals("levels", LKN_LOCK, LKM_WRITE, &before);
		rw_enter(&a, RW_WRITE);
		t_held(&i);
		assert_int_equal(i.nheld, 1);
		rw_exit(&a);
		t_totals("levels", LKN_LOCK, LKM_WRITE, &after);
		assert_int_equal(after.c[LKC_acquired] -
		    before.c[LKC_acquired], level == LK_LEVEL_FULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order), cmocka_unit_test(out_of_order),
		cmocka_unit_test(hand_over_hand), cmocka_unit_test(overflow),
		cmocka_unit_test(sequence), cmocka_unit_test(levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

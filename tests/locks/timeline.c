/*
 * timeline.c: what strands did last, by a clock that the test moves; and the
 * stacks that waited.
 */
#include "tests/locks/clock.h"

static struct rwlock rw;
static struct lk_record *rec;
static struct lk_timed_event seen[2 * LK_TIMELINE_EVENTS];
static size_t nseen;
static uint64_t lost;

static int
begin(void **state)
{
	const struct lk_record_conf conf = {
		.level = LK_LEVEL_FULL, .hold_period = 1,
		.arena = (64 << 20) + lk_timeline_bytes()
	};

	assert_int_equal(lk_record_create(&conf, &rec), 0);
	assert_int_equal(lk_timeline(), 0);
	memset(&rw, 0, sizeof(rw));
	rw_init(&rw, "rw");
	return 0;
}

static int
end(void **state)
{
	rw_destroy(&rw);
	lk_record_close(rec);
	return 0;
}

static void
keep(const struct lk_timed_event *e, void *arg)
{
	assert_true(nseen < LEN(seen));
	seen[nseen++] = *e;
}

static void
look(void)
{
	nseen = 0;
	lk_record_timeline(rec, keep, NULL, &lost);
}

/* An operation with a hold inside, to the ns. */
static void
exact(void **state)
{
	uint64_t from;
	int i;

	t_clock_start();
	for (i = 0; i < LK_TIMELINE_OPS; i++) {
		from = lk_now();
		lk_op_begin(7);
		t_pass(100);
		rw_enter(&rw, RW_WRITE);
		t_pass(50);
		rw_exit(&rw);
		t_pass(10);
		lk_op_end();
	}
	t_clock_stop();
	look();
	/* all holds; of operations that did not wait one */
	assert_int_equal(nseen, LK_TIMELINE_OPS + 1);
	assert_int_equal(lost, 0);
	assert_int_equal(seen[nseen - 1].what, LKV_OP);
	assert_int_equal(seen[nseen - 1].op, 7);
	assert_int_equal(seen[nseen - 1].class, 0);
	assert_int_equal(seen[nseen - 1].begin, from);
	assert_int_equal(seen[nseen - 1].end, from + 160);
	assert_int_equal(seen[nseen - 2].what, LKV_HOLD);
	assert_int_equal(seen[nseen - 2].begin, from + 100);
	assert_int_equal(seen[nseen - 2].end, from + 150);
	assert_int_equal(seen[nseen - 2].mode, LKM_WRITE);
	assert_int_equal(seen[nseen - 2].ident, (uintptr_t)&rw);
	assert_int_equal(seen[nseen - 2].by, 0);
}

static void
taker(void *arg)
{
	lk_op_begin(9);
	rw_enter(&rw, RW_READ);
	rw_exit(&rw);
	lk_op_end();
}

/* One that waits knows who let it go; its operation is kept for that. */
static void
waited(void **state)
{
	const struct lk_timed_event *wait = NULL, *op = NULL;
	uint32_t me = 0;
	struct lk_strand *st;
	size_t i;

	rw_enter(&rw, RW_WRITE);
	st = t_start("taker", taker, NULL);
	t_until_waits(st, &rw);
	rw_exit(&rw);
	lk_strand_join(st);
	look();
	for (i = 0; i < nseen; i++) {
		if (seen[i].what == LKV_WAIT && seen[i].kind == LKN_LOCK)
			wait = &seen[i];
		if (seen[i].what == LKV_OP)
			op = &seen[i];
		if (seen[i].what == LKV_HOLD && seen[i].mode == LKM_WRITE)
			me = seen[i].life;
	}
	assert_non_null(wait);
	assert_non_null(op);
	assert_int_not_equal(me, 0);
	assert_int_equal(wait->by, me);
	assert_int_not_equal(wait->life, me);
	assert_int_equal(op->life, wait->life);
	assert_int_equal(wait->op, 9);
	assert_int_equal(wait->mode, LKM_READ);
	assert_true(op->begin <= wait->begin && wait->end <= op->end);
	assert_true(wait->begin <= wait->letgo && wait->letgo <= wait->end);
}

/* The ring keeps the last ones, and says how many it lost. */
static void
ring(void **state)
{
	uint64_t from = 0;
	size_t i;

	t_clock_start();
	for (i = 0; i < LK_TIMELINE_EVENTS + 100; i++) {
		rw_enter(&rw, RW_WRITE);
		t_pass(10);
		rw_exit(&rw);
	}
	t_clock_stop();
	look();
	assert_int_equal(nseen, LK_TIMELINE_EVENTS);
	assert_int_equal(lost, 100);
	for (i = 0; i < nseen; i++) {
		assert_true(seen[i].begin >= from);
		from = seen[i].end;
	}
}

static _Atomic int stop;

static void
writer(void *arg)
{
	while (atomic_load(&stop) == 0) {
		lk_op_begin(3);
		rw_enter(&rw, RW_WRITE);
		rw_exit(&rw);
		lk_op_end();
	}
}

static void
plausible(const struct lk_timed_event *e, void *arg)
{
	assert_true(e->begin != 0 && e->begin <= e->end);
	assert_true(e->life != 0 && e->op <= 3);
	if (e->what == LKV_OP) {
		assert_int_equal(e->class, 0);
		return;
	}
	/* the lock, or the end of a strand */
	assert_true(e->class != 0);
	assert_true(e->kind == LKN_JOIN || e->ident == (uintptr_t)&rw);
	++*(size_t *)arg;
}

/* Read while it is written: each event is whole. */
static void
live(void **state)
{
	struct lk_strand *st[3];
	size_t n = 0;
	int i;

	atomic_store(&stop, 0);
	for (i = 0; i < 3; i++)
		st[i] = t_start("writer", writer, NULL);
	while (n < 20000)
		lk_record_timeline(rec, plausible, &n, &lost);
	atomic_store(&stop, 1);
	for (i = 0; i < 3; i++)
		lk_strand_join(st[i]);
}

static void
add_up(const struct lk_wait_stack_info *w, void *arg)
{
	uint64_t *sum = arg, frame[LK_MAXFRAMES];

	if (w->kind != LKN_LOCK)
		return;
	assert_true(lk_record_stack(rec, w->stack, frame) > 0);
	assert_int_equal(w->op, 9);
	assert_int_equal(w->mode, LKM_READ);
	sum[0] += w->n;
	sum[1] += w->ns;
}

/* Stacks that waited are all waits. */
static void
stacks(void **state)
{
	struct lk_totals *rows;
	uint64_t sum[2] = { 0, 0 }, ns = 0;
	size_t i, n;

	for (i = 0; i < 5; i++)
		waited(state);
	lk_record_wait_stacks(rec, add_up, sum);
	assert_int_equal(lk_record_totals(rec, &rows, &n), 0);
	for (i = 0; i < n; i++)
		ns += rows[i].kind == LKN_LOCK ? rows[i].c[LKC_wait_ns] : 0;
	free(rows);
	assert_int_equal(sum[0], 5);
	assert_int_equal(sum[1], ns);
}

/* Off unless asked for; a new record is without one. */
static void
off(void **state)
{
	lk_record_close(rec);
	t_fresh_record();
	rec = lk_record_current();
	lk_op_begin(1);
	rw_enter(&rw, RW_WRITE);
	rw_exit(&rw);
	lk_op_end();
	look();
	assert_int_equal(nseen, 0);
	assert_int_equal(lost, 0);
	/* its arena has no room for one */
	assert_int_equal(lk_timeline(), ENOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(exact, begin, end),
		cmocka_unit_test_setup_teardown(waited, begin, end),
		cmocka_unit_test_setup_teardown(ring, begin, end),
		cmocka_unit_test_setup_teardown(live, begin, end),
		cmocka_unit_test_setup_teardown(stacks, begin, end),
		cmocka_unit_test_setup_teardown(off, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

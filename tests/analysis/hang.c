/*
 * What a hang is taken for.
 */
#include "tests/analysis/made.h"

#define LIST	0x100
#define AMAP	0x200

static struct made *
hung(void)
{
	struct made *m = made_new();

	m->s.outcome.end = WLE_HANG;
	return m;
}

static void
deadlock_of_two(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "walker");
	struct lk_strand_info *b = made_strand(m, "op-1");
	const struct ana_finding *f;
	struct ana_result *r;

	made_holds(a, LIST, LKM_WRITE, 1);
	made_wants(a, AMAP, LKM_WRITE, 2);
	made_holds(b, AMAP, LKM_READ, 3);
	made_wants(b, LIST, LKM_WRITE, 4);
	r = made_result(m);
	assert_int_equal(r->nfindings, 1);
	f = made_found(r, "deadlock");
	assert_non_null(f);
	assert_int_equal(f->level, ANA_ERROR);
	assert_int_equal(f->nstrands, 2);
	assert_true(made_says(f, "wants lock amap 0x200 (write)"));
	assert_true(made_says(f, "vm.c:20 f2"));
	assert_true(made_says(f, "vm.c:30 f3"));
	assert_true(made_says(f, "wants lock list 0x100 (write)"));
	assert_true(made_says(f, "for 10.0s"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_FINDINGS);
	assert_true(r->ndump >= 2 * 5);
	ana_result_free(r);
}

/* The ring is 2 -> 3 -> 4 -> 2; strand 1 only waits for it. */
static void
ring_without_its_tail(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *st[4];
	const struct ana_finding *f;
	struct ana_result *r;
	uint64_t i;

	for (i = 0; i < 4; i++)
		st[i] = made_strand(m, "op");
	for (i = 1; i < 4; i++) {
		made_holds(st[i], AMAP + i, LKM_WRITE, 1);
		made_wants(st[i], AMAP + (i == 3 ? 1 : i + 1), LKM_WRITE, 2);
	}
	made_wants(st[0], AMAP + 2, LKM_READ, 3);
	r = made_result(m);
	assert_int_equal(r->nfindings, 1);
	f = made_found(r, "deadlock");
	assert_non_null(f);
	assert_int_equal(f->nstrands, 3);
	for (i = 0; i < 3; i++)
		assert_int_not_equal(f->strands[i], 1);
	ana_result_free(r);
}

/*
 * Found while it happened: the others were stopped anywhere, so that one of
 * them waits for what was just let go.
 */
static void
ring_that_was_seen(void **state)
{
	static struct ana_stack stack[2] = {
		{ 3, 1, { 0x1234 } }, { 9, 1, { 0x5678 } }
	};
	static struct lk_dep_info dep;
	static struct lk_node_info dep_held;
	struct made *m = hung();
	struct lk_strand_info *st[5];
	const struct ana_finding *f;
	struct ana_result *r;
	int i;

	for (i = 0; i < 5; i++)
		st[i] = made_strand(m, "op");
	made_wants(st[0], AMAP + 9, LKM_WRITE, 5);
	/* read at two instants: it looks like a ring, and is not the one */
	made_holds(st[1], AMAP + 1, LKM_WRITE, 1);
	made_wants(st[1], AMAP + 1, LKM_WRITE, 1);
	made_holds(st[3], LIST, LKM_WRITE, 1);
	made_wants(st[3], AMAP, LKM_WRITE, 2);
	made_holds(st[4], AMAP, LKM_WRITE, 3);
	made_wants(st[4], LIST, LKM_WRITE, 4);
	st[4]->held[0].stack = 9;
	m->s.outcome.ring = st[3]->id + 1;
	/* the dependency that says what strand 3 holds and wants */
	dep.id = 1;
	dep.want = st[3]->wait;
	dep.want.stack = 3;
	dep.nheld = 1;
	dep_held = st[3]->held[0];
	dep.held = &dep_held;
	m->s.deps = &dep;
	m->s.ndeps = 1;
	m->s.stacks = stack;
	m->s.nstacks = 2;
	r = made_result(m);
	f = made_found(r, "deadlock");
	assert_non_null(f);
	assert_int_equal(f->nstrands, 2);
	assert_null(made_found(r, "lost-wakeup"));
	assert_null(made_found(r, "hang"));
	assert_true(made_says(f, "stack of the wait by \"op\":"));
	assert_true(made_says(f, "0x1234"));
	assert_true(made_says(f, "stack of such a take by \"op\":"));
	assert_true(made_says(f, "0x5678"));
	ana_result_free(r);
}

/* A ring of three through one of two: the shorter one says it better. */
static void
shortest_ring(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *st[4];
	const struct ana_finding *f;
	struct ana_result *r;
	uint64_t i;

	for (i = 0; i < 4; i++) {
		st[i] = made_strand(m, "op");
		made_holds(st[i], AMAP + i, LKM_READ, 1);
	}
	/* 1 -> 2 -> 3 -> 1, and 2 -> 4 -> 2: the fourth reads 3's lock, too */
	made_holds(st[3], AMAP + 2, LKM_READ, 1);
	made_wants(st[0], AMAP + 1, LKM_WRITE, 2);
	made_wants(st[1], AMAP + 2, LKM_WRITE, 2);
	made_wants(st[2], AMAP, LKM_WRITE, 2);
	made_wants(st[3], AMAP + 1, LKM_WRITE, 2);
	r = made_result(m);
	f = made_found(r, "deadlock");
	assert_non_null(f);
	assert_int_equal(f->nstrands, 2);
	assert_int_equal(f->strands[0] + f->strands[1], 2 + 4);
	ana_result_free(r);
}

/* A page and a lock may have one address at different times. */
static void
other_kind(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "op-1");
	struct lk_strand_info *b = made_strand(m, "op-2");
	struct ana_result *r;

	made_wants(a, AMAP, LKM_WRITE, 1);
	made_holds(b, AMAP, LKM_WRITE, 2);
	b->held[0].kind = LKN_PAGE;
	b->op = 0;
	r = made_result(m);
	assert_non_null(made_found(r, "lost-wakeup"));
	ana_result_free(r);
}

static void
own_lock(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "op-1");
	struct ana_result *r;

	made_holds(a, AMAP, LKM_WRITE, 1);
	made_wants(a, AMAP, LKM_READ, 2);
	r = made_result(m);
	assert_non_null(made_found(r, "deadlock"));
	assert_int_equal(made_found(r, "deadlock")->nstrands, 1);
	ana_result_free(r);
}

/* Two readers never exclude each other: what blocks is the writer between. */
static void
recursive_read_behind_writer(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "reader");
	struct lk_strand_info *b = made_strand(m, "writer");
	const struct ana_finding *f;
	struct ana_result *r;

	made_holds(a, AMAP, LKM_READ, 1);
	made_wants(a, AMAP, LKM_READ, 2);
	made_wants(b, AMAP, LKM_WRITE, 3);
	r = made_result(m);
	assert_int_equal(r->nfindings, 1);
	f = made_found(r, "deadlock");
	assert_non_null(f);
	assert_int_equal(f->nstrands, 2);
	assert_true(made_says(f, "queues behind the writer"));
	ana_result_free(r);
}

static void
lost_wakeup(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "op-1");
	const struct ana_finding *f;
	struct ana_result *r;

	made_strand(m, "op-2")->op = 0;
	made_wants(a, 0x300, LKM_WRITE, 5);
	a->wait.kind = LKN_PAGE;
	r = made_result(m);
	assert_int_equal(r->nfindings, 1);
	f = made_found(r, "lost-wakeup");
	assert_non_null(f);
	assert_non_null(strstr(f->what, "strand 1 \"op-1\""));
	assert_true(made_says(f, "vm.c:50 f5"));
	ana_result_free(r);
}

/* A reader that nobody keeps out was not woken either. */
static void
lost_wakeup_of_reader(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "op-1");
	struct lk_strand_info *b = made_strand(m, "op-2");
	struct ana_result *r;

	made_wants(a, AMAP, LKM_READ, 1);
	made_holds(b, AMAP, LKM_READ, 2);
	b->idle = true;
	b->op = 0;
	r = made_result(m);
	assert_non_null(made_found(r, "lost-wakeup"));
	assert_null(made_found(r, "deadlock"));
	ana_result_free(r);
}

/* Held by I/O: not free, so no wake-up was lost yet. */
static void
in_flight(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "op-1");
	struct ana_result *r;

	made_wants(a, 0x300, LKM_WRITE, 1);
	a->wait.kind = LKN_PAGE;
	m->s.ninflight = 1;
	m->inflight[0].node = a->wait;
	m->inflight[0].giver = 7;
	strcpy(m->inflight[0].giver_name, "daemon");
	r = made_result(m);
	assert_int_equal(r->nfindings, 1);
	assert_non_null(made_found(r, "hang"));
	assert_true(made_says(made_found(r, "hang"), "\"daemon\""));
	ana_result_free(r);
}

static void
endless(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "op-1");
	struct lk_strand_info *b = made_strand(m, "op-2");
	struct ana_result *r;

	b->op_since = MADE_NOW - 1000;
	made_holds(a, AMAP, LKM_WRITE, 1);
	r = made_result(m);
	assert_int_equal(r->nfindings, 1);
	assert_non_null(made_found(r, "hang.endless"));
	assert_non_null(strstr(made_found(r, "hang.endless")->what,
	    "operation fork"));
	ana_result_free(r);
}

/* Behind a holder that moves: slow, but none of the above. */
static void
slow(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "op-1");
	struct lk_strand_info *b = made_strand(m, "op-2");
	struct ana_result *r;

	b->op_since = MADE_NOW - 1000;
	made_holds(b, AMAP, LKM_WRITE, 1);
	made_wants(a, AMAP, LKM_WRITE, 2);
	r = made_result(m);
	assert_int_equal(r->nfindings, 1);
	assert_true(made_says(made_found(r, "hang"),
	    "held by strand 2 \"op-2\""));
	ana_result_free(r);
}

/* Sleeping for an event has no holder to look for. */
static void
open_wait(void **state)
{
	struct made *m = hung();
	struct lk_strand_info *a = made_strand(m, "op-1");
	struct ana_result *r;

	made_wants(a, 0x400, LKM_NONE, 1);
	a->wait.kind = LKN_EVENT;
	r = made_result(m);
	assert_null(made_found(r, "lost-wakeup"));
	assert_non_null(made_found(r, "hang"));
	ana_result_free(r);
}

/* The same state at the end of a run in order says nothing. */
static void
only_after_a_hang(void **state)
{
	struct made *m = made_new();
	struct lk_strand_info *a = made_strand(m, "op-1");
	struct ana_result *r;

	made_wants(a, AMAP, LKM_WRITE, 1);
	r = made_result(m);
	assert_int_equal(r->nfindings, 0);
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlock_of_two),
		cmocka_unit_test(ring_without_its_tail),
		cmocka_unit_test(ring_that_was_seen),
		cmocka_unit_test(shortest_ring),
		cmocka_unit_test(other_kind),
		cmocka_unit_test(own_lock),
		cmocka_unit_test(recursive_read_behind_writer),
		cmocka_unit_test(lost_wakeup),
		cmocka_unit_test(lost_wakeup_of_reader),
		cmocka_unit_test(in_flight),
		cmocka_unit_test(endless),
		cmocka_unit_test(slow),
		cmocka_unit_test(open_wait),
		cmocka_unit_test(only_after_a_hang)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

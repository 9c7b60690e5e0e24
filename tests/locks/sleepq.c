/* sleepq.c: no wake-up is lost, none is invented. */
#include "tests/locks/t.h"

static struct mutex mtx = MUTEX_INITIALIZER("sleepq");
static int items, made, taken;
static _Atomic int running;

#define TURNS	5000

static void
produce(void *arg)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		mtx_enter(&mtx);
		items++;
		made++;
		wakeup_one(&items);
		mtx_leave(&mtx);
		if (i % 32 == 0)
			lk_yield();
	}
}

static void
consume(void *arg)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		mtx_enter(&mtx);
		while (items == 0)
			msleep_nsec(&items, &mtx, PVM, "items", INFSLP);
		items--;
		taken++;
		mtx_leave(&mtx);
	}
}

/* One wake-up an item: a single lost one hangs the test. */
static void
wakeup_one_hammer(void **state)
{
	struct lk_strand *st[6];
	unsigned i;

	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("pc", i % 2 ? produce : consume, NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	assert_int_equal(made, 3 * TURNS);
	assert_int_equal(taken, made);
	assert_int_equal(items, 0);
}

/*
 * Two take turns, each wake-up needed, and the moments after each release are
 * made long: a sleeper that let the lock go before it stood on its queue
 * would be missed, and the test would hang.
 */
static int turn;
#define EXCHANGES	300

static void
take_turns(void *arg)
{
	int mine = arg != NULL, i;

	for (i = 0; i < EXCHANGES; i++) {
		mtx_enter(&mtx);
		while (turn != mine)
			msleep_nsec(&turn, &mtx, PVM, "turn", INFSLP);
		turn = !mine;
		wakeup(&turn);
		mtx_leave(&mtx);
	}
}

static void
turns_perturbed(void **state)
{
	struct lk_strand *st[2];
	unsigned i;

	lk_perturb(300);
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("turn", take_turns, i ? &turn : NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	lk_perturb(0);
	assert_int_equal(turn, 0);
}

/* Time-outs race with wake-ups; each sleep ends in just one of both ways. */
static int woken, timed_out, given;

static void
short_sleeps(void *arg)
{
	int i;

	for (i = 0; i < 2000; i++) {
		mtx_enter(&mtx);
		if (msleep_nsec(&woken, &mtx, PVM, "short",
		    lk_random_below(20000)) == 0)
			woken++;
		else
			timed_out++;
		mtx_leave(&mtx);
	}
	atomic_fetch_sub(&running, 1);
}

static void
timeout_race(void **state)
{
	struct lk_strand *st[3];
	unsigned i;

	atomic_store(&running, (int)LEN(st));
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("short", short_sleeps, NULL);
	while (atomic_load(&running) > 0) {
		mtx_enter(&mtx);
		wakeup_one(&woken);
		given++;
		mtx_leave(&mtx);
		lk_yield();
	}
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	assert_int_equal(woken + timed_out, 2000 * LEN(st));
	assert_true(woken <= given);
	assert_true(timed_out > 0);
}

static void
timeout_alone(void **state)
{
	int ident = 0;
	uint64_t start = lk_now();

	assert_int_equal(tsleep_nsec(&ident, PVM, "alone", 2000000),
	    EWOULDBLOCK);
	assert_true(lk_now() - start >= 2000000);
}

/* wakeup() wakes all of its own ident and no other; wakeup_n() in order. */
static _Atomic int out_a, out_b;
static char ident_a, ident_b;

static void
sleep_a(void *arg)
{
	tsleep_nsec(&ident_a, PVM, "a", INFSLP);
	atomic_fetch_add(&out_a, 1);
}

static void
sleep_b(void *arg)
{
	tsleep_nsec(&ident_b, PVM, "b", INFSLP);
	atomic_fetch_add(&out_b, 1);
}

static void
idents(void **state)
{
	struct lk_strand *st[6];
	unsigned i;

	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("ab", i < 4 ? sleep_a : sleep_b, NULL);
	for (i = 0; i < LEN(st); i++)
		t_until_waits(st[i], i < 4 ? &ident_a : &ident_b);
	/* the note comes before the queue: nobody is missed by asking twice */
	while (atomic_load(&out_b) < 2) {
		wakeup(&ident_b);
		lk_yield();
	}
	assert_int_equal(atomic_load(&out_a), 0);
	while (atomic_load(&out_a) < 4) {
		wakeup_n(&ident_a, 3);
		lk_yield();
	}
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
}

static void
not_held(void **state)
{
	struct rwlock rw = RWLOCK_INITIALIZER("free");
	char ident = 0;

	assert_int_equal(rwsleep_nsec(&ident, &rw, PVM, "misuse", 1),
	    EWOULDBLOCK);
	assert_int_equal(t_incidents("sleep.not-held", NULL), 1);
	assert_int_equal(rw_status(&rw), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wakeup_one_hammer),
		cmocka_unit_test(turns_perturbed),
		cmocka_unit_test(timeout_race),
		cmocka_unit_test(timeout_alone),
		cmocka_unit_test(idents), cmocka_unit_test(not_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

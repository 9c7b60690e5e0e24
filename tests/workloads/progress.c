/*
 * Who hangs?  Strands that wait, that wait by design, that go on: judged at
 * times that the test makes up, so that nothing here takes any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/runner_int.h"

#define S	1000000000ull
#define HANG	(10 * S)

struct stage {
	struct mutex	lk;
	_Atomic uint32_t inside, out;
	bool		idle;
	struct lk_strand *st;
	struct wl_progress *p;
};

static bool
waits(const struct lk_record *rec, const char *name)
{
	struct lk_strand_info *i = calloc(1, sizeof(*i));
	uint32_t id;
	bool found = false;

	for (id = 0; id < LK_MAXSTRAND && !found; id++)
		found = lk_record_strand(rec, id, i) &&
		    strcmp(i->name, name) == 0 && i->wait.ident != 0;
	free(i);
	return found;
}

static void
actor(void *arg)
{
	struct stage *s = arg;

	if (s->idle)
		lk_idle_begin();
	lk_op_begin(WL_OP_ID(WLO_fork));
	mtx_enter(&s->lk);
	while (atomic_load(&s->out) == 0)
		msleep_nsec(s, &s->lk, PVM, "stage", INFSLP);
	mtx_leave(&s->lk);
	lk_op_end();
}

static struct stage *
stage(bool idle)
{
	struct stage *s = calloc(1, sizeof(*s));
	struct lk_record *rec = lk_record_current();

	mtx_init(&s->lk, "stage");
	s->idle = idle;
	assert_int_equal(lk_strand_start(&s->st, "actor", actor, s, NULL), 0);
	while (!waits(rec, "actor"))
		lk_yield();
	s->p = wl_progress_new(rec, HANG);
	assert_non_null(s->p);
	return s;
}

static void
unstage(struct stage *s)
{
	mtx_enter(&s->lk);
	atomic_store(&s->out, 1);
	wakeup(s);
	mtx_leave(&s->lk);
	lk_strand_join(s->st);
	wl_progress_free(s->p);
	free(s);
}

static void
waiter(void **state)
{
	struct stage *s = stage(false);
	char why[256];

	lk_idle_begin();		/* the test itself waits by design */
	assert_false(wl_progress_stuck(s->p, 100 * S, why));
	assert_false(wl_progress_stuck(s->p, 109 * S, why));
	assert_true(wl_progress_stuck(s->p, 111 * S, why));
	assert_non_null(strstr(why, "actor"));
	assert_non_null(strstr(why, "fork"));
	assert_non_null(strstr(why, "11000 ms"));
	lk_idle_end();
	unstage(s);
}

static void
idler(void **state)
{
	struct stage *s = stage(true);
	char why[256];

	assert_false(wl_progress_stuck(s->p, 100 * S, why));
	lk_op_begin(WL_OP_ID(WLO_read));
	assert_false(wl_progress_stuck(s->p, 111 * S, why));
	lk_op_begin(WL_OP_ID(WLO_read));
	assert_false(wl_progress_stuck(s->p, 122 * S, why));
	lk_op_end();
	unstage(s);
}

/* Nobody is to blame alone, but nothing goes on at all. */
static void
all_idle(void **state)
{
	struct stage *s = stage(true);
	char why[256];

	lk_idle_begin();
	assert_false(wl_progress_stuck(s->p, 100 * S, why));
	assert_false(wl_progress_stuck(s->p, 150 * S, why));
	assert_true(wl_progress_stuck(s->p, 161 * S, why));
	assert_non_null(strstr(why, "no strand"));
	lk_idle_end();
	unstage(s);
}

/* One that runs and shows no sign may do so longer than one that waits. */
static void
runner(void **state)
{
	struct stage *s = stage(true);
	char why[256];

	assert_false(wl_progress_stuck(s->p, 100 * S, why));
	assert_false(wl_progress_stuck(s->p, 111 * S, why));
	assert_true(wl_progress_stuck(s->p, 161 * S, why));
	assert_non_null(strstr(why, "waiting for nothing"));
	unstage(s);
}

/* Whoever waits for one that gets on is not stuck. */
static void
busy_holder(void **state)
{
	struct stage *s = stage(true);
	struct stage t = { .idle = false, .out = 1 };
	char why[256];
	int i;

	mtx_init(&t.lk, "held");
	mtx_enter(&t.lk);
	assert_int_equal(lk_strand_start(&t.st, "second", actor, &t, NULL), 0);
	while (!waits(lk_record_current(), "second"))
		lk_yield();
	for (i = 0; i < 5; i++) {
		lk_op_begin(WL_OP_ID(WLO_read));
		assert_false(wl_progress_stuck(s->p, (100 + 9 * i) * S, why));
	}
	/* now the holder stands still, too */
	assert_true(wl_progress_stuck(s->p, 155 * S, why));
	assert_non_null(strstr(why, "second"));
	mtx_leave(&t.lk);
	lk_strand_join(t.st);
	lk_op_end();
	unstage(s);
}

/* What a status line says of waits, while samples are rarer than lines. */
static void
share_of_waits(void **unused)
{
	struct wl_share s = { .share = 0 };
	struct wl_sample at = { .ns = 4 * S, .wait_ns = 8 * S };

	assert_true(wl_share(&s, &at, 0) == 0);	/* nobody is there yet */
	assert_true(wl_share(&s, &at, 4) == 0.5);
	assert_true(wl_share(&s, &at, 4) == 0.5);	/* no new sample */
	at.ns = 8 * S;
	at.wait_ns = 12 * S;
	assert_true(wl_share(&s, &at, 0) == 0.5);
	assert_true(wl_share(&s, &at, 4) == 0.25);	/* since the last */
	at.ns = 2 * S;			/* what is older changes nothing */
	assert_true(wl_share(&s, &at, 4) == 0.25);
	at.ns = 9 * S;
	at.wait_ns = 0;			/* counts that began anew */
	assert_true(wl_share(&s, &at, 4) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiter), cmocka_unit_test(idler),
		cmocka_unit_test(all_idle), cmocka_unit_test(runner),
		cmocka_unit_test(busy_holder), cmocka_unit_test(share_of_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Who waits for whom, and rings that stay: found at the second look, and no
 * sooner.  The looks are at times that the test makes up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/runner_int.h"

#define LOOK	UINT64_C(200000000)

/* ---- of strands typed by hand ---- */

static struct lk_strand_info
strand(uint64_t has, enum lk_mode how, uint64_t wants, enum lk_mode mode)
{
	static uint32_t id;
	struct lk_strand_info i;

	memset(&i, 0, sizeof(i));
	i.id = ++id;
	i.self = 0x1000 + id;
	i.held[0] = (struct lk_node_info){ .kind = LKN_LOCK, .ident = has,
	    .mode = how };
	i.nheld = has != 0;
	i.wait = (struct lk_node_info){ .kind = LKN_LOCK, .ident = wants,
	    .mode = mode };
	return i;
}

static void
modes(void **state)
{
	static const enum lk_mode mode[] = { LKM_WRITE, LKM_READ, LKM_RREAD };
	struct lk_strand_info a, b;
	int i, k;

	for (i = 0; i < 3; i++) {
		for (k = 0; k < 3; k++) {
			a = strand(0, LKM_NONE, 0x10, mode[i]);
			b = strand(0x10, mode[k], 0, LKM_NONE);
			assert_int_equal(lk_waits_for(&a, &b),
			    i == 0 || k == 0);
			b = strand(0x20, mode[k], 0, LKM_NONE);
			assert_false(lk_waits_for(&a, &b));
		}
	}
}

/* A mutex at the address of a lock is not that lock. */
static void
kinds(void **state)
{
	struct lk_strand_info a = strand(0, LKM_NONE, 0x10, LKM_WRITE);
	struct lk_strand_info b = strand(0x10, LKM_WRITE, 0, LKM_NONE);

	b.held[0].kind = LKN_MUTEX;
	assert_false(lk_waits_for(&a, &b));
	a.wait.kind = LKN_MUTEX;
	assert_true(lk_waits_for(&a, &b));
	a.wait.ident = b.held[0].ident = 0;	/* it does not wait at all */
	assert_false(lk_waits_for(&a, &b));
}

static void
itself(void **state)
{
	struct lk_strand_info a = strand(0x10, LKM_READ, 0x10, LKM_WRITE);

	assert_true(lk_waits_for(&a, &a));
	a.wait.how = LKH_UPGRADED;
	assert_false(lk_waits_for(&a, &a));
}

static void
queue(void **state)
{
	struct lk_strand_info r = strand(0x10, LKM_READ, 0x10, LKM_READ);
	struct lk_strand_info w = strand(0, LKM_NONE, 0x10, LKM_WRITE);

	assert_true(lk_waits_for(&w, &r));
	assert_false(lk_waits_for(&r, &w));
	assert_true(lk_queues_behind(&r, &w));
	assert_false(lk_queues_behind(&w, &r));
	assert_false(lk_queues_behind(&r, &r));
	r.wait.mode = LKM_RREAD;		/* which is what it is for */
	assert_false(lk_queues_behind(&r, &w));
}

static void
ends(void **state)
{
	struct lk_strand_info a = strand(0, LKM_NONE, 0x10, LKM_NONE);
	struct lk_strand_info b = strand(0x10, LKM_WRITE, 0, LKM_NONE);

	a.wait.kind = LKN_JOIN;
	assert_false(lk_waits_for(&a, &b));
	a.wait.ident = b.self;
	assert_true(lk_waits_for(&a, &b));
}

/* ---- of strands that run: pages, since these can be let go from outside ---- */

#define NACTORS	4

struct actor {
	struct lk_strand *st;
	char	page, gate;
	struct actor *wants;		/* the one whose page it wants */
	struct mutex lk;
	_Atomic int go;
};

static void
act(void *arg)
{
	struct actor *a = arg;

	lk_node_have(LKN_PAGE, &a->page);
	mtx_enter(&a->lk);
	if (a->wants != NULL)
		lk_node_want(LKN_PAGE, &a->wants->page);
	while (atomic_load(&a->go) == 0)
		msleep_nsec(&a->gate, &a->lk, PVM, "gate", INFSLP);
	if (a->wants != NULL)
		lk_node_unwant();
	mtx_leave(&a->lk);
	lk_node_drop(LKN_PAGE, &a->page);
}

static bool
sleeps(const char *name)
{
	struct lk_strand_info *i = calloc(1, sizeof(*i));
	uint32_t id;
	bool found = false;

	assert_non_null(i);
	for (id = 0; id < LK_MAXSTRAND && !found; id++)
		found = lk_record_strand(lk_record_current(), id, i) &&
		    strcmp(i->name, name) == 0 && i->wait.ident != 0;
	free(i);
	return found;
}

static void
start(struct actor *a, const char *name, struct actor *wants)
{
	memset(a, 0, sizeof(*a));
	a->wants = wants;
	mtx_init(&a->lk, "actor");
	assert_int_equal(lk_strand_start(&a->st, name, act, a, NULL), 0);
	while (!sleeps(name))
		lk_yield();
}

static void
stop(struct actor *a)
{
	mtx_enter(&a->lk);
	atomic_store(&a->go, 1);
	wakeup(&a->gate);
	mtx_leave(&a->lk);
	lk_strand_join(a->st);
}

/* => found after so many looks; 0: not within 30 */
static unsigned
looks(struct wl_deadlock *d, uint64_t *now, uint32_t *id, char why[256])
{
	unsigned i;

	for (i = 1; i <= 30; i++) {
		*now += LOOK;
		if (wl_deadlock_found(d, *now, id, why))
			return i;
	}
	return 0;
}

static void
ring_of_three(void **state)
{
	struct wl_deadlock *d = wl_deadlock_new(lk_record_current());
	struct actor a[NACTORS];
	char why[256] = "";
	uint64_t now = LOOK;
	uint32_t id = 0;
	unsigned n;

	assert_non_null(d);
	/* 0 waits for the ring, and is none of it */
	start(&a[0], "tail", &a[1]);
	start(&a[1], "one", &a[2]);
	start(&a[2], "two", &a[3]);
	assert_int_equal(looks(d, &now, &id, why), 0);
	start(&a[3], "three", &a[1]);
	/* the second look finds it asleep, unless it is not there yet */
	n = looks(d, &now, &id, why);
	assert_in_range(n, 2, 12);
	assert_non_null(strstr(why, "3 strands"));
	assert_null(strstr(why, "tail"));
	assert_int_not_equal(id, lk_strand_id(a[0].st));
	/* it is let go: there is none any more */
	stop(&a[3]);
	assert_int_equal(looks(d, &now, &id, why), 0);
	stop(&a[2]);
	stop(&a[1]);
	stop(&a[0]);
	wl_deadlock_free(d);
}

/* Between two looks it was let go and closed again: that is another one. */
static void
another_ring(void **state)
{
	struct wl_deadlock *d = wl_deadlock_new(lk_record_current());
	struct actor a[2];
	char why[256] = "";
	uint64_t now = LOOK;
	uint32_t id;
	int i;

	assert_non_null(d);
	start(&a[0], "one", &a[1]);
	for (i = 0; i < 5; i++) {
		start(&a[1], "two", &a[0]);
		now += LOOK;
		assert_false(wl_deadlock_found(d, now, &id, why));
		stop(&a[1]);
	}
	stop(&a[0]);
	wl_deadlock_free(d);
}

/* Two looks that are too near each other are one. */
static void
too_soon(void **state)
{
	struct wl_deadlock *d = wl_deadlock_new(lk_record_current());
	struct actor a[2];
	char why[256] = "";
	uint64_t now = LOOK;
	uint32_t id;
	int i;

	assert_non_null(d);
	start(&a[0], "one", &a[1]);
	start(&a[1], "two", &a[0]);
	for (i = 0; i < 30; i++)
		assert_false(wl_deadlock_found(d, now + (uint64_t)i, &id,
		    why));
	assert_in_range(looks(d, &now, &id, why), 1, 12);
	stop(&a[1]);
	stop(&a[0]);
	wl_deadlock_free(d);
}

/* One waits for the end of another one, which wants what the first one has. */
static void
join(void *arg)
{
	struct actor *a = arg;

	lk_node_have(LKN_PAGE, &a->page);
	lk_strand_join(a->wants->st);
	lk_node_drop(LKN_PAGE, &a->page);
}

static void
ring_by_join(void **state)
{
	struct wl_deadlock *d = wl_deadlock_new(lk_record_current());
	struct actor joiner = { .page = 0 }, worker;
	char why[256] = "";
	uint64_t now = LOOK;
	uint32_t id;

	assert_non_null(d);
	start(&worker, "worker", &joiner);
	joiner.wants = &worker;
	assert_int_equal(looks(d, &now, &id, why), 0);
	assert_int_equal(lk_strand_start(&joiner.st, "joiner", join, &joiner,
	    NULL), 0);
	while (!sleeps("joiner"))
		lk_yield();
	assert_in_range(looks(d, &now, &id, why), 2, 12);
	assert_non_null(strstr(why, "joiner"));
	assert_non_null(strstr(why, "worker"));
	mtx_enter(&worker.lk);
	atomic_store(&worker.go, 1);
	wakeup(&worker.gate);
	mtx_leave(&worker.lk);
	lk_strand_join(joiner.st);
	wl_deadlock_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes),
		cmocka_unit_test(kinds),
		cmocka_unit_test(itself),
		cmocka_unit_test(queue),
		cmocka_unit_test(ends),
		cmocka_unit_test(ring_of_three),
		cmocka_unit_test(another_ring),
		cmocka_unit_test(too_soon),
		cmocka_unit_test(ring_by_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * contract.c: what every lock algorithm owes, over the backend table.
 *
 * Arguments: backend, test.  A backend that excludes nobody must fail where
 * exclusion is asked for; the tests that need it demand just that.
 */
#include <stdio.h>

#include "locks/backend_int.h"
#include "tests/locks/t.h"

static bool excludes, upgrades;
static struct rwlock rw;

static int
setup(void **state)
{
	memset(&rw, 0, sizeof(rw));
	return 0;
}

static int
teardown(void **state)
{
	if (excludes)
		assert_int_equal(lk_incidents(), 0);
	return 0;
}

/* ------------------------------------------------------------------------
 * A helper that holds the lock until told
 */

struct holder {
	struct lk_event	in, go;
	unsigned long	flags;
	int		error;
};

static void
hold(void *arg)
{
	struct holder *h = arg;

	h->error = rw_enter(&rw, h->flags);
	lk_event_post(&h->in);
	lk_event_wait(&h->go);
	if (h->error == 0)
		rw_exit(&rw);
}

static struct lk_strand *
holder_start(struct holder *h, unsigned long flags)
{
	memset(h, 0, sizeof(*h));
	h->flags = flags;
	return t_start("holder", hold, h);
}

static void
holder_end(struct holder *h, struct lk_strand *st)
{
	lk_event_post(&h->go);
	lk_strand_join(st);
}

/* ------------------------------------------------------------------------ */

#define RECURSE		(RW_READ | RW_RECURSE)

#define HAMMER_STRANDS	4
#define HAMMER_TURNS	4000

static long plain_count, plain_twin;
static _Atomic int inside;

static void
hammer_write(void *arg)
{
	int i;

	for (i = 0; i < HAMMER_TURNS; i++) {
		rw_enter(&rw, RW_WRITE);
		plain_count++;
		if (i % 64 == 0)
			lk_yield();
		plain_twin++;
		rw_exit(&rw);
	}
}

/* A lock that lets two writers in is caught in the act, both inside. */
static void
both_inside(void *arg)
{
	rw_enter(&rw, RW_WRITE);
	atomic_fetch_add(&inside, 1);
	t_until(&inside, 2);
	rw_exit(&rw);
}

static void
exclusion(void **state)
{
	struct lk_strand *st[HAMMER_STRANDS];
	unsigned i, n = excludes ? HAMMER_STRANDS : 2;

	atomic_store(&inside, 0);
	plain_count = plain_twin = 0;
	for (i = 0; i < n; i++)
		st[i] = t_start("hammer", excludes ? hammer_write :
		    both_inside, NULL);
	for (i = 0; i < n; i++)
		lk_strand_join(st[i]);
	if (!excludes) {
		assert_int_equal(atomic_load(&inside), 2);
		return;
	}
	assert_int_equal(plain_count, HAMMER_STRANDS * HAMMER_TURNS);
	assert_int_equal(plain_twin, plain_count);
}

static _Atomic long torn;

static void
hammer_read(void *arg)
{
	int i;

	for (i = 0; i < HAMMER_TURNS; i++) {
		rw_enter(&rw, RW_READ);
		if (excludes && plain_count != plain_twin)
			atomic_fetch_add(&torn, 1);
		rw_exit(&rw);
	}
}

static void
readers_see_whole(void **state)
{
	struct lk_strand *st[HAMMER_STRANDS];
	struct holder h;
	unsigned i;

	if (!excludes) {
		/* a reader gets in beside a writer */
		rw_enter(&rw, RW_WRITE);
		st[0] = holder_start(&h, RW_READ | RW_NOSLEEP);
		lk_event_wait(&h.in);
		assert_int_equal(h.error, 0);
		rw_exit(&rw);
		holder_end(&h, st[0]);
		return;
	}
	plain_count = plain_twin = 0;
	for (i = 0; i < HAMMER_STRANDS; i++)
		st[i] = t_start("mix", i % 2 ? hammer_read : hammer_write,
		    NULL);
	for (i = 0; i < HAMMER_STRANDS; i++)
		lk_strand_join(st[i]);
	assert_int_equal(atomic_load(&torn), 0);
}

static void
share_one(void *arg)
{
	rw_enter(&rw, RW_READ);
	atomic_fetch_add(&inside, 1);
	t_until(&inside, 3);
	rw_exit(&rw);
}

static void
sharing(void **state)
{
	struct lk_strand *st[3];
	unsigned i;

	atomic_store(&inside, 0);
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("share", share_one, NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	assert_int_equal(rw_status(&rw), 0);
}

static void
nosleep(void **state)
{
	static const struct {
		unsigned long held, tried;
		int error;
	} rows[] = {
		{ RW_WRITE, RW_WRITE, EBUSY },
		{ RW_WRITE, RW_READ, EBUSY },
		{ RW_READ, RW_WRITE, EBUSY },
		{ RW_READ, RW_READ, 0 },
	};
	struct lk_strand *st;
	struct holder h;
	unsigned i;
	int error;

	for (i = 0; i < LEN(rows); i++) {
		st = holder_start(&h, rows[i].held);
		lk_event_wait(&h.in);
		error = rw_enter(&rw, rows[i].tried | RW_NOSLEEP);
		assert_int_equal(error, excludes ? rows[i].error : 0);
		if (error == 0)
			rw_exit(&rw);
		holder_end(&h, st);
	}
	assert_int_equal(rw_enter(&rw, RW_WRITE | RW_NOSLEEP), 0);
	assert_true(rw_write_held(&rw));
	rw_exit(&rw);
	assert_int_equal(rw_enter(&rw, RW_READ | RW_NOSLEEP), 0);
	assert_true(rw_read_held(&rw));
	rw_exit(&rw);
}

static void
sleepfail(void **state)
{
	struct lk_strand *st;
	struct holder h;

	assert_int_equal(rw_enter(&rw, RW_WRITE | RW_SLEEPFAIL), 0);
	if (excludes) {
		st = holder_start(&h, RW_READ | RW_SLEEPFAIL);
		t_until_waits(st, &rw);
		rw_exit(&rw);
		lk_event_wait(&h.in);
		assert_int_equal(h.error, EAGAIN);
		holder_end(&h, st);
		assert_int_equal(rw_status(&rw), 0);
		rw_enter(&rw, RW_READ);
		st = holder_start(&h, RW_WRITE | RW_SLEEPFAIL);
		t_until_waits(st, &rw);
		rw_exit(&rw);
		lk_event_wait(&h.in);
		assert_int_equal(h.error, EAGAIN);
		holder_end(&h, st);
	} else {
		rw_exit(&rw);
	}
	assert_int_equal(rw_status(&rw), 0);
	assert_int_equal(rw_enter(&rw, RW_WRITE | RW_NOSLEEP), 0);
	rw_exit(&rw);
}

#define DOWN_TURNS	2000

static void
down_one(void *arg)
{
	int i;

	for (i = 0; i < DOWN_TURNS; i++) {
		long mine;

		rw_enter(&rw, RW_WRITE);
		mine = ++plain_count;
		assert_int_equal(rw_enter(&rw, RW_DOWNGRADE), 0);
		if (i % 16 == 0)
			lk_yield();
		if (plain_count != mine)
			atomic_fetch_add(&torn, 1);
		rw_exit(&rw);
	}
}

static void
downgrade(void **state)
{
	struct lk_strand *st[3];
	struct holder h;
	unsigned i;

	/* a waiting reader is let in, a writer is not */
	rw_enter(&rw, RW_WRITE);
	st[0] = holder_start(&h, RW_READ);
	if (excludes)
		t_until_waits(st[0], &rw);
	assert_int_equal(rw_enter(&rw, RW_DOWNGRADE), 0);
	assert_true(rw_read_held(&rw));
	assert_false(rw_write_held(&rw));
	lk_event_wait(&h.in);
	assert_int_equal(rw_status(&rw), RW_READ);
	holder_end(&h, st[0]);
	rw_exit(&rw);
	assert_int_equal(rw_status(&rw), 0);
	if (!excludes)
		return;
	atomic_store(&torn, 0);
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("down", down_one, NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	assert_int_equal(atomic_load(&torn), 0);
}

static void
upgrade(void **state)
{
	struct lk_strand *st;
	struct holder h;
	int error;

	rw_enter(&rw, RW_READ);
	error = rw_enter(&rw, RW_UPGRADE | RW_NOSLEEP);
	assert_int_equal(error, upgrades ? 0 : EBUSY);
	assert_int_equal(rw_write_held(&rw), error == 0);
	assert_int_equal(rw_status(&rw), error == 0 ? RW_WRITE : RW_READ);
	rw_exit(&rw);
	assert_int_equal(rw_status(&rw), 0);
	if (!excludes)
		return;
	/* not past another reader */
	st = holder_start(&h, RW_READ);
	lk_event_wait(&h.in);
	rw_enter(&rw, RW_READ);
	assert_int_equal(rw_enter(&rw, RW_UPGRADE | RW_NOSLEEP), EBUSY);
	assert_true(rw_read_held(&rw));
	rw_exit(&rw);
	holder_end(&h, st);
	/* a waiting writer stays out of an upgraded lock, and gets it then */
	rw_enter(&rw, RW_READ);
	st = holder_start(&h, RW_WRITE);
	t_until_waits(st, &rw);
	if (rw_enter(&rw, RW_UPGRADE | RW_NOSLEEP) == 0)
		assert_int_equal(rw_status(&rw), RW_WRITE);
	rw_exit(&rw);
	lk_event_wait(&h.in);
	assert_int_equal(rw_status(&rw), RW_WRITE_OTHER);
	holder_end(&h, st);
}

static void
status(void **state)
{
	struct lk_strand *st;
	struct holder h;

	assert_int_equal(rw_status(&rw), 0);
	rw_enter(&rw, RW_WRITE);
	assert_int_equal(rw_status(&rw), RW_WRITE);
	rw_assert_wrlock(&rw);
	rw_assert_anylock(&rw);
	rw_exit_write(&rw);
	rw_enter(&rw, RW_READ);
	assert_int_equal(rw_status(&rw), RW_READ);
	rw_assert_rdlock(&rw);
	rw_exit_read(&rw);
	rw_assert_unlocked(&rw);
	st = holder_start(&h, RW_WRITE);
	lk_event_wait(&h.in);
	assert_int_equal(rw_status(&rw), RW_WRITE_OTHER);
	assert_false(rw_lock_held(&rw));
	holder_end(&h, st);
	st = holder_start(&h, RW_READ);
	lk_event_wait(&h.in);
	assert_int_equal(rw_status(&rw), RW_READ);
	assert_false(rw_read_held(&rw));
	holder_end(&h, st);
}

/* ------------------------------------------------------------------------ */

static int box, boxes_made, boxes_seen, boxes;

static void
box_maker(void *arg)
{
	int i;

	for (i = 0; i < boxes; i++) {
		rw_enter(&rw, RW_WRITE);
		while (box != 0)
			rwsleep_nsec(&box, &rw, PVM, "boxfull", INFSLP);
		box = 1;
		boxes_made++;
		wakeup(&box);
		rw_exit(&rw);
	}
}

static void
box_taker(void *arg)
{
	int i;

	for (i = 0; i < boxes; i++) {
		rw_enter(&rw, RW_WRITE);
		while (box == 0)
			rwsleep_nsec(&box, &rw, PVM, "boxempty", INFSLP);
		assert_true(rw_write_held(&rw));
		box = 0;
		boxes_seen++;
		wakeup(&box);
		rw_exit(&rw);
	}
}

static void
pass_boxes(int n, unsigned permille)
{
	struct lk_strand *st[4];
	unsigned i;

	box = boxes_made = boxes_seen = 0;
	boxes = n;
	lk_perturb(permille);
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("box", i % 2 ? box_maker : box_taker, NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	lk_perturb(0);
	assert_int_equal(boxes_made, 2 * n);
	assert_int_equal(boxes_seen, 2 * n);
}

static void
wake_when_asleep(void *arg)
{
	t_until_waits(arg, &box);
	rw_enter(&rw, RW_WRITE);
	wakeup(&box);
	rw_exit(&rw);
}

static void
rwsleep_test(void **state)
{
	struct lk_strand *st;

	/* the mode is kept, or the lock is not retaken */
	rw_enter(&rw, RW_READ);
	st = t_start("waker", wake_when_asleep, strand_self());
	assert_int_equal(rwsleep_nsec(&box, &rw, PVM, "mode", INFSLP), 0);
	assert_true(rw_read_held(&rw));
	rw_exit(&rw);
	lk_strand_join(st);
	rw_enter(&rw, RW_WRITE);
	assert_int_equal(rwsleep_nsec(&box, &rw, PVM | PNORELOCK, "norelock",
	    1), EWOULDBLOCK);
	assert_false(rw_lock_held(&rw));
	rw_enter(&rw, RW_WRITE);
	assert_int_equal(rwsleep_nsec(&box, &rw, PVM, "relock", 1),
	    EWOULDBLOCK);
	assert_true(rw_write_held(&rw));
	rw_exit(&rw);
	if (!excludes)
		return;
	pass_boxes(3000, 0);
	/* releases are made long: who sleeps must be on the queue by then */
	pass_boxes(200, 300);
}

static void
zeroed(void **state)
{
	struct rwlock *z = calloc(1, sizeof(*z));

	assert_non_null(z);
	assert_int_equal(rw_status(z), 0);
	assert_int_equal(rw_enter(z, RW_WRITE), 0);
	assert_int_equal(rw_status(z), RW_WRITE);
	rw_exit(z);
	rw_destroy(z);
	rw_init(z, "again");
	assert_int_equal(rw_enter(z, RW_READ), 0);
	rw_exit(z);
	/* an init of any memory, too */
	memset(z, 0xa5, sizeof(*z));
	rw_init(z, "painted");
	assert_int_equal(rw_enter(z, RW_WRITE | RW_NOSLEEP), 0);
	rw_exit(z);
	rw_destroy(z);
	free(z);
}

static _Atomic int writes_left;

static void
flood_read(void *arg)
{
	while (atomic_load(&writes_left) > 0) {
		rw_enter(&rw, RW_READ);
		lk_yield();
		rw_exit(&rw);
	}
}

static void
flood_write(void *arg)
{
	while (atomic_load(&writes_left) > 0) {
		rw_enter(&rw, RW_WRITE);
		atomic_fetch_sub(&writes_left, 1);
		rw_exit(&rw);
	}
}

/* Readers that always overlap do not keep a writer out for good. */
static void
writer_progress(void **state)
{
	struct lk_strand *st[4];
	unsigned i;

	atomic_store(&writes_left, 100);
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("flood", i == 0 ? flood_write : flood_read,
		    NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	assert_true(atomic_load(&writes_left) <= 0);
}

/* Who waits behind a writer is woken, whoever lets go in whatever way. */
static void
chaos(void *arg)
{
	int i;

	for (i = 0; i < HAMMER_TURNS; i++) {
		switch (lk_random_below(7)) {
		case 0:
			if (rw_enter(&rw, RW_WRITE | RW_SLEEPFAIL) == 0)
				rw_exit(&rw);
			break;
		case 1:
			if (rw_enter(&rw, RW_READ | RW_SLEEPFAIL) == 0)
				rw_exit(&rw);
			break;
		case 2:
			rw_enter(&rw, RW_WRITE);
			if (excludes)
				plain_count++;
			rw_enter(&rw, RW_DOWNGRADE);
			rw_exit(&rw);
			break;
		case 3:
			rw_enter(&rw, RW_READ);
			if (rw_enter(&rw, RW_UPGRADE | RW_NOSLEEP) == 0 &&
			    excludes)
				plain_count++;
			rw_exit(&rw);
			break;
		case 4:
			rw_enter(&rw, RW_WRITE);
			if (excludes)
				plain_count++;
			rw_exit(&rw);
			break;
		case 5:
			rw_enter(&rw, RECURSE);
			if (rw_enter(&rw, RW_UPGRADE | RW_NOSLEEP) == 0 &&
			    excludes)
				plain_count++;
			rw_exit(&rw);
			break;
		default:
			rw_enter(&rw, RW_READ);
			rw_exit(&rw);
			break;
		}
	}
}

static void
no_lost_wakeup(void **state)
{
	struct lk_strand *st[4];
	unsigned i;

	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("chaos", chaos, NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	if (excludes) {
		assert_int_equal(rw_status(&rw), 0);
		assert_int_equal(rw_enter(&rw, RW_WRITE | RW_NOSLEEP), 0);
		rw_exit(&rw);
	}
}

/* ------------------------------------------------------------------------
 * Recursive readers, and upgrades that wait
 */

/* A writer that keeps plain readers out, and so is one that really waits. */
static struct lk_strand *
writer_waits(struct holder *h)
{
	struct lk_strand *st = holder_start(h, RW_WRITE);

	t_until_waits(st, &rw);
	while (rw_enter(&rw, RW_READ | RW_NOSLEEP) == 0) {
		rw_exit(&rw);
		lk_yield();
	}
	return st;
}

/* Past a waiting writer, again and again; it gets its turn afterwards. */
static void
recurse(unsigned long first)
{
	struct lk_strand *st;
	struct holder h;

	assert_int_equal(rw_enter(&rw, first), 0);
	st = writer_waits(&h);
	assert_int_equal(rw_enter(&rw, RECURSE), 0);
	assert_int_equal(rw_enter(&rw, RECURSE | RW_NOSLEEP), 0);
	rw_assert_rdlock(&rw);
	assert_true(rw_read_held(&rw));
	assert_false(rw_write_held(&rw));
	assert_int_equal(rw_status(&rw), RW_READ);
	rw_exit_read(&rw);
	rw_exit(&rw);
	assert_int_equal(rw_status(&rw), RW_READ);
	assert_int_equal(rw_enter(&rw, RW_WRITE | RW_NOSLEEP), EBUSY);
	rw_exit_read(&rw);
	lk_event_wait(&h.in);
	assert_int_equal(rw_status(&rw), RW_WRITE_OTHER);
	assert_int_equal(rw_enter(&rw, RECURSE | RW_NOSLEEP), EBUSY);
	holder_end(&h, st);
	assert_int_equal(rw_status(&rw), 0);
}

/* It reads beside another, and goes on reading when that one has left. */
static void
outlive(void)
{
	struct lk_strand *first, *writer, *guest;
	struct holder f, w, g;

	first = holder_start(&f, RW_READ);
	lk_event_wait(&f.in);
	writer = writer_waits(&w);
	guest = holder_start(&g, RECURSE);
	lk_event_wait(&g.in);
	holder_end(&f, first);
	assert_int_equal(rw_status(&rw), RW_READ);
	assert_int_equal(rw_enter(&rw, RW_WRITE | RW_NOSLEEP), EBUSY);
	holder_end(&g, guest);
	lk_event_wait(&w.in);
	holder_end(&w, writer);
}

static void
rread(void **state)
{
	struct lk_strand *st;
	struct holder h;

	assert_int_equal(rw_enter(&rw, RECURSE), 0);
	assert_int_equal(rw_enter(&rw, RECURSE), 0);
	rw_exit(&rw);
	rw_exit(&rw);
	assert_int_equal(rw_status(&rw), 0);
	if (!excludes)
		return;
	/* a writer that holds it keeps it out */
	rw_enter(&rw, RW_WRITE);
	st = holder_start(&h, RECURSE);
	t_until_waits(st, &rw);
	rw_exit(&rw);
	lk_event_wait(&h.in);
	assert_int_equal(rw_status(&rw), RW_READ);
	holder_end(&h, st);
	/* ... until it turns into a reader */
	rw_enter(&rw, RW_WRITE);
	st = holder_start(&h, RECURSE);
	t_until_waits(st, &rw);
	rw_enter(&rw, RW_DOWNGRADE);
	lk_event_wait(&h.in);
	holder_end(&h, st);
	rw_exit(&rw);
	recurse(RW_READ);
	recurse(RECURSE);
	outlive();
}

/* A sleep lets go and takes again as it was taken. */
static void
rread_sleeps(void **state)
{
	struct lk_strand_info i;

	rw_enter(&rw, RECURSE);
	assert_int_equal(rwsleep_nsec(&box, &rw, PVM, "relock", 1),
	    EWOULDBLOCK);
	t_held(&i);
	assert_int_equal(i.held[0].mode, LKM_RREAD);
	rw_exit(&rw);
}

static void
nested_reads(void *arg)
{
	int i;

	for (i = 0; i < HAMMER_TURNS / 4; i++) {
		rw_enter(&rw, i % 2 ? RW_READ : RECURSE);
		if (i % 8 == 0)
			lk_yield();
		rw_enter(&rw, RECURSE);
		if (excludes && plain_count != plain_twin)
			atomic_fetch_add(&torn, 1);
		rw_exit(&rw);
		if (excludes && plain_count != plain_twin)
			atomic_fetch_add(&torn, 1);
		rw_exit(&rw);
	}
}

/* Nested reads and writers get along; nobody is stuck, nothing is torn. */
static void
rread_hammer(void **state)
{
	struct lk_strand *st[HAMMER_STRANDS];
	unsigned i;

	atomic_store(&torn, 0);
	plain_count = plain_twin = 0;
	for (i = 0; i < HAMMER_STRANDS; i++)
		st[i] = t_start("nest", i == 0 && excludes ? hammer_write :
		    nested_reads, NULL);
	for (i = 0; i < HAMMER_STRANDS; i++)
		lk_strand_join(st[i]);
	if (!excludes)
		return;
	assert_int_equal(atomic_load(&torn), 0);
	assert_int_equal(rw_status(&rw), 0);
}

static void
read_then_upgrade(void *arg)
{
	struct holder *h = arg;

	rw_enter(&rw, RW_READ);
	lk_event_post(&h->in);
	h->error = rw_enter(&rw, RW_UPGRADE);
	if (excludes)
		assert_int_equal(rw_status(&rw), RW_WRITE);
	assert_true(rw_write_held(&rw));
	lk_event_wait(&h->go);
	rw_exit(&rw);
}

static void
upgrade_waits(void **state)
{
	struct lk_strand *st, *reader, *writer;
	struct holder h, r, w;
	struct lk_strand_info i;

	/* at once, when alone */
	rw_enter(&rw, RW_READ);
	assert_int_equal(rw_enter(&rw, RW_UPGRADE), 0);
	assert_true(rw_write_held(&rw));
	assert_int_equal(rw_status(&rw), RW_WRITE);
	rw_exit(&rw);
	assert_int_equal(rw_status(&rw), 0);
	if (!excludes)
		return;
	/* when the other readers have left; before a writer that waits */
	reader = holder_start(&r, RW_READ);
	lk_event_wait(&r.in);
	memset(&h, 0, sizeof(h));
	st = t_start("upgrader", read_then_upgrade, &h);
	t_until_waits(st, &rw);
	lk_record_strand(lk_record_current(), lk_strand_id(st), &i);
	assert_int_equal(i.wait.how, LKH_UPGRADED);
	assert_int_equal(i.wait.mode, LKM_WRITE);
	assert_int_equal(i.held[0].ident, (uint64_t)(uintptr_t)&rw);
	assert_int_equal(i.held[0].mode, LKM_READ);
	writer = holder_start(&w, RW_WRITE);
	t_until_waits(writer, &rw);
	assert_int_equal(rw_status(&rw), RW_READ);
	holder_end(&r, reader);
	while (rw_status(&rw) != RW_WRITE_OTHER)
		lk_yield();
	assert_int_equal(lk_record_strand(lk_record_current(),
	    lk_strand_id(writer), &i), true);
	assert_int_equal(i.nheld, 0);
	holder_end(&h, st);
	assert_int_equal(h.error, 0);
	lk_event_wait(&w.in);
	holder_end(&w, writer);
	assert_int_equal(rw_status(&rw), 0);
}

static void
upgrades_often(void *arg)
{
	long seen;
	int i;

	for (i = 0; i < HAMMER_TURNS / 4; i++) {
		rw_enter(&rw, i % 2 ? RW_READ : RECURSE);
		seen = plain_count;
		if (i % 8 == 0)
			lk_yield();
		rw_enter(&rw, RW_UPGRADE);
		if (plain_count != seen)
			atomic_fetch_add(&torn, 1);
		plain_count++;
		plain_twin++;
		rw_exit(&rw);
	}
}

/* Nobody writes between the read and the write; nobody is left asleep. */
static void
upgrade_hammer(void **state)
{
	struct lk_strand *st[HAMMER_STRANDS];
	unsigned i;

	if (!excludes)
		return;
	atomic_store(&torn, 0);
	plain_count = plain_twin = 0;
	for (i = 0; i < HAMMER_STRANDS; i++)
		st[i] = t_start("up", i == 0 ? upgrades_often : i == 1 ?
		    hammer_write : nested_reads, NULL);
	for (i = 0; i < HAMMER_STRANDS; i++)
		lk_strand_join(st[i]);
	assert_int_equal(atomic_load(&torn), 0);
	assert_int_equal(plain_count, HAMMER_TURNS + HAMMER_TURNS / 4);
	assert_int_equal(rw_status(&rw), 0);
}

#define T(fn)		cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(exclusion), T(readers_see_whole), T(sharing), T(nosleep),
		T(sleepfail), T(downgrade), T(upgrade), T(status),
		{ "rwsleep", rwsleep_test, setup, teardown, NULL }, T(zeroed),
		T(writer_progress), T(no_lost_wakeup), T(rread),
		T(rread_sleeps), T(rread_hammer), T(upgrade_waits),
		T(upgrade_hammer),
	};
	const struct lk_backend *b;

	if (argc != 3 || (b = lk_backend_find(argv[1])) == NULL)
		return 2;
	excludes = (b->flags & LKB_EXCLUDES) != 0;
	upgrades = (b->flags & LKB_UPGRADES) != 0;
	lk_backend_use(b);
	cmocka_set_test_filter(argv[2]);
	return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}

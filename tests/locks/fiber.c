/*
 * Fibers: who runs next is chosen; the same choices give the same execution.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "locks/locks.h"
#include "tests/size.h"

#define SEEDS	sized(400, 80)

/* A random walk. */
struct walk {
	uint64_t	x;
	unsigned	most;		/* strands to choose from at a time */
};

static struct lk_fiber_view *
walk_choose(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct walk *w = arg;

	if (n > w->most)
		w->most = n;
	w->x = w->x * 6364136223846793005ULL + 1442695040888963407ULL;
	return v[(w->x >> 33) % n];
}

static struct lk_fibers_result
explore(void (*fn)(void *), void *arg, uint64_t seed,
    void (*ended)(const struct lk_fibers_result *, void *))
{
	struct walk w = { .x = seed * 77 + 1 };
	struct lk_fibers_conf conf = {
		.choose = walk_choose, .arg = &w, .seed = seed,
		.max_steps = 20000, .ended = ended,
	};
	struct lk_fibers_result r;

	assert_int_equal(lk_fibers_run(&conf, fn, arg, NULL, &r), 0);
	assert_false(lk_fibers_on());
	return r;
}

/* => how many of the seeds end so */
static unsigned
ends(void (*fn)(void *), void *arg, enum lk_fibers_end end)
{
	unsigned n = 0;
	uint64_t seed;

	for (seed = 1; seed <= SEEDS; seed++)
		n += explore(fn, arg, seed, NULL).end == end;
	return n;
}

/* ------------------------------------------------------------------------
 * A counter, with and without its lock
 */

struct counter {
	struct rwlock	lock;
	bool		locked;
	int		n, lost;
};

static void
count_one(void *arg)
{
	struct counter *c = arg;
	int i, n;

	for (i = 0; i < 3; i++) {
		if (c->locked)
			rw_enter_write(&c->lock);
		n = c->n;
		lk_point(COUNT);
		c->n = n + 1;
		if (c->locked)
			rw_exit_write(&c->lock);
	}
}

static void
count_all(void *arg)
{
	struct counter *c = arg;
	struct lk_strand *s[2];
	int i;

	c->n = 0;
	rw_init(&c->lock, "fiber counter");
	for (i = 0; i < 2; i++)
		assert_int_equal(lk_strand_start(&s[i], "counter", count_one,
		    c, NULL), 0);
	for (i = 0; i < 2; i++)
		lk_strand_join(s[i]);
	if (c->n != 6)
		c->lost++;
	rw_destroy(&c->lock);
}

/* What is a race would be told by ThreadSanitizer, and rightly. */
#if defined(__SANITIZE_THREAD__)
#define RACES	0
#else
#define RACES	1
#endif

static void
test_counter(void **state)
{
	struct counter c = { .locked = !RACES };

	assert_int_equal(ends(count_all, &c, LKF_DONE), SEEDS);
	assert_in_range(c.lost, RACES * SEEDS / 4, SEEDS - 1);
	c.lost = 0;
	c.locked = true;
	assert_int_equal(ends(count_all, &c, LKF_DONE), SEEDS);
	assert_int_equal(c.lost, 0);
}

/* Who looks from elsewhere sees that it goes on: within an execution, too. */
struct beat {
	struct walk	walk;
	_Atomic uint64_t passed;
	uint64_t	last, stood, n;
};

static struct lk_fiber_view *
beat_choose(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct beat *b = arg;

	b->stood += b->passed <= b->last;
	b->last = b->passed;
	b->n++;
	return walk_choose(&b->walk, v, n, last);
}

static void
test_passed(void **state)
{
	struct beat b = { .walk = { .x = 1 } };
	struct lk_fibers_conf conf = { .choose = beat_choose, .arg = &b,
	    .passed = &b.passed };
	struct counter c = { .locked = true };
	struct lk_fibers_result r;
	uint64_t before, quiet = 0;

	for (; b.n < 1000 || quiet < 10; conf.quiet = !conf.quiet) {
		before = b.passed;
		assert_int_equal(lk_fibers_run(&conf, count_all, &c, NULL, &r),
		    0);
		assert_int_equal(r.end, LKF_DONE);
		quiet += conf.quiet;
		if (before == 0)
			continue;	/* it counts from the first point */
		if (conf.quiet)
			assert_true(b.passed > before);
		else
			assert_int_equal(b.passed - before, r.steps);
	}
	assert_int_equal(b.stood, 0);
}

/* The same seed is the same execution, whatever ran before it. */
static void
test_repeats(void **state)
{
	struct lk_fibers_result first[50], again;
	struct counter c = { .locked = true };
	unsigned i, differ = 0;

	for (i = 0; i < 50; i++)
		first[i] = explore(count_all, &c, i, NULL);
	for (i = 50; i-- > 0;) {
		again = explore(count_all, &c, i, NULL);
		assert_int_equal(first[i].hash, again.hash);
		assert_int_equal(first[i].steps, again.steps);
		assert_int_equal(first[i].switches, again.switches);
		assert_int_equal(first[i].ns, again.ns);
		differ += first[i].hash != first[0].hash;
	}
	assert_in_range(differ, 25, 49);
}

/* ------------------------------------------------------------------------
 * Two locks, in two orders
 */

struct pair {
	struct rwlock	a, b;
	bool		same;
	unsigned	rings;
};

static void
forth(void *arg)
{
	struct pair *p = arg;

	rw_enter_write(&p->a);
	rw_enter_read(&p->b);
	rw_exit(&p->b);
	rw_exit(&p->a);
}

static void
back(void *arg)
{
	struct pair *p = arg;

	rw_enter_write(&p->b);
	rw_enter_read(&p->a);
	rw_exit(&p->a);
	rw_exit(&p->b);
}

static void
forth_and_back(void *arg)
{
	struct pair *p = arg;
	struct lk_strand *s[2];

	rw_init(&p->a, "fiber a");
	rw_init(&p->b, "fiber b");
	assert_int_equal(lk_strand_start(&s[0], "forth", forth, p, NULL), 0);
	assert_int_equal(lk_strand_start(&s[1], "back", p->same ? forth : back,
	    p, NULL), 0);
	lk_strand_join(s[0]);
	lk_strand_join(s[1]);
	rw_destroy(&p->a);
	rw_destroy(&p->b);
}

static struct pair pair;

static void
waits_for_lock(const struct lk_strand_info *i, void *arg)
{
	unsigned *n = arg;

	if (i->wait.ident == (uint64_t)(uintptr_t)&pair.a ||
	    i->wait.ident == (uint64_t)(uintptr_t)&pair.b)
		++*n;
}

/* Who waits for what can still be seen. */
static void
ring_ended(const struct lk_fibers_result *out, void *arg)
{
	unsigned n = 0;

	assert_int_equal(out->end, LKF_DEADLOCK);
	lk_record_strands(lk_record_current(), waits_for_lock, &n);
	assert_int_equal(n, 2);
	pair.rings++;
}

static void
test_deadlock(void **state)
{
	unsigned n = 0;
	uint64_t seed;

	for (seed = 1; seed <= SEEDS; seed++)
		n += explore(forth_and_back, &pair, seed, ring_ended).end ==
		    LKF_DEADLOCK;
	assert_in_range(n, SEEDS / 8, SEEDS - 1);
	assert_int_equal(pair.rings, n);
	pair.same = true;
	assert_int_equal(ends(forth_and_back, &pair, LKF_DONE), SEEDS);
	pair.same = false;
}

/* ------------------------------------------------------------------------
 * Sleeps, time, events, a bounded buffer
 */

struct buffer {
	struct mutex	mtx;
	int		n, in, out;
};

static void
produce(void *arg)
{
	struct buffer *b = arg;
	int i;

	for (i = 0; i < 5; i++) {
		mtx_enter(&b->mtx);
		while (b->n == 2)
			(void)msleep_nsec(&b->n, &b->mtx, PVM, "full", INFSLP);
		b->n++;
		b->in++;
		wakeup(&b->n);
		mtx_leave(&b->mtx);
	}
}

static void
consume(void *arg)
{
	struct buffer *b = arg;
	int i;

	for (i = 0; i < 5; i++) {
		mtx_enter(&b->mtx);
		while (b->n == 0)
			(void)msleep_nsec(&b->n, &b->mtx, PVM, "empty",
			    INFSLP);
		b->n--;
		b->out++;
		wakeup(&b->n);
		mtx_leave(&b->mtx);
	}
}

static void
pass_on(void *arg)
{
	struct buffer *b = arg;
	struct lk_strand *s[4];
	int i;

	b->n = b->in = b->out = 0;
	mtx_init(&b->mtx, "fiber buffer");
	for (i = 0; i < 4; i++)
		assert_int_equal(lk_strand_start(&s[i], "buffer", i % 2 == 0 ?
		    produce : consume, b, NULL), 0);
	for (i = 0; i < 4; i++)
		lk_strand_join(s[i]);
	assert_int_equal(b->in, 10);
	assert_int_equal(b->out, 10);
	mtx_destroy(&b->mtx);
}

static void
test_sleeps(void **state)
{
	struct buffer b;

	assert_int_equal(ends(pass_on, &b, LKF_DONE), SEEDS);
}

static void
long_naps(void *arg)
{
	uint64_t from = lk_now();
	int word;

	lk_delay(3600000000000);
	assert_in_range(lk_now() - from, 3600000000000, 3601000000000);
	assert_int_equal(tsleep_nsec(&word, PVM, "nobody", 1000000000000),
	    EWOULDBLOCK);
	assert_in_range(lk_now() - from, 4600000000000, 4601000000000);
}

static void
test_time(void **state)
{
	struct lk_fibers_result r = explore(long_naps, NULL, 1, NULL);

	assert_int_equal(r.end, LKF_DONE);
	assert_in_range(r.ns, 4600000000000, 4601000000000);
}

static struct lk_event posted;

static void
post(void *arg)
{
	lk_event_post(&posted);
}

static void
await(void *arg)
{
	struct lk_strand *s;

	lk_event_reset(&posted);
	if (arg != NULL)
		assert_int_equal(lk_strand_start(&s, "poster", post, NULL,
		    NULL), 0);
	lk_event_wait(&posted);
	if (arg != NULL)
		lk_strand_join(s);
}

static void
test_event(void **state)
{
	assert_int_equal(ends(await, &posted, LKF_DONE), SEEDS);
	assert_int_equal(ends(await, NULL, LKF_DEADLOCK), SEEDS);
}

static void
turn_round(void *arg)
{
	for (;;)
		lk_yield();
}

static void
test_livelock(void **state)
{
	struct lk_fibers_result r = explore(turn_round, NULL, 1, NULL);

	assert_int_equal(r.end, LKF_STEPS);
	assert_int_equal(r.steps, 20001);
}

/* ------------------------------------------------------------------------
 * Grace periods
 */

struct shared {
	struct lk_rcu_head rcu;
	int		*_Atomic p;
	int		value[2], freed, called, bad;
};

static void
read_it(void *arg)
{
	struct shared *s = arg;
	int i, *p;

	for (i = 0; i < 4; i++) {
		lk_rcu_read_lock();
		p = atomic_load(&s->p);
		lk_point(READ);
		if (*p < 0)
			s->bad++;
		lk_rcu_read_unlock();
	}
}

static void
called(struct lk_rcu_head *h)
{
	((struct shared *)(void *)h)->called++;
}

static void
replace_it(void *arg)
{
	struct lk_strand *r[2];
	struct shared *s = arg;
	int i;

	s->value[0] = s->value[1] = s->called = 0;
	atomic_store(&s->p, &s->value[0]);
	for (i = 0; i < 2; i++)
		assert_int_equal(lk_strand_start(&r[i], "reader", read_it, s,
		    NULL), 0);
	lk_point(REPLACE);
	atomic_store(&s->p, &s->value[1]);
	if (!s->freed)
		lk_rcu_synchronize();
	s->value[0] = -1;
	lk_rcu_call(&s->rcu, called);
	for (i = 0; i < 2; i++)
		lk_strand_join(r[i]);
	assert_int_equal(s->called, 1);
}

static void
test_rcu(void **state)
{
	static struct shared s;

	assert_int_equal(ends(replace_it, &s, LKF_DONE), SEEDS);
	assert_int_equal(s.bad, 0);
	if (!RACES)
		return;
	s.freed = 1;		/* at once, without a grace period */
	assert_int_equal(ends(replace_it, &s, LKF_DONE), SEEDS);
	assert_true(s.bad > 0);
}

/* ------------------------------------------------------------------------
 * The end
 */

static void
stop_now(void *arg)
{
	lk_fibers_stop();
	fail();
}

static void
complain(void *arg)
{
	struct rwlock l;

	memset(&l, 0, sizeof(l));
	rw_exit(&l);
	fail();
}

static void
test_ends(void **state)
{
	struct walk w = { .x = 1 };
	struct lk_fibers_conf conf = { .choose = walk_choose, .arg = &w,
	    .stop_on_incident = true };
	struct lk_fibers_result r;

	assert_int_equal(explore(stop_now, NULL, 1, NULL).end, LKF_STOPPED);
	lk_fibers_stop();	/* no effect here */
	assert_int_equal(lk_fibers_run(&conf, complain, NULL, NULL, &r), 0);
	assert_int_equal(r.end, LKF_INCIDENT);
}

/* Nothing is left over by those that were abandoned. */
static void
strands(const struct lk_strand_info *i, void *arg)
{
	++*(unsigned *)arg;
}

static void
test_nothing_left(void **state)
{
	struct lk_strand *s;
	unsigned n = 0;
	int i;

	for (i = 0; i < 2000; i++)
		(void)explore(forth_and_back, &pair, (uint64_t)i, NULL);
	lk_record_strands(lk_record_current(), strands, &n);
	assert_int_equal(n, 1);
	/* and threads are threads again */
	assert_int_equal(lk_strand_start(&s, "thread", post, NULL, NULL), 0);
	lk_strand_join(s);
	lk_fibers_free();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_deadlock),
		cmocka_unit_test(test_sleeps),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_livelock),
		cmocka_unit_test(test_rcu),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_nothing_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

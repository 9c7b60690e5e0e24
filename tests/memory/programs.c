/* programs.c: see programs.h; what is wrong with each racy one is above it. */
#include <string.h>

#include "locks/locks.h"
#include "tests/memory/programs.h"

#define MOST	8

typedef void body(void *);

struct crew {
	struct lk_strand *s[MOST];
	struct job {
		body	*fn;
		void	*arg;
	}		job[MOST];
	unsigned	n;
};

/*
 * Others may begin and end before, after or meanwhile: the locks inside the
 * beginning and the end of strands order what ThreadSanitizer sees.
 */
static void
work(void *arg)
{
	struct job *j = arg;

	lk_point(begun);
	j->fn(j->arg);
	lk_point(done);
}

static void
hire(struct crew *c, body *fn, void *arg)
{
	c->job[c->n] = (struct job){ fn, arg };
	if (lk_strand_start(&c->s[c->n], "hired", work, &c->job[c->n],
	    NULL) == 0)
		c->n++;
	else
		lk_incident("test.no-strand", "no strand");
}

static void
dismiss(struct crew *c)
{
	unsigned i;

	for (i = 0; i < c->n; i++)
		lk_strand_join(c->s[i]);
	c->n = 0;
}

static void
both(body *a, body *b)
{
	struct crew c = { .n = 0 };

	hire(&c, a, NULL);
	hire(&c, b, NULL);
	dismiss(&c);
}

/* All that they touch; anew for each execution, by the root. */
static struct {
	int		x, y;
	long		pair[2];
	uint8_t		byte[8];
	union {
		uint32_t	word;
		uint8_t		part[4];
	} u;
	struct {
		unsigned	low : 3, high : 5;
	} bits;
	struct {
		long		a, b, c, d, e;
	} big, big2;
	int		*p, *q;
	_Atomic(int *)	ap;
	_Atomic int	flag, flag2, refs;
	struct rwlock	rw, rw2;
	struct mutex	mtx, mtx2;
	struct lk_event	ev;
	struct lk_rcu_head head;
	int		out;
} g;

static void
fresh(void)
{
	memset(&g, 0, sizeof(g));
	rw_init(&g.rw, "rw");
	rw_init(&g.rw2, "rw2");
	mtx_init(&g.mtx, "mtx");
	mtx_init(&g.mtx2, "mtx2");
}

#define LOADED(p, o)	atomic_load_explicit((p), memory_order_##o)
#define STORED(p, v, o)	atomic_store_explicit((p), (v), memory_order_##o)

/* ------------------------------------------------------------------------
 * Two strands
 */

/* nothing at all guards it */
static void
add_plain(void *arg)
{
	g.x++;
}

static void
plain_counter(void *arg)
{
	both(add_plain, add_plain);
}

static void
store_plain(void *arg)
{
	g.x = 1;
}

static void
load_plain(void *arg)
{
	if (g.x != 0)
		lk_yield();
}

/* the reader has no lock */
static void
write_read(void *arg)
{
	both(store_plain, load_plain);
}

static void
two_readers(void *arg)
{
	both(load_plain, load_plain);
}

static void
add_mtx(void *arg)
{
	mtx_enter(&g.mtx);
	g.x++;
	mtx_leave(&g.mtx);
}

static void
add_mtx2(void *arg)
{
	mtx_enter(&g.mtx2);
	g.x++;
	mtx_leave(&g.mtx2);
}

static void
mutex_counter(void *arg)
{
	both(add_mtx, add_mtx);
}

/* each has a lock, but not the same */
static void
two_mutexes(void *arg)
{
	both(add_mtx, add_mtx2);
}

/* one forgot the lock */
static void
one_sided(void *arg)
{
	both(add_mtx, add_plain);
}

static void
add_write(void *arg)
{
	rw_enter_write(&g.rw);
	g.x++;
	rw_exit_write(&g.rw);
}

static void
load_read(void *arg)
{
	rw_enter_read(&g.rw);
	load_plain(NULL);
	rw_exit_read(&g.rw);
}

static void
add_read(void *arg)
{
	rw_enter_read(&g.rw);
	g.x++;
	rw_exit_read(&g.rw);
}

static void
rwlock_counter(void *arg)
{
	struct crew c = { .n = 0 };

	hire(&c, add_write, NULL);
	hire(&c, load_read, NULL);
	hire(&c, load_read, NULL);
	hire(&c, add_write, NULL);
	dismiss(&c);
}

/* a shared hold is no licence to write */
static void
write_under_read(void *arg)
{
	both(add_read, add_read);
}

/* the lock is let go too early */
static void
add_after(void *arg)
{
	rw_enter_write(&g.rw);
	rw_exit_write(&g.rw);
	g.x++;
}

static void
after_unlock(void *arg)
{
	both(add_write, add_after);
}

/* who did not get it goes on all the same */
static void
add_tried(void *arg)
{
	bool got = rw_enter(&g.rw, RW_WRITE | RW_NOSLEEP) == 0;

	g.x++;
	if (got)
		rw_exit(&g.rw);
}

static void
failed_try(void *arg)
{
	both(add_tried, add_tried);
}

static void
add_if_tried(void *arg)
{
	if (rw_enter(&g.rw, RW_WRITE | RW_NOSLEEP) != 0)
		return;
	g.x++;
	rw_exit(&g.rw);
}

static void
good_try(void *arg)
{
	both(add_if_tried, add_if_tried);
}

static void
downgrade_read(void *arg)
{
	rw_enter_write(&g.rw);
	g.x = 1;
	rw_enter(&g.rw, RW_DOWNGRADE);
	load_plain(NULL);
	rw_exit(&g.rw);
}

/* after the downgrade others read, too */
static void
downgrade_write(void *arg)
{
	rw_enter_write(&g.rw);
	g.x = 1;
	rw_enter(&g.rw, RW_DOWNGRADE);
	g.x = 2;
	rw_exit(&g.rw);
}

static void
downgraded(void *arg)
{
	both(downgrade_read, load_read);
}

static void
downgraded_writes(void *arg)
{
	both(downgrade_write, load_read);
}

static void
upgrade_write(void *arg)
{
	rw_enter_read(&g.rw);
	load_plain(NULL);
	if (rw_enter(&g.rw, RW_UPGRADE | RW_NOSLEEP) == 0)
		g.x++;
	rw_exit(&g.rw);
}

static void
upgraded(void *arg)
{
	both(upgrade_write, upgrade_write);
}

/* ------------------------------------------------------------------------
 * Begin and end
 */

static void
joined(void *arg)
{
	struct crew c = { .n = 0 };

	g.x = 1;
	hire(&c, add_plain, NULL);
	dismiss(&c);
	g.x++;
}

/* the end is not waited for */
static void
not_joined(void *arg)
{
	struct crew c = { .n = 0 };

	hire(&c, add_plain, NULL);
	g.x++;
	dismiss(&c);
}

static void
set_through(void *arg)
{
	*(int *)arg = 1;
}

static void
stack_joined(void *arg)
{
	struct crew c = { .n = 0 };
	int local = 0;

	hire(&c, set_through, &local);
	dismiss(&c);
	g.out = local;
}

/* a local variable is shared by its address */
static void
stack_shared(void *arg)
{
	struct crew c = { .n = 0 };
	int local = 0;

	hire(&c, set_through, &local);
	g.out = local;
	dismiss(&c);
}

static void
one_after_other(void *arg)
{
	struct crew c = { .n = 0 };

	hire(&c, add_plain, NULL);
	dismiss(&c);
	hire(&c, add_plain, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * Events, sleeps, grace periods
 */

static void
post_after(void *arg)
{
	g.x = 1;
	lk_event_post(&g.ev);
}

static void
post_before(void *arg)
{
	lk_event_post(&g.ev);
	g.x = 1;
}

static void
add_waited(void *arg)
{
	lk_event_wait(&g.ev);
	g.x++;
}

static void
event(void *arg)
{
	both(post_after, add_waited);
}

/* it says that it is done, and then does it */
static void
event_early(void *arg)
{
	both(post_before, add_waited);
}

static void
wake(void *arg)
{
	g.y = 1;
	mtx_enter(&g.mtx);
	g.x = 1;
	wakeup(&g.x);
	mtx_leave(&g.mtx);
}

static void
nap(void *arg)
{
	mtx_enter(&g.mtx);
	while (g.x == 0)
		msleep_nsec(&g.x, &g.mtx, PVM, "nap", INFSLP);
	mtx_leave(&g.mtx);
	g.y++;
}

static void
sleep_wakeup(void *arg)
{
	both(wake, nap);
}

/* a time-out is no sign that the other one has done it */
static void
doze(void *arg)
{
	(void)tsleep_nsec(&g.y, PVM, "doze", 1000);
	g.y++;
}

static void
timed_out(void *arg)
{
	both(wake, doze);
}

static void
rcu_reader(void *arg)
{
	int *p;

	lk_rcu_read_lock();
	p = LOADED(&g.ap, acquire);
	if (p != NULL && *p != 0)
		lk_yield();
	lk_rcu_read_unlock();
}

static void
rcu_writer(void *arg)
{
	g.x = 1;
	STORED(&g.ap, &g.x, release);
	lk_point(published);
	STORED(&g.ap, NULL, release);
	lk_rcu_synchronize();
	g.x = 0;
}

static void
rcu(void *arg)
{
	both(rcu_reader, rcu_writer);
}

/* it keeps the pointer beyond the section */
static void
rcu_late_reader(void *arg)
{
	int *p;

	lk_rcu_read_lock();
	p = LOADED(&g.ap, acquire);
	lk_rcu_read_unlock();
	if (p != NULL && *p != 0)
		lk_yield();
}

static void
rcu_late(void *arg)
{
	both(rcu_late_reader, rcu_writer);
}

static void
rcu_end(struct lk_rcu_head *h)
{
	g.x = 0;
}

static void
rcu_caller(void *arg)
{
	g.x = 1;
	STORED(&g.ap, &g.x, release);
	lk_point(published);
	STORED(&g.ap, NULL, release);
	lk_rcu_call(&g.head, rcu_end);
}

static void
rcu_deferred(void *arg)
{
	both(rcu_reader, rcu_caller);
}

/* ------------------------------------------------------------------------
 * Atomics
 */

static void
publish(void *arg)
{
	g.x = 1;
	STORED(&g.flag, 1, release);
}

static void
see(void *arg)
{
	if (LOADED(&g.flag, acquire) != 0)
		g.x++;
}

static void
released(void *arg)
{
	both(publish, see);
}

static void
publish_relaxed(void *arg)
{
	g.x = 1;
	STORED(&g.flag, 1, relaxed);
}

static void
see_relaxed(void *arg)
{
	if (LOADED(&g.flag, relaxed) != 0)
		g.x++;
}

/* a relaxed store orders nothing */
static void
store_relaxed(void *arg)
{
	both(publish_relaxed, see);
}

/* nor does a relaxed load */
static void
load_relaxed(void *arg)
{
	both(publish, see_relaxed);
}

static void
see_other(void *arg)
{
	if (LOADED(&g.flag2, acquire) == 0)
		g.x++;
}

/* each at an atomic of its own */
static void
other_atomic(void *arg)
{
	both(publish, see_other);
}

static void
flag_atomic(void *arg)
{
	STORED(&g.flag2, LOADED(&g.flag, seq_cst), relaxed);
}

static void
flag_store(void *arg)
{
	STORED(&g.flag, 1, relaxed);
}

/* the store is not atomic, whatever the load is */
static int plain_word;

static void
word_plain(void *arg)
{
	plain_word = 1;
}

static void
word_atomic(void *arg)
{
	(void)__atomic_load_n(&plain_word, __ATOMIC_SEQ_CST);
}

static void
atomic_and_plain(void *arg)
{
	both(word_plain, word_atomic);
}

static void
atomic_both(void *arg)
{
	both(flag_atomic, flag_store);
}

static void
drop_ref(void *arg)
{
	g.pair[(long)arg] = 1;
	if (atomic_fetch_sub_explicit(&g.refs, 1, memory_order_acq_rel) == 1)
		memset(g.pair, 0, sizeof(g.pair));
}

static void
refcount(void *arg)
{
	struct crew c = { .n = 0 };

	g.refs = 2;
	hire(&c, drop_ref, (void *)0);
	hire(&c, drop_ref, (void *)1);
	dismiss(&c);
}

static void
drop_ref_relaxed(void *arg)
{
	g.pair[(long)arg] = 1;
	if (atomic_fetch_sub_explicit(&g.refs, 1, memory_order_relaxed) == 1)
		memset(g.pair, 0, sizeof(g.pair));
}

/* the last one does not know what the others did */
static void
refcount_relaxed(void *arg)
{
	struct crew c = { .n = 0 };

	g.refs = 2;
	hire(&c, drop_ref_relaxed, (void *)0);
	hire(&c, drop_ref_relaxed, (void *)1);
	dismiss(&c);
}

static void
spin_add(void *arg)
{
	int free = 0;

	while (!atomic_compare_exchange_weak_explicit(&g.flag, &free, 1,
	    memory_order_acquire, memory_order_relaxed)) {
		free = 0;
		lk_yield();
	}
	g.x++;
	STORED(&g.flag, 0, release);
}

static void
spin_lock(void *arg)
{
	both(spin_add, spin_add);
}

/* a release goes through the exchanges of others */
static void
pass_on(void *arg)
{
	(void)atomic_fetch_add_explicit(&g.flag, 1, memory_order_relaxed);
}

static void
see_two(void *arg)
{
	if (LOADED(&g.flag, acquire) == 2)
		g.x++;
}

static void
release_sequence(void *arg)
{
	struct crew c = { .n = 0 };

	hire(&c, publish, NULL);
	hire(&c, pass_on, NULL);
	hire(&c, see_two, NULL);
	dismiss(&c);
}

/* the pointer is looked at outside the lock, and is not atomic */
static void
checked_twice(void *arg)
{
	if (g.p == NULL) {
		mtx_enter(&g.mtx);
		if (g.p == NULL)
			g.p = &g.x;
		mtx_leave(&g.mtx);
	}
}

static void
double_checked(void *arg)
{
	both(checked_twice, checked_twice);
}

static void
checked_twice_atomic(void *arg)
{
	int *p = LOADED(&g.ap, acquire);

	if (p == NULL) {
		mtx_enter(&g.mtx);
		if ((p = LOADED(&g.ap, relaxed)) == NULL) {
			g.x = 1;
			STORED(&g.ap, p = &g.x, release);
		}
		mtx_leave(&g.mtx);
	}
	if (*p != 1)
		lk_incident("test.failed", "not made");
}

static void
double_checked_atomic(void *arg)
{
	both(checked_twice_atomic, checked_twice_atomic);
}

/* ------------------------------------------------------------------------
 * Sizes
 */

static void
byte_one(void *arg)
{
	g.u.part[1] = 1;
}

static void
byte_two(void *arg)
{
	g.u.part[2] = 1;
}

static void
whole_word(void *arg)
{
	g.u.word = 7;
}

static void
bytes_apart(void *arg)
{
	both(byte_one, byte_two);
}

/* one of the bytes is the other one's */
static void
byte_in_word(void *arg)
{
	both(byte_one, whole_word);
}

static void
low_half(void *arg)
{
	g.pair[0] = 1;
}

static void
high_half(void *arg)
{
	g.pair[1] = 1;
}

static void
words_apart(void *arg)
{
	both(low_half, high_half);
}

static void
low_bits(void *arg)
{
	g.bits.low = 1;
}

static void
high_bits(void *arg)
{
	g.bits.high = 1;
}

/* two fields, one word */
static void
bit_fields(void *arg)
{
	both(low_bits, high_bits);
}

static void
copy_big(void *arg)
{
	g.big2 = g.big;
}

static void
set_inside(void *arg)
{
	g.big.d = 1;
}

/* in the middle of what is copied */
static void
struct_copied(void *arg)
{
	both(copy_big, set_inside);
}

static void
fill_big(void *arg)
{
	memset(&g.big, *(volatile uint8_t *)&g.byte[0], sizeof(g.big));
}

static void
memory_filled(void *arg)
{
	both(fill_big, set_inside);
}

/* ------------------------------------------------------------------------
 * A lock in memory that others may not know yet, or no longer
 */

static void
hand_on(void *arg)
{
	rw_enter_write(&g.rw);
	g.x = 1;
	rw_exit(&g.rw);
	rw_enter_write(&g.rw2);
	g.y = 1;
	rw_exit(&g.rw2);
}

static void
take_over(void *arg)
{
	int ready;

	rw_enter_read(&g.rw2);
	ready = g.y;
	rw_exit(&g.rw2);
	if (ready)
		g.x++;
}

static void
by_another_lock(void *arg)
{
	both(hand_on, take_over);
}

/* the lock orders them only when the other one came first */
static void
take_anyway(void *arg)
{
	rw_enter_read(&g.rw2);
	rw_exit(&g.rw2);
	g.x++;
}

static void
hidden_by_luck(void *arg)
{
	both(hand_on, take_anyway);
}

#define RACY(name)	{ #name, true, name ## _main }
#define CLEAN(name)	{ #name, false, name ## _main }
#define PROGRAMS							\
	P(RACY, plain_counter) P(RACY, write_read)			\
	P(RACY, two_mutexes) P(RACY, one_sided)				\
	P(RACY, write_under_read) P(RACY, after_unlock)			\
	P(RACY, failed_try) P(RACY, downgraded_writes)			\
	P(RACY, not_joined) P(RACY, stack_shared)			\
	P(RACY, event_early) P(RACY, timed_out)				\
	P(RACY, rcu_late) P(RACY, store_relaxed)			\
	P(RACY, load_relaxed) P(RACY, other_atomic)			\
	P(RACY, atomic_and_plain) P(RACY, refcount_relaxed)		\
	P(RACY, double_checked) P(RACY, byte_in_word)			\
	P(RACY, bit_fields) P(RACY, struct_copied)			\
	P(RACY, memory_filled) P(RACY, hidden_by_luck)			\
	P(CLEAN, two_readers) P(CLEAN, mutex_counter)			\
	P(CLEAN, rwlock_counter) P(CLEAN, good_try)			\
	P(CLEAN, downgraded) P(CLEAN, upgraded)				\
	P(CLEAN, joined) P(CLEAN, stack_joined)				\
	P(CLEAN, one_after_other) P(CLEAN, event)			\
	P(CLEAN, sleep_wakeup) P(CLEAN, rcu)				\
	P(CLEAN, rcu_deferred) P(CLEAN, released)			\
	P(CLEAN, atomic_both) P(CLEAN, refcount)			\
	P(CLEAN, spin_lock) P(CLEAN, release_sequence)			\
	P(CLEAN, double_checked_atomic) P(CLEAN, bytes_apart)		\
	P(CLEAN, words_apart) P(CLEAN, by_another_lock)

#define P(how, name)							\
static void								\
name ## _main(void *arg)						\
{									\
	fresh();							\
	name(arg);							\
}
PROGRAMS
#undef P

#define P(how, name)	how(name),
const struct memory_program memory_programs[] = {
	PROGRAMS
};
const unsigned memory_nprograms =
    sizeof(memory_programs) / sizeof(memory_programs[0]);

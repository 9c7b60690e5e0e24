/*
 * locks.h: the one door of locks/.
 *
 * Three groups, in this order:
 *	1. the rwlock(9) family as kernel code knows it, mutexes, sleep queues;
 *	2. strands, points, nodes, incidents: the tool's own vocabulary;
 *	3. the record: one shared mapping that a watcher in another process
 *	   reads (record.h, included at the end).
 *
 * Zeroed memory is a valid unlocked lock of any kind.  Every call that may
 * take a lock is a macro that makes a static record of its call site.
 */
#ifndef LOCKS_LOCKS_H
#define LOCKS_LOCKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
#error "C11 only"
#endif

struct lk_strand;
struct lk_site;
struct lk_backend;

/* ------------------------------------------------------------------------
 * 1. rwlock(9)
 */

/* rw_enter(): exactly one operation ... */
#define RW_WRITE	0x0001UL
#define RW_READ		0x0002UL
#define RW_DOWNGRADE	0x0004UL
#define RW_UPGRADE	0x0005UL
#define RW_OPMASK	0x0007UL
/* ... and any of these */
#define RW_INTR		0x0010UL	/* accepted; nothing signals a strand */
#define RW_SLEEPFAIL	0x0020UL	/* sleep once, then EAGAIN, lock not held */
#define RW_NOSLEEP	0x0040UL	/* EBUSY instead of sleeping */
#define RW_RECURSEFAIL	0x0080UL	/* rrwlock: EDEADLK instead of recursing */
#define RW_DUPOK	0x0100UL	/* a second lock of this class is meant */
#define RW_RECURSE	0x0200UL	/* with RW_READ: a waiting writer does not
					   stop it (not of rwlock(9)) */

/* rw_status() beyond RW_READ (held by anyone) and RW_WRITE (held by me) */
#define RW_WRITE_OTHER	0x0100UL

/*
 * The lock.  The first word is the backend's own; its drawing is in the
 * backend's file.  At most 64 bytes, checked.
 */
struct rwlock {
	union {
		_Atomic uint64_t	rwl_word;	/* backend's state */
		_Atomic uint32_t	rwl_half[2];	/* ... to sleep on */
	};
	_Atomic uint32_t	rwl_seq;	/* exclusive holds; see lk_sequence */
	uint32_t		rwl_flags;	/* LKF_* */
	_Atomic uint32_t	rwl_class;	/* class id; 0: not classed yet */
	_Atomic uint32_t	rwl_gen;	/* generation of this instance */
	void			*rwl_priv;	/* backend's, if a word is too small */
	const char		*rwl_name;	/* class name; NULL: the init site */
};

/* recursion for the writer only */
struct rrwlock {
	struct rwlock		rrwl_lock;
	uint32_t		rrwl_wcnt;
};

/* Not subject to --lock: a mutex always excludes. */
struct mutex {
	_Atomic uint32_t	mtx_word;	/* 0 free, 1 held, 2 held and wanted */
	_Atomic uint32_t	mtx_class;
	_Atomic uint32_t	mtx_gen;
	_Atomic uint32_t	mtx_seq;	/* holds; see lk_sequence */
	const char		*mtx_name;
};

#define RWLOCK_INITIALIZER(name)	{ .rwl_name = (name) }
#define RRWLOCK_INITIALIZER(name)	{ .rrwl_lock = { .rwl_name = (name) } }
#define MUTEX_INITIALIZER(name)		{ .mtx_name = (name) }

/* A call site.  Takes an id from the record on first use. */
struct lk_site {
	const char		*ls_file;
	const char		*ls_func;
	int			ls_line;
	_Atomic uint32_t	ls_id;		/* 0: none yet */
};
#define LK_SITE_INIT	{ .ls_file = __FILE__, .ls_func = __func__,	\
			  .ls_line = __LINE__ }
#ifndef LK_SITE_PLACE
#define LK_SITE_PLACE			/* e.g. a section of their own */
#endif
#define LK_HERE		({ static struct lk_site lk_site_here		\
			       LK_SITE_PLACE = LK_SITE_INIT;		\
			   &lk_site_here; })

/*
 * rw_init: make a lock of the class called name.
 * => name is not copied and must outlive the lock
 * => re-initialising a held lock is an incident (lock.init-held)
 */
#define rw_init(rwl, name)	lk_rw_init((rwl), (name), LK_HERE)
#define rrw_init(rrwl, name)	lk_rw_init(&(rrwl)->rrwl_lock, (name), LK_HERE)
/*
 * rw_destroy: the lock's memory is going away.
 * => a held or waited-for lock is an incident; later use is one, too
 */
#define rw_destroy(rwl)		lk_rw_destroy((rwl), LK_HERE)
/*
 * rw_enter: take, downgrade or upgrade a lock.
 * => may sleep unless RW_NOSLEEP or RW_DOWNGRADE
 * => RW_UPGRADE without RW_NOSLEEP, which rwlock(9) does not have, waits until
 *    the caller is the only reader; it keeps its read hold meanwhile, so two
 *    who do it at once wait for each other for good
 * => 0, EBUSY (NOSLEEP), EAGAIN (SLEEPFAIL, slept), EDEADLK (RECURSEFAIL)
 */
#define rw_enter(rwl, flags)	lk_rw_enter_at((rwl), (flags), LK_HERE)
#define rw_enter_read(rwl)	((void)lk_rw_read((rwl), LK_HERE))
#define rw_enter_write(rwl)	((void)lk_rw_write((rwl), LK_HERE))
#define rw_exit(rwl)		lk_rw_exit((rwl), LK_HERE)
#define rw_exit_read(rwl)	lk_rw_exit_mode((rwl), RW_READ, LK_HERE)
#define rw_exit_write(rwl)	lk_rw_exit_mode((rwl), RW_WRITE, LK_HERE)
#define rrw_enter(rrwl, flags)	lk_rrw_enter((rrwl), (flags), LK_HERE)
#define rrw_exit(rrwl)		lk_rrw_exit((rrwl), LK_HERE)
int	rw_status(struct rwlock *);
int	rrw_status(struct rrwlock *);
bool	rw_write_held(struct rwlock *);		/* by the caller */
bool	rw_read_held(struct rwlock *);		/* by the caller, shared */
bool	rw_lock_held(struct rwlock *);		/* by the caller, any mode */
/* The assert family: a false one is an incident (lock.assert). */
#define rw_assert_wrlock(rwl)	lk_rw_assert((rwl), RW_WRITE, LK_HERE)
#define rw_assert_rdlock(rwl)	lk_rw_assert((rwl), RW_READ, LK_HERE)
#define rw_assert_anylock(rwl)	lk_rw_assert((rwl), RW_WRITE | RW_READ, LK_HERE)
#define rw_assert_unlocked(rwl)	lk_rw_assert((rwl), 0, LK_HERE)

/*
 * Reference-counted lock objects.
 * => rw_obj_alloc always gets one (waits for memory), with one reference
 * => rw_obj_try_alloc does not wait: false: no memory
 * => rw_obj_hold's caller owns a reference already
 * => rw_obj_free drops one; true: it was the last and the object is gone
 */
#define rw_obj_alloc(rwlp, name)	lk_rw_obj_alloc((rwlp), (name), LK_HERE)
#define rw_obj_try_alloc(rwlp, name)	lk_rw_obj_try((rwlp), (name), LK_HERE)
void	rw_obj_hold(struct rwlock *);
#define rw_obj_free(rwl)		lk_rw_obj_free((rwl), LK_HERE)
uint32_t rw_obj_refs(struct rwlock *);		/* for audits */
/*
 * Where lock objects come from; libc unless replaced.  An arena that is
 * audited or reset as a whole puts its own pair here.
 */
struct lk_obj_alloc {
	void	*(*get)(size_t);	/* may wait */
	void	*(*try)(size_t);	/* NULL: not without waiting */
	void	(*put)(void *, size_t);
};
void	lk_obj_allocator(const struct lk_obj_alloc *);	/* NULL: libc */

/*
 * lk_sequence: number the holds of each lock from now on, or no longer.  The
 * number is taken inside the critical section: an exclusive hold has a new
 * one, a shared hold has that of the last exclusive one.
 * => costs the short way into every lock
 * rw_sequence, mtx_sequence: the number of the hold that the caller is in.
 */
void	lk_sequence(bool on);
uint32_t rw_sequence(struct rwlock *);

/* mutexes */
#define mtx_init(mtx, name)	lk_mtx_init((mtx), (name), LK_HERE)
#define mtx_destroy(mtx)	lk_mtx_destroy((mtx), LK_HERE)
#define mtx_enter(mtx)		lk_mtx_enter((mtx), LK_HERE)
#define mtx_enter_try(mtx)	lk_mtx_try((mtx), LK_HERE)	/* bool */
#define mtx_leave(mtx)		lk_mtx_leave((mtx), LK_HERE)
bool	mtx_owned(struct mutex *);			/* by the caller */
uint32_t mtx_sequence(struct mutex *);

/*
 * Sleep queues.  The sleeper is on the queue of ident before the lock is let
 * go, so a waker that holds the lock cannot be missed.
 * => nsecs INFSLP: no time-out
 * => 0 woken, EWOULDBLOCK timed out
 * => the lock is retaken in the mode it was held, unless PNORELOCK
 * => wmesg names what is waited for, in reports; not copied
 */
#define INFSLP		UINT64_MAX
#define PNORELOCK	0x200
#define PVM		4
#define rwsleep_nsec(ident, rwl, prio, wmesg, ns)			\
	lk_rwsleep((ident), (rwl), (prio), (wmesg), (ns), LK_HERE)
#define rwsleep(ident, rwl, prio, wmesg, ns)				\
	lk_rwsleep((ident), (rwl), (prio), (wmesg), (ns), LK_HERE)
#define msleep_nsec(ident, mtx, prio, wmesg, ns)			\
	lk_msleep((ident), (mtx), (prio), (wmesg), (ns), LK_HERE)
#define tsleep_nsec(ident, prio, wmesg, ns)				\
	lk_tsleep((ident), (prio), (wmesg), (ns), LK_HERE)
void	wakeup(const volatile void *);
void	wakeup_n(const volatile void *, int);
#define wakeup_one(ident)	wakeup_n((ident), 1)

/* What the macros call. */
void	lk_rw_init(struct rwlock *, const char *, struct lk_site *);
void	lk_rw_destroy(struct rwlock *, struct lk_site *);
int	lk_rw_enter(struct rwlock *, unsigned long, struct lk_site *);
int	lk_rw_write(struct rwlock *, struct lk_site *);
int	lk_rw_read(struct rwlock *, struct lk_site *);
/* A plain take, where the compiler can see that it is one, has its own way. */
__attribute__((always_inline))
static inline int
lk_rw_enter_at(struct rwlock *rw, unsigned long flags, struct lk_site *site)
{
	if (__builtin_constant_p(flags) && flags == RW_WRITE)
		return lk_rw_write(rw, site);
	if (__builtin_constant_p(flags) && flags == RW_READ)
		return lk_rw_read(rw, site);
	return lk_rw_enter(rw, flags, site);
}
void	lk_rw_exit(struct rwlock *, struct lk_site *);
void	lk_rw_exit_mode(struct rwlock *, unsigned long, struct lk_site *);
int	lk_rrw_enter(struct rrwlock *, unsigned long, struct lk_site *);
void	lk_rrw_exit(struct rrwlock *, struct lk_site *);
void	lk_rw_assert(struct rwlock *, unsigned long, struct lk_site *);
void	lk_rw_obj_alloc(struct rwlock **, const char *, struct lk_site *);
bool	lk_rw_obj_try(struct rwlock **, const char *, struct lk_site *);
int	lk_rw_obj_free(struct rwlock *, struct lk_site *);
void	lk_mtx_init(struct mutex *, const char *, struct lk_site *);
void	lk_mtx_destroy(struct mutex *, struct lk_site *);
void	lk_mtx_enter(struct mutex *, struct lk_site *);
bool	lk_mtx_try(struct mutex *, struct lk_site *);
void	lk_mtx_leave(struct mutex *, struct lk_site *);
int	lk_rwsleep(const volatile void *, struct rwlock *, int, const char *,
	    uint64_t, struct lk_site *);
int	lk_msleep(const volatile void *, struct mutex *, int, const char *,
	    uint64_t, struct lk_site *);
int	lk_tsleep(const volatile void *, int, const char *, uint64_t,
	    struct lk_site *);

/* ------------------------------------------------------------------------
 * 2. Strands, points, nodes, incidents
 */

/*
 * lk_strand_start: a new thread of control runs fn(arg).
 * => name is copied (15 characters are kept); env is inherited when NULL
 * => the strand is on the live list before fn runs
 * => 0, EAGAIN (no thread), ENOSPC (the record has no free strand slot)
 * lk_strand_join: wait for its end (a wait-for node) and release it.
 * lk_strand_adopt/leave: make the calling pthread a strand, undo it.
 */
int	lk_strand_start(struct lk_strand **, const char *name,
	    void (*fn)(void *), void *arg, void *env);
#define lk_strand_join(s)	lk_strand_join_at((s), LK_HERE)
void	lk_strand_join_at(struct lk_strand *, struct lk_site *);
int	lk_strand_adopt(const char *name, void *env);
void	lk_strand_leave(void);
struct lk_strand *strand_self(void);
uint32_t lk_strand_id(const struct lk_strand *);	/* small, stable, reused */
uint32_t lk_strand_ids(void);		/* all so far were below it */
const char *lk_strand_name(const struct lk_strand *);
/* The one place for thread-local data of other folders. */
void	*lk_strand_env(void);			/* e.g. the VM's world */
void	lk_strand_set_env(void *);
/* One word per strand that other strands may watch (the soft pmap's). */
_Atomic uintptr_t *lk_strand_access_word(void);
/*
 * lk_strands_foreach: fn for every live strand, under RCU.
 * => strands may come and go meanwhile; one seen stays valid during fn
 */
void	lk_strands_foreach(void (*fn)(struct lk_strand *, void *), void *);
_Atomic uintptr_t *lk_strand_access_word_of(struct lk_strand *);

/*
 * What the strand is doing, for reports: an id given by the caller, and an
 * ordinal that grows with every operation begun; progress is judged by it.
 */
void	lk_op_begin(uint32_t op);
void	lk_op_end(void);
/* A strand that waits for work by design is no hang: bracket the wait. */
void	lk_idle_begin(void);
void	lk_idle_end(void);

/* Seeded by (run seed, strand name's ordinal); never shared. */
uint64_t lk_random(void);
uint64_t lk_random_below(uint64_t n);	/* 0 .. n-1, n > 0 */
void	lk_seed(uint64_t run_seed);
/* The caller's numbers from here on are a function of this alone. */
void	lk_random_restart(uint64_t seed);

/*
 * Strand services: one row for pthreads (os), one for fibers (exploration).
 */
uint64_t lk_now(void);				/* ns, monotonic */
void	lk_delay(uint64_t ns);			/* sleep, for pacing and I/O */
void	lk_yield(void);
ssize_t	lk_pread(int fd, void *, size_t, int64_t off);	/* -errno on error */
ssize_t	lk_pwrite(int fd, const void *, size_t, int64_t off);
void	lk_io(const volatile void *);	/* I/O that stays in memory, there */
void	lk_rcu_read_lock(void);
void	lk_rcu_read_unlock(void);
void	lk_rcu_synchronize(void);
struct lk_rcu_head { void *lrh[3]; };
void	lk_rcu_call(struct lk_rcu_head *, void (*)(struct lk_rcu_head *));

/*
 * lk_point: a place outside locks where an interleaving matters.  One
 * predicted-not-taken branch in every build.
 */
#define lk_point(name)	do {						\
	if (__builtin_expect(atomic_load_explicit(&lk_points_on,	\
	    memory_order_relaxed), 0))					\
		lk_point_hit(#name, LK_HERE);				\
} while (0)
extern _Atomic int lk_points_on;
void	lk_point_hit(const char *, struct lk_site *);
/* The same before a load or store of what p points to. */
#define lk_before_load(p)	lk_touch((p), false)
#define lk_before_store(p)	lk_touch((p), true)
void	lk_touch_hit(const volatile void *, bool store);
static inline __attribute__((always_inline)) void
lk_touch(const volatile void *p, bool store)
{
	if (__builtin_expect(atomic_load_explicit(&lk_points_on,
	    memory_order_relaxed), 0))
		lk_touch_hit(p, store);
}
/*
 * lk_perturb: seeded delays, yields and priorities at points and locks.
 * => permille 0 turns it off; 1..1000: how often a point or lock acts
 */
void	lk_perturb(unsigned permille);

/*
 * Nodes of the wait-for graph that are not locks, with the same three notes.
 * => want: before the strand can sleep on it; it ends with have or unwant
 * => have: it is mine now (goes on my held stack); drop: no longer
 * => give: it leaves my held stack but stays held, "in flight" (asynchronous
 *    I/O); take: the caller is now its holder
 * A want is a dependency on all that is held where the strand comes to sleep:
 * in rwsleep and friends after the lock was let go, else in lk_delay, lk_yield
 * or at the end of the wait.
 * rwsleep and friends write want/unwant themselves when called between
 * lk_node_want and lk_node_unwant; otherwise they note LKN_SLEEP on ident.
 */
enum lk_node_kind {
	LKN_LOCK, LKN_MUTEX, LKN_PAGE, LKN_MEMORY, LKN_EVENT, LKN_JOIN,
	LKN_SIGNAL, LKN_SLEEP, LKN_IO, LKN_NKIND
};
#define lk_node_want(kind, ident)	lk_node_want_at((kind), (ident), LK_HERE)
#define lk_node_have(kind, ident)	lk_node_have_at((kind), (ident), LK_HERE)
void	lk_node_want_at(enum lk_node_kind, const volatile void *,
	    struct lk_site *);
void	lk_node_unwant(void);
void	lk_node_have_at(enum lk_node_kind, const volatile void *,
	    struct lk_site *);
void	lk_node_drop(enum lk_node_kind, const volatile void *);
void	lk_node_give(enum lk_node_kind, const volatile void *);
#define lk_node_take(kind, ident)	lk_node_take_at((kind), (ident), LK_HERE)
void	lk_node_take_at(enum lk_node_kind, const volatile void *,
	    struct lk_site *);

/*
 * lk_delay_inside: what if the critical sections of a class were longer?
 * => from now on whoever takes a lock or mutex of it, in any mode, is busy
 *    for ns right after; 0 takes that back
 * lk_class_named: the id of a class; made if there is none of that name yet.
 */
void	lk_delay_inside(uint32_t class, uint64_t ns);
uint32_t lk_class_named(const char *name, enum lk_node_kind);

/* An event: posted once, waited for by any number; reset to use it again. */
struct lk_event {
	_Atomic uint32_t	le_word;
	const char		*le_name;
};
#define lk_event_wait(e)	lk_event_wait_at((e), LK_HERE)
void	lk_event_wait_at(struct lk_event *, struct lk_site *);
#define lk_event_post(e)	lk_event_post_at((e), LK_HERE)
void	lk_event_post_at(struct lk_event *, struct lk_site *);
void	lk_event_reset(struct lk_event *);
/* Signal-handler scope: what is locked between these runs in a handler. */
#define lk_signal_enter(signo)	lk_signal_enter_at((signo), LK_HERE)
void	lk_signal_enter_at(int signo, struct lk_site *);
void	lk_signal_leave(void);

/*
 * lk_incident: the code under test is wrong.  Data with evidence, never an
 * errno: kind is a dotted name ("content.mismatch", "lock.exit-not-held");
 * analysis knows each kind's level and remedy.  The strand, its operation, held
 * stack and call stack are recorded with it.  The first of each
 * (kind, site) is kept whole, later ones are counted.
 */
#define lk_incident(kind, ...)	lk_incident_at((kind), LK_HERE, __VA_ARGS__)
void	lk_incident_at(const char *kind, struct lk_site *, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4), cold));
uint64_t lk_incidents(void);			/* how many so far, all kinds */
/* The code under test gave up (kernel panic): an incident, then never back. */
#define lk_panic(...)	lk_panic_at(LK_HERE, __VA_ARGS__)
void	lk_panic_at(struct lk_site *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3), noreturn, cold));

/* How a panic ends the process; abort() unless replaced. */
extern void (*lk_panic_end)(void);

/* We are wrong: through a pointer that tests replace. */
extern void (*lk_bug)(const char *file, int line, const char *what);
#define LK_ASSERT(e)							\
	(__builtin_expect(!(e), 0) ? lk_bug(__FILE__, __LINE__, #e) : (void)0)

/*
 * Backends: bare algorithms behind one table (backends.def), wrapped by the
 * recorder and never woven into it.
 */
const struct lk_backend *const *lk_backends(size_t *n);
const struct lk_backend *lk_backend_find(const char *name);	/* or NULL */
const char *lk_backend_name(const struct lk_backend *);
const char *lk_backend_help(const struct lk_backend *);
/* => no lock may be in use */
void	lk_backend_use(const struct lk_backend *);
const struct lk_backend *lk_backend_used(void);

#include "locks/fiber.h"
#include "locks/order_trace.h"

/* 3. */
#include "locks/record.h"
#include "locks/timeline.h"

#endif /* LOCKS_LOCKS_H */

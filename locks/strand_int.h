/*
 * strand_int.h: strands as the rest of locks/ sees them.
 *
 * lk_me is the slot of the running strand: one thread-local load gets a lock
 * to everything it writes.  What only its own process needs (the generator,
 * the park word, the environment) is in struct lk_strand, freed after a grace
 * period.
 */
#ifndef LOCKS_STRAND_INT_H
#define LOCKS_STRAND_INT_H

#include <pthread.h>

#include "locks/record_int.h"

extern __thread struct lk_slot *lk_me
    __attribute__((tls_model("initial-exec")));

struct lk_rng {
	uint64_t	s[4];
	uint32_t	epoch;		/* of the seed it began with; 0: none */
};

struct lk_sleeper {
	struct lk_sleeper *next, *prev;
	const volatile void *ident;	/* NULL: on no queue */
	_Atomic uint32_t woken;		/* the park word */
	_Atomic uint32_t ticket;	/* of who woke it, if traced */
};

/* The end of a chain of waiters; class 0: there is no chain. */
struct lk_root {
	uint32_t	class, site, op;
};

/* A strand could not run; kept for those who wait for it. */
struct lk_blocked {
	uint64_t	from, to;
	uint64_t	ident;		/* what it waited for */
	struct lk_root	root;
};
#define LK_NBLOCKED	4

/* One of those who were seen to hold what a strand waits for. */
struct lk_sharer {
	uint32_t	slot;
	struct lk_blame_end who;
	struct lk_root	root;
};
#define LK_NSHARER	8

/* A part of a wait and who is to blame for it. */
struct lk_charge {
	struct lk_blame_end who;
	struct lk_root	root;
	uint64_t	ns;
};
#define LK_NCHARGE	16

struct lk_wanted {
	uint64_t	ident, pack, since;
	uint32_t	gen;
	bool		noted;		/* as a dependency */
	uint64_t	nsleep, nspin;	/* the slot's counts at the start */
	bool		counted;	/* the level asks for it */
	struct lk_slot	*slot;
	struct lk_wanted *next, *prev;	/* of the same bucket */
	uint64_t	seen;		/* notes of the bucket */
	uint64_t	charged;	/* up to this time */
	uint64_t	passed;		/* times it was let go meanwhile */
	uint64_t	delay;		/* the strand's, about when it began */
	uint64_t	until;		/* it is over; then, instead: sleeps and
					   turns in nsleep and nspin, ... */
	uint64_t	blocked;	/* ... and its length less delays */
	uint32_t	op;
	unsigned	nsharer, ncharge;
	bool		ended;		/* somebody let go: it is `last` */
	struct lk_blame_end last;
	uint32_t	last_slot;	/* who that was, and when */
	uint64_t	charged_last;
	struct lk_sharer sharer[LK_NSHARER];
	struct lk_charge charge[LK_NCHARGE];
};
#define LK_MAXWANT	4

struct lk_frames {
	unsigned	n;
	uint64_t	frame[LK_MAXFRAMES];
};

struct lk_strand {
	_Alignas(128) _Atomic uintptr_t access;	/* others may watch it */
	_Alignas(128) struct lk_slot *slot;	/* NULL once it has ended */
	uint32_t	id;
	uint32_t	life;
	char		name[16];
	void		*env;
	bool		adopted;
	unsigned	rcu_nest;
	/* randomness: a function of the run seed and the path of creation */
	uint64_t	path;
	uint64_t	nchild;
	uint32_t	ordinal;	/* as its parent's child, from 1 on */
	struct lk_rng	rng, chaos;
	uint64_t	dice;
	uint64_t	chaos_until;	/* low priority until then */
	/* waiting */
	unsigned	nwant;
	struct lk_wanted want[LK_MAXWANT];	/* nwant of them mean something */
	struct lk_wanted *owed;		/* over, and not told yet: the next */
	struct lk_frames waited_at;	/* of that one */
	unsigned	nblocked;	/* the last few, oldest first */
	struct lk_blocked blocked[LK_NBLOCKED];
	struct lk_sleeper sleeper;
	uint64_t	delay;		/* waited for a processor, in all ... */
	uint64_t	delay_when;	/* ... when last asked */
	bool		waited;		/* in this operation; see timeline.h */
	void		*entering;	/* a backend was asked for it */
	int		signo;		/* signal scope, innermost */
	/* the pthread of it */
	void		(*fn)(void *);
	void		*arg;
	pthread_t	thread;
	struct fiber	*fiber;		/* instead */
	_Atomic uint32_t done;		/* park word of its joiner */
	/* live list */
	struct lk_rcu_link {
		_Atomic(struct lk_rcu_link *) next;
	} link;
	struct lk_rcu_head rcu;
};

/*
 * Services: what differs between a pthread and a fiber.
 */
struct lk_services {
	const char *name;
	uint64_t (*now)(void);
	void	(*delay)(uint64_t);
	/* what the caller waited for a processor so far; false: not known */
	bool	(*delayed)(uint64_t *);
	void	(*yield)(void);
	void	(*relax)(void);		/* one turn of a spin loop */
	unsigned spin;			/* turns before a sleep, at most */
	/* a point was reached, and the caller looks at them */
	void	(*act)(struct lk_slot *, enum lk_act, enum lk_node_kind,
		    uint64_t object, const struct lk_site *);
	/* => returns when *word != val, at the deadline, or for no reason */
	void	(*park)(_Atomic uint32_t *word, uint32_t val, uint64_t until);
	void	(*unpark)(_Atomic uint32_t *word, int n);
	ssize_t	(*pread)(int, void *, size_t, int64_t);
	ssize_t	(*pwrite)(int, const void *, size_t, int64_t);
	void	(*rcu_lock)(void);
	void	(*rcu_unlock)(void);
	void	(*rcu_sync)(void);
	void	(*rcu_call)(struct lk_rcu_head *,
		    void (*)(struct lk_rcu_head *));
	void	(*enter)(struct lk_strand *);	/* it runs now, for the first time */
	void	(*leave)(struct lk_strand *);
	int	(*spawn)(struct lk_strand *);	/* runs lk_strand_main() */
	void	(*reap)(struct lk_strand *);	/* after its end */
	uint64_t (*random_seed)(void);	/* where no seed was given */
	/* memory for a strand, aligned to 128; NULL: there is none */
	void	*(*get)(size_t);
	void	(*put)(void *);
};
extern const struct lk_services lk_services_os;
extern const struct lk_services *lk_sv;

/* For backends and sleep queues; counted in the strand. */
void	lk_meet_again(struct lk_slot *);	/* meet.c */
static inline void
lk_park(_Atomic uint32_t *word, uint32_t val, uint64_t until)
{
	if (lk_me != NULL) {
		lk_bump(&lk_me->npark, 1);
		lk_meet_again(lk_me);
	}
	lk_sv->park(word, val, until);
}

static inline void
lk_act(struct lk_slot *s, enum lk_act act, enum lk_node_kind kind,
    uint64_t object, const struct lk_site *site)
{
	lk_sv->act(s, act, kind, object, site);
}

static inline void
lk_unpark(_Atomic uint32_t *word, int n)
{
	lk_sv->unpark(word, n);
}

static inline void
lk_relax(void)
{
	if (lk_me != NULL)
		lk_bump(&lk_me->nrelax, 1);
	lk_sv->relax();
}

/* strand.c */
struct lk_slot *lk_me_slow(void);	/* adopts the calling thread */
static inline struct lk_slot *
lk_self(void)
{
	struct lk_slot *s = lk_me;

	return __builtin_expect(s != NULL, 1) ? s : lk_me_slow();
}
int	lk_strands_quiet(void);		/* see lk_record_create */
void	lk_strands_setup(void);		/* once; before any fork() */
void	lk_strand_main(struct lk_strand *);
/* The first strand of an execution, a function of the seed alone. */
int	lk_strand_root(void (*fn)(void *), void *arg, void *env,
	    uint64_t seed, struct lk_strand **);
void	lk_strand_abandon(struct lk_strand *);	/* it never runs again */
/* sleepq.c: off its queue, if it is on one */
void	lk_sleeper_drop(struct lk_sleeper *);
/* fiber.c */
void	lk_fibers_pc(uintptr_t);	/* of the access that comes next */
/* What the strand that runs does beside its acts; nothing outside of fibers. */
void	lk_fibers_did(const volatile void *, enum lk_did);
void	lk_fibers_did_all(void);
/* perturb.c: as lk_touch_hit, in code at pc */
void	lk_touch_at(const volatile void *, bool store, uintptr_t pc);
void	lk_fibers_incident(const char *kind);	/* recorded; may not return */
void	lk_fibers_panicked(void);	/* idem; in a fiber it does not return */
/* perturb.c */
void	lk_perturb_act(struct lk_slot *, enum lk_act, enum lk_node_kind,
	    uint64_t object, const struct lk_site *);
void	lk_backend_noted(void);		/* backends.c: name into the record */
void	lk_random_seed(struct lk_strand *);	/* random.c */
uint64_t lk_chaos_next(struct lk_strand *);
uint64_t lk_dice_next(struct lk_strand *);

/* rcu.c: the one wrapper of liburcu */
void	lk_rcu_thread_begin(void);
void	lk_rcu_thread_end(void);
void	lk_rcu_os_lock(void);
void	lk_rcu_os_unlock(void);
void	lk_rcu_os_sync(void);
void	lk_rcu_os_call(struct lk_rcu_head *, void (*)(struct lk_rcu_head *));
void	lk_rcu_os_barrier(void);
struct lk_rcu_list {
	_Atomic(struct lk_rcu_link *) head;
};
/* => writers exclude each other by themselves */
void	lk_rcu_list_add(struct lk_rcu_list *, struct lk_rcu_link *);
void	lk_rcu_list_del(struct lk_rcu_list *, struct lk_rcu_link *);
/* => inside a read-side section */
struct lk_rcu_link *lk_rcu_list_first(struct lk_rcu_list *);
struct lk_rcu_link *lk_rcu_list_next(struct lk_rcu_link *);

#endif /* LOCKS_STRAND_INT_H */

/*
 * note_int.h: want, have, drop: what a strand writes down about nodes.
 *
 * A push costs a few plain stores and one probe of the chain cache:
 *
 *	held[0] base | held[1] | held[2] (hole) | held[3] <- top
 *	                  key1 = f(base, pack1)     key3 = f(key1.., pack3)
 *
 * Invariant: held[top] is no hole, so the key above is always at held[top].
 */
#ifndef LOCKS_NOTE_INT_H
#define LOCKS_NOTE_INT_H

#include "locks/strand_int.h"

/*
 * What turns the short path of a lock into the long one.  0 in the usual
 * case: full recording, no perturbation.
 */
#define LKH_LEVEL	0x1		/* recording is not full */
#define LKH_ACT		0x2		/* points are looked at: perturbed, or fibers */
#define LKH_BACKEND	0x4		/* not a lock of word_int.h */
#define LKH_INSIDE	0x8		/* some class is held longer */
#define LKH_SEQ		0x10		/* holds are numbered */
#define LKH_TRACE	0x20		/* all of it is traced; so they are, too */
/* Alone on its line: everybody reads it all the time. */
extern struct lk_hot_line {
	_Alignas(128) _Atomic uint32_t word;
} lk_hot_line;
#define lk_hot	lk_hot_line.word

static inline uint64_t
lk_chain_key(uint64_t parent, uint64_t pack)
{
	return (parent ^ parent >> 32 ^ pack) * 0x9e3779b97f4a7c15ULL;
}

static inline struct lk_chain *
lk_chain_at(struct lk_slot *s, uint64_t key)
{
	return &s->chain[key >> 54];
}
_Static_assert(LK_NCHAIN == 1 << (64 - 54), "index of the chain cache");

/*
 * The instances of a stack, in order.  Xor alone would not do: two locks of
 * one array and two of another have the same difference.
 */
static inline uint64_t
lk_chain_set(uint64_t parent, uint64_t ident, uint32_t gen)
{
	return (parent ^ ident ^ (uint64_t)gen << 32) * 0x9e3779b97f4a7c15ULL;
}

/* What is held up to and with the newest; the first one's is not kept. */
static inline uint64_t
lk_held_set(const struct lk_slot *s, uint32_t top)
{
	const struct lk_held *h = &s->held[top];

	return top == 1 ? lk_chain_set(0, lk_get(&h->ident), lk_get(&h->gen)) :
	    lk_get(&h->set);
}

/*
 * A set of instances of a stack has a mark, which may be in two places: with
 * one, a set that shares its place would be news each time.
 */
static inline uint64_t
lk_inst_mark(uint64_t key, uint64_t set)
{
	return (key ^ (set << 23 | set >> 41)) * 0x9e3779b97f4a7c15ULL | 1;
}

static inline _Atomic uint64_t *
lk_inst_at(struct lk_slot *s, uint64_t mark, unsigned place)
{
	_Static_assert(LK_NINST == 1 << (64 - 52), "index of instance sets");
	return &s->inst[place == 0 ? mark >> 52 : mark >> 40 & (LK_NINST - 1)];
}

static inline bool
lk_inst_known(struct lk_slot *s, uint64_t key, uint64_t set)
{
	uint64_t mark = lk_inst_mark(key, set);

	return lk_get(lk_inst_at(s, mark, 0)) == mark ||
	    lk_get(lk_inst_at(s, mark, 1)) == mark;
}

/* chain.c: the stack was not seen before, or not with these instances */
void	lk_chain_miss(struct lk_slot *, struct lk_chain *);
/*
 * chain.c: about to wait, and may never get it: write the dependency down.
 * Before lk_note_want: who sees the wait record need not wait for this.
 */
void	lk_dep_want(struct lk_slot *, uint64_t ident, uint64_t pack,
	    uint32_t gen);
/* chain.c: whatever was seen is news again; counts go to their rows */
void	lk_chain_forget(struct lk_slot *);
/* chain.c: forget, if a class was marked suspect meanwhile */
void	lk_suspects_check(struct lk_slot *);
/* note.c: there is no room on the stack; false: there is now */
bool	lk_held_full(struct lk_slot *);
void	lk_held_drop(struct lk_slot *, unsigned at);
unsigned lk_held_find(const struct lk_slot *, uint64_t ident);	/* 0: no */

/*
 * A push, upon a base whose key and set are 0.  Between the atomic of one lock and that of the next little
 * overlaps, so all that can be done beforehand is: the numbers, the probe of
 * the chain cache, and the entry above the top, which is nobody's until the
 * top moves over it.
 */
struct lk_push {
	struct lk_held	*h;
	struct lk_chain	*e;
	uint64_t	ident, pack, key, set;
	uint32_t	gen;
	bool		first;
};

__attribute__((always_inline))
static inline void
lk_push_plan(struct lk_slot *s, uint32_t top, uint64_t ident, uint32_t gen,
    uint64_t pack, struct lk_push *p)
{
	const struct lk_held *below = &s->held[top];
	bool base = __builtin_constant_p(top) && top == 0;

	p->h = &s->held[top] + 1;
	p->ident = ident;
	p->gen = gen;
	p->pack = pack;
	p->key = lk_chain_key(base ? 0 : lk_get(&below->key), pack);
	p->set = lk_chain_set(base ? 0 : lk_held_set(s, top), ident, gen);
	p->first = top == 0;
	p->e = lk_chain_at(s, p->key);
}

/* The same stack was here the last time, more often than not. */
__attribute__((always_inline))
static inline void
lk_push_ready(const struct lk_push *p)
{
	struct lk_held *h = p->h;

	if (__builtin_expect(lk_get(&h->key) != p->key, 0)) {
		lk_rel(&h->pack, p->pack);
		lk_put(&h->key, p->key);
	}
	if (!p->first)
		lk_put(&h->set, p->set);
	lk_rel(&h->gen, p->gen);
	lk_rel(&h->ident, p->ident);
}

/*
 * A push where nobody asks what was seen before: the entry has no key.  Made
 * good when it is asked again, by lk_held_keys.
 */
__attribute__((always_inline))
static inline void
lk_push_bare(struct lk_held *h, uint64_t ident, uint32_t gen, uint64_t pack)
{
	lk_rel(&h->pack, pack);
	lk_put(&h->key, 0);
	lk_rel(&h->gen, gen);
	lk_rel(&h->ident, ident);
}

/* note.c: keys for those that were pushed without */
void	lk_held_keys(struct lk_slot *);
static inline bool
lk_held_keyless(const struct lk_slot *s, uint32_t top)
{
	return top != 0 && lk_get(&s->held[top].key) == 0;
}

/* Is the dependency that this take makes written down? */
__attribute__((always_inline))
static inline bool
lk_push_known(struct lk_slot *s, const struct lk_push *p)
{
	uint64_t known = lk_get(&p->e->set);

	if (__builtin_expect(lk_get(&p->e->key) != p->key, 0))
		return false;
	if (__builtin_expect((known == p->set) | (known == LK_SET_ANY), 1))
		return true;
	return known == LK_SET_VARIES && lk_inst_known(s, p->key, p->set);
}

/* Count a take; true: the sample fell on it. */
__attribute__((always_inline))
static inline bool
lk_chain_tick(struct lk_chain *e)
{
	uint64_t t = lk_get(&e->tick) - 1;

	lk_put(&e->tick, t);
	return __builtin_expect(LK_TICK_LEFT(t) == 0, 0);
}

/*
 * What is taken is taken in the same order again, more often than not: the
 * entry that came after this one the last time is fetched while the holder
 * goes about its business.
 */
static inline void
lk_chain_follow(struct lk_slot *s, const struct lk_chain *e)
{
	struct lk_chain *last = &s->chain[s->last];
	uint64_t tick = lk_get(&last->tick);
	uint32_t at = (uint32_t)(e - s->chain);

	if (LK_TICK_NEXT(tick) != at)
		lk_put(&last->tick, tick ^
		    (uint64_t)(LK_TICK_NEXT(tick) ^ at) << 48);
	s->last = at;
	lk_soon(&s->chain[LK_TICK_NEXT(lk_get(&e->tick))]);
}

/* A take is to come that is looked up only after it: fetch what it will ask. */
static inline void
lk_push_warm(struct lk_slot *s, uint64_t pack)
{
	if ((lk_get(&lk_hot) & LKH_LEVEL) == 0)
		__builtin_prefetch(lk_chain_at(s, lk_chain_key(
		    lk_get(&s->held[lk_get(&s->top)].key), pack)));
}

/* note.c: the lock is ours, by whatever way: push and count, if counting */
void	lk_note_have(struct lk_slot *, uint64_t ident, uint32_t gen,
	    uint64_t pack);
/* rwlock.c: how the caller took it last, as rw_enter would have it */
unsigned long lk_rw_held_flags(const struct rwlock *);
/* rwlock.c: a number no other instance had lately; never 0 */
uint32_t lk_gen_new(void);

/*
 * hold.c: how long things are held.
 * lk_hold_since: the newest was taken just now; the clock was read anyway.
 * lk_hold_ends: before it is let go; count it when it is.
 * lk_hold_turns: it is held in another way from now on.
 */
struct lk_hold {
	uint64_t	ident, pack, since, ns;
	bool		timed, sampled;
};
/* => the newest was taken through e, and the sample fell on it */
void	lk_hold_sampled(struct lk_slot *, struct lk_chain *e);
void	lk_hold_since(struct lk_slot *, uint64_t now);
void	lk_hold_ends(struct lk_slot *, unsigned at, struct lk_hold *);
void	lk_hold_turns(struct lk_slot *, unsigned at, struct lk_hold *);
void	lk_hold_count(struct lk_slot *, const struct lk_hold *);
/* => what e counted goes to its row; the sample is drawn anew */
void	lk_chain_flush(struct lk_slot *, struct lk_chain *e);

/*
 * rwlock.c: the long way in and out
 * lk_rw_enter_now: the point has been passed; read or write, no flags
 */
int	lk_rw_enter_slow(struct rwlock *, unsigned long, struct lk_site *);
int	lk_rw_enter_now(struct rwlock *, enum lk_mode, struct lk_site *);
void	lk_rw_exit_slow(struct rwlock *, struct lk_site *);
void	lk_mtx_enter_slow(struct mutex *, struct lk_site *);	/* mutex.c */
void	lk_mtx_enter_now(struct mutex *, struct lk_site *);
void	lk_mtx_leave_slow(struct mutex *, struct lk_site *);

/*
 * note.c: want is written before anything that can hang; it ends with unwant,
 * which counts the wait.  They nest: the innermost is shown.
 */
void	lk_note_want(struct lk_slot *, uint64_t ident, uint64_t pack);
/*
 * The wait just begun is not yet a dependency: what is held may be let go
 * before the strand sleeps.  It becomes one where it does, or at its end.
 */
void	lk_want_later(struct lk_slot *, uint32_t gen);
void	lk_want_settle(struct lk_slot *);
/* => now: when the wait was over */
void	lk_note_unwant(struct lk_slot *, uint64_t now);
bool	lk_note_wants(const struct lk_slot *);	/* between the two */

/*
 * meet.c: a wait begins, ends; pack with how.
 * lk_letgo_note: before ident is let go, if anybody might wait for it.
 */
void	lk_meet_begin(struct lk_wanted *);
void	lk_meet_end(struct lk_wanted *, uint64_t now);
/*
 * Its rows are cold, and the strand has what it waited for: others wait for it
 * in turn.  So they are written when the strand holds nothing any more, and at
 * the latest when it waits again, ends its operation or itself.
 */
void	lk_meet_tell(struct lk_wanted *);
static inline void
lk_owed_tell(struct lk_strand *st)
{
	struct lk_wanted *w = st->owed;

	if (w != NULL) {
		st->owed = NULL;
		lk_meet_tell(w);
	}
}
void	lk_letgo_tell(struct lk_slot *, uint64_t ident, uint64_t pack);
void	lk_meet_forked(void);

/*
 * How many wait in each bucket; asked whenever anything is let go, so they
 * stand together, and not in the buckets, which are far apart and cold.
 */
#define LK_NMEET	128
extern _Atomic uint32_t lk_meet_nwait[LK_NMEET];

static inline unsigned
lk_meet_at(uint64_t ident)
{
	return (unsigned)(lk_mix(ident) % LK_NMEET);
}

static inline void
lk_letgo_note(struct lk_slot *s, uint64_t ident, uint64_t pack)
{
	if (lk_get(&lk_meet_nwait[lk_meet_at(ident)]) != 0)
		lk_letgo_tell(s, ident, pack);
}

/* note.c: what is held at `at` is held in another way now: no dependency */
void	lk_note_turn(struct lk_slot *, unsigned at, uint64_t pack);
/*
 * misuse.c: in words, into buf, which is returned.
 * => who has it, and where it was taken; who waits for it ("": nobody); where
 *    it was taken; all that is held
 */
#define LK_WORDS	384
const char *lk_who_holds(char *buf, size_t, uint64_t ident);
const char *lk_who_waits(char *buf, size_t, uint64_t ident);
const char *lk_taken_at(char *buf, size_t, uint64_t pack);
const char *lk_all_held(char *buf, size_t, const struct lk_slot *);

/*
 * incident.c: an incident in code that has no site, known by its stack, with
 * stacks of others; a 0 ends each of these.
 */
struct lk_incident_stacks {
	uint32_t	nframes, nother;
	uint64_t	frame[LK_MAXFRAMES], other[LK_INCIDENT_OTHER];
};
void	lk_incident_stacks(const char *kind, const struct lk_incident_stacks *,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* note.c: does any live strand hold it?  Its id, or -1 */
int	lk_held_by(uint64_t ident);

/* node.c: a strand's end is wanted, and comes */
void	lk_join_want(struct lk_slot *, const struct lk_strand *, bool done,
	    struct lk_site *);
void	lk_join_post(struct lk_slot *, const struct lk_strand *);
void	lk_join_trace(struct lk_slot *, const struct lk_strand *,
	    struct lk_site *);

/* A class word: 0 not classed yet, LK_DEAD destroyed. */
#define LK_DEAD		UINT32_MAX
#define LK_CLASSED(c)	((c) - 1 < LK_DEAD - 1)

/* perturb.c */
/* => class is held by the caller since just now */
void	lk_stay_inside(uint32_t class);

#endif /* LOCKS_NOTE_INT_H */

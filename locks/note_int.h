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
#define LKH_PERTURB	0x2		/* act up now and then */
extern _Atomic uint32_t lk_hot;

static inline uint64_t
lk_chain_key(uint64_t parent, uint64_t pack)
{
	uint64_t k = (parent ^ pack) * 0x9e3779b97f4a7c15ULL;

	return k ^ k >> 29;
}

static inline struct lk_chain *
lk_chain_at(struct lk_slot *s, uint64_t key)
{
	return &s->chain[key * 0xd6e8feb86659fd93ULL >> 53];
}
_Static_assert(LK_NCHAIN == 1 << (64 - 53), "index of the chain cache");

/* chain.c: the stack was not seen before, or not with these instances */
void	lk_chain_miss(struct lk_slot *, struct lk_chain *, uint64_t key,
	    uint64_t set, uint64_t pack);
/* note.c: there is no room on the stack; false: there is now */
bool	lk_held_full(struct lk_slot *);
void	lk_held_drop(struct lk_slot *, unsigned at);
unsigned lk_held_find(const struct lk_slot *, uint64_t ident);	/* 0: no */

/* Push what has just been taken. */
static inline struct lk_held *
lk_note_push(struct lk_slot *s, uint64_t ident, uint64_t pack, uint32_t seq,
    struct lk_chain **chain)
{
	uint32_t top = lk_get(&s->top);
	struct lk_held *h;
	struct lk_chain *e;
	uint64_t key, set;

	if (__builtin_expect(top == LK_MAXHELD, 0)) {
		if (lk_held_full(s))
			return NULL;
		top = lk_get(&s->top);
	}
	h = &s->held[top];
	key = lk_chain_key(lk_get(&h->key), pack);
	set = lk_get(&h->set) ^ ident;
	h++;
	e = lk_chain_at(s, key);
	lk_put(&h->pack, pack);
	lk_put(&h->key, key);
	lk_put(&h->set, set);
	lk_put(&h->seq, seq);
	lk_rel(&h->ident, ident);
	lk_put(&s->top, top + 1);
	*chain = e;
	return h;
}

/* ... and count it, if recording is full. */
static inline void
lk_note_have(struct lk_slot *s, uint64_t ident, uint64_t pack, uint32_t seq)
{
	struct lk_chain *e;
	struct lk_held *h;
	uint64_t set;

	h = lk_note_push(s, ident, pack, seq, &e);
	if (__builtin_expect(h == NULL, 0))
		return;
	set = lk_get(&e->set);
	if (__builtin_expect(lk_get(&e->key) == lk_get(&h->key) &&
	    ((set == lk_get(&h->set)) | (set == LK_SET_ANY)), 1))
		lk_bump(&e->count, 1);
	else
		lk_chain_miss(s, e, lk_get(&h->key), lk_get(&h->set), pack);
}

/* The same where recording may be less than full. */
static inline void
lk_note_have_slow(struct lk_slot *s, uint64_t ident, uint64_t pack,
    uint32_t seq)
{
	struct lk_chain *e;

	if (lk_get(&lk_hot) & LKH_LEVEL)
		lk_note_push(s, ident, pack, seq, &e);
	else
		lk_note_have(s, ident, pack, seq);
}

/* The newest is let go. */
static inline void
lk_note_pop(struct lk_slot *s, struct lk_held *h, uint32_t top)
{
	lk_rel(&h->ident, 0);
	top--;
	while (__builtin_expect(lk_get(&s->held[top].ident) == 0, 0))
		top--;
	lk_put(&s->top, top);
}

/*
 * note.c: want is written before anything that can hang; it ends with unwant,
 * which counts the wait.  They nest: the innermost is shown.
 */
void	lk_note_want(struct lk_slot *, uint64_t ident, uint64_t pack);
/* => now: when the wait was over */
void	lk_note_unwant(struct lk_slot *, uint64_t now);
bool	lk_note_wants(const struct lk_slot *);	/* between the two */

/* note.c: what is held at `at` is held in another way now: makes no edge */
void	lk_note_turn(struct lk_slot *, unsigned at, uint64_t pack);
/* note.c: does any live strand hold it?  Its id, or -1 */
int	lk_held_by(uint64_t ident);

/* A class word: 0 not classed yet, LK_DEAD destroyed. */
#define LK_DEAD		UINT32_MAX
#define LK_CLASSED(c)	((c) - 1 < LK_DEAD - 1)

/* perturb.c */
void	lk_perturb_lock(struct lk_slot *);

#endif /* LOCKS_NOTE_INT_H */

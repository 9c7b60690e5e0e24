/*
 * meet_int.h: where those who wait for a thing and those who let it go meet.
 *
 *	bucket[hash(ident)]	who waits: want <-> want <-> ...
 *				who let go: a ring of notes, each with its time
 *
 * A waiter stands in the bucket while it waits, and so counts the queue.  Who
 * lets a thing go leaves a note if somebody stands there.  From the notes,
 * and from those it saw holding the thing when it began to wait, the waiter
 * works out whom to charge for which part of its wait; in its own time, when
 * it is over.
 */
#ifndef LOCKS_MEET_INT_H
#define LOCKS_MEET_INT_H

#include "locks/note_int.h"
#include "locks/raw_int.h"

#define LK_NLETGO	16	/* notes kept in a bucket */

/* Somebody let ident go. */
struct lk_letgo {
	uint64_t	ident, when;
	uint32_t	slot;
	uint32_t	nblocked;
	struct lk_blame_end who;
	struct lk_blocked blocked[LK_NBLOCKED];
};

struct lk_meet {
	_Alignas(64) struct lk_raw raw;
	struct lk_wanted *first;
	uint64_t	nletgo;		/* ever; the ring's next is % LK_NLETGO */
	struct lk_letgo	letgo[LK_NLETGO];
};
extern struct lk_meet lk_meet[LK_NMEET];

static inline struct lk_meet *
lk_meet_of(uint64_t ident)
{
	return &lk_meet[lk_meet_at(ident)];
}

/* charge.c: the parts of a wait; under the bucket's lock */
void	lk_charge_until(struct lk_wanted *, const struct lk_letgo *);
void	lk_charge_rest(struct lk_wanted *, uint64_t now);
/* charge.c: who holds it now; up to LK_NSHARER */
void	lk_holders_see(struct lk_slot *, struct lk_wanted *);

/* blame.c; soon: it is about to be added, its row's line is fetched */
void	lk_blame_soon(uint64_t pack, uint32_t op, const struct lk_charge *);
void	lk_blame_add(uint64_t pack, uint32_t op, const struct lk_charge *);

/*
 * wait_stack.c: the caller waited so long
 * lk_wait_stack_soon: what it is to be added to; its row's line is fetched
 */
struct lk_wstack_key {
	uint64_t	word[2];
};
void	lk_wait_stack_soon(const struct lk_wanted *, struct lk_wstack_key *);
void	lk_wait_stack(const struct lk_wstack_key *, uint64_t ns);

/* heavy.c */
void	lk_heavy_add(uint64_t ident, uint64_t pack, uint64_t ns);

#endif /* LOCKS_MEET_INT_H */

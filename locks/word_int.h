/*
 * word_int.h: a lock in one word, and its way in and out when it is free.
 *
 *	  63      62                       3        2        1       0
 *	+---------+------------------------+--------+--------+-------+
 *	| UPGRADE | readers, or the writer | WRLOCK | WRWANT | WAIT  |
 *	+---------+------------------------+--------+--------+-------+
 *
 * WRLOCK set:	the top says who writes.
 * WRLOCK clear: the top counts readers.
 * WRWANT:	a writer waits; readers stay out, recursive ones do not.
 * WAIT:	somebody sleeps; who frees the lock must wake.  Legal to be set
 *		with no sleeper, illegal to be clear with one.
 * UPGRADE:	a reader waits to be the only one; who leaves one behind must
 *		wake.  Set together with both of these.
 * Invariant: WRWANT, WAIT or UPGRADE are set only while the lock is held, or
 *		let go by somebody who is about to clear them and to wake.
 */
#ifndef LOCKS_WORD_INT_H
#define LOCKS_WORD_INT_H

#include "locks/backend_int.h"

#define W_WAIT		0x1ULL
#define W_WRWANT	0x2ULL
#define W_WRLOCK	0x4ULL
#define W_ONE		0x8ULL
#define W_UPGRADE	(1ULL << 63)
#define W_FLAGS		(0x7ULL | W_UPGRADE)
#define W_OWNER(me)	((me) << 3 | W_WRLOCK)

/* The half that sleepers compare: the flags are there, and who holds it. */
#define W_LOW		(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* What a mode needs clear, and what it says while it waits. */
struct word_how {
	uint64_t	clear;
	uint64_t	waits;
};
static const struct word_how word_how[LKM_NMODE] = {
	[LKM_WRITE] = { ~0ULL, W_WAIT | W_WRWANT },
	[LKM_READ] = { W_WRLOCK | W_WRWANT, W_WAIT },
	[LKM_RREAD] = { W_WRLOCK, W_WAIT },
};

static inline bool
word_cas(struct rwlock *rw, uint64_t *old, uint64_t new, memory_order order)
{
	return atomic_compare_exchange_strong_explicit(&rw->rwl_word, old, new,
	    order, memory_order_relaxed);
}

static inline bool
word_try(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	uint64_t o = 0, add = mode == LKM_WRITE ? W_OWNER(me) : W_ONE;

	if (mode != LKM_WRITE)
		o = lk_get(&rw->rwl_word);
	while ((o & word_how[mode].clear) == 0)
		if (word_cas(rw, &o, o + add, memory_order_acquire))
			return true;
	return false;
}

/*
 * The short ways in and out.  A writer guesses that nobody has it; to look
 * first would be to wait for what was done to the word last.  Readers share,
 * and one that sleeps in the middle leaves the word at 1 for long: theirs is
 * a look, early enough to cost nothing.
 */
static inline uint64_t
word_guess(const struct rwlock *rw, enum lk_mode mode)
{
	return mode == LKM_READ ?
	    lk_get(&rw->rwl_word) & ~word_how[LKM_READ].clear : 0;
}

static inline bool
word_try_free(struct rwlock *rw, enum lk_mode mode, uint64_t me, uint64_t o)
{
	uint64_t add = mode == LKM_WRITE ? W_OWNER(me) : W_ONE;

	if (__builtin_expect(word_cas(rw, &o, o + add, memory_order_acquire),
	    1))
		return true;
	while (mode == LKM_READ && (o & word_how[LKM_READ].clear) == 0)
		if (word_cas(rw, &o, o + add, memory_order_acquire))
			return true;
	return false;
}

/*
 * Out, in one step that cannot fail.  The last reader may leave its flags
 * behind; they refuse nobody longer than it takes to call the backend.
 * => the word as it was; if word_left says so, call the backend's freed
 */
static inline uint64_t
word_exit(struct rwlock *rw, enum lk_mode mode)
{
	if (mode == LKM_WRITE)
		return atomic_exchange_explicit(&rw->rwl_word, 0,
		    memory_order_release);
	return atomic_fetch_sub_explicit(&rw->rwl_word, W_ONE,
	    memory_order_release);
}

static inline bool
word_left(uint64_t was)
{
	uint64_t readers = was & ~W_FLAGS;

	return (was & W_WAIT) != 0 && ((was & W_WRLOCK) != 0 ||
	    readers == W_ONE || (readers == 2 * W_ONE &&
	    (was & W_UPGRADE) != 0));
}

#endif /* LOCKS_WORD_INT_H */

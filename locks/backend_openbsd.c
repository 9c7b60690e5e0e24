/*
 * backend_openbsd.c: the rwlock of OpenBSD as of 2021; its word is drawn in
 * word_int.h.
 *
 * A writer needs the word to be zero, a reader needs neither WRLOCK nor
 * WRWANT.  Nothing is handed over: who frees the lock wakes everybody, and
 * they race for it with whoever comes by.  A waiting writer keeps new readers
 * out by WRWANT, but when the last reader leaves, WRWANT goes with it, and a
 * reader may be faster than the writer then woken.
 *
 * A sleeper sets its bits in the word while the word refuses it, and sleeps
 * unless the word has moved.  Who frees the lock clears the bits, and wakes
 * afterwards, so no wake-up falls between.  It wakes by address: from when
 * another one can have it, it can be gone, too.
 *
 * An upgrader that waits is not of 2021.  It sleeps as a writer does, but the
 * lock is not freed before its turn comes: it sets UPGRADE, and then the
 * reader that leaves one other behind wakes everybody, too.
 */
#include <limits.h>

#include "locks/word_int.h"

static void
openbsd_init(struct rwlock *rw)
{
	lk_put(&rw->rwl_word, 0);
}

static void
openbsd_fini(struct rwlock *rw)
{
	lk_put(&rw->rwl_word, 0);
}

/* Turn round while a writer is on the way out; sleepers go first. */
static bool
spin(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	unsigned i;

	for (i = 0; i < lk_sv->spin; i++) {
		uint64_t o = lk_get(&rw->rwl_word);

		if ((o & (W_WRLOCK | W_WAIT)) != W_WRLOCK)
			return word_try(rw, mode, me);
		lk_relax();
	}
	return false;
}

/* Sleep until the word is another; o: as it was seen last, bits and all. */
static void
sleep_on(struct rwlock *rw, uint64_t o)
{
	lk_park(&rw->rwl_half[W_LOW], (uint32_t)o, INFSLP);
}

/* Sleep until the lock is freed next; at once back if it is free. */
static void
openbsd_sleep_once(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	const struct word_how *how = &word_how[mode];
	uint64_t o = lk_get(&rw->rwl_word);

	do {
		if ((o & how->clear) == 0)
			return;
	} while ((o & how->waits) != how->waits &&
	    !word_cas(rw, &o, o | how->waits, memory_order_relaxed));
	sleep_on(rw, o | how->waits);
}

static void
openbsd_enter(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	if (spin(rw, mode, me))
		return;
	while (!word_try(rw, mode, me))
		openbsd_sleep_once(rw, mode, me);
}

static void
wake_all(struct rwlock *rw)
{
	lk_unpark(&rw->rwl_half[W_LOW], INT_MAX);
}

static void
openbsd_exit(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	uint64_t o = lk_get(&rw->rwl_word), n;

	do {
		if (mode == LKM_WRITE || (o & ~W_FLAGS) == W_ONE)
			n = 0;
		else
			n = o - W_ONE;
	} while (!word_cas(rw, &o, n, memory_order_release));
	if ((o & W_WAIT) != 0 && (n == 0 || ((n & W_UPGRADE) != 0 &&
	    (n & ~W_FLAGS) == W_ONE)))
		wake_all(rw);
}

/*
 * The last reader left its bits behind, and they keep all others out until
 * they are cleared.  A writer left none; who upgrades has taken them over.
 */
static void
openbsd_freed(struct rwlock *rw, uint64_t was)
{
	if ((was & W_WRLOCK) == 0 && (was & ~W_FLAGS) == W_ONE)
		atomic_fetch_and_explicit(&rw->rwl_word, ~(W_WAIT | W_WRWANT |
		    W_UPGRADE), memory_order_release);
	wake_all(rw);
}

static void
openbsd_downgrade(struct rwlock *rw, uint64_t me)
{
	uint64_t o = lk_get(&rw->rwl_word);

	while (!word_cas(rw, &o, W_ONE, memory_order_release))
		;
	if ((o & W_WAIT) != 0)
		wake_all(rw);
}

static bool
openbsd_try_upgrade(struct rwlock *rw, uint64_t me)
{
	uint64_t o = lk_get(&rw->rwl_word);

	while ((o & ~W_FLAGS) == W_ONE)
		if (word_cas(rw, &o, W_OWNER(me) | (o & (W_WAIT | W_WRWANT)),
		    memory_order_acquire))
			return true;
	return false;
}

static void
openbsd_upgrade(struct rwlock *rw, uint64_t me)
{
	const uint64_t waits = word_how[LKM_WRITE].waits | W_UPGRADE;

	while (!openbsd_try_upgrade(rw, me)) {
		uint64_t o = lk_get(&rw->rwl_word);

		while ((o & ~W_FLAGS) != W_ONE && (o & waits) != waits &&
		    !word_cas(rw, &o, o | waits, memory_order_relaxed))
			;
		if ((o & ~W_FLAGS) != W_ONE)
			sleep_on(rw, o | waits);
	}
}

static void
openbsd_state(const struct rwlock *rw, struct lk_lockstate *st)
{
	uint64_t o = lk_get(&rw->rwl_word);

	st->writer = (o & W_WRLOCK) != 0 ? (o & ~W_FLAGS) >> 3 : 0;
	st->readers = (o & W_WRLOCK) != 0 ? 0 : (o & ~W_FLAGS) >> 3;
	st->waiters = (o & W_WAIT) != 0;
}

const struct lk_backend lk_backend_openbsd = {
	.name = "openbsd",
	.help = "OpenBSD 2021: one word, readers yield to a waiting writer, "
	    "exit wakes all",
	.flags = LKB_EXCLUDES | LKB_UPGRADES | LKB_WORD,
	.init = openbsd_init,
	.fini = openbsd_fini,
	.try = word_try,
	.enter = openbsd_enter,
	.exit = openbsd_exit,
	.freed = openbsd_freed,
	.downgrade = openbsd_downgrade,
	.try_upgrade = openbsd_try_upgrade,
	.upgrade = openbsd_upgrade,
	.sleep_once = openbsd_sleep_once,
	.state = openbsd_state,
};

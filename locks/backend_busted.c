/*
 * backend_busted.c: excludes nobody, on purpose.  Every test of exclusion
 * must fail with it, or it tests nothing.
 *
 * The word is kept as in word_int.h, so that a lone strand, or readers alone,
 * see a state that looks right.
 */
#include "locks/word_int.h"

static void
busted_init(struct rwlock *rw)
{
	lk_put(&rw->rwl_word, 0);
}

static bool
busted_try(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	uint64_t o = lk_get(&rw->rwl_word);

	if (mode == LKM_WRITE)
		lk_put(&rw->rwl_word, W_OWNER(me));
	else if ((o & W_WRLOCK) == 0)
		lk_add(&rw->rwl_word, W_ONE);
	return true;
}

static void
busted_enter(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	busted_try(rw, mode, me);
}

static void
busted_exit(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	uint64_t o = lk_get(&rw->rwl_word);

	if (mode == LKM_WRITE)
		lk_put(&rw->rwl_word, 0);
	else if ((o & W_WRLOCK) == 0 && o >= W_ONE)
		lk_add(&rw->rwl_word, -W_ONE);
}

static void
busted_downgrade(struct rwlock *rw, uint64_t me)
{
	lk_put(&rw->rwl_word, W_ONE);
}

static bool
busted_try_upgrade(struct rwlock *rw, uint64_t me)
{
	lk_put(&rw->rwl_word, W_OWNER(me));
	return true;
}

static void
busted_upgrade(struct rwlock *rw, uint64_t me)
{
	busted_try_upgrade(rw, me);
}

static void
busted_state(const struct rwlock *rw, struct lk_lockstate *st)
{
	uint64_t o = lk_get(&rw->rwl_word);

	st->writer = (o & W_WRLOCK) != 0 ? o >> 3 : 0;
	st->readers = (o & W_WRLOCK) != 0 ? 0 : o >> 3;
	st->waiters = false;
}

const struct lk_backend lk_backend_busted = {
	.name = "busted",
	.help = "excludes nobody; every run with it must fail",
	.flags = LKB_UPGRADES,
	.init = busted_init,
	.fini = busted_init,
	.try = busted_try,
	.enter = busted_enter,
	.exit = busted_exit,
	.downgrade = busted_downgrade,
	.try_upgrade = busted_try_upgrade,
	.upgrade = busted_upgrade,
	.sleep_once = NULL,
	.state = busted_state,
};

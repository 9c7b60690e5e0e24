/*
 * fast.c: the short way into a lock and out of it.
 *
 * For a plain take of a lock of word_int.h that is free, by a strand that
 * needs no looking after: full recording, on a stack that the chain cache
 * knows; or recording of less than every take.  Everything else is
 * rwlock.c's.
 *
 * What it costs is two atomics, and that all stores before each of them are
 * on their way to memory; so every store here was thought about.  Functions
 * call nothing but by a jump at their end, and need no frame.
 */
#include "locks/annotate_int.h"
#include "locks/note_int.h"
#include "locks/word_int.h"

#define ALWAYS_INLINE	__attribute__((always_inline)) static inline

_Static_assert(LKN_LOCK == 0 && LKH_PLAIN == 0, "packs of plain takes");

ALWAYS_INLINE bool
take(struct rwlock *rw, enum lk_mode mode, const struct lk_slot *s,
    uint64_t seen)
{
	bool got;

	lk_tsan_pre_lock(rw, mode == LKM_READ, true);
	got = word_try_seen(rw, mode, s->me, seen);
	lk_tsan_post_lock(rw, mode == LKM_READ, true, got);
	return __builtin_expect(got, 1);
}

/*
 * A destroyed lock, one without a class and a site without an id have packs
 * that no entry of the cache has.
 */
ALWAYS_INLINE int
enter_full(struct lk_slot *s, struct rwlock *rw, enum lk_mode mode,
    struct lk_site *site)
{
	uint32_t top = lk_get(&s->top);
	uint64_t seen = word_peek(rw, mode);
	struct lk_push p;

	lk_push_plan(s, top, (uintptr_t)rw, lk_get(&rw->rwl_gen),
	    LK_PACK(lk_get(&site->ls_id), lk_get(&rw->rwl_class), LKN_LOCK,
	    LKH_PLAIN, mode), &p);
	lk_push_ready(&p);
	if (__builtin_expect(!lk_push_known(s, &p) || top == LK_MAXHELD, 0) ||
	    !take(rw, mode, s, seen))
		return lk_rw_enter_slow(rw, mode, site);
	lk_rel(&s->top, top + 1);
	if (lk_chain_tick(p.e))
		lk_hold_sampled(s, p.e);
	return 0;
}

ALWAYS_INLINE int
enter_less(struct lk_slot *s, struct rwlock *rw, enum lk_mode mode,
    struct lk_site *site)
{
	uint32_t top = lk_get(&s->top), class = lk_get(&rw->rwl_class);
	uint32_t id = lk_get(&site->ls_id);
	uint64_t seen = word_peek(rw, mode);
	struct lk_push p;

	if (__builtin_expect(!LK_CLASSED(class) || id == 0 ||
	    top == LK_MAXHELD, 0))
		return lk_rw_enter_slow(rw, mode, site);
	lk_push_plan(s, top, (uintptr_t)rw, lk_get(&rw->rwl_gen),
	    LK_PACK(id, class, LKN_LOCK, LKH_PLAIN, mode), &p);
	lk_push_ready(&p);
	if (!take(rw, mode, s, seen))
		return lk_rw_enter_slow(rw, mode, site);
	lk_rel(&s->top, top + 1);
	return 0;
}

ALWAYS_INLINE int
enter(struct rwlock *rw, enum lk_mode mode, struct lk_site *site)
{
	struct lk_slot *s = lk_me;
	uint32_t hot = lk_get(&lk_hot);

	if (__builtin_expect(s == NULL, 0))
		return lk_rw_enter_slow(rw, mode, site);
	if (__builtin_expect(hot == 0, 1))
		return enter_full(s, rw, mode, site);
	if (hot == LKH_LEVEL)
		return enter_less(s, rw, mode, site);
	return lk_rw_enter_slow(rw, mode, site);
}

int
lk_rw_write(struct rwlock *rw, struct lk_site *site)
{
	return enter(rw, LKM_WRITE, site);
}

int
lk_rw_read(struct rwlock *rw, struct lk_site *site)
{
	return enter(rw, LKM_READ, site);
}

int
lk_rw_enter(struct rwlock *rw, unsigned long flags, struct lk_site *site)
{
	if (flags == RW_WRITE)
		return lk_rw_write(rw, site);
	if (flags == RW_READ)
		return lk_rw_read(rw, site);
	return lk_rw_enter_slow(rw, flags, site);
}

/* ------------------------------------------------------------------------
 * Out
 */

/* Somebody may be waiting. */
__attribute__((noinline))
static void
exit_waited(struct rwlock *rw, struct lk_slot *s, uint64_t pack)
{
	lk_letgo_note(s, (uintptr_t)rw, pack);
	lk_be->exit(rw, LK_PACK_MODE(pack), s->me);
}

void
lk_rw_exit(struct rwlock *rw, struct lk_site *site)
{
	struct lk_slot *s = lk_me;
	const struct lk_held *h;
	enum lk_mode mode;
	uint64_t pack;
	uint32_t top;
	bool freed;

	if (__builtin_expect(s == NULL, 0))
		return lk_rw_exit_slow(rw, site);
	top = lk_get(&s->top);
	h = &s->held[top];
	/* above a hole, and timed ones, take longer */
	if (__builtin_expect(lk_get(&h->ident) != (uintptr_t)rw ||
	    lk_get(&h->since) != 0 || (lk_get(&lk_hot) & ~LKH_LEVEL) != 0 ||
	    lk_get(&h[-1].ident) == 0, 0))
		return lk_rw_exit_slow(rw, site);
	pack = lk_get(&h->pack);
	mode = LK_PACK_MODE(pack);
	lk_rel(&s->top, top - 1);
	lk_tsan_pre_unlock(rw, mode == LKM_READ);
	if (mode == LKM_WRITE)
		freed = word_exit_free(rw, LKM_WRITE, s->me);
	else
		freed = word_exit_free(rw, LKM_READ, s->me);
	if (__builtin_expect(!freed, 0))
		exit_waited(rw, s, pack);
	lk_tsan_post_unlock(rw, mode == LKM_READ);
}

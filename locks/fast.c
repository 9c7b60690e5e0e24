/*
 * fast.c: the short way into a lock and out of it.
 *
 * For a plain take of a mutex or a lock of word_int.h that is free, by a strand that
 * needs no looking after: full recording, on a stack that the chain cache
 * knows; or recording of less than every take.  Everything else is
 * rwlock.c's.
 *
 * What it costs is two atomics, and that all stores before each of them are
 * on their way to memory; so every store here was thought about.  Functions
 * call nothing but by a jump at their end, and need no frame.
 */
#include "locks/annotate_fast_int.h"
#include "locks/hb_int.h"
#include "locks/mutex_int.h"
#include "locks/note_int.h"
#include "locks/word_int.h"

#define ALWAYS_INLINE	__attribute__((always_inline)) static inline

_Static_assert(LKN_LOCK == 0 && LKH_PLAIN == 0, "packs of plain takes");

ALWAYS_INLINE bool
take(struct rwlock *rw, enum lk_mode mode, const struct lk_slot *s,
    uint64_t guess)
{
	bool got;

	lk_tsan_pre_lock(rw, mode == LKM_READ, true);
	got = word_try_free(rw, mode, s->me, guess);
	lk_tsan_post_lock(rw, mode == LKM_READ, true, got);
	return __builtin_expect(got, 1);
}

/* acted: the point before it is passed. */
ALWAYS_INLINE int
enter_long(struct rwlock *rw, enum lk_mode mode, struct lk_site *site,
    bool acted)
{
	return acted ? lk_rw_enter_now(rw, mode, site) :
	    lk_rw_enter_slow(rw, mode, site);
}

/*
 * A destroyed lock, one without a class and a site without an id have packs
 * that no entry of the cache has.
 */
ALWAYS_INLINE int
enter_full(struct lk_slot *s, struct rwlock *rw, enum lk_mode mode,
    struct lk_site *site, uint32_t top, bool acted)
{
	struct lk_push p;
	uint64_t guess;

	/* a lone writer's lock is at hand more often than not */
	if (mode == LKM_READ || !(__builtin_constant_p(top) && top == 0))
		lk_soon(rw);
	guess = word_guess(rw, mode);
	lk_push_plan(s, top, (uintptr_t)rw, lk_get(&rw->rwl_gen),
	    LK_PACK(lk_get(&site->ls_id), lk_get(&rw->rwl_class), LKN_LOCK,
	    LKH_PLAIN, mode), &p);
	lk_push_ready(&p);
	if (__builtin_expect(!lk_push_known(s, &p) || top == LK_MAXHELD, 0) ||
	    !take(rw, mode, s, guess))
		return enter_long(rw, mode, site, acted);
	lk_rel(&s->top, top + 1);
	if (lk_chain_tick(p.e))
		lk_hold_sampled(s, p.e);
	if (acted)
		lk_chain_follow(s, p.e);
	return 0;
}

/* Not every take is recorded: there is nothing to look up. */
ALWAYS_INLINE int
enter_less(struct lk_slot *s, struct rwlock *rw, enum lk_mode mode,
    struct lk_site *site, uint32_t top, bool acted)
{
	uint32_t class = lk_get(&rw->rwl_class), id = lk_get(&site->ls_id);

	if (__builtin_expect(!LK_CLASSED(class) || id == 0 ||
	    top == LK_MAXHELD, 0))
		return enter_long(rw, mode, site, acted);
	lk_push_bare(&s->held[top] + 1, (uintptr_t)rw, lk_get(&rw->rwl_gen),
	    LK_PACK(id, class, LKN_LOCK, LKH_PLAIN, mode));
	if (!take(rw, mode, s, word_guess(rw, mode)))
		return enter_long(rw, mode, site, acted);
	lk_rel(&s->top, top + 1);
	return 0;
}

/*
 * Somebody looks at points: perturbed, or explored, where this way is the
 * usual one.  With an eye on memory, what locks order is noted as well, by
 * the long way.
 */
ALWAYS_INLINE int
enter_looked_at(struct lk_slot *s, struct rwlock *rw, enum lk_mode mode,
    struct lk_site *site)
{
	uint32_t hot, top;

	if (__builtin_expect(lk_get(&site->ls_id) == 0 || lk_hb != NULL, 0))
		return lk_rw_enter_slow(rw, mode, site);
	lk_soon(rw);
	lk_act(s, mode == LKM_WRITE ? LKA_WRITE : LKA_READ, LKN_LOCK,
	    (uintptr_t)rw, site);
	hot = lk_get(&lk_hot);
	top = lk_get(&s->top);
	if (hot == (LKH_LEVEL | LKH_ACT))
		return enter_less(s, rw, mode, site, top, true);
	if (hot == LKH_ACT && !lk_held_keyless(s, top))
		return enter_full(s, rw, mode, site, top, true);
	return lk_rw_enter_now(rw, mode, site);
}

/* Something is held already, or not everything is recorded. */
ALWAYS_INLINE int
enter_else(struct lk_slot *s, struct rwlock *rw, enum lk_mode mode,
    struct lk_site *site)
{
	uint32_t hot = lk_get(&lk_hot), top;

	if (__builtin_expect(s != NULL, 1)) {
		top = lk_get(&s->top);
		if (hot == LKH_LEVEL)
			return top == 0 ?
			    enter_less(s, rw, mode, site, 0, false) :
			    enter_less(s, rw, mode, site, top, false);
		if ((hot & ~LKH_LEVEL) == LKH_ACT)
			return enter_looked_at(s, rw, mode, site);
		if (hot == 0 && !lk_held_keyless(s, top))
			return enter_full(s, rw, mode, site, top, false);
	}
	return lk_rw_enter_slow(rw, mode, site);
}

__attribute__((noinline))
static int
write_else(struct rwlock *rw, struct lk_site *site, struct lk_slot *s)
{
	return enter_else(s, rw, LKM_WRITE, site);
}

__attribute__((noinline))
static int
read_else(struct rwlock *rw, struct lk_site *site, struct lk_slot *s)
{
	return enter_else(s, rw, LKM_READ, site);
}

/*
 * With nothing held all addresses are known at once: nothing has to wait for
 * what the last way out has written.
 */
ALWAYS_INLINE bool
plain(const struct lk_slot *s)
{
	return __builtin_expect(s != NULL && lk_get(&lk_hot) == 0, 1) &&
	    lk_get(&s->top) == 0;
}

int
lk_rw_write(struct rwlock *rw, struct lk_site *site)
{
	struct lk_slot *s = lk_me;

	if (plain(s))
		return enter_full(s, rw, LKM_WRITE, site, 0, false);
	return write_else(rw, site, s);
}

int
lk_rw_read(struct rwlock *rw, struct lk_site *site)
{
	struct lk_slot *s = lk_me;

	if (plain(s))
		return enter_full(s, rw, LKM_READ, site, 0, false);
	return read_else(rw, site, s);
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
exit_waited(struct rwlock *rw, struct lk_slot *s, uint64_t pack, uint64_t was)
{
	lk_letgo_note(s, (uintptr_t)rw, pack);
	if (word_left(was))
		lk_be->freed(rw, was);
}

ALWAYS_INLINE void
leave(struct rwlock *rw, enum lk_mode mode, struct lk_slot *s, uint64_t pack)
{
	uint64_t was;

	lk_tsan_pre_unlock(rw, mode == LKM_READ);
	was = word_exit(rw, mode);
	lk_tsan_post_unlock(rw, mode == LKM_READ);
	if (__builtin_expect((was & W_WAIT) != 0, 0))
		exit_waited(rw, s, pack, was);
}

/* The newest, not timed, above no hole: these take longer. */
ALWAYS_INLINE bool
top_is(const struct lk_slot *s, uint32_t top, uintptr_t ident)
{
	const struct lk_held *h = &s->held[top];

	return __builtin_expect(lk_get(&h->ident) == ident &&
	    lk_get(&h->since) == 0 && (top == 1 || lk_get(&h[-1].ident) != 0),
	    1);
}

__attribute__((noinline))
static void
exit_looked_at(struct lk_slot *s, struct rwlock *rw, struct lk_site *site,
    uint32_t top)
{
	uint64_t pack;

	if ((lk_get(&lk_hot) & ~LKH_LEVEL) != LKH_ACT || lk_hb != NULL ||
	    !top_is(s, top, (uintptr_t)rw))
		return lk_rw_exit_slow(rw, site);
	lk_act(s, LKA_EXIT, LKN_LOCK, (uintptr_t)rw, site);
	pack = lk_get(&s->held[top].pack);
	lk_rel(&s->top, top - 1);
	leave(rw, LK_PACK_MODE(pack), s, pack);
}

ALWAYS_INLINE void
exit_at(struct lk_slot *s, struct rwlock *rw, struct lk_site *site, uint32_t top)
{
	uint64_t pack;

	if (__builtin_expect(!top_is(s, top, (uintptr_t)rw) ||
	    (lk_get(&lk_hot) & ~LKH_LEVEL) != 0, 0))
		return exit_looked_at(s, rw, site, top);
	pack = lk_get(&s->held[top].pack);
	lk_rel(&s->top, top - 1);
	if (LK_PACK_MODE(pack) == LKM_WRITE)
		leave(rw, LKM_WRITE, s, pack);
	else
		leave(rw, LKM_READ, s, pack);
}

void
lk_rw_exit(struct rwlock *rw, struct lk_site *site)
{
	struct lk_slot *s = lk_me;
	uint32_t top;

	if (__builtin_expect(s == NULL, 0))
		return lk_rw_exit_slow(rw, site);
	top = lk_get(&s->top);
	if (top == 1)
		return exit_at(s, rw, site, 1);
	return exit_at(s, rw, site, top);
}

/* ------------------------------------------------------------------------
 * Mutexes
 */

ALWAYS_INLINE void
mtx_enter_full(struct lk_slot *s, struct mutex *mtx, struct lk_site *site,
    uint32_t top, bool acted)
{
	struct lk_push p;

	lk_push_plan(s, top, (uintptr_t)mtx, lk_get(&mtx->mtx_gen),
	    LK_PACK(lk_get(&site->ls_id), lk_get(&mtx->mtx_class), LKN_MUTEX,
	    LKH_PLAIN, LKM_WRITE), &p);
	lk_push_ready(&p);
	if (__builtin_expect(!lk_push_known(s, &p) || top == LK_MAXHELD, 0) ||
	    !mtx_take(mtx))
		return acted ? lk_mtx_enter_now(mtx, site) :
		    lk_mtx_enter_slow(mtx, site);
	lk_rel(&s->top, top + 1);
	if (lk_chain_tick(p.e))
		lk_hold_sampled(s, p.e);
	if (acted)
		lk_chain_follow(s, p.e);
}

/* As enter_less. */
ALWAYS_INLINE void
mtx_enter_less(struct lk_slot *s, struct mutex *mtx, struct lk_site *site,
    uint32_t top)
{
	uint32_t class = lk_get(&mtx->mtx_class);

	if (__builtin_expect(!LK_CLASSED(class) || top == LK_MAXHELD, 0))
		return lk_mtx_enter_now(mtx, site);
	lk_push_bare(&s->held[top] + 1, (uintptr_t)mtx, lk_get(&mtx->mtx_gen),
	    LK_PACK(lk_get(&site->ls_id), class, LKN_MUTEX, LKH_PLAIN,
	    LKM_WRITE));
	if (!mtx_take(mtx))
		return lk_mtx_enter_now(mtx, site);
	lk_rel(&s->top, top + 1);
}

/* As enter_less and enter_looked_at. */
__attribute__((noinline))
static void
mtx_enter_else(struct lk_slot *s, struct mutex *mtx, struct lk_site *site)
{
	uint32_t hot = lk_get(&lk_hot) & ~LKH_BACKEND, top;

	if ((hot & ~(LKH_LEVEL | LKH_ACT)) != 0 ||
	    lk_get(&site->ls_id) == 0 || lk_hb != NULL)
		return lk_mtx_enter_slow(mtx, site);
	if ((hot & LKH_ACT) != 0) {
		lk_soon(mtx);
		lk_act(s, LKA_WRITE, LKN_MUTEX, (uintptr_t)mtx, site);
	}
	hot = lk_get(&lk_hot) & ~LKH_BACKEND;
	top = lk_get(&s->top);
	if ((hot & ~LKH_ACT) == LKH_LEVEL)
		return mtx_enter_less(s, mtx, site, top);
	if ((hot & ~LKH_ACT) == 0 && !lk_held_keyless(s, top))
		return mtx_enter_full(s, mtx, site, top, true);
	lk_mtx_enter_now(mtx, site);
}

void
lk_mtx_enter(struct mutex *mtx, struct lk_site *site)
{
	struct lk_slot *s = lk_me;
	uint32_t top;

	if (__builtin_expect(s == NULL, 0))
		return lk_mtx_enter_slow(mtx, site);
	if (__builtin_expect((lk_get(&lk_hot) & ~LKH_BACKEND) != 0, 0))
		return mtx_enter_else(s, mtx, site);
	top = lk_get(&s->top);
	if (top == 0)
		return mtx_enter_full(s, mtx, site, 0, false);
	if (__builtin_expect(lk_held_keyless(s, top), 0))
		return lk_mtx_enter_slow(mtx, site);
	mtx_enter_full(s, mtx, site, top, false);
}

__attribute__((noinline))
static void
mtx_waited(struct mutex *mtx, struct lk_slot *s, uint64_t pack)
{
	lk_letgo_note(s, (uintptr_t)mtx, pack);
	lk_unpark(&mtx->mtx_word, 1);
}

ALWAYS_INLINE void
mtx_free(struct lk_slot *s, struct mutex *mtx, uint32_t top)
{
	uint64_t pack = lk_get(&s->held[top].pack);
	uint32_t was;

	lk_rel(&s->top, top - 1);
	lk_tsan_pre_unlock(mtx, false);
	was = atomic_exchange_explicit(&mtx->mtx_word, 0,
	    memory_order_release);
	lk_tsan_post_unlock(mtx, false);
	if (__builtin_expect(was == 2, 0))
		mtx_waited(mtx, s, pack);
}

__attribute__((noinline))
static void
mtx_leave_looked_at(struct lk_slot *s, struct mutex *mtx,
    struct lk_site *site, uint32_t top)
{
	if ((lk_get(&lk_hot) & ~(LKH_LEVEL | LKH_BACKEND)) != LKH_ACT ||
	    lk_hb != NULL || !top_is(s, top, (uintptr_t)mtx))
		return lk_mtx_leave_slow(mtx, site);
	lk_act(s, LKA_EXIT, LKN_MUTEX, (uintptr_t)mtx, site);
	mtx_free(s, mtx, top);
}

ALWAYS_INLINE void
mtx_leave_at(struct lk_slot *s, struct mutex *mtx, struct lk_site *site,
    uint32_t top)
{
	if (__builtin_expect(!top_is(s, top, (uintptr_t)mtx) ||
	    (lk_get(&lk_hot) & ~(LKH_LEVEL | LKH_BACKEND)) != 0, 0))
		return mtx_leave_looked_at(s, mtx, site, top);
	mtx_free(s, mtx, top);
}

void
lk_mtx_leave(struct mutex *mtx, struct lk_site *site)
{
	struct lk_slot *s = lk_me;
	uint32_t top;

	if (__builtin_expect(s == NULL, 0))
		return lk_mtx_leave_slow(mtx, site);
	top = lk_get(&s->top);
	if (top == 1)
		return mtx_leave_at(s, mtx, site, 1);
	mtx_leave_at(s, mtx, site, top);
}

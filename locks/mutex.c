/* mutex.c: a mutex on one futex word, with the same notes as a rwlock. */
#include "locks/annotate_int.h"
#include "locks/mutex_int.h"
#include "locks/order_trace_int.h"

static inline uint64_t
ident_of(const struct mutex *mtx)
{
	return (uint64_t)(uintptr_t)mtx;
}

static const char *
name_of(const struct mutex *mtx)
{
	return mtx->mtx_name != NULL ? mtx->mtx_name : "(unnamed)";
}

static uint32_t
class_of(struct mutex *mtx, struct lk_site *site)
{
	uint32_t class = lk_get(&mtx->mtx_class);

	if (LK_CLASSED(class))
		return class;
	if (class == LK_DEAD) {
		lk_incident_at("lock.use-after-destroy", site,
		    "mutex %p was destroyed", (void *)mtx);
		lk_put(&mtx->mtx_word, 0);
	}
	class = mtx->mtx_name != NULL ?
	    lk_class_id(mtx->mtx_name, LKN_MUTEX, site) :
	    lk_class_at(LKN_MUTEX, site);
	lk_put(&mtx->mtx_class, class);
	return class;
}

static void
word_wait(struct mutex *mtx)
{
	lk_tsan_pre_lock(mtx, false, false);
	lk_self()->strand->entering = mtx;
	while (atomic_exchange_explicit(&mtx->mtx_word, 2,
	    memory_order_acquire) != 0)
		lk_park(&mtx->mtx_word, 2, INFSLP);
	lk_self()->strand->entering = NULL;
	lk_tsan_post_lock(mtx, false, false, true);
}

static inline void
word_free(struct mutex *mtx)
{
	uint32_t was;

	lk_tsan_pre_unlock(mtx, false);
	was = atomic_exchange_explicit(&mtx->mtx_word, 0,
	    memory_order_release);
	lk_tsan_post_unlock(mtx, false);
	if (was == 2)
		lk_unpark(&mtx->mtx_word, 1);
}

void
lk_mtx_init(struct mutex *mtx, const char *name, struct lk_site *site)
{
	uint32_t class = lk_get(&mtx->mtx_class);
	char who[LK_WORDS];

	if (LK_CLASSED(class) && class < LK_MAXCLASS &&
	    lk_get(&mtx->mtx_word) != 0 && lk_held_by(ident_of(mtx)) != -1)
		lk_incident_at("lock.init-held", site, "mutex %p (%s) is held "
		    "by %s", (void *)mtx, name != NULL ? name : "(unnamed)",
		    lk_who_holds(who, sizeof(who), ident_of(mtx)));
	lk_put(&mtx->mtx_word, 0);
	lk_put(&mtx->mtx_gen, lk_gen_new());
	mtx->mtx_name = name;
	lk_put(&mtx->mtx_class, name != NULL ?
	    lk_class_id(name, LKN_MUTEX, site) :
	    lk_class_at(LKN_MUTEX, site));
	if (lk_traced())
		lk_trace_note(lk_self(), LKT_INIT, ident_of(mtx), LK_PACK(
		    lk_site_id(site), lk_get(&mtx->mtx_class), LKN_MUTEX, 0,
		    0), lk_get(&mtx->mtx_gen), 0);
	lk_tsan_create(mtx);
}

void
lk_mtx_destroy(struct mutex *mtx, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	uint32_t word = lk_get(&mtx->mtx_word);
	unsigned at = lk_held_find(s, ident_of(mtx));
	char who[LK_WORDS];

	if (lk_get(&mtx->mtx_class) == LK_DEAD) {
		lk_incident_at("lock.use-after-destroy", site,
		    "mutex %p is destroyed twice", (void *)mtx);
		return;
	}
	if (word != 0)
		lk_incident_at("lock.destroy-held", site, "mutex %p (%s) is "
		    "held by %s", (void *)mtx, name_of(mtx),
		    lk_who_holds(who, sizeof(who), ident_of(mtx)));
	/* who wants it says so before the mutex knows */
	if (word != 0 && lk_who_waits(who, sizeof(who), ident_of(mtx))[0] !=
	    '\0')
		lk_incident_at("lock.destroy-waited", site, "mutex %p (%s) is "
		    "waited for by %s", (void *)mtx, name_of(mtx), who);
	if (at != 0) {
		lk_held_drop(s, at);
		word_free(mtx);
	}
	lk_trace(s, LKT_FREE, ident_of(mtx), LK_PACK(lk_site_id(site),
	    lk_get(&mtx->mtx_class), LKN_MUTEX, 0, 0), lk_get(&mtx->mtx_gen),
	    0);
	if (at != 0 || word == 0)
		lk_tsan_destroy(mtx);
	lk_put(&mtx->mtx_word, 0);
	lk_put(&mtx->mtx_gen, lk_gen_new());
	lk_put(&mtx->mtx_class, LK_DEAD);
}

static void
mtx_wait(struct lk_slot *s, struct mutex *mtx, uint64_t pack,
    struct lk_site *site)
{
	const uint64_t waited = LK_PACK(0, 0, 0, LKH_WAITED, 0);
	uint32_t gen = lk_get(&mtx->mtx_gen);
	unsigned at = lk_held_find(s, ident_of(mtx));
	char where[LK_WORDS];
	uint64_t now;

	if (at != 0)
		lk_incident_at("lock.self-deadlock", site, "mutex %p (%s) is "
		    "wanted by its own holder, who took it at %s",
		    (void *)mtx, name_of(mtx), lk_taken_at(where,
		    sizeof(where), lk_get(&s->held[at].pack)));
	lk_dep_want(s, ident_of(mtx), pack | waited, gen);
	lk_note_want(s, ident_of(mtx), pack);
	lk_trace(s, LKT_WANT, ident_of(mtx), pack, gen, 0);
	pack |= waited;
	word_wait(mtx);
	now = lk_sv->now();
	lk_note_have(s, ident_of(mtx), gen, pack);
	lk_hold_since(s, now);
	lk_note_unwant(s, now);
}

uint32_t
mtx_sequence(struct mutex *mtx)
{
	return lk_get(&mtx->mtx_seq);
}

/* It is held, just now. */
static inline void
taken(struct mutex *mtx, uint64_t pack)
{
	uint32_t hot = lk_get(&lk_hot);

	if (__builtin_expect((hot & (LKH_SEQ | LKH_TRACE)) != 0, 0))
		lk_bump(&mtx->mtx_seq, 1);
	lk_trace(lk_me, LKT_HAVE, ident_of(mtx), pack, lk_get(&mtx->mtx_gen),
	    lk_get(&mtx->mtx_seq));
	if (__builtin_expect((hot & LKH_INSIDE) != 0, 0))
		lk_stay_inside(LK_PACK_CLASS(pack));
}

void
lk_mtx_enter_slow(struct mutex *mtx, struct lk_site *site)
{
	if (__builtin_expect(lk_get(&lk_hot) & LKH_ACT, 0))
		lk_act(lk_self(), LKA_WRITE, LKN_MUTEX, ident_of(mtx), site);
	lk_mtx_enter_now(mtx, site);
}

void
lk_mtx_enter_now(struct mutex *mtx, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	uint64_t pack;

	pack = LK_PACK(lk_site_id(site), class_of(mtx, site), LKN_MUTEX,
	    LKH_PLAIN, LKM_WRITE);
	lk_push_warm(s, pack);
	if (__builtin_expect(!mtx_take(mtx), 0))
		mtx_wait(s, mtx, pack, site);
	else
		lk_note_have(s, ident_of(mtx), lk_get(&mtx->mtx_gen), pack);
	taken(mtx, pack);
}

bool
lk_mtx_try(struct mutex *mtx, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	uint64_t pack;

	if (__builtin_expect(lk_get(&lk_hot) & LKH_ACT, 0))
		lk_act(s, LKA_TRY, LKN_MUTEX, ident_of(mtx), site);
	pack = LK_PACK(lk_site_id(site), class_of(mtx, site), LKN_MUTEX,
	    LKH_TRIED, LKM_WRITE);
	if (!mtx_take(mtx)) {
		if (lk_get(&lk_record()->h->level) != LK_LEVEL_OFF)
			lk_row_count(s, LK_PACK_NOHOW(pack), LKC_tryfailed, 1);
		return false;
	}
	lk_note_have(s, ident_of(mtx), lk_get(&mtx->mtx_gen), pack);
	taken(mtx, pack);
	return true;
}

/* The caller's held stack does not have it. */
static bool
leave_not_held(struct lk_slot *s, struct mutex *mtx, struct lk_site *site)
{
	char who[LK_WORDS];

	if (lk_get(&s->over) != 0 && lk_get(&mtx->mtx_word) != 0) {
		lk_bump(&s->over, -1u);
		return true;
	}
	if (lk_get(&mtx->mtx_class) == LK_DEAD)
		lk_incident_at("lock.use-after-destroy", site,
		    "mutex %p was destroyed", (void *)mtx);
	else if (lk_get(&mtx->mtx_word) == 0)
		lk_incident_at("lock.exit-not-held", site,
		    "mutex %p (%s) is held by nobody", (void *)mtx,
		    name_of(mtx));
	else
		lk_incident_at("lock.exit-other", site, "mutex %p (%s) is "
		    "held by another: %s", (void *)mtx, name_of(mtx),
		    lk_who_holds(who, sizeof(who), ident_of(mtx)));
	return false;
}

void
lk_mtx_leave_slow(struct mutex *mtx, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	unsigned at = lk_held_find(s, ident_of(mtx));
	struct lk_hold hold = { 0 };

	if (__builtin_expect(lk_get(&lk_hot) & LKH_ACT, 0))
		lk_act(s, LKA_EXIT, LKN_MUTEX, ident_of(mtx), site);
	if (at != 0) {
		lk_hold_ends(s, at, &hold);
		lk_trace(s, LKT_DROP, ident_of(mtx), hold.pack,
		    lk_get(&mtx->mtx_gen), 0);
		lk_letgo_note(s, ident_of(mtx), hold.pack);
		lk_held_drop(s, at);
	} else if (!leave_not_held(s, mtx, site)) {
		return;
	}
	word_free(mtx);
	lk_hold_count(s, &hold);
}

bool
mtx_owned(struct mutex *mtx)
{
	const struct lk_slot *s = lk_self();

	return lk_held_find(s, ident_of(mtx)) != 0 || lk_get(&s->over) != 0;
}

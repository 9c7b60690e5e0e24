/*
 * rwlock.c: rwlock(9) over whichever backend, with its three notes.
 *
 * want is written before anything that can hang, have once the lock is ours,
 * drop just before it is let go.  Misuse is told as an incident and survived:
 * what is not held by the caller is not touched.
 */
#include <errno.h>

#include "locks/annotate_int.h"
#include "locks/order_trace_int.h"
#include "locks/word_int.h"

_Static_assert(sizeof(struct rwlock) <= 64, "a lock is one line");
_Static_assert((int)RW_WRITE == (int)LKM_WRITE && (int)RW_READ ==
    (int)LKM_READ, "flags of a plain take are its mode");

static inline uint64_t
me_of(const struct lk_slot *s)
{
	return s->me;
}

static inline uint64_t
ident_of(const struct rwlock *rw)
{
	return (uint64_t)(uintptr_t)rw;
}

static inline bool
watched(void)
{
	return (lk_be->flags & LKB_EXCLUDES) != 0;
}

static inline bool
be_try(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	bool got;

	if (watched())
		lk_tsan_pre_lock(rw, mode != LKM_WRITE, true);
	got = lk_be->try(rw, mode, me);
	if (watched())
		lk_tsan_post_lock(rw, mode != LKM_WRITE, true, got);
	return got;
}

static void
be_enter(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	if (watched())
		lk_tsan_pre_lock(rw, mode != LKM_WRITE, false);
	lk_self()->strand->entering = rw;
	lk_be->enter(rw, mode, me);
	lk_self()->strand->entering = NULL;
	if (watched())
		lk_tsan_post_lock(rw, mode != LKM_WRITE, false, true);
}

static inline void
be_exit(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	if (watched())
		lk_tsan_pre_unlock(rw, mode != LKM_WRITE);
	lk_be->exit(rw, mode, me);
	if (watched())
		lk_tsan_post_unlock(rw, mode != LKM_WRITE);
}

static inline enum lk_mode
mode_of(unsigned long flags)
{
	if ((flags & RW_OPMASK) == RW_WRITE)
		return LKM_WRITE;
	return (flags & RW_RECURSE) != 0 ? LKM_RREAD : LKM_READ;
}

static inline unsigned long
mode_flags(enum lk_mode mode)
{
	return mode == LKM_WRITE ? RW_WRITE : RW_READ;
}

static uint32_t
class_of(struct rwlock *rw, struct lk_site *site)
{
	uint32_t class = lk_get(&rw->rwl_class);

	if (LK_CLASSED(class))
		return class;
	if (class == LK_DEAD) {
		lk_incident_at("lock.use-after-destroy", site,
		    "lock %p was destroyed", (void *)rw);
		lk_be->init(rw);
	}
	class = rw->rwl_name != NULL ?
	    lk_class_id(rw->rwl_name, LKN_LOCK, site) :
	    lk_class_at(LKN_LOCK, site);
	lk_put(&rw->rwl_class, class);
	return class;
}

/*
 * Unique to the process, so that memory that was freed and zeroed does not
 * give the lock of before.  Where nothing is written down nobody asks; then it
 * is one for all, so that what is done again leaves the same.
 */
uint32_t
lk_gen_new(void)
{
	static _Atomic uint32_t last = 1;
	uint32_t gen;

	if (lk_get(&lk_record()->h->level) == LK_LEVEL_OFF && !lk_traced())
		return 1;
	do
		gen = lk_add(&last, 1) + 1;
	while (gen == 0);
	return gen;
}

static const char *
name_of(const struct rwlock *rw)
{
	return rw->rwl_name != NULL ? rw->rwl_name : "(unnamed)";
}

/* ------------------------------------------------------------------------
 * Beginning and end of a lock
 */

void
lk_rw_init(struct rwlock *rw, const char *name, struct lk_site *site)
{
	uint32_t class = lk_get(&rw->rwl_class);
	char who[LK_WORDS];

	/* fresh memory may hold anything: ask the strands, not the lock */
	if (LK_CLASSED(class) && class < LK_MAXCLASS &&
	    (lk_get(&rw->rwl_word) != 0 || rw->rwl_priv != NULL) &&
	    lk_held_by(ident_of(rw)) != -1)
		lk_incident_at("lock.init-held", site, "lock %p (%s) is held "
		    "by %s", (void *)rw, name != NULL ? name : "(unnamed)",
		    lk_who_holds(who, sizeof(who), ident_of(rw)));
	lk_be->init(rw);
	lk_put(&rw->rwl_gen, lk_gen_new());
	rw->rwl_name = name;
	rw->rwl_flags = 0;
	lk_put(&rw->rwl_class, name != NULL ?
	    lk_class_id(name, LKN_LOCK, site) : lk_class_at(LKN_LOCK, site));
	if (lk_traced())
		lk_trace_note(lk_self(), LKT_INIT, ident_of(rw), LK_PACK(
		    lk_site_id(site), lk_get(&rw->rwl_class), LKN_LOCK, 0, 0),
		    lk_get(&rw->rwl_gen), 0);
	if (watched())
		lk_tsan_create(rw);
}

void
lk_rw_destroy(struct rwlock *rw, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	struct lk_lockstate st;
	char who[LK_WORDS];
	unsigned at;

	if (lk_get(&rw->rwl_class) == LK_DEAD) {
		lk_incident_at("lock.use-after-destroy", site,
		    "lock %p is destroyed twice", (void *)rw);
		return;
	}
	lk_be->state(rw, &st);
	at = lk_held_find(s, ident_of(rw));
	if (st.writer != 0 || st.readers != 0)
		lk_incident_at("lock.destroy-held", site, "lock %p (%s) is "
		    "held by %s", (void *)rw, name_of(rw),
		    lk_who_holds(who, sizeof(who), ident_of(rw)));
	/* who wants it says so before the lock knows */
	if ((st.waiters || st.writer != 0 || st.readers != 0) &&
	    lk_who_waits(who, sizeof(who), ident_of(rw))[0] != '\0')
		lk_incident_at("lock.destroy-waited", site, "lock %p (%s) is "
		    "waited for by %s", (void *)rw, name_of(rw), who);
	if (at != 0) {
		enum lk_mode mode = LK_PACK_MODE(lk_get(&s->held[at].pack));

		lk_held_drop(s, at);
		be_exit(rw, mode, me_of(s));
	}
	/* it was told above that another one holds it: once is enough */
	if (watched() && (at != 0 || (st.writer == 0 && st.readers == 0)))
		lk_tsan_destroy(rw);
	lk_trace(s, LKT_FREE, ident_of(rw), LK_PACK(lk_site_id(site),
	    lk_get(&rw->rwl_class), LKN_LOCK, 0, 0), lk_get(&rw->rwl_gen), 0);
	lk_be->fini(rw);
	lk_put(&rw->rwl_gen, lk_gen_new());
	lk_put(&rw->rwl_class, LK_DEAD);
}

/* ------------------------------------------------------------------------
 * In
 */

static void
check_self(struct lk_slot *s, struct rwlock *rw, enum lk_mode mode,
    struct lk_site *site)
{
	unsigned at = lk_held_find(s, ident_of(rw));
	char where[LK_WORDS];
	uint64_t pack;

	if (at == 0)
		return;
	pack = lk_get(&s->held[at].pack);
	lk_incident_at("lock.self-deadlock", site, "lock %p (%s) is wanted "
	    "for %s by its own %s holder, who took it at %s", (void *)rw,
	    name_of(rw), lk_mode_name(mode), lk_mode_name(LK_PACK_MODE(pack)),
	    lk_taken_at(where, sizeof(where), pack));
}

/* It is taken: wait. */
static int
rw_wait(struct lk_slot *s, struct rwlock *rw, enum lk_mode mode,
    unsigned long flags, uint64_t pack, struct lk_site *site)
{
	const uint64_t waited = LK_PACK(0, 0, 0, LKH_WAITED, 0);
	uint32_t gen = lk_get(&rw->rwl_gen);
	uint64_t me = me_of(s), now;

	check_self(s, rw, mode, site);
	lk_dep_want(s, ident_of(rw), pack | waited, gen);
	lk_note_want(s, ident_of(rw), pack);
	lk_trace(s, LKT_WANT, ident_of(rw), pack, gen, 0);
	pack |= waited;
	if ((flags & RW_SLEEPFAIL) != 0 && lk_be->sleep_once != NULL) {
		lk_be->sleep_once(rw, mode, me);
		lk_note_unwant(s, lk_sv->now());
		return EAGAIN;
	}
	be_enter(rw, mode, me);
	now = lk_sv->now();
	if ((flags & RW_SLEEPFAIL) != 0) {
		be_exit(rw, mode, me);
		lk_note_unwant(s, now);
		return EAGAIN;
	}
	lk_note_have(s, ident_of(rw), gen, pack);
	lk_hold_since(s, now);
	lk_note_unwant(s, now);
	return 0;
}

static inline void
rw_point(struct lk_slot *s, struct rwlock *rw, unsigned long flags,
    struct lk_site *site)
{
	if (lk_get(&lk_hot) & LKH_ACT)
		lk_act(s, (flags & RW_NOSLEEP) != 0 ? LKA_TRY :
		    mode_of(flags) == LKM_WRITE ? LKA_WRITE : LKA_READ,
		    LKN_LOCK, ident_of(rw), site);
}

static int
rw_take(struct lk_slot *s, struct rwlock *rw, unsigned long flags,
    struct lk_site *site)
{
	enum lk_mode mode = mode_of(flags);
	uint64_t pack;

	pack = LK_PACK(lk_site_id(site), class_of(rw, site), LKN_LOCK,
	    (flags & RW_NOSLEEP) != 0 ? LKH_TRIED : LKH_PLAIN, mode);
	if ((flags & RW_DUPOK) != 0)
		pack |= LK_PACK_DUPOK;
	lk_push_warm(s, pack);
	if (be_try(rw, mode, me_of(s))) {
		lk_note_have(s, ident_of(rw), lk_get(&rw->rwl_gen), pack);
		return 0;
	}
	if ((flags & RW_NOSLEEP) == 0)
		return rw_wait(s, rw, mode, flags, pack, site);
	if (lk_get(&lk_record()->h->level) != LK_LEVEL_OFF)
		lk_row_count(s, LK_PACK_NOHOW(pack), LKC_tryfailed, 1);
	return EBUSY;
}

static int
rw_downgrade(struct lk_slot *s, struct rwlock *rw, struct lk_site *site)
{
	unsigned at = lk_held_find(s, ident_of(rw));

	if (at == 0 || LK_PACK_MODE(lk_get(&s->held[at].pack)) != LKM_WRITE) {
		lk_incident_at("lock.downgrade-not-held", site, "lock %p (%s) "
		    "is not write-held by the caller", (void *)rw,
		    name_of(rw));
		return 0;
	}
	lk_letgo_note(s, ident_of(rw), lk_get(&s->held[at].pack));
	lk_note_turn(s, at, LK_PACK(lk_site_id(site), class_of(rw, site),
	    LKN_LOCK, LKH_DOWNGRADED, LKM_READ));
	if (watched())
		lk_tsan_pre_unlock(rw, false);
	lk_be->downgrade(rw, me_of(s));
	if (watched()) {
		lk_tsan_post_unlock(rw, false);
		lk_tsan_pre_lock(rw, true, true);
		lk_tsan_post_lock(rw, true, true, true);
	}
	return 0;
}

/* Somebody else reads it, too: wait until nobody does. */
static void
rw_upgrade_wait(struct lk_slot *s, struct rwlock *rw, uint64_t pack,
    struct lk_site *site)
{
	char where[LK_WORDS];
	unsigned i, n = 0;

	for (i = lk_get(&s->top); i > 0; i--)
		if (lk_get(&s->held[i].ident) == ident_of(rw))
			n++;
	if (n > 1)
		lk_incident_at("lock.self-deadlock", site, "lock %p (%s) is "
		    "to be upgraded by who holds it %u times, the last taken "
		    "at %s", (void *)rw, name_of(rw), n, lk_taken_at(where,
		    sizeof(where), lk_get(&s->held[lk_held_find(s,
		    ident_of(rw))].pack)));
	lk_note_want(s, ident_of(rw), pack);
	lk_trace(s, LKT_WANT, ident_of(rw), pack, lk_get(&rw->rwl_gen), 0);
	lk_be->upgrade(rw, me_of(s));
	lk_note_unwant(s, lk_sv->now());
}

static int
rw_upgrade(struct lk_slot *s, struct rwlock *rw, unsigned long flags,
    struct lk_site *site)
{
	unsigned at;
	uint64_t pack;

	if (lk_get(&lk_hot) & LKH_ACT)
		lk_act(s, (flags & RW_NOSLEEP) != 0 ? LKA_TRY : LKA_WRITE,
		    LKN_LOCK, ident_of(rw), site);
	at = lk_held_find(s, ident_of(rw));
	if (at == 0 || LK_PACK_MODE(lk_get(&s->held[at].pack)) == LKM_WRITE) {
		lk_incident_at("lock.upgrade-not-held", site, "lock %p (%s) "
		    "is not read-held by the caller", (void *)rw, name_of(rw));
		return EBUSY;
	}
	pack = LK_PACK(lk_site_id(site), class_of(rw, site), LKN_LOCK,
	    LKH_UPGRADED, LKM_WRITE);
	if ((flags & RW_NOSLEEP) == 0)
		lk_dep_want(s, ident_of(rw), pack, lk_get(&rw->rwl_gen));
	if (!lk_be->try_upgrade(rw, me_of(s))) {
		if ((flags & RW_NOSLEEP) != 0) {
			if (lk_get(&lk_record()->h->level) != LK_LEVEL_OFF)
				lk_row_count(s, LK_PACK_NOHOW(pack),
				    LKC_tryfailed, 1);
			return EBUSY;
		}
		rw_upgrade_wait(s, rw, pack, site);
	}
	if (watched()) {
		lk_tsan_pre_unlock(rw, true);
		lk_tsan_post_unlock(rw, true);
		lk_tsan_pre_lock(rw, false, true);
		lk_tsan_post_lock(rw, false, true, true);
	}
	lk_note_turn(s, at, pack);
	return 0;
}

void
lk_sequence(bool on)
{
	if (on)
		atomic_fetch_or(&lk_hot, LKH_SEQ);
	else
		atomic_fetch_and(&lk_hot, ~(uint32_t)LKH_SEQ);
}

uint32_t
rw_sequence(struct rwlock *rw)
{
	return lk_get(&rw->rwl_seq);
}

/* Alone in it, just now. */
static inline void
number(struct rwlock *rw)
{
	if ((lk_get(&lk_hot) & (LKH_SEQ | LKH_TRACE)) != 0)
		lk_bump(&rw->rwl_seq, 1);
}

/* It is held in another way from now on; a try could not have waited. */
static void
turned(struct lk_slot *s, struct rwlock *rw, unsigned long flags)
{
	unsigned at = lk_held_find(s, ident_of(rw));
	uint64_t pack = lk_get(&s->held[at].pack);

	if ((flags & RW_NOSLEEP) != 0)
		pack = LK_PACK_NOHOW(pack) | LK_PACK(0, 0, 0, LKH_TRIED, 0);
	if (at != 0)
		lk_trace_note(s, LKT_TURN, ident_of(rw), pack,
		    lk_get(&rw->rwl_gen), lk_get(&rw->rwl_seq));
}

static void
traced_have(struct lk_slot *s, struct rwlock *rw)
{
	const struct lk_held *h = &s->held[lk_get(&s->top)];

	if (lk_get(&h->ident) == ident_of(rw))	/* else: no room on the stack */
		lk_trace_note(s, LKT_HAVE, ident_of(rw), lk_get(&h->pack),
		    lk_get(&h->gen), lk_get(&rw->rwl_seq));
}

static int
enter_now(struct lk_slot *s, struct rwlock *rw, unsigned long flags,
    struct lk_site *site)
{
	int error = rw_take(s, rw, flags, site);

	if (error == 0 && (flags & RW_OPMASK) == RW_WRITE)
		number(rw);
	if (error == 0 && lk_traced())
		traced_have(s, rw);
	if (error == 0 && (lk_get(&lk_hot) & LKH_INSIDE) != 0)
		lk_stay_inside(lk_get(&rw->rwl_class));
	return error;
}

int
lk_rw_enter_now(struct rwlock *rw, enum lk_mode mode, struct lk_site *site)
{
	return enter_now(lk_self(), rw, mode_flags(mode), site);
}

int
lk_rw_enter_slow(struct rwlock *rw, unsigned long flags, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	int error;

	switch (flags & RW_OPMASK) {
	case RW_WRITE:
	case RW_READ:
		rw_point(s, rw, flags, site);
		return enter_now(s, rw, flags, site);
	case RW_DOWNGRADE:
		error = rw_downgrade(s, rw, site);
		if (error == 0 && lk_traced())
			turned(s, rw, 0);
		return error;
	case RW_UPGRADE:
		error = rw_upgrade(s, rw, flags, site);
		if (error == 0)
			number(rw);
		if (error == 0 && lk_traced())
			turned(s, rw, flags);
		return error;
	default:
		lk_incident_at("lock.flags", site, "rw_enter with flags %#lx",
		    flags);
		return EINVAL;
	}
}

/* ------------------------------------------------------------------------
 * Out
 */

/* The caller does not hold it, as far as its held stack knows. */
static void
exit_not_held(struct lk_slot *s, struct rwlock *rw, struct lk_site *site)
{
	struct lk_lockstate st;
	char who[LK_WORDS];

	lk_be->state(rw, &st);
	if (lk_get(&s->over) != 0 && (st.writer == me_of(s) ||
	    st.readers != 0)) {
		/* one of those that the held stack had no room for */
		lk_bump(&s->over, -1u);
		be_exit(rw, st.writer != 0 ? LKM_WRITE : LKM_READ, me_of(s));
		return;
	}
	if (lk_get(&rw->rwl_class) == LK_DEAD)
		lk_incident_at("lock.use-after-destroy", site,
		    "lock %p was destroyed", (void *)rw);
	else if (st.writer == 0 && st.readers == 0)
		lk_incident_at("lock.exit-not-held", site,
		    "lock %p (%s) is held by nobody", (void *)rw, name_of(rw));
	else
		lk_incident_at("lock.exit-other", site, "lock %p (%s) is held "
		    "by another: %s", (void *)rw, name_of(rw),
		    lk_who_holds(who, sizeof(who), ident_of(rw)));
}

void
lk_rw_exit_slow(struct rwlock *rw, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	unsigned at = lk_held_find(s, ident_of(rw));
	struct lk_hold hold;

	if (at == 0) {
		exit_not_held(s, rw, site);
		return;
	}
	if (lk_get(&lk_hot) & LKH_ACT)
		lk_act(s, LKA_EXIT, LKN_LOCK, ident_of(rw), site);
	lk_hold_ends(s, at, &hold);
	lk_trace(s, LKT_DROP, ident_of(rw), hold.pack, lk_get(&rw->rwl_gen),
	    0);
	lk_letgo_note(s, ident_of(rw), hold.pack);
	lk_held_drop(s, at);
	be_exit(rw, LK_PACK_MODE(hold.pack), me_of(s));
	lk_hold_count(s, &hold);
}

void
lk_rw_exit_mode(struct rwlock *rw, unsigned long want, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	unsigned at = lk_held_find(s, ident_of(rw));
	uint64_t pack = lk_get(&s->held[at].pack);
	char where[LK_WORDS];

	if (at != 0 && mode_flags(LK_PACK_MODE(pack)) != want)
		lk_incident_at("lock.exit-mode", site, "lock %p (%s) is held "
		    "for %s, taken at %s", (void *)rw, name_of(rw),
		    lk_mode_name(LK_PACK_MODE(pack)),
		    lk_taken_at(where, sizeof(where), pack));
	lk_rw_exit(rw, site);
}

/* ------------------------------------------------------------------------
 * Questions
 */

int
rw_status(struct rwlock *rw)
{
	struct lk_lockstate st;

	lk_be->state(rw, &st);
	if (st.writer != 0)
		return st.writer == me_of(lk_self()) ? RW_WRITE :
		    RW_WRITE_OTHER;
	return st.readers != 0 ? RW_READ : 0;
}

/* Which modes the caller holds it in; all, if its stack ran over. */
static unsigned long
held_modes(const struct rwlock *rw)
{
	const struct lk_slot *s = lk_self();
	unsigned long modes = 0;
	unsigned i;

	for (i = lk_get(&s->top); i > 0; i--)
		if (lk_get(&s->held[i].ident) == ident_of(rw))
			modes |= mode_flags(LK_PACK_MODE(lk_get(
			    &s->held[i].pack)));
	if (modes == 0 && lk_get(&s->over) != 0)
		modes = RW_WRITE | RW_READ;
	return modes;
}

unsigned long
lk_rw_held_flags(const struct rwlock *rw)
{
	const struct lk_slot *s = lk_self();
	unsigned at = lk_held_find(s, ident_of(rw));

	switch (LK_PACK_MODE(lk_get(&s->held[at].pack))) {
	case LKM_READ:
		return RW_READ;
	case LKM_RREAD:
		return RW_READ | RW_RECURSE;
	default:
		return RW_WRITE;
	}
}

bool
rw_write_held(struct rwlock *rw)
{
	return (held_modes(rw) & RW_WRITE) != 0;
}

bool
rw_read_held(struct rwlock *rw)
{
	return (held_modes(rw) & RW_READ) != 0;
}

bool
rw_lock_held(struct rwlock *rw)
{
	return held_modes(rw) != 0;
}

void
lk_rw_assert(struct rwlock *rw, unsigned long want, struct lk_site *site)
{
	static const char *const how[] = {
		"not held", "write-held", "read-held", "held"
	};
	unsigned long have = held_modes(rw);

	if (want == 0 ? have == 0 || lk_get(&lk_self()->over) != 0 :
	    (have & want) != 0)
		return;
	lk_incident_at("lock.assert", site, "lock %p (%s) is %s by the "
	    "caller, should be %s", (void *)rw, name_of(rw), how[have & 3],
	    how[want & 3]);
}

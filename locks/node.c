/* node.c: nodes of the wait-for graph that are not locks. */
#include <limits.h>
#include <stdio.h>

#include "locks/annotate_int.h"
#include "locks/hb_int.h"
#include "locks/order_trace_int.h"
#include "locks/raw_int.h"

static const char *const kind_name[LKN_NKIND] = {
	[LKN_LOCK] = "lock", [LKN_MUTEX] = "mutex", [LKN_PAGE] = "page",
	[LKN_MEMORY] = "memory", [LKN_EVENT] = "event", [LKN_JOIN] = "join",
	[LKN_SIGNAL] = "signal", [LKN_SLEEP] = "sleep", [LKN_IO] = "io",
};
/* Class of each kind; ids survive a change of the record. */
static _Atomic uint32_t kind_class[LKN_NKIND];
static struct lk_raw inflight_raw;

const char *
lk_kind_name(enum lk_node_kind kind)
{
	return (unsigned)kind < LKN_NKIND ? kind_name[kind] : "?";
}

static uint64_t
node_pack(enum lk_node_kind kind, struct lk_site *site)
{
	uint32_t class = lk_get(&kind_class[kind]);

	if (class == 0) {
		class = lk_class_id(kind_name[kind], kind, site);
		lk_put(&kind_class[kind], class);
	}
	return LK_PACK(lk_site_id(site), class, kind, LKH_PLAIN, LKM_WRITE);
}

/* The end of a strand, as a node; its life is its generation. */
void
lk_join_want(struct lk_slot *s, const struct lk_strand *st, bool done,
    struct lk_site *site)
{
	uint64_t pack = node_pack(LKN_JOIN, site);

	lk_dep_want(s, (uint64_t)(uintptr_t)st, done ? pack : pack |
	    LK_PACK(0, 0, 0, LKH_WAITED, 0), st->life);
	if (!done)
		lk_note_want(s, (uint64_t)(uintptr_t)st, pack);
	if (!done)
		lk_trace(s, LKT_WANT, (uint64_t)(uintptr_t)st, pack, st->life,
		    0);
}

void
lk_join_trace(struct lk_slot *s, const struct lk_strand *st,
    struct lk_site *site)
{
	lk_trace(s, LKT_JOIN, (uint64_t)(uintptr_t)st, node_pack(LKN_JOIN,
	    site), st->life, 0);
}

void
lk_join_post(struct lk_slot *s, const struct lk_strand *st)
{
	if (!(lk_get(&lk_hot) & LKH_LEVEL))
		lk_post_note(s, (uint64_t)(uintptr_t)st, node_pack(LKN_JOIN,
		    LK_HERE), st->life);
}

static uint64_t
ident_of(const volatile void *p)
{
	return (uint64_t)(uintptr_t)p;
}

void
lk_node_want_at(enum lk_node_kind kind, const volatile void *ident,
    struct lk_site *site)
{
	struct lk_slot *s = lk_self();

	lk_note_want(s, ident_of(ident), node_pack(kind, site));
	lk_want_later(s, 0);
}

void
lk_node_unwant(void)
{
	struct lk_slot *s = lk_self();

	lk_want_settle(s);
	lk_note_unwant(s, lk_sv->now());
}

/* Is this what the strand wants right now? */
static bool
wanted(const struct lk_slot *s, uint64_t ident, enum lk_node_kind kind)
{
	const struct lk_strand *st = s->strand;
	const struct lk_wanted *w;

	if (st->nwant == 0 || st->nwant > LK_MAXWANT)
		return false;
	w = &st->want[st->nwant - 1];
	return w->ident == ident && LK_PACK_KIND(w->pack) == kind;
}

void
lk_node_have_at(enum lk_node_kind kind, const volatile void *ident,
    struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	uint64_t pack = node_pack(kind, site);
	bool waited = wanted(s, ident_of(ident), kind);

	if (waited) {
		lk_want_settle(s);
		pack |= LK_PACK(0, 0, 0, LKH_WAITED, 0);
	}
	lk_note_have(s, ident_of(ident), 0, pack);
	if (waited) {
		uint64_t now = lk_sv->now();

		lk_hold_since(s, now);
		lk_note_unwant(s, now);
	}
}

/* Off the caller's stack; 0: it was not there. */
static uint64_t
node_off(struct lk_slot *s, enum lk_node_kind kind, uint64_t ident)
{
	unsigned i;

	for (i = lk_get(&s->top); i > 0; i--) {
		uint64_t pack = lk_get(&s->held[i].pack);

		if (lk_get(&s->held[i].ident) == ident &&
		    LK_PACK_KIND(pack) == kind) {
			struct lk_hold hold;

			lk_hold_ends(s, i, &hold);
			lk_letgo_note(s, ident, pack);
			lk_held_drop(s, i);
			lk_hold_count(s, &hold);
			return pack;
		}
	}
	if (lk_get(&s->over) != 0)
		lk_bump(&s->over, -1u);
	else
		lk_incident("node.drop-not-held", "%s %#lx is not the "
		    "caller's", lk_kind_name(kind), (unsigned long)ident);
	return 0;
}

void
lk_node_drop(enum lk_node_kind kind, const volatile void *ident)
{
	node_off(lk_self(), kind, ident_of(ident));
}

/* ------------------------------------------------------------------------
 * In flight: an open hash by ident; 0 ends a search, 1 has been used
 */

static uint32_t
inflight_hash(uint64_t ident, enum lk_node_kind kind)
{
	return (uint32_t)(lk_mix(ident + (uint64_t)kind) % LK_MAXINFLIGHT);
}

static void
inflight_put(struct lk_slot *s, uint64_t ident, uint64_t pack)
{
	struct lk_inflight_row *row = lk_part(lk_record(), LKP_INFLIGHT);
	uint32_t i, n, hash = inflight_hash(ident, LK_PACK_KIND(pack));

	lk_raw_lock(&inflight_raw);
	for (i = hash, n = 0; n < LK_MAXINFLIGHT && lk_get(&row[i].ident) > 1;
	    i = (i + 1) % LK_MAXINFLIGHT)
		n++;
	if (n == LK_MAXINFLIGHT) {
		lk_lose(LKL_inflight);
	} else {
		lk_put(&row[i].pack, pack);
		lk_put(&row[i].since, lk_sv->now());
		lk_put(&row[i].giver, s->id);
		lk_put(&row[i].name[0], lk_get(&s->name[0]));
		lk_put(&row[i].name[1], lk_get(&s->name[1]));
		lk_rel(&row[i].ident, ident);
	}
	lk_raw_unlock(&inflight_raw);
}

/* A freed row before an end mark needs no mark of its own. */
static void
inflight_clear(struct lk_inflight_row *row, uint32_t i)
{
	uint32_t next = (i + 1) % LK_MAXINFLIGHT;

	lk_rel(&row[i].ident, lk_get(&row[next].ident) == 0 ? 0 : 1);
	while (lk_get(&row[i].ident) == 0) {
		i = (i + LK_MAXINFLIGHT - 1) % LK_MAXINFLIGHT;
		if (lk_get(&row[i].ident) != 1)
			break;
		lk_rel(&row[i].ident, 0);
	}
}

static bool
inflight_take(uint64_t ident, enum lk_node_kind kind)
{
	struct lk_inflight_row *row = lk_part(lk_record(), LKP_INFLIGHT);
	uint32_t i, n, hash = inflight_hash(ident, kind);
	bool found = false;

	lk_raw_lock(&inflight_raw);
	for (i = hash, n = 0; n < LK_MAXINFLIGHT && lk_get(&row[i].ident) != 0;
	    i = (i + 1) % LK_MAXINFLIGHT, n++) {
		if (lk_get(&row[i].ident) != ident ||
		    LK_PACK_KIND(lk_get(&row[i].pack)) != kind)
			continue;
		inflight_clear(row, i);
		found = true;
		break;
	}
	lk_raw_unlock(&inflight_raw);
	return found;
}

void
lk_node_give(enum lk_node_kind kind, const volatile void *ident)
{
	struct lk_slot *s = lk_self();
	uint64_t pack = node_off(s, kind, ident_of(ident));

	if (pack != 0)
		inflight_put(s, ident_of(ident), pack);
}

void
lk_node_take_at(enum lk_node_kind kind, const volatile void *ident,
    struct lk_site *site)
{
	struct lk_slot *s = lk_self();

	if (!inflight_take(ident_of(ident), kind) &&
	    lk_get(&lk_record()->h->loss[LKL_inflight]) == 0)
		lk_incident_at("node.take-not-given", site,
		    "%s %p was not in flight", lk_kind_name(kind),
		    (void *)(uintptr_t)ident);
	lk_note_have(s, ident_of(ident), 0, node_pack(kind, site));
}

/* ------------------------------------------------------------------------
 * Events and signal scopes
 */

static uint64_t
event_pack(const struct lk_event *e, struct lk_site *site)
{
	return LK_PACK(lk_site_id(site), lk_class_id(e->le_name != NULL ?
	    e->le_name : "event", LKN_EVENT, site), LKN_EVENT, LKH_PLAIN,
	    LKM_NONE);
}

/* After its post, so with a later ticket. */
static void
event_came(struct lk_slot *s, const struct lk_event *e, uint64_t pack)
{
	if (lk_traced())
		lk_trace_note(s, LKT_WAIT, ident_of(e), pack, 0,
		    lk_trace_ticket());
}

/* To find it posted is a dependency, too: it might not have been. */
void
lk_event_wait_at(struct lk_event *e, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	uint64_t pack = event_pack(e, site);

	if (lk_get(&lk_hot) & LKH_ACT)
		lk_fibers_did(e, LKD_READ);
	if (lk_acq(&e->le_word) != 0) {
		lk_hb_acquire(e);
		lk_dep_want(s, ident_of(e), pack, 0);
		event_came(s, e, pack);
		return;
	}
	lk_dep_want(s, ident_of(e), pack | LK_PACK(0, 0, 0, LKH_WAITED, 0), 0);
	lk_note_want(s, ident_of(e), pack);
	lk_trace(s, LKT_WANT, ident_of(e), pack, 0, 0);
	while (lk_acq(&e->le_word) == 0)
		lk_park(&e->le_word, 0, INFSLP);
	lk_hb_acquire(e);
	lk_note_unwant(s, lk_sv->now());
	event_came(s, e, pack);
}

void
lk_event_post_at(struct lk_event *e, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	uint64_t pack = event_pack(e, site);

	if (lk_get(&lk_hot) & LKH_ACT)
		lk_act(s, LKA_WAKE, LKN_EVENT, ident_of(e), site);
	/* before it is done: a waiter's next step shall find it */
	if (!(lk_get(&lk_hot) & LKH_LEVEL)) {
		lk_row_count(s, pack, LKC_acquired, 1);
		lk_post_note(s, ident_of(e), pack, 0);
	}
	lk_hb_publish(e);
	if (lk_traced())
		lk_trace_note(s, LKT_POST, ident_of(e), pack, 0,
		    lk_trace_ticket());
	lk_rel(&e->le_word, 1);
	lk_unpark(&e->le_word, INT_MAX);
}

void
lk_event_reset(struct lk_event *e)
{
	lk_put(&e->le_word, 0);
}

/* The scope is held like a lock, so that what is taken in it has an edge. */
void
lk_signal_enter_at(int signo, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	char name[32];
	uint64_t pack;

	snprintf(name, sizeof(name), "signal %d", signo);
	pack = LK_PACK(lk_site_id(site), lk_class_id(name, LKN_SIGNAL, site),
	    LKN_SIGNAL, LKH_TRIED, LKM_NONE);
	s->strand->signo = signo;
	lk_note_have(s, (uint64_t)signo * 2, 0, pack);
}

void
lk_signal_leave(void)
{
	struct lk_slot *s = lk_self();
	unsigned i;

	for (i = lk_get(&s->top); i > 0; i--)
		if (lk_get(&s->held[i].ident) != 0 &&
		    LK_PACK_KIND(lk_get(&s->held[i].pack)) == LKN_SIGNAL) {
			struct lk_hold hold;

			lk_hold_ends(s, i, &hold);
			lk_held_drop(s, i);
			lk_hold_count(s, &hold);
			return;
		}
	lk_incident("node.drop-not-held", "the caller is in no signal scope");
}

/* timeline.c: see timeline.h. */
#include <errno.h>

#include "locks/meet_int.h"
#include "locks/timeline_int.h"

/*
 * seq is its ordinal in the slot; 0 while it is being written.
 *	who	63 op 32 | 31 life 0
 *	by	63 life 32 | 31 enum lk_timed 0
 */
struct event {
	_Atomic uint64_t seq, begin, end, pack, ident, who, by, letgo;
};
_Static_assert(sizeof(struct event) == 64, "an event is a line");

struct timeline {
	struct {
		_Alignas(64) _Atomic uint64_t n;	/* events so far */
	} slot[LK_MAXSTRAND];
	struct event event[LK_MAXSTRAND][LK_TIMELINE_EVENTS];
};

_Atomic uint32_t lk_timeline_on;
static _Atomic(struct timeline *) timeline;

const char *
lk_timed_name(enum lk_timed what)
{
	static const char *const name[LKV_N] = { "operation", "wait", "hold" };

	return (unsigned)what < LKV_N ? name[what] : "?";
}

size_t
lk_timeline_bytes(void)
{
	return sizeof(struct timeline);
}

void
lk_timeline_forget(void)
{
	lk_put(&lk_timeline_on, 0);
	atomic_store(&timeline, NULL);
}

int
lk_timeline(void)
{
	struct timeline *t;

	lk_timeline_forget();
	t = lk_record_region(LK_TIMELINE_REGION, sizeof(*t));
	if (t == NULL)
		return ENOMEM;
	atomic_store(&timeline, t);
	lk_put(&lk_timeline_on, 1);
	return 0;
}

/* One writer; the release on each word keeps it behind the 0. */
static void
note(struct lk_slot *s, const struct lk_timed_event *e, uint64_t pack)
{
	struct timeline *t = lk_acq(&timeline);
	struct event *to;
	uint64_t n;

	if (t == NULL)
		return;
	n = lk_get(&t->slot[s->id].n);
	to = &t->event[s->id][n % LK_TIMELINE_EVENTS];
	lk_put(&to->seq, 0);
	lk_rel(&to->begin, e->begin);
	lk_rel(&to->end, e->end);
	lk_rel(&to->pack, pack);
	lk_rel(&to->ident, e->ident);
	lk_rel(&to->who, (uint64_t)e->op << 32 | lk_get(&s->life));
	lk_rel(&to->by, (uint64_t)e->by << 32 | e->what);
	lk_rel(&to->letgo, e->letgo);
	lk_rel(&to->seq, n + 1);
	lk_rel(&t->slot[s->id].n, n + 1);
}

void
lk_timeline_op(struct lk_slot *s)
{
	const struct lk_timed_event e = {
		.what = LKV_OP, .op = lk_get(&s->op),
		.begin = lk_get(&s->op_since), .end = lk_sv->now()
	};

	if (e.op != 0 && (s->strand->waited ||
	    lk_get(&s->op_ordinal) % LK_TIMELINE_OPS == 0))
		note(s, &e, 0);
	s->strand->waited = false;
}

static uint32_t
life_of(uint32_t slot)
{
	return lk_get(&lk_slot(lk_record(), slot)->life);
}

void
lk_timeline_wait(const struct lk_wanted *w, uint64_t now)
{
	struct lk_timed_event e = {
		.what = LKV_WAIT, .op = w->op, .begin = w->since, .end = now,
		.ident = w->ident, .letgo = now
	};

	if (w->ended) {
		e.by = life_of(w->last_slot);
		e.letgo = w->charged_last < now ? w->charged_last : now;
	} else if (w->nsharer != 0)
		e.by = life_of(w->sharer[0].slot);
	w->slot->strand->waited = true;
	note(w->slot, &e, w->pack);
}

void
lk_timeline_hold(struct lk_slot *s, const struct lk_hold *h)
{
	const struct lk_timed_event e = {
		.what = LKV_HOLD, .op = lk_get(&s->op), .begin = h->since,
		.end = h->since + h->ns, .ident = h->ident
	};

	note(s, &e, h->pack);
}

/* ------------------------------------------------------------------------
 * Reading
 */

/* => false: it is being written, or another one by now */
static bool
event_read(const struct event *from, uint64_t seq, struct lk_timed_event *e)
{
	uint64_t pack, who, by;

	if (lk_acq(&from->seq) != seq)
		return false;
	e->begin = lk_acq(&from->begin);
	e->end = lk_acq(&from->end);
	pack = lk_acq(&from->pack);
	e->ident = lk_acq(&from->ident);
	who = lk_acq(&from->who);
	by = lk_acq(&from->by);
	e->letgo = lk_acq(&from->letgo);
	e->op = (uint32_t)(who >> 32);
	e->life = (uint32_t)who;
	e->by = (uint32_t)(by >> 32);
	e->what = (enum lk_timed)(uint32_t)by;
	e->class = LK_PACK_CLASS(pack);
	e->site = LK_PACK_SITE(pack);
	e->kind = LK_PACK_KIND(pack);
	e->mode = LK_PACK_MODE(pack);
	return lk_get(&from->seq) == seq && (unsigned)e->what < LKV_N;
}

void
lk_record_timeline(const struct lk_record *r,
    void (*fn)(const struct lk_timed_event *, void *), void *arg,
    uint64_t *lost)
{
	const struct timeline *t;
	struct lk_timed_event e;
	uint64_t n, i;
	size_t size;

	*lost = 0;
	t = lk_record_region_find(r, LK_TIMELINE_REGION, &size);
	if (t == NULL || size < sizeof(*t))
		return;
	for (e.strand = 0; e.strand < LK_MAXSTRAND; e.strand++) {
		n = lk_acq(&t->slot[e.strand].n);
		i = n > LK_TIMELINE_EVENTS ? n - LK_TIMELINE_EVENTS : 0;
		*lost += i;
		for (; i < n; i++) {
			if (event_read(&t->event[e.strand][i %
			    LK_TIMELINE_EVENTS], i + 1, &e))
				fn(&e, arg);
		}
	}
}

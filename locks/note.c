/* note.c: the held stack's odd cases, and wait records. */
#include "locks/meet_int.h"
#include "locks/timeline_int.h"

struct lk_hot_line lk_hot_line;

void
lk_note_have(struct lk_slot *s, uint64_t ident, uint32_t gen, uint64_t pack)
{
	struct lk_push p;
	uint32_t top;

	if (lk_get(&s->top) == LK_MAXHELD && lk_held_full(s))
		return;
	top = lk_get(&s->top);
	if (lk_get(&lk_hot) & LKH_LEVEL) {
		lk_push_bare(&s->held[top + 1], ident, gen, pack);
		lk_rel(&s->top, top + 1);
		return;
	}
	if (lk_held_keyless(s, top))
		lk_held_keys(s);
	lk_push_plan(s, top, ident, gen, pack, &p);
	lk_push_ready(&p);
	lk_rel(&s->top, top + 1);
	if (!lk_push_known(s, &p))
		lk_chain_miss(s, p.e);
	if (lk_chain_tick(p.e))
		lk_hold_sampled(s, p.e);
	lk_chain_follow(s, p.e);
}

unsigned
lk_held_find(const struct lk_slot *s, uint64_t ident)
{
	unsigned i;

	for (i = lk_get(&s->top); i > 0; i--)
		if (lk_get(&s->held[i].ident) == ident)
			return i;
	return 0;
}

/* A new key; the one that the entry was pushed with stays known. */
static void
rekey_one(struct lk_slot *s, unsigned at, unsigned below)
{
	struct lk_held *h = &s->held[at];
	uint64_t old = lk_get(&h->key);
	uint64_t key = lk_chain_key(lk_get(&s->held[below].key),
	    lk_get(&h->pack));

	if (old == 0) {
		lk_put(&h->key, key);
	} else if (key != old) {
		if (lk_get(&h->born_for) != old)
			lk_put(&h->born, old);
		lk_put(&h->born_for, key);
		lk_put(&h->key, key);
	}
	lk_put(&h->set, lk_chain_set(lk_held_set(s, below),
	    lk_get(&h->ident), lk_get(&h->gen)));
}

/* The keys above a removed entry no longer cover it. */
static void
rekey(struct lk_slot *s, unsigned from)
{
	unsigned i, below = from - 1, top = lk_get(&s->top);

	while (lk_get(&s->held[below].ident) == 0)
		below--;
	/* above an entry without a key all are without */
	if (lk_held_keyless(s, below))
		return;
	for (i = from; i <= top; i++) {
		if (lk_get(&s->held[i].ident) == 0)
			continue;
		rekey_one(s, i, below);
		below = i;
	}
}

void
lk_held_keys(struct lk_slot *s)
{
	rekey(s, 1);
}

void
lk_held_drop(struct lk_slot *s, unsigned at)
{
	uint32_t top = lk_get(&s->top);

	lk_put(&s->held[at].since, 0);
	lk_put(&s->held[at].sampled, 0);
	if (at == top) {
		do
			top--;
		while (lk_get(&s->held[top].ident) == 0);
		lk_rel(&s->top, top);
		return;
	}
	lk_rel(&s->held[at].ident, 0);
	rekey(s, at + 1);
}

/*
 * Move everything down over the holes.  Each entry is written below before it
 * is cleared above, so that who scans downwards cannot miss it.
 */
static bool
held_compact(struct lk_slot *s)
{
	unsigned i, to = 1, top = lk_get(&s->top);

	for (i = 1; i <= top; i++) {
		struct lk_held *h = &s->held[i], *t = &s->held[to];
		uint64_t ident = lk_get(&h->ident);

		if (ident == 0)
			continue;
		if (to++ == i)
			continue;
		lk_put(&t->pack, lk_get(&h->pack));
		lk_put(&t->key, lk_get(&h->key));
		lk_put(&t->set, lk_get(&h->set));
		lk_put(&t->since, lk_get(&h->since));
		lk_put(&t->sampled, lk_get(&h->sampled));
		lk_put(&h->since, 0);
		lk_put(&t->gen, lk_get(&h->gen));
		lk_put(&t->born, lk_get(&h->born));
		lk_put(&t->born_for, lk_get(&h->born_for));
		lk_rel(&t->ident, ident);
		lk_rel(&h->ident, 0);
	}
	lk_put(&s->top, to - 1);
	return to <= top;
}

bool
lk_held_full(struct lk_slot *s)
{
	if (held_compact(s))
		return false;
	lk_bump(&s->over, 1);
	lk_lose(LKL_held);
	return true;
}

void
lk_note_turn(struct lk_slot *s, unsigned at, uint64_t pack)
{
	struct lk_hold hold;

	lk_hold_turns(s, at, &hold);
	lk_put(&s->held[at].pack, pack);
	rekey(s, at);
	lk_hold_count(s, &hold);
	if (!(lk_get(&lk_hot) & LKH_LEVEL))
		lk_row_count(s, LK_PACK_NOHOW(pack), LKC_acquired, 1);
}

int
lk_held_by(uint64_t ident)
{
	struct lk_record *r = lk_record();
	uint32_t i, n = lk_acq(&r->h->nstrand);

	for (i = 0; i < n; i++) {
		struct lk_slot *s = lk_slot(r, i);

		if (lk_acq(&s->state) == LKS_LIVE &&
		    lk_held_find(s, ident) != 0)
			return (int)i;
	}
	return -1;
}

/* One writer; the release on each word keeps it behind the odd count. */
static void
wait_write(struct lk_wait *w, uint64_t ident, uint64_t pack, uint64_t since)
{
	uint64_t seq = lk_get(&w->seq);

	lk_put(&w->seq, seq + 1);
	lk_rel(&w->ident, ident);
	lk_rel(&w->pack, pack);
	lk_rel(&w->since, since);
	lk_rel(&w->seq, seq + 2);
}

void
lk_note_want(struct lk_slot *s, uint64_t ident, uint64_t pack)
{
	struct lk_strand *st = s->strand;
	struct lk_wanted *w;

	lk_owed_tell(st);
	if (st->nwant++ >= LK_MAXWANT) {
		lk_lose(LKL_wants);
		return;
	}
	w = &st->want[st->nwant - 1];
	w->ident = ident;
	w->pack = pack;
	w->gen = 0;
	w->noted = true;
	w->since = lk_sv->now();
	w->nsleep = lk_get(&s->npark);
	w->nspin = lk_get(&s->nrelax);
	w->slot = s;
	w->counted = lk_get(&lk_record()->h->level) != LK_LEVEL_OFF;
	/* who sees the record may rely on our standing in the queue */
	if (w->counted)
		lk_meet_begin(w);
	wait_write(&s->wait, ident, pack, w->since);
}

void
lk_want_later(struct lk_slot *s, uint32_t gen)
{
	struct lk_strand *st = s->strand;

	if (st->nwant > LK_MAXWANT)
		return;
	st->want[st->nwant - 1].gen = gen;
	st->want[st->nwant - 1].noted = false;
}

void
lk_want_settle(struct lk_slot *s)
{
	struct lk_strand *st = s->strand;
	struct lk_wanted *w;

	if (st->nwant == 0 || st->nwant > LK_MAXWANT)
		return;
	w = &st->want[st->nwant - 1];
	if (w->noted)
		return;
	w->noted = true;
	lk_dep_want(s, w->ident, w->pack | LK_PACK(0, 0, 0, LKH_WAITED, 0),
	    w->gen);
}

void
lk_note_unwant(struct lk_slot *s, uint64_t now)
{
	struct lk_strand *st = s->strand;
	struct lk_wanted *w;

	LK_ASSERT(st->nwant > 0);
	if (st->nwant-- > LK_MAXWANT)
		return;
	lk_owed_tell(st);
	w = &st->want[st->nwant];
	if (st->nwant == 0)
		wait_write(&s->wait, 0, 0, 0);
	else
		wait_write(&s->wait, w[-1].ident, w[-1].pack, w[-1].since);
	if (!w->counted)
		return;
	lk_meet_end(w, now);
	if (lk_timeline_kept())
		lk_timeline_wait(w, now);
	if (lk_get(&s->top) == 0 || st->fiber != NULL)
		lk_meet_tell(w);
	else
		st->owed = w;
}

bool
lk_note_wants(const struct lk_slot *s)
{
	return s->strand->nwant != 0;
}

/*
 * charge.c: a wait is cut into parts, and each part is charged to a holder.
 *
 *	since        let go by A       let go by B         it is mine
 *	  |------------ A ------|------- B ----|....... B .....|
 *	        |-- A waits --|
 *	            for C: C is the root of that part
 *
 * Who lets go is charged for the time since it was let go before.  Readers
 * who were seen to hold together with it share that.  What comes after the
 * last one let go is charged to that one; a wait in which nobody was seen to
 * let go, to those who were seen to hold.
 */
#include "locks/backend_int.h"
#include "locks/meet_int.h"

#define CHAIN_MAX	16

static bool
charge_same(const struct lk_charge *c, const struct lk_blame_end *who,
    const struct lk_root *root)
{
	return c->who.site == who->site && c->who.op == who->op &&
	    c->who.mode == who->mode && c->root.class == root->class &&
	    c->root.site == root->site && c->root.op == root->op;
}

/* Of many holders the first one's part goes to its row before the wait ends. */
static void
charge(struct lk_wanted *w, const struct lk_blame_end *who,
    const struct lk_root *root, uint64_t ns)
{
	unsigned i;

	if (ns == 0 && w->ncharge != 0)
		return;
	for (i = 0; i < w->ncharge; i++)
		if (charge_same(&w->charge[i], who, root))
			break;
	if (i == LK_NCHARGE) {
		lk_blame_add(LK_PACK_NOHOW(w->pack), w->op, &w->charge[0]);
		w->charge[0] = w->charge[--i];
		w->ncharge--;
	}
	if (i == w->ncharge) {
		w->charge[w->ncharge++] = (struct lk_charge){
			.who = *who, .root = *root
		};
	}
	w->charge[i].ns += ns;
}

/* The strand was not running from .. to; outermost waits alone are kept. */
static void
blocked(struct lk_wanted *w, uint64_t from, uint64_t to,
    const struct lk_blame_end *who, const struct lk_root *root)
{
	struct lk_strand *st = w->slot->strand;
	struct lk_blocked *b;

	if (from == to || w != &st->want[0])
		return;
	if (st->nblocked == LK_NBLOCKED) {
		memmove(&st->blocked[0], &st->blocked[1],
		    (LK_NBLOCKED - 1) * sizeof(st->blocked[0]));
		st->nblocked--;
	}
	b = &st->blocked[st->nblocked++];
	b->from = from;
	b->to = to;
	b->ident = w->ident;
	b->root = *root;
	if (root->class == 0) {
		b->root.class = LK_PACK_CLASS(w->pack);
		b->root.site = who->site;
		b->root.op = who->op;
	}
}

/* One of n who share from .. to; due of it is his. */
static void
charge_letgo(struct lk_wanted *w, uint64_t to, const struct lk_letgo *l,
    unsigned n, uint64_t due)
{
	static const struct lk_root ran;
	uint64_t t = w->charged, a, b, part;
	unsigned i;

	for (i = 0; i < l->nblocked; i++) {
		const struct lk_blocked *k = &l->blocked[i];

		a = k->from > t ? k->from : t;
		b = k->to < to ? k->to : to;
		/* to get the thing itself is no reason to keep it */
		if (a >= b || k->ident == w->ident)
			continue;
		part = (b - a) / n < due ? (b - a) / n : due;
		charge(w, &l->who, &k->root, part);
		due -= part;
		blocked(w, t, a, &l->who, &ran);
		blocked(w, a, b, &l->who, &k->root);
		t = b;
	}
	blocked(w, t, to, &l->who, &ran);
	charge(w, &l->who, &ran, due);
}

static void
sharers_charge(struct lk_wanted *w, unsigned n, uint64_t *left)
{
	uint64_t each = *left / n;
	unsigned i;

	for (i = 0; i < w->nsharer; i++) {
		charge(w, &w->sharer[i].who, &w->sharer[i].root, each);
		*left -= each;
	}
}

static void
sharer_off(struct lk_wanted *w, uint32_t slot)
{
	unsigned i;

	for (i = 0; i < w->nsharer; i++)
		if (w->sharer[i].slot == slot) {
			w->sharer[i] = w->sharer[--w->nsharer];
			return;
		}
}

void
lk_charge_until(struct lk_wanted *w, const struct lk_letgo *l)
{
	uint64_t to = l->when > w->charged ? l->when : w->charged;
	uint64_t left = to - w->charged;
	unsigned n;

	sharer_off(w, l->slot);
	if (l->who.mode == LKM_WRITE)
		w->nsharer = 0;
	n = w->nsharer + 1;
	sharers_charge(w, n, &left);
	charge_letgo(w, to, l, n, left);
	w->charged = to;
	w->ended = true;
	w->last = l->who;
	w->last_slot = l->slot;
	w->charged_last = l->when;
}

void
lk_charge_rest(struct lk_wanted *w, uint64_t now)
{
	static const struct lk_blame_end nobody;
	static const struct lk_root ran;
	const struct lk_blame_end *who = &nobody;
	const struct lk_root *root = &ran;
	uint64_t left = now > w->charged ? now - w->charged : 0;

	if (w->nsharer != 0) {
		who = &w->sharer[0].who;
		root = &w->sharer[0].root;
		blocked(w, w->charged, now, who, root);
		sharers_charge(w, w->nsharer, &left);
	} else {
		if (w->ended)
			who = &w->last;
		blocked(w, w->charged, now, who, root);
	}
	charge(w, who, root, left);
	w->charged = now;
}

/* ------------------------------------------------------------------------
 * Who holds it
 */

/* Does the strand of slot o hold it?  *who: how, and what it is doing. */
static bool
holds(const struct lk_slot *o, uint64_t ident, enum lk_node_kind kind,
    struct lk_blame_end *who)
{
	unsigned i;
	uint64_t pack;

	if (lk_acq(&o->state) != LKS_LIVE)
		return false;
	for (i = lk_acq(&o->top); i > 0; i--) {
		if (i > LK_MAXHELD || lk_acq(&o->held[i].ident) != ident)
			continue;
		pack = lk_acq(&o->held[i].pack);
		if (lk_acq(&o->top) < i || lk_get(&o->held[i].ident) != ident ||
		    LK_PACK_KIND(pack) != kind)
			continue;
		who->site = LK_PACK_SITE(pack);
		who->mode = LK_PACK_MODE(pack);
		who->op = lk_get(&o->op);
		return true;
	}
	return false;
}

/* => the first slot from `from` on that holds it; nstrand: none */
static uint32_t
holder_next(uint32_t from, uint64_t ident, enum lk_node_kind kind,
    struct lk_blame_end *who)
{
	const struct lk_record *r = lk_record();
	uint32_t n = lk_acq(&r->h->nstrand);

	while (from < n && !holds(lk_slot(r, from), ident, kind, who))
		from++;
	return from < n ? from : UINT32_MAX;
}

static bool
wait_read(const struct lk_wait *w, uint64_t *ident, uint64_t *pack)
{
	uint64_t seq = lk_acq(&w->seq);

	*ident = lk_acq(&w->ident);
	*pack = lk_acq(&w->pack);
	return (seq & 1) == 0 && *ident != 0 && lk_get(&w->seq) == seq;
}

/* What does the strand of a slot wait for, to the end of the chain? */
static void
root_of(uint32_t slot, uint32_t self, struct lk_root *root)
{
	const struct lk_record *r = lk_record();
	struct lk_blame_end who;
	uint64_t ident, pack;
	unsigned i;

	memset(root, 0, sizeof(*root));
	for (i = 0; i < CHAIN_MAX && slot != self; i++) {
		if (!wait_read(&lk_slot(r, slot)->wait, &ident, &pack))
			return;
		root->class = LK_PACK_CLASS(pack);
		root->site = root->op = 0;
		slot = holder_next(0, ident, LK_PACK_KIND(pack), &who);
		if (slot == UINT32_MAX)
			return;
		root->site = who.site;
		root->op = who.op;
	}
}

static void
sharer_add(struct lk_wanted *w, uint32_t slot, const struct lk_blame_end *who)
{
	struct lk_sharer *s = &w->sharer[w->nsharer++];

	s->slot = slot;
	s->who = *who;
	root_of(slot, w->slot->id, &s->root);
}

/* The word of a lock says who writes; its stack may not say so yet. */
static bool
writer_see(struct lk_wanted *w)
{
	const struct lk_record *r = lk_record();
	struct lk_blame_end who = { .mode = LKM_WRITE };
	struct lk_lockstate st;
	uint32_t slot;

	if (LK_PACK_KIND(w->pack) != LKN_LOCK)
		return false;
	lk_be->state((const struct rwlock *)(uintptr_t)w->ident, &st);
	if (st.writer == 0 || st.writer > LK_MAXSTRAND)
		return false;
	slot = (uint32_t)st.writer - 1;
	who.op = lk_get(&lk_slot(r, slot)->op);
	holds(lk_slot(r, slot), w->ident, LKN_LOCK, &who);
	sharer_add(w, slot, &who);
	return true;
}

void
lk_holders_see(struct lk_slot *s, struct lk_wanted *w)
{
	struct lk_blame_end who;
	uint32_t slot = 0;

	w->nsharer = 0;
	if (writer_see(w))
		return;
	while (w->nsharer < LK_NSHARER && (slot = holder_next(slot, w->ident,
	    LK_PACK_KIND(w->pack), &who)) != UINT32_MAX) {
		if (slot != s->id)
			sharer_add(w, slot, &who);
		slot++;
	}
}

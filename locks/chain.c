/*
 * chain.c: a held stack that the chain cache does not know.
 *
 * The cache answers one question: was the dependency that this take makes
 * written down already?  Dependencies are of instances; so an entry also says
 * for which set of instances it answers.
 */
#include "locks/note_int.h"

/* Wants and takes of the same pack are different entries. */
#define WANTED		0x5851f42d4c957f2dULL

static bool
alone(const struct lk_slot *s, unsigned below)
{
	unsigned i;

	for (i = 1; i <= below; i++)
		if (lk_get(&s->held[i].ident) != 0)
			return false;
	return true;
}

void
lk_chain_forget(struct lk_slot *s)
{
	unsigned i;

	if (!s->chained)
		return;
	s->chained = false;
	for (i = 0; i < LK_NCHAIN; i++) {
		if (lk_get(&s->chain[i].key) == 0)
			continue;
		lk_chain_flush(s, &s->chain[i]);
		lk_put(&s->chain[i].key, 0);
	}
	for (i = 0; i < LK_NINST; i++)
		lk_put(&s->inst[i], 0);
}

void
lk_suspects_check(struct lk_slot *s)
{
	uint32_t n = lk_get(&lk_record()->h->suspects);

	if (n == s->suspects)
		return;
	s->suspects = n;
	lk_chain_forget(s);
}

/*
 * A take makes a dependency if it would have waited.  One that did wait made
 * it by wanting; a try cannot wait; what is no lock is had or wanted, and to
 * have it does not mean that it would have been waited for just so.
 */
static bool
depends(uint64_t pack)
{
	enum lk_node_kind kind = LK_PACK_KIND(pack);

	return LK_PACK_HOW(pack) == LKH_PLAIN &&
	    (kind == LKN_LOCK || kind == LKN_MUTEX);
}

/*
 * Two entries share a line, and what finds its own taken by another stack may
 * be in the other one; only the first is looked at on the short way.
 */
static struct lk_chain *
beside(struct lk_slot *s, const struct lk_chain *e)
{
	return &s->chain[(e - s->chain) ^ 1];
}

/* What e counted is with to, which counted nothing; who reads may miss it. */
static void
move(const struct lk_chain *e, struct lk_chain *to, uint64_t tick)
{
	lk_put(&to->key, lk_get(&e->key));
	lk_put(&to->set, lk_get(&e->set));
	lk_rel(&to->pack, lk_get(&e->pack));
	lk_rel(&to->tick, tick);
}

/* true: the stack was known beside its place, and is at its place now */
static bool
swap(struct lk_slot *s, struct lk_chain *e, uint64_t key)
{
	struct lk_chain *o = beside(s, e), was;
	uint64_t mine = lk_get(&e->tick), its = lk_get(&o->tick);

	if (lk_get(&o->key) != key)
		return false;
	lk_put(&e->tick, LK_TICK(1, 0));
	lk_rel(&o->tick, LK_TICK(1, 0));
	was = *e;
	move(o, e, its);
	move(&was, o, mine);
	return true;
}

/* The entry is of another stack, if any, which moves on: it is this one's. */
static void
learn_stack(struct lk_slot *s, struct lk_chain *e, const struct lk_dep_want *w,
    bool dep)
{
	struct lk_chain *o = beside(s, e);
	uint64_t known = w->set, tick;

	if (lk_get(&e->key) != 0) {
		lk_chain_flush(s, o);
		tick = lk_get(&e->tick);
		lk_put(&e->tick, LK_TICK(1, 0));
		move(e, o, tick);
	}
	lk_chain_flush(s, e);
	lk_put(&e->pack, w->pack);
	lk_put(&e->key, w->key);
	if (!dep) {
		lk_take(lk_record(), w->key);
		known = LK_SET_ANY;
	} else if (lk_dep_note(s, w) == LKD_VARIED || alone(s, w->below)) {
		known = LK_SET_ANY;
	}
	lk_put(&e->set, known);
}

/* It is of this stack, but answers for other instances. */
static void
learn_set(struct lk_slot *s, struct lk_chain *e, const struct lk_dep_want *w)
{
	uint64_t mark = lk_inst_mark(w->key, w->set);

	if (lk_get(&e->set) == w->set || lk_get(&e->set) == LK_SET_ANY)
		return;
	lk_put(&e->set, LK_SET_VARIES);
	if (lk_inst_known(s, w->key, w->set))
		return;
	if (lk_dep_note(s, w) == LKD_VARIED)
		lk_put(&e->set, LK_SET_ANY);
	else
		lk_put(lk_inst_at(s, mark, lk_get(lk_inst_at(s, mark, 0)) !=
		    0), mark);
}

static void
learn(struct lk_slot *s, struct lk_chain *e, const struct lk_dep_want *w,
    bool dep)
{
	lk_suspects_check(s);
	s->chained = true;
	if (lk_get(&e->key) != w->key && !swap(s, e, w->key))
		learn_stack(s, e, w, dep);
	else
		learn_set(s, e, w);
}

void
lk_chain_miss(struct lk_slot *s, struct lk_chain *e)
{
	unsigned top = lk_get(&s->top);
	const struct lk_held *h = &s->held[top];
	struct lk_dep_want w = {
		.ident = lk_get(&h->ident), .pack = lk_get(&h->pack),
		.gen = lk_get(&h->gen), .below = top - 1,
		.key = lk_get(&h->key), .set = lk_held_set(s, top)
	};

	learn(s, e, &w, depends(w.pack));
}

void
lk_dep_want(struct lk_slot *s, uint64_t ident, uint64_t pack, uint32_t gen)
{
	unsigned top = lk_get(&s->top);
	const struct lk_held *below = &s->held[top];
	struct lk_dep_want w = {
		.ident = ident, .pack = pack, .gen = gen, .below = top
	};
	struct lk_chain *e;
	uint64_t known;

	if ((lk_get(&lk_hot) & LKH_LEVEL) != 0)
		return;
	if (lk_held_keyless(s, top))
		lk_held_keys(s);
	w.key = lk_chain_key(lk_get(&below->key), pack) ^ WANTED;
	w.set = lk_chain_set(lk_held_set(s, top), ident, gen);
	e = lk_chain_at(s, w.key);
	known = lk_get(&e->set);
	if (lk_get(&e->key) == w.key &&
	    (known == w.set || known == LK_SET_ANY))
		return;
	learn(s, e, &w, true);
}

/*
 * chain.c: a held stack that the chain cache does not know.
 *
 * The cache answers one question: were the order edges of this stack written
 * down already?  Edges are between classes, gates are instances; so an entry
 * also says for which set of instances it answers.
 */
#include "locks/note_int.h"

/* A class twice on the stack: order within a class is looked at each time. */
static bool
class_twice(const struct lk_slot *s)
{
	unsigned i, top = lk_get(&s->top);
	uint64_t class = LK_PACK_CLASS(lk_get(&s->held[top].pack));

	for (i = 1; i < top; i++)
		if (lk_get(&s->held[i].ident) != 0 &&
		    LK_PACK_CLASS(lk_get(&s->held[i].pack)) == class)
			return true;
	return false;
}

static bool
alone(const struct lk_slot *s)
{
	unsigned i, top = lk_get(&s->top);

	for (i = 1; i < top; i++)
		if (lk_get(&s->held[i].ident) != 0)
			return false;
	return true;
}

static void
evict(struct lk_slot *s, struct lk_chain *e)
{
	uint64_t n = lk_get(&e->count);

	if (n == 0)
		return;
	/* cleared first: who reads meanwhile may miss, never count twice */
	lk_put(&e->count, 0);
	lk_row_count(s, LK_PACK_NOHOW(lk_get(&e->pack)), LKC_acquired, n);
}

/* Was this stack seen with just these instances? */
static bool
instances_seen(struct lk_slot *s, uint64_t key, uint64_t set)
{
	uint64_t mark = lk_mix(key ^ lk_mix(set)) | 1;
	_Atomic uint64_t *at = &s->inst[mark >> 52];

	_Static_assert(LK_NINST == 1 << (64 - 52), "index of instance sets");
	if (lk_get(at) == mark)
		return true;
	lk_put(at, mark);
	return false;
}

void
lk_chain_miss(struct lk_slot *s, struct lk_chain *e)
{
	const struct lk_held *h = &s->held[lk_get(&s->top)];
	uint64_t ident = lk_get(&h->ident), pack = lk_get(&h->pack);
	uint64_t key = lk_get(&h->key), set = lk_get(&h->set);

	if (lk_get(&e->key) != key) {
		evict(s, e);
		lk_put(&e->pack, pack);
		lk_put(&e->key, key);
		if (alone(s))
			lk_put(&e->set, LK_SET_ANY);
		else
			lk_put(&e->set, class_twice(s) ? LK_SET_NEVER : set);
		lk_edges_note(s, ident, pack);
	} else if (lk_get(&e->set) == LK_SET_NEVER) {
		lk_edges_note(s, ident, pack);
	} else {
		lk_put(&e->set, LK_SET_VARIES);
		if (!instances_seen(s, key, set))
			lk_edges_note(s, ident, pack);
	}
	lk_bump(&e->count, 1);
}

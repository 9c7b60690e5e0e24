/* waitfor.c: who waits for whom, of strands as they were read. */
#include "locks/locks.h"

static bool
same_node(const struct lk_node_info *a, const struct lk_node_info *b)
{
	return a->ident != 0 && a->kind == b->kind && a->ident == b->ident;
}

static bool
shares(const struct lk_node_info *n)
{
	return n->mode == LKM_READ || n->mode == LKM_RREAD;
}

static bool
has(const struct lk_strand_info *s, const struct lk_node_info *want)
{
	uint32_t i;

	for (i = 0; i < s->nheld && i < LK_MAXHELD; i++)
		if (same_node(&s->held[i], want) &&
		    (!shares(&s->held[i]) || !shares(want)))
			return true;
	return false;
}

bool
lk_waits_for(const struct lk_strand_info *s, const struct lk_strand_info *other)
{
	if (s->wait.kind == LKN_JOIN)
		return s->wait.ident != 0 && s->wait.ident == other->self;
	/* who upgrades holds it shared, which is not in its own way */
	if (s == other && s->wait.how == LKH_UPGRADED)
		return false;
	return has(other, &s->wait);
}

bool
lk_queues_behind(const struct lk_strand_info *s,
    const struct lk_strand_info *other)
{
	return s != other && s->wait.kind == LKN_LOCK &&
	    s->wait.mode == LKM_READ && other->wait.mode == LKM_WRITE &&
	    same_node(&other->wait, &s->wait);
}

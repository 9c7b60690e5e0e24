/*
 * What create and join put in an order.
 *
 *	life a ──last──► joined by x ──► ... joined by y		ends
 *	life b ◄─first── born in z ◄── ... born in y		begins
 *
 * If the same strand y first knows that a is over, and then makes what leads
 * to b, then a never runs beside b.
 */
#include "analysis/lockorder_int.h"

#define DEEP	64	/* generations of strands */

struct instant {
	uint32_t	life;
	uint64_t	when;
};

/* => when the strand that joined it knew; false: nobody did */
static bool
known_over(const struct ana_snapshot *s, struct instant *at)
{
	const struct lk_life_info *l = lo_life(s, at->life);

	if (l == NULL || l->ended == 0 || l->joiner == 0)
		return false;
	at->life = l->joiner;
	at->when = l->joined;
	return true;
}

static bool
made_by(const struct ana_snapshot *s, struct instant *at)
{
	const struct lk_life_info *l = lo_life(s, at->life);

	if (l == NULL || l->parent == 0)
		return false;
	at->life = l->parent;
	at->when = l->born;
	return true;
}

/* Did b's life, or one that it comes from, do it after at? */
static bool
follows(const struct ana_snapshot *s, struct instant at, struct instant b)
{
	unsigned i;

	for (i = 0; i < DEEP; i++) {
		if (b.life == at.life)
			return at.when <= b.when;
		if (!made_by(s, &b))
			break;
	}
	return false;
}

static bool
before(const struct ana_snapshot *s, const struct lk_dep_seen *a,
    const struct lk_dep_seen *b)
{
	struct instant end = { a->life, a->last };
	const struct instant begin = { b->life, b->first };
	unsigned i;

	if (a->last == 0)
		return false;
	for (i = 0; i < DEEP; i++) {
		if (follows(s, end, begin))
			return true;
		if (!known_over(s, &end))
			break;
	}
	return false;
}

bool
lo_seen_ordered(const struct ana_snapshot *s, const struct lk_dep_seen *a,
    const struct lk_dep_seen *b)
{
	return before(s, a, b) || before(s, b, a);
}

/* All pairs of different strands are. */
bool
lo_ordered(uint64_t a, uint64_t b, void *arg)
{
	const struct lo *lo = arg;
	const struct ana_snapshot *s = lo->s;
	const struct lk_dep_info *x = &s->deps[LO_TAG_DEP(a)];
	const struct lk_dep_info *y = &s->deps[LO_TAG_DEP(b)];
	bool pairs = false;
	uint32_t i, k;

	if (s->nlives == 0 || x->more_seen || y->more_seen)
		return false;
	for (i = 0; i < x->nseen; i++)
		for (k = 0; k < y->nseen; k++) {
			if (x->seen[i].life == y->seen[k].life)
				continue;
			if (x->seen[i].life == 0 || y->seen[k].life == 0 ||
			    !lo_seen_ordered(s, &x->seen[i], &y->seen[k]))
				return false;
			pairs = true;
		}
	return pairs;
}

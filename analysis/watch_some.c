/*
 * watch_some.c: dependencies that a look at lock order cannot do without.
 *
 * A run writes down thousands of them, one for each set of instances, and
 * nearly all say of other instances what is known of their classes.  Needed
 * are
 *	- the first of each kind: the same classes, taken in the same ways;
 *	- all by which a class is taken that nests in itself or may lie on a
 *	  cycle: there it depends on the instances, and on who else writes;
 *	- all, once anybody waited for an event or another's end: what stands in
 *	  for the holder then has no dependency of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/watch_int.h"

#define ROUNDS	64	/* classes trimmed by fewer are taken for a cycle's */

static uint64_t
way_of(const struct lk_node_info *n)
{
	return (uint64_t)n->kind << 24 | (uint64_t)n->mode << 16 |
	    (uint64_t)n->how << 8 | n->dupok;
}

static const struct lk_node_info nothing;

static uint32_t
kind_of(const struct ana_some *some, const struct lk_dep_info *d,
    const struct lk_node_info *held)
{
	return ana_id_find(&some->kinds,
	    (uint64_t)held->class << 32 | d->want.class,
	    way_of(held) << 32 | way_of(&d->want));
}

static void
learn(struct ana_some *some, const struct lk_dep_info *d,
    const struct lk_node_info *held)
{
	uint64_t classes = (uint64_t)held->class << 32 | d->want.class;
	uint32_t was = some->kinds.n;

	if (ana_id_of(&some->kinds, classes,
	    way_of(held) << 32 | way_of(&d->want)) == ANA_NOID ||
	    ana_id_of(&some->arcs, classes, 0) == ANA_NOID) {
		some->whole = true;
		return;
	}
	if (some->kinds.n != was)
		ana_grow_add(&some->first, &d->id);
}

static void
learn_row(const struct lk_dep_info *d, void *arg)
{
	struct ana_some *some = arg;
	uint32_t i;

	some->learnt = d->id;
	if (d->want.kind == LKN_EVENT || d->want.kind == LKN_JOIN)
		some->whole = true;
	for (i = 0; i < d->nheld; i++)
		learn(some, d, &d->held[i]);
	if (d->nheld == 0)
		learn(some, d, &nothing);
}

static bool
needed(const struct ana_some *some, const struct lk_dep_info *d,
    const struct lk_node_info *held)
{
	const uint32_t *first = some->first.rows;
	uint32_t kind = kind_of(some, d, held);

	return some->ring[d->want.class] ||
	    (kind < some->first.n && first[kind] == d->id);
}

static void
pick_row(const struct lk_dep_info *d, void *arg)
{
	struct ana_some *some = arg;
	bool pick = d->nheld == 0 && needed(some, d, &nothing);
	uint32_t i;

	if (d->id > some->learnt)	/* it came meanwhile */
		return;
	some->picked = d->id;
	for (i = 0; i < d->nheld && !pick; i++)
		pick = needed(some, d, &d->held[i]);
	if (pick)
		ana_grow_add(&some->ids, &d->id);
}

#define LEADS	1	/* to one of the ring */
#define LED_TO	2	/* by one */

/* => some that were taken for ones on a cycle are none */
static bool
trim(const struct ana_idmap *arcs, bool *ring)
{
	unsigned char *has = calloc(LK_MAXCLASS, 1);
	bool any = false;
	uint32_t i, from, to;

	if (has == NULL)
		return false;
	for (i = 0; i < arcs->n; i++) {
		from = (uint32_t)(arcs->key[i][0] >> 32);
		to = (uint32_t)arcs->key[i][0];
		if (from == to)
			has[from] = LEADS | LED_TO;
		if (ring[from] && ring[to]) {
			has[from] |= LEADS;
			has[to] |= LED_TO;
		}
	}
	for (i = 0; i < LK_MAXCLASS; i++)
		if (ring[i] && has[i] != (LEADS | LED_TO)) {
			ring[i] = false;
			any = true;
		}
	free(has);
	return any;
}

/* => the classes that may lie on a cycle are others than they were */
static bool
ring_moved(struct ana_some *some)
{
	bool was[LK_MAXCLASS];
	unsigned i;

	memcpy(was, some->ring, sizeof(was));
	memset(some->ring, true, sizeof(some->ring));
	for (i = 0; i < ROUNDS && trim(&some->arcs, some->ring); i++)
		;
	return memcmp(was, some->ring, sizeof(was)) != 0;
}

void
ana_some_look(struct ana_some *some, const struct lk_record *rec)
{
	uint32_t narcs = some->arcs.n;

	if (some->whole)
		return;
	some->first.size = some->ids.size = sizeof(uint32_t);
	lk_record_deps(rec, some->learnt + 1, learn_row, some);
	if (some->arcs.n != narcs && ring_moved(some)) {
		some->picked = 0;
		some->ids.n = 0;
	}
	lk_record_deps(rec, some->picked + 1, pick_row, some);
	if (some->first.failed || some->ids.failed)
		some->whole = true;
}

void
ana_some_free(struct ana_some *some)
{
	ana_idmap_free(&some->kinds);
	ana_idmap_free(&some->arcs);
	free(some->first.rows);
	free(some->ids.rows);
}

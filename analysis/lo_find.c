/*
 * Searching for cycles, and one for all that share an arc.
 *
 * What can happen is told at once, and its arcs are muted: the search goes on
 * among what is left.  What only might is put aside until all is searched.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/lockorder_int.h"

#define ASIDE	1024		/* cycles put aside */

static void
kept_copy(struct lo *lo, struct lo_kept *k, const struct ord_cycle *c)
{
	struct ord_wait w;
	enum ord_mode mode;
	uint32_t label;
	unsigned i;

	*k = (struct lo_kept){
		.kind = c->kind, .level = c->level, .why = c->why,
		.gate = c->gate, .n = c->n, .count = 1,
	};
	k->dep = ana_alloc(lo->r, c->n, sizeof(*k->dep));
	k->arc = ana_alloc(lo->r, c->n, sizeof(*k->arc));
	if (k->dep == NULL || k->arc == NULL) {
		k->n = 0;
		return;
	}
	memcpy(k->dep, c->dep, c->n * sizeof(*k->dep));
	for (i = 0; i < c->n; i++) {
		ord_dep(lo->g, c->dep[i], &w);
		ord_dep_holds(lo->g, c->dep[(i + 1) % c->n], w.want.lock,
		    &mode, &label);
		k->arc[i] = label - 1;
	}
}

/* A shorter one through the same place says it better. */
static void
shorten(struct lo *lo, struct lo_kept *k)
{
	struct ord_cycle c;
	struct lo_kept was = *k;
	unsigned i, least;

	for (i = 0; i < was.n && k->n > 2; i++) {
		if (ord_least(lo->g, was.dep[i], &least) != 0 ||
		    least >= k->n || ord_search(lo->g, was.dep[i], &c) != 0)
			continue;
		if (c.kind == k->kind && c.level == k->level && c.n < k->n)
			kept_copy(lo, k, &c);
	}
}

static bool
same_arcs(const struct lo_kept *a, const struct lo_kept *b)
{
	unsigned i, k;

	if (a->kind != b->kind)
		return false;
	for (i = 0; i < a->n; i++)
		for (k = 0; k < b->n; k++)
			if (a->arc[i] == b->arc[k])
				return true;
	return false;
}

static struct lo_kept *
kept_new(struct lo *lo)
{
	if (ord_grow(&lo->kept, &lo->ckept, lo->nkept + 1,
	    sizeof(*lo->kept)) != 0) {
		lo->nomem = true;
		return NULL;
	}
	return &lo->kept[lo->nkept];
}

static void
mute(struct lo *lo, const struct lo_kept *k)
{
	unsigned i;

	for (i = 0; k->kind == ORDK_CYCLE && i < k->n; i++)
		lo->nomem |= ord_mute(lo->g, k->arc[i] + 1) != 0;
}

/* Known from a cycle of the same arcs and no lower level? */
static bool
known(struct lo *lo, const struct lo_kept *k)
{
	uint32_t i;

	for (i = 0; i < lo->nkept; i++) {
		struct lo_kept *old = &lo->kept[i];

		if (old->level < k->level || !same_arcs(old, k))
			continue;
		/* aside are only equals as long as it is not sure */
		if (old->level != ORD_ERROR && (old->n > k->n ||
		    old->level != k->level))
			continue;
		old->count++;
		return true;
	}
	return false;
}

static void
on_cycle(const struct ord_cycle *c, void *arg)
{
	struct lo *lo = arg;
	struct lo_kept *k;

	/* Readers alone never block each other. */
	if (c->level == ORD_INFO && !(c->why & (ORDW_GATE | ORDW_ORDERED)))
		return;
	k = kept_new(lo);
	if (k == NULL)
		return;
	kept_copy(lo, k, c);
	if (k->n == 0 || known(lo, k) || (k->level != ORD_ERROR &&
	    lo->nkept > ASIDE))
		return;
	if (k->level == ORD_ERROR && k->kind == ORDK_CYCLE) {
		shorten(lo, k);
		mute(lo, k);
	}
	lo->nkept++;
}

static int
worse_first(const void *a, const void *b)
{
	const struct lo_kept *x = a, *y = b;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return x->dep[0] < y->dep[0] ? -1 : x->dep[0] > y->dep[0];
}

/* Worst and shortest first; the others that share an arc with it go. */
static void
merge(struct lo *lo)
{
	uint32_t i, k, n = 0;
	unsigned a;

	if (lo->nkept != 0)
		qsort(lo->kept, lo->nkept, sizeof(*lo->kept), worse_first);
	for (i = 0; i < lo->nkept; i++) {
		for (k = 0; k < n; k++)
			if (same_arcs(&lo->kept[k], &lo->kept[i]))
				break;
		if (k < n) {
			lo->kept[k].count += lo->kept[i].count;
			continue;
		}
		lo->kept[n] = lo->kept[i];
		for (a = 0; lo->kept[n].kind == ORDK_CYCLE &&
		    a < lo->kept[n].n; a++)
			lo->arc[lo->kept[n].arc[a]].told = true;
		n++;
	}
	lo->nkept = n;
}

void
lo_find(struct lo *lo)
{
	if (ord_search_new(lo->g, on_cycle, lo, &lo->gaveup) == ENOMEM)
		lo->nomem = true;
	merge(lo);
}

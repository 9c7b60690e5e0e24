/*
 * order.c: the graph of dependencies is fed here; order_search.c looks for
 * cycles, order_judge.c says how bad they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/order_graph_int.h"

#define BUDGET		200000
#define TOTAL		10000000

int
ord_grow(void *arrayp, uint32_t *cap, uint32_t n, size_t size)
{
	uint32_t want = *cap == 0 ? 64 : *cap;
	void *p;

	while (want < n)
		want *= 2;
	if (want == *cap)
		return 0;
	memcpy(&p, arrayp, sizeof(p));
	p = realloc(p, want * size);
	if (p == NULL)
		return ENOMEM;
	memcpy(arrayp, &p, sizeof(p));
	*cap = want;
	return 0;
}

int
ord_create(const struct ord_opts *o, struct ord_graph **out)
{
	struct ord_graph *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return ENOMEM;
	if (o != NULL)
		g->o = *o;
	if (g->o.budget == 0)
		g->o.budget = BUDGET;
	if (g->o.total == 0)
		g->o.total = TOTAL;
	*out = g;
	return 0;
}

void
ord_destroy(struct ord_graph *g)
{
	if (g == NULL)
		return;
	free(g->dep);
	free(g->hold);
	free(g->label);
	free(g->owner);
	free(g->next);
	free(g->muted);
	free(g->lock);
	free(g->bucket);
	free(g->path);
	free(g->best);
	free(g->queue);
	free(g);
}

static int
lock_get(struct ord_graph *g, uint32_t x)
{
	uint32_t i;
	int error;

	if (x < g->nlock)
		return 0;
	error = ord_grow(&g->lock, &g->clock, x + 1, sizeof(*g->lock));
	if (error != 0)
		return error;
	for (i = g->nlock; i <= x; i++)
		g->lock[i] = (struct ord_lock){
			.holders = ORD_NIL, .wanters = ORD_NIL
		};
	g->nlock = x + 1;
	return 0;
}

int
ord_wrote(struct ord_graph *g, uint32_t x, uint32_t strand)
{
	struct ord_lock *l;
	int error = lock_get(g, x);

	if (error != 0)
		return error;
	l = &g->lock[x];
	if (l->writer[0] == 0)
		l->writer[0] = strand + 1;
	else if (l->writer[1] == 0 && l->writer[0] != strand + 1)
		l->writer[1] = strand + 1;
	return 0;
}

/* ------------------------------------------------------------------------
 * feeding
 */
static uint64_t
mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static bool
hold_less(const struct ord_hold *x, const struct ord_hold *y)
{
	return x->lock != y->lock ? x->lock < y->lock : x->mode < y->mode;
}

static bool
hold_same(const struct ord_hold *x, const struct ord_hold *y)
{
	return x->lock == y->lock && x->mode == y->mode;
}

/* At the end of the arrays, by lock; they stay there if they are new. */
static void
hold_sort(struct ord_graph *g, const struct ord_wait *w)
{
	struct ord_hold *h = &g->hold[g->nhold];
	uint32_t *label = &g->label[g->nhold];
	unsigned i, j;

	for (i = 0; i < w->nheld; i++) {
		for (j = i; j > 0 && hold_less(&w->held[i], &h[j - 1]); j--) {
			h[j] = h[j - 1];
			label[j] = label[j - 1];
		}
		h[j] = w->held[i];
		label[j] = w->label != NULL ? w->label[i] : 0;
	}
}

static uint64_t
wait_hash(const struct ord_wait *w, const struct ord_hold *held)
{
	uint64_t h = mix(w->want.lock, (uint64_t)w->want.mode << 1 | w->upgrade);
	unsigned i;

	for (i = 0; i < w->nheld; i++)
		h = mix(h, (uint64_t)held[i].lock << 2 | held[i].mode);
	return h;
}

static bool
dep_is(const struct ord_graph *g, const struct ord_node *d,
    const struct ord_wait *w, const struct ord_hold *held)
{
	unsigned i;

	if (d->want.lock != w->want.lock || d->want.mode != w->want.mode ||
	    d->upgrade != w->upgrade || d->nheld != w->nheld)
		return false;
	for (i = 0; i < w->nheld; i++)
		if (!hold_same(&g->hold[d->held + i], &held[i]))
			return false;
	return true;
}

static int
rehash(struct ord_graph *g)
{
	uint32_t n = g->nbucket == 0 ? 256 : g->nbucket * 2, i, *b;
	struct ord_wait w;

	if (g->ndep < g->nbucket)
		return 0;
	b = malloc(n * sizeof(*b));
	if (b == NULL)
		return ENOMEM;
	memset(b, 0xff, n * sizeof(*b));
	free(g->bucket);
	g->bucket = b;
	g->nbucket = n;
	for (i = 0; i < g->ndep; i++) {
		uint32_t *at;

		ord_dep(g, i, &w);
		at = &b[wait_hash(&w, w.held) & (n - 1)];
		g->dep[i].hash_next = *at;
		*at = i;
	}
	return 0;
}

/* => false: this strand was known, or there are many anyway */
static bool
dep_strand(struct ord_node *d, uint32_t strand)
{
	unsigned i;

	for (i = 0; i < d->nstrands; i++)
		if (d->strand[i] == strand)
			return false;
	if (d->nstrands == ORD_NSTRANDS)
		return false;
	d->strand[d->nstrands++] = strand;
	return true;
}

static int
dep_make(struct ord_graph *g, const struct ord_wait *w, uint64_t hash)
{
	struct ord_node *d = &g->dep[g->ndep];
	uint32_t *at = &g->bucket[hash & (g->nbucket - 1)];
	struct ord_lock *l;
	uint32_t i, end = g->nhold + w->nheld;
	int error;

	error = lock_get(g, w->want.lock);
	for (i = g->nhold; i < end && error == 0; i++)
		error = lock_get(g, g->hold[i].lock);
	if (error != 0)
		return error;
	l = &g->lock[w->want.lock];
	*d = (struct ord_node){
		.want = w->want, .upgrade = w->upgrade, .tag = w->tag,
		.held = g->nhold, .nheld = w->nheld, .hash_next = *at,
		.want_next = l->wanters,
	};
	l->wanters = g->ndep;
	for (i = g->nhold; i < end; i++) {
		l = &g->lock[g->hold[i].lock];
		g->owner[i] = g->ndep;
		g->next[i] = l->holders;
		l->holders = i;
	}
	g->nhold = end;
	*at = g->ndep++;
	return 0;
}

static int
room(struct ord_graph *g, uint32_t n)
{
	int error;

	if ((error = ord_grow(&g->dep, &g->cdep, g->ndep + 1,
	    sizeof(*g->dep))) != 0 ||
	    (error = ord_grow(&g->hold, &g->chold, n, sizeof(*g->hold))) != 0 ||
	    (error = ord_grow(&g->label, &g->clabel, n,
	    sizeof(*g->label))) != 0 ||
	    (error = ord_grow(&g->owner, &g->cowner, n,
	    sizeof(*g->owner))) != 0 ||
	    (error = ord_grow(&g->next, &g->cnext, n, sizeof(*g->next))) != 0)
		return error;
	return rehash(g);
}

int
ord_add(struct ord_graph *g, const struct ord_wait *w, uint32_t *dep,
    bool *fresh)
{
	const struct ord_hold *held;
	uint64_t hash;
	uint32_t i;
	int error;

	error = room(g, g->nhold + w->nheld + 1);
	if (error != 0)
		return error;
	hold_sort(g, w);
	held = &g->hold[g->nhold];
	hash = wait_hash(w, held);
	for (i = g->bucket[hash & (g->nbucket - 1)]; i != ORD_NIL;
	    i = g->dep[i].hash_next)
		if (dep_is(g, &g->dep[i], w, held))
			break;
	if (i == ORD_NIL) {
		i = g->ndep;
		error = dep_make(g, w, hash);
		if (error != 0)
			return error;
		g->split = g->bounded = false;
	}
	*dep = i;
	*fresh = dep_strand(&g->dep[i], w->strand);
	g->dep[i].fresh |= *fresh;
	return 0;
}

int
ord_flag(struct ord_graph *g, uint32_t label, uint8_t flag)
{
	int error;

	error = ord_grow(&g->muted, &g->cmuted, label + 1, 1);
	if (error != 0)
		return error;
	if (label >= g->nmuted) {
		memset(&g->muted[g->nmuted], 0, label + 1 - g->nmuted);
		g->nmuted = label + 1;
	}
	g->muted[label] |= flag;
	return 0;
}

int
ord_mute(struct ord_graph *g, uint32_t label)
{
	if (label == 0)
		return 0;
	g->split &= label < g->nmuted && (g->muted[label] & ORD_MUTED) != 0;
	return ord_flag(g, label, ORD_MUTED);
}

void
ord_dep(const struct ord_graph *g, uint32_t i, struct ord_wait *w)
{
	const struct ord_node *d = &g->dep[i];

	*w = (struct ord_wait){
		.strand = d->nstrands != 0 ? d->strand[0] : 0,
		.want = d->want, .upgrade = d->upgrade, .tag = d->tag,
		.held = &g->hold[d->held], .label = &g->label[d->held],
		.nheld = d->nheld,
	};
}

uint32_t
ord_ndeps(const struct ord_graph *g)
{
	return g->ndep;
}

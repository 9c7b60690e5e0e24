/*
 * predict_scc.c: components of the graph of locks (Tarjan 1972), without
 * recursion.
 */
#include <stdlib.h>

#include "analysis/predict_graph_int.h"

struct walk {
	uint32_t	*start, *to;	/* arcs, by the lock they leave */
	uint32_t	*index, *low, *open, *frame, *next;
	uint32_t	nopen, nframe, clock, comp;
};

static bool
walk_make(struct walk *w, const struct ana_idmap *arcs, uint32_t nlocks)
{
	size_t n = (size_t)nlocks + 2;
	uint32_t i, from;

	w->start = calloc(n, sizeof(*w->start));
	w->to = calloc((size_t)arcs->n + 1, sizeof(*w->to));
	w->index = calloc(n, sizeof(*w->index));
	w->low = calloc(n, sizeof(*w->low));
	w->open = calloc(n, sizeof(*w->open));
	w->frame = calloc(n, sizeof(*w->frame));
	w->next = calloc(n, sizeof(*w->next));
	if (w->start == NULL || w->to == NULL || w->index == NULL ||
	    w->low == NULL || w->open == NULL || w->frame == NULL ||
	    w->next == NULL)
		return false;
	for (i = 0; i < arcs->n; i++)
		w->start[arcs->key[i][0] + 1]++;
	for (i = 1; i <= nlocks; i++)
		w->start[i] += w->start[i - 1];
	for (i = 0; i < arcs->n; i++) {
		from = (uint32_t)arcs->key[i][0];
		w->to[w->start[from] + w->next[from]++] =
		    (uint32_t)arcs->key[i][1];
	}
	return true;
}

static void
walk_free(struct walk *w)
{
	free(w->start);
	free(w->to);
	free(w->index);
	free(w->low);
	free(w->open);
	free(w->frame);
	free(w->next);
}

static void
enter(struct prd *p, struct walk *w, uint32_t x)
{
	w->index[x] = w->low[x] = ++w->clock;
	w->next[x] = w->start[x];
	p->l[x].comp = PRD_NIL;		/* open */
	w->open[w->nopen++] = x;
	w->frame[w->nframe++] = x;
}

static void
leave(struct prd *p, struct walk *w)
{
	uint32_t x = w->frame[--w->nframe], y, n = 0;

	if (w->nframe > 0) {
		y = w->frame[w->nframe - 1];
		if (w->low[x] < w->low[y])
			w->low[y] = w->low[x];
	}
	if (w->low[x] != w->index[x])
		return;
	w->comp++;
	do {
		y = w->open[--w->nopen];
		p->l[y].comp = w->comp;
		n++;
	} while (y != x);
	if (n == 1)
		p->l[x].comp = 0;
}

static void
from(struct prd *p, struct walk *w, uint32_t x)
{
	uint32_t y;

	enter(p, w, x);
	while (w->nframe > 0) {
		x = w->frame[w->nframe - 1];
		if (w->next[x] == w->start[x + 1]) {
			leave(p, w);
			continue;
		}
		y = w->to[w->next[x]++];
		if (w->index[y] == 0)
			enter(p, w, y);
		else if (p->l[y].comp == PRD_NIL && w->index[y] < w->low[x])
			w->low[x] = w->index[y];
	}
}

bool
prd_components(struct prd *p, const struct ana_idmap *arcs)
{
	struct walk w = { 0 };
	uint32_t i;
	bool good = walk_make(&w, arcs, p->locks.n);

	for (i = 0; good && i < p->locks.n; i++)
		if (w.index[i] == 0)
			from(p, &w, i);
	walk_free(&w);
	return good;
}

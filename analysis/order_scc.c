/*
 * order_scc.c: strongly connected components of the lock graph (Tarjan 1972),
 * without recursion.  An arc goes from a held lock to the wanted one.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/order_graph_int.h"

struct frame {
	uint32_t	lock, next;	/* next: hold entry to look at */
};

struct scc {
	struct frame	*frame;
	uint32_t	*open;		/* locks of components not closed yet */
	uint32_t	nframe, nopen, index, comp;
};

static void
scc_enter(struct ord_graph *g, struct scc *s, uint32_t x)
{
	struct ord_lock *l = &g->lock[x];

	l->index = l->low = ++s->index;
	l->comp = ORD_NIL;			/* open */
	s->open[s->nopen++] = x;
	s->frame[s->nframe++] = (struct frame){ x, l->holders };
}

static void
scc_leave(struct ord_graph *g, struct scc *s)
{
	uint32_t x = s->frame[--s->nframe].lock, y, n = 0;
	struct ord_lock *l = &g->lock[x];

	if (s->nframe > 0) {
		struct ord_lock *up = &g->lock[s->frame[s->nframe - 1].lock];

		if (l->low < up->low)
			up->low = l->low;
	}
	if (l->low != l->index)
		return;
	s->comp++;
	do {
		y = s->open[--s->nopen];
		g->lock[y].comp = s->comp;
		n++;
	} while (y != x);
	if (n == 1)
		l->comp = 0;
}

static void
scc_from(struct ord_graph *g, struct scc *s, uint32_t x)
{
	scc_enter(g, s, x);
	while (s->nframe > 0) {
		struct frame *f = &s->frame[s->nframe - 1];
		struct ord_lock *l = &g->lock[f->lock], *to;
		uint32_t y, at;

		if (f->next == ORD_NIL) {
			scc_leave(g, s);
			continue;
		}
		y = g->dep[g->owner[f->next]].want.lock;
		at = f->next;
		f->next = g->next[at];
		if (ord_is_muted(g, at))
			continue;
		to = &g->lock[y];
		if (to->index == 0)
			scc_enter(g, s, y);
		else if (to->comp == ORD_NIL && to->index < l->low)
			l->low = to->index;
	}
}

int
ord_split(struct ord_graph *g)
{
	struct scc s = { .comp = 0 };
	uint32_t i;

	s.frame = malloc((g->nlock + 1) * sizeof(*s.frame));
	s.open = malloc((g->nlock + 1) * sizeof(*s.open));
	if (s.frame == NULL || s.open == NULL) {
		free(s.frame);
		free(s.open);
		return ENOMEM;
	}
	for (i = 0; i < g->nlock; i++)
		g->lock[i].index = 0;
	for (i = 0; i < g->nlock; i++)
		if (g->lock[i].index == 0)
			scc_from(g, &s, i);
	free(s.frame);
	free(s.open);
	g->split = g->bounded = true;
	return 0;
}

int
ord_on_cycle(struct ord_graph *g, uint32_t x, bool *on)
{
	int error = g->split ? 0 : ord_split(g);

	*on = error == 0 && x < g->nlock && g->lock[x].comp != 0;
	return error;
}

/*
 * predict_witness.c: T as turns of strands: an order that keeps what must
 * come before what, and the trace's order of conflicting sections.
 *
 * Each lock's sections in T stand in a row, by number; a mark goes over those
 * that have ended.
 *
 *	W2 ended | R5 ended  R5 open | W6 not begun
 *			     ^ mark
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/predict_graph_int.h"

struct row {			/* a section in T */
	uint32_t	lock, number, event;
	bool		write, ended;
};
struct lane {			/* of a lock */
	uint32_t	from, to;	/* its rows */
	uint32_t	mark;		/* all before it have ended */
	uint32_t	wmark;		/* ... that write */
};
struct plan {
	struct prd	*p;
	struct row	*row;
	uint32_t	nrows;
	struct lane	*lane;
	uint32_t	*done, *ecur;	/* by strand */
	uint32_t	*place;		/* by event of T: its row; in prd.next */
};

static int
row_cmp(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->event < y->event ? -1 : x->event > y->event;
}

static uint32_t
count_rows(const struct prd *p, struct row *row)
{
	uint32_t i, at, n = 0;

	for (i = 0; i < p->nstrands; i++)
		for (at = 0; at < p->t[i]; at++) {
			const struct lk_trace_event *e = &p->s[i].e[at];

			if (!prd_is_section(e))
				continue;
			if (row != NULL)
				row[n] = (struct row){
					p->lock[p->s[i].base + at],
					prd_number(e), p->s[i].base + at,
					e->mode == LKM_WRITE, false,
				};
			n++;
		}
	return n;
}

static bool
plan_make(struct plan *w, struct prd *p)
{
	uint32_t i;

	memset(w, 0, sizeof(*w));
	w->p = p;
	w->nrows = count_rows(p, NULL);
	w->row = malloc((w->nrows + 1) * sizeof(*w->row));
	w->lane = calloc((size_t)p->locks.n + 1, sizeof(*w->lane));
	w->done = calloc((size_t)p->nstrands + 1, sizeof(*w->done));
	w->ecur = calloc((size_t)p->nstrands + 1, sizeof(*w->ecur));
	w->place = p->next;
	if (w->row == NULL || w->lane == NULL || w->done == NULL ||
	    w->ecur == NULL)
		return false;
	count_rows(p, w->row);
	if (w->nrows != 0)
		qsort(w->row, w->nrows, sizeof(*w->row), row_cmp);
	for (i = 0; i < w->nrows; i++) {
		struct lane *l = &w->lane[w->row[i].lock];

		if (i == 0 || w->row[i].lock != w->row[i - 1].lock)
			l->from = l->mark = l->wmark = i;
		l->to = i + 1;
		w->place[w->row[i].event] = i;
	}
	return true;
}

static void
plan_free(struct plan *w)
{
	free(w->row);
	free(w->lane);
	free(w->done);
	free(w->ecur);
}

/* Has every earlier section that conflicts with it ended? */
static bool
section_may(struct plan *w, uint32_t event)
{
	uint32_t at = w->place[event];
	struct lane *l = &w->lane[w->row[at].lock];

	while (l->mark < l->to && w->row[l->mark].ended)
		l->mark++;
	while (l->wmark < l->to && (w->row[l->wmark].ended ||
	    !w->row[l->wmark].write))
		l->wmark++;
	return w->row[at].write ? l->mark >= at : l->wmark >= at;
}

/* The strand's own section that this one follows upon ends with it. */
static bool
upgrade_may(struct plan *w, uint32_t strand, uint32_t at)
{
	const struct prd *p = w->p;
	uint32_t event = p->s[strand].base + at, k, row = w->place[event];
	struct lane *l = &w->lane[w->row[row].lock];

	for (k = l->from; k < row; k++)
		if (!w->row[k].ended && (w->row[k].write ||
		    w->row[row].write) && !(w->row[k].event >=
		    p->s[strand].base && w->row[k].event < event &&
		    p->ends[w->row[k].event] == at))
			return false;
	return true;
}

static bool
may(struct plan *w, uint32_t strand, uint32_t at)
{
	const struct prd *p = w->p;
	const struct prd_strand *s = &p->s[strand];
	uint32_t lock = p->lock[s->base + at], i;

	for (i = w->ecur[strand]; i < s->nedges &&
	    p->edge[s->edge + i].at <= at; i++)
		if (w->done[p->edge[s->edge + i].strand] <=
		    p->edge[s->edge + i].from)
			return false;
	if (lock != PRD_NIL && p->l[lock].init_strand != PRD_NIL &&
	    p->l[lock].init_strand != strand &&
	    w->done[p->l[lock].init_strand] <= p->l[lock].init_at)
		return false;
	if (!prd_is_section(&s->e[at]))
		return true;
	if (s->e[at].what == LKT_TURN)
		return upgrade_may(w, strand, at);
	return section_may(w, s->base + at);
}

/* Ends come with the event that ends a section. */
static void
did(struct plan *w, uint32_t strand, uint32_t at)
{
	const struct prd *p = w->p;
	const struct prd_strand *s = &p->s[strand];
	uint32_t lock = p->lock[s->base + at], k;
	const struct lane *l;

	while (w->ecur[strand] < s->nedges &&
	    p->edge[s->edge + w->ecur[strand]].at <= at)
		w->ecur[strand]++;
	if (lock == PRD_NIL || (s->e[at].what != LKT_DROP &&
	    s->e[at].what != LKT_TURN))
		return;
	l = &w->lane[lock];
	for (k = l->mark; k < l->to; k++)
		if (w->row[k].event >= s->base && w->row[k].event < s->base +
		    at && p->ends[w->row[k].event] == at) {
			w->row[k].ended = true;
			return;
		}
}

static void
turn(struct prd *p, uint32_t strand, uint32_t n)
{
	if (prd_grow(p, &p->turn, &p->cturns, p->nturns + 1,
	    sizeof(*p->turn)))
		p->turn[p->nturns++] = (struct prd_turn){ strand, n };
}

void
prd_witness(struct prd *p)
{
	struct plan w;
	bool moved = true;
	uint32_t i, from;

	p->nturns = 0;
	if (!plan_make(&w, p)) {
		p->nomem = true;
		plan_free(&w);
		return;
	}
	while (moved) {
		moved = false;
		for (i = 0; i < p->nstrands; i++) {
			from = w.done[i];
			while (w.done[i] < p->t[i] && may(&w, i, w.done[i])) {
				did(&w, i, w.done[i]);
				w.done[i]++;
			}
			if (w.done[i] != from) {
				turn(p, i, w.done[i] - from);
				moved = true;
			}
		}
	}
	/* what is left has no order that keeps all: it is not a witness */
	for (i = 0; i < p->nstrands; i++)
		if (w.done[i] != p->t[i])
			p->nturns = 0;
	plan_free(&w);
}

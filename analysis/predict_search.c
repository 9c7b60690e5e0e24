/*
 * predict_search.c: rings of abstract requests.
 *
 * From each request the search goes on to those that hold what it wants, that
 * ask to write it before the reader, or whose strand is to post it.  The depth
 * grows step by step, so a shortest ring of a kind comes first.  What can
 * happen is told once, and its arcs are muted.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/predict_graph_int.h"

#define DEPTH		128	/* parts of a ring, at most */
#define PER_START	200000	/* steps of one start and depth */

struct kind {			/* rings of the same arcs */
	uint64_t	sig;
	enum prd_verdict best;
	unsigned	tries, n;
	struct prd_part	*part;	/* of the best; NULL: none yet */
};

struct search {
	struct prd	*p;
	void		(*fn)(const struct prd_pattern *, void *);
	void		*arg;
	uint32_t	path[DEPTH];
	uint8_t		via[DEPTH];	/* to the next one */
	uint64_t	label[DEPTH];	/* of the arc into path[i] */
	unsigned	n, depth;
	uint64_t	left;		/* steps of this start */
	bool		deeper, told;
	struct kind	*kind;
	uint32_t	nkinds, ckinds;
	uint64_t	*muted;
	uint32_t	nmuted, cmuted;
};

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 31;
}

/* ---- labels ---- */

static const struct lk_trace_event *
first_of(const struct prd *p, const struct prd_dep *d)
{
	return &p->s[d->strand].e[p->inst[d->first].at];
}

/* The arc from a lock to what d wants; within a class, of a place. */
static uint64_t
label_of(const struct prd *p, uint32_t lock, const struct prd_dep *d,
    enum prd_via via)
{
	const struct lk_trace_event *e = first_of(p, d);
	uint64_t h = mix(p->l[lock].class, (uint64_t)via << 32 | e->class);

	return (p->l[lock].class == e->class ? mix(h, e->site) : h) | 1;
}

static bool
is_muted(const struct search *w, uint64_t label)
{
	uint32_t i;

	for (i = 0; i < w->nmuted; i++)
		if (w->muted[i] == label)
			return true;
	return false;
}

static void
mute(struct search *w)
{
	unsigned i;

	for (i = 0; i < w->n; i++) {
		if (w->via[(i + w->n - 1) % w->n] == PRD_QUEUE ||
		    is_muted(w, w->label[i]))
			continue;
		if (prd_grow(w->p, &w->muted, &w->cmuted, w->nmuted + 1,
		    sizeof(*w->muted)))
			w->muted[w->nmuted++] = w->label[i];
	}
}

/* ---- a ring ---- */

/* Where the strand took the lock that it holds at `at`. */
static uint32_t
taken_at(const struct prd *p, uint32_t strand, uint32_t at, uint32_t lock)
{
	const struct prd_strand *s = &p->s[strand];

	while (at-- > 0)
		if (p->lock[s->base + at] == lock &&
		    prd_is_section(&s->e[at]))
			return at;
	return PRD_NIL;
}

static void
fill_parts(const struct search *w, const uint32_t *at, struct prd_part *part)
{
	const struct prd *p = w->p;
	unsigned i, before;

	for (i = 0; i < w->n; i++) {
		const struct prd_dep *d = &p->dep[w->path[i]];

		before = (i + w->n - 1) % w->n;
		part[i] = (struct prd_part){
			.strand = d->strand, .at = at[i], .hold = PRD_NIL,
			.via = w->via[i],
		};
		if (w->via[before] == PRD_HOLD)
			part[i].hold = taken_at(p, d->strand, at[i],
			    p->dep[w->path[before]].want);
	}
}

static struct kind *
kind_of(struct search *w)
{
	uint64_t sig = w->n;
	uint32_t i;

	for (i = 0; i < w->n; i++)
		sig += mix(w->label[i], 1);
	for (i = 0; i < w->nkinds; i++)
		if (w->kind[i].sig == sig)
			return &w->kind[i];
	if (!prd_grow(w->p, &w->kind, &w->ckinds, w->nkinds + 1,
	    sizeof(*w->kind)))
		return NULL;
	w->kind[w->nkinds] = (struct kind){ .sig = sig };
	return &w->kind[w->nkinds++];
}

static void
keep(struct search *w, struct kind *k, enum prd_verdict v, const uint32_t *at)
{
	if (k->part != NULL && v <= k->best)
		return;
	free(k->part);
	k->part = calloc(w->n, sizeof(*k->part));
	if (k->part == NULL) {
		w->p->nomem = true;
		return;
	}
	k->best = v;
	k->n = w->n;
	fill_parts(w, at, k->part);
}

static void
tell(struct search *w, const struct kind *k)
{
	const struct prd_pattern pattern = {
		.verdict = k->best, .n = k->n, .part = k->part,
		.nturns = k->best == PRD_SOUND ? w->p->nturns : 0,
		.turn = w->p->turn,
	};

	w->fn(&pattern, w->arg);
}

static void
ring(struct search *w)
{
	struct prd *p = w->p;
	struct kind *k = kind_of(w);
	enum prd_verdict v;
	uint32_t at[DEPTH];
	unsigned i;

	if (k == NULL || k->tries >= p->o.tries)
		return;
	k->tries++;
	p->st.patterns++;
	for (i = 0; i < w->n; i++)
		at[i] = p->inst[p->dep[w->path[i]].first].at;
	v = prd_close(p, w->path, w->via, w->n, at);
	keep(w, k, v, at);
	if (v != PRD_SOUND || k->part == NULL)
		return;
	prd_witness(p);
	tell(w, k);
	k->tries = p->o.tries;
	mute(w);
	w->told = true;
}

/* ---- the search ---- */

/* Would what the two hold keep them apart? */
static bool
gated(const struct prd *p, const struct prd_dep *a, const struct prd_dep *b)
{
	uint32_t i = 0, k = 0;

	while (i < a->nheld && k < b->nheld) {
		const struct prd_hold *x = &p->hold[a->held + i];
		const struct prd_hold *y = &p->hold[b->held + k];

		if (x->lock == y->lock && prd_conflict(x->mode, y->mode))
			return true;
		/* equal locks: the lower mode, which writes, goes on */
		if (x->lock < y->lock || (x->lock == y->lock &&
		    x->mode <= y->mode))
			i++;
		else
			k++;
	}
	return false;
}

static bool
fits(const struct search *w, uint32_t dep)
{
	const struct prd *p = w->p;
	const struct prd_dep *d = &p->dep[dep];
	unsigned i;

	for (i = 0; i < w->n; i++)
		if (p->dep[w->path[i]].strand == d->strand ||
		    gated(p, &p->dep[w->path[i]], d))
			return false;
	return true;
}

static void	follow(struct search *);

static bool
spent(struct search *w)
{
	w->p->steps++;
	if (w->left > 0)
		w->left--;
	return w->told || w->p->nomem || w->left == 0 ||
	    w->p->steps >= w->p->o.budget;
}

static void
next(struct search *w, uint32_t dep, uint32_t lock, enum prd_via via)
{
	struct prd *p = w->p;
	uint64_t label;

	if (spent(w) || dep < w->path[0])
		return;
	label = label_of(p, lock, &p->dep[dep], via);
	if (dep == w->path[0]) {
		if (w->n < 2 || is_muted(w, label))
			return;
		w->via[w->n - 1] = (uint8_t)via;
		w->label[0] = label;
		ring(w);
		return;
	}
	if (w->n == w->depth) {
		w->deeper = true;
		return;
	}
	if (!fits(w, dep) || is_muted(w, label))
		return;
	w->via[w->n - 1] = (uint8_t)via;
	w->label[w->n] = label;
	w->path[w->n++] = dep;
	follow(w);
	w->n--;
}

static void
next_holders(struct search *w, const struct prd_dep *d)
{
	struct prd *p = w->p;
	const struct prd_lock *l = &p->l[d->want];
	uint32_t i;

	for (i = 0; i < l->nholders && !w->told; i++) {
		const struct prd_holder *h = &p->holder[l->holder + i];

		if (p->hold[h->hold].mode == LKM_WRITE ||
		    d->mode == LKM_WRITE)
			next(w, h->dep, d->want, PRD_HOLD);
	}
}

static void
follow(struct search *w)
{
	struct prd *p = w->p;
	const struct prd_dep *d = &p->dep[w->path[w->n - 1]];
	const struct prd_lock *l = &p->l[d->want];
	uint32_t i;

	if (!prd_is_lock(l)) {
		if (l->nposts != 1)	/* any of several would do */
			return;
		for (i = 0; i < p->s[l->poster].ndeps && !w->told; i++)
			next(w, p->s[l->poster].dep + i, d->want, PRD_POST);
		return;
	}
	next_holders(w, d);
	for (i = 0; i < l->nwriters && d->mode == LKM_READ &&
	    !p->o.readers_first && !w->told; i++)
		next(w, p->writer[l->writer + i], d->want, PRD_QUEUE);
}

static void
start(struct search *w, uint32_t dep)
{
	struct prd *p = w->p;

	w->deeper = true;
	for (w->depth = 2; w->deeper && w->depth < DEPTH; w->depth++) {
		w->deeper = w->told = false;
		w->left = PER_START;
		w->path[0] = dep;
		w->n = 1;
		follow(w);
		if (w->told)		/* there may be others through it */
			w->depth--, w->deeper = true;
		if (p->nomem || p->steps >= p->o.budget || w->left == 0) {
			p->st.gaveup++;
			return;
		}
	}
}

void
prd_search(struct prd *p, void (*fn)(const struct prd_pattern *, void *),
    void *arg)
{
	struct search *w = calloc(1, sizeof(*w));
	uint32_t i;

	if (w == NULL) {
		p->nomem = true;
		return;
	}
	w->p = p;
	w->fn = fn;
	w->arg = arg;
	for (i = 0; i < p->ndeps && !p->nomem &&
	    p->steps < p->o.budget; i++)
		start(w, i);
	for (i = 0; i < w->nkinds; i++)
		if (w->kind[i].part != NULL && w->kind[i].best == PRD_KEPT)
			tell(w, &w->kind[i]);
	for (i = 0; i < w->nkinds; i++) {
		if (w->kind[i].part != NULL && w->kind[i].best == PRD_ORDERED)
			tell(w, &w->kind[i]);
		free(w->kind[i].part);
	}
	free(w->kind);
	free(w->muted);
	free(w);
}

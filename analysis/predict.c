/*
 * predict.c: the predictor as a whole.  See predict_int.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/predict_graph_int.h"

#define TRIES	64
#define BUDGET	UINT64_C(300000000)

static bool
rooms(struct prd *p)
{
	size_t n = (size_t)p->nstrands + 1;

	p->t = calloc(n, sizeof(*p->t));
	p->target = calloc(n, sizeof(*p->target));
	p->ecur = calloc(n, sizeof(*p->ecur));
	p->queue = calloc(n, sizeof(*p->queue));
	p->queued = calloc(n, sizeof(*p->queued));
	p->sec = calloc((size_t)p->locks.n + 1, sizeof(*p->sec));
	p->next = malloc(((size_t)p->nevents + 1) * sizeof(*p->next));
	return p->t != NULL && p->target != NULL && p->ecur != NULL &&
	    p->queue != NULL && p->queued != NULL && p->sec != NULL &&
	    p->next != NULL;
}

int
prd_create(const struct lk_trace_strip *strip, size_t n,
    const struct prd_opts *o, struct prd **out)
{
	struct prd *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ENOMEM;
	p->o = *o;
	if (p->o.tries == 0)
		p->o.tries = TRIES;
	if (p->o.budget == 0)
		p->o.budget = BUDGET;
	p->nstrands = (uint32_t)n;
	p->s = calloc(n + 1, sizeof(*p->s));
	if (p->s == NULL || !prd_build(p, strip)) {
		prd_destroy(p);
		return ENOMEM;
	}
	*out = p;
	return 0;
}

void
prd_destroy(struct prd *p)
{
	if (p == NULL)
		return;
	free(p->s);
	free(p->lock);
	free(p->ends);
	ana_idmap_free(&p->locks);
	free(p->l);
	free(p->edge);
	free(p->dep);
	free(p->hold);
	free(p->inst);
	free(p->bucket);
	free(p->holder);
	free(p->writer);
	free(p->t);
	free(p->target);
	free(p->ecur);
	free(p->queue);
	free(p->queued);
	free(p->sec);
	free(p->next);
	free(p->turn);
	free(p);
}

int
prd_run(struct prd *p, void (*fn)(const struct prd_pattern *, void *),
    void *arg, struct prd_stats *st)
{
	if (prd_deps(p) && p->ndeps != 0) {
		if (rooms(p))
			prd_search(p, fn, arg);
		else
			p->nomem = true;
	}
	p->st.steps = p->steps;
	*st = p->st;
	return p->nomem ? ENOMEM : 0;
}

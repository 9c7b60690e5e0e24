/*
 * predict: deadlocks that did not happen, but can, from the order trace.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/predict_tell_int.h"

struct both {
	const struct ana_snapshot *s;
	struct ana_result *r;
};

static void
on_pattern(const struct prd_pattern *pattern, void *arg)
{
	struct both *b = arg;

	if (pattern->verdict == PRD_SOUND)
		prd_tell(b->s, b->r, pattern);
	else if (pattern->verdict == PRD_KEPT)
		prd_doubt(b->s, b->r, pattern);
	else
		prd_excuse(b->s, b->r, pattern);
}

static void
predict(const struct ana_snapshot *s, struct ana_result *r)
{
	/* readers of these locks do not mind a writer that waits */
	const struct prd_opts o = {
		.readers_first = strcmp(s->info.backend, "pthread") == 0,
	};
	struct both b = { s, r };
	struct prd_stats st;
	struct prd *p;

	if (prd_create(s->strips, s->nstrips, &o, &p) != 0) {
		r->nomem = true;
		return;
	}
	r->nomem |= prd_run(p, on_pattern, &b, &st) != 0;
	r->predict.events = st.events;
	r->predict.lost = s->trace_lost;
	r->predict.requests = st.requests;
	r->predict.abstract = st.abstract;
	r->predict.patterns = st.patterns;
	r->predict.gaveup = st.gaveup;
	prd_destroy(p);
}

void
ana_pass_predict(const struct ana_snapshot *s, struct ana_result *r)
{
	if (s->nstrips != 0)
		predict(s, r);
	else
		ana_judged_again(s, r);
}

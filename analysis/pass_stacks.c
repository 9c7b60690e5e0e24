/*
 * stacks: which call stacks waited, for what, how long.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

/* => without the offset: a function is one frame, inlined or not */
static const char *
function(struct ana_result *r, const struct ana_call *c)
{
	return c->name == NULL ? "?" : ana_say(r, "%.*s", c->function,
	    c->name);
}

static void
frames(struct ana_result *r, const struct ana_snapshot *s,
    const struct ana_stack *st, struct ana_wait_stack *w)
{
	struct ana_call call[ANA_MAXCALL];
	size_t n;

	if (st == NULL)
		return;
	n = ana_calls(s, st->frame, st->n, call);
	w->frames = ana_alloc(r, n, sizeof(*w->frames));
	for (; w->frames != NULL && n > 0; n--)
		w->frames[w->nframes++] = function(r, &call[n - 1]);
}

static int
most_first(const void *a, const void *b)
{
	const struct ana_wait_stack *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return strcmp(x->site, y->site);
}

void
ana_pass_stacks(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct lk_wait_stack_info *in;
	struct ana_wait_stack *w;
	size_t i;

	r->wait_stacks = ana_alloc(r, s->nwait_stacks, sizeof(*w));
	for (i = 0; r->wait_stacks != NULL && i < s->nwait_stacks; i++) {
		in = &s->wait_stacks[i];
		if (!ana_contends(in->kind))
			continue;
		w = &r->wait_stacks[r->nwait_stacks++];
		w->op = in->op == 0 ? "(none)" : ana_say(r, "%s",
		    wl_op_name(in->op));
		w->class = ana_say(r, "%s", ana_class_name(s, in->class));
		w->kind = lk_kind_name(in->kind);
		w->site = ana_site_name(r, s, in->site);
		w->mode = in->mode;
		w->n = in->n;
		w->ns = in->ns;
		frames(r, s, ana_stack_of(s, in->stack), w);
	}
	if (r->nwait_stacks != 0)
		qsort(r->wait_stacks, r->nwait_stacks, sizeof(*w), most_first);
}

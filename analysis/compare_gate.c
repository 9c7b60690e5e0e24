/*
 * compare_gate.c: are runs worse than a baseline by more than was allowed?
 *
 * A bound is violated if that much of a difference would hardly come by
 * chance: the baseline is made worse by what is allowed, then the labels are
 * exchanged, one-sided.  Of several bounds the probabilities are Holm's, so
 * that all of them together fail a tree that keeps them with probability
 * `level' at most.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_int.h"
#include "analysis/store_int.h"

struct bound {
	struct ana_compare_row *row;
	const struct ana_bound *asked;
	double		p;		/* alone */
};

/* Larger is worse, whatever the metric. */
static int
test(const struct ana_compare *c, struct ana_sample *const *a,
    struct ana_sample *const *b, struct bound *x, double *v)
{
	const struct ana_metric *m = x->row->metric;
	struct ana_stat_data d = { v, 1, c->na, c->nb, c->paired };
	double sign = m->more ? -1 : 1;
	size_t i, n = 0;
	double one;

	for (i = 0; i < c->na + c->nb; i++) {
		if (ana_sample_value(i < c->na ? a[i] : b[i - c->na], m,
		    x->row->of, &one))
			v[n++] = sign * log(one);
	}
	/* 5 % less throughput is a factor of 0.95, 5 % more waits of 1.05 */
	return ana_stat_beyond(&d, m->more ? -log1p(-x->asked->allow) :
	    log1p(x->asked->allow), &x->p);
}

static int
by_p(const void *a, const void *b)
{
	const struct bound *x = a, *y = b;

	return x->p < y->p ? -1 : x->p > y->p;
}

static const char *
range(struct ana_result *r, const struct ana_compare_row *row)
{
	if (row->low >= row->high)
		return ana_say(r, "a factor of %.3f", row->ratio);
	return ana_say(r, "a factor of %.3f, between %.3f and %.3f",
	    row->ratio, row->low, row->high);
}

static void
decide(struct ana_result *r, const struct ana_compare *c,
    const struct bound *x, bool enough, struct ana_bound_row *to)
{
	const struct ana_compare_row *row = x->row;
	bool beyond;

	to->text = x->asked->text;
	if (x->asked->of[0] == '\0' && row->of != NULL)
		to->text = ana_say(r, "%s=%g%%", row->name,
		    x->asked->allow * 100);
	to->worse = row->metric->more ? 1 - row->ratio : row->ratio - 1;
	beyond = to->worse > x->asked->allow;
	if (!enough) {
		to->state = ANA_BOUND_OPEN;
		to->says = ana_say(r, "%s: cannot be told from %zu and %zu "
		    "runs: %s", to->text, c->na, c->nb, range(r, row));
	} else if (beyond && to->p <= c->level) {
		to->state = ANA_BOUND_VIOLATED;
		to->says = ana_say(r, "%s: violated: %s", to->text,
		    range(r, row));
	} else
		to->says = ana_say(r, "%s: kept%s: %s", to->text, beyond ?
		    ", though only for want of certainty" : "",
		    range(r, row));
}

static void
open_bound(struct ana_result *r, const struct ana_bound *asked,
    const char *why, struct ana_bound_row *to)
{
	to->text = asked->text;
	to->state = ANA_BOUND_OPEN;
	to->p = 1;
	to->says = ana_say(r, "%s: cannot be told: %s", asked->text, why);
}

static bool
is_about(const struct ana_bound *asked, const struct ana_compare_row *row)
{
	return asked->metric == row->metric && (asked->of[0] == '\0' ||
	    (row->of != NULL && strcmp(asked->of, row->of) == 0));
}

static size_t
collect(struct ana_result *r, struct ana_compare *c,
    const struct ana_compare_conf *conf, struct bound *to)
{
	size_t i, k, n = 0, before;

	for (i = 0; i < conf->nbounds; i++) {
		before = n + c->nbounds;
		for (k = 0; k < c->nrows; k++) {
			if (!is_about(&conf->bounds[i], &c->rows[k]))
				continue;
			if (c->rows[k].na == c->na && c->rows[k].nb == c->nb)
				to[n++] = (struct bound){ &c->rows[k],
				    &conf->bounds[i], 1 };
			else if (conf->bounds[i].of[0] != '\0')
				open_bound(r, &conf->bounds[i],
				    c->rows[k].why,
				    &c->bounds[c->nbounds++]);
		}
		if (n + c->nbounds == before)
			open_bound(r, &conf->bounds[i], "no run has it",
			    &c->bounds[c->nbounds++]);
	}
	return n;
}

static void
tell(struct ana_result *r, const struct ana_compare *c)
{
	size_t i, violated = 0, open = 0;
	struct ana_finding *f;

	for (i = 0; i < c->nbounds; i++) {
		open += c->bounds[i].state == ANA_BOUND_OPEN;
		if (c->bounds[i].state != ANA_BOUND_VIOLATED)
			continue;
		violated++;
		f = ana_find(r, "gate.bound");
		f->print = ana_store_sum_text(c->bounds[i].text);
		f->what = c->bounds[i].says;
	}
	r->verdict = ana_say(r, "%zu of %zu bounds violated%s", violated,
	    c->nbounds, open != 0 ? ana_say(r, ", %zu cannot be told", open) :
	    "");
	if (open != 0 && !r->trust.untrusted) {
		r->trust.untrusted = true;
		r->trust.why = ana_say(r, "%zu bounds cannot be told from "
		    "these runs", open);
	}
}

void
ana_gate(struct ana_result *r, const struct ana_compare_conf *conf,
    struct ana_compare *c, struct ana_sample *const *a,
    struct ana_sample *const *b)
{
	size_t i, n, most = conf->nbounds * (c->nrows + 1) + 1;
	struct bound *all = ana_alloc(r, most, sizeof(*all));
	double *v = ana_alloc(r, c->na + c->nb + 1, sizeof(*v));
	double p = 0, times;
	bool enough;

	c->bounds = ana_alloc(r, most, sizeof(*c->bounds));
	if (all == NULL || v == NULL || c->bounds == NULL)
		return;
	n = collect(r, c, conf, all);
	enough = ana_stat_least(c->na, c->nb, c->paired, true) *
	    (double)(n != 0 ? n : 1) <= c->level;
	for (i = 0; i < n; i++)
		r->nomem |= test(c, a, b, &all[i], v) != 0;
	if (n != 0)
		qsort(all, n, sizeof(*all), by_p);
	for (i = 0; i < n; i++) {
		times = all[i].p * (double)(n - i);
		p = times > p ? times : p;
		c->bounds[c->nbounds].p = p < 1 ? p : 1;
		decide(r, c, &all[i], enough, &c->bounds[c->nbounds++]);
	}
	tell(r, c);
}

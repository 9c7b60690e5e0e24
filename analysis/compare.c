/*
 * compare.c: two sets of runs become a table.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_int.h"
#include "analysis/store_int.h"

#define LEVEL		0.05
#define LOCKS		5	/* classes, unless asked otherwise */

struct set {
	struct ana_sample *const *all;
	struct ana_sample **used;
	size_t		nall, n;
	const char	*name;
};

struct comparison {
	const struct ana_compare_conf *conf;
	struct ana_result *r;
	struct ana_compare *c;
	struct set	a, b;
	char		*why;
};

const char *
ana_verdict_name(enum ana_verdict v)
{
	static const char *const names[] = {
		[ANA_NO_VERDICT] = "no verdict",
		[ANA_NO_DIFFERENCE] = "no difference shown",
		[ANA_BETTER] = "better", [ANA_WORSE] = "worse"
	};

	return names[v];
}

/* ---- which runs count ---- */

/* Of a pair both do, or none. */
static const char *
why_out(const struct comparison *x, const struct set *s, size_t i)
{
	const struct set *other = s == &x->a ? &x->b : &x->a;

	if (s->all[i]->out != NULL)
		return s->all[i]->out;
	return x->conf->paired && other->all[i]->out != NULL ?
	    "the other one of its pair is" : NULL;
}

static void
choose(struct comparison *x, struct set *s)
{
	struct ana_compare *c = x->c;
	const char *why;
	size_t i;

	s->used = ana_alloc(x->r, s->nall, sizeof(*s->used));
	for (i = 0; s->used != NULL && i < s->nall; i++) {
		why = why_out(x, s, i);
		if (why == NULL)
			s->used[s->n++] = s->all[i];
		else if (c->out != NULL)
			c->out[c->nout++] = ana_say(x->r, "%s: left out: %s",
			    s->all[i]->name, why);
	}
}

/* ---- what the runs were ---- */

struct refusal {
	struct comparison *x;
	const struct ana_sample *first, *other;
};

static bool
refuse(void *arg, const char *key, const char *a, const char *b)
{
	struct refusal *f = arg;

	snprintf(f->x->why, ANA_WHY, "%.120s and %.120s are to be of one set, "
	    "but differ in %.60s: \"%.60s\" and \"%.60s\"", f->first->name,
	    f->other->name, key, a, b);
	return false;
}

static int
same_within(struct comparison *x, const struct set *s)
{
	struct refusal f = { .x = x, .first = s->all[0] };
	size_t i;
	int error;

	x->why[0] = '\0';
	for (i = 1; i < s->nall; i++) {
		f.other = s->all[i];
		if (f.first->level != f.other->level)
			refuse(&f, "what was recorded",
			    lk_level_name(f.first->level),
			    lk_level_name(f.other->level));
		else if (strcmp(f.first->backend, f.other->backend) != 0)
			refuse(&f, "the lock", f.first->backend,
			    f.other->backend);
		error = ana_params_differ(&f.first->job, &f.other->job, refuse,
		    &f);
		if (error != 0 || x->why[0] != '\0')
			return error != 0 ? error : EINVAL;
	}
	return 0;
}

static bool
note_diff(void *arg, const char *key, const char *a, const char *b)
{
	struct comparison *x = arg;
	struct ana_compare_diff *d = &x->c->diffs[x->c->ndiffs++];

	d->key = ana_say(x->r, "%s", key);
	d->a = ana_say(x->r, "%s", a);
	d->b = ana_say(x->r, "%s", b);
	return true;
}

static int
differences(struct comparison *x)
{
	size_t n;
	int error;

	(void)wl_keys(&n);
	x->c->diffs = ana_alloc(x->r, n, sizeof(*x->c->diffs));
	if (x->c->diffs == NULL)
		return 0;
	error = ana_params_differ(&x->a.all[0]->job, &x->b.all[0]->job,
	    note_diff, x);
	if (error != 0 || !x->c->gate || x->c->ndiffs == 0)
		return error;
	snprintf(x->why, ANA_WHY, "%.120s and %.120s: runs differ from their "
	    "baseline in %.60s: \"%.60s\" and \"%.60s\"",
	    x->a.all[0]->name, x->b.all[0]->name, x->c->diffs[0].key,
	    x->c->diffs[0].a, x->c->diffs[0].b);
	return EINVAL;
}

/* ---- rows ---- */

static bool
is_wanted(const struct comparison *x, const struct ana_value *v)
{
	const struct ana_compare_conf *conf = x->conf;
	size_t i;

	for (i = 0; i < conf->nonly; i++) {
		if (conf->only[i].metric == v->metric &&
		    (conf->only[i].of[0] == '\0' || (v->of != NULL &&
		    strcmp(conf->only[i].of, v->of) == 0)))
			return true;
	}
	for (i = 0; i < conf->nbounds; i++) {
		if (conf->bounds[i].metric == v->metric &&
		    (conf->bounds[i].of[0] == '\0' || (v->of != NULL &&
		    strcmp(conf->bounds[i].of, v->of) == 0)))
			return true;
	}
	return conf->nonly + conf->nbounds == 0;
}

/* => asked for by its whole name */
static bool
is_named(const struct comparison *x, const struct ana_compare_row *row)
{
	const struct ana_compare_conf *conf = x->conf;
	const struct ana_bound *b;
	size_t i;

	for (i = 0; i < conf->nonly + conf->nbounds; i++) {
		b = i < conf->nonly ? &conf->only[i] :
		    &conf->bounds[i - conf->nonly];
		if (b->metric == row->metric && row->of != NULL &&
		    strcmp(b->of, row->of) == 0)
			return true;
	}
	return false;
}

/* Classes by what both sets together waited for them, then took them. */
static void
weigh(const struct set *s, const char *class, struct ana_weight *sum)
{
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		for (k = 0; k < s->used[i]->nweights; k++) {
			if (strcmp(s->used[i]->weights[k].class, class) != 0)
				continue;
			sum->waited += s->used[i]->weights[k].waited;
			sum->taken += s->used[i]->weights[k].taken;
		}
	}
}

static struct ana_weight
weight(const struct comparison *x, const char *class)
{
	struct ana_weight w = { .class = class };

	weigh(&x->a, class, &w);
	weigh(&x->b, class, &w);
	return w;
}

static bool
is_heavier(const struct ana_weight *x, const struct ana_weight *y)
{
	if (x->waited != y->waited)
		return x->waited > y->waited;
	if (x->taken != y->taken)
		return x->taken > y->taken;
	return strcmp(x->class, y->class) < 0;
}

/* => is it one of the classes that are shown? */
static bool
is_shown(const struct comparison *x, const char *class)
{
	const struct ana_sample *m = x->a.used[0];
	struct ana_weight mine = weight(x, class), other;
	unsigned most = x->conf->locks != 0 ? x->conf->locks : LOCKS;
	size_t i, heavier = 0;

	for (i = 0; i < m->nweights; i++) {
		other = weight(x, m->weights[i].class);
		heavier += is_heavier(&other, &mine);
	}
	return heavier < most;
}

static void
add_row(struct comparison *x, const struct ana_metric *metric, const char *of)
{
	struct ana_compare_row *row;
	size_t i;

	for (i = 0; i < x->c->nrows; i++) {
		row = &x->c->rows[i];
		if (row->metric == metric && (of == NULL || strcmp(of,
		    row->of) == 0))
			return;
	}
	row = &x->c->rows[x->c->nrows++];
	row->metric = metric;
	row->of = of == NULL ? NULL : ana_say(x->r, "%s", of);
	row->name = of == NULL ? metric->name : ana_say(x->r, "%s:%s",
	    metric->name, of);
	row->p = row->p_table = 1;
}

/*
 * Rows by metric, as the table of metrics goes.  What is of a lock is left out
 * of long tables; what was asked for is always there.
 */
static void
rows_of(struct comparison *x, const struct set *s,
    const struct ana_metric *metric)
{
	const struct ana_value *v;
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		for (k = 0; k < s->used[i]->nvalues; k++) {
			v = &s->used[i]->values[k];
			if (v->metric == metric && is_wanted(x, v) &&
			    (metric->per != ANA_PER_CLASS ||
			    x->conf->nonly + x->conf->nbounds != 0 ||
			    is_shown(x, v->of)))
				add_row(x, metric, v->of);
		}
	}
}

static void
make_rows(struct comparison *x)
{
	const struct ana_metric *metrics;
	size_t i, n, most = 0;

	for (i = 0; i < x->a.n; i++)
		most += x->a.used[i]->nvalues;
	for (i = 0; i < x->b.n; i++)
		most += x->b.used[i]->nvalues;
	x->c->rows = ana_alloc(x->r, most + 1, sizeof(*x->c->rows));
	metrics = ana_metrics(&n);
	for (i = 0; x->c->rows != NULL && i < n; i++) {
		rows_of(x, &x->a, &metrics[i]);
		rows_of(x, &x->b, &metrics[i]);
	}
}

/* => the logarithms of those that have it */
static size_t
logs(const struct set *s, const struct ana_compare_row *row, double *to)
{
	size_t i, n = 0;
	double v;

	for (i = 0; i < s->n; i++) {
		if (ana_sample_value(s->used[i], row->metric, row->of, &v))
			to[n++] = log(v);
	}
	return n;
}

/* What neither set has in all its runs is shown if somebody named it. */
static void
drop_rare(struct comparison *x)
{
	struct ana_compare *c = x->c;
	struct ana_compare_row *row;
	size_t i, k = 0;
	double *v = ana_alloc(x->r, x->a.n + x->b.n, sizeof(*v));

	for (i = 0; v != NULL && i < c->nrows; i++) {
		row = &c->rows[i];
		if (logs(&x->a, row, v) == x->a.n || logs(&x->b, row, v) ==
		    x->b.n || is_named(x, row))
			c->rows[k++] = *row;
	}
	c->nrows = k;
}

/* ---- verdicts ---- */

static const char *
too_few(struct comparison *x)
{
	size_t need = ana_stat_needed(x->c->level, x->c->paired,
	    x->c->gate);

	return ana_say(x->r, x->c->paired ? "a verdict takes %zu pairs or "
	    "more" : "a verdict takes %zu runs of each or more", need);
}

static void
judge_row(struct comparison *x, struct ana_compare_row *row,
    const struct ana_stat *st, bool enough)
{
	bool up = st->diff > 0;

	row->a = exp(st->a);
	row->b = exp(st->b);
	row->ratio = exp(st->diff);
	if (st->low < st->high) {
		row->low = exp(st->low);
		row->high = exp(st->high);
	}
	row->p = st->p;
	row->p_table = st->p_table;
	if (!enough) {
		row->why = too_few(x);
		return;
	}
	/* an interval around 1 would contradict it */
	if (st->p_table > x->c->level || (row->low <= 1 && row->high >= 1))
		row->verdict = ANA_NO_DIFFERENCE;
	else
		row->verdict = up == row->metric->more ? ANA_BETTER :
		    ANA_WORSE;
	x->c->nbetter += row->verdict == ANA_BETTER;
	x->c->nworse += row->verdict == ANA_WORSE;
}

/* What is not in all runs is shown, but takes no part. */
static void
show_part(struct comparison *x, struct ana_compare_row *row, const double *v)
{
	double sum[2] = { 0, 0 };
	size_t i;

	for (i = 0; i < row->na + row->nb; i++)
		sum[i >= row->na] += v[i];
	row->a = row->na == 0 ? 0 : exp(sum[0] / (double)row->na);
	row->b = row->nb == 0 ? 0 : exp(sum[1] / (double)row->nb);
	if (row->na != 0 && row->nb != 0)
		row->ratio = row->b / row->a;
	row->why = ana_say(x->r, "in %zu of %zu runs of %s, %zu of %zu of %s",
	    row->na, x->a.n, x->a.name, row->nb, x->b.n, x->b.name);
}

/*
 * Worse, better, the others by how near they were to it; those of the run as a
 * whole lead them.
 */
static int
by_weight(const void *a, const void *b)
{
	const struct ana_compare_row *x = a, *y = b;

	if (x->verdict != y->verdict)
		return x->verdict > y->verdict ? -1 : 1;
	if ((x->metric->per == ANA_PER_RUN) != (y->metric->per == ANA_PER_RUN))
		return x->metric->per == ANA_PER_RUN ? -1 : 1;
	if (x->metric->per != ANA_PER_RUN && x->p != y->p)
		return x->p < y->p ? -1 : 1;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return x->of == NULL ? 0 : strcmp(x->of, y->of);
}

static int
judge(struct comparison *x)
{
	struct ana_compare *c = x->c;
	size_t i, k, width = x->a.n + x->b.n;
	double *data = ana_alloc(x->r, (c->nrows + 1) * width + 1,
	    sizeof(*data));
	struct ana_stat *st = ana_alloc(x->r, c->nrows + 1, sizeof(*st));
	struct ana_stat_data d = { data, 0, x->a.n, x->b.n, c->paired };
	bool enough = ana_stat_least(d.na, d.nb, c->paired, false) <=
	    c->level;
	int error;

	if (data == NULL || st == NULL)
		return 0;
	drop_rare(x);
	for (i = 0; i < c->nrows; i++) {
		struct ana_compare_row *row = &c->rows[i];
		double *at = data + d.nrows * width;

		row->na = logs(&x->a, row, at);
		row->nb = logs(&x->b, row, at + row->na);
		if (row->na == x->a.n && row->nb == x->b.n)
			d.nrows++;
		else
			show_part(x, row, at);
	}
	error = ana_stat(&d, c->level, st);
	for (i = k = 0; i < c->nrows && error == 0; i++) {
		if (c->rows[i].why == NULL)
			judge_row(x, &c->rows[i], &st[k++], enough);
	}
	if (c->nrows != 0)
		qsort(c->rows, c->nrows, sizeof(*c->rows), by_weight);
	return error;
}

/* ---- blame ---- */

static double
cell_of(const struct ana_sample *m, const struct ana_compare_cell *c)
{
	size_t i;

	for (i = 0; i < m->ncells; i++) {
		if (strcmp(m->cells[i].waiter, c->waiter) == 0 &&
		    strcmp(m->cells[i].holder, c->holder) == 0)
			return m->cells[i].v;
	}
	return 0;
}

static void
add_cell(struct comparison *x, size_t room, const struct ana_cell *from)
{
	struct ana_compare *c = x->c;
	size_t i;

	for (i = 0; i < c->ncells; i++) {
		if (strcmp(c->cells[i].waiter, from->waiter) == 0 &&
		    strcmp(c->cells[i].holder, from->holder) == 0)
			return;
	}
	if (c->ncells == room)
		return;
	c->cells[c->ncells].waiter = ana_say(x->r, "%s", from->waiter);
	c->cells[c->ncells++].holder = ana_say(x->r, "%s", from->holder);
}

static void
add_cells(struct comparison *x, const struct set *s, size_t room)
{
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		for (k = 0; k < s->used[i]->ncells; k++)
			add_cell(x, room, &s->used[i]->cells[k]);
	}
}

static int
by_diff(const void *a, const void *b)
{
	const struct ana_compare_cell *x = a, *y = b;
	double dx = fabs(x->diff), dy = fabs(y->diff);
	int order = strcmp(x->waiter, y->waiter);

	if (dx != dy)
		return dx > dy ? -1 : 1;
	return order != 0 ? order : strcmp(x->holder, y->holder);
}

/*
 * => pairs in which there was any, or runs of the set that has more of them.
 * Of a cell that is empty most of the time nobody can tell how it scatters.
 */
static size_t
filled(const struct comparison *x, const double *v)
{
	const double *b = v + x->a.n;
	size_t i, na = 0, nb = 0;

	for (i = 0; i < x->a.n; i++)
		na += v[i] != 0 || (x->conf->paired && b[i] != 0);
	for (i = 0; i < x->b.n; i++)
		nb += b[i] != 0;
	return na * x->b.n > nb * x->a.n ? na : nb * x->a.n / x->b.n;
}

/* Differences, not ratios: most cells are nearly empty. */
static int
judge_cell(struct comparison *x, struct ana_compare_cell *cell, double *v)
{
	struct ana_stat_data d = { v, 1, x->a.n, x->b.n, x->c->paired };
	struct ana_stat st;
	size_t i;
	int error;

	for (i = 0; i < x->a.n; i++)
		v[i] = cell_of(x->a.used[i], cell);
	for (i = 0; i < x->b.n; i++)
		v[x->a.n + i] = cell_of(x->b.used[i], cell);
	error = ana_stat(&d, x->c->level, &st);
	if (error != 0)
		return error;
	cell->a = st.a;
	cell->b = st.b;
	cell->diff = st.b - st.a;
	if (filled(x, v) * 4 < x->a.n * 3)
		return 0;
	cell->low = st.low;
	cell->high = st.high;
	cell->told = st.low > 0 || st.high < 0;
	return 0;
}

static int
blame(struct comparison *x)
{
	struct ana_compare *c = x->c;
	size_t i, room = 256;
	double *v = ana_alloc(x->r, x->a.n + x->b.n, sizeof(*v));
	int error = 0;

	c->cells = ana_alloc(x->r, room, sizeof(*c->cells));
	if (c->cells == NULL || v == NULL)
		return 0;
	add_cells(x, &x->a, room);
	add_cells(x, &x->b, room);
	for (i = 0; i < c->ncells && error == 0; i++)
		error = judge_cell(x, &c->cells[i], v);
	if (c->ncells != 0)
		qsort(c->cells, c->ncells, sizeof(*c->cells), by_diff);
	return error;
}

/* ---- what comes of it ---- */

static bool
was_told(const struct set *s, const struct ana_told *t)
{
	size_t i, k;

	for (i = 0; i < s->nall; i++) {
		for (k = 0; k < s->all[i]->ntold; k++) {
			if (s->all[i]->told[k].print == t->print &&
			    strcmp(s->all[i]->told[k].name, t->name) == 0)
				return true;
		}
	}
	return false;
}

/* => a run's finding as one of the comparison, and in one line */
static const char *
find_again(struct ana_result *r, const struct ana_told *t, const char *run)
{
	struct ana_finding *f = ana_find(r, t->name);
	size_t i;

	f->level = t->level;
	f->print = t->print;
	f->what = ana_say(r, "%s: %s", run, t->what);
	f->places = ana_alloc(r, t->nplaces, sizeof(*f->places));
	for (i = 0; f->places != NULL && i < t->nplaces; i++) {
		f->places[f->nplaces] = t->places[i];
		f->places[f->nplaces].file = ana_say(r, "%s",
		    t->places[i].file);
		f->places[f->nplaces++].func = ana_say(r, "%s",
		    t->places[i].func);
	}
	return ana_say(r, "%s: %s", t->name, f->what);
}

/* Findings of B, each once; KNOWN: only those that A has not. */
static void
fresh(struct comparison *x, enum ana_fresh which)
{
	struct ana_compare *c = x->c;
	const struct ana_told *t;
	struct set before;
	size_t i, k, n = 0;

	for (i = 0; i < x->b.nall; i++)
		n += x->b.all[i]->ntold;
	c->fresh = ana_alloc(x->r, n + 1, sizeof(*c->fresh));
	for (i = 0; c->fresh != NULL && i < x->b.nall; i++) {
		before = x->b;
		before.nall = i;
		for (k = 0; k < x->b.all[i]->ntold; k++) {
			t = &x->b.all[i]->told[k];
			if (was_told(&before, t) || (which ==
			    ANA_FRESH_KNOWN && was_told(&x->a, t)))
				continue;
			c->fresh[c->nnew++] = find_again(x->r, t,
			    x->b.all[i]->name);
		}
	}
}

static void
worse(struct comparison *x)
{
	const struct ana_compare_row *row;
	char change[ANA_NUM];
	struct ana_finding *f;
	size_t i;

	for (i = 0; i < x->c->nrows; i++) {
		row = &x->c->rows[i];
		if (row->verdict != ANA_WORSE)
			continue;
		f = ana_find(x->r, "compare.worse");
		f->print = ana_store_sum_text(row->name);
		f->what = ana_say(x->r, "%s %s by %s, between a factor of "
		    "%.3f and %.3f", row->name, row->ratio > 1 ? "rose" :
		    "fell", ana_percent(fabs(row->ratio - 1), change),
		    row->low, row->high);
	}
}

static const char *
how_sure(struct comparison *x)
{
	const struct ana_compare *c = x->c;
	size_t i, with = 0;

	for (i = 0; i < c->nrows; i++)
		with += c->rows[i].verdict != ANA_NO_VERDICT;
	if (with == 0)
		return ana_say(x->r, "no verdict from %zu and %zu runs: %s",
		    c->na, c->nb, too_few(x));
	return ana_say(x->r, "two sets that do not differ show anything at "
	    "all in the %zu verdicts of a table with a probability of %g%% at "
	    "most; each interval holds with %g%%, by itself", with,
	    c->level * 100, 100 - c->level * 100);
}

static const char *
says(struct comparison *x)
{
	const struct ana_compare *c = x->c;
	size_t i, with = 0;

	for (i = 0; i < c->nrows; i++)
		with += c->rows[i].verdict != ANA_NO_VERDICT;
	if (c->nworse != 0 && c->nbetter != 0)
		return ana_say(x->r, "%s is worse in %zu, better in %zu of "
		    "%zu metrics", c->b, c->nworse, c->nbetter, with);
	if (c->nworse + c->nbetter != 0)
		return ana_say(x->r, "%s is %s in %zu of %zu metrics", c->b,
		    c->nworse != 0 ? "worse" : "better",
		    c->nworse + c->nbetter, with);
	return with == 0 ? "no verdict: too few runs" :
	    ana_say(x->r, "no difference shown in %zu metrics", with);
}

/* Runs were left out, and those that are left are too few. */
static void
trust(struct comparison *x)
{
	struct ana_compare *c = x->c;

	if (c->nout == 0 || ana_stat_least(c->na, c->nb, c->paired,
	    c->gate) <= c->level)
		return;
	x->r->trust.untrusted = true;
	x->r->trust.why = ana_say(x->r, "%zu runs were left out, and those "
	    "left are too few", c->nout);
}

static int
make(struct comparison *x)
{
	struct ana_compare *c = x->c;
	int error;

	choose(x, &x->a);
	choose(x, &x->b);
	c->na = x->a.n;
	c->nb = x->b.n;
	error = differences(x);
	if (error == 0 && c->na != 0 && c->nb != 0) {
		make_rows(x);
		error = judge(x);
		if (error == 0)
			error = blame(x);
	}
	if (error != 0 || x->r->nomem)
		return error != 0 ? error : ENOMEM;
	c->says = how_sure(x);
	x->r->verdict = says(x);
	trust(x);
	if (x->conf->gate) {
		ana_gate(x->r, x->conf, c, x->a.used, x->b.used);
		if (x->conf->fresh != ANA_FRESH_ANY)
			fresh(x, x->conf->fresh);
	} else {
		worse(x);
		fresh(x, ANA_FRESH_KNOWN);
	}
	return 0;
}

static void
begin(struct comparison *x)
{
	struct ana_compare *c = x->c;

	c->paired = x->conf->paired;
	c->gate = x->conf->gate;
	c->level = x->conf->level > 0 ? x->conf->level : LEVEL;
	c->a = x->a.name;
	c->b = x->b.name;
	c->out = ana_alloc(x->r, x->a.nall + x->b.nall, sizeof(*c->out));
	x->r->compare = c;
	x->r->facts.command = x->r->facts.scenario = "";
	x->r->facts.scheme = x->r->facts.lock = x->r->facts.why = "";
	if (x->a.all[0]->has_job)
		x->r->facts.scenario = ana_say(x->r, "%s",
		    x->a.all[0]->job.name);
}

int
ana_compare(const struct ana_compare_conf *conf, struct ana_sample *const *a,
    size_t na, struct ana_sample *const *b, size_t nb,
    struct ana_result **out, char why[ANA_WHY])
{
	struct comparison x = { .conf = conf, .why = why,
	    .a = { .all = a, .nall = na, .name = conf->gate ? "baseline" :
	    "A" }, .b = { .all = b, .nall = nb, .name = conf->gate ? "runs" :
	    "B" } };
	int error = ENOMEM;

	*out = NULL;
	snprintf(why, ANA_WHY, "no memory to compare");
	x.r = calloc(1, sizeof(*x.r));
	if (x.r == NULL)
		return ENOMEM;
	x.c = ana_alloc(x.r, 1, sizeof(*x.c));
	if (x.c != NULL) {
		begin(&x);
		error = same_within(&x, &x.a);
		if (error == 0)
			error = same_within(&x, &x.b);
		if (error == 0)
			error = make(&x);
		ana_findings_done(x.r);
	}
	if (error == 0 && x.r->nomem)
		error = ENOMEM;
	if (error != 0) {
		ana_result_free(x.r);
		return error;
	}
	*out = x.r;
	return 0;
}

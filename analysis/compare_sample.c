/*
 * compare_sample.c: metrics, and of a run the numbers that they are about.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_int.h"

#define RUN		ANA_PER_RUN
#define CLASS		ANA_PER_CLASS
#define OP		ANA_PER_OP
#define RATE		ANA_RATE
#define SHARE		ANA_SHARE
#define TIME		ANA_TIME
#define MORE		true
#define LESS		false
static const struct ana_metric metrics[] = {
#define METRIC(name, per, unit, more, floor, help)			\
	{ #name, per, unit, more, floor, help },
#include "analysis/metrics.def"
#undef METRIC
};
enum {
#define METRIC(name, per, unit, more, floor, help)	M_##name,
#include "analysis/metrics.def"
#undef METRIC
	NMETRICS
};

const struct ana_metric *
ana_metrics(size_t *n)
{
	*n = NMETRICS;
	return metrics;
}

/* ---- names ---- */

static const char *
per_name(enum ana_per per)
{
	static const char *const names[] = {
		[ANA_PER_RUN] = "", [ANA_PER_CLASS] = ":CLASS",
		[ANA_PER_OP] = ":OPERATION"
	};

	return names[per];
}

static int
no_metric(const char *name, struct wl_error *err)
{
	char all[NMETRICS][48];
	const char *names[NMETRICS];
	size_t i;

	for (i = 0; i < NMETRICS; i++) {
		snprintf(all[i], sizeof(all[i]), "%s%s", metrics[i].name,
		    per_name(metrics[i].per));
		names[i] = all[i];
	}
	snprintf(err->what, sizeof(err->what), "there is no metric \"%.100s\"",
	    name);
	wl_suggest(name, names, NMETRICS, err->expected,
	    sizeof(err->expected));
	return EINVAL;
}

/* => name[:of], len bytes of text */
static int
parse_name(const char *text, size_t len, struct ana_bound *b,
    struct wl_error *err)
{
	const char *colon = memchr(text, ':', len);
	size_t i, n = colon != NULL ? (size_t)(colon - text) : len;
	char name[128];

	memset(b, 0, sizeof(*b));
	b->text = text;
	snprintf(name, sizeof(name), "%.*s", (int)(n < 100 ? n : 100), text);
	for (i = 0; i < NMETRICS && strcmp(metrics[i].name, name) != 0; i++)
		continue;
	if (i == NMETRICS)
		return no_metric(name, err);
	b->metric = &metrics[i];
	if (colon != NULL)
		snprintf(b->of, sizeof(b->of), "%.*s", (int)(len - n - 1),
		    colon + 1);
	if (colon == NULL || (b->metric->per != RUN && b->of[0] != '\0'))
		return 0;
	snprintf(err->what, sizeof(err->what), "\"%.*s\" is no metric",
	    (int)(len < 100 ? len : 100), text);
	snprintf(err->expected, sizeof(err->expected), "%s%s", name,
	    per_name(b->metric->per));
	return EINVAL;
}

int
ana_metric_parse(const char *text, struct ana_bound *b, struct wl_error *err)
{
	return parse_name(text, strlen(text), b, err);
}

int
ana_bound_parse(const char *text, struct ana_bound *b, struct wl_error *err)
{
	const char *eq = strrchr(text, '=');
	char *end;
	int error;

	error = parse_name(text, eq != NULL ? (size_t)(eq - text) :
	    strlen(text), b, err);
	if (error != 0)
		return error;
	if (eq != NULL && eq[1] >= '0' && eq[1] <= '9') {
		b->allow = strtod(eq + 1, &end) / 100;
		if (strcmp(end, "%") == 0 &&
		    b->allow <= (b->metric->more ? 0.99 : 100))
			return 0;
	}
	snprintf(err->what, sizeof(err->what), "\"%.100s\" is no bound", text);
	snprintf(err->expected, sizeof(err->expected), "METRIC=PERCENT, as "
	    "%s%s=5%%", b->metric->name, per_name(b->metric->per));
	return EINVAL;
}

/* ---- numbers ---- */

static void
put(struct ana_sample *m, int which, const char *of, double v)
{
	struct ana_value *to = &m->values[m->nvalues++];

	to->metric = &metrics[which];
	to->of = of;
	to->v = v > metrics[which].floor ? v : metrics[which].floor;
}

bool
ana_sample_value(const struct ana_sample *m, const struct ana_metric *metric,
    const char *of, double *v)
{
	size_t i;

	for (i = 0; i < m->nvalues; i++) {
		if (m->values[i].metric != metric ||
		    (of == NULL) != (m->values[i].of == NULL) ||
		    (of != NULL && strcmp(of, m->values[i].of) != 0))
			continue;
		*v = m->values[i].v;
		return true;
	}
	return false;
}

static void
of_run(const struct ana_snapshot *s, const struct ana_result *r,
    struct ana_sample *m)
{
	if (s->run.run_ns != 0 && s->run.ops != 0)
		put(m, M_throughput, NULL, (double)s->run.ops * 1e9 /
		    (double)s->run.run_ns);
	if (s->info.level != LK_LEVEL_OFF)
		put(m, M_wait_share, NULL, r->facts.wait_share);
	if (s->outcome.cpu_ns != 0 && s->run.ops != 0)
		put(m, M_cpu_per_op, NULL, (double)s->outcome.cpu_ns /
		    (double)s->run.ops);
}

static const struct {
	int		metric;
	enum lk_hist_of	of;
	double		q;
} quantiles[] = {
	{ M_wait_p50, LKHO_WAIT, 0.5 }, { M_wait_p99, LKHO_WAIT, 0.99 },
	{ M_hold_p10, LKHO_HOLD, 0.1 }, { M_hold_p50, LKHO_HOLD, 0.5 },
	{ M_hold_p99, LKHO_HOLD, 0.99 }
};

static void
of_class(const struct ana_snapshot *s, const struct ana_lock_row *l,
    struct ana_sample *m)
{
	const char *name = ana_say(m->mem, "%s", l->class);
	const uint64_t *c = l->all.c;
	struct ana_weight *w = &m->weights[m->nweights++];
	double taken = (double)c[LKC_acquired], v;
	size_t i;

	w->class = name;
	w->waited = l->all.wait_share;
	w->taken = taken;
	if (s->run.ops != 0)
		put(m, M_wait_per_op, name, (double)c[LKC_wait_ns] /
		    (double)s->run.ops);
	if (s->info.level == LK_LEVEL_FULL && taken > 0)
		put(m, M_contended, name, (double)c[LKC_contended] / taken);
	for (i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		if (ana_quantile(s, l->id, quantiles[i].of, quantiles[i].q,
		    &v))
			put(m, quantiles[i].metric, name, v);
	}
}

static void
place(struct ana_result *mem, const struct ana_place *from,
    struct ana_place *to)
{
	to->file = ana_say(mem, "%s", from->file);
	to->func = ana_say(mem, "%s", from->func);
	to->line = from->line;
}

static void
findings(const struct ana_result *r, struct ana_sample *m)
{
	const struct ana_finding *f;
	struct ana_told *t;
	size_t i, k;

	for (i = 0; i < r->nfindings; i++) {
		f = r->findings[i];
		if (f->level == ANA_INFO)
			continue;
		t = &m->told[m->ntold++];
		t->name = ana_say(m->mem, "%s", f->name);
		t->what = ana_say(m->mem, "%s", f->what);
		t->level = f->level;
		t->print = f->print;
		t->places = ana_alloc(m->mem, f->nplaces, sizeof(*t->places));
		for (k = 0; t->places != NULL && k < f->nplaces; k++)
			place(m->mem, &f->places[k],
			    &t->places[t->nplaces++]);
	}
}

static void
blame(const struct ana_snapshot *s, const struct ana_result *r,
    struct ana_sample *m)
{
	const struct ana_matrix *x = &r->blame.ops;
	size_t i, k;

	for (i = 0; i < x->nrows && s->run.ops != 0; i++) {
		for (k = 0; k < x->ncols; k++) {
			if (x->ns[i * x->ncols + k] == 0)
				continue;
			m->cells[m->ncells].waiter = ana_say(m->mem, "%s",
			    x->rows[i]);
			m->cells[m->ncells].holder = ana_say(m->mem, "%s",
			    x->cols[k]);
			m->cells[m->ncells++].v =
			    (double)x->ns[i * x->ncols + k] /
			    (double)s->run.ops;
		}
	}
}

/* What does not count, and why; in words behind the file's name. */
static const char *
left_out(const struct ana_snapshot *s, const struct ana_result *r,
    struct ana_result *mem)
{
	static const char *const ends[] = {
		[WLE_DONE] = NULL, [WLE_INTERRUPTED] = "it was interrupted",
		[WLE_HANG] = "it hung", [WLE_CRASH] = "it crashed",
		[WLE_FAILED] = "it could not run"
	};

	if (ends[s->outcome.end] != NULL)
		return ends[s->outcome.end];
	if (s->partial)
		return "it was cut off";
	if (r->trust.untrusted)
		return ana_say(mem, "its numbers are not to be trusted: %s",
		    r->trust.why);
	return NULL;
}

static void
fill(const struct ana_snapshot *s, const struct ana_result *r,
    struct ana_sample *m)
{
	size_t i;

	of_run(s, r, m);
	for (i = 0; i < r->nlocks; i++)
		of_class(s, &r->locks[i], m);
	for (i = 0; i < r->nops; i++) {
		if (r->ops[i].mean_ns != 0)
			put(m, M_op_mean, r->ops[i].name,
			    (double)r->ops[i].mean_ns);
	}
	findings(r, m);
	blame(s, r, m);
}

int
ana_sample(const struct ana_snapshot *s, const struct ana_result *r,
    const char *name, struct ana_sample **out)
{
	static const struct wl_job none;
	struct ana_result *mem = calloc(1, sizeof(*mem));
	struct ana_sample *m;

	*out = NULL;
	if (mem == NULL)
		return ENOMEM;
	m = ana_alloc(mem, 1, sizeof(*m));
	if (m != NULL) {
		m->mem = mem;
		m->name = ana_say(mem, "%s", name);
		m->job = s->job;
		m->has_job = memcmp(&s->job, &none, sizeof(none)) != 0;
		snprintf(m->backend, sizeof(m->backend), "%s",
		    s->info.backend);
		m->level = s->info.level;
		m->out = left_out(s, r, mem);
		m->values = ana_alloc(mem, 4 + 7 * r->nlocks + r->nops,
		    sizeof(*m->values));
		m->weights = ana_alloc(mem, r->nlocks + 1,
		    sizeof(*m->weights));
		m->told = ana_alloc(mem, r->nfindings + 1, sizeof(*m->told));
		m->cells = ana_alloc(mem, r->blame.ops.nrows *
		    r->blame.ops.ncols + 1, sizeof(*m->cells));
	}
	if (!mem->nomem)
		fill(s, r, m);
	if (mem->nomem) {
		ana_result_free(mem);
		return ENOMEM;
	}
	*out = m;
	return 0;
}

void
ana_sample_free(struct ana_sample *m)
{
	if (m != NULL)
		ana_result_free(m->mem);
}

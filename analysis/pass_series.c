/*
 * series: the run over time, and how evenly strands got on.
 */
#include <string.h>

#include "analysis/ana_int.h"

/* => what counters grew by, a second; a file may have them shrink */
static uint64_t
rate(uint64_t before, uint64_t after, uint64_t ns)
{
	return after <= before || ns == 0 ? 0 :
	    (uint64_t)((double)(after - before) * 1e9 / (double)ns);
}

static void
moment(const struct ana_snapshot *s, const struct wl_sample *first,
    const struct wl_sample *a, const struct wl_sample *b, struct ana_moment *m)
{
	uint64_t ns = b->ns - a->ns, strands = ana_strands(s);

	m->ns = b->ns - first->ns;
	m->ops_per_s = rate(a->ops, b->ops, ns);
	if (strands != 0)
		m->wait_share = (double)rate(a->wait_ns, b->wait_ns, ns) /
		    1e9 / (double)strands;
	m->incidents = b->incidents;
	m->frames_free = b->frames_free;
	m->swap_inuse = b->swap_inuse;
	m->amaps = b->amaps;
	m->anons = b->anons;
	m->spaces = b->spaces;
	m->io_inflight = b->io_inflight;
}

/* The measured interval alone: both ends of each row are in it. */
static void
moments(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct wl_sample *first = NULL, *a, *b;
	size_t i;

	if (s->nsamples < 2)
		return;
	r->moments = ana_alloc(r, s->nsamples, sizeof(*r->moments));
	for (i = 1; r->moments != NULL && i < s->nsamples; i++) {
		a = &s->samples[i - 1];
		b = &s->samples[i];
		if (a->phase != WLP_RUN || b->phase != WLP_RUN ||
		    b->ns <= a->ns)
			continue;
		if (first == NULL)
			first = a;
		moment(s, first, a, b, &r->moments[r->nmoments++]);
	}
}

static void
worker(struct ana_result *r, const struct ana_worker *w,
    struct ana_worker_row *row)
{
	row->name = ana_say(r, "%.*s", (int)sizeof(w->name), w->name);
	row->done = w->done;
	row->refused = w->refused;
	row->skipped = w->skipped;
	if (w->done + w->refused != 0)
		row->mean_ns = w->ns / (w->done + w->refused);
}

static double
did(const struct ana_worker_row *row)
{
	return (double)row->done + (double)row->refused;
}

static bool
peers(const struct ana_worker_row *a, const struct ana_worker_row *b)
{
	size_t n = strcspn(a->name, "0123456789");

	return n == strcspn(b->name, "0123456789") &&
	    strncmp(a->name, b->name, n) == 0;
}

/*
 * A strand among its peers.
 * R. Jain, D. Chiu, W. Hawe, 1984: (sum x)^2 / (n sum x^2)
 */
static void
among_peers(struct ana_fairness *f, struct ana_worker_row *row)
{
	double sum = 0, squares = 0;
	size_t i, n = 0;

	for (i = 0; i < f->n; i++) {
		if (!peers(row, &f->workers[i]))
			continue;
		sum += did(&f->workers[i]);
		squares += did(&f->workers[i]) * did(&f->workers[i]);
		n++;
	}
	row->share = sum > 0 ? did(row) * (double)n / sum : 0;
	if (n < f->peers)
		return;
	if (n > f->peers)
		f->least = f->most = row->share;
	f->peers = n;
	f->index = squares > 0 ? sum * sum / (squares * (double)n) : 0;
	if (row->share < f->least)
		f->least = row->share;
	if (row->share > f->most)
		f->most = row->share;
}

static void
fairness(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_fairness *f = &r->fairness;
	size_t i;

	f->workers = ana_alloc(r, s->nworkers, sizeof(*f->workers));
	if (f->workers == NULL)
		return;
	f->n = s->nworkers;
	for (i = 0; i < f->n; i++)
		worker(r, &s->workers[i], &f->workers[i]);
	for (i = 0; i < f->n; i++)
		among_peers(f, &f->workers[i]);
}

void
ana_pass_series(const struct ana_snapshot *s, struct ana_result *r)
{
	moments(s, r);
	fairness(s, r);
}

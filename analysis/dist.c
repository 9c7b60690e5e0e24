/*
 * Distributions from histograms and the counters beside them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

/* Where the counters of each kind are. */
static const struct {
	enum lk_counter	n, total, max;
} counters[LKHO_N] = {
	[LKHO_WAIT] = { LKC_contended, LKC_wait_ns, LKC_wait_max },
	[LKHO_HOLD] = { LKC_hold_n, LKC_hold_ns, LKC_hold_max },
	[LKHO_HOLD_CONTENDED] = { LKC_chold_n, LKC_chold_ns, LKC_chold_max }
};

/* => the first histogram of the class, or of one beyond */
static size_t
first_of(const struct ana_snapshot *s, uint32_t class)
{
	size_t low = 0, high = s->nhists, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->hists[mid].class < class)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* => how many there were; sum is zeroed before only if there are any */
static uint64_t
sum_up(const struct ana_snapshot *s, uint32_t class, uint32_t site,
    enum lk_mode mode, enum lk_hist_of of, struct lk_hist *sum)
{
	const struct ana_class_hist *h;
	uint64_t n = 0;
	size_t i, b;

	for (i = first_of(s, class); i < s->nhists &&
	    s->hists[i].class == class; i++) {
		h = &s->hists[i];
		if (h->of != of || (site != 0 && h->site != site) ||
		    (mode != LKM_NONE && h->mode != mode))
			continue;
		if (n == 0)
			memset(sum, 0, sizeof(*sum));
		for (b = 0; b < LK_HIST_N; b++)
			sum->b[b] += h->hist.b[b];
		n += h->hist.n;
	}
	sum->n = n;
	return n;
}

/* No quantile is larger than the largest. */
static uint64_t
quantile(const struct lk_hist *h, double q, uint64_t max)
{
	uint64_t v = lk_hist_quantile(h, q);

	return max != 0 && v > max ? max : v;
}

/* Of values in the middle of their buckets, which is within 1/64. */
static double
deviation(const struct lk_hist *h, double mean)
{
	double sum = 0, v;
	unsigned b;

	for (b = 0; b < LK_HIST_N; b++) {
		if (h->b[b] == 0)
			continue;
		v = ((double)lk_hist_low(b) +
		    (double)lk_hist_low(b + 1) - 1) / 2 - mean;
		sum += v * v * (double)h->b[b];
	}
	return sqrt(sum / (double)h->n);
}

static void
fill(const struct lk_hist *h, bool sampled, struct ana_dist *d)
{
	d->p50 = quantile(h, 0.5, d->max);
	d->p90 = quantile(h, 0.9, d->max);
	d->p99 = quantile(h, 0.99, d->max);
	d->p999 = quantile(h, 0.999, d->max);
	if (sampled && d->n > 1)
		d->error = (uint64_t)(deviation(h, (double)d->mean) /
		    sqrt((double)(d->n - 1)));
}

void
ana_dists(const struct ana_snapshot *s, uint32_t class, uint32_t site,
    enum lk_mode mode, struct ana_use *u)
{
	struct ana_dist *dist[LKHO_N] = { &u->wait, &u->hold, &u->chold };
	struct lk_hist sum;
	uint64_t taken = u->c[LKC_acquired];
	int of;

	for (of = 0; of < LKHO_N; of++) {
		struct ana_dist *d = dist[of];

		d->n = u->c[counters[of].n];
		d->total = u->c[counters[of].total];
		d->max = u->c[counters[of].max];
		if (d->n != 0)
			d->mean = d->total / d->n;
		if (d->n != 0 && sum_up(s, class, site, mode,
		    (enum lk_hist_of)of, &sum) != 0)
			fill(&sum, of == LKHO_HOLD, d);
	}
	if (u->hold.n != 0) {
		u->held_ns = (uint64_t)((double)u->hold.total /
		    (double)u->hold.n * (double)taken);
		u->held_error = u->hold.error * taken;
	}
}

/*
 * Buckets that are not empty, neighbours joined until they are few enough.
 * The finest of them are far below what a chart can show.
 */
void
ana_curve(struct ana_result *r, const struct ana_snapshot *s, uint32_t class,
    enum lk_hist_of of, struct ana_curve *c)
{
	struct lk_hist sum;
	uint64_t seen = 0;
	struct ana_bar *bar = NULL;
	unsigned b, used = 0, join, i = 0;

	if (sum_up(s, class, 0, LKM_NONE, of, &sum) == 0)
		return;
	for (b = 0; b < LK_HIST_N; b++)
		used += sum.b[b] != 0;
	join = (used + ANA_CURVE - 1) / ANA_CURVE;
	c->bar = ana_alloc(r, (used + join - 1) / join, sizeof(*c->bar));
	for (b = 0; c->bar != NULL && b < LK_HIST_N; b++) {
		if (sum.b[b] == 0)
			continue;
		if (i++ % join == 0) {
			bar = &c->bar[c->n++];
			bar->from = lk_hist_low(b);
		}
		bar->upto = lk_hist_low(b + 1) - 1;
		bar->n += sum.b[b];
		seen += sum.b[b];
		bar->share = (double)seen / (double)sum.n;
	}
}

bool
ana_quantile(const struct ana_snapshot *s, uint32_t class, enum lk_hist_of of,
    double q, double *v)
{
	struct lk_hist sum;
	double want, seen = 0, low, n;
	unsigned b;

	if ((double)sum_up(s, class, 0, LKM_NONE, of, &sum) * (1 - q) <
	    ANA_BEYOND)
		return false;
	want = q * (double)sum.n;
	for (b = 0; b + 1 < LK_HIST_N; b++) {
		n = (double)sum.b[b];
		if (n > 0 && seen + n >= want)
			break;
		seen += n;
	}
	low = *v = (double)lk_hist_low(b);
	if (b + 1 < LK_HIST_N && sum.b[b] != 0)
		*v += (want - seen) / (double)sum.b[b] *
		    ((double)lk_hist_low(b + 1) - low);
	return true;
}

/*
 * compare_stat.c: do two sets of numbers differ, and by how much?
 *
 * The centre of a set is its mean without the outermost eighth on each side,
 * with the standard error that belongs to it (of the winsorised values).
 * Everything is a function of the data: random exchanges and resamples come
 * of a generator with a fixed seed.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_int.h"

#define TRIM		8	/* one in so many, on each side */
#define EXCHANGES	10000	/* all if there are no more; else as many */
#define RESAMPLES	1999
/*
 * Added to each standard error: 0.02 %.  Numbers that hardly vary, as those
 * of a histogram's bucket do, would have a huge t for nothing.
 */
#define SLACK		2e-4

/* ---- a generator of its own: a result can be had again ---- */

static uint64_t
draw(uint64_t *state)		/* splitmix64 */
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t
below(uint64_t *state, size_t n)
{
	return (size_t)(((draw(state) >> 32) * n) >> 32);
}

/* ---- centre and error ---- */

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
sort(double *x, size_t n)
{
	double v;
	size_t i, j;

	if (n > 32) {
		qsort(x, n, sizeof(*x), by_size);
		return;
	}
	for (i = 1; i < n; i++) {
		v = x[i];
		for (j = i; j > 0 && x[j - 1] > v; j--)
			x[j] = x[j - 1];
		x[j] = v;
	}
}

struct centre {
	double	mean, var;	/* var: of the mean */
};

/* => x is sorted afterwards */
static struct centre
centre(double *x, size_t n)
{
	size_t i, g = n / TRIM, h = n - 2 * g;
	struct centre c = { 0, 0 };
	double sum = 0, w, d;

	sort(x, n);
	for (i = g; i < n - g; i++)
		c.mean += x[i] / (double)h;
	if (h < 2)
		return c;
	/* winsorised: what was left out counts as its neighbour */
	w = c.mean * (double)h + (double)g * (x[g] + x[n - g - 1]);
	w /= (double)n;
	for (i = 0; i < n; i++) {
		d = (i < g ? x[g] : i >= n - g ? x[n - g - 1] : x[i]) - w;
		sum += d * d;
	}
	c.var = sum / ((double)h * (double)(h - 1));
	return c;
}

/* ---- work on one row ---- */

struct work {
	const struct ana_stat_data *d;
	double	*x, *y;		/* scratch: a set each, or the pairs in x */
	size_t	*label;		/* unpaired: b's places in a row */
	uint64_t flip;		/* paired, enumerated: bits */
	uint64_t random;
};

static double
student(double diff, double var)
{
	return diff / (sqrt(var) + SLACK);
}

/* x: the differences of pairs, or na of A with nb of B in y */
static double
difference(const struct work *w, double *var)
{
	struct centre a, b;

	a = centre(w->x, w->d->na);
	*var = a.var;
	if (w->d->paired)
		return a.mean;
	b = centre(w->y, w->d->nb);
	*var += b.var;
	return b.mean - a.mean;
}

/* => label[i]: is value i one of B; paired: is pair i turned round */
static double
exchanged(struct work *w, const double *row, double shift)
{
	const struct ana_stat_data *d = w->d;
	size_t i, na = 0, nb = 0;
	double v, var, diff;

	if (d->paired) {
		for (i = 0; i < d->na; i++) {
			v = row[d->na + i] - row[i] - shift;
			w->x[i] = w->label[i] != 0 ? -v : v;
		}
	} else {
		for (i = 0; i < d->na + d->nb; i++) {
			v = i < d->na ? row[i] : row[i] - shift;
			if (w->label[i] != 0)
				w->y[nb++] = v;
			else
				w->x[na++] = v;
		}
	}
	diff = difference(w, &var);
	return student(diff, var);
}

/* ---- exchanges: the first is none at all ---- */

static double
choose(size_t n, size_t k)
{
	double c = 1;
	size_t i;

	for (i = 1; i <= k; i++)
		c = c * (double)(n - k + i) / (double)i;
	return c;
}

static double
ways(size_t na, size_t nb, bool paired)
{
	return paired ? ldexp(1, na < 1000 ? (int)na : 1000) :
	    choose(na + nb, nb);
}

static void
first_exchange(struct work *w)
{
	size_t i, n = w->d->paired ? w->d->na : w->d->na + w->d->nb;

	for (i = 0; i < n; i++)
		w->label[i] = !w->d->paired && i >= w->d->na;
}

/* => paired: the next number in binary */
static void
next_pairs(struct work *w)
{
	size_t i;

	for (i = 0; i < w->d->na && w->label[i] != 0; i++)
		w->label[i] = 0;
	if (i < w->d->na)
		w->label[i] = 1;
}

/* => unpaired: the next combination, from all B last to all B first */
static void
next_sets(struct work *w)
{
	size_t i, ones = 0, n = w->d->na + w->d->nb;

	for (i = 0; i + 1 < n && !(w->label[i] == 0 && w->label[i + 1] != 0);
	    i++)
		ones += w->label[i] != 0;
	if (i + 1 >= n)
		return;
	w->label[i] = 1;
	w->label[i + 1] = 0;
	/* what lies before begins anew: its ones last */
	for (; i > 0; i--) {
		w->label[i - 1] = ones != 0;
		ones -= ones != 0;
	}
}

static void
random_exchange(struct work *w)
{
	size_t i, k, swap, n = w->d->na + w->d->nb;

	if (w->d->paired) {
		for (i = 0; i < w->d->na; i++)
			w->label[i] = draw(&w->random) & 1;
		return;
	}
	for (i = n - 1; i > 0; i--) {
		k = below(&w->random, i + 1);
		swap = w->label[i];
		w->label[i] = w->label[k];
		w->label[k] = swap;
	}
}

/* => how many there will be */
static size_t
exchanges(const struct ana_stat_data *d, bool *all)
{
	double n = ways(d->na, d->nb, d->paired);

	*all = n <= EXCHANGES;
	return *all ? (size_t)n : EXCHANGES;
}

static void
next_exchange(struct work *w, bool all)
{
	if (!all)
		random_exchange(w);
	else if (w->d->paired)
		next_pairs(w);
	else
		next_sets(w);
}

static int
work_new(const struct ana_stat_data *d, struct work *w)
{
	size_t n = d->na + d->nb;

	memset(w, 0, sizeof(*w));
	w->d = d;
	w->random = 1;
	w->x = calloc(2 * n, sizeof(*w->x));
	w->label = calloc(n, sizeof(*w->label));
	if (w->x == NULL || w->label == NULL)
		return ENOMEM;
	w->y = w->x + n;
	return 0;
}

static void
work_free(struct work *w)
{
	free(w->x);
	free(w->label);
}

/* ---- the table's verdicts: step-down maximum of |t| ---- */

struct ranked {
	size_t		row;
	double		t;
	size_t		alone, table;	/* exchanges that are as extreme */
};

static int
by_t(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->t != y->t)
		return x->t > y->t ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static const double *
row_of(const struct ana_stat_data *d, size_t i)
{
	return d->x + i * (d->na + d->nb);
}

/* One exchange: from the smallest |t| up, the largest so far. */
static void
count_exchange(struct work *w, struct ranked *r)
{
	double t, largest = 0;
	size_t i;

	for (i = w->d->nrows; i > 0; i--) {
		t = fabs(exchanged(w, row_of(w->d, r[i - 1].row), 0));
		if (t > largest)
			largest = t;
		/* sums in another order differ by their rounding */
		r[i - 1].alone += t >= r[i - 1].t * (1 - 1e-9);
		r[i - 1].table += largest >= r[i - 1].t * (1 - 1e-9);
	}
}

static int
verdicts(struct work *w, struct ana_stat *out)
{
	const struct ana_stat_data *d = w->d;
	struct ranked *r;
	size_t i, k, n;
	double p = 0;
	bool all;

	r = calloc(d->nrows, sizeof(*r));
	if (r == NULL)
		return ENOMEM;
	first_exchange(w);
	for (i = 0; i < d->nrows; i++) {
		r[i].row = i;
		r[i].t = fabs(exchanged(w, row_of(d, i), 0));
	}
	qsort(r, d->nrows, sizeof(*r), by_t);
	n = exchanges(d, &all);
	for (k = 0; k < n; k++) {
		count_exchange(w, r);
		next_exchange(w, all);
	}
	for (i = 0; i < d->nrows; i++) {
		if ((double)r[i].table / (double)n > p)
			p = (double)r[i].table / (double)n;
		out[r[i].row].p = (double)r[i].alone / (double)n;
		out[r[i].row].p_table = p;
	}
	free(r);
	return 0;
}

/* ---- intervals: studentised bootstrap ---- */

static void
resample(struct work *w, const double *row)
{
	const struct ana_stat_data *d = w->d;
	size_t i, k;

	for (i = 0; i < d->na; i++) {
		k = below(&w->random, d->na);
		w->x[i] = d->paired ? row[d->na + k] - row[k] : row[k];
	}
	for (i = 0; i < d->nb && !d->paired; i++)
		w->y[i] = row[d->na + below(&w->random, d->nb)];
}

/* The quantile of |t| makes it symmetrical: few runs say little of skew. */
static void
interval(struct work *w, const double *row, double level, double *t,
    struct ana_stat *out)
{
	double var, se, diff;
	size_t i, at;

	first_exchange(w);
	(void)exchanged(w, row, 0);
	out->diff = difference(w, &var);
	se = sqrt(var) + SLACK;
	out->low = out->high = out->diff;
	if (w->d->na < ANA_STAT_FEWEST || w->d->nb < ANA_STAT_FEWEST)
		return;
	for (i = 0; i < RESAMPLES; i++) {
		resample(w, row);
		diff = difference(w, &var);
		t[i] = fabs(student(diff - out->diff, var));
	}
	sort(t, RESAMPLES);
	at = (size_t)ceil((1 - level) * (RESAMPLES + 1));
	at = at < 1 ? 1 : at > RESAMPLES ? RESAMPLES : at;
	out->low = out->diff - t[at - 1] * se;
	out->high = out->diff + t[at - 1] * se;
}

static void
typical(struct work *w, const double *row, struct ana_stat *out)
{
	memcpy(w->x, row, w->d->na * sizeof(*w->x));
	out->a = centre(w->x, w->d->na).mean;
	memcpy(w->x, row + w->d->na, w->d->nb * sizeof(*w->x));
	out->b = centre(w->x, w->d->nb).mean;
}

int
ana_stat(const struct ana_stat_data *d, double level, struct ana_stat *out)
{
	double *t = calloc(RESAMPLES, sizeof(*t));
	struct work w;
	size_t i;
	int error = work_new(d, &w);

	if (t == NULL)
		error = ENOMEM;
	if (error == 0 && d->nrows != 0)
		error = verdicts(&w, out);
	for (i = 0; i < d->nrows && error == 0; i++) {
		w.random = i + 1;
		typical(&w, row_of(d, i), &out[i]);
		interval(&w, row_of(d, i), level, t, &out[i]);
	}
	work_free(&w);
	free(t);
	return error;
}

int
ana_stat_beyond(const struct ana_stat_data *d, double shift, double *p)
{
	struct work w;
	size_t k, n, as = 0;
	double t;
	bool all;
	int error = work_new(d, &w);

	if (error == 0) {
		first_exchange(&w);
		t = exchanged(&w, d->x, shift);
		n = exchanges(d, &all);
		for (k = 0; k < n; k++) {
			as += exchanged(&w, d->x, shift) >=
			    t - fabs(t) * 1e-9;
			next_exchange(&w, all);
		}
		*p = (double)as / (double)n;
	}
	work_free(&w);
	return error;
}

double
ana_stat_least(size_t na, size_t nb, bool paired, bool one_sided)
{
	double n = ways(na, nb, paired);

	n = n > EXCHANGES ? EXCHANGES : n;
	/* sets of one size may be exchanged as a whole: |t| stays */
	return (one_sided || (!paired && na != nb) ? 1 : 2) / n;
}

size_t
ana_stat_needed(double level, bool paired, bool one_sided)
{
	size_t n = 2;

	while (n < 64 && ana_stat_least(n, n, paired, one_sided) > level)
		n++;
	return n;
}

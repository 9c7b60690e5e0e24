/*
 * what_if: how throughput changes with the length of critical sections.
 *
 * Each round gives one slope: the line through its slice with nothing added
 * that fits its other slices best (least squares).  The median of the rounds
 * is told, and the interval that holds the true median with 95 % whatever the
 * distribution: between the k-th smallest and the k-th largest, where k comes
 * of tossing a coin for each round.
 */
#include <stdlib.h>

#include "analysis/ana_int.h"

#define FEWEST	6		/* rounds: fewer have no such interval */
#define SURE	0.025		/* on each side */
#define MOST	(1 / 0.9 - 1)	/* of 10 % off something */

static double
speed(const struct wl_slice *s)
{
	return s->ns == 0 ? 0 : (double)s->ops / (double)s->ns;
}

/* => the share of throughput that each ns gives; false: not a whole round */
static bool
slope(const struct wl_slice *s, size_t n, double *out)
{
	double plain = 0, up = 0, down = 0, x;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i].inside_ns == 0)
			plain = speed(&s[i]);
	}
	for (i = 0; i < n; i++) {
		x = (double)s[i].inside_ns;
		up += plain == 0 ? 0 : x * (speed(&s[i]) / plain - 1);
		down += x * x;
	}
	if (plain == 0 || down == 0)
		return false;
	*out = up / down;
	return true;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* => how many of the outermost on each side may be left out */
static size_t
outermost(size_t n)
{
	double chance = 1, sum = 0;
	size_t k, i;

	for (i = 0; i < n; i++)
		chance /= 2;
	for (k = 0; k < n / 2; k++) {
		sum += chance;
		if (sum > SURE)
			break;
		chance = chance * (double)(n - k) / (double)(k + 1);
	}
	return k == 0 ? 0 : k - 1;
}

static size_t
slopes(const struct ana_snapshot *s, size_t most, double *out)
{
	size_t i, from, n = 0;

	for (from = 0; from < s->nslices; from = i) {
		for (i = from; i < s->nslices &&
		    s->slices[i].round == s->slices[from].round; i++)
			;
		if (i - from == most && slope(&s->slices[from], i - from,
		    &out[n]))
			n++;
	}
	return n;
}

/* The last round may have been cut off. */
static size_t
longest_round(const struct ana_snapshot *s)
{
	size_t i, from = 0, most = 0;

	for (i = 0; i < s->nslices; i++) {
		if (s->slices[i].round != s->slices[from].round)
			from = i;
		if (i + 1 - from > most)
			most = i + 1 - from;
	}
	return most;
}

/*
 * How long sections are by themselves: the mean hold, less what was added on
 * the average of all operations.
 */
static uint64_t
hold(const struct ana_snapshot *s)
{
	double ns = 0, n = 0, added = 0, ops = 0, mean;
	size_t i;

	for (i = 0; i < s->ntotals; i++) {
		if (s->totals[i].class != s->what_if_class)
			continue;
		ns += (double)s->totals[i].c[LKC_hold_ns];
		n += (double)s->totals[i].c[LKC_hold_n];
	}
	for (i = 0; i < s->nslices; i++) {
		added += (double)s->slices[i].ops *
		    (double)s->slices[i].inside_ns;
		ops += (double)s->slices[i].ops;
	}
	if (n == 0 || ops == 0)
		return 0;
	mean = ns / n - added / ops;
	return mean < 0 ? 0 : (uint64_t)mean;
}

static const char *
share(struct ana_result *r, double x)
{
	return ana_say(r, "%.3g%%", x * 100);
}

static void
say(struct ana_result *r, struct ana_what_if *w)
{
	const char *change, *shorter = "";
	bool all = w->gain >= MOST;
	char num[ANA_NUM];

	if (w->rounds < FEWEST) {
		w->says = ana_say(r, "%zu rounds are too few to tell what "
		    "longer sections of %s would do", w->rounds, w->class);
		return;
	}
	if (!w->told) {
		w->says = ana_say(r, "time spent inside %s makes no "
		    "difference to throughput that could be told from none: "
		    "%s for each ns, between %s and %s, in %zu rounds; do not "
		    "expect much of shortening it", w->class,
		    share(r, w->per_ns), share(r, w->low), share(r, w->high),
		    w->rounds);
		return;
	}
	change = w->per_ns < 0 ? "costs" : "gives";
	if (w->hold_ns != 0 && w->per_ns < 0)
		shorter = ana_say(r, "; sections last %s on the average, and "
		    "10%% less would give %s %s", ana_time(w->hold_ns, num),
		    all ? "no more than" : "about", share(r, w->gain));
	w->says = ana_say(r, "each ns inside %s %s %s of throughput, between "
	    "%s and %s, in %zu rounds%s", w->class, change,
	    share(r, w->per_ns < 0 ? -w->per_ns : w->per_ns),
	    share(r, w->per_ns < 0 ? -w->high : w->low),
	    share(r, w->per_ns < 0 ? -w->low : w->high), w->rounds, shorter);
}

void
ana_pass_what_if(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_what_if *w = &r->what_if;
	double *x;
	size_t k;

	if (s->what_if_class == 0)
		return;
	w->class = ana_say(r, "%s", ana_class_name(s, s->what_if_class));
	x = ana_alloc(r, s->nslices + 1, sizeof(*x));
	if (x == NULL)
		return;
	w->rounds = slopes(s, longest_round(s), x);
	if (w->rounds >= FEWEST) {
		qsort(x, w->rounds, sizeof(*x), by_size);
		k = outermost(w->rounds);
		w->per_ns = (x[(w->rounds - 1) / 2] + x[w->rounds / 2]) / 2;
		w->low = x[k];
		w->high = x[w->rounds - 1 - k];
		w->told = w->low > 0 || w->high < 0;
		w->hold_ns = hold(s);
		w->gain = -w->per_ns * (double)w->hold_ns / 10;
		if (w->gain > MOST)	/* long holds among many short ones */
			w->gain = MOST;
	}
	say(r, w);
}

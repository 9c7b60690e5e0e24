/*
 * contention: classes by time waited for them, each with the sites that
 * waited most.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

#define TOP_CLASSES	6
#define TOP_SITES	1	/* of each class */

/* Totals of a class, or of one site of it, over modes. */
struct sum {
	uint32_t		class, site;
	enum lk_node_kind	kind;
	uint64_t		c[LKC_NCOUNTER];
};

static void
add(uint64_t to[LKC_NCOUNTER], const uint64_t c[LKC_NCOUNTER])
{
	size_t i;

	for (i = 0; i < LKC_NCOUNTER; i++) {
		if (!lk_counter_desc[i].max)
			to[i] += c[i];
		else if (c[i] > to[i])
			to[i] = c[i];
	}
}

/* Sleeps for work to come are waits, too, but nobody's contention. */
static bool
contends(enum lk_node_kind kind)
{
	return kind == LKN_LOCK || kind == LKN_MUTEX || kind == LKN_PAGE ||
	    kind == LKN_MEMORY;
}

/* Totals are sorted by class, site, mode: one walk makes the sums. */
static size_t
sum_up(const struct ana_snapshot *s, struct sum *sums, bool by_site)
{
	const struct lk_totals *t;
	struct sum *last;
	size_t i, n = 0;

	for (i = 0; i < s->ntotals; i++) {
		t = &s->totals[i];
		if (!contends(t->kind))
			continue;
		last = n == 0 ? NULL : &sums[n - 1];
		if (last == NULL || last->class != t->class ||
		    (by_site && last->site != t->site)) {
			last = &sums[n++];
			memset(last, 0, sizeof(*last));
			last->class = t->class;
			last->site = t->site;
			last->kind = t->kind;
		}
		add(last->c, t->c);
	}
	return n;
}

/* Most waited for first; then most taken; then by id, to be repeatable. */
static int
by_wait(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	if (x->c[LKC_wait_ns] != y->c[LKC_wait_ns])
		return x->c[LKC_wait_ns] > y->c[LKC_wait_ns] ? -1 : 1;
	if (x->c[LKC_acquired] != y->c[LKC_acquired])
		return x->c[LKC_acquired] > y->c[LKC_acquired] ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return x->site < y->site ? -1 : x->site > y->site;
}

static struct ana_lock_row *
add_row(const struct ana_snapshot *s, struct ana_result *r,
    const struct sum *sum)
{
	struct ana_lock_row *row = &r->locks[r->nlocks++];
	uint64_t strands;
	double time;

	strands = s->run.strands != 0 ? s->run.strands : s->job.threads;
	time = (double)s->run.run_ns * (double)strands;
	row->class = ana_say(r, "%s", ana_class_name(s, sum->class));
	row->kind = lk_kind_name(sum->kind);
	memcpy(row->c, sum->c, sizeof(row->c));
	if (time > 0)
		row->wait_share = (double)sum->c[LKC_wait_ns] / time;
	return row;
}

static void
quantiles(const struct ana_snapshot *s, struct ana_lock_row *row,
    uint32_t class)
{
	size_t i;

	for (i = 0; i < s->nhists; i++) {
		if (s->hists[i].class != class)
			continue;
		row->p50 = lk_hist_quantile(&s->hists[i].hist, 0.5);
		row->p99 = lk_hist_quantile(&s->hists[i].hist, 0.99);
	}
}

void
ana_pass_contention(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_lock_row *row;
	struct sum *class, *site;
	size_t i, k, of, nclass, nsite;

	class = ana_alloc(r, s->ntotals + 1, sizeof(*class));
	site = ana_alloc(r, s->ntotals + 1, sizeof(*site));
	r->locks = ana_alloc(r, TOP_CLASSES * (1 + TOP_SITES),
	    sizeof(*r->locks));
	if (class == NULL || site == NULL || r->locks == NULL)
		return;
	nclass = sum_up(s, class, false);
	nsite = sum_up(s, site, true);
	qsort(class, nclass, sizeof(*class), by_wait);
	qsort(site, nsite, sizeof(*site), by_wait);
	for (i = 0; i < nclass && i < TOP_CLASSES; i++) {
		row = add_row(s, r, &class[i]);
		quantiles(s, row, class[i].class);
		for (k = 0, of = 0; k < nsite && of < TOP_SITES; k++) {
			if (site[k].class != class[i].class ||
			    site[k].c[LKC_wait_ns] == 0)
				continue;
			row = add_row(s, r, &site[k]);
			row->site = ana_site_name(r, s, site[k].site);
			of++;
		}
	}
}

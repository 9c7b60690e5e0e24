/*
 * What was waited for, from the live record to plain tables.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

/* The counter without which there is no histogram. */
static const enum lk_counter counter_of[LKHO_N] = {
	[LKHO_WAIT] = LKC_contended,
	[LKHO_HOLD] = LKC_hold_n,
	[LKHO_HOLD_CONTENDED] = LKC_chold_n
};

static void
freeze_hist(const struct lk_record *rec, const struct lk_totals *t,
    enum lk_hist_of of, struct ana_class_hist *h, struct ana_grow *to)
{
	if (t->c[counter_of[of]] == 0)
		return;
	memset(h, 0, sizeof(*h));
	h->class = t->class;
	h->site = t->site;
	h->of = of;
	h->mode = t->mode;
	lk_record_hist(rec, of, t->class, t->site, t->mode, &h->hist);
	if (h->hist.n != 0)
		ana_grow_add(to, h);
}

/*
 * What was folded into its class is in no row of a site: it is what the class
 * has beyond those.
 */
static void
freeze_rest(const struct lk_record *rec, uint32_t class, enum lk_hist_of of,
    struct ana_class_hist *h, struct ana_grow *to)
{
	const struct ana_class_hist *row;
	size_t i, b;

	memset(h, 0, sizeof(*h));
	h->class = class;
	h->of = of;
	lk_record_hist(rec, of, class, 0, LKM_NONE, &h->hist);
	h->hist.n = 0;
	for (i = to->n; i > 0; i--) {
		row = (const struct ana_class_hist *)to->rows + i - 1;
		if (row->class != class)
			break;
		for (b = 0; row->of == of && b < LK_HIST_N; b++)
			h->hist.b[b] -= row->hist.b[b] < h->hist.b[b] ?
			    row->hist.b[b] : h->hist.b[b];
	}
	for (b = 0; b < LK_HIST_N; b++)
		h->hist.n += h->hist.b[b];
	if (h->hist.n != 0)
		ana_grow_add(to, h);
}

/* Totals are by class: their histograms follow that order. */
static int
freeze_hists(const struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_grow hists = { .size = sizeof(*s->hists) };
	struct ana_class_hist *h;
	uint64_t seen[LKHO_N] = { 0 };
	size_t i;
	int of;

	h = malloc(sizeof(*h));
	if (h == NULL)
		return ENOMEM;
	for (i = 0; i < s->ntotals; i++) {
		for (of = 0; of < LKHO_N; of++) {
			/* site 0 is what no site is known of: in the rest */
			if (s->totals[i].site != 0)
				freeze_hist(rec, &s->totals[i],
				    (enum lk_hist_of)of, h, &hists);
			seen[of] += s->totals[i].c[counter_of[of]];
		}
		if (i + 1 < s->ntotals &&
		    s->totals[i + 1].class == s->totals[i].class)
			continue;
		for (of = 0; of < LKHO_N; of++) {
			if (seen[of] != 0)
				freeze_rest(rec, s->totals[i].class,
				    (enum lk_hist_of)of, h, &hists);
			seen[of] = 0;
		}
	}
	free(h);
	s->hists = hists.rows;
	s->nhists = hists.n;
	return hists.failed ? ENOMEM : 0;
}

static void
add_heavy(const struct lk_heavy_info *row, void *g)
{
	ana_grow_add(g, row);
}

int
ana_freeze_contention(struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_grow heavies = { .size = sizeof(*s->heavies) };
	int error;

	lk_record_heavy(rec, add_heavy, &heavies);
	s->heavies = heavies.rows;
	s->nheavies = heavies.n;
	error = heavies.failed ? ENOMEM :
	    lk_record_totals(rec, &s->totals, &s->ntotals);
	if (error == 0)
		error = lk_record_blame(rec, &s->blames, &s->nblames);
	if (error == 0)
		error = freeze_hists(rec, s);
	return error;
}

/*
 * What was waited for, from the live record to plain tables.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/ana_int.h"

static void
add_hist(const struct lk_hist_info *row, void *g)
{
	struct ana_class_hist h;

	if (row->hist.n == 0)
		return;
	h.class = row->class;
	h.site = row->site;
	h.of = row->of;
	h.mode = row->mode;
	h.hist = row->hist;
	ana_grow_add(g, &h);
}

static int
by_class(const void *a, const void *b)
{
	const struct ana_class_hist *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	if (x->mode != y->mode)
		return x->mode < y->mode ? -1 : 1;
	return (int)x->of - (int)y->of;
}

static int
freeze_hists(const struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_grow hists = { .size = sizeof(*s->hists) };

	lk_record_hists(rec, add_hist, &hists);
	s->hists = hists.rows;
	s->nhists = hists.n;
	if (s->nhists != 0)
		qsort(s->hists, s->nhists, sizeof(*s->hists), by_class);
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

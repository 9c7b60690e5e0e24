/*
 * coverage: what was exercised, and how often.  Zeroes stay in: that
 * something never happened is worth knowing.
 */
#include "analysis/ana_int.h"

static const struct row {
	const char	*group;
	enum vm_counter	counter;
} rows[] = {
#define COVERAGE(group, counter)	{ group, VMC_##counter },
#include "analysis/coverage.def"
#undef COVERAGE
};
#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static void
add(const struct ana_snapshot *s, struct ana_result *r, const char *group,
    enum vm_counter counter)
{
	const struct vm_counter_row *desc;
	struct ana_cover_row *row = &r->cover[r->ncover++];
	size_t n;

	desc = vm_counter_rows(&n);
	row->group = group;
	row->name = desc[counter].name;
	row->unit = desc[counter].unit;
	row->help = desc[counter].help;
	row->value = s->counters[counter];
}

/* What no row of coverage.def names comes last. */
static void
add_rest(const struct ana_snapshot *s, struct ana_result *r)
{
	size_t c, i;

	for (c = 0; c < VMC_NCOUNTERS; c++) {
		for (i = 0; i < NROWS && rows[i].counter != c; i++)
			continue;
		if (i == NROWS)
			add(s, r, "other", (enum vm_counter)c);
	}
}

static void
gauges(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct ana_gauges *g = &s->gauges;
	const struct ana_gauge_row rows_now[] = {
		{ "frames free", g->frames_free, g->frames },
		{ "frames wired", g->frames_wired, g->frames },
		{ "swap slots in use", g->swap_inuse, g->swap_slots },
		{ "swap slots bad", g->swap_bad, g->swap_slots },
		{ "pages on swap only", g->swap_only, 0 },
		{ "amaps", g->amaps, 0 },
		{ "anons", g->anons, 0 },
		{ "spaces", g->spaces, 0 },
		{ "lock objects", g->lock_objects, 0 }
	};
	size_t i, n = sizeof(rows_now) / sizeof(rows_now[0]);

	r->gauges = ana_alloc(r, n, sizeof(*r->gauges));
	for (i = 0; r->gauges != NULL && i < n; i++)
		r->gauges[r->ngauges++] = rows_now[i];
}

static void
checks(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct ana_check_row made[] = {
		{ "cells", s->run.checks_cell },
		{ "whole pages", s->run.checks_whole },
		{ "swap contents", s->counters[VMC_sealed] },
		{ "audits", s->run.audits },
		{ "pages lost to injected errors", s->run.poisoned }
	};
	size_t i, n = sizeof(made) / sizeof(made[0]);

	r->checks = ana_alloc(r, n, sizeof(*r->checks));
	for (i = 0; r->checks != NULL && i < n; i++)
		r->checks[r->nchecks++] = made[i];
}

void
ana_pass_coverage(const struct ana_snapshot *s, struct ana_result *r)
{
	size_t i;

	if (s->job.threads == 0)	/* a program of its own has no VM */
		return;
	r->cover = ana_alloc(r, NROWS + VMC_NCOUNTERS, sizeof(*r->cover));
	if (r->cover == NULL)
		return;
	for (i = 0; i < NROWS; i++)
		add(s, r, rows[i].group, rows[i].counter);
	add_rest(s, r);
	gauges(s, r);
	checks(s, r);
}

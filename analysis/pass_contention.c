/*
 * contention: classes by time waited for them; each by mode, by site, and by
 * instance.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

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

/* Shares and distributions, once the counters are summed. */
static void
finish(const struct ana_snapshot *s, uint32_t class, uint32_t site,
    struct ana_use *u)
{
	double time = ana_strand_time(s);

	if (time > 0)
		u->wait_share = (double)u->c[LKC_wait_ns] / time;
	ana_dists(s, class, site, u->mode, u);
}

/* Most waited for first; then most taken. */
static int
use_order(const struct ana_use *x, const struct ana_use *y)
{
	if (x->c[LKC_wait_ns] != y->c[LKC_wait_ns])
		return x->c[LKC_wait_ns] > y->c[LKC_wait_ns] ? -1 : 1;
	if (x->c[LKC_acquired] != y->c[LKC_acquired])
		return x->c[LKC_acquired] > y->c[LKC_acquired] ? -1 : 1;
	return 0;
}

static int
by_use(const void *a, const void *b)
{
	const struct ana_use *x = a, *y = b;
	int order = use_order(x, y);

	if (order == 0)		/* to be repeatable */
		order = strcmp(x->site, y->site);
	return order != 0 ? order : (int)x->mode - (int)y->mode;
}

static int
by_lock(const void *a, const void *b)
{
	const struct ana_lock_row *x = a, *y = b;
	int order = use_order(&x->all, &y->all);

	return order != 0 ? order : strcmp(x->class, y->class);
}

static void
modes(const struct ana_snapshot *s, struct ana_result *r,
    struct ana_lock_row *row, const struct lk_totals *t, size_t n)
{
	struct ana_use use[LKM_NMODE] = { { .site = NULL } };
	size_t i, mode, used = 0;

	for (i = 0; i < n; i++) {
		add(use[t[i].mode].c, t[i].c);
		used |= 1U << t[i].mode;
	}
	row->modes = ana_alloc(r, LKM_NMODE, sizeof(*row->modes));
	for (mode = 0; row->modes != NULL && mode < LKM_NMODE; mode++) {
		if ((used & 1U << mode) == 0)
			continue;
		use[mode].mode = (enum lk_mode)mode;
		finish(s, t->class, 0, &use[mode]);
		row->modes[row->nmodes++] = use[mode];
	}
}

static void
sites(const struct ana_snapshot *s, struct ana_result *r,
    struct ana_lock_row *row, const struct lk_totals *t, size_t n)
{
	struct ana_use *use;
	size_t i;

	row->sites = ana_alloc(r, n, sizeof(*row->sites));
	if (row->sites == NULL)
		return;
	for (i = 0; i < n; i++) {
		use = &row->sites[row->nsites++];
		memcpy(use->c, t[i].c, sizeof(use->c));
		use->mode = t[i].mode;
		use->site_id = t[i].site;
		use->site = t[i].site == 0 ? "sites not told apart" :
		    ana_site_name(r, s, t[i].site);
		if (t[i].site != 0)
			finish(s, t[i].class, t[i].site, use);
	}
	qsort(row->sites, row->nsites, sizeof(*row->sites), by_use);
}

static int
by_instance(const void *a, const void *b)
{
	const struct ana_instance_row *x = a, *y = b;

	if (x->wait_ns != y->wait_ns)
		return x->wait_ns > y->wait_ns ? -1 : 1;
	return x->ident < y->ident ? -1 : x->ident > y->ident;
}

static void
instances(const struct ana_snapshot *s, struct ana_result *r,
    struct ana_lock_row *row, uint32_t class)
{
	struct ana_instance_row *to;
	size_t i, n = 0;

	for (i = 0; i < s->nheavies; i++)
		n += s->heavies[i].class == class;
	row->instances = ana_alloc(r, n, sizeof(*row->instances));
	for (i = 0; row->instances != NULL && i < s->nheavies; i++) {
		if (s->heavies[i].class != class)
			continue;
		to = &row->instances[row->ninstances++];
		to->ident = s->heavies[i].ident;
		to->wait_ns = s->heavies[i].wait_ns;
		to->over_ns = s->heavies[i].over_ns;
		to->contended = s->heavies[i].contended;
		if (ana_run_time(s) != 0)
			to->queue = (double)(to->wait_ns - to->over_ns) /
			    (double)ana_run_time(s);
	}
	if (row->ninstances != 0)
		qsort(row->instances, row->ninstances,
		    sizeof(*row->instances), by_instance);
}

/* One class: n rows of totals from t on. */
static void
add_class(const struct ana_snapshot *s, struct ana_result *r,
    const struct lk_totals *t, size_t n)
{
	struct ana_lock_row *row = &r->locks[r->nlocks++];
	size_t i;

	row->id = t->class;
	row->class = ana_say(r, "%s", ana_class_name(s, t->class));
	row->node = t->kind;
	row->kind = lk_kind_name(t->kind);
	for (i = 0; i < n; i++)
		add(row->all.c, t[i].c);
	finish(s, t->class, 0, &row->all);
	modes(s, r, row, t, n);
	sites(s, r, row, t, n);
	if (row->all.c[LKC_contended] != 0)
		instances(s, r, row, t->class);
}

void
ana_pass_contention(const struct ana_snapshot *s, struct ana_result *r)
{
	size_t i, n, classes = 0;

	for (i = 0; i < s->ntotals; i++)
		classes += i == 0 ||
		    s->totals[i].class != s->totals[i - 1].class;
	r->locks = ana_alloc(r, classes, sizeof(*r->locks));
	for (i = 0; r->locks != NULL && i < s->ntotals; i += n) {
		for (n = 1; i + n < s->ntotals &&
		    s->totals[i + n].class == s->totals[i].class; n++)
			continue;
		if (ana_contends(s->totals[i].kind))
			add_class(s, r, &s->totals[i], n);
	}
	if (r->nlocks != 0)
		qsort(r->locks, r->nlocks, sizeof(*r->locks), by_lock);
	for (i = 0; i < r->nlocks && i < ANA_CURVED; i++) {
		ana_curve(r, s, r->locks[i].id, LKHO_WAIT,
		    &r->locks[i].wait_curve);
		ana_curve(r, s, r->locks[i].id, LKHO_HOLD,
		    &r->locks[i].hold_curve);
	}
}

/*
 * blame: of all that was waited, who had the lock meanwhile.  By operation, by
 * site, by mode; and where chains of waits end.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

#define TOP		6	/* rows and columns for people */
#define ALL		64	/* ... and for programs */
#define NOBODY		UINT64_MAX

const char *
ana_split_name(enum ana_split split)
{
	static const char *const names[] = {
		[ANA_READ_WRITE] = "readers for a writer",
		[ANA_READ_READ] = "readers behind a waiting writer",
		[ANA_WRITE_READ] = "writers for readers",
		[ANA_WRITE_WRITE] = "writers for a writer",
		[ANA_NOBODY] = "for nobody in particular"
	};

	return names[split];
}

static bool
reads(enum lk_node_kind kind, enum lk_mode mode)
{
	return kind == LKN_LOCK && (mode == LKM_READ || mode == LKM_RREAD);
}

static enum ana_split
split_of(const struct lk_blame_info *b)
{
	bool holder = reads(b->kind, b->holder.mode);

	if (b->holder.mode == LKM_NONE)
		return ANA_NOBODY;
	if (reads(b->kind, b->waiter.mode))
		return holder ? ANA_READ_READ : ANA_READ_WRITE;
	return holder ? ANA_WRITE_READ : ANA_WRITE_WRITE;
}

/* ---- matrices ---- */

static const char *
op_name(struct ana_result *r, const struct ana_snapshot *s, uint64_t key)
{
	const char *name;

	if (key == NOBODY)
		return "nobody";
	if (key == LK_OP_FOLDED)
		return "not kept";
	if (key == 0)
		return "(none)";
	name = wl_op_name((uint32_t)key);
	return strcmp(name, "?") != 0 ? name :
	    ana_say(r, "op %u", (unsigned)key);
}

/* What operations took in all; of those that are no operation, nothing. */
static double
op_time(const struct ana_snapshot *s, uint64_t key)
{
	return key == 0 || key > WLO_NOPS ? 0 : (double)s->ops[key - 1].ns;
}

static const char *
site_name(struct ana_result *r, const struct ana_snapshot *s, uint64_t key)
{
	return key == NOBODY ? "nobody" : key == 0 ? "not known" :
	    ana_site_name(r, s, (uint32_t)key);
}

static const struct ana_axis by_op = { op_name, op_time };
static const struct ana_axis by_site = { site_name, NULL };

/* => how many cells; those of nodes that contend */
static size_t
cells_of(const struct ana_snapshot *s, bool ops, struct ana_tally *cell)
{
	const struct lk_blame_info *b;
	size_t i, n = 0;

	for (i = 0; i < s->nblames; i++) {
		b = &s->blames[i];
		if (!ana_contends(b->kind) || b->ns == 0)
			continue;
		cell[n].key = ops ? b->waiter.op : b->waiter.site;
		cell[n].key2 = b->holder.mode == LKM_NONE ? NOBODY :
		    ops ? b->holder.op : b->holder.site;
		cell[n].n = b->n;
		cell[n++].ns = b->ns;
	}
	return ana_tally_merge(cell, n);
}

static void
matrices(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_tally *cell;
	size_t n;

	cell = ana_alloc(r, s->nblames, sizeof(*cell));
	if (cell == NULL)
		return;
	n = cells_of(s, true, cell);
	ana_matrix(r, s, cell, n, ALL, &by_op, &r->blame.ops);
	ana_matrix(r, s, cell, n, TOP, &by_op, &r->blame.ops_top);
	n = cells_of(s, false, cell);
	ana_matrix(r, s, cell, n, ALL, &by_site, &r->blame.sites);
}

/* ---- pairs of sites ---- */

/*
 *	key	class << 32 | waiter's site << 8 | waiter's mode
 *	key2	                holder's site << 8 | holder's mode
 */
#define END_KEY(end)	((uint64_t)(end).site << 8 | (uint64_t)(end).mode)
#define KEY_SITE(k)	((uint32_t)((k) >> 8) & 0xffffff)
#define KEY_MODE(k)	((enum lk_mode)((k) & 0xff))

static const char *
end_name(struct ana_result *r, const struct ana_snapshot *s, uint64_t key)
{
	return KEY_MODE(key) == LKM_NONE ? NULL :
	    site_name(r, s, KEY_SITE(key));
}

static void
pairs(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct lk_blame_info *b;
	struct ana_tally *cell;
	struct ana_pair *to;
	size_t i, n = 0;

	cell = ana_alloc(r, s->nblames, sizeof(*cell));
	if (cell == NULL)
		return;
	for (i = 0; i < s->nblames; i++) {
		b = &s->blames[i];
		if (ana_contends(b->kind) && b->ns != 0)
			cell[n++] = (struct ana_tally){
			    .key = (uint64_t)b->class << 32 |
			    END_KEY(b->waiter), .key2 = END_KEY(b->holder),
			    .n = b->n, .ns = b->ns };
	}
	n = ana_tally_merge(cell, n);
	r->blame.pairs = ana_alloc(r, n, sizeof(*r->blame.pairs));
	for (i = 0; r->blame.pairs != NULL && i < n; i++) {
		to = &r->blame.pairs[r->blame.npairs++];
		to->class = ana_say(r, "%s", ana_class_name(s,
		    (uint32_t)(cell[i].key >> 32)));
		to->waiter = site_name(r, s, KEY_SITE(cell[i].key));
		to->waiter_mode = KEY_MODE(cell[i].key);
		to->holder = end_name(r, s, cell[i].key2);
		to->holder_mode = KEY_MODE(cell[i].key2);
		to->n = cell[i].n;
		to->ns = cell[i].ns;
	}
}

/* ---- all of it ---- */

static int
by_ns(const void *a, const void *b)
{
	const struct lk_blame_info *x = *(const struct lk_blame_info *const *)a;
	const struct lk_blame_info *y = *(const struct lk_blame_info *const *)b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x < y ? -1 : x > y;	/* to be repeatable */
}

static void
flow(struct ana_result *r, const struct ana_snapshot *s,
    const struct lk_blame_info *b, struct ana_flow *f)
{
	f->class = ana_say(r, "%s", ana_class_name(s, b->class));
	f->op = op_name(r, s, b->waiter.op);
	f->waiter = site_name(r, s, b->waiter.site);
	f->waiter_mode = b->waiter.mode;
	f->holder_mode = b->holder.mode;
	if (b->holder.mode != LKM_NONE) {
		f->holder_op = op_name(r, s, b->holder.op);
		f->holder = site_name(r, s, b->holder.site);
	}
	if (b->root_class != 0) {
		f->root_class = ana_say(r, "%s",
		    ana_class_name(s, b->root_class));
		f->root = site_name(r, s, b->root_site);
		f->root_op = op_name(r, s, b->root_op);
	}
	f->n = b->n;
	f->ns = b->ns;
}

static void
flows(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct lk_blame_info **row;
	size_t i, n = 0;

	row = ana_alloc(r, s->nblames, sizeof(*row));
	if (row == NULL)
		return;
	for (i = 0; i < s->nblames; i++) {
		if (ana_contends(s->blames[i].kind) && s->blames[i].ns != 0)
			row[n++] = &s->blames[i];
	}
	qsort(row, n, sizeof(*row), by_ns);
	for (i = ANA_FLOWS; i < n; i++)
		r->blame.rest += row[i]->ns;
	n = n < ANA_FLOWS ? n : ANA_FLOWS;
	r->blame.flows = ana_alloc(r, n, sizeof(*r->blame.flows));
	for (i = 0; r->blame.flows != NULL && i < n; i++)
		flow(r, s, row[i], &r->blame.flows[r->blame.nflows++]);
}

/* ---- chains ---- */

static void
roots(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct lk_blame_info *b;
	struct ana_tally *cell;
	struct ana_root *to;
	size_t i, n = 0;

	cell = ana_alloc(r, s->nblames, sizeof(*cell));
	if (cell == NULL)
		return;
	for (i = 0; i < s->nblames; i++) {
		b = &s->blames[i];
		if (!ana_contends(b->kind) || b->root_class == 0)
			continue;
		r->blame.chained += b->ns;
		cell[n++] = (struct ana_tally){ .key = b->root_class,
		    .key2 = (uint64_t)b->root_site << 32 | b->root_op,
		    .n = b->n, .ns = b->ns };
	}
	n = ana_tally_merge(cell, n);
	r->blame.roots = ana_alloc(r, n, sizeof(*r->blame.roots));
	for (i = 0; r->blame.roots != NULL && i < n; i++) {
		to = &r->blame.roots[r->blame.nroots++];
		to->class = ana_say(r, "%s", ana_class_name(s,
		    (uint32_t)cell[i].key));
		to->site = site_name(r, s, cell[i].key2 >> 32);
		to->op = op_name(r, s, cell[i].key2 & UINT32_MAX);
		to->n = cell[i].n;
		to->ns = cell[i].ns;
	}
}

/* What was counted as waited: the same, or trust says so. */
static uint64_t
waited(const struct ana_snapshot *s)
{
	uint64_t ns = 0;
	size_t i;

	for (i = 0; i < s->ntotals; i++) {
		if (ana_contends(s->totals[i].kind))
			ns += s->totals[i].c[LKC_wait_ns];
	}
	return ns;
}

/* Blame is sorted by class; the rows of locks are not. */
static void
split(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct lk_blame_info *b;
	size_t i, k = 0;

	for (i = 0; i < s->nblames; i++) {
		b = &s->blames[i];
		if (!ana_contends(b->kind))
			continue;
		r->blame.total += b->ns;
		r->blame.split[split_of(b)] += b->ns;
		if (k == r->nlocks || r->locks[k].id != b->class)
			for (k = 0; k < r->nlocks &&
			    r->locks[k].id != b->class; k++)
				continue;
		if (k < r->nlocks)
			r->locks[k].split[split_of(b)] += b->ns;
	}
}

void
ana_pass_blame(const struct ana_snapshot *s, struct ana_result *r)
{
	r->blame.waited = waited(s);
	if (s->nblames == 0)
		return;
	split(s, r);
	matrices(s, r);
	pairs(s, r);
	flows(s, r);
	roots(s, r);
}

/*
 * A second opinion on a trace: pages in plain lists, one a space, searched
 * from end to end.  Slow, short, and no code shared with the reader's check.
 */

#include "tests/trace/trace_test.h"

struct range {
	uint64_t	start, end;
	uint8_t		prot;
};

struct table {
	struct range	*v;
	size_t		 n, cap;
};

struct oracle {
	struct table	*spaces;
	uint32_t	*where;		/* space of each thread */
	bool		*begun, *ended;	/* threads */
};

static void
table_add(struct table *t, struct range r)
{
	if (r.start >= r.end)
		return;
	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 8;
		t->v = realloc(t->v, t->cap * sizeof(*t->v));
		assert_non_null(t->v);
	}
	t->v[t->n++] = r;
}

/* Cut [start, end) out; what was cut goes to *out if not NULL. */
static uint64_t
table_cut(struct table *t, uint64_t start, uint64_t end, struct table *out)
{
	struct range r, left, right;
	uint64_t pages = 0;
	size_t i = 0;

	while (i < t->n) {
		r = t->v[i];
		if (r.end <= start || r.start >= end) {
			i++;
			continue;
		}
		t->v[i] = t->v[--t->n];
		left = right = r;
		left.end = start;
		right.start = end;
		if (r.start < start)
			r.start = start;
		if (r.end > end)
			r.end = end;
		pages += r.end - r.start;
		table_add(t, left);
		table_add(t, right);
		if (out != NULL)
			table_add(out, r);
		i = 0;
	}
	return (pages);
}

static const struct range *
table_find(const struct table *t, uint64_t page)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (page >= t->v[i].start && page < t->v[i].end)
			return (&t->v[i]);
	return (NULL);
}

/* ---- records ------------------------------------------------------------ */

static void
oracle_fault(struct table *t, const struct wl_trace_rec *r)
{
	static const uint8_t need[] = { 7, WL_PROT_WRITE, WL_PROT_EXEC };
	const struct range *at = table_find(t, r->page);

	if (at == NULL)
		fail_msg("record %llu: page %llx is not mapped",
		    (unsigned long long)r->seq, (unsigned long long)r->page);
	assert_true(at->prot & need[r->op]);
}

static void
oracle_range(struct table *t, const struct wl_trace_rec *r)
{
	struct table cut = { 0 };
	uint64_t end = r->page + r->npages, pages;
	size_t i;

	if (r->op == WL_TRACE_FREE)
		return;
	pages = table_cut(t, r->page, end, &cut);
	if (r->op == WL_TRACE_MAP)
		assert_int_equal(pages, 0);
	else if (r->op == WL_TRACE_UNMAP)
		assert_int_not_equal(pages, 0);
	else
		assert_int_equal(pages, r->npages);
	for (i = 0; i < cut.n && r->op == WL_TRACE_PROTECT; i++) {
		cut.v[i].prot = r->prot;
		table_add(t, cut.v[i]);
	}
	if (r->op == WL_TRACE_MOVE)
		assert_int_equal(table_cut(t, r->to, r->to + r->npages, NULL),
		    0);
	for (i = 0; i < cut.n && r->op == WL_TRACE_MOVE; i++) {
		cut.v[i].start += r->to - r->page;
		cut.v[i].end += r->to - r->page;
		table_add(t, cut.v[i]);
	}
	if (r->op == WL_TRACE_MAP)
		table_add(t, (struct range){ r->page, end, r->prot });
	free(cut.v);
}

static void
oracle_life(struct oracle *o, const struct wl_trace_rec *r)
{
	struct table *from = &o->spaces[r->space];
	size_t i;

	if (r->op == WL_TRACE_EXIT)
		o->ended[r->thread] = true;
	if (r->op == WL_TRACE_EXEC)
		o->where[r->thread] = r->child_space;
	if (r->op == WL_TRACE_FORK)
		for (i = 0; i < from->n; i++)
			table_add(&o->spaces[r->child_space], from->v[i]);
	if (r->op == WL_TRACE_FORK || r->op == WL_TRACE_THREAD) {
		assert_false(o->begun[r->child]);
		o->begun[r->child] = true;
		o->where[r->child] = r->op == WL_TRACE_FORK ?
		    r->child_space : r->space;
	}
}

static void
oracle_record(struct oracle *o, const struct wl_trace_rec *r)
{
	assert_true(o->begun[r->thread]);
	assert_false(o->ended[r->thread]);
	assert_int_equal(o->where[r->thread], r->space);
	if (r->op <= WL_TRACE_EXECUTE)
		oracle_fault(&o->spaces[r->space], r);
	else if (r->op <= WL_TRACE_MOVE)
		oracle_range(&o->spaces[r->space], r);
	else
		oracle_life(o, r);
}

static void
oracle_counts(const struct wl_trace *t, const struct wl_trace_rec *recs)
{
	const struct wl_trace_info *info = wl_trace_info(t);
	uint64_t *all = calloc(info->nspaces, sizeof(*all));
	uint64_t *structural = calloc(info->nspaces, sizeof(*structural));
	const struct wl_trace_rec *r;
	uint64_t i;

	assert_non_null(all);
	assert_non_null(structural);
	for (i = 0; i < info->nrecords; i++) {
		r = &recs[i];
		assert_int_equal(r->epoch, structural[r->space]);
		assert_int_equal(r->before, wl_trace_ops[r->op].structural ?
		    all[r->space] : 0);
		all[r->space]++;
		structural[r->space] += wl_trace_ops[r->op].structural;
	}
	for (i = 0; i < info->nspaces; i++)
		assert_int_equal(all[i],
		    wl_trace_space(t, (uint32_t)i)->nrecords);
	free(all);
	free(structural);
}

void
oracle_check(const struct wl_trace *t)
{
	const struct wl_trace_info *info = wl_trace_info(t);
	struct oracle o;
	struct wl_trace_rec *recs, r;
	struct wl_trace_cursor c;
	uint64_t i, last;
	uint32_t th;

	recs = calloc(info->nrecords + 1, sizeof(*recs));
	o.spaces = calloc(info->nspaces, sizeof(*o.spaces));
	o.where = calloc(info->nthreads, sizeof(*o.where));
	o.begun = calloc(info->nthreads, sizeof(*o.begun));
	o.ended = calloc(info->nthreads, sizeof(*o.ended));
	for (th = 0; th < info->nthreads; th++) {
		o.where[th] = wl_trace_thread(t, th)->space;
		o.begun[th] = wl_trace_thread(t, th)->birth == WL_BORN_BEFORE;
		last = 0;
		for (wl_trace_begin(t, th, &c); wl_trace_next(&c, &r); ) {
			assert_true(r.time >= last);
			last = r.time;
			recs[r.seq] = r;
		}
	}
	for (i = 0; i < info->nrecords; i++)
		oracle_record(&o, &recs[i]);
	for (th = 0; th < info->nthreads; th++)
		assert_true(o.ended[th]);
	oracle_counts(t, recs);
	for (th = 0; th < info->nspaces; th++)
		free(o.spaces[th].v);
	free(o.spaces);
	free(o.where);
	free(o.begun);
	free(o.ended);
	free(recs);
}

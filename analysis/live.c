/*
 * live.c: a record that is written to, looked at from time to time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

#define LOAD(field)	atomic_load_explicit(&(field), memory_order_relaxed)

/* Counts of the last look. */
struct ana_live_past {
	uint64_t	now, ops;
	size_t		ntotals, nblames;
	struct lk_totals *totals;	/* by class, site, mode */
	struct lk_blame_info *blames;
};

const char *
ana_live_key_name(enum ana_live_key key)
{
	static const char *const names[] = {
		[ANA_LIVE_WAIT] = "waited", [ANA_LIVE_TAKEN] = "taken",
		[ANA_LIVE_CONTENDED] = "contended",
		[ANA_LIVE_WAITING] = "waiting now",
		[ANA_LIVE_LONGEST] = "longest", [ANA_LIVE_NAME] = "name"
	};

	return names[key];
}

/* ---- locks ---- */

static uint64_t
grown(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct lk_totals *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	return (int)x->mode - (int)y->mode;
}

/* => what t has grown by; all of it, if it is new */
static void
growth(const struct ana_live_past *past, const struct lk_totals *t,
    uint64_t g[LKC_NCOUNTER])
{
	const struct lk_totals *old = NULL;
	size_t i;

	if (past->ntotals != 0)
		old = bsearch(t, past->totals, past->ntotals, sizeof(*t),
		    by_place);
	for (i = 0; i < LKC_NCOUNTER; i++)
		g[i] = lk_counter_desc[i].max || old == NULL ? t->c[i] :
		    grown(old->c[i], t->c[i]);
}

static void
add_lock(struct lk_record *rec, struct ana_live *l, const struct lk_totals *t,
    size_t n)
{
	struct ana_live_lock *lock = &l->locks[l->nlocks];
	uint64_t g[LKC_NCOUNTER], taken = 0, contended = 0, wait = 0;
	double seconds = (double)l->interval_ns / 1e9;
	struct lk_class_info info;
	size_t i;

	memset(lock, 0, sizeof(*lock));
	lock->class = t->class;
	lock->kind = t->kind;
	for (i = 0; i < n; i++) {
		growth(l->past, &t[i], g);
		taken += g[LKC_acquired];
		contended += g[LKC_contended];
		wait += g[LKC_wait_ns];
		if (t[i].c[LKC_wait_max] > lock->longest)
			lock->longest = t[i].c[LKC_wait_max];
	}
	if (lk_record_class(rec, t->class, &info))
		memcpy(lock->name, info.name, sizeof(lock->name));
	if (seconds > 0) {
		lock->taken = (double)taken / seconds;
		lock->contended = (double)contended / seconds;
	}
	if (contended != 0)
		lock->mean_wait = wait / contended;
	if (l->interval_ns != 0 && l->strands != 0)
		lock->wait_share = (double)wait /
		    ((double)l->interval_ns * l->strands);
	if (t->kind == LKN_LOCK || t->kind == LKN_MUTEX)
		l->wait_share += lock->wait_share;
	l->nlocks++;
}

static int
locks(struct lk_record *rec, struct ana_live *l)
{
	struct lk_totals *t;
	size_t i, k, n;

	if (lk_record_totals(rec, &t, &n) != 0)
		return ENOMEM;
	free(l->locks);
	l->locks = calloc(n + 1, sizeof(*l->locks));
	l->nlocks = 0;
	for (i = 0; l->locks != NULL && i < n; i = k) {
		for (k = i + 1; k < n && t[k].class == t[i].class; k++)
			continue;
		if (ana_contends(t[i].kind))
			add_lock(rec, l, &t[i], k - i);
	}
	free(l->past->totals);
	l->past->totals = t;
	l->past->ntotals = n;
	return l->locks == NULL ? ENOMEM : 0;
}

/* ---- who waits now ---- */

static void
add_strand(const struct lk_strand_info *s, void *g)
{
	ana_grow_add(g, s);
}

static const char *
op_name(uint32_t op)
{
	return op == 0 ? "-" : op == LK_OP_FOLDED ? "others" : wl_op_name(op);
}

static void
add_wait(struct lk_record *rec, struct ana_live *l,
    const struct lk_strand_info *all, size_t n,
    const struct lk_strand_info *s)
{
	struct ana_live_wait *w = &l->waits[l->nwaits++];
	const struct lk_strand_info *by = NULL;
	struct lk_class_info info;
	uint64_t now = lk_now();
	size_t i;

	memset(w, 0, sizeof(*w));
	memcpy(w->strand, s->name, sizeof(w->strand));
	w->op = op_name(s->op);
	w->ns = s->wait.since != 0 ? grown(s->wait.since, now) : 0;
	w->kind = s->wait.kind;
	w->mode = s->wait.mode;
	if (lk_record_class(rec, s->wait.class, &info))
		memcpy(w->what, info.name, sizeof(w->what));
	for (i = 0; i < n && by == NULL; i++) {
		if (lk_waits_for(s, &all[i]) || lk_queues_behind(s, &all[i]))
			by = &all[i];
	}
	if (by != NULL) {
		memcpy(w->holder, by->name, sizeof(w->holder));
		w->holder_op = op_name(by->op);
	}
	for (i = 0; i < l->nlocks; i++)
		l->locks[i].waiting += l->locks[i].class == s->wait.class;
}

static int
longest(const void *a, const void *b)
{
	const struct ana_live_wait *x = a, *y = b;

	return x->ns > y->ns ? -1 : x->ns < y->ns;
}

static int
waits(struct lk_record *rec, struct ana_live *l)
{
	struct ana_grow g = { .size = sizeof(struct lk_strand_info) };
	const struct lk_strand_info *all;
	size_t i;

	lk_record_strands(rec, add_strand, &g);
	all = g.rows;
	free(l->waits);
	l->waits = calloc(g.n + 1, sizeof(*l->waits));
	l->nwaits = 0;
	for (i = 0; l->waits != NULL && i < g.n; i++) {
		if (all[i].wait.ident != 0 && !all[i].idle &&
		    ana_contends(all[i].wait.kind))
			add_wait(rec, l, all, g.n, &all[i]);
	}
	if (l->nwaits != 0)
		qsort(l->waits, l->nwaits, sizeof(*l->waits), longest);
	free(g.rows);
	return l->waits == NULL || g.failed ? ENOMEM : 0;
}

/* ---- blame ---- */

static int
by_flow(const void *a, const void *b)
{
	const struct lk_blame_info *x = a, *y = b;

	return memcmp(x, y, offsetof(struct lk_blame_info, root_op) +
	    sizeof(x->root_op));
}

static void
add_blame(struct ana_live *l, const struct lk_blame_info *b, uint64_t ns)
{
	uint32_t holder = b->holder.mode == LKM_NONE ? UINT32_MAX :
	    b->holder.op;
	struct ana_live_blame *row;
	size_t i;

	for (i = 0; i < l->nblames; i++) {
		row = &l->blames[i];
		if (row->op_id == b->waiter.op && row->holder_id == holder)
			break;
	}
	row = &l->blames[i];
	if (i == l->nblames) {
		l->nblames++;
		row->op_id = b->waiter.op;
		row->holder_id = holder;
		row->op = op_name(b->waiter.op);
		row->holder = holder == UINT32_MAX ? NULL : op_name(holder);
		row->ns = 0;
	}
	row->ns += ns;
}

static int
most(const void *a, const void *b)
{
	const struct ana_live_blame *x = a, *y = b;

	return x->ns > y->ns ? -1 : x->ns < y->ns;
}

static int
blames(struct lk_record *rec, struct ana_live *l)
{
	const struct lk_blame_info *old;
	struct lk_blame_info *b;
	uint64_t ns, sum = 0;
	size_t i, n;

	if (lk_record_blame(rec, &b, &n) != 0)
		return ENOMEM;
	if (n != 0)
		qsort(b, n, sizeof(*b), by_flow);
	free(l->blames);
	l->blames = calloc(n + 1, sizeof(*l->blames));
	l->nblames = 0;
	for (i = 0; l->blames != NULL && i < n; i++) {
		old = l->past->nblames == 0 ? NULL : bsearch(&b[i],
		    l->past->blames, l->past->nblames, sizeof(*b), by_flow);
		ns = old == NULL ? b[i].ns : grown(old->ns, b[i].ns);
		if (ns == 0 || !ana_contends(b[i].kind))
			continue;
		sum += ns;
		add_blame(l, &b[i], ns);
	}
	free(l->past->blames);
	l->past->blames = b;
	l->past->nblames = n;
	if (l->blames == NULL)
		return ENOMEM;
	for (i = 0; i < l->nblames; i++)
		l->blames[i].share = (double)l->blames[i].ns / (double)sum;
	if (l->nblames != 0)
		qsort(l->blames, l->nblames, sizeof(*l->blames), most);
	return 0;
}

/* ---- the run ---- */

static void
count_strand(const struct lk_strand_info *s, void *n)
{
	*(unsigned *)n += !s->idle;
}

static void
run(struct lk_record *rec, struct ana_live *l)
{
	struct lk_record_info info;
	struct wl_run *w;

	lk_record_info(rec, &info);
	l->elapsed_ns = grown(info.created, lk_now());
	l->incidents = info.incidents;
	l->phase = WLP_RUN;
	l->strands = 0;
	memcpy(l->command, info.title, sizeof(info.title));
	w = (struct wl_run *)(uintptr_t)lk_record_region_find(rec,
	    WL_RUN_REGION, NULL);
	if (w != NULL) {
		l->phase = (enum wl_phase)LOAD(w->phase);
		l->ops = LOAD(w->ops);
		l->strands = (unsigned)LOAD(w->strands);
		memcpy(l->command, w->command, sizeof(l->command) - 1);
	}
	if (l->strands == 0)
		lk_record_strands(rec, count_strand, &l->strands);
	ana_freeze_gauges(rec, &l->gauges);
}

int
ana_live_look(struct lk_record *rec, struct ana_live *l)
{
	uint64_t now = lk_now();
	int error;

	if (l->past == NULL && (l->past = calloc(1, sizeof(*l->past))) == NULL)
		return ENOMEM;
	run(rec, l);
	l->interval_ns = l->past->now == 0 ? l->elapsed_ns :
	    now - l->past->now;
	l->ops_per_s = l->interval_ns == 0 ? 0 :
	    (double)grown(l->past->ops, l->ops) * 1e9 /
	    (double)l->interval_ns;
	l->wait_share = 0;
	error = locks(rec, l);
	if (error == 0)
		error = waits(rec, l);
	if (error == 0)
		error = blames(rec, l);
	l->past->now = now;
	l->past->ops = l->ops;
	return error;
}

static int
down(double a, double b)
{
	return a > b ? -1 : a < b;
}

static int
compare(const void *a, const void *b, void *key)
{
	const struct ana_live_lock *x = a, *y = b;
	const double keys[ANA_LIVE_NKEY][2] = {
		[ANA_LIVE_WAIT] = { x->wait_share, y->wait_share },
		[ANA_LIVE_TAKEN] = { x->taken, y->taken },
		[ANA_LIVE_CONTENDED] = { x->contended, y->contended },
		[ANA_LIVE_WAITING] = { x->waiting, y->waiting },
		[ANA_LIVE_LONGEST] = { (double)x->longest,
		    (double)y->longest }
	};
	const double *k = keys[*(enum ana_live_key *)key];
	int order = down(k[0], k[1]);

	return order != 0 ? order : strcmp(x->name, y->name);
}

void
ana_live_sort(struct ana_live *l, enum ana_live_key key)
{
	if (l->nlocks != 0)
		qsort_r(l->locks, l->nlocks, sizeof(*l->locks), compare, &key);
}

void
ana_live_free(struct ana_live *l)
{
	if (l->past != NULL) {
		free(l->past->totals);
		free(l->past->blames);
	}
	free(l->past);
	free(l->locks);
	free(l->waits);
	free(l->blames);
	memset(l, 0, sizeof(*l));
}

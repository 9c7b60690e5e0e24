/*
 * merge_rows.c: the tables of two snapshots.
 *
 * Rows of both are copied, mapped, and sorted; rows that are about the same
 * become one.  A table is a row of one of the two tables below.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/merge_int.h"

#define DIFFER(x, y, field)						\
	if ((x)->field != (y)->field)					\
		return (x)->field < (y)->field ? -1 : 1
#define DIFFER_TEXT(x, y, field) do {					\
	int order = strcmp((x)->field, (y)->field);			\
									\
	if (order != 0)							\
		return order;						\
} while (0)

static void
sum(uint64_t *to, const uint64_t *from, size_t n)
{
	while (n-- > 0)
		to[n] += from[n];
}

static uint32_t
smaller(uint32_t x, uint32_t y)	/* 0: not known */
{
	return x == 0 || (y != 0 && y < x) ? y : x;
}

/* ---- what has an id ---- */

static int
site_order(const void *a, const void *b)
{
	const struct lk_site_info *x = a, *y = b;

	DIFFER_TEXT(x, y, file);
	DIFFER(x, y, line);
	DIFFER_TEXT(x, y, func);
	return 0;
}

static int
class_order(const void *a, const void *b)
{
	const struct lk_class_info *x = a, *y = b;

	DIFFER(x, y, kind);
	DIFFER_TEXT(x, y, name);
	return 0;
}

static void
class_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_class_info *c = row;

	c->site = ana_map_id(&m->site[which], c->site);
}

static void
class_add(void *to, const void *from)
{
	struct lk_class_info *x = to;
	const struct lk_class_info *y = from;

	x->flags |= y->flags;
	x->site = smaller(x->site, y->site);
}

/* Of a run are lives that agree to the ns; parents are mapped afterwards. */
static int
life_order(const void *a, const void *b)
{
	const struct lk_life_info *x = a, *y = b;

	DIFFER(x, y, born);
	DIFFER(x, y, ended);
	DIFFER(x, y, joined);
	DIFFER(x, y, strand);
	DIFFER_TEXT(x, y, name);
	return 0;
}

static void
life_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_life_info *l = row;

	l->born = ana_map_time(m, which, l->born);
	l->ended = ana_map_time(m, which, l->ended);
	l->joined = ana_map_time(m, which, l->joined);
}

static int
stack_order(const void *a, const void *b)
{
	const struct ana_stack *x = a, *y = b;
	uint64_t i;

	DIFFER(x, y, n);
	for (i = 0; i < x->n; i++)
		DIFFER(x, y, frame[i]);
	return 0;
}

static void
stack_map(const struct ana_merge *m, int which, void *row)
{
	struct ana_stack *st = row;
	uint64_t i;

	for (i = 0; i < st->n; i++)
		st->frame[i] = ana_map_code(m, which, st->frame[i]);
}

#define IN(what, n)	offsetof(struct ana_snapshot, what),		\
	offsetof(struct ana_snapshot, n),				\
	sizeof(*((struct ana_snapshot *)NULL)->what)

/* Each begins with its id.  Later ones lean on the maps of earlier ones. */
static const struct named {
	size_t	rows, n, size, map;	/* map: in struct ana_merge */
	void	(*change)(const struct ana_merge *, int which, void *row);
	int	(*order)(const void *, const void *);
	void	(*add)(void *to, const void *from);
} named[] = {
	{ IN(sites, nsites), offsetof(struct ana_merge, site), NULL,
	  site_order, NULL },
	{ IN(classes, nclasses), offsetof(struct ana_merge, class), class_map,
	  class_order, class_add },
	{ IN(lives, nlives), offsetof(struct ana_merge, life), life_map,
	  life_order, NULL },
	{ IN(stacks, nstacks), offsetof(struct ana_merge, stack), stack_map,
	  stack_order, NULL },
};

struct ref {			/* a row, and where it comes from */
	char		*row;
	int		which;
	uint32_t	id;
	int		(*order)(const void *, const void *);
};

static int
by_row(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int order = x->order(x->row, y->row);

	return order != 0 ? order : x->which - y->which;
}

static char *
rows_of(const struct ana_snapshot *s, size_t rows, size_t count, size_t *n)
{
	char *at;

	if (s == NULL) {
		*n = 0;
		return NULL;
	}
	memcpy(&at, (const char *)s + rows, sizeof(at));
	memcpy(n, (const char *)s + count, sizeof(*n));
	return at;
}

static void
put_rows(struct ana_snapshot *s, size_t rows, size_t count, void *at,
    size_t n)
{
	memcpy((char *)s + rows, &at, sizeof(at));
	memcpy((char *)s + count, &n, sizeof(n));
}

/* => copies of both's rows, changed; n of each; NULL: no memory */
static char *
both(const struct ana_merge *m, size_t rows, size_t count, size_t size,
    void (*change)(const struct ana_merge *, int, void *), size_t n[2])
{
	const char *from[2] = {
	    rows_of(m->in[0], rows, count, &n[0]),
	    rows_of(m->in[1], rows, count, &n[1]) };
	char *all = calloc(n[0] + n[1] + 1, size);
	size_t i;
	int which;

	for (which = 0; all != NULL && which < 2; which++) {
		char *to = all + (which == 0 ? 0 : n[0] * size);

		if (n[which] != 0)
			memcpy(to, from[which], n[which] * size);
		for (i = 0; change != NULL && i < n[which]; i++)
			change(m, which, to + i * size);
	}
	return all;
}

static uint32_t
id_of(const char *row)
{
	uint32_t id;

	memcpy(&id, row, sizeof(id));
	return id;
}

static bool
map_new(struct ana_map *map, const char *rows, size_t n, size_t size)
{
	size_t i;

	for (i = map->n = 0; i < n; i++) {
		if (id_of(rows + i * size) >= map->n)
			map->n = id_of(rows + i * size) + (size_t)1;
	}
	map->to = calloc(map->n + 1, sizeof(*map->to));
	return map->to != NULL;
}

/* Sorted, one of several, numbered from 1 on. */
static char *
unite(struct ref *ref, size_t n, const struct named *t, struct ana_map *map,
    size_t *out)
{
	char *rows = calloc(n + 1, t->size), *last = NULL;
	uint32_t id = 0;
	size_t i;

	for (i = 0; rows != NULL && i < n; i++) {
		if (last == NULL || t->order(last, ref[i].row) != 0) {
			last = rows + id * t->size;
			memcpy(last, ref[i].row, t->size);
			id++;
			memcpy(last, &id, sizeof(id));
		} else if (t->add != NULL)
			t->add(last, ref[i].row);
		map[ref[i].which].to[ref[i].id] = id;
	}
	*out = id;
	return rows;
}

static bool
name(struct ana_merge *m, const struct named *t)
{
	struct ana_map *map = (struct ana_map *)(void *)((char *)m + t->map);
	size_t i, n[2], nout = 0;
	char *rows = both(m, t->rows, t->n, t->size, t->change, n), *out;
	struct ref *ref = calloc(n[0] + n[1] + 1, sizeof(*ref));

	out = NULL;
	if (rows != NULL && ref != NULL &&
	    map_new(&map[0], rows, n[0], t->size) &&
	    map_new(&map[1], rows + n[0] * t->size, n[1], t->size)) {
		for (i = 0; i < n[0] + n[1]; i++)
			ref[i] = (struct ref){ rows + i * t->size, i >= n[0],
			    id_of(rows + i * t->size), t->order };
		if (i != 0)
			qsort(ref, i, sizeof(*ref), by_row);
		out = unite(ref, i, t, map, &nout);
	}
	put_rows(m->out, t->rows, t->n, out, nout);
	free(rows);
	free(ref);
	return out != NULL;
}

/* Of one life both may be told, or one; what they are differs by the run. */
static void
map_kin(struct ana_merge *m)
{
	const struct lk_life_info *from;
	struct lk_life_info *to;
	size_t i;
	int which;

	for (i = 0; i < m->out->nlives; i++)
		m->out->lives[i].parent = m->out->lives[i].joiner = 0;
	for (which = 0; which < 2 && m->in[which] != NULL; which++) {
		for (i = 0; i < m->in[which]->nlives; i++) {
			from = &m->in[which]->lives[i];
			to = &m->out->lives[ana_map_id(&m->life[which],
			    from->id) - 1];
			to->parent = ana_map_id(&m->life[which], from->parent);
			to->joiner = ana_map_id(&m->life[which], from->joiner);
		}
	}
}

bool
ana_merge_names(struct ana_merge *m)
{
	size_t i;

	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (!name(m, &named[i]))
			return false;
	}
	map_kin(m);
	return true;
}

/* ---- counts ---- */

static int
total_order(const void *a, const void *b)
{
	const struct lk_totals *x = a, *y = b;

	DIFFER(x, y, class);
	DIFFER(x, y, site);
	DIFFER(x, y, mode);
	DIFFER(x, y, kind);
	return 0;
}

static void
total_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_totals *t = row;

	t->class = ana_map_id(&m->class[which], t->class);
	t->site = ana_map_id(&m->site[which], t->site);
}

static void
total_add(void *to, const void *from)
{
	struct lk_totals *x = to;
	const struct lk_totals *y = from;
	size_t i;

	for (i = 0; i < LKC_NCOUNTER; i++) {
		if (!lk_counter_desc[i].max)
			x->c[i] += y->c[i];
		else if (y->c[i] > x->c[i])
			x->c[i] = y->c[i];
	}
}

static int
hist_order(const void *a, const void *b)
{
	const struct ana_class_hist *x = a, *y = b;

	DIFFER(x, y, class);
	DIFFER(x, y, site);
	DIFFER(x, y, mode);
	DIFFER(x, y, of);
	return 0;
}

static void
hist_map(const struct ana_merge *m, int which, void *row)
{
	struct ana_class_hist *h = row;

	h->class = ana_map_id(&m->class[which], h->class);
	h->site = ana_map_id(&m->site[which], h->site);
}

static void
hist_add(void *to, const void *from)
{
	struct ana_class_hist *x = to;
	const struct ana_class_hist *y = from;

	x->hist.n += y->hist.n;
	sum(x->hist.b, y->hist.b, LK_HIST_N);
}

static int
end_order(const struct lk_blame_end *x, const struct lk_blame_end *y)
{
	DIFFER(x, y, site);
	DIFFER(x, y, op);
	DIFFER(x, y, mode);
	return 0;
}

static int
blame_key(const void *a, const void *b)
{
	const struct lk_blame_info *x = a, *y = b;
	int order;

	DIFFER(x, y, class);
	DIFFER(x, y, kind);
	if ((order = end_order(&x->waiter, &y->waiter)) != 0 ||
	    (order = end_order(&x->holder, &y->holder)) != 0)
		return order;
	DIFFER(x, y, root_class);
	DIFFER(x, y, root_site);
	DIFFER(x, y, root_op);
	return 0;
}

static void
blame_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_blame_info *b = row;

	b->class = ana_map_id(&m->class[which], b->class);
	b->waiter.site = ana_map_id(&m->site[which], b->waiter.site);
	b->holder.site = ana_map_id(&m->site[which], b->holder.site);
	b->root_class = ana_map_id(&m->class[which], b->root_class);
	b->root_site = ana_map_id(&m->site[which], b->root_site);
}

static void
blame_add(void *to, const void *from)
{
	struct lk_blame_info *x = to;
	const struct lk_blame_info *y = from;

	x->n += y->n;
	x->ns += y->ns;
}

/* By class, most first, as a record gives it. */
static int
blame_order(const void *a, const void *b)
{
	const struct lk_blame_info *x = a, *y = b;

	DIFFER(x, y, class);
	DIFFER(y, x, ns);
	return blame_key(a, b);
}

static int
wait_stack_key(const void *a, const void *b)
{
	const struct lk_wait_stack_info *x = a, *y = b;

	DIFFER(x, y, class);
	DIFFER(x, y, kind);
	DIFFER(x, y, site);
	DIFFER(x, y, mode);
	DIFFER(x, y, op);
	DIFFER(x, y, stack);
	return 0;
}

static void
wait_stack_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_wait_stack_info *w = row;

	w->class = ana_map_id(&m->class[which], w->class);
	w->site = ana_map_id(&m->site[which], w->site);
	w->stack = ana_map_id(&m->stack[which], w->stack);
}

static void
wait_stack_add(void *to, const void *from)
{
	struct lk_wait_stack_info *x = to;
	const struct lk_wait_stack_info *y = from;

	x->n += y->n;
	x->ns += y->ns;
}

/* By class, most first, as a record gives it. */
static int
wait_stack_order(const void *a, const void *b)
{
	const struct lk_wait_stack_info *x = a, *y = b;

	DIFFER(x, y, class);
	DIFFER(y, x, ns);
	return wait_stack_key(a, b);
}

static int
heavy_key(const void *a, const void *b)
{
	const struct lk_heavy_info *x = a, *y = b;

	DIFFER(x, y, ident);
	DIFFER(x, y, kind);
	DIFFER(x, y, class);
	return 0;
}

static void
heavy_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_heavy_info *h = row;

	h->ident = ana_map_ident(m, which, h->ident);
	h->class = ana_map_id(&m->class[which], h->class);
}

static void
heavy_add(void *to, const void *from)
{
	struct lk_heavy_info *x = to;
	const struct lk_heavy_info *y = from;

	x->wait_ns += y->wait_ns;
	x->over_ns += y->over_ns;
	x->contended += y->contended;
}

static int
heavy_order(const void *a, const void *b)
{
	const struct lk_heavy_info *x = a, *y = b;

	DIFFER(y, x, wait_ns);
	return heavy_key(a, b);
}

static int
worker_order(const void *a, const void *b)
{
	const struct ana_worker *x = a, *y = b;

	DIFFER(x, y, strand);
	DIFFER_TEXT(x, y, name);
	return 0;
}

static void
worker_add(void *to, const void *from)
{
	struct ana_worker *x = to;
	const struct ana_worker *y = from;

	x->done += y->done;
	x->refused += y->refused;
	x->skipped += y->skipped;
	x->ns += y->ns;
}

/* ---- what happened ---- */

static int
incident_key(const void *a, const void *b)
{
	const struct lk_incident_info *x = a, *y = b;

	DIFFER_TEXT(x, y, kind);
	DIFFER(x, y, site);
	return 0;
}

static int
incident_when(const void *a, const void *b)
{
	const struct lk_incident_info *x = a, *y = b;

	DIFFER(x, y, when);
	DIFFER(x, y, strand);
	DIFFER_TEXT(x, y, text);
	return incident_key(a, b);
}

/* The first of those that are one is shown. */
static int
incident_sort(const void *a, const void *b)
{
	int order = incident_key(a, b);

	return order != 0 ? order : incident_when(a, b);
}

static void
incident_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_incident_info *f = row;
	uint32_t i;

	f->site = ana_map_id(&m->site[which], f->site);
	f->when = ana_map_time(m, which, f->when);
	for (i = 0; i < f->nheld && i < LK_INCIDENT_HELD; i++)
		ana_map_node(m, which, &f->held[i]);
	for (i = 0; i < f->nframes && i < LK_MAXFRAMES; i++)
		f->frame[i] = ana_map_code(m, which, f->frame[i]);
}

static void
incident_add(void *to, const void *from)
{
	struct lk_incident_info *x = to;
	const struct lk_incident_info *y = from;

	x->count += y->count;
}

static int
node_order(const struct lk_node_info *x, const struct lk_node_info *y)
{
	DIFFER(x, y, kind);
	DIFFER(x, y, class);
	DIFFER(x, y, mode);
	DIFFER(x, y, how);
	DIFFER(x, y, site);
	DIFFER(x, y, ident);
	DIFFER(x, y, gen);
	return 0;
}

static int
post_order(const void *a, const void *b)
{
	const struct lk_post_info *x = a, *y = b;
	int order = node_order(&x->node, &y->node);

	if (order != 0)
		return order;
	DIFFER(x, y, life);
	DIFFER(x, y, when);
	return 0;
}

static void
post_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_post_info *p = row;

	ana_map_node(m, which, &p->node);
	p->life = ana_map_id(&m->life[which], p->life);
	p->when = ana_map_time(m, which, p->when);
}

static int
symbol_order(const void *a, const void *b)
{
	const struct ana_symbol *x = a, *y = b;

	DIFFER(x, y, addr);
	return 0;
}

static void
symbol_map(const struct ana_merge *m, int which, void *row)
{
	struct ana_symbol *s = row;

	s->addr = ana_map_code(m, which, s->addr);
}

/* ---- dependencies ---- */

static int
dep_order(const void *a, const void *b)
{
	const struct lk_dep_info *x = a, *y = b;
	int order = node_order(&x->want, &y->want);
	uint32_t i;

	if (order != 0)
		return order;
	DIFFER(x, y, nheld);
	for (i = 0; i < x->nheld; i++) {
		order = node_order(&x->held[i], &y->held[i]);
		if (order != 0)
			return order;
	}
	return 0;
}

static void
dep_map(const struct ana_merge *m, int which, void *row)
{
	struct lk_dep_info *d = row;
	uint32_t i;

	ana_map_node(m, which, &d->want);
	for (i = 0; i < d->nseen; i++) {
		d->seen[i].life = ana_map_id(&m->life[which],
		    d->seen[i].life);
		d->seen[i].first = ana_map_time(m, which, d->seen[i].first);
		d->seen[i].last = ana_map_time(m, which, d->seen[i].last);
	}
}

/* The same dependency of the same run: who did it, of both. */
static void
dep_add(void *to, const void *from)
{
	struct lk_dep_info *x = to;
	const struct lk_dep_info *y = from;
	uint32_t i, k;

	x->varied |= y->varied;
	x->more_seen |= y->more_seen;
	for (i = 0; i < y->nseen; i++) {
		for (k = 0; k < x->nseen &&
		    x->seen[k].life != y->seen[i].life; k++)
			continue;
		if (k < x->nseen) {
			if (y->seen[i].first < x->seen[k].first)
				x->seen[k].first = y->seen[i].first;
			if (y->seen[i].last > x->seen[k].last)
				x->seen[k].last = y->seen[i].last;
		} else if (k < LK_DEP_SEEN)
			x->seen[x->nseen++] = y->seen[i];
		else
			x->more_seen = true;
	}
}

/* ---- all of them ---- */

static const struct table {
	size_t	rows, n, size;
	size_t	max;			/* rows; 0: no more than come in */
	enum lk_loss loss;		/* where those beyond are counted */
	void	(*change)(const struct ana_merge *, int which, void *row);
	/* sort: those of one key side by side; order: in the end, or NULL */
	int	(*sort)(const void *, const void *);
	int	(*key)(const void *, const void *);
	void	(*add)(void *to, const void *from);
	int	(*order)(const void *, const void *);
} tables[] = {
	{ IN(totals, ntotals), 0, 0, total_map, total_order, total_order,
	  total_add, NULL },
	{ IN(hists, nhists), 0, 0, hist_map, hist_order, hist_order, hist_add,
	  NULL },
	{ IN(blames, nblames), 0, 0, blame_map, blame_key, blame_key,
	  blame_add, blame_order },
	{ IN(wait_stacks, nwait_stacks), 0, 0, wait_stack_map, wait_stack_key,
	  wait_stack_key, wait_stack_add, wait_stack_order },
	{ IN(heavies, nheavies), LK_HEAVY * 64, LKL_rows, heavy_map,
	  heavy_key, heavy_key, heavy_add, heavy_order },
	{ IN(workers, nworkers), 0, 0, NULL, worker_order, worker_order,
	  worker_add, NULL },
	{ IN(incidents, nincidents), LK_MAXINCIDENT, LKL_incidents,
	  incident_map, incident_sort, incident_key, incident_add,
	  incident_when },
	{ IN(posts, nposts), LK_MAXDEP, LKL_posts, post_map, post_order,
	  post_order, NULL, NULL },
	{ IN(symbols, nsymbols), 0, 0, symbol_map, symbol_order, symbol_order,
	  NULL, NULL },
	{ IN(deps, ndeps), LK_MAXDEP, LKL_deps, dep_map, dep_order, dep_order,
	  dep_add, NULL },
};

/* => how many are left */
static size_t
fold(char *rows, size_t n, const struct table *t)
{
	size_t i, k = 0;

	if (n == 0)
		return 0;
	qsort(rows, n, t->size, t->sort);
	for (i = 1; i < n; i++) {
		if (t->key(rows + k * t->size, rows + i * t->size) == 0) {
			if (t->add != NULL)
				t->add(rows + k * t->size, rows + i *
				    t->size);
		} else if (++k != i)
			memcpy(rows + k * t->size, rows + i * t->size,
			    t->size);
	}
	if (t->order != NULL)
		qsort(rows, k + 1, t->size, t->order);
	return k + 1;
}

static bool
one_table(struct ana_merge *m, const struct table *t)
{
	size_t n[2], left;
	char *rows = both(m, t->rows, t->n, t->size, t->change, n);

	if (rows == NULL)
		return false;
	left = fold(rows, n[0] + n[1], t);
	if (t->max != 0 && left > t->max) {
		m->out->losses[t->loss] += left - t->max;
		left = t->max;
	}
	put_rows(m->out, t->rows, t->n, rows, left);
	return true;
}

/* What deps hold, mapped: they still point into what came in. */
static struct lk_node_info *
held_of(struct ana_merge *m, struct ana_snapshot held[2])
{
	struct lk_node_info *all, *at;
	size_t i, k, n = 0;
	int which;

	for (which = 0; which < 2 && m->in[which] != NULL; which++)
		n += m->in[which]->ndep_held;
	all = at = calloc(n + 1, sizeof(*all));
	for (which = 0; all != NULL && which < 2 && m->in[which] != NULL;
	    which++) {
		held[which] = *m->in[which];
		held[which].deps = calloc(held[which].ndeps + 1,
		    sizeof(*held[which].deps));
		if (held[which].deps == NULL)
			m->nomem = true;
		for (i = 0; !m->nomem && i < held[which].ndeps; i++) {
			held[which].deps[i] = m->in[which]->deps[i];
			held[which].deps[i].held = at;
			for (k = 0; k < held[which].deps[i].nheld; k++) {
				*at = m->in[which]->deps[i].held[k];
				ana_map_node(m, which, at++);
			}
		}
	}
	return all;
}

/* In the order of their rows, one array behind them, as a freeze leaves it. */
static bool
lay_out(struct ana_snapshot *s)
{
	size_t i, n = 0, at = 0;

	for (i = 0; i < s->ndeps; i++)
		n += s->deps[i].nheld;
	s->dep_held = calloc(n + 1, sizeof(*s->dep_held));
	if (s->dep_held == NULL)
		return false;
	s->ndep_held = n;
	for (i = 0; i < s->ndeps; i++) {
		s->deps[i].id = (uint32_t)i + 1;
		if (s->deps[i].nheld != 0)
			memcpy(s->dep_held + at, s->deps[i].held,
			    s->deps[i].nheld * sizeof(*s->dep_held));
		s->deps[i].held = s->dep_held + at;
		at += s->deps[i].nheld;
	}
	return true;
}

bool
ana_merge_tables(struct ana_merge *m)
{
	const struct ana_snapshot *in[2] = { m->in[0], m->in[1] };
	struct ana_snapshot held[2];
	struct lk_node_info *all;
	size_t i;

	memset(held, 0, sizeof(held));
	all = held_of(m, held);
	m->nomem |= all == NULL;
	for (i = 0; i < 2 && in[i] != NULL && !m->nomem; i++)
		m->in[i] = &held[i];
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]) && !m->nomem; i++)
		m->nomem = !one_table(m, &tables[i]);
	m->nomem |= !lay_out(m->out);
	for (i = 0; i < m->out->nincidents; i++)
		m->out->incidents[i].id = (uint32_t)i + 1;
	memcpy(m->in, in, sizeof(in));
	free(held[0].deps);
	free(held[1].deps);
	free(all);
	return !m->nomem;
}

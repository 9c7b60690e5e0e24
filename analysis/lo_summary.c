/*
 * The graph of classes as tables: edges by name, classes by layer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/contract_int.h"
#include "analysis/lockorder_int.h"

/* Nodes that have an order with others. */
static bool
counts(const struct lk_node_info *n)
{
	return lo_is_lock(n) || n->kind == LKN_PAGE;
}

static bool
arc_counts(const struct lo *lo, const struct lo_arc *a)
{
	return a->held != ANA_NOID &&
	    counts(&lo->s->deps[a->dep].held[a->held]) &&
	    counts(&lo->s->deps[a->dep].want);
}

/*
 * Names are made once, and sorted by once: rank is a class's place among the
 * names, place the file and function of a site.  (A line number would change
 * with every edit.)
 */
struct names {
	uint32_t	nclasses, nsites;	/* ids below them */
	const char	**class, **place;
	uint32_t	*rank;
};

struct by_name {
	const char	*name;
	uint32_t	class;
};

static int
by_name_cmp(const void *a, const void *b)
{
	const struct by_name *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : x->class < y->class ? -1 : x->class > y->class;
}

static void
rank(struct lo *lo, struct names *n)
{
	struct by_name *all = calloc((size_t)n->nclasses + 1, sizeof(*all));
	uint32_t i;

	if (all == NULL) {
		lo->nomem = true;
		return;
	}
	for (i = 0; i < n->nclasses; i++)
		all[i] = (struct by_name){ n->class[i], i };
	qsort(all, n->nclasses, sizeof(*all), by_name_cmp);
	/* classes of one name are one here */
	for (i = 0; i < n->nclasses; i++)
		n->rank[all[i].class] = i > 0 &&
		    strcmp(all[i - 1].name, all[i].name) == 0 ?
		    n->rank[all[i - 1].class] : i;
	free(all);
}

static bool
names_make(struct lo *lo, struct names *n)
{
	const struct ana_snapshot *s = lo->s;
	size_t i;

	n->nclasses = s->nclasses == 0 ? 1 : s->classes[s->nclasses - 1].id + 1;
	n->nsites = s->nsites == 0 ? 1 : s->sites[s->nsites - 1].id + 1;
	n->class = calloc(n->nclasses, sizeof(*n->class));
	n->place = calloc(n->nsites, sizeof(*n->place));
	n->rank = calloc(n->nclasses, sizeof(*n->rank));
	if (n->class == NULL || n->place == NULL || n->rank == NULL)
		return false;
	for (i = 0; i < n->nclasses; i++)
		n->class[i] = "?";
	for (i = 0; i < s->nclasses; i++)
		n->class[s->classes[i].id] = ana_say(lo->r, "%s",
		    s->classes[i].name);
	for (i = 0; i < s->nsites; i++)
		n->place[s->sites[i].id] = ana_say(lo->r, "%s %s",
		    s->sites[i].file, s->sites[i].func);
	rank(lo, n);
	return true;
}

static void
names_free(struct names *n)
{
	free(n->class);
	free(n->place);
	free(n->rank);
}

static const char *
place(const struct names *n, uint32_t site)
{
	return site < n->nsites && n->place[site] != NULL ? n->place[site] :
	    "?";
}

/* An arc with what it is sorted by. */
struct named {
	uint64_t	key;		/* ranks of from and to */
	const struct lo_arc *arc;
};

static int
named_cmp(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->arc < y->arc ? -1 : x->arc > y->arc;
}

/* => how many of them are one edge; modes are kept for the next one */
static size_t
edge_of(struct lo *lo, const struct names *names, const struct named *a,
    size_t n, struct ana_order_edge *e, uint32_t *last)
{
	const struct lk_dep_info *d = &lo->s->deps[a->arc->dep];
	char text[CT_MODES_LEN];
	uint32_t modes = 0;
	size_t i;

	e->from = names->class[a->arc->from];
	e->to = names->class[a->arc->to];
	e->from_site = place(names, d->held[a->arc->held].site);
	e->to_site = place(names, d->want.site);
	for (i = 0; i < n && a[i].key == a->key; i++) {
		modes |= a[i].arc->modes;
		e->deps += a[i].arc->n;
		e->cycle |= a[i].arc->told;
	}
	e->modes = *last == modes ? e[-1].modes :
	    ana_say(lo->r, "%s", ct_modes_text(modes, text));
	*last = modes;
	return i;
}

static size_t
collect(const struct lo *lo, const struct names *names, struct named *all)
{
	const struct lo_arc *a;
	size_t i, n = 0;

	for (i = 0; i < lo->arcs.n; i++) {
		a = &lo->arc[i];
		if (arc_counts(lo, a) && a->from < names->nclasses &&
		    a->to < names->nclasses)
			all[n++] = (struct named){
				(uint64_t)names->rank[a->from] << 32 |
				names->rank[a->to], a
			};
	}
	return n;
}

void
lo_edges(struct lo *lo)
{
	struct ana_order *o = &lo->r->order;
	struct names names = { .nclasses = 0 };
	struct named *all;
	uint32_t last = 0;
	size_t n, i;

	all = calloc((size_t)lo->arcs.n + 1, sizeof(*all));
	o->edges = ana_alloc(lo->r, (size_t)lo->arcs.n + 1, sizeof(*o->edges));
	if (all == NULL || o->edges == NULL || !names_make(lo, &names))
		lo->nomem = true;
	if (!lo->nomem) {
		n = collect(lo, &names, all);
		qsort(all, n, sizeof(*all), named_cmp);
		for (i = 0; i < n; o->nedges++)
			i += edge_of(lo, &names, &all[i], n - i,
			    &o->edges[o->nedges], &last);
	}
	names_free(&names);
	free(all);
}

/* ---- layers ---- */

/*
 * Layer by layer from the outside (Kahn).  What lies on a cycle never becomes
 * free; it gets the layer that it was pushed to so far.
 */
struct layers {
	uint32_t	n;		/* classes, ids below it */
	uint32_t	*in;		/* edges in that are not done */
	uint32_t	*first, *next;	/* arcs of a class, + 1 */
	uint32_t	*queue;
	unsigned	*layer;
};

static bool
layered(const struct lo *lo, const struct lo_arc *a)
{
	return a->from != a->to && arc_counts(lo, a);
}

static void
push_down(const struct lo *lo, struct layers *l)
{
	uint32_t head = 0, tail = 0, i, x, y;

	for (i = 0; i < l->n; i++)
		if (l->in[i] == 0)
			l->queue[tail++] = i;
	while (head < tail) {
		x = l->queue[head++];
		for (i = l->first[x]; i != 0; i = l->next[i - 1]) {
			y = lo->arc[i - 1].to;
			if (l->layer[y] < l->layer[x] + 1)
				l->layer[y] = l->layer[x] + 1;
			if (--l->in[y] == 0)
				l->queue[tail++] = y;
		}
	}
}

static int
class_cmp(const void *a, const void *b)
{
	const struct ana_order_class *x = a, *y = b;

	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return strcmp(x->name, y->name);
}

static const char *
kind_of(const struct ana_snapshot *s, uint32_t class)
{
	size_t i;

	for (i = 0; i < s->nclasses; i++)
		if (s->classes[i].id == class)
			return lk_kind_name(s->classes[i].kind);
	return "?";
}

static void
list_classes(struct lo *lo, const struct layers *l, const uint8_t *nests)
{
	struct ana_order *o = &lo->r->order;
	uint32_t i;

	o->classes = ana_alloc(lo->r, (size_t)l->n + 1, sizeof(*o->classes));
	for (i = 0; o->classes != NULL && i < l->n; i++)
		if (nests[i] != 0)
			o->classes[o->nclasses++] = (struct ana_order_class){
				.id = i, .layer = l->layer[i],
				.name = ana_say(lo->r, "%s",
				    ana_class_name(lo->s, i)),
				.kind = kind_of(lo->s, i),
			};
	if (o->nclasses > 1)
		qsort(o->classes, o->nclasses, sizeof(*o->classes), class_cmp);
}

static void
layers_fill(struct lo *lo, struct layers *l, uint8_t *nests)
{
	const struct lo_arc *a;
	uint32_t i;

	for (i = 0; i < lo->arcs.n; i++) {
		a = &lo->arc[i];
		if (!arc_counts(lo, a))
			continue;
		nests[a->from] = nests[a->to] = 1;
		if (!layered(lo, a))
			continue;
		l->next[i] = l->first[a->from];
		l->first[a->from] = i + 1;
		l->in[a->to]++;
	}
}

void
lo_classes(struct lo *lo)
{
	struct layers l = { .n = 1 };
	uint8_t *nests;
	uint32_t i;

	for (i = 0; i < lo->arcs.n; i++) {
		if (lo->arc[i].from >= l.n)
			l.n = lo->arc[i].from + 1;
		if (lo->arc[i].to >= l.n)
			l.n = lo->arc[i].to + 1;
	}
	l.in = calloc(l.n, sizeof(*l.in));
	l.first = calloc(l.n, sizeof(*l.first));
	l.next = calloc((size_t)lo->arcs.n + 1, sizeof(*l.next));
	l.queue = calloc(l.n, sizeof(*l.queue));
	l.layer = calloc(l.n, sizeof(*l.layer));
	nests = calloc(l.n, 1);
	if (l.in != NULL && l.first != NULL && l.next != NULL &&
	    l.queue != NULL && l.layer != NULL && nests != NULL) {
		layers_fill(lo, &l, nests);
		push_down(lo, &l);
		list_classes(lo, &l, nests);
	} else
		lo->nomem = true;
	free(l.in);
	free(l.first);
	free(l.next);
	free(l.queue);
	free(l.layer);
	free(nests);
}

/*
 * The graph of classes: cycles that no instances close, and the summary.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/lockorder_int.h"

struct classes {
	struct lo	*lo;
	struct ord_graph *g;
};

static const struct lk_node_info *
arc_from(const struct lo *lo, const struct lo_arc *a)
{
	return a->held == ANA_NOID ? NULL :
	    &lo->s->deps[a->dep].held[a->held];
}

static const struct lk_node_info *
arc_to(const struct lo *lo, const struct lo_arc *a)
{
	return &lo->s->deps[a->dep].want;
}

/* Between two classes of locks; pages and events are no class of anything. */
static bool
between_locks(const struct lo *lo, const struct lo_arc *a)
{
	const struct lk_node_info *from = arc_from(lo, a);

	return from != NULL && lo_is_lock(from) && lo_is_lock(arc_to(lo, a));
}

static enum ord_mode
mode_of(unsigned m)
{
	const struct lk_node_info n = { .mode = (enum lk_mode)m };

	return lo_mode(&n);
}

static void
add_arc(struct classes *c, uint32_t arc)
{
	const struct lo_arc *a = &c->lo->arc[arc];
	const uint32_t label = arc + 1;
	struct ord_hold held = { .lock = a->from };
	struct ord_wait w = {
		.held = &held, .nheld = 1, .label = &label, .tag = arc,
		.want.lock = a->to,
	};
	unsigned h, n;
	uint32_t dep;
	bool fresh;

	for (h = 0; h < LKM_NMODE; h++)
		for (n = 0; n < LKM_NMODE; n++) {
			if (!(a->modes & LO_MODES(h, n)))
				continue;
			held.mode = mode_of(h);
			w.want.mode = mode_of(n);
			w.strand = arc * 16 + h * LKM_NMODE + n;
			if (ord_add(c->g, &w, &dep, &fresh) != 0 ||
			    (n == LKM_WRITE &&
			    ord_wrote(c->g, a->to, UINT32_MAX - 1) != 0))
				c->lo->nomem = true;
		}
}

/* A first take of a lock that is written counts as well. */
static void
add_writers(struct classes *c)
{
	const struct ana_snapshot *s = c->lo->s;
	size_t i;

	for (i = 0; i < s->ndeps; i++)
		if (s->deps[i].want.mode == LKM_WRITE &&
		    lo_is_lock(&s->deps[i].want) &&
		    ord_wrote(c->g, s->deps[i].want.class,
		    UINT32_MAX - 1) != 0)
			c->lo->nomem = true;
}

/* One address under two generations: the one died before the other was. */
static bool
reborn(const struct lk_node_info *a, const struct lk_node_info *b)
{
	return a != NULL && b != NULL && a->kind == b->kind &&
	    a->ident == b->ident && a->gen != b->gen;
}

static void
on_cycle(const struct ord_cycle *cy, void *arg)
{
	struct classes *c = arg;
	struct lo *lo = c->lo;
	struct lo_arc *a, *b;
	struct ana_finding *f;
	struct ord_wait w;
	uint32_t arc[64];
	const char *ring;
	unsigned i;

	if (cy->kind != ORDK_CYCLE || cy->level == ORD_INFO || cy->n > 64)
		return;
	for (i = 0; i < cy->n; i++) {
		ord_dep(c->g, cy->dep[i], &w);
		arc[i] = (uint32_t)w.tag;
	}
	for (i = 0; i < cy->n; i++)
		if (ord_mute(c->g, arc[i] + 1) != 0)
			lo->nomem = true;
	for (i = 0; i < cy->n; i++) {
		a = &lo->arc[arc[i]];
		b = &lo->arc[arc[(i + 1) % cy->n]];
		if (reborn(arc_to(lo, a), arc_from(lo, b)))
			return;
	}
	f = ana_find(lo->r, "order.class-cycle");
	f->status = ANA_UNCONFIRMED;
	ring = ana_class_name(lo->s, lo->arc[arc[0]].from);
	for (i = 0; i < cy->n; i++) {
		a = &lo->arc[arc[i]];
		a->told = true;
		ring = ana_say(lo->r, "%s > %s", ring,
		    ana_class_name(lo->s, a->to));
		ana_concern_key(lo->r, f, ana_class_name(lo->s, a->from),
		    ana_class_name(lo->s, a->to));
		lo_take(lo, f, "held", arc_from(lo, a));
		lo_take(lo, f, "wanted", arc_to(lo, a));
	}
	f->what = ana_say(lo->r, "%s, but no locks were seen that close the "
	    "ring", ring);
}

static void
mark_suspects(struct classes *c)
{
	struct ana_order *o = &c->lo->r->order;
	size_t i;
	bool on;

	for (i = 0; i < o->nclasses; i++) {
		if (ord_on_cycle(c->g, o->classes[i].id, &on) != 0)
			c->lo->nomem = true;
		o->classes[i].suspect |= on;
	}
}

void
lo_class(struct lo *lo)
{
	struct ord_opts o = { .assume_writer = lo->s->assume_writer };
	struct classes c = { .lo = lo };
	uint32_t i;

	if (ord_create(&o, &c.g) != 0) {
		lo->nomem = true;
		return;
	}
	for (i = 0; i < lo->arcs.n; i++)
		if (lo->arc[i].from != lo->arc[i].to &&
		    between_locks(lo, &lo->arc[i]))
			add_arc(&c, i);
	add_writers(&c);
	mark_suspects(&c);
	for (i = 0; i < lo->arcs.n; i++)
		if (lo->arc[i].told && ord_mute(c.g, i + 1) != 0)
			lo->nomem = true;
	if (ord_search_new(c.g, on_cycle, &c, &lo->gaveup) == ENOMEM)
		lo->nomem = true;
	ord_destroy(c.g);
}

/*
 * Arcs between classes against the lock-order contract: new ones, forbidden
 * ones, and those against declared ranks.
 */
#include "analysis/contract_int.h"
#include "analysis/lockorder_int.h"

static struct ana_finding *
find(struct lo *lo, const char *name, const struct lo_arc *a)
{
	const struct lk_dep_info *d = &lo->s->deps[a->dep];
	struct ana_finding *f = ana_find(lo->r, name);

	f->status = ANA_CONFIRMED;
	f->count = a->n;
	ana_concern_key(lo->r, f, ana_class_name(lo->s, a->from),
	    ana_class_name(lo->s, a->to));
	lo_take(lo, f, ana_say(lo->r, "%s took", lo_who(lo, d->nseen != 0 ?
	    &d->seen[0] : NULL)), &d->held[a->held]);
	lo_take(lo, f, "then wanted", &d->want);
	return f;
}

static void
check_rank(struct lo *lo, const struct lo_arc *a, const char *from,
    const char *to)
{
	const struct ct_class *x = ct_class_find(lo->s->contract, from);
	const struct ct_class *y = ct_class_find(lo->s->contract, to);
	struct ana_finding *f;

	if (x == NULL || y == NULL || !x->ranked || !y->ranked || x == y ||
	    x->rank < y->rank)
		return;
	f = find(lo, "order.rank", a);
	f->what = ana_say(lo->r, "%s (rank %lld) was taken with %s (rank %lld) "
	    "held; ranks rise inwards (%s:%u)", to, (long long)y->rank, from,
	    (long long)x->rank, lo->s->contract->where, y->line);
}

static void
check_edge(struct lo *lo, const struct lo_arc *a, const char *from,
    const char *to)
{
	const struct ana_contract *c = lo->s->contract;
	const struct ct_edge *e = ct_edge_find(c, from, to);
	char modes[CT_MODES_LEN];
	struct ana_finding *f;

	if (e != NULL && e->forbidden) {
		f = find(lo, "order.forbidden-edge", a);
		f->what = ana_say(lo->r, "%s was taken with %s held, which "
		    "%s:%u forbids", to, from, c->where, e->line);
	} else if (c->lists && e == NULL) {
		f = find(lo, "order.new-edge", a);
		f->what = ana_say(lo->r, "%s was taken with %s held (%s), "
		    "which is not in %s", to, from, ct_modes_text(a->modes,
		    modes), c->where);
	} else if (e != NULL && (a->modes & ~e->modes) != 0) {
		f = find(lo, "order.new-edge", a);
		f->what = ana_say(lo->r, "%s was taken with %s held as %s, "
		    "which %s:%u does not have", to, from,
		    ct_modes_text(a->modes & ~e->modes, modes), c->where,
		    e->line);
	}
}

static bool
concerned(const struct lo *lo, const struct lo_arc *a)
{
	const struct lk_dep_info *d = &lo->s->deps[a->dep];
	const struct lk_node_info *held;

	if (a->held == ANA_NOID)
		return false;
	held = &d->held[a->held];
	return (lo_is_lock(held) || held->kind == LKN_PAGE) &&
	    (lo_is_lock(&d->want) || d->want.kind == LKN_PAGE);
}

void
lo_contract(struct lo *lo)
{
	struct ana_idmap once = { .n = 0 };
	uint32_t i, was;

	for (i = 0; lo->s->contract != NULL && i < lo->arcs.n; i++) {
		const struct lo_arc *a = &lo->arc[i];
		const char *from = ana_class_name(lo->s, a->from);
		const char *to = ana_class_name(lo->s, a->to);

		if (!concerned(lo, a))
			continue;
		/* within a class there may be an arc for each pair of sites */
		was = once.n;
		if (ana_id_of(&once, a->from, a->to) == ANA_NOID)
			lo->nomem = true;
		if (once.n == was)
			continue;
		check_rank(lo, a, from, to);
		check_edge(lo, a, from, to);
	}
	ana_idmap_free(&once);
}

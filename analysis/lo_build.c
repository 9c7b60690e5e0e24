/*
 * From the snapshot's dependencies to a graph of instances.
 *
 * An instance is an address with its kind and generation; a strand is a life.
 * Who posts an event, or ends, held it in a sense since it was born: whoever
 * waits for it waits for all that its poster waits for until then.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/lockorder_int.h"

#define UNNAMED	UINT32_C(0x80000000)	/* lives that a row does not name */

enum ord_mode
lo_mode(const struct lk_node_info *n)
{
	return n->mode == LKM_READ ? ORD_READ :
	    n->mode == LKM_RREAD ? ORD_RREAD : ORD_WRITE;
}

static uint64_t
inst_key(const struct lk_node_info *n)
{
	return (uint64_t)n->kind << 32 | n->gen;
}

uint32_t
lo_inst_find(const struct lo *lo, const struct lk_node_info *n)
{
	return ana_id_find(&lo->inst, inst_key(n), n->ident);
}

static uint32_t
inst_of(struct lo *lo, const struct lk_node_info *n)
{
	uint32_t was = lo->inst.n, id;

	id = ana_id_of(&lo->inst, inst_key(n), n->ident);
	if (id == ANA_NOID || ord_grow(&lo->inst_class, &lo->cinst, id + 1,
	    sizeof(*lo->inst_class)) != 0) {
		lo->nomem = true;
		return 0;
	}
	if (lo->inst.n != was)
		lo->inst_class[id] = n->class;
	return id;
}

/* A page or its like is tested first and waited for with all let go. */
bool
lo_can_wait(const struct lk_dep_info *d)
{
	switch (d->want.kind) {
	case LKN_LOCK:
	case LKN_MUTEX:
		return d->want.how != LKH_TRIED;
	case LKN_PAGE:
		return d->want.how == LKH_WAITED;
	case LKN_EVENT:
	case LKN_JOIN:
		return true;
	default:
		return false;
	}
}

/* => label; 0: no memory */
static uint32_t
arc_of(struct lo *lo, const struct lk_node_info *from, uint32_t dep,
    uint32_t held)
{
	const struct lk_node_info *to = &lo->s->deps[dep].want;
	uint64_t sites = from->class != to->class ? 0 :
	    (uint64_t)from->site << 32 | to->site;
	uint32_t was = lo->arcs.n, id;

	id = ana_id_of(&lo->arcs, (uint64_t)from->class << 32 | to->class,
	    sites);
	if (id == ANA_NOID ||
	    ord_grow(&lo->arc, &lo->carc, id + 1, sizeof(*lo->arc)) != 0) {
		lo->nomem = true;
		return 0;
	}
	if (lo->arcs.n != was)
		lo->arc[id] = (struct lo_arc){
			.from = from->class, .to = to->class, .dep = dep,
			.held = held,
		};
	lo->arc[id].n++;
	lo->arc[id].modes |= LO_MODES(from->mode, to->mode);
	return id + 1;
}

uint32_t
lo_arc_of(struct lo *lo, uint32_t dep, uint32_t held)
{
	const struct lk_dep_info *d = &lo->s->deps[dep];
	const struct lk_node_info *from = &d->held[held];
	uint64_t sites = from->class != d->want.class ? 0 :
	    (uint64_t)from->site << 32 | d->want.site;

	return ana_id_find(&lo->arcs, (uint64_t)from->class << 32 |
	    d->want.class, sites);
}

static int
life_cmp(const void *key, const void *row)
{
	uint32_t id = *(const uint32_t *)key;
	uint32_t of = ((const struct lk_life_info *)row)->id;

	return id < of ? -1 : id > of;
}

const struct lk_life_info *
lo_life(const struct ana_snapshot *s, uint32_t id)
{
	if (s->nlives == 0 || id == 0)
		return NULL;
	return bsearch(&id, s->lives, s->nlives, sizeof(*s->lives), life_cmp);
}

static void
check(struct lo *lo, int error)
{
	lo->nomem |= error != 0;
}

/* Every strand that did it; those without a name are all different. */
static void
add_strands(struct lo *lo, const struct lk_dep_info *d, struct ord_wait *w)
{
	uint32_t dep, i;
	bool fresh;

	for (i = 0; i < d->nseen; i++) {
		w->strand = d->seen[i].life;
		check(lo, ord_add(lo->g, w, &dep, &fresh));
	}
	for (i = 0; d->more_seen && i < LK_DEP_SEEN; i++) {
		w->strand = (UNNAMED | d->id * LK_DEP_SEEN) + i;
		check(lo, ord_add(lo->g, w, &dep, &fresh));
	}
	if (d->nseen == 0 && !d->more_seen) {
		w->strand = UNNAMED | d->id * LK_DEP_SEEN;
		check(lo, ord_add(lo->g, w, &dep, &fresh));
	}
}

/* Row by row; room is what the longest row needs. */
struct row {
	struct ord_hold	*held;
	uint32_t	*label;
};

static unsigned
row_fill(struct lo *lo, struct row *row, uint32_t dep)
{
	const struct lk_dep_info *d = &lo->s->deps[dep];
	unsigned n = 0;
	uint32_t i;

	for (i = 0; i < d->nheld; i++) {
		if (d->held[i].kind == LKN_SIGNAL)
			continue;
		row->held[n] = (struct ord_hold){
			inst_of(lo, &d->held[i]), lo_mode(&d->held[i])
		};
		row->label[n++] = arc_of(lo, &d->held[i], dep, i);
	}
	return n;
}

static void
add_dep(struct lo *lo, struct row *row, uint32_t dep)
{
	const struct lk_dep_info *d = &lo->s->deps[dep];
	struct ord_wait w = {
		.held = row->held, .label = row->label, .tag = LO_TAG(dep, 0),
		.upgrade = d->want.how == LKH_UPGRADED,
	};
	uint32_t i;

	if (!lo_can_wait(d))
		return;
	w.want = (struct ord_hold){ inst_of(lo, &d->want), lo_mode(&d->want) };
	for (i = 0; d->want.mode == LKM_WRITE && i < d->nseen; i++)
		check(lo, ord_wrote(lo->g, w.want.lock, d->seen[i].life));
	w.nheld = row_fill(lo, row, dep);
	if (w.nheld != 0)
		add_strands(lo, d, &w);
}

/*
 * Not all instances that were written are in the rows of a varied stack: then
 * all of the class count as written by who wrote these.
 */
static void
add_writers(struct lo *lo)
{
	const struct ana_snapshot *s = lo->s;
	uint32_t *who, max = 0, i, n = lo->inst.n;

	for (i = 0; i < n; i++)
		max = lo->inst_class[i] > max ? lo->inst_class[i] : max;
	who = calloc((size_t)max + 1, sizeof(*who));
	lo->nomem |= who == NULL;
	for (i = 0; who != NULL && i < s->ndeps; i++) {
		const struct lk_dep_info *d = &s->deps[i];

		if (d->varied && d->want.mode == LKM_WRITE && d->nseen != 0 &&
		    lo_is_lock(&d->want) && d->want.class <= max)
			who[d->want.class] = d->seen[0].life + 1;
	}
	for (i = 0; who != NULL && i < n; i++)
		if (who[lo->inst_class[i]] != 0)
			check(lo, ord_wrote(lo->g, i,
			    who[lo->inst_class[i]] - 1));
	free(who);
}

/* ---- posts ---- */

static void
count_lives(struct lo *lo, uint32_t nlives, bool fill)
{
	const struct ana_snapshot *s = lo->s;
	uint32_t i, k, life;

	for (i = 0; i < s->ndeps; i++)
		for (k = 0; k < s->deps[i].nseen; k++) {
			life = s->deps[i].seen[k].life;
			if (life >= nlives)
				continue;
			if (fill)
				lo->life_dep[lo->life_start[life]++] = i;
			else
				lo->life_start[life + 1]++;
		}
}

/* Dependencies by life, as offsets into one table. */
static bool
index_lives(struct lo *lo, uint32_t nlives)
{
	uint32_t i;

	lo->life_start = calloc((size_t)nlives + 2, sizeof(*lo->life_start));
	if (lo->life_start == NULL)
		return false;
	count_lives(lo, nlives, false);
	for (i = 1; i <= nlives; i++)
		lo->life_start[i] += lo->life_start[i - 1];
	lo->life_dep = calloc((size_t)lo->life_start[nlives] + 1,
	    sizeof(*lo->life_dep));
	if (lo->life_dep == NULL)
		return false;
	count_lives(lo, nlives, true);
	/* filling moved each start to its end: the next one's start */
	memmove(lo->life_start + 1, lo->life_start,
	    nlives * sizeof(*lo->life_start));
	lo->life_start[0] = 0;
	return true;
}

static bool
life_posts(const struct ana_snapshot *s, uint32_t life)
{
	size_t i;

	for (i = 0; i < s->nposts; i++)
		if (s->posts[i].life == life &&
		    s->posts[i].node.kind == LKN_EVENT)
			return true;
	return false;
}

/* Does anybody wait for it who keeps others waiting meanwhile? */
static bool
matters(const struct lo *lo, const struct lk_node_info *node)
{
	const struct ana_snapshot *s = lo->s;
	size_t i;

	for (i = 0; i < s->ndeps; i++) {
		const struct lk_dep_info *d = &s->deps[i];

		if (d->want.kind == node->kind && d->want.ident ==
		    node->ident && d->want.gen == node->gen &&
		    (d->nheld != 0 || d->nseen == 0 ||
		    life_posts(s, d->seen[0].life)))
			return true;
	}
	return false;
}

static bool
seen_before(const struct lk_dep_info *d, const struct lk_post_info *p)
{
	uint32_t k;

	for (k = 0; k < d->nseen; k++)
		if (d->seen[k].life == p->life && d->seen[k].first <= p->when)
			return true;
	return false;
}

static void
add_before_post(struct lo *lo, struct row *row, uint32_t dep, uint32_t post)
{
	const struct lk_dep_info *d = &lo->s->deps[dep];
	const struct lk_post_info *p = &lo->s->posts[post];
	struct ord_wait w = {
		.held = row->held, .label = row->label, .strand = p->life,
		.tag = LO_TAG(dep, post + 1),
		.upgrade = d->want.how == LKH_UPGRADED,
	};
	uint32_t id;
	bool fresh;

	if (!lo_can_wait(d) || !seen_before(d, p))
		return;
	w.want = (struct ord_hold){ inst_of(lo, &d->want), lo_mode(&d->want) };
	w.nheld = row_fill(lo, row, dep);
	row->held[w.nheld] = (struct ord_hold){
		inst_of(lo, &p->node), ORD_WRITE
	};
	row->label[w.nheld++] = arc_of(lo, &p->node, dep, ANA_NOID);
	if (row->held[w.nheld - 1].lock != w.want.lock)
		check(lo, ord_add(lo->g, &w, &id, &fresh));
}

static void
add_posts(struct lo *lo, struct row *row)
{
	const struct ana_snapshot *s = lo->s;
	uint32_t i, k, life, nlives = 1;

	for (i = 0; i < s->nposts; i++)
		if (s->posts[i].life >= nlives)
			nlives = s->posts[i].life + 1;
	if (s->nposts == 0)
		return;
	if (!index_lives(lo, nlives)) {
		lo->nomem = true;
		return;
	}
	for (i = 0; i < s->nposts; i++) {
		life = s->posts[i].life;
		if (life == 0 || !matters(lo, &s->posts[i].node))
			continue;
		for (k = lo->life_start[life]; k < lo->life_start[life + 1]; k++)
			add_before_post(lo, row, lo->life_dep[k], i);
	}
}

bool
lo_build(struct lo *lo)
{
	const struct ana_snapshot *s = lo->s;
	uint32_t i, most = 0;
	struct row row;

	for (i = 0; i < s->ndeps; i++)
		most = s->deps[i].nheld > most ? s->deps[i].nheld : most;
	row.held = calloc((size_t)most + 2, sizeof(*row.held));
	row.label = calloc((size_t)most + 2, sizeof(*row.label));
	if (row.held == NULL || row.label == NULL)
		lo->nomem = true;
	for (i = 0; !lo->nomem && i < s->ndeps; i++)
		add_dep(lo, &row, i);
	if (!lo->nomem)
		add_writers(lo);
	if (!lo->nomem)
		add_posts(lo, &row);
	free(row.held);
	free(row.label);
	return !lo->nomem;
}

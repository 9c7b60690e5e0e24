/*
 * Telling cycles: what, who, why at this level, and with which stacks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/lockorder_int.h"

#define WIDTH	74
#define NSITES	8		/* places of one arc that are listed */

void
lo_para(struct lo *lo, struct ana_finding *f, const char *text)
{
	size_t len, end;

	while ((len = strlen(text)) > WIDTH) {
		for (end = WIDTH; end > 0 && text[end] != ' '; end--)
			continue;
		if (end == 0)
			break;
		ana_text(lo->r, f, "%.*s", (int)end, text);
		text += end + 1;
	}
	ana_text(lo->r, f, "%s", text);
}

const char *
lo_who(struct lo *lo, const struct lk_dep_seen *seen)
{
	const struct lk_life_info *l;

	if (seen == NULL)
		return "?";
	l = lo_life(lo->s, seen->life);
	return ana_say(lo->r, "%s%s%s%s", l != NULL ? l->name :
	    ana_say(lo->r, "no. %u", seen->life), seen->op != 0 ? " (" : "",
	    seen->op != 0 ? wl_op_name(seen->op) : "", seen->op != 0 ? ")" :
	    "");
}

const char *
lo_node_name(struct lo *lo, const struct lk_node_info *n)
{
	if (lo_is_lock(n))
		return ana_say(lo->r, "%s 0x%" PRIx64 " (%s)",
		    ana_class_name(lo->s, n->class), n->ident,
		    lk_mode_name(n->mode));
	if (n->kind == LKN_EVENT)
		return ana_say(lo->r, "event %s 0x%" PRIx64,
		    ana_class_name(lo->s, n->class), n->ident);
	return ana_say(lo->r, "%s 0x%" PRIx64, n->kind == LKN_JOIN ?
	    "the end of strand" : lk_kind_name(n->kind), n->ident);
}

void
lo_take(struct lo *lo, struct ana_finding *f, const char *label,
    const struct lk_node_info *n)
{
	const struct ana_stack *st = ana_stack_of(lo->s, n->stack);

	ana_concern_site(lo->r, f, n->site);
	ana_text(lo->r, f, "%s %s", label, lo_node_name(lo, n));
	ana_text(lo->r, f, "    at %s", ana_site_name(lo->r, lo->s, n->site));
	if (st != NULL)
		ana_stack(lo->r, lo->s, f, st->frame, st->n);
}

const struct lk_node_info *
lo_node(const struct lo *lo, uint64_t tag, uint32_t inst, bool want)
{
	const struct lk_dep_info *d = &lo->s->deps[LO_TAG_DEP(tag)];
	uint32_t i;

	if (want)
		return &d->want;
	for (i = d->nheld; i > 0; i--)
		if (d->held[i - 1].kind != LKN_SIGNAL &&
		    lo_inst_find(lo, &d->held[i - 1]) == inst)
			return &d->held[i - 1];
	if (LO_TAG_POST(tag) != 0)
		return &lo->s->posts[LO_TAG_POST(tag) - 1].node;
	return &d->want;
}

/* ---- who ---- */

/* One cycle, looked up in the snapshot. */
struct cycle {
	const struct lo_kept *k;
	uint64_t	*tag;
	struct lo_side	*side;		/* side[i] waits for side[i + 1] */
	const struct lk_dep_seen **seen;
};

/* A strand that is none of those before, and that no order keeps from them. */
static bool
suits(const struct lo *lo, const struct cycle *c, unsigned n,
    const struct lk_dep_seen *me)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		if (c->seen[i] == NULL || c->seen[i]->life == me->life)
			return false;
		if (!(c->k->why & ORDW_ORDERED) && n < 8 &&
		    lo_seen_ordered(lo->s, c->seen[i], me))
			return false;
	}
	return true;
}

static const struct lk_dep_seen *
poster(const struct lo *lo, const struct lk_dep_info *d, uint64_t tag)
{
	const struct lk_post_info *p = &lo->s->posts[LO_TAG_POST(tag) - 1];
	uint32_t i;

	for (i = 0; i < d->nseen; i++)
		if (d->seen[i].life == p->life)
			return &d->seen[i];
	return NULL;
}

static const struct lk_dep_seen *
choose(const struct lo *lo, const struct cycle *c, unsigned n)
{
	const struct lk_dep_info *d = &lo->s->deps[LO_TAG_DEP(c->tag[n])];
	uint32_t i;

	if (LO_TAG_POST(c->tag[n]) != 0)
		return poster(lo, d, c->tag[n]);
	for (i = 0; i < d->nseen; i++)
		if (suits(lo, c, n, &d->seen[i]))
			return &d->seen[i];
	return d->nseen != 0 ? &d->seen[0] : NULL;
}

static bool
look_up(struct lo *lo, const struct lo_kept *k, struct cycle *c)
{
	struct ana_result *r = lo->r;
	uint32_t inst = 0;
	struct ord_wait w;
	unsigned i, n = k->n;

	c->k = k;
	c->tag = ana_alloc(r, n, sizeof(*c->tag));
	c->side = ana_alloc(r, n, sizeof(*c->side));
	c->seen = ana_alloc(r, n, sizeof(*c->seen));
	if (c->tag == NULL || c->side == NULL || c->seen == NULL)
		return false;
	for (i = 0; i < n; i++) {
		ord_dep(lo->g, k->dep[i], &w);
		c->tag[i] = w.tag;
		c->side[i].wants = lo_node(lo, w.tag, 0, true);
		inst = w.want.lock;
		ord_dep(lo->g, k->dep[(i + 1) % n], &w);
		c->side[(i + 1) % n].holds = lo_node(lo, w.tag, inst, false);
	}
	for (i = 0; i < n; i++) {
		c->seen[i] = choose(lo, c, i);
		c->side[i].who = lo_who(lo, c->seen[i]);
	}
	return true;
}

/* ---- why ---- */

static const char *
writers(struct lo *lo, const struct lk_node_info *x)
{
	const struct lk_dep_info *d;
	const char *list = "";
	uint32_t site[NSITES], n = 0, k;
	size_t i;

	for (i = 0; i < lo->s->ndeps && n < NSITES; i++) {
		d = &lo->s->deps[i];
		if (d->want.mode != LKM_WRITE || d->want.class != x->class ||
		    d->want.kind != x->kind)
			continue;
		for (k = 0; k < n && site[k] != d->want.site; k++)
			continue;
		if (k < n)
			continue;
		site[n++] = d->want.site;
		list = ana_say(lo->r, "%s%s%s", list, n == 1 ? "" : "; ",
		    ana_site_name(lo->r, lo->s, d->want.site));
	}
	return list;
}

static void
why_writer(struct lo *lo, struct ana_finding *f, const struct cycle *c)
{
	const struct lk_node_info *want, *held;
	const char *list;
	unsigned i;

	for (i = 0; i < c->k->n; i++) {
		want = c->side[i].wants;
		held = c->side[(i + 1) % c->k->n].holds;
		if (want->mode != LKM_READ || held->mode == LKM_WRITE)
			continue;
		list = writers(lo, want);
		lo_para(lo, f, ana_say(lo->r, "- it takes a writer who waits "
		    "for %s meanwhile: then the second reader queues behind "
		    "it. %s%s", ana_class_name(lo->s, want->class),
		    list[0] == '\0' ? "Nobody was seen to write-lock it" :
		    "It is write-locked at ", list));
	}
}

static void
why_gate(struct lo *lo, struct ana_finding *f, const struct cycle *c)
{
	lo_para(lo, f, ana_say(lo->r, "- %s is held around both, so they "
	    "never meet; the inversion is there all the same for whoever "
	    "comes without it", lo_node_name(lo, lo_node(lo, c->tag[0],
	    c->k->gate, false))));
}

static void
tell_why(struct lo *lo, struct ana_finding *f, const struct cycle *c)
{
	static const struct {
		unsigned	why;
		const char	*text;
	} words[] = {
		{ ORDW_INSIDER, "- only strands of the cycle itself were seen "
		    "to write-lock it" },
		{ ORDW_STRANDS, "- all of it was seen in too few strands; "
		    "another one doing the same is enough" },
		{ ORDW_ORDERED, "- one strand's part is over before the "
		    "other's begins (create or join), which may be luck" },
	};
	unsigned why = c->k->why;
	size_t i;

	ana_text(lo->r, f, "why %s:", ana_level_name(f->level));
	if (why == 0)
		lo_para(lo, f, c->k->kind == ORDK_SELF ?
		    "- a strand would wait for itself" :
		    "- each waits for what the next one holds, and nothing "
		    "seen keeps them apart");
	if (why & ORDW_WRITER)
		why_writer(lo, f, c);
	if (why & ORDW_GATE)
		why_gate(lo, f, c);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (why & words[i].why)
			lo_para(lo, f, words[i].text);
}

/* ---- where else ---- */

static bool
listed(uint64_t (*pair)[2], unsigned n, const struct lk_node_info *held,
    const struct lk_node_info *want)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (pair[i][0] == held->site && pair[i][1] == want->site)
			return true;
	pair[n][0] = held->site;
	pair[n][1] = want->site;
	return false;
}

/* Other places where the same arc comes from. */
static void
tell_elsewhere(struct lo *lo, struct ana_finding *f, uint32_t arc,
    const struct lo_side *to)
{
	const struct ana_snapshot *s = lo->s;
	uint64_t pair[NSITES + 1][2];
	unsigned n = 0;
	uint32_t i, k;

	listed(pair, n++, to->holds, to->wants);
	for (i = 0; i < s->ndeps && n < NSITES; i++)
		for (k = 0; k < s->deps[i].nheld && n < NSITES; k++) {
			const struct lk_node_info *held = &s->deps[i].held[k];
			const struct lk_node_info *want = &s->deps[i].want;

			if (held->class != lo->arc[arc].from ||
			    want->class != lo->arc[arc].to ||
			    !lo_can_wait(&s->deps[i]) ||
			    listed(pair, n, held, want))
				continue;
			n++;
			ana_text(lo->r, f, "also %s held from %s",
			    ana_class_name(s, held->class),
			    ana_site_name(lo->r, s, held->site));
			ana_text(lo->r, f, "     %s wanted at %s",
			    ana_class_name(s, want->class),
			    ana_site_name(lo->r, s, want->site));
		}
}

/* ---- what ---- */

static bool
through_post(const struct cycle *c)
{
	unsigned i;

	for (i = 0; i < c->k->n; i++)
		if (LO_TAG_POST(c->tag[i]) != 0)
			return true;
	return false;
}

static const char *
name_of(const struct cycle *c)
{
	switch (c->k->kind) {
	case ORDK_SELF:
		return "order.self";
	case ORDK_RECURSION:
		return "order.recursion";
	case ORDK_UPGRADE:
		return "order.upgrade";
	case ORDK_CYCLE:
		break;
	}
	if (c->k->why & ORDW_GATE)
		return "order.guarded";
	if (c->k->why & ORDW_ORDERED)
		return "order.ordered";
	return through_post(c) ? "order.cycle.wait" : "order.cycle";
}

static const char *
short_name(struct lo *lo, const struct lk_node_info *n)
{
	return n->kind == LKN_JOIN ? "the end of a strand" :
	    n->kind == LKN_EVENT ? ana_say(lo->r, "event %s",
	    ana_class_name(lo->s, n->class)) : ana_class_name(lo->s, n->class);
}

static const char *
what_of(struct lo *lo, const struct cycle *c)
{
	const char *a = short_name(lo, c->side[0].holds), *ring = a, *b;
	unsigned i, n = c->k->n;

	if (c->k->kind == ORDK_UPGRADE)
		return ana_say(lo->r, "two readers of %s that upgrade wait "
		    "for each other", a);
	if (n == 1)
		return ana_say(lo->r, "%s is taken again by the strand that "
		    "holds it", a);
	b = short_name(lo, c->side[0].wants);
	if (n == 2 && lo->arc[c->k->arc[0]].from != lo->arc[c->k->arc[0]].to)
		return ana_say(lo->r, "%s and %s are %s in both orders", a, b,
		    through_post(c) ? "waited for" : "taken");
	if (n == 2)
		return ana_say(lo->r, "two locks of class %s are taken in "
		    "both orders", a);
	for (i = 0; i < n && i < 8; i++)
		ring = ana_say(lo->r, "%s > %s", ring,
		    short_name(lo, c->side[i].wants));
	return ana_say(lo->r, "a ring of %u: %s%s", n, ring,
	    i < n ? " > ..." : "");
}

static enum ana_level
level_of(enum ord_level l)
{
	return l == ORD_ERROR ? ANA_ERROR : l == ORD_WARN ? ANA_WARN : ANA_INFO;
}

static void
tell_side(struct lo *lo, struct ana_finding *f, const struct cycle *c,
    unsigned i)
{
	const struct lo_side *side = &c->side[i];
	const struct lk_life_info *l = NULL;

	if (c->seen[i] != NULL)
		l = lo_life(lo->s, c->seen[i]->life);
	if (l != NULL)
		ana_concern_strand(lo->r, f, l->strand);
	lo_take(lo, f, ana_say(lo->r, "%s %s", side->who,
	    lo_is_lock(side->holds) ? "took" : "is to give"), side->holds);
	lo_take(lo, f, ana_say(lo->r, "%s then wanted", side->who),
	    side->wants);
}

/* ---- to make it happen ---- */

static struct wl_steer_part
part_of(struct lo *lo, const struct lk_node_info *wants,
    const struct lk_node_info *holds)
{
	struct wl_steer_part part = {
		.kind = wants->kind, .mode = wants->mode,
		.upgrade = wants->how == LKH_UPGRADED,
		.strand = WL_STEER_ANY,
	};

	ana_place_of(lo->s, wants->site, &part.wants);
	if (holds != NULL)
		ana_place_of(lo->s, holds->site, &part.holds);
	return part;
}

/* Between a reader and what it wants stands any writer of that. */
static struct wl_steer_part
writer_part(const struct lk_node_info *wants)
{
	return (struct wl_steer_part){
		.kind = wants->kind, .mode = LKM_WRITE,
		.strand = WL_STEER_ANY,
	};
}

static const struct wl_steer *
steer_of(struct lo *lo, const struct cycle *c)
{
	unsigned i, n = c->k->n, twice = c->k->kind == ORDK_UPGRADE ? 2 : 1;
	struct wl_steer *w = ana_alloc(lo->r, 1, sizeof(*w));

	if (w == NULL || c->k->kind == ORDK_SELF ||
	    2 * n > WL_STEER_PARTS)
		return NULL;
	w->part = ana_alloc(lo->r, 2 * n, sizeof(*w->part));
	for (i = 0; w->part != NULL && i < n * twice; i++) {
		const struct lk_node_info *wants = c->side[i % n].wants;
		const struct lk_node_info *next =
		    c->side[(i + 1) % n].holds;

		w->part[w->n] = part_of(lo, wants, c->side[i % n].holds);
		w->part[w->n].via = lo_is_lock(wants) ? WLS_HOLD : WLS_POST;
		w->n++;
		if (twice == 2 || wants->mode != LKM_READ ||
		    next->mode == LKM_WRITE)
			continue;
		w->part[w->n - 1].via = WLS_QUEUE;
		w->part[w->n++] = writer_part(wants);
	}
	return w->part != NULL ? w : NULL;
}

static void
tell(struct lo *lo, const struct lo_kept *k)
{
	struct ana_finding *f;
	struct cycle c;
	unsigned i;

	if (!look_up(lo, k, &c))
		return;
	f = ana_find(lo->r, name_of(&c));
	f->level = level_of(k->level);
	f->status = k->why & ORDW_GATE ? ANA_GUARDED :
	    k->why & ORDW_ORDERED ? ANA_ORDERED : ANA_FEASIBLE;
	f->count = k->count;
	f->what = what_of(lo, &c);
	f->steer = steer_of(lo, &c);
	lo_draw(lo, f, c.side, k->n);
	tell_why(lo, f, &c);
	for (i = 0; i < k->n; i++) {
		tell_side(lo, f, &c, i);
		ana_concern_key(lo->r, f, ana_class_name(lo->s,
		    lo->arc[k->arc[i]].from), ana_class_name(lo->s,
		    lo->arc[k->arc[i]].to));
	}
	for (i = 0; k->n > 1 && i < k->n && i < NSITES; i++)
		tell_elsewhere(lo, f, k->arc[i], &c.side[(i + 1) % k->n]);
}

void
lo_tell(struct lo *lo)
{
	uint32_t i;

	for (i = 0; i < lo->nkept; i++)
		tell(lo, &lo->kept[i]);
}

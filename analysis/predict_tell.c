/*
 * predict_tell.c: a pattern as a finding: the strands side by side, what each
 * took and wanted, the witness, and how to make it happen.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/lockorder_int.h"
#include "analysis/predict_tell_int.h"

static struct lk_node_info
node_of(const struct lk_trace_event *e)
{
	return (struct lk_node_info){
		.kind = (enum lk_node_kind)e->kind,
		.mode = (enum lk_mode)e->mode, .how = (enum lk_how)e->how,
		.ident = e->ident, .class = e->class, .site = e->site,
		.gen = e->gen, .stack = e->stack,
	};
}

static const struct lk_trace_event *
event_at(const struct ana_snapshot *s, const struct prd_part *part)
{
	return &s->strips[part->strand].e[part->at];
}

/* A wait's stack is that of the take that ended it. */
static struct lk_node_info
want_of(const struct ana_snapshot *s, const struct prd_part *part)
{
	const struct lk_trace_strip *p = &s->strips[part->strand];
	struct lk_node_info n = node_of(&p->e[part->at]);

	if (n.stack == 0 && p->e[part->at].what == LKT_WANT &&
	    part->at + 1 < p->n && p->e[part->at + 1].what == LKT_HAVE)
		n.stack = p->e[part->at + 1].stack;
	return n;
}

static const char *
who_of(struct lo *lo, const struct prd_part *part)
{
	const struct lk_trace_strip *p = &lo->s->strips[part->strand];
	const struct lk_dep_seen seen = { .life = p->life,
	    .op = p->e[part->at].op };

	return lo_who(lo, &seen);
}

/* ---- as one for the steering ---- */

static size_t
strip_of(const struct ana_snapshot *s, uint32_t life)
{
	size_t i;

	for (i = 0; i < s->nstrips; i++)
		if (s->strips[i].life == life)
			return i;
	return s->nstrips;
}

static uint32_t
parent_of(const struct ana_snapshot *s, uint32_t life)
{
	const struct lk_life_info *l = lo_life(s, life);

	return l != NULL ? l->parent : 0;
}

/* => false: its beginning was not traced */
static bool
who_path(const struct ana_snapshot *s, size_t strip, struct wl_steer_who *w)
{
	uint32_t child[WL_STEER_DEEP], deep = 0, i;

	while (strip < s->nstrips && deep < WL_STEER_DEEP) {
		const struct lk_trace_strip *p = &s->strips[strip];

		if (p->n == 0 || p->e[0].what != LKT_BEGIN)
			break;
		if (p->e[0].seq == 0) {		/* the root */
			w->deep = deep;
			for (i = 0; i < deep; i++)
				w->child[i] = child[deep - 1 - i];
			return true;
		}
		child[deep++] = p->e[0].seq;
		strip = strip_of(s, parent_of(s, p->life));
	}
	return false;
}

static struct wl_steer *
steer_new(struct ana_result *r, unsigned n, size_t nturns, size_t nwho)
{
	struct wl_steer *w = ana_alloc(r, 1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->part = ana_alloc(r, n, sizeof(*w->part));
	w->turn = ana_alloc(r, nturns + 1, sizeof(*w->turn));
	w->who = ana_alloc(r, nwho + 1, sizeof(*w->who));
	if (w->part == NULL || w->turn == NULL || w->who == NULL)
		return NULL;
	w->n = n;
	return w;
}

/* Turns are of use only if all strands in them are known again. */
static void
add_witness(const struct ana_snapshot *s, const struct prd_pattern *pt,
    struct wl_steer *w)
{
	size_t i;

	for (i = 0; i < s->nstrips; i++)
		if (!who_path(s, i, &w->who[i]))
			w->who[i].deep = WL_STEER_DEEP + 1;
	for (i = 0; i < pt->nturns; i++) {
		if (w->who[pt->turn[i].strand].deep > WL_STEER_DEEP)
			return;
		w->turn[i] = (struct wl_steer_turn){ pt->turn[i].strand,
		    pt->turn[i].n };
	}
	w->nwho = s->nstrips;
	w->nturns = pt->nturns;
}

static const struct wl_steer *
steer_of(const struct ana_snapshot *s, struct ana_result *r,
    const struct prd_pattern *pt)
{
	static const enum wl_steer_via via[] = {
		[PRD_HOLD] = WLS_HOLD, [PRD_QUEUE] = WLS_QUEUE,
		[PRD_POST] = WLS_POST,
	};
	struct wl_steer *w = steer_new(r, pt->n, pt->nturns, s->nstrips);
	unsigned i;

	for (i = 0; w != NULL && i < pt->n; i++) {
		const struct prd_part *from = &pt->part[i];
		const struct lk_trace_event *e = event_at(s, from);
		struct wl_steer_part *to = &w->part[i];

		to->kind = (enum lk_node_kind)e->kind;
		to->mode = (enum lk_mode)e->mode;
		to->upgrade = e->how == LKH_UPGRADED;
		to->via = via[from->via];
		to->strand = from->strand;
		to->at = from->at;
		ana_place_of(s, e->site, &to->wants);
		if (from->hold != PRD_NIL)
			ana_place_of(s, s->strips[from->strand].e[from->hold].site,
			    &to->holds);
	}
	if (w != NULL)
		add_witness(s, pt, w);
	return w;
}

/* ---- in words ---- */

static void
tell_witness(struct lo *lo, struct ana_finding *f,
    const struct prd_pattern *pt)
{
	const struct ana_snapshot *s = lo->s;
	unsigned i;

	lo_para(lo, f, "predicted: nothing that this run's order trace has "
	    "(create, join, events, sections in their order) keeps them apart");
	for (i = 0; i < pt->n; i++)
		ana_text(lo->r, f, "witness: %s makes %" PRIu32 " of its %"
		    PRIu64 " steps, then asks for %s", who_of(lo,
		    &pt->part[i]), pt->part[i].at, s->strips[
		    pt->part[i].strand].n, ana_class_name(s, event_at(s,
		    &pt->part[i])->class));
	if (s->trace_lost != 0)
		lo_para(lo, f, ana_say(lo->r, "the trace has lost %" PRIu64
		    " events: what came before may have kept them apart",
		    s->trace_lost));
}

static void
tell_part(struct lo *lo, struct ana_finding *f, const struct prd_pattern *pt,
    unsigned i)
{
	const struct prd_part *part = &pt->part[i];
	const struct lk_trace_strip *p = &lo->s->strips[part->strand];
	const char *who = who_of(lo, part);
	struct lk_node_info n;

	ana_concern_strand(lo->r, f, p->strand);
	if (part->hold != PRD_NIL) {
		n = node_of(&p->e[part->hold]);
		lo_take(lo, f, ana_say(lo->r, "%s took", who), &n);
	}
	n = want_of(lo->s, part);
	lo_take(lo, f, ana_say(lo->r, "%s then wanted", who), &n);
}

static void
draw(struct lo *lo, struct ana_finding *f, const struct prd_pattern *pt)
{
	struct lk_node_info *node = ana_alloc(lo->r, 2 * pt->n, sizeof(*node));
	struct lo_side *side = ana_alloc(lo->r, pt->n, sizeof(*side));
	unsigned i;

	if (node == NULL || side == NULL)
		return;
	for (i = 0; i < pt->n; i++) {
		const struct prd_part *part = &pt->part[i];

		node[2 * i] = want_of(lo->s, part);
		node[2 * i + 1] = part->hold == PRD_NIL ? node[2 * i] :
		    node_of(&lo->s->strips[part->strand].e[part->hold]);
		side[i] = (struct lo_side){ .who = who_of(lo, part),
		    .wants = &node[2 * i], .holds = &node[2 * i + 1] };
	}
	lo_draw(lo, f, side, pt->n);
}

static const char *
ring_of(struct lo *lo, const struct prd_pattern *pt)
{
	const char *ring = "";
	unsigned i;

	for (i = 0; i < pt->n && i < 8; i++)
		ring = ana_say(lo->r, "%s%s%s", ring, i == 0 ? "" : " > ",
		    ana_class_name(lo->s, event_at(lo->s,
		    &pt->part[i])->class));
	return ana_say(lo->r, "%u strands can come to wait for each other: "
	    "%s%s", pt->n, ring, i < pt->n ? " > ..." : "");
}

/* ---- one finding for one inversion ---- */

/* Arcs, as the order pass has them: what a part has, to what it wants. */
static uint64_t
key_of(const struct ana_snapshot *s, const struct prd_pattern *pt, unsigned i,
    const char *name)
{
	unsigned before = (i + pt->n - 1) % pt->n;

	if (pt->part[before].via == PRD_QUEUE)
		return 0;
	return ana_key(name, ana_class_name(s, event_at(s,
	    &pt->part[before])->class), ana_class_name(s, event_at(s,
	    &pt->part[i])->class));
}

static bool
shares_arc(const struct ana_snapshot *s, const struct ana_finding *f,
    const struct prd_pattern *pt)
{
	unsigned i;
	size_t k;

	for (i = 0; i < pt->n; i++)
		for (k = 0; k < f->nkeys; k++)
			if (f->keys[k] == key_of(s, pt, i, f->name))
				return true;
	return false;
}

static bool
is_about_order(const struct ana_finding *f)
{
	static const char *const names[] = {
		"order.cycle", "order.cycle.wait", "order.recursion",
		"order.upgrade", "order.predicted"
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(f->name, names[i]) == 0)
			return true;
	return false;
}

static struct ana_finding *
known(const struct ana_snapshot *s, struct ana_result *r,
    const struct prd_pattern *pt)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		if (is_about_order(r->findings[i]) &&
		    shares_arc(s, r->findings[i], pt))
			return r->findings[i];
	return NULL;
}

void
prd_tell(const struct ana_snapshot *s, struct ana_result *r,
    const struct prd_pattern *pt)
{
	struct lo lo = { .s = s, .r = r };
	struct ana_finding *f = known(s, r, pt);
	unsigned i;

	r->predict.found++;
	if (f == NULL) {
		f = ana_find(r, "order.predicted");
		f->count = 1;
		f->what = ring_of(&lo, pt);
		for (i = 0; i < pt->n; i++)
			if (pt->part[(i + pt->n - 1) % pt->n].via != PRD_QUEUE)
				ana_concern_key(r, f, ana_class_name(s,
				    event_at(s, &pt->part[(i + pt->n - 1) %
				    pt->n])->class), ana_class_name(s,
				    event_at(s, &pt->part[i])->class));
		draw(&lo, f, pt);
		for (i = 0; i < pt->n; i++)
			tell_part(&lo, f, pt, i);
	}
	f->judged = true;
	f->level = ANA_ERROR;
	f->status = ANA_FEASIBLE;
	tell_witness(&lo, f, pt);
	if (f->steer == NULL || f->steer->nturns == 0)
		f->steer = steer_of(s, r, pt);
}

void
prd_doubt(const struct ana_snapshot *s, struct ana_result *r,
    const struct prd_pattern *pt)
{
	struct ana_finding *f = known(s, r, pt);

	if (f != NULL && (f->steer == NULL || f->steer->nwho == 0))
		f->steer = steer_of(s, r, pt);
}

void
prd_excuse(const struct ana_snapshot *s, struct ana_result *r,
    const struct prd_pattern *pt)
{
	struct lo lo = { .s = s, .r = r };
	struct ana_finding *f = known(s, r, pt);

	/* a whole trace has every ring there was */
	if (f == NULL || (f->steer != NULL && f->steer->nwho != 0) ||
	    s->trace_lost != 0 ||
	    f->status != ANA_FEASIBLE || r->predict.gaveup != 0)
		return;
	f->judged = true;
	f->level = ANA_INFO;
	f->status = ANA_ORDERED;
	lo_para(&lo, f, "kept apart: one part is over before the other "
	    "begins in this run (create, join, an event or a wake-up), which "
	    "may be luck");
}

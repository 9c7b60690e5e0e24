/*
 * hang: the run stopped making progress.  Says who waits for whom: a ring is
 * a deadlock, a wait for what nobody holds is a lost wake-up, a strand that
 * waits for nothing runs in circles; else the roots of the waiting are named.
 */
#include <inttypes.h>

#include "analysis/ana_int.h"

static void
evidence_line(struct ana_result *r, void *f, const char *text)
{
	ana_text(r, f, "%s", text);
}

static void
dump_line(struct ana_result *r, void *arg, const char *text)
{
	size_t *room = arg;

	if (r->ndump < *room)
		r->dump[r->ndump++] = text;
}

static void
dump(const struct ana_snapshot *s, struct ana_result *r)
{
	size_t i, room = 0;

	for (i = 0; i < s->nstrands; i++)
		room += 3 + 2 * (size_t)s->strands[i].nheld;
	r->dump = ana_alloc(r, room == 0 ? 1 : room, sizeof(*r->dump));
	if (r->dump == NULL)
		return;
	for (i = 0; i < s->nstrands; i++)
		ana_strand_lines(r, s, &s->strands[i], dump_line, &room);
}

static void
concern(const struct ana_snapshot *s, struct ana_result *r,
    struct ana_finding *f, size_t i)
{
	const struct lk_strand_info *st = &s->strands[i];

	ana_concern_strand(r, f, st->id);
	if (st->wait.ident != 0)
		ana_concern_site(r, f, st->wait.site);
	ana_strand_lines(r, s, st, evidence_line, f);
}

/* The site at which the strand got the node that the other one wants. */
static const struct lk_node_info *
held_for(const struct lk_strand_info *holder, const struct lk_node_info *want)
{
	uint32_t i;

	for (i = 0; i < holder->nheld && i < LK_MAXHELD; i++) {
		if (holder->held[i].kind == want->kind &&
		    holder->held[i].ident == want->ident)
			return &holder->held[i];
	}
	return NULL;
}

static bool
same_node(const struct lk_node_info *a, const struct lk_node_info *b)
{
	return a->kind == b->kind && a->ident == b->ident;
}

/* => the stack of the wait: of the dependency that says the same; 0: none */
static uint32_t
wait_stack(const struct ana_snapshot *s, const struct lk_strand_info *st)
{
	const struct lk_dep_info *d;
	size_t i;
	uint32_t k;

	for (i = 0; i < s->ndeps && st->nheld <= LK_MAXHELD; i++) {
		d = &s->deps[i];
		if (!same_node(&d->want, &st->wait) ||
		    d->want.site != st->wait.site || d->nheld != st->nheld)
			continue;
		for (k = 0; k < d->nheld &&
		    same_node(&d->held[k], &st->held[k]); k++)
			;
		if (k == d->nheld)
			return d->want.stack;
	}
	return st->wait.stack;
}

static void
stack_lines(const struct ana_snapshot *s, struct ana_result *r,
    struct ana_finding *f, uint32_t id, const char *of, const char *name)
{
	const struct ana_stack *st = ana_stack_of(s, id);

	if (st == NULL)
		return;
	ana_text(r, f, "stack of %s by \"%s\":", of, name);
	ana_stack(r, s, f, st->frame, st->n);
}

/*
 * Where each of the ring waits, and where it took what the other one wants:
 * a stack is kept of the first take of a kind that a strand makes, so that
 * others at the same place may have come there by other ways.
 */
static void
ring_stacks(const struct ana_snapshot *s, struct ana_result *r,
    struct ana_finding *f, const uint16_t *ring, size_t n)
{
	const struct lk_strand_info *me, *you;
	const struct lk_node_info *held;
	size_t i;

	for (i = 0; i < n; i++) {
		me = &s->strands[ring[i]];
		you = &s->strands[ring[(i + 1) % n]];
		held = held_for(you, &me->wait);
		stack_lines(s, r, f, wait_stack(s, me), "the wait", me->name);
		if (held != NULL)
			stack_lines(s, r, f, held->stack, "such a take",
			    you->name);
	}
}

/*
 *	strand 3 "walker"
 *	   |  wants lock amaplk 0x7f.. (write), at amap/swapoff.c:90
 *	   |  taken (read) at amap/amap.c:120 by
 *	strand 5 "op-2"
 *	   ...
 */
static void
draw_ring(const struct ana_snapshot *s, struct ana_result *r,
    struct ana_finding *f, const uint16_t *ring, size_t n)
{
	const struct lk_strand_info *me, *you;
	const struct lk_node_info *held;
	size_t i;

	for (i = 0; i < n; i++) {
		me = &s->strands[ring[i]];
		you = &s->strands[ring[(i + 1) % n]];
		held = held_for(you, &me->wait);
		ana_concern_strand(r, f, me->id);
		ana_concern_site(r, f, me->wait.site);
		ana_text(r, f, "strand %u \"%s\" in %s", me->id, me->name,
		    wl_op_name(me->op));
		ana_text(r, f, "  |  wants %s", ana_node_name(r, s,
		    &me->wait));
		ana_text(r, f, "  |      at %s for %s",
		    ana_site_name(r, s, me->wait.site),
		    ana_ago(r, s, me->wait.since));
		if (held != NULL) {
			ana_concern_site(r, f, held->site);
			ana_text(r, f, "  |  taken (%s)",
			    lk_mode_name(held->mode));
			ana_text(r, f, "  |      at %s by",
			    ana_site_name(r, s, held->site));
		} else if (me->wait.kind == LKN_JOIN)
			ana_text(r, f, "  |  which is the end of");
		else
			ana_text(r, f, "  |  and queues behind the writer");
	}
	ana_text(r, f, "strand %u \"%s\" again", s->strands[ring[0]].id,
	    s->strands[ring[0]].name);
}

/* => index of the strand that was seen to be in a ring; if none, no index */
static size_t
in_ring(const struct ana_snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nstrands && s->outcome.ring != 0; i++) {
		if (s->strands[i].id == s->outcome.ring - 1)
			return i;
	}
	return SIZE_MAX;
}

static bool
find_deadlock(const struct ana_snapshot *s, struct ana_result *r,
    const struct ana_wait *w)
{
	struct ana_finding *f;
	uint16_t *ring;
	size_t n;

	n = ana_wait_cycle(r, w, s->nstrands, in_ring(s), &ring);
	if (n == 0)
		return false;
	f = ana_find(r, "deadlock");
	f->what = n == 1 ? "a strand waits for what it holds itself" :
	    ana_say(r, "%zu strands wait for each other in a ring", n);
	draw_ring(s, r, f, ring, n);
	ring_stacks(s, r, f, ring, n);
	return true;
}

static bool
find_orphans(const struct ana_snapshot *s, struct ana_result *r,
    const struct ana_wait *w)
{
	struct ana_finding *f;
	bool found = false;
	size_t i;

	for (i = 0; i < s->nstrands; i++) {
		if (w[i].how != ANA_ORPHAN)
			continue;
		f = ana_find(r, "lost-wakeup");
		f->what = ana_say(r, "strand %u \"%s\" waits for %s %s, which "
		    "nobody holds", s->strands[i].id, s->strands[i].name,
		    lk_kind_name(s->strands[i].wait.kind),
		    ana_class_name(s, s->strands[i].wait.class));
		concern(s, r, f, i);
		found = true;
	}
	return found;
}

/* In an operation for as long as a hang takes, and not waiting. */
static bool
find_endless(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct lk_strand_info *st;
	struct ana_finding *f;
	bool found = false;
	size_t i;

	for (i = 0; i < s->nstrands; i++) {
		st = &s->strands[i];
		if (st->op == 0 || st->idle || st->wait.ident != 0 ||
		    st->op_since == 0 || s->info.now < st->op_since ||
		    s->info.now - st->op_since < s->job.hang_ns / 10 * 9)
			continue;
		f = ana_find(r, "hang.endless");
		f->what = ana_say(r, "strand %u \"%s\" is in operation %s for "
		    "%s and waits for nothing", st->id, st->name,
		    wl_op_name(st->op), ana_ago(r, s, st->op_since));
		concern(s, r, f, i);
		found = true;
	}
	return found;
}

static void
find_hang(const struct ana_snapshot *s, struct ana_result *r,
    const struct ana_wait *w)
{
	const struct lk_strand_info *st;
	struct ana_finding *f;
	size_t i, k;

	f = ana_find(r, "hang");
	f->what = ana_say(r, "%s", s->outcome.why);
	ana_text(r, f, "no ring of waits explains it, nor a wake-up that was "
	    "lost");
	for (i = 0; i < s->nstrands; i++) {
		st = &s->strands[i];
		if (st->wait.ident == 0 || st->idle)
			continue;
		concern(s, r, f, i);
		for (k = 0; k < w[i].nby; k++)
			ana_text(r, f, "  held by strand %u \"%s\"",
			    s->strands[w[i].by[k]].id,
			    s->strands[w[i].by[k]].name);
		if (w[i].how == ANA_IN_FLIGHT)
			ana_text(r, f, "  in flight, given by strand %u "
			    "\"%s\" %s ago", w[i].inflight->giver,
			    w[i].inflight->giver_name,
			    ana_ago(r, s, w[i].inflight->node.since));
	}
}

void
ana_pass_hang(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct ana_wait *w;
	bool why;

	if (s->outcome.end != WLE_HANG)
		return;
	w = ana_waits(r, s);
	if (w == NULL)
		return;
	why = find_deadlock(s, r, w);
	/* the others were still getting on when a ring was found */
	if (s->outcome.ring == 0) {
		why |= find_orphans(s, r, w);
		why |= find_endless(s, r);
	}
	if (!why)
		find_hang(s, r, w);
	dump(s, r);
}

/*
 * predict_close.c: the closure of a pattern's instances.
 *
 * T grows event by event.  An event that comes into T brings what must come
 * before it; a section of a lock brings the ends of those that conflict with
 * it and came earlier, and its own end, if a later one is in T already.
 */
#include "analysis/predict_graph_int.h"

static void
need(struct prd *p, uint32_t strand, uint32_t n)
{
	if (n <= p->target[strand])
		return;
	p->target[strand] = n;
	if (!p->queued[strand]) {
		p->queued[strand] = true;
		p->queue[p->nqueue++] = strand;
	}
}

/* Whose event is it? */
static uint32_t
strand_of(const struct prd *p, uint32_t event)
{
	uint32_t lo = 0, hi = p->nstrands;

	while (hi - lo > 1) {
		uint32_t mid = (lo + hi) / 2;

		if (p->s[mid].base <= event)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static void
let_go(struct prd *p, uint32_t event)
{
	uint32_t strand = strand_of(p, event);
	const struct prd_strand *s = &p->s[strand];

	if (p->ends[event] >= s->n)
		p->stuck = true;	/* it never was */
	else
		need(p, strand, p->ends[event] + 1);
}

static const struct lk_trace_event *
event_of(const struct prd *p, uint32_t event)
{
	const struct prd_strand *s = &p->s[strand_of(p, event)];

	return &s->e[event - s->base];
}

/* All open ones that conflict with e and came earlier are to end. */
static void
end_earlier(struct prd *p, struct prd_section *sec,
    const struct lk_trace_event *e)
{
	uint32_t *link = &sec->open, o;

	while ((o = *link) != PRD_NIL) {
		const struct lk_trace_event *f = event_of(p, o);

		p->steps++;
		if (prd_conflict(e->mode, f->mode) &&
		    prd_number(f) < prd_number(e)) {
			*link = p->next[o];
			let_go(p, o);
		} else {
			link = &p->next[o];
		}
	}
}

static void
section(struct prd *p, uint32_t strand, uint32_t at)
{
	uint32_t event = p->s[strand].base + at;
	const struct lk_trace_event *e = &p->s[strand].e[at];
	struct prd_section *sec = &p->sec[p->lock[event]];
	uint32_t k = prd_number(e);

	if (sec->stamp != p->stamp)
		*sec = (struct prd_section){ .stamp = p->stamp,
		    .open = PRD_NIL };
	end_earlier(p, sec, e);
	if (e->mode == LKM_WRITE ? sec->last_w > k + 1 || sec->last_r > k + 1 :
	    sec->last_w > k + 1) {
		let_go(p, event);
	} else {
		p->next[event] = sec->open;
		sec->open = event;
	}
	if (e->mode == LKM_WRITE && sec->last_w < k + 1)
		sec->last_w = k + 1;
	if (e->mode != LKM_WRITE && sec->last_r < k + 1)
		sec->last_r = k + 1;
}

/* A lock is made before it is used. */
static void
made(struct prd *p, uint32_t strand, uint32_t at)
{
	uint32_t lock = p->lock[p->s[strand].base + at];
	const struct prd_lock *l;

	if (lock == PRD_NIL)
		return;
	l = &p->l[lock];
	if (l->init_strand != PRD_NIL && l->init_strand != strand)
		need(p, l->init_strand, l->init_at + 1);
}

static void
step(struct prd *p, uint32_t strand, uint32_t at)
{
	const struct prd_strand *s = &p->s[strand];

	p->steps++;
	while (p->ecur[strand] < s->nedges &&
	    p->edge[s->edge + p->ecur[strand]].at <= at) {
		const struct prd_edge *e = &p->edge[s->edge +
		    p->ecur[strand]++];

		need(p, e->strand, e->from + 1);
	}
	made(p, strand, at);
	if (p->locks_too && prd_is_section(&s->e[at]))
		section(p, strand, at);
}

static void
grow(struct prd *p)
{
	uint32_t strand;

	while (p->nqueue > 0 && !p->stuck) {
		strand = p->queue[--p->nqueue];
		p->queued[strand] = false;
		while (p->t[strand] < p->target[strand] && !p->stuck)
			step(p, strand, p->t[strand]++);
	}
}

static void
begin(struct prd *p, bool locks_too)
{
	uint32_t i;

	for (i = 0; i < p->nstrands; i++) {
		p->t[i] = p->target[i] = p->ecur[i] = 0;
		p->queued[i] = false;
	}
	p->nqueue = 0;
	p->stamp++;
	p->stuck = false;
	p->locks_too = locks_too;
}

static void
point_at(struct prd *p, uint32_t dep, uint32_t inst)
{
	uint32_t strand = p->dep[dep].strand, at = p->inst[inst].at;

	need(p, strand, at);
	made(p, strand, at);
}

/* => the first instance from here on that is not in T; PRD_NIL: none left */
static uint32_t
move_on(const struct prd *p, uint32_t dep, uint32_t inst)
{
	while (inst != PRD_NIL && p->inst[inst].at <
	    p->t[p->dep[dep].strand])
		inst = p->inst[inst].next;
	return inst;
}

/* What a part waits for must not have come. */
static bool
posted(const struct prd *p, const uint32_t *path, const uint8_t *via,
    unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		const struct prd_lock *l = &p->l[p->dep[path[i]].want];

		if (via[i] == PRD_POST && l->post_at < p->t[l->poster])
			return true;
	}
	return false;
}

/* => true: a fixed point with no instance inside */
static bool
close_over(struct prd *p, const uint32_t *path, const uint8_t *via, unsigned n,
    uint32_t *inst, bool locks_too)
{
	bool moved = true;
	uint32_t was;
	unsigned i;

	begin(p, locks_too);
	for (i = 0; i < n; i++) {
		inst[i] = p->dep[path[i]].first;
		point_at(p, path[i], inst[i]);
	}
	while (moved) {
		grow(p);
		if (p->stuck || posted(p, path, via, n))
			return false;
		moved = false;
		for (i = 0; i < n; i++) {
			was = inst[i];
			inst[i] = move_on(p, path[i], was);
			if (inst[i] == PRD_NIL)
				return false;
			if (inst[i] != was) {
				point_at(p, path[i], inst[i]);
				moved = true;
			}
		}
	}
	return true;
}

enum prd_verdict
prd_close(struct prd *p, const uint32_t *path, const uint8_t *via, unsigned n,
    uint32_t *at)
{
	uint32_t inst[LK_MAXHELD];
	unsigned i;

	if (!close_over(p, path, via, n, inst, false))
		return PRD_ORDERED;
	if (!close_over(p, path, via, n, inst, true))
		return PRD_KEPT;
	for (i = 0; i < n; i++)
		at[i] = p->inst[inst[i]].at;
	return PRD_SOUND;
}

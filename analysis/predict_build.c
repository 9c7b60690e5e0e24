/*
 * predict_build.c: from strips to locks, sections and what must come before
 * what.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/order_int.h"
#include "analysis/predict_graph_int.h"

bool
prd_grow(struct prd *p, void *arrayp, uint32_t *cap, uint32_t n, size_t size)
{
	if (ord_grow(arrayp, cap, n, size) == 0)
		return true;
	p->nomem = true;
	return false;
}

/* ---- locks ---- */

/* A strand's end is known by its life alone. */
static uint32_t
lock_of(struct prd *p, enum lk_node_kind kind, uint32_t gen, uint64_t ident)
{
	uint32_t was = p->locks.n, id;

	id = ana_id_of(&p->locks, (uint64_t)kind << 32 | gen,
	    kind == LKN_JOIN ? 0 : ident);
	if (id == ANA_NOID || !prd_grow(p, &p->l, &p->cl, id + 1,
	    sizeof(*p->l))) {
		p->nomem = true;
		return PRD_NIL;
	}
	if (p->locks.n != was)
		p->l[id] = (struct prd_lock){
			.kind = (uint8_t)kind, .init_strand = PRD_NIL,
			.poster = PRD_NIL,
		};
	return id;
}

static bool
names_lock(const struct lk_trace_event *e)
{
	switch (e->what) {
	case LKT_WANT:
	case LKT_HAVE:
	case LKT_TURN:
	case LKT_DROP:
	case LKT_INIT:
		return e->kind == LKN_LOCK || e->kind == LKN_MUTEX ||
		    e->kind == LKN_EVENT || e->kind == LKN_JOIN;
	case LKT_WAIT:
	case LKT_POST:
	case LKT_JOIN:
		return true;
	default:
		return false;
	}
}

/* ---- what a strand holds ---- */

void
prd_stack_begin(const struct prd *p, uint32_t strand, struct prd_stack *st)
{
	const struct prd_strand *s = &p->s[strand];
	uint32_t i, id;

	st->n = 0;
	for (i = 0; i < s->nheld && st->n < LK_MAXHELD; i++) {
		const struct lk_trace_event *e = &s->held[i];

		id = ana_id_find(&p->locks, (uint64_t)e->kind << 32 | e->gen,
		    e->ident);
		if (id != ANA_NOID)
			st->h[st->n++] = (struct prd_have){ id, e->mode,
			    PRD_NIL };
	}
}

static uint32_t
stack_find(const struct prd_stack *st, uint32_t lock)
{
	uint32_t i;

	for (i = st->n; i > 0; i--)
		if (st->h[i - 1].lock == lock)
			return i - 1;
	return PRD_NIL;
}

void
prd_stack_step(const struct prd *p, uint32_t strand, uint32_t at,
    struct prd_stack *st)
{
	const struct lk_trace_event *e = &p->s[strand].e[at];
	uint32_t lock = p->lock[p->s[strand].base + at], i;

	if (lock == PRD_NIL || !prd_is_lock(&p->l[lock]))
		return;
	i = stack_find(st, lock);
	if (e->what == LKT_HAVE && st->n < LK_MAXHELD)
		st->h[st->n++] = (struct prd_have){ lock, e->mode, at };
	else if (e->what == LKT_TURN && i != PRD_NIL)
		st->h[i] = (struct prd_have){ lock, e->mode, at };
	else if (e->what == LKT_DROP && i != PRD_NIL)
		memmove(&st->h[i], &st->h[i + 1], (--st->n - i) *
		    sizeof(st->h[0]));
}

/* A request is where the wait begins, if there was one. */
bool
prd_request(const struct prd *p, uint32_t strand, uint32_t at, uint32_t *mode)
{
	const struct prd_strand *s = &p->s[strand];
	const struct lk_trace_event *e = &s->e[at];
	uint32_t lock = p->lock[s->base + at];

	if (lock == PRD_NIL)
		return false;
	*mode = e->mode;
	if (e->what == LKT_WANT)
		return true;
	if (at > 0 && s->e[at - 1].what == LKT_WANT &&
	    p->lock[s->base + at - 1] == lock)
		return false;
	if (e->what == LKT_HAVE)
		return e->how != LKH_TRIED && prd_is_lock(&p->l[lock]);
	if (e->what == LKT_TURN)
		return e->how == LKH_UPGRADED;
	return e->what == LKT_WAIT || e->what == LKT_JOIN;
}

/* ---- one strand ---- */

static void
note_lock(struct prd *p, uint32_t strand, uint32_t at)
{
	const struct lk_trace_event *e = &p->s[strand].e[at];
	struct prd_lock *l;
	uint32_t id;

	p->lock[p->s[strand].base + at] = PRD_NIL;
	if (!names_lock(e))
		return;
	id = lock_of(p, e->kind, e->gen, e->ident);
	p->lock[p->s[strand].base + at] = id;
	if (id == PRD_NIL)
		return;
	l = &p->l[id];
	l->class = e->class;
	if (e->mode == LKM_WRITE && e->what != LKT_DROP)
		l->excl = true;
	if (e->what == LKT_INIT) {
		l->init_strand = strand;
		l->init_at = at;
	} else if (e->what == LKT_POST) {
		l->nposts++;
		l->poster = strand;
		l->post_at = at;
		l->excl = true;
		p->s[strand].awaited = true;
	}
}

static void
sections(struct prd *p, uint32_t strand)
{
	struct prd_strand *s = &p->s[strand];
	struct prd_stack st;
	uint32_t at, i;

	prd_stack_begin(p, strand, &st);
	for (at = 0; at < s->n; at++) {
		const struct lk_trace_event *e = &s->e[at];

		p->ends[s->base + at] = s->n;
		if (e->what == LKT_TURN || e->what == LKT_DROP) {
			i = stack_find(&st, p->lock[s->base + at]);
			if (i != PRD_NIL && st.h[i].at != PRD_NIL)
				p->ends[s->base + st.h[i].at] = at;
		}
		prd_stack_step(p, strand, at, &st);
	}
}

/* ---- what comes before what ---- */

struct post {
	uint32_t	lock, ticket, strand, at;
};
struct posts {
	struct post	*row;
	uint32_t	n, cap;
};

static void
add_post(struct prd *p, struct posts *all, uint32_t lock, uint32_t ticket,
    uint32_t strand, uint32_t at)
{
	if (!prd_grow(p, &all->row, &all->cap, all->n + 1, sizeof(*all->row)))
		return;
	all->row[all->n++] = (struct post){ lock, ticket, strand, at };
}

static int
post_cmp(const void *a, const void *b)
{
	const struct post *x = a, *y = b;

	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	return x->ticket < y->ticket ? -1 : x->ticket > y->ticket;
}

/* => the latest post of lock whose ticket is at most that; NULL: none */
static const struct post *
post_before(const struct posts *all, uint32_t lock, uint32_t ticket)
{
	uint32_t lo = 0, hi = all->n;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		const struct post *x = &all->row[mid];

		if (x->lock < lock || (x->lock == lock &&
		    x->ticket <= ticket))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == 0 || all->row[lo - 1].lock != lock ? NULL :
	    &all->row[lo - 1];
}

static void
edge(struct prd *p, uint32_t at, uint32_t from_strand, uint32_t from)
{
	if (prd_grow(p, &p->edge, &p->cedges, p->nedges + 1,
	    sizeof(*p->edge)))
		p->edge[p->nedges++] = (struct prd_edge){ at, from_strand,
		    from };
}

/* Lives to strands; a life that left no strip is none. */
static uint32_t
strand_of(const struct prd *p, const struct ana_idmap *lives, uint32_t life)
{
	uint32_t id = ana_id_find(lives, life, 0);

	return id == ANA_NOID ? PRD_NIL : id;
}

struct weave {
	struct prd	*p;
	struct ana_idmap lives;
	struct posts	posts;		/* wake-ups have lock PRD_NIL */
	struct posts	creates;	/* lock: the child's strand */
};

static void
gather(struct weave *w, uint32_t strand)
{
	struct prd *p = w->p;
	const struct prd_strand *s = &p->s[strand];
	uint32_t at, child;

	for (at = 0; at < s->n; at++) {
		const struct lk_trace_event *e = &s->e[at];

		if (e->what == LKT_POST)
			add_post(p, &w->posts, p->lock[s->base + at], e->seq,
			    strand, at);
		else if (e->what == LKT_WAKE)
			add_post(p, &w->posts, PRD_NIL, e->seq, strand, at);
		else if (e->what == LKT_CREATE && (child = strand_of(p,
		    &w->lives, e->gen)) != PRD_NIL)
			add_post(p, &w->creates, child, 0, strand, at);
	}
}

static void
join(struct weave *w, uint32_t strand, uint32_t at)
{
	struct prd *p = w->p;
	const struct lk_trace_event *e = &p->s[strand].e[at];
	uint32_t other = strand_of(p, &w->lives, e->gen);
	struct prd_lock *l;

	if (other == PRD_NIL || other == strand || p->s[other].n == 0)
		return;
	l = &p->l[p->lock[p->s[strand].base + at]];
	l->nposts = 1;
	l->poster = other;
	l->post_at = p->s[other].n - 1;
	l->excl = true;
	p->s[other].awaited = true;
	if (e->what == LKT_JOIN)
		edge(p, at, other, p->s[other].n - 1);
}

static void
weave_strand(struct weave *w, uint32_t strand)
{
	struct prd *p = w->p;
	struct prd_strand *s = &p->s[strand];
	const struct post *x;
	uint32_t at;

	s->edge = p->nedges;
	for (at = 0; at < s->n; at++) {
		const struct lk_trace_event *e = &s->e[at];

		x = NULL;
		if (e->what == LKT_BEGIN)
			x = post_before(&w->creates, strand, 0);
		else if (e->what == LKT_WAIT)
			x = post_before(&w->posts, p->lock[s->base + at],
			    e->seq);
		else if (e->what == LKT_WOKEN && e->seq != 0)
			x = post_before(&w->posts, PRD_NIL, e->seq);
		else if (e->what == LKT_JOIN || (e->what == LKT_WANT &&
		    e->kind == LKN_JOIN))
			join(w, strand, at);
		if (x != NULL && x->strand != strand)
			edge(p, at, x->strand, x->at);
	}
	s->nedges = p->nedges - s->edge;
}

static void
sort_posts(struct posts *all)
{
	if (all->n != 0)
		qsort(all->row, all->n, sizeof(*all->row), post_cmp);
}

static void
weave(struct prd *p)
{
	struct weave w = { .p = p };
	uint32_t i;

	for (i = 0; i < p->nstrands && !p->nomem; i++)
		p->nomem |= ana_id_of(&w.lives, p->s[i].life,
		    p->s[i].life == 0 ? i + 1 : 0) != i;
	for (i = 0; i < p->nstrands && !p->nomem; i++)
		gather(&w, i);
	sort_posts(&w.posts);
	sort_posts(&w.creates);
	for (i = 0; i < p->nstrands && !p->nomem; i++)
		weave_strand(&w, i);
	ana_idmap_free(&w.lives);
	free(w.posts.row);
	free(w.creates.row);
}

bool
prd_build(struct prd *p, const struct lk_trace_strip *strip)
{
	uint64_t sum = 0;
	uint32_t i, at;

	for (i = 0; i < p->nstrands; i++) {
		p->s[i] = (struct prd_strand){
			.e = strip[i].e, .n = (uint32_t)strip[i].n,
			.base = (uint32_t)sum, .life = strip[i].life,
			.nheld = strip[i].nheld, .held = strip[i].held,
		};
		p->st.partial |= strip[i].first != 0;
		sum += strip[i].n;
	}
	if (sum >= PRD_NIL)
		return false;
	p->nevents = (uint32_t)sum;
	p->st.events = sum;
	p->lock = malloc((sum + 1) * sizeof(*p->lock));
	p->ends = malloc((sum + 1) * sizeof(*p->ends));
	if (p->lock == NULL || p->ends == NULL)
		return false;
	for (i = 0; i < p->nstrands && !p->nomem; i++) {
		for (at = 0; at < p->s[i].n; at++)
			note_lock(p, i, at);
		p->s[i].self = lock_of(p, LKN_JOIN, p->s[i].life, 0);
	}
	for (i = 0; i < p->nstrands && !p->nomem; i++)
		sections(p, i);
	if (!p->nomem)
		weave(p);
	return !p->nomem;
}

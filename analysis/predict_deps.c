/*
 * predict_deps.c: abstract requests, as far as they can be part of a ring.
 *
 * First the graph of locks: an arc from what is held to what is wanted, from
 * an event to the end of who posts it, and from that end to all that the
 * strand wants.  What lies on no cycle there is on no cycle of requests.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/predict_graph_int.h"

/* ---- arcs ---- */

static void
arc(struct prd *p, struct ana_idmap *arcs, uint32_t from, uint32_t to)
{
	if (from == to)
		p->l[to].self = true;
	else if (p->l[from].excl && p->l[to].excl &&
	    ana_id_of(arcs, from, to) == ANA_NOID)
		p->nomem = true;
}

static void
strand_arcs(struct prd *p, uint32_t strand, struct ana_idmap *arcs)
{
	const struct prd_strand *s = &p->s[strand];
	struct prd_stack st;
	uint32_t at, i, mode, want;

	prd_stack_begin(p, strand, &st);
	for (at = 0; at < s->n && !p->nomem; at++) {
		want = p->lock[s->base + at];
		if (prd_request(p, strand, at, &mode)) {
			p->st.requests++;
			for (i = 0; i < st.n; i++)
				arc(p, arcs, st.h[i].lock, want);
			if (s->awaited)
				arc(p, arcs, s->self, want);
		} else if (s->e[at].what == LKT_POST) {
			arc(p, arcs, want, s->self);
		}
		prd_stack_step(p, strand, at, &st);
	}
}

/* ---- requests ---- */

/* Two walks may join what one of them alone has no cycle in. */
static bool
may_ring(const struct prd *p, const struct prd_strand *s,
    const struct prd_stack *st, uint32_t want, uint32_t mode)
{
	const struct prd_lock *l = &p->l[want];
	uint32_t i;

	if (l->comp == 0 && !l->self)
		return false;
	if (mode == LKM_WRITE && prd_is_lock(l))
		return true;		/* readers may stand behind it */
	for (i = 0; i < st->n; i++)
		if (st->h[i].lock == want ||
		    (l->comp != 0 && p->l[st->h[i].lock].comp == l->comp))
			return true;
	return s->awaited && l->comp != 0 && p->l[s->self].comp == l->comp;
}

static int
hold_cmp(const void *a, const void *b)
{
	const struct prd_hold *x = a, *y = b;

	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	return x->mode < y->mode ? -1 : x->mode > y->mode;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static bool
same(const struct prd *p, const struct prd_dep *d, const struct prd_dep *e,
    const struct prd_hold *held)
{
	return d->hash == e->hash && d->strand == e->strand && d->want ==
	    e->want && d->mode == e->mode && d->nheld == e->nheld &&
	    memcmp(&p->hold[d->held], held, e->nheld * sizeof(*held)) == 0;
}

static void
rehash(struct prd *p)
{
	uint32_t i, n = p->nbuckets == 0 ? 1024 : p->nbuckets * 4, *b;

	b = malloc(n * sizeof(*b));
	if (b == NULL) {
		p->nomem = true;
		return;
	}
	memset(b, 0xff, n * sizeof(*b));
	for (i = 0; i < p->ndeps; i++) {
		p->dep[i].chain = b[p->dep[i].hash % n];
		b[p->dep[i].hash % n] = i;
	}
	free(p->bucket);
	p->bucket = b;
	p->nbuckets = n;
}

/* => PRD_NIL: no memory */
static uint32_t
dep_of(struct prd *p, struct prd_dep *e, const struct prd_hold *held)
{
	uint32_t i;

	if (p->ndeps >= p->nbuckets)
		rehash(p);
	if (p->nomem)
		return PRD_NIL;
	for (i = p->bucket[e->hash % p->nbuckets]; i != PRD_NIL;
	    i = p->dep[i].chain)
		if (same(p, &p->dep[i], e, held))
			return i;
	if (!prd_grow(p, &p->dep, &p->cdeps, p->ndeps + 1, sizeof(*p->dep)) ||
	    !prd_grow(p, &p->hold, &p->cholds, p->nholds + e->nheld + 1,
	    sizeof(*p->hold)))
		return PRD_NIL;
	e->held = p->nholds;
	e->first = e->last = PRD_NIL;
	memcpy(&p->hold[p->nholds], held, e->nheld * sizeof(*held));
	p->nholds += e->nheld;
	e->chain = p->bucket[e->hash % p->nbuckets];
	p->bucket[e->hash % p->nbuckets] = p->ndeps;
	p->dep[p->ndeps] = *e;
	return p->ndeps++;
}

static void
add_instance(struct prd *p, uint32_t dep, uint32_t at)
{
	struct prd_dep *d = &p->dep[dep];

	if (!prd_grow(p, &p->inst, &p->cinsts, p->ninsts + 1,
	    sizeof(*p->inst)))
		return;
	p->inst[p->ninsts] = (struct prd_inst){ at, PRD_NIL };
	if (d->first == PRD_NIL)
		d->first = p->ninsts;
	else
		p->inst[d->last].next = p->ninsts;
	d->last = p->ninsts++;
}

static void
request(struct prd *p, uint32_t strand, uint32_t at, uint32_t mode,
    const struct prd_stack *st)
{
	struct prd_hold held[LK_MAXHELD + 1];
	struct prd_dep d = {
		.strand = strand, .want = p->lock[p->s[strand].base + at],
		.mode = mode, .nheld = st->n,
	};
	uint32_t i, dep;

	for (i = 0; i < st->n; i++)
		held[i] = (struct prd_hold){ st->h[i].lock, st->h[i].mode };
	if (st->n > 1)
		qsort(held, st->n, sizeof(held[0]), hold_cmp);
	d.hash = mix(mix(strand, d.want), mode);
	for (i = 0; i < st->n; i++)
		d.hash = mix(d.hash, (uint64_t)held[i].mode << 32 |
		    held[i].lock);
	dep = dep_of(p, &d, held);
	if (dep != PRD_NIL)
		add_instance(p, dep, at);
}

static void
strand_requests(struct prd *p, uint32_t strand)
{
	const struct prd_strand *s = &p->s[strand];
	struct prd_stack st;
	uint32_t at, mode;

	prd_stack_begin(p, strand, &st);
	for (at = 0; at < s->n && !p->nomem; at++) {
		if (prd_request(p, strand, at, &mode) && may_ring(p, s, &st,
		    p->lock[s->base + at], mode))
			request(p, strand, at, mode, &st);
		prd_stack_step(p, strand, at, &st);
	}
}

/* ---- indexes ---- */

static void
index_holders(struct prd *p, bool fill)
{
	uint32_t d, i;

	for (d = 0; d < p->ndeps; d++) {
		const struct prd_dep *e = &p->dep[d];

		for (i = 0; i < e->nheld; i++) {
			struct prd_lock *l = &p->l[p->hold[e->held + i].lock];

			if (fill)
				p->holder[l->holder + l->nholders] =
				    (struct prd_holder){ d, e->held + i };
			l->nholders++;
		}
		if (e->mode != LKM_WRITE || !prd_is_lock(&p->l[e->want]))
			continue;
		if (fill)
			p->writer[p->l[e->want].writer +
			    p->l[e->want].nwriters] = d;
		p->l[e->want].nwriters++;
	}
}

static bool
indexes(struct prd *p)
{
	uint32_t i, nh = 0, nw = 0;

	p->holder = malloc((p->nholds + 1) * sizeof(*p->holder));
	p->writer = malloc((p->ndeps + 1) * sizeof(*p->writer));
	if (p->holder == NULL || p->writer == NULL)
		return false;
	index_holders(p, false);
	for (i = 0; i < p->locks.n; i++) {
		p->l[i].holder = nh;
		p->l[i].writer = nw;
		nh += p->l[i].nholders;
		nw += p->l[i].nwriters;
		p->l[i].nholders = p->l[i].nwriters = 0;
	}
	index_holders(p, true);
	/* requests were made strand by strand */
	for (i = 0; i < p->ndeps; i++) {
		struct prd_strand *s = &p->s[p->dep[i].strand];

		if (s->ndeps++ == 0)
			s->dep = i;
	}
	return true;
}

bool
prd_deps(struct prd *p)
{
	struct ana_idmap arcs = { 0 };
	uint32_t i;

	for (i = 0; i < p->nstrands && !p->nomem; i++)
		strand_arcs(p, i, &arcs);
	p->st.arcs = arcs.n;
	if (!p->nomem)
		p->nomem = !prd_components(p, &arcs);
	ana_idmap_free(&arcs);
	for (i = 0; i < p->nstrands && !p->nomem; i++)
		strand_requests(p, i);
	p->st.abstract = p->ndeps;
	if (!p->nomem)
		p->nomem = !indexes(p);
	return !p->nomem;
}

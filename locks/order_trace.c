/*
 * order_trace.c: the order trace.  See order_trace.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "locks/order_trace_int.h"

#define NEVENT	((LK_TRACE_CHUNK - 64) / sizeof(struct lk_trace_event))
#define NOCHUNK	0		/* a chunk's number is its index + 1 */

struct chunk {
	uint32_t	next;		/* of the same slot, in a ring */
	uint32_t	nheld;		/* of the events: HELD */
	_Atomic uint32_t n;
	uint32_t	life;		/* of the first event */
	uint64_t	first;		/* how many that life had before */
	uint64_t	spare[5];
	struct lk_trace_event e[NEVENT];
};
_Static_assert(sizeof(struct chunk) == LK_TRACE_CHUNK, "chunks are aligned");

struct strip {
	_Alignas(64) _Atomic uint32_t newest;
	_Atomic uint64_t count;		/* events of the life so far */
	_Atomic uint64_t lost;
};

struct trace {
	uint32_t	nchunks;
	_Atomic uint32_t used;		/* of the pool */
	_Atomic uint32_t ticket;
	struct strip	strip[LK_MAXSTRAND];
	_Alignas(64) struct chunk chunk[];
};

static _Atomic(struct trace *) trace;

const char *
lk_traced_name(enum lk_traced what)
{
	static const char *const name[LKT_N] = {
		"none", "begin", "end", "create", "join", "held", "want",
		"have", "turn", "drop", "wait", "post", "wake", "woken",
		"init", "free",
	};

	return (unsigned)what < LKT_N ? name[what] : "?";
}

bool
lk_order_tracing(void)
{
	return lk_traced();
}

void
lk_trace_forget(void)
{
	atomic_fetch_and(&lk_hot, ~(uint32_t)LKH_TRACE);
	atomic_store(&trace, NULL);
}

int
lk_order_trace(size_t bytes)
{
	struct trace *t;
	uint32_t i;

	lk_trace_forget();
	if (bytes == 0)
		return 0;
	if (bytes < sizeof(*t) + LK_TRACE_CHUNK)
		bytes = sizeof(*t) + LK_TRACE_CHUNK;
	t = lk_record_region(LK_TRACE_REGION, bytes);
	if (t == NULL)
		return ENOMEM;
	t->nchunks = (uint32_t)((bytes - sizeof(*t)) / LK_TRACE_CHUNK);
	lk_put(&t->used, 0);
	lk_put(&t->ticket, 0);
	for (i = 0; i < LK_MAXSTRAND; i++) {
		lk_put(&t->strip[i].newest, NOCHUNK);
		lk_put(&t->strip[i].count, 0);
		lk_put(&t->strip[i].lost, 0);
	}
	atomic_store(&trace, t);
	atomic_fetch_or(&lk_hot, LKH_TRACE);
	return 0;
}

uint64_t
lk_trace_count(uint32_t strand)
{
	struct trace *t = lk_acq(&trace);

	return t == NULL || strand >= LK_MAXSTRAND ? 0 :
	    lk_get(&t->strip[strand].count);
}

uint32_t
lk_trace_ticket(void)
{
	struct trace *t = lk_acq(&trace);

	return t == NULL ? 0 : atomic_fetch_add(&t->ticket, 1) + 1;
}

/* ------------------------------------------------------------------------
 * Writing
 */

static void
lose(struct strip *p, uint32_t n)
{
	lk_bump(&p->lost, n);
	lk_add(&lk_record()->h->loss[LKL_traced], n);
}

static void
fill(struct lk_trace_event *e, enum lk_traced what, uint64_t ident,
    uint64_t pack, uint32_t gen, uint32_t seq)
{
	*e = (struct lk_trace_event){
		.ident = ident, .gen = gen, .seq = seq,
		.site = LK_PACK_SITE(pack),
		.class = (uint16_t)LK_PACK_CLASS(pack),
		.what = (uint8_t)what, .kind = (uint8_t)LK_PACK_KIND(pack),
		.mode = (uint8_t)LK_PACK_MODE(pack),
		.how = (uint8_t)LK_PACK_HOW(pack),
	};
}

/* What was held before the first event, the one just taken left out. */
static void
chunk_begin(struct lk_slot *s, struct chunk *c, enum lk_traced what)
{
	uint32_t i, n = 0, top = lk_get(&s->top);

	if (what == LKT_HAVE && top != 0)
		top--;
	for (i = 1; i <= top; i++) {
		const struct lk_held *h = &s->held[i];

		if (lk_get(&h->ident) != 0)
			fill(&c->e[n++], LKT_HELD, lk_get(&h->ident),
			    lk_get(&h->pack), lk_get(&h->gen), 0);
	}
	c->nheld = n;
	lk_put(&c->n, n);
}

/* => a chunk of the pool, or the slot's own oldest; NULL: there is none */
static struct chunk *
chunk_new(struct trace *t, struct strip *p)
{
	uint32_t newest = lk_get(&p->newest), at = NOCHUNK;
	struct chunk *c;

	if (lk_get(&t->used) < t->nchunks)
		at = lk_add(&t->used, 1) + 1;
	if (at == NOCHUNK || at > t->nchunks) {
		if (newest == NOCHUNK)
			return NULL;
		at = t->chunk[newest - 1].next;
		c = &t->chunk[at - 1];
		lose(p, lk_get(&c->n) - c->nheld);
		lk_rel(&c->n, 0);
		lk_rel(&p->newest, at);
		return c;
	}
	c = &t->chunk[at - 1];
	c->next = newest == NOCHUNK ? at : t->chunk[newest - 1].next;
	if (newest != NOCHUNK)
		t->chunk[newest - 1].next = at;
	lk_rel(&p->newest, at);
	return c;
}

static struct chunk *
chunk_with_room(struct lk_slot *s, struct trace *t, enum lk_traced what)
{
	struct strip *p = &t->strip[s->id];
	uint32_t newest = lk_get(&p->newest);
	struct chunk *c;

	_Static_assert(NEVENT > LK_MAXHELD, "what is held leaves room");
	if (newest != NOCHUNK) {
		c = &t->chunk[newest - 1];
		if (lk_get(&c->n) < NEVENT)
			return c;
	}
	c = chunk_new(t, p);
	if (c == NULL)
		return NULL;
	c->life = lk_get(&s->life);
	c->first = what == LKT_BEGIN ? 0 : lk_get(&p->count);
	chunk_begin(s, c, what);
	return c;
}

void
lk_trace_note(struct lk_slot *s, enum lk_traced what, uint64_t ident,
    uint64_t pack, uint32_t gen, uint32_t seq)
{
	struct trace *t = lk_acq(&trace);
	struct lk_trace_event *e;
	struct chunk *c;
	struct strip *p;

	if (t == NULL)
		return;
	p = &t->strip[s->id];
	c = chunk_with_room(s, t, what);
	if (what == LKT_BEGIN)
		lk_put(&p->count, 0);
	lk_bump(&p->count, 1);
	if (c == NULL) {
		lose(p, 1);
		return;
	}
	e = &c->e[lk_get(&c->n)];
	fill(e, what, ident, pack, gen, seq);
	e->op = (uint16_t)lk_get(&s->op);
	if (what == LKT_HAVE && lk_get(&s->top) != 0)
		e->stack = lk_held_stack(lk_record(), &s->held[lk_get(&s->top)]);
	lk_rel(&c->n, lk_get(&c->n) + 1);
}

/* ------------------------------------------------------------------------
 * Reading
 */

/* All that is left of a slot, oldest first. */
struct gather {
	struct lk_trace_event *e;
	size_t		n, nheld;
	uint32_t	life;
	uint64_t	first;
};

static const struct trace *
find(const struct lk_record *r)
{
	const struct trace *t;
	size_t size;

	t = lk_record_region_find(r, LK_TRACE_REGION, &size);
	if (t == NULL || size < sizeof(*t) ||
	    t->nchunks > (size - sizeof(*t)) / LK_TRACE_CHUNK)
		return NULL;
	return t;
}

static void
copy(struct gather *g, const struct chunk *c)
{
	uint32_t n = lk_acq(&c->n), skip = c->nheld;

	if (n > NEVENT || skip > n)
		return;
	if (g->n == 0) {
		g->nheld = skip;
		g->life = c->life;
		g->first = c->first;
		skip = 0;
	}
	memcpy(&g->e[g->n], &c->e[skip], (n - skip) * sizeof(*g->e));
	g->n += n - skip;
}

/* => 0, ENOMEM; g->e is the caller's to free */
static int
gather(const struct trace *t, uint32_t slot, struct gather *g)
{
	uint32_t newest = lk_acq(&t->strip[slot].newest), at, i, nchunks = 0;

	memset(g, 0, sizeof(*g));
	if (newest == NOCHUNK || newest > t->nchunks)
		return 0;
	at = newest;
	do {
		at = t->chunk[at - 1].next;
		nchunks++;
	} while (at != newest && at - 1 < t->nchunks && nchunks <= t->nchunks);
	g->e = malloc((size_t)nchunks * NEVENT * sizeof(*g->e));
	if (g->e == NULL)
		return ENOMEM;
	for (i = 0; i < nchunks && at - 1 < t->nchunks; i++) {
		at = t->chunk[at - 1].next;
		if (at - 1 < t->nchunks)
			copy(g, &t->chunk[at - 1]);
	}
	return 0;
}

/* A slot has had one life after the other. */
static void
cut(const struct gather *g, uint32_t slot,
    void (*fn)(const struct lk_trace_strip *, void *), void *arg)
{
	struct lk_trace_strip p = {
		.life = g->life, .strand = slot, .first = g->first,
		.nheld = (uint32_t)g->nheld, .held = g->e,
	};
	size_t i = g->nheld, from = i;

	for (; i <= g->n; i++) {
		if (i < g->n && (g->e[i].what != LKT_BEGIN || i == from))
			continue;
		p.e = &g->e[from];
		p.n = i - from;
		if (p.n != 0 && g->e[from].what == LKT_BEGIN) {
			p.life = g->e[from].gen;
			p.first = 0;
		}
		if (p.n != 0)
			fn(&p, arg);
		from = i;
		p.nheld = 0;
	}
}

int
lk_record_trace(const struct lk_record *r,
    void (*fn)(const struct lk_trace_strip *, void *), void *arg,
    uint64_t *lost)
{
	const struct trace *t = find(r);
	struct gather g;
	uint32_t i;

	*lost = 0;
	for (i = 0; t != NULL && i < LK_MAXSTRAND; i++) {
		*lost += lk_get(&t->strip[i].lost);
		if (gather(t, i, &g) != 0)
			return ENOMEM;
		if (g.n != 0)
			cut(&g, i, fn, arg);
		free(g.e);
	}
	return 0;
}

/*
 * order.c: search for guarded strong cycles; the rule is in order_int.h.
 *
 * Dependencies are the nodes of the search.  From one that waits for lock x
 * it goes on to those that hold x, found through an index by held lock.  The
 * depth grows step by step, so the first cycle of a grade is a shortest one;
 * before that, a breadth-first pass over locks tells in linear time whether
 * there is a way back at all, and how far it is at least: most searches end
 * there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/order_int.h"

#define NSTRANDS	8	/* strands kept per dependency; more are "many" */
#define BUDGET		200000
#define NIL		UINT32_MAX

struct dep {
	struct ord_hold	want;
	bool		upgrade;
	uint64_t	tag;
	uint32_t	held, nheld;	/* in g->hold */
	uint32_t	strand[NSTRANDS];
	unsigned	nstrands;
	uint32_t	hash_next;
	bool		fresh;		/* to be searched */
};

/* An entry of the index "who holds lock x". */
struct holder {
	uint32_t	dep, next;
	enum ord_mode	mode;
};

struct lock {
	uint32_t	holders;	/* list, NIL ends */
	uint32_t	writer[2];	/* two different strands, + 1 */
	uint32_t	mark, dist;	/* of the breadth-first pass */
	uint32_t	index, low;	/* of the component pass; 0: not met */
	uint32_t	comp;		/* its component; 0: alone in it */
};

struct ord_graph {
	struct ord_opts	o;
	struct dep	*dep;
	struct ord_hold	*hold;
	struct holder	*holder;
	struct lock	*lock;
	uint32_t	*bucket;	/* of dep, by content */
	uint32_t	ndep, nhold, nholder, nlock;
	uint32_t	cdep, chold, cholder, clock;
	uint32_t	nbucket;
	uint32_t	epoch;
	/* search */
	uint32_t	*path, *best, *queue;
	uint32_t	cpath;
	uint32_t	npath;
	size_t		budget;
	struct ord_cycle found;
};

/* Room for one more of a growing array. */
static int
grow(void *arrayp, uint32_t *cap, uint32_t n, size_t size)
{
	uint32_t want = *cap == 0 ? 64 : *cap;
	void *p;

	while (want < n)
		want *= 2;
	if (want == *cap)
		return 0;
	memcpy(&p, arrayp, sizeof(p));
	p = realloc(p, want * size);
	if (p == NULL)
		return ENOMEM;
	memcpy(arrayp, &p, sizeof(p));
	*cap = want;
	return 0;
}

int
ord_create(const struct ord_opts *o, struct ord_graph **out)
{
	struct ord_graph *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return ENOMEM;
	if (o != NULL)
		g->o = *o;
	if (g->o.budget == 0)
		g->o.budget = BUDGET;
	*out = g;
	return 0;
}

void
ord_destroy(struct ord_graph *g)
{
	if (g == NULL)
		return;
	free(g->dep);
	free(g->hold);
	free(g->holder);
	free(g->lock);
	free(g->bucket);
	free(g->path);
	free(g->best);
	free(g->queue);
	free(g);
}

static int
lock_get(struct ord_graph *g, uint32_t x)
{
	uint32_t i;
	int error;

	if (x < g->nlock)
		return 0;
	error = grow(&g->lock, &g->clock, x + 1, sizeof(*g->lock));
	if (error != 0)
		return error;
	for (i = g->nlock; i <= x; i++)
		g->lock[i] = (struct lock){ .holders = NIL };
	g->nlock = x + 1;
	return 0;
}

int
ord_wrote(struct ord_graph *g, uint32_t x, uint32_t strand)
{
	struct lock *l;
	int error = lock_get(g, x);

	if (error != 0)
		return error;
	l = &g->lock[x];
	if (l->writer[0] == 0)
		l->writer[0] = strand + 1;
	else if (l->writer[1] == 0 && l->writer[0] != strand + 1)
		l->writer[1] = strand + 1;
	return 0;
}

/* ------------------------------------------------------------------------
 * feeding
 */
static uint64_t
mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static int
hold_cmp(const void *a, const void *b)
{
	const struct ord_hold *x = a, *y = b;

	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	return (int)x->mode - (int)y->mode;
}

static uint64_t
wait_hash(const struct ord_wait *w, const struct ord_hold *held)
{
	uint64_t h = mix(w->want.lock, (uint64_t)w->want.mode << 1 | w->upgrade);
	unsigned i;

	for (i = 0; i < w->nheld; i++)
		h = mix(h, (uint64_t)held[i].lock << 2 | held[i].mode);
	return h;
}

static bool
dep_is(const struct ord_graph *g, const struct dep *d,
    const struct ord_wait *w, const struct ord_hold *held)
{
	unsigned i;

	if (d->want.lock != w->want.lock || d->want.mode != w->want.mode ||
	    d->upgrade != w->upgrade || d->nheld != w->nheld)
		return false;
	for (i = 0; i < w->nheld; i++)
		if (hold_cmp(&g->hold[d->held + i], &held[i]) != 0)
			return false;
	return true;
}

static int
rehash(struct ord_graph *g)
{
	uint32_t n = g->nbucket == 0 ? 256 : g->nbucket * 2, i, *b;
	struct ord_wait w;

	if (g->ndep < g->nbucket)
		return 0;
	b = malloc(n * sizeof(*b));
	if (b == NULL)
		return ENOMEM;
	memset(b, 0xff, n * sizeof(*b));
	free(g->bucket);
	g->bucket = b;
	g->nbucket = n;
	for (i = 0; i < g->ndep; i++) {
		uint32_t *at;

		ord_dep(g, i, &w);
		at = &b[wait_hash(&w, w.held) & (n - 1)];
		g->dep[i].hash_next = *at;
		*at = i;
	}
	return 0;
}

/* => false: this strand was known, or there are many anyway */
static bool
dep_strand(struct dep *d, uint32_t strand)
{
	unsigned i;

	for (i = 0; i < d->nstrands; i++)
		if (d->strand[i] == strand)
			return false;
	if (d->nstrands == NSTRANDS)
		return false;
	d->strand[d->nstrands++] = strand;
	return true;
}

static int
dep_make(struct ord_graph *g, const struct ord_wait *w, uint64_t hash)
{
	struct dep *d = &g->dep[g->ndep];
	uint32_t *at = &g->bucket[hash & (g->nbucket - 1)];
	unsigned i;
	int error;

	*d = (struct dep){
		.want = w->want, .upgrade = w->upgrade, .tag = w->tag,
		.held = g->nhold, .nheld = w->nheld, .hash_next = *at,
	};
	error = lock_get(g, w->want.lock);
	for (i = 0; i < w->nheld && error == 0; i++) {
		struct ord_hold *h = &g->hold[g->nhold + i];

		error = lock_get(g, h->lock);
		if (error != 0)
			break;
		g->holder[g->nholder + i] = (struct holder){
			.dep = g->ndep, .next = g->lock[h->lock].holders,
			.mode = h->mode,
		};
		g->lock[h->lock].holders = g->nholder + i;
	}
	if (error != 0)
		return error;
	g->nhold += w->nheld;
	g->nholder += w->nheld;
	*at = g->ndep++;
	return 0;
}

int
ord_add(struct ord_graph *g, const struct ord_wait *w, uint32_t *dep,
    bool *fresh)
{
	struct ord_hold *held;
	uint64_t hash;
	uint32_t i;
	int error;

	if ((error = grow(&g->dep, &g->cdep, g->ndep + 1,
	    sizeof(*g->dep))) != 0 ||
	    (error = grow(&g->hold, &g->chold, g->nhold + w->nheld + 1,
	    sizeof(*g->hold))) != 0 ||
	    (error = grow(&g->holder, &g->cholder, g->nholder + w->nheld + 1,
	    sizeof(*g->holder))) != 0 ||
	    (error = rehash(g)) != 0)
		return error;
	/* sorted at the end of the array, where it stays if it is new */
	held = &g->hold[g->nhold];
	if (w->nheld != 0) {
		memcpy(held, w->held, w->nheld * sizeof(*held));
		qsort(held, w->nheld, sizeof(*held), hold_cmp);
	}
	hash = wait_hash(w, held);
	for (i = g->bucket[hash & (g->nbucket - 1)]; i != NIL;
	    i = g->dep[i].hash_next)
		if (dep_is(g, &g->dep[i], w, held))
			break;
	if (i == NIL) {
		i = g->ndep;
		error = dep_make(g, w, hash);
		if (error != 0)
			return error;
	}
	*dep = i;
	*fresh = dep_strand(&g->dep[i], w->strand);
	g->dep[i].fresh |= *fresh;
	return 0;
}

void
ord_dep(const struct ord_graph *g, uint32_t i, struct ord_wait *w)
{
	const struct dep *d = &g->dep[i];

	*w = (struct ord_wait){
		.strand = d->nstrands != 0 ? d->strand[0] : 0,
		.want = d->want, .upgrade = d->upgrade, .tag = d->tag,
		.held = &g->hold[d->held], .nheld = d->nheld,
	};
}

/* ------------------------------------------------------------------------
 * judging
 */
enum joint { J_FREE, J_WRITER, J_BLOCKS };

static enum joint
joint(enum ord_mode want, enum ord_mode held)
{
	if (want == ORD_WRITE || held == ORD_WRITE)
		return J_BLOCKS;
	return want == ORD_READ ? J_WRITER : J_FREE;
}

/* How is lock x held by d?  The strongest, if more than once. */
static bool
holds(const struct ord_graph *g, const struct dep *d, uint32_t x,
    enum ord_mode *mode)
{
	uint32_t lo = 0, hi = d->nheld;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (g->hold[d->held + mid].lock < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == d->nheld || g->hold[d->held + lo].lock != x)
		return false;
	*mode = g->hold[d->held + lo].mode;
	return true;
}

/* => a lock both hold, with a side exclusive; NIL: none */
static uint32_t
gate(const struct ord_graph *g, const struct dep *a, const struct dep *b)
{
	uint32_t i = 0, j = 0;

	while (i < a->nheld && j < b->nheld) {
		const struct ord_hold *x = &g->hold[a->held + i];
		const struct ord_hold *y = &g->hold[b->held + j];

		if (x->lock < y->lock)
			i++;
		else if (y->lock < x->lock)
			j++;
		else if (x->mode == ORD_WRITE || y->mode == ORD_WRITE)
			return x->lock;
		else {
			i++;
			j++;
		}
	}
	return NIL;
}

/* Give dependency at of the path a strand of its own (augmenting paths). */
static bool
match(const struct ord_graph *g, const uint32_t *path, unsigned n,
    unsigned at, uint32_t *owner, bool *tried)
{
	const struct dep *d = &g->dep[path[at]];
	unsigned i, k;

	for (i = 0; i < d->nstrands; i++) {
		for (k = 0; k < n; k++)
			if (owner[k] == d->strand[i])
				break;
		if (k < n && tried[k])
			continue;
		if (k < n)
			tried[k] = true;
		if (k == n || match(g, path, n, k, owner, tried)) {
			owner[at] = d->strand[i];
			return true;
		}
	}
	return false;
}

/* Are there n different strands for the n dependencies? */
static bool
strands_suffice(const struct ord_graph *g, const uint32_t *path, unsigned n)
{
	uint32_t owner[256];
	bool tried[256];
	unsigned i;

	if (n > 256)
		return true;
	for (i = 0; i < n; i++)
		owner[i] = NIL;
	for (i = 0; i < n; i++) {
		if (g->dep[path[i]].nstrands == NSTRANDS)
			continue;	/* many: somebody is left over */
		memset(tried, 0, n * sizeof(*tried));
		if (!match(g, path, n, i, owner, tried))
			return false;
	}
	return true;
}

static bool
in_path(const struct ord_graph *g, const uint32_t *path, unsigned n,
    uint32_t strand)
{
	unsigned i, k;

	for (i = 0; i < n; i++) {
		const struct dep *d = &g->dep[path[i]];

		for (k = 0; k < d->nstrands; k++)
			if (d->strand[k] == strand && d->nstrands == 1)
				return true;
	}
	return false;
}

/* Was x write-locked by somebody who is not tied up in the cycle? */
static bool
writer_seen(const struct ord_graph *g, uint32_t x, const uint32_t *path,
    unsigned n)
{
	const struct lock *l = &g->lock[x];
	unsigned i;

	for (i = 0; i < 2; i++)
		if (l->writer[i] != 0 &&
		    !in_path(g, path, n, l->writer[i] - 1))
			return true;
	return false;
}

static enum ord_level
level_of(const struct ord_graph *g, unsigned why)
{
	if (why & (ORDW_GATE | ORDW_ORDERED))
		return ORD_INFO;
	if (why & ORDW_NOWRITER)
		return g->o.assume_writer ? ORD_WARN : ORD_INFO;
	return why & ORDW_STRANDS ? ORD_WARN : ORD_ERROR;
}

/* Is the closed path a cycle worth telling, and how bad? */
static void
judge(struct ord_graph *g, const uint32_t *path, unsigned n)
{
	struct ord_cycle c = { .kind = ORDK_CYCLE, .n = n };
	unsigned i, k;

	for (i = 0; i < n; i++) {
		const struct dep *d = &g->dep[path[i]];
		const struct dep *e = &g->dep[path[(i + 1) % n]];
		enum ord_mode mode = ORD_READ;

		holds(g, e, d->want.lock, &mode);
		if (joint(d->want.mode, mode) == J_WRITER) {
			c.why |= ORDW_WRITER;
			if (!writer_seen(g, d->want.lock, path, n))
				c.why |= ORDW_NOWRITER;
		}
		for (k = i + 1; k < n; k++) {
			uint32_t x = gate(g, d, &g->dep[path[k]]);

			if (x != NIL) {
				c.why |= ORDW_GATE;
				c.gate = x;
			}
			if (g->o.ordered != NULL && g->o.ordered(d->tag,
			    g->dep[path[k]].tag, g->o.arg))
				c.why |= ORDW_ORDERED;
		}
	}
	if (!strands_suffice(g, path, n))
		c.why |= ORDW_STRANDS;
	c.level = level_of(g, c.why);
	if (c.level <= g->found.level)
		return;
	memcpy(g->best, path, n * sizeof(*path));
	c.dep = g->best;
	g->found = c;
}

/* ------------------------------------------------------------------------
 * searching
 */

/*
 * How far is each lock from the locks that the start holds, going backwards:
 * dist 0 are these; dist k + 1 are locks held by a dependency that wants one
 * of dist k.  Done forwards from the start's wanted lock instead, as the
 * index is by holder: dist is the number of dependencies needed to get there.
 * => does any path lead back to the start?  then at least *n dependencies
 */
static bool
way_back(struct ord_graph *g, uint32_t start, unsigned *n)
{
	const struct dep *s = &g->dep[start];
	uint32_t head = 0, tail = 0, x, i;
	enum ord_mode mode;

	g->epoch++;
	x = s->want.lock;
	g->lock[x].mark = g->epoch;
	g->lock[x].dist = 1;
	g->queue[tail++] = x;
	while (head < tail) {
		x = g->queue[head++];
		if (holds(g, s, x, &mode)) {
			*n = g->lock[x].dist;
			return true;
		}
		for (i = g->lock[x].holders; i != NIL; i = g->holder[i].next) {
			uint32_t y = g->dep[g->holder[i].dep].want.lock;

			if (g->lock[y].mark == g->epoch)
				continue;
			g->lock[y].mark = g->epoch;
			g->lock[y].dist = g->lock[x].dist + 1;
			g->queue[tail++] = y;
		}
	}
	return false;
}

static bool
on_path(const struct ord_graph *g, uint32_t dep)
{
	uint32_t i;

	for (i = 0; i < g->npath; i++)
		if (g->path[i] == dep ||
		    g->dep[g->path[i]].want.lock == g->dep[dep].want.lock)
			return true;
	return false;
}

/* Depth-first, exactly depth dependencies.  => false: out of budget */
static bool
descend(struct ord_graph *g, unsigned depth)
{
	const struct dep *s = &g->dep[g->path[0]];
	const struct dep *d = &g->dep[g->path[g->npath - 1]];
	enum ord_mode mode;
	uint32_t i;

	if (g->npath == depth) {
		if (holds(g, s, d->want.lock, &mode) &&
		    joint(d->want.mode, mode) != J_FREE)
			judge(g, g->path, depth);
		return true;
	}
	for (i = g->lock[d->want.lock].holders; i != NIL;
	    i = g->holder[i].next) {
		uint32_t next = g->holder[i].dep;

		if (g->budget == 0)
			return false;
		g->budget--;
		if (joint(d->want.mode, g->holder[i].mode) == J_FREE ||
		    on_path(g, next))
			continue;
		g->path[g->npath++] = next;
		if (!descend(g, depth))
			return false;
		g->npath--;
		if (g->found.level == ORD_ERROR)
			return true;
	}
	return true;
}

static int
search_cycles(struct ord_graph *g, uint32_t start)
{
	unsigned n, last;

	if (!way_back(g, start, &n))
		return 0;
	/* Longer ones are looked for while they may be worse. */
	last = g->nlock < n + 8 ? g->nlock : n + 8;
	for (; n <= last && g->found.level < ORD_ERROR; n++) {
		if (n < 2)
			continue;
		g->path[0] = start;
		g->npath = 1;
		if (!descend(g, n))
			return E2BIG;
	}
	return 0;
}

/* What one strand can do to itself, or two to each other on one lock. */
static void
search_self(struct ord_graph *g, uint32_t start)
{
	const struct dep *d = &g->dep[start];
	struct ord_cycle c = { .n = 1 };
	enum ord_mode mode;
	enum joint j;

	if (!holds(g, d, d->want.lock, &mode))
		return;
	j = joint(d->want.mode, mode);
	if (j == J_FREE)
		return;
	if (d->upgrade) {
		c.kind = ORDK_UPGRADE;
		c.why = d->nstrands > 1 ? 0 : ORDW_STRANDS;
		c.level = ORD_ERROR;
	} else if (j == J_BLOCKS) {
		c.kind = ORDK_SELF;
		c.level = ORD_ERROR;
	} else {
		c.kind = ORDK_RECURSION;
		c.why = ORDW_WRITER;
		if (!writer_seen(g, d->want.lock, &start, 1))
			c.why |= ORDW_NOWRITER;
		c.level = c.why & ORDW_NOWRITER ? ORD_WARN : ORD_ERROR;
	}
	g->best[0] = start;
	c.dep = g->best;
	g->found = c;
}

int
ord_search(struct ord_graph *g, uint32_t dep, struct ord_cycle *c)
{
	uint32_t cap = g->cpath;
	int error;

	if ((error = grow(&g->path, &cap, g->nlock + 1,
	    sizeof(*g->path))) != 0)
		return error;
	cap = g->cpath;
	if ((error = grow(&g->best, &cap, g->nlock + 1,
	    sizeof(*g->best))) != 0)
		return error;
	if ((error = grow(&g->queue, &g->cpath, g->nlock + 1,
	    sizeof(*g->queue))) != 0)
		return error;
	memset(&g->found, 0, sizeof(g->found));
	g->budget = g->o.budget;
	search_self(g, dep);
	error = g->found.level == ORD_ERROR ? 0 : search_cycles(g, dep);
	*c = g->found;
	return error;
}

uint32_t
ord_ndeps(const struct ord_graph *g)
{
	return g->ndep;
}

/* ------------------------------------------------------------------------
 * Strongly connected components of the lock graph (Tarjan 1972), without
 * recursion.  An arc goes from a held lock to the wanted one.
 */
struct frame {
	uint32_t	lock, next;	/* next: holder to look at */
};

struct scc {
	struct frame	*frame;
	uint32_t	*open;		/* locks of components not closed yet */
	uint32_t	nframe, nopen, index, comp;
};

static void
scc_enter(struct ord_graph *g, struct scc *s, uint32_t x)
{
	struct lock *l = &g->lock[x];

	l->index = l->low = ++s->index;
	l->comp = NIL;			/* open */
	s->open[s->nopen++] = x;
	s->frame[s->nframe++] = (struct frame){ x, l->holders };
}

static void
scc_leave(struct ord_graph *g, struct scc *s)
{
	uint32_t x = s->frame[--s->nframe].lock, y, n = 0;
	struct lock *l = &g->lock[x];

	if (s->nframe > 0) {
		struct lock *up = &g->lock[s->frame[s->nframe - 1].lock];

		if (l->low < up->low)
			up->low = l->low;
	}
	if (l->low != l->index)
		return;
	s->comp++;
	do {
		y = s->open[--s->nopen];
		g->lock[y].comp = s->comp;
		n++;
	} while (y != x);
	if (n == 1)
		l->comp = 0;
}

static void
scc_from(struct ord_graph *g, struct scc *s, uint32_t x)
{
	scc_enter(g, s, x);
	while (s->nframe > 0) {
		struct frame *f = &s->frame[s->nframe - 1];
		struct lock *l = &g->lock[f->lock], *to;
		uint32_t y;

		if (f->next == NIL) {
			scc_leave(g, s);
			continue;
		}
		y = g->dep[g->holder[f->next].dep].want.lock;
		f->next = g->holder[f->next].next;
		to = &g->lock[y];
		if (to->index == 0)
			scc_enter(g, s, y);
		else if (to->comp == NIL && to->index < l->low)
			l->low = to->index;
	}
}

static int
components(struct ord_graph *g)
{
	struct scc s = { .comp = 0 };
	uint32_t i;

	s.frame = malloc((g->nlock + 1) * sizeof(*s.frame));
	s.open = malloc((g->nlock + 1) * sizeof(*s.open));
	if (s.frame == NULL || s.open == NULL) {
		free(s.frame);
		free(s.open);
		return ENOMEM;
	}
	for (i = 0; i < g->nlock; i++)
		g->lock[i].index = 0;
	for (i = 0; i < g->nlock; i++)
		if (g->lock[i].index == 0)
			scc_from(g, &s, i);
	free(s.frame);
	free(s.open);
	return 0;
}

/* Is it an arc within a component, or from a lock to itself? */
static bool
may_cycle(const struct ord_graph *g, const struct dep *d)
{
	uint32_t i, comp = g->lock[d->want.lock].comp;

	for (i = 0; i < d->nheld; i++) {
		uint32_t x = g->hold[d->held + i].lock;

		if (x == d->want.lock || (comp != 0 && g->lock[x].comp == comp))
			return true;
	}
	return false;
}

int
ord_search_new(struct ord_graph *g, void (*fn)(const struct ord_cycle *,
    void *), void *arg, size_t *gaveup)
{
	struct ord_cycle c;
	uint32_t i;
	int error;

	if ((error = components(g)) != 0)
		return error;
	for (i = 0; i < g->ndep; i++) {
		if (!g->dep[i].fresh)
			continue;
		if (may_cycle(g, &g->dep[i])) {
			error = ord_search(g, i, &c);
			if (error == E2BIG)
				(*gaveup)++;
			else if (error != 0)
				return error;
			if (c.level != ORD_SILENT)
				fn(&c, arg);
		}
		g->dep[i].fresh = false;
	}
	return 0;
}

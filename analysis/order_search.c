/*
 * order_search.c: search for guarded strong cycles; the rule is in
 * order_int.h.
 *
 * Dependencies are the nodes of the search.  From one that waits for lock x
 * it goes on to those that hold x.  A breadth-first pass over locks, backwards
 * from what the start holds, tells how far each is from there; most searches
 * end with it.  Then the depth grows step by step, so the first cycle of a
 * grade is a shortest one, and ways that cannot be back in time are cut.
 */
#include <errno.h>
#include <string.h>

#include "analysis/order_graph_int.h"

#define SLACK	4	/* how much longer may a worse cycle be */
#define LEAST	256	/* steps for everybody, also when all are spent */

/* Spend n steps.  => false: there are none left */
static bool
spend(struct ord_graph *g, size_t n)
{
	g->steps += n;
	if (g->budget < n) {
		g->budget = 0;
		return false;
	}
	g->budget -= n;
	return true;
}

static bool
seen(const struct ord_graph *g, uint32_t x)
{
	return g->lock[x].mark == g->epoch;
}

static void
reach(struct ord_graph *g, uint32_t x, uint32_t dist, uint32_t *tail)
{
	if (seen(g, x))
		return;
	g->lock[x].mark = g->epoch;
	g->lock[x].dist = dist;
	g->queue[(*tail)++] = x;
}

/* All locks held by those that want x are one step farther. */
static void
reach_from(struct ord_graph *g, uint32_t x, uint32_t *tail)
{
	uint32_t d, i, dist = g->lock[x].dist + 1;

	for (d = g->lock[x].wanters; d != ORD_NIL; d = g->dep[d].want_next) {
		const struct ord_node *e = &g->dep[d];

		g->steps += 1 + e->nheld;
		for (i = e->held; i < e->held + e->nheld; i++)
			if (!ord_is_muted(g, i) && (!g->bounded ||
			    g->lock[g->hold[i].lock].comp == g->lock[x].comp))
				reach(g, g->hold[i].lock, dist, tail);
	}
}

/*
 * dist of a lock: how many dependencies more it takes from one that wants it
 * to one that wants what the start holds.
 * => 0: no way back; else the least length of a cycle
 */
static unsigned
way_back(struct ord_graph *g, uint32_t start)
{
	const struct ord_node *s = &g->dep[start];
	uint32_t head = 0, tail = 0, i, x, last = ORD_NIL;

	g->epoch++;
	for (i = s->held; i < s->held + s->nheld; i++)
		if (!ord_is_muted(g, i))
			reach(g, g->hold[i].lock, 0, &tail);
	while (head < tail) {
		x = g->queue[head++];
		if (x == s->want.lock)
			last = g->lock[x].dist + SLACK;
		if (g->lock[x].dist >= last)
			break;
		reach_from(g, x, &tail);
	}
	return seen(g, s->want.lock) ? g->lock[s->want.lock].dist + 1 : 0;
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

static void
close_path(struct ord_graph *g)
{
	const struct ord_node *s = &g->dep[g->path[0]];
	const struct ord_node *d = &g->dep[g->path[g->npath - 1]];
	uint32_t at = ord_holds(g, s, d->want.lock);

	if (at != ORD_NIL && ord_joint(d->want.mode, g->hold[at].mode) !=
	    ORDJ_FREE)
		ord_judge(g, g->path, g->npath);
}

static bool
done(const struct ord_graph *g)
{
	return g->found.level == ORD_ERROR;
}

/* Can the path go on with this one, and be back at depth? */
static bool
may_follow(const struct ord_graph *g, const struct ord_node *d, uint32_t hold,
    unsigned depth)
{
	uint32_t next = g->owner[hold], to = g->dep[next].want.lock;

	return seen(g, to) && g->npath + 1 + g->lock[to].dist <= depth &&
	    ord_joint(d->want.mode, g->hold[hold].mode) != ORDJ_FREE &&
	    !ord_is_muted(g, hold) && !on_path(g, next) &&
	    ord_holds(g, &g->dep[next], d->want.lock) == hold &&
	    ord_worth(g, g->path, g->npath, next);
}

/* Depth-first, exactly depth dependencies.  => false: out of budget */
static bool
descend(struct ord_graph *g, unsigned depth)
{
	const struct ord_node *d = &g->dep[g->path[g->npath - 1]];
	uint32_t i;

	if (g->npath == depth) {
		close_path(g);
		return true;
	}
	for (i = g->lock[d->want.lock].holders; i != ORD_NIL; i = g->next[i]) {
		if (!spend(g, 1))
			return false;
		if (!may_follow(g, d, i, depth))
			continue;
		g->path[g->npath++] = g->owner[i];
		if (!descend(g, depth))
			return false;
		g->npath--;
		if (done(g))
			return true;
	}
	return true;
}

static int
search_cycles(struct ord_graph *g, uint32_t start)
{
	unsigned n, last;

	n = way_back(g, start);
	if (n == 0)
		return 0;
	/* Longer ones are looked for while they may be worse. */
	last = g->nlock < n + SLACK ? g->nlock : n + SLACK;
	for (; n <= last && !done(g); n++) {
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
	const struct ord_node *d = &g->dep[start];
	struct ord_cycle c = { .n = 1 };
	uint32_t at = ord_holds(g, d, d->want.lock);
	enum ord_joint j;

	if (at == ORD_NIL)
		return;
	j = ord_joint(d->want.mode, g->hold[at].mode);
	if (j == ORDJ_FREE)
		return;
	if (d->upgrade) {
		c.kind = ORDK_UPGRADE;
		c.why = d->nstrands > 1 ? 0 : ORDW_STRANDS;
		c.level = ORD_ERROR;
	} else if (j == ORDJ_BLOCKS) {
		c.kind = ORDK_SELF;
		c.level = ORD_ERROR;
	} else {
		c.kind = ORDK_RECURSION;
		c.why = ord_writer_why(g, d->want.lock, &start, 1);
		c.level = c.why & (ORDW_NOWRITER | ORDW_INSIDER) ? ORD_WARN :
		    ORD_ERROR;
	}
	g->best[0] = start;
	c.dep = g->best;
	g->found = c;
}

static int
room(struct ord_graph *g)
{
	uint32_t n = g->nlock + 2;
	int error;

	if ((error = ord_grow(&g->path, &g->cpath, n, sizeof(*g->path))) != 0 ||
	    (error = ord_grow(&g->best, &g->cbest, n, sizeof(*g->best))) != 0)
		return error;
	return ord_grow(&g->queue, &g->cqueue, n, sizeof(*g->queue));
}

int
ord_least(struct ord_graph *g, uint32_t dep, unsigned *n)
{
	int error = room(g);

	*n = error == 0 ? way_back(g, dep) : 0;
	return error;
}

static int
search(struct ord_graph *g, uint32_t dep, size_t budget, struct ord_cycle *c)
{
	int error;

	memset(c, 0, sizeof(*c));
	if ((error = room(g)) != 0)
		return error;
	memset(&g->found, 0, sizeof(g->found));
	g->budget = budget;
	search_self(g, dep);
	error = done(g) ? 0 : search_cycles(g, dep);
	*c = g->found;
	return error;
}

int
ord_search(struct ord_graph *g, uint32_t dep, struct ord_cycle *c)
{
	return search(g, dep, g->o.budget, c);
}

/* Is it an arc within a component, or from a lock to itself? */
static bool
may_cycle(const struct ord_graph *g, const struct ord_node *d)
{
	uint32_t i, comp = g->lock[d->want.lock].comp;

	for (i = d->held; i < d->held + d->nheld; i++) {
		uint32_t x = g->hold[i].lock;

		if (!ord_is_muted(g, i) && (x == d->want.lock ||
		    (comp != 0 && g->lock[x].comp == comp)))
			return true;
	}
	return false;
}

/* What is left is spread thinner and thinner, and never ends. */
static size_t
share(const struct ord_graph *g)
{
	size_t left = g->steps < g->o.total ? g->o.total - g->steps : 0;
	size_t part = left > g->o.total / 2 ? left : left / 64 + LEAST;

	return part < g->o.budget ? part : g->o.budget;
}

/* All arcs of it that lie on a cycle are part of one that was found. */
static bool
covered(const struct ord_graph *g, const struct ord_node *d)
{
	uint32_t i, label, comp = g->lock[d->want.lock].comp;

	for (i = d->held; i < d->held + d->nheld; i++) {
		label = g->label[i];
		if (!ord_is_muted(g, i) && comp != 0 &&
		    g->lock[g->hold[i].lock].comp == comp &&
		    (label >= g->nmuted || !(g->muted[label] & ORD_COVERED)))
			return false;
	}
	return true;
}

static int
cover(struct ord_graph *g, const struct ord_cycle *c)
{
	uint32_t i, at;
	int error = 0;

	for (i = 0; i < c->n && error == 0; i++) {
		at = ord_holds(g, &g->dep[c->dep[(i + 1) % c->n]],
		    g->dep[c->dep[i]].want.lock);
		if (at != ORD_NIL && g->label[at] != 0)
			error = ord_flag(g, g->label[at], ORD_COVERED);
	}
	return error;
}

/* Once much was spent only what is not covered yet is searched. */
static bool
spent(const struct ord_graph *g, const struct ord_node *d)
{
	return g->steps > 2 * g->o.total ||
	    (g->steps > g->o.total / 4 && covered(g, d));
}

int
ord_search_new(struct ord_graph *g, void (*fn)(const struct ord_cycle *,
    void *), void *arg, size_t *gaveup)
{
	struct ord_cycle c;
	size_t split = 0;
	uint32_t i;
	int error;

	g->steps = 0;
	for (i = 0; i < g->ndep; i++) {
		if (!g->dep[i].fresh)
			continue;
		/* not more often than it saves */
		if (!g->bounded || (!g->split &&
		    g->steps - split >= g->nhold)) {
			if ((error = ord_split(g)) != 0)
				return error;
			split = g->steps;
		}
		if (may_cycle(g, &g->dep[i])) {
			if (spent(g, &g->dep[i])) {
				(*gaveup)++;
				g->dep[i].fresh = false;
				continue;
			}
			error = search(g, i, share(g), &c);
			if (error == E2BIG)
				(*gaveup)++;
			else if (error != 0)
				return error;
			if ((error = cover(g, &c)) != 0)
				return error;
			if (c.level != ORD_SILENT)
				fn(&c, arg);
		}
		g->dep[i].fresh = false;
	}
	return 0;
}

/*
 * order_judge.c: how bad is a cycle?  Joints, gates, strands, writers.
 */
#include <string.h>

#include "analysis/order_graph_int.h"

enum ord_joint
ord_joint(enum ord_mode want, enum ord_mode held)
{
	if (want == ORD_WRITE || held == ORD_WRITE)
		return ORDJ_BLOCKS;
	return want == ORD_READ ? ORDJ_WRITER : ORDJ_FREE;
}

uint32_t
ord_holds(const struct ord_graph *g, const struct ord_node *d, uint32_t x)
{
	uint32_t lo = 0, hi = d->nheld;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (g->hold[d->held + mid].lock < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	lo += d->held;
	if (lo == d->held + d->nheld || g->hold[lo].lock != x ||
	    ord_is_muted(g, lo))
		return ORD_NIL;
	return lo;
}

bool
ord_dep_holds(const struct ord_graph *g, uint32_t dep, uint32_t x,
    enum ord_mode *mode, uint32_t *label)
{
	uint32_t i = ord_holds(g, &g->dep[dep], x);

	if (i == ORD_NIL)
		return false;
	*mode = g->hold[i].mode;
	*label = g->label[i];
	return true;
}

/* => a lock both hold, with a side exclusive; ORD_NIL: none */
static uint32_t
gate(const struct ord_graph *g, const struct ord_node *a, const struct ord_node *b)
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
	return ORD_NIL;
}

/* Give dependency at of the path a strand of its own (augmenting paths). */
static bool
match(const struct ord_graph *g, const uint32_t *path, unsigned n,
    unsigned at, uint32_t *owner, bool *tried)
{
	const struct ord_node *d = &g->dep[path[at]];
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
		owner[i] = ORD_NIL;
	for (i = 0; i < n; i++) {
		if (g->dep[path[i]].nstrands == ORD_NSTRANDS)
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
		const struct ord_node *d = &g->dep[path[i]];

		for (k = 0; k < d->nstrands; k++)
			if (d->strand[k] == strand && d->nstrands == 1)
				return true;
	}
	return false;
}

unsigned
ord_writer_why(const struct ord_graph *g, uint32_t x, const uint32_t *path,
    unsigned n)
{
	const struct ord_lock *l = &g->lock[x];
	unsigned i;

	if (l->writer[0] == 0)
		return ORDW_WRITER | ORDW_NOWRITER;
	for (i = 0; i < 2; i++)
		if (l->writer[i] != 0 &&
		    !in_path(g, path, n, l->writer[i] - 1))
			return ORDW_WRITER;
	return ORDW_WRITER | ORDW_INSIDER;
}

enum ord_level
ord_level_of(const struct ord_graph *g, unsigned why)
{
	if (why & (ORDW_GATE | ORDW_ORDERED))
		return ORD_INFO;
	if (why & ORDW_NOWRITER)
		return g->o.assume_writer ? ORD_WARN : ORD_INFO;
	return why & (ORDW_STRANDS | ORDW_INSIDER) ? ORD_WARN : ORD_ERROR;
}

bool
ord_worth(const struct ord_graph *g, uint32_t *path, unsigned n, uint32_t next)
{
	unsigned i;

	if (g->found.level >= ORD_INFO)
		for (i = 0; i < n; i++)
			if (gate(g, &g->dep[path[i]], &g->dep[next]) !=
			    ORD_NIL)
				return false;
	if (g->found.level < ORD_WARN)
		return true;
	path[n] = next;
	return strands_suffice(g, path, n + 1);
}

/* What keeps the i-th dependency apart from those after it? */
static unsigned
kept_apart(const struct ord_graph *g, const uint32_t *path, unsigned n,
    unsigned i, uint32_t *gate_lock)
{
	const struct ord_node *d = &g->dep[path[i]];
	unsigned k, why = 0;
	uint32_t x;

	for (k = i + 1; k < n; k++) {
		const struct ord_node *e = &g->dep[path[k]];

		x = gate(g, d, e);
		if (x != ORD_NIL) {
			why |= ORDW_GATE;
			*gate_lock = x;
		}
		if (g->o.ordered != NULL &&
		    g->o.ordered(d->tag, e->tag, g->o.arg))
			why |= ORDW_ORDERED;
	}
	return why;
}

void
ord_judge(struct ord_graph *g, const uint32_t *path, unsigned n)
{
	struct ord_cycle c = { .kind = ORDK_CYCLE, .n = n };
	const struct ord_node *d, *e;
	unsigned i;
	uint32_t at;

	for (i = 0; i < n; i++) {
		d = &g->dep[path[i]];
		e = &g->dep[path[(i + 1) % n]];
		at = ord_holds(g, e, d->want.lock);
		if (ord_joint(d->want.mode, g->hold[at].mode) == ORDJ_WRITER)
			c.why |= ord_writer_why(g, d->want.lock, path, n);
		c.why |= kept_apart(g, path, n, i, &c.gate);
	}
	if (!strands_suffice(g, path, n))
		c.why |= ORDW_STRANDS;
	c.level = ord_level_of(g, c.why);
	if (c.level <= g->found.level)
		return;
	memcpy(g->best, path, n * sizeof(*path));
	c.dep = g->best;
	g->found = c;
}

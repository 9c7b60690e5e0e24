/*
 * Who waits for whom: from held stacks, wait records and nodes in flight.
 *
 *	strand --wants--> node --held by--> strand --wants--> ...
 *
 * A strand that wants a node needs *all* its holders to let go, so a ring of
 * such waits never ends: one ring is proof enough.
 */
#include <inttypes.h>
#include <string.h>

#include "analysis/ana_int.h"

/* Nodes that somebody owns while they are not free. */
static bool
has_owner(enum lk_node_kind kind)
{
	return kind == LKN_LOCK || kind == LKN_MUTEX || kind == LKN_PAGE;
}

static bool
same_node(const struct lk_node_info *a, const struct lk_node_info *b)
{
	return a->kind == b->kind && a->ident == b->ident;
}

static void
blocked_by(struct ana_wait *w, size_t i)
{
	w->how = ANA_BLOCKED;
	w->by[w->nby++] = (uint16_t)i;
}

static void
wait_of(const struct ana_snapshot *s, size_t me, struct ana_wait *w)
{
	const struct lk_node_info *want = &s->strands[me].wait;
	size_t i;

	if (want->ident == 0)
		return;
	w->how = has_owner(want->kind) ? ANA_ORPHAN : ANA_OPEN;
	for (i = 0; i < s->nstrands; i++) {
		if (lk_waits_for(&s->strands[me], &s->strands[i]))
			blocked_by(w, i);
	}
	for (i = 0; i < s->nstrands && w->nby == 0; i++) {
		if (lk_queues_behind(&s->strands[me], &s->strands[i]))
			blocked_by(w, i);
	}
	for (i = 0; i < s->ninflight && w->nby == 0; i++) {
		if (same_node(&s->inflight[i].node, want)) {
			w->how = ANA_IN_FLIGHT;
			w->inflight = &s->inflight[i];
		}
	}
}

const struct ana_wait *
ana_waits(struct ana_result *r, const struct ana_snapshot *s)
{
	struct ana_wait *w;
	size_t i, n = s->nstrands;

	w = ana_alloc(r, n == 0 ? 1 : n, sizeof(*w));
	for (i = 0; w != NULL && i < n; i++) {
		w[i].by = ana_alloc(r, n, sizeof(*w[i].by));
		if (w[i].by == NULL)
			return NULL;
		wait_of(s, i, &w[i]);
	}
	return w;
}

/*
 * The shortest way from start back to itself, breadth first.  from[] says
 * where each was reached from.
 */
static size_t
ring_from(const struct ana_wait *w, size_t n, size_t start, uint16_t *queue,
    uint16_t *from, uint16_t *ring)
{
	size_t head = 0, tail = 0, k, len = 0;
	uint16_t at, next;

	memset(from, 0xff, n * sizeof(*from));
	queue[tail++] = (uint16_t)start;
	while (head < tail) {
		at = queue[head++];
		for (k = 0; k < w[at].nby; k++) {
			next = w[at].by[k];
			if (next == start) {
				for (; at != start; at = from[at])
					ring[len++] = at;
				ring[len++] = (uint16_t)start;
				return len;
			}
			if (from[next] == UINT16_MAX) {
				from[next] = at;
				queue[tail++] = next;
			}
		}
	}
	return 0;
}

size_t
ana_wait_cycle(struct ana_result *r, const struct ana_wait *w, size_t n,
    size_t through, uint16_t **cycle)
{
	uint16_t *queue, *from, *ring, *best, swap;
	size_t i, len, least = 0;

	queue = ana_alloc(r, n + 1, sizeof(*queue));
	from = ana_alloc(r, n + 1, sizeof(*from));
	ring = ana_alloc(r, n + 1, sizeof(*ring));
	best = ana_alloc(r, n + 1, sizeof(*best));
	*cycle = best;
	if (queue == NULL || from == NULL || ring == NULL || best == NULL)
		return 0;
	for (i = 0; i < n; i++) {
		if (through < n && i != through)
			continue;
		len = ring_from(w, n, i, queue, from, ring);
		if (len != 0 && (least == 0 || len < least)) {
			least = len;
			memcpy(best, ring, len * sizeof(*best));
		}
	}
	/* It was collected backwards: turn it to waiter, holder, ... */
	for (i = 0; i < least / 2; i++) {
		swap = best[i];
		best[i] = best[least - 1 - i];
		best[least - 1 - i] = swap;
	}
	return least;
}

void
ana_strand_lines(struct ana_result *r, const struct ana_snapshot *s,
    const struct lk_strand_info *st, ana_line_fn *line, void *arg)
{
	uint32_t i;

	line(r, arg, ana_say(r, "strand %u \"%s\": %s%s%s", st->id, st->name,
	    wl_op_name(st->op),
	    st->op == 0 ? "" : ana_say(r, " for %s",
	    ana_ago(r, s, st->op_since)),
	    st->idle ? ", waits for work" : ""));
	for (i = 0; i < st->nheld && i < LK_MAXHELD; i++) {
		line(r, arg, ana_say(r, "  holds %s",
		    ana_node_name(r, s, &st->held[i])));
		line(r, arg, ana_say(r, "        at %s",
		    ana_site_name(r, s, st->held[i].site)));
	}
	if (st->wait.ident == 0)
		return;
	line(r, arg, ana_say(r, "  wants %s for %s",
	    ana_node_name(r, s, &st->wait),
	    ana_ago(r, s, st->wait.since)));
	line(r, arg, ana_say(r, "        at %s",
	    ana_site_name(r, s, st->wait.site)));
}

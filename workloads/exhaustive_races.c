/*
 * exhaustive_races.c: which steps of an execution could have come in the other
 * order (source sets: Abdulla, Aronsson, Jonsson, Sagonas 2014).
 *
 *	.. i ........... k ..		k does not commute with i, no step
 *	   |             |		between them makes it come after i,
 *	   |             |		and i did not make it possible: a race
 *	   +-- todo: a strand that is
 *	       first in (what does not need i) k
 *
 * No step keeps another strand from its own: who finds a lock taken tries, and
 * waits.  So all that does not need i can be done without it.
 */
#include <string.h>

#include "workloads/exhaustive_int.h"

static bool
clash(const struct effect *a, const struct effect *b)
{
	return a->object == b->object && a->how != LKD_JOINED &&
	    b->how != LKD_JOINED && (a->how == LKD_WRITE ||
	    b->how == LKD_WRITE);
}

bool
wl_steps_commute(const struct step *a, const struct step *b)
{
	unsigned i, k;

	if (a->all || b->all)
		return false;
	for (i = 0; i < a->n; i++)
		for (k = 0; k < b->n; k++)
			if (clash(&a->effect[i], &b->effect[k]))
				return false;
	return true;
}

static void
join(uint32_t *to, const uint32_t *from)
{
	unsigned i;

	for (i = 0; i < NSTRAND; i++)
		if (to[i] < from[i])
			to[i] = from[i];
}

/* Node i is done before all that has this. */
static void
join_node(uint32_t *to, struct node *path, unsigned i)
{
	join(to, path[i].before);
	to[node_step(&path[i])->ordinal] = i + 1;
}

/* The strand's last step before node i, if it had one. */
static void
join_last(uint32_t *to, struct node *path, unsigned i, uint32_t ordinal)
{
	unsigned at = i > 0 && ordinal < NSTRAND ?
	    path[i - 1].last[ordinal] : 0;

	if (at > 0)
		join_node(to, path, at - 1);
}

/* What had to be done so that the step was possible at all. */
static void
enabled_by(uint32_t *before, struct node *path, unsigned i,
    const struct step *s)
{
	join_last(before, path, i, s->ordinal);
	if (s->since > 0 && s->late)
		join(before, path[s->since - 1].last);
	else if (s->since > 0)
		join_node(before, path, s->since - 1);
}

/* => the step of that strand at the node, as a set */
static uint32_t
step_of(const struct node *d, uint32_t ordinal)
{
	unsigned i;

	for (i = 0; i < d->n; i++)
		if (d->step[i].ordinal == ordinal)
			return 1u << i;
	return 0;
}

/* What is without node i, in order: who comes first, and needs nobody. */
struct without {
	uint32_t	first[NSTRAND];	/* 1 + node of a strand's first */
	uint32_t	begin;		/* at node i: who could begin */
};

static void
without_add(struct without *w, const struct node *at, unsigned k,
    uint32_t ordinal, const uint32_t *before)
{
	unsigned i;

	if (w->first[ordinal] != 0)
		return;
	w->first[ordinal] = k + 1;
	for (i = 0; i < NSTRAND; i++)
		if (i != ordinal && w->first[i] != 0 &&
		    before[i] >= w->first[i])
			return;
	w->begin |= step_of(at, ordinal);
}

/*
 * s, at node k, might come before node i.  Whoever can begin will do; best
 * the strand itself.
 */
static void
race(struct node *path, unsigned i, unsigned k, const struct step *s,
    const uint32_t *before)
{
	struct node *d = &path[i];
	uint32_t whose = node_step(d)->ordinal, own;
	struct without w = { .begin = 0 };
	unsigned j;

	for (j = i + 1; j < k; j++)
		if (path[j].before[whose] <= i)
			without_add(&w, d, j, node_step(&path[j])->ordinal,
			    path[j].before);
	without_add(&w, d, k, s->ordinal, before);
	if ((w.begin & (d->todo | d->asleep)) != 0)
		return;
	own = step_of(d, s->ordinal) & w.begin;
	if (w.begin == 0)
		d->todo = EVERY;
	else
		d->todo |= own != 0 ? own : w.begin & -w.begin;
}

/*
 * Of the others' nodes before node i that are not known to come before, the
 * latest.  => 1 + which; 0: there is none
 */
static unsigned
unordered(const struct node *path, unsigned i, uint32_t own,
    const uint32_t *before)
{
	const struct node *up;
	unsigned n, at = 0;

	if (i == 0)
		return 0;
	for (up = &path[i - 1], n = 0; n < up->nstrand; n++)
		if (n != own && up->last[n] > before[n] && up->last[n] > at)
			at = up->last[n];
	return at;
}

/* before: what must come before s is added, latest first. */
static void
races_of(struct node *path, unsigned k, const struct step *s,
    uint32_t *before)
{
	unsigned i;

	enabled_by(before, path, k, s);
	for (i = k; (i = unordered(path, i, s->ordinal, before)) > 0;) {
		i--;
		if (wl_steps_commute(node_step(&path[i]), s))
			continue;
		race(path, i, k, s, before);
		join_node(before, path, i);
	}
}

/* The node's own step is in. */
static void
count_strands(struct node *path, unsigned i)
{
	struct node *d = &path[i];
	uint32_t ordinal = node_step(d)->ordinal;

	d->nstrand = i > 0 ? path[i - 1].nstrand : 0;
	if (i > 0)
		memcpy(d->last, path[i - 1].last, sizeof(d->last));
	else
		memset(d->last, 0, sizeof(d->last));
	d->last[ordinal] = i + 1;
	if (d->nstrand <= ordinal)
		d->nstrand = ordinal + 1;
}

void
wl_races(struct node *path, unsigned i)
{
	struct node *d = &path[i];
	const struct step *s = node_step(d);
	unsigned k;

	memset(d->before, 0, sizeof(d->before));
	count_strands(path, i);
	races_of(path, i, s, d->before);
	/* what was joined came before what follows, not before this */
	for (k = 0; k < s->n; k++)
		if (s->effect[k].how == LKD_JOINED)
			join_last(d->before, path, i, s->effect[k].object);
	d->before[s->ordinal] = i + 1;
}

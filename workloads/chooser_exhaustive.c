/*
 * chooser_exhaustive.c: every order that matters, depth first, with sleep
 * sets (Godefroid 1996).
 *
 *	node: who could go on here | who did | who need not any more (asleep)
 *
 * Once all that begins with strand t at a node is done, t is put to sleep
 * there: as long as only what is independent of its event happens, to execute
 * it later leads to where we were.  It wakes when something dependent
 * happens.  When all are asleep, the execution is one we had.
 *
 * Independent are events on different locks or words, two reads of one, and
 * the start or resumption of a strand with all of these.  All else counts as dependent: sleeps
 * and wake-ups, points, I/O, yields.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/chooser_int.h"
#include "workloads/explore_int.h"

#define WIDTH		32	/* strands that can go on at a time */

/*
 * An object is known by when it was first seen in the execution: where it lies
 * may be another place in the next one.
 */
struct event {
	uint32_t	ordinal;
	enum lk_act	act;
	uint32_t	object;		/* from 1 on; 0: none */
};

struct node {
	unsigned	n, chosen;
	uint32_t	asleep;		/* bit i: event i */
	struct event	event[WIDTH];
};

struct seen {
	uint64_t	object, execution;
	uint32_t	id;
};

struct exhaustive {
	struct node	*node;
	size_t		n, room;	/* nodes of the path to execute */
	size_t		at;
	bool		done;
	int		error;		/* why it does not have all */
	struct seen	*seen;		/* hash table, room of a power of two */
	size_t		nseen, seen_room;
	uint64_t	execution;	/* others' are free places */
};

static int
create(const struct wl_choose_conf *conf, void **out)
{
	*out = calloc(1, sizeof(struct exhaustive));
	return *out != NULL ? 0 : ENOMEM;
}

static void
destroy(void *state)
{
	struct exhaustive *x = state;

	free(x->node);
	free(x->seen);
	free(x);
}

static bool
begin(void *state, uint64_t seed)
{
	struct exhaustive *x = state;

	x->at = 0;
	x->nseen = 0;
	x->execution++;
	return !x->done;
}

/* => where the object is, or belongs */
static struct seen *
seen_find(const struct exhaustive *x, uint64_t object)
{
	size_t at = (size_t)(object * 0x9e3779b97f4a7c15ULL >> 20);

	for (;; at++) {
		struct seen *s = &x->seen[at & (x->seen_room - 1)];

		if (s->execution != x->execution || s->object == object)
			return s;
	}
}

/* => false: no memory */
static bool
seen_grow(struct exhaustive *x)
{
	struct seen *old = x->seen;
	size_t i, room = x->seen_room;

	x->seen_room = room == 0 ? 256 : room * 2;
	x->seen = calloc(x->seen_room, sizeof(*x->seen));
	for (i = 0; i < room && x->seen != NULL; i++)
		if (old[i].execution == x->execution)
			*seen_find(x, old[i].object) = old[i];
	free(old);
	return x->seen != NULL;
}

static uint32_t
seen_id(struct exhaustive *x, uint64_t object)
{
	struct seen *s;

	if (object == 0)
		return 0;
	if (2 * x->nseen >= x->seen_room && !seen_grow(x)) {
		x->seen_room = 0;
		x->error = ENOMEM;
		return 0;
	}
	s = seen_find(x, object);
	if (s->execution != x->execution)
		*s = (struct seen){ object, x->execution,
		    (uint32_t)++x->nseen };
	return s->id;
}

static bool
local(enum lk_act act)
{
	return act == LKA_START || act == LKA_RESUME || act_is_local(act);
}

static bool
independent(const struct event *a, const struct event *b)
{
	if (!local(a->act) || !local(b->act))
		return false;
	if (!act_is_local(a->act) || !act_is_local(b->act))
		return true;
	return a->object != b->object ||
	    (act_reads(a->act) && act_reads(b->act));
}

static bool
same(const struct event *a, const struct event *b)
{
	return a->ordinal == b->ordinal && a->act == b->act &&
	    a->object == b->object;
}

/* Who sleeps here: who slept at the node above, and was not woken by it. */
static uint32_t
still_asleep(const struct node *up, const struct node *here)
{
	uint32_t asleep = 0;
	unsigned i, k;

	for (i = 0; i < up->n; i++) {
		if ((up->asleep >> i & 1) == 0 || i == up->chosen ||
		    !independent(&up->event[i], &up->event[up->chosen]))
			continue;
		for (k = 0; k < here->n; k++)
			if (same(&up->event[i], &here->event[k]))
				asleep |= 1U << k;
	}
	return asleep;
}

/* => false: nobody is awake */
static bool
next_awake(struct node *d)
{
	for (d->chosen = 0; d->chosen < d->n; d->chosen++)
		if ((d->asleep >> d->chosen & 1) == 0)
			return true;
	return false;
}

static struct node *
grow(struct exhaustive *x)
{
	size_t room = x->room == 0 ? 256 : x->room * 2;
	struct node *node;

	if (x->n < x->room)
		return &x->node[x->n++];
	node = reallocarray(x->node, room, sizeof(*node));
	if (node == NULL)
		return NULL;
	x->node = node;
	x->room = room;
	return &x->node[x->n++];
}

static void
fill(struct exhaustive *x, struct node *d, struct lk_fiber_view *const *v,
    unsigned n)
{
	unsigned i;

	memset(d, 0, sizeof(*d));
	d->n = n;
	for (i = 0; i < n; i++)
		d->event[i] = (struct event){ .ordinal = v[i]->ordinal,
		    .act = v[i]->act, .object = seen_id(x, v[i]->object) };
}

/*
 * The same choices lead to the same node, or what is known of one execution
 * says nothing about the next.
 */
static bool
as_before(const struct node *d, const struct node *now)
{
	unsigned i;

	for (i = 0; i < now->n && i < d->n; i++)
		if (!same(&d->event[i], &now->event[i]))
			return false;
	return d->n == now->n;
}

/* A point that was not met before; nobody awake: it ends here. */
static void
new_node(struct exhaustive *x, const struct node *now)
{
	struct node *d = grow(x);

	if (d == NULL) {
		x->error = ENOMEM;
		return;
	}
	*d = *now;
	if (x->at > 0)
		d->asleep = still_asleep(d - 1, d);
	if (!next_awake(d)) {
		x->n--;
		lk_fibers_stop();
	}
}

static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct exhaustive *x = state;
	struct node now;

	if (n > WIDTH && x->error == 0)
		x->error = ERANGE;
	if (x->error != 0)
		return v[0];
	fill(x, &now, v, n);
	if (x->error == 0 && x->at == x->n)
		new_node(x, &now);
	else if (x->error == 0 && !as_before(&x->node[x->at], &now))
		x->error = EILSEQ;
	return x->error != 0 ? v[0] : v[x->node[x->at++].chosen];
}

/* The next path: the deepest node with somebody left to go on there. */
static void
end(void *state, const struct lk_fibers_result *r)
{
	struct exhaustive *x = state;
	struct node *d;

	if (x->at < x->n)		/* its end came too early */
		x->error = x->error != 0 ? x->error : EILSEQ;
	if (x->error != 0) {
		x->done = true;
		return;
	}
	while (x->n > 0) {
		d = &x->node[x->n - 1];
		d->asleep |= 1U << d->chosen;
		if (next_awake(d))
			return;
		x->n--;
	}
	x->done = true;
}

static int
error(const void *state)
{
	return ((const struct exhaustive *)state)->error;
}

const struct wl_chooser wl_chooser_exhaustive = {
	.name = "exhaustive",
	.help = "every order that matters, by sleep sets (Godefroid 1996)",
	.always = true,
	.ends = true,
	.create = create,
	.destroy = destroy,
	.begin = begin,
	.choose = choose,
	.end = end,
	.error = error,
};

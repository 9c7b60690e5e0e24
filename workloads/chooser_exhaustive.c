/*
 * chooser_exhaustive.c: every order that matters, depth first: partial order
 * reduction by source sets (Abdulla 2014), with sleep sets (Godefroid 1996).
 *
 *	node: who could go on here | who did | whose turn it still is to do so
 *	      (todo) | who need not any more (asleep)
 *
 * At first it is anybody's turn.  Whenever two steps of an execution are found
 * that could have come in the other order (exhaustive_races.c), it is one
 * more's at the node of the first.  Once all that begins with strand t there
 * is done, t is put to sleep: as long as only what commutes with its step
 * happens, to execute it later leads to where we were.  It wakes when
 * something else happens.  When all are asleep, the execution is one we had.
 *
 * Steps commute that have to do with different locks, sleep queues and words,
 * or only read one.  Points, I/O, yields and sleeps with a time-out commute
 * with nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/exhaustive_int.h"
#include "workloads/explore_int.h"

struct seen {
	uint64_t	object, execution;
	uint32_t	id;
};

struct exhaustive {
	struct node	*node;
	unsigned	n, room;	/* nodes of the path to execute */
	unsigned	at;		/* steps of this execution */
	unsigned	known;		/* nodes whose races are known */
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

/* It does nothing but to its object, or nothing that others see. */
static bool
local(enum lk_act act)
{
	return act == LKA_START || act == LKA_RESUME || act == LKA_WAKE ||
	    act_is_local(act);
}

static void
step_begin(struct exhaustive *x, struct step *s, const struct lk_fiber_view *v)
{
	uint32_t object = seen_id(x, v->object);

	*s = (struct step){ .ordinal = v->ordinal, .act = v->act,
	    .since = x->at, .late = v->late == v->steps + 1,
	    .all = !local(v->act), .acts = object != 0, .n = object != 0 };
	s->effect[0] = (struct effect){ object,
	    act_reads(v->act) ? LKD_READ : LKD_WRITE };
}

/* It has ended here: what else it did. */
static void
step_end(struct exhaustive *x, struct step *s, const struct lk_fiber_view *v)
{
	const struct lk_fiber_did *did = v->did;
	bool more = v->did_at == v->steps;	/* than its act */
	unsigned i;

	s->all = !local(s->act) || (more && v->did_all);
	s->n = s->acts;
	for (i = 0; more && i < v->ndid; i++)
		s->effect[s->n++] = (struct effect){ did[i].how == LKD_JOINED ?
		    (uint32_t)did[i].object : seen_id(x, did[i].object),
		    did[i].how };
}

static bool
same(const struct step *a, const struct step *b)
{
	return a->ordinal == b->ordinal && a->act == b->act &&
	    a->late == b->late && a->acts == b->acts &&
	    (!a->acts || a->effect[0].object == b->effect[0].object);
}

static void
fill(struct exhaustive *x, struct node *d, struct lk_fiber_view *const *v,
    unsigned n)
{
	const struct node *up = x->at > 0 ? &x->node[x->at - 1] : NULL;
	unsigned i, k;

	d->n = n;
	for (i = 0; i < n; i++) {
		step_begin(x, &d->step[i], v[i]);
		for (k = 0; up != NULL && k < up->n; k++)
			if (k != up->chosen &&
			    up->step[k].ordinal == v[i]->ordinal)
				d->step[i].since = up->step[k].since;
	}
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
		if (!same(&d->step[i], &now->step[i]))
			return false;
	return d->n == now->n;
}

/* => false: whoever else ran, it was not who was chosen */
static bool
settle(struct exhaustive *x, const struct lk_fiber_view *last)
{
	unsigned i = x->at - 1;
	struct step *s = node_step(&x->node[i]);

	if (s->ordinal != last->ordinal)
		return false;
	step_end(x, s, last);
	if (i < x->known)
		return true;
	wl_races(x->node, i);
	x->known = x->at;
	return true;
}

/*
 * Who slept at the node above sleeps here, too, if what was done there
 * commutes with what it would have done: that is known.
 */
static void
put_to_sleep(const struct node *up, struct node *here)
{
	unsigned i, k;

	for (i = 0; i < up->n; i++) {
		if (!in_set(up->asleep, i) || i == up->chosen ||
		    !wl_steps_commute(&up->step[i], &up->step[up->chosen]))
			continue;
		for (k = 0; k < here->n; k++)
			if (same(&up->step[i], &here->step[k])) {
				here->step[k] = up->step[i];
				here->asleep |= 1u << k;
			}
	}
}

/*
 * The youngest first: the root, that ends it all, comes when nobody else has
 * anything left to do.
 * => false: nobody of these is awake
 */
static bool
next_awake(struct node *d, uint32_t of)
{
	for (d->chosen = d->n; d->chosen-- > 0;)
		if (in_set(of & ~d->asleep, d->chosen))
			return true;
	return false;
}

static struct node *
grow(struct exhaustive *x)
{
	unsigned room = x->room == 0 ? 256 : x->room * 2;
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
		put_to_sleep(d - 1, d);
	if (!next_awake(d, EVERY)) {
		x->n--;
		lk_fibers_stop();
	}
	d->todo = 1u << d->chosen;
}

static bool
too_many(struct lk_fiber_view *const *v, unsigned n)
{
	/* by ordinal: the last one has the highest */
	return n > WIDTH || v[n - 1]->ordinal >= NSTRAND;
}

static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct exhaustive *x = state;
	struct node now = { .n = 0 };

	if (x->error == 0 && too_many(v, n))
		x->error = ERANGE;
	if (x->error == 0 && x->at > 0 && !settle(x, last))
		x->error = EILSEQ;
	if (x->error != 0)
		return v[0];
	fill(x, &now, v, n);
	if (x->error == 0 && x->at == x->n)
		new_node(x, &now);
	else if (x->error == 0 && !as_before(&x->node[x->at], &now))
		x->error = EILSEQ;
	return x->error != 0 ? v[0] : v[x->node[x->at++].chosen];
}

/*
 * Nobody saw the end of the last step.  The root's own leaves nothing to the
 * others, but what they could still have done comes before it another time.
 * Who waits in a deadlock may have put itself on any queue; and if it failed,
 * any order may matter of what would have come.
 */
static void
races_at_end(struct exhaustive *x, enum lk_fibers_end how)
{
	struct node *last;
	unsigned i;

	if (x->n == 0 || how == LKF_STOPPED)
		return;
	last = &x->node[x->n - 1];
	node_step(last)->all = how != LKF_DONE;
	wl_races(x->node, x->n - 1);
	last->todo = EVERY;
	if (how != LKF_DONE && how != LKF_DEADLOCK)
		for (i = 0; i < x->n; i++)
			x->node[i].todo = EVERY;
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
	for (races_at_end(x, r->end); x->n > 0; x->n--) {
		d = &x->node[x->n - 1];
		d->asleep |= 1u << d->chosen;
		if (next_awake(d, d->todo)) {
			x->known = x->n - 1;
			return;
		}
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
	.help = "every order that matters, by source sets (Abdulla 2014)",
	.always = true,
	.ends = true,
	.create = create,
	.destroy = destroy,
	.begin = begin,
	.choose = choose,
	.end = end,
	.error = error,
};

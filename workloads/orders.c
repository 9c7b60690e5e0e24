/*
 * orders.c: executions as partial orders, hashed while they happen.
 *
 *	event = (strand, act, the strand's event before, what it conflicts with)
 *
 * A writing event conflicts with the last write of its object and all reads
 * since, a reading one with the last write.  The execution's hash is the sum
 * of its events' hashes, so it does not depend on the order of those that
 * have nothing to do with each other.
 *
 * Beside that, pairs of places in the code are counted that strands came
 * through one right after the other: where a lock was let go and taken; where
 * an object was used, by one of the two to write.
 */
#include <stdlib.h>
#include <string.h>

#include "workloads/chooser_int.h"
#include "workloads/explore_int.h"

#define NOBJECT		1024		/* a power of two */
#define SET_FIRST	(1u << 12)
#define SET_MOST	(1u << 22)	/* 32 MiB */
#define PAIRS_MOST	(1u << 16)	/* of pairs of sites */
#define NREADER		4
#define NTAKE		1024		/* a power of two */

/* Where in the code, by whom. */
struct use {
	uint64_t	place;		/* 0: not known */
	uint32_t	ordinal;
};

/*
 * write and readers: who used it last, for the pairs that conflict.  A lock is
 * used by who took it and has let it go again.
 */
struct object {
	uint64_t	ident;
	uint64_t	write, reads;	/* hashes */
	const struct lk_site *left;	/* where it was let go last */
	uint32_t	epoch;		/* the execution that this is of */
	uint32_t	leaver;
	struct use	writer, reader[NREADER];	/* reader: since then */
	unsigned	nreaders;	/* the last NREADER are known */
};

/* Where a strand tried last to take a lock. */
struct take {
	uint64_t	ident, place;
	uint32_t	epoch, ordinal;
	bool		reads;
};

/* Hashes seen; 0 is none. */
struct set {
	uint64_t	*slot;
	size_t		room, n, most;	/* rooms are powers of two */
	bool		lost;
};

struct wl_orders {
	struct object	object[NOBJECT];
	uint64_t	strand[LK_MAXFIBER];
	uint64_t	hash;
	uint32_t	epoch;
	struct set	orders, handovers, conflicts;
	struct take	take[NTAKE];
};

static inline uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ b) * 0x9e3779b97f4a7c15ULL;

	x ^= x >> 32;
	x = (x + b) * 0xd6e8feb86659fd93ULL;
	return x ^ x >> 29;
}

static bool
set_make(struct set *s, size_t room)
{
	s->slot = calloc(room, sizeof(*s->slot));
	s->room = room;
	s->n = 0;
	return s->slot != NULL;
}

static void
set_put(struct set *s, uint64_t key)
{
	size_t i = key & (s->room - 1);

	while (s->slot[i] != 0 && s->slot[i] != key)
		i = (i + 1) & (s->room - 1);
	s->n += s->slot[i] == 0;
	s->slot[i] = key;
}

static void
set_grow(struct set *s)
{
	struct set more = { .lost = s->lost, .most = s->most };
	size_t i;

	if (s->room == s->most || !set_make(&more, s->room * 2)) {
		s->lost = true;
		return;
	}
	for (i = 0; i < s->room; i++)
		if (s->slot[i] != 0)
			set_put(&more, s->slot[i]);
	free(s->slot);
	*s = more;
}

static void
set_add(struct set *s, uint64_t key)
{
	if (s->n * 4 >= s->room * 3 && !s->lost)
		set_grow(s);
	if (!s->lost)
		set_put(s, key != 0 ? key : 1);
}

/* Full, it goes on to know what it has: new ones are lost. */
static void
pair_add(struct set *s, uint64_t from, uint64_t to)
{
	if (from != 0 && to != 0)
		set_add(s, mix(from, to));
}

struct wl_orders *
wl_orders_new(void)
{
	struct wl_orders *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->orders.most = SET_MOST;
	o->handovers.most = o->conflicts.most = PAIRS_MOST;
	if (!set_make(&o->orders, SET_FIRST) ||
	    !set_make(&o->handovers, SET_FIRST) ||
	    !set_make(&o->conflicts, SET_FIRST)) {
		wl_orders_free(o);
		return NULL;
	}
	return o;
}

void
wl_orders_free(struct wl_orders *o)
{
	if (o == NULL)
		return;
	free(o->orders.slot);
	free(o->handovers.slot);
	free(o->conflicts.slot);
	free(o);
}

void
wl_orders_begin(struct wl_orders *o)
{
	o->epoch++;
	o->hash = 0;
	memset(o->strand, 0, sizeof(o->strand));
}

static struct object *
object_of(struct wl_orders *o, uint64_t ident)
{
	size_t i = (ident * 0x9e3779b97f4a7c15ULL >> 32) & (NOBJECT - 1), k;
	struct object *ob;

	for (k = 0; k < NOBJECT; k++, i = (i + 1) & (NOBJECT - 1)) {
		ob = &o->object[i];
		if (ob->epoch == o->epoch && ob->ident == ident)
			return ob;
		if (ob->epoch == o->epoch)
			continue;
		*ob = (struct object){ .ident = ident, .epoch = o->epoch };
		return ob;
	}
	return &o->object[0];	/* too many: some are taken for one */
}

static void
hand_over(struct wl_orders *o, struct object *ob,
    const struct lk_fiber_view *v)
{
	if (v->act == LKA_EXIT) {
		ob->left = v->site;
		ob->leaver = v->ordinal;
	} else if (ob->left != NULL && v->site != NULL &&
	    ob->leaver != v->ordinal) {
		pair_add(&o->handovers, (uint64_t)(uintptr_t)ob->left,
		    (uint64_t)(uintptr_t)v->site);
		ob->left = NULL;
	}
}

static void
conflict(struct wl_orders *o, const struct use *a, const struct use *b)
{
	if (a->ordinal != b->ordinal)
		pair_add(&o->conflicts, a->place, b->place);
}

/* Those right before it: the readers since the last writer, or that one. */
static void
use(struct wl_orders *o, struct object *ob, uint64_t place, uint32_t ordinal,
    bool reads)
{
	const struct use now = { place, ordinal };
	unsigned i, n = ob->nreaders < NREADER ? ob->nreaders : NREADER;

	if (reads || n == 0)
		conflict(o, &ob->writer, &now);
	if (reads) {
		ob->reader[ob->nreaders++ % NREADER] = now;
		return;
	}
	for (i = 0; i < n; i++)
		conflict(o, &ob->reader[i], &now);
	ob->writer = now;
	ob->nreaders = 0;
}

/*
 * Who wants a lock may have to wait, and need not be the next to get it: who
 * lets it go had it, since it last asked for it.
 */
static void
use_lock(struct wl_orders *o, struct object *ob,
    const struct lk_fiber_view *v)
{
	struct take *t = &o->take[mix(v->object, v->ordinal) & (NTAKE - 1)];

	if (v->act != LKA_EXIT)
		*t = (struct take){ v->object, (uint64_t)(uintptr_t)v->site,
		    o->epoch, v->ordinal, act_reads(v->act) };
	else if (t->epoch == o->epoch && t->ident == v->object &&
	    t->ordinal == v->ordinal)
		use(o, ob, t->place, v->ordinal, t->reads);
}

void
wl_orders_note(struct wl_orders *o, const struct lk_fiber_view *v)
{
	uint64_t *me = &o->strand[v->ordinal % LK_MAXFIBER], h;
	struct object *ob;

	h = mix(*me, (uint64_t)v->ordinal << 8 | (uint64_t)v->act);
	if (v->object != 0) {
		ob = object_of(o, v->object);
		h = mix(h, ob->write);
		if (act_reads(v->act)) {
			ob->reads += h;
		} else {
			h = mix(h, ob->reads);
			ob->write = h;
			ob->reads = 0;
		}
		if (v->kind <= LKN_MUTEX) {
			hand_over(o, ob, v);
			use_lock(o, ob, v);
		} else if (v->act == LKA_LOAD || v->act == LKA_STORE) {
			use(o, ob, v->pc, v->ordinal, v->act == LKA_LOAD);
		}
	}
	*me = h;
	o->hash += h;
}

void
wl_orders_end(struct wl_orders *o)
{
	set_add(&o->orders, o->hash);
}

uint64_t
wl_orders_count(const struct wl_orders *o, bool *lost)
{
	*lost = o->orders.lost;
	return o->orders.n;
}

void
wl_orders_pairs(const struct wl_orders *o, struct wl_pairs *p)
{
	p->handovers = o->handovers.n;
	p->conflicts = o->conflicts.n;
	p->lost = o->handovers.lost || o->conflicts.lost;
}

/*
 * cost.c: what it costs to write a lock down, measured where it runs.
 *
 * Pairs of takes and releases of a lock of our own, once through the recorder
 * and once through the bare backend; the difference is the note.  The strand
 * wears a slot that is in no record meanwhile, whose chain cache knows the
 * one stack there is; so nothing of this is seen by anybody.
 */
#include <stdlib.h>

#include "locks/backend_int.h"
#include "locks/note_int.h"

#define ROUNDS	15
#define PAIRS	1000

static void
slot_dress(struct lk_slot *s, const struct lk_slot *me)
{
	uint64_t pack = LK_PACK(LK_OTHER, LK_OTHER, LKN_LOCK, LKH_PLAIN,
	    LKM_WRITE), key = lk_chain_key(0, pack);
	struct lk_chain *e = lk_chain_at(s, key);

	s->id = me->id;
	s->me = me->me;
	s->strand = me->strand;
	lk_put(&s->held[0].ident, 1);
	lk_put(&e->pack, pack);
	lk_put(&e->key, key);
	lk_put(&e->set, LK_SET_ANY);
	/* the sample is not in it */
	lk_put(&e->tick, LK_TICK(LK_TICK_MAX, 0));
}

static uint64_t
recorded(struct rwlock *rw, struct lk_site *site)
{
	uint64_t start = lk_sv->now();
	unsigned i;

	for (i = 0; i < PAIRS; i++) {
		lk_rw_write(rw, site);
		lk_rw_exit(rw, site);
	}
	return lk_sv->now() - start;
}

static uint64_t
bare(struct rwlock *rw, uint64_t me)
{
	uint64_t start = lk_sv->now();
	unsigned i;

	for (i = 0; i < PAIRS; i++) {
		lk_be->try(rw, LKM_WRITE, me);
		lk_be->exit(rw, LKM_WRITE, me);
	}
	return lk_sv->now() - start;
}

/* The fastest round of each: whatever else runs here only adds. */
static uint64_t
measure(struct lk_slot *s)
{
	static struct lk_site site = { .ls_id = LK_OTHER };
	struct rwlock rw = { .rwl_class = LK_OTHER };
	uint64_t with = UINT64_MAX, without = UINT64_MAX, t;
	unsigned i;

	for (i = 0; i < ROUNDS; i++) {
		t = recorded(&rw, &site);
		if (t < with)
			with = t;
		t = bare(&rw, s->me);
		if (t < without)
			without = t;
	}
	lk_be->fini(&rw);
	return with > without ? (with - without) * 1000 / PAIRS : 0;
}

uint64_t
lk_note_cost(void)
{
	struct lk_slot *me = lk_self();
	struct lk_slot *s = aligned_alloc(128, sizeof(*s));
	uint64_t ps;

	if (s == NULL)
		return 0;
	memset(s, 0, sizeof(*s));
	slot_dress(s, me);
	lk_me = s;
	ps = measure(s);
	lk_me = me;
	free(s);
	lk_put(&lk_record()->h->note_ps, ps);
	return ps;
}

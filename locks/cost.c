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
	lk_put(&e->tick, LK_TICK(UINT32_MAX));
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

static int
order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t
measure(struct lk_slot *s)
{
	static struct lk_site site = { .ls_id = LK_OTHER };
	struct rwlock rw = { .rwl_class = LK_OTHER };
	uint64_t with[ROUNDS], without[ROUNDS];
	unsigned i;

	for (i = 0; i < ROUNDS; i++) {
		with[i] = recorded(&rw, &site);
		without[i] = bare(&rw, s->me);
	}
	lk_be->fini(&rw);
	qsort(with, ROUNDS, sizeof(with[0]), order);
	qsort(without, ROUNDS, sizeof(without[0]), order);
	if (with[ROUNDS / 2] < without[ROUNDS / 2])
		return 0;
	return (with[ROUNDS / 2] - without[ROUNDS / 2]) * 1000 / PAIRS;
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

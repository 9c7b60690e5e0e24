/*
 * inspect_guard.c: who changes what a lock guards has the lock.
 *
 *	point          point          point
 *	--+--------------+--------------+--
 *	  |  one strand  |  one strand  |
 *
 * A strand takes and lets go of locks right after a point, so what it has at
 * the next one it had in all it did since.  If an amap or an anon is another
 * then, and lived before and has the same lock, that lock is among them, for
 * writing.  No accessor needs to ask; and a change without the lock is found
 * though no other strand was near.
 */
#include "amap/inspect_int.h"

static uint64_t
add(uint64_t sum, uint64_t v)
{
	sum = (sum ^ v) * 0x9e3779b97f4a7c15ULL;
	return sum ^ sum >> 32;
}

static uint64_t
sum_chunk(uint64_t sum, const struct vm_amap_chunk *c)
{
	unsigned int map;

	sum = add(sum, (uint64_t)(uintptr_t)c);
	sum = add(sum, (uint64_t)c->ac_baseslot << 32 | c->ac_usedmap);
	for (map = c->ac_usedmap; map != 0; map &= map - 1)
		sum = add(sum, (uint64_t)(uintptr_t)
		    c->ac_anon[ffs((int)map) - 1]);
	return sum;
}

static uint64_t
sum_amap(const struct vm_amap *amap)
{
	const struct vm_amap_chunk *c;
	uint64_t sum = 1;
	int i;

	sum = add(sum, (uint64_t)amap_refs(amap));
	sum = add(sum, (uint64_t)amap_flags(amap));
	sum = add(sum, (uint64_t)amap->am_nused);
	sum = add(sum, (uint64_t)(uintptr_t)amap->am_ppref);
	AMAP_CHUNK_FOREACH(c, amap)
		sum = sum_chunk(sum, c);
	for (i = 0; !UVM_AMAP_SMALL(amap) && i < amap->am_nbuckets; i++)
		sum = add(sum, (uint64_t)(uintptr_t)amap->am_buckets[i]);
	return sum;
}

/* Of its page, what the owner's lock guards; the queues have their own. */
static uint64_t
sum_anon(const struct vm_anon *anon)
{
	const struct vm_page *pg = anon->an_page;
	uint64_t sum = 2;

	sum = add(sum, (uint64_t)anon->an_ref);
	sum = add(sum, (uint64_t)anon->an_swslot);
	sum = add(sum, (uint64_t)(uintptr_t)pg);
	if (pg != NULL && vm_page_of(pg) == pg)
		sum = add(sum, vm_page_flags(pg) & (PG_BUSY | PG_WANTED |
		    PG_RELEASED | PG_FAKE | PG_CLEAN));
	return sum;
}

static struct guard_rec *
guard_at(struct guard_tab *t, const void *key)
{
	unsigned i = inspect_hash(key);

	while (t->rec[i].key != NULL && t->rec[i].key != key)
		i = (i + 1) & (INSPECT_MAX - 1);
	return &t->rec[i];
}

static void
look(struct vm_inspect *in, const void *key, struct rwlock *lock,
    uint64_t sum, const char *what)
{
	const struct guard_rec *was;
	struct guard_rec *now;

	if (in->full || in->was[in->turn].n * 2 >= INSPECT_MAX) {
		in->full = true;
		return;
	}
	now = guard_at(&in->was[in->turn], key);
	now->key = key;
	now->lock = lock;
	now->sum = sum;
	in->was[in->turn].n++;
	if (!in->have)
		return;
	was = guard_at(&in->was[in->turn ^ 1], key);
	if (was->key == NULL || was->lock != lock || was->sum == sum ||
	    rw_write_held(lock))
		return;
	in->bad++;
	lk_incident("lock.unguarded", "%s %p is changed by a strand that does "
	    "not hold its lock %p", what, key, (void *)lock);
}

static void
look_amap(void *obj, void *arg)
{
	struct vm_amap *amap = obj;

	if (inspect_amap_lives(amap))
		look(arg, amap, amap->am_lock, sum_amap(amap), "amap");
}

static void
look_anon(void *obj, void *arg)
{
	struct vm_anon *anon = obj;

	if (anon->an_lock != NULL)
		look(arg, anon, anon->an_lock, sum_anon(anon), "anon");
}

size_t
vm_inspect_guards(struct vm_inspect *in)
{
	in->turn ^= 1;
	memset(&in->was[in->turn], 0, sizeof(in->was[0]));
	audit_amap_foreach(look_amap, in);
	pool_foreach(&vmw()->vw_anon_pool, look_anon, in);
	in->have = true;
	return in->bad;
}

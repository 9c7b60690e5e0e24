/*
 * audit_amap.c: I1 to I6, I9 to I11: amaps, anons, lock objects, the list.
 */
#include "amap/audit_int.h"

/*
 * Our own way to a slot: the subject is what we doubt.  A chunk that is not
 * where its bucket leads to is not found; chunk_place() says so.
 */
struct vm_anon *
audit_slot(const struct vm_amap *amap, int slot)
{
	const struct vm_amap_chunk *c;
	int b;

	if (UVM_AMAP_SMALL(amap))
		return amap->am_small.ac_anon[slot];
	b = UVM_AMAP_BUCKET(amap, slot);
	c = b < amap->am_nbuckets ? amap->am_buckets[b] : NULL;
	while (c != NULL && c->ac_baseslot != AMAP_BASE_SLOT(slot)) {
		c = TAILQ_NEXT(c, ac_list);
		if (c != NULL && UVM_AMAP_BUCKET(amap, c->ac_baseslot) != b)
			c = NULL;
	}
	return c != NULL ? c->ac_anon[UVM_AMAP_SLOTIDX(slot)] : NULL;
}

static void
chunk_slots(struct audit *a, struct vm_amap *amap, struct vm_amap_chunk *c,
    int *nused)
{
	struct audit_rec *r;
	struct vm_anon *anon;
	int i, slot;

	for (i = 0; i < c->ac_nslot; i++) {
		anon = c->ac_anon[i];
		slot = c->ac_baseslot + i;
		if ((anon != NULL) != ((c->ac_usedmap >> i & 1) != 0)) {
			AUDIT(a, "I2", "amap %p slot %d: bit and anon %p "
			    "disagree", (void *)amap, slot, (void *)anon);
			continue;
		}
		if (anon == NULL)
			continue;
		(*nused)++;
		if ((r = audit_find(&a->anons, anon)) == NULL) {
			AUDIT(a, "I4", "amap %p slot %d: anon %p is not alive",
			    (void *)amap, slot, (void *)anon);
			continue;
		}
		r->count++;
		if (anon->an_lock != amap->am_lock)
			AUDIT(a, "I4", "amap %p slot %d: anon %p has lock %p, "
			    "the amap %p", (void *)amap, slot, (void *)anon,
			    (void *)anon->an_lock, (void *)amap->am_lock);
	}
	if (c->ac_nslot < UVM_AMAP_CHUNK && c->ac_usedmap >> c->ac_nslot != 0)
		AUDIT(a, "I2", "amap %p chunk %d: bits %#x for %d slots",
		    (void *)amap, c->ac_baseslot, c->ac_usedmap, c->ac_nslot);
}

/*
 * Chunks of a bucket stand together, and the bucket leads to the first.
 */
static void
chunk_place(struct audit *a, struct vm_amap *amap, struct vm_amap_chunk *c,
    struct vm_amap_chunk *prev)
{
	int b = UVM_AMAP_BUCKET(amap, c->ac_baseslot), pb = -1;
	int n = amap->am_nslot - c->ac_baseslot;

	if (n > UVM_AMAP_CHUNK)
		n = UVM_AMAP_CHUNK;
	if (c->ac_baseslot % UVM_AMAP_CHUNK != 0 || c->ac_nslot != n) {
		AUDIT(a, "I3", "amap %p: chunk at slot %d has %d slots",
		    (void *)amap, c->ac_baseslot, c->ac_nslot);
		return;
	}
	if (b < 0 || b >= amap->am_nbuckets) {
		AUDIT(a, "I3", "amap %p: chunk at slot %d is in bucket %d of "
		    "%d", (void *)amap, c->ac_baseslot, b, amap->am_nbuckets);
		return;
	}
	if (prev != NULL)
		pb = UVM_AMAP_BUCKET(amap, prev->ac_baseslot);
	if ((b != pb) != (amap->am_buckets[b] == c))
		AUDIT(a, "I3", "amap %p: bucket %d begins at %p, not at %p",
		    (void *)amap, b, (void *)amap->am_buckets[b], (void *)c);
}

/*
 * Before any of it is looked into: the chunks on the list and those in
 * buckets are alive, and the list has an end.
 */
static bool
chunks_walkable(struct audit *a, struct vm_amap *amap)
{
	const struct vm_amap_chunk *c;
	size_t n = 0;
	int b;

	for (c = TAILQ_FIRST(&amap->am_chunks); c != NULL;
	    c = TAILQ_NEXT(c, ac_list)) {
		if (n++ == a->chunks.n) {
			AUDIT(a, "I3", "amap %p: the list of its chunks has "
			    "a loop", (void *)amap);
			return false;
		}
		if (audit_find(&a->chunks, c) == NULL) {
			AUDIT(a, "I3", "amap %p: chunk %p is on its list and "
			    "not alive", (void *)amap, (const void *)c);
			return false;
		}
	}
	for (b = 0; b < amap->am_nbuckets; b++) {
		c = amap->am_buckets[b];
		if (c != NULL && audit_find(&a->chunks, c) == NULL) {
			AUDIT(a, "I3", "amap %p: chunk %p in bucket %d is not "
			    "alive", (void *)amap, (const void *)c, b);
			return false;
		}
	}
	return true;
}

static int
amap_chunks(struct audit *a, struct vm_amap *amap)
{
	struct vm_amap_chunk *c, *prev = NULL;
	int nused = 0, n = 0, b, nb = 0;

	if (UVM_AMAP_SMALL(amap)) {
		if (amap->am_small.ac_nslot != amap->am_nslot)
			AUDIT(a, "I3", "amap %p: chunk of %d slots for %d",
			    (void *)amap, amap->am_small.ac_nslot,
			    amap->am_nslot);
		chunk_slots(a, amap, &amap->am_small, &nused);
		return nused;
	}
	TAILQ_FOREACH(c, &amap->am_chunks, ac_list) {
		chunk_place(a, amap, c, prev);
		chunk_slots(a, amap, c, &nused);
		if (prev == NULL || UVM_AMAP_BUCKET(amap, c->ac_baseslot) !=
		    UVM_AMAP_BUCKET(amap, prev->ac_baseslot))
			nb++;
		prev = c;
		n++;
	}
	for (b = 0; b < amap->am_nbuckets; b++)
		nb -= amap->am_buckets[b] != NULL;
	if (n != amap->am_ncused || nb != 0)
		AUDIT(a, "I3", "amap %p: %d chunks on the list, %d counted; "
		    "%d runs too many for its buckets", (void *)amap, n,
		    amap->am_ncused, nb);
	return nused;
}

/* => the run that begins at slot: its count, its length; false: no run */
static bool
ppref_run(struct vm_amap *amap, int slot, int *ref, int *len)
{
	int v = amap->am_ppref[slot];

	*len = 1;
	*ref = v > 0 ? v - 1 : -v - 1;
	if (v < 0)
		*len = slot + 1 < amap->am_nslot ? amap->am_ppref[slot + 1] : 0;
	return v != 0 && *len >= 1 && *len <= amap->am_nslot - slot;
}

/* => false: it has been said */
static bool
ppref_slot(struct audit *a, struct vm_amap *amap, int slot, int ref, int found)
{
	if (ref != found)
		AUDIT(a, "I5", "amap %p slot %d: %d references noted, %d "
		    "entries cover it", (void *)amap, slot, ref, found);
	else if (ref == 0 && audit_slot(amap, slot) != NULL)
		AUDIT(a, "I5", "amap %p slot %d: no reference, and an anon",
		    (void *)amap, slot);
	else
		return true;
	return false;
}

static void
amap_ppref(struct audit *a, struct vm_amap *amap, const int *cover)
{
	int slot, end = 0, ref = 0, len, found = 0;

	if (amap->am_ppref == PPREF_NONE)
		return;
	if (amap->am_ppref == NULL)
		ref = amap_refs(amap), end = amap->am_nslot;
	for (slot = 0; slot < amap->am_nslot; slot++) {
		found += cover[slot];
		if (slot == end) {
			if (!ppref_run(amap, slot, &ref, &len)) {
				AUDIT(a, "I5", "amap %p slot %d: no run begins "
				    "there", (void *)amap, slot);
				return;
			}
			end = slot + len;
		}
		if (!ppref_slot(a, amap, slot, ref, found))
			return;
	}
}

static void
audit_amap(struct audit *a, struct vm_amap *amap, struct audit_rec *r)
{
	struct audit_rec *lock;
	int nused;

	if (amap_refs(amap) != r->count || r->count == 0)
		AUDIT(a, "I1", "amap %p of %d slots: %d references, %ld "
		    "entries name it", (void *)amap, amap->am_nslot,
		    amap_refs(amap), r->count);
	r->broken = !UVM_AMAP_SMALL(amap) && !chunks_walkable(a, amap);
	if (r->broken)
		return;
	nused = amap_chunks(a, amap);
	if (nused != amap->am_nused)
		AUDIT(a, "I2", "amap %p of %d slots: %d used, %d counted",
		    (void *)amap, amap->am_nslot, nused, amap->am_nused);
	if (amap->am_lock == NULL) {
		AUDIT(a, "I10", "amap %p has no lock", (void *)amap);
		return;
	}
	amap_ppref(a, amap, r->cover);
	if ((lock = audit_get(a, &a->locks, amap->am_lock)) != NULL)
		lock->count++;
}

static void
audit_locks(struct audit *a)
{
	struct vm_world *w = vmw();
	struct audit_rec *r;
	size_t nobj;

	AUDIT_FOREACH(r, &a->locks)
		if (rw_obj_refs((struct rwlock *)(uintptr_t)r->key) !=
		    (uint32_t)r->count)
			AUDIT(a, "I10", "lock object %p: %u references, %ld "
			    "amaps have it", r->key,
			    rw_obj_refs((struct rwlock *)(uintptr_t)r->key),
			    r->count);
	(void)audit_object_pages(&nobj);
	if (w->vw_lockobj_pool.pr_nout != a->locks.n + nobj)
		AUDIT(a, "I10", "%zu lock objects are alive, amaps and "
		    "objects have %zu", w->vw_lockobj_pool.pr_nout,
		    a->locks.n + nobj);
}

void
audit_amaps(struct audit *a)
{
	struct audit_rec *r;

	AUDIT_FOREACH(r, &a->amaps)
		audit_amap(a, (struct vm_amap *)(uintptr_t)r->key, r);
	audit_locks(a);
}

static void
anon_page(struct audit *a, const struct vm_anon *anon)
{
	struct vm_page *pg = anon->an_page;
	unsigned int flags;
	size_t no;

	if (vm_page_of(pg) != pg) {
		AUDIT(a, "I6", "anon %p: %p is no page", (const void *)anon,
		    (void *)pg);
		return;
	}
	no = (size_t)(pg - vmw()->vw_pages);
	flags = vm_page_flags(pg);
	if (pg->uanon != anon || (flags & (PQ_ANON | PQ_FREE)) != PQ_ANON)
		AUDIT(a, "I6", "anon %p: its page %zu belongs to %p, flags "
		    "%#x", (const void *)anon, no, (void *)pg->uanon, flags);
	if ((flags & PG_CLEAN) != 0 && anon->an_swslot <= 0)
		AUDIT(a, "I11", "anon %p: page %zu is clean, slot %d",
		    (const void *)anon, no, anon->an_swslot);
}

static void
anon_slot(struct audit *a, const struct vm_anon *anon)
{
	struct audit_rec *r;

	if (anon->an_swslot <= 0)
		return;
	if (anon->an_page == NULL)
		a->nswaponly++;
	/* Small numbers serve as keys as well as addresses do. */
	r = audit_get(a, &a->slots, (void *)(uintptr_t)anon->an_swslot);
	if (r != NULL && ++r->count > 1)
		AUDIT(a, "I7", "slot %d belongs to %ld anons",
		    anon->an_swslot, r->count);
	if (!uvm_swap_slot_owned(anon->an_swslot))
		AUDIT(a, "I7", "anon %p: slot %d is not in use",
		    (const void *)anon, anon->an_swslot);
}

void
audit_anons(struct audit *a)
{
	const struct vm_anon *anon;
	struct audit_rec *r;

	AUDIT_FOREACH(r, &a->anons) {
		anon = r->key;
		if (anon->an_ref != r->count || r->count == 0)
			AUDIT(a, "I4", "anon %p: %d references, %ld slots "
			    "name it", r->key, anon->an_ref, r->count);
		if (anon->an_page != NULL)
			anon_page(a, anon);
		else if (anon->an_swslot == 0)
			AUDIT(a, "I6", "anon %p has neither page nor slot",
			    r->key);
		anon_slot(a, anon);
	}
}

/* A walker's marker is no amap: with one about, nothing can be said. */
void
audit_list(struct audit *a)
{
	const struct audit_tab *seen = &a->amaps;
	struct vm_amap *amap;
	struct audit_rec *r;
	size_t n = 0;

	if (AMAP->list == NULL || atomic_load_explicit(&vmw()->vw_markers,
	    memory_order_relaxed) != 0)
		return;
	LIST_FOREACH(amap, AMAP->list, am_list) {
		if (n++ >= seen->n)
			break;
		if ((r = audit_find(seen, amap)) == NULL) {
			AUDIT(a, "I9", "amap %p is on the list and not alive",
			    (void *)amap);
			return;
		}
		r->count = -1;
	}
	if (n > seen->n)
		AUDIT(a, "I9", "the list has a loop or more than %zu amaps",
		    seen->n);
	AUDIT_FOREACH(r, seen)
		if (r->count != -1)
			AUDIT(a, "I9", "amap %p is alive and not on the list",
			    r->key);
}

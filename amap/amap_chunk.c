/*
 * amap_chunk.c: slots, and the chunks they lie in.
 *
 * A small amap (up to 16 slots) has its one chunk inside and none of the rest.
 * A larger one finds chunks through buckets: 2^hashshift neighbouring chunks
 * share one.  Here 96 slots, hashshift 1, chunk 2 never needed yet:
 *
 *	am_buckets	[ 0 ]     [ 1 ]      [ 2 ]
 *			  |         |          |
 *			  |         +-------+  +--+
 *			  v                 v     v
 *	am_chunks	[16..31]-[0..15]-[48..63]-[80..95]-[64..79]
 *			 \___ bucket 0 _/ \__ 1 __/ \___ bucket 2 __/
 *
 * The chunks of a bucket stand together, in the order they were made, and the
 * bucket points to the first of them: a search ends at the first chunk whose
 * own bucket is another.  In each chunk, with slot = ac_baseslot + i,
 *
 *	bit i of ac_usedmap set  <=>  ac_anon[i] != NULL
 *
 * and am_nused is the number of all such bits, am_ncused of all chunks listed.
 */
#include "amap/subject_int.h"

/* ------------------------------------------------------------------------
 * Chunks
 */

/*
 * => the chunk that begins at base, or NULL; then *last is where a new one
 *    goes: behind it; NULL: the bucket is empty
 */
static struct vm_amap_chunk *
bucket_find(struct vm_amap *amap, int base, struct vm_amap_chunk **last)
{
	struct vm_amap_chunk *chunk;
	int bucket;

	bucket = UVM_AMAP_BUCKET(amap, base);
	*last = NULL;
	for (chunk = amap->am_buckets[bucket]; chunk != NULL;
	    chunk = TAILQ_NEXT(chunk, ac_list)) {
		if (UVM_AMAP_BUCKET(amap, chunk->ac_baseslot) != bucket)
			break;
		if (chunk->ac_baseslot == base)
			return chunk;
		*last = chunk;
	}
	return NULL;
}

static struct vm_amap_chunk *
chunk_new(struct vm_amap *amap, int base, int waitf)
{
	struct vm_amap_chunk *chunk;
	int nslot;

	chunk = pool_get(&uvm_amap_chunk_pool, amap_prflags(waitf) | PR_ZERO);
	if (chunk == NULL)
		return NULL;
	nslot = amap->am_nslot - base;
	if (nslot > UVM_AMAP_CHUNK)
		nslot = UVM_AMAP_CHUNK;
	chunk->ac_baseslot = base;
	chunk->ac_nslot = (uint16_t)nslot;
	return chunk;
}

static void
chunk_link(struct vm_amap *amap, struct vm_amap_chunk *chunk,
    struct vm_amap_chunk *last)
{
	struct vm_amap_chunk **bucket;

	if (last != NULL) {
		TAILQ_INSERT_AFTER(&amap->am_chunks, last, chunk, ac_list);
	} else {
		bucket = &amap->am_buckets[UVM_AMAP_BUCKET(amap,
		    chunk->ac_baseslot)];
		KASSERT(*bucket == NULL);
		*bucket = chunk;
		TAILQ_INSERT_TAIL(&amap->am_chunks, chunk, ac_list);
	}
	amap->am_ncused++;
}

struct vm_amap_chunk *
amap_chunk_get(struct vm_amap *amap, int slot, int create, int waitf)
{
	struct vm_amap_chunk *chunk, *last;

	/* First of all: a small amap has no buckets to compute with. */
	if (UVM_AMAP_SMALL(amap))
		return &amap->am_small;

	chunk = bucket_find(amap, AMAP_BASE_SLOT(slot), &last);
	if (chunk != NULL || !create)
		return chunk;
	chunk = chunk_new(amap, AMAP_BASE_SLOT(slot), waitf);
	if (chunk == NULL)
		return NULL;
	chunk_link(amap, chunk, last);
	vm_count(VMC_chunk_alloc, 1);
	return chunk;
}

void
amap_chunk_free(struct vm_amap *amap, struct vm_amap_chunk *chunk)
{
	struct vm_amap_chunk **bucket, *next;
	int nr;

	if (UVM_AMAP_SMALL(amap))
		return;

	nr = UVM_AMAP_BUCKET(amap, chunk->ac_baseslot);
	bucket = &amap->am_buckets[nr];
	next = TAILQ_NEXT(chunk, ac_list);
	TAILQ_REMOVE(&amap->am_chunks, chunk, ac_list);
	if (*bucket == chunk) {
		/* The next one is the bucket's first now, if it is its own. */
		if (next != NULL &&
		    UVM_AMAP_BUCKET(amap, next->ac_baseslot) != nr)
			next = NULL;
		*bucket = next;
	}
	amap->am_ncused--;
	pool_put(&uvm_amap_chunk_pool, chunk);
}

/* ------------------------------------------------------------------------
 * The body of an amap
 */

/*
 * So many chunks share a bucket that a search costs about as many steps as
 * the number of chunks has binary digits.
 */
static int
lazy_hashshift(int nchunks)
{
	int bits, shift;

	for (bits = 0; (nchunks - 1) >> bits != 0; bits++)
		;
	for (shift = 0; (1 << shift) + 1 < bits; shift++)
		;
	return shift;
}

static struct vm_amap *
alloc_small(int slots, int waitf)
{
	struct vm_amap *amap;

	amap = pool_get(&uvm_small_amap_pool[slots - 1],
	    amap_prflags(waitf) | PR_ZERO);
	if (amap == NULL)
		return NULL;
	amap->am_nslot = slots;
	amap->am_small.ac_nslot = (uint16_t)slots;
	return amap;
}

static struct vm_amap_chunk **
alloc_buckets(int nbuckets, int waitf)
{
	if ((waitf & M_WAITOK) == 0 && vm_injected(VMI_buckets))
		return NULL;
	return mallocarray((size_t)nbuckets, sizeof(struct vm_amap_chunk *),
	    M_UVMAMAP, waitf | M_ZERO);
}

static struct vm_amap *
alloc_large(int slots, int waitf, int lazyalloc)
{
	struct vm_amap *amap;
	int nchunks, slot;

	amap = pool_get(&uvm_amap_pool, amap_prflags(waitf) | PR_ZERO);
	if (amap == NULL)
		return NULL;
	nchunks = (slots - 1) / UVM_AMAP_CHUNK + 1;
	amap->am_nslot = slots;
	amap->am_hashshift = lazyalloc ? lazy_hashshift(nchunks) : 0;
	amap->am_nbuckets = ((nchunks - 1) >> amap->am_hashshift) + 1;
	TAILQ_INIT(&amap->am_chunks);
	amap->am_buckets = alloc_buckets(amap->am_nbuckets, waitf);
	if (amap->am_buckets == NULL) {
		pool_put(&uvm_amap_pool, amap);
		return NULL;
	}
	for (slot = 0; !lazyalloc && slot < nchunks * UVM_AMAP_CHUNK;
	    slot += UVM_AMAP_CHUNK) {
		struct vm_amap_chunk *chunk;

		chunk = chunk_new(amap, slot, waitf);
		if (chunk == NULL) {
			amap_free1(amap);
			return NULL;
		}
		chunk_link(amap, chunk, NULL);
	}
	return amap;
}

struct vm_amap *
amap_alloc1(int slots, int waitf, int lazyalloc)
{
	struct vm_amap *amap;

	if (slots <= UVM_AMAP_CHUNK) {
		lazyalloc = 0;
		amap = alloc_small(slots, waitf);
	} else {
		amap = alloc_large(slots, waitf, lazyalloc);
	}
	if (amap == NULL)
		return NULL;
	amap_setref(amap, 1);
	vm_count(VMC_amap_alloc, 1);
	if (lazyalloc)
		vm_count(VMC_amap_lazy, 1);
	return amap;
}

void
amap_free1(struct vm_amap *amap)
{
	struct vm_amap_chunk *chunk;

	KASSERT(amap->am_nused == 0);
	if (amap_pp_usable(amap))
		free(amap->am_ppref, M_UVMAMAP,
		    (size_t)amap->am_nslot * sizeof(*amap->am_ppref));
	if (UVM_AMAP_SMALL(amap)) {
		pool_put(&uvm_small_amap_pool[amap->am_nslot - 1], amap);
		return;
	}
	while ((chunk = TAILQ_FIRST(&amap->am_chunks)) != NULL)
		amap_chunk_free(amap, chunk);
	free(amap->am_buckets, M_UVMAMAP,
	    (size_t)amap->am_nbuckets * sizeof(struct vm_amap_chunk *));
	pool_put(&uvm_amap_pool, amap);
}

/* ------------------------------------------------------------------------
 * Ranges
 */

void
amap_range_init(struct amap_range *rg, struct vm_amap *amap, int first,
    int slots)
{
	rg->rg_amap = amap;
	rg->rg_first = first;
	rg->rg_end = first + slots;
	rg->rg_bybucket = false;
	rg->rg_bucket = rg->rg_endbucket = 0;
	if (UVM_AMAP_SMALL(amap)) {
		rg->rg_next = &amap->am_small;
		return;
	}
	if (slots > 0) {
		rg->rg_bucket = UVM_AMAP_BUCKET(amap, first);
		rg->rg_endbucket = UVM_AMAP_BUCKET(amap, rg->rg_end - 1) + 1;
	}
	rg->rg_bybucket =
	    rg->rg_endbucket - rg->rg_bucket < amap->am_ncused;
	rg->rg_next = rg->rg_bybucket ? NULL : TAILQ_FIRST(&amap->am_chunks);
}

/* The next chunk, in the range or not; its successor is noted already. */
static struct vm_amap_chunk *
range_step(struct amap_range *rg)
{
	struct vm_amap *amap = rg->rg_amap;
	struct vm_amap_chunk *chunk, *next;

	while ((chunk = rg->rg_next) == NULL) {
		if (rg->rg_bucket == rg->rg_endbucket || !rg->rg_bybucket)
			return NULL;
		rg->rg_next = amap->am_buckets[rg->rg_bucket++];
	}
	next = NULL;
	if (!UVM_AMAP_SMALL(amap)) {
		next = TAILQ_NEXT(chunk, ac_list);
		if (next != NULL && rg->rg_bybucket &&
		    UVM_AMAP_BUCKET(amap, next->ac_baseslot) !=
		    UVM_AMAP_BUCKET(amap, chunk->ac_baseslot))
			next = NULL;
	}
	rg->rg_next = next;
	return chunk;
}

struct vm_amap_chunk *
amap_range_next(struct amap_range *rg)
{
	struct vm_amap_chunk *chunk;

	while ((chunk = range_step(rg)) != NULL) {
		if (chunk->ac_baseslot < rg->rg_end &&
		    chunk->ac_baseslot + chunk->ac_nslot > rg->rg_first)
			return chunk;
	}
	return NULL;
}

unsigned int
amap_chunk_mask(const struct vm_amap_chunk *chunk, int first, int end)
{
	int hi, lo;

	lo = first - chunk->ac_baseslot;
	hi = end - chunk->ac_baseslot;
	if (lo < 0)
		lo = 0;
	if (hi > chunk->ac_nslot)
		hi = chunk->ac_nslot;
	if (lo >= hi)
		return 0;
	return ((1u << hi) - 1) & ~((1u << lo) - 1);
}

void
amap_wiperange_chunk(struct vm_amap *amap, struct vm_amap_chunk *chunk,
    int slotoff, int slots)
{
	struct vm_anon *anon;
	unsigned int map;
	int i;

	map = chunk->ac_usedmap &
	    amap_chunk_mask(chunk, slotoff, slotoff + slots);
	for (; map != 0; map &= map - 1) {
		i = ffs((int)map) - 1;
		anon = chunk->ac_anon[i];
		chunk->ac_usedmap &= (uint16_t)~(1u << i);
		chunk->ac_anon[i] = NULL;
		amap->am_nused--;
		if (--anon->an_ref == 0)
			uvm_anfree(anon);
	}
	if (chunk->ac_usedmap == 0)
		amap_chunk_free(amap, chunk);
}

void
amap_wiperange(struct vm_amap *amap, int slotoff, int slots)
{
	struct amap_range rg;
	struct vm_amap_chunk *chunk;

	rw_assert_wrlock(amap->am_lock);
	amap_range_init(&rg, amap, slotoff, slots);
	while ((chunk = amap_range_next(&rg)) != NULL)
		amap_wiperange_chunk(amap, chunk, slotoff, slots);
}

/* ------------------------------------------------------------------------
 * Slots
 */

static int
aref_slot(const struct vm_aref *aref, vaddr_t offset_b)
{
	int slot;

	AMAP_B2SLOT(slot, offset_b);
	slot += aref->ar_pageoff;
	KASSERT(slot >= 0 && slot < aref->ar_amap->am_nslot);
	return slot;
}

struct vm_anon *
amap_lookup(struct vm_aref *aref, vaddr_t offset_b)
{
	struct vm_amap_chunk *chunk;
	int slot;

	rw_assert_anylock(aref->ar_amap->am_lock);
	slot = aref_slot(aref, offset_b);
	chunk = amap_chunk_get(aref->ar_amap, slot, 0, M_NOWAIT);
	if (chunk == NULL)
		return NULL;
	return chunk->ac_anon[UVM_AMAP_SLOTIDX(slot)];
}

void
amap_lookups(struct vm_aref *aref, vaddr_t offset_b, struct vm_anon **anons,
    int npages)
{
	struct vm_amap *amap = aref->ar_amap;
	struct vm_amap_chunk *chunk;
	int i, idx, n, slot;

	rw_assert_anylock(amap->am_lock);
	slot = aref_slot(aref, offset_b);
	KASSERT(npages <= amap->am_nslot - slot);
	for (i = 0; i < npages; i += n, slot += n) {
		idx = UVM_AMAP_SLOTIDX(slot);
		n = UVM_AMAP_CHUNK - idx;
		if (n > npages - i)
			n = npages - i;
		chunk = amap_chunk_get(amap, slot, 0, M_NOWAIT);
		if (chunk == NULL)
			memset(&anons[i], 0, (size_t)n * sizeof(*anons));
		else
			memcpy(&anons[i], &chunk->ac_anon[idx],
			    (size_t)n * sizeof(*anons));
	}
}

/*
 * The chunk is made before A is taken: waiting for memory with A held would
 * stop whoever could free some.
 */
void
amap_populate(struct vm_aref *aref, vaddr_t offset_b)
{
	struct vm_amap *amap = aref->ar_amap;
	struct vm_amap_chunk *chunk, *found, *last;
	int slot;

	slot = aref_slot(aref, offset_b);
	if (UVM_AMAP_SMALL(amap))
		return;
	chunk = chunk_new(amap, AMAP_BASE_SLOT(slot), M_WAITOK);
	KASSERT(chunk != NULL);
	lk_point(POPULATE_UNLOCKED);

	amap_lock(amap);
	found = bucket_find(amap, AMAP_BASE_SLOT(slot), &last);
	if (found == NULL)
		chunk_link(amap, chunk, last);
	amap_unlock(amap);
	if (found != NULL)
		pool_put(&uvm_amap_chunk_pool, chunk);
	else
		vm_count(VMC_chunk_alloc, 1);
}

int
amap_add(struct vm_aref *aref, vaddr_t offset_b, struct vm_anon *anon,
    boolean_t replace)
{
	struct vm_amap *amap = aref->ar_amap;
	struct vm_amap_chunk *chunk;
	struct vm_anon *old;
	int idx, slot;

	rw_assert_wrlock(amap->am_lock);
	KASSERT(anon->an_lock == amap->am_lock);
	slot = aref_slot(aref, offset_b);
	idx = UVM_AMAP_SLOTIDX(slot);
	chunk = amap_chunk_get(amap, slot, 1, M_NOWAIT);
	if (chunk == NULL)
		return 1;

	old = chunk->ac_anon[idx];
	if (replace) {
		if (old == NULL)
			panic("amap_add: nothing to replace in slot %d", slot);
		/* Others who share the amap may still see the old page. */
		if (old->an_page != NULL &&
		    (amap_flags(amap) & AMAP_SHARED) != 0)
			pmap_page_protect(old->an_page, PROT_NONE);
	} else {
		if (old != NULL)
			panic("amap_add: slot %d is in use", slot);
		chunk->ac_usedmap |= (uint16_t)(1u << idx);
		amap->am_nused++;
	}
	chunk->ac_anon[idx] = anon;
	return 0;
}

void
amap_unadd(struct vm_aref *aref, vaddr_t offset_b)
{
	struct vm_amap *amap = aref->ar_amap;
	struct vm_amap_chunk *chunk;
	int idx, slot;

	rw_assert_wrlock(amap->am_lock);
	slot = aref_slot(aref, offset_b);
	idx = UVM_AMAP_SLOTIDX(slot);
	chunk = amap_chunk_get(amap, slot, 0, M_NOWAIT);
	if (chunk == NULL || chunk->ac_anon[idx] == NULL)
		panic("amap_unadd: slot %d is empty", slot);

	chunk->ac_anon[idx] = NULL;
	chunk->ac_usedmap &= (uint16_t)~(1u << idx);
	amap->am_nused--;
	vm_count(VMC_unadd, 1);
	if (chunk->ac_usedmap == 0)
		amap_chunk_free(amap, chunk);
}

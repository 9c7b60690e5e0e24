/*
 * A stand-in for somebody's uvm_amap.c, in the kernel's style and written
 * from the interface alone (docs/SUBJECTS.md), for the tests of external
 * subjects.  It knows nothing of amapstorm.
 *
 * Order of locks: vm_map, then amap_list_lock, then an amap's lock.
 *
 * -DPLANT=<one of those below> plants a defect.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/kernel.h>
#include <sys/pool.h>
#include <sys/atomic.h>

#include <uvm/uvm.h>
#include <uvm/uvm_swap.h>

enum plant {
	NOTHING,
	REVERSAL,	/* the list's lock is taken with the amap's held */
	LOST_REF,	/* a copy does not count itself */
	NO_SWAPOFF,	/* an amap dies although swap-off is in it */
	UNLOCKED_REF,	/* am_ref changes before the lock is taken */
	CHUNK_FAILURE,	/* a copy that fails keeps the references it took */
	/* files that are broken as such */
	CRASH,
	DEADLOCK,
	BAD_LIST,
	BAD_CHUNKS,
	/* a bucket is computed before it is known whether there are any */
	SMALL_BUCKET,
};
#ifndef PLANT
#define PLANT NOTHING
#endif

struct pool uvm_amap_pool;
struct pool uvm_small_amap_pool[UVM_AMAP_CHUNK];
struct pool uvm_amap_chunk_pool;

LIST_HEAD(, vm_amap) amap_list;
struct rwlock amap_list_lock = RWLOCK_INITIALIZER("amaplistlk");

static char amap_small_names[UVM_AMAP_CHUNK][12];

/* A run of slots with the same number of references. */
struct pp_run {
	int	pr_slot;
	int	pr_len;
	int	pr_refs;
};

/* Where a range of slots is within one chunk. */
struct slot_run {
	int	sr_first;	/* index in the chunk */
	int	sr_count;
};

static struct vm_amap *amap_alloc1(int, int, int);
static void amap_bury(struct vm_amap *);
static void amap_drop_range(struct vm_amap *, int, int);

static inline int
amap_poolflags(int waitf)
{
	return ISSET(waitf, M_WAITOK) ? PR_WAITOK : PR_NOWAIT;
}

/* The part of [slot, slot + left) that lies in slot's chunk. */
static inline struct slot_run
amap_run(int slot, int left)
{
	struct slot_run r;

	r.sr_first = UVM_AMAP_SLOTIDX(slot);
	r.sr_count = min(UVM_AMAP_CHUNK - r.sr_first, left);
	return r;
}

/*
 * the list of all amaps
 */
static inline void
amap_list_insert(struct vm_amap *amap)
{
	rw_enter_write(&amap_list_lock);
	LIST_INSERT_HEAD(&amap_list, amap, am_list);
	rw_exit_write(&amap_list_lock);
}

static inline void
amap_list_remove(struct vm_amap *amap)
{
	rw_enter_write(&amap_list_lock);
	if (PLANT != BAD_LIST)
		LIST_REMOVE(amap, am_list);
	rw_exit_write(&amap_list_lock);
}

/*
 * chunks
 */
static int
amap_bucket_of(struct vm_amap *amap, int slot)
{
	return UVM_AMAP_BUCKET(amap, slot);
}

/* => *after is where a new chunk of the slot's bucket goes */
static struct vm_amap_chunk *
amap_chunk_find(struct vm_amap *amap, int slot, struct vm_amap_chunk **after)
{
	int bucket = amap_bucket_of(amap, slot);
	struct vm_amap_chunk *chunk = amap->am_buckets[bucket];

	*after = NULL;
	while (chunk != NULL &&
	    amap_bucket_of(amap, chunk->ac_baseslot) == bucket) {
		if (chunk->ac_baseslot == AMAP_BASE_SLOT(slot))
			return chunk;
		*after = chunk;
		chunk = TAILQ_NEXT(chunk, ac_list);
	}
	return NULL;
}

static struct vm_amap_chunk *
amap_chunk_make(struct vm_amap *amap, int base, int waitf,
    struct vm_amap_chunk *after)
{
	struct vm_amap_chunk *chunk;

	chunk = pool_get(&uvm_amap_chunk_pool, amap_poolflags(waitf) | PR_ZERO);
	if (chunk == NULL)
		return NULL;
	chunk->ac_baseslot = base;
	chunk->ac_nslot = min(UVM_AMAP_CHUNK, amap->am_nslot - base);
	if (after == NULL) {
		TAILQ_INSERT_TAIL(&amap->am_chunks, chunk, ac_list);
		amap->am_buckets[amap_bucket_of(amap, base)] = chunk;
	} else
		TAILQ_INSERT_AFTER(&amap->am_chunks, after, chunk, ac_list);
	amap->am_ncused++;
	return chunk;
}

struct vm_amap_chunk *
amap_chunk_get(struct vm_amap *amap, int slot, int create, int waitf)
{
	struct vm_amap_chunk *chunk, *after;
	volatile int bucket;

	if (PLANT == SMALL_BUCKET) {
		bucket = UVM_AMAP_BUCKET(amap, slot);
		(void)bucket;
	}
	if (UVM_AMAP_SMALL(amap))
		return &amap->am_small;
	chunk = amap_chunk_find(amap, slot, &after);
	if (chunk == NULL && create)
		chunk = amap_chunk_make(amap, AMAP_BASE_SLOT(slot), waitf,
		    after);
	return chunk;
}

void
amap_chunk_free(struct vm_amap *amap, struct vm_amap_chunk *chunk)
{
	struct vm_amap_chunk **head, *next;
	int bucket;

	if (UVM_AMAP_SMALL(amap))
		return;
	bucket = amap_bucket_of(amap, chunk->ac_baseslot);
	head = &amap->am_buckets[bucket];
	if (*head == chunk) {
		next = TAILQ_NEXT(chunk, ac_list);
		if (next != NULL &&
		    amap_bucket_of(amap, next->ac_baseslot) == bucket)
			*head = next;
		else
			*head = NULL;
	}
	if (PLANT != BAD_CHUNKS)
		TAILQ_REMOVE(&amap->am_chunks, chunk, ac_list);
	pool_put(&uvm_amap_chunk_pool, chunk);
	amap->am_ncused--;
}

/* a chunk that nothing is left in goes */
static inline void
amap_chunk_trim(struct vm_amap *amap, struct vm_amap_chunk *chunk)
{
	if (chunk->ac_usedmap == 0)
		amap_chunk_free(amap, chunk);
}

/*
 * amap_init: called when the vm system is set up
 */
void
amap_init(void)
{
	int i;

	pool_init(&uvm_amap_pool, sizeof(struct vm_amap), 0, IPL_MPFLOOR, 0,
	    "amappl", NULL);
	pool_sethiwat(&uvm_amap_pool, 4096);
	for (i = 0; i < nitems(uvm_small_amap_pool); i++) {
		snprintf(amap_small_names[i], sizeof(amap_small_names[i]),
		    "amappl%d", i + 1);
		pool_init(&uvm_small_amap_pool[i],
		    offsetof(struct vm_amap, am_small.ac_anon) +
		    (i + 1) * sizeof(struct vm_anon *), 0, IPL_MPFLOOR, 0,
		    amap_small_names[i], NULL);
	}
	pool_init(&uvm_amap_chunk_pool, sizeof(struct vm_amap_chunk) +
	    UVM_AMAP_CHUNK * sizeof(struct vm_anon *), 0, IPL_MPFLOOR, 0,
	    "amapchunkpl", NULL);
}

/*
 * amap_free_memory: whatever an amap consists of, but its lock
 */
static void
amap_free_memory(struct vm_amap *amap)
{
	struct vm_amap_chunk *chunk, *next;

	if (amap->am_ppref != NULL && amap->am_ppref != PPREF_NONE)
		free(amap->am_ppref, M_UVMAMAP, amap->am_nslot * sizeof(int));
	if (UVM_AMAP_SMALL(amap)) {
		pool_put(&uvm_small_amap_pool[amap->am_nslot - 1], amap);
		return;
	}
	TAILQ_FOREACH_SAFE(chunk, &amap->am_chunks, ac_list, next)
		pool_put(&uvm_amap_chunk_pool, chunk);
	free(amap->am_buckets, M_UVMAMAP,
	    amap->am_nbuckets * sizeof(*amap->am_buckets));
	pool_put(&uvm_amap_pool, amap);
}

static int
amap_fill_chunks(struct vm_amap *amap, int waitf)
{
	int base;

	for (base = 0; base < amap->am_nslot; base += UVM_AMAP_CHUNK)
		if (amap_chunk_make(amap, base, waitf, NULL) == NULL)
			return ENOMEM;
	return 0;
}

static struct vm_amap *
amap_alloc_large(int slots, int waitf, int lazyalloc)
{
	struct vm_amap *amap;
	int bits, chunks = howmany(slots, UVM_AMAP_CHUNK);

	amap = pool_get(&uvm_amap_pool, amap_poolflags(waitf) | PR_ZERO);
	if (amap == NULL)
		return NULL;
	amap->am_nslot = slots;
	TAILQ_INIT(&amap->am_chunks);
	if (lazyalloc) {
		for (bits = 1; chunks > 1 << bits; bits++)
			continue;
		while ((1 << amap->am_hashshift) + 1 < bits)
			amap->am_hashshift++;
	}
	amap->am_nbuckets = howmany(chunks, 1 << amap->am_hashshift);
	amap->am_buckets = mallocarray(amap->am_nbuckets,
	    sizeof(*amap->am_buckets), M_UVMAMAP, waitf | M_ZERO);
	if (amap->am_buckets == NULL) {
		pool_put(&uvm_amap_pool, amap);
		return NULL;
	}
	if (!lazyalloc && amap_fill_chunks(amap, waitf) != 0) {
		amap_free_memory(amap);
		return NULL;
	}
	return amap;
}

static struct vm_amap *
amap_alloc1(int slots, int waitf, int lazyalloc)
{
	struct vm_amap *amap;

	if (slots <= UVM_AMAP_CHUNK) {
		amap = pool_get(&uvm_small_amap_pool[slots - 1],
		    amap_poolflags(waitf) | PR_ZERO);
		if (amap != NULL) {
			amap->am_nslot = slots;
			amap->am_small.ac_nslot = slots;
		}
	} else
		amap = amap_alloc_large(slots, waitf, lazyalloc);
	if (amap != NULL)
		amap->am_ref = 1;
	return amap;
}

static void
amap_lock_alloc(struct vm_amap *amap)
{
	rw_obj_alloc(&amap->am_lock, "amaplk");
}

struct vm_amap *
amap_alloc(vaddr_t sz, int waitf, int lazyalloc)
{
	struct vm_amap *amap;
	vaddr_t slots = atop(sz);

	if (PLANT == CRASH)
		*(volatile int *)(sz & 1) = 0;
	if (slots > INT_MAX)
		return NULL;
	amap = amap_alloc1(slots, waitf, lazyalloc);
	if (amap == NULL)
		return NULL;
	amap_lock_alloc(amap);
	amap_list_insert(amap);
	return amap;
}

void
amap_free(struct vm_amap *amap)
{
	KASSERT(amap->am_ref == 0 && amap->am_nused == 0);
	KASSERT(!ISSET(amap->am_flags, AMAP_SWAPOFF));

	if (amap->am_lock != NULL) {
		KASSERT(!rw_write_held(amap->am_lock));
		rw_obj_free(amap->am_lock);
	}
	amap_free_memory(amap);
}

/*
 * amap_wipeout: nobody has this amap any more; it is off the list
 */
void
amap_wipeout(struct vm_amap *amap)
{
	struct vm_amap_chunk *chunk;
	struct vm_anon *anon;
	struct pglist pgl;
	int slot;

	KASSERT(rw_write_held(amap->am_lock));
	KASSERT(amap->am_ref == 0);

	TAILQ_INIT(&pgl);
	AMAP_CHUNK_FOREACH(chunk, amap) {
		while (chunk->ac_usedmap != 0) {
			slot = ffs(chunk->ac_usedmap) - 1;
			anon = chunk->ac_anon[slot];
			if (__predict_false(anon == NULL || anon->an_ref == 0))
				panic("amap_wipeout: corrupt amap %p", amap);
			KASSERT(anon->an_lock == amap->am_lock);
			chunk->ac_usedmap &= ~(1 << slot);
			chunk->ac_anon[slot] = NULL;
			amap->am_nused--;
			if (--anon->an_ref == 0)
				uvm_anfree_list(anon, &pgl);
		}
	}
	uvm_pglistfree(&pgl);
	amap_unlock(amap);
	amap_free(amap);
}

/*
 * amap_bury: the last reference has gone.
 * => amap locked, and unlocked when we return
 * => whoever pages the amap in for swap-off will do it in our place
 */
static void
amap_bury(struct vm_amap *amap)
{
	if (PLANT != NO_SWAPOFF && ISSET(amap->am_flags, AMAP_SWAPOFF)) {
		amap_unlock(amap);
		return;
	}
	if (PLANT == NO_SWAPOFF)
		CLR(amap->am_flags, AMAP_SWAPOFF);
	if (PLANT == REVERSAL)
		amap_list_remove(amap);
	else {
		amap_unlock(amap);
		amap_list_remove(amap);
		amap_lock(amap);
	}
	amap_wipeout(amap);
}

/*
 * per-page references
 */
static struct pp_run
pp_at(int *ppref, int slot)
{
	struct pp_run r;

	r.pr_slot = slot;
	if (ppref[slot] > 0) {
		r.pr_len = 1;
		r.pr_refs = ppref[slot] - 1;
	} else {
		r.pr_len = ppref[slot + 1];
		r.pr_refs = -(ppref[slot] + 1);
	}
	return r;
}

static void
pp_put(int *ppref, struct pp_run r)
{
	if (r.pr_len > 1) {
		ppref[r.pr_slot] = -(r.pr_refs + 1);
		ppref[r.pr_slot + 1] = r.pr_len;
	} else
		ppref[r.pr_slot] = r.pr_refs + 1;
}

/* => the second part of a run that is cut at slot */
static struct pp_run
pp_cut(int *ppref, struct pp_run r, int slot)
{
	struct pp_run rest = r;

	rest.pr_slot = slot;
	rest.pr_len = r.pr_slot + r.pr_len - slot;
	r.pr_len -= rest.pr_len;
	pp_put(ppref, rest);
	pp_put(ppref, r);
	return rest;
}

void
amap_pp_establish(struct vm_amap *amap)
{
	struct pp_run all = { 0, amap->am_nslot, amap->am_ref };

	KASSERT(rw_write_held(amap->am_lock));
	amap->am_ppref = mallocarray(amap->am_nslot, sizeof(int), M_UVMAMAP,
	    M_NOWAIT | M_ZERO);
	if (amap->am_ppref == NULL)
		amap->am_ppref = PPREF_NONE;
	else
		pp_put(amap->am_ppref, all);
}

void
amap_pp_adjref(struct vm_amap *amap, int curslot, vsize_t slotlen, int adjval)
{
	int *ppref = amap->am_ppref, stop = curslot + slotlen, slot;
	struct pp_run r, before = { -1, 0, -1 };

	KASSERT(rw_write_held(amap->am_lock));
	for (slot = 0; slot < curslot; slot = r.pr_slot + r.pr_len) {
		r = pp_at(ppref, slot);
		if (slot + r.pr_len > curslot) {
			(void)pp_cut(ppref, r, curslot);
			r.pr_len = curslot - slot;
		}
		before = r;
	}
	while (slot < stop) {
		r = pp_at(ppref, slot);
		if (slot + r.pr_len > stop) {
			(void)pp_cut(ppref, r, stop);
			r.pr_len = stop - slot;
		}
		slot += r.pr_len;
		r.pr_refs += adjval;
		if (r.pr_refs < 0)
			panic("amap_pp_adjref: negative reference count");
		if (r.pr_refs == 0)
			amap_drop_range(amap, r.pr_slot, r.pr_len);
		if (before.pr_slot != -1 && before.pr_refs == r.pr_refs) {
			before.pr_len += r.pr_len;
			r = before;
		}
		pp_put(ppref, r);
		before.pr_slot = -1;
	}
}

/* => amap locked; what lies in the range loses the amap's reference */
static void
amap_drop_range(struct vm_amap *amap, int first, int slots)
{
	struct vm_amap_chunk *chunk;
	struct vm_anon *anon;
	struct slot_run run;
	int slot, i;

	for (slot = first; slot < first + slots; slot += run.sr_count) {
		run = amap_run(slot, first + slots - slot);
		chunk = amap_chunk_get(amap, slot, 0, M_NOWAIT);
		if (chunk == NULL)
			continue;
		for (i = run.sr_first; i < run.sr_first + run.sr_count; i++) {
			anon = chunk->ac_anon[i];
			if (anon == NULL)
				continue;
			chunk->ac_anon[i] = NULL;
			chunk->ac_usedmap &= ~(1 << i);
			amap->am_nused--;
			if (--anon->an_ref == 0)
				uvm_anfree(anon);
		}
		amap_chunk_trim(amap, chunk);
	}
}

static void
amap_adjref_anons(struct vm_amap *amap, vaddr_t offset, vsize_t len, int refv,
    boolean_t all)
{
	KASSERT(rw_write_held(amap->am_lock));
	if (all) {
		offset = 0;
		len = amap->am_nslot;
	}
	if (amap->am_ppref == NULL && len != amap->am_nslot)
		amap_pp_establish(amap);
	amap->am_ref += refv;
	if (amap->am_ppref != NULL && amap->am_ppref != PPREF_NONE)
		amap_pp_adjref(amap, offset, len, refv);
}

void
amap_ref(struct vm_amap *amap, vaddr_t offset, vsize_t len, int flags)
{
	if (PLANT == UNLOCKED_REF)
		amap->am_ref++;
	amap_lock(amap);
	if (PLANT == UNLOCKED_REF)
		amap->am_ref--;
	if (PLANT == DEADLOCK) {
		rw_enter_write(&amap_list_lock);
		rw_enter_write(&amap_list_lock);
	}
	SET(amap->am_flags, flags & AMAP_SHARED);
	amap_adjref_anons(amap, offset, len, 1, ISSET(flags, AMAP_REFALL));
	amap_unlock(amap);
}

/* => amap locked, more than one reference */
static void
amap_unref_locked(struct vm_amap *amap, vaddr_t offset, vsize_t len,
    boolean_t all)
{
	if (amap->am_ref == 2)
		CLR(amap->am_flags, AMAP_SHARED);
	amap_adjref_anons(amap, offset, len, -1, all);
}

void
amap_unref(struct vm_amap *amap, vaddr_t offset, vsize_t len, boolean_t all)
{
	if (PLANT == UNLOCKED_REF)
		amap->am_ref++;
	amap_lock(amap);
	if (PLANT == UNLOCKED_REF)
		amap->am_ref--;
	KASSERT(amap->am_ref > 0);
	if (amap->am_ref == 1) {
		amap->am_ref = 0;
		amap_bury(amap);
		return;
	}
	amap_unref_locked(amap, offset, len, all);
	amap_unlock(amap);
}

void
amap_splitref(struct vm_aref *orig, struct vm_aref *split, vaddr_t offset)
{
	struct vm_amap *amap = orig->ar_amap;
	int left;

	AMAP_B2SLOT(left, offset);
	amap_lock(amap);
	if (left <= 0 || left >= amap->am_nslot - orig->ar_pageoff)
		panic("amap_splitref: map size check failed");
	if (amap->am_ppref == NULL)
		amap_pp_establish(amap);
	amap->am_ref++;
	split->ar_amap = amap;
	split->ar_pageoff = orig->ar_pageoff + left;
	amap_unlock(amap);
}

/*
 * copies
 */

/* => both locked or private; false: no memory for a chunk */
static boolean_t
amap_copy_run(struct vm_amap *src, int from, struct vm_amap *dst, int to,
    int slots)
{
	struct vm_amap_chunk *sc, *dc = NULL;
	struct vm_anon *anon;
	int i, s, d;

	sc = amap_chunk_get(src, from, 0, M_NOWAIT);
	for (i = 0; sc != NULL && i < slots; i++) {
		s = UVM_AMAP_SLOTIDX(from) + i;
		d = UVM_AMAP_SLOTIDX(to) + i;
		anon = sc->ac_anon[s];
		if (anon == NULL)
			continue;
		if (dc == NULL)
			dc = amap_chunk_get(dst, to, 1, M_NOWAIT);
		if (dc == NULL)
			return FALSE;
		if (PLANT != LOST_REF || s != 0)
			anon->an_ref++;
		dc->ac_anon[d] = anon;
		dc->ac_usedmap |= 1 << d;
		dst->am_nused++;
	}
	return TRUE;
}

static boolean_t
amap_copy_slots(struct vm_amap *src, int off, struct vm_amap *dst)
{
	int slot, n;

	for (slot = 0; slot < dst->am_nslot; slot += n) {
		n = amap_run(slot, dst->am_nslot - slot).sr_count;
		n = amap_run(slot + off, n).sr_count;
		if (!amap_copy_run(src, slot + off, dst, slot, n))
			return FALSE;
	}
	return TRUE;
}

/* => src locked: the references that dst has got are given back */
static void
amap_copy_undo(struct vm_amap *dst)
{
	struct vm_amap_chunk *chunk;
	int i;

	AMAP_CHUNK_FOREACH(chunk, dst) {
		for (i = 0; i < chunk->ac_nslot; i++) {
			if (chunk->ac_anon[i] == NULL)
				continue;
			if (PLANT != CHUNK_FAILURE)
				chunk->ac_anon[i]->an_ref--;
			chunk->ac_anon[i] = NULL;
			dst->am_nused--;
		}
		chunk->ac_usedmap = 0;
	}
}

static void
amap_copy_first(struct vm_map *map, struct vm_map_entry *entry, int waitf,
    boolean_t canchunk, vaddr_t startva, vaddr_t endva)
{
	vaddr_t chunksize = ptoa(UVM_AMAP_CHUNK);
	int lazy = 0;

	if (atop(entry->end - entry->start) >= UVM_AMAP_LARGE) {
		if (canchunk) {
			startva = rounddown(startva, chunksize);
			UVM_MAP_CLIP_START(map, entry, startva);
			endva = roundup(endva, chunksize);
			UVM_MAP_CLIP_END(map, entry, endva);
		} else
			lazy = 1;
	}
	entry->aref.ar_pageoff = 0;
	entry->aref.ar_amap = amap_alloc(entry->end - entry->start, waitf,
	    lazy);
	if (entry->aref.ar_amap != NULL)
		entry->etype &= ~UVM_ET_NEEDSCOPY;
}

void
amap_copy(struct vm_map *map, struct vm_map_entry *entry, int waitf,
    boolean_t canchunk, vaddr_t startva, vaddr_t endva)
{
	struct vm_amap *dst, *src = entry->aref.ar_amap;
	int slots, off = entry->aref.ar_pageoff;

	KASSERT(map != kernel_map);
	if (src == NULL) {
		amap_copy_first(map, entry, waitf, canchunk, startva, endva);
		return;
	}

	/* Nobody can make more of the only reference but through our map. */
	if (amap_refs(src) == 1) {
		entry->etype &= ~UVM_ET_NEEDSCOPY;
		return;
	}
	AMAP_B2SLOT(slots, entry->end - entry->start);
	dst = amap_alloc1(slots, waitf,
	    !UVM_AMAP_SMALL(src) && src->am_hashshift != 0);
	if (dst == NULL)
		return;

	amap_lock(src);
	if (src->am_ref == 1) {
		amap_unlock(src);
		entry->etype &= ~UVM_ET_NEEDSCOPY;
		dst->am_ref = 0;
		amap_free(dst);
		return;
	}
	if (!amap_copy_slots(src, off, dst)) {
		amap_copy_undo(dst);
		amap_unlock(src);
		dst->am_ref = 0;
		amap_free(dst);
		return;
	}
	amap_unref_locked(src, off, slots, FALSE);
	if (dst->am_nused != 0) {
		dst->am_lock = src->am_lock;
		rw_obj_hold(dst->am_lock);
	}
	amap_unlock(src);

	if (dst->am_lock == NULL)
		amap_lock_alloc(dst);
	amap_list_insert(dst);
	entry->aref.ar_pageoff = 0;
	entry->aref.ar_amap = dst;
	entry->etype &= ~UVM_ET_NEEDSCOPY;
}

/* => amap locked; NULL: no memory */
static struct vm_anon *
amap_cow_anon(struct vm_amap *amap)
{
	struct vm_anon *anon;

	anon = uvm_analloc();
	if (anon == NULL)
		return NULL;
	anon->an_lock = amap->am_lock;
	if (uvm_pagealloc(NULL, 0, anon, 0) == NULL) {
		anon->an_lock = NULL;
		anon->an_ref--;
		uvm_anfree(anon);
		return NULL;
	}
	return anon;
}

void
amap_cow_now(struct vm_map *map, struct vm_map_entry *entry)
{
	struct vm_amap *amap = entry->aref.ar_amap;
	struct vm_amap_chunk *chunk;
	struct vm_anon *anon, *nanon;
	struct vm_page *pg, *npg;
	int slot;

again:
	amap_lock(amap);
	AMAP_CHUNK_FOREACH(chunk, amap) {
		for (slot = 0; slot < chunk->ac_nslot; slot++) {
			anon = chunk->ac_anon[slot];
			if (anon == NULL || anon->an_ref <= 1)
				continue;
			pg = anon->an_page;
			if (pg == NULL)
				continue;
			if (pg->pg_flags & PG_BUSY) {
				atomic_setbits_int(&pg->pg_flags, PG_WANTED);
				rwsleep_nsec(pg, amap->am_lock,
				    PVM | PNORELOCK, "cownow", INFSLP);
				goto again;
			}
			nanon = amap_cow_anon(amap);
			if (nanon == NULL) {
				amap_unlock(amap);
				uvm_wait("cownowpage");
				goto again;
			}
			npg = nanon->an_page;
			uvm_pagecopy(pg, npg);
			anon->an_ref--;
			chunk->ac_anon[slot] = nanon;
			atomic_clearbits_int(&npg->pg_flags,
			    PG_BUSY | PG_FAKE);
			UVM_PAGE_OWN(npg, NULL);
			uvm_lock_pageq();
			uvm_pageactivate(npg);
			uvm_unlock_pageq();
		}
	}
	amap_unlock(amap);
}

/*
 * slots
 */
static int
amap_slot(struct vm_aref *aref, vaddr_t offset)
{
	int slot;

	AMAP_B2SLOT(slot, offset);
	slot += aref->ar_pageoff;
	KASSERT(slot < aref->ar_amap->am_nslot);
	return slot;
}

struct vm_anon *
amap_lookup(struct vm_aref *aref, vaddr_t offset)
{
	struct vm_anon *anon;

	amap_lookups(aref, offset, &anon, 1);
	return anon;
}

void
amap_lookups(struct vm_aref *aref, vaddr_t offset, struct vm_anon **anons,
    int npages)
{
	struct vm_amap_chunk *chunk;
	struct slot_run run;
	int slot = amap_slot(aref, offset);

	while (npages > 0) {
		run = amap_run(slot, npages);
		chunk = amap_chunk_get(aref->ar_amap, slot, 0, M_NOWAIT);
		if (chunk != NULL)
			memcpy(anons, &chunk->ac_anon[run.sr_first],
			    run.sr_count * sizeof(*anons));
		else
			memset(anons, 0, run.sr_count * sizeof(*anons));
		anons += run.sr_count;
		slot += run.sr_count;
		npages -= run.sr_count;
	}
}

void
amap_populate(struct vm_aref *aref, vaddr_t offset)
{
	struct vm_amap_chunk *chunk;

	chunk = amap_chunk_get(aref->ar_amap, amap_slot(aref, offset), 1,
	    M_WAITOK);
	KASSERT(chunk != NULL);
}

int
amap_add(struct vm_aref *aref, vaddr_t offset, struct vm_anon *anon,
    boolean_t replace)
{
	struct vm_amap *amap = aref->ar_amap;
	struct vm_amap_chunk *chunk;
	struct vm_anon **at;
	int slot = amap_slot(aref, offset);

	chunk = amap_chunk_get(amap, slot, 1, M_NOWAIT);
	if (chunk == NULL)
		return 1;
	slot = UVM_AMAP_SLOTIDX(slot);
	at = &chunk->ac_anon[slot];
	if ((*at != NULL) != replace)
		panic("amap_add: slot %d %s", slot, replace ? "is empty" :
		    "in use");
	if (replace && (*at)->an_page != NULL &&
	    ISSET(amap->am_flags, AMAP_SHARED))
		pmap_page_protect((*at)->an_page, PROT_NONE);
	if (!replace) {
		chunk->ac_usedmap |= 1 << slot;
		amap->am_nused++;
	}
	*at = anon;
	return 0;
}

void
amap_unadd(struct vm_aref *aref, vaddr_t offset)
{
	struct vm_amap *amap = aref->ar_amap;
	struct vm_amap_chunk *chunk;
	int slot = amap_slot(aref, offset);

	KASSERT(rw_write_held(amap->am_lock));
	chunk = amap_chunk_get(amap, slot, 0, M_NOWAIT);
	slot = UVM_AMAP_SLOTIDX(slot);
	if (chunk == NULL || chunk->ac_anon[slot] == NULL)
		panic("amap_unadd: nothing there");
	chunk->ac_anon[slot] = NULL;
	chunk->ac_usedmap &= ~(1 << slot);
	amap->am_nused--;
	amap_chunk_trim(amap, chunk);
}

/*
 * swap-off
 */

/* => amap locked; the first slot from *slot on that has its page there */
static struct vm_anon *
amap_swap_next(struct vm_amap *amap, int *slot, int start, int end)
{
	struct vm_amap_chunk *chunk;
	struct vm_anon *anon;

	while (*slot < amap->am_nslot) {
		chunk = amap_chunk_get(amap, *slot, 0, M_NOWAIT);
		if (chunk == NULL || chunk->ac_usedmap == 0) {
			*slot = AMAP_BASE_SLOT(*slot) + UVM_AMAP_CHUNK;
			continue;
		}
		anon = chunk->ac_anon[UVM_AMAP_SLOTIDX(*slot)];
		if (anon != NULL && anon->an_swslot >= start &&
		    anon->an_swslot < end)
			return anon;
		(*slot)++;
	}
	return NULL;
}

/*
 * => amap locked, and unlocked (or gone) when we return
 * => rounds until one has found nothing
 */
static boolean_t
amap_swap_off_one(struct vm_amap *amap, int start, int end)
{
	struct vm_anon *anon;
	boolean_t failed = FALSE, found;
	int slot;

	do {
		found = FALSE;
		slot = 0;
		while (!failed && (anon = amap_swap_next(amap, &slot, start,
		    end)) != NULL) {
			found = TRUE;
			SET(amap->am_flags, AMAP_SWAPOFF);
			failed = uvm_anon_pagein(amap, anon);
			amap_lock(amap);
			CLR(amap->am_flags, AMAP_SWAPOFF);
			if (amap->am_ref == 0) {
				amap_bury(amap);
				return failed;
			}
		}
	} while (found && !failed);
	amap_unlock(amap);
	return failed;
}

boolean_t
amap_swap_off(int startslot, int endslot)
{
	struct vm_amap marker, *amap;
	boolean_t failed = FALSE;

	memset(&marker, 0, sizeof(marker));
	rw_enter_write(&amap_list_lock);
	LIST_INSERT_HEAD(&amap_list, &marker, am_list);
	while (!failed && (amap = LIST_NEXT(&marker, am_list)) != NULL) {
		amap_lock(amap);
		LIST_REMOVE(&marker, am_list);
		LIST_INSERT_AFTER(amap, &marker, am_list);
		if (amap->am_ref == 0 || amap->am_nused == 0) {
			amap_unlock(amap);
			continue;
		}
		rw_exit_write(&amap_list_lock);
		failed = amap_swap_off_one(amap, startslot, endslot);
		rw_enter_write(&amap_list_lock);
	}
	LIST_REMOVE(&marker, am_list);
	rw_exit_write(&amap_list_lock);
	return failed;
}

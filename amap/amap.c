/*
 * amap.c: amaps as wholes: life, copies, references.
 *
 * An amap is on amap_list from before anybody can reach it until its last
 * reference has gone, so that a walker of the list sees every anon; it has a
 * lock object that it may share with the amap it was copied from, because an
 * anon that both name has one lock.
 */
#include "amap/subject_int.h"

/* ------------------------------------------------------------------------
 * Life
 */

void
amap_list_insert(struct vm_amap *amap, struct vm_amap *after)
{
	struct vm_amap *next;

	rw_enter_write(&amap_list_lock);
	if (after == NULL) {
		LIST_INSERT_HEAD(&amap_list, amap, am_list);
	} else {
		/*
		 * A walker that is at work on `after` has its marker behind
		 * it; the copy may hold what it is looking for.
		 */
		while ((next = LIST_NEXT(after, am_list)) != NULL &&
		    amap_is_marker(next))
			after = next;
		LIST_INSERT_AFTER(after, amap, am_list);
	}
	rw_exit_write(&amap_list_lock);
}

void
amap_list_remove(struct vm_amap *amap)
{
	rw_enter_write(&amap_list_lock);
	LIST_REMOVE(amap, am_list);
	rw_exit_write(&amap_list_lock);
}

/* => false: no memory, and the caller would not wait */
static bool
amap_lock_alloc(struct vm_amap *amap, int waitf)
{
	if ((waitf & M_WAITOK) == 0)
		return rw_obj_try_alloc(&amap->am_lock, "amaplk");
	rw_obj_alloc(&amap->am_lock, "amaplk");
	return true;
}

struct vm_amap *
amap_alloc(vaddr_t sz_b, int waitf, int lazyalloc)
{
	struct vm_amap *amap;
	vaddr_t slots;

	slots = atop(sz_b);
	KASSERT(slots > 0 && ptoa(slots) == sz_b);
	if (slots > INT_MAX)
		return NULL;
	amap = amap_alloc1((int)slots, waitf, lazyalloc);
	if (amap == NULL)
		return NULL;
	if (!amap_lock_alloc(amap, waitf)) {
		amap_setref(amap, 0);
		amap_free(amap);
		return NULL;
	}
	amap_list_insert(amap, NULL);
	return amap;
}

void
amap_free(struct vm_amap *amap)
{
	KASSERT(amap_refs(amap) == 0 && amap->am_nused == 0);
	KASSERT((amap_flags(amap) & AMAP_SWAPOFF) == 0);
	if (amap->am_lock != NULL) {
		KASSERT(!rw_write_held(amap->am_lock));
		rw_obj_free(amap->am_lock);
	}
	amap_free1(amap);
	vm_count(VMC_amap_free, 1);
}

/* Take all anons of a chunk out; pages that die go on the list. */
static void
wipe_chunk(struct vm_amap *amap, struct vm_amap_chunk *chunk,
    struct pglist *dead)
{
	struct vm_anon *anon;
	unsigned int map;
	int i;

	for (map = chunk->ac_usedmap; map != 0; map &= map - 1) {
		i = ffs((int)map) - 1;
		anon = chunk->ac_anon[i];
		if (anon == NULL || anon->an_ref == 0)
			panic("amap_wipeout: corrupt amap %p", (void *)amap);
		KASSERT(anon->an_lock == amap->am_lock);
		chunk->ac_anon[i] = NULL;
		amap->am_nused--;
		if (--anon->an_ref == 0)
			uvm_anfree_list(anon, dead);
	}
	chunk->ac_usedmap = 0;
}

void
amap_discard(struct vm_amap *amap)
{
	struct pglist dead;
	struct vm_amap_chunk *chunk;

	rw_assert_wrlock(amap->am_lock);
	KASSERT(amap_refs(amap) == 0);
	KASSERT((amap_flags(amap) & AMAP_SWAPOFF) == 0);

	if (atomic_load_explicit(&vmw()->vw_markers, memory_order_relaxed) > 0)
		vm_count(VMC_unref_marked, 1);
	TAILQ_INIT(&dead);
	AMAP_CHUNK_FOREACH(chunk, amap)
		wipe_chunk(amap, chunk, &dead);
	uvm_pglistfree(&dead);
	amap_unlock(amap);
	amap_free(amap);
}

void
amap_wipeout(struct vm_amap *amap)
{
	rw_assert_wrlock(amap->am_lock);
	KASSERT(amap_refs(amap) == 0);

	if ((amap_flags(amap) & AMAP_SWAPOFF) != 0) {
		/* The walker is bringing in a page; it will see the 0. */
		vm_count(VMC_wipe_deferred, 1);
		amap_unlock(amap);
		return;
	}
	vmw()->vw_scheme->wipeout(amap);
}

/* ------------------------------------------------------------------------
 * References
 */

void
amap_ref(struct vm_amap *amap, vaddr_t offset, vsize_t len, int flags)
{
	amap_lock(amap);
	if ((flags & AMAP_SHARED) != 0)
		amap_setflag(amap, AMAP_SHARED);
	amap_adjref_anons(amap, offset, len, 1, (flags & AMAP_REFALL) != 0);
}

/* => A held, released on return */
static void
drop_ref_locked(struct vm_amap *amap, vaddr_t offset, vsize_t len,
    boolean_t all)
{
	int refs = amap_refs(amap);

	KASSERT(refs > 0);
	if (refs == 1) {
		amap_setref(amap, 0);
		vmw()->vw_scheme->last_unref(amap);
		return;
	}
	if (refs == 2 && (amap_flags(amap) & AMAP_SHARED) != 0)
		amap_clearflag(amap, AMAP_SHARED);
	amap_adjref_anons(amap, offset, len, -1, all);
}

static void
drop_ref(struct vm_amap *amap, vaddr_t offset, vsize_t len, boolean_t all)
{
	amap_lock(amap);
	drop_ref_locked(amap, offset, len, all);
}

void
amap_unref(struct vm_amap *amap, vaddr_t offset, vsize_t len, boolean_t all)
{
	if (!all && len != (vsize_t)amap->am_nslot)
		vm_count(VMC_unref_partial, 1);
	drop_ref(amap, offset, len, all);
}

void
amap_splitref(struct vm_aref *orig, struct vm_aref *split, vaddr_t offset_b)
{
	struct vm_amap *amap = orig->ar_amap;
	int left;

	AMAP_B2SLOT(left, offset_b);
	if (left == 0)
		panic("amap_splitref: split at the start");

	amap_lock(amap);
	if (left < 0 || left >= amap->am_nslot - orig->ar_pageoff)
		panic("amap_splitref: slot %d of an aref from %d on, of %d",
		    left, orig->ar_pageoff, amap->am_nslot);
	/*
	 * The parts cover what the whole did: no slot's count changes, but
	 * am_ref is no longer what a slot has.
	 */
	if (amap->am_ppref == NULL)
		amap_pp_establish(amap);
	amap_setref(amap, amap_refs(amap) + 1);
	split->ar_amap = amap;
	split->ar_pageoff = orig->ar_pageoff + left;
	amap_unlock(amap);
	vm_count(VMC_splitref, 1);
}

/* ------------------------------------------------------------------------
 * Copies
 */

/* Clip the entry to the chunk-sized pieces around [startva, endva). */
static void
copy_clip(struct vm_map *map, struct vm_map_entry *entry, vaddr_t startva,
    vaddr_t endva)
{
	vaddr_t size;

	size = ptoa(UVM_AMAP_CHUNK);
	startva -= startva % size;
	UVM_MAP_CLIP_START(map, entry, startva);
	if (endva % size != 0)
		endva += size - endva % size;
	/* Rounded past the end of the address space it is 0: clips nothing. */
	UVM_MAP_CLIP_END(map, entry, endva);
}

/* The entry has no amap yet. */
static void
copy_fresh(struct vm_map *map, struct vm_map_entry *entry, int waitf,
    boolean_t canchunk, vaddr_t startva, vaddr_t endva)
{
	struct vm_amap *amap;
	int lazy = 0;

	if (atop(entry->end - entry->start) >= UVM_AMAP_LARGE) {
		if (canchunk)
			copy_clip(map, entry, startva, endva);
		else
			lazy = 1;
	}
	amap = amap_alloc(entry->end - entry->start, waitf, lazy);
	if (amap == NULL) {
		vm_count(VMC_amap_copy_fail, 1);
		return;
	}
	entry->aref.ar_pageoff = 0;
	entry->aref.ar_amap = amap;
	entry->etype &= ~UVM_ET_NEEDSCOPY;
}

/*
 * Let n slots of a source's chunk appear in dst; neither side of the run
 * crosses the border of a chunk.
 * => false: no memory
 */
static bool
copy_run(struct vm_amap_chunk *from, int slot, int n, struct vm_amap *dst,
    int dstslot)
{
	struct vm_amap_chunk *to;
	unsigned int map;
	int i, off;

	map = from->ac_usedmap & amap_chunk_mask(from, slot, slot + n);
	if (map == 0)
		return true;
	/* Never waits: the source's lock is held. */
	to = amap_chunk_get(dst, dstslot, 1, M_NOWAIT);
	if (to == NULL)
		return false;
	off = UVM_AMAP_SLOTIDX(dstslot) - UVM_AMAP_SLOTIDX(slot);
	for (; map != 0; map &= map - 1) {
		i = ffs((int)map) - 1;
		from->ac_anon[i]->an_ref++;
		to->ac_anon[i + off] = from->ac_anon[i];
		to->ac_usedmap |= (uint16_t)(1u << (i + off));
		dst->am_nused++;
	}
	return true;
}

/* => src and dst locked; false: no memory, dst has got some of it */
static bool
copy_slots(struct vm_amap *src, int first, int slots, struct vm_amap *dst)
{
	struct amap_range rg;
	struct vm_amap_chunk *chunk;
	int end, n, room, slot;

	amap_range_init(&rg, src, first, slots);
	while ((chunk = amap_range_next(&rg)) != NULL) {
		slot = chunk->ac_baseslot;
		end = slot + chunk->ac_nslot;
		if (slot < first)
			slot = first;
		if (end > first + slots)
			end = first + slots;
		for (; slot < end; slot += n) {
			n = end - slot;
			room = UVM_AMAP_CHUNK - UVM_AMAP_SLOTIDX(slot - first);
			if (n > room)
				n = room;
			if (!copy_run(chunk, slot, n, dst, slot - first))
				return false;
		}
	}
	return true;
}

/* => src locked */
static bool
slots_used(struct vm_amap *src, int first, int slots)
{
	struct amap_range rg;
	struct vm_amap_chunk *chunk;

	amap_range_init(&rg, src, first, slots);
	while ((chunk = amap_range_next(&rg)) != NULL) {
		if ((chunk->ac_usedmap &
		    amap_chunk_mask(chunk, first, first + slots)) != 0)
			return true;
	}
	return false;
}

enum copied { COPY_DONE, COPY_TAKEN_OVER, COPY_FAILED };

/*
 * There is nothing to inherit: dst stays empty, and has a lock of its own.
 */
static enum copied
copy_nothing(struct vm_amap *src, int first, struct vm_amap *dst)
{
	(void)amap_lock_alloc(dst, M_WAITOK);
	amap_list_insert(dst, src);
	drop_ref(src, (vaddr_t)first, (vsize_t)dst->am_nslot, FALSE);
	return COPY_DONE;
}

/*
 * Fill dst from the part of src that the entry covers.  Anons in common: a
 * lock in common.  dst is put on the list before it is filled, behind src: so
 * whatever a walker finds in src or has left to find in dst, and whatever
 * others put into src meanwhile, no anon is ever where it is not looked for.
 * If it comes to nothing dst dies as any amap does, with what it has got.
 */
static enum copied
copy_filled(struct vm_amap *src, int first, struct vm_amap *dst)
{
	vsize_t slots = (vsize_t)dst->am_nslot;
	enum copied how = COPY_DONE;

	rw_obj_hold(src->am_lock);
	dst->am_lock = src->am_lock;
	amap_list_insert(dst, src);
	lk_point(AMAP_COPY_LISTED);

	amap_lock(src);				/* and so dst */
	if (amap_refs(src) == 1)
		how = COPY_TAKEN_OVER;
	else if (!copy_slots(src, first, dst->am_nslot, dst))
		how = COPY_FAILED;
	if (how == COPY_DONE)
		drop_ref_locked(src, (vaddr_t)first, slots, FALSE);
	else
		drop_ref_locked(dst, 0, slots, TRUE);
	return how;
}

/* => dst is private; it is listed when done, else gone; nothing locked */
static enum copied
copy_from(struct vm_amap *src, int first, struct vm_amap *dst, int waitf)
{
	bool mine, used;

	amap_lock(src);
	mine = amap_refs(src) == 1;
	used = slots_used(src, first, dst->am_nslot);
	amap_unlock(src);
	if (mine) {
		amap_setref(dst, 0);
		amap_free(dst);
		return COPY_TAKEN_OVER;
	}
	/* Without anons in common it is a choice: sharing needs no memory. */
	if (used || (waitf & M_WAITOK) == 0)
		return copy_filled(src, first, dst);
	return copy_nothing(src, first, dst);
}

void
amap_copy(struct vm_map *map, struct vm_map_entry *entry, int waitf,
    boolean_t canchunk, vaddr_t startva, vaddr_t endva)
{
	struct vm_amap *dst, *src = entry->aref.ar_amap;
	int slots;

	KASSERT(map != NULL);
	if (src == NULL) {
		copy_fresh(map, entry, waitf, canchunk, startva, endva);
		return;
	}

	/*
	 * A count of 1 is ours, and M keeps anybody from copying it from us:
	 * it stays 1.  Any other count may fall meanwhile.
	 */
	if (amap_refs(src) == 1) {
		entry->etype &= ~UVM_ET_NEEDSCOPY;
		vm_count(VMC_amap_takeover, 1);
		return;
	}
	lk_point(AMAP_COPY_UNLOCKED);

	AMAP_B2SLOT(slots, entry->end - entry->start);
	dst = amap_alloc1(slots, waitf,
	    !UVM_AMAP_SMALL(src) && src->am_hashshift != 0);
	if (dst == NULL) {
		vm_count(VMC_amap_copy_fail, 1);
		return;
	}
	switch (copy_from(src, entry->aref.ar_pageoff, dst, waitf)) {
	case COPY_FAILED:
		vm_count(VMC_amap_copy_fail, 1);
		return;
	case COPY_TAKEN_OVER:
		vm_count(VMC_amap_takeover, 1);
		break;
	case COPY_DONE:
		entry->aref.ar_pageoff = 0;
		entry->aref.ar_amap = dst;
		vm_count(VMC_amap_copy, 1);
		break;
	}
	entry->etype &= ~UVM_ET_NEEDSCOPY;
}

/* An anon with a page for a copy.  => A held; NULL: no memory */
static struct vm_anon *
cow_now_anon(struct vm_amap *amap)
{
	struct vm_anon *anon;

	anon = uvm_analloc();
	if (anon == NULL)
		return NULL;
	anon->an_lock = amap->am_lock;
	if (uvm_pagealloc(NULL, 0, anon, 0) != NULL)
		return anon;
	anon->an_lock = NULL;
	anon->an_ref--;
	uvm_anfree(anon);
	return NULL;
}

/*
 * Give slot i of the chunk an anon of its own.
 * => A held; false: it was released while sleeping, all may have changed
 */
static bool
cow_now_slot(struct vm_amap *amap, struct vm_amap_chunk *chunk, int i)
{
	struct vm_anon *anon = chunk->ac_anon[i], *copy;
	struct vm_page *page, *pg;

	/*
	 * First the count: what has been copied already may have been paged
	 * out while we slept.  What the parent has wired is resident; where
	 * it is not, a sharer has replaced the parent's page meanwhile, and
	 * a fault will copy the new one in time.
	 */
	pg = anon->an_page;
	if (anon->an_ref <= 1 || pg == NULL)
		return true;

	if ((vm_page_flags(pg) & PG_BUSY) != 0) {
		uvm_pagewait(pg, amap->am_lock, "cownow");
		return false;
	}
	copy = cow_now_anon(amap);
	if (copy == NULL) {
		amap_unlock(amap);
		uvm_wait("cownowpage");
		return false;
	}
	page = copy->an_page;
	uvm_pagecopy(pg, page);
	anon->an_ref--;
	chunk->ac_anon[i] = copy;
	atomic_clearbits_int(&page->pg_flags, PG_BUSY | PG_FAKE | PG_CLEAN);
	uvm_lock_pageq();
	uvm_pageactivate(page);
	uvm_unlock_pageq();
	vm_count(VMC_cow_now, 1);
	vm_count(VMC_cow_copy, 1);
	return true;
}

/* => A held; true: all done; false: released */
static bool
cow_now_pass(struct vm_amap *amap)
{
	struct vm_amap_chunk *chunk;
	unsigned int map;

	AMAP_CHUNK_FOREACH(chunk, amap) {
		for (map = chunk->ac_usedmap; map != 0; map &= map - 1) {
			if (!cow_now_slot(amap, chunk, ffs((int)map) - 1))
				return false;
		}
	}
	return true;
}

void
amap_cow_now(struct vm_map *map, struct vm_map_entry *entry)
{
	struct vm_amap *amap = entry->aref.ar_amap;

	if (amap == NULL)
		return;
	for (;;) {
		amap_lock(amap);
		if (cow_now_pass(amap))
			break;
		lk_point(COW_NOW_AGAIN);
	}
	amap_unlock(amap);
}

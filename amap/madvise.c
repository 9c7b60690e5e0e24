/*
 * madvise.c: what a process says about memory that it does not need.
 */
#include "amap/map_int.h"

/* => map held for reading, A held */
typedef void advise_fn(struct vm_map_entry *, vaddr_t off, struct vm_anon *);

static void
page_age(struct vm_anon *anon)
{
	struct vm_page *pg = anon->an_page;

	if (pg == NULL || (vm_page_flags(pg) & PG_BUSY) != 0)
		return;
	uvm_lock_pageq();
	uvm_pagedeactivate(pg);
	uvm_unlock_pageq();
}

static void
advise_cold(struct vm_map_entry *e, vaddr_t off, struct vm_anon *anon)
{
	page_age(anon);
}

/*
 * An amap that is neither NEEDSCOPY here nor shared is ours: others that name
 * it are other parts of this map.  An anon may be in other amaps still.
 */
static void
advise_free(struct vm_map_entry *e, vaddr_t off, struct vm_anon *anon)
{
	if (UVM_ET_ISNEEDSCOPY(e) || vm_entry_wired(e) || anon->an_ref > 1 ||
	    (amap_flags(e->aref.ar_amap) & AMAP_SHARED) != 0) {
		page_age(anon);
		return;
	}
	/* Even if it is busy: no load may find the old content after a store
	 * has made the new one. */
	if (anon->an_page != NULL)
		pmap_page_protect(anon->an_page, VM_PROT_NONE);
	AMAP->unadd(&e->aref, off);
	anon->an_ref--;
	uvm_anfree(anon);
}

static void
advise_entry(struct vm_map_entry *e, vaddr_t start, vaddr_t end, advise_fn *fn)
{
	struct vm_amap *amap = e->aref.ar_amap;
	struct vm_anon *anon;
	vaddr_t va;

	if (amap == NULL)
		return;
	start = start > e->start ? start : e->start;
	end = end < e->end ? end : e->end;
	amap_lock(amap);
	for (va = start; va < end; va += vm_page_size()) {
		anon = AMAP->lookup(&e->aref, va - e->start);
		if (anon != NULL)
			fn(e, va - e->start, anon);
	}
	amap_unlock(amap);
}

static int
advise(struct vm_map *map, vaddr_t start, vaddr_t end, advise_fn *fn)
{
	struct vm_map_entry *e;
	int error;

	if ((error = uvm_map_checkrange(map, start, end)) != 0)
		return error;
	vm_map_lock_read(map);
	if (uvm_map_isfull(map, start, end)) {
		for (e = uvm_map_first(map, start);
		    e != NULL && e->start < end; e = uvm_map_next(e))
			advise_entry(e, start, end, fn);
	} else
		error = EFAULT;
	vm_map_unlock_read(map);
	return error;
}

int
vm_madvise_free(struct vm_space *s, uintptr_t start, uintptr_t end)
{
	return advise(&s->map, start, end, advise_free);
}

int
vm_madvise_cold(struct vm_space *s, uintptr_t start, uintptr_t end)
{
	return advise(&s->map, start, end, advise_cold);
}

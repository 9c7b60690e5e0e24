/*
 * wire.c: pages that must stay.
 *
 * A translation in a wired entry <=> one wire count on its page, which is
 * noted in the entry's vm_wires.  The entry starts without translations, so
 * each comes through a fault, which notes it; a fault that replaces a page
 * moves the count.  The page may be replaced behind our back by a sharer of
 * the amap: then the old page keeps our count until we meet it again, or
 * takes it along when it is freed, which its generation tells.
 */
#include "amap/map_int.h"

static size_t
wires_size(size_t npages)
{
	return sizeof(struct vm_wires) + npages * sizeof(struct vm_wire);
}

int
uvm_wire_entry(struct vm_map *map, struct vm_map_entry *e)
{
	vsize_t n = vm_entry_pages(e);

	KASSERT(e->wires == NULL && e->wired_count == 0);
	e->wires = kern_mallocarray(1, wires_size(n), M_UVMAMAP,
	    M_NOWAIT | M_ZERO);
	if (e->wires == NULL)
		return ENOMEM;
	e->wires->ws_n = n;
	e->wires->ws_refs = 1;
	e->wireoff = 0;
	e->wired_count = 1;
	pmap_remove(map->pmap, e->start, e->end);
	return 0;
}

/* => page-queue lock held */
static void
wire_drop(struct vm_wire *w)
{
	if (w->wi_page != NULL && w->wi_page->pg_gen == w->wi_gen)
		uvm_pageunwire(w->wi_page);
	w->wi_page = NULL;
}

void
uvm_unwire_entry(struct vm_map_entry *e)
{
	struct vm_wires *ws = e->wires;
	vsize_t i, n = vm_entry_pages(e);

	uvm_lock_pageq();
	for (i = 0; i < n; i++)
		wire_drop(&ws->ws_wire[e->wireoff + i]);
	uvm_unlock_pageq();
	e->wires = NULL;
	e->wired_count = 0;
	if (--ws->ws_refs == 0)
		kern_free(ws, M_UVMAMAP, wires_size(ws->ws_n));
}

void
uvm_wire_page(struct vm_map_entry *e, vaddr_t va, struct vm_page *pg,
    struct vm_anon *anon)
{
	struct vm_wire *w;

	w = &e->wires->ws_wire[e->wireoff + atop(va - e->start)];
	uvm_lock_pageq();
	if (w->wi_page != pg || pg->pg_gen != w->wi_gen) {
		wire_drop(w);
		uvm_pagewire(pg);
		w->wi_page = pg;
		w->wi_gen = pg->pg_gen;
		vm_count(VMC_wired, 1);
	}
	uvm_unlock_pageq();
	/* It will not go out: its place on swap is of no use. */
	if (anon != NULL) {
		uvm_anon_dropswap(anon);
		atomic_clearbits_int(&pg->pg_flags, PG_CLEAN);
	}
}

/* => map write-locked; undo one mlock of each entry that is wired */
static void
unwire_range(struct vm_map *map, vaddr_t start, vaddr_t end, bool all)
{
	struct vm_map_entry *e;

	for (e = uvm_map_first(map, start); e != NULL && e->start < end;
	    e = uvm_map_next(e)) {
		if (!vm_entry_wired(e))
			continue;
		UVM_MAP_CLIP_START(map, e, start);
		UVM_MAP_CLIP_END(map, e, end);
		if (all || e->wired_count == 1)
			uvm_unwire_entry(e);
		else
			e->wired_count--;
	}
}

/* => map write-locked, the range full; nothing is done on error */
static int
wire_range(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	struct vm_map_entry *e;
	int error;

	for (e = uvm_map_clip(map, start, end); e != NULL && e->start < end;
	    e = uvm_map_next(e)) {
		if (vm_entry_wired(e))
			e->wired_count++;
		else if ((error = uvm_wire_entry(map, e)) != 0) {
			if (e->start > start)
				unwire_range(map, start, e->start, false);
			return error;
		}
	}
	return 0;
}

/*
 * The map is not locked while pages are faulted in, one by one (R25): others
 * may unmap, clip or unwire what we wire.  So what has gone is EFAULT, and
 * what is not wired any more is just a fault.
 */
int
vm_mlock(struct vm_space *s, uintptr_t start, uintptr_t end)
{
	struct vm_map *map = &s->map;
	vaddr_t va;
	int error;

	if ((error = uvm_map_checkrange(map, start, end)) != 0)
		return error;
	vm_map_lock(map);
	error = uvm_map_isfull(map, start, end) ?
	    wire_range(map, start, end) : EFAULT;
	vm_map_unlock(map);
	if (error != 0)
		return error;
	lk_point(MLOCK_MARKED);
	for (va = start; va < end && error == 0; va += vm_page_size())
		error = uvm_fault(map, va, VM_PROT_NONE, true);
	if (error == 0)
		return 0;
	vm_map_lock(map);
	unwire_range(map, start, end, false);
	vm_map_unlock(map);
	return error;
}

int
vm_munlock(struct vm_space *s, uintptr_t start, uintptr_t end)
{
	struct vm_map *map = &s->map;
	int error;

	if ((error = uvm_map_checkrange(map, start, end)) != 0)
		return error;
	vm_map_lock(map);
	if (uvm_map_isfull(map, start, end))
		unwire_range(map, start, end, true);
	else
		error = EFAULT;
	vm_map_unlock(map);
	return error;
}

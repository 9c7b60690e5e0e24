/*
 * fork.c: a copy of a space, as one snapshot.
 *
 * The old map stays write-locked, so a strand of the parent that meets a page
 * we have write-protected waits in its fault until the fork is over: of each
 * strand the child sees a prefix of its stores, whatever the order in which
 * pages are protected.  Strands of other spaces may store, too, into amaps
 * that they share with the parent; our map lock does not stop those.  For them
 * there are gates: the amap of each shared entry that is to be copied is put
 * on a list, under its lock, together with the protecting of its pages; and a
 * fault that would let a store into an amap on the list waits:
 *
 *	freeze:	protect, NEEDSCOPY	private entries
 *		gate + protect, under A	entries of shared amaps
 *	clone:	share, copy, or copy now
 *	thaw:	gates open
 *
 * Wired entries are neither protected nor gated: they are copied page by page.
 */
#include "amap/map_int.h"

#define FORK_BATCH	16	/* anons looked up at a time */

static bool
entry_copies(const struct vm_map_entry *e)
{
	return e->inheritance == VM_INHERIT_COPY && !vm_entry_wired(e) &&
	    e->aref.ar_amap != NULL;
}

/* => A held */
static void
protect_shared(struct vm_map_entry *e)
{
	struct vm_anon *anons[FORK_BATCH];
	struct vm_page *pg;
	vsize_t i, j, n, npages = vm_entry_pages(e);

	for (i = 0; i < npages; i += n) {
		n = npages - i < FORK_BATCH ? npages - i : FORK_BATCH;
		AMAP->lookups(&e->aref, ptoa(i), anons, (int)n);
		for (j = 0; j < n; j++) {
			pg = anons[j] != NULL ? anons[j]->an_page : NULL;
			if (pg != NULL)
				pmap_page_protect(pg, VM_PROT_READ);
		}
	}
}

static void
gate_close(struct vm_map_entry *e)
{
	struct vm_world *w = vmw();
	struct vm_amap *amap = e->aref.ar_amap;

	amap_lock(amap);
	mtx_enter(&w->vw_gate_lk);
	LIST_INSERT_HEAD(&w->vw_gates, e, gate);
	e->gated = true;
	atomic_fetch_add_explicit(&w->vw_ngates, 1, memory_order_relaxed);
	mtx_leave(&w->vw_gate_lk);
	protect_shared(e);
	amap_unlock(amap);
}

static void
gate_open(struct vm_map_entry *e)
{
	struct vm_world *w = vmw();

	mtx_enter(&w->vw_gate_lk);
	LIST_REMOVE(e, gate);
	e->gated = false;
	atomic_fetch_sub_explicit(&w->vw_ngates, 1, memory_order_relaxed);
	wakeup(&w->vw_gates);
	mtx_leave(&w->vw_gate_lk);
}

/* => vw_gate_lk held */
static bool
gate_listed(struct vm_amap *amap)
{
	struct vm_map_entry *e;

	LIST_FOREACH(e, &vmw()->vw_gates, gate)
		if (e->aref.ar_amap == amap)
			return true;
	return false;
}

/*
 * The count may be read without its lock: a gate on this amap was closed
 * under A, which the caller holds, and one that opens meanwhile is harmless.
 */
bool
uvm_gated(struct vm_amap *amap)
{
	struct vm_world *w = vmw();
	bool gated;

	if (atomic_load_explicit(&w->vw_ngates, memory_order_relaxed) == 0)
		return false;
	mtx_enter(&w->vw_gate_lk);
	gated = gate_listed(amap);
	mtx_leave(&w->vw_gate_lk);
	return gated;
}

void
uvm_gate_wait(struct vm_map *map, struct vm_amap *amap)
{
	struct vm_world *w = vmw();

	amap_unlock(amap);
	vm_map_unlock_read(map);
	lk_point(FORK_GATE);
	mtx_enter(&w->vw_gate_lk);
	while (gate_listed(amap))
		msleep_nsec(&w->vw_gates, &w->vw_gate_lk, PVM, "forkgate",
		    INFSLP);
	mtx_leave(&w->vw_gate_lk);
}

/*
 * Without A: SHARED of a mapped amap only ever comes under the map's lock,
 * and one that goes meanwhile costs a gate.  An external subject writes it as
 * a plain word, so this read is kept from whoever looks for races.
 */
__attribute__((noinline, no_sanitize_thread))
static bool
is_shared(const struct vm_amap *amap)
{
	return (*(const volatile int *)&amap->am_flags & AMAP_SHARED) != 0;
}

/*
 * From here to the end of the fork nothing is stored into what is copied.
 */
static void
fork_freeze(struct vm_map *map)
{
	struct vm_map_entry *e;

	RB_FOREACH(e, vm_map_tree, &map->tree) {
		if (!entry_copies(e))
			continue;
		if (is_shared(e->aref.ar_amap)) {
			gate_close(e);
			continue;
		}
		if (UVM_ET_ISNEEDSCOPY(e))
			continue;	/* protected since it was set */
		e->etype |= UVM_ET_NEEDSCOPY;
		if ((e->protection & VM_PROT_WRITE) != 0)
			pmap_protect(map->pmap, e->start, e->end,
			    e->protection & ~VM_PROT_WRITE);
	}
}

static void
fork_thaw(struct vm_map *map)
{
	struct vm_map_entry *e;

	RB_FOREACH(e, vm_map_tree, &map->tree)
		if (e->gated)
			gate_open(e);
}

/* => NULL: no memory */
static struct vm_map_entry *
entry_clone(struct vm_map *new, struct vm_map_entry *old, int refflags)
{
	struct vm_map_entry *e;

	if ((e = uvm_mapent_alloc(PR_NOWAIT)) == NULL)
		return NULL;
	e->start = old->start;
	e->end = old->end;
	e->object = old->object;
	e->offset = old->offset;
	e->aref = old->aref;
	e->etype = old->etype;
	e->protection = old->protection;
	e->inheritance = old->inheritance;
	if (e->object != NULL)
		uvm_obj_ref(e->object);
	if (e->aref.ar_amap != NULL)
		AMAP->ref(e->aref.ar_amap, e->aref.ar_pageoff,
		    vm_entry_pages(e), refflags);
	uvm_map_insert(new, e);
	return e;
}

static int
fork_share(struct vm_map *old, struct vm_map_entry *e, struct vm_map *new)
{
	if (UVM_ET_ISNEEDSCOPY(e)) {
		AMAP->copy(old, e, M_WAITOK, FALSE, 0, 0);
		if (UVM_ET_ISNEEDSCOPY(e))
			return ENOMEM;
	}
	if (entry_clone(new, e, AMAP_SHARED) == NULL)
		return ENOMEM;
	vm_count(VMC_share, 1);
	return 0;
}

/*
 * The copies of a wired entry are made at once, and amap_cow_now cannot give
 * up: do not let it begin when there is nothing to wait for.
 */
static bool
wired_copy_fits(struct vm_map_entry *e)
{
	return !uvm_swapisfull() ||
	    uvm_freeframes() > vm_entry_pages(e) + vmw()->vw_reserve;
}

static int
fork_copy(struct vm_map_entry *e, struct vm_map *new)
{
	struct vm_map_entry *c;
	bool now;

	if (vm_entry_wired(e) && !wired_copy_fits(e))
		return ENOMEM;
	if ((c = entry_clone(new, e, 0)) == NULL)
		return ENOMEM;
	c->etype |= UVM_ET_COPYONWRITE | UVM_ET_NEEDSCOPY;
	now = e->aref.ar_amap != NULL && (e->gated || vm_entry_wired(e));
	if (!now)
		return 0;
	AMAP->copy(new, c, M_WAITOK, FALSE, 0, 0);
	if (UVM_ET_ISNEEDSCOPY(c))
		return ENOMEM;
	if (vm_entry_wired(e))
		AMAP->cow_now(new, c);
	return 0;
}

static int
fork_entries(struct vm_map *old, struct vm_map *new)
{
	struct vm_map_entry *e;
	int error = 0;

	RB_FOREACH(e, vm_map_tree, &old->tree) {
		switch ((enum vm_inherit)e->inheritance) {
		case VM_INHERIT_SHARE:
			error = fork_share(old, e, new);
			break;
		case VM_INHERIT_COPY:
			error = fork_copy(e, new);
			break;
		case VM_INHERIT_NONE:
			break;
		}
		if (error != 0)
			return error;
	}
	return 0;
}

int
vm_fork(struct vm_space *parent, struct vm_space **childp)
{
	struct vm_space *child;
	int error;

	if ((error = vm_space_create(&child)) != 0)
		return error;
	vm_map_lock(&parent->map);
	rw_enter(&child->map.lock, RW_WRITE | RW_DUPOK);
	fork_freeze(&parent->map);
	if (vmw()->vw_fork_point != NULL)
		vmw()->vw_fork_point(vmw()->vw_fork_arg, parent);
	lk_point(FORK_PROTECTED);
	error = fork_entries(&parent->map, &child->map);
	fork_thaw(&parent->map);
	vm_map_unlock(&child->map);
	vm_map_unlock(&parent->map);
	if (error != 0) {
		vm_space_exit(child);
		return error;
	}
	vm_count(VMC_forks, 1);
	*childp = child;
	return 0;
}

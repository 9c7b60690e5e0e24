/*
 * fault.c: an access found no translation that allows it.
 *
 *	map (read) -> NEEDSCOPY? copy the amap, begin anew
 *	   A (write) -> neighbours that are here get mapped
 *	      anon:    make it resident, then
 *	               1A  use it as it is, or
 *	               1B  copy it: others have it, too
 *	      object:  2A  map its page, read-only
 *	               2B  copy it into a new anon
 *	      nothing: zero, a new anon
 *
 * Every sleep is taken with nothing held and ends in ERESTART: look again.
 */
#include "amap/map_int.h"

#define FAULT_WINDOW	16	/* neighbours, the page itself among them */
#define FAULT_MAXNOMEM	256	/* failures with frames free until ENOMEM */

struct fault {
	struct uvm_faultinfo	ufi;
	vm_prot_t		access;	/* what the page must allow after */
	vm_prot_t		enter;	/* what the translation may allow */
	struct vm_amap		*amap;	/* write-locked; or NULL */
	struct uvm_object	*obj;	/* write-locked; or NULL */
	int			nomem;	/* failures so far that frames cannot cure */
};

static void
fault_unlock(struct fault *f)
{
	if (f->obj != NULL)
		rw_exit_write(f->obj->vmobjlock);
	if (f->amap != NULL)
		amap_unlock(f->amap);
	vm_map_unlock_read(f->ufi.map);
	f->obj = NULL;
	f->amap = NULL;
	lk_point(FAULT_UNLOCKED);
}

/*
 * => no lock held.  If there are frames enough, something else is short that
 * the daemon cannot make: then trying again has an end.
 */
static int
fault_nomem(struct fault *f)
{
	if (uvm_freeframes() > vmw()->vw_reserve &&
	    f->nomem++ >= FAULT_MAXNOMEM)
		return ENOMEM;
	return uvm_wait_fail("fltnomem") == 0 ? ERESTART : ENOMEM;
}

static int
fault_unlock_nomem(struct fault *f)
{
	fault_unlock(f);
	return fault_nomem(f);
}

/*
 * NEEDSCOPY: the entry gets its own amap before anything is put into it.
 * => map read-locked; released on return
 */
static int
fault_amapcopy(struct fault *f)
{
	struct vm_map *map = f->ufi.map;
	struct vm_map_entry *e;
	vaddr_t va = f->ufi.va;
	bool failed;

	vm_map_unlock_read(map);
	lk_point(FAULT_NEEDSCOPY);
	vm_map_lock(map);
	e = uvm_map_lookup_entry(map, va);
	if (e == NULL || !UVM_ET_ISNEEDSCOPY(e)) {
		vm_map_unlock(map);
		return ERESTART;
	}
	AMAP->copy(map, e, M_NOWAIT, (e->etype & UVM_ET_STACK) == 0, va,
	    va + vm_page_size());
	/* It may have been clipped: only the part with va matters. */
	e = uvm_map_lookup_entry(map, va);
	failed = UVM_ET_ISNEEDSCOPY(e);
	vm_map_unlock(map);
	return failed ? fault_nomem(f) : ERESTART;
}

/*
 * What may be done here at all?
 * => map read-locked; on error released
 */
static int
fault_check(struct fault *f, vm_prot_t access, bool wire)
{
	struct vm_map_entry *e;
	int error = 0;

	vm_map_lock_read(f->ufi.map);
	f->ufi.mapv = f->ufi.map->timestamp;
	f->ufi.entry = e = uvm_map_lookup_entry(f->ufi.map, f->ufi.va);
	if (e != NULL && wire)
		access = e->protection;
	if (e == NULL)
		error = EFAULT;
	else if ((access & ~e->protection) != 0)
		error = EACCES;
	else if ((access & VM_PROT_WRITE) != 0 && !UVM_ET_ISCOPYONWRITE(e) &&
	    !wire)
		error = EACCES;		/* a shared file */
	if (error != 0) {
		vm_map_unlock_read(f->ufi.map);
		return error;
	}
	f->enter = e->protection;
	f->access = vm_entry_wired(e) ? e->protection : access;
	if (!UVM_ET_ISCOPYONWRITE(e)) {
		f->enter &= ~VM_PROT_WRITE;
		f->access &= ~VM_PROT_WRITE;
	}
	return 0;
}

/* => all held; the page's owner locked, the page resident; released on error */
static int
fault_enter(struct fault *f, struct vm_page *pg, struct vm_anon *anon,
    vm_prot_t prot)
{
	struct vm_map_entry *e = f->ufi.entry;
	int error;

	error = pmap_enter(f->ufi.map->pmap, f->ufi.va, pg, prot, f->access);
	if (e->wires != NULL && error == 0)
		uvm_wire_page(e, f->ufi.va, pg, anon);
	else if ((vm_page_flags(pg) & PQ_ACTIVE) == 0) {
		uvm_lock_pageq();
		uvm_pageactivate(pg);
		uvm_unlock_pageq();
	}
	if (error != 0)
		return fault_unlock_nomem(f);
	return 0;
}

/*
 * Neighbours that are here already are mapped, too.  In a wired entry every
 * translation has a wire count, so nothing is mapped there by the way.
 * => all held
 */
static void
fault_neighbours(struct fault *f)
{
	struct vm_map_entry *e = f->ufi.entry;
	struct vm_anon *anons[FAULT_WINDOW];
	struct vm_page *pg;
	vsize_t window = (vsize_t)FAULT_WINDOW << vm_page_shift();
	vaddr_t va, start, end;
	int i, n;

	if (e->wires != NULL)
		return;
	start = f->ufi.va & ~(window - 1);
	end = start + window < e->end ? start + window : e->end;
	if (start < e->start)
		start = e->start;
	n = (int)atop(end - start);
	AMAP->lookups(&e->aref, start - e->start, anons, n);
	for (i = 0; i < n; i++) {
		va = start + ptoa(i);
		if (va == f->ufi.va || anons[i] == NULL ||
		    (pg = anons[i]->an_page) == NULL ||
		    (vm_page_flags(pg) & PG_BUSY) != 0 ||
		    pmap_extract(f->ufi.map->pmap, va, &pg))
			continue;
		(void)pmap_enter(f->ufi.map->pmap, va, anons[i]->an_page,
		    anons[i]->an_ref > 1 ? f->enter & ~VM_PROT_WRITE : f->enter,
		    VM_PROT_NONE);
	}
}

/* Nobody has seen the anon, nor its page, if it has one: an idle one. */
static void
fault_dropanon(struct vm_anon *anon)
{
	anon->an_ref = 0;
	uvm_anfree(anon);
}

/* => A held; an anon with a BUSY frame; NULL: no memory */
static struct vm_anon *
fault_newanon(struct fault *f, int flags)
{
	struct vm_anon *anon;

	if ((anon = uvm_analloc()) == NULL)
		return NULL;
	anon->an_lock = f->amap->am_lock;
	if (uvm_pagealloc(NULL, 0, anon, flags) == NULL) {
		fault_dropanon(anon);
		return NULL;
	}
	return anon;
}

/* => A held; the content of a new anon is there: it may be seen */
static void
fault_newdone(struct vm_anon *anon)
{
	atomic_clearbits_int(&anon->an_page->pg_flags, PG_FAKE | PG_CLEAN);
	uvm_page_unbusy(anon->an_page);
}

/* 1B: others have this anon, too.  => all held */
static int
fault_copy(struct fault *f, struct vm_anon *anon)
{
	struct vm_map_entry *e = f->ufi.entry;
	struct vm_anon *new;
	int error;

	if ((new = fault_newanon(f, 0)) == NULL)
		return fault_unlock_nomem(f);
	uvm_pagecopy(anon->an_page, new->an_page);
	fault_newdone(new);
	/* In a shared amap this ends all other translations of the old page
	 * first; our own is replaced below, and waited for (R32). */
	error = AMAP->add(&e->aref, f->ufi.va - e->start, new, TRUE);
	KASSERT(error == 0);
	KASSERT(anon->an_ref > 1);
	anon->an_ref--;
	if ((error = fault_enter(f, new->an_page, new, f->enter)) != 0)
		return error;
	vm_count(VMC_fault_1b, 1);
	vm_count(VMC_cow_copy, 1);
	fault_unlock(f);
	return 0;
}

/* Case 1: there is an anon.  => map and A held */
static int
fault_upper(struct fault *f, struct vm_anon *anon)
{
	vm_prot_t prot = f->enter;
	int error;

	error = uvmfault_anonget(&f->ufi, f->amap, anon);
	if (error != 0) {
		f->amap = NULL;
		return error;
	}
	/* Only now: while we slept others may have copied the amap (M15). */
	if (anon->an_ref > 1) {
		if ((f->access & VM_PROT_WRITE) != 0)
			return fault_copy(f, anon);
		prot &= ~VM_PROT_WRITE;
	}
	if ((error = fault_enter(f, anon->an_page, anon, prot)) != 0)
		return error;
	vm_count(VMC_fault_1a, 1);
	fault_unlock(f);
	return 0;
}

/*
 * The amap had no chunk for the slot and no memory for one: get it one with
 * only the map held, which keeps entry and amap in place, then begin anew.
 * => all held, the new anon idle
 */
static int
fault_addfailed(struct fault *f, struct vm_anon *anon)
{
	struct vm_map_entry *e = f->ufi.entry;

	fault_dropanon(anon);
	if (f->obj != NULL)
		rw_exit_write(f->obj->vmobjlock);
	f->obj = NULL;
	amap_unlock(f->amap);
	f->amap = NULL;
	lk_point(FAULT_POPULATE);
	AMAP->populate(&e->aref, f->ufi.va - e->start);
	vm_map_unlock_read(f->ufi.map);
	return ERESTART;
}

/* 2B and zero-fill: a new anon with what src says, or zeros.  => all held */
static int
fault_promote(struct fault *f, struct vm_page *src)
{
	struct vm_map_entry *e = f->ufi.entry;
	struct vm_anon *new;
	int error;

	new = fault_newanon(f, src == NULL ? UVM_PGA_ZERO : 0);
	if (new == NULL)
		return fault_unlock_nomem(f);
	if (src != NULL)
		uvm_pagecopy(src, new->an_page);
	/* It is still our secret: PG_BUSY has nobody to keep out after this,
	 * A is held until it is in its slot and mapped. */
	fault_newdone(new);
	if (AMAP->add(&e->aref, f->ufi.va - e->start, new, FALSE) != 0)
		return fault_addfailed(f, new);
	/* Sharers that read the object's page must come and see the anon. */
	if (src != NULL && (amap_flags(f->amap) & AMAP_SHARED) != 0)
		pmap_page_protect(src, VM_PROT_NONE);
	if ((error = fault_enter(f, new->an_page, new, f->enter)) != 0)
		return error;
	vm_count(src != NULL ? VMC_fault_2b : VMC_fault_zero, 1);
	fault_unlock(f);
	return 0;
}

/* Case 2: no anon, but an object.  => map held, and A if there is an amap */
static int
fault_lower(struct fault *f)
{
	struct vm_map_entry *e = f->ufi.entry;
	struct uvm_object *obj = e->object;
	struct vm_page *pg;
	voff_t page = atop(e->offset + (f->ufi.va - e->start));
	int error;

	if (page >= obj->uo_npages) {
		fault_unlock(f);
		return EFAULT;
	}
	rw_enter_write(obj->vmobjlock);
	f->obj = obj;
	if ((pg = uvm_obj_page(obj, page)) == NULL)
		return fault_unlock_nomem(f);
	if ((f->access & VM_PROT_WRITE) != 0)
		return fault_promote(f, pg);
	error = fault_enter(f, pg, NULL, f->enter & ~VM_PROT_WRITE);
	if (error != 0)
		return error;
	vm_count(VMC_fault_2a, 1);
	fault_unlock(f);
	return 0;
}

/* => map held; A not */
static int
fault_locked(struct fault *f)
{
	struct vm_map_entry *e = f->ufi.entry;
	struct vm_anon *anon = NULL;

	f->amap = e->aref.ar_amap;
	if (f->amap != NULL) {
		amap_lock(f->amap);
		if (uvm_gated(f->amap)) {
			if ((f->access & VM_PROT_WRITE) != 0) {
				uvm_gate_wait(f->ufi.map, f->amap);
				return ERESTART;
			}
			f->enter &= ~VM_PROT_WRITE;
		}
		anon = AMAP->lookup(&e->aref, f->ufi.va - e->start);
		fault_neighbours(f);
	}
	if (anon != NULL)
		return fault_upper(f, anon);
	if (e->object != NULL)
		return fault_lower(f);
	return fault_promote(f, NULL);
}

static int
fault_once(struct fault *f, vm_prot_t access, bool wire)
{
	struct vm_map_entry *e;
	int error;

	f->amap = NULL;
	f->obj = NULL;
	if ((error = fault_check(f, access, wire)) != 0)
		return error;
	e = f->ufi.entry;
	if (UVM_ET_ISNEEDSCOPY(e)) {
		if ((f->access & VM_PROT_WRITE) != 0 || e->object == NULL)
			return fault_amapcopy(f);
		f->enter &= ~VM_PROT_WRITE;
	}
	return fault_locked(f);
}

int
uvm_fault(struct vm_map *map, vaddr_t va, vm_prot_t access, bool wire)
{
	struct fault f = {
		.ufi = { .map = map, .va = va & ~(vm_page_size() - 1) },
	};
	bool again = false;
	int error;

	vm_count((access & VM_PROT_WRITE) != 0 ? VMC_fault_write :
	    VMC_fault_read, 1);
	while ((error = fault_once(&f, access, wire)) == ERESTART) {
		vm_count(VMC_fault_restart, 1);
		again = true;
	}
	if (again && error == 0)
		uvm_memserved();
	return error;
}

/*
 * plant.c: defects of pages, planted by tests that want to see them found.
 */
#include "amap/audit_int.h"
#include "amap/poison.h"

void
vm_plant_lost_wakeup(void)
{
	atomic_store(&vmw()->vw_plant_nowake, 1);
}

/* => page-queue lock held; the page's owner is write-locked when true */
static bool
plant_fits(struct vm_page *pg)
{
	struct vm_anon *anon = pg->uanon;

	if (anon == NULL || anon->an_lock == NULL || pg->wire_count != 0 ||
	    rw_enter(anon->an_lock, RW_WRITE | RW_NOSLEEP) != 0)
		return false;
	if (anon->an_page == pg && !(vm_page_flags(pg) & PG_BUSY) &&
	    pmap_page_mapped(pg))
		return true;
	rw_exit_write(anon->an_lock);
	return false;
}

static struct vm_page *
plant_find(struct vm_world *w)
{
	struct vm_page *pg;

	TAILQ_FOREACH(pg, &w->vw_active, pageq) {
		if (plant_fits(pg))
			return pg;
	}
	TAILQ_FOREACH(pg, &w->vw_inactive, pageq) {
		if (plant_fits(pg))
			return pg;
	}
	return NULL;
}

/*
 * The anon gets a copy in another frame, so that what is found is the freed
 * page, not an anon without content.  Stores are kept off meanwhile.
 */
bool
vm_plant_page_free(void)
{
	struct vm_world *w = vmw();
	struct vm_page *old, *copy;
	struct rwlock *lock;
	struct vm_anon *anon;

	copy = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_USERESERVE);
	if (copy == NULL)
		return false;
	uvm_lock_pageq();
	old = plant_find(w);
	if (old == NULL) {
		uvm_pagefree(copy);
		uvm_unlock_pageq();
		return false;
	}
	anon = old->uanon;
	lock = anon->an_lock;
	pmap_page_protect(old, VM_PROT_READ);
	uvm_pagecopy(old, copy);
	uvm_pagefree(old);
	copy->uanon = anon;
	anon->an_page = copy;
	atomic_setbits_int(&copy->pg_flags, PQ_ANON);
	atomic_clearbits_int(&copy->pg_flags, PG_BUSY | PG_FAKE | PG_CLEAN);
	uvm_pageactivate(copy);
	uvm_unlock_pageq();
	rw_exit_write(lock);
	return true;
}

/* Stores are kept off meanwhile; the page is as it was for all others. */
bool
vm_plant_cell(void)
{
	struct vm_world *w = vmw();
	struct vm_page *pg;

	uvm_lock_pageq();
	pg = plant_find(w);
	uvm_unlock_pageq();
	if (pg == NULL)
		return false;
	page_store(pg, 0, ~page_load(pg, 0));
	rw_exit_write(pg->uanon->an_lock);
	return true;
}

static void
find_amap(void *obj, void *arg)
{
	struct vm_amap *amap = obj, **found = arg;

	if (amap->am_lock != NULL && amap_refs(amap) > 0)
		*found = amap;
}

static struct vm_amap *
some_amap(void)
{
	struct vm_amap *amap = NULL;

	lk_fibers_aside(true);
	audit_amap_foreach(find_amap, &amap);
	lk_fibers_aside(false);
	return amap;
}

/* A flag that nobody asks for. */
bool
vm_plant_unlocked(void)
{
	struct vm_amap *amap = some_amap();

	if (amap == NULL)
		return false;
	VM_RELAXED_STORE(&amap->am_flags, amap_flags(amap) | 0x40000000);
	return true;
}

/* To change it takes more than a lock for reading; nothing is changed. */
bool
vm_plant_weak_lock(void)
{
	struct vm_amap *amap = some_amap();
	struct rwlock *lock;

	if (amap == NULL)
		return false;
	lock = amap->am_lock;
	if (rw_enter(lock, RW_READ | RW_NOSLEEP) != 0)
		return false;
	rw_assert_wrlock(lock);
	rw_exit_read(lock);
	return true;
}

/*
 * Inspected, its words lead to a dead lock; the memory hooks tell the load.
 * A sanitizer that poisons would end the program.
 */
bool
vm_plant_use_freed(void)
{
	struct vm_anon *anon;
	struct rwlock *lock;

	if (POISON_FIFO)
		return false;
	anon = pool_get(&vmw()->vw_anon_pool, PR_NOWAIT);
	if (anon == NULL)
		return false;
	anon->an_lock = NULL;
	pool_put(&vmw()->vw_anon_pool, anon);
	lock = anon->an_lock;
	if (lock != NULL)
		rw_enter_write(lock);
	return lock != NULL || POISON_KEEPS;
}

bool
vm_plant_free_twice(void)
{
	struct vm_anon *anon = pool_get(&vmw()->vw_anon_pool, PR_NOWAIT);

	if (anon == NULL)
		return false;
	anon->an_lock = NULL;
	pool_put(&vmw()->vw_anon_pool, anon);
	pool_put(&vmw()->vw_anon_pool, anon);
	return true;
}

bool
vm_plant_leak(void)
{
	return kern_mallocarray(1, 64, M_UVMAMAP, M_NOWAIT) != NULL;
}

bool
vm_plant_race(void)
{
	vmw()->vw_plant_race++;
	return true;
}

static void
find_swapped(void *obj, void *arg)
{
	struct vm_anon *anon = obj, **found = arg;

	if (anon->an_lock != NULL && anon->an_ref > 0 &&
	    anon->an_page == NULL && anon->an_swslot > 0)
		*found = anon;
}

static bool
on_swap_only(struct vm_world *w)
{
	struct vm_anon *anon = NULL;

	lk_fibers_aside(true);
	pool_foreach(&w->vw_anon_pool, find_swapped, &anon);
	lk_fibers_aside(false);
	return anon != NULL;
}

/* Swap-off of each device with such a walk, until one ends like that. */
static bool
spoil_walk(struct vm_world *w, enum plant_walk walk, int like)
{
	int dev, error;

	for (dev = 0; dev < vm_swap_count(); dev++) {
		atomic_store(&w->vw_plant_walk, walk);
		error = vm_swapoff(dev);
		atomic_store(&w->vw_plant_walk, WALK_PLAIN);
		if (error == 0)
			(void)vm_swapon(dev);
		else if (error == like)
			return true;
	}
	return false;
}

bool
vm_plant_no_walk(void)
{
	struct vm_world *w = vmw();

	return on_swap_only(w) && spoil_walk(w, WALK_NONE, EBUSY);
}

bool
vm_plant_refusal(void)
{
	return spoil_walk(vmw(), WALK_REFUSES, ENOMEM);
}

/* The map is the forking strand's; nobody else stores here any more. */
bool
vm_plant_store(struct vm_space *space, uintptr_t va, uint64_t value)
{
	struct vm_map_entry *e = uvm_map_lookup_entry(&space->map, va);
	struct vm_anon *anon;

	if (e == NULL || e->aref.ar_amap == NULL)
		return false;
	anon = audit_slot(e->aref.ar_amap, e->aref.ar_pageoff +
	    (int)atop(va - e->start));
	if (anon == NULL || anon->an_page == NULL ||
	    (vm_page_flags(anon->an_page) & PG_BUSY) != 0)
		return false;
	page_store(anon->an_page, 0, value);
	return true;
}

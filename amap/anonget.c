/*
 * anonget.c: make the page of an anon resident and idle.
 *
 * While it sleeps nothing is locked, so the anon may die: another sharer of
 * the amap drops it, or madvise-free, or a partial unref; none of these need
 * change the map that the fault came from.  Hence: who slept on somebody
 * else's page looks at nothing but says ERESTART.  Who read the page in itself
 * owns it BUSY, so the anon is there at least until it lets go; the lock it
 * needs for that is kept by a reference of its own.
 */
#include "amap/map_int.h"

/* => A and map released */
static void
anonget_unlock(struct uvm_faultinfo *ufi, struct rwlock *lock)
{
	rw_exit_write(lock);
	if (ufi != NULL)
		vm_map_unlock_read(ufi->map);
}

/* => A and map held, released before we sleep */
static int
anonget_wait(struct uvm_faultinfo *ufi, struct rwlock *lock,
    struct vm_page *pg)
{
	if (ufi != NULL)
		vm_map_unlock_read(ufi->map);
	uvm_pagewait(pg, lock, "anonget");
	return ERESTART;
}

/* => A and map held, released; the page daemon could not help: ENOMEM */
static int
anonget_nomem(struct uvm_faultinfo *ufi, struct rwlock *lock)
{
	anonget_unlock(ufi, lock);
	lk_point(FAULT_UNLOCKED);
	return uvm_wait_fail("anonget") == 0 ? ERESTART : ENOMEM;
}

/*
 * The page is lost; the anon goes on without it.
 * => A held; page ours and busy
 */
static void
anonget_lost(struct vm_anon *anon, struct vm_page *pg)
{
	uvm_swap_markbad(anon->an_swslot, 1);
	anon->an_swslot = SWSLOT_BAD;
	if ((vm_page_flags(pg) & PG_RELEASED) != 0)
		return;		/* all of it will go in a moment */
	uvm_lock_pageq();
	uvm_pagefree(pg);
	uvm_unlock_pageq();
	KASSERT(anon->an_page == NULL);
}

/*
 * The read is over: let go of the page.
 * => A held; returns it held.  false: the anon died meanwhile, A is released
 */
static bool
anonget_letgo(struct vm_anon *anon, struct vm_page *pg, int error)
{
	bool released = (vm_page_flags(pg) & PG_RELEASED) != 0;

	if (error != 0) {
		anonget_lost(anon, pg);
		if (!released)
			return true;	/* the page is gone already */
	} else
		atomic_clearbits_int(&pg->pg_flags, PG_FAKE);
	if (!released) {
		uvm_lock_pageq();
		uvm_pageactivate(pg);
		uvm_unlock_pageq();
	}
	return !uvm_page_unbusy(pg);
}

/*
 * Read the page in.  A fault begins anew after that: much may have happened
 * to map and amap.  It does not even wait for the map's lock while the page is
 * BUSY: who holds that may be waiting for the page, as a fork does that
 * copies a wired entry.
 * => A and map held; on return as uvmfault_anonget
 */
static int
anonget_io(struct uvm_faultinfo *ufi, struct rwlock *lock,
    struct vm_anon *anon, struct vm_page *pg)
{
	bool alive;
	int error;

	rw_obj_hold(lock);
	anonget_unlock(ufi, lock);
	lk_point(FAULT_UNLOCKED);
	error = uvm_swap_get(pg, anon->an_swslot);
	rw_enter_write(lock);
	alive = anonget_letgo(anon, pg, error);
	if (alive && error == 0 && ufi == NULL) {
		rw_obj_free(lock);
		return 0;
	}
	if (alive)
		rw_exit_write(lock);
	rw_obj_free(lock);
	return alive && error != 0 ? error : ERESTART;
}

int
uvmfault_anonget(struct uvm_faultinfo *ufi, struct vm_amap *amap,
    struct vm_anon *anon)
{
	struct rwlock *lock = amap->am_lock;
	struct vm_page *pg = anon->an_page;

	KASSERT(rw_write_held(lock) && anon->an_lock == lock);
	if (pg != NULL && (vm_page_flags(pg) & PG_BUSY) == 0)
		return 0;
	if (pg != NULL)
		return anonget_wait(ufi, lock, pg);
	if (anon->an_swslot == SWSLOT_BAD) {
		anonget_unlock(ufi, lock);
		return EIO;
	}
	KASSERT(anon->an_swslot > 0);
	/* A walker has to bring in what is on its device: it may go deep. */
	pg = uvm_pagealloc(NULL, 0, anon, ufi == NULL ? UVM_PGA_USERESERVE : 0);
	if (pg == NULL)
		return anonget_nomem(ufi, lock);
	return anonget_io(ufi, lock, anon, pg);
}

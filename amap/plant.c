/*
 * plant.c: defects of pages, planted by tests that want to see them found.
 */
#include "amap/uvm_int.h"

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

/*
 * anon.c: anonymous memory, one page each: in a frame, on swap, or both.
 *
 *	an_page  an_swslot
 *	  -         0       nothing yet
 *	  page      0       dirty
 *	  page     >0       CLEAN: the same on both; else swap is out of date
 *	  -        >0       swap-only: counted in swpgonly
 *	  -        BAD      lost to an error of the device
 *
 * A page that is coming in or going out is BUSY; an anon that dies meanwhile
 * leaves itself, and a reference on its lock, to whoever made the page BUSY.
 */
#include "amap/uvm_int.h"

void
uvm_anon_init(void)
{
	pool_init(&vmw()->vw_anon_pool, sizeof(struct vm_anon), 0, IPL_MPFLOOR,
	    0, "anon", NULL);
	vmw()->vw_anon_pool.pr_site = VMI_anon;
}

struct vm_anon *
uvm_analloc(void)
{
	struct vm_anon *anon;

	anon = pool_get(&vmw()->vw_anon_pool, PR_NOWAIT);
	if (anon == NULL)
		return NULL;
	anon->an_lock = NULL;
	anon->an_page = NULL;
	anon->an_ref = 1;
	anon->an_swslot = 0;
	return anon;
}

void
uvm_anfree(struct vm_anon *anon)
{
	uvm_anfree_list(anon, NULL);
}

/* => A held; the page is idle: it goes now, or onto the list */
static void
anon_freepage(struct vm_page *pg, struct pglist *list)
{
	pmap_page_protect(pg, VM_PROT_NONE);
	uvm_lock_pageq();
	if (list == NULL)
		uvm_pagefree(pg);
	else
		uvm_pageclean(pg);
	uvm_unlock_pageq();
	if (list != NULL)
		TAILQ_INSERT_TAIL(list, pg, pageq);
}

void
uvm_anfree_list(struct vm_anon *anon, struct pglist *list)
{
	struct vm_page *pg = anon->an_page;

	KASSERT(anon->an_lock == NULL || rw_write_held(anon->an_lock));
	KASSERT(anon->an_ref == 0);
	if (pg != NULL && (vm_page_flags(pg) & PG_BUSY) != 0) {
		KASSERT(anon->an_lock != NULL);
		pmap_page_protect(pg, VM_PROT_NONE);
		atomic_setbits_int(&pg->pg_flags, PG_RELEASED);
		rw_obj_hold(anon->an_lock);
		vm_count(VMC_page_released, 1);
		return;
	}
	if (pg != NULL)
		anon_freepage(pg, list);
	else
		uvm_swap_only(anon->an_swslot, false);
	KASSERT(anon->an_page == NULL);
	anon->an_lock = NULL;
	uvm_anon_dropswap(anon);
	pool_put(&vmw()->vw_anon_pool, anon);
}

/*
 * The page is here, so it is nobody's only place on swap: it never was, or
 * reading it in has said so already (R10).
 */
void
uvm_anon_release(struct vm_anon *anon)
{
	struct rwlock *lock = anon->an_lock;
	struct vm_page *pg = anon->an_page;

	KASSERT(rw_write_held(lock));
	KASSERT(pg != NULL && pg->uanon == anon && anon->an_ref == 0);
	KASSERT((vm_page_flags(pg) & (PG_BUSY | PG_RELEASED)) ==
	    (PG_BUSY | PG_RELEASED));
	anon_freepage(pg, NULL);
	KASSERT(anon->an_page == NULL);
	anon->an_lock = NULL;
	uvm_anon_dropswap(anon);
	pool_put(&vmw()->vw_anon_pool, anon);
	rw_exit_write(lock);
	lk_point(anon_released);
	rw_obj_free(lock);		/* the dying anon's reference */
}

boolean_t
uvm_anon_pagein(struct vm_amap *amap, struct vm_anon *anon)
{
	struct rwlock *lock = amap->am_lock;
	struct vm_page *pg;

	KASSERT(rw_write_held(lock) && anon->an_lock == lock);
	switch (uvmfault_anonget(NULL, amap, anon)) {
	case 0:
		break;
	case ENOMEM:
		atomic_fetch_add(&vmw()->vw_pagein_refused, 1);
		return TRUE;
	default:		/* lost, or freed meanwhile: all is unlocked */
		return FALSE;
	}
	/* The frame is the only place now, so it is not CLEAN (M46). */
	pg = anon->an_page;
	uvm_anon_dropswap(anon);
	atomic_clearbits_int(&pg->pg_flags, PG_CLEAN);
	uvm_lock_pageq();
	if (pg->wire_count == 0)
		uvm_pagedeactivate(pg);
	uvm_unlock_pageq();
	rw_exit_write(lock);
	return FALSE;
}

void
uvm_anon_dropswap(struct vm_anon *anon)
{
	if (anon->an_swslot > 0)
		uvm_swap_free(anon->an_swslot, 1);
	anon->an_swslot = 0;
}

void
uvm_anwait(void)
{
	struct vm_anon *anon;

	anon = pool_get(&vmw()->vw_anon_pool, PR_WAITOK);
	pool_put(&vmw()->vw_anon_pool, anon);
}

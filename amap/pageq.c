/*
 * pageq.c: the life of a page with an owner: flags, the busy protocol, the
 * queues that the daemon scans, wiring.
 *
 * BUSY is a lock whose holder may change (given to the I/O) and that is
 * waited for by sleeping on the page:
 *
 *	            owner's lock held at every arrow
 *	idle --BUSY--> busy --WANTED--> busy, sleepers --let go--> idle, woken
 *	                \--RELEASED (owner died)--> freed by who made it busy
 */
#include "amap/uvm_int.h"

unsigned int
vm_page_flags(const struct vm_page *pg)
{
	return VM_RELAXED_LOAD(&pg->pg_flags);
}

void
atomic_setbits_int(volatile unsigned int *p, unsigned int bits)
{
	__atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST);
}

void
atomic_clearbits_int(volatile unsigned int *p, unsigned int bits)
{
	struct vm_page *pg;
	unsigned int old;

	pg = bits & PG_BUSY ? vm_page_of(p) : NULL;
	old = __atomic_fetch_and(p, ~bits, __ATOMIC_SEQ_CST);
	if (pg != NULL && (old & PG_BUSY))
		lk_node_drop(LKN_PAGE, pg);
}

/* => WANTED has been cleared; the owner's lock is held */
void
vm_page_wake(struct vm_page *pg)
{
	if (atomic_load_explicit(&vmw()->vw_plant_nowake,
	    memory_order_relaxed) != 0 &&
	    atomic_exchange(&vmw()->vw_plant_nowake, 0) != 0)
		return;
	wakeup(pg);
}

bool
uvm_page_unbusy(struct vm_page *pg)
{
	unsigned int flags = vm_page_flags(pg);

	KASSERT(flags & PG_BUSY);
	if ((flags & PG_RELEASED) && (flags & PQ_ANON)) {
		uvm_anon_release(pg->uanon);
		return true;
	}
	if (flags & PG_RELEASED) {
		uvm_lock_pageq();
		uvm_pagefree(pg);
		uvm_unlock_pageq();
		return false;
	}
	atomic_clearbits_int(&pg->pg_flags, PG_BUSY | PG_WANTED);
	if (flags & PG_WANTED)
		vm_page_wake(pg);
	return false;
}

void
uvm_pagewait(struct vm_page *pg, struct rwlock *lock, const char *wmesg)
{
	KASSERT(vm_page_flags(pg) & PG_BUSY);
	vm_count(VMC_page_busy_wait, 1);
	atomic_setbits_int(&pg->pg_flags, PG_WANTED);
	lk_node_want(LKN_PAGE, pg);
	rwsleep_nsec(pg, lock, PVM | PNORELOCK, wmesg, INFSLP);
	lk_node_unwant();
}

void
uvm_lock_pageq(void)
{
	mtx_enter(&vmw()->vw_pageq_lk);
}

void
uvm_unlock_pageq(void)
{
	mtx_leave(&vmw()->vw_pageq_lk);
}

void
uvm_pagedequeue(struct vm_page *pg)
{
	struct vm_world *w = vmw();
	unsigned int flags = vm_page_flags(pg);

	KASSERT(mtx_owned(&w->vw_pageq_lk));
	if (flags & PQ_ACTIVE) {
		TAILQ_REMOVE(&w->vw_active, pg, pageq);
		w->vw_nactive--;
	}
	if (flags & PQ_INACTIVE) {
		TAILQ_REMOVE(&w->vw_inactive, pg, pageq);
		w->vw_ninactive--;
	}
	if (flags & (PQ_ACTIVE | PQ_INACTIVE))
		atomic_clearbits_int(&pg->pg_flags, PQ_ACTIVE | PQ_INACTIVE);
}

void
uvm_pageactivate(struct vm_page *pg)
{
	struct vm_world *w = vmw();

	uvm_pagedequeue(pg);
	if (pg->wire_count != 0)
		return;
	atomic_setbits_int(&pg->pg_flags, PQ_ACTIVE);
	TAILQ_INSERT_TAIL(&w->vw_active, pg, pageq);
	w->vw_nactive++;
}

void
uvm_pagedeactivate(struct vm_page *pg)
{
	struct vm_world *w = vmw();

	KASSERT(mtx_owned(&w->vw_pageq_lk));
	if (pg->wire_count != 0 || (vm_page_flags(pg) & PQ_INACTIVE))
		return;
	uvm_pagedequeue(pg);
	pmap_clear_reference(pg);
	atomic_setbits_int(&pg->pg_flags, PQ_INACTIVE);
	TAILQ_INSERT_TAIL(&w->vw_inactive, pg, pageq);
	w->vw_ninactive++;
}

static void
page_setwired(struct vm_world *w, size_t n)
{
	w->vw_nwired = n;
	atomic_store_explicit(&w->vw_gauges->frames_wired, n,
	    memory_order_relaxed);
}

void
uvm_pagewire(struct vm_page *pg)
{
	struct vm_world *w = vmw();

	KASSERT(mtx_owned(&w->vw_pageq_lk));
	if (pg->wire_count++ != 0)
		return;
	uvm_pagedequeue(pg);
	page_setwired(w, w->vw_nwired + 1);
}

void
uvm_pageunwire(struct vm_page *pg)
{
	struct vm_world *w = vmw();

	KASSERT(mtx_owned(&w->vw_pageq_lk));
	if (pg->wire_count == 0) {
		lk_incident("page.unwired-twice", "page %zu is not wired",
		    (size_t)(pg - w->vw_pages));
		return;
	}
	if (--pg->wire_count != 0)
		return;
	page_setwired(w, w->vw_nwired - 1);
	uvm_pageactivate(pg);
}

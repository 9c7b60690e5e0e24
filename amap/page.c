/*
 * page.c: page frames: the free list, allocation, waiting for memory, and
 * what is in a frame.  A frame is free (PQ_FREE, on vw_free), or cleaned and
 * on its way there (no flag), or owned by an anon or object.  With nothing on
 * its way: frames = vw_nfree + owned ones.
 *
 *	0      reserve    freemin      freetarg               frames
 *	|---------|----------|------------|-----------------------|
 *	  daemon,   <-- daemon is woken -->    nobody cares
 *	  page-in
 *	  only
 */
#include "amap/content.h"
#include "amap/poison.h"
#include "amap/uvm_int.h"

static void
page_thresholds(struct vm_world *w)
{
	size_t frames = w->vw_conf.frames;

	w->vw_freemin = frames / 20 < 4 ? 4 : frames / 20;
	w->vw_freetarg = w->vw_freemin + (w->vw_freemin + 2) / 3;
	w->vw_reserve = w->vw_freemin / 4 < 2 ? 2 : w->vw_freemin / 4;
}

int
uvm_page_init(struct vm_world *w)
{
	size_t i, frames = w->vw_conf.frames, cells;

	cells = w->vw_conf.page_size / sizeof(uint64_t);
	w->vw_pages = vm_arena_alloc(w->vw_arena,
	    frames * sizeof(*w->vw_pages), 128);
	w->vw_cells = vm_arena_alloc(w->vw_arena,
	    frames * w->vw_conf.page_size, 4096);
	if (w->vw_pages == NULL || w->vw_cells == NULL)
		return ENOMEM;
	mtx_init(&w->vw_pageq_lk, "pageq");
	mtx_init(&w->vw_fpageq_lk, "fpageq");
	TAILQ_INIT(&w->vw_active);
	TAILQ_INIT(&w->vw_inactive);
	TAILQ_INIT(&w->vw_free);
	memset(w->vw_pages, 0, frames * sizeof(*w->vw_pages));
	for (i = 0; i < frames; i++) {
		w->vw_pages[i].cells = w->vw_cells + i * cells;
		w->vw_pages[i].pg_flags = PQ_FREE;
		TAILQ_INSERT_TAIL(&w->vw_free, &w->vw_pages[i], pageq);
	}
	VM_RELAXED_STORE(&w->vw_nfree, frames);
	page_thresholds(w);
	atomic_store_explicit(&w->vw_gauges->frames, frames,
	    memory_order_relaxed);
	atomic_store_explicit(&w->vw_gauges->frames_free, frames,
	    memory_order_relaxed);
	return 0;
}

struct vm_page *
vm_page_of(const volatile void *ident)
{
	struct vm_world *w = vmw();
	uintptr_t base = (uintptr_t)w->vw_pages, p = (uintptr_t)ident;

	if (p < base || p - base >= w->vw_conf.frames * sizeof(struct vm_page))
		return NULL;
	return &w->vw_pages[(p - base) / sizeof(struct vm_page)];
}

/* => vw_fpageq_lk held; written so that anybody may look */
static void
page_setfree(struct vm_world *w, size_t n)
{
	VM_RELAXED_STORE(&w->vw_nfree, n);
	atomic_store_explicit(&w->vw_gauges->frames_free, n,
	    memory_order_relaxed);
}

size_t
uvm_freeframes(void)
{
	return VM_RELAXED_LOAD(&vmw()->vw_nfree);
}

/* => *low: the daemon has work to do */
static struct vm_page *
page_take(struct vm_world *w, int flags, bool *low)
{
	struct vm_page *pg = NULL;
	size_t keep = flags & UVM_PGA_USERESERVE ? 0 : w->vw_reserve;

	mtx_enter(&w->vw_fpageq_lk);
	if (w->vw_nfree > keep) {
		pg = TAILQ_FIRST(&w->vw_free);
		TAILQ_REMOVE(&w->vw_free, pg, pageq);
		page_setfree(w, w->vw_nfree - 1);
	}
	*low = w->vw_nfree < w->vw_freetarg;
	mtx_leave(&w->vw_fpageq_lk);
	return pg;
}

static unsigned int
page_own(struct vm_page *pg, struct uvm_object *obj, voff_t off,
    struct vm_anon *anon)
{
	KASSERT(obj == NULL || anon == NULL);
	pg->uanon = anon;
	pg->uobject = obj;
	pg->offset = off;
	if (anon != NULL) {
		anon->an_page = pg;
		return PQ_ANON;
	}
	if (obj != NULL) {
		KASSERT(off < obj->uo_npages && obj->uo_pages[off] == NULL);
		obj->uo_pages[off] = pg;
		return PQ_OBJ;
	}
	return 0;
}

struct vm_page *
uvm_pagealloc(struct uvm_object *obj, voff_t off, struct vm_anon *anon,
    int flags)
{
	struct vm_world *w = vmw();
	struct vm_page *pg = NULL;
	unsigned int own;
	bool low = true;

	if (obj != NULL)
		rw_assert_wrlock(obj->vmobjlock);
	if (anon != NULL && anon->an_lock != NULL)
		rw_assert_wrlock(anon->an_lock);
	if (!vm_injected(VMI_page))
		pg = page_take(w, flags, &low);
	if (low)
		uvm_pageout_wakeup();
	if (pg == NULL)
		return NULL;
	KASSERT(vm_page_flags(pg) == PQ_FREE && pg->wire_count == 0);
	atomic_store_explicit(&pg->pg_refmod, 0, memory_order_relaxed);
	poison_frame_live(pg->cells, page_ncells() * sizeof(*pg->cells));
	own = page_own(pg, obj, off, anon);
	VM_RELAXED_STORE(&pg->pg_flags, PG_BUSY | PG_FAKE | own |
	    (flags & UVM_PGA_ZERO ? PG_ZERO : PG_CLEAN));
	lk_node_have(LKN_PAGE, pg);
	if (flags & UVM_PGA_ZERO)
		uvm_pagezero(pg);
	return pg;
}

/* Pages that are freed must not be reachable; if one is, say so and mend it. */
static void
page_unmap(struct vm_page *pg)
{
	if (!pmap_page_mapped(pg))
		return;
	lk_incident("page.freed-mapped",
	    "page %zu (%s) is freed while it is mapped",
	    (size_t)(pg - vmw()->vw_pages), pg->uanon != NULL ? "anon" :
	    pg->uobject != NULL ? "object" : "no owner");
	pmap_page_protect(pg, VM_PROT_NONE);
}

/*
 * A page may die wired: a sharer of the amap replaced it, and then its last
 * other owner let go.  The wirer sees by the generation that its count is gone.
 */
static void
page_unwire(struct vm_page *pg)
{
	if (pg->wire_count != 0) {
		pg->wire_count = 1;
		uvm_pageunwire(pg);
	}
	pg->pg_gen++;
}

static void
page_disown(struct vm_page *pg)
{
	if (pg->uanon != NULL && pg->uanon->an_page == pg)
		pg->uanon->an_page = NULL;
	if (pg->uobject != NULL && pg->uobject->uo_pages[pg->offset] == pg)
		pg->uobject->uo_pages[pg->offset] = NULL;
	pg->uanon = NULL;
	pg->uobject = NULL;
}

void
uvm_pageclean(struct vm_page *pg)
{
	unsigned int flags;

	KASSERT(mtx_owned(&vmw()->vw_pageq_lk));
	if (vm_page_flags(pg) & PQ_FREE) {
		lk_incident("page.double-free", "page %zu is free already",
		    (size_t)(pg - vmw()->vw_pages));
		return;
	}
	page_unmap(pg);
	page_unwire(pg);
	uvm_pagedequeue(pg);
	page_disown(pg);
	/* Who sleeps on it looks again and finds it gone (R17). */
	flags = vm_page_flags(pg);
	atomic_clearbits_int(&pg->pg_flags, ~0u);
	if (flags & PG_WANTED)
		vm_page_wake(pg);
	content_spoil(pg->cells, page_ncells());
	poison_frame_free(pg->cells, page_ncells() * sizeof(*pg->cells));
}

/* => cleaned pages; n of them */
static void
page_release(struct pglist *pgl, size_t n)
{
	struct vm_world *w = vmw();
	bool wake;

	mtx_enter(&w->vw_fpageq_lk);
	TAILQ_CONCAT(&w->vw_free, pgl, pageq);
	page_setfree(w, w->vw_nfree + n);
	wake = w->vw_nmemwait != 0 && w->vw_nfree > w->vw_reserve;
	mtx_leave(&w->vw_fpageq_lk);
	if (wake)
		wakeup(&w->vw_nmemwait);
}

void
uvm_pagefree(struct vm_page *pg)
{
	struct pglist one = TAILQ_HEAD_INITIALIZER(one);

	uvm_pageclean(pg);
	if (vm_page_flags(pg) & PQ_FREE)
		return;
	VM_RELAXED_STORE(&pg->pg_flags, PQ_FREE);
	TAILQ_INSERT_TAIL(&one, pg, pageq);
	page_release(&one, 1);
}

void
uvm_pglistfree(struct pglist *pgl)
{
	struct vm_page *pg;
	size_t n = 0;

	TAILQ_FOREACH(pg, pgl, pageq) {
		KASSERT(vm_page_flags(pg) == 0);
		VM_RELAXED_STORE(&pg->pg_flags, PQ_FREE);
		n++;
	}
	if (n != 0)
		page_release(pgl, n);
}

/*
 * The request to the daemon is made with vw_fpageq_lk held: it cannot free a
 * frame, nor count the waiters, before this one sleeps.
 */
void
uvm_wait(const char *wmesg)
{
	struct vm_world *w = vmw();

	mtx_enter(&w->vw_fpageq_lk);
	if (w->vw_nfree <= w->vw_reserve) {
		vm_count(VMC_mem_wait, 1);
		w->vw_nmemwait++;
		uvm_pageout_wakeup();
		lk_node_want(LKN_MEMORY, &w->vw_nmemwait);
		msleep_nsec(&w->vw_nmemwait, &w->vw_fpageq_lk, PVM, wmesg,
		    INFSLP);
		lk_node_unwant();
		w->vw_nmemwait--;
	}
	mtx_leave(&w->vw_fpageq_lk);
}

size_t
uvm_memwaiters(void)
{
	struct vm_world *w = vmw();
	size_t n;

	mtx_enter(&w->vw_fpageq_lk);
	n = w->vw_nmemwait;
	mtx_leave(&w->vw_fpageq_lk);
	return n;
}

void
uvm_wakewaiters(void)
{
	struct vm_world *w = vmw();

	/* The lock orders this behind a waiter that is about to sleep. */
	mtx_enter(&w->vw_fpageq_lk);
	mtx_leave(&w->vw_fpageq_lk);
	wakeup(&w->vw_nmemwait);
}

/*
 * Content
 */
size_t
page_ncells(void)
{
	return vmw()->vw_conf.page_size / sizeof(uint64_t);
}

uint64_t
page_load(const struct vm_page *pg, size_t cell)
{
	return VM_RELAXED_LOAD(&pg->cells[cell]);
}

void
page_store(struct vm_page *pg, size_t cell, uint64_t v)
{
	VM_RELAXED_STORE(&pg->cells[cell], v);
}

void
uvm_pagecopy(struct vm_page *src, struct vm_page *dst)
{
	content_copy(dst->cells, src->cells, page_ncells());
}

void
uvm_pagezero(struct vm_page *pg)
{
	content_zero(pg->cells, page_ncells());
}

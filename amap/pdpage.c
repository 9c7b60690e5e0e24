/*
 * pdpage.c: what the page daemon does with one page.
 *
 *	referenced	-> active
 *	object's	-> free
 *	CLEAN		-> free; its content is on swap only
 *	dirty		-> BUSY, into the cluster; CLEAN when that is written
 *	busy		-> left alone
 */
#include "amap/pd_int.h"

#define DIRTYREACTS	16	/* dirty pages kept in a pass: swap is full */

/* => nothing locked but, maybe, the owner; false: no slot to be had */
static bool
cluster_open(struct pd_cluster *cl)
{
	int n = SWCLUSTER;

	if (cl->cl_size > 0)
		return true;
	cl->cl_base = uvm_swap_alloc(&n, TRUE);
	if (cl->cl_base == 0)
		return false;
	cl->cl_n = 0;
	cl->cl_size = n;
	return true;
}

void
pd_cluster_close(struct pd_cluster *cl, struct pd_pass *pass)
{
	int n = cl->cl_n, tail = cl->cl_size - cl->cl_n;

	if (cl->cl_size == 0)
		return;
	if (tail > 0) {
		uvm_swap_free(cl->cl_base + n, tail);
		vm_count(VMC_cluster_tail, (uint64_t)tail);
	}
	cl->cl_size = cl->cl_n = 0;
	if (n == 0)
		return;
	lk_point(pd_submit);
	if (uvm_swap_put(cl->cl_base, cl->cl_pages, n) == 0)
		pass->submitted += (size_t)n;
	else	/* the same end as of a write that failed later (R16) */
		uvm_aio_done(cl->cl_pages, n, cl->cl_base, EIO);
}

static void
page_reactivate(struct vm_page *pg)
{
	uvm_lock_pageq();
	uvm_pageactivate(pg);
	uvm_unlock_pageq();
	vm_count(VMC_reactivate, 1);
}

static void
page_drop(struct vm_page *pg, struct pd_pass *pass)
{
	uvm_lock_pageq();
	uvm_pagefree(pg);
	uvm_unlock_pageq();
	pass->freed++;
}

/* Nowhere to write it: keep it, but do not turn the whole queue around. */
static void
page_stuck(struct vm_page *pg, struct pd_pass *pass)
{
	pass->stuck++;
	if (!pass->desperate && pass->dirtyreacts++ < DIRTYREACTS)
		page_reactivate(pg);
}

/* => no store into the page is possible */
static void
page_launder(struct pd_cluster *cl, struct pd_pass *pass, struct vm_page *pg)
{
	struct vm_anon *anon = pg->uanon;

	if (uvm_swapisfull()) {
		page_stuck(pg, pass);
		return;
	}
	if (!cluster_open(cl)) {
		/* out of date anyway; and it may be the slot that we need */
		uvm_anon_dropswap(anon);
		if (!cluster_open(cl)) {
			pass->noslot++;
			page_stuck(pg, pass);
			return;
		}
	}
	atomic_setbits_int(&pg->pg_flags, PG_BUSY);
	lk_node_have(LKN_PAGE, pg);
	pmap_clear_modify(pg);
	uvm_anon_dropswap(anon);
	anon->an_swslot = cl->cl_base + cl->cl_n;
	cl->cl_pages[cl->cl_n++] = pg;
}

/*
 * First end all stores, then ask whether there were any: the other way round
 * one could slip in between (M54).
 */
static void
page_anon(struct pd_cluster *cl, struct pd_pass *pass, struct vm_page *pg)
{
	struct vm_anon *anon = pg->uanon;
	bool clean = (vm_page_flags(pg) & PG_CLEAN) != 0;

	pmap_page_protect(pg, clean ? VM_PROT_NONE : VM_PROT_READ);
	lk_point(pd_protected);
	if (clean && pmap_is_modified(pg)) {
		atomic_clearbits_int(&pg->pg_flags, PG_CLEAN);
		clean = false;
	}
	if (!clean) {
		page_launder(cl, pass, pg);
		return;
	}
	KASSERT(anon->an_page == pg && anon->an_swslot > 0);
	uvm_swap_only(anon->an_swslot, true);
	vm_count(VMC_drop_clean, 1);
	page_drop(pg, pass);
}

void
pd_page(struct pd_cluster *cl, struct pd_pass *pass, struct vm_page *pg)
{
	if ((vm_page_flags(pg) & PG_BUSY) != 0) {
		pass->unsure++;
		return;
	}
	if (!pass->desperate && pmap_is_referenced(pg)) {
		page_reactivate(pg);
		return;
	}
	if (pg->uanon != NULL) {
		page_anon(cl, pass, pg);
		return;
	}
	/* an object's page can be made again at any time */
	pmap_page_protect(pg, VM_PROT_NONE);
	page_drop(pg, pass);
}

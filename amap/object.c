/*
 * object.c: read-only objects, the mapped files of this VM.  Page p of object
 * id holds vm_object_cell(id, p, c) in cell c: it can be made at any time, so
 * the page daemon drops such pages without writing them.
 */
#include "amap/map_int.h"

void
uvm_obj_init(void)
{
	pool_init(&vmw()->vw_object_pool, sizeof(struct uvm_object), 0,
	    IPL_MPFLOOR, 0, "uvmobj", NULL);
}

/* Three numbers mixed so that no two neighbours look alike. */
uint64_t
vm_object_cell(uint64_t id, uint64_t page, size_t cell)
{
	uint64_t x = (id + 1) * 0x9e3779b97f4a7c15ULL;

	x ^= (page + 1) * 0xc2b2ae3d27d4eb4fULL;
	x ^= x >> 31;
	x *= 0xff51afd7ed558ccdULL;
	x += (cell + 1) * 0x165667b19e3779f9ULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 29;
}

int
vm_object_create(uint64_t id, size_t pages, struct vm_object **objp)
{
	struct uvm_object *o;

	if (pages == 0)
		return EINVAL;
	o = pool_get(&vmw()->vw_object_pool, PR_NOWAIT | PR_ZERO);
	if (o == NULL)
		return ENOMEM;
	o->uo_pages = kern_mallocarray(pages, sizeof(o->uo_pages[0]),
	    M_UVMAMAP, M_NOWAIT | M_ZERO);
	if (o->uo_pages == NULL) {
		pool_put(&vmw()->vw_object_pool, o);
		return ENOMEM;
	}
	rw_obj_alloc(&o->vmobjlock, "uobjlk");
	o->uo_id = id;
	o->uo_npages = pages;
	atomic_store_explicit(&o->uo_refs, 1, memory_order_relaxed);
	*objp = (struct vm_object *)o;
	return 0;
}

void
uvm_obj_ref(struct uvm_object *o)
{
	atomic_fetch_add_explicit(&o->uo_refs, 1, memory_order_relaxed);
}

/*
 * Nobody maps it any more and nobody can find it, but for the daemon, which
 * finds its pages on the queues: so they go under the object's lock.
 */
static void
obj_free(struct uvm_object *o)
{
	size_t i;

	rw_enter_write(o->vmobjlock);
	for (i = 0; i < o->uo_npages; i++) {
		if (o->uo_pages[i] == NULL)
			continue;
		uvm_lock_pageq();
		uvm_pagefree(o->uo_pages[i]);
		uvm_unlock_pageq();
	}
	rw_exit_write(o->vmobjlock);
	rw_obj_free(o->vmobjlock);
	kern_free(o->uo_pages, M_UVMAMAP,
	    o->uo_npages * sizeof(o->uo_pages[0]));
	pool_put(&vmw()->vw_object_pool, o);
}

void
uvm_obj_unref(struct uvm_object *o)
{
	if (atomic_fetch_sub_explicit(&o->uo_refs, 1,
	    memory_order_acq_rel) == 1)
		obj_free(o);
}

void
vm_object_hold(struct vm_object *obj)
{
	uvm_obj_ref((struct uvm_object *)obj);
}

void
vm_object_rele(struct vm_object *obj)
{
	uvm_obj_unref((struct uvm_object *)obj);
}

struct vm_page *
uvm_obj_page(struct uvm_object *o, voff_t page)
{
	struct vm_page *pg;
	size_t c, n = page_ncells();

	rw_assert_wrlock(o->vmobjlock);
	KASSERT(page < o->uo_npages);
	if ((pg = o->uo_pages[page]) != NULL)
		return pg;
	pg = uvm_pagealloc(o, page, NULL, 0);
	if (pg == NULL)
		return NULL;
	for (c = 0; c < n; c++)
		page_store(pg, c, vm_object_cell(o->uo_id, page, c));
	atomic_clearbits_int(&pg->pg_flags, PG_FAKE);
	uvm_page_unbusy(pg);
	uvm_lock_pageq();
	uvm_pageactivate(pg);
	uvm_unlock_pageq();
	return pg;
}

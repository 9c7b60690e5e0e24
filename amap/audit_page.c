/*
 * audit_page.c: I7, I8, I11: every frame and every slot of swap is somebody's
 * or free.
 */
#include "amap/audit_int.h"

struct frames {
	size_t	free, wired, active, inactive;
};

static void
frame_owner(struct audit *a, struct vm_page *pg, size_t no)
{
	struct uvm_object *o = pg->uobject;

	if (pg->uanon == NULL && o == NULL)
		AUDIT(a, "frame", "page %zu is not free and nobody's, flags "
		    "%#x", no, vm_page_flags(pg));
	if (pg->uanon != NULL && (audit_find(&a->anons, pg->uanon) == NULL ||
	    pg->uanon->an_page != pg))
		AUDIT(a, "I6", "page %zu belongs to anon %p, which does not "
		    "know it", no, (void *)pg->uanon);
	if (o != NULL && (pg->offset >= o->uo_npages ||
	    o->uo_pages[pg->offset] != pg))
		AUDIT(a, "I6", "page %zu is page %zu of an object that does "
		    "not know it", no, (size_t)pg->offset);
}

static void
frame_flags(struct audit *a, struct vm_page *pg, size_t no)
{
	unsigned int flags = vm_page_flags(pg);
	bool queued = (flags & (PQ_ACTIVE | PQ_INACTIVE)) != 0;

	if ((flags & (PG_BUSY | PG_RELEASED | PG_FAKE | PG_WANTED)) != 0)
		AUDIT(a, "I11", "page %zu at rest has flags %#x", no, flags);
	if (queued == (pg->wire_count != 0) ||
	    (flags & (PQ_ACTIVE | PQ_INACTIVE)) == (PQ_ACTIVE | PQ_INACTIVE))
		AUDIT(a, "I11", "page %zu, wired %d times, has flags %#x", no,
		    pg->wire_count, flags);
	if (pg->wire_count != a->wires[no])
		AUDIT(a, "wire", "page %zu is wired %d times, entries say "
		    "%ld", no, pg->wire_count, a->wires[no]);
}

static void
audit_frame(struct audit *a, struct vm_page *pg, size_t no, struct frames *f)
{
	unsigned int flags = vm_page_flags(pg);
	bool mapped;

	if ((flags & PQ_FREE) != 0) {
		f->free++;
		mapped = pg->pv_list != NULL && pmap_page_mapped(pg);
		if (flags != PQ_FREE || pg->wire_count != 0 || mapped)
			AUDIT(a, "frame", "page %zu is free, with flags %#x, "
			    "wired %d times%s", no, flags, pg->wire_count,
			    mapped ? ", and mapped" : "");
		return;
	}
	f->wired += pg->wire_count != 0;
	f->active += (flags & PQ_ACTIVE) != 0;
	f->inactive += (flags & PQ_INACTIVE) != 0;
	frame_owner(a, pg, no);
	frame_flags(a, pg, no);
}

void
audit_frames(struct audit *a)
{
	struct vm_world *w = vmw();
	struct frames f = { 0 };
	size_t i;

	for (i = 0; i < w->vw_conf.frames; i++)
		audit_frame(a, &w->vw_pages[i], i, &f);
	if (f.free != w->vw_nfree || f.wired != w->vw_nwired ||
	    f.active != w->vw_nactive || f.inactive != w->vw_ninactive)
		AUDIT(a, "frame", "frames free %zu, wired %zu, active %zu, "
		    "inactive %zu; counted %zu, %zu, %zu, %zu", f.free,
		    f.wired, f.active, f.inactive, w->vw_nfree, w->vw_nwired,
		    w->vw_nactive, w->vw_ninactive);
}

static void
swap_device(struct audit *a, int dev, const struct vm_swapview *v)
{
	int i, slot, ninuse = 0;

	for (i = 0; i < v->nslots; i++) {
		slot = v->first + i;
		if ((v->inuse[i / 64] >> (i % 64) & 1) == 0)
			continue;
		ninuse++;
		if (!uvm_swap_slot_bad(slot) &&
		    audit_find(&a->slots, (void *)(uintptr_t)slot) == NULL)
			AUDIT(a, "I7", "device %d: slot %d is in use and "
			    "nobody's", dev, slot);
	}
	if (ninuse != v->ninuse)
		AUDIT(a, "I7", "device %d: %d slots are in use, %d counted",
		    dev, ninuse, v->ninuse);
}

void
audit_swap(struct audit *a)
{
	struct vm_swapview v;
	int dev, first;

	for (dev = 0; uvm_swap_view(dev, &v) == 0; dev++)
		swap_device(a, dev, &v);
	if (uvm_swpgonly() != a->nswaponly)
		AUDIT(a, "I8", "%zu pages are on swap only, %zu counted",
		    a->nswaponly, uvm_swpgonly());
	if (uvmpd_cluster_slots(&first) != 0)
		AUDIT(a, "I7", "the daemon rests with a cluster open at slot "
		    "%d", first);
}

struct objects {
	size_t	n, pages;
};

static void
count_object(void *obj, void *arg)
{
	struct uvm_object *o = obj;
	struct objects *c = arg;
	size_t i;

	c->n++;
	for (i = 0; i < o->uo_npages; i++)
		c->pages += o->uo_pages[i] != NULL;
}

size_t
audit_object_pages(size_t *n)
{
	struct objects c = { 0 };

	pool_foreach(&vmw()->vw_object_pool, count_object, &c);
	*n = c.n;
	return c.pages;
}

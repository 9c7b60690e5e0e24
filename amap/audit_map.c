/*
 * audit_map.c: entries and what they name; translations and where they lead.
 */
#include "amap/audit_int.h"

static void
entry_shape(struct audit *a, struct vm_space *s, struct vm_map_entry *e,
    struct vm_map_entry *prev)
{
	struct vm_map_entry *next = uvm_map_next(e);
	vaddr_t limit = next != NULL ? next->start : s->map.max_offset;

	if (e->start >= e->end || e->start < s->map.min_offset ||
	    e->end > s->map.max_offset ||
	    (prev != NULL && prev->end > e->start))
		AUDIT(a, "map", "space %u: entry %#zx-%#zx is out of order or "
		    "bounds", s->id, (size_t)e->start, (size_t)e->end);
	else if (e->space != limit - e->end)
		AUDIT(a, "map", "space %u: entry %#zx-%#zx has %#zx free "
		    "bytes behind it, not %#zx", s->id, (size_t)e->start,
		    (size_t)e->end, (size_t)(limit - e->end),
		    (size_t)e->space);
	if (e->gated)
		AUDIT(a, "map", "space %u: entry %#zx-%#zx is gated and no "
		    "fork is on", s->id, (size_t)e->start, (size_t)e->end);
}

static void
entry_aref(struct audit *a, struct vm_space *s, struct vm_map_entry *e)
{
	struct vm_amap *amap = e->aref.ar_amap;
	struct audit_rec *r;
	long first = e->aref.ar_pageoff, n = (long)vm_entry_pages(e);

	if (amap == NULL)
		return;
	if ((r = audit_find(&a->amaps, amap)) == NULL) {
		AUDIT(a, "I1", "space %u: entry %#zx-%#zx names amap %p, "
		    "which is not alive", s->id, (size_t)e->start,
		    (size_t)e->end, (void *)amap);
		return;
	}
	r->count++;
	if (first < 0 || first + n > amap->am_nslot) {
		AUDIT(a, "I1", "space %u: entry %#zx-%#zx names slots %ld to "
		    "%ld of amap %p, which has %d", s->id, (size_t)e->start,
		    (size_t)e->end, first, first + n, (void *)amap,
		    amap->am_nslot);
		return;
	}
	r->cover[first]++;
	r->cover[first + n]--;
}

static void
entry_wires(struct audit *a, struct vm_space *s, struct vm_map_entry *e)
{
	struct vm_world *w = vmw();
	const struct vm_wire *wi;
	vsize_t i;

	if ((e->wires != NULL) != vm_entry_wired(e) ||
	    (e->wires != NULL &&
	    e->wireoff + vm_entry_pages(e) > e->wires->ws_n)) {
		AUDIT(a, "wire", "space %u: entry %#zx-%#zx is wired %d times "
		    "and has no room to note it", s->id, (size_t)e->start,
		    (size_t)e->end, e->wired_count);
		return;
	}
	for (i = 0; e->wires != NULL && i < vm_entry_pages(e); i++) {
		wi = &e->wires->ws_wire[e->wireoff + i];
		if (wi->wi_page != NULL && wi->wi_page->pg_gen == wi->wi_gen)
			a->wires[wi->wi_page - w->vw_pages]++;
	}
}

void
audit_spaces(struct audit *a)
{
	struct vm_map_entry *e, *prev;
	struct vm_space *s;
	size_t n;

	LIST_FOREACH(s, &vmw()->vw_spaces, list) {
		prev = NULL;
		n = 0;
		RB_FOREACH(e, vm_map_tree, &s->map.tree) {
			entry_shape(a, s, e, prev);
			entry_aref(a, s, e);
			entry_wires(a, s, e);
			prev = e;
			n++;
		}
		if (n != s->map.nentries)
			AUDIT(a, "map", "space %u has %zu entries, not %zu",
			    s->id, n, s->map.nentries);
	}
}

struct translations {
	struct audit	*a;
	struct vm_space	*s;
};

/* => false: what the entry names is not sound, which has been said */
static bool
entry_anon(struct audit *a, struct vm_map_entry *e, vaddr_t va,
    struct vm_anon **anonp)
{
	struct vm_amap *amap = e->aref.ar_amap;
	long slot = e->aref.ar_pageoff + (long)atop(va - e->start);
	struct audit_rec *r;

	*anonp = NULL;
	if (amap == NULL)
		return true;
	if ((r = audit_find(&a->amaps, amap)) == NULL || slot < 0 ||
	    slot >= amap->am_nslot)
		return false;
	if (r->broken)
		return true;		/* that has been said */
	*anonp = audit_slot(amap, (int)slot);
	return *anonp == NULL || audit_find(&a->anons, *anonp) != NULL;
}

struct vm_page *
audit_entry_page(struct vm_map_entry *e, vaddr_t va, struct vm_anon *anon,
    vm_prot_t *prot)
{
	size_t page;

	*prot = e->protection;
	if (anon == NULL || anon->an_ref != 1 || UVM_ET_ISNEEDSCOPY(e))
		*prot &= ~VM_PROT_WRITE;
	if (anon != NULL)
		return anon->an_page;
	if (e->object == NULL)
		return NULL;
	page = atop(e->offset + (va - e->start));
	return page < e->object->uo_npages ? e->object->uo_pages[page] : NULL;
}

static void
audit_translation(vaddr_t va, struct vm_page *pg, vm_prot_t prot, void *arg)
{
	struct translations *t = arg;
	struct vm_map_entry *e = uvm_map_lookup_entry(&t->s->map, va);
	struct vm_anon *anon;
	struct vm_page *right;
	vm_prot_t may;
	size_t no = (size_t)(pg - vmw()->vw_pages);

	if (e == NULL) {
		AUDIT(t->a, "pmap", "space %u: %#zx leads to page %zu and is "
		    "not mapped", t->s->id, (size_t)va, no);
		return;
	}
	if (!entry_anon(t->a, e, va, &anon))
		return;
	right = audit_entry_page(e, va, anon, &may);
	if (right != pg)
		AUDIT(t->a, "pmap", "space %u: %#zx leads to page %zu, not to "
		    "%zd", t->s->id, (size_t)va, no,
		    right != NULL ? right - vmw()->vw_pages : -1);
	else if ((prot & ~may) != 0)
		AUDIT(t->a, "pmap", "space %u: %#zx, page %zu: may do %#x, "
		    "ought to %#x", t->s->id, (size_t)va, no, prot, may);
}

void
audit_translations(struct audit *a)
{
	struct translations t = { .a = a };

	LIST_FOREACH(t.s, &vmw()->vw_spaces, list)
		pmap_foreach(t.s->map.pmap, audit_translation, &t);
}

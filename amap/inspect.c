/*
 * inspect.c: what must hold at any moment.
 *
 * The invariants of vm_audit() are for times of rest.  These hold whenever
 * nobody has the lock that they are under, whatever all strands are at:
 *
 *	A free		a slot's bit and pointer agree, am_nused counts them
 *			an_ref = slots that name the anon, over all amaps
 *			with this lock; an_lock is this lock
 *			page and anon name each other; CLEAN has a slot
 *			am_ref and each count of am_ppref >= entries
 *	always		a slot of swap in use by one anon, and not free
 *			lock object's references >= amaps that have it
 *	A, M free	a translation leads to the page that the slot has
 *
 * Entries count only in maps that nobody has for writing.
 */
#include <stdlib.h>

#include "amap/inspect_int.h"
#include "amap/pmap_int.h"

#define SAY(in, kind, ...)						\
	((in)->bad++, lk_incident("audit." kind, __VA_ARGS__))

/* ------------------------------------------------------------------------
 * What is alive
 */

static struct inspect_rec *
seen_at(struct inspect_tab *t, const void *key)
{
	unsigned i = inspect_hash(key);

	while (t->rec[i].key != NULL && t->rec[i].key != key)
		i = (i + 1) & (INSPECT_MAX - 1);
	return &t->rec[i];
}

static struct inspect_rec *
seen_find(struct vm_inspect *in, const void *key)
{
	struct inspect_rec *r = seen_at(&in->seen, key);

	return r->key != NULL ? r : NULL;
}

static struct inspect_rec *
seen_get(struct vm_inspect *in, const void *key)
{
	struct inspect_rec *r = seen_at(&in->seen, key);

	if (r->key == NULL && in->seen.n * 2 >= INSPECT_MAX) {
		in->full = true;
		return NULL;
	}
	if (r->key == NULL) {
		r->key = key;
		in->seen.n++;
	}
	return r;
}

static void
collect(void *obj, void *arg)
{
	(void)seen_get(arg, obj);
}

int
vm_inspect_new(struct vm_inspect **inp)
{
	*inp = calloc(1, sizeof(**inp));
	return *inp != NULL ? 0 : ENOMEM;
}

void
vm_inspect_free(struct vm_inspect *in)
{
	free(in);
}

void
vm_inspect_begin(struct vm_inspect *in)
{
	in->have = false;
	in->full = false;
	in->bad = 0;
}

/* ------------------------------------------------------------------------
 * Amaps and anons
 */

static void
chunk_at_rest(struct vm_inspect *in, struct vm_amap *amap,
    struct vm_amap_chunk *c, int *nused)
{
	struct inspect_rec *r;
	struct vm_anon *anon;
	int i;

	for (i = 0; i < c->ac_nslot && i < UVM_AMAP_CHUNK; i++) {
		anon = c->ac_anon[i];
		if ((anon != NULL) != ((c->ac_usedmap >> i & 1) != 0)) {
			SAY(in, "I2", "amap %p slot %d: bit and anon %p "
			    "disagree", (void *)amap, c->ac_baseslot + i,
			    (void *)anon);
			continue;
		}
		if (anon == NULL)
			continue;
		++*nused;
		if ((r = seen_find(in, anon)) == NULL)
			SAY(in, "I4", "amap %p slot %d: anon %p is not alive",
			    (void *)amap, c->ac_baseslot + i, (void *)anon);
		else if (anon->an_lock != amap->am_lock)
			SAY(in, "I4", "amap %p slot %d: anon %p has lock %p, "
			    "the amap %p", (void *)amap, c->ac_baseslot + i,
			    (void *)anon, (void *)anon->an_lock,
			    (void *)amap->am_lock);
		else
			r->count++;
	}
}

static void
inspect_amap(void *obj, void *arg)
{
	struct vm_inspect *in = arg;
	struct vm_amap *amap = obj;
	struct vm_amap_chunk *c;
	struct inspect_rec *lock;
	int nused = 0;

	if (!inspect_amap_lives(amap))
		return;
	lock = seen_get(in, amap->am_lock);
	if (lock != NULL)
		lock->count++;
	if (!inspect_free(amap->am_lock))
		return;
	AMAP_CHUNK_FOREACH(c, amap)
		chunk_at_rest(in, amap, c, &nused);
	if (nused != amap->am_nused)
		SAY(in, "I2", "amap %p of %d slots: %d used, %d counted",
		    (void *)amap, amap->am_nslot, nused, amap->am_nused);
}

static void
anon_page(struct vm_inspect *in, const struct vm_anon *anon,
    const struct vm_page *pg)
{
	unsigned int flags;
	size_t no = (size_t)(pg - vmw()->vw_pages);

	if (vm_page_of(pg) != pg) {
		SAY(in, "I6", "anon %p: %p is no page", (const void *)anon,
		    (const void *)pg);
		return;
	}
	flags = vm_page_flags(pg);
	if (pg->uanon != anon || (flags & (PQ_ANON | PQ_FREE)) != PQ_ANON)
		SAY(in, "I6", "anon %p: its page %zu belongs to %p, flags "
		    "%#x", (const void *)anon, no, (void *)pg->uanon, flags);
	else if ((flags & PG_CLEAN) != 0 && anon->an_swslot <= 0 &&
	    anon->an_ref > 0 && (flags & PG_BUSY) == 0)
		SAY(in, "I11", "anon %p: page %zu is clean, slot %d",
		    (const void *)anon, no, anon->an_swslot);
}

static void
anon_slot(struct vm_inspect *in, const struct vm_anon *anon)
{
	struct vm_swapdev *sd = uvm_swap_dev(anon->an_swslot);
	struct inspect_rec *r;
	bool only, swapped = anon->an_page == NULL;
	int i;

	r = seen_get(in, (void *)(uintptr_t)anon->an_swslot);
	if (r != NULL && ++r->count > 1)
		SAY(in, "I7", "slot %d belongs to %ld anons",
		    anon->an_swslot, r->count);
	i = sd != NULL ? anon->an_swslot - sd->sd_first : 0;
	if (sd == NULL || (sd->sd_bits[i / 64] >> (i % 64) & 1) == 0 ||
	    (sd->sd_state[i] & SLS_BAD) != 0) {
		SAY(in, "I7", "anon %p: slot %d is not in use",
		    (const void *)anon, anon->an_swslot);
		return;
	}
	only = (sd->sd_state[i] & SLS_ONLY) != 0;
	if (!swapped && (vm_page_flags(anon->an_page) & PG_BUSY) != 0)
		return;		/* it is coming in */
	if (only != swapped)
		SAY(in, "I8", "anon %p has %s page, and slot %d %s its only "
		    "place", (const void *)anon, swapped ? "no" : "a",
		    anon->an_swslot, only ? "counts as" : "does not count as");
}

/* One that is being made has no lock yet, one that goes has none any more. */
static void
inspect_anon(void *obj, void *arg)
{
	struct vm_inspect *in = arg;
	const struct vm_anon *anon = obj;
	const struct inspect_rec *r = seen_find(in, anon);

	if (anon->an_lock == NULL || !inspect_free(anon->an_lock))
		return;
	if (anon->an_ref != r->count)
		SAY(in, "I4", "anon %p: %d references, %ld slots name it",
		    obj, anon->an_ref, r->count);
	if (anon->an_page != NULL)
		anon_page(in, anon, anon->an_page);
	else if (anon->an_swslot == 0)
		SAY(in, "I6", "anon %p has neither page nor slot", obj);
	if (anon->an_swslot > 0)
		anon_slot(in, anon);
}

/* An anon that died busy has left a reference on its lock. */
static void
count_released(void *obj, void *arg)
{
	const struct vm_anon *anon = obj;
	struct inspect_rec *r;

	if (anon->an_lock != NULL && anon->an_page != NULL &&
	    vm_page_of(anon->an_page) == anon->an_page &&
	    (vm_page_flags(anon->an_page) & PG_RELEASED) != 0 &&
	    (r = seen_get(arg, anon->an_lock)) != NULL)
		r->count++;
}

static void
inspect_lock(void *obj, void *arg)
{
	struct vm_inspect *in = arg;
	const struct inspect_rec *r = seen_find(in, obj);

	if (r != NULL && rw_obj_refs(obj) < (uint32_t)r->count)
		SAY(in, "I10", "lock object %p: %u references, %ld amaps and "
		    "dying anons have it", obj, rw_obj_refs(obj), r->count);
}

/* ------------------------------------------------------------------------
 * Entries
 */

static bool
map_stands(struct vm_map *map)
{
	int status = rw_status(&map->lock);

	return status != RW_WRITE && status != (int)RW_WRITE_OTHER;
}

static void
cover_entry(struct vm_inspect *in, const struct vm_amap *amap,
    const struct vm_map_entry *e, long *n)
{
	size_t i, first = (size_t)e->aref.ar_pageoff;

	++*n;
	for (i = first; i < first + vm_entry_pages(e) &&
	    i < UVM_AMAP_LARGE; i++)
		in->cover[i]++;
}

static void
ppref_covers(struct vm_inspect *in, struct vm_amap *amap)
{
	int slot, v, len, ref;

	for (slot = 0; slot < amap->am_nslot && slot < UVM_AMAP_LARGE;
	    slot += len) {
		v = amap->am_ppref[slot];
		ref = v > 0 ? v - 1 : -v - 1;
		len = v > 0 ? 1 : slot + 1 < amap->am_nslot ?
		    amap->am_ppref[slot + 1] : 0;
		if (v == 0 || len < 1 || len > amap->am_nslot - slot) {
			SAY(in, "I5", "amap %p slot %d: no run begins there",
			    (void *)amap, slot);
			return;
		}
		for (v = slot; v < slot + len && v < UVM_AMAP_LARGE; v++) {
			if (in->cover[v] > ref)
				SAY(in, "I5", "amap %p slot %d: %d references "
				    "noted, %d entries cover it", (void *)amap,
				    v, ref, in->cover[v]);
			else if (ref == 0 && audit_slot(amap, v) != NULL)
				SAY(in, "I5", "amap %p slot %d: no reference, "
				    "and an anon", (void *)amap, v);
		}
	}
}

static void
inspect_refs(void *obj, void *arg)
{
	struct vm_inspect *in = arg;
	struct vm_amap *amap = obj;
	struct vm_map_entry *e;
	struct vm_space *s;
	long n = 0;

	if (!inspect_amap_lives(amap) || !inspect_free(amap->am_lock))
		return;
	memset(in->cover, 0, sizeof(in->cover));
	LIST_FOREACH(s, &vmw()->vw_spaces, list) {
		if (!map_stands(&s->map))
			continue;
		RB_FOREACH(e, vm_map_tree, &s->map.tree)
			if (e->aref.ar_amap == amap)
				cover_entry(in, amap, e, &n);
	}
	if (n > amap_refs(amap))
		SAY(in, "I1", "amap %p of %d slots: %d references, %ld "
		    "entries name it", obj, amap->am_nslot, amap_refs(amap),
		    n);
	if (amap->am_ppref != NULL && amap->am_ppref != PPREF_NONE)
		ppref_covers(in, amap);
}

static void
inspect_arefs(struct vm_inspect *in)
{
	struct vm_map_entry *e;
	struct vm_space *s;

	LIST_FOREACH(s, &vmw()->vw_spaces, list) {
		if (!map_stands(&s->map))
			continue;
		RB_FOREACH(e, vm_map_tree, &s->map.tree)
			if (e->aref.ar_amap != NULL &&
			    seen_find(in, e->aref.ar_amap) == NULL)
				SAY(in, "I1", "space %u: entry %#zx-%#zx names "
				    "amap %p, which is not alive", s->id,
				    (size_t)e->start, (size_t)e->end,
				    (void *)e->aref.ar_amap);
	}
}

/* ------------------------------------------------------------------------
 * Translations
 */

static struct vm_space *
space_of(const struct pmap *pm)
{
	struct vm_space *s;

	LIST_FOREACH(s, &vmw()->vw_spaces, list)
		if (s->map.pmap == pm)
			return s;
	return NULL;
}

/* => what the address shows; false: somebody is at work on it */
static bool
shown(struct vm_space *s, vaddr_t va, struct vm_page **pgp, bool *mapped)
{
	struct vm_map_entry *e = uvm_map_lookup_entry(&s->map, va);
	struct vm_anon *anon = NULL;
	struct vm_amap *amap;
	vm_prot_t prot;

	*mapped = e != NULL;
	*pgp = NULL;
	if (e == NULL)
		return true;
	if (e->object != NULL && !inspect_free(e->object->vmobjlock))
		return false;
	if ((amap = e->aref.ar_amap) != NULL) {
		if (!inspect_free(amap->am_lock))
			return false;
		anon = audit_slot(amap, e->aref.ar_pageoff +
		    (int)atop(va - e->start));
	}
	*pgp = audit_entry_page(e, va, anon, &prot);
	return true;
}

static void
inspect_translation(struct vm_inspect *in, struct vm_page *pg,
    const struct pv_entry *pv)
{
	const struct pmap_leaf *leaf = pmap_leaf_of(pv);
	const struct vm_page *pages = vmw()->vw_pages;
	struct vm_space *s = space_of(atomic_load(&leaf->pmap));
	struct vm_page *right;
	vaddr_t va;
	bool mapped;

	if (s == NULL || (atomic_load(&pv->pte) & PTE_VALID) == 0 ||
	    rw_status(&s->map.lock) != 0)
		return;
	va = ptoa(atomic_load(&leaf->base) + (vaddr_t)(pv - leaf->slot));
	if (!shown(s, va, &right, &mapped))
		return;
	if (!mapped)
		SAY(in, "pmap", "space %u: %#zx leads to page %zu and is not "
		    "mapped", s->id, (size_t)va, (size_t)(pg - pages));
	else if (right != pg)
		SAY(in, "pmap", "space %u: %#zx leads to page %zu, not to "
		    "%zd", s->id, (size_t)va, (size_t)(pg - pages),
		    right != NULL ? right - pages : -1);
}

static void
inspect_translations(struct vm_inspect *in)
{
	struct vm_world *w = vmw();
	const struct pv_entry *pv;
	size_t i;

	for (i = 0; i < w->vw_conf.frames; i++)
		for (pv = w->vw_pages[i].pv_list; pv != NULL; pv = pv->next)
			inspect_translation(in, &w->vw_pages[i], pv);
}

/* ------------------------------------------------------------------------
 * All of it
 */

size_t
vm_inspect(struct vm_inspect *in)
{
	struct vm_world *w = vmw();

	memset(&in->seen, 0, sizeof(in->seen));
	audit_amap_foreach(collect, in);
	pool_foreach(&w->vw_anon_pool, collect, in);
	if (in->full)
		return in->bad;
	inspect_arefs(in);
	audit_amap_foreach(inspect_amap, in);
	pool_foreach(&w->vw_anon_pool, count_released, in);
	if (in->bad == 0 && !in->full) {
		pool_foreach(&w->vw_lockobj_pool, inspect_lock, in);
		pool_foreach(&w->vw_anon_pool, inspect_anon, in);
		audit_amap_foreach(inspect_refs, in);
		inspect_translations(in);
	}
	return in->bad;
}

/* ------------------------------------------------------------------------
 * After swap-off
 */

struct left {
	const struct vm_swapdev *sd;
	const struct vm_inspect_due *due;
};

static bool
on_device(const struct left *l, const struct vm_anon *anon)
{
	return anon->an_swslot >= l->sd->sd_first &&
	    anon->an_swslot < l->sd->sd_first + l->sd->sd_nslots;
}

static void
left_anon(void *obj, void *arg)
{
	const struct vm_anon *anon = obj;
	const struct left *l = arg;

	if (anon->an_lock != NULL && on_device(l, anon))
		lk_incident("swap.off-left", "swap-off of %s is done, and anon "
		    "%p still has slot %d", l->sd->sd_name, obj,
		    anon->an_swslot);
}

static bool
is_due(const struct vm_inspect_due *due, const struct vm_amap *amap)
{
	unsigned i;

	for (i = 0; i < due->n && i < INSPECT_DUE; i++)
		if (due->amap[i] == amap)
			return true;
	return false;
}

static void
missed_amap(void *obj, void *arg)
{
	const struct left *l = arg;
	struct vm_amap *amap = obj;
	const struct vm_anon *anon;
	int i;

	if (!is_due(l->due, amap) || !inspect_amap_lives(amap) ||
	    amap_refs(amap) == 0 || !inspect_free(amap->am_lock))
		return;
	for (i = 0; i < amap->am_nslot; i++) {
		anon = audit_slot(amap, i);
		if (anon == NULL || !on_device(l, anon))
			continue;
		lk_incident("swap.off-missed", "swap-off of %s is refused, but "
		    "its walk is over: amap %p, which is in use, has slot %d "
		    "of it", l->sd->sd_name, obj, anon->an_swslot);
		return;
	}
}

void
vm_inspect_walk(struct vm_inspect_due *due)
{
	struct vm_map_entry *e;
	struct vm_amap *amap;
	struct vm_space *s;

	due->n = 0;
	if (!vmw()->vw_conf.inspected)
		return;
	lk_fibers_aside(true);
	LIST_FOREACH(s, &vmw()->vw_spaces, list) {
		if (!map_stands(&s->map))
			continue;
		RB_FOREACH(e, vm_map_tree, &s->map.tree) {
			amap = e->aref.ar_amap;
			if (amap != NULL && due->n < INSPECT_DUE &&
			    !is_due(due, amap))
				due->amap[due->n++] = amap;
		}
	}
	lk_fibers_aside(false);
}

/*
 * EBUSY is legal for what is on its way: amaps without references, anons that
 * died busy, and copies that were made while the walk was under way.  What a
 * map had when the walk began and has still, the walk has to find: the device
 * gives out no slots.
 */
void
vm_inspect_swapoff(const struct vm_swapdev *sd,
    const struct vm_inspect_due *due, int error)
{
	struct left l = { .sd = sd, .due = due };

	if (!vmw()->vw_conf.inspected)
		return;
	lk_fibers_aside(true);
	if (error == 0)
		pool_foreach(&vmw()->vw_anon_pool, left_anon, &l);
	else if (error == EBUSY)
		audit_amap_foreach(missed_amap, &l);
	lk_fibers_aside(false);
}

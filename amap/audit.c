/*
 * audit.c: vm_audit and vm_audit_leaks.
 */
#include <stdlib.h>

#include "amap/audit_int.h"

static size_t
tab_slot(const struct audit_tab *t, const void *key)
{
	uint64_t h = (uintptr_t)key * 0x9e3779b97f4a7c15ULL;
	size_t i = (size_t)(h >> 20) & (t->size - 1);

	while (t->rec[i].key != NULL && t->rec[i].key != key)
		i = (i + 1) & (t->size - 1);
	return i;
}

/* What an audit costs is for what there is, and little where there is little. */
static bool
tab_grow(struct audit_tab *t)
{
	struct audit_rec *old = t->rec;
	size_t i, size = t->size;

	t->rec = size == 0 ? t->few : calloc(size * 2, sizeof(*t->rec));
	if (t->rec == NULL) {
		t->rec = old;
		return false;
	}
	t->size = size == 0 ? AUDIT_FEW : size * 2;
	for (i = 0; i < size; i++)
		if (old[i].key != NULL)
			t->rec[tab_slot(t, old[i].key)] = old[i];
	if (old != t->few)
		free(old);
	return true;
}

struct audit_rec *
audit_find(const struct audit_tab *t, const void *key)
{
	struct audit_rec *r;

	if (t->size == 0)
		return NULL;
	r = &t->rec[tab_slot(t, key)];
	return r->key != NULL ? r : NULL;
}

struct audit_rec *
audit_get(struct audit *a, struct audit_tab *t, const void *key)
{
	struct audit_rec *r;

	if ((r = audit_find(t, key)) != NULL)
		return r;
	if (t->n * 2 >= t->size && !tab_grow(t)) {
		a->nomem = true;
		return NULL;
	}
	r = &t->rec[tab_slot(t, key)];
	r->key = key;
	t->n++;
	return r;
}

static void
tab_free(struct audit_tab *t)
{
	struct audit_rec *r;

	AUDIT_FOREACH(r, t)
		free(r->cover);
	if (t->rec != t->few)
		free(t->rec);
}

void
vm_audit_drop(struct vm_world *w)
{
	struct audit *a = w->vw_audit;

	if (a == NULL)
		return;
	w->vw_audit = NULL;
	tab_free(&a->amaps);
	tab_free(&a->anons);
	tab_free(&a->chunks);
	tab_free(&a->locks);
	tab_free(&a->slots);
	free(a->wires);
	free(a);
}

void
audit_amap_foreach(void (*fn)(void *, void *), void *arg)
{
	int i;

	pool_foreach(AMAP->amap_pool, fn, arg);
	for (i = 0; i < UVM_AMAP_CHUNK; i++)
		pool_foreach(&AMAP->small_pools[i], fn, arg);
}

static void
collect_amap(void *obj, void *arg)
{
	struct audit *a = arg;
	struct vm_amap *amap = obj;
	struct audit_rec *r = audit_get(a, &a->amaps, amap);

	if (r == NULL)
		return;
	r->cover = calloc((size_t)amap->am_nslot + 1, sizeof(*r->cover));
	if (r->cover == NULL)
		a->nomem = true;
}

static void
collect_anon(void *obj, void *arg)
{
	struct audit *a = arg;

	(void)audit_get(a, &a->anons, obj);
}

static void
collect_chunk(void *obj, void *arg)
{
	struct audit *a = arg;

	(void)audit_get(a, &a->chunks, obj);
}

static void
collect(struct audit *a)
{
	a->wires = calloc(vmw()->vw_conf.frames, sizeof(*a->wires));
	if (a->wires == NULL) {
		a->nomem = true;
		return;
	}
	audit_amap_foreach(collect_amap, a);
	pool_foreach(AMAP->chunk_pool, collect_chunk, a);
	pool_foreach(&vmw()->vw_anon_pool, collect_anon, a);
}

static void
judge(struct audit *a)
{
	audit_spaces(a);
	audit_amaps(a);
	audit_anons(a);
	audit_list(a);
	audit_frames(a);
	audit_swap(a);
	audit_translations(a);
}

/*
 * Without memory for the counting nothing can be said; that is no violation,
 * but nor is it a clean bill.  An execution may end with a violation: what was
 * counted hangs off the world, for whoever puts that back.
 */
size_t
vm_audit(void)
{
	struct vm_world *w = vmw();
	struct audit *a = calloc(1, sizeof(*a)), none = { 0 };
	size_t bad;

	vm_audit_drop(w);
	w->vw_audit = a;
	if (a != NULL)
		collect(a);
	if (a == NULL || a->nomem)
		AUDIT(a != NULL ? a : &none, "memory", "no memory to count");
	else
		judge(a);
	bad = a != NULL ? a->bad : none.bad;
	vm_audit_drop(w);
	return bad;
}

/* ------------------------------------------------------------------------
 * Leaks
 */

#define LEAK(bad, kind, ...)						\
	((bad)++, lk_incident("leak." kind, __VA_ARGS__))

static size_t
leaks_pool(const struct pool *pr, const char *kind, size_t expected)
{
	size_t bad = 0;

	if (pr->pr_nout == expected)
		return 0;
	bad++;
	lk_incident(kind, "%zu of pool %s are left; expected %zu",
	    pr->pr_nout, pr->pr_name, expected);
	return bad;
}

static size_t
leaks_swap(void)
{
	struct vm_swapview v;
	size_t bad = 0;
	int dev;

	for (dev = 0; uvm_swap_view(dev, &v) == 0; dev++)
		if (v.ninuse != v.nbad)
			LEAK(bad, "slot", "device %d: %d slots are in use, "
			    "%d of them bad", dev, v.ninuse, v.nbad);
	if (uvm_swpgonly() != 0)
		LEAK(bad, "slot", "%zu pages are on swap only",
		    uvm_swpgonly());
	return bad;
}

/* Objects may outlive all spaces: what they hold is no leak. */
size_t
vm_audit_leaks(void)
{
	struct vm_world *w = vmw();
	size_t bad = 0, nobj, objpages, i;

	objpages = audit_object_pages(&nobj);
	if (uvm_freeframes() + objpages != w->vw_conf.frames)
		LEAK(bad, "frame", "%zu of %zu frames are free, objects have "
		    "%zu", uvm_freeframes(), w->vw_conf.frames, objpages);
	if (w->vw_nwired != 0)
		LEAK(bad, "wired", "%zu frames are wired", w->vw_nwired);
	bad += leaks_swap();
	bad += leaks_pool(&w->vw_anon_pool, "leak.anon", 0);
	bad += leaks_pool(AMAP->amap_pool, "leak.amap", 0);
	for (i = 0; i < UVM_AMAP_CHUNK; i++)
		bad += leaks_pool(&AMAP->small_pools[i], "leak.amap", 0);
	bad += leaks_pool(AMAP->chunk_pool, "leak.chunk", 0);
	bad += leaks_pool(&w->vw_entry_pool, "leak.entry", 0);
	bad += leaks_pool(&w->vw_space_pool, "leak.space", 0);
	bad += leaks_pool(&w->vw_lockobj_pool, "leak.lockobj", nobj);
	if (kern_malloc_live() != nobj)
		LEAK(bad, "memory", "%zu blocks of memory are left; expected "
		    "%zu", kern_malloc_live(), nobj);
	return bad;
}

/* ------------------------------------------------------------------------
 * A planted defect
 */
/* => the one found is locked; only that is not done aside */
static void
find_anon(void *obj, void *arg)
{
	struct vm_anon *anon = obj, **found = arg;

	if (*found != NULL || anon->an_lock == NULL || anon->an_ref <= 0)
		return;
	lk_fibers_aside(false);
	if (rw_enter(anon->an_lock, RW_WRITE | RW_NOSLEEP) == 0)
		*found = anon;
	lk_fibers_aside(true);
}

bool
vm_plant_anon_ref(void)
{
	struct vm_anon *anon = NULL;

	lk_fibers_aside(true);
	pool_foreach(&vmw()->vw_anon_pool, find_anon, &anon);
	lk_fibers_aside(false);
	if (anon == NULL)
		return false;
	anon->an_ref++;
	rw_exit_write(anon->an_lock);
	return true;
}

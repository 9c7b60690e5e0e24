/*
 * mapcall.c: what a process asks of its map: make and unmake mappings, change
 * what is allowed, move them.
 */
#include "amap/map_int.h"

int
vm_space_create(struct vm_space **spacep)
{
	struct vm_world *w = vmw();
	struct vm_space *s;
	int error;

	s = pool_get(&w->vw_space_pool, PR_NOWAIT);
	if (s == NULL)
		return ENOMEM;
	error = uvm_map_setup(&s->map);
	if (error != 0) {
		rw_destroy(&s->map.lock);
		pool_put(&w->vw_space_pool, s);
		return error;
	}
	mtx_enter(&w->vw_spaces_lk);
	s->id = ++w->vw_nextspace;
	LIST_INSERT_HEAD(&w->vw_spaces, s, list);
	mtx_leave(&w->vw_spaces_lk);
	atomic_fetch_add_explicit(&w->vw_gauges->spaces, 1,
	    memory_order_relaxed);
	*spacep = s;
	return 0;
}

void
vm_space_exit(struct vm_space *s)
{
	struct vm_world *w = vmw();
	struct vm_map_entry *dead = NULL;

	vm_map_lock(&s->map);
	uvm_map_unmap(&s->map, s->map.min_offset, s->map.max_offset, &dead);
	vm_map_unlock(&s->map);
	uvm_map_detach(dead);
	mtx_enter(&w->vw_spaces_lk);
	LIST_REMOVE(s, list);
	mtx_leave(&w->vw_spaces_lk);
	atomic_fetch_sub_explicit(&w->vw_gauges->spaces, 1,
	    memory_order_relaxed);
	uvm_map_teardown(&s->map);
	pool_put(&w->vw_space_pool, s);
	vm_count(VMC_exits, 1);
}

uint32_t
vm_space_id(const struct vm_space *s)
{
	return s->id;
}

size_t
vm_space_entries(struct vm_space *s)
{
	size_t n;

	vm_map_lock_read(&s->map);
	n = s->map.nentries;
	vm_map_unlock_read(&s->map);
	return n;
}

bool
vm_mapped(struct vm_space *s, uintptr_t va)
{
	struct vm_page *pg;

	return pmap_extract(s->map.pmap, va & ~(vm_page_size() - 1), &pg);
}

/*
 * Shared mappings of nothing are lazy, too: the first fault, or the fork that
 * shares them, gives them their amap.  Only a shared file has nothing to copy.
 */
static void
entry_init(struct vm_map_entry *e, int prot, int flags, struct vm_object *obj,
    uint64_t objoff)
{
	e->protection = prot;
	e->inheritance = (flags & VM_MAP_SHARED) != 0 ? VM_INHERIT_SHARE :
	    VM_INHERIT_COPY;
	if ((flags & VM_MAP_STACK) != 0)
		e->etype |= UVM_ET_STACK;
	if (obj == NULL || (flags & VM_MAP_SHARED) == 0)
		e->etype |= UVM_ET_COPYONWRITE | UVM_ET_NEEDSCOPY;
	if (obj != NULL) {
		e->etype |= UVM_ET_OBJ;
		e->object = (struct uvm_object *)obj;
		e->offset = objoff;
		uvm_obj_ref(e->object);
	}
}

int
vm_mmap(struct vm_space *s, uintptr_t *va, size_t size, int prot, int flags,
    struct vm_object *obj, uint64_t objoff)
{
	struct vm_map *map = &s->map;
	struct vm_map_entry *e, *dead = NULL;
	vaddr_t start = (flags & VM_MAP_FIXED) != 0 ? *va : map->min_offset;

	if (uvm_map_checkrange(map, start, start + size) != 0 ||
	    (objoff & (vm_page_size() - 1)) != 0)
		return EINVAL;
	if ((e = uvm_mapent_alloc(PR_NOWAIT)) == NULL)
		return ENOMEM;
	vm_map_lock(map);
	if ((flags & VM_MAP_FIXED) != 0)
		uvm_map_unmap(map, start, start + size, &dead);
	else if (!uvm_map_findspace(map, size, &start)) {
		vm_map_unlock(map);
		uvm_mapent_free(e);
		return ENOMEM;
	}
	e->start = start;
	e->end = start + size;
	entry_init(e, prot, flags, obj, objoff);
	uvm_map_insert(map, e);
	vm_map_unlock(map);
	uvm_map_detach(dead);
	vm_count(VMC_mapped, 1);
	*va = start;
	return 0;
}

/*
 * Translations go before anybody can drop the pages they lead to: here, with
 * the map locked; the references go in uvm_map_detach, without it.
 */
void
uvm_map_unmap(struct vm_map *map, vaddr_t start, vaddr_t end,
    struct vm_map_entry **dead)
{
	struct vm_map_entry *e, *next;

	for (e = uvm_map_clip(map, start, end); e != NULL && e->start < end;
	    e = next) {
		next = uvm_map_next(e);
		if (vm_entry_wired(e))
			uvm_unwire_entry(e);
		pmap_remove(map->pmap, e->start, e->end);
		uvm_map_remove(map, e);
		e->dead_next = *dead;
		*dead = e;
	}
}

void
uvm_map_detach(struct vm_map_entry *e)
{
	struct vm_map_entry *next;

	for (; e != NULL; e = next) {
		next = e->dead_next;
		lk_point(UNMAP_DETACH);
		if (e->aref.ar_amap != NULL)
			AMAP->unref(e->aref.ar_amap, e->aref.ar_pageoff,
			    vm_entry_pages(e), FALSE);
		if (e->object != NULL)
			uvm_obj_unref(e->object);
		uvm_mapent_free(e);
	}
}

int
vm_munmap(struct vm_space *s, uintptr_t start, uintptr_t end)
{
	struct vm_map_entry *dead = NULL;

	if (uvm_map_checkrange(&s->map, start, end) != 0)
		return EINVAL;
	vm_map_lock(&s->map);
	uvm_map_unmap(&s->map, start, end, &dead);
	vm_map_unlock(&s->map);
	uvm_map_detach(dead);
	vm_count(VMC_unmapped, 1);
	return 0;
}

static void
entry_protect(struct vm_map *map, struct vm_map_entry *e, int prot)
{
	int old = e->protection;

	e->protection = prot;
	if ((old & ~prot) != 0)
		pmap_protect(map->pmap, e->start, e->end, prot);
}

static void
entry_inherit(struct vm_map *map, struct vm_map_entry *e, int inherit)
{
	e->inheritance = inherit;
}

/*
 * Do something to each entry of a range that has no hole.  What differs at an
 * end is cut off there: entries grow in number with new ends only.
 */
static int
entries_apply(struct vm_map *map, vaddr_t start, vaddr_t end, int value,
    int (*get)(const struct vm_map_entry *),
    void (*set)(struct vm_map *, struct vm_map_entry *, int))
{
	struct vm_map_entry *e;
	int error;

	if ((error = uvm_map_checkrange(map, start, end)) != 0)
		return error;
	vm_map_lock(map);
	if (!uvm_map_isfull(map, start, end)) {
		vm_map_unlock(map);
		return EFAULT;
	}
	for (e = uvm_map_first(map, start); e != NULL && e->start < end;
	    e = uvm_map_next(e)) {
		if (get(e) == value)
			continue;
		UVM_MAP_CLIP_START(map, e, start);
		UVM_MAP_CLIP_END(map, e, end);
		set(map, e, value);
	}
	vm_map_unlock(map);
	return 0;
}

static int
entry_get_prot(const struct vm_map_entry *e)
{
	return e->protection;
}

static int
entry_get_inherit(const struct vm_map_entry *e)
{
	return e->inheritance;
}

int
vm_mprotect(struct vm_space *s, uintptr_t start, uintptr_t end, int prot)
{
	return entries_apply(&s->map, start, end, prot, entry_get_prot,
	    entry_protect);
}

int
vm_minherit(struct vm_space *s, uintptr_t start, uintptr_t end,
    enum vm_inherit inherit)
{
	return entries_apply(&s->map, start, end, (int)inherit,
	    entry_get_inherit, entry_inherit);
}

/* The tree's order changes: out with all of them, then in again. */
static void
entries_move(struct vm_map *map, vaddr_t from, vsize_t size, vaddr_t to)
{
	struct vm_map_entry *e, *next, *list = NULL;

	for (e = uvm_map_clip(map, from, from + size);
	    e != NULL && e->start < from + size; e = next) {
		next = uvm_map_next(e);
		uvm_map_remove(map, e);
		e->dead_next = list;
		list = e;
	}
	pmap_remove(map->pmap, from, from + size);
	for (e = list; e != NULL; e = next) {
		next = e->dead_next;
		e->dead_next = NULL;
		e->start = e->start - from + to;
		e->end = e->end - from + to;
		uvm_map_insert(map, e);
	}
}

int
vm_move(struct vm_space *s, uintptr_t from, size_t size, uintptr_t to)
{
	struct vm_map *map = &s->map;
	int error = 0;

	if (uvm_map_checkrange(map, from, from + size) != 0 ||
	    uvm_map_checkrange(map, to, to + size) != 0)
		return EINVAL;
	vm_map_lock(map);
	if (!uvm_map_isfull(map, from, from + size))
		error = EFAULT;
	else if (!uvm_map_isfree(map, to, to + size))
		error = ENOMEM;
	else
		entries_move(map, from, size, to);
	vm_map_unlock(map);
	return error;
}

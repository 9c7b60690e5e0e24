/*
 * map.c: the entries of an address space.
 *
 * They stand in a red-black tree by address.  Each knows the free space
 * behind it and the most free space of any entry below it in the tree, so
 * that the lowest hole of a size is found in one descent:
 *
 *	min |  hole  |entry| space |entry|entry|   space   | max
 */
#include "amap/map_int.h"

static int	entry_cmp(const struct vm_map_entry *,
		    const struct vm_map_entry *);
static void	entry_augment(struct vm_map_entry *);

#undef RB_AUGMENT
#define RB_AUGMENT(e)	entry_augment(e)
RB_GENERATE(vm_map_tree, vm_map_entry, tree, entry_cmp)

static int
entry_cmp(const struct vm_map_entry *a, const struct vm_map_entry *b)
{
	return a->start < b->start ? -1 : a->start > b->start;
}

static void
entry_augment(struct vm_map_entry *e)
{
	struct vm_map_entry *l = RB_LEFT(e, tree), *r = RB_RIGHT(e, tree);

	e->maxspace = e->space;
	if (l != NULL && l->maxspace > e->maxspace)
		e->maxspace = l->maxspace;
	if (r != NULL && r->maxspace > e->maxspace)
		e->maxspace = r->maxspace;
}

static void
entry_augment_up(struct vm_map_entry *e)
{
	for (; e != NULL; e = RB_PARENT(e, tree))
		entry_augment(e);
}

static void
entry_set_space(struct vm_map *map, struct vm_map_entry *e,
    struct vm_map_entry *next)
{
	e->space = (next != NULL ? next->start : map->max_offset) - e->end;
	entry_augment_up(e);
}

void
uvm_map_init(void)
{
	struct vm_world *w = vmw();

	pool_init(&w->vw_entry_pool, sizeof(struct vm_map_entry), 0,
	    IPL_MPFLOOR, 0, "vmmapentry", NULL);
	pool_init(&w->vw_space_pool, sizeof(struct vm_space), 0, IPL_MPFLOOR,
	    0, "vmspace", NULL);
	mtx_init(&w->vw_gate_lk, "forkgate");
	LIST_INIT(&w->vw_gates);
}

int
uvm_map_setup(struct vm_map *map)
{
	memset(map, 0, sizeof(*map));
	RB_INIT(&map->tree);
	map->min_offset = VM_MIN_ADDRESS;
	map->max_offset = VM_MAX_ADDRESS;
	rw_init(&map->lock, "vmmaplk");
	return pmap_create(&map->pmap);
}

void
uvm_map_teardown(struct vm_map *map)
{
	KASSERT(map->nentries == 0);
	pmap_destroy(map->pmap);
	rw_destroy(&map->lock);
}

struct vm_map_entry *
uvm_mapent_alloc(int waitf)
{
	return pool_get(&vmw()->vw_entry_pool, waitf | PR_ZERO);
}

void
uvm_mapent_free(struct vm_map_entry *e)
{
	KASSERT(e->wires == NULL && !e->gated);
	pool_put(&vmw()->vw_entry_pool, e);
}

void
uvm_map_insert(struct vm_map *map, struct vm_map_entry *e)
{
	struct vm_map_entry *prev, *dup;

	e->space = e->maxspace = 0;
	dup = RB_INSERT(vm_map_tree, &map->tree, e);
	KASSERT(dup == NULL);
	map->nentries++;
	entry_set_space(map, e, RB_NEXT(vm_map_tree, &map->tree, e));
	if ((prev = RB_PREV(vm_map_tree, &map->tree, e)) != NULL)
		entry_set_space(map, prev, e);
}

void
uvm_map_remove(struct vm_map *map, struct vm_map_entry *e)
{
	struct vm_map_entry *prev, *next, *parent;

	prev = RB_PREV(vm_map_tree, &map->tree, e);
	next = RB_NEXT(vm_map_tree, &map->tree, e);
	parent = RB_PARENT(e, tree);
	RB_REMOVE(vm_map_tree, &map->tree, e);
	map->nentries--;
	entry_augment_up(parent);
	if (prev != NULL)
		entry_set_space(map, prev, next);
}

struct vm_map_entry *
uvm_map_next(struct vm_map_entry *e)
{
	return RB_NEXT(vm_map_tree, NULL, e);
}

struct vm_map_entry *
uvm_map_first(struct vm_map *map, vaddr_t va)
{
	struct vm_map_entry *e = RB_ROOT(&map->tree), *best = NULL;

	while (e != NULL) {
		if (va < e->end) {
			best = e;
			e = RB_LEFT(e, tree);
		} else
			e = RB_RIGHT(e, tree);
	}
	return best;
}

struct vm_map_entry *
uvm_map_lookup_entry(struct vm_map *map, vaddr_t va)
{
	struct vm_map_entry *e = uvm_map_first(map, va);

	return e != NULL && e->start <= va ? e : NULL;
}

bool
uvm_map_isfree(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	struct vm_map_entry *e = uvm_map_first(map, start);

	return e == NULL || e->start >= end;
}

bool
uvm_map_isfull(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	struct vm_map_entry *e = uvm_map_lookup_entry(map, start);

	while (e != NULL && e->end < end && e->space == 0)
		e = uvm_map_next(e);
	return e != NULL && e->end >= end;
}

bool
uvm_map_findspace(struct vm_map *map, vsize_t size, vaddr_t *va)
{
	struct vm_map_entry *e = RB_ROOT(&map->tree), *l;

	*va = map->min_offset;
	if (e == NULL)
		return size <= map->max_offset - map->min_offset;
	if (RB_MIN(vm_map_tree, &map->tree)->start - map->min_offset >= size)
		return true;
	if (e->maxspace < size)
		return false;
	for (;;) {
		l = RB_LEFT(e, tree);
		if (l != NULL && l->maxspace >= size)
			e = l;
		else if (e->space >= size)
			break;
		else
			e = RB_RIGHT(e, tree);
	}
	*va = e->end;
	return true;
}

int
uvm_map_checkrange(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	vaddr_t mask = vm_page_size() - 1;

	if (((start | end) & mask) != 0 || start >= end ||
	    start < map->min_offset || end > map->max_offset)
		return EINVAL;
	return 0;
}

/*
 * Cut e in two at va; what lies behind va becomes a new entry.
 *
 *	|        e        |   ->   |   e   |  back  |
 *	start    va      end
 */
static struct vm_map_entry *
entry_split(struct vm_map *map, struct vm_map_entry *e, vaddr_t va)
{
	struct vm_map_entry *back;
	vsize_t off = va - e->start;

	rw_assert_wrlock(&map->lock);
	KASSERT(!e->gated);
	back = uvm_mapent_alloc(PR_WAITOK);
	back->start = va;
	back->end = e->end;
	back->object = e->object;
	back->offset = e->offset + off;
	back->aref = e->aref;
	back->etype = e->etype;
	back->protection = e->protection;
	back->inheritance = e->inheritance;
	back->wired_count = e->wired_count;
	back->wires = e->wires;
	back->wireoff = e->wireoff + atop(off);
	if (back->wires != NULL)
		back->wires->ws_refs++;
	if (back->object != NULL)
		uvm_obj_ref(back->object);
	if (e->aref.ar_amap != NULL)
		AMAP->splitref(&e->aref, &back->aref, off);
	e->end = va;
	uvm_map_insert(map, back);
	vm_count(VMC_clip, 1);
	return back;
}

void
uvm_map_clip_end(struct vm_map *map, struct vm_map_entry *e, vaddr_t va)
{
	(void)entry_split(map, e, va);
}

/*
 * The caller goes on with e, which is to begin at va: so the two halves
 * change places, and the new entry becomes the one in front.
 */
void
uvm_map_clip_start(struct vm_map *map, struct vm_map_entry *e, vaddr_t va)
{
	struct vm_map_entry *back, was;

	back = entry_split(map, e, va);
	was = *e;
	uvm_map_remove(map, back);
	e->start = va;
	e->end = back->end;
	e->offset = back->offset;
	e->aref = back->aref;
	e->wireoff = back->wireoff;
	entry_set_space(map, e, uvm_map_next(e));
	back->start = was.start;
	back->end = va;
	back->offset = was.offset;
	back->aref = was.aref;
	back->wireoff = was.wireoff;
	uvm_map_insert(map, back);
}

struct vm_map_entry *
uvm_map_clip(struct vm_map *map, vaddr_t start, vaddr_t end)
{
	struct vm_map_entry *e, *last;

	if ((e = uvm_map_first(map, start)) == NULL)
		return NULL;
	UVM_MAP_CLIP_START(map, e, start);
	if ((last = uvm_map_lookup_entry(map, end - 1)) != NULL)
		UVM_MAP_CLIP_END(map, last, end);
	return e->start < end ? e : NULL;
}

/*
 * pmap_tree.c: the tree that holds a pmap's translations: its nodes, and walks
 * over ranges of it.
 */
#include "amap/pmap_int.h"

static struct pmap_node *
node_get(struct vm_world *w)
{
	struct vm_pmapstate *ps = w->vw_pmap;
	struct pmap_node *node;

	mtx_enter(&ps->lk);
	if ((node = ps->free_nodes) != NULL) {
		ps->free_nodes = atomic_load_explicit(&node->down[0],
		    memory_order_relaxed);
		atomic_store_explicit(&node->down[0], NULL,
		    memory_order_relaxed);
	}
	mtx_leave(&ps->lk);
	if (node == NULL && (node = vm_arena_alloc(w->vw_arena, sizeof(*node),
	    64)) != NULL)
		memset(node, 0, sizeof(*node));
	return node;
}

static void
node_put(struct vm_pmapstate *ps, struct pmap_node *node)
{
	mtx_enter(&ps->lk);
	atomic_store_explicit(&node->down[0], ps->free_nodes,
	    memory_order_relaxed);
	ps->free_nodes = node;
	mtx_leave(&ps->lk);
}

static struct pmap_leaf *
leaf_get(struct pmap *pm, vaddr_t base)
{
	struct vm_world *w = pm->world;
	struct vm_pmapstate *ps = w->vw_pmap;
	struct pmap_leaf *leaf;

	mtx_enter(&ps->lk);
	if ((leaf = ps->free_leaves) != NULL)
		ps->free_leaves = leaf->next;
	mtx_leave(&ps->lk);
	if (leaf == NULL) {
		leaf = vm_arena_alloc(w->vw_arena, sizeof(*leaf), PLEAF_ALIGN);
		if (leaf == NULL)
			return NULL;
		memset(leaf, 0, sizeof(*leaf));
	}
	atomic_store_explicit(&leaf->base, base, memory_order_relaxed);
	atomic_store_explicit(&leaf->pmap, pm, memory_order_relaxed);
	return leaf;
}

static void
leaf_put(struct vm_pmapstate *ps, struct pmap_leaf *leaf)
{
	atomic_store_explicit(&leaf->pmap, NULL, memory_order_relaxed);
	mtx_enter(&ps->lk);
	atomic_store_explicit(&leaf->used, 0, memory_order_relaxed);
	leaf->next = ps->free_leaves;
	ps->free_leaves = leaf;
	mtx_leave(&ps->lk);
}

/* Before there is anything in it: who walks sees it then. */
static struct pv_entry *
slot_used(struct pv_entry *pv, unsigned i)
{
	struct pmap_leaf *leaf = pmap_leaf_of(pv);
	uint64_t bit = (uint64_t)1 << i;

	if ((atomic_load_explicit(&leaf->used, memory_order_relaxed) & bit) ==
	    0)
		atomic_fetch_or_explicit(&leaf->used, bit,
		    memory_order_relaxed);
	return pv;
}

struct pv_entry *
pmap_slot_make(struct pmap *pm, vaddr_t va)
{
	struct vm_pmapstate *ps = pm->world->vw_pmap;
	vaddr_t vpn = va >> pm->world->vw_page_shift;
	struct pmap_node *node = &pm->root;
	struct pv_entry *pv;
	_Atomic(void *) *link;
	void *down, *made;
	unsigned i;
	int level;

	KASSERT(va >> PMAP_VABITS == 0);
	if ((pv = pmap_slot(pm, va)) != NULL)
		return slot_used(pv, pmap_index(vpn, 0));
	for (level = ps->levels; level > 0; level--) {
		i = pmap_index(vpn, level);
		link = &node->down[i];
		down = atomic_load_explicit(link, memory_order_acquire);
		if (down == NULL) {
			/* first: who sees the link sees that it is used */
			atomic_fetch_or_explicit(&node->used,
			    (uint64_t)1 << i, memory_order_relaxed);
			made = level > 1 ? (void *)node_get(pm->world) :
			    (void *)leaf_get(pm, vpn &
			    ~(vaddr_t)(PMAP_FANOUT - 1));
			if (made == NULL)
				return NULL;
			if (atomic_compare_exchange_strong(link, &down, made))
				down = made;
			else if (level > 1)
				node_put(ps, made);
			else
				leaf_put(ps, made);
		}
		node = down;
	}
	i = pmap_index(vpn, 0);
	return slot_used(&((struct pmap_leaf *)(void *)node)->slot[i], i);
}

struct leaf_walk {
	vaddr_t	start, end;
	void	(*fn)(struct pv_entry *, vaddr_t vpn, void *);
	void	*arg;
};

static void
walk_leaf(struct pmap_leaf *leaf, vaddr_t base, const struct leaf_walk *lw)
{
	uint64_t used = atomic_load_explicit(&leaf->used,
	    memory_order_relaxed);
	vaddr_t i;

	if (base < lw->start)
		used &= ~(uint64_t)0 << (lw->start - base);
	for (; used != 0; used &= used - 1) {
		i = (vaddr_t)__builtin_ctzll(used);
		if (base + i >= lw->end)
			break;
		if (atomic_load(&leaf->slot[i].pte) != 0)
			lw->fn(&leaf->slot[i], base + i, lw->arg);
	}
}

static void
walk_node(struct pmap_node *node, int level, vaddr_t base,
    const struct leaf_walk *lw)
{
	unsigned shift = PMAP_BITS * (unsigned)level, i;
	uint64_t used;
	vaddr_t at;
	void *down;

	used = atomic_load_explicit(&node->used, memory_order_acquire);
	if (base < lw->start)
		used &= ~(uint64_t)0 << ((lw->start - base) >> shift);
	for (; used != 0; used &= used - 1) {
		i = (unsigned)__builtin_ctzll(used);
		at = base + ((vaddr_t)i << shift);
		if (at >= lw->end)
			break;
		down = atomic_load_explicit(&node->down[i],
		    memory_order_acquire);
		if (down == NULL)
			continue;
		if (level > 1)
			walk_node(down, level - 1, at, lw);
		else
			walk_leaf(down, at, lw);
	}
}

void
pmap_walk_range(struct pmap *pm, vaddr_t start, vaddr_t end,
    void (*fn)(struct pv_entry *, vaddr_t, void *), void *arg)
{
	int shift = pm->world->vw_page_shift;
	struct leaf_walk lw = { start >> shift, end >> shift, fn, arg };

	if (lw.end > (vaddr_t)1 << (PMAP_VABITS - shift))
		lw.end = (vaddr_t)1 << (PMAP_VABITS - shift);
	if (lw.start < lw.end)
		walk_node(&pm->root, pm->world->vw_pmap->levels, 0, &lw);
}

static void
node_destroy(struct vm_pmapstate *ps, struct pmap_node *node, int level)
{
	uint64_t used = atomic_load_explicit(&node->used,
	    memory_order_relaxed);
	unsigned i;
	void *down;

	atomic_store_explicit(&node->used, 0, memory_order_relaxed);
	for (; used != 0; used &= used - 1) {
		i = (unsigned)__builtin_ctzll(used);
		down = atomic_load_explicit(&node->down[i],
		    memory_order_relaxed);
		if (down == NULL)
			continue;
		atomic_store_explicit(&node->down[i], NULL,
		    memory_order_relaxed);
		if (level == 1) {
			leaf_put(ps, down);
			continue;
		}
		node_destroy(ps, down, level - 1);
		node_put(ps, down);
	}
}

void
pmap_tree_free(struct pmap *pm)
{
	struct vm_pmapstate *ps = pm->world->vw_pmap;

	node_destroy(ps, &pm->root, ps->levels);
}

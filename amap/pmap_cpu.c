/*
 * pmap_cpu.c: the processor's side of the pmap: loads and stores without a
 * lock, and how to wait until those in flight have ended.
 */
#include "amap/pmap_int.h"

#define DRAIN_SPINS	200

static struct pmap_leaf *
pmap_walk(struct pmap *pm, vaddr_t vpn)
{
	struct pmap_node *node = &pm->root;
	int level;

	for (level = pm->world->vw_pmap->levels; node != NULL && level > 1;
	    level--)
		node = atomic_load_explicit(&node->down[pmap_index(vpn,
		    level)], memory_order_acquire);
	if (node == NULL)
		return NULL;
	return atomic_load_explicit(&node->down[pmap_index(vpn, 1)],
	    memory_order_acquire);
}

struct pv_entry *
pmap_slot(struct pmap *pm, vaddr_t va)
{
	struct pmap_leaf *leaf;
	_Atomic(struct pmap_leaf *) *hint;
	vaddr_t vpn = va >> pm->world->vw_page_shift, base;

	base = vpn & ~(vaddr_t)(PMAP_FANOUT - 1);
	hint = &pm->hint[(vpn / PMAP_FANOUT) % PMAP_NHINT];
	leaf = atomic_load_explicit(hint, memory_order_acquire);
	if (leaf == NULL || atomic_load_explicit(&leaf->base,
	    memory_order_relaxed) != base) {
		if (va >> PMAP_VABITS != 0 ||
		    (leaf = pmap_walk(pm, vpn)) == NULL)
			return NULL;
		atomic_store_explicit(hint, leaf, memory_order_release);
	}
	return &leaf->slot[vpn - base];
}

/*
 * Begin an access.  Between here and access_end the strand takes no lock and
 * calls nothing that might.
 * => NULL: no translation that allows it; the word is clear again
 */
static inline struct vm_page *
access_begin(struct pmap *pm, _Atomic uintptr_t *word, struct pv_entry *pv,
    uint64_t need, uint32_t mark)
{
	struct vm_page *pg;
	uint64_t pte;

	atomic_store_explicit(word, (uintptr_t)pv | (mark & PGR_MOD ? 1 : 0),
	    memory_order_seq_cst);
	pte = atomic_load_explicit(&pv->pte, memory_order_seq_cst);
	if ((pte & need) != need) {
		atomic_store_explicit(word, 0, memory_order_release);
		return NULL;
	}
	pg = &pm->world->vw_pages[PTE_PAGENO(pte)];
	if ((atomic_load_explicit(&pg->pg_refmod, memory_order_seq_cst) &
	    mark) != mark)
		atomic_fetch_or_explicit(&pg->pg_refmod, mark,
		    memory_order_relaxed);
	return pg;
}

static inline void
access_end(_Atomic uintptr_t *word)
{
	atomic_store_explicit(word, 0, memory_order_release);
}

int
pmap_load(struct pmap *pm, vaddr_t va, uint64_t *cells, size_t n)
{
	_Atomic uintptr_t *word = lk_strand_access_word();
	struct pv_entry *pv = pmap_slot(pm, va);
	struct vm_page *pg;
	const uint64_t *from;
	size_t i;

	if (pv == NULL)
		return ENOENT;
	pg = access_begin(pm, word, pv, PTE_VALID | PTE_PROT(VM_PROT_READ),
	    PGR_REF);
	if (pg == NULL)
		return ENOENT;
	from = pg->cells + (va & (pm->world->vw_conf.page_size - 1)) / 8;
	for (i = 0; i < n; i++)
		cells[i] = VM_RELAXED_LOAD(&from[i]);
	access_end(word);
	return 0;
}

int
pmap_store(struct pmap *pm, vaddr_t va, const uint64_t *cells, size_t n)
{
	_Atomic uintptr_t *word = lk_strand_access_word();
	struct pv_entry *pv = pmap_slot(pm, va);
	struct vm_page *pg;
	uint64_t *to;
	size_t i;

	if (pv == NULL)
		return ENOENT;
	pg = access_begin(pm, word, pv, PTE_VALID | PTE_PROT(VM_PROT_WRITE),
	    PGR_REF | PGR_MOD);
	if (pg == NULL)
		return ENOENT;
	to = pg->cells + (va & (pm->world->vw_conf.page_size - 1)) / 8;
	for (i = 0; i < n; i++)
		VM_RELAXED_STORE(&to[i], cells[i]);
	access_end(word);
	return 0;
}

static bool
drain_matches(const struct pmap_drain *d, uintptr_t word)
{
	struct pv_entry *pv = (struct pv_entry *)(word & ~(uintptr_t)1);
	struct pmap_leaf *leaf;
	vaddr_t vpn;

	if (word == 0 || (d->stores && !(word & 1)))
		return false;
	/* A finished removal has waited for what was in flight itself. */
	if (d->pmap == NULL)
		return (atomic_load(&pv->pte) & PTE_PAGEMASK) == d->page;
	leaf = pmap_leaf_of(pv);
	if (atomic_load_explicit(&leaf->pmap, memory_order_relaxed) != d->pmap)
		return false;
	vpn = atomic_load_explicit(&leaf->base, memory_order_relaxed) +
	    (vaddr_t)(pv - leaf->slot);
	return vpn >= d->start && vpn < d->end;
}

static void
drain_one(struct lk_strand *st, void *arg)
{
	_Atomic uintptr_t *word = lk_strand_access_word_of(st);
	struct pmap_drain *d = arg;
	uintptr_t was = atomic_load(word);
	int spin;

	if (!drain_matches(d, was))
		return;
	for (spin = 0; spin < DRAIN_SPINS; spin++) {
		if (atomic_load_explicit(word, memory_order_acquire) != was)
			return;
	}
	d->found = true;
}

/*
 * New accesses cannot keep this going: they find the translation removed or
 * reduced, and turn to the fault handler.
 */
void
pmap_drain(struct pmap_drain *d)
{
	for (;;) {
		d->found = false;
		lk_strands_foreach(drain_one, d);
		if (!d->found)
			return;
		lk_yield();
	}
}

/*
 * pmap_int.h: the soft pmap, as pmap.c and pmap_cpu.c share it.
 *
 * A pmap is a tree of fixed height over 48 bits of address, six bits a node.
 * Nodes are made when needed and go when the pmap goes, so that the processor
 * may walk without a lock.  Its leaves hold translations:
 *
 *	63           32 31        8 7    5   4    3   1   0
 *	+--------------+-----------+------+------+-----+-------+
 *	| page no. + 1 | strand id |  -   | BUSY | XWR | VALID |
 *	+--------------+-----------+------+------+-----+-------+
 *
 *	empty --enter--> VALID --remove--> BUSY --nobody in flight--> empty
 *
 * What is VALID is on its page's list, and stays on it while BUSY.  BUSY is
 * ended by the strand named in it alone; pmap_enter passes through it, too.
 * All of this is atomic; only the links of a page's list are under that
 * page's lock (vm_pmapstate.pv_lk, by page number).
 *
 * A strand in the middle of an access has the address of the translation in
 * its access word, + 1 for a store.  It writes the word, then reads the
 * translation; a remover writes the translation, then reads the words; one of
 * the two sees the other (all four seq_cst).
 */
#ifndef AMAP_PMAP_INT_H
#define AMAP_PMAP_INT_H

#include "amap/uvm_int.h"

#define PTE_VALID	0x01ULL
#define PTE_PROT(prot)	((uint64_t)(prot) << 1)
#define PTE_ANYPROT	PTE_PROT(VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXEC)
#define PTE_BUSY	0x10ULL
#define PTE_STRAND(id)	((uint64_t)(id) << 8)
#define PTE_PAGE(n)	(((uint64_t)(n) + 1) << 32)
#define PTE_PAGEMASK	0xffffffff00000000ULL
#define PTE_PAGENO(pte)	((size_t)((pte) >> 32) - 1)

#define PMAP_VABITS	48
#define PMAP_BITS	6
#define PMAP_FANOUT	(1 << PMAP_BITS)
#define PMAP_NHINT	64
#define PMAP_NPVLK	256		/* at most */

/* a translation */
struct pv_entry {
	_Atomic uint64_t pte;
	struct pv_entry	*next, **prevp;	/* of the same page */
};

/* Aligned to its rounded size, so that a translation leads to its leaf. */
#define PLEAF_ALIGN	2048
struct pmap_leaf {
	_Atomic(struct pmap *) pmap;
	_Atomic vaddr_t	base;
	_Atomic uint64_t used;		/* a bit each: empty, if it is not set */
	struct pmap_leaf *next;		/* free list */
	struct pv_entry	slot[PMAP_FANOUT];
};
_Static_assert(sizeof(struct pmap_leaf) <= PLEAF_ALIGN, "leaf is too large");

struct pmap_node {
	_Atomic uint64_t used;		/* a bit each: NULL, if it is not set */
	_Atomic(void *)	down[PMAP_FANOUT];
};
_Static_assert(PMAP_FANOUT == 64, "a word has a bit for each");

struct pmap {
	struct vm_world	*world;
	struct pmap_node root;
	_Atomic(struct pmap_leaf *) hint[PMAP_NHINT];	/* seen lately */
};

struct vm_pmapstate {
	int		levels;		/* of nodes above the leaves */
	struct pool	pmap_pool;
	struct mutex	lk;		/* free nodes and leaves: all zero */
	struct pmap_node *free_nodes;	/* linked through down[0] */
	struct pmap_leaf *free_leaves;
	size_t		npv;		/* a power of two: no more than frames */
	struct mutex	pv_lk[];
};

/* What accesses to wait for. */
struct pmap_drain {
	struct pmap	*pmap;		/* in this range of it, or NULL: */
	vaddr_t		start, end;
	uint64_t	page;		/* through this page (a PTE_PAGE) */
	bool		stores;		/* stores only */
	bool		found;
};
/* => returns when no such access is in flight that began before the call */
void	pmap_drain(struct pmap_drain *);
/* => the translation's place, or NULL; no lock */
struct pv_entry	*pmap_slot(struct pmap *, vaddr_t);
/* => made if need be; NULL: no memory */
struct pv_entry	*pmap_slot_make(struct pmap *, vaddr_t);
/*
 * => fn for each translation that is not empty in [start, end); absent
 *    subtrees are skipped whole
 */
void	pmap_walk_range(struct pmap *, vaddr_t start, vaddr_t end,
	    void (*fn)(struct pv_entry *, vaddr_t vpn, void *), void *);
/* => all translations empty; nobody else is in the pmap */
void	pmap_tree_free(struct pmap *);

static inline unsigned
pmap_index(vaddr_t vpn, int level)
{
	return (vpn >> (PMAP_BITS * level)) & (PMAP_FANOUT - 1);
}
static inline struct pmap_leaf *
pmap_leaf_of(const struct pv_entry *pv)
{
	return (struct pmap_leaf *)((uintptr_t)pv & ~(uintptr_t)
	    (PLEAF_ALIGN - 1));
}

#endif /* AMAP_PMAP_INT_H */

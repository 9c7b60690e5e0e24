/*
 * subject_int.h: what the files of the built-in subject share: amap.c,
 * amap_chunk.c, ppref.c, swapoff.c, swapoff_*.c, subject.c.  Nobody else
 * includes it: neighbours use struct amap_ops.
 *
 * A is the amap's lock, L the list's, M the lock of the map whose entry names
 * the amap.  Slots, unless a name ends in _b (bytes).
 */
#ifndef AMAP_SUBJECT_INT_H
#define AMAP_SUBJECT_INT_H

#include "amap/uvm_int.h"

/* The kernel's allocator under the kernel's names, in these files alone. */
#define mallocarray(n, size, type, flags) kern_mallocarray(n, size, type, flags)
#define free(p, type, size)		kern_free(p, type, size)
#define panic(...)			lk_panic(__VA_ARGS__)
#define PROT_NONE			VM_PROT_NONE

/* The interface globals. */
extern struct amap_head	amap_list;
extern struct rwlock	amap_list_lock;		/* L */
extern struct pool	uvm_amap_pool;
extern struct pool	uvm_small_amap_pool[UVM_AMAP_CHUNK];
extern struct pool	uvm_amap_chunk_pool;

/* am_ref and am_flags change under A and are read by anybody. */
static inline void
amap_setref(struct vm_amap *amap, int ref)
{
	VM_RELAXED_STORE(&amap->am_ref, ref);
}
static inline void
amap_setflag(struct vm_amap *amap, int flag)
{
	VM_RELAXED_STORE(&amap->am_flags, amap_flags(amap) | flag);
}
static inline void
amap_clearflag(struct vm_amap *amap, int flag)
{
	VM_RELAXED_STORE(&amap->am_flags, amap_flags(amap) & ~flag);
}

/* ------------------------------------------------------------------------
 * amap.c
 */
void	amap_init(void);
/*
 * amap_list_insert: put an amap on the list: behind `after` and any marker
 * that stands right behind it, or at the head (NULL).
 * => L not held, A not held; after is on the list and stays there meanwhile
 * amap_list_remove: take it off.
 * => L not held; scheme trylock, blocking: A held; ordered: not
 */
void	amap_list_insert(struct vm_amap *, struct vm_amap *after);
void	amap_list_remove(struct vm_amap *);
/*
 * amap_alloc: an empty amap for sz_b bytes.
 * => returned unlocked, with one reference, on the list
 * => lazyalloc: chunks are made on demand (large amaps only)
 * => NULL: no memory (M_NOWAIT), or too many slots
 */
struct vm_amap *amap_alloc(vaddr_t sz_b, int waitf, int lazyalloc);
/*
 * amap_free: give the memory back.
 * => not locked by the caller; no reference, no anon, off the list, no SWAPOFF
 * => drops one reference on the lock object, if there is one
 */
void	amap_free(struct vm_amap *);
/*
 * amap_wipeout: the end of an amap.
 * => A held, no reference; A released on return
 * => freed, unless SWAPOFF is set: then the walker will do it
 */
void	amap_wipeout(struct vm_amap *);
/*
 * amap_discard: the last steps, for the schemes.
 * => A held, no reference, off the list, SWAPOFF clear; A released, amap freed
 */
void	amap_discard(struct vm_amap *);
/*
 * amap_copy: give a NEEDSCOPY entry an amap of its own.
 * => M write-locked, the entry's amap not locked; may clip the entry to a part
 *    around [startva, endva) if canchunk
 * => NEEDSCOPY is clear on success; still set: no memory, nothing changed (but
 *    that the entry may have been clipped)
 * => M_NOWAIT: does not wait for memory
 */
void	amap_copy(struct vm_map *, struct vm_map_entry *, int waitf,
	    boolean_t canchunk, vaddr_t startva, vaddr_t endva);
/*
 * amap_cow_now: resolve copy-on-write of a wired entry's copy at once.
 * => both maps locked, A not held; may sleep for pages and memory
 * => entry is the child's: its amap is seen by nobody else yet
 */
void	amap_cow_now(struct vm_map *, struct vm_map_entry *);
/*
 * amap_splitref: one reference becomes two, at offset_b.
 * => M locked, A not held; the caller adjusts the entries' sizes
 */
void	amap_splitref(struct vm_aref *orig, struct vm_aref *split,
	    vaddr_t offset_b);
/*
 * amap_ref: one more entry names slots [offset, offset + len).
 * => A not held; the caller's own reference keeps the amap
 * => flags: AMAP_SHARED: mark it shared; AMAP_REFALL: the whole amap
 * amap_unref: one less.
 * => A not held; the entry is out of its map, no translation is left
 * => the amap may be gone on return
 */
void	amap_ref(struct vm_amap *, vaddr_t offset, vsize_t len, int flags);
void	amap_unref(struct vm_amap *, vaddr_t offset, vsize_t len,
	    boolean_t all);

/* ------------------------------------------------------------------------
 * amap_chunk.c: slots and the chunks they lie in
 */

/* A marker of swap-off on the list: an amap without lock and slots. */
static inline bool
amap_is_marker(const struct vm_amap *amap)
{
	return amap->am_lock == NULL && amap->am_nslot == 0;
}
static inline int
amap_prflags(int waitf)
{
	return (waitf & M_WAITOK) != 0 ? PR_WAITOK : PR_NOWAIT;
}

/*
 * amap_alloc1: a private amap: no lock, not listed, one reference.
 * => NULL: no memory
 * amap_free1: the memory of an amap without anons; leaves its lock alone.
 */
struct vm_amap *amap_alloc1(int slots, int waitf, int lazyalloc);
void	amap_free1(struct vm_amap *);
/*
 * amap_chunk_get: the chunk of a slot.
 * => A held, for writing if create; not needed for a private amap
 * => NULL: there is none (no create), or no memory
 */
struct vm_amap_chunk *amap_chunk_get(struct vm_amap *, int slot, int create,
	    int waitf);
/* => A write-held (or private); nothing happens to a small amap's chunk */
void	amap_chunk_free(struct vm_amap *, struct vm_amap_chunk *);
/*
 * The chunks that overlap [first, first + slots), in list order if there are
 * fewer chunks than buckets to look into, else by bucket.
 * => A held; the chunk handed out may be freed, others not
 */
struct amap_range {
	struct vm_amap		*rg_amap;
	int			rg_first, rg_end;
	int			rg_bucket, rg_endbucket;
	bool			rg_bybucket;
	struct vm_amap_chunk	*rg_next;
};
void	amap_range_init(struct amap_range *, struct vm_amap *, int first,
	    int slots);
struct vm_amap_chunk *amap_range_next(struct amap_range *);
/* => bits of the chunk's slots that lie in [first, end) */
unsigned int amap_chunk_mask(const struct vm_amap_chunk *, int first, int end);
/*
 * amap_wiperange: drop what is in a range of slots.
 * => A write-held; emptied chunks are freed
 */
void	amap_wiperange_chunk(struct vm_amap *, struct vm_amap_chunk *,
	    int slotoff, int slots);
void	amap_wiperange(struct vm_amap *, int slotoff, int slots);

/* => A held; NULL: nothing there */
struct vm_anon *amap_lookup(struct vm_aref *, vaddr_t offset_b);
/* => idem, for npages slots from offset on */
void	amap_lookups(struct vm_aref *, vaddr_t offset_b, struct vm_anon **,
	    int npages);
/*
 * amap_populate: see to it that amap_add at offset will find a chunk.
 * => A not held, taken inside; M held, or else something that keeps the
 *    caller's reference; may wait for memory, with nothing but M held
 */
void	amap_populate(struct vm_aref *, vaddr_t offset_b);
/*
 * amap_add: put an anon into an empty slot, or (replace) a used one.
 * => A write-held and the anon's lock
 * => replace: the old anon is the caller's to drop; its translations are gone
 *    if the amap is shared
 * => 0; 1: no memory for a chunk, nothing changed
 */
int	amap_add(struct vm_aref *, vaddr_t offset_b, struct vm_anon *,
	    boolean_t replace);
/* => A write-held; the anon is the caller's to drop */
void	amap_unadd(struct vm_aref *, vaddr_t offset_b);

/* ------------------------------------------------------------------------
 * ppref.c
 */

/*
 * amap_pp_establish: count references per slot from now on.
 * => A write-held; am_ref still is what each slot has
 * => no memory: PPREF_NONE, for good
 */
void	amap_pp_establish(struct vm_amap *);
/*
 * amap_pp_adjref: add adjval (1 or -1) to a range of slots.
 * => A write-held; per-slot references are in use
 * => slots that fall to 0 are wiped
 */
void	amap_pp_adjref(struct vm_amap *, int curslot, int slotlen, int adjval);
/*
 * amap_adjref_anons: am_ref and the per-slot references together.
 * => A write-held, released on return; am_ref stays above 0
 */
void	amap_adjref_anons(struct vm_amap *, vaddr_t offset, vsize_t len,
	    int refv, boolean_t all);
static inline bool
amap_pp_usable(const struct vm_amap *amap)
{
	return amap->am_ppref != NULL && amap->am_ppref != PPREF_NONE;
}

/* ------------------------------------------------------------------------
 * swapoff.c: what the walkers of all schemes share
 */
struct swapoff_walk {
	int		sw_start, sw_end;
	struct vm_amap	sw_marker;	/* on the list: all before it is done */
};
/*
 * swapoff_next_fn: go on to the next amap.
 * => no lock held
 * => returned with A held and the marker right behind it; NULL: end of list
 */
typedef struct vm_amap *swapoff_next_fn(struct swapoff_walk *);
/*
 * swapoff_walk_all: bring in every page of every amap whose slot is in range.
 * => no lock held on entry and return; TRUE: no memory
 */
boolean_t swapoff_walk_all(int startslot_d, int endslot_d, swapoff_next_fn *);
/* => L held, the amap on the list */
void	swapoff_pass(struct swapoff_walk *, struct vm_amap *);
/* Next for the schemes that wait for A under L: ordered, blocking. */
swapoff_next_fn swapoff_next_waiting;
boolean_t amap_swap_off(int startslot_d, int endslot_d);

#define SCHEME(name, help) extern const struct swapoff_scheme swapoff_##name;
#include "amap/schemes.def"
#undef SCHEME

#endif /* AMAP_SUBJECT_INT_H */

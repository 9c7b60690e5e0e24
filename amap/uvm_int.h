/*
 * uvm_int.h: what the parts of amap/ share: the kernel's structures and the
 * neighbours' contracts.
 *
 * Lock order (each line may be taken while those above it are held):
 *
 *	vw_swapctl_lk		rwlock	one swapon or swapoff at a time
 *	map->lock		rwlock	a space's entries; parent before child
 *	amap_list_lock		rwlock	scheme ordered: here
 *	amap->am_lock		rwlock	an amap and all its anons ("A"); never two
 *	amap_list_lock		rwlock	schemes trylock, blocking: here
 *	obj->vmobjlock		rwlock	an object's pages
 *	vw_pageq_lk		mutex	page queues, wire counts
 *	vw_fpageq_lk		mutex	free frames
 *	leaves: swap data, pool mutexes, pv lists, I/O queue
 *
 * A busy page is a lock, too: held across I/O with none of the above.
 *
 * Fields read without their lock (am_ref, am_flags' SHARED, counts of swap)
 * are read and written with VM_RELAXED_LOAD/STORE everywhere.
 */
#ifndef AMAP_UVM_INT_H
#define AMAP_UVM_INT_H

#include <sys/types.h>
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "amap/amap.h"

#define VM_RELAXED_LOAD(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define VM_RELAXED_STORE(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)

typedef uintptr_t	vaddr_t;
typedef size_t		vsize_t;
typedef uint64_t	voff_t;
typedef int		vm_prot_t;
typedef int		boolean_t;
#ifndef TRUE
#define TRUE		1
#define FALSE		0
#endif

struct vm_amap;
struct vm_anon;
struct vm_page;
struct vm_map;
struct vm_map_entry;
struct uvm_object;
struct pmap;
struct pool;
struct uvm_faultinfo;

TAILQ_HEAD(pglist, vm_page);
LIST_HEAD(amap_head, vm_amap);

#define KASSERT(e)	((e) ? (void)0 :				\
	lk_panic("assertion failed: %s (%s:%d)", #e, __FILE__, __LINE__))

/* ------------------------------------------------------------------------
 * amaps: reference/amap.md section 0; field names are the interface
 */
#define UVM_AMAP_CHUNK	16
#define UVM_AMAP_LARGE	256
#define AMAP_SHARED	0x1
#define AMAP_REFALL	0x2		/* only in calls */
#define AMAP_SWAPOFF	0x4

struct vm_amap_chunk {
	TAILQ_ENTRY(vm_amap_chunk) ac_list;
	int			ac_baseslot;
	uint16_t		ac_usedmap;
	uint16_t		ac_nslot;
	struct vm_anon		*ac_anon[];
};
TAILQ_HEAD(amap_chunklist, vm_amap_chunk);

struct vm_amap {
	struct rwlock		*am_lock;
	int			am_ref;
	int			am_flags;
	int			am_nslot;
	int			am_nused;
	int			*am_ppref;
	LIST_ENTRY(vm_amap)	am_list;
	union {
		struct {
			struct vm_amap_chunk	**amn_buckets;
			struct amap_chunklist	amn_chunks;
			int			amn_nbuckets;
			int			amn_ncused;
			int			amn_hashshift;
		} ami_normal;
		struct vm_amap_chunk	ami_small;	/* variable length */
	} am_impl;
};
#define am_buckets	am_impl.ami_normal.amn_buckets
#define am_chunks	am_impl.ami_normal.amn_chunks
#define am_nbuckets	am_impl.ami_normal.amn_nbuckets
#define am_ncused	am_impl.ami_normal.amn_ncused
#define am_hashshift	am_impl.ami_normal.amn_hashshift
#define am_small	am_impl.ami_small
#define PPREF_NONE	((int *)-1)

#define UVM_AMAP_SMALL(amap)		((amap)->am_nslot <= UVM_AMAP_CHUNK)
#define UVM_AMAP_SLOTIDX(slot)		((slot) % UVM_AMAP_CHUNK)
#define UVM_AMAP_BUCKET(amap, slot)					\
	(((slot) / UVM_AMAP_CHUNK) >> (amap)->am_hashshift)
#define AMAP_BASE_SLOT(slot)		(((slot) / UVM_AMAP_CHUNK) * UVM_AMAP_CHUNK)
#define AMAP_B2SLOT(s, b)						\
	do { KASSERT(((b) & (vm_page_size() - 1)) == 0);		\
	     (s) = (int)((b) >> vm_page_shift()); } while (0)
#define AMAP_CHUNK_FOREACH(chunk, amap)					\
	for ((chunk) = (UVM_AMAP_SMALL(amap) ? &(amap)->am_small :	\
	    TAILQ_FIRST(&(amap)->am_chunks)); (chunk) != NULL;		\
	    (chunk) = (UVM_AMAP_SMALL(amap) ? NULL :			\
	    TAILQ_NEXT(chunk, ac_list)))
#define amap_lock(amap)		rw_enter_write((amap)->am_lock)
#define amap_unlock(amap)	rw_exit_write((amap)->am_lock)
#define amap_refs(amap)		VM_RELAXED_LOAD(&(amap)->am_ref)
#define amap_flags(amap)	VM_RELAXED_LOAD(&(amap)->am_flags)

struct vm_aref {
	int			ar_pageoff;	/* slots */
	struct vm_amap		*ar_amap;
};

struct vm_anon {
	struct rwlock		*an_lock;	/* the owning amap's am_lock */
	struct vm_page		*an_page;
	int			an_ref;		/* amap slots naming it */
	int			an_swslot;	/* 0 none; > 0; SWSLOT_BAD */
};
#define SWSLOT_BAD	(-1)

/*
 * The subject's table; section 6.  b byte offset or size, s amap slots,
 * d drum slots of swap, end exclusive.
 */
struct amap_ops {
	const char	*name;
	void		(*init)(void);
	struct vm_amap	*(*alloc)(vaddr_t sz_b, int waitf, int lazyalloc);
	void		(*free)(struct vm_amap *);
	void		(*wipeout)(struct vm_amap *);
	void		(*copy)(struct vm_map *, struct vm_map_entry *,
			    int waitf, boolean_t canchunk, vaddr_t startva,
			    vaddr_t endva);
	void		(*cow_now)(struct vm_map *, struct vm_map_entry *);
	void		(*splitref)(struct vm_aref *orig, struct vm_aref *split,
			    vaddr_t offset_b);
	boolean_t	(*swap_off)(int startslot_d, int endslot_d);
	struct vm_anon	*(*lookup)(struct vm_aref *, vaddr_t offset_b);
	void		(*lookups)(struct vm_aref *, vaddr_t offset_b,
			    struct vm_anon **, int npages);
	void		(*populate)(struct vm_aref *, vaddr_t offset_b);
	int		(*add)(struct vm_aref *, vaddr_t offset_b,
			    struct vm_anon *, boolean_t replace);
	void		(*unadd)(struct vm_aref *, vaddr_t offset_b);
	void		(*ref)(struct vm_amap *, vaddr_t offset_s,
			    vsize_t len_s, int flags);
	void		(*unref)(struct vm_amap *, vaddr_t offset_s,
			    vsize_t len_s, boolean_t all);
	/* the subject's globals, for audits and resets */
	struct amap_head *list;
	struct rwlock	*list_lock;
	struct pool	*amap_pool;		/* normal ones */
	struct pool	*small_pools;		/* UVM_AMAP_CHUNK of them */
	struct pool	*chunk_pool;
	struct vm_subject *subject;		/* an external one, or NULL */
};
extern const struct amap_ops amap_builtin;	/* subject.c */
#define AMAP		(vmw()->vw_ops)		/* AMAP->copy(...) */

/* How a scheme of swap-off differs; one file, one row (schemes.def). */
struct swapoff_scheme {
	const char	*name;
	/* => no lock held on entry and return; TRUE: failed */
	boolean_t	(*walk)(int startslot_d, int endslot_d);
	/* the last reference is gone: A held, am_ref 0; A released on return */
	void		(*last_unref)(struct vm_amap *);
	/* A held, am_ref 0, SWAPOFF clear: off the list, anons dropped, freed;
	 * A released on return */
	void		(*wipeout)(struct vm_amap *);
};
const struct swapoff_scheme *swapoff_scheme_find(const char *);

/* ------------------------------------------------------------------------
 * pages
 */
#define PG_BUSY		0x0001u	/* locked for I/O or under construction */
#define PG_WANTED	0x0002u	/* somebody sleeps on it */
#define PG_RELEASED	0x0004u	/* its owner died while it was busy */
#define PG_FAKE		0x0008u	/* content not valid yet */
#define PG_CLEAN	0x0010u	/* same as backing store */
#define PG_ZERO		0x0020u	/* asked of uvm_pagealloc: zero-filled */
#define PQ_FREE		0x0100u
#define PQ_INACTIVE	0x0200u
#define PQ_ACTIVE	0x0400u
#define PQ_ANON		0x0800u	/* owned by an anon */
#define PQ_OBJ		0x1000u
#define UVM_PGA_ZERO	0x1	/* flag of uvm_pagealloc */
#define UVM_PGA_USERESERVE 0x2	/* may take the last frames (daemon, pagein) */

struct pv_entry;
struct vm_page {
	TAILQ_ENTRY(vm_page)	pageq;
	struct vm_anon		*uanon;
	struct uvm_object	*uobject;
	voff_t			offset;		/* in uobject, pages */
	unsigned int		pg_flags;	/* atomic_setbits_int and friends */
	int			wire_count;	/* under the page-queue lock */
	_Atomic uint32_t	pg_refmod;	/* PGR_*: set by accesses */
	uint32_t		pg_gen;		/* times cleaned; page-queue lock */
	struct pv_entry		*pv_list;	/* pmap.c's */
	uint64_t		*cells;		/* the frame itself */
};
#define PGR_REF		0x1u
#define PGR_MOD		0x2u

struct uvm_object {
	struct rwlock		*vmobjlock;	/* a lock object */
	_Atomic int		uo_refs;
	uint64_t		uo_id;
	size_t			uo_npages;
	struct vm_page		**uo_pages;	/* under vmobjlock */
};

void	atomic_setbits_int(volatile unsigned int *, unsigned int);
/*
 * => clearing PG_BUSY of a page also drops its wait-for node; who sets it says
 *    lk_node_have(LKN_PAGE, pg) himself
 */
void	atomic_clearbits_int(volatile unsigned int *, unsigned int);
unsigned int vm_page_flags(const struct vm_page *);	/* relaxed load */

void	uvm_lock_pageq(void);
void	uvm_unlock_pageq(void);
/*
 * uvm_pagealloc: a frame for an anon or object.
 * => owner's lock is write-held, or both are NULL; never sleeps
 * => BUSY and FAKE (CLEAN, too, unless UVM_PGA_ZERO was asked), on no queue
 * => NULL: no free frame (or injected); the daemon has been woken
 */
struct vm_page *uvm_pagealloc(struct uvm_object *, voff_t, struct vm_anon *,
	    int flags);
/*
 * uvm_pagefree: => owner write-locked (or none), page-queue lock held, page
 *    not mapped (else incident page.freed-mapped) and nobody waits: WANTED is
 *    woken first (R17)
 */
void	uvm_pagefree(struct vm_page *);
/*
 * uvm_pageclean: all of uvm_pagefree but the last step: the frame stays with
 *    the caller, who may put it on a list (pageq) for uvm_pglistfree.
 * => as uvm_pagefree; the page has no owner, queue, flags or mapping any more
 */
void	uvm_pageclean(struct vm_page *);
/* => cleaned pages only; locks the free list itself */
void	uvm_pglistfree(struct pglist *);
void	uvm_pageactivate(struct vm_page *);	/* page-queue lock held */
void	uvm_pagedeactivate(struct vm_page *);	/* idem; clears the REF bit */
void	uvm_pagewire(struct vm_page *);		/* idem */
void	uvm_pageunwire(struct vm_page *);	/* idem */
void	uvm_pagedequeue(struct vm_page *);	/* idem */
void	uvm_pagecopy(struct vm_page *src, struct vm_page *dst);
void	uvm_pagezero(struct vm_page *);
/*
 * uvm_page_unbusy: the setter of BUSY lets go.
 * => owner write-locked; wakes sleepers; RELEASED pages are freed (anons
 *    through uvm_anon_release, which also releases the owner's lock: true)
 */
bool	uvm_page_unbusy(struct vm_page *);
/* => wake the sleepers of a page; its WANTED has been cleared, owner locked */
void	vm_page_wake(struct vm_page *);
/* => lock is the page's owner's, held; released, not retaken; sleeps */
void	uvm_pagewait(struct vm_page *, struct rwlock *lock, const char *wmesg);
/*
 * uvm_wait: sleep until there is free memory, or the daemon says that there
 *    will be none for now; the caller tries again either way.
 * => no lock held
 * A waiter counts itself, asks the daemon (a request that stays until it is
 * looked at: R20) and sleeps, all under vw_fpageq_lk.  The daemon owes it:
 * it does not sleep while uvm_memwaiters(), and calls uvm_wakewaiters() after
 * a pass that freed nothing.  vw_fpageq_lk is above the daemon's own mutex.
 */
void	uvm_wait(const char *wmesg);
/*
 * uvm_wait_fail: uvm_wait for who can give up (pdaemon.c).
 * => 0: try again.  ENOMEM: a pass of the daemon over every page, begun after
 *    the call, found nothing that it could free or write, and no frame is
 *    free; or passes in a row freed frames that served nobody
 * uvm_memserved: who waited so, or began anew for another cause, is done.
 */
int	uvm_wait_fail(const char *wmesg);
void	uvm_memserved(void);
size_t	uvm_memwaiters(void);		/* how many sleep in uvm_wait now */
void	uvm_wakewaiters(void);
size_t	uvm_freeframes(void);		/* right now, no lock */
/* contents: relaxed 64-bit atomics */
uint64_t page_load(const struct vm_page *, size_t cell);
void	page_store(struct vm_page *, size_t cell, uint64_t);
size_t	page_ncells(void);
struct vm_page *vm_page_of(const volatile void *ident);	/* or NULL: none of ours */

/* ------------------------------------------------------------------------
 * anons
 */
struct vm_anon *uvm_analloc(void);	/* no-wait; ref 1, no lock; or NULL */
void	uvm_anfree(struct vm_anon *);	/* ref 0; lock NULL or write-held */
void	uvm_anfree_list(struct vm_anon *, struct pglist *);
/* => write-locked, page BUSY|RELEASED, ref 0; the lock is released */
void	uvm_anon_release(struct vm_anon *);
/*
 * => A write-held on entry, released on return in all cases
 * => TRUE: no memory; FALSE: done, lost to an error, or freed meanwhile: the
 *    caller looks again
 */
boolean_t uvm_anon_pagein(struct vm_amap *, struct vm_anon *);
void	uvm_anon_dropswap(struct vm_anon *);
void	uvm_anwait(void);

/* ------------------------------------------------------------------------
 * pmap
 */
struct pmap;
int	pmap_create(struct pmap **);
void	pmap_destroy(struct pmap *);		/* empty */
/*
 * pmap_enter: => owner of the page locked; replaces what is at va
 * => prot: VM_PROT_*; access: what the fault was for (sets ref/mod)
 * => 0 or ENOMEM
 */
int	pmap_enter(struct pmap *, vaddr_t va, struct vm_page *, vm_prot_t prot,
	    vm_prot_t access);
/*
 * After these three return nobody loads or stores through what they removed
 * or reduced: they wait for accesses in flight.
 */
void	pmap_remove(struct pmap *, vaddr_t start, vaddr_t end);
void	pmap_protect(struct pmap *, vaddr_t start, vaddr_t end, vm_prot_t);
void	pmap_page_protect(struct vm_page *, vm_prot_t);
bool	pmap_extract(struct pmap *, vaddr_t, struct vm_page **);
bool	pmap_is_modified(struct vm_page *);
bool	pmap_is_referenced(struct vm_page *);
void	pmap_clear_modify(struct vm_page *);
void	pmap_clear_reference(struct vm_page *);
bool	pmap_page_mapped(struct vm_page *);
/*
 * pmap_access: one load or store burst by the processor.
 * => no lock; 0, or ENOENT: no translation or not with this prot (fault)
 */
int	pmap_load(struct pmap *, vaddr_t va, uint64_t *cells, size_t n);
int	pmap_store(struct pmap *, vaddr_t va, const uint64_t *cells, size_t n);
/* => each translation of the pmap, for audits: quiescent */
void	pmap_foreach(struct pmap *, void (*fn)(vaddr_t, struct vm_page *,
	    vm_prot_t, void *), void *);

/* ------------------------------------------------------------------------
 * swap
 */
/* => *n slots asked (updated when lessok); first drum slot, or 0: none */
int	uvm_swap_alloc(int *n, boolean_t lessok);
void	uvm_swap_free(int slot, int n);		/* ignores SWSLOT_BAD */
void	uvm_swap_markbad(int slot, int n);
/* => page BUSY, no lock held; 0 or EIO; either way the slot is no page's only
 *    place any more (uvm_swap_only(slot, false) has been done) */
int	uvm_swap_get(struct vm_page *, int slot);
/* Write n BUSY pages to n slots from slot on, asynchronously; the pages are
 * given to the I/O; uvm_aio_done runs in an I/O strand. => no lock held
 * => 0, or the error of a write that could not be started */
int	uvm_swap_put(int slot, struct vm_page **, int n);
void	uvm_aio_done(struct vm_page **, int n, int slot, int error);
boolean_t uvm_swapisfull(void);		/* >= 99 % swap-only */
/* The page of slot was dropped (true), or it died or is coming in (false);
 * ignores slots <= 0 */
void	uvm_swap_only(int slot, bool only);
size_t	uvm_swpgonly(void);		/* how many slots are */
bool	uvm_swap_slot_owned(int slot);	/* audits: in use, not bad */
bool	uvm_swap_slot_bad(int slot);	/* audits: in use by nobody, for good */
struct vm_swapview {			/* audits: a device */
	int	first, nslots, nbad, ninuse;
	bool	on;
	const uint64_t	*inuse;		/* bitmap */
};
int	uvm_swap_view(int dev, struct vm_swapview *);
/* slots of the cluster the daemon is filling; quiescent: 0 */
int	uvmpd_cluster_slots(int *first);
void	uvm_aio_drain_dev(int dev);	/* no write to it is in flight */

/* ------------------------------------------------------------------------
 * pools and memory: all from the world's arena
 */
struct pool {
	struct mutex		pr_lock;
	const char		*pr_name;
	size_t			pr_size;
	void			*pr_free;	/* slabs with a free object */
	void			*pr_slabs;	/* all slabs */
	size_t			pr_perslab, pr_pitch, pr_align;
	size_t			pr_nout;	/* live objects */
	int			pr_site;	/* VMI_*; -1 after pool_init */
	_Atomic uint64_t	*pr_gauge;	/* counts live objects; or NULL */
};
#define PR_WAITOK	0x1
#define PR_NOWAIT	0x2
#define PR_ZERO		0x8
#define M_WAITOK	0x1
#define M_NOWAIT	0x2
#define M_ZERO		0x8
#define M_UVMAMAP	1
#define IPL_MPFLOOR	0
void	pool_init(struct pool *, size_t size, u_int align, int ipl, int flags,
	    const char *name, void *allocator);
void	pool_sethiwat(struct pool *, int);
void	*pool_get(struct pool *, int flags);
void	pool_put(struct pool *, void *);
/* => fn for each live object; quiescent */
void	pool_foreach(struct pool *, void (*fn)(void *, void *), void *);
void	*kern_mallocarray(size_t n, size_t size, int type, int flags);
void	kern_free(void *, int type, size_t size);
size_t	kern_malloc_live(void);		/* blocks out, for leak audits */
/* => fail now?  counts VMC_injected; false when injection is off */
bool	vm_injected(enum vm_inject_site);

/* ------------------------------------------------------------------------
 * maps
 */
#define UVM_ET_OBJ		0x1
#define UVM_ET_COPYONWRITE	0x4
#define UVM_ET_NEEDSCOPY	0x8
#define UVM_ET_STACK		0x10	/* refuses to be clipped for amap_copy */
#define UVM_ET_ISNEEDSCOPY(e)	(((e)->etype & UVM_ET_NEEDSCOPY) != 0)
#define UVM_ET_ISCOPYONWRITE(e)	(((e)->etype & UVM_ET_COPYONWRITE) != 0)

/*
 * Which page of a wired entry a wire count was taken on.  A page that was
 * freed meanwhile has another generation: it took the count with it.
 *
 *	entry --> vm_wires: [ ][ ][wireoff: page, gen][ ][ ]...
 *	                     one per page; clipped entries share the array
 */
struct vm_wire {
	struct vm_page		*wi_page;
	uint32_t		wi_gen;
};
struct vm_wires {
	size_t			ws_n;
	int			ws_refs;	/* entries; map write-locked */
	struct vm_wire		ws_wire[];
};

struct vm_map_entry {
	vaddr_t			start, end;	/* these four: interface */
	struct vm_aref		aref;
	int			etype;
	RB_ENTRY(vm_map_entry)	tree;
	vsize_t			space;		/* free bytes behind end */
	vsize_t			maxspace;	/* most of them in this subtree */
	struct uvm_object	*object;
	voff_t			offset;		/* bytes */
	vm_prot_t		protection;
	int			inheritance;	/* enum vm_inherit */
	int			wired_count;
	struct vm_wires		*wires;		/* not NULL <=> wired */
	size_t			wireoff;	/* of our first page in it */
	bool			gated;		/* on vw_gates */
	LIST_ENTRY(vm_map_entry) gate;
	struct vm_map_entry	*dead_next;	/* unmap's list */
};
RB_HEAD(vm_map_tree, vm_map_entry);

struct vm_map {
	struct rwlock		lock;
	unsigned int		timestamp;	/* bumped by every write lock */
	struct vm_map_tree	tree;
	size_t			nentries;
	struct pmap		*pmap;
	vaddr_t			min_offset, max_offset;
};

struct vm_space {
	struct vm_map		map;
	uint32_t		id;
	LIST_ENTRY(vm_space)	list;		/* vw_spaces */
};

#define vm_map_lock(m)		do { rw_enter_write(&(m)->lock);	\
	    (m)->timestamp++; } while (0)
#define vm_map_unlock(m)	rw_exit_write(&(m)->lock)
#define vm_map_lock_read(m)	rw_enter_read(&(m)->lock)
#define vm_map_unlock_read(m)	rw_exit_read(&(m)->lock)
/* => map write-locked */
void	uvm_map_clip_start(struct vm_map *, struct vm_map_entry *, vaddr_t);
void	uvm_map_clip_end(struct vm_map *, struct vm_map_entry *, vaddr_t);
#define UVM_MAP_CLIP_START(m, e, va)					\
	do { if ((va) > (e)->start && (va) < (e)->end)			\
		uvm_map_clip_start((m), (e), (va)); } while (0)
#define UVM_MAP_CLIP_END(m, e, va)					\
	do { if ((va) > (e)->start && (va) < (e)->end)			\
		uvm_map_clip_end((m), (e), (va)); } while (0)
struct vm_map_entry *uvm_map_lookup_entry(struct vm_map *, vaddr_t);
void	uvm_map_init(void);
int	uvm_map_setup(struct vm_map *);
void	uvm_map_teardown(struct vm_map *);

/* ------------------------------------------------------------------------
 * faults
 */
struct uvm_faultinfo {
	struct vm_map		*map;
	vaddr_t			va;		/* page-aligned */
	struct vm_map_entry	*entry;
	unsigned int		mapv;		/* timestamp seen */
};
/*
 * uvm_fault: => no lock held; 0, EFAULT, EACCES, EIO, ENOMEM
 * => wire: wire the page and enter it for the entry's whole protection
 */
int	uvm_fault(struct vm_map *, vaddr_t, vm_prot_t access, bool wire);
/*
 * uvmfault_anonget: make an anon's page resident and idle.
 * => map read-locked (ufi) and amap write-locked; without ufi only the amap
 * => 0: all still locked.  ERESTART: everything unlocked, begin anew (the anon
 *    may be gone).  EIO, ENOMEM: everything unlocked
 * => after a sleep it locks only lock objects that it holds a reference on,
 *    never through an anon it does not own a busy page of (R15)
 */
int	uvmfault_anonget(struct uvm_faultinfo *, struct vm_amap *,
	    struct vm_anon *);
#ifndef ERESTART
#define ERESTART	85
#endif

/* objects: object.c */
/* => obj write-locked; resident, filled, BUSY cleared; or NULL: no memory */
struct vm_page *uvm_obj_page(struct uvm_object *, voff_t page);
void	uvm_obj_init(void);

/* ------------------------------------------------------------------------
 * page daemon
 */
void	uvm_pageout_wakeup(void);	/* sticky; any lock but a leaf may be held */
/* => on return no slot reserved before the call is unassigned or unsubmitted */
void	uvmpd_flush(void);

/* ------------------------------------------------------------------------
 * The world.  All state of this folder hangs off it, in one arena; the only
 * other file-scope variables are the subject's interface globals.
 */
struct vm_arena;	/* arena.c */
struct vm_pmapstate;	/* pmap.c */
struct vm_swapstate;	/* swap.c */
struct vm_pdstate;	/* pdaemon.c */
struct vm_iostate;	/* aio.c */
struct vm_injstate;	/* inject.c */

/* What swap-off does instead of its walk: planted. */
enum plant_walk { WALK_PLAIN, WALK_NONE, WALK_REFUSES };

struct vm_world {
	struct vm_conf		vw_conf;
	const struct amap_ops	*vw_ops;
	const struct swapoff_scheme *vw_scheme;
	struct vm_arena		*vw_arena;
	int			vw_page_shift;

	/* frames: page.c */
	struct vm_page		*vw_pages;
	uint64_t		*vw_cells;
	struct mutex		vw_pageq_lk;
	struct pglist		vw_active, vw_inactive;
	size_t			vw_nactive, vw_ninactive, vw_nwired;
	struct mutex		vw_fpageq_lk;
	struct pglist		vw_free;
	size_t			vw_nfree;	/* under vw_fpageq_lk */
	size_t			vw_nmemwait;	/* idem: sleepers of uvm_wait */
	uint64_t		vw_memserved;	/* calls of uvm_memserved */
	size_t			vw_freemin, vw_freetarg, vw_reserve;

	struct vm_pmapstate	*vw_pmap;
	struct vm_swapstate	*vw_swap;
	struct vm_pdstate	*vw_pd;
	struct vm_iostate	*vw_io, *vw_io_rests;
	struct vm_injstate	*vw_inj;
	struct rwlock		vw_swapctl_lk;

	struct pool		vw_anon_pool, vw_entry_pool, vw_space_pool,
				vw_object_pool, vw_lockobj_pool;
	struct mutex		vw_spaces_lk;
	LIST_HEAD(, vm_space)	vw_spaces;
	uint32_t		vw_nextspace;

	/* entries whose shared amap a fork is copying: fork.c */
	struct mutex		vw_gate_lk;
	LIST_HEAD(, vm_map_entry) vw_gates;
	_Atomic int		vw_ngates;

	struct rwlock		*vw_grave;	/* a dead lock; inspected */
	_Atomic int		vw_markers;	/* on amap_list now */
	_Atomic int		vw_plant_nowake; /* vm_plant_lost_wakeup */
	_Atomic int		vw_plant_walk;	/* enum plant_walk */
	_Atomic uint64_t	vw_pagein_refused; /* by uvm_anon_pagein */
	struct audit		*vw_audit;	/* under way, on the heap */
	int			vw_plant_race;
	void			(*vw_safe_point)(void *);
	void			*vw_safe_arg;
	void			(*vw_fork_point)(void *, struct vm_space *);
	void			*vw_fork_arg;
	uint64_t		*vw_counters;	/* record region */
	struct vm_gauges	*vw_gauges;	/* record region */
};

static inline struct vm_world *
vmw(void)
{
	return lk_strand_env();
}
static inline int
vm_page_shift(void)
{
	return vmw()->vw_page_shift;
}
#define atop(b)		((b) >> vm_page_shift())
#define ptoa(p)		((vaddr_t)(p) << vm_page_shift())

/* One writer per strand: a relaxed load and store, no read-modify-write. */
static inline void
vm_count(enum vm_counter c, uint64_t n)
{
	uint64_t *p = vmw()->vw_counters +
	    (size_t)lk_strand_id(strand_self()) * VMC_NCOUNTERS + c;

	VM_RELAXED_STORE(p, VM_RELAXED_LOAD(p) + n);
}

/*
 * What world.c calls in the other files, in this order and back.  An init
 * returns 0 or an errno and leaves nothing behind when it fails.
 */
int	vm_counters_init(struct vm_world *);
int	vm_inject_init(struct vm_world *);
void	vm_inject_on(bool);
int	uvm_page_init(struct vm_world *);
int	pmap_init(struct vm_world *);
/* => vmw() is set from here on; opens the files, takes all devices into use */
int	uvm_swap_init(const struct vm_conf *, char why[256]);
void	uvm_swap_fini(void);
int	uvm_aio_start(int nstrands);
void	uvm_aio_drain(void);		/* until nothing is in flight */
void	uvm_aio_stop(void);
/* => of the i-th strand at rest, where it writes from: nobody reads it again */
bool	uvm_aio_passed(int i, char **from, char **to);
int	uvmpd_start(void);
void	uvmpd_park(void);		/* => returns when the daemon stands */
void	uvmpd_unpark(void);
void	uvmpd_stop(void);
void	uvm_anon_init(void);		/* its pool */

/* arena.c; memory that lives as long as the world */
/* => at place, if that is not NULL and free */
int	vm_arena_create(size_t bytes, void *place, struct vm_arena **);
void	vm_arena_destroy(struct vm_arena *);
/*
 * What is in use of it, copied out and back; what came into use since is
 * zeroed.  vm_arena_size: bytes for a copy.
 */
size_t	vm_arena_size(const struct vm_arena *);
/* => only the spans; what came behind is zeroed when they are put back */
struct vm_span {
	size_t		from, to;
};
void	vm_arena_save(const struct vm_arena *, void *to,
	    const struct vm_span *, size_t n);
void	vm_arena_restore(struct vm_arena *, const void *from, size_t size,
	    const struct vm_span *, size_t n);
size_t	vm_arena_at(const struct vm_arena *, const void *);
/* => large parts that nobody has been given, for alignment: how many */
unsigned vm_arena_pads(const struct vm_arena *, const struct vm_span **);
/*
 * swapdev.c: the same of a device in memory: what was never given out.
 * => false: there is no such device
 * uvm_swap_unused_again: what was given out since is zeroed
 */
bool	uvm_swap_unused(int dev, char **from, char **to);
void	uvm_swap_unused_again(int dev, char *unused);
/*
 * pool.c: for copies of a world: what of its slabs was never given out need
 * not be copied, if it is forgotten again.
 * => slabs of the pool from the newest on: what was not given out, its end
 * pool_unused_again: what was given out of it since is zeroed
 */
struct slab;
struct slab *pool_slab_next(const struct pool *, const struct slab *);
char	*pool_slab_unused(const struct slab *, char **end);
void	pool_unused_again(const struct slab *, char *unused);
/* ... whoever holds what of it */
void	vm_arena_drop(struct vm_arena *);
void	*vm_arena_alloc(struct vm_arena *, size_t, size_t align); /* or NULL */
/* => incident vm.arena-exhausted, then a pause; for those who may wait */
void	vm_arena_wait(const char *what);

/* audit.c: what an audit that never came to its end has left */
void	vm_audit_drop(struct vm_world *);

#endif /* AMAP_UVM_INT_H */

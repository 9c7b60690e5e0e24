/*
 * kernel.h: the kernel as a subject sees it: a user's uvm_amap.c includes
 * sys/param.h, uvm/uvm.h and their like, and all of them lead here.
 *
 * The structures are laid out as amapstorm's own are; abi.def lists what has
 * to agree, and the loader refuses a subject for which it does not.  Calls
 * into the kernel end in functions of the program called sub_* or, for locks,
 * in those of locks/locks.h; subject_needs.def is the list.
 *
 * Users bring files that nobody here has seen: what costs nothing is here
 * although uvm_amap.c 1.89 does not ask for it.
 */
#ifndef AMAPSTORM_KERNEL_H
#define AMAPSTORM_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Call sites keep apart from the data that is put back for each world. */
#define LK_SITE_PLACE	__attribute__((section("lk_sites")))
#include "locks/locks.h"
#include <sys/queue.h>

#ifdef __SANITIZE_THREAD__
#define AMAPSTORM_UNWATCHED	__attribute__((no_sanitize_thread, noinline))
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define AMAPSTORM_UNWATCHED						\
	__attribute__((no_sanitize("thread"), noinline, unused))
#endif
#endif
#ifndef AMAPSTORM_UNWATCHED
#define AMAPSTORM_UNWATCHED
#endif

/* ------------------------------------------------------------------------
 * sys/param.h, sys/systm.h: words of every kernel file
 */
typedef unsigned char	u_char;
typedef unsigned short	u_short;
typedef unsigned int	u_int;
typedef unsigned long	u_long;
typedef uintptr_t	vaddr_t;
typedef uintptr_t	paddr_t;
typedef size_t		vsize_t;
typedef size_t		psize_t;
typedef uint64_t	voff_t;
typedef int		vm_prot_t;
typedef int		vm_fault_t;
typedef int		vm_inherit_t;
typedef int		boolean_t;
typedef uintptr_t	vm_offset_t;
typedef size_t		vm_size_t;
typedef struct vm_map	*vm_map_t;
typedef struct vm_map_entry *vm_map_entry_t;
typedef struct vm_page	*vm_page_t;

#ifndef TRUE
#define TRUE		1
#define FALSE		0
#endif
#ifndef nitems
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#ifndef howmany
#define howmany(x, y)	(((x) + ((y) - 1)) / (y))
#endif
#ifndef roundup
#define roundup(x, y)	((((x) + ((y) - 1)) / (y)) * (y))
#endif
#define rounddown(x, y)	(((x) / (y)) * (y))
#ifndef powerof2
#define powerof2(x)	((((x) - 1) & (x)) == 0)
#endif
#ifndef MIN
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#endif
#ifndef ISSET
#define ISSET(t, f)	((t) & (f))
#define SET(t, f)	((t) |= (f))
#define CLR(t, f)	((t) &= ~(f))
#endif
#define ALIGNED_POINTER(p, t)	(((uintptr_t)(p) & (sizeof(t) - 1)) == 0)

#define AMAPSTORM_MINMAX(type, lo, hi)					\
	static inline __attribute__((unused)) type			\
	lo(type a, type b) { return a < b ? a : b; }			\
	static inline __attribute__((unused)) type			\
	hi(type a, type b) { return a > b ? a : b; }
AMAPSTORM_MINMAX(u_int, min, max)
AMAPSTORM_MINMAX(int, imin, imax)
AMAPSTORM_MINMAX(long, lmin, lmax)
AMAPSTORM_MINMAX(u_long, ulmin, ulmax)

#ifndef __predict_true
#define __predict_true(e)	__builtin_expect((e) != 0, 1)
#define __predict_false(e)	__builtin_expect((e) != 0, 0)
#endif
#ifndef __packed
#define __packed	__attribute__((packed))
#endif
#ifndef __aligned
#define __aligned(n)	__attribute__((aligned(n)))
#endif
#ifndef __dead
#define __dead		__attribute__((noreturn))
#endif
#ifndef __unused
#define __unused	__attribute__((unused))
#endif
#ifndef __used
#define __used		__attribute__((used))
#endif
#ifndef __section
#define __section(s)	__attribute__((section(s)))
#endif
#ifndef __KERNEL_RCSID
#define __KERNEL_RCSID(n, s)	struct amapstorm_rcsid
#define __KERNEL_COPYRIGHT(n, s) struct amapstorm_rcsid
#define __RCSID(s)		struct amapstorm_rcsid
#endif
#ifndef CTASSERT
#define CTASSERT(e)	_Static_assert((e), #e)
#endif

/* A panic ends the run, and is told with the file's own line. */
#define panic(...)	lk_panic(__VA_ARGS__)
#define KASSERT(e)	((e) ? (void)0 :				\
	lk_panic("assertion failed: %s (%s:%d)", #e, __FILE__, __LINE__))
#define KASSERTMSG(e, fmt, ...)	((e) ? (void)0 :			\
	lk_panic("assertion failed: %s (%s:%d): " fmt, #e, __FILE__,	\
	    __LINE__, ##__VA_ARGS__))
#define KDASSERT(e)	KASSERT(e)
#define KDASSERTMSG(...) KASSERTMSG(__VA_ARGS__)
#define assertwaitok()	((void)0)

/* What the kernel prints goes to stderr; its formats know more than libc's. */
int	sub_printf(const char *, ...);
#define printf		sub_printf
#define uprintf		sub_printf
#define log(level, ...)	((void)sub_printf(__VA_ARGS__))
#define db_printf	sub_printf

/* There is no giant lock, no interrupt, no processor of one's own. */
#define KERNEL_LOCK()			((void)0)
#define KERNEL_UNLOCK()			((void)0)
#define KERNEL_ASSERT_LOCKED()		((void)0)
#define KERNEL_ASSERT_UNLOCKED()	((void)0)
#define _kernel_lock()			((void)0)
#define _kernel_unlock()		((void)0)
#define _kernel_lock_held()		1
#define splassert(level)		((void)0)
#define splsoftassert(level)		((void)0)
#define spl0()		0
#define splvm()		0
#define splhigh()	0
#define splbio()	0
#define splnet()	0
#define splsoftnet()	0
#define splsoftclock()	0
#define splclock()	0
#define splsched()	0
#define splstatclock()	0
#define splraise(level)	0
#define splx(s)		((void)(s))
#define IPL_NONE	0
#define IPL_SOFTCLOCK	1
#define IPL_SOFTNET	2
#define IPL_BIO		3
#define IPL_NET		4
#define IPL_VM		5
#define IPL_MPFLOOR	0
#define IPL_CLOCK	6
#define IPL_HIGH	7

struct proc;
#define curproc		((struct proc *)NULL)
#define yield()		lk_yield()
#define sched_pause(fn)	lk_yield()
#define preempt()	lk_yield()

/* ------------------------------------------------------------------------
 * sys/atomic.h
 */
void	sub_setbits(volatile unsigned int *, unsigned int);
void	sub_clearbits(volatile unsigned int *, unsigned int);
/* page flags are atomic objects here (below), elsewhere a plain word will do */
#define atomic_setbits_int(p, b)					\
	sub_setbits((volatile unsigned int *)(p), (b))
#define atomic_clearbits_int(p, b)					\
	sub_clearbits((volatile unsigned int *)(p), (b))
#define AMAPSTORM_ADD(p, n)	__atomic_add_fetch((p), (n), __ATOMIC_SEQ_CST)
#define atomic_inc_int(p)	((void)AMAPSTORM_ADD(p, 1))
#define atomic_dec_int(p)	((void)AMAPSTORM_ADD(p, -1))
#define atomic_inc_long(p)	((void)AMAPSTORM_ADD(p, 1))
#define atomic_dec_long(p)	((void)AMAPSTORM_ADD(p, -1))
#define atomic_add_int(p, n)	((void)AMAPSTORM_ADD(p, n))
#define atomic_sub_int(p, n)	((void)AMAPSTORM_ADD(p, -(n)))
#define atomic_add_long(p, n)	((void)AMAPSTORM_ADD(p, n))
#define atomic_sub_long(p, n)	((void)AMAPSTORM_ADD(p, -(n)))
#define atomic_inc_int_nv(p)	AMAPSTORM_ADD(p, 1)
#define atomic_dec_int_nv(p)	AMAPSTORM_ADD(p, -1)
#define atomic_add_int_nv(p, n)	AMAPSTORM_ADD(p, n)
#define atomic_sub_int_nv(p, n)	AMAPSTORM_ADD(p, -(n))
#define atomic_inc_long_nv(p)	AMAPSTORM_ADD(p, 1)
#define atomic_dec_long_nv(p)	AMAPSTORM_ADD(p, -1)
#define atomic_swap_uint(p, n)	__atomic_exchange_n((p), (n), __ATOMIC_SEQ_CST)
#define atomic_swap_ptr(p, n)	__atomic_exchange_n((p), (n), __ATOMIC_SEQ_CST)
#define AMAPSTORM_CAS(p, o, n)						\
	__sync_val_compare_and_swap((p), (o), (n))
#define atomic_cas_uint(p, o, n)	AMAPSTORM_CAS(p, o, n)
#define atomic_cas_ulong(p, o, n)	AMAPSTORM_CAS(p, o, n)
#define atomic_cas_ptr(p, o, n)		AMAPSTORM_CAS(p, o, n)
#define atomic_load_int(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_load_long(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_store_int(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define atomic_store_long(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define membar_enter()		__sync_synchronize()
#define membar_exit()		__sync_synchronize()
#define membar_producer()	__sync_synchronize()
#define membar_consumer()	__sync_synchronize()
#define membar_sync()		__sync_synchronize()
#define membar_enter_after_atomic()	((void)0)
#define membar_exit_before_atomic()	((void)0)

/* ------------------------------------------------------------------------
 * sys/malloc.h, sys/pool.h.  The libc functions of these names have other
 * arguments; nothing in a kernel file means those.
 */
#define M_WAITOK	0x1
#define M_NOWAIT	0x2
#define M_CANFAIL	0x4
#define M_ZERO		0x8
#define M_UVMAMAP	1
#define M_UVMMAP	2
#define M_TEMP		3
#define M_DEVBUF	4
void	*sub_mallocarray(size_t n, size_t size, int type, int flags);
void	sub_free(void *, int type, size_t size);
#define malloc(size, type, flags)	sub_mallocarray(1, (size), (type), (flags))
#define mallocarray(n, size, type, flags)				\
	sub_mallocarray((n), (size), (type), (flags))
#define free(p, type, size)		sub_free((p), (type), (size))

#define PR_WAITOK	0x1
#define PR_NOWAIT	0x2
#define PR_LIMITFAIL	0x4
#define PR_ZERO		0x8
#define PR_WANTED	0x100
#define PR_RWLOCK	0x10
/* A pool of the world takes from the world, whatever allocator it is told. */
struct pool;
struct pool_allocator {
	void		*(*pa_alloc)(struct pool *, int, int *);
	void		(*pa_free)(struct pool *, void *);
	size_t		pa_pagesz;
};
static struct pool_allocator pool_allocator_single __attribute__((unused));
static struct pool_allocator pool_allocator_multi __attribute__((unused));
struct pool {
	uint64_t	pr_opaque[13];
};
void	sub_pool_init(struct pool *, size_t size, u_int align, int ipl,
	    int flags, const char *name, void *allocator);
void	*sub_pool_get(struct pool *, int flags);
void	sub_pool_put(struct pool *, void *);
#define pool_init	sub_pool_init
#define pool_get	sub_pool_get
#define pool_put	sub_pool_put
#define pool_sethiwat(pool, n)		((void)(pool), (void)(n))
#define pool_setlowat(pool, n)		((void)(pool), (void)(n))
#define pool_sethardlimit(pool, n, ...)	((void)(pool), (void)(n))
#define pool_prime(pool, n)		((void)(pool), (void)(n), 0)
#define pool_cache_init(pool)		((void)(pool))
#define pool_setipl(pool, ipl)		((void)(pool), (void)(ipl))
#define pool_destroy(pool)		((void)(pool))

/* ------------------------------------------------------------------------
 * sys/rwlock.h, sys/mutex.h: locks/locks.h has them.  Here a sleep on a page
 * is told as one.
 */
int	sub_rwsleep(const volatile void *, struct rwlock *, int prio,
	    const char *wmesg, uint64_t nsecs, struct lk_site *);
#undef rwsleep_nsec
#define rwsleep_nsec(ident, rwl, prio, wmesg, ns)			\
	sub_rwsleep((ident), (rwl), (prio), (wmesg), (ns), LK_HERE)
/* of hz = 100 */
#define AMAPSTORM_TICKS(n)						\
	((n) == 0 ? INFSLP : (uint64_t)(n) * 10000000)
#undef rwsleep
#define rwsleep(ident, rwl, prio, wmesg, ticks)				\
	sub_rwsleep((ident), (rwl), (prio), (wmesg),			\
	    AMAPSTORM_TICKS(ticks), LK_HERE)
#define tsleep(ident, prio, wmesg, ticks)				\
	tsleep_nsec((ident), (prio), (wmesg), AMAPSTORM_TICKS(ticks))
#define msleep(ident, mtx, prio, wmesg, ticks)				\
	msleep_nsec((ident), (mtx), (prio), (wmesg), AMAPSTORM_TICKS(ticks))
#define rw_init_flags(rwl, name, flags, ...)	rw_init(rwl, name)
#define rw_obj_alloc_flags(rwlp, name, flags)	rw_obj_alloc(rwlp, name)
#define MUTEX_ASSERT_LOCKED(mtx)	KASSERT(mtx_owned(mtx))
#define MUTEX_ASSERT_UNLOCKED(mtx)	KASSERT(!mtx_owned(mtx))
#define mtx_init_flags(mtx, ipl, name, flags)	lk_mtx_init((mtx), (name), LK_HERE)
#undef mtx_init
#define mtx_init(mtx, ipl)	lk_mtx_init((mtx), #mtx, LK_HERE)
#undef MUTEX_INITIALIZER
#define MUTEX_INITIALIZER(ipl)	{ .mtx_name = "mutex of the subject" }
#define PWAIT		32
#define PCATCH		0x100
#define SEC_TO_NSEC(s)	((uint64_t)(s) * 1000000000)
#define MSEC_TO_NSEC(ms) ((uint64_t)(ms) * 1000000)

/* ------------------------------------------------------------------------
 * uvm/uvm_param.h, sys/mman.h.  The page size is a run's, not the machine's.
 */
int	sub_page_shift(void);
#undef PAGE_SIZE
#undef PAGE_MASK
#define PAGE_SHIFT	sub_page_shift()
#define PAGE_SIZE	((vaddr_t)1 << PAGE_SHIFT)
#define PAGE_MASK	(PAGE_SIZE - 1)
#define atop(b)		((b) >> PAGE_SHIFT)
#define ptoa(p)		((vaddr_t)(p) << PAGE_SHIFT)
#define trunc_page(b)	((vaddr_t)(b) & ~PAGE_MASK)
#define round_page(b)	(((vaddr_t)(b) + PAGE_MASK) & ~PAGE_MASK)
#ifndef PROT_NONE
#define PROT_NONE	0x0
#define PROT_READ	0x1
#define PROT_WRITE	0x2
#define PROT_EXEC	0x4
#endif
#define PROT_MASK	(PROT_READ | PROT_WRITE | PROT_EXEC)
#define VM_PROT_NONE	PROT_NONE
#define VM_PROT_READ	PROT_READ
#define VM_PROT_WRITE	PROT_WRITE

struct vm_amap;
struct vm_anon;
struct vm_page;
struct vm_map;
struct vm_map_entry;
struct uvm_object;

/* ------------------------------------------------------------------------
 * uvm/uvm_anon.h
 */
struct vm_anon {
	struct rwlock		*an_lock;
	struct vm_page		*an_page;
	int			an_ref;
	int			an_swslot;
};
#define SWSLOT_BAD	(-1)

struct vm_anon *sub_analloc(void);
boolean_t sub_anon_pagein(struct vm_amap *, struct vm_anon *);
struct pglist;
void	sub_anfree_list(struct vm_anon *, struct pglist *);
#define uvm_analloc		sub_analloc
#define uvm_anon_pagein		sub_anon_pagein
#define uvm_anfree_list		sub_anfree_list
#define uvm_anfree(anon)	sub_anfree_list((anon), NULL)

/* ------------------------------------------------------------------------
 * uvm/uvm_page.h.  The head of struct vm_page; frames are the program's.
 */
#define PG_BUSY		0x0001u
#define PG_WANTED	0x0002u
#define PG_RELEASED	0x0004u
#define PG_FAKE		0x0008u
#define PG_CLEAN	0x0010u
#define PG_ZERO		0x0020u
#define PQ_FREE		0x0100u
#define PQ_INACTIVE	0x0200u
#define PQ_ACTIVE	0x0400u
#define PQ_ANON		0x0800u
#define PQ_AOBJ		0x1000u
#define UVM_PGA_ZERO	0x1
#define UVM_PGA_USERESERVE 0x2

struct vm_page {
	TAILQ_ENTRY(vm_page)	pageq;
	struct vm_anon		*uanon;
	struct uvm_object	*uobject;
	voff_t			offset;
	_Atomic unsigned int	pg_flags;	/* others change theirs in it */
	int			wire_count;
};
TAILQ_HEAD(pglist, vm_page);

struct vm_page *sub_pagealloc(struct uvm_object *, voff_t, struct vm_anon *,
	    int flags);
void	sub_pagecopy(struct vm_page *src, struct vm_page *dst);
void	sub_pagefree(struct vm_page *);
void	sub_pageactivate(struct vm_page *);
void	sub_pagedeactivate(struct vm_page *);
void	sub_pglistfree(struct pglist *);
void	sub_pagewait(struct vm_page *, struct rwlock *, const char *);
void	sub_wait(const char *wmesg);
void	sub_page_protect(struct vm_page *, vm_prot_t);
#define uvm_pagealloc		sub_pagealloc
#define uvm_pagecopy		sub_pagecopy
#define uvm_pagefree		sub_pagefree
#define uvm_pageactivate	sub_pageactivate
#define uvm_pagedeactivate	sub_pagedeactivate
#define uvm_pglistfree		sub_pglistfree
#define uvm_wait		sub_wait
#define pmap_page_protect	sub_page_protect
#define UVM_PAGE_OWN(pg, tag)	((void)(pg), (void)(tag))

/* ------------------------------------------------------------------------
 * uvm/uvm_map.h.  The head of struct vm_map_entry.
 */
struct vm_aref {
	int			ar_pageoff;
	struct vm_amap		*ar_amap;
};
struct vm_map_entry {
	vaddr_t			start, end;
	struct vm_aref		aref;
	int			etype;
};
#define UVM_ET_OBJ		0x1
#define UVM_ET_COPYONWRITE	0x4
#define UVM_ET_NEEDSCOPY	0x8
#define UVM_ET_ISNEEDSCOPY(e)	(((e)->etype & UVM_ET_NEEDSCOPY) != 0)
#define UVM_ET_ISCOPYONWRITE(e)	(((e)->etype & UVM_ET_COPYONWRITE) != 0)

extern struct vm_map *sub_kernel_map;	/* the map of no space */
#define kernel_map		sub_kernel_map

void	sub_clip_start(struct vm_map *, struct vm_map_entry *, vaddr_t);
void	sub_clip_end(struct vm_map *, struct vm_map_entry *, vaddr_t);
#define uvm_map_clip_start	sub_clip_start
#define uvm_map_clip_end	sub_clip_end
#define UVM_MAP_CLIP_START(map, entry, va)				\
	do { if ((va) > (entry)->start && (va) < (entry)->end)		\
		sub_clip_start((map), (entry), (va)); } while (0)
#define UVM_MAP_CLIP_END(map, entry, va)				\
	do { if ((va) > (entry)->start && (va) < (entry)->end)		\
		sub_clip_end((map), (entry), (va)); } while (0)

/* ------------------------------------------------------------------------
 * uvm/uvm_amap.h
 */
#define UVM_AMAP_CHUNK	16
#define UVM_AMAP_LARGE	256
#define AMAP_SHARED	0x1
#define AMAP_REFALL	0x2
#define AMAP_SWAPOFF	0x4
#define PPREF_NONE	((int *)-1)

struct vm_amap_chunk {
	TAILQ_ENTRY(vm_amap_chunk) ac_list;
	int			ac_baseslot;
	uint16_t		ac_usedmap;
	uint16_t		ac_nslot;
	struct vm_anon		*ac_anon[];
};

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
			struct vm_amap_chunk		**buckets;
			TAILQ_HEAD(, vm_amap_chunk)	chunks;
			int				nbuckets;
			int				ncused;
			int				hashshift;
		} am_of_many;
		struct vm_amap_chunk	am_of_one;
	} am_is;
};
#define am_buckets	am_is.am_of_many.buckets
#define am_chunks	am_is.am_of_many.chunks
#define am_nbuckets	am_is.am_of_many.nbuckets
#define am_ncused	am_is.am_of_many.ncused
#define am_hashshift	am_is.am_of_many.hashshift
#define am_small	am_is.am_of_one

#define UVM_AMAP_SMALL(amap)	((amap)->am_nslot <= UVM_AMAP_CHUNK)
#define UVM_AMAP_SLOTIDX(slot)	((slot) % UVM_AMAP_CHUNK)
#define UVM_AMAP_BUCKET(amap, slot)					\
	((slot) / UVM_AMAP_CHUNK >> (amap)->am_hashshift)
#define AMAP_BASE_SLOT(slot)	((slot) / UVM_AMAP_CHUNK * UVM_AMAP_CHUNK)
#define AMAP_B2SLOT(slot, bytes)					\
	do { KASSERT(((bytes) & PAGE_MASK) == 0);			\
	     (slot) = (bytes) >> PAGE_SHIFT; } while (0)
#define AMAP_CHUNK_FOREACH(chunk, amap)					\
	for ((chunk) = UVM_AMAP_SMALL(amap) ? &(amap)->am_small :	\
	    TAILQ_FIRST(&(amap)->am_chunks); (chunk) != NULL;		\
	    (chunk) = UVM_AMAP_SMALL(amap) ? NULL :			\
	    TAILQ_NEXT(chunk, ac_list))

/* To be had without the lock; a number that may change at once. */
AMAPSTORM_UNWATCHED __attribute__((unused))
static int
amap_refs(const struct vm_amap *amap)
{
	return *(const volatile int *)&amap->am_ref;
}
AMAPSTORM_UNWATCHED __attribute__((unused))
static int
amap_flags(const struct vm_amap *amap)
{
	return *(const volatile int *)&amap->am_flags;
}

/*
 * What the file is to define: see docs/SUBJECTS.md.
 */
void	amap_init(void);
struct vm_amap *amap_alloc(vaddr_t sz, int waitf, int lazyalloc);
void	amap_free(struct vm_amap *);
void	amap_wipeout(struct vm_amap *);
void	amap_copy(struct vm_map *, struct vm_map_entry *, int waitf,
	    boolean_t canchunk, vaddr_t startva, vaddr_t endva);
void	amap_cow_now(struct vm_map *, struct vm_map_entry *);
void	amap_splitref(struct vm_aref *, struct vm_aref *, vaddr_t);
boolean_t amap_swap_off(int startslot, int endslot);
struct vm_anon *amap_lookup(struct vm_aref *, vaddr_t);
void	amap_lookups(struct vm_aref *, vaddr_t, struct vm_anon **, int);
void	amap_populate(struct vm_aref *, vaddr_t);
int	amap_add(struct vm_aref *, vaddr_t, struct vm_anon *, boolean_t);
void	amap_unadd(struct vm_aref *, vaddr_t);
void	amap_ref(struct vm_amap *, vaddr_t, vsize_t, int);
void	amap_unref(struct vm_amap *, vaddr_t, vsize_t, boolean_t);

/*
 * Helpers that neighbours do not call.  Some files declare them, with types of
 * their own, some make them static, and some use them before they are defined
 * and count on a header: for the last, and without a word on their arguments.
 * Who builds a subject leaves out those that the file has otherwise.
 */
#ifndef AMAPSTORM_OWN_amap_chunk_get
struct vm_amap_chunk *amap_chunk_get();
#endif
#ifndef AMAPSTORM_OWN_amap_chunk_free
void	amap_chunk_free();
#endif
#ifndef AMAPSTORM_OWN_amap_wiperange
void	amap_wiperange();
#endif
#ifndef AMAPSTORM_OWN_amap_wiperange_chunk
void	amap_wiperange_chunk();
#endif
#ifndef AMAPSTORM_OWN_amap_pp_establish
void	amap_pp_establish();
#endif
#ifndef AMAPSTORM_OWN_amap_pp_adjref
void	amap_pp_adjref();
#endif
#ifndef AMAPSTORM_OWN_amap_adjref_anons
void	amap_adjref_anons();
#endif

#include <amapstorm/words.h>
#include <amapstorm/rev.h>

#endif /* AMAPSTORM_KERNEL_H */

/*
 * The stand-in once more, with words that kernel files use and it does not:
 * what a file may say of the kernel around it has to compile, link and run.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/types.h>
#include <sys/proc.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/refcnt.h>
#include <sys/smr.h>
#include <sys/tree.h>
#include <sys/syslog.h>
#include <sys/time.h>
#include <sys/errno.h>
#include <sys/stdint.h>
#include <sys/tracepoint.h>
#include <sys/timeout.h>
#include <sys/task.h>
#include <sys/filedesc.h>
#include <sys/event.h>
#include <sys/signalvar.h>
#include <machine/cpu.h>
#include <machine/cpufunc.h>
#include <machine/intr.h>
#include <machine/pte.h>
#include <ddb/db_interface.h>
#include <uvm/uvm_ddb.h>
#include <uvm/uvm_amap_i.h>
#include <uvm/uvm_meter.h>
#include <vm/vm_page.h>
#include <vm/vm_kern.h>

#define amap_splitref	words_splitref
#include "uvm_amap.c"
#undef amap_splitref

#ifdef AMAP_DEBUG
#define DPRINTF(x)	do { if (words_debug) printf x; } while (0)
#else
#define DPRINTF(x)	do { } while (0)
#endif

void	words(struct vm_amap *, struct vm_page *);

UVMHIST_DECL(maphist);

/* Declared where they are used, as is the habit. */
extern struct vm_map *kernel_map;
extern struct uvmexp uvmexp;
extern int cold, hz;
extern const char *panicstr;

struct word {
	SLIST_ENTRY(word)	w_slist;
	STAILQ_ENTRY(word)	w_stailq;
	SIMPLEQ_ENTRY(word)	w_simpleq;
	TAILQ_ENTRY(word)	w_tailq;
	LIST_ENTRY(word)	w_list;
	RB_ENTRY(word)		w_rb;
	RBT_ENTRY(word)		w_rbt;
	XSIMPLEQ_ENTRY(word)	w_xsimpleq;
	struct refcnt		w_ref;
	u_int			w_gen;
	u_int64_t		w_wide;
	u_int8_t		w_byte;
	daddr_t			w_block;
} __aligned(64);

CTASSERT(nitems(uvm_small_amap_pool) == UVM_AMAP_CHUNK);

static SLIST_HEAD(, word) slist = SLIST_HEAD_INITIALIZER(slist);
static STAILQ_HEAD(, word) stailq = STAILQ_HEAD_INITIALIZER(stailq);
static SIMPLEQ_HEAD(, word) simpleq = SIMPLEQ_HEAD_INITIALIZER(simpleq);
static TAILQ_HEAD(words_head, word) tailq = TAILQ_HEAD_INITIALIZER(tailq);
static LIST_HEAD(, word) list = LIST_HEAD_INITIALIZER(list);
static struct rwlock words_lk = RWLOCK_INITIALIZER("words");
static struct mutex words_mtx = MUTEX_INITIALIZER(IPL_NONE);
static const struct timeval words_interval = { 1, 0 };
static struct timeval words_last;
static unsigned int words_gen __read_mostly, words_flags;
static unsigned long words_long;
int words_debug = 0;

RB_HEAD(words_tree, word);
static inline int
words_compare(const struct word *a, const struct word *b)
{
	return a->w_gen < b->w_gen ? -1 : a->w_gen > b->w_gen;
}
RB_PROTOTYPE_STATIC(words_tree, word, w_rb, words_compare);
RB_GENERATE_STATIC(words_tree, word, w_rb, words_compare);
static struct words_tree tree = RB_INITIALIZER(&tree);
RBT_HEAD(words_btree, word);
RBT_PROTOTYPE(words_btree, word, w_rbt, words_compare);
RBT_GENERATE(words_btree, word, w_rbt, words_compare);
static struct words_btree btree = RBT_INITIALIZER(&btree);
static XSIMPLEQ_HEAD(, word) xsimpleq;

static __inline int
words_queues(struct word *w)
{
	struct word *n, *next;
	int seen = 0;

	SLIST_INSERT_HEAD(&slist, w, w_slist);
	STAILQ_INSERT_TAIL(&stailq, w, w_stailq);
	SIMPLEQ_INSERT_TAIL(&simpleq, w, w_simpleq);
	TAILQ_INSERT_TAIL(&tailq, w, w_tailq);
	LIST_INSERT_HEAD(&list, w, w_list);
	(void)RB_INSERT(words_tree, &tree, w);
	RBT_INSERT(words_btree, &btree, w);
	XSIMPLEQ_INIT(&xsimpleq);
	XSIMPLEQ_INSERT_TAIL(&xsimpleq, w, w_xsimpleq);
	XSIMPLEQ_FOREACH(n, &xsimpleq, w_xsimpleq)
		seen++;
	XSIMPLEQ_REMOVE_HEAD(&xsimpleq, w_xsimpleq);
	SLIST_FOREACH_SAFE(n, &slist, w_slist, next)
		seen++;
	STAILQ_FOREACH_SAFE(n, &stailq, w_stailq, next)
		seen++;
	SIMPLEQ_FOREACH_SAFE(n, &simpleq, w_simpleq, next)
		seen++;
	TAILQ_FOREACH_REVERSE_SAFE(n, &tailq, words_head, w_tailq, next)
		seen++;
	LIST_FOREACH_SAFE(n, &list, w_list, next)
		seen++;
	RB_FOREACH_SAFE(n, words_tree, &tree, next)
		seen++;
	RBT_FOREACH_SAFE(n, words_btree, &btree, next)
		seen++;
	KASSERT(RBT_FIND(words_btree, &btree, w) == w);
	KASSERT(RBT_NEXT(words_btree, w) == RBT_PREV(words_btree, w));
	RBT_REMOVE(words_btree, &btree, w);
	KASSERT(RBT_EMPTY(words_btree, &btree));
	RB_REMOVE(words_tree, &tree, w);
	LIST_REMOVE(w, w_list);
	TAILQ_REMOVE(&tailq, w, w_tailq);
	SIMPLEQ_REMOVE_HEAD(&simpleq, w_simpleq);
	STAILQ_REMOVE_HEAD(&stailq, w_stailq);
	SLIST_REMOVE_HEAD(&slist, w_slist);
	KASSERTMSG(TAILQ_EMPTY(&tailq) && LIST_EMPTY(&list), "seen %d", seen);
	return seen;
}

static void
words_atomics(struct word *w)
{
	refcnt_init(&w->w_ref);
	refcnt_take(&w->w_ref);
	(void)refcnt_rele(&w->w_ref);
	refcnt_finalize(&w->w_ref, "words");
	atomic_inc_int(&words_gen);
	atomic_add_int(&words_gen, 2);
	atomic_sub_int(&words_gen, 1);
	atomic_inc_long(&words_long);
	atomic_setbits_int(&words_flags, 0x6);
	atomic_clearbits_int(&words_flags, 0x2);
	if (atomic_cas_uint(&words_gen, 2, 3) == 2)
		membar_producer();
	(void)atomic_inc_int_nv(&words_gen);
	(void)atomic_swap_uint(&words_gen, 0);
	membar_consumer();
	membar_enter();
	membar_exit();
	membar_sync();
	smr_read_enter();
	(void)SMR_PTR_GET(&w);
	smr_read_leave();
	smr_barrier();
	CPU_BUSY_CYCLE();
}

/* as they were written, once */
int	words_old();
int
words_old(map, entry, pg)
	vm_map_t map;
	register vm_map_entry_t entry;
	vm_page_t pg;
{
	vm_offset_t at = entry != NULL ? entry->start : 0;
	vm_size_t size = 0;

	return map == NULL && pg == NULL && at == size;
}

static __cold void
words_levels(struct vm_page *pg)
{
	int s = splvm();

	splassert(IPL_VM);
	KERNEL_ASSERT_LOCKED();
	NET_ASSERT_UNLOCKED();
	KERNEL_LOCK();
	KERNEL_UNLOCK();
	splx(s);
	mtx_enter(&words_mtx);
	MUTEX_ASSERT_LOCKED(&words_mtx);
	mtx_leave(&words_mtx);
	KASSERT(cold == 0 && panicstr == NULL && hz > 0);
	KASSERT(_kernel_lock_held());
	if (db_active)
		db_enter();
	KASSERT(words_old((vm_map_t)NULL, (vm_map_entry_t)NULL, pg));
	pmap_update(pmap_kernel());
	KASSERT(pg == NULL || (pg->pg_flags & PG_BUSY) || pg->wire_count >= 0);
	uvmexp.fltamcopy++;
	TRACEPOINT(uvm, map, 1, 2, 3);
}

static void
words_memory(void)
{
	static struct pool pool;
	char *text = malloc(64, M_TEMP, M_NOWAIT | M_CANFAIL | M_ZERO);
	struct word *w = mallocarray(2, sizeof(*w), M_DEVBUF, M_NOWAIT);

	if (text != NULL) {
		strlcpy(text, "amap", 64);
		strlcat(text, "s", 64);
		KASSERT(strncmp(text, "amaps", 64) == 0);
		bzero(text, 64);
		explicit_bzero(text, 64);
		bcopy(&text[0], &text[32], 8);
	}
	if (w != NULL && pool.pr_opaque[0] == 0) {
		pool_init(&pool, sizeof(*w), 0, IPL_NONE, PR_WAITOK | PR_RWLOCK,
		    "words", &pool_allocator_single);
		pool_setipl(&pool, IPL_VM);
		pool_setlowat(&pool, 1);
		pool_sethardlimit(&pool, 10, NULL, 0);
	}
	free(text, M_TEMP, 64);
	free(w, M_DEVBUF, 2 * sizeof(*w));
}

void
words(struct vm_amap *amap, struct vm_page *pg)
{
	static struct word one;
	int error __unused = 0;
	UVMHIST_FUNC("words"); UVMHIST_CALLED(maphist);

	UVMHIST_LOG(maphist, "amap=%p", amap, 0, 0, 0);
	DPRINTF(("words: %p\n", amap));
	if (ratecheck(&words_last, &words_interval))
		log(LOG_DEBUG, "words: amap %p, flags %b\n", amap, words_flags,
		    "\20\1ONE\2TWO\3THREE");
	(void)words_queues(&one);
	words_atomics(&one);
	words_levels(pg);
	words_memory();
	KASSERT(MIN(1, 2) == min(1, 2) && MAX(1, 2) == max(1, 2));
	KASSERT(howmany(17, 16) == 2 && roundup(17, 16) == 32);
	KASSERT(roundup2(17, 16) == 32 && rounddown2(17, 16) == 16);
	KASSERT(powerof2(16) && ulmin(1, 2) == 1 && imax(1, 2) == 2);
	KASSERT(fls(8) == 4 && ffs(8) == 4 && flsl(8) == 4);
	KASSERT(trunc_page(PAGE_SIZE + 1) == PAGE_SIZE);
	KASSERT(round_page((vaddr_t)1) == ptoa(1));
	CTASSERT(sizeof(one) >= 64);
	if (__predict_false(words_flags == ~0u))
		panic("%s: %d", __func__, error);
	UVMHIST_LOG(maphist, "<- done", 0, 0, 0, 0);
}

void
amap_splitref(struct vm_aref *orig, struct vm_aref *split, vaddr_t offset)
{
	rw_enter_write(&words_lk);
	words(orig->ar_amap, NULL);
	rw_exit_write(&words_lk);
	words_splitref(orig, split, offset);
}

#ifdef DDB
void	words_print(struct vm_amap *, int (*)(const char *, ...));
void
words_print(struct vm_amap *amap, int (*pr)(const char *, ...))
{
	(*pr)("amap %p\n", amap);
	db_printf("amap %p\n", amap);
}
#endif

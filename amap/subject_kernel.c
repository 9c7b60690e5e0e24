/*
 * subject_kernel.c: the kernel under an external subject: what the headers of
 * compat/ call.  Each is a neighbour's function by another name, with what the
 * file cannot do for itself: counting, failing on request, telling the watcher
 * what is waited for.
 */
#include <stdio.h>

#include "amap/subject_ext_int.h"

struct vm_map *const sub_kernel_map = NULL;

int
sub_page_shift(void)
{
	return vm_page_shift();
}

int
sub_printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprintf(stderr, fmt, ap);
	va_end(ap);
	return n;
}

void
sub_setbits(volatile unsigned int *p, unsigned int bits)
{
	atomic_setbits_int(p, bits);
}

void
sub_clearbits(volatile unsigned int *p, unsigned int bits)
{
	atomic_clearbits_int(p, bits);
}

/* ------------------------------------------------------------------------
 * Memory.  What an array is for is told by the size of its elements: counts
 * of references are ints, buckets are pointers.
 */
static bool
array_fails(size_t size, int flags)
{
	if ((flags & M_WAITOK) != 0)
		return false;
	if (size == sizeof(int))
		return vm_injected(VMI_ppref);
	return size == sizeof(void *) && vm_injected(VMI_buckets);
}

void *
sub_mallocarray(size_t n, size_t size, int type, int flags)
{
	void *p;

	if (array_fails(size, flags))
		return NULL;
	p = kern_mallocarray(n, size, type, flags);
	if (p != NULL && size == sizeof(int))
		vm_count(VMC_ppref_establish, 1);
	return p;
}

void
sub_free(void *p, int type, size_t size)
{
	kern_free(p, type, size);
}

void
sub_pool_init(struct pool *pr, size_t size, u_int align, int ipl, int flags,
    const char *name, void *allocator)
{
	pool_init(pr, size, align, ipl, flags, name, allocator);
}

void *
sub_pool_get(struct pool *pr, int flags)
{
	void *p = pool_get(pr, flags);

	if (p != NULL && pr->pr_site == VMI_amap)
		vm_count(VMC_amap_alloc, 1);
	else if (p != NULL && pr->pr_site == VMI_chunk)
		vm_count(VMC_chunk_alloc, 1);
	return p;
}

void
sub_pool_put(struct pool *pr, void *p)
{
	if (pr->pr_site == VMI_amap)
		vm_count(VMC_amap_free, 1);
	pool_put(pr, p);
}

/* ------------------------------------------------------------------------
 * Anons and pages
 */
struct vm_anon *
sub_analloc(void)
{
	return uvm_analloc();
}

void
sub_anfree_list(struct vm_anon *anon, struct pglist *list)
{
	uvm_anfree_list(anon, list);
}

boolean_t
sub_anon_pagein(struct vm_amap *amap, struct vm_anon *anon)
{
	boolean_t failed;

	failed = uvm_anon_pagein(amap, anon);
	if (!failed)
		vm_count(VMC_walk_pagein, 1);
	return failed;
}

struct vm_page *
sub_pagealloc(struct uvm_object *obj, voff_t off, struct vm_anon *anon,
    int flags)
{
	return uvm_pagealloc(obj, off, anon, flags);
}

/* A copy is nobody's backing store, and the file has no word for that. */
void
sub_pagecopy(struct vm_page *src, struct vm_page *dst)
{
	uvm_pagecopy(src, dst);
	atomic_clearbits_int(&dst->pg_flags, PG_CLEAN);
	vm_count(VMC_cow_now, 1);
	vm_count(VMC_cow_copy, 1);
}

/* From 1.98 on the queue's lock is the callee's business, before the caller's. */
static bool
pageq_enter(void)
{
	if (mtx_owned(&vmw()->vw_pageq_lk))
		return false;
	uvm_lock_pageq();
	return true;
}

static void
pageq_leave(bool mine)
{
	if (mine)
		uvm_unlock_pageq();
}

void
sub_pageactivate(struct vm_page *pg)
{
	bool mine = pageq_enter();

	uvm_pageactivate(pg);
	pageq_leave(mine);
}

void
sub_pagedeactivate(struct vm_page *pg)
{
	bool mine = pageq_enter();

	uvm_pagedeactivate(pg);
	pageq_leave(mine);
}

void
sub_pagefree(struct vm_page *pg)
{
	bool mine = pageq_enter();

	uvm_pagefree(pg);
	pageq_leave(mine);
}

void
sub_pglistfree(struct pglist *list)
{
	uvm_pglistfree(list);
}

void
sub_page_protect(struct vm_page *pg, vm_prot_t prot)
{
	pmap_page_protect(pg, prot);
}

void
sub_lock_pageq(struct lk_site *site)
{
	lk_mtx_enter(&vmw()->vw_pageq_lk, site);
}

void
sub_unlock_pageq(struct lk_site *site)
{
	lk_mtx_leave(&vmw()->vw_pageq_lk, site);
}

/* ------------------------------------------------------------------------
 * Waiting
 */
void
sub_wait(const char *wmesg)
{
	uvm_wait(wmesg);
}

void
sub_pagewait(struct vm_page *pg, struct rwlock *lock, const char *wmesg)
{
	uvm_pagewait(pg, lock, wmesg);
}

/* A page that is slept on is a lock that is waited for. */
int
sub_rwsleep(const volatile void *ident, struct rwlock *lock, int prio,
    const char *wmesg, uint64_t nsecs, struct lk_site *site)
{
	struct vm_page *pg = vm_page_of(ident);
	int error;

	if (pg == NULL)
		return lk_rwsleep(ident, lock, prio, wmesg, nsecs, site);
	vm_count(VMC_page_busy_wait, 1);
	lk_node_want_at(LKN_PAGE, pg, site);
	error = lk_rwsleep(pg, lock, prio, wmesg, nsecs, site);
	lk_node_unwant();
	return error;
}

/* ------------------------------------------------------------------------
 * Maps
 */
void
sub_clip_start(struct vm_map *map, struct vm_map_entry *e, vaddr_t va)
{
	uvm_map_clip_start(map, e, va);
}

void
sub_clip_end(struct vm_map *map, struct vm_map_entry *e, vaddr_t va)
{
	uvm_map_clip_end(map, e, va);
}

/* ------------------------------------------------------------------------
 * The table: it also keeps the linker from leaving anything out.
 */
static const struct sub_need needs[] = {
#define NEED(name)	{ #name, (const void *)&name },
#include "amap/subject_needs.def"
#undef NEED
};

const struct sub_need *
sub_needs(size_t *n)
{
	*n = sizeof(needs) / sizeof(needs[0]);
	return needs;
}

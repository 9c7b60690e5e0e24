/*
 * stubs.c: see stubs.h.
 */
#include "tests/amap_subject/stubs.h"

struct stub stub;
struct vm_map test_map;
static struct mutex pageq = MUTEX_INITIALIZER("pageq");

/* ------------------------------------------------------------------------
 * Memory
 */

bool
vm_injected(enum vm_inject_site site)
{
	long at, n;

	n = atomic_fetch_add(&stub.tries[site], 1) + 1;
	if (stub.on_try != NULL)
		stub.on_try(site);
	at = atomic_load(&stub.fail_at[site]);
	if (at == 0)
		return false;
	return stub.every[site] ? n % at == 0 : n == at;
}

void
pool_init(struct pool *pp, size_t size, u_int align, int ipl, int flags,
    const char *name, void *allocator)
{
	memset(pp, 0, sizeof(*pp));
	pp->pr_name = name;
	pp->pr_size = size;
	pp->pr_site = -1;
}

void *
pool_get(struct pool *pp, int flags)
{
	void *p;

	assert_true(flags & (PR_WAITOK | PR_NOWAIT));
	if ((flags & PR_NOWAIT) != 0 && pp->pr_site >= 0 &&
	    vm_injected((enum vm_inject_site)pp->pr_site))
		return NULL;
	p = malloc(pp->pr_size);
	memset(p, (flags & PR_ZERO) != 0 ? 0 : 0xa5, pp->pr_size);
	__atomic_fetch_add(&pp->pr_nout, 1, __ATOMIC_RELAXED);
	if (pp->pr_gauge != NULL)
		atomic_fetch_add(pp->pr_gauge, 1);
	return p;
}

void
pool_put(struct pool *pp, void *p)
{
	memset(p, 0xdf, pp->pr_size);
	free(p);
	__atomic_fetch_sub(&pp->pr_nout, 1, __ATOMIC_RELAXED);
	if (pp->pr_gauge != NULL)
		atomic_fetch_sub(pp->pr_gauge, 1);
}

/* A block knows its size, so a wrong one given back is seen. */
void *
kern_mallocarray(size_t n, size_t size, int type, int flags)
{
	size_t *p;

	p = calloc(1, 16 + n * size);
	p[0] = n * size;
	if ((flags & M_ZERO) == 0)
		memset(p + 2, 0xa5, n * size);
	atomic_fetch_add(&stub.blocks, 1);
	return p + 2;
}

void
kern_free(void *p, int type, size_t size)
{
	size_t *b = (size_t *)p - 2;

	assert_int_equal(b[0], size);
	free(b);
	atomic_fetch_sub(&stub.blocks, 1);
}

void
uvm_wait(const char *wmesg)
{
	atomic_fetch_add(&stub.waits, 1);
	if (stub.on_wait != NULL)
		stub.on_wait();
	lk_yield();
}

/* ------------------------------------------------------------------------
 * Pages
 */

void
atomic_setbits_int(volatile unsigned int *p, unsigned int bits)
{
	__atomic_fetch_or(p, bits, __ATOMIC_RELAXED);
}

void
atomic_clearbits_int(volatile unsigned int *p, unsigned int bits)
{
	__atomic_fetch_and(p, ~bits, __ATOMIC_RELAXED);
}

unsigned int
vm_page_flags(const struct vm_page *pg)
{
	return VM_RELAXED_LOAD(&pg->pg_flags);
}

void
uvm_lock_pageq(void)
{
	mtx_enter(&pageq);
}

void
uvm_unlock_pageq(void)
{
	mtx_leave(&pageq);
}

struct vm_page *
uvm_pagealloc(struct uvm_object *obj, voff_t off, struct vm_anon *anon,
    int flags)
{
	struct vm_page *pg;

	assert_true(anon->an_lock == NULL || rw_write_held(anon->an_lock));
	if (vm_injected(VMI_page))
		return NULL;
	pg = calloc(1, sizeof(*pg));
	pg->cells = calloc(1, sizeof(*pg->cells));
	pg->pg_flags = PG_BUSY | PG_FAKE | PG_CLEAN;
	pg->uanon = anon;
	anon->an_page = pg;
	atomic_fetch_add(&stub.pages, 1);
	return pg;
}

static void
page_clean(struct vm_page *pg)
{
	assert_int_equal(vm_page_flags(pg) & PG_WANTED, 0);
	pg->uanon->an_page = NULL;
	pg->uanon = NULL;
}

static void
page_free(struct vm_page *pg)
{
	free(pg->cells);
	free(pg);
	atomic_fetch_sub(&stub.pages, 1);
}

void
uvm_pglistfree(struct pglist *list)
{
	struct vm_page *pg;

	while ((pg = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, pg, pageq);
		page_free(pg);
	}
}

void
uvm_pageactivate(struct vm_page *pg)
{
	assert_true(mtx_owned(&pageq));
	atomic_setbits_int(&pg->pg_flags, PQ_ACTIVE);
}

void
uvm_pagecopy(struct vm_page *src, struct vm_page *dst)
{
	dst->cells[0] = src->cells[0];
}

void
uvm_pagewait(struct vm_page *pg, struct rwlock *lock, const char *wmesg)
{
	atomic_setbits_int(&pg->pg_flags, PG_WANTED);
	rwsleep_nsec(pg, lock, PVM | PNORELOCK, wmesg, INFSLP);
}

void
page_busy(struct vm_page *pg)
{
	atomic_setbits_int(&pg->pg_flags, PG_BUSY);
}

void
page_unbusy(struct vm_page *pg)
{
	if ((vm_page_flags(pg) & PG_WANTED) != 0)
		wakeup(pg);
	atomic_clearbits_int(&pg->pg_flags, PG_BUSY | PG_WANTED);
}

void
pmap_page_protect(struct vm_page *pg, vm_prot_t prot)
{
	assert_int_equal(prot, VM_PROT_NONE);
	atomic_fetch_add(&stub.protects, 1);
	atomic_store(&stub.protected, pg);
}

/* ------------------------------------------------------------------------
 * Anons
 */

struct vm_anon *
uvm_analloc(void)
{
	struct vm_anon *anon;

	if (vm_injected(VMI_anon))
		return NULL;
	anon = calloc(1, sizeof(*anon));
	anon->an_ref = 1;
	atomic_fetch_add(&stub.anons, 1);
	return anon;
}

void
set_slot(struct vm_anon *anon, int swslot)
{
	if (anon->an_swslot > 0) {
		atomic_fetch_sub(&stub.slots[anon->an_swslot / 1000], 1);
		if (stub.content[anon->an_swslot] != 0)
			stub.content[anon->an_swslot] = 0;
	}
	if (swslot > 0)
		atomic_fetch_add(&stub.slots[swslot / 1000], 1);
	anon->an_swslot = swslot;
}

static void
anon_free(struct vm_anon *anon)
{
	set_slot(anon, 0);
	anon->an_ref = -77;
	free(anon);
	atomic_fetch_sub(&stub.anons, 1);
}

void
uvm_anfree(struct vm_anon *anon)
{
	struct pglist list;

	TAILQ_INIT(&list);
	uvm_anfree_list(anon, &list);
	uvm_pglistfree(&list);
}

void
uvm_anfree_list(struct vm_anon *anon, struct pglist *list)
{
	struct vm_page *pg = anon->an_page;

	assert_int_equal(anon->an_ref, 0);
	assert_true(anon->an_lock == NULL || rw_write_held(anon->an_lock));
	if (pg != NULL && (vm_page_flags(pg) & PG_BUSY) != 0) {
		atomic_setbits_int(&pg->pg_flags, PG_RELEASED);
		rw_obj_hold(anon->an_lock);
		return;
	}
	if (pg != NULL) {
		page_clean(pg);
		TAILQ_INSERT_TAIL(list, pg, pageq);
	}
	anon_free(anon);
}

/* => A held, released: the anon died while its page was coming in */
static void
anon_release(struct vm_anon *anon)
{
	struct rwlock *lock = anon->an_lock;
	struct vm_page *pg = anon->an_page;

	page_clean(pg);
	page_free(pg);
	anon_free(anon);
	rw_exit_write(lock);
	rw_obj_free(lock);
}

boolean_t
uvm_anon_pagein(struct vm_amap *amap, struct vm_anon *anon)
{
	struct rwlock *lock = amap->am_lock;
	struct vm_page *pg;
	uint64_t value;

	assert_true(rw_write_held(lock));
	assert_ptr_equal(anon->an_lock, lock);
	assert_true(amap_flags(amap) & AMAP_SWAPOFF);
	assert_int_equal(rw_status(&amap_list_lock) == RW_WRITE, 0);
	if (stub.pagein_fails) {
		rw_exit_write(lock);
		return TRUE;
	}
	pg = anon->an_page;
	value = anon_value(anon);
	if (pg != NULL && (vm_page_flags(pg) & PG_BUSY) != 0) {
		uvm_pagewait(pg, lock, "pagein");
		return FALSE;
	}
	if (pg == NULL) {
		pg = uvm_pagealloc(NULL, 0, anon, 0);
		assert_non_null(pg);
		pg->cells[0] = value;
	} else
		page_busy(pg);
	rw_obj_hold(lock);
	rw_exit_write(lock);
	if (stub.on_pagein != NULL)
		stub.on_pagein(amap, anon);
	lk_yield();
	rw_enter_write(lock);
	atomic_fetch_add(&stub.pageins, 1);
	page_unbusy(pg);
	if ((vm_page_flags(pg) & PG_RELEASED) != 0) {
		anon_release(anon);
	} else {
		set_slot(anon, 0);
		atomic_clearbits_int(&pg->pg_flags, PG_CLEAN | PG_FAKE);
		rw_exit_write(lock);
	}
	rw_obj_free(lock);
	return FALSE;
}

/* ------------------------------------------------------------------------
 * Maps
 */

size_t
vm_page_size(void)
{
	return PAGE;
}

void
uvm_map_clip_start(struct vm_map *map, struct vm_map_entry *e, vaddr_t va)
{
	assert_true(va > e->start && va < e->end);
	e->start = va;
}

void
uvm_map_clip_end(struct vm_map *map, struct vm_map_entry *e, vaddr_t va)
{
	assert_true(va > e->start && va < e->end);
	e->end = va;
}

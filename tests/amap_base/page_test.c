#include "amap/content.h"
#include "base_test.h"

static void
free_pages(struct vm_page **pg, size_t n)
{
	size_t i;

	uvm_lock_pageq();
	for (i = 0; i < n; i++) {
		atomic_clearbits_int(&pg[i]->pg_flags, PG_BUSY);
		uvm_pagefree(pg[i]);
	}
	uvm_unlock_pageq();
}

/* Down to the reserve, then to nothing, and all back. */
static void
test_alloc(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct vm_page *pg[64];
	size_t i, n = 0, nres;

	assert_int_equal(uvm_freeframes(), 64);
	while ((pg[n] = uvm_pagealloc(NULL, 0, NULL, 0)) != NULL) {
		assert_int_equal(vm_page_flags(pg[n]),
		    PG_BUSY | PG_FAKE | PG_CLEAN);
		for (i = 0; i < n; i++)
			assert_ptr_not_equal(pg[i], pg[n]);
		n++;
	}
	assert_int_equal(n, 64 - w->vw_reserve);
	nres = n;
	while (nres < 64 && (pg[nres] = uvm_pagealloc(NULL, 0, NULL,
	    UVM_PGA_USERESERVE)) != NULL)
		nres++;
	assert_int_equal(nres, 64);
	assert_null(uvm_pagealloc(NULL, 0, NULL, UVM_PGA_USERESERVE));
	assert_int_equal(atomic_load(&w->vw_gauges->frames_free), 0);
	free_pages(pg, 64);
	assert_int_equal(uvm_freeframes(), 64);
	assert_int_equal(atomic_load(&w->vw_gauges->frames_free), 64);
	base_down(w);
}

static void
test_content(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct vm_page *pg[2];
	size_t i, n = page_ncells();
	unsigned int flags;

	assert_int_equal(n, 512);
	pg[0] = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_ZERO);
	flags = vm_page_flags(pg[0]);
	assert_true((flags & (PG_BUSY | PG_FAKE | PG_CLEAN)) ==
	    (PG_BUSY | PG_FAKE));
	for (i = 0; i < n; i++)
		assert_int_equal(page_load(pg[0], i), 0);
	for (i = 0; i < n; i++)
		page_store(pg[0], i, i * 7 + 1);
	pg[1] = uvm_pagealloc(NULL, 0, NULL, 0);
	uvm_pagecopy(pg[0], pg[1]);
	for (i = 0; i < n; i++)
		assert_int_equal(page_load(pg[1], i), i * 7 + 1);
	uvm_pagezero(pg[0]);
	assert_int_equal(page_load(pg[0], n - 1), 0);
	/* a freed frame does not say what it said */
	free_pages(pg, 2);
	for (i = 0; i < n; i += CONTENT_STRIDE)
		assert_int_equal(page_load(pg[1], i), CONTENT_FREE);
	assert_ptr_equal(vm_page_of(&pg[1]->pg_flags), pg[1]);
	assert_ptr_equal(vm_page_of(pg[0]), pg[0]);
	assert_null(vm_page_of(w));
	assert_null(vm_page_of(w->vw_pages + 64));
	base_down(w);
}

/* Owners point to their pages and back, from allocation to freeing. */
static void
test_owner(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct vm_page *slots[3] = { NULL }, *pg;
	struct uvm_object obj = { .uo_npages = 3, .uo_pages = slots };
	struct vm_anon anon = { 0 };

	rw_obj_alloc(&obj.vmobjlock, "testobj");
	anon.an_lock = obj.vmobjlock;
	rw_enter_write(obj.vmobjlock);
	pg = uvm_pagealloc(&obj, 2, NULL, 0);
	assert_ptr_equal(slots[2], pg);
	assert_true(pg->uobject == &obj && pg->uanon == NULL &&
	    pg->offset == 2 && (vm_page_flags(pg) & PQ_OBJ));
	assert_true(base_holds(lk_strand_id(strand_self()), pg));
	atomic_clearbits_int(&pg->pg_flags, PG_BUSY);
	assert_false(base_holds(lk_strand_id(strand_self()), pg));
	free_pages(&pg, 1);
	assert_null(slots[2]);
	pg = uvm_pagealloc(NULL, 0, &anon, 0);
	assert_true(anon.an_page == pg && pg->uanon == &anon &&
	    (vm_page_flags(pg) & PQ_ANON));
	free_pages(&pg, 1);
	assert_true(anon.an_page == NULL && pg->uanon == NULL);
	rw_exit_write(obj.vmobjlock);
	rw_obj_free(obj.vmobjlock);
	base_down(w);
}

static void
test_queues(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct vm_page *pg[2];

	pg[0] = uvm_pagealloc(NULL, 0, NULL, 0);
	pg[1] = uvm_pagealloc(NULL, 0, NULL, 0);
	uvm_lock_pageq();
	uvm_pageactivate(pg[0]);
	uvm_pageactivate(pg[1]);
	assert_int_equal(w->vw_nactive, 2);
	uvm_pageactivate(pg[0]);		/* to the end */
	assert_ptr_equal(TAILQ_FIRST(&w->vw_active), pg[1]);
	atomic_store(&pg[0]->pg_refmod, PGR_REF | PGR_MOD);
	uvm_pagedeactivate(pg[0]);
	uvm_pagedeactivate(pg[0]);
	assert_true(w->vw_nactive == 1 && w->vw_ninactive == 1);
	assert_true(!pmap_is_referenced(pg[0]) && pmap_is_modified(pg[0]));
	assert_int_equal(vm_page_flags(pg[0]) & (PQ_ACTIVE | PQ_INACTIVE),
	    PQ_INACTIVE);
	/* wired pages are on no queue */
	uvm_pagewire(pg[0]);
	uvm_pagewire(pg[0]);
	uvm_pageactivate(pg[0]);
	uvm_pagedeactivate(pg[0]);
	assert_true(w->vw_ninactive == 0 && w->vw_nwired == 1);
	assert_int_equal(atomic_load(&w->vw_gauges->frames_wired), 1);
	uvm_pageunwire(pg[0]);
	assert_int_equal(w->vw_nwired, 1);
	uvm_pageunwire(pg[0]);
	assert_true(w->vw_nwired == 0 && w->vw_nactive == 2);
	uvm_pagedequeue(pg[1]);
	assert_int_equal(w->vw_nactive, 1);
	uvm_unlock_pageq();
	free_pages(pg, 2);
	assert_int_equal(w->vw_nactive, 0);
	base_down(w);
}

static void
test_list_free(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct pglist list = TAILQ_HEAD_INITIALIZER(list);
	struct vm_page *pg;
	int i;

	uvm_pglistfree(&list);
	for (i = 0; i < 10; i++) {
		pg = uvm_pagealloc(NULL, 0, NULL, 0);
		uvm_lock_pageq();
		uvm_pageactivate(pg);
		uvm_pageclean(pg);
		uvm_unlock_pageq();
		assert_int_equal(vm_page_flags(pg), 0);
		TAILQ_INSERT_TAIL(&list, pg, pageq);
	}
	assert_int_equal(uvm_freeframes(), 54);
	uvm_pglistfree(&list);
	assert_int_equal(uvm_freeframes(), 64);
	assert_false(base_holds(lk_strand_id(strand_self()), pg));
	base_down(w);
}

/*
 * Waiting for a busy page.
 */
struct waiter {
	struct vm_page	*pg;
	struct rwlock	*lk;
	_Atomic int	woken;
};

static void
wait_for_page(void *arg)
{
	struct waiter *wt = arg;

	rw_enter_write(wt->lk);
	uvm_pagewait(wt->pg, wt->lk, "testwait");
	assert_false(rw_write_held(wt->lk));
	atomic_store(&wt->woken, 1);
}

/* => on return the waiter sleeps on the page; its strand is the caller's */
static struct lk_strand *
start_waiter(struct waiter *wt)
{
	struct lk_strand *st;
	bool asleep = false;

	assert_int_equal(lk_strand_start(&st, "waiter", wait_for_page, wt,
	    NULL), 0);
	while (!asleep) {
		lk_yield();
		rw_enter_write(wt->lk);
		asleep = base_waits(lk_strand_id(st), wt->pg, NULL);
		assert_true(!asleep || (vm_page_flags(wt->pg) & PG_WANTED));
		rw_exit_write(wt->lk);
	}
	return st;
}

static void
busy_test(void (*let_go)(struct vm_page *))
{
	struct vm_world *w = base_boot(NULL);
	uint64_t sum[VMC_NCOUNTERS];
	struct waiter wt = { 0 };
	struct lk_strand *st[3];
	int i;

	rw_obj_alloc(&wt.lk, "testobj");
	wt.pg = uvm_pagealloc(NULL, 0, NULL, 0);
	for (i = 0; i < 3; i++)
		st[i] = start_waiter(&wt);
	assert_int_equal(atomic_load(&wt.woken), 0);
	rw_enter_write(wt.lk);
	let_go(wt.pg);
	assert_false(vm_page_flags(wt.pg) & (PG_WANTED | PG_BUSY));
	rw_exit_write(wt.lk);
	for (i = 0; i < 3; i++)
		lk_strand_join(st[i]);
	vm_counters_sum(lk_record_current(), sum);
	assert_int_equal(sum[VMC_page_busy_wait], 3);
	rw_obj_free(wt.lk);
	base_down(w);
}

static void
let_unbusy(struct vm_page *pg)
{
	assert_false(uvm_page_unbusy(pg));
	assert_true(vm_page_flags(pg) & PG_FAKE);
}

static void
let_free(struct vm_page *pg)
{
	uvm_lock_pageq();
	uvm_pagefree(pg);
	uvm_unlock_pageq();
}

static void
let_free_by_list(struct vm_page *pg)
{
	struct pglist list = TAILQ_HEAD_INITIALIZER(list);

	uvm_lock_pageq();
	uvm_pageclean(pg);
	uvm_unlock_pageq();
	TAILQ_INSERT_TAIL(&list, pg, pageq);
	uvm_pglistfree(&list);
}

static void
test_unbusy_wakes(void **state)
{
	busy_test(let_unbusy);
}

static void
test_free_wakes(void **state)
{
	busy_test(let_free);
}

static void
test_list_free_wakes(void **state)
{
	busy_test(let_free_by_list);
}

/* A released page of an object is freed by who made it busy. */
static void
test_released(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct vm_page *slot = NULL;
	struct uvm_object obj = { .uo_npages = 1, .uo_pages = &slot };
	struct waiter wt = { 0 };
	struct lk_strand *st;

	rw_obj_alloc(&obj.vmobjlock, "testobj");
	rw_enter_write(obj.vmobjlock);
	wt.lk = obj.vmobjlock;
	wt.pg = uvm_pagealloc(&obj, 0, NULL, 0);
	rw_exit_write(obj.vmobjlock);
	st = start_waiter(&wt);
	rw_enter_write(obj.vmobjlock);
	atomic_setbits_int(&wt.pg->pg_flags, PG_RELEASED);
	assert_false(uvm_page_unbusy(wt.pg));
	assert_null(slot);
	assert_int_equal(vm_page_flags(wt.pg), PQ_FREE);
	rw_exit_write(obj.vmobjlock);
	lk_strand_join(st);
	rw_obj_free(obj.vmobjlock);
	base_down(w);
}

/* The planted defect is there, once, and looks like what it is. */
static void
test_lost_wakeup(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct waiter wt = { 0 };
	struct lk_strand *st;
	uint64_t then, now;
	int i;

	rw_obj_alloc(&wt.lk, "testobj");
	wt.pg = uvm_pagealloc(NULL, 0, NULL, 0);
	st = start_waiter(&wt);
	vm_plant_lost_wakeup();
	rw_enter_write(wt.lk);
	assert_true(base_waits(lk_strand_id(st), wt.pg, &then));
	uvm_page_unbusy(wt.pg);
	rw_exit_write(wt.lk);
	for (i = 0; i < 1000; i++)
		lk_yield();
	assert_true(base_waits(lk_strand_id(st), wt.pg, &now));
	assert_true(then == now && atomic_load(&wt.woken) == 0);
	assert_int_equal(atomic_load(&w->vw_plant_nowake), 0);
	wakeup(wt.pg);
	lk_strand_join(st);
	free_pages(&wt.pg, 1);
	rw_obj_free(wt.lk);
	base_down(w);
}

/*
 * Waiting for memory.
 */
static void
take_page(void *arg)
{
	struct vm_page **pgp = arg;

	while ((*pgp = uvm_pagealloc(NULL, 0, NULL, 0)) == NULL)
		uvm_wait("testmem");
	atomic_clearbits_int(&(*pgp)->pg_flags, PG_BUSY);
}

static void
test_wait(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct vm_page *pg[64], *got[3];
	struct lk_strand *st[3];
	size_t n = 0, i;

	while ((pg[n] = uvm_pagealloc(NULL, 0, NULL, 0)) != NULL)
		n++;
	for (i = 0; i < 3; i++)
		assert_int_equal(lk_strand_start(&st[i], "taker", take_page,
		    &got[i], NULL), 0);
	while (uvm_memwaiters() != 3)
		lk_yield();
	for (i = 0; i < 3; i++)
		free_pages(&pg[i], 1);
	for (i = 0; i < 3; i++)
		lk_strand_join(st[i]);
	assert_int_equal(uvm_memwaiters(), 0);
	free_pages(got, 3);
	free_pages(pg + 3, n - 3);
	assert_int_equal(uvm_freeframes(), 64);
	/* with free memory it returns at once */
	uvm_wait("testmem");
	base_down(w);
}

/* Many strands, fewer frames than they want: everybody gets on. */
static void
compete(void *arg)
{
	struct vm_page *pg[12];
	size_t n;
	int round;

	for (round = 0; round < 300; round++) {
		for (n = 0; n < 1 + lk_random_below(12); n++) {
			pg[n] = uvm_pagealloc(NULL, 0, NULL, 0);
			if (pg[n] == NULL)
				break;
		}
		free_pages(pg, n);
		if (n == 0)
			uvm_wait("testmem");
	}
	(*(int *)arg)++;
}

static void
few_frames(struct vm_conf *c)
{
	c->frames = 24;
}

static void
test_compete(void **state)
{
	struct vm_world *w = base_boot(few_frames);
	int done[6] = { 0 }, i;

	base_strands(6, compete, done, sizeof(done[0]));
	for (i = 0; i < 6; i++)
		assert_int_equal(done[i], 1);
	assert_int_equal(uvm_freeframes(), 24);
	base_down(w);
}

/*
 * What is wrong, is said.
 */
static void
test_misuse(void **state)
{
	struct vm_world *w = base_boot(NULL);
	uint64_t mapped = base_incidents("page.freed-mapped");
	uint64_t twice = base_incidents("page.double-free");
	unsigned int gen;
	struct vm_page *pg;
	struct pmap *pm;
	uint64_t cell = 0;

	assert_int_equal(pmap_create(&pm), 0);
	pg = uvm_pagealloc(NULL, 0, NULL, 0);
	assert_int_equal(pmap_enter(pm, 0x5000, pg, VM_PROT_READ,
	    VM_PROT_READ), 0);
	free_pages(&pg, 1);
	assert_int_equal(base_incidents("page.freed-mapped"), mapped + 1);
	assert_int_equal(pmap_load(pm, 0x5000, &cell, 1), ENOENT);
	free_pages(&pg, 1);
	assert_int_equal(base_incidents("page.double-free"), twice + 1);
	assert_int_equal(uvm_freeframes(), 64);
	pg = uvm_pagealloc(NULL, 0, NULL, 0);
	uvm_lock_pageq();
	uvm_pagewire(pg);
	uvm_unlock_pageq();
	gen = pg->pg_gen;	/* it may die wired; who wired it can tell */
	free_pages(&pg, 1);
	assert_int_not_equal(pg->pg_gen, gen);
	assert_int_equal(w->vw_nwired, 0);
	assert_int_equal(w->vw_nactive, 0);
	pmap_destroy(pm);
	base_expect(2);
	base_down(w);
}

/* The planted defect is found where it happens, and the run can go on. */
static void
test_plant_free(void **state)
{
	struct vm_world *w = base_boot(NULL);
	uint64_t said = base_incidents("page.freed-mapped");
	struct vm_anon *anon;
	struct vm_page *old;
	struct rwlock *lk;
	struct pmap *pm;
	uint64_t cell = 0;

	assert_false(vm_plant_page_free());
	assert_int_equal(pmap_create(&pm), 0);
	rw_obj_alloc(&lk, "testobj");
	anon = uvm_analloc();
	anon->an_lock = lk;
	rw_enter_write(lk);
	old = uvm_pagealloc(NULL, 0, anon, UVM_PGA_ZERO);
	page_store(old, 3, 4711);
	pmap_enter(pm, 0x5000, old, VM_PROT_READ | VM_PROT_WRITE, VM_PROT_READ);
	uvm_page_unbusy(old);
	uvm_lock_pageq();
	uvm_pageactivate(old);
	uvm_unlock_pageq();
	assert_false(vm_plant_page_free());	/* its owner is locked */
	rw_exit_write(lk);
	assert_true(vm_plant_page_free());
	assert_int_equal(base_incidents("page.freed-mapped"), said + 1);
	rw_enter_write(lk);
	assert_ptr_not_equal(anon->an_page, old);
	assert_int_equal(page_load(anon->an_page, 3), 4711);
	assert_int_equal(pmap_load(pm, 0x5018, &cell, 1), ENOENT);
	anon->an_ref = 0;
	uvm_anfree(anon);
	rw_exit_write(lk);
	rw_obj_free(lk);
	pmap_destroy(pm);
	assert_int_equal(uvm_freeframes(), 64);
	base_expect(1);
	base_down(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_queues),
		cmocka_unit_test(test_list_free),
		cmocka_unit_test(test_unbusy_wakes),
		cmocka_unit_test(test_free_wakes),
		cmocka_unit_test(test_list_free_wakes),
		cmocka_unit_test(test_released),
		cmocka_unit_test(test_lost_wakeup),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_compete),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_plant_free),
	};

	return cmocka_run_group_tests_name("amap.page", tests, NULL, NULL);
}

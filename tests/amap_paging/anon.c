/*
 * The life of anons, and above all their death while a page is BUSY.
 */
#include "tests/amap_paging/paging.h"

static struct pt_group g;

static void
boot(int n)
{
	pt_boot(NULL);
	lk_seed(3);
	pt_group_make(&g, 1, n);
}

static void
halt(void)
{
	pt_group_free(&g);
	pt_halt();
}

static void
test_alloc(void **state)
{
	struct vm_anon *anon;

	boot(0);
	anon = uvm_analloc();
	assert_int_equal(anon->an_ref, 1);
	assert_null(anon->an_lock);
	assert_null(anon->an_page);
	assert_int_equal(anon->an_swslot, 0);
	assert_int_equal(vmw()->vw_anon_pool.pr_nout, 1);
	anon->an_ref = 0;
	uvm_anfree(anon);	/* no lock: never had a page */
	assert_int_equal(vmw()->vw_anon_pool.pr_nout, 0);
	uvm_anwait();
	assert_int_equal(vmw()->vw_anon_pool.pr_nout, 0);
	halt();
}

static void
test_alloc_injected(void **state)
{
	struct vm_anon *anon[30];
	struct vm_conf conf;
	int i, failed = 0;

	pt_conf(&conf, 64, 64);
	conf.inject[VMI_anon].nth = 3;
	pt_boot(&conf);
	for (i = 0; i < 30; i++)
		failed += (anon[i] = uvm_analloc()) == NULL;
	assert_int_equal(failed, 10);
	for (i = 0; i < 30; i++) {
		if (anon[i] == NULL)
			continue;
		anon[i]->an_ref = 0;
		uvm_anfree(anon[i]);
	}
	pt_halt();
}

/* Dirty, clean with a slot, on swap only, lost: all of them go completely. */
static void
test_free_each_state(void **state)
{
	struct pglist list = TAILQ_HEAD_INITIALIZER(list);
	size_t nfree;
	int i, slot;

	boot(5);
	for (i = 0; i < 4; i++)
		pt_touch(&g, i);
	pt_evict(&g);
	vm_quiesce();			/* the daemon shall not help */
	assert_int_equal(uvm_swpgonly(), 4);
	assert_int_equal(pt_fault(&g, 0), 0);
	assert_int_equal(uvm_swpgonly(), 3);
	slot = g.anon[0]->an_swslot;
	assert_true(vm_page_flags(g.anon[0]->an_page) & PG_CLEAN);
	assert_true(slot > 0 && uvm_swap_slot_owned(slot));
	nfree = uvm_freeframes();
	pt_kill(&g, 0);			/* both */
	assert_false(uvm_swap_slot_owned(slot));
	assert_int_equal(uvm_swpgonly(), 3);
	assert_int_equal(uvm_freeframes(), nfree + 1);
	slot = g.anon[1]->an_swslot;
	pt_kill(&g, 1);			/* swap only */
	assert_false(uvm_swap_slot_owned(slot));
	assert_int_equal(uvm_swpgonly(), 2);
	pt_unlock(&g);
	pt_touch(&g, 2);
	rw_enter_write(g.lock);
	g.anon[2]->an_ref = 0;
	nfree = uvm_freeframes();
	uvm_anfree_list(g.anon[2], &list);
	g.anon[2] = NULL;
	assert_int_equal(uvm_freeframes(), nfree);
	pt_unlock(&g);
	uvm_pglistfree(&list);
	assert_int_equal(uvm_freeframes(), nfree + 1);
	assert_int_equal(uvm_swpgonly(), 1);
	rw_enter_write(g.lock);		/* as if its read had failed */
	uvm_swap_markbad(g.anon[3]->an_swslot, 1);
	g.anon[3]->an_swslot = SWSLOT_BAD;
	assert_int_equal(uvm_swpgonly(), 0);
	pt_kill(&g, 3);
	pt_unlock(&g);
	vm_resume();
	halt();
}

/* => page of anon i BUSY as if it were being written to a slot of its own */
static struct vm_page *
busy(int i)
{
	struct vm_anon *anon;
	struct vm_page *pg;
	int n = 1;

	pt_touch(&g, i);
	rw_enter_write(g.lock);
	anon = g.anon[i];
	pg = anon->an_page;
	uvm_anon_dropswap(anon);
	anon->an_swslot = uvm_swap_alloc(&n, FALSE);
	atomic_clearbits_int(&pg->pg_flags, PG_CLEAN);
	pmap_clear_modify(pg);
	atomic_setbits_int(&pg->pg_flags, PG_BUSY);
	lk_node_have(LKN_PAGE, pg);
	pt_unlock(&g);
	return pg;
}

static void
kill_busy(int i)
{
	uint64_t before = pt_counter(VMC_page_released);

	rw_enter_write(g.lock);
	pt_kill(&g, i);
	pt_unlock(&g);
	assert_int_equal(pt_counter(VMC_page_released), before + 1);
}

/*
 * The anon dies during a write-out, and so does all else that shares the lock;
 * the completion, good or bad, called or from the I/O strand, ends it all.
 */
static void
released(int how)
{
	size_t nfree;
	struct vm_page *pg;
	struct vm_swapview v;
	int slot;

	boot(1);
	nfree = uvm_freeframes();
	pg = busy(0);
	slot = g.anon[0]->an_swslot;
	kill_busy(0);
	assert_int_equal(rw_obj_refs(g.lock), 2);
	assert_int_equal(uvm_freeframes(), nfree - 1);
	assert_true(uvm_swap_slot_owned(slot));	/* I/O is in flight to it */
	assert_int_equal(uvm_swpgonly(), 0);
	(void)rw_obj_free(g.lock);	/* the last sharer (M49) */
	if (how == 0)
		uvm_aio_done(&pg, 1, slot, 0);
	else if (how == 1)
		uvm_aio_done(&pg, 1, slot, EIO);
	else {
		assert_int_equal(uvm_swap_put(slot, &pg, 1), 0);
		uvm_aio_drain();
	}
	assert_int_equal(uvm_freeframes(), nfree);
	assert_int_equal(uvm_swap_view(0, &v), 0);
	assert_int_equal(v.ninuse, how == 1);
	assert_int_equal(v.nbad, how == 1);
	assert_int_equal(uvm_swpgonly(), 0);
	pt_halt();
}

static void
test_released_written(void **state)
{
	released(0);
}

static void
test_released_failed(void **state)
{
	released(1);
}

static void
test_released_by_strand(void **state)
{
	released(2);
}

/* The anon dies while its page comes in: counted once, by the read (R10). */
static void
test_released_pagein(void **state)
{
	struct vm_page *pg;
	int slot;

	boot(2);
	pt_touch(&g, 0);
	pt_touch(&g, 1);
	pt_evict(&g);
	vm_quiesce();
	rw_enter_write(g.lock);
	slot = g.anon[0]->an_swslot;
	pg = uvm_pagealloc(NULL, 0, g.anon[0], 0);
	pt_unlock(&g);
	kill_busy(0);
	assert_int_equal(uvm_swap_get(pg, slot), 0);
	assert_int_equal(uvm_swpgonly(), 1);
	rw_enter_write(g.lock);
	assert_true(uvm_page_unbusy(pg));	/* and the lock is released */
	assert_false(rw_write_held(g.lock));
	assert_int_equal(rw_obj_refs(g.lock), 1);
	assert_int_equal(uvm_swpgonly(), 1);
	assert_false(uvm_swap_slot_owned(slot));
	vm_resume();
	halt();
}

static _Atomic int woken;

static void
sleeper(void *arg)
{
	assert_int_equal(pt_fault(&g, 0), ENOENT);
	atomic_fetch_add(&woken, 1);
}

/* Who sleeps on a page whose anon dies is woken by the completion (R17). */
static void
test_released_sleepers(void **state)
{
	struct lk_strand *s[3];
	struct vm_page *pg;
	int i, slot;

	boot(1);
	atomic_store(&woken, 0);
	pg = busy(0);
	slot = g.anon[0]->an_swslot;
	for (i = 0; i < 3; i++)
		assert_int_equal(lk_strand_start(&s[i], "sleeper", sleeper,
		    NULL, NULL), 0);
	/* all three asleep: each has counted its wait with the lock held */
	while (pt_counter(VMC_page_busy_wait) < 3)
		lk_yield();
	kill_busy(0);
	assert_int_equal(atomic_load(&woken), 0);
	uvm_aio_done(&pg, 1, slot, 0);
	for (i = 0; i < 3; i++)
		lk_strand_join(s[i]);
	assert_int_equal(atomic_load(&woken), 3);
	halt();
}

/* Paged in for swap-off: no slot any more, so not CLEAN either (M46). */
static void
test_pagein(void **state)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	struct vm_amap amap = { .am_ref = 1 };
	struct vm_page *pg;
	int slot;

	boot(1);
	amap.am_lock = g.lock;
	pt_touch(&g, 0);
	pt_evict(&g);
	vm_quiesce();
	rw_enter_write(g.lock);
	slot = g.anon[0]->an_swslot;
	assert_false(uvm_anon_pagein(&amap, g.anon[0]));
	assert_false(rw_write_held(g.lock));
	pg = g.anon[0]->an_page;
	assert_non_null(pg);
	assert_int_equal(g.anon[0]->an_swslot, 0);
	assert_false(uvm_swap_slot_owned(slot));
	assert_int_equal(vm_page_flags(pg) &
	    (PG_BUSY | PG_CLEAN | PG_FAKE | PQ_INACTIVE), PQ_INACTIVE);
	assert_int_equal(uvm_swpgonly(), 0);
	/* resident already: only the slot goes */
	rw_enter_write(g.lock);
	assert_false(uvm_anon_pagein(&amap, g.anon[0]));
	assert_int_equal(pt_fault(&g, 0), 0);
	pt_check(&g, 0);
	pt_unlock(&g);
	vm_resume();
	halt();
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

static void
test_pagein_error(void **state)
{
	struct vm_amap amap = { .am_ref = 1 };
	struct vm_conf conf;

	pt_conf(&conf, 64, 64);
	conf.inject[VMI_swap_read].ppm = 1000000;
	pt_boot(&conf);
	pt_group_make(&g, 1, 1);
	amap.am_lock = g.lock;
	pt_touch(&g, 0);
	pt_evict(&g);
	rw_enter_write(g.lock);
	assert_false(uvm_anon_pagein(&amap, g.anon[0]));
	assert_false(rw_write_held(g.lock));
	assert_null(g.anon[0]->an_page);
	assert_int_equal(g.anon[0]->an_swslot, SWSLOT_BAD);
	assert_int_equal(uvm_swpgonly(), 0);
	halt();
}

/* No frame, and none to be had: TRUE, instead of waiting for ever (R22). */
static void
test_pagein_nomem(void **state)
{
	struct vm_amap amap = { .am_ref = 1 };
	struct vm_page *hog[65];
	int n = 0;

	boot(1);
	amap.am_lock = g.lock;
	pt_touch(&g, 0);
	pt_evict(&g);
	while ((hog[n] = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_USERESERVE)) !=
	    NULL) {
		uvm_lock_pageq();
		uvm_pagewire(hog[n++]);
		uvm_unlock_pageq();
	}
	assert_int_equal(n, 64);
	rw_enter_write(g.lock);
	while (!uvm_anon_pagein(&amap, g.anon[0])) {	/* look again */
		rw_enter_write(g.lock);
		assert_null(g.anon[0]->an_page);
	}
	assert_false(rw_write_held(g.lock));
	assert_int_equal(uvm_swpgonly(), 1);
	uvm_lock_pageq();
	while (n-- > 0) {
		uvm_pageunwire(hog[n]);
		uvm_pagefree(hog[n]);
	}
	uvm_unlock_pageq();
	rw_enter_write(g.lock);
	assert_false(uvm_anon_pagein(&amap, g.anon[0]));
	halt();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_alloc_injected),
		cmocka_unit_test(test_free_each_state),
		cmocka_unit_test(test_released_written),
		cmocka_unit_test(test_released_failed),
		cmocka_unit_test(test_released_by_strand),
		cmocka_unit_test(test_released_pagein),
		cmocka_unit_test(test_released_sleepers),
		cmocka_unit_test(test_pagein),
		cmocka_unit_test(test_pagein_error),
		cmocka_unit_test(test_pagein_nomem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What the page daemon does with a page of each kind, one at a time.
 */
#include "tests/amap_paging/paging.h"

#define N	20
#define SLOTS_OF_CLUSTER 16

static struct pt_group g;

static void
boot(struct vm_conf *conf)
{
	pt_boot(conf);
	lk_seed(5);
	pt_group_make(&g, 1, N);
}

static void
halt(void)
{
	vm_quiesce();
	pt_audit(&g, 1);
	vm_resume();
	pt_group_free(&g);
	pt_halt();
}

/* => the daemon has looked at the inactive queue n times more */
static void
passes(uint64_t n)
{
	uint64_t until = pt_counter(VMC_daemon_scan) + n;

	while (pt_counter(VMC_daemon_scan) < until) {
		vm_pressure(1);
		lk_yield();
	}
}

/* => anon i is at rest, as the daemon left it; the group is locked */
static struct vm_anon *
look(int i)
{
	vm_quiesce();
	vm_resume();
	rw_enter_write(g.lock);
	return g.anon[i];
}

/* Dirty: written, then CLEAN with its slot; next time dropped (I8, I11). */
static void
test_dirty_to_clean_to_gone(void **state)
{
	struct vm_page *pg;

	boot(NULL);
	pt_touch(&g, 0);
	rw_enter_write(g.lock);
	assert_int_equal(g.anon[0]->an_swslot, 0);
	pt_unlock(&g);
	pt_cool(&g, 0);
	while (pt_counter(VMC_pageout) == 0) {
		vm_pressure(1);
		lk_yield();
	}
	pg = look(0)->an_page;
	if (pg != NULL) {
		assert_int_equal(vm_page_flags(pg) & (PG_BUSY | PG_CLEAN),
		    PG_CLEAN);
		assert_false(pmap_is_modified(pg));
	}
	assert_true(g.anon[0]->an_swslot > 0);
	pt_unlock(&g);
	pt_evict(&g);
	assert_null(look(0)->an_page);
	pt_unlock(&g);
	assert_int_equal(uvm_swpgonly(), 1);
	assert_int_equal(pt_counter(VMC_drop_clean), 1);
	assert_int_equal(pt_counter(VMC_cluster_tail), 15);
	halt();
}

/*
 * A store after the write-out makes the slot worthless: not dropped, written
 * again, elsewhere.  Through a translation it shows in the MOD bit alone.
 */
static void
test_modified_is_not_dropped(void **state)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	uint64_t out;

	boot(NULL);
	pt_touch(&g, 0);
	pt_evict(&g);
	out = pt_counter(VMC_pageout);
	assert_int_equal(pt_fault(&g, 0), 0);
	pt_store(&g, 0);
	atomic_setbits_int(&g.anon[0]->an_page->pg_flags, PG_CLEAN);
	atomic_fetch_or(&g.anon[0]->an_page->pg_refmod, PGR_MOD);
	pt_unlock(&g);
	pt_evict(&g);
	assert_int_equal(pt_counter(VMC_pageout), out + 1);
	assert_int_equal(pt_fault(&g, 0), 0);
	pt_check(&g, 0);
	pt_unlock(&g);
	halt();
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

/* In use: goes back to the active queue. */
static void
test_referenced_is_kept(void **state)
{
	struct vm_page *pg;

	boot(NULL);
	pt_touch(&g, 0);
	pt_cool(&g, 0);
	rw_enter_write(g.lock);
	pg = g.anon[0]->an_page;
	atomic_fetch_or(&pg->pg_refmod, PGR_REF);
	pt_unlock(&g);
	while (pt_counter(VMC_reactivate) == 0) {
		vm_pressure(1);
		lk_yield();
	}
	halt();
}

/* Owner locked: passed over, and no harm done (M52, R38). */
static void
test_locked_is_skipped(void **state)
{
	uint64_t fails;

	boot(NULL);
	pt_touch(&g, 0);
	pt_cool(&g, 0);
	rw_enter_write(g.lock);
	fails = pt_counter(VMC_daemon_trylock_fail);
	while (pt_counter(VMC_daemon_trylock_fail) < fails + 10) {
		vm_pressure(1);
		lk_yield();
	}
	assert_non_null(g.anon[0]->an_page);
	assert_int_equal(vm_page_flags(g.anon[0]->an_page) & PG_BUSY, 0);
	pt_unlock(&g);
	pt_evict(&g);
	halt();
}

/* Busy: left alone. */
static void
test_busy_is_skipped(void **state)
{
	struct vm_page *pg;
	unsigned int flags;

	boot(NULL);
	pt_touch(&g, 0);
	pt_cool(&g, 0);
	rw_enter_write(g.lock);
	pg = g.anon[0]->an_page;
	atomic_setbits_int(&pg->pg_flags, PG_BUSY);
	lk_node_have(LKN_PAGE, pg);
	flags = vm_page_flags(pg);
	pt_unlock(&g);
	passes(5);
	rw_enter_write(g.lock);
	assert_ptr_equal(g.anon[0]->an_page, pg);
	assert_int_equal(vm_page_flags(pg) & ~PG_WANTED &
	    (PG_BUSY | PG_CLEAN | PG_RELEASED), flags &
	    (PG_BUSY | PG_CLEAN | PG_RELEASED));
	assert_int_equal(g.anon[0]->an_swslot, 0);
	assert_false(uvm_page_unbusy(pg));
	pt_unlock(&g);
	halt();
}

/* Wired pages are on no queue. */
static void
test_wired_is_kept(void **state)
{
	struct vm_page *pg;

	boot(NULL);
	assert_int_equal(pt_fault(&g, 0), 0);
	pg = g.anon[0]->an_page;
	uvm_lock_pageq();
	uvm_pagewire(pg);
	uvm_unlock_pageq();
	pt_unlock(&g);
	passes(5);
	assert_ptr_equal(look(0)->an_page, pg);
	uvm_lock_pageq();
	uvm_pageunwire(pg);
	uvm_unlock_pageq();
	pt_unlock(&g);
	pt_evict(&g);
	halt();
}

/* An object's page is dropped without I/O and can be had again. */
static void
test_object_page(void **state)
{
	struct vm_object *vo;
	struct uvm_object *obj;
	bool gone;

	boot(NULL);
	assert_int_equal(vm_object_create(9, 3, &vo), 0);
	obj = (struct uvm_object *)vo;
	rw_enter_write(obj->vmobjlock);
	assert_non_null(uvm_obj_page(obj, 1));
	rw_exit_write(obj->vmobjlock);
	do {
		rw_enter_write(obj->vmobjlock);
		gone = obj->uo_pages[1] == NULL;
		if (!gone) {
			uvm_lock_pageq();
			uvm_pagedeactivate(obj->uo_pages[1]);
			uvm_unlock_pageq();
		}
		rw_exit_write(obj->vmobjlock);
		vm_pressure(1);
		lk_yield();
	} while (!gone);
	assert_int_equal(pt_counter(VMC_pageout), 0);
	rw_enter_write(obj->vmobjlock);
	assert_int_equal(page_load(uvm_obj_page(obj, 1), 7),
	    vm_object_cell(9, 1, 7));
	rw_exit_write(obj->vmobjlock);
	vm_object_rele(vo);
	halt();
}

/* Swap full of what is only there: dirty pages stay, nothing is lost. */
static void
test_swap_full(void **state)
{
	struct vm_conf conf;
	int i;

	pt_conf(&conf, 64, 8);
	boot(&conf);
	for (i = 0; i < N; i++)
		pt_touch(&g, i);
	while (!uvm_swapisfull()) {
		for (i = 0; i < N; i++) {
			rw_enter_write(g.lock);
			if (g.anon[i]->an_page != NULL) {
				uvm_lock_pageq();
				uvm_pagedeactivate(g.anon[i]->an_page);
				uvm_unlock_pageq();
			}
			pt_unlock(&g);
		}
		vm_pressure(N);
		uvm_aio_drain();
		lk_yield();
	}
	passes(20);
	assert_true(uvm_swpgonly() <= 8);
	for (i = 0; i < N; i++) {
		assert_int_equal(pt_fault(&g, i), 0);
		pt_check(&g, i);
		pt_unlock(&g);
	}
	halt();
}

/* No slot to be had: by injection; the page stays dirty, and is not BUSY. */
static void
test_no_slot(void **state)
{
	struct vm_conf conf;

	pt_conf(&conf, 64, 64);
	conf.inject[VMI_swapslot].ppm = 1000000;
	boot(&conf);
	pt_touch(&g, 0);
	pt_cool(&g, 0);
	passes(10);
	assert_non_null(look(0)->an_page);
	assert_int_equal(vm_page_flags(g.anon[0]->an_page) & PG_BUSY, 0);
	assert_int_equal(g.anon[0]->an_swslot, 0);
	pt_unlock(&g);
	halt();
}

/* Twenty pages in one go: clusters of 16 and of the rest. */
static void
test_clusters(void **state)
{
	int i, first;

	boot(NULL);
	for (i = 0; i < N; i++)
		pt_touch(&g, i);
	pt_evict(&g);
	assert_int_equal(pt_counter(VMC_pageout), N);
	assert_true(pt_counter(VMC_clusters) <= N);
	vm_quiesce();
	assert_int_equal(uvmpd_cluster_slots(&first), 0);
	vm_resume();
	halt();
}

static int
inuse(void)
{
	struct vm_swapview v;

	assert_int_equal(uvm_swap_view(0, &v), 0);
	return v.ninuse;
}

/*
 * => was the daemon met with an open cluster?  It needs the page-queue lock
 * to go on, so it stands while we look, with 16 slots for one page.
 */
static bool
met_open(void)
{
	bool met = false;

	while (!met && inuse() != 1) {
		uvm_lock_pageq();
		met = inuse() == SLOTS_OF_CLUSTER;
		uvm_unlock_pageq();
	}
	return met;
}

/* The cluster that is being filled is closed on demand. */
static void
test_flush(void **state)
{
	int met = 0;

	boot(NULL);
	while (met < 20) {
		pt_touch(&g, 0);
		rw_enter_write(g.lock);
		if (g.anon[0]->an_page != NULL &&
		    (vm_page_flags(g.anon[0]->an_page) & PG_BUSY) == 0)
			uvm_anon_dropswap(g.anon[0]);
		if (g.anon[0]->an_page != NULL)
			atomic_clearbits_int(&g.anon[0]->an_page->pg_flags,
			    PG_CLEAN);
		pt_unlock(&g);
		pt_cool(&g, 0);
		vm_pressure(1);
		if (!met_open())
			continue;
		uvmpd_flush();
		assert_int_equal(inuse(), 1);
		met++;
	}
	halt();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dirty_to_clean_to_gone),
		cmocka_unit_test(test_modified_is_not_dropped),
		cmocka_unit_test(test_referenced_is_kept),
		cmocka_unit_test(test_locked_is_skipped),
		cmocka_unit_test(test_busy_is_skipped),
		cmocka_unit_test(test_wired_is_kept),
		cmocka_unit_test(test_object_page),
		cmocka_unit_test(test_swap_full),
		cmocka_unit_test(test_no_slot),
		cmocka_unit_test(test_clusters),
		cmocka_unit_test(test_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Writes on their way: handing over, failing, draining, stopping.
 */
#include <stdlib.h>

#include "tests/amap_paging/paging.h"

#define N	16

static struct pt_group g;

static void
boot(int write_nth, int io_strands, uint32_t slow)
{
	struct vm_conf conf;

	pt_conf(&conf, 64, 512);
	conf.inject[VMI_swap_write].nth = (uint64_t)write_nth;
	conf.inject[VMI_swap_slow].ppm = slow;
	conf.io_strands = io_strands;
	pt_boot(&conf);
	lk_seed(17);
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

/* => n pages BUSY, with slots from the one returned on, as the daemon does */
static int
cluster(struct vm_page *pages[], int n)
{
	struct vm_anon *anon;
	int i, got = n, slot = uvm_swap_alloc(&got, FALSE);

	assert_true(slot > 0);
	for (i = 0; i < n; i++) {
		assert_int_equal(pt_fault(&g, i), 0);
		pt_store(&g, i);
		anon = g.anon[i];
		pages[i] = anon->an_page;
		uvm_anon_dropswap(anon);
		anon->an_swslot = slot + i;
		atomic_clearbits_int(&pages[i]->pg_flags, PG_CLEAN);
		pmap_clear_modify(pages[i]);
		atomic_setbits_int(&pages[i]->pg_flags, PG_BUSY);
		lk_node_have(LKN_PAGE, pages[i]);
		pt_unlock(&g);
	}
	return slot;
}

static int nflight;

static void
count_flight(const struct lk_inflight_info *info, void *arg)
{
	nflight += info->node.kind == LKN_PAGE;
}

static int
flying(void)
{
	nflight = 0;
	lk_record_inflight(lk_record_current(), count_flight, NULL);
	return nflight;
}

/* Given away, taken, written, let go: CLEAN, and nobody holds the nodes. */
static void
test_good(void **state)
{
	struct vm_page *pages[N];
	struct lk_strand_info *me = malloc(sizeof(*me));
	int i, slot;

	boot(0, 2, 0);
	slot = cluster(pages, N);
	assert_true(lk_record_strand(lk_record_current(),
	    lk_strand_id(strand_self()), me));
	assert_int_equal(me->nheld, N);
	assert_int_equal(uvm_swap_put(slot, pages, N), 0);
	assert_true(lk_record_strand(lk_record_current(),
	    lk_strand_id(strand_self()), me));
	assert_int_equal(me->nheld, 0);
	uvm_aio_drain();
	assert_int_equal(flying(), 0);
	assert_int_equal(pt_counter(VMC_pageout), N);
	assert_int_equal(pt_counter(VMC_clusters), 1);
	for (i = 0; i < N; i++) {
		assert_int_equal(vm_page_flags(pages[i]) &
		    (PG_BUSY | PG_CLEAN), PG_CLEAN);
		assert_int_equal(g.anon[i]->an_swslot, slot + i);
	}
	free(me);
	halt();
}

/*
 * Every second write fails, half of these before they begin.  The pages stay,
 * dirty, without a slot; their slots are bad for good.
 */
static void
test_bad(void **state)
{
	struct vm_page *pages[N];
	int at_once = 0, error, i, later = 0, round, slot;
	struct vm_swapview v;

	boot(2, 1, 0);
	for (round = 1; round <= 30; round++) {
		slot = cluster(pages, 5);
		error = uvm_swap_put(slot, pages, 5);
		if (error != 0) {
			at_once++;
			uvm_aio_done(pages, 5, slot, error);
		}
		uvm_aio_drain();
		later += error == 0 && g.anon[0]->an_swslot == 0;
		assert_int_equal(at_once + later, round / 2);
		for (i = 0; i < 5; i++) {
			assert_int_equal(vm_page_flags(pages[i]) & PG_BUSY, 0);
			assert_int_equal(vm_page_flags(pages[i]) & PG_CLEAN,
			    round % 2 == 0 ? 0 : PG_CLEAN);
			assert_int_equal(g.anon[i]->an_swslot,
			    round % 2 == 0 ? 0 : slot + i);
			assert_int_equal(uvm_swap_slot_bad(slot + i),
			    round % 2 == 0);
		}
	}
	assert_true(at_once > 0 && later > 0);
	assert_int_equal(uvm_swap_view(0, &v), 0);
	assert_int_equal(v.nbad, 15 * 5);
	assert_int_equal(pt_counter(VMC_pageout_error), 15 * 5);
	assert_int_equal(flying(), 0);
	halt();
}

/* More writes than there are requests; stopped with the queue full. */
static void
test_many_then_stop(void **state)
{
	struct vm_page *pages[N];
	int i, round, slot;

	for (round = 0; round < 5; round++) {
		boot(0, 3, 300000);
		slot = cluster(pages, N);
		for (i = 0; i < N; i++)
			assert_int_equal(uvm_swap_put(slot + i, &pages[i], 1),
			    0);
		uvm_aio_drain_dev(0);
		for (i = 0; i < N; i++)
			assert_int_equal(vm_page_flags(pages[i]) & PG_BUSY, 0);
		slot = cluster(pages, N);
		for (i = 0; i < N; i++)
			assert_int_equal(uvm_swap_put(slot + i, &pages[i], 1),
			    0);
		uvmpd_park();
		uvm_aio_stop();		/* writes what is queued */
		for (i = 0; i < N; i++)
			assert_int_equal(vm_page_flags(pages[i]) & PG_BUSY, 0);
		assert_int_equal(uvm_swap_put(slot, pages, 1), ENXIO);
		assert_int_equal(uvm_aio_start(1), 0);
		uvmpd_unpark();
		halt();
	}
}

/*
 * The slot of a page that is being written is not given out before the write
 * has ended, even though its anon has died.
 */
static void
test_slot_outlives_anon(void **state)
{
	struct vm_page *pages[N];
	int i, round, slot;

	boot(0, 2, 500000);
	for (round = 0; round < 20; round++) {
		slot = cluster(pages, N);
		assert_int_equal(uvm_swap_put(slot, pages, N), 0);
		rw_enter_write(g.lock);
		for (i = 0; i < N; i++) {
			bool busy = (vm_page_flags(pages[i]) & PG_BUSY) != 0;

			pt_kill(&g, i);
			assert_int_equal(uvm_swap_slot_owned(slot + i), busy);
		}
		pt_unlock(&g);
		uvm_aio_drain();
		for (i = 0; i < N; i++)
			assert_false(uvm_swap_slot_owned(slot + i));
		assert_int_equal(rw_obj_refs(g.lock), 1);
		rw_enter_write(g.lock);
		for (i = 0; i < N; i++)
			pt_make(&g, i);
		pt_unlock(&g);
	}
	halt();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_many_then_stop),
		cmocka_unit_test(test_slot_outlives_anon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What goes out to swap comes back, whatever the device does on the way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/amap_paging/paging.h"

#define N	40

static struct pt_group g;

/* Everything out and back in again, several times. */
static void
round_trips(int rounds)
{
	int i, r;

	for (r = 0; r < rounds; r++) {
		for (i = 0; i < N; i++)
			pt_touch(&g, i);
		pt_evict(&g);
	}
	for (i = 0; i < N; i++)
		pt_touch(&g, i);
}

static void
boot(struct vm_conf *conf)
{
	pt_boot(conf);
	lk_seed(11);
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

static void
test_round_trips(void **state)
{
	uint64_t bad = pt_incidents("content.slot", NULL);
	uint64_t wrong = pt_incidents("test.content", NULL);

	boot(NULL);
	round_trips(5);
	assert_true(pt_counter(VMC_pageout) >= 5 * N);
	assert_true(pt_counter(VMC_pagein) >= 5 * N);
	assert_int_equal(pt_counter(VMC_sealed), pt_counter(VMC_pagein));
	assert_true(pt_counter(VMC_clusters) >= 5 * N / 16);
	assert_true(pt_counter(VMC_clusters) < pt_counter(VMC_pageout));
	halt();
	assert_int_equal(pt_incidents("content.slot", NULL), bad);
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

static void
test_page_sizes(void **state)
{
	static const size_t sizes[] = { 64, 4096, 65536 };
	uint64_t bad = pt_incidents("content.slot", NULL);
	uint64_t wrong = pt_incidents("test.content", NULL);
	struct vm_conf conf;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		pt_conf(&conf, 64, 256);
		conf.page_size = sizes[i];
		boot(&conf);
		round_trips(2);
		halt();
	}
	assert_int_equal(pt_incidents("content.slot", NULL), bad);
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

/* Every transfer comes in pieces, at odd places; some are slow. */
static void
test_short_and_slow(void **state)
{
	uint64_t bad = pt_incidents("content.slot", NULL);
	uint64_t wrong = pt_incidents("test.content", NULL);
	struct vm_conf conf;

	pt_conf(&conf, 64, 256);
	conf.inject[VMI_swap_short].ppm = 800000;
	conf.inject[VMI_swap_slow].ppm = 200000;
	boot(&conf);
	round_trips(3);
	assert_true(pt_counter(VMC_injected) > 100);
	halt();
	assert_int_equal(pt_incidents("content.slot", NULL), bad);
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

/* A write that fails loses nothing: the page is still here, and dirty. */
static void
test_write_errors(void **state)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	struct vm_conf conf;

	pt_conf(&conf, 64, 2000);
	conf.inject[VMI_swap_write].ppm = 300000;
	boot(&conf);
	round_trips(5);
	assert_true(pt_counter(VMC_pageout_error) > 0);
	vm_quiesce();
	pt_audit(&g, 1);
	vm_resume();
	halt();
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

/* With no write that works all slots go bad in the end, and nothing is lost. */
static void
test_write_never(void **state)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	struct vm_swapview v;
	struct vm_conf conf;
	int i;

	pt_conf(&conf, 64, 100);
	conf.inject[VMI_swap_write].ppm = 1000000;
	boot(&conf);
	for (i = 0; i < N; i++)
		pt_touch(&g, i);
	do {
		for (i = 0; i < N; i++)
			pt_cool(&g, i);
		vm_pressure(N);
		lk_yield();
		assert_int_equal(uvm_swap_view(0, &v), 0);
	} while (v.nbad < v.nslots);
	assert_true(uvm_swapisfull());
	for (i = 0; i < N; i++) {
		assert_int_equal(pt_fault(&g, i), 0);
		pt_check(&g, i);
		assert_int_equal(g.anon[i]->an_swslot, 0);
		pt_unlock(&g);
	}
	assert_int_equal(pt_counter(VMC_pageout), 0);
	assert_int_equal(pt_counter(VMC_drop_clean), 0);
	halt();
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

/* A read that fails loses that page, says so, and nothing else happens. */
static void
test_read_error(void **state)
{
	struct vm_swapview v;
	struct vm_conf conf;
	int i, lost = 0, error;

	pt_conf(&conf, 64, 256);
	conf.inject[VMI_swap_read].nth = 4;
	boot(&conf);
	for (i = 0; i < N; i++)
		pt_touch(&g, i);
	pt_evict(&g);
	assert_int_equal(uvm_swpgonly(), N);
	for (i = 0; i < N; i++) {
		error = pt_fault(&g, i);
		if (error == 0) {
			pt_check(&g, i);
			pt_unlock(&g);
			continue;
		}
		assert_int_equal(error, EIO);
		lost++;
		/* and for ever */
		assert_int_equal(pt_fault(&g, i), EIO);
	}
	assert_int_equal(lost, N / 4);
	assert_int_equal(pt_counter(VMC_pagein_error), lost);
	assert_int_equal(uvm_swap_view(0, &v), 0);
	assert_int_equal(v.nbad, lost);
	halt();
}

static void
evict_and_plant(void)
{
	int i;

	for (i = 0; i < N; i++)
		pt_touch(&g, i);
	assert_false(vm_plant_slot_corruption());	/* nothing on swap only */
	pt_evict(&g);
	assert_true(vm_plant_slot_corruption());
	for (i = 0; i < N; i++) {
		assert_int_equal(pt_fault(&g, i), 0);
		pt_unlock(&g);
	}
}

static void
test_corruption_is_seen(void **state)
{
	uint64_t bad = pt_incidents("content.slot", NULL);
	char text[512] = "";

	boot(NULL);
	evict_and_plant();
	assert_int_equal(pt_incidents("content.slot", text), bad + 1);
	assert_non_null(strstr(text, "is not what was written"));
	halt();
}

static void
put_one(struct vm_page *pg, int slot)
{
	assert_int_equal(uvm_swap_put(slot, &pg, 1), 0);
	uvm_aio_drain();
}

/* One cell differs: the report says which. */
static void
test_bad_cell_is_named(void **state)
{
	char path[] = "/tmp/paging-swap.XXXXXX", text[512] = "";
	uint64_t bad = pt_incidents("content.slot", NULL), x;
	struct vm_conf conf;
	struct vm_anon *anon;
	struct vm_page *pg;
	int fd = mkstemp(path), n = 1, slot;

	assert_true(fd >= 0);
	pt_conf(&conf, 64, 16);
	snprintf(conf.swap_path[0], sizeof(conf.swap_path[0]), "%s", path);
	boot(&conf);
	pt_touch(&g, 0);
	rw_enter_write(g.lock);
	anon = g.anon[0];
	pg = anon->an_page;
	slot = anon->an_swslot = uvm_swap_alloc(&n, FALSE);
	atomic_setbits_int(&pg->pg_flags, PG_BUSY);
	lk_node_have(LKN_PAGE, pg);
	pmap_clear_modify(pg);
	rw_exit_write(g.lock);
	put_one(pg, slot);
	assert_int_equal(vm_page_flags(pg) & (PG_BUSY | PG_CLEAN), PG_CLEAN);
	/* cell 5 of 64, on disk */
	assert_int_equal(pread(fd, &x, 8, (slot - 1) * 512 + 5 * 8), 8);
	assert_int_equal(x, page_load(pg, 5));
	x ^= 0x1000;
	assert_int_equal(pwrite(fd, &x, 8, (slot - 1) * 512 + 5 * 8), 8);
	pt_evict(&g);
	assert_int_equal(pt_fault(&g, 0), 0);
	assert_int_equal(page_load(g.anon[0]->an_page, 5), x);
	pt_unlock(&g);
	assert_int_equal(pt_incidents("content.slot", text), bad + 1);
	assert_non_null(strstr(text, "cell 5 differs"));
	halt();
	close(fd);
	unlink(path);
}

/* A slot that was reserved but never written must not pass for content. */
static void
test_unwritten_slot(void **state)
{
	uint64_t bad = pt_incidents("content.slot", NULL);
	struct vm_page *pg;
	int n = 1, slot;

	boot(NULL);
	slot = uvm_swap_alloc(&n, FALSE);
	pg = uvm_pagealloc(NULL, 0, NULL, 0);
	assert_non_null(pg);
	assert_int_equal(uvm_swap_get(pg, slot), 0);
	assert_int_equal(uvm_swap_get(pg, SWSLOT_BAD), EIO);
	assert_int_equal(pt_incidents("content.slot", NULL), bad + 1);
	uvm_lock_pageq();
	uvm_pagefree(pg);
	uvm_unlock_pageq();
	uvm_swap_free(slot, 1);
	halt();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_page_sizes),
		cmocka_unit_test(test_short_and_slow),
		cmocka_unit_test(test_write_errors),
		cmocka_unit_test(test_write_never),
		cmocka_unit_test(test_read_error),
		cmocka_unit_test(test_corruption_is_seen),
		cmocka_unit_test(test_bad_cell_is_named),
		cmocka_unit_test(test_unwritten_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

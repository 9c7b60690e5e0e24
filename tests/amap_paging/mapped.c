/*
 * The daemon against the processor: strands store through translations while
 * their pages are protected, written, dropped and read back.  A store that
 * slips in where it must not is lost, or makes a seal wrong (M54).
 */
#include "tests/amap_paging/paging.h"
#include "tests/size.h"

#define NSTRANDS	3
#define PAGES		30
#define TURNS		sized(6000, 2000)

static struct vm_space *space;
static uintptr_t base;
static _Atomic int wrong;
static _Atomic bool stop;

/*
 * Each strand has a cell of its own in every page, which counts its stores:
 * it always reads what it stored last.
 */
static void
counter(void *arg)
{
	uint64_t last[PAGES] = { 0 }, v;
	size_t me = (size_t)arg;
	uintptr_t va;
	int k, p;

	for (k = 0; k < TURNS; k++) {
		/* mostly the same few, so that they are met while in use */
		p = (int)lk_random_below(lk_random_below(4) == 0 ? PAGES : 6);
		va = base + (uintptr_t)p * vm_page_size() + me * 8;
		if (vm_load(space, va, &v, 1) != 0 || v != last[p])
			atomic_fetch_add(&wrong, 1);
		v = ++last[p];
		if (vm_store(space, va, &v, 1) != 0)
			atomic_fetch_add(&wrong, 1);
	}
	for (p = 0; p < PAGES; p++) {
		va = base + (uintptr_t)p * vm_page_size() + me * 8;
		if (vm_load(space, va, &v, 1) != 0 || v != last[p])
			atomic_fetch_add(&wrong, 1);
	}
}

/* Everything looks cold, all the time: the daemon takes what is in use. */
static void
cooler(void *arg)
{
	while (!atomic_load(&stop)) {
		(void)vm_madvise_cold(space, base,
		    base + PAGES * vm_page_size());
		vm_pressure(PAGES);
		lk_yield();
	}
}

static void
run(struct vm_conf *conf)
{
	uint64_t bad = pt_incidents("content.slot", NULL);
	uint64_t all = lk_incidents();
	struct lk_strand *s[NSTRANDS], *c;
	size_t i;

	conf->subject = NULL;
	pt_boot(conf);
	lk_seed(19);
	lk_perturb(10);
	assert_int_equal(vm_space_create(&space), 0);
	assert_int_equal(vm_mmap(space, &base, PAGES * vm_page_size(),
	    VM_PROT_READ | VM_PROT_WRITE, 0, NULL, 0), 0);
	atomic_store(&wrong, 0);
	atomic_store(&stop, false);
	assert_int_equal(lk_strand_start(&c, "cooler", cooler, NULL, NULL), 0);
	for (i = 0; i < NSTRANDS; i++)
		assert_int_equal(lk_strand_start(&s[i], "counter", counter,
		    (void *)i, NULL), 0);
	for (i = 0; i < NSTRANDS; i++)
		lk_strand_join(s[i]);
	atomic_store(&stop, true);
	lk_strand_join(c);
	lk_perturb(0);
	assert_int_equal(atomic_load(&wrong), 0);
	assert_true(pt_counter(VMC_pageout) > 100);
	assert_true(pt_counter(VMC_pagein) > 100);
	assert_true(pt_counter(VMC_drop_clean) > 100);
	vm_quiesce();
	assert_int_equal(vm_audit(), 0);
	vm_resume();
	vm_space_exit(space);
	pt_halt();
	assert_int_equal(pt_incidents("content.slot", NULL), bad);
	assert_int_equal(lk_incidents(), all);
}

static void
test_mapped(void **state)
{
	struct vm_conf conf;

	pt_conf(&conf, 24, 200);
	run(&conf);
}

/* Write errors on top: pages turn dirty again while they are mapped. */
static void
test_mapped_errors(void **state)
{
	struct vm_conf conf;

	pt_conf(&conf, 24, 4000);
	conf.inject[VMI_swap_write].ppm = 50000;
	conf.inject[VMI_swap_slow].ppm = 50000;
	run(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_mapped_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Everything at once: strands that fault, store, die and are born again, the
 * daemon, write-out, a walker, errors.  The content of each page is known.
 */
#include "tests/amap_paging/paging.h"
#include "tests/size.h"

#define NGROUPS		3
#define NSTRANDS	4
#define N		40
#define OPS		sized(1500, 300)

static struct pt_group g[NGROUPS];
static _Atomic bool stop;
static _Atomic int walks;

static void
storm_op(struct pt_group *mine, int i)
{
	int error = pt_fault(mine, i);

	if (error == ENOENT || error == EIO) {
		rw_enter_write(mine->lock);
		if (mine->anon[i] != NULL &&
		    mine->anon[i]->an_swslot == SWSLOT_BAD)
			pt_kill(mine, i);
		if (mine->anon[i] == NULL)
			pt_make(mine, i);
		pt_unlock(mine);
		return;
	}
	if (error != 0)
		return;
	pt_check(mine, i);
	if (lk_random_below(3) != 0)
		pt_store(mine, i);
	pt_unlock(mine);
}

static bool
storm_busy(const struct vm_anon *anon)
{
	return anon != NULL && anon->an_page != NULL &&
	    (vm_page_flags(anon->an_page) & PG_BUSY) != 0;
}

/* Dies whatever state it is in, and rather when that is a difficult one. */
static void
storm_kill(struct pt_group *mine, int i)
{
	int k;

	rw_enter_write(mine->lock);
	for (k = 0; k < N && !storm_busy(mine->anon[i]); k++)
		i = (i + 1) % N;
	if (mine->anon[i] != NULL)
		pt_kill(mine, i);
	pt_unlock(mine);
}

/*
 * A short life: the daemon and the I/O meet the pages of a group that goes,
 * lock and all, before they have let go of it.
 */
static void
storm_mayfly(uint64_t id)
{
	struct pt_group fly;
	int i;

	pt_group_make(&fly, id, 6);
	for (i = 0; i < 6; i++) {
		if (pt_fault(&fly, i) != 0)
			continue;
		pt_check(&fly, i);
		pt_store(&fly, i);
		uvm_lock_pageq();
		uvm_pagedeactivate(fly.anon[i]->an_page);
		uvm_unlock_pageq();
		pt_unlock(&fly);
	}
	vm_pressure(6);
	for (i = (int)lk_random_below(4); i > 0; i--)
		lk_yield();
	pt_group_free(&fly);
}

static void
storm(void *arg)
{
	int k;

	for (k = 0; k < OPS; k++) {
		struct pt_group *mine = &g[lk_random_below(NGROUPS)];
		int i = (int)lk_random_below(N);

		if (lk_random_below(40) == 0)
			storm_mayfly(1000 + (uint64_t)k);
		else if (lk_random_below(20) == 0)
			storm_kill(mine, i);
		else
			storm_op(mine, i);
	}
}

static void
walker(void *arg)
{
	int dev = 0;

	while (!atomic_load(&stop)) {
		if (vm_swapoff(dev) == 0) {
			atomic_fetch_add(&walks, 1);
			(void)vm_swapon(dev);
		}
		dev = 1 - dev;
		lk_yield();
	}
}

static void
run(struct vm_conf *conf)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	uint64_t bad = pt_incidents("content.slot", NULL);
	uint64_t all = lk_incidents();
	struct lk_strand *s[NSTRANDS], *w;
	int i;

	conf->nswap = 2;
	conf->swap_slots[0] = conf->swap_slots[1] = 200;
	pt_boot(conf);
	lk_perturb(20);
	for (i = 0; i < NGROUPS; i++)
		pt_group_make(&g[i], (uint64_t)i, N);
	pt_walk(g, NGROUPS);
	atomic_store(&stop, false);
	atomic_store(&walks, 0);
	assert_int_equal(lk_strand_start(&w, "walker", walker, NULL, NULL), 0);
	for (i = 0; i < NSTRANDS; i++)
		assert_int_equal(lk_strand_start(&s[i], "storm", storm, NULL,
		    NULL), 0);
	for (i = 0; i < NSTRANDS; i++)
		lk_strand_join(s[i]);
	atomic_store(&stop, true);
	lk_strand_join(w);
	lk_perturb(0);
	assert_true(atomic_load(&walks) > 0);
	assert_true(pt_counter(VMC_pagein) > 100);
	assert_true(pt_counter(VMC_pageout) > 100);
	assert_true(pt_counter(VMC_page_released) > 0);
	vm_quiesce();
	pt_audit(g, NGROUPS);
	vm_resume();
	for (i = 0; i < NGROUPS; i++)
		pt_group_free(&g[i]);
	pt_halt();
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
	assert_int_equal(pt_incidents("content.slot", NULL), bad);
	assert_int_equal(lk_incidents(), all);
}

static void
test_storm(void **state)
{
	struct vm_conf conf;

	pt_conf(&conf, 48, 0);
	run(&conf);
}

static void
test_storm_slow(void **state)
{
	struct vm_conf conf;

	pt_conf(&conf, 48, 0);
	conf.inject[VMI_swap_slow].ppm = 200000;
	conf.inject[VMI_swap_short].ppm = 300000;
	conf.io_strands = 4;
	run(&conf);
}

static void
test_storm_errors(void **state)
{
	struct vm_conf conf;

	pt_conf(&conf, 48, 0);
	conf.inject[VMI_swap_slow].ppm = 50000;
	conf.inject[VMI_swap_read].ppm = 10000;
	conf.inject[VMI_swap_write].ppm = 30000;
	conf.inject[VMI_swapslot].ppm = 100000;
	conf.inject[VMI_page].ppm = 30000;
	conf.inject[VMI_anon].ppm = 30000;
	run(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_storm_slow),
		cmocka_unit_test(test_storm_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Waiting for memory: whoever waits goes on, with a frame or with the news
 * that there is none to be had.
 */
#include "tests/amap_paging/paging.h"
#include "tests/size.h"

#define NSTRANDS	6
#define TURNS		sized(400, 150)
#define PAGES		10	/* each strand's, more than its share */

static struct pt_group g[NSTRANDS];
static _Atomic int failures;

static void
audit_and_halt(int n)
{
	int i;

	vm_quiesce();
	pt_audit(g, n);
	vm_resume();
	for (i = 0; i < n; i++)
		pt_group_free(&g[i]);
	pt_halt();
}

static void
hammer(void *arg)
{
	struct pt_group *mine = arg;
	int i;

	for (i = 0; i < TURNS; i++) {
		if (pt_fault(mine, i % PAGES) != 0) {
			atomic_fetch_add(&failures, 1);
			continue;
		}
		pt_check(mine, i % PAGES);
		pt_store(mine, i % PAGES);
		pt_unlock(mine);
	}
}

static void
run(void (*fn)(void *), int n)
{
	struct lk_strand *s[NSTRANDS];
	int i;

	for (i = 0; i < n; i++)
		assert_int_equal(lk_strand_start(&s[i], "hammer", fn, &g[i],
		    NULL), 0);
	for (i = 0; i < n; i++)
		lk_strand_join(s[i]);
}

/*
 * The smallest world there is, and all its strands wait all the time: each
 * wait-up of the daemon races with its going to sleep (R20).
 */
static void
test_all_wait(void **state)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	struct vm_conf conf;
	int i;

	pt_conf(&conf, 16, 256);
	pt_boot(&conf);
	lk_perturb(50);
	atomic_store(&failures, 0);
	for (i = 0; i < NSTRANDS; i++)
		pt_group_make(&g[i], (uint64_t)i, PAGES);
	run(hammer, NSTRANDS);
	lk_perturb(0);
	assert_int_equal(atomic_load(&failures), 0);
	assert_true(pt_counter(VMC_mem_wait) > 100);
	audit_and_halt(NSTRANDS);
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

/* Swap is far too small: some are told so, nobody hangs, nothing is lost. */
static void
test_too_small(void **state)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	struct vm_conf conf;
	int i;

	pt_conf(&conf, 16, 20);
	pt_boot(&conf);
	atomic_store(&failures, 0);
	for (i = 0; i < NSTRANDS; i++)
		pt_group_make(&g[i], (uint64_t)i, PAGES);
	run(hammer, NSTRANDS);
	assert_true(atomic_load(&failures) > 0);
	audit_and_halt(NSTRANDS);
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

/* One waiter, one frame: freed by somebody else, not by the daemon. */
static struct vm_page *hog[64];
static _Atomic bool got;

static void
waiter(void *arg)
{
	uvm_wait("test");
	atomic_store(&got, true);
}

static void
test_freed_by_others(void **state)
{
	struct lk_strand *s;
	int i, k, n;

	pt_boot(NULL);
	for (k = 0; k < 200; k++) {
		for (n = 0; n < 64; n++) {
			hog[n] = uvm_pagealloc(NULL, 0, NULL, 0);
			if (hog[n] == NULL)
				break;
		}
		atomic_store(&got, false);
		assert_int_equal(lk_strand_start(&s, "waiter", waiter, NULL,
		    NULL), 0);
		for (i = 0; i < n; i++) {
			uvm_lock_pageq();
			uvm_pagefree(hog[i]);
			uvm_unlock_pageq();
		}
		lk_strand_join(s);
		assert_true(atomic_load(&got));
	}
	pt_halt();
}

/* Nothing can be freed: the news comes, again and again; then it is better. */
static void
test_hopeless(void **state)
{
	int i, n, told;

	pt_boot(NULL);
	for (n = 0; n < 64; n++) {
		hog[n] = uvm_pagealloc(NULL, 0, NULL, 0);
		if (hog[n] == NULL)
			break;
		uvm_lock_pageq();
		uvm_pagewire(hog[n]);
		uvm_unlock_pageq();
	}
	for (told = 0; told < 20; )
		told += uvm_wait_fail("test") == ENOMEM;
	uvm_lock_pageq();
	for (i = 0; i < n; i++) {
		uvm_pageunwire(hog[i]);
		uvm_pagefree(hog[i]);
	}
	uvm_unlock_pageq();
	for (i = 0; i < 20; i++)
		assert_int_equal(uvm_wait_fail("test"), 0);
	pt_halt();
}

/* A frame that somebody has in hand may come back: that is not hopeless. */
static void
in_hand(void *arg)
{
	atomic_store(&got, false);
	while (uvm_pagealloc(NULL, 0, NULL, 0) == NULL)
		if (uvm_wait_fail("test") != 0)
			return;
	atomic_store(&got, true);
}

static void
test_in_hand(void **state)
{
	struct lk_strand *s;
	uint64_t scans;
	int n;

	pt_boot(NULL);
	for (n = 0; (hog[n] = uvm_pagealloc(NULL, 0, NULL, 0)) != NULL; n++) {
		if (n == 0)
			continue;
		uvm_lock_pageq();
		uvm_pagewire(hog[n]);
		uvm_unlock_pageq();
	}
	scans = pt_counter(VMC_daemon_scan);
	assert_int_equal(lk_strand_start(&s, "waiter", in_hand, NULL, NULL), 0);
	while (pt_counter(VMC_daemon_scan) < scans + 30)
		lk_yield();
	uvm_lock_pageq();
	uvm_pagefree(hog[0]);
	uvm_unlock_pageq();
	lk_strand_join(s);
	assert_true(atomic_load(&got));
	uvm_lock_pageq();
	while (--n > 0) {
		uvm_pageunwire(hog[n]);
		uvm_pagefree(hog[n]);
	}
	uvm_unlock_pageq();
	/* the one that the strand got is lost to us: look for it */
	for (n = 0; n < 64; n++) {
		struct vm_page *pg = &vmw()->vw_pages[n];

		if ((vm_page_flags(pg) & PQ_FREE) == 0) {
			uvm_lock_pageq();
			uvm_pagefree(pg);
			uvm_unlock_pageq();
		}
	}
	pt_halt();
}

/*
 * Swap is full, and all that can be freed is the frame that the waiter has
 * just read its page into; it needs another one as well.
 */
static void
both_frames(void *arg)
{
	struct vm_page *pg = NULL;
	int error = 0;

	while (pg == NULL && error == 0 && pt_fault(&g[0], 0) == 0) {
		pg = uvm_pagealloc(NULL, 0, NULL, 0);
		pt_unlock(&g[0]);
		if (pg == NULL)
			error = uvm_wait_fail("test");
	}
	atomic_store(&got, pg != NULL);
}

static void
test_thrash(void **state)
{
	struct lk_strand *s;
	struct vm_conf conf;
	int first[64], n[64], slots, i, hogs;

	pt_conf(&conf, 64, 64);
	pt_boot(&conf);
	pt_group_make(&g[0], 1, 2);
	pt_touch(&g[0], 0);
	pt_evict(&g[0]);
	pt_touch(&g[0], 1);
	for (slots = 0; slots < 64; slots++) {
		n[slots] = 16;
		first[slots] = uvm_swap_alloc(&n[slots], TRUE);
		if (first[slots] == 0)
			break;
	}
	for (hogs = 0; uvm_freeframes() > vmw()->vw_reserve + 1; hogs++) {
		hog[hogs] = uvm_pagealloc(NULL, 0, NULL, 0);
		assert_non_null(hog[hogs]);
		uvm_lock_pageq();
		uvm_pagewire(hog[hogs]);
		uvm_unlock_pageq();
	}
	for (i = 0; i < 3; i++) {
		assert_int_equal(lk_strand_start(&s, "waiter", both_frames,
		    NULL, NULL), 0);
		lk_strand_join(s);
		assert_false(atomic_load(&got));
	}
	uvm_lock_pageq();
	while (--hogs >= 0) {
		uvm_pageunwire(hog[hogs]);
		uvm_pagefree(hog[hogs]);
	}
	uvm_unlock_pageq();
	while (--slots >= 0)
		uvm_swap_free(first[slots], n[slots]);
	pt_touch(&g[0], 0);
	pt_touch(&g[0], 1);
	audit_and_halt(1);
}

/*
 * The daemon needs what a strand holds that waits for memory: a ring, and
 * the record has it.
 */
static _Atomic bool over;

static void
wait_with_pageq(void *arg)
{
	uvm_lock_pageq();
	while (!atomic_load(&over))
		uvm_wait("test");
	uvm_unlock_pageq();
}

static struct lk_strand_info seen[LK_MAXSTRAND];
static unsigned nseen;

static void
see(const struct lk_strand_info *i, void *arg)
{
	seen[nseen++] = *i;
}

static bool
ring_of_two(void)
{
	unsigned i, k;

	nseen = 0;
	lk_record_strands(lk_record_current(), see, NULL);
	for (i = 0; i < nseen; i++)
		for (k = 0; k < i; k++)
			if (lk_waits_for(&seen[i], &seen[k]) &&
			    lk_waits_for(&seen[k], &seen[i]))
				return true;
	return false;
}

static void
test_ring_through_memory(void **state)
{
	struct lk_strand *s;
	int n;

	pt_boot(NULL);
	for (n = 0; (hog[n] = uvm_pagealloc(NULL, 0, NULL, 0)) != NULL; n++)
		;
	atomic_store(&over, false);
	assert_false(ring_of_two());
	assert_int_equal(lk_strand_start(&s, "waiter", wait_with_pageq, NULL,
	    NULL), 0);
	while (!ring_of_two())
		lk_yield();
	atomic_store(&over, true);
	uvm_wakewaiters();
	lk_strand_join(s);
	uvm_lock_pageq();
	while (n-- > 0)
		uvm_pagefree(hog[n]);
	uvm_unlock_pageq();
	pt_halt();
}

/* Pages asked for, more than there are; parked and going on meanwhile. */
static void
test_pressure_and_park(void **state)
{
	int i;

	pt_boot(NULL);
	pt_group_make(&g[0], 1, 40);
	for (i = 0; i < 300; i++) {
		pt_touch(&g[0], i % 40);
		vm_pressure(1000);
		if (i % 3 == 0) {
			vm_quiesce();
			pt_audit(g, 1);
			vm_resume();
		}
	}
	audit_and_halt(1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_wait),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_freed_by_others),
		cmocka_unit_test(test_hopeless),
		cmocka_unit_test(test_in_hand),
		cmocka_unit_test(test_thrash),
		cmocka_unit_test(test_ring_through_memory),
		cmocka_unit_test(test_pressure_and_park),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

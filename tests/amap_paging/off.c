/*
 * Taking devices out of use and back, and devices that cannot be used at all.
 */
#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/amap_paging/paging.h"

#define N	40

static struct pt_group g[2];

static void
boot(struct vm_conf *conf)
{
	struct vm_conf two;

	if (conf == NULL) {
		pt_conf(&two, 128, 128);
		two.nswap = 2;
		two.swap_slots[1] = 128;
		conf = &two;
	}
	pt_boot(conf);
	lk_seed(13);
	pt_group_make(&g[0], 1, N);
	pt_group_make(&g[1], 2, N);
	pt_walk(g, 2);
}

static void
halt(void)
{
	vm_quiesce();
	pt_audit(g, 2);
	vm_resume();
	pt_group_free(&g[0]);
	pt_group_free(&g[1]);
	pt_halt();
}

static int
inuse(int dev)
{
	struct vm_swapview v;

	assert_int_equal(uvm_swap_view(dev, &v), 0);
	return v.ninuse - v.nbad;
}

static void
test_states(void **state)
{
	boot(NULL);
	assert_int_equal(vm_swap_count(), 2);
	assert_true(vm_swap_is_on(0) && vm_swap_is_on(1));
	assert_false(vm_swap_is_on(2) || vm_swap_is_on(-1));
	assert_int_equal(vm_swapon(0), EBUSY);
	assert_int_equal(vm_swapon(2), EINVAL);
	assert_int_equal(vm_swapoff(-1), EINVAL);
	assert_int_equal(vm_swapoff(0), 0);	/* nothing in use */
	assert_false(vm_swap_is_on(0));
	assert_int_equal(vm_swapoff(0), EINVAL);
	assert_int_equal(vm_swapoff(1), 0);
	assert_true(uvm_swapisfull());		/* there is none at all */
	assert_int_equal(vm_swapon(1), 0);
	assert_false(uvm_swapisfull());
	assert_int_equal(pt_counter(VMC_swapoff), 2);
	assert_int_equal(pt_counter(VMC_swapon), 1);
	halt();
}

/* Everything on the device comes in, nothing of it is given out any more. */
static void
test_pages_come_in(void **state)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	int i, k, n = 1, slot;

	boot(NULL);
	for (k = 0; k < 2; k++)
		for (i = 0; i < N; i++)
			pt_touch(&g[k], i);
	pt_evict(&g[0]);
	pt_evict(&g[1]);
	assert_true(inuse(0) > 0 && inuse(1) > 0);
	assert_int_equal(vm_swapoff(0), 0);
	assert_int_equal(inuse(0), 0);
	for (i = 0; i < 300; i++) {
		slot = uvm_swap_alloc(&n, FALSE);
		assert_true(slot == 0 || slot > 128);
		if (slot != 0)
			uvm_swap_free(slot, 1);
	}
	for (k = 0; k < 2; k++) {
		for (i = 0; i < N; i++) {
			rw_enter_write(g[k].lock);
			assert_true(g[k].anon[i]->an_swslot == 0 ||
			    g[k].anon[i]->an_swslot > 128);
			pt_unlock(&g[k]);
			pt_touch(&g[k], i);
		}
	}
	assert_int_equal(vm_swapon(0), 0);
	pt_evict(&g[0]);
	pt_evict(&g[1]);
	assert_true(inuse(0) > 0);
	halt();
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
}

/* Bad slots belong to nobody: they do not keep a device in use. */
static void
test_bad_slots(void **state)
{
	struct vm_swapview v;
	int i, n = 3, slot;

	boot(NULL);
	for (i = 0; i < 2; i++) {
		slot = uvm_swap_alloc(&n, FALSE);
		assert_true(slot > 0);
		uvm_swap_markbad(slot, 3);
	}
	for (i = 0; i < N; i++)
		pt_touch(&g[0], i);
	pt_evict(&g[0]);
	assert_int_equal(vm_swapoff(0), 0);
	assert_int_equal(uvm_swap_view(0, &v), 0);
	assert_int_equal(v.nbad, 0);	/* a new device next time */
	assert_int_equal(v.ninuse, 0);
	assert_int_equal(vm_swapon(0), 0);
	halt();
}

/* A page that the walk does not find keeps the device on. */
static void
test_busy(void **state)
{
	int i;

	boot(NULL);
	for (i = 0; i < N; i++)
		pt_touch(&g[1], i);
	pt_evict(&g[1]);
	assert_true(inuse(0) > 0);
	pt_walk(g, 1);			/* it will not see the second group */
	assert_int_equal(vm_swapoff(0), EBUSY);
	assert_true(vm_swap_is_on(0));
	assert_int_equal(pt_counter(VMC_swapoff_busy), 1);
	for (i = 0; i < N; i++)
		pt_touch(&g[1], i);
	pt_walk(g, 2);
	assert_int_equal(vm_swapoff(0), 0);
	halt();
}

/* One device and no frame to bring its pages to: ENOMEM, not a hang (R22). */
static void
test_nomem(void **state)
{
	struct vm_page *hog[65];
	int i, n = 0;

	pt_boot(NULL);			/* 64 frames, one device */
	pt_group_make(&g[0], 1, N);
	pt_group_make(&g[1], 2, 0);
	pt_walk(g, 2);
	for (i = 0; i < N; i++)
		pt_touch(&g[0], i);
	pt_evict(&g[0]);
	while ((hog[n] = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_USERESERVE)) !=
	    NULL && n < 44) {
		uvm_lock_pageq();
		uvm_pagewire(hog[n++]);
		uvm_unlock_pageq();
	}
	uvm_lock_pageq();
	uvm_pagefree(hog[n]);
	uvm_unlock_pageq();
	/* 20 frames for 40 pages, and nowhere else to put them */
	assert_int_equal(vm_swapoff(0), ENOMEM);
	assert_true(vm_swap_is_on(0));
	uvm_lock_pageq();
	while (n-- > 0) {
		uvm_pageunwire(hog[n]);
		uvm_pagefree(hog[n]);
	}
	uvm_unlock_pageq();
	assert_int_equal(vm_swapoff(0), 0);
	halt();
}

static _Atomic bool stop;

static void
toucher(void *arg)
{
	struct pt_group *mine = arg;

	while (!atomic_load(&stop)) {
		int i = (int)lk_random_below(N);

		if (pt_fault(mine, i) != 0)
			continue;
		pt_check(mine, i);
		if (lk_random_below(2) == 0)
			pt_store(mine, i);
		pt_unlock(mine);
		if (lk_random_below(8) == 0)
			vm_pressure(20);
	}
}

/* On and off between two devices while pages go in and out all the time. */
static void
test_while_paging(void **state)
{
	uint64_t wrong = pt_incidents("test.content", NULL);
	uint64_t bad = pt_incidents("content.slot", NULL);
	struct lk_strand *s[2];
	struct vm_conf conf;
	int error, i, off = 0;

	pt_conf(&conf, 40, 128);
	conf.nswap = 2;
	conf.swap_slots[1] = 128;
	boot(&conf);
	atomic_store(&stop, false);
	for (i = 0; i < 2; i++)
		assert_int_equal(lk_strand_start(&s[i], "toucher", toucher,
		    &g[i], NULL), 0);
	for (i = 0; off < 40 || pt_counter(VMC_pagein) < 1000; i++) {
		error = vm_swapoff(i % 2);
		assert_true(error == 0 || error == EBUSY);
		if (error != 0)
			continue;
		off++;
		assert_int_equal(inuse(i % 2), 0);
		assert_int_equal(vm_swapon(i % 2), 0);
	}
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++)
		lk_strand_join(s[i]);
	/* a repeat at rest succeeds */
	vm_quiesce();
	vm_resume();
	assert_int_equal(vm_swapoff(0), 0);
	halt();
	assert_int_equal(pt_incidents("test.content", NULL), wrong);
	assert_int_equal(pt_incidents("content.slot", NULL), bad);
}

/* => why */
static void
refused(struct vm_conf *conf, int error, const char *part)
{
	struct vm_world *w;
	char why[256] = "";

	assert_int_equal(lk_strand_adopt("test", NULL), 0);
	assert_int_equal(vm_world_create(conf, &w, why), error);
	if (strstr(why, part) == NULL)
		fail_msg("'%s' does not say '%s'", why, part);
	assert_null(strchr(why, '\n'));
	lk_strand_leave();
}

static void
test_no_device(void **state)
{
	char path[] = "/tmp/paging-swap.XXXXXX", fifo[64];
	struct vm_conf conf;
	struct stat st;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	pt_conf(&conf, 64, 64);
	strcpy(conf.swap_dir, "/nonexistent");
	refused(&conf, ENOENT, "/nonexistent");
	pt_conf(&conf, 64, 64);
	strcpy(conf.swap_path[0], "/nonexistent/swap");
	refused(&conf, ENOENT, "'/nonexistent/swap'");
	strcpy(conf.swap_path[0], fifo);
	refused(&conf, EINVAL, "neither a file nor a block device");
	unlink(fifo);
	strcpy(conf.swap_path[0], "/");
	refused(&conf, EISDIR, "cannot open");
	strcpy(conf.swap_path[0], path);
	conf.nswap = 2;
	strcpy(conf.swap_path[1], path);
	refused(&conf, EINVAL, "the same file");
	/* a file that is there is made large enough at once */
	conf.nswap = 1;
	pt_boot(&conf);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 64 * 512);
	pt_halt();
	close(fd);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_pages_come_in),
		cmocka_unit_test(test_bad_slots),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_nomem),
		cmocka_unit_test(test_while_paging),
		cmocka_unit_test(test_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <dirent.h>
#include <stdio.h>

#include "base_test.h"

static void
refused(const struct vm_conf *c, int error, const char *says)
{
	struct vm_world *w = (void *)1;
	char why[256];

	assert_int_equal(vm_world_create(c, &w, why), error);
	assert_null(w);
	assert_null(strchr(why, '\n'));
	if (strstr(why, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, says);
}

static void
test_conf(void **state)
{
	struct vm_conf good, c;

	assert_int_equal(lk_strand_adopt("test", NULL), 0);
	vm_conf_default(&good);
#define REFUSED(field, value, says)	do {				\
	c = good;							\
	c.field = (value);						\
	refused(&c, EINVAL, (says));					\
} while (0)
	REFUSED(page_size, 100, "page_size 100: expected a power of two");
	REFUSED(page_size, 32, "page_size 32");
	REFUSED(page_size, 131072, "64 to 65536");
	REFUSED(frames, 15, "frames 15: expected 16");
	REFUSED(frames, SIZE_MAX, "frames");
	REFUSED(arena, SIZE_MAX, "arena");
	REFUSED(nswap, 0, "nswap 0: expected 1 to 8");
	REFUSED(nswap, 9, "nswap 9");
	REFUSED(swap_slots[1], 0, "swap device 1 of 0 slots");
	REFUSED(swap_slots[0], SIZE_MAX, "swap device 0");
	REFUSED(io_strands, 0, "io_strands 0");
	REFUSED(io_strands, 1000, "io_strands 1000");
	REFUSED(scheme, "nonesuch", "'nonesuch'");
	REFUSED(inject[VMI_swap_read].ppm, 1000001, "swap_read");
#undef REFUSED
	c = good;
	memset(c.swap_dir, 'x', sizeof(c.swap_dir));
	refused(&c, EINVAL, "path");
	c = good;
	strcpy(c.swap_dir, "/nonexistent/dir");
	refused(&c, ENOENT, "/nonexistent/dir");
	assert_null(lk_strand_env());
	lk_strand_leave();
}

static size_t
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
count_strand(const struct lk_strand_info *in, void *arg)
{
	(*(size_t *)arg)++;
}

static size_t
live_strands(void)
{
	size_t n = 0;

	lk_record_strands(lk_record_current(), count_strand, &n);
	return n;
}

/* Worlds come and go, with all that belongs to them. */
static void
test_again(void **state)
{
	static const size_t page_sizes[] = { 64, 512, 4096, 65536 };
	struct vm_world *w;
	struct vm_conf c;
	char why[256];
	size_t files = 0, i;

	assert_int_equal(lk_strand_adopt("test", NULL), 0);
	for (i = 0; i < 20; i++) {
		vm_conf_default(&c);
		c.page_size = page_sizes[i % nitems(page_sizes)];
		c.frames = 16 + i;
		c.io_strands = 1 + (int)i % 4;
		if (vm_world_create(&c, &w, why) != 0)
			fail_msg("no world: %s", why);
		assert_ptr_equal(lk_strand_env(), w);
		assert_int_equal(vm_page_size(), c.page_size);
		assert_int_equal(1 << vm_page_shift(), c.page_size);
		assert_int_equal(uvm_freeframes(), c.frames);
		while (live_strands() != 2 + (size_t)c.io_strands)
			lk_yield();	/* they are on their way */
		assert_int_equal(atomic_load(&w->vw_gauges->lock_objects), 0);
		vm_quiesce();
		vm_resume();
		vm_world_destroy(w);
		assert_null(lk_strand_env());
		assert_int_equal(live_strands(), 1);
		if (i == 0)
			files = open_files();
	}
	assert_int_equal(open_files(), files);
	lk_strand_leave();
}

/* Lock objects live in the world's pool, so an audit can count them. */
static void
test_lockobj(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct rwlock *lk[10];
	int i;

	for (i = 0; i < 10; i++)
		rw_obj_alloc(&lk[i], "test");
	assert_int_equal(w->vw_lockobj_pool.pr_nout, 10);
	assert_int_equal(atomic_load(&w->vw_gauges->lock_objects), 10);
	rw_obj_hold(lk[0]);
	rw_obj_free(lk[0]);
	for (i = 0; i < 10; i++)
		rw_obj_free(lk[i]);
	assert_int_equal(w->vw_lockobj_pool.pr_nout, 0);
	base_down(w);
}

/* The sum of a page's life: stored, and there when asked for. */
static void
test_boots(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct vm_space *s;
	uintptr_t va = 0;
	uint64_t in = 0x1122334455667788, out = 0;

	assert_int_equal(vm_space_create(&s), 0);
	assert_int_equal(vm_mmap(s, &va, 16 * 4096, VM_PROT_READ |
	    VM_PROT_WRITE, 0, NULL, 0), 0);
	assert_int_equal(vm_store(s, va + 4096 + 8, &in, 1), 0);
	assert_int_equal(vm_load(s, va + 4096 + 8, &out, 1), 0);
	assert_int_equal(out, in);
	vm_quiesce();
	assert_int_equal(vm_audit(), 0);
	vm_resume();
	vm_space_exit(s);
	vm_quiesce();
	assert_int_equal(vm_audit_leaks(), 0);
	vm_resume();
	base_down(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conf),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_lockobj),
		cmocka_unit_test(test_boots),
	};

	return cmocka_run_group_tests_name("amap.world", tests, NULL, NULL);
}

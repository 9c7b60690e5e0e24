/*
 * map.c: entries: holes, clips, calls and what they refuse.
 */
#include "tests/amap_map/world.h"

#define ROOM	256

static struct vm_space *
start(void)
{
	struct vm_space *s;
	struct vm_conf c;

	tw_conf(&c, "ordered", 256, 1024);
	tw_start(&c);
	assert_int_equal(vm_space_create(&s), 0);
	return s;
}

static void
end(struct vm_space *s)
{
	vm_space_exit(s);
	tw_end();
}

static unsigned
first_fit(const bool *used, unsigned n)
{
	unsigned i, run = 0;

	for (i = 0; i < ROOM; i++) {
		run = used[i] ? 0 : run + 1;
		if (run == n)
			return i + 1 - n;
	}
	return ROOM;
}

static void
test_lowest_hole(void **state)
{
	struct vm_space *s = start();
	struct vm_map *map = &s->map;
	bool used[ROOM] = { false };
	unsigned round, at, n, i;
	uintptr_t va;

	map->max_offset = tw_page(ROOM);
	for (round = 0; round < 5000; round++) {
		n = 1 + (unsigned)lk_random_below(12);
		if (lk_random_below(2) == 0) {
			at = (unsigned)lk_random_below(ROOM - n);
			assert_int_equal(vm_munmap(s, tw_page(at),
			    tw_page(at + n)), 0);
			for (i = 0; i < n; i++)
				used[at + i] = false;
			continue;
		}
		at = first_fit(used, n);
		assert_int_equal(vm_mmap(s, &va, ptoa(n), TW_RW, 0, NULL, 0),
		    at == ROOM ? ENOMEM : 0);
		if (at == ROOM)
			continue;
		assert_int_equal(va, tw_page(at));
		for (i = 0; i < n; i++)
			used[at + i] = true;
		if (round % 50 == 0)
			tw_audit();
	}
	end(s);
}

static void
test_refusals(void **state)
{
	struct vm_space *s = start();
	uintptr_t va = tw_page(0) + 8;
	uint64_t v = 1;

	assert_int_equal(vm_mmap(s, &va, ptoa(1), TW_RW, VM_MAP_FIXED, NULL,
	    0), EINVAL);
	assert_int_equal(vm_mmap(s, &va, 0, TW_RW, 0, NULL, 0), EINVAL);
	va = 0;
	assert_int_equal(vm_mmap(s, &va, ptoa(1), TW_RW, VM_MAP_FIXED, NULL,
	    0), EINVAL);
	assert_int_equal(vm_mmap(s, &va, (size_t)1 << 47, TW_RW, 0, NULL, 0),
	    EINVAL);
	assert_int_equal(vm_munmap(s, tw_page(2), tw_page(1)), EINVAL);
	tw_mmap(s, 0, 4, 0);
	tw_mmap(s, 6, 4, 0);
	assert_int_equal(vm_mprotect(s, tw_page(0), tw_page(8), TW_RW),
	    EFAULT);
	assert_int_equal(vm_mlock(s, tw_page(0), tw_page(8)), EFAULT);
	assert_int_equal(vm_move(s, tw_page(0), ptoa(8), tw_page(20)), EFAULT);
	assert_int_equal(vm_move(s, tw_page(0), ptoa(4), tw_page(5)), ENOMEM);
	assert_int_equal(vm_load(s, tw_page(5), &v, 1), EFAULT);
	assert_int_equal(vm_store(s, tw_page(5), &v, 1), EFAULT);
	assert_int_equal(vm_mprotect(s, tw_page(0), tw_page(1), VM_PROT_READ),
	    0);
	assert_int_equal(vm_store(s, tw_page(0), &v, 1), EACCES);
	assert_int_equal(vm_load(s, tw_page(0), &v, 1), 0);
	assert_int_equal(vm_mprotect(s, tw_page(0), tw_page(1), VM_PROT_NONE),
	    0);
	assert_int_equal(vm_load(s, tw_page(0), &v, 1), EACCES);
	end(s);
}

static void
test_entries_bounded(void **state)
{
	struct vm_space *s = start();
	int i;

	tw_mmap(s, 0, 32, 0);
	assert_int_equal(vm_space_entries(s), 1);
	for (i = 0; i < 100; i++) {
		assert_int_equal(vm_mprotect(s, tw_page(8), tw_page(16),
		    i % 2 ? TW_RW : VM_PROT_READ), 0);
		assert_int_equal(vm_space_entries(s), 3);
	}
	end(s);
}

/* Pieces of a wired entry keep what they wired, and no more. */
static void
test_clip_wired(void **state)
{
	struct vm_space *s = start();
	unsigned i;

	tw_mmap(s, 0, 8, 0);
	for (i = 0; i < 8; i++)
		tw_store(s, i, 100 + i);
	assert_int_equal(vm_mlock(s, tw_page(0), tw_page(8)), 0);
	assert_int_equal(vmw()->vw_nwired, 8);
	assert_int_equal(vm_munmap(s, tw_page(3), tw_page(5)), 0);
	assert_int_equal(vmw()->vw_nwired, 6);
	tw_audit();
	assert_int_equal(vm_move(s, tw_page(5), ptoa(3), tw_page(40)), 0);
	assert_int_equal(tw_load(s, 41), 106);
	assert_int_equal(vmw()->vw_nwired, 6);
	assert_int_equal(vm_munlock(s, tw_page(41), tw_page(42)), 0);
	assert_int_equal(vmw()->vw_nwired, 5);
	tw_audit();
	end(s);
}

/* A read-only wired page that a sharer of the amap replaces. */
static void
test_wired_replaced(void **state)
{
	struct vm_space *a = start(), *b, *copy;

	tw_mmap(a, 0, 1, VM_MAP_SHARED);
	tw_store(a, 0, 1);
	assert_int_equal(vm_fork(a, &b), 0);
	assert_int_equal(vm_minherit(b, tw_page(0), tw_page(1),
	    VM_INHERIT_COPY), 0);
	assert_int_equal(vm_fork(b, &copy), 0);
	assert_int_equal(vm_mprotect(a, tw_page(0), tw_page(1), VM_PROT_READ),
	    0);
	assert_int_equal(vm_mlock(a, tw_page(0), tw_page(1)), 0);
	tw_store(b, 0, 2);
	tw_audit();
	vm_space_exit(copy);		/* the old page goes, wired */
	tw_audit();
	assert_int_equal(vmw()->vw_nwired, 0);
	assert_int_equal(tw_load(a, 0), 2);
	assert_int_equal(vmw()->vw_nwired, 1);
	tw_audit();
	vm_space_exit(a);
	assert_int_equal(vmw()->vw_nwired, 0);
	end(b);
}

static void
test_lock_again(void **state)
{
	struct vm_space *s = start();
	int i;

	tw_mmap(s, 0, 4, 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(vm_mlock(s, tw_page(0), tw_page(4)), 0);
	assert_int_equal(vmw()->vw_nwired, 4);
	assert_int_equal(vm_munlock(s, tw_page(0), tw_page(4)), 0);
	assert_int_equal(vmw()->vw_nwired, 0);
	end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lowest_hole),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_entries_bounded),
		cmocka_unit_test(test_clip_wired),
		cmocka_unit_test(test_wired_replaced),
		cmocka_unit_test(test_lock_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

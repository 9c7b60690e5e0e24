/*
 * fault.c: each case of a fault by itself, and what happens when memory or
 * the device fails.
 */
#include "tests/amap_map/world.h"

static struct vm_conf conf;

static struct vm_space *
start(size_t frames, size_t slots)
{
	struct vm_space *s;

	if (conf.page_size == 0)
		tw_conf(&conf, "ordered", frames, slots);
	tw_start(&conf);
	assert_int_equal(vm_space_create(&s), 0);
	return s;
}

static void
end(struct vm_space *s)
{
	vm_space_exit(s);
	tw_end();
	conf.page_size = 0;
}

/* What the last operation counted. */
static uint64_t
since(enum vm_counter c, uint64_t *mark)
{
	uint64_t n = tw_count(c) - *mark;

	*mark += n;
	return n;
}

static void
test_cases(void **state)
{
	struct vm_space *s = start(256, 1024), *child;
	uint64_t z = 0, a = 0, b = 0;

	since(VMC_fault_zero, &z), since(VMC_fault_1a, &a);
	since(VMC_fault_1b, &b);
	tw_mmap(s, 0, 4, 0);
	assert_int_equal(tw_load(s, 0), 0);
	assert_int_equal(since(VMC_fault_zero, &z), 1);
	tw_store(s, 0, 5);		/* mapped for stores already */
	assert_int_equal(since(VMC_fault_1a, &a), 0);
	assert_int_equal(vm_fork(s, &child), 0);
	tw_store(s, 0, 6);
	assert_int_equal(since(VMC_fault_1b, &b), 1);
	assert_int_equal(tw_load(child, 0), 5);
	assert_int_equal(since(VMC_fault_1a, &a), 1);
	tw_store(child, 0, 7);		/* last reference: mapped for stores */
	assert_int_equal(since(VMC_fault_1b, &b), 0);
	assert_int_equal(since(VMC_fault_1a, &a), 0);
	assert_int_equal(tw_load(s, 0), 6);
	vm_space_exit(child);
	end(s);
}

static void
test_object(void **state)
{
	struct vm_space *s = start(256, 1024), *child;
	struct vm_object *o;
	uintptr_t va = tw_page(0), sh = tw_page(20);
	uint64_t v = 9;

	assert_int_equal(vm_object_create(7, 8, &o), 0);
	assert_int_equal(vm_mmap(s, &va, ptoa(10), TW_RW, VM_MAP_FIXED, o, 0),
	    0);
	assert_int_equal(vm_mmap(s, &sh, ptoa(4), TW_RW, VM_MAP_FIXED |
	    VM_MAP_SHARED, o, ptoa(2)), 0);
	vm_object_rele(o);
	assert_int_equal(tw_load(s, 3), vm_object_cell(7, 3, 0));
	assert_int_equal(tw_load(s, 21), vm_object_cell(7, 3, 0));
	assert_int_equal(vm_store(s, tw_page(21), &v, 1), EACCES);
	assert_int_equal(vm_load(s, tw_page(9), &v, 1), EFAULT);
	assert_int_equal(vm_fork(s, &child), 0);
	tw_store(s, 3, 1);
	assert_int_equal(tw_load(s, 3), 1);
	assert_int_equal(tw_load(child, 3), vm_object_cell(7, 3, 0));
	assert_int_equal(tw_load(s, 21), vm_object_cell(7, 3, 0));
	assert_int_equal(vm_load(s, tw_page(3) + 8, &v, 1), 0);
	assert_int_equal(v, vm_object_cell(7, 3, 1));
	tw_audit();
	vm_space_exit(child);
	end(s);
}

/* A sharer who reads the object's page must see the anon that replaces it. */
static void
test_object_shared_amap(void **state)
{
	struct vm_space *s = start(256, 1024), *other;
	struct vm_object *o;
	uintptr_t va = tw_page(0);

	assert_int_equal(vm_object_create(7, 8, &o), 0);
	assert_int_equal(vm_mmap(s, &va, ptoa(8), TW_RW, VM_MAP_FIXED, o, 0),
	    0);
	vm_object_rele(o);
	assert_int_equal(vm_minherit(s, va, tw_page(8), VM_INHERIT_SHARE), 0);
	assert_int_equal(vm_fork(s, &other), 0);
	assert_int_equal(tw_load(other, 2), vm_object_cell(7, 2, 0));
	tw_store(s, 2, 99);
	assert_int_equal(tw_load(other, 2), 99);
	vm_space_exit(other);
	end(s);
}

static void
test_neighbours(void **state)
{
	struct vm_space *s = start(256, 1024), *child;
	uint64_t faults = 0;
	unsigned i;

	tw_mmap(s, 0, 16, 0);
	for (i = 0; i < 16; i++)
		tw_store(s, i, i);
	assert_int_equal(vm_fork(s, &child), 0);
	since(VMC_fault_read, &faults);
	for (i = 0; i < 16; i++)
		assert_int_equal(tw_load(child, i), i);
	/* NEEDSCOPY is resolved by the first, which maps the others, too. */
	assert_int_equal(since(VMC_fault_read, &faults), 1);
	tw_audit();
	vm_space_exit(child);
	end(s);
}

/* More pages than frames and swap together: somebody has to be told. */
static void
test_out_of_memory(void **state)
{
	struct vm_space *s = start(32, 16);
	unsigned i, failed = 0;
	uint64_t v;

	tw_mmap(s, 0, 128, 0);
	for (i = 0; i < 128; i++) {
		v = i + 1;
		switch (vm_store(s, tw_page(i), &v, 1)) {
		case 0:
			break;
		case ENOMEM:
			failed++;
			break;
		default:
			fail_msg("page %u", i);
		}
	}
	assert_true(failed > 0 && failed < 128);
	tw_audit();
	assert_int_equal(vm_munmap(s, tw_page(0), tw_page(64)), 0);
	tw_mmap(s, 200, 2, 0);
	tw_store(s, 200, 1);
	end(s);
}

static void
page_out_all(struct vm_space *s, unsigned npages)
{
	assert_int_equal(vm_madvise_cold(s, tw_page(0), tw_page(npages)), 0);
	while (vm_mapped(s, tw_page(0)) || uvm_swpgonly() == 0) {
		vm_pressure(npages);
		vm_quiesce();
		vm_resume();
		assert_int_equal(vm_madvise_cold(s, tw_page(0),
		    tw_page(npages)), 0);
	}
}

static void
test_lost_page(void **state)
{
	struct vm_space *s, *child;
	uint64_t v;

	tw_conf(&conf, "ordered", 64, 256);
	conf.inject[VMI_swap_read].nth = 1;
	s = start(0, 0);
	tw_mmap(s, 0, 4, 0);
	tw_store(s, 0, 1);
	page_out_all(s, 1);
	assert_int_equal(vm_fork(s, &child), 0);
	assert_int_equal(vm_load(s, tw_page(0), &v, 1), EIO);
	assert_int_equal(vm_load(s, tw_page(0), &v, 1), EIO);
	assert_int_equal(vm_load(child, tw_page(0), &v, 1), EIO);
	assert_int_equal(vm_store(child, tw_page(0), &v, 1), EIO);
	assert_int_equal(vm_mlock(child, tw_page(0), tw_page(4)), EIO);
	tw_audit();
	assert_int_equal(vm_madvise_free(s, tw_page(0), tw_page(1)), 0);
	vm_space_exit(child);
	/* Alone with it: dropped, and zero again. */
	tw_store(s, 1, 1);
	assert_int_equal(vm_madvise_free(s, tw_page(0), tw_page(1)), 0);
	assert_int_equal(tw_load(s, 0), 0);
	end(s);
}

/* The amap has no chunk for the slot: it is made, and the fault comes back. */
static void
test_populate(void **state)
{
	struct vm_space *s;
	unsigned i;

	tw_conf(&conf, "ordered", 256, 1024);
	conf.inject[VMI_chunk].nth = 2;
	s = start(0, 0);
	tw_mmap(s, 0, 1024, VM_MAP_STACK);
	for (i = 0; i < 1024; i += 32)
		tw_store(s, i, i + 1);
	for (i = 0; i < 1024; i += 32)
		assert_int_equal(tw_load(s, i), i + 1);
	assert_true(tw_count(VMC_injected) > 0);
	end(s);
}

/* A wired parent does not fault, and what its child has is a copy. */
static void
test_wired_fork(void **state)
{
	struct vm_space *s = start(256, 1024), *child;
	uint64_t w = 0;
	unsigned i;

	tw_mmap(s, 0, 8, 0);
	for (i = 0; i < 8; i++)
		tw_store(s, i, i + 1);
	assert_int_equal(vm_mlock(s, tw_page(0), tw_page(8)), 0);
	assert_int_equal(vm_fork(s, &child), 0);
	since(VMC_fault_write, &w);
	for (i = 0; i < 8; i++)
		tw_store(s, i, 100 + i);
	assert_int_equal(since(VMC_fault_write, &w), 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(tw_load(child, i), i + 1);
	assert_int_equal(vmw()->vw_nwired, 8);
	vm_space_exit(s);
	end(child);
}

/* Sharing needs an amap of its own; without memory the fork did not happen. */
static void
test_share_fails(void **state)
{
	struct vm_space *s, *child, *child2;
	unsigned i;

	tw_conf(&conf, "ordered", 256, 1024);
	conf.inject[VMI_chunk].nth = 5;
	s = start(0, 0);
	vm_inject_on(false);
	tw_mmap(s, 0, 1024, VM_MAP_STACK);
	for (i = 0; i < 1024; i += 16)
		tw_store(s, i, i + 1);
	assert_int_equal(vm_fork(s, &child), 0);
	assert_int_equal(vm_minherit(s, tw_page(0), tw_page(1024),
	    VM_INHERIT_SHARE), 0);
	vm_inject_on(true);
	assert_int_equal(vm_fork(s, &child2), ENOMEM);
	vm_inject_on(false);
	tw_audit();
	for (i = 0; i < 1024; i += 16)
		assert_int_equal(tw_load(s, i), i + 1);
	assert_int_equal(vm_fork(s, &child2), 0);
	tw_store(s, 16, 1);
	assert_int_equal(tw_load(child, 16), 17);
	assert_int_equal(tw_load(child2, 16), 1);
	vm_space_exit(child);
	vm_space_exit(child2);
	end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_object),
		cmocka_unit_test(test_object_shared_amap),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_lost_page),
		cmocka_unit_test(test_populate),
		cmocka_unit_test(test_wired_fork),
		cmocka_unit_test(test_share_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

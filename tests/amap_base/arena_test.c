#include "base_test.h"

static void
tiny_arena(struct vm_conf *c)
{
	c->arena = 1 << 20;
}

static void
test_alloc(void **state)
{
	struct vm_arena *a;
	char *p, *q;
	size_t align;

	assert_int_equal(lk_strand_adopt("test", NULL), 0);
	assert_int_equal(vm_arena_create(8 << 20, NULL, &a), 0);
	q = NULL;
	for (align = 1; align <= 65536; align *= 2) {
		p = vm_arena_alloc(a, 100, align);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % align, 0);
		assert_true(p >= q);
		q = p + 100;
		memset(p, 0xff, 100);
	}
	assert_null(vm_arena_alloc(a, 8 << 20, 16));
	assert_null(vm_arena_alloc(a, SIZE_MAX, 16));
	assert_non_null(vm_arena_alloc(a, 1 << 20, 16));
	vm_arena_destroy(a);
	lk_strand_leave();
}

static void
test_blocks(void **state)
{
	struct vm_world *w = base_boot(NULL);
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 48, 49, 1000, 4096,
	    65536, 1000000 };
	char *p[nitems(sizes)];
	size_t i, j, live = kern_malloc_live();

	for (i = 0; i < nitems(sizes); i++) {
		p[i] = kern_mallocarray(sizes[i], 1, M_UVMAMAP,
		    M_WAITOK | M_ZERO);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		for (j = 0; j < sizes[i]; j++)
			assert_int_equal(p[i][j], 0);
		memset(p[i], 0xff, sizes[i]);
	}
	assert_int_equal(kern_malloc_live(), live + nitems(sizes));
	for (i = 0; i < nitems(sizes); i++)
		kern_free(p[i], M_UVMAMAP, sizes[i]);
	assert_int_equal(kern_malloc_live(), live);
	/* what was dirty comes back zeroed when asked so */
	p[0] = kern_mallocarray(125, 8, M_UVMAMAP, M_NOWAIT | M_ZERO);
	for (j = 0; j < 1000; j++)
		assert_int_equal(p[0][j], 0);
	kern_free(p[0], M_UVMAMAP, 0);
	kern_free(NULL, M_UVMAMAP, 8);
	assert_null(kern_mallocarray(SIZE_MAX / 2, 8, M_UVMAMAP, M_NOWAIT));
	base_down(w);
}

static void
test_reuse(void **state)
{
	struct vm_world *w = base_boot(tiny_arena);
	void *p;
	int i;

	for (i = 0; i < 100000; i++) {
		p = kern_mallocarray(1000, 8, M_UVMAMAP, M_NOWAIT);
		assert_non_null(p);
		kern_free(p, M_UVMAMAP, 8000);
	}
	base_down(w);
}

static void
test_misuse(void **state)
{
	struct vm_world *w = base_boot(NULL);
	uint64_t size = base_incidents("malloc.bad-size");
	uint64_t twice = base_incidents("malloc.bad-free");
	size_t live = kern_malloc_live();
	void *p;

	p = kern_mallocarray(10, 4, M_UVMAMAP, M_WAITOK);
	kern_free(p, M_UVMAMAP, 44);
	assert_int_equal(base_incidents("malloc.bad-size"), size + 1);
	kern_free(p, M_UVMAMAP, 40);
	assert_int_equal(base_incidents("malloc.bad-free"), twice + 1);
	assert_int_equal(kern_malloc_live(), live);
	base_expect(2);
	base_down(w);
}

static void
take_waiting(void *arg)
{
	void **p = arg;

	*p = kern_mallocarray(100000, 1, M_UVMAMAP, M_WAITOK);
}

/* Who may wait does, says so, and goes on when something is freed. */
static void
test_exhausted(void **state)
{
	struct vm_world *w = base_boot(tiny_arena);
	uint64_t said = base_incidents("vm.arena-exhausted");
	struct lk_strand *st;
	void *p, *last = NULL, *got = NULL;

	while ((p = kern_mallocarray(100000, 1, M_UVMAMAP, M_NOWAIT)) != NULL)
		last = p;
	assert_non_null(last);
	assert_int_equal(base_incidents("vm.arena-exhausted"), said);
	assert_int_equal(lk_strand_start(&st, "waiter", take_waiting, &got,
	    NULL), 0);
	while (base_incidents("vm.arena-exhausted") == said)
		lk_yield();
	kern_free(last, M_UVMAMAP, 100000);
	lk_strand_join(st);
	assert_ptr_equal(got, last);
	base_expect(base_incidents("vm.arena-exhausted") - said);
	base_down(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_exhausted),
	};

	return cmocka_run_group_tests_name("amap.arena", tests, NULL, NULL);
}

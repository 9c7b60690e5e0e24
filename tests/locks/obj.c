/* obj.c: counted lock objects. */
#include "tests/locks/t.h"

static struct rwlock *obj;
static long plain;

static void
references(void **state)
{
	struct rwlock *rw;

	rw_obj_alloc(&rw, "obj");
	assert_int_equal(rw_obj_refs(rw), 1);
	rw_obj_hold(rw);
	assert_int_equal(rw_obj_refs(rw), 2);
	assert_int_equal(rw_obj_free(rw), 0);
	rw_enter(rw, RW_WRITE);
	rw_exit(rw);
	assert_int_equal(rw_obj_free(rw), 1);
	assert_int_equal(lk_incidents(), 0);
}

static void
share(void *arg)
{
	int i;

	for (i = 0; i < 2000; i++) {
		rw_obj_hold(obj);
		rw_enter(obj, RW_WRITE);
		plain++;
		rw_exit(obj);
		assert_int_equal(rw_obj_free(obj), 0);
	}
	rw_obj_free(obj);
}

/* The last one out frees it; what it guarded is seen by that one. */
static void
shared(void **state)
{
	struct lk_strand *st[4];
	unsigned i;

	rw_obj_alloc(&obj, "shared");
	for (i = 0; i < LEN(st); i++)
		rw_obj_hold(obj);
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("share", share, NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	assert_int_equal(rw_obj_refs(obj), 1);
	assert_int_equal(rw_obj_free(obj), 1);
	assert_int_equal(plain, 8000);
}

/* An allocator of one's own; it may have nothing at first. */
static int asked, given_back;
static _Alignas(64) char arena[256];

static void *
get(size_t n)
{
	assert_true(n <= sizeof(arena));
	return ++asked < 3 ? NULL : arena;
}

static void
put(void *p, size_t n)
{
	assert_ptr_equal(p, arena);
	given_back++;
}

static void
allocator(void **state)
{
	static const struct lk_obj_alloc mine = { get, get, put };
	struct rwlock *rw, *none = NULL;

	lk_obj_allocator(&mine);
	assert_false(rw_obj_try_alloc(&none, "none yet"));
	assert_null(none);
	rw_obj_alloc(&rw, "arena");
	assert_ptr_equal(rw, arena);
	assert_int_equal(asked, 3);
	/* while its memory is there, a dead one is told */
	assert_int_equal(rw_obj_free(rw), 1);
	assert_int_equal(given_back, 1);
	assert_int_equal(rw_obj_free(rw), 0);
	rw_obj_hold(rw);
	assert_int_equal(t_incidents("obj.no-reference", NULL), 2);
	assert_int_equal(given_back, 1);
	lk_obj_allocator(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references), cmocka_unit_test(shared),
		cmocka_unit_test(allocator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * order.c: which lock each scheme waits for under which, from the record.
 */
#include "tests/amap_subject/stubs.h"

#define FIRST	1000
#define END	2000

enum { A, L, NLOCK };
static bool waits[NLOCK][NLOCK];	/* [held][wanted] */

static int
lock_of(struct lk_record *rec, const struct lk_node_info *node)
{
	struct lk_class_info cl;

	if (node->kind != LKN_LOCK || !lk_record_class(rec, node->class, &cl))
		return -1;
	if (strcmp(cl.name, "amaplk") == 0)
		return A;
	return strcmp(cl.name, "amaplstlk") == 0 ? L : -1;
}

static void
dep(const struct lk_dep_info *d, void *rec)
{
	int from, to = lock_of(rec, &d->want);
	uint32_t i;

	for (i = 0; i < d->nheld; i++) {
		from = lock_of(rec, &d->held[i]);
		if (from >= 0 && to >= 0)
			waits[from][to] = true;
	}
}

static void
drop_it(struct vm_amap *amap, struct vm_anon *anon)
{
	drop(amap);
}

/* One of everything that takes either lock. */
static void
exercise(void)
{
	struct vm_map_entry c = entry_of(20), e = entry_of(20);
	struct vm_aref right;
	int i;

	amap_copy(&test_map, &e, M_WAITOK, FALSE, 0, 0);
	for (i = 0; i < 20; i++)
		put(&e.aref, i, 0, FIRST + i);
	c = e;
	amap_ref(e.aref.ar_amap, 0, 20, 0);
	c.etype |= UVM_ET_NEEDSCOPY;
	amap_copy(&test_map, &c, M_NOWAIT, FALSE, 0, 0);
	assert_int_equal(amap_swap_off(FIRST, END), FALSE);
	amap_cow_now(&test_map, &c);
	amap_splitref(&c.aref, &right, 10 * PAGE);
	amap_unref(right.ar_amap, 10, 10, FALSE);
	amap_unref(c.aref.ar_amap, 0, 10, FALSE);
	amap_populate(&e.aref, 0);
	amap_lock(e.aref.ar_amap);
	page_out(amap_lookup(&e.aref, 0), FIRST);
	amap_unlock(e.aref.ar_amap);
	stub.on_pagein = drop_it;
	assert_int_equal(amap_swap_off(FIRST, END), FALSE);
	assert_int_equal(counted(VMC_wipe_deferred), 1);
}

static void
record(const char *scheme)
{
	struct lk_record *rec;

	assert_int_equal(lk_record_create(NULL, &rec), 0);
	world_up(scheme);
	exercise();
	world_down();
	memset(waits, 0, sizeof(waits));
	lk_record_deps(rec, 1, dep, rec);
	lk_record_close(rec);
	/* never two amaps at once */
	assert_false(waits[A][A]);
	assert_false(waits[L][L]);
}

static void
ordered(void **state)
{
	record("ordered");
	assert_true(waits[L][A]);
	assert_false(waits[A][L]);
}

static void
trylock(void **state)
{
	record("trylock");
	assert_true(waits[A][L]);
	assert_false(waits[L][A]);
}

/* It is there to be found out. */
static void
blocking(void **state)
{
	record("blocking");
	assert_true(waits[A][L]);
	assert_true(waits[L][A]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordered),
		cmocka_unit_test(trylock),
		cmocka_unit_test(blocking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * swapoff.c: the walk, under each scheme.
 */
#include "tests/amap_subject/stubs.h"

#define FIRST	1000	/* the range of swap slots that is emptied */
#define END	2000

static const char *const schemes[] = { "ordered", "trylock", "blocking" };
#define EACH_SCHEME(i)	for (i = 0; i < 3; i++)

/* => slots of the amap whose anon lies in the range */
static int
in_range(struct vm_amap *amap)
{
	struct vm_amap_chunk *chunk;
	int i, n = 0;

	amap_lock(amap);
	AMAP_CHUNK_FOREACH(chunk, amap) {
		for (i = 0; i < chunk->ac_nslot; i++)
			n += chunk->ac_anon[i] != NULL &&
			    chunk->ac_anon[i]->an_swslot >= FIRST &&
			    chunk->ac_anon[i]->an_swslot < END;
	}
	amap_unlock(amap);
	return n;
}

static struct vm_amap *
swapped(int npages, int lazy, int step)
{
	struct vm_aref aref = { 0, amap_of(npages, lazy) };
	int s;

	for (s = 0; s < npages; s += step)
		put(&aref, s, 0, FIRST + s);
	return aref.ar_amap;
}

static void
table(void **state)
{
	const struct vm_row *rows;
	size_t i, n;

	rows = vm_schemes(&n);
	assert_int_equal(n, 3);
	for (i = 0; i < n; i++) {
		assert_string_equal(rows[i].name, schemes[i]);
		assert_true(strlen(rows[i].help) > 20);
		assert_string_equal(swapoff_scheme_find(rows[i].name)->name,
		    rows[i].name);
	}
	assert_null(swapoff_scheme_find("backwards"));
}

/* Everything in the range comes in, what is beside it stays. */
static void
brings_in(void **state)
{
	struct vm_aref aref;
	struct vm_amap *amap[6];
	int i, j;

	EACH_SCHEME(i) {
		world_up(schemes[i]);
		amap[0] = swapped(1, 0, 1);
		amap[1] = amap_of(40, 0);	/* empty */
		amap[2] = swapped(16, 0, 2);
		amap[3] = swapped(700, 0, 3);
		amap[4] = swapped(700, 1, 50);
		amap[5] = amap_of(10, 0);
		aref.ar_amap = amap[5];
		aref.ar_pageoff = 0;
		put(&aref, 0, 0, FIRST - 1);
		put(&aref, 1, 0, END);
		put(&aref, 2, 0, FIRST);
		put(&aref, 3, 0, END - 1);
		put(&aref, 4, 5, 0);
		assert_int_equal(in_range(amap[5]), 2);

		assert_int_equal(amap_swap_off(FIRST, END), FALSE);
		for (j = 0; j < 6; j++) {
			assert_int_equal(in_range(amap[j]), 0);
			assert_int_equal(amap_flags(amap[j]), 0);
			check_amap(amap[j]);
		}
		assert_int_equal(get(&aref, 0)->an_swslot, FIRST - 1);
		assert_int_equal(get(&aref, 1)->an_swslot, END);
		assert_int_equal(stub.pageins, 1 + 8 + 234 + 14 + 2);
		assert_int_equal(counted(VMC_walk_pagein), stub.pageins);
		assert_int_equal(counted(VMC_walk_restart), stub.pageins);
		assert_int_equal(counted(VMC_walk_amaps), 6);
		aref.ar_amap = amap[3];
		assert_int_equal(value_of(&aref, 333), FIRST + 333);
		assert_int_equal(list_length(), 6);
		for (j = 0; j < 6; j++)
			drop(amap[j]);
		world_down();
	}
}

/* It gives up, and can be tried again. */
static void
no_memory(void **state)
{
	struct vm_amap *amap;
	int i;

	EACH_SCHEME(i) {
		world_up(schemes[i]);
		amap = swapped(40, 0, 5);
		stub.pagein_fails = true;
		assert_int_equal(amap_swap_off(FIRST, END), TRUE);
		assert_int_equal(in_range(amap), 8);
		assert_int_equal(amap_flags(amap), 0);
		assert_int_equal(world()->vw_markers, 0);
		assert_int_equal(rw_status(amap->am_lock), 0);
		stub.pagein_fails = false;
		assert_int_equal(amap_swap_off(FIRST, END), FALSE);
		assert_int_equal(in_range(amap), 0);
		drop(amap);
		world_down();
	}
}

/*
 * What happens while a page comes in.  Each is called once, at the nth
 * page-in; the walker holds nothing.
 */
static struct {
	int		at;
	struct vm_amap	*amap[4];
	void		(*what)(struct vm_amap *, struct vm_anon *);
} during;

static void
at_pagein(struct vm_amap *amap, struct vm_anon *anon)
{
	if (--during.at == 0)
		during.what(amap, anon);
}

static void
on_pagein(int at, void (*what)(struct vm_amap *, struct vm_anon *))
{
	during.at = at;
	during.what = what;
	stub.on_pagein = at_pagein;
}

/* M35, M37: the last reference goes; the walker ends the amap. */
static void
drop_it(struct vm_amap *amap, struct vm_anon *anon)
{
	assert_true(amap_flags(amap) & AMAP_SWAPOFF);
	assert_int_equal(world()->vw_markers, 1);
	drop(amap);
	assert_int_equal(amap_refs(amap), 0);
	assert_true(listed(amap));
}

static void
deferred(void **state)
{
	struct vm_amap *after, *before;
	int at, i;

	EACH_SCHEME(i) {
		for (at = 1; at <= 8; at += 7) {
			world_up(schemes[i]);
			after = swapped(3, 0, 1);
			(void)swapped(40, 0, 5);
			before = swapped(3, 0, 1);
			on_pagein(3 + at, drop_it);
			assert_int_equal(amap_swap_off(FIRST, END), FALSE);
			assert_int_equal(counted(VMC_wipe_deferred), 1);
			assert_int_equal(counted(VMC_unref_marked), 1);
			assert_int_equal(counted(VMC_amap_free), 1);
			assert_int_equal(in_range(before), 0);
			assert_int_equal(in_range(after), 0);
			assert_int_equal(list_length(), 2);
			drop(before);
			drop(after);
			world_down();
		}
	}
}

/* The neighbours of the marker die: before it, behind it, both. */
static void
drop_neighbours(struct vm_amap *amap, struct vm_anon *anon)
{
	int i;

	for (i = 0; i < 4; i++)
		if (during.amap[i] != NULL)
			drop(during.amap[i]);
}

static void
neighbours_die(void **state)
{
	struct vm_amap *amap[5];
	int i, j, mask;

	EACH_SCHEME(i) {
		for (mask = 0; mask < 16; mask++) {
			world_up(schemes[i]);
			for (j = 4; j >= 0; j--)	/* list order: 0..4 */
				amap[j] = swapped(4, 0, 2);
			for (j = 0; j < 4; j++)
				during.amap[j] = mask >> j & 1 ?
				    amap[j < 2 ? j : j + 1] : NULL;
			on_pagein(5, drop_neighbours);	/* at work on 2 */
			assert_int_equal(amap_swap_off(FIRST, END), FALSE);
			assert_int_equal(counted(VMC_wipe_deferred), 0);
			assert_int_equal(counted(VMC_unref_marked),
			    __builtin_popcount((unsigned)mask));
			assert_int_equal(in_range(amap[2]), 0);
			for (j = 0; j < 4; j++) {
				if (during.amap[j] != NULL)
					continue;
				assert_int_equal(in_range(
				    amap[j < 2 ? j : j + 1]), 0);
				drop(amap[j < 2 ? j : j + 1]);
			}
			drop(amap[2]);
			world_down();
		}
	}
}

/*
 * O4: the amap at work is copied, and then dies.  What it still had on swap
 * lives on in the copy, which the walker must meet.
 */
static struct vm_amap *copied;
static void
copy_and_drop(struct vm_amap *amap, struct vm_anon *anon)
{
	struct vm_map_entry e = entry_of(amap->am_nslot);

	e.aref.ar_amap = amap;
	amap_ref(amap, 0, (vsize_t)amap->am_nslot, 0);
	amap_copy(&test_map, &e, M_NOWAIT, FALSE, 0, 0);
	assert_false(UVM_ET_ISNEEDSCOPY(&e));
	copied = e.aref.ar_amap;
	assert_true(in_range(copied) > 3);
	drop(amap);
}

static void
copy_is_met(void **state)
{
	int i;

	EACH_SCHEME(i) {
		world_up(schemes[i]);
		(void)swapped(10, 0, 1);
		on_pagein(3, copy_and_drop);
		assert_int_equal(amap_swap_off(FIRST, END), FALSE);
		assert_int_equal(counted(VMC_wipe_deferred), 1);
		assert_int_equal(in_range(copied), 0);
		check_amap(copied);
		drop(copied);
		world_down();
	}
}

/* The slot is emptied, or the whole chunk, while its page comes in. */
static void
wipe_it(struct vm_amap *amap, struct vm_anon *anon)
{
	amap_lock(amap);
	amap_wiperange(amap, 0, 64);
	amap_unlock(amap);
}

static void
slots_go(void **state)
{
	struct vm_amap *amap;
	int i, lazy;

	EACH_SCHEME(i) {
		for (lazy = 0; lazy < 2; lazy++) {
			world_up(schemes[i]);
			amap = swapped(600, lazy, 9);
			on_pagein(3, wipe_it);
			assert_int_equal(amap_swap_off(FIRST, END), FALSE);
			assert_int_equal(in_range(amap), 0);
			assert_int_equal(amap->am_nused, 59);
			/* two that came in, the one that died, the rest */
			assert_int_equal(stub.pageins, 3 + 59);
			check_amap(amap);
			drop(amap);
			world_down();
		}
	}
}

/* Filled again behind the walker's back: it goes round once more. */
static void
refill(struct vm_amap *amap, struct vm_anon *anon)
{
	struct vm_aref aref = { 0, amap };

	put(&aref, 1, 0, FIRST + 1);
	put(&aref, 39, 0, FIRST + 39);
}

static void
goes_round(void **state)
{
	struct vm_amap *amap;
	int i;

	EACH_SCHEME(i) {
		world_up(schemes[i]);
		amap = swapped(40, 0, 2);
		on_pagein(20, refill);
		assert_int_equal(amap_swap_off(FIRST, END), FALSE);
		assert_int_equal(in_range(amap), 0);
		assert_int_equal(stub.pageins, 22);
		drop(amap);
		world_down();
	}
}

static int safe_points;
static void
at_safe_point(void *arg)
{
	assert_ptr_equal(arg, &safe_points);
	assert_int_equal(rw_status(&amap_list_lock), 0);
	safe_points++;
	/* whatever is on the list may go here */
	if (safe_points == 2)
		drop(during.amap[0]);
}

static void
safe_point(void **state)
{
	struct vm_amap *amap;
	int i;

	EACH_SCHEME(i) {
		world_up(schemes[i]);
		safe_points = 0;
		world()->vw_safe_point = at_safe_point;
		world()->vw_safe_arg = &safe_points;
		amap = swapped(40, 0, 2);
		during.amap[0] = swapped(40, 0, 2);
		(void)amap_swap_off(FIRST, END);
		/* one before each of the two amaps, one at the end */
		assert_int_equal(safe_points, 3);
		drop(amap);
		world_down();
	}
}

/* ------------------------------------------------------------------------
 * ordered: the gap between "no reference" and "off the list"
 */

static void
walk(void *arg)
{
	*(boolean_t *)arg = amap_swap_off(FIRST, END);
}

static void
no_reference(void **state)
{
	struct vm_amap *dying, *other;
	struct lk_strand *walker;
	boolean_t failed = TRUE;

	world_up("ordered");
	other = swapped(10, 0, 1);
	dying = swapped(10, 0, 1);
	amap_lock(dying);
	amap_setref(dying, 0);
	amap_unlock(dying);
	assert_int_equal(lk_strand_start(&walker, "walker", walk,
	    &failed, NULL), 0);
	lk_strand_join(walker);
	assert_int_equal(failed, FALSE);
	assert_int_equal(in_range(dying), 10);
	assert_int_equal(in_range(other), 0);
	assert_int_equal(stub.pageins, 10);
	amap_lock(dying);
	amap_wipeout(dying);
	assert_int_equal(counted(VMC_amap_free), 1);
	drop(other);
	world_down();
}

/* ------------------------------------------------------------------------
 * trylock: somebody has the lock
 */

/* The walker has come to the point where trying is over. */
static void
wait_for_yields(uint64_t n)
{
	while (counted(VMC_walk_yield) < n)
		lk_yield();
}

static void
contended(void **state)
{
	struct vm_amap *amap[3];
	struct lk_strand *walker;
	boolean_t failed;
	int i;

	/* 3: it yields, 8: it waits for the lock; with and without a death */
	for (i = 0; i < 4; i++) {
		world_up("trylock");
		amap[2] = swapped(10, 0, 1);
		amap[1] = swapped(10, 0, 1);
		amap[0] = swapped(10, 0, 1);
		failed = TRUE;
		amap_lock(amap[1]);
		assert_int_equal(lk_strand_start(&walker, "walker",
		    walk, &failed, NULL), 0);
		wait_for_yields(i & 1 ? 8 : 3);
		if (i & 2) {
			amap_setref(amap[1], 0);
			amap_wipeout(amap[1]);
		} else
			amap_unlock(amap[1]);
		lk_strand_join(walker);
		assert_int_equal(failed, FALSE);
		assert_int_equal(in_range(amap[0]), 0);
		assert_int_equal(in_range(amap[2]), 0);
		if ((i & 2) == 0) {
			assert_int_equal(in_range(amap[1]), 0);
			drop(amap[1]);
		}
		drop(amap[0]);
		drop(amap[2]);
		world_down();
	}
}

/* An amap that is contended for shares its lock with one that is not. */
static void
shared_lock(void **state)
{
	struct vm_map_entry c;
	struct vm_amap *amap;
	struct lk_strand *walker;
	boolean_t failed = TRUE;

	world_up("trylock");
	amap = swapped(10, 0, 1);
	c = entry_of(10);
	c.aref.ar_amap = amap;
	amap_ref(amap, 0, 10, 0);
	amap_copy(&test_map, &c, M_NOWAIT, FALSE, 0, 0);
	amap_lock(amap);
	assert_int_equal(lk_strand_start(&walker, "walker", walk,
	    &failed, NULL), 0);
	wait_for_yields(8);
	amap_setref(amap, 0);		/* the first of the two goes */
	amap_wipeout(amap);
	lk_strand_join(walker);
	assert_int_equal(failed, FALSE);
	assert_int_equal(in_range(c.aref.ar_amap), 0);
	assert_int_equal(rw_obj_refs(c.aref.ar_amap->am_lock), 1);
	drop(c.aref.ar_amap);
	world_down();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(brings_in),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(deferred),
		cmocka_unit_test(neighbours_die),
		cmocka_unit_test(copy_is_met),
		cmocka_unit_test(slots_go),
		cmocka_unit_test(goes_round),
		cmocka_unit_test(safe_point),
		cmocka_unit_test(no_reference),
		cmocka_unit_test(contended),
		cmocka_unit_test(shared_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

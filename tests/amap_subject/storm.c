/*
 * storm.c: strands that copy, share, split, write and drop amaps that they
 * have in common, while a walker empties one swap device after the other.
 *
 * An entry belongs to one strand at a time; boxes hand them on, so the amaps
 * behind them are everybody's.  After each walk all strands stand still, and
 * everything is looked at: the device just emptied must have no slot in use,
 * or the walk has missed one.
 */
#include "tests/amap_subject/stubs.h"
#include "tests/size.h"

#define NSTRAND		4
#define NENTRY		6
#define NBOX		6
#define MAXPAGES	300
#define WALKS		sized(40, 12)
#define DEFERRED	3

struct box {
	struct mutex		lk;
	bool			full;
	struct vm_map_entry	e;
};
struct mine {
	int			n;
	struct vm_map_entry	e[NENTRY];
};
static struct box boxes[NBOX];
static struct rwlock device_lock = RWLOCK_INITIALIZER("device");
static int device;			/* slots come from it: 1 or 2 */
static _Atomic int stop, pausing, paused;

static int
below(int n)
{
	return (int)lk_random_below((uint64_t)n);
}

static int
pages_of(const struct vm_map_entry *e)
{
	return (int)((e->end - e->start) / PAGE);
}

static void
entry_unmap(struct vm_map_entry *e)
{
	if (e->aref.ar_amap != NULL)
		amap_unref(e->aref.ar_amap, (vaddr_t)e->aref.ar_pageoff,
		    (vsize_t)pages_of(e), FALSE);
}

/* => the entry has an amap that it may write to */
static void
entry_own(struct vm_map_entry *e)
{
	while (UVM_ET_ISNEEDSCOPY(e))
		amap_copy(&test_map, e, below(2) ? M_WAITOK : M_NOWAIT, FALSE,
		    0, 0);
}

static struct vm_map_entry
entry_clone(struct vm_map_entry *e, int flags)
{
	struct vm_map_entry c = *e;

	amap_ref(e->aref.ar_amap, (vaddr_t)e->aref.ar_pageoff,
	    (vsize_t)pages_of(e), flags);
	return c;
}

/* Put an entry into a box; what was there becomes ours, if there is room. */
static void
hand_on(struct mine *me, struct vm_map_entry e)
{
	struct box *box = &boxes[below(NBOX)];
	struct vm_map_entry old;
	bool full;

	mtx_enter(&box->lk);
	full = box->full;
	old = box->e;
	box->full = true;
	box->e = e;
	mtx_leave(&box->lk);
	if (!full)
		return;
	if (me->n < NENTRY)
		me->e[me->n++] = old;
	else
		entry_unmap(&old);
}

/* ------------------------------------------------------------------------
 * What the strands do with an entry
 */

static void
do_write(struct mine *me, struct vm_map_entry *e)
{
	struct vm_amap *amap;
	struct vm_anon *anon, *new;
	vaddr_t off = (vaddr_t)below(pages_of(e)) * PAGE;
	bool full = false;

	entry_own(e);
	amap = e->aref.ar_amap;
	amap_lock(amap);
	anon = amap_lookup(&e->aref, off);
	if (anon == NULL) {
		new = anon_new(amap, 1, 0);
		full = amap_add(&e->aref, off, new, FALSE) != 0;
		if (full)
			anon_drop(new);
	} else if (anon->an_ref > 1) {
		new = anon_new(amap, 2, 0);
		assert_int_equal(amap_add(&e->aref, off, new, TRUE), 0);
		anon_drop(anon);
	} else if (anon->an_page != NULL)
		anon->an_page->cells[0]++;
	amap_unlock(amap);
	if (full)
		amap_populate(&e->aref, off);
}

/* What the page daemon does, to a few pages at once. */
static void
do_pageout(struct mine *me, struct vm_map_entry *e)
{
	struct vm_amap *amap = e->aref.ar_amap;
	struct vm_anon *anon;
	int i;

	if (amap == NULL)
		return;
	rw_enter_read(&device_lock);
	amap_lock(amap);
	for (i = 0; i < pages_of(e) && i < 40; i++) {
		anon = amap_lookup(&e->aref, (vaddr_t)i * PAGE);
		if (anon != NULL && anon->an_page != NULL &&
		    (vm_page_flags(anon->an_page) & PG_BUSY) == 0)
			page_out(anon, 1000 * device + 1);
	}
	amap_unlock(amap);
	rw_exit_read(&device_lock);
}

static void
do_fork(struct mine *me, struct vm_map_entry *e)
{
	struct vm_map_entry c;

	if (e->aref.ar_amap == NULL)
		return;
	c = entry_clone(e, 0);
	c.etype |= UVM_ET_NEEDSCOPY;
	if ((amap_flags(e->aref.ar_amap) & AMAP_SHARED) != 0) {
		entry_own(&c);
		if (below(2))
			amap_cow_now(&test_map, &c);
	} else
		e->etype |= UVM_ET_NEEDSCOPY;
	hand_on(me, c);
}

static void
do_share(struct mine *me, struct vm_map_entry *e)
{
	entry_own(e);
	hand_on(me, entry_clone(e, AMAP_SHARED));
}

static void
do_split(struct mine *me, struct vm_map_entry *e)
{
	struct vm_map_entry right = *e;
	vaddr_t off;

	if (e->aref.ar_amap == NULL || pages_of(e) < 2)
		return;
	off = (vaddr_t)(1 + below(pages_of(e) - 1)) * PAGE;
	amap_splitref(&e->aref, &right.aref, off);
	e->end = right.start = e->start + off;
	if (below(2))
		entry_unmap(&right);
	else
		hand_on(me, right);
}

/* madvise-free */
static void
do_unadd(struct mine *me, struct vm_map_entry *e)
{
	struct vm_amap *amap = e->aref.ar_amap;
	struct vm_anon *anon;
	int i;

	if (amap == NULL)
		return;
	amap_lock(amap);
	for (i = 0; i < pages_of(e) && amap_refs(amap) == 1; i += 3) {
		anon = amap_lookup(&e->aref, (vaddr_t)i * PAGE);
		if (anon == NULL)
			continue;
		amap_unadd(&e->aref, (vaddr_t)i * PAGE);
		anon_drop(anon);
	}
	amap_unlock(amap);
}

static void
do_unmap(struct mine *me, struct vm_map_entry *e)
{
	entry_unmap(e);
	*e = me->e[--me->n];
}

static void
do_new(struct mine *me)
{
	static const int sizes[] = { 1, 8, 16, 17, 40, 100, MAXPAGES };
	struct vm_map_entry *e;
	int i;

	if (me->n == NENTRY)
		return;
	e = &me->e[me->n++];
	*e = entry_of(sizes[below(7)]);
	for (i = 0; i < 10; i++)
		do_write(me, e);
}

static void
step(struct mine *me)
{
	static void (*const steps[])(struct mine *, struct vm_map_entry *) = {
		do_write, do_write, do_write, do_pageout, do_pageout, do_fork,
		do_fork, do_share, do_split, do_unadd, do_unmap, do_unmap
	};

	if (me->n == 0 || below(6) == 0)
		do_new(me);
	else
		steps[below((int)(sizeof(steps) / sizeof(steps[0])))](me,
		    &me->e[below(me->n)]);
}

static void
pause_here(void)
{
	atomic_fetch_add(&paused, 1);
	while (atomic_load(&pausing))
		lk_yield();
	atomic_fetch_sub(&paused, 1);
}

static void
worker(void *arg)
{
	struct mine me = { .n = 0 };

	while (!atomic_load(&stop)) {
		step(&me);
		if (atomic_load(&pausing))
			pause_here();
	}
	while (me.n > 0)
		do_unmap(&me, &me.e[0]);
}

/* ------------------------------------------------------------------------
 * All stand still: what must hold
 */

static int
compare(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(struct vm_anon *const *)a;
	uintptr_t y = (uintptr_t)*(struct vm_anon *const *)b;

	return x < y ? -1 : x > y;
}

/* I4: an anon's count is the number of slots that name it. */
static void
check_refs(void)
{
	static struct vm_anon *all[1000000];
	struct vm_amap_chunk *chunk;
	struct vm_amap *amap;
	size_t i, j, n = 0;
	int s;

	LIST_FOREACH(amap, &amap_list, am_list)
		AMAP_CHUNK_FOREACH(chunk, amap)
			for (s = 0; s < chunk->ac_nslot; s++)
				if (chunk->ac_anon[s] != NULL)
					all[n++] = chunk->ac_anon[s];
	qsort(all, n, sizeof(all[0]), compare);
	for (i = 0; i < n; i = j) {
		for (j = i; j < n && all[j] == all[i]; j++)
			;
		assert_int_equal(all[i]->an_ref, j - i);
	}
}

static void
look_at_all(int emptied)
{
	struct vm_amap *amap;

	assert_int_equal(world()->vw_markers, 0);
	assert_int_equal(stub.slots[emptied], 0);
	LIST_FOREACH(amap, &amap_list, am_list)
		check_amap(amap);
	assert_int_equal(counted(VMC_amap_alloc) - counted(VMC_amap_free),
	    list_length());
	check_refs();
}

static void
walk_and_look(void)
{
	int emptied;

	rw_enter_write(&device_lock);
	emptied = device;
	device = 3 - device;
	rw_exit_write(&device_lock);
	assert_int_equal(amap_swap_off(1000 * emptied, 1000 * emptied + 1000),
	    FALSE);
	atomic_store(&pausing, 1);
	while (atomic_load(&paused) != NSTRAND)
		lk_yield();
	look_at_all(emptied);
	atomic_store(&pausing, 0);
	while (atomic_load(&paused) != 0)
		lk_yield();
}

/* The window that matters is while a page comes in. */
static void
linger(struct vm_amap *amap, struct vm_anon *anon)
{
	int i;

	for (i = below(4); i > 0; i--)
		lk_yield();
}

static void
storm(const char *scheme, int fail)
{
	struct lk_strand *strands[NSTRAND];
	int i;

	world_up(scheme);
	stub.on_pagein = linger;
	if (fail) {
		atomic_store(&stub.fail_at[VMI_chunk], 41);
		atomic_store(&stub.fail_at[VMI_amap], 11);
		atomic_store(&stub.fail_at[VMI_ppref], 3);
		stub.every[VMI_chunk] = stub.every[VMI_amap] =
		    stub.every[VMI_ppref] = true;
	}
	device = 1;
	lk_perturb(20);
	atomic_store(&stop, 0);
	for (i = 0; i < NSTRAND; i++)
		assert_int_equal(lk_strand_start(&strands[i], "worker",
		    worker, NULL, NULL), 0);
	for (i = 0; i < WALKS || counted(VMC_wipe_deferred) < DEFERRED; i++)
		walk_and_look();
	atomic_store(&stop, 1);
	for (i = 0; i < NSTRAND; i++)
		lk_strand_join(strands[i]);
	lk_perturb(0);
	for (i = 0; i < NBOX; i++) {
		if (boxes[i].full)
			entry_unmap(&boxes[i].e);
		boxes[i].full = false;
	}
	assert_true(counted(VMC_unref_marked) > 0);
	assert_true(counted(VMC_walk_pagein) > WALKS);
	assert_true(counted(VMC_amap_copy) > WALKS);
	assert_true(counted(VMC_amap_copy_fail) > 0 || !fail);
	world_down();
}

static void
ordered(void **state)
{
	storm("ordered", 0);
}

static void
trylock(void **state)
{
	storm("trylock", 0);
}

static void
ordered_fails(void **state)
{
	storm("ordered", 1);
}

static void
trylock_fails(void **state)
{
	storm("trylock", 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordered),
		cmocka_unit_test(trylock),
		cmocka_unit_test(ordered_fails),
		cmocka_unit_test(trylock_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

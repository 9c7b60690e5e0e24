/*
 * copy.c: amap_copy, amap_cow_now, references, shared locks.
 */
#include "tests/amap_subject/stubs.h"

/* A second entry with the same aref, as fork makes it. */
static struct vm_map_entry
fork_entry(struct vm_map_entry *e, int flags)
{
	struct vm_map_entry c = *e;

	amap_ref(e->aref.ar_amap, (vaddr_t)e->aref.ar_pageoff,
	    (e->end - e->start) / PAGE, flags);
	c.etype |= UVM_ET_NEEDSCOPY;
	return c;
}

static void
unmap(struct vm_map_entry *e)
{
	amap_unref(e->aref.ar_amap, (vaddr_t)e->aref.ar_pageoff,
	    (e->end - e->start) / PAGE, FALSE);
}

static struct vm_map_entry
filled(int npages, int step)
{
	struct vm_map_entry e = entry_of(npages);
	int s;

	amap_copy(&test_map, &e, M_WAITOK, FALSE, 0, 0);
	assert_false(UVM_ET_ISNEEDSCOPY(&e));
	for (s = 0; s < npages; s += step)
		put(&e.aref, s, (uint64_t)s + 1, 0);
	return e;
}

/* No amap yet: small, large, lazy, or clipped to 16 pages around the fault. */
static void
fresh(void **state)
{
	struct vm_map_entry e;
	vaddr_t va;

	world_up("ordered");
	e = entry_of(5);
	amap_copy(&test_map, &e, M_NOWAIT, TRUE, e.start, e.end);
	assert_false(UVM_ET_ISNEEDSCOPY(&e));
	assert_int_equal(e.aref.ar_amap->am_nslot, 5);
	assert_int_equal(e.aref.ar_pageoff, 0);
	assert_true(listed(e.aref.ar_amap));
	unmap(&e);

	e = entry_of(300);
	e.start += 5 * PAGE;
	va = 0x100000 + 40 * PAGE;
	amap_copy(&test_map, &e, M_NOWAIT, TRUE, va, va + PAGE);
	assert_int_equal(e.start, va / (16 * PAGE) * (16 * PAGE));
	assert_int_equal(e.end, e.start + 16 * PAGE);
	assert_int_equal(e.aref.ar_amap->am_nslot, 16);
	unmap(&e);

	e = entry_of(300);		/* the first chunk is cut short */
	e.start += 5 * PAGE;
	amap_copy(&test_map, &e, M_NOWAIT, TRUE, e.start, e.start + PAGE);
	assert_int_equal(e.aref.ar_amap->am_nslot, 11);
	unmap(&e);

	e = entry_of(300);		/* up to the end of the address space */
	e.start = -(vaddr_t)(301 * PAGE);
	e.end = -PAGE;
	amap_copy(&test_map, &e, M_NOWAIT, TRUE, e.end - PAGE, e.end);
	assert_int_equal(e.end, -PAGE);
	assert_int_equal(e.aref.ar_amap->am_nslot, 15);
	unmap(&e);

	e = entry_of(300);
	amap_copy(&test_map, &e, M_NOWAIT, FALSE, 0, 0);
	assert_int_equal(e.aref.ar_amap->am_nslot, 300);
	assert_int_equal(e.aref.ar_amap->am_ncused, 0);
	unmap(&e);

	e = entry_of(100);
	atomic_store(&stub.fail_at[VMI_amap], stub.tries[VMI_amap] + 1);
	amap_copy(&test_map, &e, M_NOWAIT, FALSE, 0, 0);
	assert_true(UVM_ET_ISNEEDSCOPY(&e));
	assert_null(e.aref.ar_amap);
	assert_int_equal(counted(VMC_amap_copy_fail), 1);
	assert_int_equal(counted(VMC_amap_copy), 0);
	world_down();
}

/* Alignments of all kinds: the copy starts anywhere in the source. */
static void
alignments(void **state)
{
	struct vm_map_entry c, e;
	int first, len, lazy, s;

	world_up("ordered");
	for (lazy = 0; lazy < 2; lazy++) {
		for (first = 0; first < 40; first += 3) {
			for (len = 1; len < 60; len += 7) {
				e = filled(lazy ? 300 : 100, 2);
				c = fork_entry(&e, 0);
				/* as clipped: three entries, two go */
				c.aref.ar_pageoff = first;
				c.end = c.start + (vaddr_t)len * PAGE;
				c.etype |= UVM_ET_NEEDSCOPY;
				amap_copy(&test_map, &c, M_WAITOK, FALSE,
				    0, 0);
				check_amap(c.aref.ar_amap);
				check_amap(e.aref.ar_amap);
				for (s = 0; s < len; s++)
					assert_int_equal(value_of(&c.aref, s),
					    (first + s) % 2 ? 0 :
					    first + s + 1);
				unmap(&c);
				drop(e.aref.ar_amap);
			}
		}
	}
	world_down();
}

static void
lock_rules(void **state)
{
	struct vm_map_entry c, d, e;
	struct rwlock *lock;

	world_up("ordered");
	e = filled(20, 1);
	lock = e.aref.ar_amap->am_lock;
	assert_int_equal(rw_obj_refs(lock), 1);
	c = fork_entry(&e, 0);
	assert_int_equal(amap_refs(e.aref.ar_amap), 2);
	amap_copy(&test_map, &c, M_NOWAIT, FALSE, 0, 0);
	assert_int_equal(amap_refs(e.aref.ar_amap), 1);
	assert_int_equal(amap_refs(c.aref.ar_amap), 1);
	assert_ptr_equal(c.aref.ar_amap->am_lock, lock);
	assert_int_equal(rw_obj_refs(lock), 2);
	assert_int_equal(get(&c.aref, 3)->an_ref, 2);
	assert_ptr_equal(get(&c.aref, 3), get(&e.aref, 3));
	d = fork_entry(&c, 0);
	amap_copy(&test_map, &d, M_WAITOK, FALSE, 0, 0);
	assert_int_equal(rw_obj_refs(lock), 3);
	assert_int_equal(stub.objects, 1);
	unmap(&e);
	assert_int_equal(rw_obj_refs(lock), 2);
	unmap(&c);
	assert_int_equal(value_of(&d.aref, 19), 20);
	assert_int_equal(get(&d.aref, 3)->an_ref, 1);
	unmap(&d);

	/* nothing inherited: a lock of its own, if it may be waited for */
	e = filled(20, 100);
	amap_lock(e.aref.ar_amap);
	amap_wiperange(e.aref.ar_amap, 0, 20);
	amap_unlock(e.aref.ar_amap);
	c = fork_entry(&e, 0);
	d = fork_entry(&e, 0);
	amap_copy(&test_map, &c, M_WAITOK, FALSE, 0, 0);
	assert_ptr_not_equal(c.aref.ar_amap->am_lock, e.aref.ar_amap->am_lock);
	amap_copy(&test_map, &d, M_NOWAIT, FALSE, 0, 0);
	assert_ptr_equal(d.aref.ar_amap->am_lock, e.aref.ar_amap->am_lock);
	unmap(&e);
	unmap(&c);
	unmap(&d);
	world_down();
}

static void
take_over(void **state)
{
	struct vm_map_entry e;
	struct vm_amap *amap;

	world_up("ordered");
	e = filled(20, 3);
	amap = e.aref.ar_amap;
	e.etype |= UVM_ET_NEEDSCOPY;
	amap_copy(&test_map, &e, M_NOWAIT, FALSE, 0, 0);
	assert_false(UVM_ET_ISNEEDSCOPY(&e));
	assert_ptr_equal(e.aref.ar_amap, amap);
	assert_int_equal(counted(VMC_amap_takeover), 1);
	unmap(&e);
	world_down();
}

/* M01: the other reference goes between the unlocked look and the lock. */
static struct vm_map_entry *racing;
static void
race_unmap(enum vm_inject_site site)
{
	if (site == VMI_amap && racing != NULL) {
		unmap(racing);
		racing = NULL;
	}
}

static void
take_over_race(void **state)
{
	struct vm_map_entry c, e;
	struct vm_amap *amap;

	world_up("ordered");
	e = filled(40, 3);
	amap = e.aref.ar_amap;
	c = fork_entry(&e, 0);
	racing = &e;
	stub.on_try = race_unmap;
	amap_copy(&test_map, &c, M_NOWAIT, FALSE, 0, 0);
	stub.on_try = NULL;
	assert_null(racing);
	assert_false(UVM_ET_ISNEEDSCOPY(&c));
	assert_ptr_equal(c.aref.ar_amap, amap);
	assert_int_equal(amap_refs(amap), 1);
	assert_int_equal(counted(VMC_amap_takeover), 1);
	assert_int_equal(counted(VMC_amap_copy), 0);
	assert_int_equal(list_length(), 1);
	unmap(&c);
	world_down();
}

/*
 * The others go after we have looked under the lock: we have copied, and so
 * the source dies with our reference.
 */
static void
race_unmap_locked(void)
{
	if (racing != NULL) {
		unmap(racing);
		racing = NULL;
	}
}

static void
source_dies(void **state)
{
	struct vm_map_entry c, e;

	world_up("ordered");
	e = filled(300, 300);
	c = fork_entry(&e, 0);
	amap_lock(e.aref.ar_amap);
	amap_wiperange(e.aref.ar_amap, 0, 300);
	amap_unlock(e.aref.ar_amap);
	racing = &e;
	stub.on_object = race_unmap_locked;
	amap_copy(&test_map, &c, M_WAITOK, FALSE, 0, 0);
	stub.on_object = NULL;
	assert_null(racing);
	assert_int_equal(counted(VMC_amap_copy), 1);
	assert_int_equal(counted(VMC_amap_free), 1);
	assert_int_equal(list_length(), 1);
	assert_true(listed(c.aref.ar_amap));
	unmap(&c);
	world_down();
}

struct state {
	int	refs, flags, nused, ncused, pp[300], an_ref[300];
	struct vm_anon *anon[300];
	uint32_t lockrefs;
};

static void
state_of(struct vm_amap *amap, struct state *st)
{
	struct vm_aref aref = { 0, amap };
	int s;

	memset(st, 0, sizeof(*st));
	check_amap(amap);
	st->refs = amap_refs(amap);
	st->flags = amap_flags(amap);
	st->nused = amap->am_nused;
	st->ncused = amap->am_ncused;
	st->lockrefs = rw_obj_refs(amap->am_lock);
	for (s = 0; s < amap->am_nslot; s++) {
		st->anon[s] = get(&aref, s);
		st->an_ref[s] = st->anon[s] != NULL ? st->anon[s]->an_ref : 0;
		st->pp[s] = pp_count(amap, s);
	}
}

/* R02-R04: the nth chunk of the copy is not to be had, for every n. */
static void
no_memory(void **state)
{
	static const enum vm_inject_site sites[] = {
		VMI_amap, VMI_buckets, VMI_chunk
	};
	struct state after, before;
	struct vm_map_entry c, e, f;
	struct vm_amap *amap;
	uint64_t fails = 0;
	int i, n, s;

	world_up("ordered");
	e = filled(300, 9);
	f = fork_entry(&e, 0);
	amap = e.aref.ar_amap;
	/* a part of it, so there are counts per slot, too */
	c = f;
	amap_splitref(&f.aref, &c.aref, 37 * PAGE);
	c.end = c.start + 263 * PAGE;
	f.end = f.start + 37 * PAGE;
	state_of(amap, &before);
	assert_int_equal(before.refs, 3);
	for (i = 0; i < 3; i++) {
		for (n = 1;; n++) {
			atomic_store(&stub.tries[sites[i]], 0);
			atomic_store(&stub.fail_at[sites[i]], n);
			amap_copy(&test_map, &c, M_NOWAIT, FALSE, 0, 0);
			if (!UVM_ET_ISNEEDSCOPY(&c))
				break;
			fails++;
			assert_ptr_equal(c.aref.ar_amap, amap);
			assert_int_equal(c.aref.ar_pageoff, 37);
			state_of(amap, &after);
			assert_memory_equal(&after, &before, sizeof(after));
			assert_int_equal(list_length(), 1);
			assert_int_equal(uvm_amap_pool.pr_nout, 1);
			assert_int_equal(stub.blocks, 2);
		}
		/* 263 slots from 37 on: 17 chunks, all of them needed */
		assert_int_equal(n, sites[i] == VMI_chunk ? 18 : 2);
		assert_int_equal(amap_refs(amap), 2);
		for (s = 0; s < 263; s++)
			assert_int_equal(value_of(&c.aref, s),
			    (37 + s) % 9 ? 0 : 37 + s + 1);
		check_amap(c.aref.ar_amap);
		check_amap(amap);
		unmap(&c);
		/* and the entry is back where it was */
		c = fork_entry(&e, 0);
		c.aref.ar_pageoff = 37;
		c.start = e.start;
		c.end = c.start + 263 * PAGE;
		amap_unref(amap, 0, 37, FALSE);
		amap_ref(amap, 0, 37, 0);
		amap_unref(amap, 0, 300, TRUE);
		amap_ref(amap, 37, 263, 0);
		state_of(amap, &after);
		assert_memory_equal(&after, &before, sizeof(after));
	}
	assert_int_equal(counted(VMC_amap_copy_fail), fails);
	unmap(&c);
	unmap(&f);
	unmap(&e);
	world_down();
}

/* The copy is on the list, behind its source, before the source lets go. */
static void
copy_is_listed(void **state)
{
	struct vm_map_entry c, e;
	struct vm_amap *other;

	world_up("ordered");
	other = amap_of(3, 0);
	e = filled(3, 1);
	drop(other);
	other = amap_of(3, 0);
	c = fork_entry(&e, 0);
	amap_copy(&test_map, &c, M_NOWAIT, FALSE, 0, 0);
	assert_ptr_equal(LIST_FIRST(&amap_list), other);
	assert_ptr_equal(LIST_NEXT(other, am_list), e.aref.ar_amap);
	assert_ptr_equal(LIST_NEXT(e.aref.ar_amap, am_list), c.aref.ar_amap);
	unmap(&c);
	unmap(&e);
	drop(other);
	world_down();
}

static void
shared_flag(void **state)
{
	struct vm_amap *amap;

	world_up("ordered");
	amap = amap_of(20, 0);
	amap_ref(amap, 0, 20, AMAP_SHARED);
	amap_ref(amap, 0, 20, AMAP_SHARED | AMAP_REFALL);
	assert_int_equal(amap_refs(amap), 3);
	assert_int_equal(amap_flags(amap), AMAP_SHARED);
	amap_unref(amap, 0, 20, TRUE);
	assert_int_equal(amap_flags(amap), AMAP_SHARED);
	amap_unref(amap, 0, 20, FALSE);
	assert_int_equal(amap_flags(amap), 0);
	assert_null(amap->am_ppref);
	amap_unref(amap, 0, 20, FALSE);
	assert_int_equal(counted(VMC_unref_partial), 0);
	world_down();
}

/* Partial unmapping frees at once what nobody names any more (R06). */
static void
partial(void **state)
{
	static const int sizes[] = { 16, 40, 300 };
	struct vm_map_entry e;
	struct vm_aref right;
	int i, n, s;

	world_up("ordered");
	for (i = 0; i < 3; i++) {
		n = sizes[i];
		e = filled(n, 1);
		amap_splitref(&e.aref, &right, 10 * PAGE);
		assert_int_equal(amap_refs(e.aref.ar_amap), 2);
		assert_int_equal(stub.anons, n);
		amap_unref(right.ar_amap, 10, (vsize_t)n - 10, FALSE);
		assert_int_equal(stub.anons, 10);
		assert_int_equal(stub.pages, 10);
		for (s = 0; s < n; s++)
			assert_int_equal(value_of(&e.aref, s),
			    s < 10 ? s + 1 : 0);
		drop(e.aref.ar_amap);
	}
	assert_int_equal(counted(VMC_unref_partial), 3);
	assert_int_equal(counted(VMC_ppref_wipe), 16 + 40 + 300 - 30);
	world_down();
}

/* ------------------------------------------------------------------------
 * cow_now
 */

static void
cow_now(void **state)
{
	static const int sizes[] = { 7, 40, 300 };
	struct vm_map_entry c, e;
	struct vm_anon *mine, *theirs;
	int i, s;

	world_up("ordered");
	for (i = 0; i < 3; i++) {
		e = filled(sizes[i], 3);
		c = fork_entry(&e, 0);
		amap_copy(&test_map, &c, M_WAITOK, FALSE, 0, 0);
		amap_cow_now(&test_map, &c);
		check_amap(c.aref.ar_amap);
		for (s = 0; s < sizes[i]; s += 3) {
			mine = get(&c.aref, s);
			theirs = get(&e.aref, s);
			assert_ptr_not_equal(mine, theirs);
			assert_int_equal(mine->an_ref, 1);
			assert_int_equal(theirs->an_ref, 1);
			assert_ptr_not_equal(mine->an_page, theirs->an_page);
			assert_int_equal(mine->an_page->cells[0], s + 1);
			assert_int_equal(vm_page_flags(mine->an_page),
			    PQ_ACTIVE);
		}
		unmap(&c);
		unmap(&e);
	}
	assert_int_equal(counted(VMC_cow_now), 3 + 14 + 100);
	assert_int_equal(counted(VMC_cow_copy), 3 + 14 + 100);
	world_down();
}

/* Another strand lets go of a busy page once somebody waits for it. */
static void
unbusy_when_wanted(void *arg)
{
	struct vm_anon *anon = arg;
	bool wanted = false;

	while (!wanted) {
		rw_enter_write(anon->an_lock);
		wanted = (vm_page_flags(anon->an_page) & PG_WANTED) != 0;
		if (wanted)
			page_unbusy(anon->an_page);
		rw_exit_write(anon->an_lock);
		lk_yield();
	}
}

static void
cow_now_busy(void **state)
{
	struct lk_strand *io;
	struct vm_map_entry c, e;
	int s;

	world_up("ordered");
	e = filled(10, 1);
	c = fork_entry(&e, 0);
	amap_copy(&test_map, &c, M_WAITOK, FALSE, 0, 0);
	page_busy(get(&e.aref, 5)->an_page);
	assert_int_equal(lk_strand_start(&io, "io", unbusy_when_wanted,
	    get(&e.aref, 5), NULL), 0);
	amap_cow_now(&test_map, &c);
	lk_strand_join(io);
	for (s = 0; s < 10; s++)
		assert_int_equal(value_of(&c.aref, s), s + 1);
	assert_int_equal(counted(VMC_cow_now), 10);
	unmap(&c);
	unmap(&e);
	world_down();
}

/*
 * R14: memory runs out half-way; while we wait, a page that has been copied
 * already is paged out.
 */
static struct vm_map_entry *waiting;
static void
page_out_copied(void)
{
	struct vm_anon *anon;

	anon = get(&waiting->aref, 1);
	assert_int_equal(anon->an_ref, 1);
	if (anon->an_page == NULL)
		return;
	amap_lock(waiting->aref.ar_amap);
	page_out(anon, 77);
	amap_unlock(waiting->aref.ar_amap);
}

static void
cow_now_waits(void **state)
{
	static const enum vm_inject_site sites[] = { VMI_anon, VMI_page };
	struct vm_map_entry c, e;
	int i;

	world_up("ordered");
	for (i = 0; i < 2; i++) {
		e = filled(10, 1);
		c = fork_entry(&e, 0);
		amap_copy(&test_map, &c, M_WAITOK, FALSE, 0, 0);
		waiting = &c;
		stub.on_wait = page_out_copied;
		atomic_store(&stub.fail_at[sites[i]], 4);
		stub.every[sites[i]] = true;
		atomic_store(&stub.tries[sites[i]], 0);
		amap_cow_now(&test_map, &c);
		assert_int_equal(stub.waits, 3 * (i + 1));
		assert_int_equal(get(&c.aref, 1)->an_swslot, 77);
		assert_int_equal(value_of(&e.aref, 1), 2);
		assert_int_equal(value_of(&c.aref, 9), 10);
		stub.on_wait = NULL;
		atomic_store(&stub.fail_at[sites[i]], 0);
		unmap(&c);
		unmap(&e);
	}
	world_down();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh),
		cmocka_unit_test(alignments),
		cmocka_unit_test(lock_rules),
		cmocka_unit_test(take_over),
		cmocka_unit_test(take_over_race),
		cmocka_unit_test(source_dies),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(copy_is_listed),
		cmocka_unit_test(shared_flag),
		cmocka_unit_test(partial),
		cmocka_unit_test(cow_now),
		cmocka_unit_test(cow_now_busy),
		cmocka_unit_test(cow_now_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

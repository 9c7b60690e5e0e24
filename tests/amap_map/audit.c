/*
 * audit.c: a sound machine has no violation; each thing that is spoiled is
 * told as what it is, and is none any more when it has been mended.
 */
#include "tests/amap_map/world.h"

/*
 * Two spaces with all there is: a large amap with two parts, a small shared
 * one, anons on swap and off it, wired pages, an object.
 */
static struct vm_space *sp, *other;
static struct vm_object *obj;

static struct vm_map_entry *
entry(struct vm_space *s, unsigned page)
{
	return uvm_map_lookup_entry(&s->map, tw_page(page));
}

static struct vm_amap *
large(void)
{
	return entry(sp, 60)->aref.ar_amap;
}

static struct vm_anon *
anon(unsigned page)
{
	struct vm_map_entry *e = entry(sp, page);
	struct vm_anon *an;

	amap_lock(e->aref.ar_amap);
	an = AMAP->lookup(&e->aref, tw_page(page) - e->start);
	amap_unlock(e->aref.ar_amap);
	assert_non_null(an);
	return an;
}

static int
setup(void **state)
{
	struct vm_conf c;
	uintptr_t va;
	unsigned i;

	tw_conf(&c, "ordered", 128, 1024);
	tw_start(&c);
	assert_int_equal(vm_space_create(&sp), 0);
	tw_mmap(sp, 0, 40, 0);
	for (i = 0; i < 40; i++)
		tw_store(sp, i, i);
	assert_int_equal(vm_munmap(sp, tw_page(18), tw_page(19)), 0);
	tw_mmap(sp, 60, 40, 0);
	for (i = 60; i < 100; i++)
		tw_store(sp, i, i);
	assert_int_equal(vm_munmap(sp, tw_page(78), tw_page(79)), 0);
	assert_int_equal(vm_minherit(sp, tw_page(60), tw_page(78),
	    VM_INHERIT_NONE), 0);
	assert_int_equal(vm_minherit(sp, tw_page(79), tw_page(100),
	    VM_INHERIT_NONE), 0);
	tw_mmap(sp, 100, 4, VM_MAP_SHARED);
	tw_store(sp, 100, 1);
	va = tw_page(200);
	assert_int_equal(vm_object_create(1, 4, &obj), 0);
	assert_int_equal(vm_mmap(sp, &va, ptoa(4), TW_RW, VM_MAP_FIXED, obj,
	    0), 0);
	(void)tw_load(sp, 201);
	assert_int_equal(vm_fork(sp, &other), 0);
	tw_store(other, 3, 1);
	assert_int_equal(vm_mlock(sp, tw_page(8), tw_page(10)), 0);
	assert_int_equal(vm_madvise_cold(sp, tw_page(30), tw_page(40)), 0);
	/* the daemon takes pages under a lock: look while it stands still */
	vm_quiesce();
	while (anon(30)->an_page != NULL || anon(31)->an_page != NULL) {
		vm_resume();
		vm_pressure(64);
		vm_quiesce();
	}
	(void)tw_load(sp, 0);	/* nobody will take it away again */
	assert_int_equal(vm_audit(), 0);
	return 0;
}

static int
teardown(void **state)
{
	vm_resume();
	vm_space_exit(sp);
	vm_space_exit(other);
	vm_object_rele(obj);
	tw_end();
	return 0;
}

/* => spoiled; the violation must be told, and be gone when mended */
static void
expect(const char *kind, bool mended)
{
	static uint64_t before;

	if (!mended) {
		before = tw_incidents(kind);
		assert_true(vm_audit() > 0);
		if (tw_incidents(kind) == before) {
			tw_show_incidents();
			fail_msg("no %s", kind);
		}
		tw_forgive();
		return;
	}
	if (vm_audit() != 0) {
		tw_show_incidents();
		fail_msg("%s: not mended", kind);
	}
	tw_forgive();
}

/* Spoil a number, look, put it back. */
#define SPOIL(kind, lvalue, value) do {					\
	__typeof__(lvalue) old_ = (lvalue);				\
	(lvalue) = (value);						\
	expect((kind), false);						\
	(lvalue) = old_;						\
	expect((kind), true);						\
} while (0)

static void
test_amaps(void **state)
{
	struct vm_amap *amap = large();
	struct vm_amap_chunk *c = TAILQ_FIRST(&amap->am_chunks), *second;

	assert_false(UVM_AMAP_SMALL(amap));
	second = TAILQ_NEXT(c, ac_list);
	assert_non_null(second);
	SPOIL("audit.I1", amap->am_ref, amap->am_ref + 1);
	SPOIL("audit.I1", entry(sp, 60)->aref.ar_amap, NULL);
	SPOIL("audit.I1", entry(sp, 60)->aref.ar_pageoff, 39);
	SPOIL("audit.I5", entry(sp, 60)->aref.ar_pageoff, 30);
	SPOIL("audit.I2", amap->am_nused, amap->am_nused - 1);
	SPOIL("audit.I2", c->ac_usedmap, c->ac_usedmap & ~2);
	SPOIL("audit.I3", amap->am_ncused, amap->am_ncused + 1);
	SPOIL("audit.I3", second->ac_baseslot, second->ac_baseslot + 1);
	SPOIL("audit.I3", second->ac_nslot, 3);
	SPOIL("audit.I3", amap->am_buckets[1], NULL);
	SPOIL("audit.I3", amap->am_buckets[1], c);
	SPOIL("audit.I4", c->ac_anon[1], c->ac_anon[2]);
	SPOIL("audit.I4", anon(65)->an_ref, 9);
	SPOIL("audit.I4", anon(65)->an_lock, NULL);
	assert_non_null(amap->am_ppref);
	assert_true(amap->am_ppref != PPREF_NONE);
	SPOIL("audit.I5", amap->am_ppref[0], amap->am_ppref[0] - 1);
	SPOIL("audit.I5", amap->am_ppref[0], 0);
	SPOIL("audit.I5", amap->am_ppref[1], 400);
}

static void
test_list(void **state)
{
	struct vm_amap *amap = large();

	LIST_REMOVE(amap, am_list);
	expect("audit.I9", false);
	LIST_INSERT_HEAD(AMAP->list, amap, am_list);
	expect("audit.I9", true);
	rw_obj_hold(amap->am_lock);
	expect("audit.I10", false);
	rw_obj_free(amap->am_lock);
	expect("audit.I10", true);
}

static void
test_pages(void **state)
{
	struct vm_page *pg = anon(0)->an_page, *wired = anon(8)->an_page;
	struct vm_world *w = vmw();

	SPOIL("audit.I6", pg->uanon, anon(1));
	SPOIL("audit.I6", anon(0)->an_page, (struct vm_page *)anon(1));
	SPOIL("audit.I6", anon(30)->an_swslot, 0);
	SPOIL("audit.I11", pg->pg_flags, pg->pg_flags | PG_FAKE);
	SPOIL("audit.I11", pg->pg_flags, pg->pg_flags | PG_BUSY);
	SPOIL("audit.I11", pg->pg_flags, pg->pg_flags & ~(PQ_ACTIVE |
	    PQ_INACTIVE));
	anon(0)->an_page->pg_flags |= PG_CLEAN;
	if (anon(0)->an_swslot == 0) {
		expect("audit.I11", false);
		pg->pg_flags &= ~PG_CLEAN;
	}
	SPOIL("audit.wire", wired->wire_count, 2);
	SPOIL("audit.wire", wired->pg_gen, wired->pg_gen + 1);
	SPOIL("audit.frame", w->vw_nactive, w->vw_nactive + 1);
	SPOIL("audit.frame", w->vw_nfree, w->vw_nfree - 1);
	SPOIL("audit.frame", TAILQ_FIRST(&w->vw_free)->pg_flags, 0);
}

static void
test_swap(void **state)
{
	int n = 1, slot;

	assert_true(anon(30)->an_swslot > 0);
	SPOIL("audit.I7", anon(30)->an_swslot, anon(31)->an_swslot);
	slot = uvm_swap_alloc(&n, FALSE);
	assert_true(slot > 0);
	expect("audit.I7", false);
	uvm_swap_free(slot, 1);
	expect("audit.I7", true);
	slot = anon(30)->an_swslot;
	uvm_swap_only(slot, false);
	expect("audit.I8", false);
	uvm_swap_only(slot, true);
	expect("audit.I8", true);
}

static void
test_maps(void **state)
{
	struct vm_map_entry *e = entry(sp, 0);
	struct vm_page *right = NULL;

	SPOIL("audit.map", e->space, e->space + ptoa(1));
	SPOIL("audit.map", sp->map.nentries, 1);
	/* pages 0 and 1 change places for the processor */
	assert_true(pmap_extract(sp->map.pmap, tw_page(0), &right));
	assert_int_equal(pmap_enter(sp->map.pmap, tw_page(0),
	    anon(8)->an_page, VM_PROT_READ, 0), 0);
	expect("audit.pmap", false);
	assert_int_equal(pmap_enter(sp->map.pmap, tw_page(0), right,
	    VM_PROT_READ, 0), 0);
	expect("audit.pmap", true);
	assert_int_equal(anon(0)->an_ref, 2);
	assert_int_equal(pmap_enter(sp->map.pmap, tw_page(0), right, TW_RW,
	    0), 0);
	expect("audit.pmap", false);
	assert_int_equal(pmap_enter(sp->map.pmap, tw_page(0), right,
	    VM_PROT_READ, 0), 0);
	expect("audit.pmap", true);
	assert_int_equal(pmap_enter(sp->map.pmap, tw_page(500), right,
	    VM_PROT_READ, 0), 0);
	expect("audit.pmap", false);
	pmap_remove(sp->map.pmap, tw_page(500), tw_page(501));
	expect("audit.pmap", true);
}

static void
leaks(const char *kind)
{
	uint64_t before = tw_incidents(kind);

	assert_true(vm_audit_leaks() > 0);
	if (tw_incidents(kind) == before) {
		tw_show_incidents();
		fail_msg("no %s", kind);
	}
}

static void
test_leaks(void **state)
{
	static const char *const kinds[] = { "leak.frame", "leak.wired",
	    "leak.slot", "leak.anon", "leak.amap", "leak.chunk", "leak.entry",
	    "leak.space", "leak.lockobj", "leak.memory" };
	unsigned i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		leaks(kinds[i]);
	tw_forgive();
}

/* One reference too many: seen at once, and again when all have gone. */
static void
test_planted(void **state)
{
	uint64_t before = tw_incidents("leak.anon");

	assert_true(vm_plant_anon_ref());
	assert_true(vm_audit() > 0);
	/* the daemon stays parked to its end: the anon outlives its lock */
	vm_space_exit(sp);
	vm_space_exit(other);
	vm_object_rele(obj);
	assert_true(vm_audit_leaks() > 0);
	assert_true(tw_incidents("leak.anon") > before);
	tw_forgive();
	vm_world_destroy(vmw());
	lk_strand_leave();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_amaps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_swap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_maps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leaks, setup, teardown),
		cmocka_unit_test_setup(test_planted, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

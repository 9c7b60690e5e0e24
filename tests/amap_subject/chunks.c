/*
 * chunks.c: slots, chunks and buckets of small, large and lazy amaps.
 */
#include "tests/amap_subject/stubs.h"

/* A slot, and an anon that must not get into it. */
struct wrong {
	struct vm_aref	aref;
	struct vm_anon	*anon;
};

static void
add_one(void *arg)
{
	struct wrong *w = arg;

	(void)amap_add(&w->aref, 0, w->anon, FALSE);
}

static void
replace_none(void *arg)
{
	struct wrong *w = arg;

	(void)amap_add(&w->aref, PAGE, w->anon, TRUE);
}

static void
unadd_none(void *arg)
{
	struct wrong *w = arg;

	amap_unadd(&w->aref, 5 * PAGE);
}

/* The shapes that amap_alloc makes. */
static void
shapes(void **state)
{
	static const struct {
		int slots, lazy, shift, nbuckets, ncused;
	} row[] = {
		{ 17, 0, 0, 2, 2 },	{ 255, 0, 0, 16, 16 },
		{ 256, 0, 0, 16, 16 },	{ 257, 0, 0, 17, 17 },
		{ 257, 1, 2, 5, 0 },	{ 512, 1, 2, 8, 0 },
		{ 513, 1, 3, 5, 0 },	{ 4096, 1, 3, 32, 0 },
		{ 65536, 1, 4, 256, 0 },
	};
	struct vm_amap *amap;
	size_t i;
	int n;

	world_up("ordered");
	for (n = 1; n <= 16; n++) {
		amap = amap_of(n, n & 1);
		assert_int_equal(amap->am_nslot, n);
		assert_int_equal(amap->am_small.ac_nslot, n);
		assert_int_equal(amap_refs(amap), 1);
		assert_int_equal(amap_flags(amap), 0);
		assert_true(listed(amap));
		check_amap(amap);
		drop(amap);
	}
	assert_int_equal(counted(VMC_amap_lazy), 0);
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		amap = amap_of(row[i].slots, row[i].lazy);
		assert_int_equal(amap->am_hashshift, row[i].shift);
		assert_int_equal(amap->am_nbuckets, row[i].nbuckets);
		assert_int_equal(amap->am_ncused, row[i].ncused);
		check_amap(amap);
		drop(amap);
	}
	assert_int_equal(counted(VMC_amap_alloc), 16 + i);
	assert_int_equal(counted(VMC_amap_free), 16 + i);
	assert_int_equal(counted(VMC_amap_lazy), 5);
	assert_null(amap_alloc(((vaddr_t)INT_MAX + 1) * PAGE, M_NOWAIT, 1));
	world_down();
}

/* Every allocation of amap_alloc fails once; nothing is left behind. */
static void
alloc_fails(void **state)
{
	static const enum vm_inject_site sites[] = {
		VMI_amap, VMI_buckets, VMI_chunk, VMI_lockobj
	};
	struct vm_amap *amap;
	int i, n;

	world_up("ordered");
	for (i = 0; i < 4; i++) {
		for (n = 1;; n++) {
			atomic_store(&stub.tries[sites[i]], 0);
			atomic_store(&stub.fail_at[sites[i]], n);
			amap = amap_alloc(100 * PAGE, M_NOWAIT, 0);
			if (amap != NULL)
				break;
			assert_true(LIST_EMPTY(&amap_list));
			assert_int_equal(stub.blocks, 0);
			assert_int_equal(stub.objects, 0);
			assert_int_equal(uvm_amap_chunk_pool.pr_nout, 0);
			assert_int_equal(uvm_amap_pool.pr_nout, 0);
		}
		assert_int_equal(n, sites[i] == VMI_chunk ? 8 : 2);
		drop(amap);
		/* who can wait is not failed */
		atomic_store(&stub.tries[sites[i]], 0);
		atomic_store(&stub.fail_at[sites[i]], 1);
		drop(amap_of(100, 0));
		assert_int_equal(stub.tries[sites[i]], 0);
	}
	assert_int_equal(stub.fail_at[VMI_chunk], 1);
	world_down();
}

static void
add_lookup_unadd(int slots, int lazy)
{
	struct vm_anon *anons[40];
	struct vm_aref aref = { 0, amap_of(slots, lazy) };
	struct vm_amap *amap = aref.ar_amap;
	int i, s;

	for (s = slots - 1; s >= 0; s -= 3)
		put(&aref, s, (uint64_t)s + 1, 0);
	check_amap(amap);
	for (s = 0; s < slots; s++)
		assert_int_equal(value_of(&aref, s),
		    (slots - 1 - s) % 3 == 0 ? s + 1 : 0);
	/* lookups over every border, from an aref that begins inside */
	for (s = 0; s + 40 <= slots; s++) {
		aref.ar_pageoff = s;
		amap_lock(amap);
		amap_lookups(&aref, PAGE, anons, 39);
		for (i = 0; i < 39; i++)
			assert_ptr_equal(anons[i], amap_lookup(&aref,
			    (vaddr_t)(i + 1) * PAGE));
		amap_unlock(amap);
	}
	aref.ar_pageoff = 0;
	for (s = slots - 1; s >= 0; s -= 3) {
		struct vm_anon *anon;

		amap_lock(amap);
		anon = amap_lookup(&aref, (vaddr_t)s * PAGE);
		amap_unadd(&aref, (vaddr_t)s * PAGE);
		assert_int_equal(anon->an_ref, 1);
		anon_drop(anon);
		amap_unlock(amap);
		check_amap(amap);
	}
	assert_int_equal(amap->am_nused, 0);
	if (!UVM_AMAP_SMALL(amap))	/* emptied chunks are freed */
		assert_int_equal(amap->am_ncused, 0);
	drop(amap);
}

static void
slots(void **state)
{
	static const int sizes[] = { 1, 2, 15, 16, 17, 31, 32, 33, 100, 300 };
	uint64_t n = 0;
	size_t i;

	world_up("ordered");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		add_lookup_unadd(sizes[i], 0);
		add_lookup_unadd(sizes[i], 1);
		n += 2 * (uint64_t)((sizes[i] + 2) / 3);
	}
	assert_int_equal(counted(VMC_unadd), n);
	world_down();
}

/* R07: three chunks of one bucket are wiped in each order, one at a time. */
static void
bucket_heads(void **state)
{
	static const int order[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	int i, j, k, p;

	world_up("ordered");
	for (p = 0; p < 36; p++) {
		struct vm_aref aref = { 0, amap_of(512, 1) };
		struct vm_amap *amap = aref.ar_amap;
		const int *make = order[p / 6], *kill = order[p % 6];

		/* bucket 1 holds chunks 4..7; 0 and 2 stand around it */
		put(&aref, 3, 99, 0);
		for (i = 0; i < 3; i++) {
			put(&aref, (4 + make[i]) * 16 + i, 10, 0);
			if (i == p % 2)
				put(&aref, 8 * 16, 99, 0);
		}
		check_amap(amap);
		for (i = 0; i < 3; i++) {
			amap_lock(amap);
			amap_wiperange(amap, (4 + kill[i]) * 16, 16);
			amap_unlock(amap);
			check_amap(amap);
			assert_int_equal(amap->am_nused, 4 - i);
			for (j = i + 1; j < 3; j++)
				for (k = 0; k < 3; k++)
					if (make[k] == kill[j])
						assert_int_equal(10, value_of(
						    &aref, (4 + make[k]) * 16
						    + k));
		}
		assert_int_equal(value_of(&aref, 3), 99);
		assert_int_equal(value_of(&aref, 8 * 16), 99);
		drop(amap);
	}
	world_down();
}

/* R05, R06, R08: any range, any shape, nothing else is touched. */
static void
wipe_one(int slots, int lazy, int fill, int first, int n)
{
	struct vm_aref aref = { 0, amap_of(slots, lazy) };
	bool used[600] = { false };
	int s;

	for (s = 0; s < slots; s += 1 + (int)lk_random_below((uint64_t)fill)) {
		put(&aref, s, (uint64_t)s + 1, 0);
		used[s] = true;
	}
	amap_lock(aref.ar_amap);
	amap_wiperange(aref.ar_amap, first, n);
	amap_unlock(aref.ar_amap);
	check_amap(aref.ar_amap);
	for (s = 0; s < slots; s++) {
		assert_int_equal(value_of(&aref, s),
		    used[s] && (s < first || s >= first + n) ? s + 1 : 0);
		/* nothing is left of a chunk that lay in it */
		if (slots > 16 && s / 16 * 16 >= first &&
		    s / 16 * 16 + 16 <= first + n)
			assert_null(amap_chunk_get(aref.ar_amap, s, 0,
			    M_NOWAIT));
	}
	drop(aref.ar_amap);
}

static void
wipe_ranges(void **state)
{
	static const int sizes[] = { 1, 5, 16, 17, 64, 257, 530 };
	int first, i, n, slots;

	world_up("ordered");
	for (i = 0; i < 1500; i++) {
		slots = sizes[i % 7];
		first = (int)lk_random_below((uint64_t)slots);
		n = (int)lk_random_below((uint64_t)(slots - first) + 1);
		/* dense: by bucket; sparse and wide: in list order */
		wipe_one(slots, i / 7 % 2, i % 3 == 0 ? 100 : 2, first, n);
	}
	world_down();
}

static void
holes(void **state)
{
	struct vm_anon *anons[64];
	struct vm_aref aref = { 0, NULL };
	int i;

	world_up("ordered");
	aref.ar_amap = amap_of(1024, 1);
	put(&aref, 20, 7, 0);
	put(&aref, 40, 8, 0);
	memset(anons, 0xff, sizeof(anons));
	amap_lock(aref.ar_amap);
	amap_lookups(&aref, 0, anons, 64);
	amap_unlock(aref.ar_amap);
	for (i = 0; i < 64; i++)
		assert_int_equal(anons[i] != NULL, i == 20 || i == 40);
	assert_null(get(&aref, 700));
	assert_int_equal(aref.ar_amap->am_ncused, 2);
	assert_int_equal(counted(VMC_chunk_alloc), 2);
	drop(aref.ar_amap);
	world_down();
}

/* add without memory; populate makes room for the next one (R18, R19) */
static void
no_chunk(void **state)
{
	struct vm_aref aref = { 0, NULL };
	struct vm_anon *anon;
	struct vm_amap *amap;

	world_up("ordered");
	amap = aref.ar_amap = amap_of(300, 1);
	atomic_store(&stub.fail_at[VMI_chunk], 1);
	stub.every[VMI_chunk] = true;
	amap_lock(amap);
	anon = anon_new(amap, 5, 0);
	assert_int_equal(amap_add(&aref, 100 * PAGE, anon, FALSE), 1);
	assert_int_equal(amap->am_nused, 0);
	assert_int_equal(amap->am_ncused, 0);
	amap_unlock(amap);

	amap_populate(&aref, 100 * PAGE);
	assert_int_equal(amap->am_ncused, 1);
	amap_populate(&aref, 101 * PAGE);
	assert_int_equal(amap->am_ncused, 1);
	amap_lock(amap);
	assert_int_equal(amap_add(&aref, 100 * PAGE, anon, FALSE), 0);
	amap_unlock(amap);
	check_amap(amap);
	assert_int_equal(value_of(&aref, 100), 5);
	drop(amap);

	aref.ar_amap = amap_of(3, 1);
	amap_populate(&aref, 2 * PAGE);
	drop(aref.ar_amap);
	world_down();
}

/* M13: whoever shares the amap must not go on with the old page. */
static void
replace(void **state)
{
	struct vm_aref aref = { 0, NULL };
	struct vm_amap *amap;
	struct vm_anon *old, *new;
	int shared;

	world_up("ordered");
	for (shared = 0; shared < 2; shared++) {
		amap = aref.ar_amap = amap_of(20, 0);
		put(&aref, 17, 1, 0);
		if (shared)
			amap_ref(amap, 0, 20, AMAP_SHARED);
		amap_lock(amap);
		old = amap_lookup(&aref, 17 * PAGE);
		new = anon_new(amap, 2, 0);
		assert_int_equal(amap_add(&aref, 17 * PAGE, new, TRUE), 0);
		assert_int_equal(stub.protects, shared);
		if (shared)
			assert_ptr_equal(stub.protected, old->an_page);
		assert_int_equal(amap->am_nused, 1);
		assert_int_equal(old->an_ref, 1);
		anon_drop(old);
		amap_unlock(amap);
		check_amap(amap);
		assert_int_equal(value_of(&aref, 17), 2);
		if (shared)
			drop(amap);
		drop(amap);
	}
	world_down();
}

static void
misuse(void **state)
{
	struct wrong w = { { 0, NULL }, NULL };
	struct vm_amap *amap;

	world_up("ordered");
	amap = w.aref.ar_amap = amap_of(40, 0);
	put(&w.aref, 0, 1, 0);
	amap_lock(amap);
	w.anon = anon_new(amap, 2, 0);
	assert_true(panics(add_one, &w));
	assert_true(panics(replace_none, &w));
	assert_true(panics(unadd_none, &w));
	anon_drop(w.anon);
	amap_unlock(amap);
	check_amap(amap);
	assert_int_equal(value_of(&w.aref, 0), 1);
	drop(amap);
	world_down();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(alloc_fails),
		cmocka_unit_test(slots),
		cmocka_unit_test(bucket_heads),
		cmocka_unit_test(wipe_ranges),
		cmocka_unit_test(holes),
		cmocka_unit_test(no_chunk),
		cmocka_unit_test(replace),
		cmocka_unit_test(misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

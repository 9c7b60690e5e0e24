/*
 * ppref.c: references per slot, against one int a slot.
 */
#include "tests/amap_subject/stubs.h"
#include "tests/size.h"

#define MAXSLOTS	700
#define MAXAREFS	40

/* One amap, the parts of it that are named, and what each slot should have. */
struct naive {
	struct vm_amap	*amap;
	int		slots;
	int		naref;
	struct {
		int	off, len;
	} aref[MAXAREFS];
	bool		used[MAXSLOTS];
	bool		none;		/* no memory for ppref: I5 is void */
};

static int
below(int n)
{
	return (int)lk_random_below((uint64_t)n);
}

static int
naive_count(const struct naive *nv, int slot)
{
	int i, n = 0;

	for (i = 0; i < nv->naref; i++)
		n += slot >= nv->aref[i].off &&
		    slot < nv->aref[i].off + nv->aref[i].len;
	return n;
}

static void
naive_check(struct naive *nv)
{
	struct vm_aref aref = { 0, nv->amap };
	int n, s;

	check_amap(nv->amap);
	assert_int_equal(amap_refs(nv->amap), nv->naref);
	if (nv->none)
		assert_ptr_equal(nv->amap->am_ppref, PPREF_NONE);
	for (s = 0; s < nv->slots; s++) {
		n = naive_count(nv, s);
		if (nv->amap->am_ppref != NULL && !nv->none)
			assert_int_equal(pp_count(nv->amap, s), n);
		if (n == 0 && !nv->none)
			nv->used[s] = false;
		assert_int_equal(value_of(&aref, s),
		    nv->used[s] ? s + 1 : 0);
	}
}

static void
naive_fill(struct naive *nv)
{
	struct vm_aref aref;
	int i, s;

	i = below(nv->naref);
	s = nv->aref[i].off + below(nv->aref[i].len);
	if (nv->used[s])
		return;
	aref.ar_amap = nv->amap;
	aref.ar_pageoff = nv->aref[i].off;
	put(&aref, s - aref.ar_pageoff, (uint64_t)s + 1, 0);
	nv->used[s] = true;
}

static void
naive_gone(struct naive *nv, int i)
{
	nv->naref--;
	nv->aref[i] = nv->aref[nv->naref];
}

static void
naive_ref(struct naive *nv)
{
	int i = below(nv->naref);

	if (nv->naref == MAXAREFS)
		return;
	nv->aref[nv->naref] = nv->aref[i];
	amap_ref(nv->amap, (vaddr_t)nv->aref[i].off,
	    (vsize_t)nv->aref[i].len,
	    nv->aref[i].len == nv->slots && below(2) ? AMAP_REFALL : 0);
	nv->naref++;
}

static void
naive_unref(struct naive *nv)
{
	int i = below(nv->naref);

	if (nv->naref == 1)
		return;
	amap_unref(nv->amap, (vaddr_t)nv->aref[i].off,
	    (vsize_t)nv->aref[i].len,
	    nv->aref[i].len == nv->slots && below(2));
	naive_gone(nv, i);
}

static void
naive_split(struct naive *nv)
{
	struct vm_aref orig, split;
	int cut, i = below(nv->naref);

	if (nv->naref == MAXAREFS || nv->aref[i].len < 2)
		return;
	cut = 1 + below(nv->aref[i].len - 1);
	orig.ar_amap = nv->amap;
	orig.ar_pageoff = nv->aref[i].off;
	amap_splitref(&orig, &split, (vaddr_t)cut * PAGE);
	assert_ptr_equal(split.ar_amap, nv->amap);
	assert_int_equal(split.ar_pageoff, nv->aref[i].off + cut);
	nv->aref[nv->naref].off = nv->aref[i].off + cut;
	nv->aref[nv->naref].len = nv->aref[i].len - cut;
	nv->aref[i].len = cut;
	nv->naref++;
}

/* An entry with this part copies: what it had is there, the part is left. */
static void
naive_copy(struct naive *nv)
{
	struct vm_map_entry e;
	int i = below(nv->naref), s;

	if (nv->naref == 1)
		return;
	e = entry_of(nv->aref[i].len);
	e.aref.ar_amap = nv->amap;
	e.aref.ar_pageoff = nv->aref[i].off;
	amap_copy(&test_map, &e, M_WAITOK, FALSE, 0, 0);
	assert_false(UVM_ET_ISNEEDSCOPY(&e));
	assert_ptr_not_equal(e.aref.ar_amap, nv->amap);
	assert_int_equal(e.aref.ar_pageoff, 0);
	assert_int_equal(e.aref.ar_amap->am_nslot, nv->aref[i].len);
	check_amap(e.aref.ar_amap);
	for (s = 0; s < nv->aref[i].len; s++)
		assert_int_equal(value_of(&e.aref, s),
		    nv->used[nv->aref[i].off + s] ?
		    nv->aref[i].off + s + 1 : 0);
	drop(e.aref.ar_amap);
	naive_gone(nv, i);
}

static void
naive_step(struct naive *nv)
{
	static void (*const steps[])(struct naive *) = {
		naive_fill, naive_fill, naive_fill, naive_ref, naive_ref,
		naive_unref, naive_unref, naive_split, naive_copy
	};

	steps[below((int)(sizeof(steps) / sizeof(steps[0])))](nv);
	if (nv->amap->am_ppref == PPREF_NONE)
		nv->none = true;
}

static void
naive_run(int slots, int lazy, int steps, int every)
{
	struct naive nv;
	int i;

	memset(&nv, 0, sizeof(nv));
	nv.amap = amap_of(slots, lazy);
	nv.slots = slots;
	nv.naref = 1;
	nv.aref[0].len = slots;
	for (i = 0; i < steps; i++) {
		naive_step(&nv);
		if (i % every == 0)
			naive_check(&nv);
	}
	naive_check(&nv);
	while (nv.naref > 0) {
		i = --nv.naref;
		amap_unref(nv.amap, (vaddr_t)nv.aref[i].off,
		    (vsize_t)nv.aref[i].len, FALSE);
	}
}

static void
against_naive(void **state)
{
	unsigned i, n = sized(20, 5);

	world_up("ordered");
	lk_seed(20211);
	/* short runs: what has no count left stays empty for good */
	for (i = 0; i < 125 * n; i++)
		naive_run(1 + below(40), 0, 40, 1);
	for (i = 0; i < 6 * n; i++)
		naive_run(17 + below(MAXSLOTS - 17), (int)(i % 2), 250, 17);
	assert_true(counted(VMC_ppref_establish) > 100 * n);
	assert_true(counted(VMC_ppref_split) > 250 * n);
	assert_true(counted(VMC_ppref_wipe) > 250 * n);
	assert_true(counted(VMC_splitref) > 250 * n);
	world_down();
}

/* R/M26: without memory for it, slots go when the amap does. */
static void
without(void **state)
{
	int i;

	world_up("ordered");
	lk_seed(20212);
	atomic_store(&stub.fail_at[VMI_ppref], 1);
	stub.every[VMI_ppref] = true;
	for (i = 0; i < 40; i++)
		naive_run(1 + below(100), 0, 200, 1);
	assert_int_equal(counted(VMC_ppref_establish), 0);
	assert_int_equal(counted(VMC_ppref_wipe), 0);
	world_down();
}

/* The coding itself, and that only the first changed run merges back. */
static void
coding(void **state)
{
	struct vm_amap *amap;

	world_up("ordered");
	amap = amap_of(8, 0);
	amap_ref(amap, 0, 8, 0);		/* all of it: no need yet */
	assert_null(amap->am_ppref);
	amap_ref(amap, 3, 1, 0);
	assert_int_equal(amap->am_ppref[0], -3);	/* 2 2 2 3 2 2 2 2 */
	assert_int_equal(amap->am_ppref[1], 3);
	assert_int_equal(amap->am_ppref[3], 4);
	assert_int_equal(amap->am_ppref[4], -3);
	assert_int_equal(amap->am_ppref[5], 4);
	amap_unref(amap, 3, 1, FALSE);		/* joins the run before it */
	assert_int_equal(amap->am_ppref[0], -3);
	assert_int_equal(amap->am_ppref[1], 4);
	assert_int_equal(amap->am_ppref[4], -3);
	assert_int_equal(amap->am_ppref[5], 4);
	amap_unref(amap, 0, 8, TRUE);
	assert_int_equal(amap->am_ppref[0], -2);
	assert_int_equal(amap->am_ppref[1], 4);
	drop(amap);
	world_down();
}

static void
underflow(void *arg)
{
	struct vm_amap *amap = arg;

	amap_lock(amap);
	amap_pp_adjref(amap, 1, 1, -1);
}

static void
overshoot(void *arg)
{
	struct vm_amap *amap = arg;

	amap_lock(amap);
	amap_pp_adjref(amap, 6, 3, 1);
}

static void
split_at_start(void *arg)
{
	struct vm_aref aref = { 0, arg }, split;

	amap_splitref(&aref, &split, 0);
}

static void
split_past_end(void *arg)
{
	struct vm_aref aref = { 4, arg }, split;

	amap_splitref(&aref, &split, 4 * PAGE);
}

static void
misuse(void **state)
{
	struct vm_amap *amap;

	world_up("ordered");
	amap = amap_of(8, 0);
	amap_ref(amap, 0, 1, 0);
	amap_unref(amap, 1, 7, FALSE);		/* 2 0 0 0 0 0 0 0 - 1 */
	assert_true(panics(underflow, amap));
	amap_unlock(amap);
	assert_true(panics(overshoot, amap));
	amap_unlock(amap);
	assert_true(panics(split_at_start, amap));
	assert_true(panics(split_past_end, amap));
	amap_unlock(amap);
	drop(amap);
	world_down();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(coding),
		cmocka_unit_test(against_naive),
		cmocka_unit_test(without),
		cmocka_unit_test(misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Everything a pmap can be asked, at random, against flat arrays.
 */
#include "base_test.h"

#define NPMAP	3
#define NVA	120
#define NPAGE	24
#define NOPS	8000

static struct {
	int	page;		/* -1: none */
	int	prot;
} model[NPMAP][NVA];
static uint64_t content[NPAGE][8];
static bool mod[NPAGE], ref[NPAGE];
static vaddr_t va[NVA];		/* sorted */
static struct vm_page *pg[NPAGE];
static struct pmap *pm[NPMAP];
static size_t pgsize;

static int
by_value(const void *a, const void *b)
{
	vaddr_t x = *(const vaddr_t *)a, y = *(const vaddr_t *)b;

	return (x > y) - (x < y);
}

/* A third in a row, a third near each other, a third all over the place. */
static void
choose_addresses(void)
{
	vaddr_t base = 0x7f1234000000 & ~(pgsize - 1), mask;
	size_t i;

	mask = (((vaddr_t)1 << 48) - 1) & ~(pgsize - 1);
	for (i = 0; i < NVA / 3; i++)
		va[i] = base + i * pgsize;
	for (; i < NVA * 2 / 3; i++)
		va[i] = base + (1 + i * 37) * 64 * pgsize;
	for (; i < NVA - 2; i++)
		va[i] = lk_random() & mask;
	va[i++] = 0;
	va[i++] = mask;
	qsort(va, NVA, sizeof(va[0]), by_value);
	for (i = 1; i < NVA; i++)
		assert_true(va[i - 1] < va[i]);
}

/* => [*lo, *hi) in va[], and the range of addresses that holds just these */
static void
choose_range(size_t *lo, size_t *hi, vaddr_t *start, vaddr_t *end)
{
	size_t n = lk_random_below(40) == 0 ? NVA : 1 + lk_random_below(12);

	*lo = lk_random_below(NVA);
	*hi = *lo + n < NVA ? *lo + n : NVA;
	*start = va[*lo];
	*end = va[*hi - 1] + pgsize;
}

static void
do_enter(int m)
{
	size_t v = lk_random_below(NVA), p = lk_random_below(NPAGE);
	int prot = 1 + (int)lk_random_below(7);
	int access = prot & (int)lk_random_below(8);

	assert_int_equal(pmap_enter(pm[m], va[v], pg[p], prot, access), 0);
	model[m][v].page = (int)p;
	model[m][v].prot = prot;
	ref[p] |= access != 0;
	mod[p] |= (access & VM_PROT_WRITE) != 0;
}

static void
do_remove(int m)
{
	vaddr_t start, end;
	size_t lo, hi;

	choose_range(&lo, &hi, &start, &end);
	pmap_remove(pm[m], start, end);
	for (; lo < hi; lo++)
		model[m][lo].page = -1;
}

static void
reduce(int m, size_t v, int prot)
{
	model[m][v].prot &= prot;
	if (!(prot & VM_PROT_READ))
		model[m][v].page = -1;
}

static void
do_protect(int m)
{
	int prot = (int)lk_random_below(8);
	vaddr_t start, end;
	size_t lo, hi;

	choose_range(&lo, &hi, &start, &end);
	pmap_protect(pm[m], start, end, prot);
	for (; lo < hi; lo++)
		reduce(m, lo, prot);
}

static void
do_page_protect(int unused)
{
	int prot = (int)lk_random_below(8), m;
	size_t p = lk_random_below(NPAGE), v;

	pmap_page_protect(pg[p], prot);
	for (m = 0; m < NPMAP; m++) {
		for (v = 0; v < NVA; v++) {
			if (model[m][v].page == (int)p)
				reduce(m, v, prot);
		}
	}
}

static void
do_bits(int unused)
{
	size_t p = lk_random_below(NPAGE);

	if (lk_random_below(2)) {
		pmap_clear_modify(pg[p]);
		mod[p] = false;
	} else {
		pmap_clear_reference(pg[p]);
		ref[p] = false;
	}
}

static void
do_load(int m)
{
	size_t v = lk_random_below(NVA), n = 1 + lk_random_below(4);
	size_t cell = lk_random_below(9 - n), i;
	int page = model[m][v].page, want;
	uint64_t got[4];

	want = page >= 0 && (model[m][v].prot & VM_PROT_READ) ? 0 : ENOENT;
	assert_int_equal(pmap_load(pm[m], va[v] + cell * 8, got, n), want);
	if (want != 0)
		return;
	for (i = 0; i < n; i++)
		assert_int_equal(got[i], content[page][cell + i]);
	ref[page] = true;
}

static void
do_store(int m)
{
	size_t v = lk_random_below(NVA), n = 1 + lk_random_below(4);
	size_t cell = lk_random_below(9 - n), i;
	int page = model[m][v].page, want;
	uint64_t put[4];

	for (i = 0; i < n; i++)
		put[i] = lk_random();
	want = page >= 0 && (model[m][v].prot & VM_PROT_WRITE) ? 0 : ENOENT;
	assert_int_equal(pmap_store(pm[m], va[v] + cell * 8, put, n), want);
	if (want != 0)
		return;
	memcpy(&content[page][cell], put, n * sizeof(put[0]));
	ref[page] = mod[page] = true;
}

static void
tell(vaddr_t at, struct vm_page *page, vm_prot_t prot, void *arg)
{
	vaddr_t *found = bsearch(&at, va, NVA, sizeof(va[0]), by_value);
	int m = *(int *)arg;
	size_t v;

	assert_non_null(found);
	v = (size_t)(found - va);
	assert_true(model[m][v].page >= 0);
	assert_ptr_equal(pg[model[m][v].page], page);
	assert_int_equal(model[m][v].prot, prot);
	model[m][v].page += 1000;
}

static void
compare(void)
{
	bool mapped[NPAGE] = { false };
	struct vm_page *page;
	int m, p;
	size_t v;

	for (m = 0; m < NPMAP; m++) {
		pmap_foreach(pm[m], tell, &m);
		for (v = 0; v < NVA; v++) {
			p = model[m][v].page;
			assert_int_equal(pmap_extract(pm[m], va[v], &page),
			    p >= 0);
			if (p < 0)
				continue;
			assert_true(p >= 1000);	/* else foreach missed it */
			model[m][v].page = p -= 1000;
			assert_ptr_equal(page, pg[p]);
			mapped[p] = true;
		}
	}
	for (p = 0; p < NPAGE; p++) {
		assert_int_equal(pmap_page_mapped(pg[p]), mapped[p]);
		assert_int_equal(pmap_is_modified(pg[p]), mod[p]);
		assert_int_equal(pmap_is_referenced(pg[p]), ref[p]);
		for (v = 0; v < 8; v++)
			assert_int_equal(page_load(pg[p], v), content[p][v]);
	}
}

static void
tune(struct vm_conf *c)
{
	c->page_size = pgsize;
}

static void
set_up(void)
{
	size_t v, p;
	int m;

	memset(content, 0, sizeof(content));
	memset(mod, 0, sizeof(mod));
	memset(ref, 0, sizeof(ref));
	choose_addresses();
	for (m = 0; m < NPMAP; m++) {
		assert_int_equal(pmap_create(&pm[m]), 0);
		for (v = 0; v < NVA; v++)
			model[m][v].page = -1;
	}
	for (p = 0; p < NPAGE; p++) {
		pg[p] = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_ZERO);
		atomic_clearbits_int(&pg[p]->pg_flags, PG_BUSY);
	}
}

static void
run_model(size_t size)
{
	static void (*const op[])(int) = { do_enter, do_enter, do_load,
	    do_store, do_remove, do_protect, do_page_protect, do_bits };
	struct vm_world *w;
	uint64_t said;
	int i, m;
	size_t p;

	pgsize = size;
	w = base_boot(tune);
	set_up();
	for (i = 0; i < NOPS; i++) {
		op[lk_random_below(nitems(op))]((int)lk_random_below(NPMAP));
		if (i % 200 == 0)
			compare();
	}
	/* one goes with what is in it: said, and removed */
	said = base_incidents("pmap.destroyed-mapped");
	pmap_enter(pm[0], va[0], pg[0], VM_PROT_READ, VM_PROT_NONE);
	for (m = 0; m < NPMAP; m++) {
		if (m != 0)
			pmap_remove(pm[m], 0, (vaddr_t)1 << 48);
		pmap_destroy(pm[m]);
	}
	assert_int_equal(base_incidents("pmap.destroyed-mapped"), said + 1);
	for (p = 0; p < NPAGE; p++)
		assert_false(pmap_page_mapped(pg[p]));
	base_expect(1);
	base_down(w);
}

static void
test_model_4096(void **state)
{
	run_model(4096);
}

static void
test_model_64(void **state)
{
	run_model(64);
}

static void
test_model_65536(void **state)
{
	run_model(65536);
}

/* Trees are given back whole: the arena does not grow with pmaps made. */
static void
one_mib(struct vm_conf *c)
{
	c->arena = 2 << 20;
}

static void
test_recycled(void **state)
{
	struct vm_world *w = base_boot(one_mib);
	struct vm_page *page = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_ZERO);
	struct pmap *one;
	uint64_t cell;
	int i, j;

	atomic_clearbits_int(&page->pg_flags, PG_BUSY);
	for (i = 0; i < 200; i++) {
		assert_int_equal(pmap_create(&one), 0);
		for (j = 0; j < 20; j++) {
			vaddr_t at = lk_random() & 0xfffffffff000;

			assert_int_equal(pmap_load(one, at, &cell, 1), ENOENT);
			assert_int_equal(pmap_enter(one, at, page,
			    VM_PROT_READ, VM_PROT_NONE), 0);
			assert_int_equal(pmap_load(one, at, &cell, 1), 0);
		}
		pmap_remove(one, 0, (vaddr_t)1 << 48);
		pmap_destroy(one);
	}
	base_down(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model_4096),
		cmocka_unit_test(test_model_64),
		cmocka_unit_test(test_model_65536),
		cmocka_unit_test(test_recycled),
	};

	lk_seed(20);
	return cmocka_run_group_tests_name("amap.pmap.model", tests, NULL,
	    NULL);
}

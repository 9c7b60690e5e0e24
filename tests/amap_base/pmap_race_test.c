/*
 * Processors against removers.
 *
 * An object is one page at a time, mapped at the same place in several pmaps.
 * Its lock stands for the owner's, a pmap's lock for the map's.
 *
 * Processors load and store without a lock; every cell of object o's page
 * says o, whoever stored it last, and through which pmap.  When they find no
 * translation they fault: map read-locked, owner locked, enter.
 *
 * Pagers take an object's page away, protect it, exchange it for another
 * frame, all with the owner locked.  Unmappers remove or protect ranges of a
 * pmap with the map write-locked.  After each such call they watch that what
 * must not change any more does not.
 */
#include "base_test.h"
#include "tests/size.h"

#define NPMAP	3
#define NOBJ	6
#define NCELL	8		/* looked at; pages of 64 bytes */
#define BASE	((vaddr_t)0x40000000)
#define WATCHES	40
#define PSIZE	64

#define CELL(o, m, x)	((uint64_t)(o) << 56 | (uint64_t)(m) << 48 |	\
	((x) & 0xffffffffffff))
#define CELL_OBJ(c)	((c) >> 56)
#define CELL_PMAP(c)	((c) >> 48 & 0xff)
#define NOPMAP		0xff

static struct {
	struct rwlock	lock;
	struct vm_page	*page;
} obj[NOBJ];
static struct {
	struct rwlock	lock;
	struct pmap	*pm;
} map[NPMAP];
static _Atomic bool stop;
static _Atomic uint64_t wrong_load, wrong_page, changed, missed_mod, stored,
    loaded, watched;

static vaddr_t
va_of(size_t o)
{
	/* some share a leaf, some do not */
	return BASE + (o * 40) * PSIZE;
}

static void
add(_Atomic uint64_t *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static void
snap(struct vm_page *pg, uint64_t cell[NCELL])
{
	size_t i;

	for (i = 0; i < NCELL; i++)
		cell[i] = page_load(pg, i);
}

/* => object locked: a frame filled with what belongs into the object */
static void
new_page(size_t o)
{
	struct vm_page *pg;
	size_t i;

	while ((pg = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_USERESERVE)) == NULL)
		lk_yield();
	for (i = 0; i < NCELL; i++)
		page_store(pg, i, CELL(o, NOPMAP, lk_random()));
	atomic_clearbits_int(&pg->pg_flags, PG_BUSY);
	obj[o].page = pg;
}

/* => object locked, page not mapped any more */
static void
drop_page(size_t o)
{
	struct vm_page *pg = obj[o].page;
	size_t i;

	for (i = 0; i < NCELL; i++)
		add(&wrong_page, CELL_OBJ(page_load(pg, i)) != o);
	uvm_lock_pageq();
	uvm_pagefree(pg);
	uvm_unlock_pageq();
	obj[o].page = NULL;
}

static void
fault(size_t m, size_t o, vm_prot_t access)
{
	rw_enter_read(&map[m].lock);
	rw_enter_write(&obj[o].lock);
	if (obj[o].page == NULL)
		new_page(o);
	/* often writable at once, MOD or not */
	if (pmap_enter(map[m].pm, va_of(o), obj[o].page,
	    access | VM_PROT_READ | (int)lk_random_below(2) * VM_PROT_WRITE,
	    lk_random_below(2) ? access : VM_PROT_NONE) != 0)
		abort();
	rw_exit_write(&obj[o].lock);
	rw_exit_read(&map[m].lock);
}

static void
processor(void *arg)
{
	size_t m, o, n, cell, i;
	uint64_t buf[NCELL];

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		m = lk_random_below(NPMAP);
		o = lk_random_below(NOBJ);
		n = 1 + lk_random_below(NCELL);
		cell = lk_random_below(NCELL - n + 1);
		if (lk_random_below(2)) {
			if (pmap_load(map[m].pm, va_of(o) + cell * 8, buf,
			    n) != 0) {
				fault(m, o, VM_PROT_READ);
				continue;
			}
			for (i = 0; i < n; i++)
				add(&wrong_load, CELL_OBJ(buf[i]) != o);
			add(&loaded, 1);
			continue;
		}
		for (i = 0; i < n; i++)
			buf[i] = CELL(o, m, lk_random());
		if (pmap_store(map[m].pm, va_of(o) + cell * 8, buf, n) != 0)
			fault(m, o, VM_PROT_WRITE);
		else
			add(&stored, 1);
	}
}

/* => nobody may store into the page: watch that nobody does */
static void
watch_page(struct vm_page *pg)
{
	uint64_t was[NCELL], is[NCELL];
	int i;

	snap(pg, was);
	for (i = 0; i < WATCHES; i++) {
		if (i % 8 == 7)
			lk_yield();
		snap(pg, is);
		add(&changed, memcmp(was, is, sizeof(is)) != 0);
	}
	add(&watched, 1);
}

/* What was stored after the bit was cleared has set it again. */
static void
watch_modified(struct vm_page *pg)
{
	uint64_t was[NCELL], is[NCELL];

	pmap_clear_modify(pg);
	snap(pg, was);
	if (lk_random_below(2))
		lk_yield();
	pmap_page_protect(pg, lk_random_below(2) ? VM_PROT_READ :
	    VM_PROT_NONE);
	snap(pg, is);
	add(&missed_mod, memcmp(was, is, sizeof(is)) != 0 &&
	    !pmap_is_modified(pg));
}

static void
page_once(size_t o)
{
	switch (lk_random_below(4)) {
	case 0:
		pmap_page_protect(obj[o].page, VM_PROT_READ);
		watch_page(obj[o].page);
		break;
	case 1:
		pmap_page_protect(obj[o].page, VM_PROT_NONE);
		watch_page(obj[o].page);
		drop_page(o);
		break;
	case 2:
		watch_modified(obj[o].page);
		break;
	default:	/* as COW does: another frame, the old one goes */
		pmap_page_protect(obj[o].page, VM_PROT_NONE);
		drop_page(o);
		new_page(o);
		if (rw_enter(&map[0].lock, RW_READ | RW_NOSLEEP) != 0)
			break;
		if (pmap_enter(map[0].pm, va_of(o), obj[o].page, VM_PROT_READ,
		    VM_PROT_READ) != 0)
			abort();
		rw_exit_read(&map[0].lock);
		break;
	}
}

static void
pager(void *arg)
{
	size_t o;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		o = lk_random_below(NOBJ);
		rw_enter_write(&obj[o].lock);
		if (obj[o].page != NULL)
			page_once(o);
		rw_exit_write(&obj[o].lock);
	}
}

/*
 * Map write-locked, and so are the owners: nothing new may come from this
 * pmap, while the others go on.
 */
static void
watch_range(size_t m, size_t lo, size_t hi)
{
	uint64_t was[NOBJ][NCELL], is[NCELL];
	size_t o, i;
	int turn;

	for (o = lo; o < hi; o++)
		if (obj[o].page != NULL)
			snap(obj[o].page, was[o]);
	for (turn = 0; turn < WATCHES; turn++) {
		for (o = lo; o < hi; o++) {
			if (obj[o].page == NULL)
				continue;
			snap(obj[o].page, is);
			for (i = 0; i < NCELL; i++)
				add(&changed, is[i] != was[o][i] &&
				    CELL_PMAP(is[i]) == m);
			memcpy(was[o], is, sizeof(is));
		}
	}
	add(&watched, 1);
}

static void
range_lock(size_t lo, size_t hi)
{
	for (; lo < hi; lo++)
		rw_enter(&obj[lo].lock, RW_WRITE | RW_DUPOK);
}

static void
range_unlock(size_t lo, size_t hi)
{
	while (hi-- > lo)
		rw_exit_write(&obj[hi].lock);
}

static void
unmapper(void *arg)
{
	size_t m, lo, hi, o;
	vaddr_t start, end;
	bool owners;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		m = lk_random_below(NPMAP);
		lo = lk_random_below(NOBJ);
		hi = lo + 1 + lk_random_below(NOBJ - lo);
		start = va_of(lo);
		end = va_of(hi - 1) + PSIZE;
		owners = lk_random_below(2) != 0;
		rw_enter_write(&map[m].lock);
		if (owners)	/* to watch from the first moment on */
			range_lock(lo, hi);
		if (lk_random_below(2)) {
			pmap_remove(map[m].pm, start, end);
			for (o = lo; o < hi; o++)
				add(&changed, pmap_extract(map[m].pm,
				    va_of(o), NULL));
		} else
			pmap_protect(map[m].pm, start, end, VM_PROT_READ);
		if (owners) {
			watch_range(m, lo, hi);
			range_unlock(lo, hi);
		}
		rw_exit_write(&map[m].lock);
		lk_yield();
	}
}

/*
 * The clock is the number of watches: by then much has happened, however slow
 * the machine.
 */
static void
referee(void *arg)
{
	while (atomic_load(&watched) < *(uint64_t *)arg ||
	    atomic_load(&stored) < *(uint64_t *)arg)
		lk_delay(1000000);
	atomic_store(&stop, true);
}

static void
small_pages(struct vm_conf *c)
{
	c->page_size = PSIZE;
	c->frames = 20;
}

static void
tear_down(void)
{
	size_t i;

	for (i = 0; i < NPMAP; i++) {
		pmap_remove(map[i].pm, 0, (vaddr_t)1 << 48);
		pmap_destroy(map[i].pm);
		rw_destroy(&map[i].lock);
	}
	for (i = 0; i < NOBJ; i++) {
		if (obj[i].page != NULL)
			drop_page(i);
		rw_destroy(&obj[i].lock);
	}
}

static void
run_race(uint64_t watches, int npager, int nunmapper)
{
	struct vm_world *w = base_boot(small_pages);
	uint64_t freed = base_incidents("page.freed-mapped");
	struct lk_strand *st[16];
	int i, n = 0;

	atomic_store(&stop, false);
	atomic_store(&watched, 0);
	atomic_store(&stored, 0);
	atomic_store(&wrong_load, 0);
	atomic_store(&wrong_page, 0);
	atomic_store(&changed, 0);
	atomic_store(&missed_mod, 0);
	for (i = 0; i < NPMAP; i++) {
		rw_init(&map[i].lock, "testmap");
		assert_int_equal(pmap_create(&map[i].pm), 0);
	}
	for (i = 0; i < NOBJ; i++) {
		rw_init(&obj[i].lock, "testobj");
		obj[i].page = NULL;
	}
	for (i = 0; i < 4; i++)
		assert_int_equal(lk_strand_start(&st[n++], "cpu", processor,
		    NULL, NULL), 0);
	for (i = 0; i < npager; i++)
		assert_int_equal(lk_strand_start(&st[n++], "pager", pager,
		    NULL, NULL), 0);
	for (i = 0; i < nunmapper; i++)
		assert_int_equal(lk_strand_start(&st[n++], "unmapper",
		    unmapper, NULL, NULL), 0);
	assert_int_equal(lk_strand_start(&st[n++], "referee", referee,
	    &watches, NULL), 0);
	while (n > 0)
		lk_strand_join(st[--n]);
	tear_down();
	assert_int_equal(atomic_load(&wrong_load), 0);
	assert_int_equal(atomic_load(&wrong_page), 0);
	assert_int_equal(atomic_load(&changed), 0);
	assert_int_equal(atomic_load(&missed_mod), 0);
	assert_int_equal(base_incidents("page.freed-mapped"), freed);
	assert_int_equal(uvm_freeframes(), 20);
	base_down(w);
}

static void
test_pagers(void **state)
{
	run_race(sized(1500, 500), 2, 0);
}

static void
test_unmappers(void **state)
{
	run_race(sized(600, 200), 0, 2);
}

static void
test_everybody(void **state)
{
	run_race(sized(1500, 500), 2, 2);
}

/*
 * A duel: one stores without a pause, the other takes the right away and
 * gives it back, and looks at once.
 */
#define DUEL_ROUNDS	sized(20000, 5000)

static void
duellist(void *arg)
{
	uint64_t x = 0;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		x++;
		if (pmap_store(map[0].pm, BASE, &x, 1) == 0)
			add(&stored, 1);
	}
}

static void
duel_round(struct vm_page *pg)
{
	uint64_t was;
	unsigned i;

	if (pmap_enter(map[0].pm, BASE, pg, VM_PROT_READ | VM_PROT_WRITE,
	    VM_PROT_NONE) != 0)
		abort();
	/* until it is in the middle of it */
	was = page_load(pg, 0);
	for (i = 0; i < 1000 && page_load(pg, 0) == was; i++)
		;
	switch (lk_random_below(3)) {
	case 0:
		pmap_protect(map[0].pm, BASE, BASE + PSIZE, VM_PROT_READ);
		break;
	case 1:
		pmap_remove(map[0].pm, BASE, BASE + PSIZE);
		break;
	default:
		pmap_page_protect(pg, VM_PROT_READ);
		break;
	}
	was = page_load(pg, 0);
	for (i = 0; i < WATCHES; i++)
		add(&changed, page_load(pg, 0) != was);
}

static void
test_duel(void **state)
{
	struct vm_world *w = base_boot(small_pages);
	struct lk_strand *st;
	struct vm_page *pg;
	int i;

	atomic_store(&stop, false);
	atomic_store(&changed, 0);
	atomic_store(&stored, 0);
	assert_int_equal(pmap_create(&map[0].pm), 0);
	pg = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_ZERO);
	atomic_clearbits_int(&pg->pg_flags, PG_BUSY);
	assert_int_equal(lk_strand_start(&st, "duellist", duellist, NULL,
	    NULL), 0);
	for (i = 0; i < DUEL_ROUNDS; i++)
		duel_round(pg);
	atomic_store(&stop, true);
	lk_strand_join(st);
	assert_int_equal(atomic_load(&changed), 0);
	pmap_remove(map[0].pm, 0, (vaddr_t)1 << 48);
	pmap_destroy(map[0].pm);
	base_down(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duel),
		cmocka_unit_test(test_pagers),
		cmocka_unit_test(test_unmappers),
		cmocka_unit_test(test_everybody),
	};

	return cmocka_run_group_tests_name("amap.pmap.race", tests, NULL,
	    NULL);
}

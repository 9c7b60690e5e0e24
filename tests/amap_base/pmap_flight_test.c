/*
 * The test is a processor that stops in the middle of an access, as one does
 * whose thread loses its turn: what must wait for it does, what need not does
 * not, and all goes on when the access ends.
 */
#include "amap/pmap_int.h"
#include "base_test.h"

#define VA	((vaddr_t)0x7000)
#define MAXCALL	4

static struct pmap *pm;
static struct vm_page *pg[2];
static struct pv_entry *pv;

struct call {
	void		(*fn)(void);
	struct lk_strand *st;
	_Atomic int	begun, done;
};

static void
call_main(void *arg)
{
	struct call *c = arg;

	atomic_store(&c->begun, 1);
	c->fn();
	atomic_store(&c->done, 1);
}

static void
start(struct call *c, void (*fn)(void))
{
	c->fn = fn;
	atomic_store(&c->begun, 0);
	atomic_store(&c->done, 0);
	assert_int_equal(lk_strand_start(&c->st, "remover", call_main, c,
	    NULL), 0);
}

/* It does not return; as far as one can see that. */
static void
assert_blocked(struct call *c)
{
	int i;

	while (!atomic_load(&c->begun))
		lk_yield();
	for (i = 0; i < 20; i++)
		lk_yield();
	assert_int_equal(atomic_load(&c->done), 0);
}

static void
access_stops(bool store)
{
	atomic_store(lk_strand_access_word(), (uintptr_t)pv | store);
}

static void
access_ends(void)
{
	atomic_store(lk_strand_access_word(), 0);
}

static void
remove_it(void)
{
	pmap_remove(pm, VA - 5 * 4096, VA + 5 * 4096);
}

static void
protect_it(void)
{
	pmap_protect(pm, VA, VA + 4096, VM_PROT_READ);
}

static void
protect_page(void)
{
	pmap_page_protect(pg[0], VM_PROT_READ);
}

static void
remove_page(void)
{
	pmap_page_protect(pg[0], VM_PROT_NONE);
}

static void
clear_modify(void)
{
	pmap_clear_modify(pg[0]);
}

static void
enter_other(void)
{
	pmap_enter(pm, VA, pg[1], VM_PROT_READ, VM_PROT_NONE);
}

static void
enter_readonly(void)
{
	pmap_enter(pm, VA, pg[0], VM_PROT_READ, VM_PROT_NONE);
}

static void
remove_elsewhere(void)
{
	pmap_remove(pm, VA + 4096, VA + 64 * 4096);
	pmap_remove(pm, 0, VA);
	pmap_page_protect(pg[1], VM_PROT_NONE);
}

static struct vm_world *
set_up(void)
{
	struct vm_world *w = base_boot(NULL);
	int i;

	for (i = 0; i < 2; i++) {
		pg[i] = uvm_pagealloc(NULL, 0, NULL, UVM_PGA_ZERO);
		atomic_clearbits_int(&pg[i]->pg_flags, PG_BUSY);
	}
	assert_int_equal(pmap_create(&pm), 0);
	assert_int_equal(pmap_enter(pm, VA, pg[0], VM_PROT_READ |
	    VM_PROT_WRITE, VM_PROT_NONE), 0);
	pmap_enter(pm, VA + 4096, pg[1], VM_PROT_READ, VM_PROT_NONE);
	pv = pmap_slot(pm, VA);
	assert_non_null(pv);
	return w;
}

static void
tear_down(struct vm_world *w)
{
	pmap_remove(pm, 0, (vaddr_t)1 << 48);
	pmap_destroy(pm);
	base_down(w);
}

static void
test_waits(void **state)
{
	static void (*const fn[])(void) = { remove_it, protect_it,
	    protect_page, remove_page, clear_modify, enter_other,
	    enter_readonly };
	struct vm_world *w;
	struct call c;
	size_t i;

	for (i = 0; i < nitems(fn); i++) {
		w = set_up();
		access_stops(true);
		start(&c, fn[i]);
		assert_blocked(&c);
		access_ends();
		lk_strand_join(c.st);
		tear_down(w);
	}
}

/* A load that goes on is no matter to who takes away the right to store. */
static void
test_loads_go_on(void **state)
{
	static void (*const fn[])(void) = { protect_it, protect_page,
	    clear_modify, remove_elsewhere };
	struct vm_world *w;
	struct call c;
	size_t i;

	for (i = 0; i < nitems(fn); i++) {
		w = set_up();
		access_stops(false);
		start(&c, fn[i]);
		lk_strand_join(c.st);
		access_ends();
		tear_down(w);
	}
}

static void
test_removal_waits_for_loads(void **state)
{
	static void (*const fn[])(void) = { remove_it, remove_page,
	    enter_other };
	struct vm_world *w;
	struct call c;
	size_t i;

	for (i = 0; i < nitems(fn); i++) {
		w = set_up();
		access_stops(false);
		start(&c, fn[i]);
		assert_blocked(&c);
		access_ends();
		lk_strand_join(c.st);
		tear_down(w);
	}
}

static void
wait_busy(void)
{
	while (!(atomic_load(&pv->pte) & PTE_BUSY))
		lk_yield();
}

/*
 * One has begun to remove it; the others, through the page and through the
 * map, wait for the same access, and only one of them empties the place.
 */
static void
remove_thrice(void (*first)(void), void (*second)(void), void (*third)(void))
{
	struct vm_world *w = set_up();
	struct call c[3];

	access_stops(true);
	start(&c[0], first);
	wait_busy();
	start(&c[1], second);
	start(&c[2], third);
	assert_blocked(&c[0]);
	assert_blocked(&c[1]);
	assert_blocked(&c[2]);
	access_ends();
	lk_strand_join(c[0].st);
	lk_strand_join(c[1].st);
	lk_strand_join(c[2].st);
	assert_int_equal(atomic_load(&pv->pte) & PTE_BUSY, 0);
	assert_false(pmap_page_mapped(pg[0]));
	tear_down(w);
}

static void
test_many_removers(void **state)
{
	int i;

	for (i = 0; i < 10; i++) {
		remove_thrice(remove_it, remove_page, remove_it);
		remove_thrice(remove_page, remove_it, remove_it);
		remove_thrice(remove_it, enter_other, remove_page);
		remove_thrice(enter_other, remove_it, remove_page);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_loads_go_on),
		cmocka_unit_test(test_removal_waits_for_loads),
		cmocka_unit_test(test_many_removers),
	};

	return cmocka_run_group_tests_name("amap.pmap.flight", tests, NULL,
	    NULL);
}

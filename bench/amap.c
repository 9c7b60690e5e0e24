/*
 * bench/amap.c: what the hot operations of the VM cost, one strand, pages of
 * 4096 bytes, all locks recorded.  Each line is the median of ROUNDS rounds.
 * The last table is the cost of one amap among 10^2 to 10^6 live ones: it
 * ought not to grow with their number.
 */
#include <stdio.h>
#include <stdlib.h>

#include "amap/map_int.h"

#define ROUNDS		9
#define NPAGES		1024	/* that an operation is done to */
#define FRAMES		8192
#define WALK_AMAPS	100000

static struct vm_world *world;

static void
start(size_t page_size, size_t frames, size_t slots)
{
	struct vm_conf c;
	char why[256];

	vm_conf_default(&c);
	c.page_size = page_size;
	c.frames = frames;
	c.swap_slots[0] = c.swap_slots[1] = slots;
	if (lk_strand_adopt("bench", NULL) != 0 ||
	    vm_world_create(&c, &world, why) != 0) {
		fprintf(stderr, "bench: %s\n", why);
		exit(3);
	}
}

static void
end(void)
{
	vm_world_destroy(world);
	lk_strand_leave();
}

static struct vm_space *
space(void)
{
	struct vm_space *s;

	if (vm_space_create(&s) != 0)
		abort();
	return s;
}

static vaddr_t
map(struct vm_space *s, size_t npages)
{
	uintptr_t va;

	if (vm_mmap(s, &va, ptoa(npages), VM_PROT_READ | VM_PROT_WRITE, 0,
	    NULL, 0) != 0)
		abort();
	return va;
}

/* Every step-th page of n. */
static void
stores(struct vm_space *s, vaddr_t va, size_t n, size_t step)
{
	uint64_t v = 1;
	size_t i;

	for (i = 0; i < n; i += step)
		if (vm_store(s, va + ptoa(i), &v, 1) != 0)
			abort();
}

static void
loads(struct vm_space *s, vaddr_t va, size_t n, size_t step)
{
	uint64_t v;
	size_t i;

	for (i = 0; i < n; i += step)
		if (vm_load(s, va + ptoa(i), &v, 1) != 0)
			abort();
}

/* ------------------------------------------------------------------------
 * => ns of one round, all of it; *n: operations in it
 */
static uint64_t
fault_zero(size_t *n)
{
	struct vm_space *s = space();
	vaddr_t va = map(s, NPAGES);
	uint64_t t = lk_now();

	stores(s, va, NPAGES, 1);
	t = lk_now() - t;
	vm_space_exit(s);
	*n = NPAGES;
	return t;
}

/* Pages are here and not mapped; steps of a window, so that each faults. */
static uint64_t
fault_1a(size_t *n)
{
	struct vm_space *s = space();
	vaddr_t va = map(s, NPAGES);
	uint64_t t;

	stores(s, va, NPAGES, 16);
	vm_mprotect(s, va, va + ptoa(NPAGES), VM_PROT_NONE);
	vm_mprotect(s, va, va + ptoa(NPAGES), VM_PROT_READ | VM_PROT_WRITE);
	t = lk_now();
	loads(s, va, NPAGES, 16);
	t = lk_now() - t;
	vm_space_exit(s);
	*n = NPAGES / 16;
	return t;
}

static uint64_t
fault_1b(size_t *n)
{
	struct vm_space *s = space(), *child;
	vaddr_t va = map(s, NPAGES);
	uint64_t t;

	stores(s, va, NPAGES, 1);
	if (vm_fork(s, &child) != 0)
		abort();
	t = lk_now();
	stores(s, va, NPAGES, 1);
	t = lk_now() - t;
	vm_space_exit(child);
	vm_space_exit(s);
	*n = NPAGES;
	return t;
}

/* A resident store, for comparison. */
static uint64_t
resident(size_t *n)
{
	struct vm_space *s = space();
	vaddr_t va = map(s, NPAGES);
	uint64_t t;

	stores(s, va, NPAGES, 1);
	t = lk_now();
	stores(s, va, NPAGES, 1);
	t = lk_now() - t;
	vm_space_exit(s);
	*n = NPAGES;
	return t;
}

static uint64_t
fork_exit(size_t *n)
{
	struct vm_space *s = space(), *child;
	vaddr_t va = map(s, NPAGES);
	uint64_t t;
	int i;

	stores(s, va, NPAGES, 1);
	t = lk_now();
	for (i = 0; i < 64; i++) {
		if (vm_fork(s, &child) != 0)
			abort();
		vm_space_exit(child);
	}
	t = lk_now() - t;
	*n = 64 * vm_space_entries(s);
	vm_space_exit(s);
	return t;
}

static uint64_t
unref(size_t *n)
{
	struct vm_space *s = space();
	vaddr_t va = map(s, NPAGES);
	uint64_t t;

	stores(s, va, NPAGES, 1);
	t = lk_now();
	vm_munmap(s, va, va + ptoa(NPAGES));
	t = lk_now() - t;
	vm_space_exit(s);
	*n = NPAGES;
	return t;
}

/* Twice the frames there are, round and round: each goes out and comes in. */
static uint64_t
paging(size_t *n)
{
	struct vm_space *s = space();
	size_t npages = FRAMES * 2;
	vaddr_t va = map(s, npages);
	uint64_t t;

	stores(s, va, npages, 1);
	t = lk_now();
	stores(s, va, npages, 1);
	t = lk_now() - t;
	vm_space_exit(s);
	*n = npages;
	return t;
}

/* ------------------------------------------------------------------------ */

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
run(const char *what, uint64_t (*fn)(size_t *))
{
	double ns[ROUNDS];
	uint64_t t;
	size_t n;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		t = fn(&n);
		ns[i] = (double)t / (double)n;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	printf("%-34s %10.0f ns\n", what, ns[ROUNDS / 2]);
}

/* Swap-off of a device that nothing is on: the walk and nothing else. */
static void
walk(void)
{
	struct vm_space *s = space();
	uint64_t t;
	size_t i;
	vaddr_t va;

	for (i = 0; i < WALK_AMAPS; i++) {
		va = map(s, 1);
		stores(s, va, 1, 1);
	}
	t = lk_now();
	if (vm_swapoff(1) != 0)
		abort();
	t = lk_now() - t;
	printf("%-34s %10.0f ns\n", "walker, an amap of 10^5",
	    (double)t / WALK_AMAPS);
	vm_swapon(1);
	vm_space_exit(s);
}

#define SAMPLE	4096

/* => ns to allocate one more amap and to drop it, with n alive */
static double
among(size_t n, struct vm_amap **amap, size_t *have)
{
	double ns[ROUNDS];
	uint64_t t;
	size_t i;
	int r;

	for (; *have < n; (*have)++)
		if ((amap[*have] = AMAP->alloc(ptoa(1), M_WAITOK, 0)) == NULL)
			abort();
	for (r = 0; r < ROUNDS; r++) {
		t = lk_now();
		for (i = 0; i < SAMPLE; i++)
			AMAP->unref(AMAP->alloc(ptoa(1), M_WAITOK, 0), 0, 1,
			    TRUE);
		ns[r] = (double)(lk_now() - t) / SAMPLE;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return ns[ROUNDS / 2];
}

static void
flat(void)
{
	struct vm_amap **amap = calloc(1000000, sizeof(*amap));
	size_t have = 0, n;

	printf("\n%-20s %s\n", "amaps alive", "alloc, list, unref of one");
	for (n = 100; n <= 1000000; n *= 10)
		printf("%-20zu %10.0f ns\n", n, among(n, amap, &have));
	while (have > 0)
		AMAP->unref(amap[--have], 0, 1, TRUE);
	free(amap);
}

int
main(void)
{
	start(4096, FRAMES, FRAMES * 4);
	run("store, resident", resident);
	run("fault, zero", fault_zero);
	run("fault, 1A", fault_1a);
	run("fault, 1B (copy of 4096 bytes)", fault_1b);
	run("fork and exit, an entry (16 pages)", fork_exit);
	run("unref, a page", unref);
	run("page-out and page-in", paging);
	end();
	start(64, WALK_AMAPS + WALK_AMAPS / 4, 1024);
	walk();
	flat();
	end();
	return 0;
}

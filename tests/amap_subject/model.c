/*
 * model.c: the whole subject against arrays of numbers.
 *
 * Mappings are made, written, forked, shared, split, unmapped and emptied at
 * random.  The model of a mapping is an array of values, behind a window; who
 * shares memory shares the array, who forks copies it.  After each step the
 * mappings of that step, now and then all, must read as the model says.
 */
#include "tests/amap_subject/stubs.h"
#include "tests/size.h"

#define MAXMAP		48
#define MAXPAGES	600

/* What one piece of memory holds; 0: never written. */
struct memory {
	int		refs;
	uint64_t	v[MAXPAGES];
};
struct mapping {
	struct vm_map_entry e;
	struct memory	*mem;
	int		off;		/* window into mem */
	bool		shared;
};
static struct mapping maps[MAXMAP];
static int nmaps;
static uint64_t stamp;
static const char *step_name;

static int
below(int n)
{
	return (int)lk_random_below((uint64_t)n);
}

static int
pages_of(const struct mapping *m)
{
	return (int)((m->e.end - m->e.start) / PAGE);
}

static struct memory *
memory_new(void)
{
	struct memory *mem = calloc(1, sizeof(*mem));

	mem->refs = 1;
	return mem;
}

static void
memory_drop(struct memory *mem)
{
	if (--mem->refs == 0)
		free(mem);
}

static uint64_t
read_page(struct mapping *m, int i)
{
	return m->e.aref.ar_amap == NULL ? 0 : value_of(&m->e.aref, i);
}

static void
check(struct mapping *m)
{
	int i;

	for (i = 0; i < pages_of(m); i++) {
		if (read_page(m, i) != m->mem->v[m->off + i])
			fail_msg("%s: page %d of %d", step_name, i,
			    pages_of(m));
	}
	if (m->e.aref.ar_amap != NULL)
		check_amap(m->e.aref.ar_amap);
}

static void
own(struct mapping *m)
{
	while (UVM_ET_ISNEEDSCOPY(&m->e)) {
		amap_copy(&test_map, &m->e, below(3) ? M_NOWAIT : M_WAITOK,
		    FALSE, 0, 0);
		if (UVM_ET_ISNEEDSCOPY(&m->e))
			check(m);	/* failed: as before */
	}
}

/* ------------------------------------------------------------------------
 * Steps
 */

static struct mapping *
pick(void)
{
	return &maps[below(nmaps)];
}

static void
do_map(struct mapping *unused)
{
	static const int sizes[] = {
		1, 3, 15, 16, 17, 31, 48, 100, 256, 400, MAXPAGES
	};
	struct mapping *m;

	if (nmaps == MAXMAP)
		return;
	m = &maps[nmaps++];
	memset(m, 0, sizeof(*m));
	m->e = entry_of(sizes[below(11)]);
	m->mem = memory_new();
}

static void
write_page(struct mapping *m, int i)
{
	struct vm_amap *amap;
	struct vm_anon *anon, *new;
	int error = 0;

	own(m);
	amap = m->e.aref.ar_amap;
	stamp++;
	amap_lock(amap);
	anon = amap_lookup(&m->e.aref, (vaddr_t)i * PAGE);
	if (anon != NULL && anon->an_ref == 1 && anon->an_page != NULL) {
		anon->an_page->cells[0] = stamp;
	} else {
		new = anon_new(amap, stamp, 0);
		error = amap_add(&m->e.aref, (vaddr_t)i * PAGE, new,
		    anon != NULL);
		if (error != 0)
			anon_drop(new);
		else if (anon != NULL)
			anon_drop(anon);
	}
	amap_unlock(amap);
	if (error != 0) {
		assert_null(anon);
		amap_populate(&m->e.aref, (vaddr_t)i * PAGE);
		write_page(m, i);
		return;
	}
	m->mem->v[m->off + i] = stamp;
}

static void
do_write(struct mapping *m)
{
	int i, n = 1 + below(8);

	for (i = 0; i < n; i++)
		write_page(m, below(pages_of(m)));
}

static void
do_fork(struct mapping *m)
{
	struct mapping *c;

	if (nmaps == MAXMAP || m->e.aref.ar_amap == NULL)
		return;
	c = &maps[nmaps++];
	*c = *m;
	c->mem = memory_new();
	memcpy(c->mem->v, m->mem->v, sizeof(c->mem->v));
	c->shared = false;
	amap_ref(m->e.aref.ar_amap, (vaddr_t)m->e.aref.ar_pageoff,
	    (vsize_t)pages_of(m), 0);
	c->e.etype |= UVM_ET_NEEDSCOPY;
	if (amap_flags(m->e.aref.ar_amap) & AMAP_SHARED) {
		own(c);
		if (below(2))
			amap_cow_now(&test_map, &c->e);
	} else
		m->e.etype |= UVM_ET_NEEDSCOPY;
	check(c);
}

static void
do_share(struct mapping *m)
{
	struct mapping *c;

	if (nmaps == MAXMAP)
		return;
	own(m);
	m->shared = true;
	c = &maps[nmaps++];
	*c = *m;
	c->mem->refs++;
	amap_ref(m->e.aref.ar_amap, (vaddr_t)m->e.aref.ar_pageoff,
	    (vsize_t)pages_of(m), AMAP_SHARED);
	check(c);
}

static void
unmap(struct mapping *m)
{
	if (m->e.aref.ar_amap != NULL)
		amap_unref(m->e.aref.ar_amap, (vaddr_t)m->e.aref.ar_pageoff,
		    (vsize_t)pages_of(m), FALSE);
	memory_drop(m->mem);
	*m = maps[--nmaps];
}

static void
do_clip(struct mapping *m)
{
	struct mapping *right;
	int at;

	if (nmaps == MAXMAP || pages_of(m) < 2)
		return;
	at = 1 + below(pages_of(m) - 1);
	right = &maps[nmaps++];
	*right = *m;
	right->mem->refs++;
	right->off += at;
	if (m->e.aref.ar_amap != NULL)
		amap_splitref(&m->e.aref, &right->e.aref, (vaddr_t)at * PAGE);
	right->e.start = m->e.end = m->e.start + (vaddr_t)at * PAGE;
	check(right);
	if (below(2))
		unmap(right);
}

/* Only where nobody else sees the memory, as the kernel has it. */
static void
do_free(struct mapping *m)
{
	struct vm_amap *amap = m->e.aref.ar_amap;
	struct vm_anon *anon;
	int i;

	if (amap == NULL || UVM_ET_ISNEEDSCOPY(&m->e))
		return;
	amap_lock(amap);
	for (i = below(pages_of(m)); i < pages_of(m) && amap_refs(amap) == 1;
	    i += 1 + below(4)) {
		anon = amap_lookup(&m->e.aref, (vaddr_t)i * PAGE);
		if (anon == NULL)
			continue;
		amap_unadd(&m->e.aref, (vaddr_t)i * PAGE);
		anon_drop(anon);
		m->mem->v[m->off + i] = 0;
	}
	amap_unlock(amap);
}

/* What the page daemon does; slots 1000 to 1999 are the device. */
static void
do_pageout(struct mapping *m)
{
	struct vm_amap *amap = m->e.aref.ar_amap;
	struct vm_anon *anon;
	int i, slot = 1000;

	if (amap == NULL)
		return;
	amap_lock(amap);
	for (i = 0; i < pages_of(m); i += 1 + below(3)) {
		anon = amap_lookup(&m->e.aref, (vaddr_t)i * PAGE);
		while (slot < 2000 && stub.content[slot] != 0)
			slot++;
		if (anon != NULL && anon->an_page != NULL && slot < 2000)
			page_keep(anon, slot);
	}
	amap_unlock(amap);
}

static void
do_walk(struct mapping *m)
{
	assert_int_equal(amap_swap_off(1000, 2000), FALSE);
	assert_int_equal(stub.slots[1], 0);
}

static const struct step {
	const char	*name;
	void		(*fn)(struct mapping *);
	int		weight;
} steps[] = {
	{ "map", do_map, 3 },	{ "write", do_write, 12 },
	{ "fork", do_fork, 5 },	{ "share", do_share, 2 },
	{ "clip", do_clip, 5 },	{ "unmap", unmap, 4 },
	{ "free", do_free, 2 },	{ "pageout", do_pageout, 3 },
	{ "walk", do_walk, 1 },
};
#define NSTEPS	(sizeof(steps) / sizeof(steps[0]))

static void
random_step(void)
{
	const struct step *st;
	int r = below(37);

	for (st = steps; r >= st->weight; st++)
		r -= st->weight;
	if (nmaps == 0)
		st = steps;
	step_name = st->name;
	st->fn(nmaps > 0 ? pick() : NULL);
}

/* I1: am_ref is how many mappings name it; I9: all are listed, none else. */
static void
check_all(void)
{
	struct vm_amap *amap;
	int i, n;

	for (i = 0; i < nmaps; i++)
		check(&maps[i]);
	LIST_FOREACH(amap, &amap_list, am_list) {
		n = 0;
		for (i = 0; i < nmaps; i++)
			n += maps[i].e.aref.ar_amap == amap;
		assert_int_equal(amap_refs(amap), n);
		assert_true(n > 0);
	}
	assert_int_equal(list_length(),
	    counted(VMC_amap_alloc) - counted(VMC_amap_free));
}

static void
run(const char *scheme, uint64_t seed, int nsteps)
{
	int i;

	world_up(scheme);
	lk_seed(seed);
	atomic_store(&stub.fail_at[VMI_chunk], 59);
	atomic_store(&stub.fail_at[VMI_amap], 13);
	atomic_store(&stub.fail_at[VMI_ppref], 9);
	atomic_store(&stub.fail_at[VMI_buckets], 17);
	stub.every[VMI_chunk] = stub.every[VMI_amap] = stub.every[VMI_ppref] =
	    stub.every[VMI_buckets] = true;
	for (i = 0; i < nsteps; i++) {
		random_step();
		if (nmaps > 0)
			check(pick());
		if (i % 97 == 0)
			check_all();
	}
	assert_true(counted(VMC_amap_copy_fail) > 0);
	assert_true(counted(VMC_amap_takeover) > 0);
	assert_true(counted(VMC_amap_lazy) > 0);
	assert_true(counted(VMC_walk_pagein) > 100);
	while (nmaps > 0)
		unmap(&maps[0]);
	world_down();
}

static void
differential(void **state)
{
	uint64_t seed;

	for (seed = 1; seed <= sized(9, 3); seed++)
		run(seed % 3 == 0 ? "ordered" : seed % 3 == 1 ? "trylock" :
		    "blocking", seed, 5000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(differential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

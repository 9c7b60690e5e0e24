#include "tests/amap_map/model.h"

#define OBJ_PAGES	64

static uint64_t
rnd(struct model *m, uint64_t n)
{
	uint64_t x = m->rnd;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	m->rnd = x;
	return (x * 0x2545f4914f6cdd1dULL >> 16) % n;
}

/* The operation may fail for lack of memory, when that is asked for. */
static bool
done(struct model *m, int error)
{
	m->done++;
	if (error == 0)
		return true;
	m->refused++;
	if (!m->faulty || (error != ENOMEM && error != EIO))
		tw_fail("operation %llu: error %d",
		    (unsigned long long)m->done, error);
	return false;
}

/* => where our page n is */
static vaddr_t
at(struct model *m, unsigned n)
{
	return tw_page(m->base + n);
}

/* ------------------------------------------------------------------------
 * The memory
 */
static void
page_drop(struct mslot *sl)
{
	if (sl->page != NULL && --sl->page->refs == 0)
		free(sl->page);
	memset(sl, 0, sizeof(*sl));
}

static void
page_reset(struct mslot *sl)
{
	unsigned c;

	sl->page->lost = false;
	for (c = 0; c < MODEL_CELLS; c++)
		sl->page->cell[c] = sl->isobj ?
		    vm_object_cell(sl->objid, sl->objpage, c) : 0;
}

static struct mpage *
page_new(void)
{
	struct mpage *p = calloc(1, sizeof(*p));

	TW_CHECK(p != NULL);
	p->refs = 1;
	return p;
}

static struct mspace *
any_space(struct model *m)
{
	unsigned i, from = (unsigned)rnd(m, MODEL_SPACES);

	for (i = 0; i < MODEL_SPACES; i++)
		if (m->space[(from + i) % MODEL_SPACES].vm != NULL)
			return &m->space[(from + i) % MODEL_SPACES];
	return NULL;
}

static struct mspace *
free_space(struct model *m)
{
	unsigned i;

	for (i = 0; i < MODEL_SPACES; i++)
		if (m->space[i].vm == NULL)
			return &m->space[i];
	return NULL;
}

/* A range; *n pages from the first.  Most are short, some are long. */
static unsigned
any_range(struct model *m, unsigned *n)
{
	unsigned max = rnd(m, 8) == 0 ? MODEL_PAGES : 24, first;

	first = (unsigned)rnd(m, MODEL_PAGES);
	*n = 1 + (unsigned)rnd(m, max);
	if (*n > MODEL_PAGES - first)
		*n = MODEL_PAGES - first;
	return first;
}

/* => some range of mapped pages that begins here; 0: the page is not mapped */
static unsigned
mapped_range(struct mspace *s, unsigned first, unsigned n)
{
	unsigned i;

	for (i = 0; i < n && s->slot[first + i].page != NULL; i++)
		;
	return i;
}

static size_t
count_wired(struct model *m)
{
	size_t n = 0;
	unsigned i, j;

	for (i = 0; i < MODEL_SPACES; i++)
		for (j = 0; m->space[i].vm != NULL && j < MODEL_PAGES; j++)
			n += m->space[i].slot[j].wired;
	return n;
}

/* ------------------------------------------------------------------------
 * Loads and stores
 */
static void
check_page(struct model *m, struct mspace *s, unsigned n)
{
	struct mslot *sl = &s->slot[n];
	uint64_t cell[MODEL_CELLS];
	int error, want = 0;

	if (sl->page == NULL)
		want = EFAULT;
	else if ((sl->prot & VM_PROT_READ) == 0)
		want = EACCES;
	else if (sl->page->lost)
		want = EIO;
	error = vm_load(s->vm, at(m, n), cell, MODEL_CELLS);
	if (m->faulty && want == 0 && error == EIO) {
		sl->page->lost = true;
		return;
	}
	if (m->faulty && error == ENOMEM)
		return;
	if (error != want)
		tw_fail("space %u page %u: load says %d, not %d",
		    vm_space_id(s->vm), n, error, want);
	if (want == 0 && memcmp(cell, sl->page->cell, sizeof(cell)) != 0)
		tw_fail("space %u page %u: %llx.., not %llx..",
		    vm_space_id(s->vm), n, (unsigned long long)cell[0],
		    (unsigned long long)sl->page->cell[0]);
}

static void
op_load(struct model *m, struct mspace *s)
{
	check_page(m, s, (unsigned)rnd(m, MODEL_PAGES));
}

static void
op_store(struct model *m, struct mspace *s)
{
	unsigned n = (unsigned)rnd(m, MODEL_PAGES), first, ncells, i;
	struct mslot *sl = &s->slot[n];
	uint64_t cell[MODEL_CELLS];
	int error, want = 0;

	first = (unsigned)rnd(m, MODEL_CELLS);
	ncells = 1 + (unsigned)rnd(m, MODEL_CELLS - first);
	for (i = 0; i < ncells; i++)
		cell[i] = ++m->version << 16 | n;
	if (sl->page == NULL)
		want = EFAULT;
	else if ((sl->prot & VM_PROT_WRITE) == 0 || sl->shobj)
		want = EACCES;
	else if (sl->page->lost)
		want = EIO;
	error = vm_store(s->vm, at(m, n) + first * 8, cell, ncells);
	if (m->faulty && want == 0 && error == EIO)
		sl->page->lost = true;
	else if (error != want && !(m->faulty && error == ENOMEM))
		tw_fail("space %u page %u: store says %d, not %d",
		    vm_space_id(s->vm), n, error, want);
	if (error == 0)
		memcpy(&sl->page->cell[first], cell, ncells * 8);
}

/* ------------------------------------------------------------------------
 * Mappings
 */
static void
slot_map(struct model *m, struct mslot *sl, int prot, int flags, int obj,
    uint64_t objpage)
{
	page_drop(sl);
	sl->page = page_new();
	sl->prot = prot;
	sl->inherit = (flags & VM_MAP_SHARED) != 0 ? VM_INHERIT_SHARE :
	    VM_INHERIT_COPY;
	if (obj >= 0) {
		sl->isobj = true;
		sl->shobj = (flags & VM_MAP_SHARED) != 0;
		sl->objid = (uint64_t)obj + 100;
		sl->objpage = objpage;
	}
	page_reset(sl);
}

static void
op_mmap(struct model *m, struct mspace *s)
{
	unsigned n, i, first = any_range(m, &n);
	uintptr_t va = at(m, first);
	int flags = VM_MAP_FIXED, prot = TW_RW, obj = -1;
	uint64_t off = 0;

	if (rnd(m, 4) == 0)
		flags |= VM_MAP_SHARED;
	if (rnd(m, 4) == 0)
		flags |= VM_MAP_STACK;
	if (rnd(m, 8) == 0)
		prot = VM_PROT_READ;
	if (rnd(m, 4) == 0 && n <= OBJ_PAGES) {
		obj = (int)rnd(m, 3);
		off = rnd(m, OBJ_PAGES - n + 1);
	}
	if (!done(m, vm_mmap(s->vm, &va, ptoa(n), prot, flags,
	    obj >= 0 ? m->obj[obj] : NULL, ptoa(off))))
		return;
	for (i = 0; i < n; i++)
		slot_map(m, &s->slot[first + i], prot, flags, obj, off + i);
}

static void
op_munmap(struct model *m, struct mspace *s)
{
	unsigned n, i, first = any_range(m, &n);

	if (done(m, vm_munmap(s->vm, at(m, first), at(m, first + n))))
		for (i = 0; i < n; i++)
			page_drop(&s->slot[first + i]);
}

static void
op_mprotect(struct model *m, struct mspace *s)
{
	static const int prots[] = { TW_RW, TW_RW, VM_PROT_READ, VM_PROT_NONE };
	unsigned n, i, first = any_range(m, &n);
	int prot = prots[rnd(m, 4)];

	if ((n = mapped_range(s, first, n)) == 0 || !done(m,
	    vm_mprotect(s->vm, at(m, first), at(m, first + n), prot)))
		return;
	for (i = 0; i < n; i++)
		s->slot[first + i].prot = prot;
}

static void
op_minherit(struct model *m, struct mspace *s)
{
	unsigned n, i, first = any_range(m, &n);
	enum vm_inherit in = (enum vm_inherit)rnd(m, 3);

	if ((n = mapped_range(s, first, n)) == 0 || !done(m,
	    vm_minherit(s->vm, at(m, first), at(m, first + n), in)))
		return;
	for (i = 0; i < n; i++)
		s->slot[first + i].inherit = in;
}

static void
op_move(struct model *m, struct mspace *s)
{
	unsigned n, i, first = any_range(m, &n), to;

	n = mapped_range(s, first, n);
	to = (unsigned)rnd(m, MODEL_PAGES);
	if (n == 0 || to + n > MODEL_PAGES)
		return;
	for (i = 0; i < n; i++)
		if (s->slot[to + i].page != NULL)
			return;
	if (!done(m, vm_move(s->vm, at(m, first), ptoa(n), at(m, to))))
		return;
	for (i = 0; i < n; i++) {
		s->slot[to + i] = s->slot[first + i];
		memset(&s->slot[first + i], 0, sizeof(struct mslot));
	}
}

/* ------------------------------------------------------------------------
 * Spaces
 */
static void
slot_fork(struct mslot *sl, const struct mslot *old)
{
	if (old->page == NULL || old->inherit == VM_INHERIT_NONE)
		return;
	*sl = *old;
	sl->wired = false;
	if (old->inherit == VM_INHERIT_SHARE) {
		sl->page->refs++;
		return;
	}
	sl->shobj = false;		/* a private copy may be stored to */
	sl->page = page_new();
	sl->page->lost = old->page->lost;
	memcpy(sl->page->cell, old->page->cell, sizeof(old->page->cell));
}

static void
op_fork(struct model *m, struct mspace *s)
{
	struct mspace *c = free_space(m);
	struct vm_space *vm;
	unsigned i;

	if (c == NULL || !done(m, vm_fork(s->vm, &vm)))
		return;
	c->vm = vm;
	for (i = 0; i < MODEL_PAGES; i++)
		slot_fork(&c->slot[i], &s->slot[i]);
}

static void
space_exit(struct mspace *s)
{
	unsigned i;

	vm_space_exit(s->vm);
	s->vm = NULL;
	for (i = 0; i < MODEL_PAGES; i++)
		page_drop(&s->slot[i]);
}

static void
op_exit(struct model *m, struct mspace *s)
{
	if (m->lodger && s == &m->space[0])
		return;
	if (free_space(m) == NULL || rnd(m, 4) == 0)
		space_exit(s);
	if (any_space(m) == NULL &&
	    !done(m, vm_space_create(&m->space[0].vm)))
		m->space[0].vm = NULL;
}

/* ------------------------------------------------------------------------
 * Wiring, advice
 */
static void
op_mlock(struct model *m, struct mspace *s)
{
	unsigned n = 1 + (unsigned)rnd(m, 6), i;
	unsigned first = (unsigned)rnd(m, MODEL_PAGES - 6);
	int error;

	if ((n = mapped_range(s, first, n)) == 0 ||
	    count_wired(m) + n > m->maxwired)
		return;
	error = vm_mlock(s->vm, at(m, first), at(m, first + n));
	for (i = 0; i < n; i++) {
		if (error == EIO && s->slot[first + i].page->lost)
			return;		/* known to be lost */
	}
	if (!done(m, error))
		return;
	for (i = 0; i < n; i++)
		s->slot[first + i].wired = true;
}

static void
op_munlock(struct model *m, struct mspace *s)
{
	unsigned n, i, first = any_range(m, &n);

	if ((n = mapped_range(s, first, n)) == 0 || !done(m,
	    vm_munlock(s->vm, at(m, first), at(m, first + n))))
		return;
	for (i = 0; i < n; i++)
		s->slot[first + i].wired = false;
}

/* A page is as before, or as after mmap; shared ones are as before. */
static void
settle_free(struct model *m, struct mspace *s, unsigned n)
{
	struct mslot *sl = &s->slot[n];
	struct mpage old = *sl->page;
	uint64_t cell[MODEL_CELLS];

	if ((sl->prot & VM_PROT_READ) == 0)
		TW_CHECK(vm_mprotect(s->vm, at(m, n), at(m, n + 1),
		    VM_PROT_READ) == 0);
	switch (vm_load(s->vm, at(m, n), cell, MODEL_CELLS)) {
	case 0:
		if (memcmp(cell, old.cell, sizeof(cell)) == 0)
			break;
		if (sl->page->refs > 1)
			tw_fail("page %u is shared and was dropped", n);
		page_reset(sl);
		if (memcmp(cell, sl->page->cell, sizeof(cell)) != 0)
			tw_fail("page %u: %llx.. after madvise", n,
			    (unsigned long long)cell[0]);
		break;
	case EIO:
		TW_CHECK(m->faulty);
		sl->page->lost = true;
		break;
	default:
		TW_CHECK(m->faulty);
		break;
	}
	if ((sl->prot & VM_PROT_READ) == 0)
		TW_CHECK(vm_mprotect(s->vm, at(m, n), at(m, n + 1),
		    sl->prot) == 0);
}

static void
op_madvise_free(struct model *m, struct mspace *s)
{
	unsigned n = 1 + (unsigned)rnd(m, 8), i;
	unsigned first = (unsigned)rnd(m, MODEL_PAGES - 8);

	if (m->faulty || (n = mapped_range(s, first, n)) == 0)
		return;
	if (!done(m, vm_madvise_free(s->vm, at(m, first),
	    at(m, first + n))))
		return;
	for (i = 0; i < n; i++)
		settle_free(m, s, first + i);
}

static void
op_madvise_cold(struct model *m, struct mspace *s)
{
	unsigned n, first = any_range(m, &n);

	if ((n = mapped_range(s, first, n)) != 0)
		done(m, vm_madvise_cold(s->vm, at(m, first),
		    at(m, first + n)));
}

static void
op_pressure(struct model *m, struct mspace *s)
{
	vm_pressure(1 + rnd(m, 16));
}

/* One device at a time is off, so that there is always room. */
static void
op_swapoff(struct model *m, struct mspace *s)
{
	int dev = (int)rnd(m, 2), error;

	if (!m->swaps || !vm_swap_is_on(!dev) || !vm_swap_is_on(dev))
		return;
	error = vm_swapoff(dev);
	if (error != 0 && error != ENOMEM && error != EBUSY)
		tw_fail("swap-off of %d says %d", dev, error);
	if (vm_swap_is_on(dev) != (error != 0))
		tw_fail("swap-off of %d says %d", dev, error);
}

static void
op_swapon(struct model *m, struct mspace *s)
{
	int dev = (int)rnd(m, 2);

	if (m->swaps && !vm_swap_is_on(dev))
		TW_CHECK(vm_swapon(dev) == 0);
}

struct op {
	void		(*fn)(struct model *, struct mspace *);
	unsigned	weight;
};
static const struct op ops[] = {
	{ op_load, 300 }, { op_store, 400 }, { op_mmap, 30 },
	{ op_munmap, 15 }, { op_mprotect, 20 }, { op_minherit, 8 },
	{ op_move, 6 }, { op_fork, 12 }, { op_exit, 12 }, { op_mlock, 6 },
	{ op_munlock, 6 }, { op_madvise_free, 8 }, { op_madvise_cold, 6 },
	{ op_pressure, 4 }, { op_swapoff, 1 }, { op_swapon, 3 },
};
#define NOPS	(sizeof(ops) / sizeof(ops[0]))

void
model_init(struct model *m, uint64_t seed, struct vm_space *home,
    unsigned base)
{
	int i;

	memset(m, 0, sizeof(*m));
	m->rnd = seed;
	m->maxwired = 12;
	for (i = 0; i < 3; i++)
		TW_CHECK(vm_object_create((uint64_t)i + 100, OBJ_PAGES,
		    &m->obj[i]) == 0);
	m->base = base;
	m->lodger = home != NULL;
	m->space[0].vm = home;
	if (home == NULL)
		TW_CHECK(vm_space_create(&m->space[0].vm) == 0);
}

void
model_step(struct model *m)
{
	struct mspace *s = any_space(m);
	unsigned total = 0, i, pick;

	if (s == NULL) {
		if (!done(m, vm_space_create(&m->space[0].vm)))
			m->space[0].vm = NULL;
		return;
	}
	for (i = 0; i < NOPS; i++)
		total += ops[i].weight;
	pick = (unsigned)rnd(m, total);
	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	ops[i].fn(m, s);
}

void
model_check(struct model *m)
{
	unsigned i, n;

	for (i = 0; i < MODEL_SPACES; i++)
		for (n = 0; m->space[i].vm != NULL && n < MODEL_PAGES; n++)
			check_page(m, &m->space[i], n);
}

void
model_end(struct model *m)
{
	unsigned i;

	if (m->lodger) {
		TW_CHECK(vm_munmap(m->space[0].vm, at(m, 0),
		    at(m, MODEL_PAGES)) == 0);
		for (i = 0; i < MODEL_PAGES; i++)
			page_drop(&m->space[0].slot[i]);
		m->space[0].vm = NULL;
	}
	for (i = 0; i < MODEL_SPACES; i++)
		if (m->space[i].vm != NULL)
			space_exit(&m->space[i]);
	for (i = 0; i < 3; i++)
		vm_object_rele(m->obj[i]);
}

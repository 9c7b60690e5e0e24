/*
 * pool.c: objects of one size, all of which can be listed.
 *
 * A slab is aligned to its size, so an object leads to its slab:
 *
 *	+--------+------------+-------------+--------+--------+ - - - +
 *	| header | live bits  | free links  | object | object | never |
 *	|        | one each   | 16 bit each |   0    |   1    | used  |
 *	+--------+------------+-------------+--------+--------+ - - - +
 *	0                                               64 KiB, or 4
 *
 * Free objects of a slab are chained through the links, outside of them, so
 * that they can be poisoned whole.  pr_free chains the slabs that have a free
 * object, pr_slabs all of them.  pr_nout = sum of live bits.
 */
#include "amap/poison.h"
#include "amap/uvm_int.h"

#define SLAB_NONE	0xffffu

/* Small ones for a world that is to be put back often. */
static inline size_t
slab_size(void)
{
	return vmw()->vw_conf.small ? 4UL << 10 : 64UL << 10;
}

struct slab {
	struct slab	*next;		/* pr_slabs */
	struct slab	*next_free;	/* pr_free */
	struct pool	*pool;
	char		*obj;
	uint64_t	*live;
	uint16_t	*link;
	uint32_t	ncarved;	/* objects ever handed out */
	uint16_t	head, tail;	/* free ones */
};

static size_t
slab_bytes(size_t n, size_t pitch, size_t align)
{
	size_t hdr;

	hdr = sizeof(struct slab) + (n + 63) / 64 * sizeof(uint64_t) +
	    n * sizeof(uint16_t);
	return ((hdr + align - 1) & ~(align - 1)) + n * pitch;
}

void
pool_init(struct pool *pr, size_t size, u_int align, int ipl, int flags,
    const char *name, void *allocator)
{
	size_t al = align < 16 ? 16 : align, n, pitch;

	memset(pr, 0, sizeof(*pr));
	mtx_init(&pr->pr_lock, name);
	pr->pr_name = name;
	pr->pr_size = size;
	pr->pr_site = -1;
	pitch = (size + POISON_REDZONE + al - 1) & ~(al - 1);
	n = slab_size() / pitch;
	while (n > 0 && slab_bytes(n, pitch, al) > slab_size())
		n--;
	KASSERT(n > 0 && n < SLAB_NONE);
	pr->pr_perslab = n;
	pr->pr_pitch = pitch;
	pr->pr_align = al;
}

void
pool_sethiwat(struct pool *pr, int n)
{
	/* Nothing is ever given back to the arena: no mark is needed. */
	(void)pr;
	(void)n;
}

static struct slab *
slab_new(struct pool *pr)
{
	struct slab *s;
	size_t n = pr->pr_perslab;

	s = vm_arena_alloc(vmw()->vw_arena, slab_size(), slab_size());
	if (s == NULL)
		return NULL;
	memset(s, 0, sizeof(*s));
	s->pool = pr;
	s->live = (uint64_t *)(s + 1);
	s->link = (uint16_t *)(s->live + (n + 63) / 64);
	s->obj = (char *)s + slab_bytes(n, pr->pr_pitch, pr->pr_align) -
	    n * pr->pr_pitch;
	s->head = s->tail = SLAB_NONE;
	poison_fresh(s->obj, (char *)s + slab_size() - s->obj);
	s->next = pr->pr_slabs;
	pr->pr_slabs = s;
	s->next_free = pr->pr_free;
	pr->pr_free = s;
	return s;
}

/* Nothing is left to be given out. */
static bool
slab_full(const struct slab *s)
{
	return s->head == SLAB_NONE && s->ncarved == s->pool->pr_perslab;
}

/* What was freed is used again as late as can be: who still uses it shows. */
static inline bool
pool_late(void)
{
	return POISON_FIFO || vmw()->vw_grave != NULL;
}

static void *
slab_get(struct slab *s)
{
	struct pool *pr = s->pool;
	size_t i;

	if (s->head != SLAB_NONE &&
	    (!pool_late() || s->ncarved == pr->pr_perslab)) {
		i = s->head;
		s->head = s->link[i];
		if (s->head == SLAB_NONE)
			s->tail = SLAB_NONE;
	} else
		i = s->ncarved++;
	s->live[i / 64] |= 1ULL << (i % 64);
	if (slab_full(s)) {
		pr->pr_free = s->next_free;
		s->next_free = NULL;
	}
	return s->obj + i * pr->pr_pitch;
}

static void
slab_put(struct slab *s, size_t i)
{
	struct pool *pr = s->pool;
	bool full = slab_full(s);

	s->live[i / 64] &= ~(1ULL << (i % 64));
	if (POISON_KEEPS)
		return;
	if (pool_late() && s->tail != SLAB_NONE) {
		s->link[i] = SLAB_NONE;
		s->link[s->tail] = (uint16_t)i;
		s->tail = (uint16_t)i;
	} else {
		s->link[i] = s->head;
		s->head = (uint16_t)i;
		if (s->tail == SLAB_NONE)
			s->tail = (uint16_t)i;
	}
	if (full) {
		s->next_free = pr->pr_free;
		pr->pr_free = s;
	}
}

/*
 * Inspected: an object is all zeros until it is made, and when it is dead each
 * word of it is the address of a dead lock, so that whoever locks through it
 * is told.  Lock objects are dead locks themselves then.
 */
static void
pool_birth(struct pool *pr, void *p)
{
	if (vmw()->vw_grave == NULL)
		return;
	poison_live(p, pr->pr_size);
	memset(p, 0, pr->pr_size);
}

static void
pool_bury(struct pool *pr, void *p)
{
	struct vm_world *w = vmw();
	struct rwlock **word = p;
	size_t i;

	if (w->vw_grave == NULL || pr == &w->vw_lockobj_pool)
		return;
	for (i = 0; i < pr->pr_size / sizeof(*word); i++)
		word[i] = w->vw_grave;
}

static void
pool_gauge(struct pool *pr, uint64_t add)
{
	if (pr->pr_gauge != NULL)
		atomic_fetch_add_explicit(pr->pr_gauge, add,
		    memory_order_relaxed);
}

static void *
pool_try(struct pool *pr)
{
	struct slab *s;
	void *p = NULL;

	mtx_enter(&pr->pr_lock);
	if ((s = pr->pr_free) != NULL || (s = slab_new(pr)) != NULL) {
		p = slab_get(s);
		pool_birth(pr, p);
		pr->pr_nout++;
	}
	mtx_leave(&pr->pr_lock);
	if (p != NULL)
		pool_gauge(pr, 1);
	return p;
}

void *
pool_get(struct pool *pr, int flags)
{
	void *p;

	if (pr->pr_site >= 0 && (flags & PR_NOWAIT) &&
	    vm_injected((enum vm_inject_site)pr->pr_site))
		return NULL;
	while ((p = pool_try(pr)) == NULL) {
		if (flags & PR_NOWAIT)
			return NULL;
		vm_arena_wait(pr->pr_name);
	}
	poison_live(p, pr->pr_size);
	if (flags & PR_ZERO)
		memset(p, 0, pr->pr_size);
	return p;
}

void
pool_put(struct pool *pr, void *p)
{
	struct slab *s = (struct slab *)((uintptr_t)p & ~(slab_size() - 1));
	size_t i;
	bool ok;

	KASSERT(s->pool == pr && (char *)p >= s->obj);
	i = (uint32_t)((char *)p - s->obj) / (uint32_t)pr->pr_pitch;
	mtx_enter(&pr->pr_lock);
	ok = i < s->ncarved && (s->live[i / 64] >> (i % 64) & 1) != 0 &&
	    s->obj + i * pr->pr_pitch == (char *)p;
	if (ok) {
		pool_bury(pr, p);
		poison_free(p, pr->pr_size);
		slab_put(s, i);
		pr->pr_nout--;
	}
	mtx_leave(&pr->pr_lock);
	if (ok) {
		pool_gauge(pr, (uint64_t)-1);
		return;
	}
	poison_again(p, pr->pr_size);
	lk_incident("pool.bad-free", "%p is no live object of %s", p,
	    pr->pr_name);
}

/* 64 objects, the first of them the i-th */
static void
slab_foreach(struct slab *s, size_t i, void (*fn)(void *, void *), void *arg)
{
	uint64_t bits;

	for (bits = s->live[i / 64]; bits != 0; bits &= bits - 1)
		fn(s->obj + (i + (size_t)__builtin_ctzll(bits)) *
		    s->pool->pr_pitch, arg);
}

void
pool_foreach(struct pool *pr, void (*fn)(void *, void *), void *arg)
{
	struct slab *s;
	size_t i;

	for (s = pr->pr_slabs; s != NULL; s = s->next) {
		for (i = 0; i < pr->pr_perslab; i += 64)
			slab_foreach(s, i, fn, arg);
	}
}

/* ------------------------------------------------------------------------
 * Copies of a world
 */

struct slab *
pool_slab_next(const struct pool *pr, const struct slab *s)
{
	return s == NULL ? pr->pr_slabs : s->next;
}

char *
pool_slab_unused(const struct slab *s, char **end)
{
	*end = (char *)(uintptr_t)s + slab_size();
	return s->obj + s->ncarved * s->pool->pr_pitch;
}

void
pool_unused_again(const struct slab *s, char *unused)
{
	char *end, *now = pool_slab_unused(s, &end);

	if (now > end)
		now = end;		/* its header is no header any more */
	if (now > unused)
		memset(unused, 0, (size_t)(now - unused));
}

/*
 * arena.c: the memory of a world, and kern_mallocarray on top of it.
 *
 * The arena is one reserved mapping; pages of it become real when they are
 * first touched.  Memory is handed out from its low end and never given back
 * one by one: what is freed goes to the free list that it came from.
 *
 * A block of kern_mallocarray has a power of two of bytes and a header:
 *
 *	+-----------------+-------+-------+---- - - ----+ - - - - +
 *	| size, when free | class | state | size bytes  | unused  |
 *	| the next block  |       |       | (caller's)  |         |
 *	+-----------------+-------+-------+---- - - ----+ - - - - +
 *	0                 8       12      16                 2^class
 */
#include <sys/mman.h>

#include "amap/poison.h"
#include "amap/uvm_int.h"

#define ARENA_GRAIN	(64UL << 10)
#define ARENA_MIN	(4UL << 20)
#define NPADS		16	/* large ones; more are not remembered */
#define PAD		512
#define KM_MINCLASS	5
#define KM_NCLASS	40
#define KM_LIVE		0x6c697665u
#define KM_FREE		0x66726565u

struct km_block {
	union {
		size_t		size;
		struct km_block	*next;
	} u;
	uint32_t	class;
	uint32_t	state;
};
_Static_assert(sizeof(struct km_block) == 16, "keeps blocks aligned to 16");

struct km_class {
	struct mutex	lk;
	struct km_block	*free, **last;
	size_t		nout;
};

struct vm_arena {
	char		*base;
	size_t		size;
	_Atomic size_t	used;
	_Atomic unsigned npads;		/* nobody's, for alignment */
	struct vm_span	pad[NPADS];
	struct km_class	class[KM_NCLASS];
};

/*
 * A world of some megabytes is all over the place: in small pages it keeps
 * what everybody else needs, the locks' record first, from being translated
 * without a walk.  A small world has no use for a page of this size.
 */
static void
huge_from(void *base, size_t bytes)
{
	const uintptr_t huge = (uintptr_t)2 << 20;
	uintptr_t from = ((uintptr_t)base + 2 * huge - 1) & ~(huge - 1);

	if (from < (uintptr_t)base + bytes)
		madvise((void *)from, (uintptr_t)base + bytes - from,
		    MADV_HUGEPAGE);
}

int
vm_arena_create(size_t bytes, void *place, struct vm_arena **ap)
{
	struct vm_arena *a;
	void *p;
	int i;

	*ap = NULL;
	if (bytes < ARENA_MIN)
		bytes = ARENA_MIN;
	if (bytes > SIZE_MAX - ARENA_GRAIN)
		return ENOMEM;
	bytes = (bytes + ARENA_GRAIN - 1) & ~(ARENA_GRAIN - 1);
	p = mmap(place, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return errno;
	huge_from(p, bytes);
	a = p;
	a->base = p;
	a->size = bytes;
	atomic_init(&a->used, sizeof(*a));
	for (i = 0; i < KM_NCLASS; i++) {
		mtx_init(&a->class[i].lk, "kmem");
		a->class[i].last = &a->class[i].free;
	}
	*ap = a;
	return 0;
}

/* The sanitizer does not forget poison when memory is unmapped; we do. */
void
vm_arena_destroy(struct vm_arena *a)
{
	int i;

	for (i = 0; i < KM_NCLASS; i++)
		mtx_destroy(&a->class[i].lk);
	vm_arena_drop(a);
}

void
vm_arena_drop(struct vm_arena *a)
{
	poison_forget(a->base, atomic_load(&a->used));
	munmap(a->base, a->size);
}

size_t
vm_arena_size(const struct vm_arena *a)
{
	return atomic_load(&a->used);
}

void
vm_arena_save(const struct vm_arena *a, void *to, const struct vm_span *span,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		memcpy((char *)to + span[i].from, a->base + span[i].from,
		    span[i].to - span[i].from);
}

void
vm_arena_restore(struct vm_arena *a, const void *from, size_t size,
    const struct vm_span *span, size_t n)
{
	size_t used = vm_arena_size(a), i;

	for (i = 0; i < n; i++)
		memcpy(a->base + span[i].from, (const char *)from +
		    span[i].from, span[i].to - span[i].from);
	if (used > size)
		memset(a->base + size, 0, used - size);
}

size_t
vm_arena_at(const struct vm_arena *a, const void *p)
{
	return (size_t)((const char *)p - a->base);
}

static void
pad_note(struct vm_arena *a, size_t from, size_t to)
{
	unsigned n;

	if (to - from < PAD || atomic_load(&a->npads) == NPADS)
		return;
	n = atomic_fetch_add(&a->npads, 1);
	if (n < NPADS)
		a->pad[n] = (struct vm_span){ from, to };
	else
		atomic_store(&a->npads, NPADS);
}

void *
vm_arena_alloc(struct vm_arena *a, size_t n, size_t align)
{
	uintptr_t p;
	size_t used, end;

	LK_ASSERT(align != 0 && (align & (align - 1)) == 0);
	used = atomic_load_explicit(&a->used, memory_order_relaxed);
	do {
		p = ((uintptr_t)a->base + used + align - 1) & ~(align - 1);
		end = p - (uintptr_t)a->base;
		if (end > a->size || n > a->size - end)
			return NULL;
		end += n;
	} while (!atomic_compare_exchange_weak_explicit(&a->used, &used, end,
	    memory_order_relaxed, memory_order_relaxed));
	pad_note(a, used, p - (uintptr_t)a->base);
	return (void *)p;
}

unsigned
vm_arena_pads(const struct vm_arena *a, const struct vm_span **pad)
{
	*pad = a->pad;
	return atomic_load(&a->npads);
}

/*
 * The arena is a bound of this tool, not of the modelled machine: who may
 * wait waits until somebody frees what he needs, and the run says why.
 */
void
vm_arena_wait(const char *what)
{
	lk_incident("vm.arena-exhausted",
	    "no room for %s: the arena of %zu bytes is full", what,
	    vmw()->vw_arena->size);
	lk_node_want(LKN_MEMORY, vmw()->vw_arena);
	lk_delay(1000000);
	lk_node_unwant();
}

static unsigned
km_class_of(size_t bytes)
{
	unsigned c;

	bytes += sizeof(struct km_block);
	c = 64 - (unsigned)__builtin_clzl(bytes - 1);
	return c < KM_MINCLASS ? KM_MINCLASS : c;
}

static struct km_block *
km_take(struct vm_arena *a, unsigned c)
{
	struct km_class *kc = &a->class[c];
	struct km_block *b;

	mtx_enter(&kc->lk);
	if ((b = kc->free) != NULL) {
		kc->free = b->u.next;
		if (kc->free == NULL)
			kc->last = &kc->free;
		KASSERT(b->state == KM_FREE && b->class == c);
	} else if ((b = vm_arena_alloc(a, (size_t)1 << c, 16)) != NULL)
		b->class = c;
	if (b != NULL) {
		b->state = KM_LIVE;
		kc->nout++;
	}
	mtx_leave(&kc->lk);
	return b;
}

void *
kern_mallocarray(size_t n, size_t size, int type, int flags)
{
	struct vm_arena *a = vmw()->vw_arena;
	struct km_block *b;
	size_t bytes;
	unsigned c;

	if (__builtin_mul_overflow(n, size, &bytes))
		bytes = SIZE_MAX;
	if (bytes >= (size_t)1 << (KM_NCLASS - 1)) {
		if (flags & M_NOWAIT)
			return NULL;
		lk_panic("mallocarray: %zu times %zu bytes", n, size);
	}
	c = km_class_of(bytes);
	while ((b = km_take(a, c)) == NULL) {
		if (flags & M_NOWAIT)
			return NULL;
		vm_arena_wait("malloc");
	}
	b->u.size = bytes;
	poison_live(b + 1, bytes);
	poison_fresh((char *)(b + 1) + bytes,
	    ((size_t)1 << c) - sizeof(*b) - bytes);
	if (flags & M_ZERO)
		memset(b + 1, 0, bytes);
	return b + 1;
}

/* => size as it was allocated, or 0 */
void
kern_free(void *p, int type, size_t size)
{
	struct vm_arena *a = vmw()->vw_arena;
	struct km_block *b;
	struct km_class *kc;

	if (p == NULL)
		return;
	b = (struct km_block *)p - 1;
	if (b->state != KM_LIVE || b->class >= KM_NCLASS) {
		poison_again(p, size);
		lk_incident("malloc.bad-free", "%p is not a live block", p);
		return;
	}
	if (size != 0 && size != b->u.size)
		lk_incident("malloc.bad-size",
		    "%p of %zu bytes freed as %zu bytes", p, b->u.size, size);
	kc = &a->class[b->class];
	poison_free(p, ((size_t)1 << b->class) - sizeof(*b));
	mtx_enter(&kc->lk);
	b->state = KM_FREE;
	kc->nout--;
	b->u.next = POISON_FIFO ? NULL : kc->free;
	if (POISON_KEEPS) {
		b->u.next = NULL;	/* on no list */
	} else if (POISON_FIFO) {
		*kc->last = b;
		kc->last = &b->u.next;
	} else
		kc->free = b;
	mtx_leave(&kc->lk);
}

/* => nobody allocates or frees meanwhile */
size_t
kern_malloc_live(void)
{
	const struct vm_arena *a = vmw()->vw_arena;
	size_t n;
	int i;

	for (n = 0, i = 0; i < KM_NCLASS; i++)
		n += a->class[i].nout;
	return n;
}

/*
 * heap.c: what an execution keeps of spaces and the model, so that it can be
 * put back as it was.  Elsewhere it is the C library's memory.
 *
 *	base        kept            used            end
 *	  | as saved | of this execution |  never used |
 *
 * Blocks have a power of two of bytes, after a word that says which; large
 * ones are never given back alone.  What is said to be still is not copied
 * back, and looked at in the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/heap_int.h"

#define HEAP_SIZE	((size_t)64 << 20)	/* reserved, not used */
#define HEAP_PLACE	((uintptr_t)0x7eb000000000)	/* if it is free: as
	in other processes, since strategies know objects by address */
#define NCLASS		12
#define NSTILL		64
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define RACES		1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define RACES		1
#endif
#ifndef RACES
#define RACES		0
#endif
#define HEAD		64		/* keeps blocks aligned */

/* What was allocated, as kept, but for what is still. */
struct span {
	size_t		from, to;
	bool		scratch;
};

struct wl_heap {
	char		*end, *at;
	void		*free[NCLASS];
};

static struct kept {
	char		*copy;		/* `used' bytes */
	size_t		used;
	struct span	still[NSTILL];		/* by address */
	unsigned	nstill;
} kept;

static struct wl_heap *heap;		/* NULL: none is in use */

static bool
is_ours(const void *p)
{
	return heap != NULL && (const char *)p > (const char *)heap &&
	    (const char *)p < heap->end;
}

static unsigned
class_of(size_t bytes)
{
	unsigned c = 6;

	while (((size_t)1 << c) < bytes)
		c++;
	return c;
}

static void *
heap_get(size_t bytes)
{
	unsigned c = class_of(bytes);
	char *p;

	if (c >= NCLASS)
		return wl_alloc_lines(bytes);
	if ((p = heap->free[c]) != NULL) {
		heap->free[c] = *(void **)(void *)p;
	} else {
		if (heap->end - heap->at < (ptrdiff_t)(HEAD +
		    ((size_t)1 << c)))
			return NULL;
		p = heap->at + HEAD;
		heap->at += HEAD + ((size_t)1 << c);
		*(uint64_t *)(void *)(p - 8) = c;
	}
	memset(p, 0, bytes);
	return p;
}

void *
wl_alloc(size_t n, size_t size)
{
	size_t bytes;

	if (heap == NULL)
		return calloc(n, size);
	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return heap_get(bytes);
}

/* => aligned to 128, zeroed */
void *
wl_alloc_lines(size_t size)
{
	size_t whole = (size + 127) / 128 * 128;
	char *p;

	if (heap == NULL) {
		p = aligned_alloc(128, whole);
		if (p != NULL)
			memset(p, 0, whole);
		return p;
	}
	/* never given back alone */
	p = (char *)(((uintptr_t)heap->at + 8 + 127) & ~(uintptr_t)127);
	if (heap->end - p < (ptrdiff_t)whole)
		return NULL;
	*(uint64_t *)(void *)(p - 8) = 0;
	heap->at = p + whole;
	return memset(p, 0, whole);
}

void
wl_free(void *p)
{
	uint64_t c;

	if (p == NULL)
		return;
	if (!is_ours(p)) {
		free(p);
		return;
	}
	c = *(uint64_t *)(void *)((char *)p - 8);
	if (c < 6 || c >= NCLASS)	/* of wl_alloc_lines */
		return;
	*(void **)p = heap->free[c];
	heap->free[c] = p;
}

int
wl_heap_begin(void)
{
	void *p;

	LK_ASSERT(heap == NULL);
	if (RACES)
		return ENOTSUP;
	p = mmap((void *)HEAP_PLACE, HEAP_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return errno;
	heap = p;
	heap->end = (char *)p + HEAP_SIZE;
	heap->at = (char *)p + (sizeof(*heap) + 127) / 128 * 128;
	return 0;
}

static void
not_back(const void *p, size_t bytes, bool scratch)
{
	struct span s = { .scratch = scratch };
	unsigned i = kept.nstill;

	if (!is_ours(p) || i == NSTILL || bytes == 0)
		return;
	s.from = (size_t)((const char *)p - (const char *)heap);
	s.to = s.from + bytes;
	for (; i > 0 && kept.still[i - 1].from > s.from; i--)
		kept.still[i] = kept.still[i - 1];
	kept.still[i] = s;
	kept.nstill++;
}

void
wl_heap_still(const void *p, size_t bytes)
{
	not_back(p, bytes, false);
}

void
wl_heap_scratch(const void *p, size_t bytes)
{
	not_back(p, bytes, true);
}

int
wl_heap_keep(void)
{
	kept.used = (size_t)(heap->at - (char *)heap);
	kept.copy = malloc(kept.used);
	if (kept.copy == NULL)
		return ENOMEM;
	memcpy(kept.copy, heap, kept.used);
	return 0;
}

static void
put_back(size_t from, size_t to)
{
	memcpy((char *)heap + from, kept.copy + from, to - from);
}

void
wl_heap_again(void)
{
	char *at = heap->at;
	size_t from = 0;
	unsigned i;

	for (i = 0; i < kept.nstill; i++) {
		put_back(from, kept.still[i].from);
		from = kept.still[i].to;
	}
	put_back(from, kept.used);
	memset(heap->at, 0, (size_t)(at - heap->at));
}

void
wl_heap_note(struct vm_changes *c)
{
	char *base = (char *)heap;
	size_t from = 0;
	unsigned i;

	for (i = 0; i < kept.nstill; i++) {
		vm_changes_note(c, base + from, kept.copy + from,
		    kept.still[i].from - from);
		from = kept.still[i].to;
	}
	vm_changes_note(c, base + from, kept.copy + from, kept.used - from);
	vm_changes_note_new(c, base + kept.used,
	    (size_t)(heap->at - base) - kept.used);
}

/* Executions would not be independent. */
static void
still_check(void)
{
	const struct span *s;

	for (s = kept.still; s < kept.still + kept.nstill; s++)
		LK_ASSERT(s->scratch || memcmp((char *)heap + s->from,
		    kept.copy + s->from, s->to - s->from) == 0);
}

void
wl_heap_end(void)
{
	if (heap == NULL)
		return;
	if (kept.copy != NULL)
		still_check();
	free(kept.copy);
	memset(&kept, 0, sizeof(kept));
	munmap(heap, HEAP_SIZE);
	heap = NULL;
}

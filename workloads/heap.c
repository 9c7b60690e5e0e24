/*
 * heap.c: what an execution keeps of spaces and the model, so that it can be
 * put back as it was.  Elsewhere it is the C library's memory.
 *
 *	base        kept            used            end
 *	  | as saved | of this execution |  never used |
 *
 * Blocks have a power of two of bytes, after a word that says which.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/heap_int.h"

#define HEAP_SIZE	((size_t)64 << 20)	/* reserved, not used */
#define HEAP_PLACE	((uintptr_t)0x7eb000000000)	/* if it is free: as
	in other processes, since strategies know objects by address */
#define NCLASS		26
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

struct wl_heap {
	char		*end, *at;
	void		*free[NCLASS];
	char		*kept;		/* the copy, of `used' bytes */
	size_t		used;
};

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
		return NULL;
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

int
wl_heap_keep(void)
{
	size_t used = (size_t)(heap->at - (char *)heap);

	heap->kept = malloc(used);
	heap->used = used;
	if (heap->kept == NULL)
		return ENOMEM;
	memcpy(heap->kept, heap, used);
	return 0;
}

void
wl_heap_again(void)
{
	char *at = heap->at, *kept = heap->kept;

	memcpy(heap, kept, heap->used);
	memset(heap->at, 0, (size_t)(at - heap->at));
	heap->kept = kept;
}

void
wl_heap_end(void)
{
	if (heap == NULL)
		return;
	free(heap->kept);
	munmap(heap, HEAP_SIZE);
	heap = NULL;
}

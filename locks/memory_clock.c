/*
 * memory_clock.c: vector clocks, the addresses that carry them, and the
 * memory for all that an execution forgets.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "locks/memory_int.h"

#define CHUNK		((size_t)1 << 20)

struct chunk {
	struct chunk	*next;
	size_t		size;		/* with this header */
};

static struct chunk *chunks, *chunk;	/* all; the one in use */
static size_t chunk_used;

/* Nothing here can go on without memory, nor tell it to anybody. */
void *
mem_keep(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		lk_bug(__FILE__, __LINE__, "no memory for the shadow");
	return p;
}

static void
chunk_next(size_t n)
{
	struct chunk **at = chunk == NULL ? &chunks : &chunk->next;
	size_t size = n + sizeof(struct chunk) > CHUNK ?
	    n + sizeof(struct chunk) : CHUNK;
	struct chunk *c;

	if (*at == NULL || (*at)->size < n + sizeof(*c)) {
		c = mem_keep(size);
		c->size = size;
		c->next = *at;
		*at = c;
	}
	chunk = *at;
	chunk_used = sizeof(*c);
}

void *
mem_alloc(size_t n)
{
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (chunk == NULL || chunk->size - chunk_used < n)
		chunk_next(n);
	p = (char *)chunk + chunk_used;
	chunk_used += n;
	return memset(p, 0, n);
}

void
mem_alloc_reset(void)
{
	chunk = NULL;
}

/* ------------------------------------------------------------------------
 * Clocks
 */

static void
widen(struct mem_clock *c, unsigned n)
{
	uint64_t *t;

	if (n > c->room) {
		t = mem_alloc((n + 7) / 8 * 8 * sizeof(*t));
		if (c->n != 0)
			memcpy(t, c->t, c->n * sizeof(*t));
		c->t = t;
		c->room = (n + 7) / 8 * 8;
	} else {
		memset(c->t + c->n, 0, (n - c->n) * sizeof(*c->t));
	}
	c->n = n;
}

void
mem_clock_join(struct mem_clock *to, const struct mem_clock *from)
{
	unsigned i;

	if (from->n > to->n)
		widen(to, from->n);
	for (i = 0; i < from->n; i++)
		if (to->t[i] < from->t[i])
			to->t[i] = from->t[i];
}

void
mem_clock_copy(struct mem_clock *to, const struct mem_clock *from)
{
	to->n = 0;
	mem_clock_join(to, from);
}

/* ------------------------------------------------------------------------
 * Addresses: as long as their cell is not forgotten
 */

struct mem_sync *
mem_sync(uintptr_t at, bool make)
{
	struct mem_cell *c = mem_cells(at);
	struct mem_more *m = make ? mem_more(c) : mem_more_of(c);
	struct mem_sync *y;

	for (y = m != NULL ? m->sync : NULL; y != NULL; y = y->next)
		if (y->at == at)
			return y;
	if (!make)
		return NULL;
	y = mem_alloc(sizeof(*y));
	y->at = at;
	y->next = m->sync;
	return m->sync = y;
}

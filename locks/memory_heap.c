/*
 * memory_heap.c: memory that is given out and freed, as allocators tell by
 * lk_heap_given() and lk_heap_freed().
 *
 * What is freed in an execution is not given out again in it, if its
 * allocator keeps to lk_heap_keeps(); each of its cells says so, and who
 * touches one is told on.  A block is known by its first byte; gen counts how
 * often that was given out.
 */
#include "locks/memory_int.h"

static struct mem_block **table;	/* open hash, of this execution */
static size_t nroom, nused;
static uint32_t used_exec;

static struct mem_block **
seek(uintptr_t at)
{
	size_t i = (size_t)lk_mix(at) & (nroom - 1);

	while (table[i] != NULL && table[i]->at != at)
		i = (i + 1) & (nroom - 1);
	return &table[i];
}

static void
enlarge(void)
{
	size_t i, room = nroom;
	struct mem_block **old = table;

	nroom = room == 0 ? 1024 : room * 2;
	table = mem_alloc(nroom * sizeof(struct mem_block *));
	for (i = 0; i < room; i++)
		if (old[i] != NULL)
			*seek(old[i]->at) = old[i];
}

static struct mem_block *
block(uintptr_t at, bool make)
{
	struct mem_block **b;

	if (used_exec != mem.exec) {
		used_exec = mem.exec;
		nroom = nused = 0;
	}
	if (nused * 2 >= nroom)
		enlarge();
	b = seek(at);
	if (*b == NULL && make) {
		*b = mem_alloc(sizeof(**b));
		(*b)->at = at;
		nused++;
	}
	return *b;
}

/* => the one that p lies in, if it begins not too far before it */
const struct mem_block *
mem_block_of(uintptr_t p)
{
	const struct mem_block *b;
	uintptr_t at = p & ~(uintptr_t)7;
	unsigned i;

	for (i = 0; i < 64; i++, at -= 8) {
		b = block(at, false);
		if (b != NULL)
			return p - at < b->size ? b : NULL;
	}
	return NULL;
}

bool
lk_heap_keeps(void)
{
	return mem_me != NULL;
}

void
lk_heap_given(const void *p, size_t n)
{
	uintptr_t pc = (uintptr_t)__builtin_return_address(0);
	struct mem_strand *s = mem_me;
	struct mem_block *b;

	if (s == NULL)
		return;
	b = block((uintptr_t)p, true);
	b->size = n;
	b->gen++;
	b->alloc = (struct mem_seen){ s->epoch, mem_place(s->place, pc) };
	b->freed.epoch = 0;
	mem_forget((uintptr_t)p, n);
}

/* A free is like a store to all of it: who may still use it races with it. */
void
lk_heap_freed(const void *p, size_t n)
{
	uintptr_t pc = (uintptr_t)__builtin_return_address(0), at;
	struct mem_strand *s = mem_me;
	struct mem_block *b;

	if (s == NULL)
		return;
	b = block((uintptr_t)p, true);
	if (b->freed.epoch != 0) {
		mem_double_free(s, (uintptr_t)p, pc, b);
		return;
	}
	b->size = n;
	b->freed = (struct mem_seen){ s->epoch, mem_place(s->place, pc) };
	mem_note(s, (uintptr_t)p, n, MEM_FREE, pc);
	for (at = (uintptr_t)p; at < (uintptr_t)p + n; at += MEM_CELL)
		mem_more(mem_cells(at))->freed = b;
}

/*
 * memory_atomic.c: the edges that atomics make, by C11.
 *
 * An address carries what was released by the store that it has now, and by
 * the exchanges since (its release sequence).  A relaxed store by another
 * strand ends that.  Fences are honoured.
 */
#include "locks/memory_int.h"

static bool
acquires(int order)
{
	return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME ||
	    order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool
releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL ||
	    order == __ATOMIC_SEQ_CST;
}

void
mem_acquired(struct mem_strand *s, uintptr_t p, int order)
{
	const struct mem_sync *y = mem_sync(p, false);

	if (y == NULL)
		return;
	if (acquires(order))
		mem_clock_join(&s->clock, &y->w);
	else
		mem_clock_join(&s->loaded, &y->w);
}

void
mem_stored(struct mem_strand *s, uintptr_t p, int order)
{
	struct mem_sync *y;

	if (releases(order)) {
		y = mem_sync(p, true);
		mem_clock_copy(&y->w, &s->clock);
		y->head = s->number + 1;
		mem_tick(s);
	} else if (s->fenced) {
		y = mem_sync(p, true);
		mem_clock_copy(&y->w, &s->fence);
		y->head = s->number + 1;
	} else if ((y = mem_sync(p, false)) != NULL &&
	    y->head != s->number + 1) {
		y->w.n = 0;
	}
}

void
mem_exchanged(struct mem_strand *s, uintptr_t p, int order)
{
	struct mem_sync *y;

	mem_acquired(s, p, order);
	if (!releases(order) && !s->fenced)
		return;
	y = mem_sync(p, true);
	/* with two heads the sequence is nobody's to go on with */
	if (y->w.n == 0)
		y->head = s->number + 1;
	else if (y->head != s->number + 1)
		y->head = 0;
	mem_clock_join(&y->w, releases(order) ? &s->clock : &s->fence);
	if (releases(order))
		mem_tick(s);
}

void
mem_fence(struct mem_strand *s, int order)
{
	if (acquires(order))
		mem_clock_join(&s->clock, &s->loaded);
	if (!releases(order))
		return;
	mem_clock_copy(&s->fence, &s->clock);
	s->fenced = true;
	mem_tick(s);
}

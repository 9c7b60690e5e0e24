/*
 * memory.c: the row of hb_int.h: strands come, go on, and order each other.
 */
#include <stdlib.h>
#include <string.h>

#include "locks/memory_int.h"
#include "locks/strand_int.h"

struct mem mem;
__thread struct mem_strand *mem_me
    __attribute__((tls_model("initial-exec")));
static struct mem_strand *left;		/* while aside */

void
mem_tick(struct mem_strand *s)
{
	s->clock.t[s->number] = ++mem.time;
	s->epoch = MEM_EPOCH(s->number, mem.time);
}

/* ------------------------------------------------------------------------
 * Executions and strands
 */

static void
memory_begin(enum lk_memory points)
{
	struct mem_strand *s;

	if (++mem.exec == 0)
		mem.exec = 1;	/* what was never touched has 0 */
	mem.points = points;
	mem.nstrand = 0;
	mem_alloc_reset();
	for (s = mem.all; s != NULL; s = s->next)
		s->live = false;
	mem_me = left = mem.runs = NULL;
	mem.explored = false;
}

static void
memory_explored(void)
{
	mem.explored = true;
	mem_me = mem.runs;
}

static void
memory_end(void)
{
	mem_me = left = NULL;
}

static void *
memory_stack(const void *low, size_t size)
{
	struct mem_strand *s = calloc(1, sizeof(*s));

	if (s == NULL)
		lk_bug(__FILE__, __LINE__, "no memory for a strand's clock");
	s->low = (uintptr_t)low;
	s->size = size;
	s->touched = s->low + size;
	s->next = mem.all;
	mem.all = s;
	return s;
}

static void
memory_stack_gone(void *stack)
{
	struct mem_strand **at = &mem.all, *s = stack;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s);
}

/* More strands than numbers: one that no live strand has. */
static unsigned
number_again(void)
{
	const struct mem_strand *s;
	unsigned n;

	for (n = 1; n < MEM_NSTRAND - 1; n++) {
		for (s = mem.all; s != NULL; s = s->next)
			if (s->live && s->number == n)
				break;
		if (s == NULL)
			break;
	}
	return n;
}

/* The stack has had other users, whose end they know who begin anew. */
static void
memory_born(void *stack)
{
	struct mem_strand *s = stack;

	s->live = false;
	s->number = mem.nstrand < MEM_NSTRAND ? mem.nstrand++ : number_again();
	s->live = true;
	memset(&s->clock, 0, sizeof(s->clock));
	s->clock.room = MEM_NSTRAND;
	s->clock.t = mem_alloc(MEM_NSTRAND * sizeof(*s->clock.t));
	s->clock.n = s->number + 1;
	memset(&s->fence, 0, sizeof(s->fence));
	memset(&s->loaded, 0, sizeof(s->loaded));
	s->fenced = s->named = false;
	s->place = 0;
	s->depth = 0;
	mem_forget(s->touched, s->low + s->size - s->touched);
	s->touched = s->low + s->size;
	mem_tick(s);
}

/* Who it is is known when it first runs. */
static void
memory_go(void *stack)
{
	struct mem_strand *s = stack;
	struct mem_who *w;

	mem.runs = s;
	mem_me = mem.explored ? s : NULL;
	if (s == NULL || s->named)
		return;
	w = &mem.who[s->number];
	w->strand = lk_me->id;
	lk_name_get(w->name, lk_me->name);
	s->named = true;
}

static void
memory_aside(bool begin)
{
	if (begin) {
		left = mem_me;
		mem_me = NULL;
	} else {
		mem_me = left;
	}
}

/* ------------------------------------------------------------------------
 * Edges
 */

static void
memory_met(void)
{
	struct mem_strand *s = mem_me, *o;

	for (o = s != NULL ? mem.all : NULL; o != NULL; o = o->next) {
		if (!o->live || o == s)
			continue;
		mem_clock_join(&s->clock, &o->clock);
		mem_tick(o);
	}
}

static void
memory_release(const volatile void *p)
{
	struct mem_strand *s = mem_me;

	if (s == NULL)
		return;
	mem_clock_join(&mem_sync((uintptr_t)p, true)->w, &s->clock);
	mem_tick(s);
}

static void
memory_publish(const volatile void *p)
{
	struct mem_strand *s = mem_me;

	if (s == NULL)
		return;
	mem_clock_copy(&mem_sync((uintptr_t)p, true)->w, &s->clock);
	mem_tick(s);
}

static void
memory_acquire(const volatile void *p)
{
	struct mem_strand *s = mem_me;
	struct mem_sync *y;

	if (s != NULL && (y = mem_sync((uintptr_t)p, false)) != NULL)
		mem_clock_join(&s->clock, &y->w);
}

static void
memory_made(const volatile void *m)
{
	if (mem_me != NULL)
		mem_note(mem_me, (uintptr_t)m, MEM_CELL, MEM_WRITE,
		    (uintptr_t)__builtin_return_address(0));
}

/* A lock is used like an atomic: to make it or to free it races with that. */
static void
memory_want(const volatile void *m)
{
	if (mem_me != NULL)
		mem_note(mem_me, (uintptr_t)m, MEM_CELL, MEM_ALOAD,
		    (uintptr_t)__builtin_return_address(0));
}

static void
memory_lock(const volatile void *m, bool read)
{
	struct mem_strand *s = mem_me;
	struct mem_sync *y;

	if (s == NULL || (y = mem_sync((uintptr_t)m, false)) == NULL)
		return;
	mem_clock_join(&s->clock, &y->w);
	if (!read)
		mem_clock_join(&s->clock, &y->r);
}

static void
memory_unlock(const volatile void *m, bool read)
{
	struct mem_strand *s = mem_me;
	struct mem_sync *y;

	if (s == NULL)
		return;
	mem_note(s, (uintptr_t)m, MEM_CELL, MEM_ALOAD,
	    (uintptr_t)__builtin_return_address(0));
	y = mem_sync((uintptr_t)m, true);
	if (read) {
		mem_clock_join(&y->r, &s->clock);
	} else {
		/* it knows all that readers before it had done */
		mem_clock_copy(&y->w, &s->clock);
		y->r.n = 0;
	}
	mem_tick(s);
}

static const struct lk_hb memory_row = {
	.begin = memory_begin,
	.end = memory_end,
	.explored = memory_explored,
	.stack = memory_stack,
	.stack_gone = memory_stack_gone,
	.born = memory_born,
	.go = memory_go,
	.aside = memory_aside,
	.met = memory_met,
	.release = memory_release,
	.publish = memory_publish,
	.acquire = memory_acquire,
	.made = memory_made,
	.want = memory_want,
	.lock = memory_lock,
	.unlock = memory_unlock,
};

/* Every hooked file calls this before main(). */
void	__tsan_init(void);
void
__tsan_init(void)
{
	lk_hb_row = &memory_row;
}

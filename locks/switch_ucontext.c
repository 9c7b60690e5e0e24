/*
 * switch_ucontext.c: for machines without a file of their own.  Slow: each
 * switch is a system call for the signal mask.  A context is a ucontext_t,
 * kept at the low end of the stack it belongs to, or in the caller's frame.
 */
#include <stdint.h>
#include <ucontext.h>

#include "locks/switch_int.h"

struct start {
	ucontext_t	u;
	void		(*fn)(void *);
	void		*arg;
};

/* makecontext passes ints */
static void
begin(unsigned int high, unsigned int low)
{
	struct start *s;

	s = (struct start *)(uintptr_t)((uint64_t)high << 32 | low);
	s->fn(s->arg);
}

void *
lk_switch_make(void *stack, size_t size, void (*fn)(void *), void *arg)
{
	struct start *s = stack;
	uint64_t at = (uintptr_t)s;
	size_t head = (sizeof(*s) + 63) & ~(size_t)63;

	s->fn = fn;
	s->arg = arg;
	getcontext(&s->u);
	s->u.uc_stack.ss_sp = (char *)stack + head;
	s->u.uc_stack.ss_size = size - head;
	s->u.uc_link = NULL;
	makecontext(&s->u, (void (*)(void))begin, 2,
	    (unsigned int)(at >> 32), (unsigned int)at);
	return &s->u;
}

void
lk_switch(void **from, void *to)
{
	ucontext_t here;

	*from = &here;
	swapcontext(&here, to);
}

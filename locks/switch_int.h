/*
 * switch_int.h: from one stack to another.  One file for each machine, chosen
 * by CMake: switch_x86_64.c, switch_aarch64.c, switch_ucontext.c.
 */
#ifndef LOCKS_SWITCH_INT_H
#define LOCKS_SWITCH_INT_H

#include <stddef.h>

/*
 * lk_switch_make: a context that will run fn(arg) on the given stack.
 * => fn never returns
 * lk_switch: keep where we are in *from, go on at to.
 * => a context is good for one switch; it is made anew by the next one from
 *    there
 * => callee-saved registers alone: floating-point modes stay as they are
 */
void	*lk_switch_make(void *stack, size_t size, void (*fn)(void *),
	    void *arg);
void	lk_switch(void **from, void *to);

#endif /* LOCKS_SWITCH_INT_H */

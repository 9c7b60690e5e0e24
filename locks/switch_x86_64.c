/*
 * switch_x86_64.c: a context is a stack pointer; on the stack, lowest first:
 *
 *	r15 | r14 | r13 (arg) | r12 (fn) | rbx | rbp | where to go on
 */
#include <stdint.h>

#include "locks/switch_int.h"

__asm__(
"	.text\n"
"	.globl	lk_switch\n"
"	.hidden	lk_switch\n"
"	.type	lk_switch, @function\n"
"	.p2align 4\n"
"lk_switch:\n"
"	.cfi_startproc\n"
"	pushq	%rbp\n"
"	pushq	%rbx\n"
"	pushq	%r12\n"
"	pushq	%r13\n"
"	pushq	%r14\n"
"	pushq	%r15\n"
"	movq	%rsp, (%rdi)\n"
"	movq	%rsi, %rsp\n"
"	popq	%r15\n"
"	popq	%r14\n"
"	popq	%r13\n"
"	popq	%r12\n"
"	popq	%rbx\n"
"	popq	%rbp\n"
"	ret\n"
"	.cfi_endproc\n"
"	.size	lk_switch, . - lk_switch\n"
"	.type	switch_begin, @function\n"
"switch_begin:\n"
"	.cfi_startproc\n"
"	.cfi_undefined rip\n"
"	movq	%r13, %rdi\n"
"	call	*%r12\n"
"	ud2\n"
"	.cfi_endproc\n"
"	.size	switch_begin, . - switch_begin\n"
);
extern void switch_begin(void) __asm__("switch_begin");

void *
lk_switch_make(void *stack, size_t size, void (*fn)(void *), void *arg)
{
	uintptr_t *sp;

	/* aligned where switch_begin calls */
	sp = (uintptr_t *)(((uintptr_t)stack + size) & ~(uintptr_t)15);
	*--sp = 0;			/* where a walk by frames ends */
	*--sp = 0;
	*--sp = (uintptr_t)switch_begin;
	*--sp = 0;			/* rbp */
	*--sp = 0;			/* rbx */
	*--sp = (uintptr_t)fn;
	*--sp = (uintptr_t)arg;
	*--sp = 0;
	*--sp = 0;
	return sp;
}

/*
 * switch_aarch64.c: a context is a stack pointer; on the stack, lowest first:
 *
 *	x19 (fn) x20 (arg) | x21 .. x28 | x29 x30 (where to go on) | d8 .. d15
 */
#include <stdint.h>
#include <string.h>

#include "locks/switch_int.h"

#define FRAME	160

__asm__(
"	.text\n"
"	.globl	lk_switch\n"
"	.hidden	lk_switch\n"
"	.type	lk_switch, %function\n"
"	.p2align 4\n"
"lk_switch:\n"
"	sub	sp, sp, #160\n"
"	stp	x19, x20, [sp]\n"
"	stp	x21, x22, [sp, #16]\n"
"	stp	x23, x24, [sp, #32]\n"
"	stp	x25, x26, [sp, #48]\n"
"	stp	x27, x28, [sp, #64]\n"
"	stp	x29, x30, [sp, #80]\n"
"	stp	d8, d9, [sp, #96]\n"
"	stp	d10, d11, [sp, #112]\n"
"	stp	d12, d13, [sp, #128]\n"
"	stp	d14, d15, [sp, #144]\n"
"	mov	x9, sp\n"
"	str	x9, [x0]\n"
"	mov	sp, x1\n"
"	ldp	x19, x20, [sp]\n"
"	ldp	x21, x22, [sp, #16]\n"
"	ldp	x23, x24, [sp, #32]\n"
"	ldp	x25, x26, [sp, #48]\n"
"	ldp	x27, x28, [sp, #64]\n"
"	ldp	x29, x30, [sp, #80]\n"
"	ldp	d8, d9, [sp, #96]\n"
"	ldp	d10, d11, [sp, #112]\n"
"	ldp	d12, d13, [sp, #128]\n"
"	ldp	d14, d15, [sp, #144]\n"
"	add	sp, sp, #160\n"
"	ret\n"
"	.size	lk_switch, . - lk_switch\n"
"	.globl	lk_switch_begin\n"
"	.hidden	lk_switch_begin\n"
"	.type	lk_switch_begin, %function\n"
"lk_switch_begin:\n"
"	mov	x0, x20\n"
"	blr	x19\n"
"	brk	#0\n"
"	.size	lk_switch_begin, . - lk_switch_begin\n"
);
/* Not local: a local symbol's entry in the GOT leads to its section's begin. */
extern void lk_switch_begin(void) __attribute__((visibility("hidden")));

void *
lk_switch_make(void *stack, size_t size, void (*fn)(void *), void *arg)
{
	uintptr_t *sp;

	sp = (uintptr_t *)((((uintptr_t)stack + size) & ~(uintptr_t)15) -
	    FRAME);
	memset(sp, 0, FRAME);
	sp[0] = (uintptr_t)fn;
	sp[1] = (uintptr_t)arg;
	sp[11] = (uintptr_t)lk_switch_begin;	/* x30 */
	return sp;
}

/*
 * From stack to stack and back: who goes on finds its numbers as it left them,
 * in registers that survive a call too, and its stack aligned.
 *
 * It needs the switch alone, so that it can be run for another machine:
 *
 *	aarch64-linux-gnu-gcc -O2 -D_GNU_SOURCE -I. -static \
 *	    tests/locks/switch.c locks/switch_aarch64.c -o switch &&
 *	    qemu-aarch64 ./switch
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "locks/switch_int.h"

#define FIBERS	3
#define TURNS	20000
#define STACK	65536

static struct fiber {
	void		*context;
	char		*stack;
	uint64_t	wrong, turns;
} fiber[FIBERS];
static void *home;

static void
next(unsigned at)
{
	struct fiber *to = &fiber[(at + 1) % FIBERS];

	lk_switch(&fiber[at].context, to->context);
}

/* Of each kind more numbers live over the switch than are saved. */
static void
spin(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg, i, k;
	_Alignas(16) char here[16];
	volatile uint64_t n[12];
	volatile double d[12];

	fiber[me].wrong += ((uintptr_t)here & 15) != 0;
	for (k = 0; k < 12; k++) {
		n[k] = me * 1000003u + k;
		d[k] = me * 0.5 + k;
	}
	for (i = 0; i < TURNS; i++) {
		uint64_t a = n[0], b = n[1], c = n[2], e = n[3], f = n[4],
		    g = n[5];
		double s = d[0], t = d[1], u = d[2], v = d[3], w = d[4],
		    x = d[5];

		next(me);
		fiber[me].turns++;
		fiber[me].wrong += a != n[0] || b != n[1] || c != n[2] ||
		    e != n[3] || f != n[4] || g != n[5] || s < d[0] ||
		    t < d[1] || u < d[2] || v < d[3] || w < d[4] || x < d[5];
		for (k = 0; k < 12; k++) {
			n[k] = n[k] * 6364136223846793005u + me;
			d[k] = d[k] + (me == 1 ? -0.25 : 0.25);
		}
	}
	lk_switch(&fiber[me].context, home);
	abort();
}

int
main(void)
{
	unsigned i;

	for (i = 0; i < FIBERS; i++) {
		fiber[i].stack = malloc(STACK);
		if (fiber[i].stack == NULL)
			return 1;
		fiber[i].context = lk_switch_make(fiber[i].stack, STACK, spin,
		    (void *)(uintptr_t)i);
	}
	lk_switch(&home, fiber[0].context);
	for (i = 0; i < FIBERS; i++) {
		if (fiber[i].wrong != 0 || fiber[i].turns + 1 < TURNS) {
			printf("fiber %u: %llu turns, wrong in %llu\n", i,
			    (unsigned long long)fiber[i].turns,
			    (unsigned long long)fiber[i].wrong);
			return 1;
		}
	}
	printf("%d switches\n", FIBERS * TURNS);
	return 0;
}

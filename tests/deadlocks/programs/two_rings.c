/* Two inversions that have nothing to do with each other. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b, c, d;

static void
one_runs(void *arg)
{
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	wr(&c);
	wr(&d);
	un(&d);
	un(&c);
}

static void
two_runs(void *arg)
{
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
	wr(&d);
	wr(&c);
	un(&c);
	un(&d);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&a);
	make_rw(&b);
	make_rw(&c);
	make_rw(&d);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

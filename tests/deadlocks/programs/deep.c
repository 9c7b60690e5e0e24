/*
 * Four locks deep on one side; the other one takes the last and the first.
 */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b, c, d;

static void
one_runs(void *arg)
{
	wr(&a);
	wr(&b);
	wr(&c);
	wr(&d);
	un(&d);
	un(&c);
	un(&b);
	un(&a);
}

static void
two_runs(void *arg)
{
	wr(&d);
	wr(&a);
	un(&a);
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

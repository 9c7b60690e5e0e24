/* Hand over hand along a list, from its head. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b, c;

static void
one_runs(void *arg)
{
	wr(&a);
	wr(&b);
	un(&a);
	wr(&c);
	un(&b);
	un(&c);
}

static void
two_runs(void *arg)
{
	wr(&a);
	wr(&b);
	un(&a);
	wr(&c);
	un(&b);
	un(&c);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&a);
	make_rw(&b);
	make_rw(&c);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

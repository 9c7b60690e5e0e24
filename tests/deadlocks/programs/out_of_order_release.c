/* The first lock is let go first; the other two are taken in two orders. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b, c;

static void
one_runs(void *arg)
{
	wr(&a);
	wr(&b);
	un(&a);
	wr(&c);
	un(&c);
	un(&b);
}

static void
two_runs(void *arg)
{
	wr(&c);
	wr(&b);
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

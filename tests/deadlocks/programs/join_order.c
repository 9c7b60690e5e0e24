/* The first has ended before the second is started. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
one_runs(void *arg)
{
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
}

static void
two_runs(void *arg)
{
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&a);
	make_rw(&b);
	one = start(one_runs);
	join(one);
	two = start(two_runs);
	join(two);
}

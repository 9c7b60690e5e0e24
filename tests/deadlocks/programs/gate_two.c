/* Each has a gate of its own. */
#include "tests/deadlocks/dl.h"

static dl_rwlock g, h, a, b;

static void
one_runs(void *arg)
{
	wr(&g);
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	un(&g);
}

static void
two_runs(void *arg)
{
	wr(&h);
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
	un(&h);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&g);
	make_rw(&h);
	make_rw(&a);
	make_rw(&b);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

/* The gate around both is only read: readers pass it together. */
#include "tests/deadlocks/dl.h"

static dl_rwlock g, a, b;

static void
one_runs(void *arg)
{
	rd(&g);
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	un(&g);
}

static void
two_runs(void *arg)
{
	rd(&g);
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
	un(&g);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&g);
	make_rw(&a);
	make_rw(&b);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

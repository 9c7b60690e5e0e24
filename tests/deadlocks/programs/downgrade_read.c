/*
 * Downgraded before the second lock, and both of them only read by the
 * other.
 */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
one_runs(void *arg)
{
	wr(&a);
	down(&a);
	rd(&b);
	un(&b);
	un(&a);
}

static void
two_runs(void *arg)
{
	rd(&b);
	rd(&a);
	un(&a);
	un(&b);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&a);
	make_rw(&b);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

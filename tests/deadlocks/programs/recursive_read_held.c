/*
 * A reader reads again while it waits behind a writer that has another lock.
 */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
one_runs(void *arg)
{
	rd(&a);
	rd(&a);
	un(&a);
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

static void
three_runs(void *arg)
{
	wr(&b);
	un(&b);
}

DL_PROGRAM
{
	dl_thread one, two, three;

	make_rw(&a);
	make_rw(&b);
	one = start(one_runs);
	two = start(two_runs);
	three = start(three_runs);
	join(one);
	join(two);
	join(three);
}

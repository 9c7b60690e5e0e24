/*
 * Who holds the one exclusively and wants the other to read it recursively
 * never waits for its reader.
 */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;
static dl_rwlock b;

static void
one_runs(void *arg)
{
	rrd(&a);
	wr(&b);
	un(&b);
	un(&a);
}

static void
two_runs(void *arg)
{
	wr(&b);
	rrd(&a);
	un(&a);
	un(&b);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rrw(&a);
	make_rw(&b);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

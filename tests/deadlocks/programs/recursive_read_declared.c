/* The second read is declared recursive: the writer does not stop it. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;

static void
one_runs(void *arg)
{
	rrd(&a);
	rrd(&a);
	un(&a);
	un(&a);
}

static void
two_runs(void *arg)
{
	wr(&a);
	un(&a);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rrw(&a);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

/* Recursive readers in two orders do not mind a writer that waits. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
one_runs(void *arg)
{
	rrd(&a);
	rrd(&b);
	un(&b);
	un(&a);
}

static void
two_runs(void *arg)
{
	rrd(&b);
	rrd(&a);
	un(&a);
	un(&b);
}

static void
three_runs(void *arg)
{
	wr(&a);
	un(&a);
}

static void
four_runs(void *arg)
{
	wr(&b);
	un(&b);
}

DL_PROGRAM
{
	dl_thread one, two, three, four;

	make_rrw(&a);
	make_rrw(&b);
	one = start(one_runs);
	two = start(two_runs);
	three = start(three_runs);
	four = start(four_runs);
	join(one);
	join(two);
	join(three);
	join(four);
}

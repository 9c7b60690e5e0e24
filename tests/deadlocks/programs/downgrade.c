/* What was downgraded is still held, shared: with a writer about, a ring. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
one_runs(void *arg)
{
	wr(&a);
	down(&a);
	wr(&b);
	un(&b);
	un(&a);
}

static void
two_runs(void *arg)
{
	wr(&b);
	rd(&a);
	un(&a);
	un(&b);
}

static void
three_runs(void *arg)
{
	wr(&a);
	un(&a);
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

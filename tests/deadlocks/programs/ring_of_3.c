/* Three locks in a ring. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b, c;

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
	wr(&c);
	un(&c);
	un(&b);
}

static void
three_runs(void *arg)
{
	wr(&c);
	wr(&a);
	un(&a);
	un(&c);
}

DL_PROGRAM
{
	dl_thread one, two, three;

	make_rw(&a);
	make_rw(&b);
	make_rw(&c);
	one = start(one_runs);
	two = start(two_runs);
	three = start(three_runs);
	join(one);
	join(two);
	join(three);
}

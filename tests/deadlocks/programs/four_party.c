/* Readers in two orders, and a writer of each lock. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
one_runs(void *arg)
{
	rd(&a);
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

	make_rw(&a);
	make_rw(&b);
	one = start(one_runs);
	two = start(two_runs);
	three = start(three_runs);
	four = start(four_runs);
	join(one);
	join(two);
	join(three);
	join(four);
}

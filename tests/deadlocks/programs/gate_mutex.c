/* A mutex around both. */
#include "tests/deadlocks/dl.h"

static dl_mutex g;
static dl_rwlock a, b;

static void
one_runs(void *arg)
{
	lock(&g);
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	unlock(&g);
}

static void
two_runs(void *arg)
{
	lock(&g);
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
	unlock(&g);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_mutex(&g);
	make_rw(&a);
	make_rw(&b);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

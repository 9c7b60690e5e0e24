/* A reader reads again; the only one who writes is itself, later. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;

static void
one_runs(void *arg)
{
	rd(&a);
	rd(&a);
	un(&a);
	un(&a);
	wr(&a);
	un(&a);
}

static void
two_runs(void *arg)
{
	rd(&a);
	un(&a);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&a);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

/* A reader reads again; a writer in between stops it, and waits for it. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;

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
	wr(&a);
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

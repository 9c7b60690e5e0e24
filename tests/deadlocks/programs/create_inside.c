/* A parent and its child take two locks in two orders. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
child_runs(void *arg)
{
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
}

DL_PROGRAM
{
	dl_thread child;

	make_rw(&a);
	make_rw(&b);
	child = start(child_runs);
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	join(child);
}

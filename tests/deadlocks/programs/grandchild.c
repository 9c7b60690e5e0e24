/* A child and the grandchild that it started. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
grandchild(void *arg)
{
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
}

static void
child(void *arg)
{
	dl_thread t = start(grandchild);

	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	join(t);
}

DL_PROGRAM
{
	dl_thread t;

	make_rw(&a);
	make_rw(&b);
	t = start(child);
	join(t);
}

/* A mutex and a lock in two orders; the lock is written on one side. */
#include "tests/deadlocks/dl.h"

static dl_mutex m;
static dl_rwlock a;

static void
one_runs(void *arg)
{
	lock(&m);
	rd(&a);
	un(&a);
	unlock(&m);
}

static void
two_runs(void *arg)
{
	wr(&a);
	lock(&m);
	unlock(&m);
	un(&a);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_mutex(&m);
	make_rw(&a);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

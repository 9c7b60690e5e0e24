/* The writer that would stop the second read is kept out by a mutex. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;
static dl_mutex m;

static void
one_runs(void *arg)
{
	lock(&m);
	rd(&a);
	rd(&a);
	un(&a);
	un(&a);
	unlock(&m);
}

static void
two_runs(void *arg)
{
	lock(&m);
	wr(&a);
	un(&a);
	unlock(&m);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&a);
	make_mutex(&m);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

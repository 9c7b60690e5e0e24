/* Two readers that upgrade wait for each other to let go. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;

static void
one_runs(void *arg)
{
	rd(&a);
	up(&a);
	un(&a);
}

static void
two_runs(void *arg)
{
	rd(&a);
	up(&a);
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

/* Who upgrades waits for a reader that waits for its mutex. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;
static dl_mutex m;

static void
one_runs(void *arg)
{
	lock(&m);
	rd(&a);
	up(&a);
	un(&a);
	unlock(&m);
}

static void
two_runs(void *arg)
{
	rd(&a);
	lock(&m);
	unlock(&m);
	un(&a);
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

/* A thread is joined with a lock held that it needs. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;

static void
other_runs(void *arg)
{
	wr(&a);
	un(&a);
}

static void
idle_runs(void *arg)
{
}

DL_PROGRAM
{
	dl_thread other, idle;

	make_rw(&a);
	other = start(other_runs);
	idle = start(idle_runs);
	join(idle);
	wr(&a);
	join(other);
	un(&a);
}

/* An event is awaited with a lock held that its poster needs before. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;
static dl_event e;

static void
poster_runs(void *arg)
{
	wr(&a);
	un(&a);
	post(&e);
}

static void
waiter_runs(void *arg)
{
	wr(&a);
	await(&e);
	un(&a);
}

DL_PROGRAM
{
	dl_thread poster, waiter;

	make_rw(&a);
	make_event(&e);
	poster = start(poster_runs);
	waiter = start(waiter_runs);
	join(poster);
	join(waiter);
}

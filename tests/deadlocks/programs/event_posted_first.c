/*
 * The event is awaited with a lock held, but its poster needs that lock only
 * afterwards.
 */
#include "tests/deadlocks/dl.h"

static dl_rwlock a;
static dl_event e;

static void
poster_runs(void *arg)
{
	post(&e);
	wr(&a);
	un(&a);
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

/*
 * The poster needs a lock whose holder needs the one that the waiter holds.
 */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;
static dl_event e;

static void
poster_runs(void *arg)
{
	wr(&b);
	un(&b);
	post(&e);
}

static void
middle_runs(void *arg)
{
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
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
	dl_thread poster, middle, waiter;

	make_rw(&a);
	make_rw(&b);
	make_event(&e);
	poster = start(poster_runs);
	middle = start(middle_runs);
	waiter = start(waiter_runs);
	join(poster);
	join(middle);
	join(waiter);
}

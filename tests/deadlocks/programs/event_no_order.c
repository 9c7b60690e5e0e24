/*
 * An event comes between the two, but before the first part, so it orders
 * nothing.
 */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;
static dl_event e;

static void
one_runs(void *arg)
{
	post(&e);
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
}

static void
two_runs(void *arg)
{
	await(&e);
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&a);
	make_rw(&b);
	make_event(&e);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

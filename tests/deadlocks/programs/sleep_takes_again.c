/*
 * A sleep lets one lock go and keeps another; the one is taken again at its
 * end, in the wrong order.
 */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;
static dl_cond c;

static void
sleeper_runs(void *arg)
{
	wr(&a);
	wr(&b);
	nap(&c, &b, wr);
	un(&b);
	un(&a);
}

static void
waker_runs(void *arg)
{
	wr(&b);
	wake(&c);
	un(&b);
}

static void
other_runs(void *arg)
{
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
}

DL_PROGRAM
{
	dl_thread sleeper, waker, other;

	make_rw(&a);
	make_rw(&b);
	make_cond(&c);
	sleeper = start(sleeper_runs);
	waker = start(waker_runs);
	join(waker);
	other = start(other_runs);
	join(sleeper);
	join(other);
}

/* The second sleeps until the first is done and wakes it. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b, l;
static bool done;
static dl_cond c;

static void
second_runs(void *arg)
{
	wr(&l);
	while (!done)
		nap(&c, &l, wr);
	un(&l);
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
}

static void
first_runs(void *arg)
{
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	wr(&l);
	done = true;
	wake(&c);
	un(&l);
}

DL_PROGRAM
{
	dl_thread second, first;

	done = false;
	make_rw(&a);
	make_rw(&b);
	make_rw(&l);
	make_cond(&c);
	second = start(second_runs);
	first = start(first_runs);
	join(second);
	join(first);
}

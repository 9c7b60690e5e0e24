/* The second does its part only if a flag says that the first is done. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b, l;
static bool done;

static void
first_runs(void *arg)
{
	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	wr(&l);
	done = true;
	un(&l);
}

static void
second_runs(void *arg)
{
	bool seen;

	rd(&l);
	seen = done;
	un(&l);
	if (!seen)
		return;
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
}

DL_PROGRAM
{
	dl_thread first, second;

	done = false;
	make_rw(&a);
	make_rw(&b);
	make_rw(&l);
	first = start(first_runs);
	second = start(second_runs);
	join(first);
	join(second);
}

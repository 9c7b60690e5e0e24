/* As three_party, but nobody writes the lock that would need it. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b;

static void
one_runs(void *arg)
{
	rd(&a);
	rd(&b);
	un(&b);
	un(&a);
}

static void
two_runs(void *arg)
{
	rd(&b);
	un(&b);
	wr(&a);
	un(&a);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_rw(&a);
	make_rw(&b);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

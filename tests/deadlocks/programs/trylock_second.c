/* Mutexes in two orders, the second one only tried by one side. */
#include "tests/deadlocks/dl.h"

static dl_mutex a, b;

static void
one_runs(void *arg)
{
	lock(&a);
	lock(&b);
	unlock(&b);
	unlock(&a);
}

static void
two_runs(void *arg)
{
	lock(&b);
	if (trylock(&a))
		unlock(&a);
	unlock(&b);
}

DL_PROGRAM
{
	dl_thread one, two;

	make_mutex(&a);
	make_mutex(&b);
	one = start(one_runs);
	two = start(two_runs);
	join(one);
	join(two);
}

/* Three mutexes in a ring. */
#include "tests/deadlocks/dl.h"

static dl_mutex a, b, c;

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
	lock(&c);
	unlock(&c);
	unlock(&b);
}

static void
three_runs(void *arg)
{
	lock(&c);
	lock(&a);
	unlock(&a);
	unlock(&c);
}

DL_PROGRAM
{
	dl_thread one, two, three;

	make_mutex(&a);
	make_mutex(&b);
	make_mutex(&c);
	one = start(one_runs);
	two = start(two_runs);
	three = start(three_runs);
	join(one);
	join(two);
	join(three);
}

/* The second order comes five hundred sections of other locks later. */
#include "tests/deadlocks/dl.h"

static dl_rwlock a, b, other[50];

static void
one(void *arg)
{
	int i;

	wr(&a);
	wr(&b);
	un(&b);
	un(&a);
	for (i = 0; i < 500; i++) {
		wr(&other[i % 49]);
		rd(&other[i % 49 + 1]);
		un(&other[i % 49 + 1]);
		un(&other[i % 49]);
	}
}

static void
two(void *arg)
{
	wr(&b);
	wr(&a);
	un(&a);
	un(&b);
}

DL_PROGRAM
{
	dl_thread t1, t2;
	int i;

	make_rw(&a);
	make_rw(&b);
	for (i = 0; i < 50; i++)
		make_rw(&other[i]);
	t1 = start(one);
	t2 = start(two);
	join(t1);
	join(t2);
}

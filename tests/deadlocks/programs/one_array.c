/* Two locks of one array, in two orders. */
#include "tests/deadlocks/dl.h"

static dl_rwlock x[2];

static void
take(void *arg)
{
	int i = (int)(intptr_t)arg;

	wr(&x[i]);
	wr(&x[1 - i]);
	un(&x[1 - i]);
	un(&x[i]);
}

DL_PROGRAM
{
	dl_thread t[2];

	make_rw(&x[0]);
	make_rw(&x[1]);
	t[0] = start_with(take, 0);
	t[1] = start_with(take, 1);
	join(t[0]);
	join(t[1]);
}

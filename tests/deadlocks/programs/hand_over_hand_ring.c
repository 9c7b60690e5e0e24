/* Hand over hand along a list that is a ring. */
#include "tests/deadlocks/dl.h"

#define N	3

static dl_rwlock node[N];

static void
walk(void *arg)
{
	int at = (int)(intptr_t)arg, i;

	wr(&node[at]);
	for (i = 0; i < 2; i++) {
		wr(&node[(at + 1) % N]);
		un(&node[at]);
		at = (at + 1) % N;
	}
	un(&node[at]);
}

DL_PROGRAM
{
	dl_thread t[N];
	int i;

	for (i = 0; i < N; i++)
		make_rw(&node[i]);
	for (i = 0; i < N; i++)
		t[i] = start_with(walk, i);
	for (i = 0; i < N; i++)
		join(t[i]);
}

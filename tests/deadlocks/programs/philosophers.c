/* Five philosophers, each takes the left fork first. */
#include "tests/deadlocks/dl.h"

#define N	5

static dl_rwlock fork_of[N];

static void
dine(void *arg)
{
	int i = (int)(intptr_t)arg;

	wr(&fork_of[i]);
	wr(&fork_of[(i + 1) % N]);
	un(&fork_of[(i + 1) % N]);
	un(&fork_of[i]);
}

DL_PROGRAM
{
	dl_thread t[N];
	int i;

	for (i = 0; i < N; i++)
		make_rw(&fork_of[i]);
	for (i = 0; i < N; i++)
		t[i] = start_with(dine, i);
	for (i = 0; i < N; i++)
		join(t[i]);
}

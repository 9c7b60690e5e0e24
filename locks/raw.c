/* raw.c: futexes, and the recorder's own lock upon them. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "locks/locks.h"
#include "locks/raw_int.h"

int
lk_futex_wait(_Atomic uint32_t *word, uint32_t val, uint64_t deadline)
{
	struct timespec ts, *tsp = NULL;

	if (deadline != INFSLP) {
		ts.tv_sec = (time_t)(deadline / 1000000000);
		ts.tv_nsec = (long)(deadline % 1000000000);
		tsp = &ts;
	}
	/* BITSET takes an absolute time of CLOCK_MONOTONIC */
	if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG,
	    val, tsp, NULL, FUTEX_BITSET_MATCH_ANY) == -1)
		return errno;
	return 0;
}

void
lk_futex_wake(_Atomic uint32_t *word, int n)
{
	syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, n, NULL,
	    NULL, 0);
}

void
lk_raw_slow(struct lk_raw *l)
{
	while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire) != 0)
		lk_futex_wait(&l->word, 2, INFSLP);
}

void
lk_raw_wake(struct lk_raw *l)
{
	lk_futex_wake(&l->word, 1);
}

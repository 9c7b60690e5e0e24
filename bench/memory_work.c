/* memory_work.c: what bench/memory.c runs; compiled with hooks. */
#include "locks/locks.h"
#include "bench/memory.h"

static struct {
	struct rwlock	lock;
	long		sum, turn[8];
} work;

/* One access of the tool's kind to memory that all touch, under a lock. */
void
memory_locked(void *arg)
{
	long n = *(const long *)arg;

	while (n-- > 0) {
		rw_enter_write(&work.lock);
		work.sum++;
		rw_exit_write(&work.lock);
	}
}

/* All but a few points are loads and stores. */
void
memory_plain(void *arg)
{
	long n = *(const long *)arg, i;

	while (n-- > 0) {
		rw_enter_write(&work.lock);
		for (i = 0; i < 8; i++)
			work.turn[i] += work.sum;
		work.sum++;
		rw_exit_write(&work.lock);
	}
}

void
memory_begin(void)
{
	rw_init(&work.lock, "work");
	work.sum = 0;
}

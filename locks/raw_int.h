/*
 * raw_int.h: the lock inside the recorder.  Guards tables that are rarely
 * written; records nothing, belongs to no strand.
 */
#ifndef LOCKS_RAW_INT_H
#define LOCKS_RAW_INT_H

#include <stdatomic.h>
#include <stdint.h>

struct lk_raw {
	_Atomic uint32_t word;		/* 0 free, 1 held, 2 held and wanted */
};

void	lk_raw_slow(struct lk_raw *);
void	lk_raw_wake(struct lk_raw *);
/* the kernel's own wait and wake; EINTR and stale values just return */
int	lk_futex_wait(_Atomic uint32_t *, uint32_t val, uint64_t deadline);
void	lk_futex_wake(_Atomic uint32_t *, int n);

static inline void
lk_raw_lock(struct lk_raw *l)
{
	uint32_t free = 0;

	if (!atomic_compare_exchange_strong_explicit(&l->word, &free, 1,
	    memory_order_acquire, memory_order_relaxed))
		lk_raw_slow(l);
}

static inline void
lk_raw_unlock(struct lk_raw *l)
{
	if (atomic_exchange_explicit(&l->word, 0, memory_order_release) == 2)
		lk_raw_wake(l);
}

#endif /* LOCKS_RAW_INT_H */

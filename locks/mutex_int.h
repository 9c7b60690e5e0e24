/*
 * mutex_int.h: a free mutex is taken.
 *
 * Included behind annotate_int.h or annotate_fast_int.h, by whose words it is
 * told to those who watch.
 */
#ifndef LOCKS_MUTEX_INT_H
#define LOCKS_MUTEX_INT_H

#include "locks/locks.h"

__attribute__((always_inline))
static inline bool
mtx_take(struct mutex *mtx)
{
	uint32_t free = 0;
	bool got;

	lk_tsan_pre_lock(mtx, false, true);
	got = atomic_compare_exchange_strong_explicit(&mtx->mtx_word, &free, 1,
	    memory_order_acquire, memory_order_relaxed);
	lk_tsan_post_lock(mtx, false, true, got);
	return __builtin_expect(got, 1);
}

#endif /* LOCKS_MUTEX_INT_H */

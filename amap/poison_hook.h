/*
 * poison_hook.h: see poison.h.  The hooks' shadow knows what is whose; what
 * is freed while an execution runs is not given out again in it.
 */
#include <stddef.h>

#include "locks/locks.h"

#define POISON_REDZONE	16
#define POISON_FIFO	0
#define POISON_CAN_KEEP	0
#define POISON_KEEPS	lk_heap_keeps()

static inline void
poison_fresh(void *p, size_t n)
{
}

static inline void
poison_free(void *p, size_t n)
{
	lk_heap_freed(p, n);
}

static inline void
poison_again(void *p, size_t n)
{
	lk_heap_freed(p, n);
}

static inline void
poison_live(void *p, size_t n)
{
	lk_heap_given(p, n);
}

static inline void
poison_forget(void *p, size_t n)
{
}

static inline void
poison_frame_free(void *p, size_t n)
{
	lk_heap_freed(p, n);
}

static inline void
poison_frame_live(void *p, size_t n)
{
	lk_heap_given(p, n);
}

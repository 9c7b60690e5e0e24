/*
 * annotate_fiber_asan.h: AddressSanitizer keeps a fake stack for each real
 * one; see annotate_fiber_int.h.
 */
#ifndef LOCKS_ANNOTATE_FIBER_ASAN_H
#define LOCKS_ANNOTATE_FIBER_ASAN_H

#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include "locks/annotate_fiber_noorder.h"

static inline void
lk_fiber_note_make(struct lk_fiber_note *n, const void *stack, size_t size)
{
	n->handle = NULL;
	n->stack = stack;
	n->size = size;
}

/* The bounds of the thread's own stack are learnt when it is left. */
static inline void
lk_fiber_note_self(struct lk_fiber_note *n)
{
	pthread_attr_t attr;
	void *low = NULL;

	n->handle = NULL;
	if ((size_t)((const char *)__builtin_frame_address(0) -
	    (const char *)n->stack) < n->size)
		return;		/* the same thread as last time */
	n->size = 0;
	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return;
	(void)pthread_attr_getstack(&attr, &low, &n->size);
	n->stack = low;
	pthread_attr_destroy(&attr);
}

static inline void
lk_fiber_act_end(struct lk_fiber_note *n, void *here)
{
	/* its frames never returned: whoever gets the stack finds it clean */
	__asan_unpoison_memory_region(n->stack, n->size);
}

static inline void
lk_fiber_leave(struct lk_fiber_note *from, const struct lk_fiber_note *to,
    void *entering, bool last)
{
	if (last && from->stack != NULL)
		__asan_unpoison_memory_region(from->stack, from->size);
	__sanitizer_start_switch_fiber(last ? NULL : &from->handle, to->stack,
	    to->size);
}

static inline void
lk_fiber_arrive(struct lk_fiber_note *n)
{
	__sanitizer_finish_switch_fiber(n->handle, NULL, NULL);
}

/* Memory may be used again at once: nobody would miss the first use. */
static inline bool
lk_fiber_plain(void)
{
	return false;
}

#endif /* LOCKS_ANNOTATE_FIBER_ASAN_H */

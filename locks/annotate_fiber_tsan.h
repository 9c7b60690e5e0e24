/*
 * annotate_fiber_tsan.h: to ThreadSanitizer each fiber is a thread; see
 * annotate_fiber_int.h.  A switch orders nothing (flag 1), or it would hide
 * every race.
 */
#ifndef LOCKS_ANNOTATE_FIBER_TSAN_H
#define LOCKS_ANNOTATE_FIBER_TSAN_H

#include <sanitizer/tsan_interface.h>

/* Dear to make: fibers are pooled. */
static inline void
lk_fiber_note_make(struct lk_fiber_note *n, const void *stack, size_t size)
{
	n->handle = __tsan_create_fiber(0);
}

static inline void
lk_fiber_note_self(struct lk_fiber_note *n)
{
	n->handle = __tsan_get_current_fiber();
}

static inline void
lk_fiber_note_end(struct lk_fiber_note *n)
{
	__tsan_destroy_fiber(n->handle);
}

static inline void
lk_fiber_leave(struct lk_fiber_note *from, const struct lk_fiber_note *to,
    bool last)
{
	__tsan_switch_to_fiber(to->handle, __tsan_switch_to_fiber_no_sync);
}

static inline void
lk_fiber_arrive(struct lk_fiber_note *n)
{
}

#endif /* LOCKS_ANNOTATE_FIBER_TSAN_H */

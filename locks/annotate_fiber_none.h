/* annotate_fiber_none.h: nobody to tell; see annotate_fiber_int.h. */
#ifndef LOCKS_ANNOTATE_FIBER_NONE_H
#define LOCKS_ANNOTATE_FIBER_NONE_H

#include "locks/annotate_fiber_noorder.h"

static inline void
lk_fiber_note_make(struct lk_fiber_note *n, const void *stack, size_t size)
{
}

static inline void
lk_fiber_note_self(struct lk_fiber_note *n)
{
}

static inline void
lk_fiber_act_end(struct lk_fiber_note *n, void *here)
{
}

static inline void
lk_fiber_leave(struct lk_fiber_note *from, const struct lk_fiber_note *to,
    bool last)
{
}

static inline void
lk_fiber_arrive(struct lk_fiber_note *n)
{
}

#endif /* LOCKS_ANNOTATE_FIBER_NONE_H */

/*
 * annotate_fiber_hb.h: no sanitizer, but memory hooks may want to know; see
 * annotate_fiber_int.h.
 */
#ifndef LOCKS_ANNOTATE_FIBER_HB_H
#define LOCKS_ANNOTATE_FIBER_HB_H

#include "locks/hb_int.h"

static inline void
lk_fiber_note_make(struct lk_fiber_note *n, const void *stack, size_t size)
{
	n->handle = NULL;
	if (lk_hb_row != NULL)
		n->handle = lk_hb_row->stack(stack, size);
}

static inline void
lk_fiber_note_end(struct lk_fiber_note *n)
{
	if (n->handle != NULL)
		lk_hb_row->stack_gone(n->handle);
}

static inline void
lk_fiber_note_self(struct lk_fiber_note *n)
{
	n->handle = NULL;
}

static inline void
lk_fiber_born(struct lk_fiber_note *n)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->born(n->handle);
}

static inline void *
lk_fiber_act_as(struct lk_fiber_note *n, void *entering)
{
	return NULL;
}

static inline void
lk_fiber_act_end(struct lk_fiber_note *n, void *here)
{
}

static inline void
lk_fiber_leave(struct lk_fiber_note *from, const struct lk_fiber_note *to,
    void *entering, bool last)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->go(to->handle);
}

static inline void
lk_fiber_arrive(struct lk_fiber_note *n)
{
}

static inline void
lk_fiber_alone(void)
{
}

static inline void
lk_fiber_aside_begin(void)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->aside(true);
}

static inline void
lk_fiber_aside_end(void)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->aside(false);
}

static inline void
lk_fiber_release(const void *p)
{
	lk_hb_release(p);
}

static inline void
lk_fiber_acquire(const void *p)
{
	lk_hb_acquire(p);
}

/* Memory may be used again at once: nobody would miss the first use. */
static inline bool
lk_fiber_plain(void)
{
	return lk_hb == NULL;
}

#endif /* LOCKS_ANNOTATE_FIBER_HB_H */

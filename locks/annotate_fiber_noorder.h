/*
 * annotate_fiber_noorder.h: what only who looks at order must know, for those
 * that do not; included by annotate_fiber_asan.h.
 */
#ifndef LOCKS_ANNOTATE_FIBER_NOORDER_H
#define LOCKS_ANNOTATE_FIBER_NOORDER_H

static inline void
lk_fiber_born(struct lk_fiber_note *n)
{
}

static inline void *
lk_fiber_act_as(struct lk_fiber_note *n, void *entering)
{
	return NULL;
}

static inline void
lk_fiber_alone(void)
{
}

static inline void
lk_fiber_aside_begin(void)
{
}

static inline void
lk_fiber_aside_end(void)
{
}

static inline void
lk_fiber_release(const void *p)
{
}

static inline void
lk_fiber_acquire(const void *p)
{
}

static inline void
lk_fiber_note_end(struct lk_fiber_note *n)
{
}

#endif /* LOCKS_ANNOTATE_FIBER_NOORDER_H */

/* annotate_fiber_none.h: nobody to tell; see annotate_fiber_int.h. */
#ifndef LOCKS_ANNOTATE_FIBER_NONE_H
#define LOCKS_ANNOTATE_FIBER_NONE_H

static inline void
lk_fiber_note_make(struct lk_fiber_note *n, const void *stack, size_t size)
{
}

static inline void
lk_fiber_note_self(struct lk_fiber_note *n)
{
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
lk_fiber_note_end(struct lk_fiber_note *n)
{
}

static inline void
lk_fiber_leave(struct lk_fiber_note *from, const struct lk_fiber_note *to,
    bool last)
{
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
lk_fiber_arrive(struct lk_fiber_note *n)
{
}

#endif /* LOCKS_ANNOTATE_FIBER_NONE_H */

/*
 * annotate_fiber_tsan.h: to ThreadSanitizer each fiber is a thread; see
 * annotate_fiber_int.h.  A switch orders nothing (flag 1), or it would hide
 * every race.
 */
#ifndef LOCKS_ANNOTATE_FIBER_TSAN_H
#define LOCKS_ANNOTATE_FIBER_TSAN_H

#include <sanitizer/tsan_interface.h>

void	AnnotateIgnoreReadsBegin(const char *, int);
void	AnnotateIgnoreReadsEnd(const char *, int);
void	AnnotateIgnoreWritesBegin(const char *, int);
void	AnnotateIgnoreWritesEnd(const char *, int);

/* What a fiber did until it was left is known to the thread at the end. */
static char lk_fiber_domain[8];

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
lk_fiber_born(struct lk_fiber_note *n)
{
}

/*
 * What follows is done in the name of a fiber that never goes on: what it
 * held is let go.  Its frames will never return, so it then becomes another.
 * Between pre_lock and post_lock it looks away: the lock it was entering it
 * did not get.
 */
static inline void *
lk_fiber_act_as(struct lk_fiber_note *n, void *entering)
{
	void *here = __tsan_get_current_fiber();

	__tsan_release((void *)lk_fiber_domain);
	__tsan_switch_to_fiber(n->handle, __tsan_switch_to_fiber_no_sync);
	if (entering != NULL)
		__tsan_mutex_post_lock(entering, __tsan_mutex_try_lock |
		    __tsan_mutex_try_lock_failed, 0);
	__tsan_acquire((void *)lk_fiber_domain);
	return here;
}

static inline void
lk_fiber_act_end(struct lk_fiber_note *n, void *here)
{
	__tsan_release((void *)lk_fiber_domain);
	__tsan_switch_to_fiber(here, __tsan_switch_to_fiber_no_sync);
	__tsan_acquire((void *)lk_fiber_domain);
	__tsan_destroy_fiber(n->handle);
	n->handle = __tsan_create_fiber(0);
}

static inline void
lk_fiber_note_end(struct lk_fiber_note *n)
{
	__tsan_destroy_fiber(n->handle);
}

/*
 * Between pre_lock and post_lock nothing is released: we look up for it, or
 * what the fiber did just before would be known to nobody.
 */
static inline void
lk_fiber_leave(struct lk_fiber_note *from, const struct lk_fiber_note *to,
    void *entering, bool last)
{
	if (entering != NULL)
		__tsan_mutex_post_lock(entering, __tsan_mutex_try_lock |
		    __tsan_mutex_try_lock_failed, 0);
	__tsan_release((void *)lk_fiber_domain);
	if (entering != NULL)
		__tsan_mutex_pre_lock(entering, __tsan_mutex_try_lock);
	__tsan_switch_to_fiber(to->handle, __tsan_switch_to_fiber_no_sync);
}

/* Before the first and after the last fiber the thread is alone. */
static inline void
lk_fiber_alone(void)
{
	__tsan_acquire((void *)lk_fiber_domain);
}

/* The chooser has one state for all, and is called by whoever runs. */
static inline void
lk_fiber_aside_begin(void)
{
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}

static inline void
lk_fiber_aside_end(void)
{
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

/* For grace periods. */
static inline void
lk_fiber_release(const void *p)
{
	__tsan_release((void *)p);
}

static inline void
lk_fiber_acquire(const void *p)
{
	__tsan_acquire((void *)p);
}

static inline void
lk_fiber_arrive(struct lk_fiber_note *n)
{
}

/* Memory may be used again at once: nobody would miss the first use. */
static inline bool
lk_fiber_plain(void)
{
	return false;
}

#endif /* LOCKS_ANNOTATE_FIBER_TSAN_H */

/*
 * annotate_hb.h: no sanitizer watches, but memory hooks may (hb_int.h); see
 * annotate_int.h.
 */
#ifndef LOCKS_ANNOTATE_HB_H
#define LOCKS_ANNOTATE_HB_H

#include "locks/hb_int.h"

static inline void
lk_tsan_setup(void)
{
}

static inline void
lk_tsan_create(void *m)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->made(m);
}

static inline void
lk_tsan_destroy(void *m)
{
}

static inline void
lk_tsan_pre_lock(void *m, bool read, bool try)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->want(m);
}

static inline void
lk_tsan_post_lock(void *m, bool read, bool try, bool got)
{
	if (__builtin_expect(lk_hb != NULL, 0) && got)
		lk_hb->lock(m, read);
}

static inline void
lk_tsan_pre_unlock(void *m, bool read)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->unlock(m, read);
}

static inline void
lk_tsan_post_unlock(void *m, bool read)
{
}

static inline void
lk_tsan_release(void *p)
{
	lk_hb_release(p);
}

static inline void
lk_tsan_acquire(void *p)
{
	lk_hb_acquire(p);
}

#endif /* LOCKS_ANNOTATE_HB_H */

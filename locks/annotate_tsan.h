/* annotate_tsan.h: what ThreadSanitizer is told; see annotate_int.h. */
#ifndef LOCKS_ANNOTATE_TSAN_H
#define LOCKS_ANNOTATE_TSAN_H

#include <sanitizer/tsan_interface.h>
#include <stdbool.h>

/* tsan_options.c; being called is what links that file in */
void	lk_tsan_setup(void);
/* What is done with each report; a test may have its own. */
extern void (*lk_tsan_report)(void *);

static inline unsigned
lk_tsan_how(bool read, bool try)
{
	return (read ? __tsan_mutex_read_lock : 0) |
	    (try ? __tsan_mutex_try_lock : 0);
}

static inline void
lk_tsan_create(void *m)
{
	__tsan_mutex_create(m, __tsan_mutex_not_static);
}

static inline void
lk_tsan_destroy(void *m)
{
	__tsan_mutex_destroy(m, __tsan_mutex_not_static);
}

static inline void
lk_tsan_pre_lock(void *m, bool read, bool try)
{
	__tsan_mutex_pre_lock(m, lk_tsan_how(read, try));
}

static inline void
lk_tsan_post_lock(void *m, bool read, bool try, bool got)
{
	__tsan_mutex_post_lock(m, lk_tsan_how(read, try) |
	    (got ? 0 : __tsan_mutex_try_lock_failed), 0);
}

static inline void
lk_tsan_pre_unlock(void *m, bool read)
{
	__tsan_mutex_pre_unlock(m, lk_tsan_how(read, false));
}

static inline void
lk_tsan_post_unlock(void *m, bool read)
{
	__tsan_mutex_post_unlock(m, lk_tsan_how(read, false));
}

static inline void
lk_tsan_release(void *p)
{
	__tsan_release(p);
}

static inline void
lk_tsan_acquire(void *p)
{
	__tsan_acquire(p);
}

#endif /* LOCKS_ANNOTATE_TSAN_H */

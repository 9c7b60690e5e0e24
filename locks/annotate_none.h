/* annotate_none.h: no sanitizer watches; see annotate_int.h. */
#ifndef LOCKS_ANNOTATE_NONE_H
#define LOCKS_ANNOTATE_NONE_H

#include <stdbool.h>

static inline void lk_tsan_setup(void) { }
static inline void lk_tsan_create(void *m) { (void)m; }
static inline void lk_tsan_destroy(void *m) { (void)m; }
static inline void
lk_tsan_pre_lock(void *m, bool read, bool try)
{
	(void)m, (void)read, (void)try;
}
static inline void
lk_tsan_post_lock(void *m, bool read, bool try, bool got)
{
	(void)m, (void)read, (void)try, (void)got;
}
static inline void
lk_tsan_pre_unlock(void *m, bool read)
{
	(void)m, (void)read;
}
static inline void
lk_tsan_post_unlock(void *m, bool read)
{
	(void)m, (void)read;
}
static inline void lk_tsan_release(void *p) { (void)p; }
static inline void lk_tsan_acquire(void *p) { (void)p; }

#endif /* LOCKS_ANNOTATE_NONE_H */

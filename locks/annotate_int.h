/*
 * annotate_int.h: tells a sanitizer what our locks and grace periods order.
 *
 * One of three files behind the same functions.  Between pre and post the
 * sanitizer looks away, so nothing but the lock's own algorithm runs there.
 */
#ifndef LOCKS_ANNOTATE_INT_H
#define LOCKS_ANNOTATE_INT_H

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define LK_TSAN	1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define LK_TSAN	1
#endif

#ifdef LK_TSAN
#include "locks/annotate_tsan.h"
#elif defined(LK_ANNOTATE_FAST)
#include "locks/annotate_none.h"
#else
#include "locks/annotate_hb.h"
#endif

#endif /* LOCKS_ANNOTATE_INT_H */

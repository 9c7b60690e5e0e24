/*
 * annotate_fiber_int.h: tells a sanitizer which stack we are on.  One of three
 * files behind the same functions.
 */
#ifndef LOCKS_ANNOTATE_FIBER_INT_H
#define LOCKS_ANNOTATE_FIBER_INT_H

#include <stdbool.h>
#include <stddef.h>

/* LK_FIBER_TSAN also comes from CMake: fiber.c itself is not instrumented. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define LK_FIBER_TSAN	1
#elif __has_feature(address_sanitizer)
#define LK_FIBER_ASAN	1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define LK_FIBER_TSAN	1
#endif
#ifdef __SANITIZE_ADDRESS__
#define LK_FIBER_ASAN	1
#endif

struct lk_fiber_note {
	void		*handle;	/* the sanitizer's own */
	const void	*stack;
	size_t		size;
};

#if defined(LK_FIBER_TSAN)
#include "locks/annotate_fiber_tsan.h"
#elif defined(LK_FIBER_ASAN)
#include "locks/annotate_fiber_asan.h"
#else
#include "locks/annotate_fiber_hb.h"
#endif

#endif /* LOCKS_ANNOTATE_FIBER_INT_H */

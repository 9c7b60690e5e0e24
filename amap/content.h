/*
 * content.h: how whole frames are copied and filled.  A frame that is copied
 * has no writer and its copy no mapping, so plain code is right.  But where
 * an error of that rule is looked for (a sanitizer, an unoptimised build),
 * each cell is a relaxed atomic, as with single loads and stores, and a freed
 * frame is spoiled in every cell rather than in one of every 64: a frame that
 * is freed is seldom in the cache, and spoiling every line of it would cost
 * more than all else that freeing does.
 */
#ifndef AMAP_CONTENT_H
#define AMAP_CONTENT_H

/* what the cells of a free frame say */
#define CONTENT_FREE	0xdeadf4a3ed09a6e5ULL
#define CONTENT_STRIDE	64

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||	\
    !defined(NDEBUG)
#define AMAP_CONTENT_ATOMIC	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AMAP_CONTENT_ATOMIC	1
#endif
#endif

#ifdef AMAP_CONTENT_ATOMIC
#include "amap/content_atomic.h"
#else
#include "amap/content_plain.h"
#endif

#endif /* AMAP_CONTENT_H */

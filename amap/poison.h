/*
 * poison.h: free objects that bite.
 *
 * One of two variants, by how the file is compiled:
 *	poison_asan.h	free memory is poisoned, is reused late (first in,
 *			first out), and objects have a red zone between them
 *	poison_none.h	nothing
 */
#ifndef AMAP_POISON_H
#define AMAP_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#define AMAP_POISON	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AMAP_POISON	1
#endif
#endif

#ifdef AMAP_POISON
#include "amap/poison_asan.h"
#else
#include "amap/poison_none.h"
#endif

#endif /* AMAP_POISON_H */

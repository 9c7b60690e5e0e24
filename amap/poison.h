/*
 * poison.h: free objects that bite.
 *
 * One of three variants, by how the file is compiled:
 *	poison_asan.h	free memory is poisoned, is reused late (first in,
 *			first out), and objects have a red zone between them
 *	poison_hook.h	memory hooks are told, and nothing is reused while an
 *			execution runs
 *	poison_none.h	nothing
 *
 *	never given out --poison_live--> live --poison_free--> free
 *	(poison_fresh)                        <--poison_live--   | poison_again
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

#if defined(AMAP_HOOK)
#include "amap/poison_hook.h"
#elif defined(AMAP_POISON)
#include "amap/poison_asan.h"
#else
#include "amap/poison_none.h"
#endif

#endif /* AMAP_POISON_H */

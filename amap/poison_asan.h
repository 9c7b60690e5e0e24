/* poison_asan.h: see poison.h */
#include <stddef.h>
#include <sanitizer/asan_interface.h>

#define POISON_REDZONE	16
#define POISON_FIFO	1
#define POISON_CAN_KEEP	0

static inline void
poison_free(void *p, size_t n)
{
	__asan_poison_memory_region(p, n);
}

static inline void
poison_live(void *p, size_t n)
{
	__asan_unpoison_memory_region(p, n);
}

#define poison_fresh(p, n)	poison_free((p), (n))
#define poison_forget(p, n)	poison_live((p), (n))

#include "amap/poison_nokeep.h"

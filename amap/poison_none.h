/* poison_none.h: see poison.h */
#include <stddef.h>

#define POISON_REDZONE	0
#define POISON_FIFO	0
#define POISON_CAN_KEEP	POISON_PLAIN	/* memory may be copied back */
#if defined(__SANITIZE_THREAD__)
#define POISON_PLAIN	0
#else
#define POISON_PLAIN	1
#endif

static inline void
poison_free(void *p, size_t n)
{
	(void)p;
	(void)n;
}

static inline void
poison_live(void *p, size_t n)
{
	(void)p;
	(void)n;
}

#define poison_fresh(p, n)	poison_free((p), (n))
#define poison_forget(p, n)	poison_live((p), (n))

#include "amap/poison_nokeep.h"

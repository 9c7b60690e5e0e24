/*
 * poison_nokeep.h: what only hooks do, for those that are none; included by
 * poison_none.h and poison_asan.h.
 */
#define POISON_KEEPS	false

static inline void
poison_again(void *p, size_t n)
{
	(void)p;
	(void)n;
}

#define poison_frame_free(p, n)	poison_again((p), (n))
#define poison_frame_live(p, n)	poison_again((p), (n))

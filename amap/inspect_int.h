/*
 * inspect_int.h: looking at the world in the middle of what others do, as
 * inspect.c and inspect_guard.c share it.
 *
 * Strands are fibers: all others stand at scheduling points, so nothing
 * changes while we look; but what a lock guards may be half done, and then
 * nothing is said about it.  No lock is taken, no point passed.
 */
#ifndef AMAP_INSPECT_INT_H
#define AMAP_INSPECT_INT_H

#include "amap/audit_int.h"
#include "amap/swap_int.h"

#define INSPECT_MAX	1024	/* objects at a time; a power of two */

/* An object that is alive, and what was counted for it. */
struct inspect_rec {
	const void	*key;
	long		count;
};
struct inspect_tab {
	struct inspect_rec rec[INSPECT_MAX];
	unsigned	n;
};

/* What an object was like at the point before. */
struct guard_rec {
	const void	*key;
	const struct rwlock *lock;	/* that guards it */
	uint64_t	sum;		/* of all that is guarded */
};
struct guard_tab {
	struct guard_rec rec[INSPECT_MAX];
	unsigned	n;
};

struct vm_inspect {
	struct inspect_tab seen;
	size_t		bad;
	bool		full;		/* too many objects: nothing is said */
	int		cover[UVM_AMAP_LARGE];
	/* inspect_guard.c */
	bool		have;		/* was holds a look at this world */
	unsigned	turn;
	struct guard_tab was[2];	/* before, and now: by turns */
};

/* => nobody holds it */
static inline bool
inspect_free(const struct rwlock *lock)
{
	return lock != NULL && rw_status((struct rwlock *)(uintptr_t)lock) == 0;
}

static inline unsigned
inspect_hash(const void *key)
{
	return (unsigned)(((uintptr_t)key * 0x9e3779b97f4a7c15ULL) >> 40) &
	    (INSPECT_MAX - 1);
}

/*
 * Can anything be said of the amap?  Not while it is made (it has no lock),
 * nor when it is on its way back to the pool.
 */
static inline bool
inspect_amap_lives(const struct vm_amap *amap)
{
	return amap->am_lock != NULL && amap->am_nslot > 0 &&
	    (amap_refs(amap) != 0 || amap->am_nused != 0);
}

#endif /* AMAP_INSPECT_INT_H */

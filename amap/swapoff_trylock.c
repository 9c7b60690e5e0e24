/*
 * swapoff_trylock.c: A above L.  An amap that dies is taken off the list with
 * its lock held; the walker, under L, only tries A.  When it fails it lets go
 * of L, gives way, and looks again at what stands behind its marker: that amap,
 * if it still is there, or the next.
 *
 * Trying for ever would be no promise.  After a few times the walker waits for
 * the lock itself, in the right order: it holds the lock object (the amap on
 * the list, kept there by L, lends it the right to), lets go of L, takes A,
 * then L, and is in if what stands behind the marker has this lock.
 */
#include "amap/subject_int.h"

#define TRYLOCK_TRIES	8

static void
trylock_wipeout(struct vm_amap *amap)
{
	lk_point(UNREF_ZERO);
	amap_list_remove(amap);
	amap_discard(amap);
}

/* => L held; true: the lock is held, too */
static bool
try_patiently(struct swapoff_walk *sw, struct rwlock *lock)
{
	struct vm_amap *amap;
	bool mine;

	rw_obj_hold(lock);
	rw_exit_write(&amap_list_lock);
	lk_point(SWAPOFF_PATIENT);
	rw_enter_write(lock);
	rw_enter_write(&amap_list_lock);
	amap = LIST_NEXT(&sw->sw_marker, am_list);
	mine = amap != NULL && amap->am_lock == lock;
	if (!mine)
		rw_exit_write(lock);
	rw_obj_free(lock);
	return mine;
}

static struct vm_amap *
trylock_next(struct swapoff_walk *sw)
{
	struct vm_amap *amap;
	int tries;

	rw_enter_write(&amap_list_lock);
	for (tries = 1;; tries++) {
		amap = LIST_NEXT(&sw->sw_marker, am_list);
		if (amap == NULL ||
		    rw_enter(amap->am_lock, RW_WRITE | RW_NOSLEEP) == 0)
			break;
		vm_count(VMC_walk_yield, 1);
		if (tries % TRYLOCK_TRIES == 0) {
			if (try_patiently(sw, amap->am_lock)) {
				amap = LIST_NEXT(&sw->sw_marker, am_list);
				break;
			}
			continue;
		}
		rw_exit_write(&amap_list_lock);
		lk_yield();
		lk_point(SWAPOFF_YIELDED);
		rw_enter_write(&amap_list_lock);
	}
	if (amap != NULL)
		swapoff_pass(sw, amap);
	rw_exit_write(&amap_list_lock);
	return amap;
}

static boolean_t
trylock_walk(int startslot_d, int endslot_d)
{
	return swapoff_walk_all(startslot_d, endslot_d, trylock_next);
}

const struct swapoff_scheme swapoff_trylock = {
	.name = "trylock",
	.walk = trylock_walk,
	.last_unref = amap_wipeout,
	.wipeout = trylock_wipeout,
};

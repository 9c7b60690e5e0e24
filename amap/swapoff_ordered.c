/*
 * swapoff_ordered.c: L above A.  The walker waits for A under L; so nobody
 * takes L with A held, and an amap that dies is taken off the list between two
 * holds of A.  In that gap the walker may meet it, and goes on: no reference.
 */
#include "amap/subject_int.h"

static void
ordered_wipeout(struct vm_amap *amap)
{
	amap_unlock(amap);
	lk_point(UNREF_ZERO);
	amap_list_remove(amap);
	lk_point(UNREF_UNLISTED);
	amap_lock(amap);
	amap_discard(amap);
}

static boolean_t
ordered_walk(int startslot_d, int endslot_d)
{
	return swapoff_walk_all(startslot_d, endslot_d, swapoff_next_waiting);
}

const struct swapoff_scheme swapoff_ordered = {
	.name = "ordered",
	.walk = ordered_walk,
	.last_unref = amap_wipeout,
	.wipeout = ordered_wipeout,
};

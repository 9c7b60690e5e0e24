/*
 * swapoff_blocking.c: the order of 2021, kept because it is wrong.  The walker
 * waits for A under L, and an amap that dies is taken off the list, which
 * takes L, with A held.  Two threads that do one each wait for each other.
 */
#include "amap/subject_int.h"

static void
blocking_wipeout(struct vm_amap *amap)
{
	lk_point(UNREF_ZERO);
	amap_list_remove(amap);
	amap_discard(amap);
}

static boolean_t
blocking_walk(int startslot_d, int endslot_d)
{
	return swapoff_walk_all(startslot_d, endslot_d, swapoff_next_waiting);
}

const struct swapoff_scheme swapoff_blocking = {
	.name = "blocking",
	.walk = blocking_walk,
	.last_unref = amap_wipeout,
	.wipeout = blocking_wipeout,
};

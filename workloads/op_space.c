/*
 * op_space.c: spaces are forked and ended, swap devices emptied.
 */
#include <errno.h>

#include "workloads/op_int.h"

#define TRIES	4	/* spaces, until one is found whose layout is free */

static enum wl_done
fork_some(struct wl_strand *st, bool shared)
{
	struct wl_space *s;
	int i, error = EBUSY;

	for (i = 0; i < TRIES && error == EBUSY; i++) {
		if ((s = wl_space_pick(st)) == NULL)
			return WLR_SKIPPED;
		if (wl_layout_take(s)) {
			error = wl_space_fork(st, s, shared);
			wl_layout_drop(s);
		}
		wl_space_drop(st, s);
	}
	return wl_refusal(error);
}

enum wl_done
wl_op_fork(struct wl_strand *st)
{
	return fork_some(st, false);
}

enum wl_done
wl_op_share(struct wl_strand *st)
{
	return fork_some(st, true);
}

/* => a space of which something is wired, claimed; NULL: none found */
static struct wl_space *
pick_wired(struct wl_strand *st)
{
	struct wl_space *s;
	unsigned i, j;

	for (i = 0; i < 2 * TRIES; i++) {
		if ((s = wl_space_pick(st)) == NULL)
			return NULL;
		if (wl_layout_take(s)) {
			for (j = 0; j < st->h->nregions; j++)
				if (wl_region_is(&s->region[j], WLC_LIVE) &&
				    s->region[j].wired_n > 0)
					return s;
			wl_layout_drop(s);
		}
		wl_space_drop(st, s);
	}
	return NULL;
}

enum wl_done
wl_op_wired_fork(struct wl_strand *st)
{
	struct wl_space *s = pick_wired(st);
	int error;

	if (s == NULL)
		return WLR_SKIPPED;
	error = wl_space_fork(st, s, false);
	wl_layout_drop(s);
	wl_space_drop(st, s);
	return wl_refusal(error);
}

/*
 * As many as the scenario wants are kept up: none ends before there is one
 * more.  A space may take its time to end, until the last one lets go of it.
 */
enum wl_done
wl_op_exit(struct wl_strand *st)
{
	int32_t want = (int32_t)st->h->job->spaces;
	struct wl_space *s;
	bool ended;
	int error;

	if (atomic_load(&st->h->live) <= want &&
	    (error = wl_space_spawn(st)) != 0)
		return wl_refusal(error);
	if ((s = wl_space_pick(st)) == NULL)
		return WLR_SKIPPED;
	ended = wl_space_end(st->h, s);
	wl_space_drop(st, s);
	return ended ? WLR_DONE : WLR_SKIPPED;
}

/*
 * Swap-off may be refused: pages of the device were on their way (EBUSY), or
 * there was no memory for what it held.  Another one's turn: EINVAL.
 */
enum wl_done
wl_cycle(struct wl_strand *st, int dev)
{
	int error = vm_swapoff(dev);

	if (error == EBUSY || error == ENOMEM)
		return WLR_REFUSED;
	if (error == EINVAL)
		return WLR_SKIPPED;
	if (error != 0) {
		lk_incident("swap.off", "swap-off of device %d gave error %d",
		    dev, error);
		return WLR_REFUSED;
	}
	error = vm_swapon(dev);
	if (error != 0 && error != EBUSY)
		lk_incident("swap.on", "swap-on of device %d gave error %d",
		    dev, error);
	return WLR_DONE;
}

enum wl_done
wl_op_swapcycle(struct wl_strand *st)
{
	int i, on = 0, n = vm_swap_count();
	enum wl_done done;

	for (i = 0; i < n; i++)
		on += vm_swap_is_on(i);
	if (on < 2)
		return WLR_SKIPPED;
	if (!mtx_enter_try(&st->h->walk))
		return WLR_SKIPPED;
	done = wl_cycle(st, (int)lk_random_below((uint64_t)n));
	mtx_leave(&st->h->walk);
	return done;
}

/* The walk of a swap-off alone: one at a time, as of swap-off. */
enum wl_done
wl_op_walk(struct wl_strand *st)
{
	int error;

	if (!mtx_enter_try(&st->h->walk))
		return WLR_SKIPPED;
	error = vm_swapwalk((int)lk_random_below((uint64_t)vm_swap_count()));
	mtx_leave(&st->h->walk);
	return wl_refusal(error);
}

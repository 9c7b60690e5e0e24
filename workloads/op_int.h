/* op_int.h: operations; each a function of its row's name, in some op_*.c. */
#ifndef WORKLOADS_OP_INT_H
#define WORKLOADS_OP_INT_H

#include "workloads/space_int.h"

#define OPERATION(name, help)	enum wl_done wl_op_##name(struct wl_strand *);
#include "workloads/operations.def"
#undef OPERATION

/*
 * Operations on a region of some space, or with its layout in hand.
 * => space and region stay claimed during fn; SKIPPED if there is none
 */
enum wl_done wl_with_region(struct wl_strand *, enum wl_done (*fn)(
	    struct wl_strand *, struct wl_space *, struct wl_region *));
enum wl_done wl_with_layout(struct wl_strand *, enum wl_done (*fn)(
	    struct wl_strand *, struct wl_space *, struct wl_region *));
/* => of an error that no page is to blame for: ENOMEM, EBUSY */
enum wl_done wl_refusal(int error);
/*
 * Swap-off of a device that is on, then swap-on.
 * => h->walk held: whoever waited for another's walk in the VM could not leave
 *    the gate while that one stands at a safe point
 */
enum wl_done wl_cycle(struct wl_strand *, int dev);

#endif /* WORKLOADS_OP_INT_H */

/* explore_int.h: between the explorer and the choosers. */
#ifndef WORKLOADS_EXPLORE_INT_H
#define WORKLOADS_EXPLORE_INT_H

#include "workloads/workloads.h"

/*
 * One execution by a schedule; what was really chosen in made, if not NULL.
 */
int	wl_follow(const struct wl_program *, const struct wl_explore_conf *,
	    const struct wl_schedule *, struct lk_fibers_result *,
	    bool *failed, uint64_t *diverged, struct wl_schedule *made);
/* => of two that failed: in the same way? */
bool	wl_fails_alike(const struct lk_fibers_result *,
	    const struct lk_fibers_result *);

/*
 * orders.c: which executions were alike.  Two that differ only in the order of
 * what is independent have the same hash.
 */
struct wl_orders;
struct wl_orders *wl_orders_new(void);		/* NULL: no memory */
void	wl_orders_free(struct wl_orders *);
void	wl_orders_begin(struct wl_orders *);
void	wl_orders_note(struct wl_orders *, const struct lk_fiber_view *);
void	wl_orders_end(struct wl_orders *);
/* => distinct ones seen; *lost: at least so many */
uint64_t wl_orders_count(const struct wl_orders *, bool *lost);
void	wl_orders_pairs(const struct wl_orders *, struct wl_pairs *);

/* chooser_replay.c: the choice that was not possible; 0: all were */
uint64_t wl_replay_diverged(const void *state);

#endif /* WORKLOADS_EXPLORE_INT_H */

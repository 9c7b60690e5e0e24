/*
 * case_run_int.h: the run of a case, in its child.
 *
 *	         start          go                    go
 *	GATED ----------> RUNNING --+--> PARKED --------> RUNNING -> ENDED
 *	                   ^    |   |   (its steps are done, it holds something)
 *	                   |    v   +--> ENDED
 *	                  BARRIER       (it has its first lock; with ||)
 *
 * A phase says itself where it is.  That a running one is blocked is seen in
 * the record alone, as it would be for any code.
 */
#ifndef WORKLOADS_CASE_RUN_INT_H
#define WORKLOADS_CASE_RUN_INT_H

#include <pthread.h>

#include "workloads/workloads.h"

enum wl_case_state {
	WLCS_GATED, WLCS_RUNNING, WLCS_BARRIER, WLCS_PARKED, WLCS_ENDED
};

struct wl_case_hold {
	uint32_t	thing;
	uint32_t	life;		/* of the thing, when it was taken */
};

struct wl_case_strand {
	struct wl_case_engine *e;
	uint32_t	phase;
	enum wl_case_state state;
	bool		go;		/* at GATED, BARRIER or PARKED */
	bool		first;		/* its first lock is still to come */
	bool		joined;		/* by another phase, in time */
	_Atomic bool	taken;		/* ... which has come to that */
	bool		open;		/* holds what cannot be released */
	struct lk_strand *strand;
	uint64_t	ordinal;	/* of its wait, last time */
	size_t		nheld, cheld;
	struct wl_case_hold *held;
};

union wl_case_object {
	struct rwlock	rw;
	struct mutex	mtx;
	struct lk_event	event;
};

struct wl_case_engine {
	const struct wl_case *c;
	struct lk_record *rec;
	pthread_mutex_t	mutex;		/* for states, and nothing recorded */
	pthread_cond_t	cond;
	union wl_case_object *object;	/* by thing */
	_Atomic uint32_t *life;		/* by thing: changes with init, destroy */
	_Atomic bool	*posted;	/* by thing */
	struct lk_site	*site;		/* by site of the case */
	struct lk_strand_info *look;	/* by phase, for wl_case_stuck */
	struct wl_case_strand *strand;	/* by phase */
};

/* case_phase.c: what the strand of a phase does */
void	wl_case_phase(void *strand);

/*
 * wl_case_stuck: is every running phase blocked by a phase that stands?
 * => the caller holds e->mutex
 * => true only when two looks found the same waits, each of them for what
 *    is held, not posted or not ended at both
 */
bool	wl_case_stuck(struct wl_case_engine *, bool *twice);

#endif /* WORKLOADS_CASE_RUN_INT_H */

/*
 * replay_int.h: a recorded trace on its way through the VM.
 *
 * A space's segments say what is mapped where, sorted by page.  Structural
 * records change them; the order of the trace keeps those apart from all other
 * records of the space, so nothing here is locked:
 *
 *	structural <= done	two counters of the space: a record waits for
 *				the first to reach its epoch, a structural one
 *				for the second to reach its `before`
 */
#ifndef WORKLOADS_REPLAY_INT_H
#define WORKLOADS_REPLAY_INT_H

#include "workloads/runner_int.h"

struct wl_seg {
	uint64_t	page, npages;
	struct wl_content *content;
	size_t		first;		/* content page of page */
	bool		shared;		/* inherited by sharing */
};

struct wl_rspace {
	_Alignas(64) _Atomic uint64_t structural, done;
	_Atomic uint32_t users;		/* threads */
	_Atomic uint32_t waiters;
	struct mutex	lk;		/* for sleeping alone */
	struct vm_space	*vm;
	struct wl_seg	*seg;
	size_t		nseg, room;
};

/* A recorded thread. */
struct wl_task {
	struct wl_trace_cursor cursor;
	struct wl_trace_rec rec;
	bool		pending;	/* rec is next */
	struct wl_task	*next;		/* in the queue */
};

struct wl_replay {
	struct wl_harness *h;
	struct wl_trace	*trace;
	const struct wl_trace_info *info;
	struct wl_rspace *space;
	struct wl_task	*task;
	struct vm_object **object;
	unsigned	workers;
	bool		crowded;	/* fewer workers than threads */
	struct mutex	lk;		/* the queue */
	struct wl_task	*head, **tail;
	_Atomic uint32_t queued;
	_Atomic uint32_t left;		/* threads that have not ended */
	_Atomic uint64_t began;		/* when, for the pace */
};

/* replay_map.c */
/* => NULL: nothing is mapped there */
struct wl_seg *wl_seg_find(struct wl_rspace *, uint64_t page);
/*
 * What a record does to its space.
 * => 0, or what the VM said
 */
int	wl_replay_map(struct wl_strand *, struct wl_replay *,
	    struct wl_rspace *, const struct wl_trace_rec *);
int	wl_replay_unmap(struct wl_strand *, struct wl_replay *,
	    struct wl_rspace *, const struct wl_trace_rec *);
int	wl_replay_protect(struct wl_strand *, struct wl_replay *,
	    struct wl_rspace *, const struct wl_trace_rec *);
int	wl_replay_free(struct wl_strand *, struct wl_replay *,
	    struct wl_rspace *, const struct wl_trace_rec *);
int	wl_replay_move(struct wl_strand *, struct wl_replay *,
	    struct wl_rspace *, const struct wl_trace_rec *);
int	wl_replay_fork(struct wl_strand *, struct wl_replay *,
	    struct wl_rspace *, const struct wl_trace_rec *);
/* => the last thread has left: checked whole, then gone */
void	wl_replay_end(struct wl_strand *, struct wl_replay *,
	    struct wl_rspace *);

#endif /* WORKLOADS_REPLAY_INT_H */

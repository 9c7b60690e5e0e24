/*
 * steer.h: driving an execution into a ring of waits, to see whether it is
 * there.  Included by workloads.h.
 *
 * Two ways, one after the other:
 *
 *	by witness	the strands make their turns, event by event of the
 *			order trace, then each goes on to its request
 *	by places	any strand that is about to ask where a part asks,
 *			holding what it holds, is kept back, until all parts
 *			are there (after DeadlockFuzzer, PLDI 2009)
 *
 * and then the requests are made: who asks to write goes before readers.
 */
#ifndef WORKLOADS_STEER_H
#define WORKLOADS_STEER_H

#ifndef WORKLOADS_WORKLOADS_H
#error "include workloads/workloads.h"
#endif

#define WL_STEER_PARTS	128
#define WL_STEER_DEEP	8	/* generations of strands */
#define WL_STEER_ANY	UINT32_MAX

/* A place in the code: file's tail and line; line 0: any. */
struct wl_place {
	char		file[80];
	int		line;
};
enum wl_steer_via {
	WLS_HOLD,		/* the next part holds what this one wants */
	WLS_QUEUE,		/* ... asks to write it first */
	WLS_POST		/* ... is to post it, or to end */
};
struct wl_steer_part {
	struct wl_place	wants, holds;	/* holds: what the one before wants */
	enum lk_node_kind kind;		/* of what it wants */
	enum lk_mode	mode;
	bool		upgrade;
	enum wl_steer_via via;
	uint32_t	strand;		/* of wl_steer.who; ANY: by places */
	uint64_t	at;		/* its events before the request */
};
/* From the root on: so many-th child of the one before. */
struct wl_steer_who {
	unsigned	deep;
	uint32_t	child[WL_STEER_DEEP];
};
struct wl_steer_turn {
	uint32_t	strand, n;
};
struct wl_steer {
	unsigned	n;
	struct wl_steer_part *part;	/* part[i] waits for part[i + 1] */
	/* the witness; no turns: by places alone */
	size_t		nwho, nturns;
	struct wl_steer_who *who;
	struct wl_steer_turn *turn;
};

/* What a chooser that steers has come to; see wl_confirm. */
struct wl_steered {
	bool		closed;		/* the parts wait for each other */
	bool		by_witness;
	uint64_t	diverged;	/* turns of the witness that were made,
					   if it could not be followed; + 1 */
};

struct wl_confirm_conf {
	uint64_t	seed;
	uint64_t	tries;		/* executions at most; 0: 200 */
	uint64_t	until;		/* lk_now() of the thread; 0: no limit */
	uint64_t	minimise;	/* executions for that; 0: none */
	uint64_t	all;		/* if it does not come: all executions,
					   if they are no more; 0: do not */
};
struct wl_confirmed {
	bool		confirmed;
	bool		by_witness;
	bool		impossible;	/* no execution of all is a deadlock */
	uint64_t	tries;
	struct lk_fibers_result end;
	struct wl_schedule schedule;	/* wl_schedule_free() it */
};
/*
 * wl_confirm: make it happen.
 * => confirmed: an execution came to the ring; the schedule makes it again
 * => 0, EBUSY, ENOMEM
 */
int	wl_confirm(const struct wl_program *, const struct wl_steer *,
	    const struct wl_confirm_conf *, struct wl_confirmed *);

#endif /* WORKLOADS_STEER_H */

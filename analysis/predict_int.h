/*
 * predict_int.h: deadlocks that did not happen, but can: from one order trace.
 *
 * After SPDOffline (Tunc, Mathur, Pavlogiannis, Viswanathan, PLDI 2023),
 * carried over to shared and exclusive modes:
 *
 *	request		strand t, holding these locks in these modes, asks for
 *			that one: the same asked for often is one *abstract*
 *			request with a list of *instances*
 *	pattern		a ring of abstract requests of different strands; each
 *			waits for the next: it holds what is wanted (one side
 *			exclusive), or asks to write it, first, where readers
 *			stand behind a waiting writer; or it is to post the
 *			event that is waited for, or to end
 *	closure		T, so many events of each strand: what comes before the
 *			instances, whatever must come before that (create, join,
 *			post, wake-up, init), and of conflicting sections of a
 *			lock all but the last are let go, in the trace's order
 *
 * If no instance of the pattern lies inside T, then T can be run, and after it
 * each strand's next step is its request: a deadlock, with T as its witness.
 * Else the instance inside moves on to its next, and T grows: linear.
 */
#ifndef ANALYSIS_PREDICT_INT_H
#define ANALYSIS_PREDICT_INT_H

#include "analysis/analysis.h"

#define PRD_NIL		UINT32_MAX

enum prd_via {		/* how a part waits for the next one */
	PRD_HOLD,		/* which holds what it wants */
	PRD_QUEUE,		/* which asks to write it, and comes first */
	PRD_POST		/* which is to post it, or to end */
};
enum prd_verdict {
	PRD_ORDERED,		/* create, join, events keep the parts apart */
	PRD_KEPT,		/* the order of sections does: not proved */
	PRD_SOUND		/* T can be run */
};

struct prd_part {
	uint32_t	strand;		/* of the strips, in their order */
	uint32_t	at;		/* its request's place in the strip */
	uint32_t	hold;		/* where it took what the one before it
					   wants; PRD_NIL: not by a HOLD */
	enum prd_via	via;		/* ... to the next one */
};
struct prd_turn {
	uint32_t	strand, n;
};
struct prd_pattern {
	enum prd_verdict verdict;
	unsigned	n;
	const struct prd_part *part;	/* part[i] waits for part[i + 1] */
	/* PRD_SOUND: T, as turns in an order that can be run */
	size_t		nturns;
	const struct prd_turn *turn;
};

struct prd_opts {
	bool		readers_first;	/* no reader stands behind a writer */
	uint64_t	budget;		/* steps in all; 0: default */
	unsigned	tries;		/* patterns of one kind; 0: default */
};
struct prd_stats {
	uint64_t	events, requests, abstract, arcs, patterns, steps;
	uint64_t	gaveup;		/* searches that the budget ended */
	bool		partial;	/* the trace has lost events */
};

struct prd;
/*
 * => the strips stay the caller's, and stay; events without their BEGIN began
 *    before the trace
 * => 0, ENOMEM
 */
int	prd_create(const struct lk_trace_strip *, size_t n,
	    const struct prd_opts *, struct prd **);
void	prd_destroy(struct prd *);
/*
 * prd_run: fn for each kind of pattern (classes in a ring, sites within a
 * class), with the best verdict that was found for it; sound ones first, then
 * kept ones; valid during fn.
 * => 0, ENOMEM
 */
int	prd_run(struct prd *, void (*fn)(const struct prd_pattern *, void *),
	    void *arg, struct prd_stats *);

#endif /* ANALYSIS_PREDICT_INT_H */

/*
 * exhaustive_int.h: the path that is executed, and what of it could have come
 * in another order.
 *
 *	node 0      node 1      node 2		a node: who could go on there
 *	  A --------- B --------- A ----->	what was chosen is a step, known
 *	  | todo: B   |           |		whole when the next point comes
 */
#ifndef WORKLOADS_EXHAUSTIVE_INT_H
#define WORKLOADS_EXHAUSTIVE_INT_H

#include "workloads/chooser_int.h"

#define WIDTH		32	/* strands that can go on at a time */
#define NSTRAND		64	/* ordinals */
#define EVERY		UINT32_MAX	/* of a set of steps: all there are */

/*
 * An object is known by when it was first seen in the execution: where it lies
 * may be another place in the next one.
 */
struct effect {
	uint32_t	object;		/* from 1 on; 0: none */
	enum lk_did	how;
};

/* What a strand will do, or has done, next at a node. */
struct step {
	uint32_t	ordinal;
	enum lk_act	act;
	uint32_t	since;		/* the node where it could first */
	bool		late;		/* as all others waited */
	bool		all;		/* it may matter to all others */
	bool		acts;		/* effect[0] is that of act */
	uint8_t		n;		/* effects */
	struct effect	effect[1 + LK_MAXDID];
};

/*
 * before: of each strand, how many nodes of the path, up to the last one that
 * must come before what was chosen here, or is that; 0: none.
 */
struct node {
	unsigned	n, chosen;
	uint32_t	asleep, todo;	/* sets of steps */
	uint32_t	before[NSTRAND];
	uint32_t	last[NSTRAND];	/* 1 + its last node, this one included */
	unsigned	nstrand;	/* of these can be others than 0 */
	struct step	step[WIDTH];
};

static inline struct step *
node_step(struct node *d)
{
	return &d->step[d->chosen];
}

static inline bool
in_set(uint32_t set, unsigned i)
{
	return (set >> i & 1) != 0;
}

/* => does it not matter which of the two is first? */
bool	wl_steps_commute(const struct step *, const struct step *);
/*
 * wl_races: what was chosen at node i is known whole: its before is made.  For
 * each step that could as well have come after it, todo of the node of that
 * one has who leads there.
 */
void	wl_races(struct node *path, unsigned i);

#endif /* WORKLOADS_EXHAUSTIVE_INT_H */

/* watch_int.h: what a watch of a live record keeps of it. */
#ifndef ANALYSIS_WATCH_INT_H
#define ANALYSIS_WATCH_INT_H

#include "analysis/ana_int.h"
#include "analysis/idmap_int.h"

/* watch_some.c; all zero to begin with */
struct ana_some {
	struct ana_idmap kinds;		/* two classes, and how they were taken */
	struct ana_idmap arcs;		/* the two classes alone */
	struct ana_grow	first;		/* by kind: id of its first dependency */
	struct ana_grow	ids;		/* of those that are needed */
	uint32_t	learnt, picked;	/* dependencies up to these */
	bool		whole;		/* all are needed */
	bool		ring[LK_MAXCLASS];	/* it may lie on a cycle */
};
/* Read what is new. */
void	ana_some_look(struct ana_some *, const struct lk_record *);
void	ana_some_free(struct ana_some *);

/*
 * freeze.c: of lock order alone, for ana_run_order.
 * => NULL: all of it, with stacks and their names; some: no stacks
 * => 0, ENOMEM
 */
int	ana_freeze_order(struct lk_record *, const struct ana_some *,
	    struct ana_snapshot **);

#endif /* ANALYSIS_WATCH_INT_H */

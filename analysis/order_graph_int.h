/*
 * order_graph_int.h: the graph behind order_int.h, for order*.c alone.
 *
 *	lock x ──holders──► dep that holds x ──► hold entry: mode, label
 *	       ──wanters──► dep that wants x
 */
#ifndef ANALYSIS_ORDER_GRAPH_INT_H
#define ANALYSIS_ORDER_GRAPH_INT_H

#include "analysis/order_int.h"

#define ORD_NSTRANDS	8	/* strands kept per dependency; more are "many" */
#define ORD_NIL		UINT32_MAX

struct ord_node {		/* a dependency */
	struct ord_hold	want;
	bool		upgrade;
	uint64_t	tag;
	uint32_t	held, nheld;	/* in g->hold and its neighbours */
	uint32_t	strand[ORD_NSTRANDS];
	unsigned	nstrands;
	uint32_t	hash_next;
	uint32_t	want_next;	/* wants the same */
	bool		fresh;		/* to be searched */
};

struct ord_lock {
	uint32_t	holders;	/* list of hold entries, NIL ends */
	uint32_t	wanters;	/* list of dependencies, NIL ends */
	uint32_t	writer[2];	/* two different strands, + 1 */
	uint32_t	mark, dist;	/* of the breadth-first pass */
	uint32_t	index, low;	/* of the component pass; 0: not met */
	uint32_t	comp;		/* its component; 0: alone in it */
};

struct ord_graph {
	struct ord_opts	o;
	struct ord_node	*dep;
	/* one entry each a held lock of a dependency */
	struct ord_hold	*hold;
	uint32_t	*label;		/* of the arc to what is wanted */
	uint32_t	*owner;		/* the dependency */
	uint32_t	*next;		/* holds the same lock */
	struct ord_lock	*lock;
	uint32_t	*bucket;	/* of dep, by content */
	uint8_t		*muted;		/* by label: ORD_MUTED, ORD_COVERED */
	uint32_t	ndep, nhold, nlock, nmuted;
	uint32_t	cdep, chold, clabel, cowner, cnext, clock, cmuted;
	uint32_t	nbucket;
	uint32_t	epoch;
	bool		split;		/* components are up to date */
	bool		bounded;	/* ... or larger, for want of arcs muted
					   since */
	/* search */
	uint32_t	*path, *best, *queue;
	uint32_t	cpath, cbest, cqueue;
	uint32_t	npath;
	size_t		budget, steps;
	struct ord_cycle found;
};

#define ORD_MUTED	0x01
#define ORD_COVERED	0x02	/* some cycle through it was found */

enum ord_joint { ORDJ_FREE, ORDJ_WRITER, ORDJ_BLOCKS };
enum ord_joint ord_joint(enum ord_mode want, enum ord_mode held);

static inline bool
ord_is_muted(const struct ord_graph *g, uint32_t hold)
{
	uint32_t label = g->label[hold];

	return label < g->nmuted && (g->muted[label] & ORD_MUTED) != 0;
}

/* => the entry of x among what d holds, the strongest; NIL: none that counts */
uint32_t ord_holds(const struct ord_graph *, const struct ord_node *d,
	    uint32_t x);
/*
 * Could a path that goes on with next still be worse than what was found?
 * => path has room for it
 */
bool	ord_worth(const struct ord_graph *, uint32_t *path, unsigned n,
	    uint32_t next);
/* Is the closed path worse than what was found? */
void	ord_judge(struct ord_graph *, const uint32_t *path, unsigned n);
/* => ORDW_* of a plain reader who needs a writer of x to be held up */
unsigned ord_writer_why(const struct ord_graph *, uint32_t x,
	    const uint32_t *path, unsigned n);
enum ord_level ord_level_of(const struct ord_graph *, unsigned why);
/* => 0, ENOMEM: set a flag of a label */
int	ord_flag(struct ord_graph *, uint32_t label, uint8_t flag);
/* Strongly connected components.  => 0, ENOMEM */
int	ord_split(struct ord_graph *);

#endif /* ANALYSIS_ORDER_GRAPH_INT_H */

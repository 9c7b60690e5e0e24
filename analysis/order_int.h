/*
 * order_int.h: can what was seen of lock order become a deadlock?
 *
 * The graph is fed with dependencies: "strand s, holding these locks in these
 * modes, waited for that lock in that mode" -- instances, not classes.  The
 * search looks for cycles of dependencies d1 .. dk where each waits for a lock
 * that the next one holds:
 *
 *	  d1 holds A, wants B		joint B: B as d1 wants it against
 *	        d2 holds B, wants C		 B as d2 holds it
 *	              d3 holds C, wants A
 *
 * Rule (guarded strong cycles):
 *	a joint blocks by itself	when either side is exclusive
 *	       needs a waiting writer	plain read against a shared hold
 *	       never blocks		recursive read against a shared hold
 *	and no two dependencies share a held lock with a side exclusive (a
 *	gate), and k different strands can be found to do them.
 */
#ifndef ANALYSIS_ORDER_INT_H
#define ANALYSIS_ORDER_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ord_mode {
	ORD_WRITE,
	ORD_READ,		/* waits behind a waiting writer */
	ORD_RREAD		/* recursive: waits for a holding writer alone */
};

struct ord_hold {
	uint32_t	lock;
	enum ord_mode	mode;
};

struct ord_wait {
	uint32_t	strand;
	struct ord_hold	want;
	bool		upgrade;	/* want.lock is held shared, and kept */
	const struct ord_hold *held;	/* any order */
	const uint32_t	*label;		/* of held[i] -> want; NULL: 0 each */
	unsigned	nheld;
	uint64_t	tag;		/* the caller's, given back */
};

/* Why a cycle is no more than it is; none of them: it can happen as seen. */
#define ORDW_WRITER	0x01	/* a waiting writer must come along */
#define ORDW_NOWRITER	0x02	/* ... and none was ever seen */
#define ORDW_STRANDS	0x04	/* only seen in too few strands */
#define ORDW_GATE	0x08	/* a gate lock keeps them apart */
#define ORDW_ORDERED	0x10	/* create or join orders them */
#define ORDW_INSIDER	0x20	/* only strands of the cycle were seen to write */

enum ord_kind {
	ORDK_CYCLE,		/* two or more dependencies */
	ORDK_SELF,		/* waits for what it holds itself */
	ORDK_RECURSION,		/* reads again what it reads, behind a writer */
	ORDK_UPGRADE		/* two upgraders wait for each other */
};
enum ord_level { ORD_SILENT, ORD_INFO, ORD_WARN, ORD_ERROR };

struct ord_cycle {
	enum ord_kind	kind;
	enum ord_level	level;
	unsigned	why;		/* ORDW_* */
	uint32_t	gate;		/* the lock, when ORDW_GATE */
	unsigned	n;
	const uint32_t	*dep;		/* n of them, each waits for the next */
};

struct ord_opts {
	bool	assume_writer;		/* as if every lock was write-locked */
	/* => are the two (tags) ordered by create or join?  NULL: none are */
	bool	(*ordered)(uint64_t a, uint64_t b, void *);
	void	*arg;
	size_t	budget;			/* steps of search per dependency;
					   0: default */
	size_t	total;			/* of one ord_search_new; 0: default */
};

struct ord_graph;
/* => 0, ENOMEM */
int	ord_create(const struct ord_opts *, struct ord_graph **);
void	ord_destroy(struct ord_graph *);
/*
 * ord_wrote: some strand was seen to write-lock this instance.
 */
int	ord_wrote(struct ord_graph *, uint32_t lock, uint32_t strand);
/*
 * ord_add: a dependency; the same from another strand adds the strand.
 * => lock numbers are small and dense (they index tables)
 * => *dep: its id; *fresh: new, or new for this strand: search it
 * => 0, ENOMEM
 */
int	ord_add(struct ord_graph *, const struct ord_wait *, uint32_t *dep,
	    bool *fresh);
/*
 * ord_mute: arcs of this label (not 0) are no longer part of cycles: what
 * goes through them was told.
 * => also from within fn of ord_search_new
 * => 0, ENOMEM
 */
int	ord_mute(struct ord_graph *, uint32_t label);
/*
 * ord_search: the worst cycle through dep, the shortest of these first.
 * => level ORD_SILENT: none
 * => valid until the next call on the graph
 * => 0, ENOMEM, or E2BIG: the budget ended the search early; *c is the best
 *    found till then
 */
int	ord_search(struct ord_graph *, uint32_t dep, struct ord_cycle *c);
void	ord_dep(const struct ord_graph *, uint32_t dep, struct ord_wait *);
/* => does it hold the lock?  how at the strongest, and the arc's label */
bool	ord_dep_holds(const struct ord_graph *, uint32_t dep, uint32_t lock,
	    enum ord_mode *, uint32_t *label);
uint32_t ord_ndeps(const struct ord_graph *);
/*
 * ord_least: no cycle through dep is shorter; 0: there is none.
 * => 0, ENOMEM
 */
int	ord_least(struct ord_graph *, uint32_t dep, unsigned *n);
/*
 * ord_search_new: search every dependency added (or seen from another
 * strand) since the last call; fn for each cycle of level INFO or worse.
 * => linear in the graph when the order is consistent: only what lies on a
 *    cycle of the plain lock graph is searched
 * => fn may call ord_search (then its cycle is gone) and ord_mute
 * => *gaveup counts searches that a budget ended
 * => 0, ENOMEM
 */
int	ord_search_new(struct ord_graph *, void (*fn)(const struct ord_cycle *,
	    void *), void *arg, size_t *gaveup);

/*
 * ord_on_cycle: does the lock lie on any cycle of the plain lock graph, of
 * whatever modes?  *on is told.
 * => 0, ENOMEM
 */
int	ord_on_cycle(struct ord_graph *, uint32_t lock, bool *on);

/*
 * ord_grow: room for n rows in an array; arrayp points to its pointer.
 * => 0, ENOMEM
 */
int	ord_grow(void *arrayp, uint32_t *cap, uint32_t n, size_t size);

#endif /* ANALYSIS_ORDER_INT_H */

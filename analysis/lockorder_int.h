/*
 * lockorder_int.h: what the files of the order pass share.
 *
 *	snapshot's deps ──lo_build──► ord_graph of instances ──lo_find──► kept
 *	                  └─ arcs between classes, which are the labels
 *
 * An *arc* is "of this class held, of that class wanted".  Cycles that share
 * an arc are told as one.  Within a class the sites are part of the arc.
 */
#ifndef ANALYSIS_LOCKORDER_INT_H
#define ANALYSIS_LOCKORDER_INT_H

#include "analysis/ana_int.h"
#include "analysis/idmap_int.h"
#include "analysis/order_int.h"

struct lo_arc {			/* number + 1 is its label */
	uint32_t	from, to;	/* classes */
	uint32_t	dep, held;	/* the first seen: its place in the
					   snapshot, and in its held */
	uint32_t	modes;		/* LO_MODES bits */
	uint64_t	n;		/* dependencies */
	bool		told;		/* part of a finding */
	bool		same;		/* nesting in a class: was told */
};
#define LO_MODES(held, want)	(1u << ((held) * LKM_NMODE + (want)))

/* One cycle that stands for all that share an arc with it. */
struct lo_kept {
	enum ord_kind	kind;
	enum ord_level	level;
	unsigned	why;
	uint32_t	gate;		/* instance */
	unsigned	n;
	uint64_t	count;		/* cycles that it stands for */
	uint32_t	*dep;		/* of the graph */
	uint32_t	*arc;		/* arc[i]: what dep[i] wants, as held by
					   the next one, to what that wants */
};

struct lo {
	const struct ana_snapshot *s;
	struct ana_result *r;
	struct ord_graph *g;
	bool		nomem;
	struct ana_idmap inst;		/* kind and generation, address */
	struct ana_idmap arcs;
	uint32_t	*inst_class;
	struct lo_arc	*arc;
	uint32_t	cinst, carc;
	/* which dependencies a life was seen with: of[start[l]] .. */
	uint32_t	*life_start, *life_dep;
	struct lo_kept	*kept;		/* worst first, once all are found */
	uint32_t	nkept, ckept;
	size_t		gaveup;
};

/* Tags of the graph's dependencies: a place in deps, and of a post, or none. */
#define LO_TAG(dep, post)	((uint64_t)(post) << 32 | (dep))
#define LO_TAG_DEP(tag)		((uint32_t)(tag))
#define LO_TAG_POST(tag)	((uint32_t)((tag) >> 32))	/* + 1 */

/* => is it a lock in the narrow sense? */
static inline bool
lo_is_lock(const struct lk_node_info *n)
{
	return n->kind == LKN_LOCK || n->kind == LKN_MUTEX;
}
enum ord_mode lo_mode(const struct lk_node_info *);
/* => can somebody be made to wait for it that is part of a cycle? */
bool	lo_can_wait(const struct lk_dep_info *);
/* => the instance's number; ANA_NOID: none */
uint32_t lo_inst_find(const struct lo *, const struct lk_node_info *);
/* => the arc from a held node to what the dependency wants; ANA_NOID */
uint32_t lo_arc_of(struct lo *, uint32_t dep, uint32_t held);
const struct lk_life_info *lo_life(const struct ana_snapshot *, uint32_t id);
/* => the row of a node of the graph's dependency that holds or wants inst */
const struct lk_node_info *lo_node(const struct lo *, uint64_t tag,
	    uint32_t inst, bool want);

/* lo_build.c.  => false: no memory */
bool	lo_build(struct lo *);
/* lo_time.c: ord_opts.ordered; arg is the struct lo */
bool	lo_ordered(uint64_t a, uint64_t b, void *);
/* => one after the other, always? */
bool	lo_seen_ordered(const struct ana_snapshot *, const struct lk_dep_seen *,
	    const struct lk_dep_seen *);
/* lo_find.c: search; the worst of what shares an arc is kept */
void	lo_find(struct lo *);
/* lo_tell.c: a finding for each that was kept */
void	lo_tell(struct lo *);
/* lo_class.c: cycles of classes that no instances close; suspects */
void	lo_class(struct lo *);
/* lo_summary.c: the graph of classes as tables */
void	lo_classes(struct lo *);
void	lo_edges(struct lo *);
/* => "op3 (fork)": who did it, as far as it is known */
const char *lo_who(struct lo *, const struct lk_dep_seen *);
/* => "amaplk 0x7f.. (write)" */
const char *lo_node_name(struct lo *, const struct lk_node_info *);
/* => evidence lines: words broken to the width */
void	lo_para(struct lo *, struct ana_finding *, const char *text);
/* => evidence lines: "who, label: node", its site and its stack */
void	lo_take(struct lo *, struct ana_finding *, const char *label,
	    const struct lk_node_info *);
/* lo_draw.c: the strands side by side, or one below the other */
struct lo_side {
	const char	*who;
	const struct lk_node_info *holds, *wants;
};
void	lo_draw(struct lo *, struct ana_finding *, const struct lo_side *,
	    unsigned n);
/* lo_rules.c: what one dependency alone says */
void	lo_rules(struct lo *);
/* lo_contract.c: what the lock-order contract says to it */
void	lo_contract(struct lo *);
/* lo_signal.c: locks of handlers that are taken outside, too */
void	lo_signal(struct lo *);

#endif /* ANALYSIS_LOCKORDER_INT_H */

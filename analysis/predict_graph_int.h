/*
 * predict_graph_int.h: what the files of the predictor share.
 *
 *	strips --build--> locks, sections, edges --deps--> abstract requests
 *	  --search--> patterns --close--> verdicts --witness--> turns
 *
 * An event has a number: base of its strand + its place there.
 */
#ifndef ANALYSIS_PREDICT_GRAPH_INT_H
#define ANALYSIS_PREDICT_GRAPH_INT_H

#include "analysis/idmap_int.h"
#include "analysis/predict_int.h"

struct prd_strand {
	const struct lk_trace_event *e;
	uint32_t	n, base, life;
	uint32_t	nheld;		/* HELD, before the first event */
	const struct lk_trace_event *held;
	uint32_t	edge, nedges;	/* of prd.edge, by place */
	uint32_t	self;		/* its end, as a lock */
	bool		awaited;	/* somebody may wait for what it does */
	uint32_t	dep, ndeps;	/* its own, one after the other */
};

/* Something elsewhere comes before this place. */
struct prd_edge {
	uint32_t	at, strand, from;
};

struct prd_lock {		/* or an event, or a strand's end */
	uint8_t		kind;
	bool		excl;		/* ever had or asked for by a writer */
	uint16_t	class;
	bool		self;		/* wanted by who has it */
	uint32_t	comp;		/* of the graph of locks; 0: no cycle */
	uint32_t	init_strand, init_at;	/* PRD_NIL: not traced */
	uint32_t	poster, post_at, nposts;	/* of events and ends */
	uint32_t	holder, nholders;	/* of prd.holder */
	uint32_t	writer, nwriters;	/* of prd.writer */
};

struct prd_hold {
	uint32_t	lock;
	uint32_t	mode;		/* enum lk_mode */
};
struct prd_inst {
	uint32_t	at, next;
};
struct prd_dep {			/* an abstract request */
	uint64_t	hash;
	uint32_t	strand, want, mode;
	uint32_t	held, nheld;	/* of prd.hold, by lock */
	uint32_t	first, last;	/* of prd.inst */
	uint32_t	chain;		/* of the hash table */
};
struct prd_holder {
	uint32_t	dep, hold;
};

struct prd_section {			/* of a lock, while it is closed over */
	uint32_t	stamp;
	uint32_t	open;		/* event; PRD_NIL: none */
	uint32_t	last_w, last_r;	/* number of the latest in T; + 1 */
};

struct prd {
	struct prd_opts	o;
	struct prd_stats st;
	bool		nomem;
	uint32_t	nstrands, nevents;
	struct prd_strand *s;
	uint32_t	*lock;		/* by event; PRD_NIL: none */
	uint32_t	*ends;		/* of a section: its end's place */
	struct ana_idmap locks;
	struct prd_lock	*l;
	uint32_t	cl;
	struct prd_edge	*edge;
	uint32_t	nedges, cedges;
	/* deps */
	struct prd_dep	*dep;
	struct prd_hold	*hold;
	struct prd_inst	*inst;
	uint32_t	ndeps, cdeps, nholds, cholds, ninsts, cinsts;
	uint32_t	*bucket, nbuckets;
	struct prd_holder *holder;
	uint32_t	*writer;
	/* closure */
	uint32_t	*t, *target, *ecur, *queue;
	bool		*queued;
	uint32_t	nqueue, stamp;
	struct prd_section *sec;	/* by lock */
	uint32_t	*next;		/* by event: open sections of a lock */
	bool		locks_too, stuck;
	uint64_t	steps;
	struct prd_turn	*turn;
	uint32_t	nturns, cturns;
};

/* One held thing while a strand is walked over. */
struct prd_have {
	uint32_t	lock, mode, at;	/* at PRD_NIL: since before */
};
struct prd_stack {
	struct prd_have	h[LK_MAXHELD + 1];
	uint32_t	n;
};

/*
 * predict_build.c
 * prd_walk: to the next event of the strand; the stack is as before event at.
 * prd_request: does the strand ask for something there, and can it wait?
 */
bool	prd_build(struct prd *, const struct lk_trace_strip *);
void	prd_stack_begin(const struct prd *, uint32_t strand, struct prd_stack *);
void	prd_stack_step(const struct prd *, uint32_t strand, uint32_t at,
	    struct prd_stack *);
bool	prd_request(const struct prd *, uint32_t strand, uint32_t at,
	    uint32_t *mode);
static inline bool
prd_conflict(uint32_t a, uint32_t b)
{
	return a == LKM_WRITE || b == LKM_WRITE;
}
/* => a writer's is even; it comes after all readers' below it */
static inline uint32_t
prd_number(const struct lk_trace_event *e)
{
	return 2 * e->seq + (e->mode == LKM_WRITE ? 0 : 1);
}
static inline bool
prd_is_section(const struct lk_trace_event *e)
{
	return (e->what == LKT_HAVE || e->what == LKT_TURN) &&
	    (e->kind == LKN_LOCK || e->kind == LKN_MUTEX);
}
static inline bool
prd_is_lock(const struct prd_lock *l)
{
	return l->kind == LKN_LOCK || l->kind == LKN_MUTEX;
}
/* => true: there is room for n rows */
bool	prd_grow(struct prd *, void *arrayp, uint32_t *cap, uint32_t n,
	    size_t size);

bool	prd_deps(struct prd *);				/* predict_deps.c */
bool	prd_components(struct prd *, const struct ana_idmap *arcs);
void	prd_search(struct prd *, void (*fn)(const struct prd_pattern *,
	    void *), void *arg);			/* predict_search.c */
/*
 * predict_close.c: path[i] is a dependency; at[i] its instance at the end.
 * prd_witness: T as turns.
 */
enum prd_verdict prd_close(struct prd *, const uint32_t *path,
	    const uint8_t *via, unsigned n, uint32_t *at);
void	prd_witness(struct prd *);			/* predict_witness.c */

#endif /* ANALYSIS_PREDICT_GRAPH_INT_H */

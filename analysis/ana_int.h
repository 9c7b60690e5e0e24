/*
 * ana_int.h: what the files of analysis/ share.
 */
#ifndef ANALYSIS_ANA_INT_H
#define ANALYSIS_ANA_INT_H

#include "analysis/analysis.h"

/*
 * Building a result.  When memory runs out these go on with something
 * harmless and ana_run() says ENOMEM at the end, so passes need not check.
 * => ana_alloc: zeroed; NULL only if nomem
 * => ana_say: a formatted string
 * => ana_find: a new finding of the kind that name belongs to
 * => ana_text: one more line of evidence
 */
void	*ana_alloc(struct ana_result *, size_t n, size_t size);
const char *ana_say(struct ana_result *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
struct ana_finding *ana_find(struct ana_result *, const char *name);
void	ana_text(struct ana_result *, struct ana_finding *, const char *fmt,
	    ...) __attribute__((format(printf, 3, 4)));
void	ana_concern_strand(struct ana_result *, struct ana_finding *,
	    uint32_t strand);
void	ana_concern_key(struct ana_result *, struct ana_finding *, const char *a,
	    const char *b);
uint64_t ana_key(const char *name, const char *a, const char *b);
void	ana_concern_site(struct ana_result *, struct ana_finding *,
	    uint32_t site);

/* The last of building one by hand: findings sorted and counted. */
void	ana_findings_done(struct ana_result *);

/* Names of things in a snapshot; "?" if they are not in it. */
const char *ana_class_name(const struct ana_snapshot *, uint32_t class);
/* => NULL: no such site */
const struct lk_site_info *ana_site_of(const struct ana_snapshot *,
	    uint32_t site);
const char *ana_site_name(struct ana_result *, const struct ana_snapshot *,
	    uint32_t site);
void	ana_place_of(const struct ana_snapshot *, uint32_t site,
	    struct wl_place *);
/* => "write amaplk 0x7f.., file:line function" */
const char *ana_node_name(struct ana_result *, const struct ana_snapshot *,
	    const struct lk_node_info *);
/*
 * A stack as people read it: what was inlined has a frame of its own, and
 * leading frames of the lock layer are none.
 * => how many, innermost first; one at least, if there is one in
 */
struct ana_call {
	uint64_t	addr;
	const char	*name;		/* function+offset; NULL: not known */
	const char	*line;		/* file:line, or "" */
	int		len;		/* of name, as far as it is told */
	int		function;	/* of its part that names a function */
};
#define ANA_MAXCALL	128
size_t	ana_calls(const struct ana_snapshot *, const uint64_t *frame,
	    uint32_t n, struct ana_call[ANA_MAXCALL]);
/* => evidence lines of a stack */
const struct ana_stack *ana_stack_of(const struct ana_snapshot *, uint32_t id);
void	ana_stack(struct ana_result *, const struct ana_snapshot *,
	    struct ana_finding *, const uint64_t *frame, uint32_t n);
/* merge.c.  => is it several runs?  how many, and their seeds, for people */
bool	ana_merged(const struct ana_snapshot *);
const char *ana_runs(const struct ana_snapshot *, struct ana_result *);
/* => how long before the end; "?" if not known */
const char *ana_ago(struct ana_result *, const struct ana_snapshot *,
	    uint64_t since);

/*
 * Freezing: a table that grows; once memory ran out it stays as it is.
 */
struct ana_grow {
	void	*rows;
	size_t	n, room, size;	/* size: of a row */
	bool	failed;
};
void	ana_grow_add(struct ana_grow *, const void *row);

/* freeze.c: present values; all 0 if there are none */
void	ana_freeze_gauges(const struct lk_record *, struct ana_gauges *);

/* freeze_contention.c: totals, histograms, blame.  => 0, ENOMEM */
int	ana_freeze_contention(struct lk_record *, struct ana_snapshot *);

/* freeze_trace.c: the order trace.  => 0, ENOMEM */
int	ana_freeze_trace(const struct lk_record *, struct ana_snapshot *);
void	ana_trace_place(struct ana_snapshot *);	/* strips into s->trace */

/*
 * freeze_order.c: dependencies, lives, posts, stacks.
 * => NULL: all; some: these dependencies, and no stacks
 * => 0, ENOMEM
 */
struct ana_some;
int	ana_freeze_deps(const struct lk_record *, const struct ana_some *,
	    struct ana_snapshot *);

/* freeze_when.c: stacks that waited, the timeline.  => 0, ENOMEM */
int	ana_freeze_when(const struct lk_record *, struct ana_snapshot *);

/* Names of addresses, for ana_freeze.  => 0, ENOMEM */
int	ana_symbols(struct ana_snapshot *, const struct lk_map_info *, size_t);

/*
 * Who waits for whom (waits.c).
 */
enum ana_block {
	ANA_RUNS,		/* waits for nothing */
	ANA_BLOCKED,		/* by the strands in by[] */
	ANA_IN_FLIGHT,		/* by I/O: nobody holds it, and it is not free */
	ANA_ORPHAN,		/* nobody holds it, yet it waits */
	ANA_OPEN		/* a kind of node that has no holder */
};
struct ana_wait {
	enum ana_block	how;
	size_t		nby;
	uint16_t	*by;		/* indices of strands */
	const struct lk_inflight_info *inflight;
};
/* => a row per strand of the snapshot; NULL: no memory */
const struct ana_wait *ana_waits(struct ana_result *,
	    const struct ana_snapshot *);
/*
 * => the shortest cycle, as indices, through this one strand or, if there is
 *    no such index, any; 0: there is none
 */
size_t	ana_wait_cycle(struct ana_result *, const struct ana_wait *, size_t n,
	    size_t through, uint16_t **cycle);
/* => evidence lines: one strand with what it holds and waits for */
typedef void ana_line_fn(struct ana_result *, void *, const char *);
void	ana_strand_lines(struct ana_result *, const struct ana_snapshot *,
	    const struct lk_strand_info *, ana_line_fn *, void *);

/*
 * What is contention, and how much of the run it is (share.c).
 * => sleeps for work to come are waits, too, but nobody's contention
 * => the strands' time: that of all that operate
 */
bool	ana_contends(enum lk_node_kind);
uint64_t ana_strands(const struct ana_snapshot *);
uint64_t ana_run_time(const struct ana_snapshot *);
double	ana_strand_time(const struct ana_snapshot *);

/*
 * Sums by key, in tables that are sorted and merged (tally.c).
 * => ana_tally_merge: one row a key, most first; returns how many are left
 */
struct ana_tally {
	uint64_t	key, key2;
	uint64_t	n, ns;
};
size_t	ana_tally_merge(struct ana_tally *, size_t n);
/*
 * ana_matrix: of cells whose keys are row and column.
 * => at most limit of each, the last being the rest
 * => name: of a key; share (or NULL): of the row's own time, from its ns
 */
struct ana_axis {
	const char	*(*name)(struct ana_result *,
			    const struct ana_snapshot *, uint64_t key);
	double		(*time)(const struct ana_snapshot *, uint64_t key);
};
void	ana_matrix(struct ana_result *, const struct ana_snapshot *,
	    const struct ana_tally *cells, size_t n, size_t limit,
	    const struct ana_axis *, struct ana_matrix *);

/*
 * ana_dist: what the histograms of a class say (dist.c).
 * => site 0, LKM_NONE: all of them; counters are those of the same part
 */
void	ana_dists(const struct ana_snapshot *, uint32_t class, uint32_t site,
	    enum lk_mode, struct ana_use *);
/*
 * => interpolated in its bucket, of a class as a whole
 * => false: less than so many values lie beyond it; it would be one of them
 */
#define ANA_BEYOND	5
bool	ana_quantile(const struct ana_snapshot *, uint32_t class,
	    enum lk_hist_of, double q, double *v);

/* => all of it, as bars; none: no histogram */
void	ana_curve(struct ana_result *, const struct ana_snapshot *,
	    uint32_t class, enum lk_hist_of, struct ana_curve *);

#define PASS(name, help)						\
void	ana_pass_##name(const struct ana_snapshot *, struct ana_result *);
#include "analysis/passes.def"
#undef PASS

#endif /* ANALYSIS_ANA_INT_H */

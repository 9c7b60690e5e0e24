/*
 * compare.h: part of analysis.h: two sets of runs, and whether they differ.
 *
 *	run --ana_sample--> numbers by name -+
 *	run --ana_sample--> numbers by name -+--ana_compare--> result with .compare
 *	...				     -+
 *
 * Metrics are rows of metrics.def.  Ratios are B/A; what is averaged are their
 * logarithms, of which the outermost eighth on each side is left out (of eight
 * or more), so that a disturbed run does little harm.
 *
 * A verdict comes of exchanging the labels A and B in all ways (in pairs:
 * within each pair).  All rows are exchanged together, and each is judged by
 * the largest difference that any row shows (step-down maximum of |t|): of two
 * sets that do not differ, the table as a whole shows a difference with
 * probability `level' at most, whatever the rows' number and dependence.  Few
 * runs have few exchanges: below a number of them there is no verdict.
 *
 * Intervals are each row's own: bootstrap over pairs, or over the runs of each
 * set, studentised, with probability 1 - level.
 */
#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

enum ana_per { ANA_PER_RUN, ANA_PER_CLASS, ANA_PER_OP };
enum ana_unit { ANA_RATE, ANA_SHARE, ANA_TIME };

struct ana_metric {		/* a row of metrics.def */
	const char	*name;
	enum ana_per	per;	/* CLASS, OP: name:class, name:operation */
	enum ana_unit	unit;
	bool		more;	/* is better */
	double		floor;	/* what is less counts as this: no logarithm
				   of nothing */
	const char	*help;
};
const struct ana_metric *ana_metrics(size_t *n);

/*
 * ana_sample: of a run what a comparison needs.
 * => name: of its file, for people
 * => 0, ENOMEM
 */
struct ana_sample;
int	ana_sample(const struct ana_snapshot *, const struct ana_result *,
	    const char *name, struct ana_sample **);
void	ana_sample_free(struct ana_sample *);

/*
 * A bound: how much worse B may be.  "wait_p99:amaplk=10%", "throughput=5%".
 * => ana_bound_parse: 0, EINVAL (err says why); text stays the caller's
 */
struct ana_bound {
	const char	*text;
	const struct ana_metric *metric;
	char		of[64];		/* class or operation; "" */
	double		allow;		/* share, from 0 on */
};
int	ana_bound_parse(const char *text, struct ana_bound *,
	    struct wl_error *err);
/* A metric's name alone, as --only takes it: "wait_p99" is that of all. */
int	ana_metric_parse(const char *text, struct ana_bound *,
	    struct wl_error *err);

enum ana_fresh { ANA_FRESH_ANY, ANA_FRESH_KNOWN, ANA_FRESH_NONE };

struct ana_compare_conf {
	bool		paired;		/* a[i] with b[i] */
	double		level;		/* 0: 5 % */
	unsigned	locks;		/* so many classes; 0: five */
	size_t		nonly;		/* rows wanted; 0: all */
	const struct ana_bound *only;
	/* a gate: B against what is allowed */
	bool		gate;
	size_t		nbounds;
	const struct ana_bound *bounds;
	enum ana_fresh	fresh;		/* which findings B may have */
};

enum ana_verdict {
	ANA_NO_VERDICT,		/* too few runs, or not in all of them */
	ANA_NO_DIFFERENCE,	/* none shown */
	ANA_BETTER,
	ANA_WORSE
};
const char *ana_verdict_name(enum ana_verdict);

struct ana_compare_row {
	const char	*name;		/* "wait_p99:amaplk" */
	const struct ana_metric *metric;
	const char	*of;		/* class or operation; NULL */
	size_t		na, nb;		/* runs that have it */
	double		a, b;		/* typical values */
	double		ratio;		/* b/a */
	double		low, high;	/* its interval; 0, 0: too few runs */
	double		p;		/* alone; 1: not tested */
	double		p_table;	/* as one of the table */
	enum ana_verdict verdict;
	const char	*why;		/* NO_VERDICT; otherwise NULL */
};

struct ana_compare_diff {	/* of parameters */
	const char	*key, *a, *b;
};

struct ana_compare_cell {	/* of the blame matrix; ns for each operation */
	const char	*waiter, *holder;
	double		a, b, diff;
	double		low, high;	/* of diff; equal: too few runs */
	bool		told;		/* the interval leaves out 0 */
};

enum ana_bound_state { ANA_BOUND_KEPT, ANA_BOUND_VIOLATED, ANA_BOUND_OPEN };
struct ana_bound_row {
	const char	*text;		/* as asked for */
	enum ana_bound_state state;
	double		worse;		/* by this share; < 0: better */
	double		p;		/* Holm's, over all bounds */
	const char	*says;		/* one line */
};

struct ana_compare {
	bool		paired, gate;
	double		level;
	const char	*a, *b;		/* what the sets are called */
	size_t		na, nb;		/* runs that were used */
	size_t		nout, ndiffs, nrows, ncells, nbounds, nnew;
	const char	**out;		/* runs left out, and why */
	struct ana_compare_diff *diffs;
	struct ana_compare_row *rows;
	size_t		nbetter, nworse;
	struct ana_compare_cell *cells;	/* largest difference first */
	struct ana_bound_row *bounds;
	const char	**fresh;	/* findings of B that A has not */
	const char	*says;		/* how sure, for people */
};

/*
 * => runs of a set differ in nothing but the seed, or why tells the key and
 *    EINVAL comes; sets may differ
 * => untrusted and unfinished runs are left out, with a word; if too few are
 *    left the result is untrusted
 * => worse rows, violated bounds and new findings of B are findings
 * => 0, ENOMEM, EINVAL
 */
int	ana_compare(const struct ana_compare_conf *,
	    struct ana_sample *const *a, size_t na,
	    struct ana_sample *const *b, size_t nb, struct ana_result **,
	    char why[ANA_WHY]);

/*
 * ana_merge: runs made with the same parameters, seeds apart, as one.
 * => counters, histograms, blame and operations are exact sums; merging is
 *    associative and commutative
 * => findings of each are findings of both; locks of one run are not those of
 *    another; a post-mortem is that of the run that ended worst
 * => b NULL: a alone, as merging leaves it
 * => 0, ENOMEM, EINVAL (they differ: why names the parameter)
 */
int	ana_merge(const struct ana_snapshot *a, const char *a_name,
	    const struct ana_snapshot *b, const char *b_name,
	    struct ana_snapshot **, char why[ANA_WHY]);

#endif /* ANALYSIS_COMPARE_H */

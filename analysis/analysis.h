/*
 * analysis.h: the one door of analysis/.
 *
 *	record --ana_freeze--> snapshot --ana_run--> result --> reports
 *
 * A snapshot is frozen and merged: plain tables, no live lock behind it, so
 * the same passes serve a live run, a saved one, and six lines in a test.
 * Passes are rows of passes.def, findings rows of findings.def.
 */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "workloads/workloads.h"

/* ------------------------------------------------------------------------
 * Snapshot: what was, in tables that may also be typed by hand.  Tables with
 * an id are sorted by it; anything left zero is simply not there.
 */

/* The run's own part of the record, no longer atomic. */
struct ana_progress {
	enum wl_phase	phase;
	uint64_t	run_ns;		/* measured interval */
	uint64_t	open_ns;	/* with the warm-up; 0: the same */
	uint64_t	ops;
	uint64_t	audits, checks_whole, checks_cell, poisoned;
	uint64_t	spaces, strands;
	uint64_t	replay_done, replay_total;
};

struct ana_gauges {
	uint64_t	frames, frames_free, frames_wired;
	uint64_t	swap_slots, swap_inuse, swap_only, swap_bad;
	uint64_t	amaps, anons, spaces, lock_objects;
	uint64_t	io_inflight, walkers;
};

/*
 * A histogram of a class, or of a part of it.  No wait or hold is in two of
 * them: the sum over a class is the class.
 */
struct ana_class_hist {
	uint32_t	class, site;	/* site 0: not told apart */
	enum lk_hist_of	of;
	enum lk_mode	mode;		/* LKM_NONE: not told apart */
	struct lk_hist	hist;
};

/* A strand that operated, and what became of its operations. */
struct ana_worker {
	uint32_t	strand;		/* its slot */
	char		name[16];
	uint64_t	done, refused, skipped;
	uint64_t	ns;		/* time in them, from a sample */
};

/*
 * An address that some stack names, as function+offset and file:line.  Where
 * functions were inlined there, the address is the innermost; its callers, out
 * to the real function, have addresses that no program has:
 *
 *	addr				drop_ref (inlined)	amap.c:181
 *	ANA_INLINED_IN(addr, 1)		amap_unref+0x39		amap.c:240
 *
 * The lock layer's own bear its mark in the end.
 */
#define ANA_INLINED_IN(addr, n)	((uint64_t)(addr) + ((uint64_t)(n) << 56))
#define ANA_INLINED	" (inlined)"
#define ANA_OF_LOCKS	" (locks)"
struct ana_symbol {
	uint64_t	addr;
	char		name[64];
	char		line[64];	/* "": not known */
};

struct ana_stack {
	uint32_t	id, n;
	uint64_t	frame[LK_MAXFRAMES];
};

/*
 * What ThreadSanitizer reported (races.c), folded by fingerprint.
 */
#define ANA_RACE_FRAMES	12
#define ANA_RACE_TEXT	400
enum ana_race_state {
	ANA_RACE_NEW, ANA_RACE_KNOWN, ANA_RACE_DOCUMENTED, ANA_RACE_GONE
};
struct ana_frame_line {
	char		func[64], file[192];
	int		line;
};
struct ana_race_side {			/* one of the two accesses */
	bool		write, atomic;
	unsigned	size;
	char		op[40];		/* the operation, or the strand */
	char		held[256];	/* "vmmaplk R, amaplk W"; "": nothing */
	char		source[160];	/* the line; "": no such file here */
	uint32_t	site;		/* a site of the snapshot; 0: none */
	size_t		nframes;
	struct ana_frame_line frame[ANA_RACE_FRAMES];
	char		last[64];	/* the outermost function */
};
struct ana_race {
	enum ana_race_state state;
	uint64_t	print, count;
	char		kind[64];	/* "data race" */
	size_t		nsides;
	struct ana_race_side side[2];
	char		location[160], why[256];
	char		text[ANA_RACE_TEXT];	/* gone: as it was written */
};

/* What the order trace said. */
struct ana_predict {
	uint64_t	events, lost;	/* events 0: there was no trace */
	uint64_t	requests, abstract, patterns;
	uint32_t	found;
	uint64_t	gaveup;		/* searches that were cut short */
};

/*
 * What prediction and confirmation said of a finding, for a saved run: they
 * need the order trace, which is not saved, and executions.
 *
 *	judged 1   order.cycle, confirmed ... <-- judged_part: texts, sites,
 *	judged 2   order.predicted ...	          strands, the command
 */
#define ANA_MAXJUDGED	256
#define ANA_MAXPARTS	4096
struct ana_judged {
	char		name[64], what[512];
	uint32_t	level, status, tries;
	uint64_t	count;
};
enum ana_judged_kind { ANA_JTEXT, ANA_JAGAIN, ANA_JSITE, ANA_JSTRAND };
struct ana_judged_part {
	uint32_t	judged;		/* row of it, from 1 on */
	uint32_t	kind;		/* enum ana_judged_kind */
	uint64_t	number;
	char		text[4800];
};

struct ana_snapshot {
	struct lk_record_info	info;
	struct wl_outcome	outcome;
	struct wl_job		job;
	char			command[1024];
	struct ana_progress	run;
	struct ana_gauges	gauges;
	/* judge order as if somebody may ask each lock for write */
	bool			assume_writer;
	uint32_t		cpus;		/* 0: unknown */
	uint64_t		losses[LKL_NLOSS];
	uint64_t		counters[VMC_NCOUNTERS];
	struct wl_opcount	ops[WLO_NOPS];

	size_t			nclasses, nsites, ntotals, nhists;
	struct lk_class_info	*classes;	/* by id */
	struct lk_site_info	*sites;		/* by id */
	struct lk_totals	*totals;	/* by class, site, mode */
	struct ana_class_hist	*hists;		/* by class, site, mode */

	/* who waited for whom */
	size_t			nblames, nheavies;
	struct lk_blame_info	*blames;	/* by class */
	struct lk_heavy_info	*heavies;

	/* in which order they were taken */
	size_t			ndeps, nstacks, nlives, nposts;
	struct lk_dep_info	*deps;		/* by id; held is in dep_held */
	size_t			ndep_held;
	struct lk_node_info	*dep_held;	/* of all deps, in their order */
	struct ana_stack	*stacks;	/* by id; those that deps name */
	struct lk_life_info	*lives;		/* by id */
	struct lk_post_info	*posts;

	/* the order trace: a strip for each life; events of all in one */
	size_t			nstrips;
	struct lk_trace_strip	*strips;
	struct lk_trace_event	*trace;
	uint64_t		trace_lost;
	/* saved: what came of it; parts by judged */
	struct ana_predict	predicted;
	size_t			njudged, nparts;
	struct ana_judged	*judged;
	struct ana_judged_part	*parts;
	/* call stacks that waited; what strands did last, by strand */
	size_t			nwait_stacks, nevents;
	struct lk_wait_stack_info *wait_stacks;
	struct lk_timed_event	*events;

	/* what if sections of a class were longer; 0: nobody asked */
	uint32_t		what_if_class;
	size_t			nslices;
	struct wl_slice		*slices;	/* by round */

	/* over time, and by strand */
	size_t			nsamples, nworkers;
	struct wl_sample	*samples;	/* by ns */
	struct ana_worker	*workers;	/* by strand */

	size_t			nstrands, ninflight, nincidents, nsymbols;
	struct lk_strand_info	*strands;	/* by id */
	struct lk_inflight_info	*inflight;
	struct lk_incident_info	*incidents;	/* in the order they happened */
	struct ana_symbol	*symbols;	/* by addr */

	bool			crashed;
	struct lk_crash_info	crash;
	bool			partial;	/* frozen while the run went on */

	/* how to judge: not from the record */
	const struct ana_contract *contract;	/* NULL: none */
	const struct ana_campaign *campaign;	/* NULL: a run */
	size_t			nraces;
	const struct ana_race	*races;
};

/*
 * ana_freeze: copy a record into a snapshot.
 * => a record still written to gives whole rows, of no single instant
 * => 0, ENOMEM
 * ana_snapshot_free: only for what ana_freeze or ana_snapshot_load made.
 */
int	ana_freeze(struct lk_record *, const struct wl_outcome *,
	    struct ana_snapshot **);
void	ana_snapshot_free(struct ana_snapshot *);

/*
 * A saved run: one SQLite file, docs/FORMATS.md.  Passes make the same of what
 * was loaded as of what was saved.
 * => why is filled with one line for people that names the file
 * ana_snapshot_save: the file appears whole or not at all, whatever happens.
 * => what a result found is kept beside it, for who asks SQLite; may be NULL
 * => fresh: EEXIST if there is such a file
 * => 0, ENOMEM, or what writing said
 * ana_snapshot_load: also of a file that others made: every number in it is
 * within its bounds, or it is refused.
 * => 0, EINVAL (no saved run, damaged, of another version), ENOMEM, or what
 *    opening and reading said
 * ana_snapshot_glance: enough of it for a list; errors as above.
 */
struct ana_glance {
	uint64_t	created;	/* ns since 1970 */
	uint64_t	elapsed_ns, run_ns, ops;
	bool		partial, judged;
	unsigned	of_level[3];	/* when it was saved */
	int		code;		/* the exit code then */
	char		scenario[64], verdict[160], command[256];
};
struct ana_result;
#define ANA_WHY		512
int	ana_snapshot_save(const struct ana_snapshot *,
	    const struct ana_result *, const char *path, bool fresh,
	    char why[ANA_WHY]);
int	ana_snapshot_load(const char *path, struct ana_snapshot **,
	    char why[ANA_WHY]);
int	ana_snapshot_glance(const char *path, struct ana_glance *,
	    char why[ANA_WHY]);

/* ------------------------------------------------------------------------
 * Result: tables and findings.  Strings belong to the result.
 */

enum ana_level { ANA_INFO, ANA_WARN, ANA_ERROR };

enum ana_status {
	ANA_CONFIRMED,		/* it happened */
	ANA_FEASIBLE,		/* it can happen */
	ANA_UNCONFIRMED,	/* tried so often, did not happen */
	ANA_GUARDED,		/* a lock held around it prevents it */
	ANA_ORDERED		/* create, join or an event prevents it */
};
const char *ana_level_name(enum ana_level);
const char *ana_status_name(enum ana_status);

struct ana_kind {		/* a row of findings.def */
	const char	*name;	/* dotted; "audit" stands for all "audit.*" */
	enum ana_level	level;
	const char	*title;
	const char	*why;	/* why it matters */
	const char	*remedy;
};
const struct ana_kind *ana_kinds(size_t *n);
/* => the row with the longest matching name; the last row if none does */
const struct ana_kind *ana_kind_of(const char *name);

struct ana_place {
	const char	*file, *func;
	int		line;
};

struct ana_finding {
	const struct ana_kind	*kind;
	const char		*name;		/* exact, e.g. "audit.I4" */
	enum ana_level		level;
	enum ana_status		status;
	/* prediction or confirmation had a say in it; executions it took */
	bool			judged;
	uint32_t		tries;
	const char		*again;		/* confirmed by it; NULL */
	uint64_t		count;		/* times seen */
	const char		*what;		/* one line: what happened */
	size_t			ntext;
	const char		**text;		/* the evidence */
	size_t			nsites, nstrands;
	uint32_t		*sites, *strands;	/* ids concerned */
	size_t			nplaces;
	struct ana_place	*places;	/* of the sites, in their order */
	/* the same in the next run, though lines and addresses differ */
	uint64_t		print;
	/* how to make it happen on fibers; NULL: not known */
	const struct wl_steer	*steer;
	/* what it is about: one in common makes two findings of a name one */
	size_t			nkeys;
	uint64_t		*keys;
};

struct ana_op_row {
	const char	*name, *help;
	uint64_t	done, refused, skipped;
	uint64_t	mean_ns;	/* 0: not measured */
};

/* A distribution: exact count, sum and maximum; quantiles of a histogram. */
struct ana_dist {
	uint64_t	n, total, max;
	uint64_t	mean;
	uint64_t	error;		/* standard error of the mean; 0: exact,
					   or not known */
	uint64_t	p50, p90, p99, p999;	/* 0: no histogram */
};

/*
 * The whole of a distribution: so many values up to that one, and what share
 * of all that makes.  At most ANA_CURVE bars, none of them empty.
 */
#define ANA_CURVE	128
struct ana_bar {
	uint64_t	from, upto;	/* ns */
	uint64_t	n;
	double		share;		/* of all, this one and those before */
};
struct ana_curve {
	size_t		n;
	struct ana_bar	*bar;
};

/* How a lock was used: in all, at a site, in a mode. */
struct ana_use {
	const char	*site;		/* NULL: all of them */
	uint32_t	site_id;
	enum lk_mode	mode;		/* LKM_NONE: all of them */
	uint64_t	c[LKC_NCOUNTER];
	struct ana_dist	wait;		/* every wait */
	struct ana_dist	hold;		/* a sample of all holds */
	struct ana_dist	chold;		/* every hold whose taker had waited */
	uint64_t	held_ns;	/* estimate: all holds together ... */
	uint64_t	held_error;	/* ... and its standard error */
	double		wait_share;	/* of the strands' time */
};

struct ana_instance_row {
	uint64_t	ident;
	uint64_t	wait_ns, over_ns;	/* too large by over_ns at most */
	uint64_t	contended;
	double		queue;		/* strands that waited, on average */
};

/* Who waited for whom; modes of one kind are one. */
enum ana_split {
	ANA_READ_WRITE,		/* a reader for a writer that has it */
	ANA_READ_READ,		/* a reader for readers: a writer waits ahead */
	ANA_WRITE_READ,
	ANA_WRITE_WRITE,	/* mutexes, pages, memory: all is writing */
	ANA_NOBODY,		/* nobody was seen to have it, or can */
	ANA_NSPLIT
};
const char *ana_split_name(enum ana_split);

#define ANA_CURVED	32
struct ana_lock_row {		/* a class */
	uint32_t	id;		/* of the class, in the snapshot */
	const char	*class;
	enum lk_node_kind node;
	const char	*kind;		/* lock, mutex, page, ... */
	struct ana_use	all;
	/* of the ANA_CURVED most waited for; else empty */
	struct ana_curve wait_curve, hold_curve;
	size_t		nmodes, nsites, ninstances;
	struct ana_use	*modes;
	struct ana_use	*sites;		/* by mode, too; most waited first */
	struct ana_instance_row *instances;	/* heavy hitters */
	uint64_t	split[ANA_NSPLIT];	/* ns; sum: blamed */
	/*
	 * If nobody had ever waited for it: the waits, and those elsewhere
	 * for strands that waited for this one.
	 */
	uint64_t	behind_ns;
	double		gain_share;	/* of the strands' time, both */
	double		gain;		/* so many times as fast, at most */
};

/*
 *		had it	A	B	others
 *	waited
 *	A		ns	ns	ns
 *	others		ns	ns	ns
 */
struct ana_matrix {
	size_t		nrows, ncols;	/* the rest, if any, is the last */
	const char	**rows, **cols;	/* most first */
	uint64_t	*ns;		/* [row * ncols + col] */
	uint64_t	*row_ns, *col_ns;
	double		*row_share;	/* of the row's own time; 0: not known */
};

struct ana_pair {		/* of sites */
	const char	*class;
	const char	*waiter, *holder;	/* holder NULL: nobody */
	enum lk_mode	waiter_mode, holder_mode;
	uint64_t	n, ns;
};

struct ana_root {		/* the end of chains of waits */
	const char	*class;		/* what its holder was waited for */
	const char	*site, *op;	/* where it took that, and in what */
	uint64_t	n, ns;		/* waited behind it, elsewhere */
};

/* Who waited where, for what, while who had it from where, and why so long. */
#define ANA_FLOWS	4096
struct ana_flow {
	const char	*class;
	const char	*op, *waiter;		/* waiter: a site */
	enum lk_mode	waiter_mode;
	const char	*holder_op, *holder;	/* holder NULL: nobody */
	enum lk_mode	holder_mode;
	/* the end of the chain; root_class NULL: the holder ran */
	const char	*root_class, *root_op, *root;
	uint64_t	n, ns;
};

struct ana_blame {
	uint64_t	total;		/* ns; sum of what was blamed */
	uint64_t	waited;		/* ns; total, unless trust tells why */
	uint64_t	split[ANA_NSPLIT];
	struct ana_matrix ops, ops_top;		/* waiters' by holders' */
	struct ana_matrix sites;
	size_t		npairs, nroots;
	struct ana_pair	*pairs;		/* most first */
	struct ana_root	*roots;
	size_t		nflows;		/* ANA_FLOWS at most */
	struct ana_flow	*flows;		/* most first */
	uint64_t	rest;		/* ns of total in no flow */
	uint64_t	chained;	/* ns of total that have a root elsewhere */
};

/* What the run could be at most, by its strands and its processors. */
struct ana_speed {
	uint32_t	hold_period;	/* one hold in so many is timed */
	double		wait_share;	/* in all contended nodes */
	double		no_waits;	/* times as fast without any of them */
	double		cpu_share;	/* processors were busy; 0: not known */
	double		cpu_bound;	/* times as fast if they were full */
};

struct ana_cover_row {
	const char	*group;		/* rows of a group are neighbours */
	const char	*name, *unit, *help;
	uint64_t	value;
};

struct ana_gauge_row {
	const char	*name;
	uint64_t	value, of;	/* of 0: not a part of something */
};

struct ana_check_row {
	const char	*name;
	uint64_t	value;
};

struct ana_loss_row {
	const char	*name, *help;
	uint64_t	value;
};

struct ana_trust {
	bool		untrusted;	/* numbers are not to be believed ... */
	const char	*why;		/* ... because; NULL if they are */
	double		loss_share;	/* of takes, or of waits */
	double		note_ns;	/* cost of a note; 0: not measured */
	double		note_share;	/* of the strands' time, all notes */
	size_t		nlosses, nremarks;
	struct ana_loss_row *losses;	/* those that happened */
	const char	**remarks;
};

/*
 * Lock order between classes: "while one of from is held, one of to is
 * taken".  Sorted by names.
 */
struct ana_order_edge {
	const char	*from, *to;
	const char	*modes;		/* held>wanted, as "r>W W>W" */
	const char	*from_site, *to_site;	/* "file function", the first */
	uint64_t	deps;		/* kinds of takes that show it */
	bool		cycle;		/* part of a finding */
};
struct ana_order_class {
	const char	*name;
	const char	*kind;
	uint32_t	id;
	unsigned	layer;		/* 0: outermost */
	bool		suspect;	/* its instances should all be kept */
};
struct ana_order {
	uint64_t	deps, instances;
	size_t		nclasses, nedges;	/* classes that nest */
	struct ana_order_class *classes;	/* by layer, then name */
	struct ana_order_edge *edges;
	unsigned	cycles[3];	/* by level */
	size_t		gaveup;		/* searches that were cut short */
};

/*
 * The run over time: each row is what happened since the one before it, and
 * what there was at its end.
 */
struct ana_moment {
	uint64_t	ns;		/* since the first */
	uint64_t	ops_per_s;
	double		wait_share;	/* of the strands' time */
	uint64_t	incidents;	/* so far */
	uint64_t	frames_free, swap_inuse, amaps, anons, spaces;
	uint64_t	io_inflight;
};

/* How evenly strands got on. */
struct ana_worker_row {
	const char	*name;
	uint64_t	done, refused, skipped;
	uint64_t	mean_ns;	/* of one; 0: not measured */
	double		share;		/* of its peers' mean */
};
/*
 * Peers have the same name but for its number; these figures are of those
 * who have the most.
 */
struct ana_fairness {
	size_t		n, peers;
	struct ana_worker_row *workers;
	/* Jain's index: 1 if all did the same, 1/peers if one did all */
	double		index;
	double		least, most;	/* share */
};

/* Would shorter critical sections help?  Shares of throughput. */
struct ana_what_if {
	const char	*class;		/* NULL: nobody asked */
	size_t		rounds;
	double		per_ns;		/* for each ns inside; median of rounds */
	double		low, high;	/* its interval, 95% at least */
	bool		told;		/* it differs from nothing */
	uint64_t	hold_ns;	/* mean, without what was added; 0: ? */
	double		gain;		/* of 10 % off that */
	const char	*says;		/* all of it, for people */
};

/*
 * A campaign of exploration: what was asked for, and what came of it.  The
 * snapshot beside it is of the failing execution alone, when there was one.
 */
struct ana_campaign {
	const char	*strategy;
	uint64_t	first_seed;
	const struct wl_explore_run *search;	/* NULL: a replay */
	const struct wl_explore_run *told;	/* NULL: nothing failed */
	const struct wl_explore_run *traced;	/* then this one, or NULL */
	uint64_t	elapsed_ns;
	const char	*again;		/* command of the failing execution */
	bool		unequal;	/* what was told is not what was found */
	/* bugs of our own in the same job; unasked: there was no time */
	unsigned	controls, controls_found, controls_unasked;
	uint64_t	controls_ns;
	char		controls_missed[256];	/* names */
};
struct ana_step {		/* of the failing execution */
	unsigned	column;
	const char	*op;		/* it begins here; or NULL */
	const char	*what;		/* "write amaplk"; NULL: op alone */
	const char	*where;		/* "amap.c:210", or "" */
	unsigned	more;		/* points left out behind it */
};
struct ana_explored {
	const char	*strategy;	/* NULL: a run */
	const char	*says;		/* how many, how fast */
	const char	*bound;		/* what that means; NULL: it failed */
	const char	*traced;	/* which one, though none failed; NULL */
	const char	*controls;	/* would it have failed? */
	bool		is_void;	/* not with each of our own bugs */
	unsigned	planted, found, unasked;
	const char	*missed;	/* names of those not found; NULL */
	uint64_t	controls_ns;
	const char	*again;		/* NULL: nothing failed */
	const char	*program;	/* operations of the failing one */
	uint64_t	executions, pruned, failures, steps, choices;
	uint64_t	orders, handovers, conflicts, elapsed_ns;
	bool		orders_lost, pairs_lost, exhausted;
	uint64_t	failed_at, failed_seed, first_seed;
	const char	*end, *schedule;
	bool		making;		/* it failed in explore.prepare */
	uint64_t	points, turns, turns_before, tries, hash, diverged;
	size_t		ncolumns, nsteps;
	const char	**columns;	/* strands */
	struct ana_step	*step;
};

struct ana_facts {
	const char	*command;
	const char	*job;	/* a job file that gives it again; NULL: none */
	const char	*scenario, *scheme, *lock;
	const char	*subject;	/* an external one's file, or NULL */
	const char	*record;	/* what was recorded of locks */
	const char	*replay;	/* NULL: a generated workload */
	const char	*merged;	/* which runs; NULL: it is one */
	uint64_t	seed, threads, spaces, frames, page_size;
	uint64_t	elapsed_ns, run_ns;
	uint64_t	ops, ops_per_s;
	uint64_t	replay_done, replay_total;
	double		wait_share;	/* in locks, of the strands' time */
	enum wl_end	end;
	int		error;		/* WLE_FAILED */
	const char	*why;		/* WLE_FAILED: for people */
	bool		partial;	/* told while it went on, or of a run
					   that was cut off */
};

/* A call stack that waited; frames from the outermost to the take. */
struct ana_wait_stack {
	const char	*op, *class, *kind, *site;
	enum lk_mode	mode;
	size_t		nframes;
	const char	**frames;
	uint64_t	n, ns;
};

/*
 * What strands did last, of a run with a timeline: a track for each strand
 * there was, events of a track by their begin, long ones first.
 */
struct ana_track {
	const char	*name;
	uint32_t	life;
	size_t		first, n;	/* its events */
};
struct ana_timed {
	uint32_t	track;
	enum lk_timed	what;
	uint64_t	begin, end;	/* ns since the record began */
	const char	*op;		/* what the strand was doing */
	const char	*class, *site;	/* of a wait or hold; else NULL */
	enum lk_mode	mode;
	uint64_t	ident;
	uint32_t	by;		/* a wait: track that let it go, + 1; 0: ? */
	uint64_t	letgo;		/* ... and when */
};
struct ana_timeline {
	size_t		ntracks, nevents;
	struct ana_track *tracks;
	struct ana_timed *events;	/* by track */
	uint64_t	lost;		/* overwritten: older than those */
	uint32_t	ops_period;	/* one operation in so many that did not
					   wait is there */
};

struct ana_mem;
struct ana_compare;
struct ana_result {
	const char		*verdict;	/* one line */
	struct ana_facts	facts;
	size_t			nfindings;
	struct ana_finding	**findings;	/* worst first */
	unsigned		of_level[3];
	size_t			nops, nlocks, ncover, ngauges, nchecks, ndump;
	struct ana_op_row	*ops;
	struct ana_lock_row	*locks;		/* most waited for first */
	struct ana_blame	blame;
	struct ana_speed	speed;
	size_t			nmoments;
	struct ana_moment	*moments;
	struct ana_fairness	fairness;
	struct ana_cover_row	*cover;
	struct ana_gauge_row	*gauges;
	struct ana_check_row	*checks;
	const char		**dump;		/* every strand, after a hang */
	struct ana_what_if	what_if;
	size_t			nwait_stacks;
	struct ana_wait_stack	*wait_stacks;	/* most waited first */
	struct ana_timeline	timeline;
	struct ana_trust	trust;
	struct ana_order	order;
	struct ana_predict	predict;
	const struct ana_compare *compare;	/* of ana_compare() */
	struct ana_explored	explored;

	struct ana_mem		*mem;		/* analysis' own */
	bool			nomem;
};

/*
 * Reports of ThreadSanitizer.
 * ana_races_read: log is what it wrote, locks what lk_tsan_setup's callback
 *	did; which may be missing.  => 0 or errno
 * ana_races_known: those known before.  => EINVAL: line `bad` is none
 * ana_races_judge: after all of them were read, once
 */
struct ana_races *ana_races_new(void);
void	ana_races_free(struct ana_races *);
int	ana_races_read(struct ana_races *, const char *log, const char *locks);
int	ana_races_known(struct ana_races *, const char *path, unsigned *bad);
const struct ana_race *ana_races_judge(struct ana_races *, size_t *n);
/* => the places of all of them, for a snapshot; malloc()ed */
struct lk_site_info *ana_races_sites(const struct ana_races *, size_t *n);
void	ana_races_write(const struct ana_races *, FILE *);
void	ana_race_text(const struct ana_race *, char [ANA_RACE_TEXT]);

struct ana_pass {		/* a row of passes.def */
	const char	*name, *help;
	void		(*run)(const struct ana_snapshot *,
			    struct ana_result *);
};
const struct ana_pass *ana_passes(size_t *n);

/*
 * ana_run: all passes over a snapshot.
 * => the snapshot may go away afterwards
 * => 0, ENOMEM
 */
int	ana_run(const struct ana_snapshot *, struct ana_result **);
void	ana_result_free(struct ana_result *);
/*
 * A finding was tried: it happened, and again with that command; or it did
 * not, in so many executions.
 */
/*
 * ana_keep_judged: what came of both goes into the snapshot, which is to be
 * saved; what does not fit is left out.  => 0, ENOMEM
 */
int	ana_keep_judged(struct ana_snapshot *, const struct ana_result *);
void	ana_confirmed(struct ana_result *, struct ana_finding *,
	    uint32_t tries, const char *again);
void	ana_unconfirmed(struct ana_result *, struct ana_finding *,
	    uint32_t tries);

/* ana_run_order: the order pass alone, for a run that goes on. */
int	ana_run_order(const struct ana_snapshot *, struct ana_result **);

/*
 * Lock order of a run that goes on, looked at from time to time.
 * => contract may be NULL and stays the caller's; so does the record
 * ana_watch_look: fn for each finding (WARN or worse) that is new since.
 * => cheap while nothing is new; spends a small share of the time at most
 * => marks classes that may be part of a cycle: lk_record_suspect
 * => 0, ENOMEM
 */
struct ana_watch;
int	ana_watch_new(struct lk_record *, const struct ana_contract *,
	    struct ana_watch **);
void	ana_watch_free(struct ana_watch *);
int	ana_watch_look(struct ana_watch *,
	    void (*fn)(const struct ana_finding *, void *), void *arg);

/*
 * A record that is written to, for a screen: what it is at, and what became of
 * it since the last look.
 * => the record stays the caller's; all rows are the live view's, until the
 *    next look
 * ana_live_look: => 0, ENOMEM
 */
enum ana_live_key {		/* what locks are sorted by, most first */
	ANA_LIVE_WAIT, ANA_LIVE_TAKEN, ANA_LIVE_CONTENDED, ANA_LIVE_WAITING,
	ANA_LIVE_LONGEST, ANA_LIVE_NAME, ANA_LIVE_NKEY
};
const char *ana_live_key_name(enum ana_live_key);
struct ana_live_lock {
	uint32_t	class;
	char		name[LK_NAMELEN];
	enum lk_node_kind kind;
	double		taken, contended;	/* a second */
	double		wait_share;	/* of the strands' time; ended waits */
	uint64_t	mean_wait;	/* of those */
	uint64_t	longest;	/* of all so far */
	unsigned	waiting;	/* strands, now */
};
struct ana_live_wait {
	char		strand[16];
	const char	*op;
	uint64_t	ns;		/* so far */
	char		what[LK_NAMELEN];
	enum lk_node_kind kind;
	enum lk_mode	mode;
	char		holder[16];	/* "": nobody is seen to have it */
	const char	*holder_op;
};
struct ana_live_blame {
	uint32_t	op_id, holder_id;
	const char	*op, *holder;	/* operations; NULL: nobody */
	uint64_t	ns;		/* since the last look */
	double		share;		/* of all that was blamed */
};
struct ana_live {
	char		command[1024];
	enum wl_phase	phase;
	uint64_t	elapsed_ns;	/* since the record was made */
	uint64_t	interval_ns;	/* since the last look */
	uint64_t	ops, incidents;
	double		ops_per_s, wait_share;
	unsigned	strands;	/* that operate */
	struct ana_gauges gauges;	/* frames 0: there are none */
	size_t		nlocks, nwaits, nblames;
	struct ana_live_lock *locks;
	struct ana_live_wait *waits;	/* longest first */
	struct ana_live_blame *blames;	/* most first */
	struct ana_live_past *past;	/* its own */
};
int	ana_live_look(struct lk_record *, struct ana_live *);
void	ana_live_sort(struct ana_live *, enum ana_live_key);
void	ana_live_free(struct ana_live *);	/* zeroed before the first look */

/* What a process that has this to tell exits with. */
enum ana_exit {
	ANA_EXIT_CLEAN = 0,
	ANA_EXIT_FINDINGS = 1,
	ANA_EXIT_USAGE = 2,		/* never from a result */
	ANA_EXIT_CANNOT = 3,		/* cannot run here */
	ANA_EXIT_BUG = 4,		/* our own */
	ANA_EXIT_UNTRUSTED = 5
};
/* => BUG over FINDINGS over CANNOT over UNTRUSTED over CLEAN */
enum ana_exit ana_exit_code(const struct ana_result *);

/* ------------------------------------------------------------------------
 * Lock-order contract: a text that people review; docs/ORDER.md.
 */
struct ana_contract;
/*
 * ana_contract_read: from a file; ana_contract_text: from memory.
 * => 0, ENOMEM, EINVAL (err says where and why), or why it cannot be read
 */
int	ana_contract_read(const char *path, struct ana_contract **,
	    struct wl_error *err);
int	ana_contract_text(const char *text, const char *where,
	    struct ana_contract **, struct wl_error *err);
void	ana_contract_free(struct ana_contract *);
/*
 * ana_contract_write: the order that a run showed, as a contract.
 * => ranks and prohibitions of old are kept; NULL: there are none
 * => 0, or what writing said
 */
int	ana_contract_write(const struct ana_result *,
	    const struct ana_contract *old, FILE *);

/* ------------------------------------------------------------------------
 * Numbers as people write them: at most 7 characters.
 */
#define ANA_NUM		16
const char *ana_count(uint64_t, char [ANA_NUM]);	/* 1.2M */
const char *ana_time(uint64_t ns, char [ANA_NUM]);	/* 3.4ms */
const char *ana_bytes(uint64_t, char [ANA_NUM]);	/* 64.0MiB */
const char *ana_percent(double share, char [ANA_NUM]);	/* 12.5% */

/* ------------------------------------------------------------------------
 * Two sets of runs
 */
#include "analysis/compare.h"

#endif /* ANALYSIS_ANALYSIS_H */

/*
 * workloads.h: the one door of workloads/.
 *
 * An operation is a few lines and never contains thread code; a scenario is
 * data (an INI job file; the built-in ones are such files, compiled in).  The
 * model predicts every byte.  The supervisor runs a job in a child process,
 * whose record it shares.
 */
#ifndef WORKLOADS_WORKLOADS_H
#define WORKLOADS_WORKLOADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "amap/amap.h"
#include "locks/locks.h"

/* Why an input was refused: one clear line can be made of it. */
struct wl_error {
	char		where[256];	/* file, or "command line" */
	unsigned	line;		/* 0: none */
	char		what[256];	/* what is wrong, with the value */
	char		expected[512];	/* what would be right */
};

/* operations: op_*.c, operations.def */
enum wl_op {
#define OPERATION(name, help)	WLO_##name,
#include "workloads/operations.def"
#undef OPERATION
	WLO_NOPS
};
/* built-in scenarios: scenarios/<name>.job, scenarios.def */

const struct vm_row *wl_operations(size_t *n);
const struct vm_row *wl_scenarios(size_t *n);
/*
 * What lk_op_begin() is told, so what records and incidents carry in `op`:
 * operation + 1, or one of the duties below.
 */
#define WL_OP_ID(op)	((uint32_t)(op) + 1)
enum wl_duty { WLD_SETUP = WLO_NOPS, WLD_CHECK, WLD_AUDIT, WLD_EXIT, WLD_END };
/* => "fork"; "?" for an id that nobody uses, "-" for 0 */
const char *wl_op_name(uint32_t id);

/* ------------------------------------------------------------------------
 * A job: what to run.  keys.def has every key's range, default and help.
 */
struct wl_job {
	char		name[64];		/* scenario */
	char		help[256];
	/* [run] */
	uint64_t	threads;		/* strands that operate */
	uint64_t	duration_ns;		/* 0: until ops */
	uint64_t	ops;			/* in all; 0: until duration */
	uint64_t	seed;
	uint64_t	warmup_ns;
	uint64_t	rate;			/* operations/s; 0: flat out */
	uint64_t	perturb;		/* permille */
	uint64_t	hang_ns;		/* no progress so long: a hang */
	uint64_t	checkpoint_ns;	/* between copies of the record; 0: none */
	uint64_t	audit_ns;		/* every; 0: only at the end */
	uint64_t	check;			/* permille of accesses that
						   check the whole page */
	uint64_t	walkers;		/* strands of swapoff, swapon */
	char		lock[32];		/* backend */
	char		record[16];		/* level, by its name */
	char		warmup_record[16];
	uint64_t	hold_period;		/* one hold in so many is timed */
	char		inside[96];		/* class=ns */
	char		what_if[96];		/* class=ns[,ns...] */
	char		replay[1024];		/* trace; "" : none */
	uint64_t	pace;			/* percent of the recorded one;
						   0: flat out */
	/* [space] */
	uint64_t	spaces, max_spaces;
	uint64_t	region_pages, regions;	/* typical region, per space */
	uint64_t	touch_pages;		/* of a region; 0: all */
	/* [vm], [inject] */
	struct vm_conf	vm;
	char		scheme[32];
	char		subject[1024];		/* as typed; loaded: vm.subject */
	/* [weights] */
	uint64_t	weight[WLO_NOPS];
	/* [explore] */
	char		program[1024];		/* operations of each strand */
	char		prepare[128];		/* before them, by one strand */
	uint64_t	max_steps;		/* longer: it gets nowhere */
	uint64_t	inspect, guards;	/* oracles look so often */
	uint64_t	per_world;	/* executions; 0: there is one world */
	char		plant[24];		/* a row of plants.def */
	/* [replay] */
	uint64_t	replay_strands;		/* 0: one a recorded thread */
	/* [expect]: what 10 s of it reach at least, 0: not asked for */
	uint64_t	expect[VMC_NCOUNTERS];
};

struct wl_key {			/* a row of keys.def, for --help and docs */
	const char	*section, *name, *unit, *dflt, *help;
	uint64_t	min, max;
};
const struct wl_key *wl_keys(size_t *n);

/* => the nearest of n names first; all that fit, ", " between */
void	wl_suggest(const char *name, const char *const *names, size_t n,
	    char *buf, size_t len);

void	wl_job_default(struct wl_job *);
/*
 * These three make the job anew: defaults first, then what the text says.
 * => 0, ENOENT (no such scenario), EINVAL, or what the file said; err is filled
 */
int	wl_job_scenario(struct wl_job *, const char *name, struct wl_error *);
int	wl_job_file(struct wl_job *, const char *path, struct wl_error *);
int	wl_job_text(struct wl_job *, const char *text, size_t len,
	    const char *where, struct wl_error *);
/* => one key=value, as from the command line; key may be "section.name" */
int	wl_job_set(struct wl_job *, const char *key, const char *value,
	    struct wl_error *);
/*
 * wl_job_get: what wl_job_set() takes, to have the same value again.
 * => i is an index in wl_keys()
 * => false: there is nothing to say: zero or empty, as without it
 */
bool	wl_job_get(const struct wl_job *, size_t i, char *key, size_t keylen,
	    char *value, size_t len);
/* => what record or warmup_record of a job says, for lk_record_conf */
enum lk_level wl_job_level(const char *name);
/* => do the values fit together? */
int	wl_job_check(const struct wl_job *, struct wl_error *);
/* => an INI text that gives this job again; snprintf's return */
size_t	wl_job_print(const struct wl_job *, char *, size_t);

/* ------------------------------------------------------------------------
 * What a run leaves in the record.
 */
#define WL_RUN_REGION	"wl.run"
#define WL_OPS_REGION	"wl.ops"	/* struct wl_opcount [strands][NOPS] */

struct wl_opcount {
	uint64_t	done;		/* worked */
	uint64_t	refused;	/* a legal error: no memory, no room */
	uint64_t	skipped;	/* nothing to do it on */
	uint64_t	ns;		/* time in it, from a sample */
};
void	wl_opcounts_sum(struct lk_record *, struct wl_opcount [WLO_NOPS]);
/* => of the strand in that slot alone */
void	wl_opcounts_strand(const struct lk_record *, uint32_t slot,
	    struct wl_opcount *);
/* => as vm_counters_sum, of the measured interval alone */
void	wl_counters_sum(struct lk_record *, uint64_t [VMC_NCOUNTERS]);

enum wl_phase {
	WLP_SETUP, WLP_WARMUP, WLP_RUN, WLP_DRAIN, WLP_AUDIT, WLP_DONE
};
struct wl_run {
	_Atomic uint32_t	phase;		/* enum wl_phase */
	_Atomic uint64_t	started_ns, ended_ns;	/* lk_now() */
	_Atomic uint64_t	run_ns;		/* length of the measured
						   interval, so far */
	_Atomic uint64_t	open_ns;	/* in which strands operated: with
						   the warm-up */
	_Atomic uint64_t	ops;		/* measured, less skipped ones */
	_Atomic uint64_t	audits, checks_whole, checks_cell, poisoned;
	_Atomic uint64_t	spaces, strands;
	_Atomic uint64_t	replay_done, replay_total;
	_Atomic int32_t		error;		/* of a run that could not */
	char			why[256];	/* its reason for people */
	struct wl_job		job;		/* as run */
	char			command[1024];
};

/* What if: slices of the run with so many ns added inside each critical
   section of a class.  Rounds have a slice of each length. */
#define WL_WHAT_IF_REGION "wl.what_if"
#define WL_MAXSLICE	4096
#define WL_ROUNDS	15		/* at least */
struct wl_slice {
	uint32_t	round;		/* from 1 on */
	uint64_t	inside_ns;
	uint64_t	ns, ops;	/* its length; operations in it */
};
struct wl_what_if {
	uint32_t	class;
	_Atomic uint32_t n;
	struct wl_slice	slice[WL_MAXSLICE];
};

/*
 * The run over time: counts from its start, and values of a moment.  Written
 * by the watcher alone, read in its process.
 */
#define WL_SERIES_REGION "wl.series"
#define WL_MAXSAMPLE	512
struct wl_sample {
	uint64_t	ns;		/* since the child was started */
	uint32_t	phase;
	uint64_t	ops;		/* measured, so far */
	uint64_t	wait_ns;	/* for locks and mutexes, so far */
	uint64_t	incidents;
	uint64_t	frames_free, swap_inuse, amaps, anons, spaces;
	uint64_t	io_inflight;
};
struct wl_series {
	_Atomic uint32_t n;
	uint64_t	every_ns;	/* between two, at least */
	struct wl_sample sample[WL_MAXSAMPLE];
};

/* ------------------------------------------------------------------------
 * The supervisor: the watcher's process.
 */
enum wl_end {
	WLE_DONE,		/* ran to its end */
	WLE_INTERRUPTED,	/* SIGINT or SIGTERM: ended early, in order */
	WLE_HANG,		/* a strand stopped making progress, or some
				   wait for each other */
	WLE_CRASH,		/* the child died of a signal */
	WLE_FAILED,		/* could not run: error, why */
};
struct wl_outcome {
	enum wl_end	end;
	int		signo;		/* CRASH */
	int		error;		/* FAILED */
	uint32_t	ring;		/* HANG: a strand of a ring of waits
				   that was seen to stay, + 1; 0: none */
	char		why[256];
	uint64_t	elapsed_ns;
	uint64_t	cpu_ns;		/* processor time that it took */
};
struct wl_status {		/* for a live line, about four times a second */
	enum wl_phase	phase;
	uint64_t	elapsed_ns, duration_ns;
	uint64_t	ops, ops_per_s;		/* over the last interval */
	double		wait_share;	/* of strand time, last interval */
	uint64_t	frames, frames_free;
	uint64_t	incidents;
};
struct wl_watch {
	void	(*status)(const struct wl_status *, void *);	/* or NULL */
	void	*arg;
	const char *command;		/* as typed, for the record */
	/* at each look at the child; true: end the run early; or NULL */
	bool	(*look)(void *);
};
/*
 * wl_supervise: run the job in a child that shares rec; return when it ended.
 * => rec is current (lk_record_create); the caller is single-threaded
 * => SIGINT and SIGTERM end the run early, with its summary
 * => a deadlock or hang: strands' state stays in rec as it was, the child is killed
 * => 0 or errno (no child could be made)
 */
int	wl_supervise(const struct wl_job *, struct lk_record *,
	    const struct wl_watch *, struct wl_outcome *);
/* The child's part: for tests that want no child.  => as WLE_FAILED or DONE */
int	wl_run_here(const struct wl_job *, const char *command);

/* ------------------------------------------------------------------------
 * Recorded processes
 */
#include "workloads/trace_int.h"

/* ------------------------------------------------------------------------
 * Cases of locking
 */
#include "workloads/case_int.h"

/* ------------------------------------------------------------------------
 * Exploration
 */
#include "workloads/explore.h"
#include "workloads/steer.h"

#endif /* WORKLOADS_WORKLOADS_H */

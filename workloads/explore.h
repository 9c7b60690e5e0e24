/*
 * explore.h: executions chosen, repeated, enumerated.  Included by
 * workloads.h.
 *
 *	chooser (a row of choosers.def) + seed --> who goes on at each point
 *	the choices made ------------------------> a schedule, that can be
 *						   replayed and made smaller
 */
#ifndef WORKLOADS_EXPLORE_H
#define WORKLOADS_EXPLORE_H

#ifndef WORKLOADS_WORKLOADS_H
#error "include workloads/workloads.h"
#endif

/*
 * What was chosen: runs of one strand, by its ordinal.
 */
struct wl_turn {
	uint32_t	ordinal;
	uint32_t	n;		/* points in a row */
};
struct wl_schedule {
	struct wl_turn	*turn;
	size_t		nturns, room;
	uint64_t	points;
	uint64_t	seed;		/* of lk_random() in the strands */
	bool		lost;		/* no memory: it is not whole */
};
void	wl_schedule_clear(struct wl_schedule *);
void	wl_schedule_free(struct wl_schedule *);
/* => n points in a row, as a turn of their own */
void	wl_schedule_turn(struct wl_schedule *, uint32_t ordinal, uint32_t n);
/* => one point: at each one of each execution */
static inline void
wl_schedule_add(struct wl_schedule *s, uint32_t ordinal)
{
	size_t n = s->nturns;

	if (n > 0 && s->turn[n - 1].ordinal == ordinal &&
	    s->turn[n - 1].n < UINT32_MAX) {
		s->turn[n - 1].n++;
		s->points++;
	} else if (n < s->room) {
		s->turn[n] = (struct wl_turn){ ordinal, 1 };
		s->nturns = n + 1;
		s->points++;
	} else
		wl_schedule_turn(s, ordinal, 1);
}
/* => 0, ENOMEM */
int	wl_schedule_copy(struct wl_schedule *, const struct wl_schedule *);
/*
 * As text, one line: "7: 0 1*12 2 1*3": seed 7, strand 0 once, 1 twelve
 * times, ...  Without the seed it is 0.
 * => malloc()ed; NULL: no memory
 * wl_schedule_read: => 0, ENOMEM, or EINVAL with *at where it went wrong
 */
char	*wl_schedule_text(const struct wl_schedule *);
int	wl_schedule_read(const char *, struct wl_schedule *, size_t *at);

struct wl_steer;
struct wl_steered;

/* How a chooser is to work. */
struct wl_choose_conf {
	unsigned	depth;		/* pct: depth of the bug; 0: 3 */
	unsigned	bound;		/* delay: delays; 0: 2 */
	const struct wl_schedule *schedule;	/* replay */
	const struct wl_steer *steer;		/* steer */
	struct wl_steered *steered;		/* idem: what came of it */
};

#define WL_PROFILE_SEED	UINT64_MAX

struct wl_chooser {		/* a row of choosers.def */
	const char	*name, *help;
	bool		always;	/* wants to be asked when there is no choice */
	bool		ends;	/* enumerates, and knows when it has all */
	/*
	 * Its first execution is of WL_PROFILE_SEED: what it learns there it
	 * goes by in all others, so that each is a function of its seed alone.
	 */
	bool		learns;
	/* => 0, ENOMEM */
	int		(*create)(const struct wl_choose_conf *, void **);
	void		(*destroy)(void *);
	/* => false: every execution has been made */
	bool		(*begin)(void *, uint64_t seed);
	lk_choose_fn	*choose;
	void		(*end)(void *, const struct lk_fibers_result *);
	/* => 0, or why it cannot go on, as of wl_explore; or NULL */
	int		(*error)(const void *);
};
#define WL_NCHOOSERS	6		/* that search; replay is behind them */
const struct wl_chooser *const *wl_choosers(size_t *n);
const struct wl_chooser *wl_chooser_find(const char *name);	/* or NULL */

/* What is explored: anything that runs on strands. */
struct wl_program {
	const char	*name;
	/* the root strand; starts the others and joins them */
	void		(*run)(void *);
	void		*arg;
	uint64_t	max_steps;	/* 0: as lk_fibers_conf */
	bool		quiet;		/* it says itself what is explored */
	/*
	 * Before each execution, outside of it.  => 0 or errno; or NULL
	 * => *make: what it runs on is to be made first, with this seed
	 */
	int		(*begin)(void *, uint64_t seed, bool *make,
			    uint64_t *with);
	/*
	 * A root strand, too, but nothing that it does is explored.  What
	 * fails there is the execution that failed, and run is not called.
	 */
	void		(*make)(void *);
	/*
	 * After each execution, however it ended: what is left of one that
	 * was abandoned goes.  => 0, or what keeps it from going on; or NULL
	 */
	int		(*ended)(void *, const struct lk_fibers_result *);
};

/*
 * Who looks on: at the beginning and end of each execution, and at each
 * `every'-th point of it, before what was chosen is done.  What it has against
 * the execution is an incident.  NULL: not called.
 * => step runs on the stack of the strand that came to the point, which is in
 *    the middle of whatever it does; it passes no scheduling point
 */
struct wl_oracle {
	const char	*name;
	uint64_t	every;
	void		(*begin)(void *arg, uint64_t seed);
	void		(*step)(void *arg, uint64_t step);
	void		(*end)(void *arg, const struct lk_fibers_result *);
	void		*arg;
};
#define WL_MAXORACLE	8
/*
 * The oracles of a job: what must hold at any moment, at every
 * explore.inspect-th point; and, in one of explore.guards executions, that
 * what a lock guards is changed by who holds it.
 * => not with memory accesses as points: then anything may be half done
 * => wl_oracles_look: they look on; they must outlive the campaign
 */
struct wl_explore_conf;
struct wl_oracles;
int	wl_oracles_new(const struct wl_job *, struct wl_oracles **);
void	wl_oracles_free(struct wl_oracles *);
void	wl_oracles_look(const struct wl_oracles *, struct wl_explore_conf *);

/*
 * Distinct pairs of places in the code, of two strands.
 * handovers: (where a lock was let go, where it was taken next)
 * conflicts: (where something was used, where it was used next), by one of the
 *	two to write: locks that were taken; memory, of accesses that are points
 */
struct wl_pairs {
	uint64_t	handovers, conflicts;
	bool		lost;		/* at least so many: the table is full */
};

/* How far a campaign has come; see wl_explore_conf. */
struct wl_explore_progress {
	uint64_t	executions, pruned, failures, steps, choices;
	uint64_t	orders;		/* distinct, by what happened before
					   what; at least, if orders_lost */
	struct wl_pairs	pairs;
	bool		orders_lost;
};

struct wl_explore_conf {
	const struct wl_chooser *chooser;
	struct wl_choose_conf how;
	uint64_t	seed;		/* of the first; the next is one more */
	uint64_t	executions;	/* at most; 0: until it fails or ends */
	bool		go_on;		/* after a failure, too */
	bool		orders;		/* count orders and pairs */
	size_t		trace;		/* lk_order_trace() of each, as if it
					   were the first; 0: as it is */
	enum lk_memory	memory;		/* accesses that are points */
	_Atomic uint64_t *passed;	/* points, for others to see; or NULL */
	const struct wl_oracle *oracle[WL_MAXORACLE];	/* NULL ends it */
	/* after each execution, with its seed; false: no more; or NULL */
	bool		(*look)(const struct wl_explore_progress *,
			    uint64_t seed, void *arg);
	void		*arg;
	/* at a failing execution, before its state goes; or NULL */
	void		(*failed)(const struct lk_fibers_result *, void *arg);
	/* at each point, with who was chosen; or NULL */
	void		(*event)(const struct lk_fiber_view *, void *arg);
};

struct wl_explore_result {
	uint64_t	executions;
	uint64_t	pruned;		/* ended early: one like it was made */
	uint64_t	failures;
	uint64_t	steps, choices;	/* of all executions */
	uint64_t	orders;		/* as of the progress */
	struct wl_pairs	pairs;
	bool		orders_lost;
	bool		exhausted;	/* there are no more */
	struct lk_fibers_result last;	/* the last execution */
	/* the first failure */
	uint64_t	failed_at;	/* which execution, from 1 on */
	uint64_t	failed_seed;
	struct lk_fibers_result failed;
	struct wl_schedule schedule;	/* wl_schedule_free() it */
};
/*
 * wl_explore: run the program under one chooser until it fails.
 * => an execution fails when it does not come to its end (deadlock, livelock,
 *    panic), or when it records an incident
 * => 0, EBUSY, ENOMEM; of a chooser that enumerates, EILSEQ: the same choices
 *    did not lead to the same point, or ERANGE: too many strands at a time
 */
int	wl_explore(const struct wl_program *, const struct wl_explore_conf *,
	    struct wl_explore_result *);
/*
 * wl_replay_schedule: one execution, as the schedule says.
 * => conf: its oracles and callbacks take part; NULL: none
 * => *diverged: the choice (from 1 on) from which on it could not be followed;
 *    0: to the end
 */
int	wl_replay_schedule(const struct wl_program *,
	    const struct wl_explore_conf *, const struct wl_schedule *,
	    struct lk_fibers_result *, uint64_t *diverged);
/*
 * wl_minimise: a schedule that still fails the same way, with as few turns as
 * could be found.
 * => tries: executions to spend, and spent
 * => 0, EINVAL (it does not fail), ENOMEM, EBUSY
 */
int	wl_minimise(const struct wl_program *, const struct wl_explore_conf *,
	    struct wl_schedule *, uint64_t *tries);

/* ------------------------------------------------------------------------
 * A job as a program: its world is made, the strands of [explore] program do
 * their operations, then all is checked, audited and unmade.
 *
 *	seed	0 ... n-1	n ... 2n-1	...	n: explore.per_world
 *	world	0		1		...	0: that of run.seed
 *
 * So the seed of an execution names its world, too.
 */
struct wl_job_program;
/* => 0, ENOMEM, or EINVAL with err filled */
int	wl_job_program(const struct wl_job *, struct wl_job_program **,
	    struct wl_error *);
void	wl_job_program_free(struct wl_job_program *);
/* => the job, with the weights that the program has */
const struct wl_job *wl_job_program_job(const struct wl_job_program *);
const struct wl_program *wl_job_program_of(const struct wl_job_program *);
/*
 * The operations as text, "fork - unref | swapcycle": a strand each, "-" for
 * one that is left out.  Each is a function of (seed, strand, place), so
 * leaving one out does not change the others.
 * => snprintf's return
 */
size_t	wl_job_program_text(const struct wl_job_program *, char *, size_t);
/*
 * wl_minimise_job: also with as few strands and operations as still fail.
 * => p's operations are left out, s belongs to what is left
 */
int	wl_minimise_job(struct wl_job_program *, const struct wl_explore_conf *,
	    struct wl_schedule *s, uint64_t *tries);

/* ------------------------------------------------------------------------
 * In a child process: a campaign, or one execution that is to be told.
 */
#define WL_EXPLORE_REGION "wl.explore"
#define WL_MAXEVENT	16384
#define WL_SCHEDULE_TEXT (1 << 20)
#define WL_PROGRAM_TEXT	1024

/* A point that was passed: for people. */
struct wl_event {
	uint16_t	strand;		/* ordinal */
	uint8_t		act;		/* enum lk_act */
	uint8_t		kind;		/* enum lk_node_kind, of the object */
	uint16_t	id;		/* of the object, in the order met; 0:
					   none, or too many */
	uint16_t	spare;
	uint32_t	op;		/* as lk_op_begin was told */
	uint32_t	line;
	char		object[20];	/* name of a lock; "": it has none */
	char		file[32];	/* "": not known */
};

struct wl_explore_run {
	_Atomic uint64_t	executions, pruned, failures, steps, choices;
	_Atomic uint64_t	orders, handovers, conflicts;
	_Atomic uint32_t	orders_lost, pairs_lost, exhausted;
	_Atomic uint64_t	seed;		/* of the execution under way */
	_Atomic uint64_t	passed;		/* points: who passes some goes on */
	_Atomic uint32_t	done;		/* all below is whole */
	_Atomic int32_t		error;		/* it could not be run */
	/* the first failure; of one execution, what came of it */
	uint64_t		failed_at, failed_seed;
	enum lk_fibers_end	end;
	bool			making;	/* its world was not even made */
	uint64_t		points, hash, switches;
	uint64_t		now;		/* virtual, as lk_now() */
	uint64_t		diverged;	/* wl_replay_schedule's */
	uint32_t		nstrands;
	char			incident[LK_NAMELEN];	/* "": none */
	/* made smaller */
	uint64_t		tries;
	uint64_t		turns_before;
	uint64_t		turns;
	char			program[WL_PROGRAM_TEXT];	/* what is left */
	char			schedule[WL_SCHEDULE_TEXT]; /* "": no room */
	uint64_t		planted;	/* explore.plant was, so often */
	/* of one execution */
	_Atomic uint32_t	nevents;
	uint64_t		events_lost;
	char			strand[LK_MAXFIBER][16];	/* names */
	struct wl_event		event[WL_MAXEVENT];
};

/*
 * Bugs of our own (plants.def), to see that a campaign would find them: the
 * job's explore.plant names one.
 */
#define WL_MAXPLANT	32
struct wl_plant {
	const char	*name, *finds, *help;
	bool		alone;		/* it needs nothing of the job */
};
const struct wl_plant *wl_plant(size_t i);	/* NULL: there are no more */
/* => must it be found with these points? */
bool	wl_plant_with(size_t i, enum lk_memory);
/* => is what failed what was planted? */
bool	wl_plant_found(size_t i, const struct wl_explore_run *);

struct wl_exploration {
	const struct wl_job	*job;
	struct wl_explore_conf	conf;	/* look, failed, event: not used */
	uint64_t		limit_ns;	/* 0: none */
	uint64_t		tries;		/* to make it smaller; 0 */
	uint64_t		patience;	/* executions without a place for
						   explore.plant; 0: all */
	uint64_t		points;		/* of all, about; 0: no limit */
	/* one execution, told whole: by a schedule, or by the seed */
	bool			tell;
	const struct wl_schedule *schedule;
	/* about four times a second, and at the end; or NULL */
	void			(*status)(const struct wl_explore_run *,
				    uint64_t elapsed_ns, void *);
	void			*arg;
};
/*
 * wl_explore_supervise: => rec is current; as wl_supervise otherwise
 * => the region WL_EXPLORE_REGION of rec has what came of it; outcome: HANG
 *    with tell alone: a deadlock or an execution that gets nowhere, and the
 *    strands' state in rec is as it was.  CRASH, too, may be of a campaign
 */
int	wl_explore_supervise(const struct wl_exploration *, struct lk_record *,
	    struct wl_outcome *);

#endif /* WORKLOADS_EXPLORE_H */

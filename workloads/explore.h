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
void	wl_schedule_add(struct wl_schedule *, uint32_t ordinal);
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

/* How a chooser is to work. */
struct wl_choose_conf {
	unsigned	depth;		/* pct: depth of the bug; 0: 3 */
	unsigned	bound;		/* delay: delays; 0: 2 */
	const struct wl_schedule *schedule;	/* replay */
};

struct wl_chooser {		/* a row of choosers.def */
	const char	*name, *help;
	bool		always;	/* wants to be asked when there is no choice */
	bool		ends;	/* enumerates, and knows when it has all */
	/* => 0, ENOMEM */
	int		(*create)(const struct wl_choose_conf *, void **);
	void		(*destroy)(void *);
	/* => false: every execution has been made */
	bool		(*begin)(void *, uint64_t seed);
	lk_choose_fn	*choose;
	void		(*end)(void *, const struct lk_fibers_result *);
};
const struct wl_chooser *const *wl_choosers(size_t *n);
const struct wl_chooser *wl_chooser_find(const char *name);	/* or NULL */

/* What is explored: anything that runs on strands. */
struct wl_program {
	const char	*name;
	/* the root strand; starts the others and joins them */
	void		(*run)(void *);
	void		*arg;
	uint64_t	max_steps;	/* 0: as lk_fibers_conf */
};

struct wl_explore_conf {
	const struct wl_chooser *chooser;
	struct wl_choose_conf how;
	uint64_t	seed;		/* of the first; the next is one more */
	uint64_t	executions;	/* at most; 0: until it fails or ends */
	bool		go_on;		/* after a failure, too */
};

struct wl_explore_result {
	uint64_t	executions;
	uint64_t	pruned;		/* ended early: one like it was made */
	uint64_t	failures;
	uint64_t	steps, choices;	/* of all executions */
	bool		exhausted;	/* there are no more */
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
 * => 0, EBUSY, ENOMEM
 */
int	wl_explore(const struct wl_program *, const struct wl_explore_conf *,
	    struct wl_explore_result *);
/*
 * wl_replay_schedule: one execution, as the schedule says.
 * => *diverged: the choice (from 1 on) from which on it could not be followed;
 *    0: to the end
 */
int	wl_replay_schedule(const struct wl_program *,
	    const struct wl_schedule *, struct lk_fibers_result *,
	    uint64_t *diverged);
/*
 * wl_minimise: a schedule that still fails the same way, with as few turns as
 * could be found.
 * => tries: executions to spend, and spent
 * => 0, EINVAL (it does not fail), ENOMEM, EBUSY
 */
int	wl_minimise(const struct wl_program *, struct wl_schedule *,
	    uint64_t *tries);

#endif /* WORKLOADS_EXPLORE_H */

/*
 * runner_int.h: the run of a job, as its parts and tests share it.
 */
#ifndef WORKLOADS_RUNNER_INT_H
#define WORKLOADS_RUNNER_INT_H

#include <signal.h>

#include "workloads/op_int.h"

/* gate.c */
void	wl_gate_init(struct wl_gate *);
void	wl_gate_enter(struct wl_strand *);
void	wl_gate_leave(struct wl_strand *);
void	wl_gate_close(struct wl_harness *);
void	wl_gate_open(struct wl_harness *);
void	wl_gate_safe_point(void *harness);

/* count.c */
/* => one operation ended; ns 0: not timed; only the measured interval counts */
void	wl_count(struct wl_strand *, enum wl_op, enum wl_done, uint64_t ns);
/* => is the next one to be timed? */
bool	wl_count_timed(struct wl_strand *);
/* => counts begin now: what the VM has counted so far is left out */
void	wl_count_base(struct wl_harness *);
void	wl_count_end(struct wl_harness *);	/* and end */
uint64_t wl_count_ops(struct lk_record *);
struct wl_ctl *wl_ctl(void);	/* of the current record */
struct wl_run *wl_run_region(void);

/*
 * series.c: samples of the run
 * => ns since its start; one is taken if it is time, or must be
 * => the last one, until the next call
 */
struct wl_series *wl_series_region(void);
const struct wl_sample *wl_series_look(struct wl_series *, struct lk_record *,
	    uint64_t ns, bool must);
/*
 * wl_share: what part of its strands' time was waited since it was last asked
 * => in a long run samples are rarer than what is shown: the last one stands
 */
struct wl_share {
	struct wl_sample last;	/* that the share ends with */
	double		share;
};
double	wl_share(struct wl_share *, const struct wl_sample *last,
	    uint64_t strands);

/*
 * For tests: something is done with everybody parked, before each audit.
 */
struct wl_hooks {
	void	(*at_audit)(void *);
	void	*arg;
};

/*
 * stage.c: a job's world without its strands, as the runner and the explorer
 * use it.
 * => wl_stage_init once, of zeroed memory aligned to 128; then regions; the
 *    model is initialised before world and spaces
 * => command NULL: it is there already
 * => those that return an int leave the reason in the run's region
 */
struct wl_stage {
	struct wl_harness h;
	const struct wl_hooks *hooks;
	struct wl_strand main;		/* sets up and cleans up */
	struct vm_conf	conf;
};
void	wl_stage_init(struct wl_stage *, const struct wl_job *);
int	wl_stage_regions(struct wl_stage *, const struct wl_job *,
	    const char *command);
int	wl_stage_strand(struct wl_stage *, struct wl_strand *, unsigned id);
int	wl_stage_world(struct wl_stage *);
int	wl_stage_spaces(struct wl_stage *);
void	wl_stage_audit(struct wl_stage *);
/*
 * wl_stage_check: every space is checked and ends; nothing may be left.
 * wl_stage_end: the world goes.
 */
void	wl_stage_check(struct wl_stage *);
void	wl_stage_check_at_rest(struct wl_stage *);
void	wl_stage_end(struct wl_stage *);
/* => both */
void	wl_stage_clear(struct wl_stage *);
void	wl_stage_free(struct wl_stage *);
void	wl_stage_phase(struct wl_stage *, enum wl_phase);
int	wl_stage_fail(struct wl_stage *, int error, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* operator.c: what the strands do */
void	wl_operator(void *strand);
void	wl_walker(void *strand);
/* => one operation, counted */
void	wl_operate(struct wl_strand *, enum wl_op);
/* => pick by weight */
enum wl_op wl_pick(const struct wl_harness *);

/* replay.c */
struct wl_replay;
/* => 0 or errno, why filled; h->model is set up, writers are workers */
int	wl_replay_open(struct wl_harness *, struct wl_replay **, char why[256]);
unsigned wl_replay_workers(const struct wl_replay *);
/* => in the world; workers are about to start */
int	wl_replay_start(struct wl_replay *, char why[256]);
void	wl_replay_worker(void *strand);
/* => all workers have ended; spaces that are left are checked and ended */
void	wl_replay_drain(struct wl_strand *);
void	wl_replay_close(struct wl_replay *);

int	wl_run_hooked(const struct wl_job *, const char *command,
	    const struct wl_hooks *);
int	wl_supervise_hooked(const struct wl_job *, struct lk_record *,
	    const struct wl_watch *, const struct wl_hooks *,
	    struct wl_outcome *);

/* progress.c: the watcher's judgement of strands, from the record alone */
struct wl_progress;
struct wl_progress *wl_progress_new(const struct lk_record *,
	    uint64_t hang_ns);
/* => is there one that hangs?  why says which */
bool	wl_progress_stuck(struct wl_progress *, uint64_t now, char why[256]);
void	wl_progress_free(struct wl_progress *);

/*
 * deadlock.c: rings of strands that wait for each other
 * => to be asked often; it looks ten times a second
 * => is there one?  strand is one of it; why says which
 */
struct wl_deadlock;
struct wl_deadlock *wl_deadlock_new(const struct lk_record *);
bool	wl_deadlock_found(struct wl_deadlock *, uint64_t now,
	    uint32_t *strand, char why[256]);
void	wl_deadlock_free(struct wl_deadlock *);

/* what_if.c */
#define WL_MAXASKED	8
struct wl_asked {
	char		class[LK_NAMELEN];
	unsigned	n;
	uint64_t	ns[WL_MAXASKED];
};
/*
 * inside.c: "class=ns"; so much longer for all of the run.
 * wl_inside_found: true once it is; classes come with their first lock
 */
bool	wl_inside_parse(const char *, struct wl_asked *);
void	wl_inside_begin(const struct wl_job *);
bool	wl_inside_found(const struct wl_job *);
void	wl_inside_end(const struct wl_job *);
struct wl_what_if_run;
uint32_t wl_what_if_class(const char *name);	/* 0: none in this run */
bool	wl_what_if_parse(const char *, struct wl_asked *);
/* => is there time for it?  0, EINVAL */
int	wl_what_if_check(const struct wl_job *, struct wl_error *);
/* => NULL if nothing was asked; 0 or errno, why filled */
int	wl_what_if_begin(const struct wl_job *, struct wl_what_if_run **,
	    char why[256]);
/* => to be called often; is it between two slices? */
bool	wl_what_if_tick(struct wl_what_if_run *, uint64_t now, uint64_t ops);
void	wl_what_if_end(struct wl_what_if_run *);	/* NULL is fine */

/*
 * child.c: a child of the watcher
 * => wl_ctl() was called before
 * wl_child_stop: it is to end early, in order; also a handler of signals
 * wl_child_begin: it dies with its parent, tells of crashes, and SIGINT and
 * SIGTERM stop it
 */
void	wl_child_stop(int signo);
void	wl_child_begin(pid_t parent, const sigset_t *mask);

/* crash.c: a signal that kills is written to the record first */
void	wl_crash_install(void);

#endif /* WORKLOADS_RUNNER_INT_H */

/*
 * explore_run.c: exploration in a child, so that what crashes is data, too.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workloads/explore_job_int.h"

#define LOOK_NS		20000000	/* between looks at the child */
#define STATUS_NS	250000000
#define MAXOBJECT	512

struct child {
	const struct wl_exploration *x;
	struct wl_explore_run *run;
	struct wl_ctl	*ctl;
	uint64_t	since;
	struct wl_job_program *program;
	/* telling: objects met so far */
	unsigned	nobjects;
	uint64_t	object[MAXOBJECT];
	struct wl_oracles *oracles;	/* NULL: memory accesses are points */
};

static struct wl_explore_run *
run_region(void)
{
	return lk_record_region(WL_EXPLORE_REGION,
	    sizeof(struct wl_explore_run));
}

/* ---- the child ---- */

static bool
look(const struct wl_explore_progress *p, uint64_t seed, void *arg)
{
	struct child *c = arg;
	struct wl_explore_run *run = c->run;

	atomic_store_explicit(&run->executions, p->executions,
	    memory_order_relaxed);
	atomic_store_explicit(&run->pruned, p->pruned, memory_order_relaxed);
	atomic_store_explicit(&run->failures, p->failures,
	    memory_order_relaxed);
	atomic_store_explicit(&run->steps, p->steps, memory_order_relaxed);
	atomic_store_explicit(&run->choices, p->choices,
	    memory_order_relaxed);
	atomic_store_explicit(&run->orders, p->orders, memory_order_relaxed);
	atomic_store_explicit(&run->handovers, p->pairs.handovers,
	    memory_order_relaxed);
	atomic_store_explicit(&run->conflicts, p->pairs.conflicts,
	    memory_order_relaxed);
	atomic_store_explicit(&run->pairs_lost, p->pairs.lost,
	    memory_order_relaxed);
	atomic_store_explicit(&run->orders_lost, p->orders_lost,
	    memory_order_relaxed);
	atomic_store_explicit(&run->seed, seed + 1, memory_order_relaxed);
	if (c->x->patience != 0 && p->executions + p->pruned >=
	    c->x->patience && atomic_load(&c->program->planted) == 0)
		return false;
	if (c->x->points != 0 && p->steps >= c->x->points)
		return false;
	return atomic_load_explicit(&c->ctl->stop, memory_order_relaxed) == 0;
}

static void
keep_result(struct child *c, const struct lk_fibers_result *out)
{
	struct wl_explore_run *run = c->run;

	run->making = c->program->making;
	run->end = out->end;
	run->points = out->steps;
	run->hash = out->hash;
	run->switches = out->switches;
	run->now = LK_FIBERS_BEGIN + out->ns;
	run->nstrands = out->strands;
	snprintf(run->incident, sizeof(run->incident), "%s",
	    out->incident != NULL ? out->incident : "");
}

static void
keep_schedule(struct wl_explore_run *run, const struct wl_schedule *s)
{
	char *text = wl_schedule_text(s);

	run->turns = s->nturns;
	if (text != NULL && strlen(text) < sizeof(run->schedule))
		strcpy(run->schedule, text);
	else
		run->schedule[0] = '\0';
	free(text);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static uint16_t
id_of(struct child *c, uint64_t object)
{
	unsigned i;

	for (i = 0; i < c->nobjects; i++)
		if (c->object[i] == object)
			return (uint16_t)(i + 1);
	if (object == 0 || c->nobjects == MAXOBJECT)
		return 0;
	c->object[c->nobjects++] = object;
	return (uint16_t)c->nobjects;
}

static void
event(const struct lk_fiber_view *v, void *arg)
{
	struct child *c = arg;
	struct wl_explore_run *run = c->run;
	uint32_t n = atomic_load(&run->nevents);
	struct wl_event *e = &run->event[n];
	const char *name;

	if (n == WL_MAXEVENT) {
		run->events_lost++;
		return;
	}
	e->strand = (uint16_t)v->ordinal;
	e->act = (uint8_t)v->act;
	e->kind = (uint8_t)v->kind;
	e->id = id_of(c, v->object);
	name = lk_fiber_strand(v, &e->op);
	if (v->ordinal < LK_MAXFIBER)
		snprintf(run->strand[v->ordinal],
		    sizeof(run->strand[0]), "%s", name);
	snprintf(e->object, sizeof(e->object), "%s",
	    lk_fiber_object_name(v));
	if (v->site != NULL) {
		snprintf(e->file, sizeof(e->file), "%s",
		    base_name(v->site->ls_file));
		e->line = (uint32_t)v->site->ls_line;
	}
	atomic_store(&run->nevents, n + 1);
}

/* As they stand, the strands are what is to be told. */
static void
leave_as_is(const struct lk_fibers_result *out, void *arg)
{
	struct child *c = arg;

	keep_result(c, out);
	atomic_store(&c->run->failures, 1);
	atomic_store(&c->run->done, 1);
	_exit(0);
}

static int
tell(struct child *c)
{
	struct wl_explore_conf conf = c->x->conf;
	const struct wl_program *p = wl_job_program_of(c->program);
	struct wl_explore_result r;
	struct lk_fibers_result out;
	uint64_t before = lk_incidents();
	int error;

	conf.passed = &c->run->passed;
	conf.event = event;
	conf.failed = leave_as_is;
	conf.arg = c;
	conf.executions = 1;
	conf.look = NULL;
	wl_oracles_look(c->oracles, &conf);
	if (c->x->schedule == NULL) {
		error = wl_explore(p, &conf, &r);
		out = r.failures > 0 ? r.failed : r.last;
		wl_schedule_free(&r.schedule);
	} else {
		error = wl_replay_schedule(p, &conf, c->x->schedule, &out,
		    &c->run->diverged);
	}
	if (error != 0)
		return error;
	keep_result(c, &out);
	atomic_store(&c->run->executions, 1);
	atomic_store(&c->run->failures, lk_incidents() != before);
	return 0;
}

static int
search(struct child *c)
{
	struct wl_explore_conf conf = c->x->conf;
	struct wl_explore_run *run = c->run;
	struct wl_explore_result r;
	uint64_t tries = c->x->tries;
	int error;

	conf.look = look;
	conf.passed = &run->passed;
	wl_oracles_look(c->oracles, &conf);
	conf.arg = c;
	atomic_store(&run->seed, conf.seed);
	error = wl_explore(wl_job_program_of(c->program), &conf, &r);
	if (error != 0)
		return error;
	atomic_store(&run->exhausted, r.exhausted);
	run->planted = atomic_load(&c->program->planted);
	if (r.failures == 0)
		return 0;
	run->failed_at = r.failed_at;
	run->failed_seed = r.failed_seed;
	keep_result(c, &r.failed);
	keep_schedule(run, &r.schedule);
	run->turns_before = r.schedule.nturns;
	if (c->x->tries > 0) {
		error = wl_minimise_job(c->program, &conf, &r.schedule,
		    &tries);
		run->tries = tries;
		if (error == EINVAL) {	/* it does not happen again: that
					   is told of it as it was */
			wl_schedule_free(&r.schedule);
			return 0;
		}
		if (error == 0)
			error = wl_replay_schedule(wl_job_program_of(
			    c->program), &conf, &r.schedule, &r.failed,
			    &run->diverged);
		if (error == 0) {
			keep_result(c, &r.failed);
			keep_schedule(run, &r.schedule);
		}
	}
	wl_job_program_text(c->program, run->program, sizeof(run->program));
	wl_schedule_free(&r.schedule);
	return error;
}

/* Loads and stores are many times as many as what locks do. */
static uint64_t
max_steps(const struct wl_exploration *x)
{
	if (x->job->max_steps != 0)
		return x->job->max_steps;
	return x->conf.memory == LK_MEMORY_OFF ? 20000 : 1000000;
}

static int
oracles(struct child *c, const struct wl_job *job)
{
	struct wl_job_program *p = c->program;

	p->program.max_steps = max_steps(c->x);
	p->exact = c->x->conf.memory == LK_MEMORY_OFF;
	p->job.vm.inspected = p->exact;
	return p->exact ? wl_oracles_new(job, &c->oracles) : 0;
}

/* What keeps a campaign from going on, for people. */
static void
say_why(int error)
{
	static const struct {
		int		error;
		const char	*text;
	} why[] = {
		{ EILSEQ, "the same choices did not lead to the same point: "
		    "something outlives an execution, as static variables and "
		    "the C library's state do, so that to enumerate orders "
		    "says nothing" },
		{ ERANGE, "more strands can go on at a time than orders can be "
		    "enumerated of" },
	};
	struct wl_run *run = wl_run_region();
	size_t i;

	for (i = 0; i < sizeof(why) / sizeof(why[0]); i++)
		if (why[i].error == error && run->why[0] == '\0')
			snprintf(run->why, sizeof(run->why), "%s",
			    why[i].text);
	if (error != 0 && run->why[0] == '\0')
		snprintf(run->why, sizeof(run->why), "%s", strerror(error));
}

static void
child_main(struct child *c)
{
	const struct wl_job *job = c->x->job;
	struct wl_error err;
	int error;

	if (lk_strand_adopt("explorer", NULL) != 0)
		_exit(1);
	lk_backend_use(lk_backend_find(job->lock));
	lk_seed(job->seed);
	error = wl_job_program(job, &c->program, &err);
	if (error == 0)
		error = oracles(c, job);
	if (error == 0) {
		wl_job_program_text(c->program, c->run->program,
		    sizeof(c->run->program));
		error = c->x->tell ? tell(c) : search(c);
	}
	say_why(error);
	atomic_store(&c->run->error, error);
	atomic_store(&c->run->done, 1);
	wl_job_program_free(c->program);
	wl_oracles_free(c->oracles);
	lk_fibers_free();
	exit(0);
}

static void
child(struct child *c, pid_t parent, const sigset_t *mask)
{
	wl_child_begin(parent, mask);
	child_main(c);
}

/* ---- the watcher ---- */

static void
judge(const struct child *c, int status, struct wl_outcome *out)
{
	const struct wl_explore_run *run = c->run;

	if (WIFSIGNALED(status)) {
		out->end = WLE_CRASH;
		out->signo = WTERMSIG(status);
		snprintf(out->why, sizeof(out->why), "an execution died: %s",
		    strsignal(out->signo));
	} else if (WEXITSTATUS(status) != 0 || atomic_load(&run->done) == 0) {
		out->end = WLE_CRASH;
		snprintf(out->why, sizeof(out->why), "an execution ended with "
		    "status %d, or a sanitizer reported something",
		    WEXITSTATUS(status));
	} else if (atomic_load(&run->error) != 0) {
		out->end = WLE_FAILED;
		out->error = atomic_load(&run->error);
		snprintf(out->why, sizeof(out->why), "%.255s",
		    wl_run_region()->why);
	} else if (c->x->tell && (run->end == LKF_DEADLOCK ||
	    run->end == LKF_STEPS)) {
		out->end = WLE_HANG;
		if (run->end == LKF_DEADLOCK)
			snprintf(out->why, sizeof(out->why), "no strand can "
			    "go on");
		else
			snprintf(out->why, sizeof(out->why), "%ju points "
			    "(explore.max_steps) were passed without an end",
			    (uintmax_t)max_steps(c->x));
	} else if (atomic_load(&c->ctl->signalled) != 0)
		out->end = WLE_INTERRUPTED;
	else
		out->end = WLE_DONE;
}

/* => has it passed no point for too long?  it is killed then */
static bool
stuck(struct child *c, pid_t pid, uint64_t now, uint64_t *passed,
    uint64_t *when, struct wl_outcome *out)
{
	uint64_t at = atomic_load(&c->run->passed);
	int status;

	if (at != *passed) {
		*passed = at;
		*when = now;
	}
	if (now - *when < c->x->job->hang_ns)
		return false;
	kill(pid, SIGSTOP);
	out->end = WLE_HANG;
	snprintf(out->why, sizeof(out->why),
	    "an execution runs on without passing a scheduling point");
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return true;
}

static void
watch(struct child *c, pid_t pid, const sigset_t *set, struct wl_outcome *out)
{
	static const struct timespec tick = { 0, LOOK_NS };
	const struct wl_exploration *x = c->x;
	uint64_t now, shown = c->since, passed = 0, when = c->since;
	int signo, status;

	for (;;) {
		signo = sigtimedwait(set, NULL, &tick);
		now = lk_now();
		if (signo == SIGINT || signo == SIGTERM)
			wl_child_stop(signo);
		if (x->limit_ns != 0 && now - c->since >= x->limit_ns)
			atomic_store(&c->ctl->stop, 1);
		if (waitpid(pid, &status, WNOHANG) == pid) {
			judge(c, status, out);
			break;
		}
		if (stuck(c, pid, now, &passed, &when, out))
			break;
		if (x->status != NULL && now - shown >= STATUS_NS) {
			x->status(c->run, now - c->since, x->arg);
			shown = now;
		}
	}
	out->elapsed_ns = lk_now() - c->since;
	if (x->status != NULL)
		x->status(c->run, out->elapsed_ns, x->arg);
}

int
wl_explore_supervise(const struct wl_exploration *x, struct lk_record *rec,
    struct wl_outcome *out)
{
	struct child c = { .x = x };
	pid_t parent = getpid(), pid;
	sigset_t set, mask;

	memset(out, 0, sizeof(*out));
	c.run = run_region();
	c.ctl = wl_ctl();
	if (c.run == NULL || c.ctl == NULL || wl_run_region() == NULL)
		return ENOMEM;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &mask);
	fflush(NULL);
	c.since = lk_now();
	pid = fork();
	if (pid == 0)
		child(&c, parent, &mask);
	if (pid != -1)
		watch(&c, pid, &set, out);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return pid == -1 ? errno : 0;
}

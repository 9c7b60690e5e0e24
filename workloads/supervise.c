/*
 * supervise.c: a job in a child, looked at through its record.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workloads/runner_int.h"

#define LOOK_NS		50000000	/* between looks at the child */
#define STATUS_NS	250000000	/* between status lines */
#define GRACE_NS	300000000000	/* beyond its duration */
#define TELL_NS		10000000000	/* for a sanitizer to tell a crash */

struct supervisor {
	const struct wl_job *job;
	struct lk_record *rec;
	const struct wl_watch *watch;
	struct wl_outcome *out;
	struct wl_run	*run;
	struct wl_ctl	*ctl;
	struct wl_progress *progress;
	struct wl_deadlock *deadlock;
	pid_t		child;
	int		status;		/* of the child, when ended */
	struct rusage	used;		/* by it, then */
	uint64_t	since;
	uint64_t	crashed;	/* when that was seen; 0: not yet */
	struct wl_series *series;
	/* the last status line */
	uint64_t	shown, ops;
	struct wl_share	share;
};

/* ---- the child ---- */

static void
child(struct supervisor *s, pid_t parent, const sigset_t *mask,
    const struct wl_hooks *hooks)
{
	wl_child_begin(parent, mask);
	(void)wl_run_hooked(s->job, s->watch != NULL &&
	    s->watch->command != NULL ? s->watch->command : "", hooks);
	exit(0);
}

/* ---- the watcher ---- */

static void
show(struct supervisor *s, uint64_t now, const struct wl_sample *last)
{
	const struct vm_gauges *g;
	struct wl_status st;
	uint64_t ns = now - s->shown, strands = atomic_load(&s->run->strands);

	if (s->watch == NULL || s->watch->status == NULL || ns < STATUS_NS)
		return;
	memset(&st, 0, sizeof(st));
	st.phase = (enum wl_phase)atomic_load(&s->run->phase);
	st.elapsed_ns = now - s->since;
	st.duration_ns = s->job->duration_ns;
	st.ops = atomic_load(&s->run->ops);
	st.ops_per_s = (st.ops - s->ops) * 1000000000 / ns;
	st.wait_share = wl_share(&s->share, last, strands);
	g = lk_record_region_find(s->rec, VM_GAUGES_REGION, NULL);
	if (g != NULL) {
		st.frames = atomic_load(&g->frames);
		st.frames_free = atomic_load(&g->frames_free);
	}
	st.incidents = lk_incidents();
	s->shown = now;
	s->ops = st.ops;
	s->watch->status(&st, s->watch->arg);
}

static uint64_t
cpu_time(const struct rusage *u)
{
	return ((uint64_t)u->ru_utime.tv_sec + (uint64_t)u->ru_stime.tv_sec) *
	    1000000000 + ((uint64_t)u->ru_utime.tv_usec +
	    (uint64_t)u->ru_stime.tv_usec) * 1000;
}

static bool
ended(struct supervisor *s)
{
	pid_t pid;

	do
		pid = wait4(s->child, &s->status, WNOHANG, &s->used);
	while (pid == -1 && errno == EINTR);
	return pid == s->child;
}

static void
kill_child(struct supervisor *s)
{
	kill(s->child, SIGKILL);
	while (wait4(s->child, &s->status, 0, &s->used) == -1 &&
	    errno == EINTR)
		;
}

/* Paced strands have nothing to do for as long as it takes. */
static bool
paced(const struct wl_job *job)
{
	return job->rate != 0 || job->pace != 0;
}

static bool
overdue(const struct supervisor *s, uint64_t now)
{
	const struct wl_job *job = s->job;

	if (job->duration_ns == 0 || job->ops != 0 || job->replay[0] != '\0' ||
	    paced(job))
		return false;
	return now - s->since > job->warmup_ns + job->duration_ns +
	    10 * job->hang_ns + GRACE_NS;
}

/* => true: a deadlock, or it does not get on, or not to an end */
static bool
stopped(struct supervisor *s, uint64_t now)
{
	struct wl_outcome *out = s->out;
	uint32_t strand;

	if (wl_deadlock_found(s->deadlock, now, &strand, out->why)) {
		out->ring = strand + 1;
		return true;
	}
	if (wl_progress_stuck(s->progress, now, out->why))
		return true;
	if (!overdue(s, now))
		return false;
	snprintf(out->why, sizeof(out->why),
	    "it did not end in time, though strands get on");
	return true;
}

/*
 * A strand crashed, and the run still stands: a sanitizer tells it, or does
 * not come to an end with that because another strand is at fault meanwhile.
 * => true: it had its time
 */
static bool
stuck_in_crash(struct supervisor *s, uint64_t now)
{
	struct lk_crash_info info;

	if (s->crashed == 0 && lk_record_crash(s->rec, &info)) {
		s->crashed = now;
		s->out->signo = info.signo;
	}
	return s->crashed != 0 && now - s->crashed > TELL_NS;
}

static void
say_crash(struct wl_outcome *out)
{
	out->end = WLE_CRASH;
	snprintf(out->why, sizeof(out->why), "the run died: %s",
	    strsignal(out->signo));
}

/* => true: it hangs; the record shows it as it is, then the child goes */
static bool
hangs(struct supervisor *s, uint64_t now)
{
	if (stuck_in_crash(s, now)) {
		kill_child(s);
		say_crash(s->out);
		return true;
	}
	if (s->crashed != 0 || !stopped(s, now))
		return false;
	/* stopped first: nothing moves while it is killed */
	kill(s->child, SIGSTOP);
	s->out->end = WLE_HANG;
	kill_child(s);
	return true;
}

static void
judge_end(struct supervisor *s)
{
	struct wl_outcome *out = s->out;

	if (WIFSIGNALED(s->status)) {
		out->signo = WTERMSIG(s->status);
		say_crash(out);
	} else if (atomic_load(&s->run->error) != 0) {
		out->end = WLE_FAILED;
		out->error = atomic_load(&s->run->error);
		memcpy(out->why, s->run->why, sizeof(out->why));
	} else if (WEXITSTATUS(s->status) != 0 ||
	    atomic_load(&s->run->phase) != WLP_DONE) {
		out->end = WLE_CRASH;
		out->signo = 0;
		snprintf(out->why, sizeof(out->why), "the run ended with "
		    "status %d before it was done, or a sanitizer reported "
		    "something", WEXITSTATUS(s->status));
	} else if (atomic_load(&s->ctl->signalled) != 0)
		out->end = WLE_INTERRUPTED;
	else
		out->end = WLE_DONE;
}

static void
watch(struct supervisor *s, const sigset_t *set)
{
	static const struct timespec tick = { 0, LOOK_NS };
	uint64_t now;
	int signo;

	for (;;) {
		signo = sigtimedwait(set, NULL, &tick);
		if (signo == SIGINT || signo == SIGTERM)
			wl_child_stop(signo);
		now = lk_now();
		if (ended(s)) {
			judge_end(s);
			break;
		}
		show(s, now, wl_series_look(s->series, s->rec, now - s->since,
		    false));
		if (s->watch != NULL && s->watch->look != NULL &&
		    s->watch->look(s->watch->arg))
			wl_child_stop(SIGINT);
		if (hangs(s, now))
			break;
	}
	s->out->elapsed_ns = lk_now() - s->since;
	(void)wl_series_look(s->series, s->rec, s->out->elapsed_ns, true);
	s->out->cpu_ns = cpu_time(&s->used);
}

static int
spawn(struct supervisor *s, const sigset_t *mask, const struct wl_hooks *hooks)
{
	pid_t parent = getpid();

	fflush(NULL);
	s->since = s->shown = lk_now();
	s->child = fork();
	if (s->child == -1)
		return errno;
	if (s->child == 0)
		child(s, parent, mask, hooks);
	return 0;
}

int
wl_supervise_hooked(const struct wl_job *job, struct lk_record *rec,
    const struct wl_watch *w, const struct wl_hooks *hooks,
    struct wl_outcome *out)
{
	struct supervisor s = { .job = job, .rec = rec, .watch = w,
	    .out = out };
	sigset_t set, mask;
	int error;

	memset(out, 0, sizeof(*out));
	s.run = wl_run_region();
	s.ctl = wl_ctl();
	s.series = wl_series_region();
	s.progress = wl_progress_new(rec, job->hang_ns);
	s.deadlock = wl_deadlock_new(rec);
	if (s.run == NULL || s.ctl == NULL || s.series == NULL ||
	    s.progress == NULL || s.deadlock == NULL) {
		wl_progress_free(s.progress);
		wl_deadlock_free(s.deadlock);
		return ENOMEM;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &mask);
	if ((error = spawn(&s, &mask, hooks)) == 0)
		watch(&s, &set);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	wl_progress_free(s.progress);
	wl_deadlock_free(s.deadlock);
	return error;
}

int
wl_supervise(const struct wl_job *job, struct lk_record *rec,
    const struct wl_watch *w, struct wl_outcome *out)
{
	return wl_supervise_hooked(job, rec, w, NULL, out);
}

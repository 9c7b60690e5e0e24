/*
 * case_run.c: the phases of a case, one after the other, in a child.
 *
 * All strands are made first: being made after another one has ended would
 * order the two, and the rows mean strands that know nothing of each other.
 * A phase that waits for an event or for another phase's end has its turn
 * after those; when they wait for each other there is no such order, they are
 * at it together, and the deadlock is real.
 *
 * What a phase holds at its end it keeps until somebody needs it: a later
 * phase may be about just that.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "workloads/case_run_int.h"
#include "workloads/runner_int.h"

#define REGION		"wl.case"
#define LOOK_NS		300000			/* between looks at the waits */
#define PATIENCE_NS	120000000000ULL		/* of the parent: we are wrong */

struct region {
	_Atomic uint32_t done;
	uint32_t	end;		/* enum wl_end */
	char		why[256];
};

/* ------------------------------------------------------------------------
 * The order of the phases
 */

/* => is there a step of phase i that waits for what only phase k does? */
static bool
waits_for(const struct wl_case *c, size_t i, size_t k)
{
	const struct wl_case_phase *a = &c->phase[i], *b = &c->phase[k];
	size_t s, t;

	for (s = 0; s < a->nsteps; s++) {
		if (a->step[s].what == WLC_join && a->step[s].on == k)
			return true;
		if (a->step[s].what != WLC_wait)
			continue;
		for (t = 0; t < b->nsteps; t++)
			if (b->step[t].what == WLC_post &&
			    b->step[t].on == a->step[s].on)
				return true;
	}
	return false;
}

/* A unit: a phase and those that run at once with it. */
static size_t
unit_end(const struct wl_case *c, size_t first)
{
	size_t i = first + 1;

	while (i < c->nphases && c->phase[i].together)
		i++;
	return i;
}

static bool
unit_may_begin(const struct wl_case_engine *e, size_t first)
{
	size_t i, k, end = unit_end(e->c, first);

	for (k = 0; k < e->c->nphases; k++) {
		if ((k >= first && k < end) ||
		    e->strand[k].state != WLCS_GATED)
			continue;
		for (i = first; i < end; i++)
			if (waits_for(e->c, i, k))
				return false;
	}
	return true;
}

/* => false: all have begun */
static bool
next_unit(const struct wl_case_engine *e, size_t *first)
{
	size_t i;
	bool any = false;

	for (i = 0; i < e->c->nphases; i = unit_end(e->c, i)) {
		if (e->strand[i].state != WLCS_GATED)
			continue;
		if (unit_may_begin(e, i)) {
			*first = i;
			return true;
		}
		if (!any)
			*first = i;
		any = true;
	}
	return any;
}

/* ------------------------------------------------------------------------
 * Going on.  The engine's mutex is held throughout.
 */

static void
let_go(struct wl_case_engine *e, struct wl_case_strand *s)
{
	s->go = true;
	s->state = WLCS_RUNNING;
	pthread_cond_broadcast(&e->cond);
}

static size_t
count(const struct wl_case_engine *e, enum wl_case_state state)
{
	size_t i, n = 0;

	for (i = 0; i < e->c->nphases; i++)
		n += e->strand[i].state == state;
	return n;
}

static void
pause_a_little(struct wl_case_engine *e)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += LOOK_NS;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_nsec -= 1000000000;
		ts.tv_sec++;
	}
	pthread_cond_timedwait(&e->cond, &e->mutex, &ts);
}

/* Until nobody runs, or those who run are stuck. */
static void
settle(struct wl_case_engine *e)
{
	bool twice = false;
	size_t i;

	for (;;) {
		while (count(e, WLCS_RUNNING) != 0 && !twice) {
			pause_a_little(e);
			wl_case_stuck(e, &twice);
		}
		if (count(e, WLCS_BARRIER) == 0)
			return;
		for (i = 0; i < e->c->nphases; i++)
			if (e->strand[i].state == WLCS_BARRIER)
				let_go(e, &e->strand[i]);
		twice = false;
	}
}

static void
run_units(struct wl_case_engine *e)
{
	size_t first, end, i;

	while (next_unit(e, &first)) {
		end = unit_end(e->c, first);
		for (i = first; i < end; i++) {
			e->strand[i].first = end - first > 1;
			let_go(e, &e->strand[i]);
		}
		settle(e);
	}
}

/* Those who hold something let go of it, one at a time. */
static void
release_parked(struct wl_case_engine *e)
{
	size_t i;

	for (i = 0; i < e->c->nphases; i++) {
		if (e->strand[i].state != WLCS_PARKED)
			continue;
		let_go(e, &e->strand[i]);
		settle(e);
		i = (size_t)-1;		/* another one may stand there now */
	}
}

/* ------------------------------------------------------------------------
 * The child
 */

static int
make_room(struct wl_case_engine *e)
{
	const struct wl_case *c = e->c;

	e->object = aligned_alloc(64, (c->nthings + 1) * 64);
	e->life = calloc(c->nthings + 1, sizeof(*e->life));
	e->posted = calloc(c->nthings + 1, sizeof(*e->posted));
	e->site = calloc(c->nsites + 1, sizeof(*e->site));
	e->look = calloc(c->nphases, sizeof(*e->look));
	e->strand = calloc(c->nphases, sizeof(*e->strand));
	return e->object == NULL || e->life == NULL || e->posted == NULL ||
	    e->site == NULL || e->look == NULL || e->strand == NULL ?
	    ENOMEM : 0;
}

_Static_assert(sizeof(union wl_case_object) <= 64, "objects are 64 bytes");

static int
make_sites(struct wl_case_engine *e, const char *file, unsigned line)
{
	const struct wl_case *c = e->c;
	char *text;
	size_t i;

	for (i = 0; i < c->nsites; i++) {
		if (asprintf(&text, "%s, column %u", c->site[i].text,
		    c->site[i].column) == -1)
			return ENOMEM;
		e->site[i].ls_file = file;
		e->site[i].ls_func = text;
		e->site[i].ls_line = (int)line;
	}
	return 0;
}

static void
make_things(struct wl_case_engine *e)
{
	const struct wl_case *c = e->c;
	size_t i;

	memset(e->object, 0, (c->nthings + 1) * 64);
	for (i = 0; i < c->nthings; i++) {
		if (c->thing[i].kind == WLCO_EVENT)
			e->object[i].event.le_name = c->thing[i].name;
		else if (c->thing[i].kind == WLCO_MUTEX)
			mtx_init(&e->object[i].mtx, c->thing[i].class);
		else
			rw_init(&e->object[i].rw, c->thing[i].class);
	}
}

static void
find_joined(struct wl_case_engine *e)
{
	size_t i, k;

	for (i = 0; i < e->c->nphases; i++)
		for (k = 0; k < e->c->phase[i].nsteps; k++)
			if (e->c->phase[i].step[k].what == WLC_join)
				e->strand[e->c->phase[i].step[k].on].joined =
				    true;
}

static int
make_strands(struct wl_case_engine *e)
{
	char name[16];
	size_t i;
	int error = 0;

	for (i = 0; i < e->c->nphases && error == 0; i++) {
		struct wl_case_strand *s = &e->strand[i];

		s->e = e;
		s->phase = (uint32_t)i;
		snprintf(name, sizeof(name), "phase %u", ((unsigned)i + 1) & 0xffff);
		error = lk_strand_start(&s->strand, name, wl_case_phase, s,
		    NULL);
	}
	return error;
}

/* Those that have ended, unless another one has joined them. */
static void
join_ended(struct wl_case_engine *e)
{
	size_t i;

	for (i = 0; i < e->c->nphases; i++)
		if (e->strand[i].state == WLCS_ENDED && !e->strand[i].open &&
		    !atomic_load(&e->strand[i].taken))
			lk_strand_join(e->strand[i].strand);
}

/* Does somebody wait for a lock that the case ended or made anew? */
static bool
waits_for_dead(const struct wl_case_engine *e)
{
	size_t i, k;

	for (i = 0; i < e->c->nphases; i++)
		for (k = 0; k < e->c->nthings; k++)
			if (e->strand[i].state == WLCS_RUNNING &&
			    e->look[i].wait.ident ==
			    (uint64_t)(uintptr_t)&e->object[k] &&
			    atomic_load(&e->life[k]) != 0)
				return true;
	return false;
}

static void
run_all(struct wl_case_engine *e, struct region *reg)
{
	size_t stuck;

	pthread_mutex_lock(&e->mutex);
	run_units(e);
	if (count(e, WLCS_RUNNING) == 0 || !waits_for_dead(e))
		release_parked(e);
	stuck = count(e, WLCS_RUNNING);
	pthread_mutex_unlock(&e->mutex);
	reg->end = WLE_DONE;
	join_ended(e);
	if (stuck != 0 && !waits_for_dead(e)) {
		reg->end = WLE_HANG;
		snprintf(reg->why, sizeof(reg->why), "%zu of %zu phases wait "
		    "for each other", stuck, e->c->nphases);
	}
}

static int
engine_init(struct wl_case_engine *e, const char *file, unsigned line)
{
	pthread_condattr_t attr;
	int error;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&e->mutex, NULL);
	pthread_cond_init(&e->cond, &attr);
	error = make_room(e);
	if (error == 0)
		error = make_sites(e, file, line);
	if (error != 0)
		return error;
	make_things(e);
	find_joined(e);
	return make_strands(e);
}

/* Never returns; strands that are stuck end with the process. */
static void
child(const struct wl_case *c, const char *file, unsigned line,
    struct lk_record *rec, pid_t parent)
{
	struct wl_case_engine e = { .c = c, .rec = rec };
	struct region *reg;
	sigset_t none;
	int error;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	wl_crash_install();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	reg = lk_record_region(REGION, sizeof(*reg));
	error = lk_strand_adopt("runner", NULL);
	if (error == 0 && reg != NULL)
		error = engine_init(&e, file, line);
	if (reg == NULL)
		_exit(1);
	if (error == 0)
		run_all(&e, reg);
	else {
		reg->end = WLE_FAILED;
		snprintf(reg->why, sizeof(reg->why), "the case cannot run "
		    "here: %s", strerror(error));
	}
	atomic_store(&reg->done, 1);
	_exit(0);
}

/* ------------------------------------------------------------------------
 * The parent
 */

/* => false: its time is up */
static bool
reap(pid_t pid, int *status)
{
	static const struct timespec tick = { 0, 100000000 };
	uint64_t until = lk_now() + PATIENCE_NS;
	sigset_t chld;
	pid_t got;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	for (;;) {
		got = waitpid(pid, status, WNOHANG);
		if (got == pid)
			return true;
		if (lk_now() > until)
			break;
		sigtimedwait(&chld, NULL, &tick);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) == -1 && errno == EINTR)
		;
	return false;
}

static void
judge(struct lk_record *rec, bool reaped, int status, struct wl_outcome *out)
{
	const struct region *reg = lk_record_region_find(rec, REGION, NULL);

	if (!reaped) {
		out->end = WLE_HANG;
		snprintf(out->why, sizeof(out->why), "the case did not end");
	} else if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0 ||
	    reg == NULL || atomic_load(&reg->done) == 0) {
		out->end = WLE_CRASH;
		out->signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		snprintf(out->why, sizeof(out->why), "the case died: %s",
		    out->signo != 0 ? strsignal(out->signo) :
		    "it exited early");
	} else {
		out->end = (enum wl_end)reg->end;
		snprintf(out->why, sizeof(out->why), "%s", reg->why);
	}
}

int
wl_case_run(const struct wl_case *c, const char *file, unsigned line,
    struct lk_record *rec, struct wl_outcome *out)
{
	sigset_t chld, mask;
	pid_t parent = getpid(), pid;
	uint64_t since = lk_now();
	int status = 0, error = 0;

	memset(out, 0, sizeof(*out));
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &mask);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(c, file, line, rec, parent);
	if (pid == -1)
		error = errno;
	else
		judge(rec, reap(pid, &status), status, out);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	out->elapsed_ns = lk_now() - since;
	return error;
}

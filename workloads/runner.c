/*
 * runner.c: a job from the first frame to the last.
 *
 *	SETUP	the world, spaces, strands, all before the gate
 *	WARMUP	the gate opens; nothing counts
 *	RUN	counted; audits from time to time
 *	DRAIN	strands end; every page of every space is checked
 *	AUDIT	everything ends, and nothing may be left
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/runner_int.h"

#define TICK		10000000	/* ns between looks at the clock */

struct runner {
	struct wl_stage	s;
	struct mutex	lk;
	uint64_t	audited;	/* when */
	uint64_t	opened;		/* strands operate since; 0: not yet */
	uint64_t	measured;	/* since when; 0: not yet */
	bool		inside;		/* sections are as long as asked */
	struct wl_what_if_run *what_if;	/* NULL: nothing was asked */
};

/* ---- setting up ---- */

static int
start_one(struct runner *r, unsigned i, const char *name,
    void (*fn)(void *), unsigned id)
{
	struct wl_strand *st = &r->s.h.strand[i];
	char full[16], reason[64];
	int error;

	if ((error = wl_stage_strand(&r->s, st, id)) != 0)
		return error;
	snprintf(full, sizeof(full), "%s%u", name, id);
	error = lk_strand_start(&st->lk, full, fn, st, r->s.h.world);
	if (error != 0)
		return wl_stage_fail(&r->s, error, "cannot start strand %s: %s", full,
		    strerror_r(error, reason, sizeof(reason)));
	r->s.h.nstrands = i + 1;
	return 0;
}

/* => with the gate closed, so that all begin at once */
static int
start_all(struct runner *r)
{
	struct wl_harness *h = &r->s.h;
	unsigned i, n = h->model.nstrands, walkers = (unsigned)h->job->walkers;
	void (*fn)(void *) = r->s.h.replay != NULL ? wl_replay_worker :
	    wl_operator;
	int error = 0;

	h->strand = aligned_alloc(128, (n + walkers) * sizeof(*h->strand));
	if (h->strand == NULL)
		return wl_stage_fail(&r->s, ENOMEM, "no memory for %u strands", n);
	memset(h->strand, 0, (n + walkers) * sizeof(*h->strand));
	atomic_store(&h->running, n);
	for (i = 0; i < n && error == 0; i++) {
		h->strand[i].quota = (h->job->ops + i) / n;
		error = start_one(r, i, r->s.h.replay != NULL ? "replay" : "op",
		    fn, i);
	}
	for (i = 0; i < walkers && error == 0; i++)
		error = start_one(r, n + i, "walker", wl_walker, i);
	return error;
}

/* ---- running ---- */

static void
audit(struct runner *r)
{
	wl_stage_audit(&r->s);
	r->audited = lk_now();
}

static void
audit_gated(struct runner *r)
{
	wl_gate_close(&r->s.h);
	audit(r);
	wl_gate_open(&r->s.h);
}

static void
note(struct runner *r)
{
	struct wl_run *run = r->s.h.run;
	uint64_t now = lk_now();

	atomic_store(&run->ops, wl_count_ops(lk_record_current()));
	if (r->measured != 0)
		atomic_store(&run->run_ns, now - r->measured);
	if (r->opened != 0)
		atomic_store(&run->open_ns, now - r->opened);
}

static void
tick(struct runner *r)
{
	lk_idle_begin();
	lk_delay(TICK);
	lk_idle_end();
	note(r);
	if (!r->inside)
		r->inside = wl_inside_found(r->s.h.job);
	atomic_store(&r->s.h.run->spaces,
	    (uint64_t)atomic_load(&r->s.h.live));
}

static bool
going_on(struct runner *r, uint64_t since, uint64_t ns)
{
	return atomic_load(&r->s.h.ctl->stop) == 0 &&
	    atomic_load(&r->s.h.running) > 0 &&
	    (ns == 0 || lk_now() - since < ns);
}

/*
 * What is bounded by counts is counted from its first operation on.  What was
 * taken at one level may be let go at another.
 */
static void
warm_up(struct runner *r)
{
	const struct wl_job *job = r->s.h.job;
	enum lk_level level = wl_job_level(job->record);
	uint64_t since = lk_now(), ns = job->warmup_ns;

	r->opened = since;
	wl_stage_phase(&r->s, WLP_WARMUP);
	if (ns > 0 && job->ops == 0 && r->s.h.replay == NULL) {
		if (wl_job_level(job->warmup_record) < level)
			lk_record_level(wl_job_level(job->warmup_record));
		wl_gate_open(&r->s.h);
		while (going_on(r, since, ns))
			tick(r);
		lk_record_level(level);
	}
	wl_count_base(&r->s.h);
}

/* => is this a time at which it does not disturb? */
static bool
undisturbed(struct runner *r)
{
	return r->what_if == NULL || wl_what_if_tick(r->what_if, lk_now(),
	    wl_count_ops(lk_record_current()));
}

static void
measure(struct runner *r)
{
	uint64_t since = lk_now(), ns = r->s.h.job->duration_ns;
	bool quiet;

	if (r->s.h.replay != NULL || (r->s.h.job->ops != 0 &&
	    r->s.h.job->duration_ns == 0))
		ns = 0;
	r->measured = since;
	wl_stage_phase(&r->s, WLP_RUN);
	wl_gate_open(&r->s.h);
	r->audited = since;
	while (going_on(r, since, ns)) {
		tick(r);
		quiet = undisturbed(r);
		if (quiet && r->s.h.job->audit_ns != 0 &&
		    lk_now() - r->audited >= r->s.h.job->audit_ns)
			audit_gated(r);
	}
	wl_what_if_end(r->what_if);
}

static int
ask(struct runner *r)
{
	char why[256];
	int error = wl_what_if_begin(r->s.h.job, &r->what_if, why);

	return error == 0 ? 0 : wl_stage_fail(&r->s, error, "%s", why);
}

static void
join_all(struct runner *r)
{
	unsigned i;

	atomic_store(&r->s.h.ctl->stop, 1);
	wl_gate_open(&r->s.h);
	lk_idle_begin();
	for (i = 0; i < r->s.h.nstrands; i++)
		lk_strand_join(r->s.h.strand[i].lk);
	lk_idle_end();
	atomic_store(&r->s.h.run->ended_ns, lk_now());
	wl_count_end(&r->s.h);
	note(r);
}

/* ---- cleaning up ---- */

/* ---- all of it ---- */

static int
set_up(struct runner *r)
{
	const struct wl_job *job = r->s.h.job;
	unsigned writers = (unsigned)job->threads;
	char why[256];
	int error;

	if ((error = wl_stage_strand(&r->s, &r->s.main, 0)) != 0)
		return error;
	if (job->replay[0] != '\0') {
		if ((error = wl_replay_open(&r->s.h, &r->s.h.replay, why)) != 0)
			return wl_stage_fail(&r->s, error, "%s", why);
		writers = wl_replay_workers(r->s.h.replay);
	}
	if (!wl_model_init(&r->s.h.model, job->vm.page_size, writers,
	    r->s.h.replay != NULL))
		return wl_stage_fail(&r->s, EINVAL,
		    "page_size = %zu with %u strands", job->vm.page_size,
		    writers);
	r->s.h.run->job.threads = writers;
	atomic_store(&r->s.h.run->strands, writers + job->walkers);
	if ((error = wl_stage_world(&r->s)) != 0)
		return error;
	if (r->s.h.replay == NULL)
		return wl_stage_spaces(&r->s);
	error = wl_replay_start(r->s.h.replay, why);
	return error == 0 ? 0 : wl_stage_fail(&r->s, error, "%s", why);
}

static int
run(struct runner *r)
{
	int error;

	wl_stage_phase(&r->s, WLP_SETUP);
	if ((error = set_up(r)) != 0) {
		if (r->s.h.world != NULL)
			wl_stage_clear(&r->s);
		else if (r->s.h.replay != NULL)
			wl_replay_close(r->s.h.replay);
		return error;
	}
	lk_perturb((unsigned)r->s.h.job->perturb);
	wl_gate_close(&r->s.h);
	wl_inside_begin(r->s.h.job);
	error = start_all(r);
	if (error == 0) {
		warm_up(r);
		error = ask(r);
	}
	if (error == 0)
		measure(r);
	join_all(r);
	if (error == 0 && !r->inside && !wl_inside_found(r->s.h.job))
		error = wl_stage_fail(&r->s, ENOENT, "inside = %s: no lock or mutex of "
		    "that class was there in this run", r->s.h.job->inside);
	wl_inside_end(r->s.h.job);
	lk_perturb(0);
	wl_stage_clear(&r->s);
	return error;
}

int
wl_run_hooked(const struct wl_job *job, const char *command,
    const struct wl_hooks *hooks)
{
	struct runner *r;
	int error;

	if (lk_strand_adopt("runner", NULL) != 0)
		return EBUSY;
	if ((r = aligned_alloc(128, (sizeof(*r) + 127) / 128 * 128)) == NULL)
		return ENOMEM;
	memset(r, 0, sizeof(*r));
	r->s.hooks = hooks;
	wl_stage_init(&r->s, job);
	mtx_init(&r->lk, "wl:run");
	if ((error = wl_stage_regions(&r->s, job, command)) == 0) {
		lk_backend_use(lk_backend_find(job->lock));
		lk_seed(job->seed);
		(void)lk_note_cost();
		error = run(r);
		wl_stage_phase(&r->s, WLP_DONE);
	}
	wl_stage_free(&r->s);
	free(r);
	lk_strand_leave();
	return error;
}

int
wl_run_here(const struct wl_job *job, const char *command)
{
	return wl_run_hooked(job, command, NULL);
}

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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "workloads/runner_int.h"

#define TICK		10000000	/* ns between looks at the clock */
#define OBJECT_PAGES(h)	((h)->window)

struct runner {
	struct wl_harness h;
	const struct wl_hooks *hooks;
	struct wl_strand main;		/* sets up and cleans up */
	struct vm_conf	conf;
	struct mutex	lk;
	uint64_t	audited;	/* when */
	uint64_t	measured;	/* since when; 0: not yet */
	bool		inside;		/* sections are as long as asked */
	struct wl_what_if_run *what_if;	/* NULL: nothing was asked */
};

static int __attribute__((format(printf, 3, 4)))
fail(struct runner *r, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->h.run->why, sizeof(r->h.run->why), fmt, ap);
	va_end(ap);
	atomic_store(&r->h.run->error, error);
	return error;
}

static void
phase(struct runner *r, enum wl_phase p)
{
	atomic_store(&r->h.run->phase, p);
}

/* ---- setting up ---- */

static int
regions(struct runner *r, const struct wl_job *job, const char *command)
{
	struct wl_harness *h = &r->h;

	h->run = wl_run_region();
	h->ctl = wl_ctl();
	h->counts = lk_record_region(WL_OPS_REGION,
	    LK_MAXSTRAND * sizeof(*h->counts));
	if (h->run == NULL || h->ctl == NULL || h->counts == NULL)
		return ENOMEM;
	h->run->job = *job;
	snprintf(h->run->command, sizeof(h->run->command), "%s", command);
	atomic_store(&h->run->started_ns, lk_now());
	return 0;
}

/* A device named without a size has as many slots as its file has pages. */
static int
device_size(struct runner *r, int dev)
{
	struct vm_conf *c = &r->conf;
	struct stat sb;
	char reason[64];

	if (c->swap_slots[dev] != 0)
		return 0;
	if (stat(c->swap_path[dev], &sb) == -1)
		return fail(r, errno, "swap device '%.120s': %s",
		    c->swap_path[dev],
		    strerror_r(errno, reason, sizeof(reason)));
	c->swap_slots[dev] = (size_t)sb.st_size / c->page_size;
	if (c->swap_slots[dev] == 0)
		return fail(r, EINVAL, "swap device '%.120s': its size is not "
		    "known; say how many pages", c->swap_path[dev]);
	return 0;
}

static int
world_conf(struct runner *r)
{
	const struct wl_job *job = r->h.job;
	struct vm_conf *c = &r->conf;
	const char *tmp = getenv("TMPDIR");
	int error = 0;

	*c = job->vm;
	c->scheme = job->scheme;
	if (c->swap_dir[0] == '\0')
		snprintf(c->swap_dir, sizeof(c->swap_dir), "%s",
		    tmp != NULL && tmp[0] == '/' ? tmp : "/var/tmp");
	for (c->nswap = 0; c->nswap < VM_MAXSWAP && error == 0; c->nswap++) {
		if (c->swap_slots[c->nswap] == 0 &&
		    c->swap_path[c->nswap][0] == '\0')
			break;
		error = device_size(r, c->nswap);
	}
	return error;
}

static int
world(struct runner *r)
{
	char why[256];
	int error;

	if ((error = world_conf(r)) != 0)
		return error;
	error = vm_world_create(&r->conf, &r->h.world, why);
	if (error != 0)
		return fail(r, error, "%s", why);
	vm_set_safe_point(wl_gate_safe_point, &r->h);
	return 0;
}

static int
objects(struct runner *r)
{
	int i, error = 0;

	for (i = 0; i < WL_NOBJECT && error == 0; i++)
		error = vm_object_create((uint64_t)i + 1, OBJECT_PAGES(&r->h),
		    &r->h.object[i]);
	return error == 0 ? 0 : fail(r, error, "no memory for %d files of %zu "
	    "pages", WL_NOBJECT, OBJECT_PAGES(&r->h));
}

static int
spaces(struct runner *r)
{
	struct wl_harness *h = &r->h;
	uint64_t i;
	int error;

	h->space = calloc(h->nspaces, sizeof(*h->space));
	if (h->space == NULL)
		return fail(r, ENOMEM, "no memory for %zu spaces", h->nspaces);
	if ((error = objects(r)) != 0)
		return error;
	for (i = 0; i < h->job->spaces && error == 0; i++) {
		lk_op_begin(WL_OP_ID(WLD_SETUP));
		error = wl_space_spawn(&r->main);
		lk_op_end();
	}
	return i > 1 ? 0 : fail(r, error, "no memory for a single space");
}

static void
harness(struct runner *r, const struct wl_job *job)
{
	struct wl_harness *h = &r->h;
	unsigned op;

	h->job = job;
	h->page_size = job->vm.page_size;
	h->window = job->region_pages * 4;
	h->nregions = (unsigned)job->regions * 2;
	h->nspaces = job->max_spaces;
	for (op = 0; op < WLO_NOPS; op++)
		h->weights += job->weight[op];
	wl_gate_init(&h->gate);
	mtx_init(&h->walk, "wl:walk");
	mtx_init(&r->lk, "wl:run");
}

static int
strand_set(struct runner *r, struct wl_strand *st, unsigned id)
{
	st->h = &r->h;
	st->id = id;
	st->buf = calloc(r->h.page_size, 1);
	return st->buf != NULL ? 0 : fail(r, ENOMEM, "no memory for a page");
}

static int
start_one(struct runner *r, unsigned i, const char *name,
    void (*fn)(void *), unsigned id)
{
	struct wl_strand *st = &r->h.strand[i];
	char full[16], reason[64];
	int error;

	if ((error = strand_set(r, st, id)) != 0)
		return error;
	snprintf(full, sizeof(full), "%s%u", name, id);
	error = lk_strand_start(&st->lk, full, fn, st, r->h.world);
	if (error != 0)
		return fail(r, error, "cannot start strand %s: %s", full,
		    strerror_r(error, reason, sizeof(reason)));
	r->h.nstrands = i + 1;
	return 0;
}

/* => with the gate closed, so that all begin at once */
static int
start_all(struct runner *r)
{
	struct wl_harness *h = &r->h;
	unsigned i, n = h->model.nstrands, walkers = (unsigned)h->job->walkers;
	void (*fn)(void *) = r->h.replay != NULL ? wl_replay_worker :
	    wl_operator;
	int error = 0;

	h->strand = aligned_alloc(128, (n + walkers) * sizeof(*h->strand));
	if (h->strand == NULL)
		return fail(r, ENOMEM, "no memory for %u strands", n);
	memset(h->strand, 0, (n + walkers) * sizeof(*h->strand));
	atomic_store(&h->running, n);
	for (i = 0; i < n && error == 0; i++) {
		h->strand[i].quota = (h->job->ops + i) / n;
		error = start_one(r, i, r->h.replay != NULL ? "replay" : "op",
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
	struct wl_harness *h = &r->h;

	lk_op_begin(WL_OP_ID(WLD_AUDIT));
	vm_quiesce();
	if (r->hooks != NULL)
		r->hooks->at_audit(r->hooks->arg);
	vm_audit();
	vm_resume();
	lk_op_end();
	atomic_fetch_add(&h->run->audits, 1);
	r->audited = lk_now();
}

static void
audit_gated(struct runner *r)
{
	wl_gate_close(&r->h);
	audit(r);
	wl_gate_open(&r->h);
}

static void
note(struct runner *r)
{
	struct wl_run *run = r->h.run;

	atomic_store(&run->ops, wl_count_ops(lk_record_current()));
	if (r->measured != 0)
		atomic_store(&run->run_ns, lk_now() - r->measured);
}

static void
tick(struct runner *r)
{
	lk_idle_begin();
	lk_delay(TICK);
	lk_idle_end();
	note(r);
	if (!r->inside)
		r->inside = wl_inside_found(r->h.job);
	atomic_store(&r->h.run->spaces,
	    (uint64_t)atomic_load(&r->h.live));
}

static bool
going_on(struct runner *r, uint64_t since, uint64_t ns)
{
	return atomic_load(&r->h.ctl->stop) == 0 &&
	    atomic_load(&r->h.running) > 0 &&
	    (ns == 0 || lk_now() - since < ns);
}

/* What is bounded by counts is counted from its first operation on. */
static void
warm_up(struct runner *r)
{
	uint64_t since = lk_now(), ns = r->h.job->warmup_ns;

	phase(r, WLP_WARMUP);
	if (ns > 0 && r->h.job->ops == 0 && r->h.replay == NULL) {
		wl_gate_open(&r->h);
		while (going_on(r, since, ns))
			tick(r);
	}
	wl_count_base(&r->h);
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
	uint64_t since = lk_now(), ns = r->h.job->duration_ns;
	bool quiet;

	if (r->h.replay != NULL || (r->h.job->ops != 0 &&
	    r->h.job->duration_ns == 0))
		ns = 0;
	r->measured = since;
	phase(r, WLP_RUN);
	wl_gate_open(&r->h);
	r->audited = since;
	while (going_on(r, since, ns)) {
		tick(r);
		quiet = undisturbed(r);
		if (quiet && r->h.job->audit_ns != 0 &&
		    lk_now() - r->audited >= r->h.job->audit_ns)
			audit_gated(r);
	}
	wl_what_if_end(r->what_if);
}

static int
ask(struct runner *r)
{
	char why[256];
	int error = wl_what_if_begin(r->h.job, &r->what_if, why);

	return error == 0 ? 0 : fail(r, error, "%s", why);
}

static void
join_all(struct runner *r)
{
	unsigned i;

	atomic_store(&r->h.ctl->stop, 1);
	wl_gate_open(&r->h);
	lk_idle_begin();
	for (i = 0; i < r->h.nstrands; i++)
		lk_strand_join(r->h.strand[i].lk);
	lk_idle_end();
	atomic_store(&r->h.run->ended_ns, lk_now());
	wl_count_end(&r->h);
	note(r);
}

/* ---- cleaning up ---- */

static void
each_space(struct runner *r, enum wl_duty duty,
    void (*fn)(struct wl_strand *, struct wl_space *))
{
	struct wl_space *s;
	size_t i;

	for (i = 0; i < r->h.nspaces; i++) {
		s = &r->h.space[i];
		if (s->vm == NULL)
			continue;
		lk_op_begin(WL_OP_ID(duty));
		fn(&r->main, s);
		lk_op_end();
	}
}

static void
check_all(struct wl_strand *st, struct wl_space *s)
{
	wl_space_check(st, s, false);
}

static void
exit_all(struct wl_strand *st, struct wl_space *s)
{
	wl_space_end(st->h, s);
	wl_space_exit(st, s);
}

/*
 * Nothing is in use any more, so each device must be empty.  A refusal while
 * others ran was legal; now it is not.
 */
static void
swap_at_rest(struct runner *r)
{
	int dev, error, n = vm_swap_count();

	for (dev = 0; dev < n; dev++) {
		if ((error = vm_swapoff(dev)) == 0)
			error = vm_swapon(dev);
		else if (error == EINVAL)
			continue;
		if (error != 0)
			lk_incident("swap.off", "swap-off of device %d at rest "
			    "gave error %d", dev, error);
	}
}

static void
clean_up(struct runner *r)
{
	struct wl_harness *h = &r->h;
	int i;

	phase(r, WLP_DRAIN);
	if (r->h.replay != NULL)
		wl_replay_drain(&r->main);
	if (h->space != NULL)
		each_space(r, WLD_CHECK, check_all);
	phase(r, WLP_AUDIT);
	audit(r);
	if (h->space != NULL)
		each_space(r, WLD_EXIT, exit_all);
	for (i = 0; i < WL_NOBJECT; i++)
		if (h->object[i] != NULL)
			vm_object_rele(h->object[i]);
	if (r->h.replay != NULL)
		wl_replay_close(r->h.replay);
	lk_op_begin(WL_OP_ID(WLD_AUDIT));
	vm_quiesce();
	vm_resume();
	swap_at_rest(r);
	vm_quiesce();
	vm_audit();
	vm_audit_leaks();
	vm_resume();
	vm_world_destroy(h->world);
	lk_op_end();
}

static void
free_all(struct runner *r)
{
	unsigned i;

	for (i = 0; i < r->h.nstrands; i++)
		free(r->h.strand[i].buf);
	free(r->h.strand);
	free(r->h.space);
	free(r->main.buf);
}

/* ---- all of it ---- */

static int
set_up(struct runner *r)
{
	const struct wl_job *job = r->h.job;
	unsigned writers = (unsigned)job->threads;
	char why[256];
	int error;

	if ((error = strand_set(r, &r->main, 0)) != 0)
		return error;
	if (job->replay[0] != '\0') {
		if ((error = wl_replay_open(&r->h, &r->h.replay, why)) != 0)
			return fail(r, error, "%s", why);
		writers = wl_replay_workers(r->h.replay);
	}
	if (!wl_model_init(&r->h.model, job->vm.page_size, writers,
	    r->h.replay != NULL))
		return fail(r, EINVAL, "page_size = %zu with %u strands",
		    job->vm.page_size, writers);
	r->h.run->job.threads = writers;
	atomic_store(&r->h.run->strands, writers + job->walkers);
	if ((error = world(r)) != 0)
		return error;
	if (r->h.replay == NULL)
		return spaces(r);
	error = wl_replay_start(r->h.replay, why);
	return error == 0 ? 0 : fail(r, error, "%s", why);
}

static int
run(struct runner *r)
{
	int error;

	phase(r, WLP_SETUP);
	if ((error = set_up(r)) != 0) {
		if (r->h.world != NULL)
			clean_up(r);
		else if (r->h.replay != NULL)
			wl_replay_close(r->h.replay);
		return error;
	}
	lk_perturb((unsigned)r->h.job->perturb);
	wl_gate_close(&r->h);
	wl_inside_begin(r->h.job);
	error = start_all(r);
	if (error == 0) {
		warm_up(r);
		error = ask(r);
	}
	if (error == 0)
		measure(r);
	join_all(r);
	if (error == 0 && !r->inside && !wl_inside_found(r->h.job))
		error = fail(r, ENOENT, "inside = %s: no lock or mutex of "
		    "that class was there in this run", r->h.job->inside);
	wl_inside_end(r->h.job);
	lk_perturb(0);
	clean_up(r);
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
	r->hooks = hooks;
	harness(r, job);
	if ((error = regions(r, job, command)) == 0) {
		lk_backend_use(lk_backend_find(job->lock));
		lk_seed(job->seed);
		(void)lk_note_cost();
		error = run(r);
		phase(r, WLP_DONE);
	}
	free_all(r);
	free(r);
	lk_strand_leave();
	return error;
}

int
wl_run_here(const struct wl_job *job, const char *command)
{
	return wl_run_hooked(job, command, NULL);
}

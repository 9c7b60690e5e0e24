/*
 * stage.c: what a job needs before its strands begin and after they end: the
 * world, its spaces, the audits.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "workloads/runner_int.h"

#define OBJECT_PAGES(h)	((h)->window)

int
wl_stage_fail(struct wl_stage *s, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->h.run->why, sizeof(s->h.run->why), fmt, ap);
	va_end(ap);
	atomic_store(&s->h.run->error, error);
	return error;
}

void
wl_stage_phase(struct wl_stage *s, enum wl_phase p)
{
	atomic_store(&s->h.run->phase, p);
}

int
wl_stage_regions(struct wl_stage *s, const struct wl_job *job,
    const char *command)
{
	struct wl_harness *h = &s->h;

	h->run = wl_run_region();
	h->ctl = wl_ctl();
	h->counts = lk_record_region(WL_OPS_REGION,
	    LK_MAXSTRAND * sizeof(*h->counts));
	if (h->run == NULL || h->ctl == NULL || h->counts == NULL)
		return ENOMEM;
	h->run->job = *job;
	if (command != NULL)
		snprintf(h->run->command, sizeof(h->run->command), "%s",
		    command);
	atomic_store(&h->run->started_ns, lk_now());
	return 0;
}

/* A device named without a size has as many slots as its file has pages. */
static int
device_size(struct wl_stage *s, int dev)
{
	struct vm_conf *c = &s->conf;
	struct stat sb;
	char reason[64];

	if (c->swap_slots[dev] != 0)
		return 0;
	if (stat(c->swap_path[dev], &sb) == -1)
		return wl_stage_fail(s, errno, "swap device '%.120s': %s",
		    c->swap_path[dev],
		    strerror_r(errno, reason, sizeof(reason)));
	c->swap_slots[dev] = (size_t)sb.st_size / c->page_size;
	if (c->swap_slots[dev] == 0)
		return wl_stage_fail(s, EINVAL, "swap device '%.120s': its "
		    "size is not known; say how many pages",
		    c->swap_path[dev]);
	return 0;
}

static int
world_conf(struct wl_stage *s)
{
	const struct wl_job *job = s->h.job;
	struct vm_conf *c = &s->conf;
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
		error = device_size(s, c->nswap);
	}
	return error;
}

int
wl_stage_world(struct wl_stage *s)
{
	char why[256];
	int error;

	if ((error = world_conf(s)) != 0)
		return error;
	error = vm_world_create(&s->conf, &s->h.world, why);
	if (error != 0)
		return wl_stage_fail(s, error, "%s", why);
	vm_set_safe_point(wl_gate_safe_point, &s->h);
	if (s->h.exact)
		vm_set_fork_point(wl_fork_point, &s->h);
	return 0;
}

static int
objects(struct wl_stage *s)
{
	int i, error = 0;

	for (i = 0; i < WL_NOBJECT && error == 0; i++)
		error = vm_object_create((uint64_t)i + 1, OBJECT_PAGES(&s->h),
		    &s->h.object[i]);
	return error == 0 ? 0 : wl_stage_fail(s, error, "no memory for %d "
	    "files of %zu pages", WL_NOBJECT, OBJECT_PAGES(&s->h));
}

int
wl_stage_spaces(struct wl_stage *s)
{
	struct wl_harness *h = &s->h;
	uint64_t i;
	int error;

	h->space = wl_alloc(h->nspaces, sizeof(*h->space));
	if (h->space == NULL)
		return wl_stage_fail(s, ENOMEM, "no memory for %zu spaces",
		    h->nspaces);
	if ((error = objects(s)) != 0)
		return error;
	for (i = 0; i < h->job->spaces && error == 0; i++) {
		lk_op_begin(WL_OP_ID(WLD_SETUP));
		error = wl_space_spawn(&s->main);
		lk_op_end();
	}
	return error == 0 || i > 1 ? 0 : wl_stage_fail(s, error,
	    "no memory for a single space");
}

void
wl_stage_init(struct wl_stage *s, const struct wl_job *job)
{
	struct wl_harness *h = &s->h;
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
}

int
wl_stage_strand(struct wl_stage *s, struct wl_strand *st, unsigned id)
{
	st->h = &s->h;
	st->id = id;
	st->buf = wl_alloc(s->h.page_size, 1);
	return st->buf != NULL ? 0 : wl_stage_fail(s, ENOMEM,
	    "no memory for a page");
}

void
wl_stage_audit(struct wl_stage *s)
{
	struct wl_harness *h = &s->h;

	lk_op_begin(WL_OP_ID(WLD_AUDIT));
	vm_quiesce();
	if (s->hooks != NULL)
		s->hooks->at_audit(s->hooks->arg);
	vm_audit();
	vm_resume();
	lk_op_end();
	atomic_fetch_add(&h->run->audits, 1);
}

static void
each_space(struct wl_stage *g, enum wl_duty duty,
    void (*fn)(struct wl_strand *, struct wl_space *))
{
	struct wl_space *s;
	size_t i;

	for (i = 0; i < g->h.nspaces; i++) {
		s = &g->h.space[i];
		if (s->vm == NULL)
			continue;
		lk_op_begin(WL_OP_ID(duty));
		fn(&g->main, s);
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
swap_at_rest(struct wl_stage *s)
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

void
wl_stage_check(struct wl_stage *s)
{
	struct wl_harness *h = &s->h;
	int i;

	wl_stage_phase(s, WLP_DRAIN);
	if (s->h.replay != NULL)
		wl_replay_drain(&s->main);
	if (h->space != NULL)
		each_space(s, WLD_CHECK, check_all);
	wl_stage_phase(s, WLP_AUDIT);
	wl_stage_audit(s);
	if (h->space != NULL)
		each_space(s, WLD_EXIT, exit_all);
	for (i = 0; i < WL_NOBJECT; i++)
		if (h->object[i] != NULL)
			vm_object_rele(h->object[i]);
	if (s->h.replay != NULL)
		wl_replay_close(s->h.replay);
	lk_op_begin(WL_OP_ID(WLD_AUDIT));
	vm_quiesce();
	vm_resume();
	swap_at_rest(s);
	vm_quiesce();
	vm_audit();
	vm_audit_leaks();
	vm_resume();
	lk_op_end();
}

/* The same, of a world that rests afterwards: in few steps, for it is often. */
void
wl_stage_check_at_rest(struct wl_stage *s)
{
	struct wl_harness *h = &s->h;
	int i;

	each_space(s, WLD_CHECK, check_all);
	wl_stage_audit(s);
	each_space(s, WLD_EXIT, exit_all);
	for (i = 0; i < WL_NOBJECT; i++)
		vm_object_rele(h->object[i]);
	lk_op_begin(WL_OP_ID(WLD_AUDIT));
	vm_world_rest(h->world);
	vm_audit();
	vm_audit_leaks();
	lk_op_end();
}

void
wl_stage_end(struct wl_stage *s)
{
	vm_world_destroy(s->h.world);
	s->h.world = NULL;
}

void
wl_stage_clear(struct wl_stage *s)
{
	wl_stage_check(s);
	lk_op_begin(WL_OP_ID(WLD_AUDIT));
	wl_stage_end(s);
	lk_op_end();
}

void
wl_stage_free(struct wl_stage *s)
{
	unsigned i;

	for (i = 0; i < s->h.nstrands; i++)
		wl_free(s->h.strand[i].buf);
	wl_free(s->h.strand);
	wl_free(s->h.space);
	wl_free(s->main.buf);
}


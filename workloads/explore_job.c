/*
 * explore_job.c: a job as a program to explore.
 *
 *	quiet: world, spaces, [explore] prepare; strands made
 *	explored: the strands' operations, from the first to the last
 *	quiet: every page checked, audits, nothing may be left
 *
 * An operation is a function of (seed of the execution, strand, place): its
 * numbers begin anew.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/explore_job_int.h"

#define LEFT_OUT (-1)
#define SETTLE_NS 1000000

static int
refuse(struct wl_error *err, const char *key, const char *what, size_t len)
{
	const char *names[WLO_NOPS];
	const struct vm_row *ops;
	size_t i, n;

	ops = wl_operations(&n);
	for (i = 0; i < n; i++)
		names[i] = ops[i].name;
	snprintf(err->where, sizeof(err->where), "job");
	err->line = 0;
	snprintf(err->what, sizeof(err->what), "explore.%s: no operation '%.*s'",
	    key, (int)len, what);
	if (len >= 40) {
		snprintf(err->expected, sizeof(err->expected),
		    "names of operations");
		return EINVAL;
	}
	wl_suggest(err->what + strlen(err->what) - len - 1, names, n,
	    err->expected, sizeof(err->expected));
	return EINVAL;
}

static int
too_many(struct wl_error *err, const char *key, const char *what, int most)
{
	snprintf(err->where, sizeof(err->where), "job");
	err->line = 0;
	snprintf(err->what, sizeof(err->what), "explore.%s: too many %s", key,
	    what);
	snprintf(err->expected, sizeof(err->expected), "at most %d", most);
	return EINVAL;
}

/* => an operation, LEFT_OUT, or -2: no such name */
static int
op_of(const char *word, size_t len)
{
	const struct vm_row *ops;
	size_t i, n;

	if (len == 1 && word[0] == '-')
		return LEFT_OUT;
	ops = wl_operations(&n);
	for (i = 0; i < n; i++)
		if (strlen(ops[i].name) == len &&
		    memcmp(ops[i].name, word, len) == 0)
			return (int)i;
	return -2;
}

/* "fork write | swapcycle": up to most strands */
static int
parse(const char *text, const char *key, struct wl_script *script,
    unsigned most, unsigned *n, struct wl_error *err)
{
	struct wl_script *s = &script[0];
	size_t len;
	int op;

	*n = 1;
	memset(script, 0, most * sizeof(*script));
	for (;; text += len) {
		text += strspn(text, " \t,");
		if (*text == '\0')
			return 0;
		len = 1;
		if (*text == '|') {
			if (*n == most)
				return too_many(err, key, "strands",
				    (int)most);
			s = &script[(*n)++];
			continue;
		}
		len = strcspn(text, " \t,|");
		if ((op = op_of(text, len)) == -2)
			return refuse(err, key, text, len);
		if (s->n == WL_MAXSCRIPT)
			return too_many(err, key, "operations of a strand",
			    WL_MAXSCRIPT);
		s->op[s->n++] = (int8_t)op;
	}
}

/* Without a program: ops in all, drawn by weight as a run draws them. */
static void
draw(struct wl_job_program *p)
{
	const struct wl_job *job = &p->job;
	uint64_t at, all = 0, x, each;
	unsigned s, i;
	int op;

	for (op = 0; op < WLO_NOPS; op++)
		all += job->weight[op];
	p->nscripts = (unsigned)job->threads;
	if (p->nscripts > WL_MAXSCRIPTS)
		p->nscripts = WL_MAXSCRIPTS;
	for (s = 0; s < p->nscripts; s++) {
		each = (job->ops + s) / p->nscripts;
		p->script[s].n = each < WL_MAXSCRIPT ? (unsigned)each :
		    WL_MAXSCRIPT;
		for (i = 0; i < p->script[s].n; i++) {
			x = wl_op_seed(job->seed, s, i) *
			    0x9e3779b97f4a7c15ULL;
			at = (uint64_t)((unsigned __int128)x * all >> 64);
			for (op = 0; at >= job->weight[op]; op++)
				at -= job->weight[op];
			p->script[s].op[i] = (int8_t)op;
		}
	}
	for (s = 0; s < job->walkers && p->nscripts < WL_MAXSCRIPTS; s++) {
		p->script[p->nscripts].n = 1;
		p->script[p->nscripts++].op[0] = WLO_swapcycle;
	}
}

/*
 * What the program does counts as what the job does.  It may do nothing, when
 * it was made smaller and fails all the same; a job must have a weight.
 */
static void
weigh(struct wl_job_program *p)
{
	unsigned s, i;
	bool any = false;

	memset(p->job.weight, 0, sizeof(p->job.weight));
	for (s = 0; s < p->nscripts; s++)
		for (i = 0; i < p->script[s].n; i++)
			if (p->script[s].op[i] >= 0) {
				p->job.weight[p->script[s].op[i]]++;
				any = true;
			}
	p->job.weight[WLO_read] += !any;
	p->job.threads = p->nscripts;
	p->job.walkers = 0;
	p->job.perturb = 0;
}

static int
no_program(struct wl_error *err)
{
	snprintf(err->where, sizeof(err->where), "job");
	err->line = 0;
	snprintf(err->what, sizeof(err->what), "there is nothing to explore: "
	    "neither explore.program nor ops");
	snprintf(err->expected, sizeof(err->expected), "explore.program = "
	    "fork write | swapcycle, or ops with weights");
	return EINVAL;
}

static int
no_plant(const char *name, struct wl_error *err)
{
	const char *names[WL_MAXPLANT];
	size_t n;

	for (n = 0; n < WL_MAXPLANT && wl_plant(n) != NULL; n++)
		names[n] = wl_plant(n)->name;
	snprintf(err->where, sizeof(err->where), "job");
	err->line = 0;
	snprintf(err->what, sizeof(err->what), "explore.plant: no such bug "
	    "'%s'", name);
	wl_suggest(name, names, n, err->expected, sizeof(err->expected));
	return EINVAL;
}

int
wl_job_program(const struct wl_job *job, struct wl_job_program **out,
    struct wl_error *err)
{
	struct wl_job_program *p = calloc(1, sizeof(*p));
	unsigned i;
	int error = 0;

	if (p == NULL)
		return ENOMEM;
	p->job = *job;
	p->job.vm.swap_memory = p->job.vm.small = true;
	p->job.vm.inspected = p->exact = true;
	if (job->program[0] != '\0')
		error = parse(job->program, "program", p->script,
		    WL_MAXSCRIPTS, &p->nscripts, err);
	else if (job->ops == 0)
		error = no_program(err);
	p->plant = wl_plant_find(job->plant);
	if (error == 0 && job->plant[0] != '\0' && p->plant == -1)
		error = no_plant(job->plant, err);
	if (error == 0)
		error = parse(job->prepare, "prepare", &p->prepare, 1,
		    &p->nprepare, err);
	if (error != 0) {
		free(p);
		return error;
	}
	if (job->program[0] == '\0')
		draw(p);
	weigh(p);
	for (i = 0; i < p->nscripts; i++)
		snprintf(p->name[i], sizeof(p->name[i]), "s%u", i);
	p->program = (struct wl_program){
		.name = p->job.name, .run = wl_job_program_run, .arg = p,
		.max_steps = job->max_steps, .quiet = true,
		.begin = wl_job_program_begin, .make = wl_job_program_make,
		.ended = wl_job_program_ended,
	};
	*out = p;
	return 0;
}

const struct wl_job *
wl_job_program_job(const struct wl_job_program *p)
{
	return &p->job;
}

const struct wl_program *
wl_job_program_of(const struct wl_job_program *p)
{
	return &p->program;
}

size_t
wl_job_program_text(const struct wl_job_program *p, char *buf, size_t len)
{
	const struct vm_row *ops;
	size_t at = 0, n;
	unsigned s, i;
	int op;

	ops = wl_operations(&n);
	if (len > 0)
		buf[0] = '\0';
	for (s = 0; s < p->nscripts; s++) {
		at += (size_t)snprintf(buf + (at < len ? at : len),
		    at < len ? len - at : 0, "%s", s > 0 ? " |" : "");
		for (i = 0; i < p->script[s].n; i++) {
			op = p->script[s].op[i];
			at += (size_t)snprintf(buf + (at < len ? at : len),
			    at < len ? len - at : 0, "%s%s",
			    at > 0 ? " " : "", op < 0 ? "-" : ops[op].name);
		}
	}
	return at;
}

/* ------------------------------------------------------------------------
 * An execution
 */

uint64_t
wl_op_seed(uint64_t seed, unsigned strand, unsigned place)
{
	uint64_t x = seed ^ ((uint64_t)strand + 1) << 48 ^
	    ((uint64_t)place + 1) << 32;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* The root, I/O, the page daemon, then those that have something to do. */
uint32_t
wl_job_program_ordinal(const struct wl_job_program *p, unsigned strand)
{
	uint32_t n = 2 + (uint32_t)p->job.vm.io_strands;
	unsigned i;

	for (i = 0; i < strand; i++)
		n += wl_script_left(&p->script[i]);
	return n;
}

static void
perform(struct wl_strand *st, const struct wl_script *s, unsigned id)
{
	unsigned i;

	for (i = 0; i < s->n; i++) {
		if (s->op[i] < 0)
			continue;
		lk_random_restart(wl_op_seed(st->h->program->draw, id, i));
		wl_operate(st, (enum wl_op)s->op[i]);
	}
}

/* Who comes last makes it quiet: nothing of the rest is explored. */
static void
strand_main(void *arg)
{
	struct wl_strand *st = arg;
	struct wl_job_program *p = st->h->program;

	st->lk = strand_self();
	perform(st, &p->script[st->id], st->id);
	if (atomic_fetch_sub(&st->h->running, 1) == 1)
		lk_fibers_quiet(true);
}

/* For all executions of a world: who works, and what he works with. */
static int
strands_make(struct wl_harness *h, unsigned n, struct wl_stage *g)
{
	int error = 0;

	h->strand = wl_alloc_lines(n * sizeof(*h->strand));
	if (h->strand == NULL)
		return ENOMEM;
	for (; h->nstrands < n && error == 0; h->nstrands++)
		error = wl_stage_strand(g, &h->strand[h->nstrands],
		    h->nstrands);
	return error;
}

static int
set_up(struct wl_job_program *p)
{
	struct wl_stage *g = p->stage;
	int error;

	wl_stage_init(g, &p->job);
	g->h.program = p;
	g->h.exact = p->exact;
	if ((error = wl_stage_regions(g, &p->job, NULL)) != 0)
		return error;
	wl_stage_phase(g, WLP_SETUP);
	if ((error = wl_stage_strand(g, &g->main, 0)) != 0)
		return error;
	if (!wl_model_init(&g->h.model, p->job.vm.page_size, p->nscripts,
	    false))
		return wl_stage_fail(g, EINVAL, "page_size = %zu with %u "
		    "strands", p->job.vm.page_size, p->nscripts);
	atomic_store(&g->h.run->strands, p->nscripts);
	if ((error = wl_stage_world(g)) == 0)
		error = wl_stage_spaces(g);
	return error == 0 ? strands_make(&g->h, p->nscripts, g) : error;
}

static void
strand_clear(struct wl_strand *st)
{
	*st = (struct wl_strand){ .h = st->h, .id = st->id, .buf = st->buf };
	memset(st->buf, 0, st->h->page_size);
}

static int
start_all(struct wl_job_program *p)
{
	struct wl_harness *h = &p->stage->h;
	unsigned i;
	int error;

	memset(p->lk, 0, sizeof(p->lk));
	for (i = 0; i < p->nscripts; i++) {
		strand_clear(&h->strand[i]);
		if (!wl_script_left(&p->script[i]))
			continue;
		error = lk_strand_start(&p->lk[i], p->name[i], strand_main,
		    &h->strand[i], h->world);
		if (error != 0)
			return error;
		atomic_fetch_add(&h->running, 1);
	}
	return wl_plant_start(p);
}

static void
join_all(struct wl_job_program *p)
{
	unsigned i;

	for (i = 0; i < p->nscripts; i++)
		if (p->lk[i] != NULL)
			lk_strand_join(p->lk[i]);
	wl_plant_join(p);
}

/* One after the other, each with all that it sets off: daemon and I/O. */
static void
prepare(struct wl_strand *st, const struct wl_script *s)
{
	struct wl_script one = { .n = 1 };
	unsigned i;

	for (i = 0; i < s->n; i++) {
		one.op[0] = s->op[i];
		perform(st, &one, WL_MAXSCRIPTS + i);
		lk_delay(SETTLE_NS);
	}
}

/* What is made for more strands and regions than there are, and what is read. */
static void
still(struct wl_stage *g)
{
	struct wl_harness *h = &g->h;
	size_t i;

	for (i = 0; i < h->nstrands; i++)
		wl_heap_scratch(h->strand[i].buf, h->page_size);
	wl_heap_scratch(h->strand, h->nstrands * sizeof(h->strand[0]));
	wl_heap_still(&g->conf, sizeof(g->conf));
	wl_heap_still(h->by_id, sizeof(h->by_id));
	wl_heap_still(&h->model.writer[h->model.nstrands], sizeof(
	    h->model.writer[0]) * (WL_MAXWRITERS - h->model.nstrands));
	for (i = 0; i < h->nspaces; i++)
		wl_heap_still(&h->space[i].region[h->nregions], sizeof(
		    h->space[i].region[0]) * (WL_MAXREGION - h->nregions));
}

/* Until the world stands as the strands find it, but without its own. */
static int
make(struct wl_job_program *p)
{
	int error;

	p->stage = wl_alloc_lines(sizeof(*p->stage));
	if (p->stage == NULL)
		return ENOMEM;
	if ((error = set_up(p)) != 0)
		return error;
	p->draw = p->world;
	prepare(&p->stage->main, &p->prepare);
	vm_quiesce();
	vm_world_rest(p->stage->h.world);
	if (p->anew)
		return 0;
	error = vm_world_keep(p->stage->h.world, &p->kept);
	if (error == ENOTSUP) {		/* then each time anew */
		p->anew = true;
		return 0;
	}
	still(p->stage);
	if (error == 0)
		error = wl_heap_keep();
	return error == 0 ? wl_ends_of_new_world(&p->ends) : error;
}

void
wl_job_program_make(void *arg)
{
	struct wl_job_program *p = arg;

	p->error = make(p);
}

/* What was made goes, however far it came. */
static void
unmake(struct wl_job_program *p)
{
	if (p->stage != NULL && p->stage->h.world != NULL)
		vm_world_abandon(p->stage->h.world);
	vm_kept_free(p->kept);
	p->kept = NULL;
	p->same = false;
	if (p->heap)
		wl_heap_end();
	else if (p->stage != NULL) {
		wl_stage_free(p->stage);
		wl_free(p->stage);
	}
	p->heap = false;
	p->stage = NULL;
}

/*
 * That of the world that an execution begins with.  What is learned from
 * begins with the first one.
 */
static uint64_t
world_of(const struct wl_job_program *p, uint64_t seed)
{
	uint64_t n = p->job.per_world != 0 && seed != WL_PROFILE_SEED ?
	    seed / p->job.per_world : 0;

	return p->job.seed + n * 0x9e3779b97f4a7c15ULL;
}

int
wl_job_program_begin(void *arg, uint64_t seed, bool *make, uint64_t *with)
{
	struct wl_job_program *p = arg;
	int error;

	*with = world_of(p, seed);
	*make = p->making = p->stage == NULL || p->world != *with;
	if (!p->making)
		return 0;
	unmake(p);
	error = wl_heap_begin();
	if (error != 0 && error != ENOTSUP)
		return error;
	p->heap = error == 0;
	p->anew = p->anew || !p->heap;
	p->world = *with;
	return 0;
}

static void
execution(struct wl_job_program *p)
{
	struct wl_stage *g = p->stage;

	if ((p->error = vm_world_wake(g->h.world)) != 0)
		return;
	wl_stage_phase(g, WLP_RUN);
	if ((p->error = start_all(p)) == 0) {
		if (atomic_load(&g->h.running) > 0)
			lk_fibers_quiet(false);
		join_all(p);
	}
	wl_end(p);
	if (p->error == 0 && p->kept == NULL)
		wl_stage_end(g);
}

void
wl_job_program_run(void *arg)
{
	struct wl_job_program *p = arg;

	p->making = false;
	if (p->error != 0)
		return;
	if (p->kept != NULL)
		wl_end_again(p);
	else
		lk_strand_set_env(p->stage->h.world);
	p->draw = lk_random();
	execution(p);
}

int
wl_job_program_ended(void *arg, const struct lk_fibers_result *result)
{
	struct wl_job_program *p = arg;
	bool failed = result->end != LKF_DONE || result->incident != NULL;
	int error = p->error;

	if (p->kept == NULL || error != 0 || p->making)
		unmake(p);
	p->error = 0;
	/* what is told of one whose world could not be made is why */
	return p->making && failed ? 0 : error;
}

void
wl_job_program_free(struct wl_job_program *p)
{
	if (p != NULL) {
		unmake(p);
		wl_ends_free(p->ends);
	}
	free(p);
}

/*
 * From the live record to plain tables.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/watch_int.h"

/* The reader's callbacks. */
static void
add_strand(const struct lk_strand_info *row, void *g)
{
	ana_grow_add(g, row);
}

static void
add_inflight(const struct lk_inflight_info *row, void *g)
{
	ana_grow_add(g, row);
}

static void
add_incident(const struct lk_incident_info *row, void *g)
{
	ana_grow_add(g, row);
}

static void
add_map(const struct lk_map_info *row, void *g)
{
	ana_grow_add(g, row);
}

static int
by_when(const void *a, const void *b)
{
	const struct lk_incident_info *x = a, *y = b;

	return x->when < y->when ? -1 : x->when > y->when;
}

static int
freeze_names(const struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_grow classes = { .size = sizeof(*s->classes) };
	struct ana_grow sites = { .size = sizeof(*s->sites) };
	struct lk_class_info class;
	struct lk_site_info site;
	uint32_t i;

	for (i = 1; i <= s->info.nclasses; i++) {
		if (lk_record_class(rec, i, &class))
			ana_grow_add(&classes, &class);
	}
	for (i = 1; i <= s->info.nsites; i++) {
		if (lk_record_site(rec, i, &site))
			ana_grow_add(&sites, &site);
	}
	s->classes = classes.rows;
	s->nclasses = classes.n;
	s->sites = sites.rows;
	s->nsites = sites.n;
	return classes.failed || sites.failed ? ENOMEM : 0;
}

static int
freeze_symbols(const struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_grow maps = { .size = sizeof(struct lk_map_info) };
	int error;

	lk_record_maps(rec, add_map, &maps);
	error = maps.failed ? ENOMEM : ana_symbols(s, maps.rows, maps.n);
	free(maps.rows);
	return error;
}

static int
freeze_state(const struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_grow strands = { .size = sizeof(*s->strands) };
	struct ana_grow inflight = { .size = sizeof(*s->inflight) };
	struct ana_grow incidents = { .size = sizeof(*s->incidents) };

	lk_record_strands(rec, add_strand, &strands);
	lk_record_inflight(rec, add_inflight, &inflight);
	lk_record_incidents(rec, add_incident, &incidents);
	s->strands = strands.rows;
	s->nstrands = strands.n;
	s->inflight = inflight.rows;
	s->ninflight = inflight.n;
	s->incidents = incidents.rows;
	s->nincidents = incidents.n;
	if (s->nincidents != 0)
		qsort(s->incidents, s->nincidents, sizeof(*s->incidents),
		    by_when);
	s->crashed = lk_record_crash(rec, &s->crash);
	if (strands.failed || inflight.failed || incidents.failed)
		return ENOMEM;
	return freeze_symbols(rec, s);
}

#define LOAD(field)	atomic_load_explicit(&(field), memory_order_relaxed)

/* A program of its own: it ran from when its record was made. */
static void
freeze_stranger(struct ana_snapshot *s)
{
	memcpy(s->command, s->info.title, sizeof(s->info.title));
	if (s->info.now > s->info.created)
		s->run.run_ns = s->info.now - s->info.created;
	if (s->outcome.elapsed_ns == 0)
		s->outcome.elapsed_ns = s->run.run_ns;
}

/* => as many strands as were alive at a time, on the average */
static void
count_lives(struct ana_snapshot *s)
{
	const struct lk_life_info *l;
	uint64_t lived = 0, end;
	size_t i;

	if (s->run.strands != 0 || s->job.threads != 0 || s->run.run_ns == 0)
		return;
	for (i = 0; i < s->nlives; i++) {
		l = &s->lives[i];
		end = l->ended != 0 ? l->ended : s->info.now;
		lived += end > l->born ? end - l->born : 0;
	}
	s->run.strands = (lived + s->run.run_ns / 2) / s->run.run_ns;
	if (s->run.strands == 0)
		s->run.strands = 1;
}

/* What the run wrote about itself. */
static void
freeze_run(struct lk_record *rec, struct ana_snapshot *s)
{
	struct wl_run *run;

	run = (struct wl_run *)(uintptr_t)lk_record_region_find(rec,
	    WL_RUN_REGION, NULL);
	if (run == NULL) {
		freeze_stranger(s);
		return;
	}
	s->job = run->job;
	s->job.vm.scheme = NULL;	/* pointers of another process */
	s->job.vm.subject = NULL;
	memcpy(s->command, run->command, sizeof(s->command));
	s->command[sizeof(s->command) - 1] = '\0';
	s->run.phase = LOAD(run->phase);
	s->run.run_ns = LOAD(run->run_ns);
	s->run.open_ns = LOAD(run->open_ns);
	s->run.ops = LOAD(run->ops);
	s->run.audits = LOAD(run->audits);
	s->run.checks_whole = LOAD(run->checks_whole);
	s->run.checks_cell = LOAD(run->checks_cell);
	s->run.poisoned = LOAD(run->poisoned);
	s->run.spaces = LOAD(run->spaces);
	s->run.strands = LOAD(run->strands);
	s->run.replay_done = LOAD(run->replay_done);
	s->run.replay_total = LOAD(run->replay_total);
}

static int
freeze_what_if(struct lk_record *rec, struct ana_snapshot *s)
{
	const struct wl_what_if *w;
	uint32_t n;

	w = lk_record_region_find(rec, WL_WHAT_IF_REGION, NULL);
	if (w == NULL)
		return 0;
	s->what_if_class = w->class;
	n = atomic_load_explicit(&w->n, memory_order_acquire);
	n = n < WL_MAXSLICE ? n : WL_MAXSLICE;
	if (n == 0)
		return 0;
	s->slices = calloc(n, sizeof(*s->slices));
	if (s->slices == NULL)
		return ENOMEM;
	s->nslices = n;
	memcpy(s->slices, w->slice, n * sizeof(*s->slices));
	return 0;
}

static int
freeze_series(struct lk_record *rec, struct ana_snapshot *s)
{
	const struct wl_series *w;
	uint32_t n;

	w = lk_record_region_find(rec, WL_SERIES_REGION, NULL);
	if (w == NULL)
		return 0;
	n = atomic_load(&w->n);
	n = n < WL_MAXSAMPLE ? n : WL_MAXSAMPLE;
	if (n == 0)
		return 0;
	s->samples = calloc(n, sizeof(*s->samples));
	if (s->samples == NULL)
		return ENOMEM;
	s->nsamples = n;
	memcpy(s->samples, w->sample, n * sizeof(*s->samples));
	return 0;
}

/* => the one of its slot that lived longest: those of setup are gone soon */
static const struct lk_life_info *
life_of(const struct ana_snapshot *s, uint32_t slot)
{
	const struct lk_life_info *best = NULL, *l;
	uint64_t lived, most = 0;
	size_t i;

	for (i = 0; i < s->nlives; i++) {
		l = &s->lives[i];
		if (l->strand != slot)
			continue;
		lived = (l->ended != 0 ? l->ended : s->info.now) - l->born;
		if (best == NULL || lived > most) {
			best = l;
			most = lived;
		}
	}
	return best;
}

/* => after lives: they have the names */
static int
freeze_workers(struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_grow workers = { .size = sizeof(*s->workers) };
	const struct lk_life_info *l;
	struct wl_opcount c;
	struct ana_worker w;
	uint32_t slot;

	for (slot = 0; slot < s->info.nstrands; slot++) {
		wl_opcounts_strand(rec, slot, &c);
		if (c.done + c.refused + c.skipped == 0)
			continue;
		memset(&w, 0, sizeof(w));
		w.strand = slot;
		if ((l = life_of(s, slot)) != NULL)
			memcpy(w.name, l->name, sizeof(w.name));
		w.done = c.done;
		w.refused = c.refused;
		w.skipped = c.skipped;
		w.ns = c.ns;
		ana_grow_add(&workers, &w);
	}
	s->workers = workers.rows;
	s->nworkers = workers.n;
	return workers.failed ? ENOMEM : 0;
}

void
ana_freeze_gauges(const struct lk_record *rec, struct ana_gauges *to)
{
	struct vm_gauges *g;

	memset(to, 0, sizeof(*to));
	g = (struct vm_gauges *)(uintptr_t)lk_record_region_find(rec,
	    VM_GAUGES_REGION, NULL);
	if (g == NULL)
		return;
	to->frames = LOAD(g->frames);
	to->frames_free = LOAD(g->frames_free);
	to->frames_wired = LOAD(g->frames_wired);
	to->swap_slots = LOAD(g->swap_slots);
	to->swap_inuse = LOAD(g->swap_inuse);
	to->swap_only = LOAD(g->swap_only);
	to->swap_bad = LOAD(g->swap_bad);
	to->amaps = LOAD(g->amaps);
	to->anons = LOAD(g->anons);
	to->spaces = LOAD(g->spaces);
	to->lock_objects = LOAD(g->lock_objects);
	to->io_inflight = LOAD(g->io_inflight);
	to->walkers = LOAD(g->walkers);
}

int
ana_freeze(struct lk_record *rec, const struct wl_outcome *outcome,
    struct ana_snapshot **out)
{
	struct ana_snapshot *s;
	long cpus;
	int error;

	*out = NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ENOMEM;
	s->outcome = *outcome;
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	s->cpus = cpus > 0 ? (uint32_t)cpus : 0;
	lk_record_info(rec, &s->info);
	lk_record_losses(rec, s->losses);
	freeze_run(rec, s);
	wl_opcounts_sum(rec, s->ops);
	wl_counters_sum(rec, s->counters);
	ana_freeze_gauges(rec, &s->gauges);
	error = freeze_names(rec, s);
	if (error == 0)
		error = ana_freeze_contention(rec, s);
	if (error == 0)
		error = freeze_what_if(rec, s);
	if (error == 0)
		error = ana_freeze_when(rec, s);
	if (error == 0)
		error = freeze_series(rec, s);
	if (error == 0)
		error = ana_freeze_deps(rec, NULL, s);
	if (error == 0)
		error = freeze_workers(rec, s);
	if (error == 0)
		error = ana_freeze_trace(rec, s);
	if (error == 0)
		error = freeze_state(rec, s);
	if (error != 0) {
		ana_snapshot_free(s);
		return error;
	}
	count_lives(s);
	*out = s;
	return 0;
}

int
ana_freeze_order(struct lk_record *rec, const struct ana_some *some,
    struct ana_snapshot **out)
{
	struct ana_snapshot *s;
	int error;

	*out = NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ENOMEM;
	lk_record_info(rec, &s->info);
	error = freeze_names(rec, s);
	if (error == 0)
		error = ana_freeze_deps(rec, some, s);
	if (error == 0 && some == NULL)
		error = freeze_symbols(rec, s);
	if (error != 0) {
		ana_snapshot_free(s);
		return error;
	}
	*out = s;
	return 0;
}

void
ana_snapshot_free(struct ana_snapshot *s)
{
	if (s == NULL)
		return;
	free(s->classes);
	free(s->sites);
	free(s->totals);
	free(s->hists);
	free(s->blames);
	free(s->heavies);
	free(s->deps);
	free(s->dep_held);
	free(s->stacks);
	free(s->lives);
	free(s->posts);
	free(s->strips);
	free(s->trace);
	free(s->judged);
	free(s->parts);
	free(s->strands);
	free(s->inflight);
	free(s->incidents);
	free(s->slices);
	free(s->wait_stacks);
	free(s->events);
	free(s->samples);
	free(s->workers);
	free(s->symbols);
	free(s);
}

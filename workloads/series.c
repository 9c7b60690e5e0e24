/*
 * series.c: a run over time, sampled by its watcher.
 *
 * The table has a fixed size.  When it is full every other sample goes and
 * the time between two doubles: what is counted is counted from the start, so
 * nothing is lost but resolution.
 */
#include "workloads/runner_int.h"

#define FIRST_EVERY_NS	UINT64_C(100000000)

struct wl_series *
wl_series_region(void)
{
	return lk_record_region(WL_SERIES_REGION, sizeof(struct wl_series));
}

static void
look(struct lk_record *rec, uint64_t ns, struct wl_sample *s)
{
	const struct vm_gauges *g;
	const struct wl_run *run;

	*s = (struct wl_sample){ .ns = ns, .ops = wl_count_ops(rec),
	    .wait_ns = lk_record_waited(rec), .incidents = lk_incidents() };
	run = lk_record_region_find(rec, WL_RUN_REGION, NULL);
	if (run != NULL)
		s->phase = atomic_load(&run->phase);
	g = lk_record_region_find(rec, VM_GAUGES_REGION, NULL);
	if (g == NULL)
		return;
	s->frames_free = atomic_load(&g->frames_free);
	s->swap_inuse = atomic_load(&g->swap_inuse);
	s->amaps = atomic_load(&g->amaps);
	s->anons = atomic_load(&g->anons);
	s->spaces = atomic_load(&g->spaces);
	s->io_inflight = atomic_load(&g->io_inflight);
}

const struct wl_sample *
wl_series_look(struct wl_series *series, struct lk_record *rec, uint64_t ns,
    bool must)
{
	uint32_t n = atomic_load(&series->n), i;

	if (series->every_ns == 0)
		series->every_ns = FIRST_EVERY_NS;
	if (!must && n != 0 &&
	    ns - series->sample[n - 1].ns < series->every_ns)
		return &series->sample[n - 1];
	if (n == WL_MAXSAMPLE) {
		for (i = 0; i < n / 2; i++)
			series->sample[i] = series->sample[2 * i + 1];
		n /= 2;
		series->every_ns *= 2;
	}
	look(rec, ns, &series->sample[n]);
	atomic_store(&series->n, n + 1);
	return &series->sample[n];
}

double
wl_share(struct wl_share *s, const struct wl_sample *last, uint64_t strands)
{
	uint64_t ns = last->ns - s->last.ns;

	if (last->ns <= s->last.ns || strands == 0)
		return s->share;
	s->share = last->wait_ns < s->last.wait_ns ? 0 :
	    (double)(last->wait_ns - s->last.wait_ns) /
	    ((double)ns * (double)strands);
	s->last = *last;
	return s->share;
}

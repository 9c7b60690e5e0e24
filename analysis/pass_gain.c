/*
 * gain: how much faster the run could be at most if nobody had ever waited for
 * a lock.
 *
 * The model: S strands in a closed loop for T have S * T of time.  Had the
 * waits W never been, the same work would have taken (S * T - W) / S, so the
 * run would be S * T / (S * T - W) times as fast.  W are the waits for the
 * lock, and those elsewhere for strands that waited for it.  That is the
 * most: other waits may take their place, and processors that are busy
 * already do not get faster.
 */
#include "analysis/ana_int.h"

#define MOST	0.99	/* a share beyond is of times that do not belong */

static double
faster(double share)
{
	return 1 / (1 - (share < MOST ? share : MOST));
}

/* Waits elsewhere that end at each class; those there are counted already. */
static void
behind(const struct ana_snapshot *s, uint64_t ns[LK_MAXCLASS])
{
	const struct lk_blame_info *b;
	size_t i;

	for (i = 0; i < s->nblames; i++) {
		b = &s->blames[i];
		if (b->root_class != b->class && ana_contends(b->kind))
			ns[b->root_class % LK_MAXCLASS] += b->ns;
	}
}

static void
speed(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_speed *v = &r->speed;
	double room = (double)s->outcome.elapsed_ns * (double)s->cpus;
	size_t i;

	v->hold_period = s->info.hold_period;
	for (i = 0; i < r->nlocks; i++)
		v->wait_share += r->locks[i].all.wait_share;
	v->no_waits = faster(v->wait_share);
	if (room > 0)
		v->cpu_share = (double)s->outcome.cpu_ns / room;
	if (v->cpu_share > 0)
		v->cpu_bound = v->cpu_share < 1 ? 1 / v->cpu_share : 1;
}

void
ana_pass_gain(const struct ana_snapshot *s, struct ana_result *r)
{
	double time = ana_strand_time(s);
	struct ana_lock_row *row;
	uint64_t *ns;
	size_t i;

	ns = ana_alloc(r, LK_MAXCLASS, sizeof(*ns));
	if (ns == NULL)
		return;
	behind(s, ns);
	for (i = 0; i < r->nlocks; i++) {
		row = &r->locks[i];
		row->behind_ns = ns[row->id % LK_MAXCLASS];
		if (time > 0)
			row->gain_share = (double)(row->all.c[LKC_wait_ns] +
			    row->behind_ns) / time;
		row->gain = faster(row->gain_share);
	}
	speed(s, r);
}

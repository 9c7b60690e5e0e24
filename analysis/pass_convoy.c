/*
 * convoy: a lock whose queue never ends.
 *
 * By Little's law the time waited for one lock, divided by the time that the
 * run took, is how many waited for it on average.  If that is HALF of all the
 * others, over MANY waits, everybody meets here again and again.
 */
#include "analysis/ana_int.h"

#define HALF	0.5	/* of the other strands wait, on average */
#define LEAST	1.0	/* ... and no less */
#define MANY	100	/* waits, so it is no single long hold */
#define SLEPT	0.5	/* sleeps for each wait: they do not just spin */
#define BUSY	0.5	/* of the run held: it is the work, not the passing */

static double
enough(const struct ana_snapshot *s)
{
	uint64_t strands = ana_strands(s);
	double most = strands == 0 ? 0 : HALF * (double)(strands - 1);

	return most > LEAST ? most : LEAST;
}

static bool
convoy(const struct ana_snapshot *s, const struct ana_lock_row *row)
{
	const struct ana_instance_row *hot = row->instances;

	return row->ninstances != 0 && hot->queue >= enough(s) &&
	    hot->contended >= MANY &&
	    (double)row->all.c[LKC_sleeps] >=
	    SLEPT * (double)row->all.c[LKC_contended];
}

static void
tell(const struct ana_snapshot *s, struct ana_result *r,
    const struct ana_lock_row *row)
{
	const uint64_t *c = row->all.c;
	double busy, waits = (double)c[LKC_contended];
	struct ana_finding *f;
	char n[3][ANA_NUM];
	size_t i;

	f = ana_find(r, "contention.convoy");
	f->what = ana_say(r, "on average %.1f of %u strands waited for one %s "
	    "%s", row->instances->queue, (unsigned)ana_strands(s), row->kind,
	    row->class);
	busy = (double)row->all.chold.total / (double)ana_run_time(s);
	ana_text(r, f, "%s of its takes had to wait, %.1f sleeps each, %s of "
	    "them in vain", ana_percent(c[LKC_acquired] == 0 ? 0 :
	    waits / (double)c[LKC_acquired], n[0]),
	    (double)c[LKC_sleeps] / waits, ana_percent(c[LKC_sleeps] == 0 ?
	    0 : (double)c[LKC_vain] / (double)c[LKC_sleeps], n[1]));
	ana_text(r, f, "mean wait %s, mean hold after a wait %s, longest "
	    "queue %u", ana_time(row->all.wait.mean, n[0]),
	    ana_time(row->all.chold.mean, n[1]), (unsigned)c[LKC_queue_max]);
	ana_text(r, f, "held %s of the run by those who had waited: %s",
	    ana_percent(busy, n[0]), busy >= BUSY ?
	    "what is done under it is the limit" :
	    "passing it on takes longer than what is done");
	for (i = 0; i < row->nsites && i < 3; i++) {
		ana_text(r, f, "%s of it waited at %s",
		    ana_time(row->sites[i].c[LKC_wait_ns], n[0]),
		    row->sites[i].site);
		ana_concern_site(r, f, row->sites[i].site_id);
	}
	ana_text(r, f, "told if %.1f wait on average, over %d waits or more, "
	    "mostly asleep", enough(s), MANY);
}

void
ana_pass_convoy(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct ana_lock_row *row;
	size_t i;

	for (i = 0; i < r->nlocks; i++) {
		row = &r->locks[i];
		if ((row->node == LKN_LOCK || row->node == LKN_MUTEX) &&
		    convoy(s, row))
			tell(s, r, row);
	}
}

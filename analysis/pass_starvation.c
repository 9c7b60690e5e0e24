/*
 * starvation: somebody waited far longer than its turn.
 *
 * In turn, nobody waits longer than it takes the longest queue to go through,
 * each with the longest hold that was waited for:
 *
 *	in turn <= longest queue * longest contended hold
 *
 * Who waited PASSED_OVER times that was passed over.  A wait must also matter
 * (OF_RUN) and be longer than what the scheduler explains: LATENCY for each
 * strand that shares a processor.
 */
#include "analysis/ana_int.h"

#define PASSED_OVER	10
#define OF_RUN		0.05
#define LATENCY		UINT64_C(20000000)
#define MOST_SITES	4

/* What a strand may wait for a processor alone. */
static uint64_t
scheduling(const struct ana_snapshot *s)
{
	uint64_t strands = ana_strands(s), cpus = s->cpus != 0 ? s->cpus : 1;

	return LATENCY * ((strands + cpus - 1) / cpus);
}

/* => 0: not known, as nobody was timed while others waited */
static uint64_t
in_turn(const struct ana_lock_row *row)
{
	uint64_t queue = row->all.c[LKC_queue_max];

	return (queue != 0 ? queue : 1) * row->all.chold.max;
}

static bool
starved(const struct ana_snapshot *s, const struct ana_lock_row *row,
    const struct ana_use *use)
{
	uint64_t most = use->c[LKC_wait_max], turn = in_turn(row);

	return turn != 0 && most / PASSED_OVER >= turn &&
	    (double)most >= OF_RUN * (double)ana_run_time(s) &&
	    most >= scheduling(s);
}

static void
tell_site(struct ana_result *r, struct ana_finding *f,
    const struct ana_use *use)
{
	char max[ANA_NUM], median[ANA_NUM], n[ANA_NUM];

	ana_text(r, f, "%s, to %s:", use->site, lk_mode_name(use->mode));
	ana_text(r, f, "  longest of %s waits %s, typical one %s",
	    ana_count(use->wait.n, n), ana_time(use->wait.max, max),
	    use->wait.p50 == 0 ? "?" : ana_time(use->wait.p50, median));
	ana_concern_site(r, f, use->site_id);
}

static void
tell(const struct ana_snapshot *s, struct ana_result *r,
    const struct ana_lock_row *row, const struct ana_use *worst)
{
	char most[ANA_NUM], part[ANA_NUM], turn[ANA_NUM], hold[ANA_NUM];
	char least[ANA_NUM], taken[ANA_NUM];
	struct ana_finding *f = ana_find(r, "contention.starvation");
	uint64_t run = ana_run_time(s), max = worst->c[LKC_wait_max];
	size_t i, told = 0;

	f->count = 0;
	f->what = ana_say(r, "a wait for %s %s took %s, %s of the run, though "
	    "in turn it would have been %s at most", row->kind, row->class,
	    ana_time(max, most), ana_percent(run == 0 ? 0 :
	    (double)max / (double)run, part), ana_time(in_turn(row), turn));
	ana_text(r, f, "in turn: longest queue %u x longest hold meanwhile %s",
	    (unsigned)(row->all.c[LKC_queue_max] != 0 ?
	    row->all.c[LKC_queue_max] : 1),
	    ana_time(row->all.chold.max, hold));
	ana_text(r, f, "others took it meanwhile: %s takes in the run",
	    ana_count(row->all.c[LKC_acquired], taken));
	for (i = 0; i < row->nsites; i++) {
		if (!starved(s, row, &row->sites[i]))
			continue;
		f->count++;
		if (told++ < MOST_SITES)
			tell_site(r, f, &row->sites[i]);
	}
	ana_text(r, f, "told if a wait is %d times its turn, %.0f%% of the "
	    "run, and %s", PASSED_OVER, OF_RUN * 100,
	    ana_time(scheduling(s), least));
}

void
ana_pass_starvation(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct ana_lock_row *row;
	const struct ana_use *worst;
	size_t i, k;

	for (i = 0; i < r->nlocks; i++) {
		row = &r->locks[i];
		worst = NULL;
		if (row->node != LKN_LOCK && row->node != LKN_MUTEX)
			continue;
		for (k = 0; k < row->nsites; k++) {
			if (starved(s, row, &row->sites[k]) && (worst == NULL ||
			    row->sites[k].c[LKC_wait_max] >
			    worst->c[LKC_wait_max]))
				worst = &row->sites[k];
		}
		if (worst != NULL)
			tell(s, r, row, worst);
	}
}

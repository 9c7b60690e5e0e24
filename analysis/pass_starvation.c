/*
 * starvation: somebody waited far longer than its turn.
 *
 * Served in turn, a waiter sees the lock let go by each other strand once at
 * most before it has it.  Who saw that PASSED_OVER times as often was passed
 * over.  The wait must also matter (OF_RUN), and be longer than what the
 * scheduler explains: LATENCY for each strand that shares a processor.
 *
 *	want						have
 *	|-- asleep --|-- to be run --|-- asleep --|-- to be run --|
 *
 * Who was woken and not run is passed over, too, but not by the lock: where
 * the kernel tells how long that was, it does not count.  What would have
 * been starvation with it is said, as a note.
 */
#include "analysis/ana_int.h"

#define PASSED_OVER	10
#define OF_RUN		0.1
#define LATENCY		UINT64_C(100000000)
#define MOST_SITES	4

/* What a strand may wait for a processor alone. */
static uint64_t
scheduling(const struct ana_snapshot *s)
{
	uint64_t strands = ana_strands(s), cpus = s->cpus != 0 ? s->cpus : 1;

	return LATENCY * ((strands + cpus - 1) / cpus);
}

/* most: a counter; the longest wait, in one way or the other */
static bool
passed_over(const struct ana_snapshot *s, const struct ana_use *use,
    enum lk_counter most)
{
	return use->c[LKC_passed_max] >= PASSED_OVER * ana_strands(s) &&
	    (double)use->c[most] >= OF_RUN * (double)ana_run_time(s) &&
	    use->c[most] >= scheduling(s);
}

static bool
starved(const struct ana_snapshot *s, const struct ana_use *use)
{
	return passed_over(s, use, LKC_blocked_max);
}

static void
tell_site(struct ana_result *r, struct ana_finding *f,
    const struct ana_use *use)
{
	uint64_t max = use->c[LKC_wait_max], kept = use->c[LKC_blocked_max];
	char longest[ANA_NUM], median[ANA_NUM], n[ANA_NUM];

	ana_text(r, f, "%s, to %s:", use->site, lk_mode_name(use->mode));
	ana_text(r, f, "  longest of %s waits %s, half of them no longer than "
	    "%s", ana_count(use->wait.n, n), ana_time(max, longest),
	    use->wait.p50 == 0 ? "?" : ana_time(use->wait.p50, median));
	if (kept < max)
		ana_text(r, f, "  without waiting for a processor: %s",
		    ana_time(kept, longest));
	ana_text(r, f, "  let go to others %s times during one of them",
	    ana_count(use->c[LKC_passed_max], n));
	ana_concern_site(r, f, use->site_id);
}

static void
tell(const struct ana_snapshot *s, struct ana_result *r,
    const struct ana_lock_row *row, const struct ana_use *worst)
{
	char most[ANA_NUM], part[ANA_NUM], times[ANA_NUM], least[ANA_NUM];
	struct ana_finding *f = ana_find(r, "contention.starvation");
	uint64_t max = worst->c[LKC_blocked_max];
	size_t i, told = 0;

	f->count = 0;
	f->what = ana_say(r, "a wait for %s %s took %s, %s of the run; "
	    "meanwhile it was let go %s times, and others got it", row->kind,
	    row->class, ana_time(max, most), ana_percent((double)max /
	    (double)ana_run_time(s), part),
	    ana_count(worst->c[LKC_passed_max], times));
	for (i = 0; i < row->nsites; i++) {
		if (!starved(s, &row->sites[i]))
			continue;
		f->count++;
		if (told++ < MOST_SITES)
			tell_site(r, f, &row->sites[i]);
	}
	ana_text(r, f, "told if it was let go %d times for each of %u strands, "
	    "and the wait", PASSED_OVER, (unsigned)ana_strands(s));
	ana_text(r, f, "took %.0f%% of the run and %s", OF_RUN * 100,
	    ana_time(scheduling(s), least));
}

/* It looks like it, but it was the scheduler. */
static void
tell_delayed(const struct ana_snapshot *s, struct ana_result *r,
    const struct ana_lock_row *row, const struct ana_use *worst)
{
	char most[ANA_NUM], rest[ANA_NUM], least[ANA_NUM];
	struct ana_finding *f = ana_find(r, "contention.delayed");

	f->what = ana_say(r, "a wait for %s %s took %s; without the time that "
	    "strands waited for a processor none took more than %s",
	    row->kind, row->class, ana_time(worst->c[LKC_wait_max], most),
	    ana_time(worst->c[LKC_blocked_max], rest));
	tell_site(r, f, worst);
	ana_text(r, f, "so it is no starvation, which takes %.0f%% of the run "
	    "and %s", OF_RUN * 100, ana_time(scheduling(s), least));
}

/* => the site with the longest such wait; NULL: there is none */
static const struct ana_use *
worst_of(const struct ana_snapshot *s, const struct ana_lock_row *row,
    enum lk_counter most)
{
	const struct ana_use *worst = NULL;
	size_t k;

	for (k = 0; k < row->nsites; k++) {
		if (passed_over(s, &row->sites[k], most) && (worst == NULL ||
		    row->sites[k].c[most] > worst->c[most]))
			worst = &row->sites[k];
	}
	return worst;
}

void
ana_pass_starvation(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct ana_lock_row *row;
	const struct ana_use *worst;
	size_t i;

	for (i = 0; i < r->nlocks; i++) {
		row = &r->locks[i];
		if (row->node != LKN_LOCK && row->node != LKN_MUTEX)
			continue;
		worst = worst_of(s, row, LKC_blocked_max);
		if (worst != NULL) {
			tell(s, r, row, worst);
			continue;
		}
		worst = worst_of(s, row, LKC_wait_max);
		if (worst != NULL)
			tell_delayed(s, r, row, worst);
	}
}

/*
 * trust: may the numbers be believed?  Losses are shown beside the numbers;
 * above one in a hundred, or with a clock that cannot be right, the numbers
 * are not to be trusted.
 */
#include <inttypes.h>

#include "analysis/ana_int.h"

#define LOSS_BOUND	0.01

/* Losses that make numbers too low, and of what each is a part. */
static const struct {
	enum lk_loss	loss;
	enum lk_counter	of;
} parts[] = {
	{ LKL_held, LKC_acquired },
	{ LKL_counts, LKC_acquired },
	{ LKL_waits, LKC_contended }
};
#define NPARTS	(sizeof(parts) / sizeof(parts[0]))

/* Of takes, or of waits. */
static double
lost_of(const struct ana_snapshot *s, enum lk_counter of)
{
	uint64_t lost = 0, kept = 0;
	size_t i;

	for (i = 0; i < NPARTS; i++) {
		if (parts[i].of == of)
			lost += s->losses[parts[i].loss];
	}
	for (i = 0; i < s->ntotals; i++)
		kept += s->totals[i].c[of];
	return lost == 0 ? 0 : (double)lost / (double)(kept + lost);
}

static void
losses(const struct ana_snapshot *s, struct ana_trust *t,
    struct ana_result *r)
{
	double waits = lost_of(s, LKC_contended);
	size_t i;

	t->losses = ana_alloc(r, LKL_NLOSS, sizeof(*t->losses));
	for (i = 0; t->losses != NULL && i < LKL_NLOSS; i++) {
		if (s->losses[i] == 0)
			continue;
		t->losses[t->nlosses].name = lk_loss_desc[i].name;
		t->losses[t->nlosses].help = lk_loss_desc[i].help;
		t->losses[t->nlosses++].value = s->losses[i];
	}
	t->loss_share = lost_of(s, LKC_acquired);
	if (waits > t->loss_share)
		t->loss_share = waits;
	if (t->loss_share > LOSS_BOUND)
		t->why = "more than 1% of what was counted was lost";
}

/*
 * Nobody waited longer than there was time.  Virtual time begins anew with
 * each execution, and making the world is one: there is nothing to compare.
 */
static void
clock_sane(const struct ana_snapshot *s, struct ana_trust *t)
{
	uint64_t life = s->info.now - s->info.created;
	size_t i;

	if (s->info.created == 0 || s->campaign != NULL)
		return;
	if (s->info.now < s->info.created)
		t->why = "the clock went backwards";
	for (i = 0; i < s->ntotals; i++) {
		if (s->totals[i].c[LKC_wait_max] > life)
			t->why = "the clock shows waits longer than the run";
	}
}

/* What watching cost: each take has a note, which was measured. */
static void
note_cost(const struct ana_snapshot *s, struct ana_trust *t)
{
	double time = ana_strand_time(s);
	uint64_t taken = 0;
	size_t i;

	for (i = 0; i < s->ntotals; i++)
		taken += s->totals[i].c[LKC_acquired];
	t->note_ns = (double)s->info.note_ps / 1000;
	if (time > 0)
		t->note_share = t->note_ns * (double)taken / time;
}

static void
remark(struct ana_trust *t, const char *text)
{
	t->remarks[t->nremarks++] = text;
}

static void
remark_trace(struct ana_trust *t, struct ana_result *r)
{
	remark(t, ana_say(r, "order trace: %" PRIu64 " events, %" PRIu64
	    " lost; %" PRIu64 " rings looked at, %u can happen%s",
	    r->predict.events, r->predict.lost, r->predict.patterns,
	    r->predict.found, r->predict.gaveup != 0 ?
	    "; the search was cut short" : ""));
}

/* Each wait has somebody to blame; what is amiss is said, and how much. */
static void
unblamed(const struct ana_snapshot *s, struct ana_trust *t,
    struct ana_result *r)
{
	uint64_t some = r->blame.total, all = r->blame.waited;
	char by[ANA_NUM], of[ANA_NUM];

	if (some == all)
		return;
	remark(t, ana_say(r, "blame and what was waited, %s, differ by %s: %s",
	    ana_time(all, of), ana_time(some > all ? some - all : all - some,
	    by), s->losses[LKL_counts] != 0 ? "there was no room for all counts"
	    : "waits were just over when the record was read"));
}

/* What was found must be there when it is executed again. */
static void
happens_again(const struct ana_snapshot *s, struct ana_trust *t)
{
	const struct ana_campaign *c = s->campaign;

	if (c->search != NULL && c->told != NULL && c->told->failures == 0 &&
	    s->outcome.end == WLE_DONE)
		t->why = "an execution failed, but not when it was made "
		    "again: something outlives an execution";
}

/* Of an exploration: what a wait is there. */
static void
remarks_virtual(const struct ana_snapshot *s, struct ana_trust *t)
{
	if (s->campaign->told != NULL || s->campaign->traced != NULL)
		remark(t, "time is virtual: a scheduling point takes 100ns, "
		    "sleep and I/O what they ask for; waits show an order, "
		    "and no speed");
	else
		remark(t, "a search keeps no record; what it finds is executed "
		    "again with one");
}

static void
remarks(const struct ana_snapshot *s, struct ana_trust *t,
    struct ana_result *r)
{
	uint64_t strands = s->job.threads != 0 ? s->job.threads :
	    ana_strands(s);
	char share[ANA_NUM];

	if (s->partial)
		remark(t, ana_say(r, "this was kept while it ran, after %s: "
		    "what came later is not in it", ana_time(
		    s->outcome.elapsed_ns, share)));
	if (t->note_ns > 0)
		remark(t, ana_say(r, "to note a take cost %.1fns here: %s of "
		    "the strands' time in all", t->note_ns,
		    ana_percent(t->note_share, share)));
	if (s->cpus != 0 && strands > s->cpus)
		remark(t, ana_say(r, "%" PRIu64 " threads on %u processors: "
		    "waits include waiting to run", strands, s->cpus));
	if (s->info.undelayed)
		remark(t, "how long strands waited for a processor is not "
		    "told here (no schedstat): long waits may be that");
	if (s->info.created != 0 && s->info.level == LK_LEVEL_CONTENDED)
		remark(t, "recorded contended takes alone: those that were "
		    "free are not counted");
	if (s->info.created != 0 && s->info.level == LK_LEVEL_OFF)
		remark(t, "recording was off: no takes, no waits");
	unblamed(s, t, r);
}

void
ana_pass_trust(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_trust *t = &r->trust;

	t->remarks = ana_alloc(r, 8, sizeof(*t->remarks));
	losses(s, t, r);
	clock_sane(s, t);
	if (s->campaign == NULL)
		note_cost(s, t);
	else
		happens_again(s, t);
	t->untrusted = t->why != NULL;
	if (t->remarks != NULL && s->campaign != NULL)
		remarks_virtual(s, t);
	else if (t->remarks != NULL)
		remarks(s, t, r);
	if (t->remarks != NULL && r->predict.events != 0)
		remark_trace(t, r);
}

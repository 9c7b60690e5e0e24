/*
 * trust: may the numbers be believed?  Losses are shown beside the numbers;
 * above one in a hundred the numbers are not to be trusted.
 */
#include <inttypes.h>

#include "analysis/ana_int.h"

#define LOSS_BOUND	0.01

/* Losses that make counts and times too low, one acquisition each. */
static uint64_t
uncounted(const struct ana_snapshot *s)
{
	return s->losses[LKL_held] + s->losses[LKL_counts] +
	    s->losses[LKL_waits];
}

static void
losses(const struct ana_snapshot *s, struct ana_trust *t,
    struct ana_result *r)
{
	uint64_t taken = 0;
	size_t i;

	t->losses = ana_alloc(r, LKL_NLOSS, sizeof(*t->losses));
	for (i = 0; t->losses != NULL && i < LKL_NLOSS; i++) {
		if (s->losses[i] == 0)
			continue;
		t->losses[t->nlosses].name = lk_loss_desc[i].name;
		t->losses[t->nlosses].help = lk_loss_desc[i].help;
		t->losses[t->nlosses++].value = s->losses[i];
	}
	for (i = 0; i < s->ntotals; i++)
		taken += s->totals[i].c[LKC_acquired];
	if (uncounted(s) != 0)
		t->loss_share = (double)uncounted(s) /
		    (double)(taken + uncounted(s));
	t->untrusted = t->loss_share > LOSS_BOUND;
}

void
ana_pass_trust(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_trust *t = &r->trust;

	t->remarks = ana_alloc(r, 2, sizeof(*t->remarks));
	losses(s, t, r);
	if (t->remarks == NULL)
		return;
	if (s->cpus != 0 && s->job.threads > s->cpus)
		t->remarks[t->nremarks++] = ana_say(r, "%" PRIu64
		    " threads on %u processors: waits include waiting to run",
		    s->job.threads, s->cpus);
}

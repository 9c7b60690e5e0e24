/*
 * progress.c: does every strand get on?  Judged from the record alone.
 *
 * A strand that is not idle by design must begin operations, or at least do
 * something in the one it is at: wait for something else, hold other locks,
 * make the VM count.  One that waits for what another holds may do so for
 * longer, as long as that other one gets on.  And no operation lasts for
 * ever, whatever is done in it: that would be a livelock.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/runner_int.h"

#define PATIENCE	6	/* times as long, while the holder gets on */
#define LIVELOCK	12	/* times as long, in one operation */

/* What of a strand changes when it gets on. */
struct sign {
	uint32_t	gen, nheld;
	uint64_t	ops, waits, counted, top;
};

struct row {
	struct sign	sign;
	uint64_t	changed;	/* when it last did */
	uint64_t	begun;		/* when it last began an operation */
	bool		live;
	struct lk_strand_info now;
};

struct wl_progress {
	const struct lk_record *rec;
	const uint64_t	*counters;	/* [strand][VMC_NCOUNTERS] */
	uint64_t	hang_ns;
	uint64_t	any;		/* when anything changed */
	uint64_t	at;		/* this look */
	struct row	row[LK_MAXSTRAND];
};

struct wl_progress *
wl_progress_new(const struct lk_record *rec, uint64_t hang_ns)
{
	struct wl_progress *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->rec = rec;
	p->hang_ns = hang_ns;
	return p;
}

void
wl_progress_free(struct wl_progress *p)
{
	free(p);
}

static uint64_t
counted(const struct wl_progress *p, uint32_t id)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; p->counters != NULL && i < VMC_NCOUNTERS; i++)
		sum += __atomic_load_n(&p->counters[(size_t)id *
		    VMC_NCOUNTERS + i], __ATOMIC_RELAXED);
	return sum;
}

static void
look(const struct lk_strand_info *i, void *arg)
{
	struct wl_progress *p = arg;
	struct row *row = &p->row[i->id];
	struct sign sign;

	memset(&sign, 0, sizeof(sign));
	sign.gen = i->gen;
	sign.nheld = i->nheld;
	sign.ops = i->op_ordinal;
	sign.waits = i->wait_ordinal;
	sign.counted = counted(p, i->id);
	if (i->nheld > 0 && i->nheld <= LK_MAXHELD)
		sign.top = i->held[i->nheld - 1].ident ^
		    i->held[i->nheld - 1].since;
	/* an idle strand's wake-ups alone are no progress of the run */
	if (sign.ops != row->sign.ops || (!i->idle &&
	    memcmp(&sign, &row->sign, sizeof(sign)) != 0))
		p->any = p->at;
	if (i->idle || row->changed == 0 ||
	    memcmp(&sign, &row->sign, sizeof(sign)) != 0)
		row->changed = p->at;
	if (i->idle || i->op == 0 || row->begun == 0 ||
	    sign.ops != row->sign.ops || sign.gen != row->sign.gen)
		row->begun = p->at;
	row->sign = sign;
	row->live = true;
	row->now = *i;
}

/* => the strand that holds what this one waits for; NULL: none seen */
static const struct row *
holder(const struct wl_progress *p, const struct row *waiter)
{
	uint32_t i, j;

	for (i = 0; i < LK_MAXSTRAND; i++) {
		const struct row *r = &p->row[i];

		for (j = 0; r->live && j < r->now.nheld && j < LK_MAXHELD; j++)
			if (r->now.held[j].ident == waiter->now.wait.ident &&
			    r->now.held[j].kind == waiter->now.wait.kind)
				return r;
	}
	return NULL;
}

static bool
stuck(const struct wl_progress *p, const struct row *r)
{
	uint64_t still = p->at - r->changed;
	const struct row *other;

	if (!r->live || r->now.idle)
		return false;
	if (p->at - r->begun >= LIVELOCK * p->hang_ns)
		return true;
	if (still < p->hang_ns)
		return false;
	if (still >= PATIENCE * p->hang_ns)
		return true;
	if (r->now.wait.ident == 0)	/* it runs, and may do so longer */
		return false;
	other = holder(p, r);
	return other == NULL || other == r ||
	    p->at - other->changed >= p->hang_ns;
}

static void
tell(const struct wl_progress *p, const struct row *r, char why[256])
{
	const struct lk_strand_info *i = &r->now;
	struct lk_class_info class;

	if (p->at - r->changed < p->hang_ns) {
		snprintf(why, 256, "strand %s does much in operation %s, but "
		    "has not ended it for %" PRIu64 " ms: a livelock", i->name,
		    wl_op_name(i->op), (p->at - r->begun) / 1000000);
		return;
	}
	if (i->wait.ident == 0) {
		snprintf(why, 256, "strand %s, in operation %s, has got "
		    "nowhere for %" PRIu64 " ms, waiting for nothing", i->name,
		    wl_op_name(i->op), (p->at - r->changed) / 1000000);
		return;
	}
	(void)lk_record_class(p->rec, i->wait.class, &class);
	snprintf(why, 256, "strand %s, in operation %s, has waited for %s %s "
	    "for %" PRIu64 " ms", i->name, wl_op_name(i->op),
	    lk_kind_name(i->wait.kind), class.name,
	    (p->at - r->changed) / 1000000);
}

bool
wl_progress_stuck(struct wl_progress *p, uint64_t now, char why[256])
{
	const struct row *worst = NULL;
	unsigned i;

	p->counters = lk_record_region_find(p->rec, VM_COUNTERS_REGION, NULL);
	p->at = now;
	if (p->any == 0)
		p->any = now;
	for (i = 0; i < LK_MAXSTRAND; i++)
		p->row[i].live = false;
	lk_record_strands(p->rec, look, p);
	for (i = 0; i < LK_MAXSTRAND; i++)
		if (!p->row[i].live)
			p->row[i].changed = p->row[i].begun = 0;
		else if (stuck(p, &p->row[i]) && (worst == NULL ||
		    p->row[i].changed < worst->changed))
			worst = &p->row[i];
	if (worst != NULL) {
		tell(p, worst, why);
		return true;
	}
	if (now - p->any < PATIENCE * p->hang_ns)
		return false;
	snprintf(why, 256, "no strand has done anything for %" PRIu64 " ms: "
	    "all wait for each other by design",
	    (now - p->any) / 1000000);
	return true;
}

/*
 * explored: what a campaign of exploration came to, and the execution that
 * failed as columns of what each strand did.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/ana_int.h"

#define MAXCOLUMN	8	/* strands shown; more share the last one */

static void
say_count(struct ana_result *r, struct ana_explored *x)
{
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM], e[ANA_NUM];
	uint64_t all = x->executions + x->pruned;
	double s = (double)x->elapsed_ns / 1e9;
	const char *pruned = "";

	if (x->pruned > 0)
		pruned = ana_say(r, " (and %s cut short)",
		    ana_count(x->pruned, a));
	x->says = ana_say(r, "%s executions%s in %s: %s a second, %s points "
	    "a second; %s%s different orders, %s%" PRIu64 " hand-overs of locks, "
	    "%" PRIu64 " conflicts",
	    ana_count(x->executions, a), pruned, ana_time(x->elapsed_ns, b),
	    ana_count(s > 0 ? (uint64_t)((double)all / s) : 0, c),
	    ana_count(s > 0 ? (uint64_t)((double)x->steps / s) : 0, d),
	    x->orders_lost ? "at least " : "", ana_count(x->orders, e),
	    x->pairs_lost ? "at least " : "", x->handovers, x->conflicts);
}

/* The rule of three. */
static void
say_bound(struct ana_result *r, struct ana_explored *x)
{
	char n[ANA_NUM];

	if (x->failures > 0 || x->executions == 0)
		return;
	if (x->exhausted)
		x->bound = ana_say(r, "every order that matters was executed: "
		    "there is no failing one (%s executions)",
		    ana_count(x->executions, n));
	else
		x->bound = ana_say(r, "0 failures in %" PRIu64 " executions: "
		    "with 95 %% confidence one in %" PRIu64 " or fewer fails "
		    "under this strategy (p < 3/N = %.2g)", x->executions,
		    x->executions > 3 ? x->executions / 3 : 1,
		    3.0 / (double)x->executions);
}

static void
counts(struct ana_result *r, const struct wl_explore_run *run,
    struct ana_explored *x)
{
	x->executions = run->executions;
	x->pruned = run->pruned;
	x->failures = run->failures;
	x->steps = run->steps;
	x->choices = run->choices;
	x->orders = run->orders;
	x->orders_lost = run->orders_lost != 0;
	x->handovers = run->handovers;
	x->conflicts = run->conflicts;
	x->pairs_lost = run->pairs_lost != 0;
	x->exhausted = run->exhausted != 0;
	x->failed_at = run->failed_at;
	x->failed_seed = run->failed_seed;
	x->turns_before = run->turns_before;
	x->turns = run->turns;
	x->tries = run->tries;
	x->program = ana_say(r, "%s", run->program);
	x->schedule = ana_say(r, "%s", run->schedule);
}

/* => the column of a strand; they stand in the order of their first step */
static unsigned
column_of(struct ana_result *r, struct ana_explored *x,
    const struct wl_explore_run *run, unsigned ordinal, unsigned char *col)
{
	if (ordinal >= LK_MAXFIBER)
		return 0;
	if (col[ordinal] == 0) {
		if (x->ncolumns < MAXCOLUMN)
			x->columns[x->ncolumns++] = ana_say(r, "%.15s",
			    run->strand[ordinal]);
		col[ordinal] = (unsigned char)x->ncolumns;
	}
	return col[ordinal] - 1u;
}

static struct ana_step *
step_new(struct ana_explored *x, unsigned column)
{
	struct ana_step *s = &x->step[x->nsteps++];

	s->column = column;
	s->where = "";
	return s;
}

/* What is done; the rest of a row says where. */
static const char *
what_of(struct ana_result *r, const struct wl_event *e)
{
	return ana_say(r, "%s%s%.19s", lk_act_name((enum lk_act)e->act),
	    e->object[0] != '\0' ? " " : "", e->object);
}

/* The page daemon and I/O: of no operation, and told in short. */
static bool
serves(const struct wl_event *e)
{
	return e->op == 0;
}

static void
listing(struct ana_result *r, const struct wl_explore_run *run,
    struct ana_explored *x)
{
	uint32_t i, n = run->nevents < WL_MAXEVENT ? run->nevents :
	    WL_MAXEVENT, ops[LK_MAXFIBER] = { 0 };
	unsigned char col[LK_MAXFIBER] = { 0 };
	const struct wl_event *e;
	struct ana_step *s;
	unsigned column;

	x->columns = ana_alloc(r, MAXCOLUMN, sizeof(*x->columns));
	x->step = ana_alloc(r, 2 * (size_t)n + 1, sizeof(*x->step));
	if (x->columns == NULL || x->step == NULL)
		return;
	for (i = 0; i < n; i++) {
		e = &run->event[i];
		column = column_of(r, x, run, e->strand, col);
		if (e->strand < LK_MAXFIBER && e->op != ops[e->strand] &&
		    e->op != 0)
			step_new(x, column)->op = wl_op_name(e->op);
		if (e->strand < LK_MAXFIBER)
			ops[e->strand] = e->op;
		if (serves(e) && i > 0 && e[-1].strand == e->strand &&
		    x->nsteps > 0 && x->step[x->nsteps - 1].op == NULL) {
			x->step[x->nsteps - 1].more++;
			continue;
		}
		s = step_new(x, column);
		s->what = what_of(r, e);
		if (e->file[0] != '\0')
			s->where = ana_say(r, "%.31s:%u", e->file, e->line);
	}
}

static void
say_controls(struct ana_result *r, const struct ana_campaign *c,
    struct ana_explored *x)
{
	const char *more = "";
	char a[ANA_NUM];

	if (c->controls + c->controls_unasked == 0)
		return;
	x->planted = c->controls;
	x->found = c->controls_found;
	x->unasked = c->controls_unasked;
	x->controls_ns = c->controls_ns;
	x->is_void = x->found < x->planted;
	if (x->unasked > 0)
		more = ana_say(r, "; for %u there was not time enough", x->unasked);
	if (!x->is_void) {
		x->controls = ana_say(r, "controls: %u of %u bugs of our own, "
		    "planted in this job, were found, each by its oracle, in "
		    "%s%s", x->found, x->planted, ana_time(x->controls_ns, a),
		    more);
		return;
	}
	x->missed = ana_say(r, "%s", c->controls_missed);
	x->controls = ana_say(r, "VOID: of %u bugs of our own, planted in this "
	    "job, %u were not found: %s%s.  What it did not find may be there "
	    "all the same", x->planted, x->planted - x->found, x->missed,
	    more);
	r->trust.untrusted = true;
	r->trust.why = ana_say(r, "what was planted was not found: %s",
	    x->missed);
}

void
ana_pass_explored(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct ana_campaign *c = s->campaign;
	struct ana_explored *x = &r->explored;

	if (c == NULL)
		return;
	x->strategy = ana_say(r, "%s", c->strategy);
	x->first_seed = c->first_seed;
	x->elapsed_ns = c->elapsed_ns;
	if (c->search != NULL) {
		counts(r, c->search, x);
		say_count(r, x);
		say_bound(r, x);
		say_controls(r, c, x);
	}
	if (c->traced != NULL)
		x->traced = ana_say(r, "traced: the execution of seed %"
		    PRIu64 ", %" PRIu64 " points", c->first_seed,
		    c->traced->points);
	if (c->told == NULL)
		return;
	if (c->search == NULL) {
		x->executions = 1;
		x->failures = c->told->failures;
		x->program = ana_say(r, "%s", c->told->program);
	}
	x->again = ana_say(r, "%s", c->again);
	x->end = lk_fibers_end_name(c->told->end);
	x->making = c->told->making;
	x->points = c->told->points;
	x->hash = c->told->hash;
	x->diverged = c->told->diverged;
	listing(r, c->told, x);
}

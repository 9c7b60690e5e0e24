/*
 * From the live record to plain tables: stacks that waited, and the timeline.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/ana_int.h"

static void
add_stack(const struct lk_wait_stack_info *row, void *g)
{
	ana_grow_add(g, row);
}

static void
add_event(const struct lk_timed_event *row, void *g)
{
	ana_grow_add(g, row);
}

static int
by_class(const void *a, const void *b)
{
	const struct lk_wait_stack_info *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return x->ns != y->ns ? (x->ns > y->ns ? -1 : 1) : 0;
}

int
ana_freeze_when(const struct lk_record *rec, struct ana_snapshot *s)
{
	struct ana_grow stacks = { .size = sizeof(*s->wait_stacks) };
	struct ana_grow events = { .size = sizeof(*s->events) };

	lk_record_wait_stacks(rec, add_stack, &stacks);
	lk_record_timeline(rec, add_event, &events, &s->losses[LKL_timeline]);
	s->wait_stacks = stacks.rows;
	s->nwait_stacks = stacks.n;
	s->events = events.rows;
	s->nevents = events.n;
	if (s->nwait_stacks != 0)
		qsort(s->wait_stacks, s->nwait_stacks,
		    sizeof(*s->wait_stacks), by_class);
	return stacks.failed || events.failed ? ENOMEM : 0;
}

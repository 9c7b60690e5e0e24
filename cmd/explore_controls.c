/*
 * explore_controls.c: a campaign in which nothing failed shows something only
 * if it would have failed.  So each bug of our own is planted in the same job,
 * one after the other, and searched for by the same strategy.
 *
 *	campaign ---- nothing ---> plant 1 ---> found?  by its oracle?
 *				   plant 2 ---> ...
 */
#include <stdio.h>
#include <string.h>

#include "cmd/explore_int.h"

#define EXECUTIONS	1000		/* for each at most */
#define PATIENCE	200		/* if there is no place for it */
/* A campaign that is limited in time: a share of it for all. */
#define SHARE		10
#define LEAST_NS	UINT64_C(5000000000)
/* One that is not: so many scheduling points, or twice its own. */
#define LEAST_POINTS	UINT64_C(2000000)

/* What all controls together may take, and have taken. */
struct purse {
	uint64_t	ns, points;	/* 0: that is no limit */
	uint64_t	points_used;
};

/*
 * Who enumerates does not come to the end of a job and two strands more.  Nor
 * does it care when something is changed without a lock, for that is no event:
 * it may always be before guards have looked at it.
 */
static int
job_with(const struct cmd_explore *o, const struct wl_plant *p,
    struct wl_job *job)
{
	struct wl_error err;

	*job = o->job;
	snprintf(job->plant, sizeof(job->plant), "%s", p->name);
	if (o->chooser->ends)
		job->guards = 0;
	return o->chooser->ends && p->alone ? wl_job_set(job,
	    "explore.program", "-", &err) : 0;
}

static void
missed(struct ana_campaign *c, const char *name)
{
	size_t len = strlen(c->controls_missed);

	snprintf(c->controls_missed + len, sizeof(c->controls_missed) - len,
	    "%s%s", len > 0 ? ", " : "", name);
}

/* One that there was no place for does not count. */
static void
count(struct ana_campaign *c, size_t i, const struct cmd_step *s)
{
	uint64_t n = s->run->executions + s->run->pruned;
	bool failed = cmd_explore_fails(s);

	if (failed && wl_plant_found(i, s->run))
		c->controls_found++;
	else if (failed || (s->run->planted > 0 &&
	    (s->run->exhausted || n >= EXECUTIONS)))
		missed(c, wl_plant(i)->name);
	else {
		c->controls_unasked += !s->run->exhausted &&
		    (s->run->planted > 0 || n < PATIENCE);
		return;
	}
	c->controls++;
}

static int
control(const struct cmd_explore *o, size_t i, struct purse *purse,
    struct ana_campaign *c)
{
	struct wl_exploration x;
	struct wl_job job;
	struct cmd_step s;
	int code;

	cmd_explore_conf(o, &x);
	if (job_with(o, wl_plant(i), &job) != 0)
		return ANA_EXIT_CANNOT;
	x.job = &job;
	x.conf.executions = EXECUTIONS;
	x.conf.go_on = x.conf.orders = false;
	x.limit_ns = purse->ns != 0 ? purse->ns - c->controls_ns : 0;
	x.points = purse->points != 0 ? purse->points - purse->points_used : 0;
	x.patience = PATIENCE;
	x.tries = 0;
	x.status = NULL;
	code = cmd_explore_step(o, &x, LK_LEVEL_OFF, &s);
	if (code == 0 && s.outcome.end == WLE_INTERRUPTED)
		c->controls_unasked++;
	else if (code == 0)
		count(c, i, &s);
	if (code == 0)
		purse->points_used += s.run->steps;
	c->controls_ns += s.outcome.elapsed_ns;
	lk_record_close(s.rec);
	return code;
}

static bool
empty(const struct purse *purse, const struct ana_campaign *c)
{
	return (purse->ns != 0 && c->controls_ns >= purse->ns) ||
	    (purse->points != 0 && purse->points_used >= purse->points);
}

/*
 * Where the campaign was not limited in time nothing here depends on the
 * machine either.
 */
static void
fill(struct purse *purse, const struct cmd_explore *o, uint64_t points,
    const struct ana_campaign *c)
{
	uint64_t share = c->elapsed_ns / SHARE;

	*purse = (struct purse){ 0 };
	if (o->executions != 0 && o->limit_ns == 0)
		purse->points = 2 * points > LEAST_POINTS ? 2 * points :
		    LEAST_POINTS;
	else
		purse->ns = share > LEAST_NS ? share : LEAST_NS;
}

int
cmd_controls(const struct cmd_explore *o, const struct cmd_step *s,
    struct ana_campaign *c)
{
	struct purse purse;
	size_t i;
	int code = 0;

	if (o->no_controls || o->executions == 1 || o->job.plant[0] != '\0' ||
	    s->outcome.end != WLE_DONE)
		return 0;
	fill(&purse, o, s->run->steps, c);
	for (i = 0; code == 0 && wl_plant(i) != NULL; i++) {
		if (!wl_plant_with(i, o->memory))
			continue;
		if (empty(&purse, c))
			c->controls_unasked++;
		else
			code = control(o, i, &purse, c);
	}
	return code;
}

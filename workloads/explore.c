/*
 * explore.c: executions under a chooser, one after the other, and what to do
 * with one that failed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/chooser_int.h"
#include "workloads/explore_int.h"

/* Between the fibers and the chooser: what was chosen is written down. */
struct recorder {
	const struct wl_chooser *chooser;
	void		*state;
	struct wl_schedule schedule;
};

static struct lk_fiber_view *
choose(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct recorder *r = arg;
	struct lk_fiber_view *got;

	got = r->chooser->choose(r->state, v, n, last);
	if (n > 1)
		wl_schedule_add(&r->schedule, got->ordinal);
	return got;
}

/* => did it fail? */
static int
execute(const struct wl_program *p, struct recorder *r, uint64_t seed,
    struct lk_fibers_result *out, bool *failed)
{
	struct lk_fibers_conf conf = {
		.choose = choose, .arg = r, .seed = seed,
		.max_steps = p->max_steps, .always = r->chooser->always,
		.stop_on_incident = true,
	};
	uint64_t incidents = lk_incidents();
	int error;

	wl_schedule_clear(&r->schedule);
	r->schedule.seed = seed;
	error = lk_fibers_run(&conf, p->run, p->arg, NULL, out);
	if (error != 0)
		return error;
	if (r->schedule.lost)
		return ENOMEM;
	/* who stops an execution has had it before */
	*failed = lk_incidents() != incidents || (out->end != LKF_DONE &&
	    out->end != LKF_STOPPED);
	return 0;
}

static int
failed_first(struct wl_explore_result *res, const struct recorder *r,
    uint64_t seed, const struct lk_fibers_result *out)
{
	res->failed_at = res->executions;
	res->failed_seed = seed;
	res->failed = *out;
	return wl_schedule_copy(&res->schedule, &r->schedule);
}

static int
campaign(const struct wl_program *p, const struct wl_explore_conf *conf,
    struct recorder *r, struct wl_explore_result *res)
{
	struct lk_fibers_result out;
	uint64_t seed = conf->seed;
	bool failed;
	int error;

	for (; conf->executions == 0 || res->executions < conf->executions;
	    seed++) {
		if (!r->chooser->begin(r->state, seed)) {
			res->exhausted = true;
			break;
		}
		error = execute(p, r, seed, &out, &failed);
		if (error != 0)
			return error;
		if (r->chooser->end != NULL)
			r->chooser->end(r->state, &out);
		if (out.end == LKF_STOPPED && !failed)
			res->pruned++;
		else
			res->executions++;
		res->steps += out.steps;
		res->choices += out.choices;
		if (!failed)
			continue;
		if (res->failures++ == 0) {
			error = failed_first(res, r, seed, &out);
			if (error != 0)
				return error;
		}
		if (!conf->go_on)
			break;
	}
	return 0;
}

int
wl_explore(const struct wl_program *p, const struct wl_explore_conf *conf,
    struct wl_explore_result *res)
{
	struct recorder r = { .chooser = conf->chooser };
	int error;

	memset(res, 0, sizeof(*res));
	error = r.chooser->create(&conf->how, &r.state);
	if (error != 0)
		return error;
	error = campaign(p, conf, &r, res);
	r.chooser->destroy(r.state);
	wl_schedule_free(&r.schedule);
	if (error != 0)
		wl_schedule_free(&res->schedule);
	return error;
}

/* One execution by a schedule; what was really chosen, if asked for. */
static int
follow(const struct wl_program *p, const struct wl_schedule *s,
    struct lk_fibers_result *out, bool *failed, uint64_t *diverged,
    struct wl_schedule *made)
{
	struct wl_choose_conf how = { .schedule = s };
	struct recorder r = { .chooser = &wl_chooser_replay };
	int error;

	error = r.chooser->create(&how, &r.state);
	if (error != 0)
		return error;
	(void)r.chooser->begin(r.state, 0);
	error = execute(p, &r, s->seed, out, failed);
	*diverged = wl_replay_diverged(r.state);
	r.chooser->destroy(r.state);
	if (error == 0 && made != NULL)
		error = wl_schedule_copy(made, &r.schedule);
	wl_schedule_free(&r.schedule);
	return error;
}

int
wl_replay_schedule(const struct wl_program *p, const struct wl_schedule *s,
    struct lk_fibers_result *out, uint64_t *diverged)
{
	bool failed;

	return follow(p, s, out, &failed, diverged, NULL);
}

/* ------------------------------------------------------------------------
 * Smaller
 */

/*
 * Without turn `at`: those before and after it may then be one.  Whoever
 * comes after has to wait until the strand gets its turn later.
 */
static int
without(const struct wl_schedule *from, size_t at, struct wl_schedule *to)
{
	size_t i;
	uint32_t k;

	wl_schedule_clear(to);
	to->seed = from->seed;
	for (i = 0; i < from->nturns; i++)
		for (k = 0; i != at && k < from->turn[i].n; k++)
			wl_schedule_add(to, from->turn[i].ordinal);
	return to->lost ? ENOMEM : 0;
}

/* => 0 and *better: the shorter one fails the same way, and is in best */
static int
try_without(const struct wl_program *p, struct wl_schedule *best, size_t at,
    enum lk_fibers_end end, struct wl_schedule *tmp, struct wl_schedule *made,
    bool *better)
{
	struct lk_fibers_result out;
	uint64_t diverged;
	bool failed;
	int error;

	*better = false;
	error = without(best, at, tmp);
	if (error == 0)
		error = follow(p, tmp, &out, &failed, &diverged, made);
	if (error != 0 || !failed || out.end != end ||
	    made->nturns >= best->nturns)
		return error;
	*better = true;
	return wl_schedule_copy(best, made);
}

int
wl_minimise(const struct wl_program *p, struct wl_schedule *s,
    uint64_t *tries)
{
	struct wl_schedule tmp = { 0 }, made = { 0 };
	struct lk_fibers_result out;
	uint64_t diverged, most = *tries;
	bool failed, better = true;
	size_t at;
	int error;

	*tries = 1;
	error = follow(p, s, &out, &failed, &diverged, &made);
	if (error == 0 && !failed)
		error = EINVAL;
	while (error == 0 && better) {
		better = false;
		for (at = s->nturns; error == 0 && at-- > 0 && *tries < most;) {
			bool now;

			++*tries;
			error = try_without(p, s, at, out.end, &tmp, &made,
			    &now);
			if (now) {
				better = true;
				at = at < s->nturns ? at : s->nturns;
			}
		}
	}
	wl_schedule_free(&tmp);
	wl_schedule_free(&made);
	return error;
}

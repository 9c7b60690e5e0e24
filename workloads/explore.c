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
	const struct wl_explore_conf *conf;
	const struct wl_chooser *chooser;
	lk_choose_fn	*ask;		/* the chooser's */
	void		*state;
	struct wl_orders *orders;	/* NULL: not counted */
	bool		watched;	/* somebody looks at each point */
	uint64_t	at;		/* points of this execution */
	uint64_t	fair_after;	/* from then on everybody has a turn */
	uint64_t	dice;
	struct wl_schedule schedule;
};

static void
watch(struct recorder *r, const struct lk_fiber_view *got)
{
	const struct wl_oracle *const *o = r->conf->oracle;
	unsigned i;

	for (i = 0; i < WL_MAXORACLE && o[i] != NULL; i++)
		if (o[i]->step != NULL && o[i]->every != 0 &&
		    r->at % o[i]->every == 0)
			o[i]->step(o[i]->arg, r->at);
	if (r->conf->event != NULL)
		r->conf->event(got, r->conf->arg);
	if (r->orders != NULL)
		wl_orders_note(r->orders, got);
}

/*
 * A strategy may let one strand spin for ever while another is never asked:
 * that is no fault of theirs.  One that gets nowhere when all have their turn
 * is.
 */
static struct lk_fiber_view *
fair(struct recorder *r, struct lk_fiber_view *const *v, unsigned n)
{
	r->dice = r->dice * 6364136223846793005u + 1442695040888963407u;
	return v[(r->dice >> 33) % n];
}

/* It is asked at every point: with all that, or with what there is mostly. */
static struct lk_fiber_view *
choose(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct recorder *r = arg;
	struct lk_fiber_view *got = v[0];

	if (++r->at > r->fair_after)
		got = fair(r, v, n);
	else if (n > 1 || r->chooser->always)
		got = r->chooser->choose(r->state, v, n, last);
	if (n > 1)
		wl_schedule_add(&r->schedule, got->ordinal);
	if (r->watched)
		watch(r, got);
	return got;
}

static struct lk_fiber_view *
choose_plainly(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct recorder *r = arg;
	struct lk_fiber_view *got;

	if (__builtin_expect(n == 1 || r->at >= r->fair_after, 0))
		return choose(arg, v, n, last);
	r->at++;
	got = r->ask(r->state, v, n, last);
	wl_schedule_add(&r->schedule, got->ordinal);
	return got;
}

static void
failed_so(const struct lk_fibers_result *out, void *arg)
{
	struct recorder *r = arg;

	if (out->end != LKF_STOPPED && r->conf->failed != NULL)
		r->conf->failed(out, r->conf->arg);
}

static void
oracles_begin(const struct wl_explore_conf *conf, uint64_t seed)
{
	unsigned i;

	for (i = 0; i < WL_MAXORACLE && conf->oracle[i] != NULL; i++)
		if (conf->oracle[i]->begin != NULL)
			conf->oracle[i]->begin(conf->oracle[i]->arg, seed);
}

static void
oracles_end(const struct wl_explore_conf *conf,
    const struct lk_fibers_result *out)
{
	unsigned i;

	for (i = 0; i < WL_MAXORACLE && conf->oracle[i] != NULL; i++)
		if (conf->oracle[i]->end != NULL)
			conf->oracle[i]->end(conf->oracle[i]->arg, out);
}

static struct lk_fiber_view *
nobody_asks(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	return v[0];
}

/* By strands of its own, so that each execution numbers alike. */
static int
make(const struct wl_program *p, struct recorder *r, uint64_t seed,
    struct lk_fibers_result *out)
{
	const struct lk_fibers_conf conf = {
		.choose = nobody_asks, .arg = r, .seed = seed, .quiet = true,
		.stop_on_incident = true, .ended = failed_so,
		.passed = r->conf->passed,
	};

	return lk_fibers_run(&conf, p->make, p->arg, NULL, out);
}

static int
run(const struct wl_program *p, struct recorder *r, uint64_t seed,
    struct lk_fibers_result *out)
{
	const struct lk_fibers_conf conf = {
		.choose = r->watched ? choose : choose_plainly, .arg = r,
		.seed = seed, .max_steps = p->max_steps, .quiet = p->quiet,
		.always = r->chooser->always || r->watched,
		.stop_on_incident = true, .ended = failed_so,
		.memory = r->conf->memory, .passed = r->conf->passed,
	};
	int error = 0;

	/* what made the world came before, and is in no order with it */
	if (r->conf->trace != 0)
		error = lk_order_trace(r->conf->trace);
	return error != 0 ? error :
	    lk_fibers_run(&conf, p->run, p->arg, NULL, out);
}

/* => who stops an execution has had it before */
static bool
has_failed(const struct lk_fibers_result *out, uint64_t incidents)
{
	return lk_incidents() != incidents || (out->end != LKF_DONE &&
	    out->end != LKF_STOPPED);
}

/* => *failed: did it? */
static int
made_and_run(const struct wl_program *p, struct recorder *r, uint64_t seed,
    struct lk_fibers_result *out, bool *failed)
{
	uint64_t incidents = lk_incidents(), with;
	bool to_make = false;
	int error = 0;

	if (p->begin != NULL)
		error = p->begin(p->arg, seed, &to_make, &with);
	if (error == 0 && to_make)
		error = make(p, r, with, out);
	if (error == 0 && !(to_make && has_failed(out, incidents)))
		error = run(p, r, seed, out);
	if (error == 0 && p->ended != NULL)
		error = p->ended(p->arg, out);
	*failed = has_failed(out, incidents);
	return error;
}

static int
execute(const struct wl_program *p, struct recorder *r, uint64_t seed,
    struct lk_fibers_result *out, bool *failed)
{
	int error;

	memset(out, 0, sizeof(*out));
	wl_schedule_clear(&r->schedule);
	r->schedule.seed = seed;
	r->at = 0;
	r->dice = seed;
	r->fair_after = r->chooser->ends ? UINT64_MAX : (p->max_steps != 0 ?
	    p->max_steps : LK_FIBERS_STEPS) / 2;
	if (r->orders != NULL)
		wl_orders_begin(r->orders);
	oracles_begin(r->conf, seed);
	error = made_and_run(p, r, seed, out, failed);
	if (error != 0)
		return error;
	oracles_end(r->conf, out);
	if (r->orders != NULL && out->end != LKF_STOPPED)
		wl_orders_end(r->orders);
	return r->schedule.lost ? ENOMEM : 0;
}

static void
recorder_init(struct recorder *r, const struct wl_explore_conf *conf,
    const struct wl_chooser *chooser)
{
	static const struct wl_explore_conf none;

	memset(r, 0, sizeof(*r));
	r->conf = conf != NULL ? conf : &none;
	r->chooser = chooser;
	r->ask = chooser->choose;
	r->watched = r->conf->oracle[0] != NULL || r->conf->event != NULL ||
	    r->conf->orders;
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

/* => false: that was enough */
static bool
tell(const struct recorder *r, struct wl_explore_result *res, uint64_t seed)
{
	struct wl_explore_progress p = {
		.executions = res->executions, .pruned = res->pruned,
		.failures = res->failures, .steps = res->steps,
		.choices = res->choices,
	};

	if (r->orders != NULL) {
		p.orders = wl_orders_count(r->orders, &p.orders_lost);
		wl_orders_pairs(r->orders, &p.pairs);
		res->orders = p.orders;
		res->orders_lost = p.orders_lost;
		res->pairs = p.pairs;
	}
	return r->conf->look == NULL ||
	    r->conf->look(&p, seed, r->conf->arg);
}

/* => *more: is there to be another one? */
static int
one(const struct wl_program *p, struct recorder *r, uint64_t seed,
    struct wl_explore_result *res, bool *more)
{
	struct lk_fibers_result out;
	bool failed;
	int error;

	if (!r->chooser->begin(r->state, seed)) {
		res->exhausted = true;
		*more = false;
		return 0;
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
	if (failed && res->failures++ == 0 &&
	    (error = failed_first(res, r, seed, &out)) != 0)
		return error;
	if (!failed && r->chooser->error != NULL &&
	    (error = r->chooser->error(r->state)) != 0)
		return error;
	res->last = out;
	*more = tell(r, res, seed) && (!failed || r->conf->go_on);
	return 0;
}

/* What is learned from is an execution like others, and may fail. */
static int
campaign(const struct wl_program *p, const struct wl_explore_conf *conf,
    struct recorder *r, struct wl_explore_result *res)
{
	uint64_t seed = conf->seed, most = conf->executions;
	bool more = true;
	int error = 0;

	if (r->chooser->learns) {
		error = one(p, r, WL_PROFILE_SEED, res, &more);
		most += most != 0;
	}
	for (; error == 0 && more && (most == 0 || res->executions < most);
	    seed += !r->chooser->ends)
		error = one(p, r, seed, res, &more);
	return error;
}

int
wl_explore(const struct wl_program *p, const struct wl_explore_conf *conf,
    struct wl_explore_result *res)
{
	struct recorder r;
	int error;

	memset(res, 0, sizeof(*res));
	recorder_init(&r, conf, conf->chooser);
	if (conf->orders && (r.orders = wl_orders_new()) == NULL)
		return ENOMEM;
	error = r.chooser->create(&conf->how, &r.state);
	if (error == 0) {
		error = campaign(p, conf, &r, res);
		r.chooser->destroy(r.state);
	}
	wl_orders_free(r.orders);
	wl_schedule_free(&r.schedule);
	if (error != 0)
		wl_schedule_free(&res->schedule);
	return error;
}

int
wl_follow(const struct wl_program *p, const struct wl_explore_conf *conf,
    const struct wl_schedule *s, struct lk_fibers_result *out, bool *failed,
    uint64_t *diverged, struct wl_schedule *made)
{
	struct wl_choose_conf how = { .schedule = s };
	struct recorder r;
	int error;

	recorder_init(&r, conf, &wl_chooser_replay);
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
wl_replay_schedule(const struct wl_program *p,
    const struct wl_explore_conf *conf, const struct wl_schedule *s,
    struct lk_fibers_result *out, uint64_t *diverged)
{
	bool failed;

	return wl_follow(p, conf, s, out, &failed, diverged, NULL);
}

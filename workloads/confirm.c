/*
 * confirm.c: executions that are steered, until one comes to the ring.
 */
#include <errno.h>
#include <string.h>

#include "workloads/chooser_int.h"

#define TRIES	200
#define TRACE	(LK_TRACE_CHUNK * 16)	/* it is only counted */

static int
once(const struct wl_program *p, const struct wl_steer *s, uint64_t seed,
    struct wl_steered *out, struct wl_explore_result *res)
{
	const struct wl_explore_conf conf = {
		.chooser = &wl_chooser_steer,
		.how = { .steer = s, .steered = out },
		.seed = seed, .executions = 1,
		.trace = s->nturns != 0 ? TRACE : 0,
	};

	return wl_explore(p, &conf, res);
}

static int
came(const struct wl_program *p, const struct wl_confirm_conf *conf,
    struct wl_explore_result *res, struct wl_confirmed *out)
{
	uint64_t spend = conf->minimise;

	out->confirmed = true;
	out->end = res->failed;
	out->schedule = res->schedule;
	memset(&res->schedule, 0, sizeof(res->schedule));
	if (spend == 0 || res->failed.end != LKF_DEADLOCK)
		return 0;
	return wl_minimise(p, NULL, &out->schedule, &spend);
}

static int
attempt(const struct wl_program *p, const struct wl_steer *s,
    const struct wl_confirm_conf *conf, struct wl_confirmed *out)
{
	struct wl_explore_result res;
	struct wl_steer places = *s;
	struct wl_steered steered;
	int error;

	places.nturns = 0;
	/* its turns are not counted on unless it is traced anew */
	if (out->tries == 0 && s->nturns != 0 && lk_order_trace(TRACE) != 0)
		return ENOMEM;
	error = once(p, out->tries == 0 ? s : &places, conf->seed +
	    out->tries, &steered, &res);
	if (out->tries == 0 && s->nturns != 0)
		lk_order_trace(0);
	out->tries++;
	if (error != 0)
		return error;
	out->by_witness = steered.by_witness;
	if (steered.closed && res.failures != 0)
		error = came(p, conf, &res, out);
	wl_schedule_free(&res.schedule);
	return error;
}

/* Every execution there is, if they are few. */
static int
make_all(const struct wl_program *p, const struct wl_confirm_conf *conf,
    struct wl_confirmed *out)
{
	const struct wl_explore_conf every = {
		.chooser = &wl_chooser_exhaustive, .executions = conf->all,
	};
	struct wl_explore_result res;
	int error = wl_explore(p, &every, &res);

	if (error == 0)
		out->impossible = res.exhausted && res.failures == 0;
	wl_schedule_free(&res.schedule);
	return error == EILSEQ || error == ERANGE ? 0 : error;
}

int
wl_confirm(const struct wl_program *p, const struct wl_steer *s,
    const struct wl_confirm_conf *conf, struct wl_confirmed *out)
{
	uint64_t most = conf->tries != 0 ? conf->tries : TRIES;
	int error = 0;

	memset(out, 0, sizeof(*out));
	while (error == 0 && !out->confirmed && out->tries < most &&
	    (conf->until == 0 || lk_now() < conf->until))
		error = attempt(p, s, conf, out);
	if (error == 0 && !out->confirmed && conf->all != 0)
		error = make_all(p, conf, out);
	if (error != 0)
		wl_schedule_free(&out->schedule);
	return error;
}

/* chooser_replay.c: as a schedule says, until it cannot be followed. */
#include <errno.h>
#include <stdlib.h>

#include "workloads/chooser_int.h"
#include "workloads/explore_int.h"

struct replay {
	const struct wl_schedule *schedule;
	size_t		turn;
	uint32_t	done;		/* points of this turn */
	uint64_t	at, diverged;
};

static int
create(const struct wl_choose_conf *conf, void **out)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ENOMEM;
	r->schedule = conf->schedule;
	*out = r;
	return 0;
}

static bool
begin(void *state, uint64_t seed)
{
	struct replay *r = state;

	r->turn = 0;
	r->done = 0;
	r->at = r->diverged = 0;
	return true;
}

/* => the next ordinal of the schedule; UINT32_MAX: it is over */
static uint32_t
next(struct replay *r)
{
	const struct wl_schedule *s = r->schedule;

	if (s == NULL)
		return UINT32_MAX;
	while (r->turn < s->nturns && r->done == s->turn[r->turn].n) {
		r->turn++;
		r->done = 0;
	}
	if (r->turn == s->nturns)
		return UINT32_MAX;
	r->done++;
	return s->turn[r->turn].ordinal;
}

/* Beyond the schedule: go on as long as one can, then the next. */
static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct replay *r = state;
	uint32_t want = next(r);
	unsigned i;

	r->at++;
	for (i = 0; i < n; i++)
		if (v[i]->ordinal == want)
			return v[i];
	if (r->diverged == 0)
		r->diverged = r->at;
	for (i = 0; i < n; i++)
		if (v[i] == last && last->act != LKA_YIELD)
			return v[i];
	for (i = 0; i < n; i++)
		if (v[i]->ordinal > last->ordinal)
			return v[i];
	return v[0];
}

uint64_t
wl_replay_diverged(const void *state)
{
	const struct replay *r = state;

	return r->diverged;
}

const struct wl_chooser wl_chooser_replay = {
	.name = "replay",
	.help = "as a schedule says",
	.create = create,
	.destroy = free,
	.begin = begin,
	.choose = choose,
};

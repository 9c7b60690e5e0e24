/*
 * chooser_pos.c: partial order sampling (Yuan, Yang, Gu 2018).
 *
 * Each pending event has a priority of its own; the highest is executed, and
 * then it and all pending events that race with it draw anew.
 */
#include <errno.h>
#include <stdlib.h>

#include "workloads/chooser_int.h"

static int
create(const struct wl_choose_conf *conf, void **out)
{
	*out = calloc(1, sizeof(struct chance));
	return *out != NULL ? 0 : ENOMEM;
}

static bool
begin(void *state, uint64_t seed)
{
	chance_seed(state, seed);
	return true;
}

static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct lk_fiber_view *best = NULL;
	struct chance *c = state;
	unsigned i;

	for (i = 0; i < n; i++) {
		void *event = (void *)(uintptr_t)(v[i]->steps + 1);

		if (v[i]->mark != event) {	/* not met before */
			v[i]->mark = event;
			v[i]->weight = chance_next(c);
		}
		if (best == NULL || v[i]->weight > best->weight)
			best = v[i];
	}
	for (i = 0; i < n; i++)
		if (v[i] != best && acts_race(v[i], best))
			v[i]->weight = chance_next(c);
	/* who turned round for nothing comes last next time */
	if (best->act == LKA_YIELD)
		for (i = 0; i < n; i++)
			v[i]->mark = NULL;
	return best;
}

const struct wl_chooser wl_chooser_pos = {
	.name = "pos",
	.help = "a priority for each pending event (Yuan 2018)",
	.create = create,
	.destroy = free,
	.begin = begin,
	.choose = choose,
};

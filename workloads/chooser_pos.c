/*
 * chooser_pos.c: partial order sampling (Yuan, Yang, Gu 2018).
 *
 * Each pending event has a priority of its own; the highest is executed, and
 * then it and all pending events that race with it draw anew.
 */
#include <stdlib.h>

#include "workloads/chooser_int.h"

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
	.create = wl_chance_create,
	.destroy = free,
	.begin = wl_chance_begin,
	.choose = choose,
};

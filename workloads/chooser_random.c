/* chooser_random.c: a random walk. */
#include <stdlib.h>

#include "workloads/chooser_int.h"

static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	return v[chance_below(state, n)];
}

const struct wl_chooser wl_chooser_random = {
	.name = "random",
	.help = "any strand that can, each as likely",
	.create = wl_chance_create,
	.destroy = free,
	.begin = wl_chance_begin,
	.choose = choose,
};

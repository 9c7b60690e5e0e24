/* chooser_random.c: a random walk. */
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
	return v[chance_below(state, n)];
}

const struct wl_chooser wl_chooser_random = {
	.name = "random",
	.help = "any strand that can, each as likely",
	.create = create,
	.destroy = free,
	.begin = begin,
	.choose = choose,
};

/*
 * chooser_delay.c: delay-bounded scheduling (Emmi, Qadeer, Rakamaric 2011).
 *
 * Left alone, a strand runs as long as it can, then the next one, round and
 * round.  A few points, drawn beforehand, say: not this one, the next.
 */
#include <errno.h>
#include <stdlib.h>

#include "workloads/chooser_int.h"

#define MAXDELAY	64

struct delay {
	struct chance	chance;
	unsigned	bound;
	uint64_t	at, k;
	bool		learned;
	uint64_t	when[MAXDELAY];
};

static int
create(const struct wl_choose_conf *conf, void **out)
{
	struct delay *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return ENOMEM;
	d->bound = conf->bound == 0 ? 2 : conf->bound > MAXDELAY ? MAXDELAY :
	    conf->bound;
	d->k = 32;
	*out = d;
	return 0;
}

static bool
begin(void *state, uint64_t seed)
{
	struct delay *d = state;
	unsigned i;

	chance_seed(&d->chance, seed);
	d->at = 0;
	for (i = 0; i < d->bound; i++)
		d->when[i] = 1 + chance_below(&d->chance, d->k);
	return true;
}

/* => the first one after it, round the end */
static unsigned
after(struct lk_fiber_view *const *v, unsigned n, uint32_t ordinal)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (v[i]->ordinal > ordinal)
			return i;
	return 0;
}

static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct delay *d = state;
	unsigned i, k;

	d->at++;
	for (i = 0; i < n && v[i] != last; i++)
		;
	if (i == n || last->act == LKA_YIELD)
		i = after(v, n, last->ordinal);
	for (k = 0; k < d->bound; k++)
		if (d->when[k] == d->at)
			i = (i + 1) % n;
	return v[i];
}

static void
end(void *state, const struct lk_fibers_result *r)
{
	struct delay *d = state;

	if (!d->learned && d->at > d->k)
		d->k = d->at;
	d->learned = true;
}

const struct wl_chooser wl_chooser_delay = {
	.name = "delay",
	.help = "one after the other, with a few delays (Emmi 2011)",
	.learns = true,
	.create = create,
	.destroy = free,
	.begin = begin,
	.choose = choose,
	.end = end,
};

/*
 * chooser_pct.c: probabilistic concurrency testing (Burckhardt, Kothari,
 * Musuvathi, Nagarakatte 2010).
 *
 * Each strand has a priority, drawn at its birth; the highest that can goes
 * on.  At d-1 points, drawn beforehand, the one that runs falls below all.  A
 * bug that needs d ordered events is met with probability of at least
 * 1/(n k^(d-1)), for n strands and k points.
 *
 * k is the most points that an execution had so far.  A strand that yields
 * waits for others: it falls, too, or it would turn round for ever.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/chooser_int.h"

#define MAXDEPTH	64
#define HIGH		((uint64_t)1 << 62)	/* drawn ones are above */
#define STUCK		1000	/* points in a row: others wait for it to yield */

struct pct {
	struct chance	chance;
	unsigned	depth;
	uint64_t	change[MAXDEPTH];
	uint64_t	k, at;
	bool		learned;
	uint64_t	low;		/* the next to fall gets this; decreases */
	uint64_t	row;		/* points in a row of one strand */
};

static int
create(const struct wl_choose_conf *conf, void **out)
{
	struct pct *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ENOMEM;
	p->depth = conf->depth == 0 ? 3 : conf->depth > MAXDEPTH ? MAXDEPTH :
	    conf->depth;
	p->k = 32;
	*out = p;
	return 0;
}

static bool
begin(void *state, uint64_t seed)
{
	struct pct *p = state;
	unsigned i;

	chance_seed(&p->chance, seed);
	p->at = 0;
	p->low = HIGH - 1;
	p->row = 0;
	for (i = 0; i + 1 < p->depth; i++)
		p->change[i] = 1 + chance_below(&p->chance, p->k);
	return true;
}

static void
meet(struct pct *p, struct lk_fiber_view *v)
{
	if (v->weight == 0)
		v->weight = HIGH + chance_below(&p->chance, HIGH);
	if (v->act == LKA_YIELD && v->weight != 1) {
		/* once for each yield: it is marked by its steps */
		if (v->mark != (void *)(uintptr_t)(v->steps + 1)) {
			v->mark = (void *)(uintptr_t)(v->steps + 1);
			v->weight = p->low--;
		}
	}
}

static struct lk_fiber_view *
choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct lk_fiber_view *best = NULL;
	struct pct *p = state;
	unsigned i, k;

	p->at++;
	for (i = 0; i < n; i++) {
		meet(p, v[i]);
		for (k = 0; v[i] == last && k + 1 < p->depth; k++)
			if (p->change[k] == p->at)
				v[i]->weight = p->low--;
		if (v[i] == last && p->row >= STUCK) {
			v[i]->weight = p->low--;
			p->row = 0;
		}
		if (best == NULL || v[i]->weight > best->weight)
			best = v[i];
	}
	p->row = best == last ? p->row + 1 : 0;
	return best;
}

static void
end(void *state, const struct lk_fibers_result *r)
{
	struct pct *p = state;

	if (!p->learned && p->at > p->k)
		p->k = p->at;
	p->learned = true;
}

const struct wl_chooser wl_chooser_pct = {
	.name = "pct",
	.help = "priorities, changed at a few points (Burckhardt 2010)",
	.learns = true,
	.create = create,
	.destroy = free,
	.begin = begin,
	.choose = choose,
	.end = end,
};

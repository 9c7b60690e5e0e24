/*
 * chooser_int.h: what choosers share.
 */
#ifndef WORKLOADS_CHOOSER_INT_H
#define WORKLOADS_CHOOSER_INT_H

#include "workloads/workloads.h"

/* splitmix64: a chooser's own numbers, a function of the seed alone. */
struct chance {
	uint64_t	x;
};

static inline uint64_t
chance_next(struct chance *c)
{
	uint64_t z = c->x += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline uint64_t
chance_below(struct chance *c, uint64_t n)
{
	return (uint64_t)((unsigned __int128)chance_next(c) * n >> 64);
}

/* Two neighbouring seeds have nothing in common. */
static inline void
chance_seed(struct chance *c, uint64_t seed)
{
	c->x = seed * 0xd1342543de82ef95ULL + 0x2545f4914f6cdd1dULL;
	c->x = chance_next(c);
}

static inline bool
act_reads(enum lk_act act)
{
	return act == LKA_READ || act == LKA_LOAD;
}

/* create and begin of a chooser that has no other state. */
int	wl_chance_create(const struct wl_choose_conf *, void **);
bool	wl_chance_begin(void *, uint64_t seed);

/* It does nothing but to its object. */
static inline bool
act_is_local(enum lk_act act)
{
	return act == LKA_WRITE || act == LKA_READ || act == LKA_TRY ||
	    act == LKA_EXIT || act == LKA_LOAD || act == LKA_STORE;
}

/* Would it matter which of the two comes first? */
static inline bool
acts_race(const struct lk_fiber_view *a, const struct lk_fiber_view *b)
{
	return a->object == b->object && a->object != 0 &&
	    !(act_reads(a->act) && act_reads(b->act));
}

#define CHOOSER(name)	extern const struct wl_chooser wl_chooser_##name;
#include "workloads/choosers.def"
#undef CHOOSER

#endif /* WORKLOADS_CHOOSER_INT_H */

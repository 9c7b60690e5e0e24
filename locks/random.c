/*
 * random.c: numbers that depend on the run seed and on the strand's path of
 * creation, and on nothing else.  xoshiro256**, seeded by splitmix64.
 */
#include "locks/strand_int.h"

static _Atomic uint64_t run_seed;
static _Atomic uint32_t seed_epoch = 1;

static uint64_t
split(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline uint64_t
rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

uint64_t
lk_rng_next(struct lk_rng *r)
{
	uint64_t out = rotl(r->s[1] * 5, 7) * 9, t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotl(r->s[3], 45);
	return out;
}

void
lk_random_seed(struct lk_strand *st)
{
	uint64_t x = lk_get(&run_seed) ^ lk_mix(st->path);
	unsigned i;

	st->seed_epoch = lk_acq(&seed_epoch);
	st->chaos_until = 0;
	for (i = 0; i < 4; i++)
		st->rng.s[i] = split(&x);
	for (i = 0; i < 4; i++)
		st->chaos.s[i] = split(&x);
	st->dice = split(&x);
}

void
lk_seed(uint64_t seed)
{
	struct lk_strand *st = lk_self()->strand;

	lk_put(&run_seed, seed);
	lk_put(&lk_record()->h->seed, seed);
	atomic_fetch_add_explicit(&seed_epoch, 1, memory_order_release);
	st->nchild = 0;
	lk_random_seed(st);
}

void
lk_random_restart(uint64_t seed)
{
	struct lk_strand *st = lk_self()->strand;
	uint64_t x = lk_mix(seed);
	unsigned i;

	st->seed_epoch = lk_acq(&seed_epoch);
	for (i = 0; i < 4; i++)
		st->rng.s[i] = split(&x);
}

static inline struct lk_strand *
seeded(struct lk_strand *st)
{
	if (__builtin_expect(st->seed_epoch != lk_get(&seed_epoch), 0))
		lk_random_seed(st);
	return st;
}

uint64_t
lk_random(void)
{
	return lk_rng_next(&seeded(lk_self()->strand)->rng);
}

/* The high half of a product; its bias is n in 2^64. */
uint64_t
lk_random_below(uint64_t n)
{
	return (uint64_t)((unsigned __int128)lk_random() * n >> 64);
}

/* A stream of its own: perturbation leaves the operations as they are. */
uint64_t
lk_chaos_next(struct lk_strand *st)
{
	return lk_rng_next(&seeded(st)->chaos);
}

/* And one for what is sampled; short, for it is drawn from often. */
uint64_t
lk_dice_next(struct lk_strand *st)
{
	return split(&st->dice);
}

/*
 * random.c: numbers that depend on the run seed and on the strand's path of
 * creation, and on nothing else.  xoshiro256**, seeded by splitmix64.
 */
#include "locks/strand_int.h"

static _Atomic uint64_t run_seed;
static _Atomic uint32_t seed_epoch = 1;

#define GOLDEN	0x9e3779b97f4a7c15ULL

static uint64_t
split(uint64_t *x)
{
	uint64_t z = *x += GOLDEN;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline uint64_t
rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static uint64_t
next(struct lk_rng *r)
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

/* A seed's sequence: four numbers for each stream, then one for the dice. */
#define RANDOM_AT	0
#define CHAOS_AT	4
#define DICE_AT		8

static uint64_t
sequence(const struct lk_strand *st, unsigned at)
{
	return (lk_get(&run_seed) ^ lk_mix(st->path)) + at * GOLDEN;
}

static void
stream_begin(struct lk_rng *r, uint64_t x, uint32_t epoch)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		r->s[i] = split(&x);
	r->epoch = epoch;
}

/*
 * Many a strand draws nothing: a stream begins when it is first drawn from.
 * The epoch is looked at before the seed, which is at least as new.
 */
static inline void
stream_look(struct lk_strand *st, struct lk_rng *r, unsigned at)
{
	uint32_t epoch = lk_acq(&seed_epoch);

	if (__builtin_expect(r->epoch != epoch, 0))
		stream_begin(r, sequence(st, at), epoch);
}

void
lk_random_seed(struct lk_strand *st)
{
	uint64_t x = sequence(st, DICE_AT);

	st->rng.epoch = st->chaos.epoch = 0;
	st->chaos_until = 0;
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
	stream_begin(&lk_self()->strand->rng, lk_mix(seed),
	    lk_acq(&seed_epoch));
}

uint64_t
lk_random(void)
{
	struct lk_strand *st = lk_self()->strand;

	stream_look(st, &st->rng, RANDOM_AT);
	return next(&st->rng);
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
	stream_look(st, &st->chaos, CHAOS_AT);
	return next(&st->chaos);
}

/* And one for what is sampled; short, for it is drawn from often. */
uint64_t
lk_dice_next(struct lk_strand *st)
{
	return split(&st->dice);
}

/*
 * hold.c: how long things are held.
 *
 * Each take is timed with probability 1/LK_HOLD_PERIOD, independently: a
 * chain cache entry counts down from a number drawn from the geometric
 * distribution, and the take that gets it to zero reads the clock.  Counting
 * is what the entry did anyway.  A take that waited has read the clock, too;
 * such holds have a table of their own, and are in the sample only if it fell
 * on them.
 */
#include "locks/note_int.h"
#include "locks/timeline_int.h"

/* -log2 of a number in (0, 1] that a word stands for; 16 bits behind the dot */
static uint32_t
neglog2(uint64_t x)
{
	unsigned lead, i;
	uint32_t log = 0;

	x |= 1;
	lead = (unsigned)__builtin_clzll(x);
	x = x << lead >> 32;
	/* x / 2^31 is in [1, 2): each squaring says one more bit of its log */
	for (i = 0; i < 16; i++) {
		x = x * x >> 31;
		log = log << 1 | (uint32_t)(x >> 32);
		x >>= x >> 32;
	}
	return ((lead + 1) << 16) - log;
}

/* Trials until the first success, by inverting the distribution. */
static uint32_t
draw(struct lk_strand *st)
{
	double n = 1 + (double)neglog2(lk_dice_next(st)) *
	    lk_record()->h->hold_scale;

	/* from a period of 370,000 on one of a long tail is cut off */
	return n < LK_TICK_MAX ? (uint32_t)n : LK_TICK_MAX;
}

/* -1 / log2(1 - 1/period), for the 16 bits; 0: all */
double
lk_hold_scale(uint32_t period)
{
	double p = 1. / period, power = p, ln = 0;
	int i;

	if (period == 1)
		return 0;
	for (i = 1; i < 64; i++, power *= p)
		ln += power / i;
	return 0.69314718055994530942 / ln / 65536;
}

void
lk_chain_flush(struct lk_slot *s, struct lk_chain *e)
{
	uint64_t old = lk_get(&e->tick);
	uint32_t n = draw(s->strand);

	/* first this: who reads meanwhile may miss, never count twice */
	lk_put(&e->tick, LK_TICK(n, LK_TICK_NEXT(old)));
	if (LK_TICK_TAKEN(old) != 0)
		lk_row_count(s, LK_PACK_NOHOW(lk_get(&e->pack)), LKC_acquired,
		    LK_TICK_TAKEN(old));
}

void
lk_hold_sampled(struct lk_slot *s, struct lk_chain *e)
{
	uint64_t now = lk_sv->now();
	struct lk_held *h = &s->held[lk_get(&s->top)];

	lk_chain_flush(s, e);
	lk_suspects_check(s);
	lk_put(&h->sampled, 1);
	lk_put(&h->since, now);
}

void
lk_hold_since(struct lk_slot *s, uint64_t now)
{
	if (lk_get(&lk_record()->h->level) != LK_LEVEL_OFF)
		lk_put(&s->held[lk_get(&s->top)].since, now);
}

void
lk_hold_ends(struct lk_slot *s, unsigned at, struct lk_hold *hold)
{
	const struct lk_held *h = &s->held[at];
	uint64_t since = lk_held_since(h);

	hold->pack = lk_get(&h->pack);
	hold->timed = since != 0;
	if (!hold->timed)
		return;
	hold->ident = lk_get(&h->ident);
	hold->sampled = lk_get(&h->sampled) != 0;
	hold->since = since;
	hold->ns = lk_sv->now() - since;
}

/* The other way is as much in the sample as the first was. */
void
lk_hold_turns(struct lk_slot *s, unsigned at, struct lk_hold *hold)
{
	struct lk_held *h = &s->held[at];

	lk_hold_ends(s, at, hold);
	if (hold->timed)
		lk_put(&h->since, hold->sampled ? hold->since + hold->ns : 0);
}

static void
count(struct lk_slot *s, const struct lk_hold *hold, enum lk_counter n,
    enum lk_hist_of of)
{
	static const struct {
		enum lk_counter ns, max;
	} with[] = {
		[LKC_hold_n] = { LKC_hold_ns, LKC_hold_max },
		[LKC_chold_n] = { LKC_chold_ns, LKC_chold_max },
	};
	uint64_t pack = LK_PACK_NOHOW(hold->pack);

	const struct lk_row_more more[] = {
		{ n, 1 }, { with[n].ns, hold->ns }, { with[n].max, hold->ns }
	};

	lk_row_counts(s, pack, more, 3);
	lk_row_hist(s, pack, of, hold->ns);
}

/* What is owed waits until nothing is held: he is asked again then. */
static void
owed_look(struct lk_slot *s)
{
	uint32_t top = lk_get(&s->top);

	if (s->strand->owed == NULL)
		return;
	if (top == 0)
		lk_owed_tell(s->strand);
	else if (lk_get(&s->held[top].since) == 0)
		lk_put(&s->held[top].since, LK_LOOK);
}

void
lk_hold_count(struct lk_slot *s, const struct lk_hold *hold)
{
	owed_look(s);
	if (!hold->timed)
		return;
	if (hold->sampled)
		count(s, hold, LKC_hold_n, LKHO_HOLD);
	if (LK_PACK_HOW(hold->pack) == LKH_WAITED)
		count(s, hold, LKC_chold_n, LKHO_HOLD_CONTENDED);
	if (lk_timeline_kept())
		lk_timeline_hold(s, hold);
}

/*
 * perturb.c: makes rare windows wide.
 *
 * In the manner of a record-and-replay debugger's chaos mode: most strands run
 * on, a few are held back for a while.  A hit is a yield, a short spin or a
 * nap; now and then a strand is put into the low class for some
 * milliseconds, where every hit is a nap.
 */
#include "locks/note_int.h"

#define LOW_CHANCE	64		/* one hit in so many */
#define LOW_NS		5000000
#define NAP_NS		100000
#define SPIN_MAX	512

_Atomic int lk_points_on;
static _Atomic uint32_t perturb_permille;

static void
spin(uint64_t n)
{
	while (n-- > 0)
		lk_sv->relax();
}

static void
act(struct lk_strand *st, uint64_t dice)
{
	if (st->chaos_until != 0) {
		if (lk_sv->now() < st->chaos_until) {
			lk_sv->delay(dice % NAP_NS);
			return;
		}
		st->chaos_until = 0;
	}
	if (dice % LOW_CHANCE == 0)
		st->chaos_until = lk_sv->now() + LOW_NS;
	dice /= LOW_CHANCE;
	switch (dice % 4) {
	case 0:
		lk_sv->delay(dice / 4 % NAP_NS);
		break;
	case 1:
		spin(dice / 4 % SPIN_MAX);
		break;
	default:
		lk_sv->yield();
		break;
	}
}

void
lk_perturb_act(struct lk_slot *s, enum lk_act what, enum lk_node_kind kind,
    uint64_t object, const struct lk_site *site)
{
	struct lk_strand *st = s->strand;
	uint64_t dice = lk_chaos_next(st);

	if (dice % 1000 < lk_get(&perturb_permille))
		act(st, dice / 1000);
}

void
lk_point_hit(const char *name, struct lk_site *site)
{
	lk_act(lk_self(), LKA_POINT, LKN_NKIND, (uint64_t)(uintptr_t)site,
	    site);
}

void
lk_touch_hit(const volatile void *p, bool store)
{
	lk_touch_at(p, store, (uintptr_t)__builtin_return_address(0));
}

void
lk_touch_at(const volatile void *p, bool store, uintptr_t pc)
{
	lk_fibers_pc(pc);
	lk_act(lk_self(), store ? LKA_STORE : LKA_LOAD, LKN_NKIND,
	    (uint64_t)(uintptr_t)p, NULL);
}

void
lk_perturb(unsigned permille)
{
	lk_put(&perturb_permille, permille > 1000 ? 1000 : permille);
	lk_put(&lk_points_on, permille != 0);
	if (permille != 0)
		atomic_fetch_or(&lk_hot, LKH_ACT);
	else
		atomic_fetch_and(&lk_hot, ~(uint32_t)LKH_ACT);
}

/* ------------------------------------------------------------------------
 * Longer critical sections
 */

static _Atomic uint64_t inside[LK_MAXCLASS];	/* ns, by class */
static _Atomic uint32_t ninside;

void
lk_delay_inside(uint32_t class, uint64_t ns)
{
	uint64_t old;

	if (class >= LK_MAXCLASS)
		return;
	old = atomic_exchange(&inside[class], ns);
	if ((old == 0) != (ns == 0))
		lk_add(&ninside, ns != 0 ? 1 : -1u);
	if (lk_get(&ninside) != 0)
		atomic_fetch_or(&lk_hot, LKH_INSIDE);
	else
		atomic_fetch_and(&lk_hot, ~(uint32_t)LKH_INSIDE);
}

void
lk_stay_inside(uint32_t class)
{
	uint64_t ns = class < LK_MAXCLASS ? lk_get(&inside[class]) : 0;
	uint64_t until;

	if (ns == 0)
		return;
	until = lk_sv->now() + ns;
	while (lk_sv->now() < until)
		lk_sv->relax();
}

void
lk_record_level(enum lk_level level)
{
	lk_put(&lk_record()->h->level, level);
	if (level != LK_LEVEL_FULL)
		atomic_fetch_or(&lk_hot, LKH_LEVEL);
	else
		atomic_fetch_and(&lk_hot, ~(uint32_t)LKH_LEVEL);
}

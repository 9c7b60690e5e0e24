/*
 * case_stuck.c: which phases can only be freed by another one, from what the
 * record says of their waits.
 *
 * A phase that waits for something that is free by now is on its way; it does
 * not count.
 */
#include "workloads/case_run_int.h"

static bool
same_node(const struct lk_node_info *a, const struct lk_node_info *b)
{
	return a->kind == b->kind && a->ident == b->ident;
}

static bool
excludes(const struct lk_node_info *have, const struct lk_node_info *want)
{
	return have->mode == LKM_WRITE || want->mode == LKM_WRITE;
}

static bool
holds_against(const struct lk_strand_info *s, const struct lk_node_info *want)
{
	uint32_t i;

	for (i = 0; i < s->nheld && i < LK_MAXHELD; i++)
		if (same_node(&s->held[i], want) &&
		    excludes(&s->held[i], want))
			return true;
	return false;
}

/*
 * A strand that got what it waited for holds it before it says that it waits
 * no more.
 */
static bool
just_got(const struct lk_strand_info *s)
{
	const struct lk_node_info *top;

	if (s->nheld == 0 || s->nheld > LK_MAXHELD)
		return false;
	top = &s->held[s->nheld - 1];
	return same_node(top, &s->wait) && top->how == LKH_WAITED &&
	    top->site == s->wait.site &&
	    (top->since == 0 || top->since >= s->wait.since);
}

/* Is somebody in the way of phase i? */
static bool
lock_is_held(const struct wl_case_engine *e, size_t i)
{
	const struct lk_node_info *want = &e->look[i].wait;
	size_t k;

	if (just_got(&e->look[i]))
		return false;
	for (k = 0; k < e->c->nphases; k++) {
		/* who upgrades holds it shared, which is not in its way */
		if (k == i && want->how == LKH_UPGRADED)
			continue;
		if (holds_against(&e->look[k], want))
			return true;
		if (k != i && want->mode == LKM_READ &&
		    e->look[k].wait.mode == LKM_WRITE &&
		    same_node(&e->look[k].wait, want))
			return true;
	}
	return false;
}

static bool
event_is_posted(const struct wl_case_engine *e, uint64_t ident)
{
	size_t i;

	for (i = 0; i < e->c->nthings; i++)
		if ((uint64_t)(uintptr_t)&e->object[i].event == ident)
			return atomic_load(&e->posted[i]);
	return true;
}

static bool
has_ended(const struct wl_case_engine *e, uint64_t ident)
{
	size_t i;

	for (i = 0; i < e->c->nphases; i++)
		if ((uint64_t)(uintptr_t)e->strand[i].strand == ident)
			return e->strand[i].state == WLCS_ENDED &&
			    !e->strand[i].open;
	return true;
}

static bool
is_blocked(const struct wl_case_engine *e, size_t i)
{
	const struct lk_node_info *want = &e->look[i].wait;

	if (want->ident == 0)
		return false;
	switch (want->kind) {
	case LKN_LOCK:
	case LKN_MUTEX:
		return lock_is_held(e, i);
	case LKN_EVENT:
		return !event_is_posted(e, want->ident);
	case LKN_JOIN:
		return !has_ended(e, want->ident);
	default:
		return false;
	}
}

static void
look(struct wl_case_engine *e)
{
	static const struct lk_strand_info gone;
	size_t i;

	for (i = 0; i < e->c->nphases; i++)
		if (e->strand[i].state == WLCS_ENDED ||
		    !lk_record_strand(e->rec,
		    lk_strand_id(e->strand[i].strand), &e->look[i]))
			e->look[i] = gone;
}

bool
wl_case_stuck(struct wl_case_engine *e, bool *twice)
{
	bool stuck = true, same = true;
	size_t i;

	look(e);
	for (i = 0; i < e->c->nphases; i++) {
		struct wl_case_strand *s = &e->strand[i];

		if (s->state != WLCS_RUNNING)
			continue;
		stuck = stuck && is_blocked(e, i);
		same = same && s->ordinal == e->look[i].wait_ordinal;
		s->ordinal = e->look[i].wait_ordinal;
	}
	*twice = stuck && same;
	return stuck;
}

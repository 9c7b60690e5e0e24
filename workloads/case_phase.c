/*
 * case_phase.c: the steps of a phase, done with real locks by its strand.
 */
#include <signal.h>
#include <stdlib.h>

#include "workloads/case_run_int.h"

/* => waits until it may go on; the state is the new one meanwhile */
static void
stand(struct wl_case_strand *me, enum wl_case_state state)
{
	struct wl_case_engine *e = me->e;

	pthread_mutex_lock(&e->mutex);
	if (me->state != state) {
		me->state = state;
		pthread_cond_broadcast(&e->cond);
	}
	while (!me->go)
		pthread_cond_wait(&e->cond, &e->mutex);
	me->go = false;
	me->state = WLCS_RUNNING;
	pthread_mutex_unlock(&e->mutex);
}

static void
hold(struct wl_case_strand *me, uint32_t thing)
{
	struct wl_case_hold *p;

	if (me->nheld == me->cheld) {
		me->cheld = me->cheld == 0 ? 16 : 2 * me->cheld;
		p = realloc(me->held, me->cheld * sizeof(*p));
		if (p == NULL)
			abort();
		me->held = p;
	}
	me->held[me->nheld++] = (struct wl_case_hold){
		thing, atomic_load(&me->e->life[thing])
	};
}

static void
unhold(struct wl_case_strand *me, uint32_t thing)
{
	size_t i;

	for (i = me->nheld; i > 0 && me->held[i - 1].thing != thing; i--)
		;
	if (i == 0)
		return;
	for (me->nheld--; i <= me->nheld; i++)
		me->held[i - 1] = me->held[i];
}

/* How rw_enter is to be called, by step; 0: not by rw_enter. */
static const unsigned long flags_of[WLC_NDO] = {
	[WLC_write] = RW_WRITE,
	[WLC_read] = RW_READ,
	[WLC_rread] = RW_READ | RW_RECURSE,
	[WLC_tryw] = RW_WRITE | RW_NOSLEEP,
	[WLC_tryr] = RW_READ | RW_NOSLEEP,
	[WLC_tryrr] = RW_READ | RW_RECURSE | RW_NOSLEEP,
	[WLC_upgrade] = RW_UPGRADE,
	[WLC_tryup] = RW_UPGRADE | RW_NOSLEEP,
	[WLC_down] = RW_DOWNGRADE,
};

/* => false: it was a try, and in vain */
static bool
enter(struct wl_case_strand *me, const struct wl_case_step *s,
    struct lk_site *site)
{
	struct rwlock *rw = &me->e->object[s->on].rw;
	unsigned long flags = flags_of[s->what];

	if (lk_rw_enter(rw, flags | (s->dupok ? RW_DUPOK : 0), site) != 0)
		return false;
	if (s->what != WLC_upgrade && s->what != WLC_tryup &&
	    s->what != WLC_down)
		hold(me, s->on);
	return true;
}

static bool
is_mutex(const struct wl_case_engine *e, uint32_t thing)
{
	return e->c->thing[thing].kind == WLCO_MUTEX;
}

static void
release(struct wl_case_strand *me, uint32_t thing, struct lk_site *site)
{
	unhold(me, thing);
	if (is_mutex(me->e, thing))
		lk_mtx_leave(&me->e->object[thing].mtx, site);
	else
		lk_rw_exit(&me->e->object[thing].rw, site);
}

static void
begin_or_end(struct wl_case_engine *e, const struct wl_case_step *s,
    struct lk_site *site)
{
	const char *class = e->c->thing[s->on].class;
	bool begin = s->what == WLC_init;

	atomic_fetch_add(&e->life[s->on], 1);
	if (is_mutex(e, s->on) && begin)
		lk_mtx_init(&e->object[s->on].mtx, class, site);
	else if (is_mutex(e, s->on))
		lk_mtx_destroy(&e->object[s->on].mtx, site);
	else if (begin)
		lk_rw_init(&e->object[s->on].rw, class, site);
	else
		lk_rw_destroy(&e->object[s->on].rw, site);
}

static void
post(struct wl_case_engine *e, uint32_t thing, struct lk_site *site)
{
	atomic_store(&e->posted[thing], true);
	lk_event_post_at(&e->object[thing].event, site);
}

/* => false: a try in vain, which ends the phase */
static bool
perform(struct wl_case_strand *me, const struct wl_case_step *s)
{
	struct wl_case_engine *e = me->e;
	struct lk_site *site = &e->site[s->site];

	if (flags_of[s->what] != 0)
		return enter(me, s, site);
	switch ((enum wl_case_do)s->what) {
	case WLC_mutex:
		lk_mtx_enter(&e->object[s->on].mtx, site);
		hold(me, s->on);
		break;
	case WLC_trym:
		if (!lk_mtx_try(&e->object[s->on].mtx, site))
			return false;
		hold(me, s->on);
		break;
	case WLC_exit:
		release(me, s->on, site);
		break;
	case WLC_exitw:
	case WLC_exitr:
		unhold(me, s->on);
		lk_rw_exit_mode(&e->object[s->on].rw, s->what == WLC_exitw ?
		    RW_WRITE : RW_READ, site);
		break;
	case WLC_init:
	case WLC_destroy:
		begin_or_end(e, s, site);
		break;
	case WLC_wait:
		lk_event_wait_at(&e->object[s->on].event, site);
		break;
	case WLC_post:
		post(e, s->on, site);
		break;
	case WLC_join:
		atomic_store(&e->strand[s->on].taken, true);
		lk_strand_join_at(e->strand[s->on].strand, site);
		break;
	case WLC_signal:
		lk_signal_enter_at(SIGUSR1, site);
		break;
	case WLC_sigend:
		lk_signal_leave();
		break;
	default:
		break;
	}
	return true;
}

/* Of what is left, newest first; what was made anew meanwhile stays. */
static void
release_all(struct wl_case_strand *me)
{
	struct wl_case_engine *e = me->e;
	size_t i;

	for (i = me->nheld; i > 0; i--) {
		struct wl_case_hold h = me->held[i - 1];

		if (h.life != atomic_load(&e->life[h.thing]))
			me->open = true;
		else
			release(me, h.thing, LK_HERE);
	}
}

static void
end(struct wl_case_strand *me)
{
	struct wl_case_engine *e = me->e;

	pthread_mutex_lock(&e->mutex);
	me->state = WLCS_ENDED;
	pthread_cond_broadcast(&e->cond);
	/* to end now would be another mistake than the one of the case */
	while (me->open)
		pthread_cond_wait(&e->cond, &e->mutex);
	pthread_mutex_unlock(&e->mutex);
}

static bool
is_take(const struct wl_case_step *s)
{
	return flags_of[s->what] != 0 || s->what == WLC_mutex ||
	    s->what == WLC_trym;
}

void
wl_case_phase(void *strand)
{
	struct wl_case_strand *me = strand;
	const struct wl_case_phase *p = &me->e->c->phase[me->phase];
	bool leaves = false;
	size_t i;

	stand(me, WLCS_GATED);
	for (i = 0; i < p->nsteps && !leaves; i++) {
		leaves = p->step[i].what == WLC_leave;
		if (!perform(me, &p->step[i]))
			break;
		if (me->first && is_take(&p->step[i])) {
			me->first = false;
			stand(me, WLCS_BARRIER);
		}
	}
	if (!leaves && me->nheld != 0) {
		if (!me->joined)
			stand(me, WLCS_PARKED);
		release_all(me);
	}
	end(me);
}

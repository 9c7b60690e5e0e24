/*
 * sleepq.c: sleep queues.
 *
 *	bucket[hash(ident)] -> sleeper <-> sleeper <-> ...	first in, first out
 *
 * A sleeper stands on the queue before the caller's lock is let go.  Who takes
 * it off, waker or time-out, holds the bucket's lock; the one who does
 * decides how the sleep ended.
 */
#include <errno.h>

#include "locks/hb_int.h"
#include "locks/note_int.h"
#include "locks/order_trace_int.h"
#include "locks/raw_int.h"

#define NBUCKET	256

static struct bucket {
	_Alignas(64) struct lk_raw raw;
	struct lk_sleeper *first, *last;
} bucket[NBUCKET];

static struct bucket *
bucket_of(const volatile void *ident)
{
	return &bucket[lk_mix((uint64_t)(uintptr_t)ident) % NBUCKET];
}

static void
enqueue(struct lk_sleeper *sl, const volatile void *ident)
{
	struct bucket *b = bucket_of(ident);

	if (lk_get(&lk_hot) & LKH_ACT)
		lk_fibers_did(ident, LKD_WRITE);
	lk_put(&sl->woken, 0);
	lk_raw_lock(&b->raw);
	sl->ident = ident;
	sl->next = NULL;
	sl->prev = b->last;
	if (b->last != NULL)
		b->last->next = sl;
	else
		b->first = sl;
	b->last = sl;
	lk_raw_unlock(&b->raw);
}

static void
unlink_locked(struct bucket *b, struct lk_sleeper *sl)
{
	if (sl->prev != NULL)
		sl->prev->next = sl->next;
	else
		b->first = sl->next;
	if (sl->next != NULL)
		sl->next->prev = sl->prev;
	else
		b->last = sl->prev;
	sl->ident = NULL;
}

/* => true: nobody had woken it */
static bool
give_up(struct lk_sleeper *sl, const volatile void *ident)
{
	struct bucket *b = bucket_of(ident);
	bool mine;

	if (lk_get(&lk_hot) & LKH_ACT)
		lk_fibers_did(ident, LKD_WRITE);
	lk_raw_lock(&b->raw);
	mine = sl->ident != NULL;
	if (mine)
		unlink_locked(b, sl);
	lk_raw_unlock(&b->raw);
	return mine;
}

void
lk_sleeper_drop(struct lk_sleeper *sl)
{
	if (sl->ident != NULL)
		(void)give_up(sl, sl->ident);
}

static int
sleep_until(struct lk_sleeper *sl, const volatile void *ident, uint64_t until)
{
	while (lk_acq(&sl->woken) == 0) {
		lk_park(&sl->woken, 0, until);
		if (lk_acq(&sl->woken) == 0 && until != INFSLP &&
		    lk_sv->now() >= until && give_up(sl, ident))
			return EWOULDBLOCK;
	}
	lk_hb_acquire(&sl->woken);
	return 0;
}

void
wakeup_n(const volatile void *ident, int n)
{
	struct bucket *b = bucket_of(ident);
	struct lk_sleeper *sl, *next;
	uint32_t ticket = 0;

	if (lk_get(&lk_hot) & LKH_ACT)
		lk_act(lk_self(), LKA_WAKE, LKN_SLEEP,
		    (uint64_t)(uintptr_t)ident, NULL);
	if (lk_traced()) {
		ticket = lk_trace_ticket();
		lk_trace_note(lk_self(), LKT_WAKE, (uint64_t)(uintptr_t)ident,
		    LK_PACK(0, 0, LKN_SLEEP, 0, 0), 0, ticket);
	}
	lk_raw_lock(&b->raw);
	for (sl = b->first; sl != NULL && n > 0; sl = next) {
		next = sl->next;
		if (sl->ident != ident)
			continue;
		unlink_locked(b, sl);
		n--;
		/*
		 * From this store on the sleeper may be gone; the wake-up
		 * then goes to an address, which is harmless.
		 */
		lk_hb_publish(&sl->woken);
		lk_put(&sl->ticket, ticket);
		lk_rel(&sl->woken, 1);
		lk_unpark(&sl->woken, 1);
	}
	lk_raw_unlock(&b->raw);
}

void
wakeup(const volatile void *ident)
{
	wakeup_n(ident, INT32_MAX);
}

/* ------------------------------------------------------------------------
 * The three ways to sleep
 */

struct nap {
	struct lk_slot	*s;
	struct lk_sleeper *sl;
	const volatile void *ident;
	uint64_t	until;
	bool		noted;
};

static void
nap_begin(struct nap *nap, const volatile void *ident, const char *wmesg,
    uint64_t ns, struct lk_site *site)
{
	struct lk_slot *s = lk_self();

	nap->s = s;
	nap->sl = &s->strand->sleeper;
	nap->ident = ident;
	nap->until = INFSLP;
	if (ns != INFSLP && ns < INFSLP / 2)
		nap->until = lk_sv->now() + ns;
	if (nap->until != INFSLP && (lk_get(&lk_hot) & LKH_ACT))
		lk_fibers_did_all();
	nap->noted = !lk_note_wants(s);
	if (nap->noted) {
		lk_note_want(s, (uint64_t)(uintptr_t)ident, LK_PACK(
		    lk_site_id(site), lk_class_id(wmesg, LKN_SLEEP, site),
		    LKN_SLEEP, LKH_PLAIN, LKM_NONE));
		lk_want_later(s, 0);
	}
	enqueue(nap->sl, ident);
}

static int
nap_take(struct nap *nap)
{
	int error;

	lk_want_settle(nap->s);
	error = sleep_until(nap->sl, nap->ident, nap->until);
	lk_trace(nap->s, LKT_WOKEN, (uint64_t)(uintptr_t)nap->ident,
	    LK_PACK(0, 0, LKN_SLEEP, 0, 0), 0, error == 0 ?
	    lk_get(&nap->sl->ticket) : 0);
	if (nap->noted)
		lk_note_unwant(nap->s, lk_sv->now());
	return error;
}

int
lk_rwsleep(const volatile void *ident, struct rwlock *rw, int prio,
    const char *wmesg, uint64_t ns, struct lk_site *site)
{
	unsigned long mode = lk_rw_held_flags(rw);
	struct nap nap;
	int error;

	if (!rw_lock_held(rw)) {
		lk_incident_at("sleep.not-held", site, "lock %p is to be let "
		    "go during a sleep, but is not held", (void *)rw);
		return lk_tsleep(ident, prio, wmesg, ns, site);
	}
	nap_begin(&nap, ident, wmesg, ns, site);
	lk_rw_exit(rw, site);
	error = nap_take(&nap);
	if ((prio & PNORELOCK) == 0)
		lk_rw_enter(rw, mode, site);
	return error;
}

int
lk_msleep(const volatile void *ident, struct mutex *mtx, int prio,
    const char *wmesg, uint64_t ns, struct lk_site *site)
{
	struct nap nap;
	int error;

	if (!mtx_owned(mtx)) {
		lk_incident_at("sleep.not-held", site, "mutex %p is to be let "
		    "go during a sleep, but is not held", (void *)mtx);
		return lk_tsleep(ident, prio, wmesg, ns, site);
	}
	nap_begin(&nap, ident, wmesg, ns, site);
	lk_mtx_leave(mtx, site);
	error = nap_take(&nap);
	if ((prio & PNORELOCK) == 0)
		lk_mtx_enter(mtx, site);
	return error;
}

int
lk_tsleep(const volatile void *ident, int prio, const char *wmesg, uint64_t ns,
    struct lk_site *site)
{
	struct nap nap;

	nap_begin(&nap, ident, wmesg, ns, site);
	return nap_take(&nap);
}

/*
 * space.c: claims on spaces and regions.
 */
#include <stdlib.h>

#include "workloads/space_int.h"

#define STATE(claim)	((enum wl_state)((claim) >> 24))
#define MAKE(state)	((uint32_t)(state) << 24)
#define HOLDERS(claim)	((claim) & 0xffffff)
#define PICKS		8

static bool
claim(_Atomic uint32_t *c)
{
	uint32_t old = atomic_load(c);

	do {
		if (STATE(old) != WLC_LIVE)
			return false;
	} while (!atomic_compare_exchange_weak(c, &old, old + 1));
	return true;
}

/* => it is dying, and the caller was the last holder */
static bool
drop(_Atomic uint32_t *c)
{
	uint32_t old = atomic_fetch_sub(c, 1);

	LK_ASSERT(HOLDERS(old) > 0);
	return old - 1 == MAKE(WLC_DYING);
}

static bool
end(_Atomic uint32_t *c)
{
	uint32_t old = atomic_load(c);

	do {
		if (STATE(old) != WLC_LIVE)
			return false;
	} while (!atomic_compare_exchange_weak(c, &old,
	    HOLDERS(old) | MAKE(WLC_DYING)));
	return true;
}

struct wl_space *
wl_space_pick(struct wl_strand *st)
{
	struct wl_harness *h = st->h;
	size_t i, at = lk_random_below(h->nspaces);

	for (i = 0; i < h->nspaces; i++) {
		struct wl_space *s = &h->space[(at + i) % h->nspaces];

		if (claim(&s->claim))
			return s;
	}
	lk_yield();	/* all are on their way out or in */
	return NULL;
}

void
wl_space_drop(struct wl_strand *st, struct wl_space *s)
{
	if (!drop(&s->claim))
		return;
	wl_space_exit(st, s);
	atomic_store(&s->claim, MAKE(WLC_FREE));
}

struct wl_space *
wl_space_new(struct wl_harness *h)
{
	size_t i;
	uint32_t free;

	for (i = 0; i < h->nspaces; i++) {
		free = MAKE(WLC_FREE);
		if (atomic_compare_exchange_strong(&h->space[i].claim, &free,
		    MAKE(WLC_SETUP)))
			return &h->space[i];
	}
	return NULL;
}

/* Until it is live nobody else looks at it: then all of it is there. */
void
wl_space_live(struct wl_harness *h, struct wl_space *s)
{
	atomic_fetch_add(&h->live, 1);
	atomic_store(&s->claim, MAKE(WLC_LIVE));
}

void
wl_space_unnew(struct wl_space *s)
{
	atomic_store(&s->claim, MAKE(WLC_FREE));
}

bool
wl_space_end(struct wl_harness *h, struct wl_space *s)
{
	if (!end(&s->claim))
		return false;
	atomic_fetch_sub(&h->live, 1);
	return true;
}

bool
wl_layout_share(struct wl_space *s)
{
	int32_t old = atomic_load(&s->layout);

	do {
		if (old < 0)
			return false;
	} while (!atomic_compare_exchange_weak(&s->layout, &old, old + 1));
	return true;
}

void
wl_layout_unshare(struct wl_space *s)
{
	atomic_fetch_sub(&s->layout, 1);
}

bool
wl_layout_take(struct wl_space *s)
{
	int32_t none = 0;

	return atomic_compare_exchange_strong(&s->layout, &none, -1);
}

void
wl_layout_drop(struct wl_space *s)
{
	atomic_store(&s->layout, 0);
}

bool
wl_region_claim(struct wl_region *r)
{
	return claim(&r->claim);
}

struct wl_region *
wl_region_pick(struct wl_strand *st, struct wl_space *s)
{
	unsigned i, n = st->h->nregions, at = (unsigned)lk_random_below(n);

	for (i = 0; i < n; i++) {
		struct wl_region *r = &s->region[(at + i) % n];

		if (claim(&r->claim))
			return r;
	}
	return NULL;
}

struct wl_region *
wl_region_new(struct wl_harness *h, struct wl_space *s)
{
	unsigned i;
	uint32_t free;

	for (i = 0; i < h->nregions; i++) {
		free = MAKE(WLC_FREE);
		if (atomic_compare_exchange_strong(&s->region[i].claim, &free,
		    MAKE(WLC_SETUP)))
			return &s->region[i];
	}
	return NULL;
}

void
wl_region_live(struct wl_region *r)
{
	atomic_store(&r->claim, MAKE(WLC_LIVE));
}

void
wl_region_free(struct wl_harness *h, struct wl_region *r)
{
	atomic_fetch_sub(&h->wired, (int64_t)r->wired_n);
	r->wired_n = 0;
	if (r->content != NULL)
		wl_content_rele(r->content);
	wl_free((void *)(uintptr_t)r->gone);
	r->content = NULL;
	r->gone = NULL;
	atomic_store(&r->claim, MAKE(WLC_FREE));
}

bool
wl_region_end(struct wl_region *r)
{
	return end(&r->claim);
}

bool
wl_region_is(const struct wl_region *r, enum wl_state state)
{
	return STATE(atomic_load(&r->claim)) == state;
}

void
wl_region_drop(struct wl_strand *st, struct wl_region *r)
{
	if (drop(&r->claim))
		wl_region_free(st->h, r);
}

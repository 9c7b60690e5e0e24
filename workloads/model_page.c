/*
 * model_page.c: contents, their pages' shadows, stores and frees.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/model_word_int.h"

static size_t
nleaves(size_t npages)
{
	return (npages + WL_LEAF - 1) / WL_LEAF;
}

struct wl_content *
wl_content_new(uint64_t home, size_t npages, uint64_t object,
    uint64_t object_page)
{
	struct wl_content *c;

	if (npages > SIZE_MAX / 2)
		return NULL;
	c = wl_alloc(1, sizeof(*c) + nleaves(npages) * sizeof(c->leaf[0]));
	if (c == NULL)
		return NULL;
	atomic_init(&c->refs, 1);
	c->home = home;
	c->npages = npages;
	c->object = object;
	c->object_page = object_page;
	return c;
}

void
wl_content_hold(struct wl_content *c)
{
	atomic_fetch_add(&c->refs, 1);
}

/* => n: pages of it that there are */
static void
leaf_free(struct wl_leaf *leaf, size_t n)
{
	size_t i;

	for (i = 0; leaf != NULL && i < n && i < WL_LEAF; i++)
		wl_free(atomic_load(&leaf->page[i]));
	wl_free(leaf);
}

void
wl_content_rele(struct wl_content *c)
{
	size_t i;

	if (atomic_fetch_sub(&c->refs, 1) > 1)
		return;
	for (i = 0; i < nleaves(c->npages); i++)
		leaf_free(atomic_load(&c->leaf[i]), c->npages - i * WL_LEAF);
	if (c->fork != NULL)
		wl_fork_rele(c->fork);
	wl_free(c);
}

struct wl_shadow *
wl_shadow_find(struct wl_content *c, size_t page)
{
	struct wl_leaf *leaf;

	LK_ASSERT(page < c->npages);
	leaf = atomic_load(&c->leaf[page / WL_LEAF]);
	return leaf == NULL ? NULL : atomic_load(&leaf->page[page % WL_LEAF]);
}

size_t
wl_shadow_next(struct wl_content *c, size_t page)
{
	while (page < c->npages) {
		if (atomic_load(&c->leaf[page / WL_LEAF]) == NULL)
			page = (page / WL_LEAF + 1) * WL_LEAF;
		else if (wl_shadow_find(c, page) != NULL)
			return page;
		else
			page++;
	}
	return c->npages;
}

static struct wl_leaf *
leaf_get(struct wl_content *c, size_t page)
{
	_Atomic(struct wl_leaf *) *at = &c->leaf[page / WL_LEAF];
	struct wl_leaf *leaf = atomic_load(at), *none = NULL;

	if (leaf != NULL || (leaf = wl_alloc(1, sizeof(*leaf))) == NULL)
		return leaf;
	if (atomic_compare_exchange_strong(at, &none, leaf))
		return leaf;
	wl_free(leaf);
	return none;
}

struct wl_shadow *
wl_shadow_get(struct wl_content *c, size_t page)
{
	struct wl_shadow *sh = wl_shadow_find(c, page), *none = NULL;
	struct wl_leaf *leaf;

	if (sh != NULL || (leaf = leaf_get(c, page)) == NULL ||
	    (sh = wl_alloc(1, sizeof(*sh))) == NULL)
		return sh;
	if (atomic_compare_exchange_strong(&leaf->page[page % WL_LEAF], &none,
	    sh))
		return sh;
	wl_free(sh);
	return none;
}

uint64_t
wl_initial(const struct wl_content *c, size_t page, unsigned cell)
{
	return c->object == 0 ? 0 :
	    vm_object_cell(c->object, c->object_page + page, cell);
}

bool
wl_poison(struct wl_content *c, size_t page)
{
	struct wl_shadow *sh = wl_shadow_get(c, page);

	return sh != NULL && atomic_exchange(&sh->poisoned, 1) == 0;
}

bool
wl_poisoned(struct wl_content *c, size_t page)
{
	struct wl_shadow *sh = wl_shadow_find(c, page);

	return sh != NULL && atomic_load(&sh->poisoned) != 0;
}

/*
 * A store's begin also ends what a fork had left open: from now on the range
 * is this store's.
 */
int
wl_write_begin(const struct wl_model *m, struct wl_content *c, size_t page,
    unsigned unit, uint32_t seq, struct wl_write *w)
{
	struct wl_shadow *sh = wl_shadow_get(c, page);
	uint64_t old;

	if (sh == NULL)
		return ENOMEM;
	*w = (struct wl_write){ .sh = sh, .seq = seq, .unit = unit };
	w->frees = atomic_load(&sh->frees);
	old = atomic_load(&sh->word[unit]);
	do {
		if (m->ordered && (word_begun(old) >= seq ||
		    ((old & W_OPEN) == 0 &&
		    word_begun(old) != word_done(old))))
			return EBUSY;
		w->old = old;
	} while (!atomic_compare_exchange_weak(&sh->word[unit], &old,
	    word_make(seq, word_done(old), 0)));
	return 0;
}

/*
 * Nobody else writes a unit, but loads raise what is done.  A store that did
 * not happen leaves the word as it was; one that may have happened in part
 * leaves a range open.
 */
void
wl_write_end(struct wl_write *w, enum wl_stored how)
{
	_Atomic uint64_t *word = &w->sh->word[w->unit];
	uint64_t old = atomic_load(word), new;
	uint32_t free_begun = pair_high(w->frees);

	do {
		if (how == WLS_STORED)
			new = word_make(w->seq, w->seq, 0);
		else if (how == WLS_UNTOUCHED)
			new = word_done(old) > word_done(w->old) ?
			    word_make(word_begun(w->old), word_done(old),
			    word_begun(w->old) == word_done(old) ? 0 :
			    w->old & W_OPEN) : w->old;
		else
			new = word_make(w->seq, word_done(old), W_OPEN);
	} while (!atomic_compare_exchange_weak(word, &old, new));
	if (how == WLS_STORED && free_begun == pair_low(w->frees))
		life_raise(&w->sh->life[w->unit], 0, free_begun);
}

int
wl_free_begin(struct wl_content *c, size_t page, size_t n, bool quiet)
{
	struct wl_shadow *sh;
	size_t i;

	for (i = 0; i < n && !quiet; i++)
		if (wl_shadow_get(c, page + i) == NULL)
			return ENOMEM;
	for (i = 0; i < n; i++)
		if ((sh = wl_shadow_find(c, page + i)) != NULL)
			atomic_fetch_add(&sh->frees, pair_make(1, 0));
	return 0;
}

void
wl_free_end(struct wl_content *c, size_t page, size_t n, bool quiet)
{
	struct wl_shadow *sh;
	size_t i;

	for (i = 0; i < n; i++)
		if ((sh = wl_shadow_find(c, page + i)) != NULL)
			atomic_fetch_add(&sh->frees, 1);
}

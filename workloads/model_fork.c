/*
 * model_fork.c: what a fork copies.
 *
 * Of each writer a fork copies a prefix of its stores: all that had returned
 * before it began, and none begun after it returned.  Units that were stored
 * to meanwhile are left open, from the newest store done before to the newest
 * begun before the end.  Once such a unit is seen, it tells how far the prefix
 * reached at least, and at most; two that contradict each other mean that the
 * copy is of no single instant.
 *
 *	stores of w:	  4    5    6    7
 *	copied:		|---------|		a unit seen as 5, another
 *						one without its 6: right
 *	seen as 6, another one without its 5: torn
 */
#include <stdlib.h>

#include "workloads/model_word_int.h"

struct wl_fork *
wl_fork_new(const struct wl_model *m)
{
	struct wl_fork *f;

	f = wl_alloc(1, sizeof(*f) + m->nstrands * sizeof(f->of[0]));
	if (f != NULL)
		atomic_init(&f->refs, 1);
	return f;
}

void
wl_fork_rele(struct wl_fork *f)
{
	if (atomic_fetch_sub(&f->refs, 1) == 1)
		wl_free(f);
}

/*
 * Both halves are written before the other is read: of two notes that
 * contradict each other, one sees it.
 */
bool
wl_fork_note(struct wl_fork *f, unsigned writer, uint32_t seen,
    uint32_t unseen)
{
	_Atomic uint32_t *most = &f->of[writer].seen;
	_Atomic uint32_t *least = &f->of[writer].unseen;
	uint32_t old;

	old = atomic_load(most);
	while (old < seen && !atomic_compare_exchange_weak(most, &old, seen))
		;
	old = atomic_load(least);
	while (unseen != 0 && (old == 0 || old > unseen) &&
	    !atomic_compare_exchange_weak(least, &old, unseen))
		;
	/* equal: a fill, copied in part */
	old = atomic_load(least);
	return old == 0 || old >= atomic_load(most);
}

static bool
copy_page_begin(struct wl_content *parent, struct wl_content *child,
    size_t page)
{
	struct wl_shadow *from = wl_shadow_find(parent, page), *to;
	unsigned u;

	if ((to = wl_shadow_get(child, page)) == NULL)
		return false;
	/* life before word: see wl_look_begin */
	for (u = 0; u <= WL_MAXHOT; u++) {
		atomic_store(&to->life[u], atomic_load(&from->life[u]));
		atomic_store(&to->word[u], atomic_load(&from->word[u]));
	}
	return true;
}

struct wl_content *
wl_copy_begin(const struct wl_model *m, struct wl_content *parent,
    struct wl_fork *f)
{
	struct wl_content *c;
	size_t i;

	c = wl_content_new(parent->home, parent->npages, parent->object,
	    parent->object_page);
	if (c == NULL)
		return NULL;
	atomic_fetch_add(&f->refs, 1);
	c->fork = f;
	for (i = wl_shadow_next(parent, 0); i < parent->npages;
	    i = wl_shadow_next(parent, i + 1)) {
		if (copy_page_begin(parent, c, i))
			continue;
		wl_content_rele(c);
		return NULL;
	}
	return c;
}

/*
 * Where it is known at what moment nobody could store any more: what is done
 * is in the copy, what has not begun is not.  Only of stores in progress, as
 * of half a fill, nothing is known.
 */
bool
wl_copy_freeze(struct wl_content *parent, struct wl_content *child)
{
	size_t i;

	for (i = wl_shadow_next(parent, 0); i < parent->npages;
	    i = wl_shadow_next(parent, i + 1))
		if (!copy_page_begin(parent, child, i))
			return false;
	child->frozen = true;
	return true;
}

/*
 * The child's word, of the parent's before and after.  A range that was open
 * before says nothing about this fork.
 */
static uint64_t
copy_word(uint64_t before, uint64_t after, bool exempt)
{
	uint32_t lo = word_done(before), hi = word_begun(after);

	if (lo == hi)
		return word_make(lo, lo, 0);
	if ((before & W_OPEN) != 0 || exempt)
		return word_make(hi, lo, W_OPEN);
	return word_make(hi, lo, W_OPEN | W_PREFIX);
}

static void
copy_page_end(struct wl_shadow *from, struct wl_shadow *to, bool frozen,
    bool exempt)
{
	uint64_t frees = atomic_load(&from->frees), life, before, after;
	bool dropped = false;
	unsigned u;

	for (u = 0; u <= WL_MAXHOT; u++) {
		before = atomic_load(&to->word[u]);
		after = frozen ? before : atomic_load(&from->word[u]);
		atomic_store(&to->word[u], copy_word(before, after, exempt));
		life = atomic_load(&to->life[u]);
		dropped = dropped || pair_high(frees) > pair_low(life);
	}
	/* A page that may have been dropped: each unit may, or may not. */
	if (dropped)
		atomic_store(&to->frees, pair_make(2, 2));
	for (u = 0; u <= WL_MAXHOT; u++) {
		life = atomic_load(&to->life[u]);
		atomic_store(&to->life[u], pair_make(pair_high(life),
		    dropped && pair_high(frees) <= pair_low(life) ? 2 : 0));
	}
	atomic_store(&to->poisoned, atomic_load(&from->poisoned));
}

bool
wl_copy_end(const struct wl_model *m, struct wl_content *parent,
    struct wl_content *child, bool exempt)
{
	struct wl_shadow *to;
	size_t i;

	for (i = wl_shadow_next(parent, 0); i < parent->npages;
	    i = wl_shadow_next(parent, i + 1)) {
		if ((to = wl_shadow_get(child, i)) == NULL)
			return false;
		copy_page_end(wl_shadow_find(parent, i), to, child->frozen,
		    exempt);
	}
	return true;
}

/*
 * forking.c: a space is forked, and with it what the model knows of it.
 */
#include <errno.h>
#include <stdlib.h>

#include "workloads/space_int.h"

struct forking {
	struct wl_strand *st;
	struct wl_space	*parent, *child;
	struct wl_fork	*fork;
};

/* => layout taken; every run of pages still mapped gets the inheritance */
static int
region_inherit(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    enum vm_inherit inherit)
{
	size_t i, j;
	int error = 0;

	for (i = 0; i < r->npages && error == 0; i = j) {
		for (j = i; j < r->npages && wl_gone(r, j) == wl_gone(r, i);)
			j++;
		if (!wl_gone(r, i))
			error = vm_minherit(s->vm, wl_va(st->h, r, i),
			    wl_va(st->h, r, j), inherit);
	}
	if (error == 0)
		r->inherit = inherit;
	else
		wl_judge(st, s, r, 0, 0, "minherit", error);
	return error;
}

/*
 * Half of the regions get shared.  What was shared may be copied again, whoever
 * else has it: then others store to it while it is copied.
 */
static int
choose_inheritance(struct forking *f, bool shared)
{
	struct wl_region *r;
	unsigned i;
	int error = 0;

	for (i = 0; i < f->st->h->nregions && error == 0; i++) {
		r = &f->parent->region[i];
		if (!wl_region_is(r, WLC_LIVE))
			continue;
		if (r->inherit == VM_INHERIT_COPY && shared &&
		    lk_random_below(2) == 0)
			error = region_inherit(f->st, f->parent, r,
			    VM_INHERIT_SHARE);
		else if (r->inherit == VM_INHERIT_SHARE &&
		    lk_random_below(4) == 0)
			error = region_inherit(f->st, f->parent, r,
			    VM_INHERIT_COPY);
	}
	return error;
}

static int
region_copy_begin(struct forking *f, struct wl_region *from,
    struct wl_region *to)
{
	size_t i;

	to->va = from->va;
	to->npages = from->npages;
	to->first = from->first;
	to->inherit = from->inherit;
	to->wired_page = to->wired_n = 0;
	atomic_store(&to->prot, 0);
	atomic_store(&to->wiring, 0);
	atomic_store(&to->doomed, atomic_load(&from->doomed));
	if (from->inherit == VM_INHERIT_SHARE) {
		to->content = from->content;
		wl_content_hold(to->content);
	} else
		to->content = wl_copy_begin(&f->st->h->model, from->content,
		    f->fork);
	to->gone = wl_alloc(from->npages, 1);
	if (to->content == NULL || to->gone == NULL)
		return ENOMEM;
	for (i = 0; i < from->npages; i++)
		atomic_store(&to->gone[i], atomic_load(&from->gone[i]));
	return 0;
}

static int
copies_begin(struct forking *f)
{
	struct wl_region *from;
	unsigned i;
	int error = 0;

	for (i = 0; i < f->st->h->nregions && error == 0; i++) {
		from = &f->parent->region[i];
		if (wl_region_is(from, WLC_LIVE) &&
		    from->inherit != VM_INHERIT_NONE)
			error = region_copy_begin(f, from,
			    &f->child->region[i]);
	}
	return error;
}

static int
copies_end(struct forking *f)
{
	struct wl_region *from, *to;
	unsigned i;

	for (i = 0; i < f->st->h->nregions; i++) {
		from = &f->parent->region[i];
		to = &f->child->region[i];
		if (to->content == NULL)
			continue;
		if (to->content != from->content &&
		    !wl_copy_end(&f->st->h->model, from->content, to->content,
		    from->wired_n > 0))
			return ENOMEM;
		wl_region_live(to);
	}
	return 0;
}

static void
copies_undo(struct forking *f)
{
	unsigned i;

	for (i = 0; i < f->st->h->nregions; i++)
		wl_region_free(f->st->h, &f->child->region[i]);
}

/* A planted bug: a store that got past the moment of the fork. */
static void
store_late(struct wl_harness *h, struct wl_space *s, struct wl_region *r)
{
	struct wl_write w;
	uint64_t value;
	bool stored;

	if (wl_gone(r, 0) || r->inherit != VM_INHERIT_COPY ||
	    r->wired_n != 0 || wl_write_begin(&h->model, r->content, r->first,
	    0, wl_next_seq(&h->model, 0), &w) != 0)
		return;
	value = wl_value(&h->model, 0, w.seq, r->content->home + r->first, 0);
	stored = vm_plant_store(s->vm, wl_va(h, r, 0), value);
	wl_write_end(&w, stored ? WLS_STORED : WLS_UNTOUCHED);
	if (stored)
		atomic_fetch_add(h->late_store, 1);
}

/* From here on the parent's pages stay as they are until the fork is over. */
void
wl_fork_point(void *harness, struct vm_space *vm)
{
	struct wl_harness *h = harness;
	struct wl_space *s = h->space;
	struct wl_region *from, *to;
	unsigned i;

	lk_fibers_aside(true);
	while (s < h->space + h->nspaces && (s->vm != vm || s->child == NULL))
		s++;
	for (i = 0; s < h->space + h->nspaces && i < h->nregions; i++) {
		from = &s->region[i];
		to = &s->child->region[i];
		if (to->content != NULL && to->content != from->content &&
		    from->wired_n == 0)
			(void)wl_copy_freeze(from->content, to->content);
		if (h->late_store != NULL && to->content != NULL)
			store_late(h, s, from);
	}
	lk_fibers_aside(false);
}

/* A space lent from the table has no regions: their claims are all FREE. */
static int
fork_space(struct forking *f)
{
	int error;

	if ((error = copies_begin(f)) == 0) {
		f->parent->child = f->child;
		error = vm_fork(f->parent->vm, &f->child->vm);
		f->parent->child = NULL;
	}
	if (error == 0 && (error = copies_end(f)) != 0)
		vm_space_exit(f->child->vm);
	if (error == 0)
		wl_space_live(f->st->h, f->child);
	else
		copies_undo(f);
	return error;
}

int
wl_space_fork(struct wl_strand *st, struct wl_space *parent, bool shared)
{
	struct forking f = { .st = st, .parent = parent };
	int error;

	if ((f.child = wl_space_new(st->h)) == NULL)
		return EBUSY;
	if ((f.fork = wl_fork_new(&st->h->model)) == NULL)
		error = ENOMEM;
	else if ((error = choose_inheritance(&f, shared)) == 0)
		error = fork_space(&f);
	if (f.fork != NULL)
		wl_fork_rele(f.fork);
	if (error != 0)
		wl_space_unnew(f.child);
	return error;
}

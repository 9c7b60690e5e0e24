/*
 * region.c: regions and spaces come, are copied, and go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/space_int.h"

#define BASE		((uintptr_t)1 << 28)
#define OBJECT_SHARE	8	/* one region in so many maps a file */
#define STACK_SHARE	4	/* one large one in so many is a stack */
#define UVM_LARGE	256
#define NONE_SHARE	32	/* one region in so many is not inherited */

/* Most are of the typical size or somewhat less, some small, some large. */
static size_t
draw_size(const struct wl_harness *h)
{
	uint64_t typical = h->job->region_pages, r = lk_random_below(100);

	if (r < 25)
		return 1 + lk_random_below(typical < 16 ? typical : 16);
	if (r < 75)
		return typical / 2 + 1 + lk_random_below(typical / 2 + 1);
	if (r < 90)
		return typical + lk_random_below(typical + 1);
	return typical + lk_random_below(typical * 3 + 1);
}

static int
region_set(struct wl_harness *h, struct wl_space *s, struct wl_region *r,
    size_t npages, struct wl_content *c)
{
	r->npages = npages;
	r->content = c;
	r->first = 0;
	r->gone = wl_alloc(npages, 1);
	r->wired_page = r->wired_n = 0;
	atomic_store(&r->prot, 0);
	atomic_store(&r->wiring, 0);
	atomic_store(&r->doomed, false);
	return r->gone != NULL && c != NULL ? 0 : ENOMEM;
}

static int
map_flags(size_t npages)
{
	int flags = VM_MAP_FIXED;

	if (npages >= UVM_LARGE && lk_random_below(STACK_SHARE) != 0)
		flags |= VM_MAP_STACK;
	return flags;
}

int
wl_region_map(struct wl_strand *st, struct wl_space *s)
{
	struct wl_harness *h = st->h;
	struct vm_object *obj = NULL;
	struct wl_region *r;
	size_t npages = draw_size(h);
	uint64_t object = 0, slot;
	uintptr_t home;
	int error, flags;

	if ((r = wl_region_new(h, s)) == NULL)
		return EBUSY;
	slot = (uint64_t)(r - s->region);
	home = slot * h->window + lk_random_below(h->window - npages + 1);
	if (lk_random_below(OBJECT_SHARE) == 0) {
		object = 1 + lk_random_below(WL_NOBJECT);
		obj = h->object[object - 1];
	}
	r->va = BASE + home * h->page_size;
	r->inherit = lk_random_below(NONE_SHARE) == 0 ? VM_INHERIT_NONE :
	    VM_INHERIT_COPY;
	flags = map_flags(npages);
	error = region_set(h, s, r, npages,
	    wl_content_new(home, npages, object, 0));
	if (error == 0)
		error = vm_mmap(s->vm, &r->va, npages * h->page_size,
		    VM_PROT_READ | VM_PROT_WRITE, flags, obj, 0);
	if (error == 0 && r->inherit != VM_INHERIT_COPY)
		error = vm_minherit(s->vm, r->va, wl_va(h, r, npages),
		    r->inherit);
	if (error == 0)
		wl_region_live(r);
	else
		wl_region_free(st->h, r);
	return error;
}

/* => pages are marked before they go, so an access that fails knows why */
static int
unmap_pages(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page, size_t n)
{
	size_t i;
	int error;

	for (i = 0; i < n; i++)
		atomic_store(&r->gone[page + i], 1);
	error = vm_munmap(s->vm, wl_va(st->h, r, page),
	    wl_va(st->h, r, page + n));
	if (error != 0)
		wl_judge(st, s, r, page, 0, "munmap", error);
	return error;
}

int
wl_region_unmap(struct wl_strand *st, struct wl_space *s,
    struct wl_region *r)
{
	if (!wl_region_end(r))
		return EBUSY;
	wl_region_check(st, s, r, true);
	return unmap_pages(st, s, r, 0, r->npages);
}

int
wl_region_unmap_part(struct wl_strand *st, struct wl_space *s,
    struct wl_region *r, size_t page, size_t n)
{
	return unmap_pages(st, s, r, page, n);
}

bool
wl_region_whole(const struct wl_region *r, size_t page, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (wl_gone(r, page + i))
			return false;
	return true;
}

bool
wl_region_run(struct wl_strand *st, struct wl_region *r, size_t *page,
    size_t *n)
{
	size_t want = *n, i;

	if (!wl_page_pick(st, r, page))
		return false;
	for (i = 1; i < want && *page + i < r->npages; i++)
		if (wl_gone(r, *page + i))
			break;
	*n = i;
	return true;
}

static bool
worth_checking(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page, bool part)
{
	bool known = wl_shadow_find(r->content, r->first + page) != NULL;

	if (wl_gone(r, page))
		return false;
	if (vm_mapped(s->vm, wl_va(st->h, r, page)))
		return true;
	if (st->h->whole)
		return known || !part;
	if (known)
		return !part || lk_random_below(16) == 0;
	return lk_random_below(part ? 64 : 8) == 0;
}

void
wl_region_check(struct wl_strand *st, struct wl_space *s,
    struct wl_region *r, bool part)
{
	size_t i;

	for (i = 0; i < r->npages; i++)
		if (worth_checking(st, s, r, i, part))
			wl_judge(st, s, r, i, 1, "load",
			    wl_check_page(st, s, r, i));
}

void
wl_space_check(struct wl_strand *st, struct wl_space *s, bool part)
{
	struct wl_region *r;
	unsigned i;

	for (i = 0; i < st->h->nregions; i++) {
		r = &s->region[i];
		if (!wl_region_claim(r))
			continue;
		wl_region_check(st, s, r, part);
		wl_region_drop(st, r);
	}
}

void
wl_space_exit(struct wl_strand *st, struct wl_space *s)
{
	struct wl_region *r;
	unsigned i;

	wl_space_check(st, s, true);
	vm_space_exit(s->vm);
	s->vm = NULL;
	for (i = 0; i < st->h->nregions; i++) {
		r = &s->region[i];
		if (wl_region_is(r, WLC_LIVE))
			wl_region_free(st->h, r);
	}
}

int
wl_space_spawn(struct wl_strand *st)
{
	struct wl_space *s;
	uint64_t i;
	int error;

	if ((s = wl_space_new(st->h)) == NULL)
		return EBUSY;
	if ((error = vm_space_create(&s->vm)) != 0) {
		wl_space_unnew(s);
		return error;
	}
	/* no memory for all of its regions: then it has fewer */
	for (i = 0; i < st->h->job->regions && error == 0; i++)
		error = wl_region_map(st, s);
	wl_space_live(st->h, s);
	return 0;
}

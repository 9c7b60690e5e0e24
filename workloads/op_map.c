/*
 * op_map.c: what a process asks of its map.
 */
#include <errno.h>

#include "workloads/op_int.h"

#define RUN_PAGES	24

enum wl_done
wl_with_layout(struct wl_strand *st, enum wl_done (*fn)(struct wl_strand *,
    struct wl_space *, struct wl_region *))
{
	struct wl_space *s = wl_space_pick(st);
	struct wl_region *r;
	enum wl_done done = WLR_SKIPPED;

	if (s == NULL)
		return WLR_SKIPPED;
	if (wl_layout_share(s)) {
		if ((r = wl_region_pick(st, s)) != NULL) {
			done = fn(st, s, r);
			wl_region_drop(st, r);
		}
		wl_layout_unshare(s);
	}
	wl_space_drop(st, s);
	return done;
}

enum wl_done
wl_refusal(int error)
{
	return error == 0 ? WLR_DONE : error == EBUSY ? WLR_SKIPPED :
	    WLR_REFUSED;
}

enum wl_done
wl_op_map(struct wl_strand *st)
{
	struct wl_space *s = wl_space_pick(st);
	enum wl_done done = WLR_SKIPPED;

	if (s == NULL)
		return WLR_SKIPPED;
	if (wl_layout_share(s)) {
		done = wl_refusal(wl_region_map(st, s));
		wl_layout_unshare(s);
	}
	wl_space_drop(st, s);
	return done;
}

static enum wl_done
unmap_region(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	return wl_refusal(wl_region_unmap(st, s, r));
}

enum wl_done
wl_op_unmap(struct wl_strand *st)
{
	return wl_with_layout(st, unmap_region);
}

/* What is left of nothing, or has lost a page, goes as a whole. */
static enum wl_done
unmap_part(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	size_t page, n = 1 + lk_random_below(RUN_PAGES);

	if (atomic_load(&r->doomed) || !wl_region_run(st, r, &page, &n))
		return unmap_region(st, s, r);
	return wl_refusal(wl_region_unmap_part(st, s, r, page, n));
}

enum wl_done
wl_op_unref(struct wl_strand *st)
{
	return wl_with_layout(st, unmap_part);
}

/*
 * Back as it was.  If part of it was unmapped meanwhile, the whole is refused
 * and nothing done: then page by page, those that are left.
 */
static int
unprotect(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page, size_t n)
{
	int prot = VM_PROT_READ | VM_PROT_WRITE, error;
	size_t i;

	error = vm_mprotect(s->vm, wl_va(st->h, r, page),
	    wl_va(st->h, r, page + n), prot);
	for (i = page; i < page + n && error == EFAULT && n > 1; i++)
		if (vm_mprotect(s->vm, wl_va(st->h, r, i),
		    wl_va(st->h, r, i + 1), prot) != 0 && !wl_gone(r, i))
			return EINVAL;
	return error;
}

/* Begun before, done after: whoever is refused in between knows why. */
static enum wl_done
protect_middle(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	struct wl_harness *h = st->h;
	size_t page, n = 1 + lk_random_below(RUN_PAGES);
	int prot = lk_random_below(8) == 0 ? VM_PROT_NONE : VM_PROT_READ;
	int error;

	if (!wl_region_run(st, r, &page, &n))
		return WLR_SKIPPED;
	st->prot = atomic_fetch_add(&r->prot, (uint64_t)1 << 32);
	error = vm_mprotect(s->vm, wl_va(h, r, page), wl_va(h, r, page + n),
	    prot);
	if (error == 0)
		error = unprotect(st, s, r, page, n);
	atomic_fetch_add(&r->prot, 1);
	return wl_judge(st, s, r, page, n, "mprotect", error);
}

enum wl_done
wl_op_clip(struct wl_strand *st)
{
	return wl_with_layout(st, protect_middle);
}

static enum wl_done
unwire(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	struct wl_harness *h = st->h;
	size_t page = r->wired_page, n = r->wired_n;
	int error;

	error = vm_munlock(s->vm, wl_va(h, r, page), wl_va(h, r, page + n));
	/* a part of it may be unmapped: then the rest stays wired */
	if (error == 0) {
		atomic_fetch_sub(&h->wired, (int64_t)n);
		r->wired_n = 0;
	}
	return wl_judge(st, s, r, page, n, "munlock", error);
}

/* A quarter of the memory may be wired, no more. */
static enum wl_done
wire(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	struct wl_harness *h = st->h;
	size_t page, n = 1 + lk_random_below(RUN_PAGES);
	int64_t most = (int64_t)h->job->vm.frames / 4;
	int error;

	if (!wl_region_run(st, r, &page, &n))
		return WLR_SKIPPED;
	if (atomic_fetch_add(&h->wired, (int64_t)n) + (int64_t)n > most) {
		atomic_fetch_sub(&h->wired, (int64_t)n);
		return WLR_SKIPPED;
	}
	st->prot = atomic_load(&r->prot);
	error = vm_mlock(s->vm, wl_va(h, r, page), wl_va(h, r, page + n));
	if (error == 0) {
		r->wired_page = page;
		r->wired_n = n;
	} else
		atomic_fetch_sub(&h->wired, (int64_t)n);
	return wl_judge(st, s, r, page, n, "mlock", error);
}

static enum wl_done
wire_or_unwire(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	enum wl_done done;

	if (atomic_exchange(&r->wiring, 1) != 0)
		return WLR_SKIPPED;
	done = r->wired_n > 0 ? unwire(st, s, r) : wire(st, s, r);
	atomic_store(&r->wiring, 0);
	return done;
}

enum wl_done
wl_op_wire(struct wl_strand *st)
{
	return wl_with_layout(st, wire_or_unwire);
}

static enum wl_done
free_run(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	struct wl_harness *h = st->h;
	size_t page, n = 1 + lk_random_below(RUN_PAGES);
	int error;

	if (!wl_region_run(st, r, &page, &n) ||
	    wl_free_begin(r->content, r->first + page, n, false) != 0)
		return WLR_SKIPPED;
	error = vm_madvise_free(s->vm, wl_va(h, r, page),
	    wl_va(h, r, page + n));
	wl_free_end(r->content, r->first + page, n, false);
	return wl_judge(st, s, r, page, n, "madvise", error);
}

enum wl_done
wl_op_madvise_free(struct wl_strand *st)
{
	return wl_with_layout(st, free_run);
}

static enum wl_done
age_run(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	struct wl_harness *h = st->h;
	size_t page, n = 1 + lk_random_below(RUN_PAGES);
	int error;

	if (!wl_region_run(st, r, &page, &n))
		return WLR_SKIPPED;
	error = vm_madvise_cold(s->vm, wl_va(h, r, page),
	    wl_va(h, r, page + n));
	vm_pressure(n);
	return wl_judge(st, s, r, page, n, "madvise", error);
}

enum wl_done
wl_op_pageout(struct wl_strand *st)
{
	return wl_with_layout(st, age_run);
}

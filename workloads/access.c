/*
 * access.c: loads and stores with the model on both sides of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "workloads/space_int.h"

static inline uint32_t
begun(uint64_t pair)
{
	return (uint32_t)(pair >> 32);
}

/* Somebody protected part of the region while the access went on. */
static bool
protected(const struct wl_strand *st, const struct wl_region *r)
{
	uint64_t now = atomic_load(&r->prot);

	return begun(st->prot) != (uint32_t)st->prot ||
	    begun(now) != begun(st->prot);
}

static bool
injecting(const struct wl_harness *h, enum vm_inject_site site)
{
	const struct vm_inject *inj = &h->job->vm.inject[site];

	return inj->ppm != 0 || inj->nth != 0;
}

/* => pages were really lost, or are on request */
static bool
loss_legal(const struct wl_harness *h)
{
	uint64_t sum[VMC_NCOUNTERS];

	if (injecting(h, VMI_swap_read))
		return true;
	vm_counters_sum(lk_record_current(), sum);
	return sum[VMC_pagein_error] > 0;
}

/*
 * No memory is no fault while allocations are refused on request, or when
 * nearly all of swap is full.  The largest device may be off just now.
 */
static bool
shortage_legal(const struct wl_harness *h)
{
	static const enum vm_inject_site sites[] = {
		VMI_chunk, VMI_amap, VMI_ppref, VMI_anon, VMI_page,
		VMI_buckets, VMI_lockobj, VMI_swapslot, VMI_swap_write,
	};
	const struct vm_gauges *g;
	uint64_t all = 0, largest = 0;
	size_t i;

	for (i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
		if (injecting(h, sites[i]))
			return true;
	for (i = 0; i < VM_MAXSWAP; i++) {
		all += h->job->vm.swap_slots[i];
		if (h->job->vm.swap_slots[i] > largest)
			largest = h->job->vm.swap_slots[i];
	}
	if (h->job->walkers > 0 || h->job->weight[WLO_swapcycle] > 0)
		all -= largest;
	g = lk_record_region_find(lk_record_current(), VM_GAUGES_REGION, NULL);
	return g == NULL || atomic_load(&g->swap_inuse) * 10 >= all * 8;
}

static bool
any_gone(const struct wl_region *r, size_t page, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (wl_gone(r, page + i))
			return true;
	return wl_region_is(r, WLC_DYING);
}

enum wl_done
wl_at_judge(struct wl_strand *st, const struct wl_at *at, const char *call,
    int error)
{
	if (error == 0)
		return WLR_DONE;
	if (error == ENOMEM && shortage_legal(st->h))
		return WLR_REFUSED;
	if (error == EIO && loss_legal(st->h)) {
		if (at->content != NULL && wl_poison(at->content, at->page))
			atomic_fetch_add(&st->h->run->poisoned, 1);
		return WLR_REFUSED;
	}
	lk_incident("access.fault", "space %u va %#" PRIxPTR ": %s gave error "
	    "%d, and nobody unmapped, protected or lost anything there",
	    vm_space_id(at->vm), at->va, call, error);
	return WLR_REFUSED;
}

static struct wl_at
place(const struct wl_strand *st, const struct wl_space *s,
    const struct wl_region *r, size_t page)
{
	return (struct wl_at){ .vm = s->vm, .va = wl_va(st->h, r, page),
	    .content = r->content, .page = r->first + page };
}

enum wl_done
wl_judge(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page, size_t n, const char *call, int error)
{
	struct wl_at at = place(st, s, r, page);

	if (error == EFAULT && any_gone(r, page, n))
		return WLR_SKIPPED;
	if (error == EACCES && protected(st, r))
		return WLR_SKIPPED;
	if (error == EIO)
		atomic_store(&r->doomed, true);
	/* a call on many pages does not say which one it was */
	if (n != 1)
		at.content = NULL;
	return wl_at_judge(st, &at, call, error);
}

static void
mismatch(struct wl_strand *st, const struct wl_at *at,
    const struct wl_bad *bad)
{
	char text[384];

	wl_bad_text(&st->h->model, at->content, at->page, bad, text,
	    sizeof(text));
	lk_incident(bad->wrong == WLW_TORN ? "content.torn-fork" :
	    "content.mismatch", "space %u va %#" PRIxPTR " %s",
	    vm_space_id(at->vm), at->va + bad->cell * sizeof(uint64_t), text);
}

int
wl_at_load(struct wl_strand *st, const struct wl_at *at, unsigned unit,
    unsigned cell, unsigned n)
{
	const struct wl_model *m = &st->h->model;
	struct wl_bad bad;
	int error;

	atomic_fetch_add_explicit(n > 1 ? &st->h->run->checks_whole :
	    &st->h->run->checks_cell, 1, memory_order_relaxed);
	wl_look_begin(m, at->content, at->page, unit, &st->look);
	error = vm_load(at->vm, at->va + cell * sizeof(uint64_t), st->buf, n);
	if (error == 0 && st->h->exact)		/* as it is now */
		wl_look_begin(m, at->content, at->page, unit, &st->look);
	if (error == 0 && wl_look_end(m, at->content, at->page, cell, n,
	    st->buf, &st->look, &bad) != WLW_NONE)
		mismatch(st, at, &bad);
	return error;
}

int
wl_at_store(struct wl_strand *st, const struct wl_at *at, unsigned unit)
{
	struct wl_model *m = &st->h->model;
	unsigned cell = unit * m->stride;
	struct wl_write w;
	uint64_t value;
	int error;

	error = wl_write_begin(m, at->content, at->page, unit,
	    wl_next_seq(m, st->id), &w);
	if (error != 0)
		return error;
	value = wl_value(m, st->id, w.seq, at->content->home + at->page,
	    cell);
	error = vm_store(at->vm, at->va + cell * sizeof(uint64_t), &value, 1);
	wl_write_end(&w, error == 0 ? WLS_STORED : WLS_UNTOUCHED);
	return error;
}

int
wl_load_cell(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page, unsigned cell)
{
	struct wl_at at = place(st, s, r, page);

	st->prot = atomic_load(&r->prot);
	return wl_at_load(st, &at, wl_unit_of(&st->h->model, cell), cell, 1);
}

int
wl_check_page(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page)
{
	struct wl_at at = place(st, s, r, page);

	st->prot = atomic_load(&r->prot);
	return wl_at_load(st, &at, WL_ALL, 0, st->h->model.ncells);
}

int
wl_store_hot(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page, unsigned unit)
{
	struct wl_at at = place(st, s, r, page);

	st->prot = atomic_load(&r->prot);
	return wl_at_store(st, &at, unit);
}

/*
 * The cells from hot cell h to the next one, without h if it is another's.
 * => *any: something was stored
 */
static int
fill_part(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page, uint32_t seq, unsigned h, bool *any)
{
	const struct wl_model *m = &st->h->model;
	uint64_t home = r->content->home + r->first + page;
	unsigned cell, from = h * m->stride, to = from + m->stride;
	int error;

	if (wl_writer(m, home, h) != st->id)
		from++;
	for (cell = from; cell < to; cell++)
		st->buf[cell - from] = wl_value(m, st->id, seq, home, cell);
	error = vm_store(s->vm, wl_va(st->h, r, page) +
	    from * sizeof(uint64_t), st->buf, to - from);
	*any = *any || error == 0;
	return error;
}

int
wl_fill_page(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page)
{
	struct wl_model *m = &st->h->model;
	uint64_t home = r->content->home + r->first + page;
	struct wl_write w[WL_MAXHOT + 1];
	uint32_t seq = wl_next_seq(m, st->id);
	unsigned u, i, n = 0;
	bool any = false;
	int error = 0;

	st->prot = atomic_load(&r->prot);
	for (u = 0; u <= WL_COLD(m) && error == 0; u++) {
		if (wl_writer(m, home, u) != st->id)
			continue;
		error = wl_write_begin(m, r->content, r->first + page, u, seq,
		    &w[n]);
		n += error == 0;
	}
	for (u = 0; u < m->nhot && error == 0; u++)
		error = fill_part(st, s, r, page, seq, u, &any);
	for (i = 0; i < n; i++)
		wl_write_end(&w[i], error == 0 ? WLS_STORED :
		    any ? WLS_PERHAPS : WLS_UNTOUCHED);
	return error;
}

/*
 * The pages that a scenario wants touched are spread over the region, so that
 * its chunks are used as those of a real one.
 */
bool
wl_page_pick(struct wl_strand *st, struct wl_region *r, size_t *page)
{
	size_t touch = st->h->job->touch_pages;
	int i;

	for (i = 0; i < 4; i++) {
		if (touch == 0 || touch >= r->npages)
			*page = lk_random_below(r->npages);
		else
			*page = lk_random_below(touch) * r->npages / touch;
		if (!wl_gone(r, *page))
			return true;
	}
	return false;
}

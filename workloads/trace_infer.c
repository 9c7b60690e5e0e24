/*
 * From pages that were used to the mappings that must have been there.
 *
 *	needs	 X X  X    R W  W    announced    W W        stack W
 *	regions	|------|  |------|               |---|      |-------|
 *		 text      data, one mapping      data       anon
 *		           for its pages and      beyond
 *		           the gaps between       it
 *
 * Few mappings do: neighbours join across a gap if nothing was ever announced
 * in it, and if one protection suits both.  Code never joins pages that were
 * written, unless they are the same pages.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_import_int.h"

#define GAP_PAGES	256		/* of one program or library */
#define GAP_CODE	4		/* from code to what it only reads */
#define GAP_STACK	2048
#define NEAR_CODE	512		/* data as near as this belong to it */
#define NEAR_BRK	4096		/* a heap ends as near below the break */

/* Where x86-64 Linux puts stacks, in pages: above every mmap. */
#define STACK_LOW	((uint64_t)0x7ffb00000000 >> WL_TRACE_PAGE_SHIFT)
#define STACK_HIGH	((uint64_t)0x800000000000 >> WL_TRACE_PAGE_SHIFT)

int
infer_need(struct import *imp, uint32_t origin, uint64_t start, uint64_t end,
    uint8_t how)
{
	struct origin *o = &imp->origins[origin];
	struct need *v;
	size_t cap;

	if (o->nneeds > 0 && o->needs[o->nneeds - 1].start == start &&
	    o->needs[o->nneeds - 1].end == end) {
		o->needs[o->nneeds - 1].how |= how;
		return (0);
	}
	if (o->nneeds == o->capneeds) {
		cap = o->capneeds * 2 + 16;
		v = realloc(o->needs, cap * sizeof(*v));
		if (v == NULL)
			return (ENOMEM);
		o->needs = v;
		o->capneeds = cap;
	}
	o->needs[o->nneeds++] = (struct need){ start, end, how };
	return (0);
}

int
infer_announced(struct import *imp, uint32_t origin, uint64_t start,
    uint64_t end)
{
	struct wl_map m = {
		.start = start, .end = end, .object = WL_TRACE_NONE,
	};

	return (wl_maps_set(&imp->origins[origin].announced, &m));
}

static int
by_start(const void *a, const void *b)
{
	const struct need *x = a, *y = b;

	if (x->start != y->start)
		return (x->start < y->start ? -1 : 1);
	return (x->end < y->end ? -1 : x->end > y->end);
}

static bool
on_stack(uint64_t page)
{
	return (page >= STACK_LOW && page < STACK_HIGH);
}

/* May what is used in one way join a region used in another? */
static bool
suits(const struct need *r, const struct need *next, uint64_t gap)
{
	if (r->how & NEED_EXEC)
		return ((next->how & NEED_EXEC) ? gap <= GAP_PAGES :
		    (next->how & NEED_WRITE) == 0 && gap <= GAP_CODE);
	if (next->how & NEED_EXEC)
		return (false);
	return (gap <= (on_stack(r->start) ? GAP_STACK : GAP_PAGES));
}

/*
 * Sorted needs become disjoint runs, in place; returns how many.  Needs that
 * overlap are one run whatever they are for: a page has one mapping.
 */
static size_t
join_needs(struct origin *o)
{
	struct need *v = o->needs, *last;
	size_t i, n = 0;

	for (i = 0; i < o->nneeds; i++) {
		last = n > 0 ? &v[n - 1] : NULL;
		if (last != NULL && (v[i].start < last->end ||
		    (suits(last, &v[i], v[i].start - last->end) &&
		    !wl_maps_any(&o->announced, last->end, v[i].start)))) {
			if (last->end < v[i].end)
				last->end = v[i].end;
			last->how |= v[i].how;
		} else {
			v[n++] = v[i];
		}
	}
	return (n);
}

/* Is there code within NEAR_CODE pages of run i? */
static bool
near_code(const struct need *v, size_t n, size_t i)
{
	if (i > 0 && (v[i - 1].how & NEED_EXEC) &&
	    v[i].start - v[i - 1].end <= NEAR_CODE)
		return (true);
	return (i + 1 < n && (v[i + 1].how & NEED_EXEC) &&
	    v[i + 1].start - v[i].end <= NEAR_CODE);
}

static uint8_t
kind_of(const struct origin *o, const struct need *v, size_t n, size_t i)
{
	uint64_t brk = (o->brk + 4095) >> WL_TRACE_PAGE_SHIFT;

	if (v[i].how & NEED_EXEC)
		return (WL_MAP_FILE);
	if (on_stack(v[i].start))
		return (WL_MAP_ANON);
	if (o->fresh)
		return (WL_MAP_FILE);	/* program or interpreter */
	if (v[i].end <= brk && brk - v[i].end <= NEAR_BRK)
		return (WL_MAP_ANON);	/* heap */
	if (near_code(v, n, i))
		return (WL_MAP_FILE);
	return ((v[i].how & NEED_WRITE) ? WL_MAP_ANON : WL_MAP_FILE);
}

static int
origin_regions(struct origin *o)
{
	struct region *r;
	size_t i, n;

	if (o->nneeds == 0)
		return (0);
	qsort(o->needs, o->nneeds, sizeof(*o->needs), by_start);
	n = join_needs(o);
	o->regions = calloc(n, sizeof(*o->regions));
	if (o->regions == NULL)
		return (ENOMEM);
	for (i = 0; i < n; i++) {
		r = &o->regions[o->nregions++];
		r->start = o->needs[i].start;
		r->end = o->needs[i].end;
		r->kind = kind_of(o, o->needs, n, i);
		r->prot = WL_PROT_READ;
		if (o->needs[i].how & NEED_WRITE)
			r->prot |= WL_PROT_WRITE;
		if (o->needs[i].how & NEED_EXEC)
			r->prot |= WL_PROT_EXEC;
	}
	return (0);
}

int
infer_regions(struct import *imp)
{
	uint32_t i;
	int error = 0;

	for (i = 0; i < imp->norigins && error == 0; i++)
		error = origin_regions(&imp->origins[i]);
	return (error);
}

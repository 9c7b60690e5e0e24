#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_maps_int.h"

/* One change splits at most two entries and adds one. */
#define MAPS_GROWTH	3

void
wl_maps_init(struct wl_maps *ms, struct wl_maps_budget *budget)
{
	memset(ms, 0, sizeof(*ms));
	ms->budget = budget;
}

void
wl_maps_free(struct wl_maps *ms)
{
	if (ms->budget != NULL)
		ms->budget->live -= ms->n;
	free(ms->v);
	ms->v = NULL;
	ms->n = ms->cap = 0;
	ms->pages = 0;
}

/* Room for MAPS_GROWTH more. */
static int
maps_room(struct wl_maps *ms)
{
	struct wl_map *v;
	size_t cap;

	if (ms->n + MAPS_GROWTH > ms->budget->max_maps ||
	    ms->budget->live + MAPS_GROWTH > ms->budget->max_live)
		return (E2BIG);
	if (ms->n + MAPS_GROWTH <= ms->cap)
		return (0);
	cap = ms->cap * 2 + 8;
	v = realloc(ms->v, cap * sizeof(*v));
	if (v == NULL)
		return (ENOMEM);
	ms->v = v;
	ms->cap = cap;
	return (0);
}

int
wl_maps_copy(struct wl_maps *to, const struct wl_maps *from)
{
	struct wl_maps_budget *b = from->budget;

	if (b->live + from->n > b->max_live ||
	    b->copies + from->n > b->max_copies)
		return (E2BIG);
	wl_maps_init(to, b);
	if (from->n == 0)
		return (0);
	to->v = malloc(from->n * sizeof(*to->v));
	if (to->v == NULL)
		return (ENOMEM);
	memcpy(to->v, from->v, from->n * sizeof(*to->v));
	to->n = to->cap = from->n;
	to->pages = from->pages;
	b->live += from->n;
	b->copies += from->n;
	return (0);
}

/* Index of the first entry that ends after page. */
static size_t
maps_index(const struct wl_maps *ms, uint64_t page)
{
	size_t lo = 0, hi = ms->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ms->v[mid].end > page)
			hi = mid;
		else
			lo = mid + 1;
	}
	return (lo);
}

const struct wl_map *
wl_maps_from(const struct wl_maps *ms, uint64_t page)
{
	size_t i = maps_index(ms, page);

	return (i < ms->n ? &ms->v[i] : NULL);
}

const struct wl_map *
wl_maps_find(const struct wl_maps *ms, uint64_t page)
{
	const struct wl_map *m = wl_maps_from(ms, page);

	return (m != NULL && m->start <= page ? m : NULL);
}

void
wl_maps_hole(const struct wl_maps *ms, uint64_t page, uint64_t *start,
    uint64_t *end)
{
	size_t i = maps_index(ms, page);

	*start = i > 0 ? ms->v[i - 1].end : 0;
	*end = i < ms->n ? ms->v[i].start : WL_TRACE_PAGES;
}

bool
wl_maps_any(const struct wl_maps *ms, uint64_t start, uint64_t end)
{
	const struct wl_map *m = wl_maps_from(ms, start);

	return (m != NULL && m->start < end);
}

bool
wl_maps_all(const struct wl_maps *ms, uint64_t start, uint64_t end)
{
	size_t i;

	for (i = maps_index(ms, start); start < end; i++) {
		if (i == ms->n || ms->v[i].start > start)
			return (false);
		start = ms->v[i].end;
	}
	return (true);
}

struct wl_map
wl_map_cut(const struct wl_map *m, uint64_t start, uint64_t end)
{
	struct wl_map cut = *m;

	if (cut.start < start) {
		if (cut.object != WL_TRACE_NONE)
			cut.object_page += start - cut.start;
		cut.start = start;
	}
	if (cut.end > end)
		cut.end = end;
	return (cut);
}

/* May b follow a as one entry? */
static bool
maps_joins(const struct wl_map *a, const struct wl_map *b)
{
	if (a->end != b->start || a->kind != b->kind || a->prot != b->prot ||
	    a->flags != b->flags || a->object != b->object)
		return (false);
	return (a->object == WL_TRACE_NONE ||
	    a->object_page + (a->end - a->start) == b->object_page);
}

/* Join what can be joined among entries [i, j), looking one to each side. */
static void
maps_join(struct wl_maps *ms, size_t i, size_t j)
{
	size_t from, to;

	i = i > 0 ? i - 1 : 0;
	j = j < ms->n ? j + 1 : ms->n;
	if (j - i < 2)
		return;
	for (to = i, from = i + 1; from < j; from++) {
		if (maps_joins(&ms->v[to], &ms->v[from]))
			ms->v[to].end = ms->v[from].end;
		else
			ms->v[++to] = ms->v[from];
	}
	to++;
	if (to == j)
		return;
	memmove(&ms->v[to], &ms->v[j], (ms->n - j) * sizeof(*ms->v));
	ms->n -= j - to;
	ms->budget->live -= j - to;
}

/*
 * Replace all that lies in [start, end) by *m, or by nothing; what sticks
 * out on either side stays.
 */
static int
maps_replace(struct wl_maps *ms, uint64_t start, uint64_t end,
    const struct wl_map *m)
{
	struct wl_map with[MAPS_GROWTH], part;
	size_t i, j, nwith = 0;
	int error;

	error = maps_room(ms);
	if (error != 0)
		return (error);
	i = maps_index(ms, start);
	if (i < ms->n && ms->v[i].start < start)
		with[nwith++] = wl_map_cut(&ms->v[i], 0, start);
	if (m != NULL) {
		with[nwith++] = *m;
		ms->pages += end - start;
	}
	for (j = i; j < ms->n && ms->v[j].start < end; j++) {
		part = wl_map_cut(&ms->v[j], start, end);
		ms->pages -= part.end - part.start;
		if (ms->v[j].end > end)
			with[nwith++] =
			    wl_map_cut(&ms->v[j], end, UINT64_MAX);
	}
	if (j < ms->n)
		memmove(&ms->v[i + nwith], &ms->v[j],
		    (ms->n - j) * sizeof(*ms->v));
	if (nwith > 0)
		memcpy(&ms->v[i], with, nwith * sizeof(*ms->v));
	ms->n = ms->n - (j - i) + nwith;
	ms->budget->live = ms->budget->live - (j - i) + nwith;
	maps_join(ms, i, i + nwith);
	return (0);
}

int
wl_maps_set(struct wl_maps *ms, const struct wl_map *m)
{
	return (maps_replace(ms, m->start, m->end, m));
}

int
wl_maps_clear(struct wl_maps *ms, uint64_t start, uint64_t end)
{
	return (maps_replace(ms, start, end, NULL));
}

/* Make at an edge between entries, if it lies within one. */
static void
maps_split(struct wl_maps *ms, uint64_t at)
{
	size_t i = maps_index(ms, at);

	if (i == ms->n || ms->v[i].start >= at)
		return;
	memmove(&ms->v[i + 1], &ms->v[i], (ms->n - i) * sizeof(*ms->v));
	ms->v[i].end = at;
	ms->v[i + 1] = wl_map_cut(&ms->v[i + 1], at, UINT64_MAX);
	ms->n++;
	ms->budget->live++;
}

int
wl_maps_protect(struct wl_maps *ms, uint64_t start, uint64_t end,
    uint8_t prot)
{
	size_t i, j;
	int error;

	error = maps_room(ms);
	if (error != 0)
		return (error);
	maps_split(ms, start);
	maps_split(ms, end);
	i = maps_index(ms, start);
	for (j = i; j < ms->n && ms->v[j].start < end; j++)
		ms->v[j].prot = prot;
	maps_join(ms, i, j);
	return (0);
}

int
wl_maps_move(struct wl_maps *ms, uint64_t from, uint64_t npages, uint64_t to)
{
	struct wl_map part[WL_TRACE_MAX_MOVE];
	size_t i, n = 0;
	int error;

	for (i = maps_index(ms, from);
	    i < ms->n && ms->v[i].start < from + npages; i++) {
		if (n == WL_TRACE_MAX_MOVE)
			return (E2BIG);
		part[n++] = wl_map_cut(&ms->v[i], from, from + npages);
	}
	if (ms->n + 2 * WL_TRACE_MAX_MOVE > ms->budget->max_maps ||
	    ms->budget->live + 2 * WL_TRACE_MAX_MOVE > ms->budget->max_live)
		return (E2BIG);
	error = wl_maps_clear(ms, from, from + npages);
	for (i = 0; i < n && error == 0; i++) {
		part[i].start = part[i].start - from + to;
		part[i].end = part[i].end - from + to;
		error = wl_maps_set(ms, &part[i]);
	}
	return (error);
}

/*
 * What an event does to the mappings of its space, in both passes.
 *
 * Pass 1 knows only what lines announce, and forgets nothing: an entry in its
 * maps says that some line mapped or unmapped these pages.  A page that is
 * used though no line spoke of it must have been there when the space began,
 * and is noted as a need.  Pass 2 begins spaces with those, so what it still
 * misses was mapped in between by a line that is lost: it puts a small
 * mapping there and then.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_import_int.h"

#define USER_END	((uint64_t)1 << 56)	/* bytes: five-level tables */
#define LOWEST_PAGE	16			/* mmap_min_addr */
#define LATE_WINDOW	16			/* pages, a power of two */

#define FAULT_PRESENT	0x01
#define FAULT_WRITE	0x02
#define FAULT_FETCH	0x10

struct wl_maps *
sim_maps(const struct sim *sim, uint32_t thread)
{
	return (&sim->spaces[sim->threads[thread].now].maps);
}

/* A change of mappings did not work: a limit is one line's loss. */
static bool
changed(struct sim *sim, int error)
{
	if (error == ENOMEM)
		sim_fail(sim, error);
	return (error == 0);
}

/* ---- objects ------------------------------------------------------------ */

uint32_t
sim_object(struct sim *sim, uint64_t key, int32_t fd)
{
	uint32_t i, more;
	void *v;

	if (sim->out == NULL)
		return (WL_TRACE_NONE);
	i = key == IMP_NONE ? IMP_NONE : ids_get(&sim->files, key);
	if (i != IMP_NONE)
		return (i);
	if (sim->nobjects == sim->capobjects) {
		more = sim->capobjects * 2 + 16;
		v = realloc(sim->objects, more * sizeof(*sim->objects));
		if (v == NULL) {
			sim_fail(sim, ENOMEM);
			return (WL_TRACE_NONE);
		}
		sim->objects = v;
		sim->capobjects = more;
	}
	i = sim->nobjects++;
	memset(&sim->objects[i], 0, sizeof(*sim->objects));
	sim->objects[i].fd = fd;
	if (key != IMP_NONE && ids_set(&sim->files, key, i) != 0)
		sim_fail(sim, ENOMEM);
	return (i);
}

void
sim_written(struct sim *sim, const struct wl_map *m, uint8_t prot)
{
	struct wl_trace_object *o;

	if (m->object == WL_TRACE_NONE || m->kind == WL_MAP_FILE)
		return;
	o = &sim->objects[m->object].pub;
	o->shared = true;
	if (prot & WL_PROT_WRITE)
		o->written = true;
}

static void
object_extent(struct sim *sim, const struct wl_map *m)
{
	struct wl_trace_object *o;
	uint64_t end = m->object_page + (m->end - m->start);

	if (m->object == WL_TRACE_NONE)
		return;
	o = &sim->objects[m->object].pub;
	if (o->npages < end)
		o->npages = end;
	sim_written(sim, m, m->prot);
}

/* ---- mappings ----------------------------------------------------------- */

/* Pass 1: the range is spoken for from now on. */
static bool
announce(struct sim *sim, uint32_t thread, const struct wl_map *m)
{
	uint32_t origin = sim->spaces[sim->threads[thread].now].origin;

	return (changed(sim, infer_announced(sim->imp, origin, m->start,
	    m->end)) && changed(sim, wl_maps_set(sim_maps(sim, thread), m)));
}

static void
emit_map(struct sim *sim, uint32_t thread, const struct wl_map *m)
{
	struct wl_trace_rec rec = {
		.op = WL_TRACE_MAP, .page = m->start,
		.npages = m->end - m->start, .prot = m->prot,
		.kind = m->kind, .object = m->object,
		.object_page = m->object_page,
	};

	if (m->flags & WL_MAP_INFERRED) {
		rec.flags = WL_REC_INFERRED;
		sim->imp->rep->maps_inferred++;
	}
	sim_emit(sim, thread, &rec);
}

bool
sim_put(struct sim *sim, uint32_t thread, const struct wl_map *m)
{
	if (sim->out == NULL)
		return (announce(sim, thread, m));
	if (!sim_drop(sim, thread, m->start, m->end, NULL))
		return (false);
	if (m->object != WL_TRACE_NONE && m->object_page >
	    WL_TRACE_OBJECT_PAGES - (m->end - m->start))
		return (false);
	if (!changed(sim, wl_maps_set(sim_maps(sim, thread), m)))
		return (false);
	object_extent(sim, m);
	emit_map(sim, thread, m);
	return (true);
}

bool
sim_drop(struct sim *sim, uint32_t thread, uint64_t start, uint64_t end,
    bool *did)
{
	struct wl_maps *ms = sim_maps(sim, thread);
	struct wl_map gone = {
		.start = start, .end = end, .object = WL_TRACE_NONE,
	};
	struct wl_trace_rec rec = {
		.op = WL_TRACE_UNMAP, .page = start, .npages = end - start,
	};
	bool any;

	if (sim->out == NULL)
		return (announce(sim, thread, &gone));
	any = wl_maps_any(ms, start, end);
	if (did != NULL)
		*did = any;
	if (!any)
		return (true);
	if (!changed(sim, wl_maps_clear(ms, start, end)))
		return (false);
	sim_emit(sim, thread, &rec);
	return (true);
}

bool
sim_inferred(const struct sim *sim, uint32_t thread, uint64_t start,
    uint64_t end)
{
	const struct wl_maps *ms = sim_maps(sim, thread);
	const struct wl_map *m;

	for (m = wl_maps_from(ms, start);
	    m != NULL && m < ms->v + ms->n && m->start < end; m++)
		if (m->flags & WL_MAP_INFERRED)
			return (true);
	return (false);
}

/* Pass 2: a mapping that some lost line made, in a hole. */
static bool
put_late(struct sim *sim, uint32_t thread, uint64_t start, uint64_t end,
    uint8_t how)
{
	struct wl_map m = {
		.start = start, .end = end, .object = WL_TRACE_NONE,
		.flags = WL_MAP_INFERRED, .kind = WL_MAP_ANON,
		.prot = WL_PROT_READ | WL_PROT_WRITE,
	};

	if (how & NEED_EXEC) {
		m.kind = WL_MAP_FILE;
		m.prot = WL_PROT_READ | WL_PROT_EXEC;
		m.object = sim_object(sim, IMP_NONE, -1);
		if (m.object == WL_TRACE_NONE)
			return (false);
	}
	return (sim_put(sim, thread, &m));
}

/* Every hole of the range: a need, or a late mapping. */
bool
sim_cover(struct sim *sim, uint32_t thread, uint64_t start, uint64_t end,
    uint8_t how, bool *inferred)
{
	uint32_t origin = sim->spaces[sim->threads[thread].now].origin;
	const struct wl_map *m;
	uint64_t stop;
	bool good = true;

	while (start < end && good) {
		m = wl_maps_from(sim_maps(sim, thread), start);
		if (m != NULL && m->start <= start) {
			start = m->end;
			continue;
		}
		stop = m == NULL || m->start > end ? end : m->start;
		if (sim->out == NULL)
			good = changed(sim, infer_need(sim->imp, origin, start,
			    stop, how));
		else
			good = put_late(sim, thread, start, stop, how);
		*inferred = true;
		start = stop;
	}
	return (good);
}

/* ---- faults ------------------------------------------------------------- */

/* Pass 2, and nobody made this page: round it out within its hole. */
static bool
cover_page(struct sim *sim, uint32_t thread, uint64_t page, uint8_t how)
{
	uint64_t lo, hi, start, end;
	bool inferred = false;

	start = end = page;
	if (sim->out != NULL) {
		wl_maps_hole(sim_maps(sim, thread), page, &lo, &hi);
		start = page & ~(uint64_t)(LATE_WINDOW - 1);
		end = start + LATE_WINDOW;
		start = start < lo ? lo : start;
		end = end > hi ? hi : end;
	} else {
		end++;
	}
	return (sim_cover(sim, thread, start, end, how, &inferred));
}

/* Give the mapping at page what the access shows that it has. */
static bool
widen(struct sim *sim, uint32_t thread, const struct wl_map *at, uint8_t more)
{
	struct wl_map m = *at;
	struct wl_trace_rec rec = {
		.op = WL_TRACE_PROTECT, .flags = WL_REC_INFERRED,
		.page = m.start, .npages = m.end - m.start,
		.prot = m.prot | more,
	};

	if (!changed(sim, wl_maps_protect(sim_maps(sim, thread), m.start,
	    m.end, rec.prot)))
		return (false);
	sim_written(sim, &m, rec.prot);
	sim_emit(sim, thread, &rec);
	return (true);
}

static const struct access {
	uint8_t	op;
	uint8_t	how;
	uint8_t	need;		/* any of these permits it */
	uint8_t	give;		/* what to add if none is there */
} accesses[] = {
	{ WL_TRACE_READ, NEED_READ,
	    WL_PROT_READ | WL_PROT_WRITE | WL_PROT_EXEC, WL_PROT_READ },
	{ WL_TRACE_WRITE, NEED_WRITE,
	    WL_PROT_WRITE, WL_PROT_READ | WL_PROT_WRITE },
	{ WL_TRACE_EXECUTE, NEED_EXEC,
	    WL_PROT_EXEC, WL_PROT_READ | WL_PROT_EXEC },
};

static const struct access *
access_of(uint32_t error_code)
{
	if (error_code & FAULT_FETCH)
		return (&accesses[2]);
	return (&accesses[(error_code & FAULT_WRITE) ? 1 : 0]);
}

static uint8_t
sim_fault(struct sim *sim)
{
	const struct access *access = access_of(sim->ev->flags);
	uint64_t page = sim->ev->a >> WL_TRACE_PAGE_SHIFT;
	struct wl_trace_rec rec = { .op = access->op, .page = page };
	const struct wl_map *m;
	uint8_t reason = WL_LINE_FAULT;
	uint32_t thread;

	if (sim->ev->a >= USER_END)
		return (WL_LINE_KERNEL);
	if (page < LOWEST_PAGE)
		return (WL_LINE_NULL_PAGE);
	thread = sim_thread(sim);
	if (thread == IMP_NONE)
		return (WL_LINE_LIMIT);
	m = wl_maps_find(sim_maps(sim, thread), page);
	if (m == NULL) {
		if (!cover_page(sim, thread, page, access->how))
			return (WL_LINE_LIMIT);
		m = wl_maps_find(sim_maps(sim, thread), page);
	}
	if (sim->out == NULL || m == NULL)
		return (WL_LINE_FAULT);
	if (m->flags & WL_MAP_INFERRED)
		reason = WL_LINE_FAULT_MAP;
	if ((m->prot & access->need) == 0) {
		reason = WL_LINE_FAULT_PROT;
		if (!widen(sim, thread, m, access->give))
			return (WL_LINE_LIMIT);
	}
	if (sim->ev->flags & FAULT_PRESENT)
		rec.flags |= WL_REC_PRESENT;
	if (reason != WL_LINE_FAULT)
		rec.flags |= WL_REC_INFERRED;
	sim_emit(sim, thread, &rec);
	return (reason);
}

/* ---- all of them -------------------------------------------------------- */

typedef uint8_t (*event_fn)(struct sim *);
static const event_fn event_fns[EV_NKINDS] = {
	[EV_FAULT] = sim_fault,
	[EV_FORK] = sim_fork,
	[EV_EXEC] = sim_exec,
	[EV_EXIT] = sim_exit,
};

void
sim_event(struct sim *sim)
{
	event_fn fn = event_fns[sim->ev->kind];

	sim->time = sim->ev->time;
	sim->ev->reason = fn != NULL ? fn(sim) : sim_call(sim);
}

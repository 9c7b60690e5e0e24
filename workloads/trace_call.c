/*
 * System calls.  A call is done where its effect must be in place: those that
 * take pages away at their entry, those that make some at their return.  So
 * another thread's use of the address never falls on the wrong side.
 */

#include <errno.h>
#include <string.h>

#include "workloads/trace_import_int.h"

#define PAGE		((uint64_t)1 << WL_TRACE_PAGE_SHIFT)
#define USER_END	(WL_TRACE_PAGES << WL_TRACE_PAGE_SHIFT)
#define COVER_MAX	((uint64_t)1 << 18)	/* pages one call may infer */

#define MAP_SHARED_FLAG		0x01	/* also of MAP_SHARED_VALIDATE */
#define MAP_FIXED_FLAG		0x10
#define MAP_ANON_FLAG		0x20
#define MAP_NOREPLACE_FLAG	0x100000
#define MREMAP_FIXED_FLAG	2
#define MREMAP_DONTUNMAP_FLAG	4

#define ADVICE_DONTNEED		4
#define ADVICE_FREE		8
#define ADVICE_DONTNEED_LOCKED	24

/* What a call works on, in pages. */
struct span {
	uint64_t	start, end;
};

static bool
span_of(uint64_t addr, uint64_t len, struct span *s)
{
	if (addr >= USER_END || len == 0 || len > USER_END - addr)
		return (false);
	s->start = addr >> WL_TRACE_PAGE_SHIFT;
	s->end = (addr + len + PAGE - 1) >> WL_TRACE_PAGE_SHIFT;
	return (true);
}

static bool
is_error(uint64_t result)
{
	return (result >= (uint64_t)-4095);
}

/* The other end of a call whose entry or return is the event; or NULL. */
static const struct imp_event *
mate(const struct sim *sim)
{
	if (sim->ev->mate == IMP_NONE)
		return (NULL);
	return (&sim->imp->events[sim->ev->mate]);
}

/* ---- mmap --------------------------------------------------------------- */

/*
 * Which object is mapped?  Lines tell a descriptor, not a file.  A mapping
 * put over one of the same descriptor is of the same file: that is how a
 * loader maps a library's segments.  Private mappings of equal length and
 * offset are taken to be of the same file in every process, so that they
 * share pages as they did when recorded; shared ones only within a family.
 */
static uint32_t
mmap_object(struct sim *sim, uint32_t thread, const struct imp_event *ev,
    const struct wl_map *m)
{
	uint64_t identity[4] = { ev->b, ev->c, 0, 0 };
	const struct wl_map *over;

	if (m->kind == WL_MAP_ANON_SHARED)
		return (sim_object(sim, IMP_NONE, -1));
	over = wl_maps_find(sim_maps(sim, thread), m->start);
	if (over != NULL && over->kind == m->kind &&
	    over->object != WL_TRACE_NONE &&
	    sim->objects[over->object].fd == ev->fd)
		return (over->object);
	if (m->kind == WL_MAP_FILE_SHARED) {
		identity[2] = (uint64_t)(uint32_t)ev->fd + 1;
		identity[3] = sim->spaces[sim->threads[thread].now].origin;
	}
	return (sim_object(sim, imp_hash((const char *)identity,
	    sizeof(identity)), ev->fd));
}

static uint8_t
do_mmap(struct sim *sim, const struct imp_event *ev, uint64_t addr,
    uint8_t reason)
{
	struct wl_map m = { .object = WL_TRACE_NONE, .prot = ev->prot };
	bool anon = (ev->flags & MAP_ANON_FLAG) || ev->fd < 0;
	bool shared = (ev->flags & MAP_SHARED_FLAG) != 0;
	struct span s;
	uint32_t thread;

	if (!span_of(addr, ev->b, &s) || (addr & (PAGE - 1)) != 0)
		return (WL_LINE_RANGE);
	thread = sim_thread(sim);
	if (thread == IMP_NONE)
		return (WL_LINE_LIMIT);
	m.start = s.start;
	m.end = s.end;
	m.kind = anon ? (shared ? WL_MAP_ANON_SHARED : WL_MAP_ANON) :
	    (shared ? WL_MAP_FILE_SHARED : WL_MAP_FILE);
	if (sim->out != NULL && m.kind != WL_MAP_ANON) {
		m.object_page = anon ? 0 : ev->c >> WL_TRACE_PAGE_SHIFT;
		m.object = mmap_object(sim, thread, ev, &m);
		if (m.object == WL_TRACE_NONE)
			return (WL_LINE_LIMIT);
	}
	return (sim_put(sim, thread, &m) ? reason : WL_LINE_LIMIT);
}

static uint8_t
mmap_entry(struct sim *sim)
{
	const struct imp_event *ret = mate(sim), *ev = sim->ev;

	if (ret != NULL)
		return (is_error(ret->a) ? WL_LINE_FAILED : WL_LINE_ENTRY);
	if ((ev->flags & (MAP_FIXED_FLAG | MAP_NOREPLACE_FLAG)) == 0)
		return (WL_LINE_NO_EXIT);
	return (do_mmap(sim, ev, ev->a, WL_LINE_NO_RETURN));
}

static uint8_t
mmap_return(struct sim *sim)
{
	if (mate(sim) == NULL)
		return (WL_LINE_NO_ENTRY);
	if (is_error(sim->ev->a))
		return (WL_LINE_FAILED);
	return (do_mmap(sim, mate(sim), sim->ev->a, WL_LINE_MMAP));
}

/* ---- munmap, mprotect, madvise: done at their entry --------------------- */

static uint8_t
do_munmap(struct sim *sim, uint32_t thread, struct span s)
{
	bool inferred = sim_inferred(sim, thread, s.start, s.end), did = true;

	if (!sim_drop(sim, thread, s.start, s.end, &did))
		return (WL_LINE_LIMIT);
	if (!did)
		return (WL_LINE_NOTHING);
	return (inferred ? WL_LINE_CALL_MAP : WL_LINE_MUNMAP);
}

static uint8_t
do_mprotect(struct sim *sim, uint32_t thread, struct span s)
{
	struct wl_maps *ms = sim_maps(sim, thread);
	struct wl_trace_rec rec = {
		.op = WL_TRACE_PROTECT, .page = s.start,
		.npages = s.end - s.start, .prot = sim->ev->prot,
	};
	const struct wl_map *m;
	bool inferred = sim_inferred(sim, thread, s.start, s.end);
	int error;

	if (rec.npages > COVER_MAX && !wl_maps_all(ms, s.start, s.end))
		return (WL_LINE_NOTHING);
	if (!sim_cover(sim, thread, s.start, s.end, (rec.prot & WL_PROT_EXEC) ?
	    NEED_EXEC : NEED_WRITE, &inferred))
		return (WL_LINE_LIMIT);
	if (sim->out == NULL)
		return (WL_LINE_MPROTECT);
	for (m = wl_maps_from(ms, s.start);
	    m < ms->v + ms->n && m->start < s.end; m++)
		sim_written(sim, m, rec.prot);
	error = wl_maps_protect(ms, s.start, s.end, rec.prot);
	if (error == ENOMEM)
		sim_fail(sim, error);
	if (error != 0)
		return (WL_LINE_LIMIT);
	sim_emit(sim, thread, &rec);
	return (inferred ? WL_LINE_CALL_MAP : WL_LINE_MPROTECT);
}

static uint8_t
do_madvise(struct sim *sim, uint32_t thread, struct span s)
{
	struct wl_maps *ms = sim_maps(sim, thread);
	struct wl_trace_rec rec = {
		.op = WL_TRACE_FREE, .page = s.start,
		.npages = s.end - s.start,
	};

	switch (sim->ev->flags) {
	case ADVICE_FREE:
		rec.flags = WL_REC_LAZY;
		break;
	case ADVICE_DONTNEED:
	case ADVICE_DONTNEED_LOCKED:
		break;
	default:
		return (WL_LINE_ADVICE);
	}
	if (!wl_maps_any(ms, s.start, s.end))
		return (WL_LINE_NOTHING);
	sim_emit(sim, thread, &rec);
	return (sim_inferred(sim, thread, s.start, s.end) ?
	    WL_LINE_CALL_MAP : WL_LINE_MADVISE);
}

typedef uint8_t (*span_fn)(struct sim *, uint32_t, struct span);

static uint8_t
span_entry(struct sim *sim, span_fn fn)
{
	const struct imp_event *ret = mate(sim);
	struct span s;
	uint32_t thread;

	if (ret != NULL && is_error(ret->a))
		return (WL_LINE_FAILED);
	if (!span_of(sim->ev->a, sim->ev->b, &s))
		return (WL_LINE_RANGE);
	thread = sim_thread(sim);
	return (thread == IMP_NONE ? WL_LINE_LIMIT : fn(sim, thread, s));
}

static uint8_t
munmap_entry(struct sim *sim)
{
	return (span_entry(sim, do_munmap));
}

static uint8_t
mprotect_entry(struct sim *sim)
{
	return (span_entry(sim, do_mprotect));
}

static uint8_t
madvise_entry(struct sim *sim)
{
	return (span_entry(sim, do_madvise));
}

/* ---- mremap ------------------------------------------------------------- */

/* More pages after m's last one, of the same kind. */
static bool
extend(struct sim *sim, uint32_t thread, struct wl_map m, uint64_t start,
    uint64_t end)
{
	if (m.object != WL_TRACE_NONE)
		m.object_page += m.end - m.start;
	m.start = start;
	m.end = end;
	return (sim_put(sim, thread, &m));
}

/* old pages at s.start become new pages at to; the rest was seen to. */
static bool
move(struct sim *sim, uint32_t thread, struct span s, uint64_t to,
    bool stay)
{
	struct wl_maps *ms = sim_maps(sim, thread);
	struct wl_trace_rec rec = {
		.op = WL_TRACE_MOVE, .page = s.start,
		.npages = s.end - s.start, .to = to,
	};
	struct wl_map first = *wl_maps_find(ms, s.start);
	int error;

	if (!sim_drop(sim, thread, to, to + rec.npages, NULL))
		return (false);
	error = wl_maps_move(ms, s.start, rec.npages, to);
	if (error == ENOMEM)
		sim_fail(sim, error);
	if (error != 0)
		return (false);
	sim_emit(sim, thread, &rec);
	if (!stay)
		return (true);
	first = wl_map_cut(&first, s.start, s.end);
	first.end = s.end;
	return (sim_put(sim, thread, &first));
}

/* Pass 1: only what is announced, not how it looks. */
static bool
discover_move(struct sim *sim, uint32_t thread, struct span from,
    struct span to)
{
	struct wl_map m = {
		.start = to.start, .end = to.end, .object = WL_TRACE_NONE,
	};
	bool inferred;

	return (sim_cover(sim, thread, from.start, from.end, NEED_WRITE,
	    &inferred) && sim_drop(sim, thread, from.start, from.end, NULL) &&
	    sim_put(sim, thread, &m));
}

/* Pass 2; all of `from` is mapped. */
static bool
emit_mremap(struct sim *sim, uint32_t thread, struct span from,
    struct span to, bool stay)
{
	uint64_t oldn = from.end - from.start, newn = to.end - to.start;
	struct span kept = from;
	struct wl_map last;

	if (newn < oldn) {
		kept.end = from.start + newn;
		if (!sim_drop(sim, thread, kept.end, from.end, NULL))
			return (false);
	}
	last = wl_map_cut(wl_maps_find(sim_maps(sim, thread), kept.end - 1),
	    kept.start, kept.end);
	if (to.start != from.start &&
	    !move(sim, thread, kept, to.start, stay))
		return (false);
	return (newn <= oldn ||
	    extend(sim, thread, last, to.start + oldn, to.end));
}

/* Length 0, which shares what is there, has no record: it is out of range. */
static bool
mremap_spans(const struct imp_event *ev, uint64_t result, struct span *from,
    struct span *to)
{
	return (span_of(ev->a, ev->b, from) && span_of(result, ev->c, to) &&
	    (from->start == to->start ||
	    from->start >= to->end || to->start >= from->end));
}

static uint8_t
do_mremap(struct sim *sim, const struct imp_event *ev, uint64_t result,
    uint8_t reason)
{
	bool inferred, good, stay = (ev->flags & MREMAP_DONTUNMAP_FLAG) != 0;
	struct span from, to;
	uint32_t thread;

	if (!mremap_spans(ev, result, &from, &to))
		return (WL_LINE_RANGE);
	thread = sim_thread(sim);
	if (thread == IMP_NONE)
		return (WL_LINE_LIMIT);
	if (from.end - from.start > COVER_MAX && !wl_maps_all(
	    sim_maps(sim, thread), from.start, from.end))
		return (WL_LINE_NOTHING);
	inferred = sim_inferred(sim, thread, from.start, from.end);
	if (sim->out == NULL)
		good = discover_move(sim, thread, from, to);
	else
		good = sim_cover(sim, thread, from.start, from.end,
		    NEED_WRITE, &inferred) &&
		    emit_mremap(sim, thread, from, to, stay);
	if (!good)
		return (WL_LINE_LIMIT);
	return (inferred ? WL_LINE_CALL_MAP : reason);
}

static uint8_t
mremap_entry(struct sim *sim)
{
	const struct imp_event *ev = sim->ev, *ret = mate(sim);

	if (ret != NULL)
		return (is_error(ret->a) ? WL_LINE_FAILED : WL_LINE_ENTRY);
	if (ev->flags & MREMAP_FIXED_FLAG)
		return (do_mremap(sim, ev, ev->d, WL_LINE_NO_RETURN));
	if (ev->c <= ev->b)
		return (do_mremap(sim, ev, ev->a, WL_LINE_NO_RETURN));
	return (WL_LINE_NO_EXIT);
}

static uint8_t
mremap_return(struct sim *sim)
{
	if (mate(sim) == NULL)
		return (WL_LINE_NO_ENTRY);
	if (is_error(sim->ev->a))
		return (WL_LINE_FAILED);
	return (do_mremap(sim, mate(sim), sim->ev->a, WL_LINE_MREMAP));
}

/* ---- brk ---------------------------------------------------------------- */

/* The break is at `to` now: what lies between it and the last one? */
static uint8_t
do_brk(struct sim *sim, uint64_t to, uint8_t reason)
{
	struct wl_map m = {
		.object = WL_TRACE_NONE, .kind = WL_MAP_ANON,
		.prot = WL_PROT_READ | WL_PROT_WRITE,
	};
	struct sim_space *s;
	struct origin *o;
	uint32_t thread;
	uint64_t was;
	bool good = true;

	if (to == 0 || to >= USER_END)
		return (WL_LINE_RANGE);
	thread = sim_thread(sim);
	if (thread == IMP_NONE)
		return (WL_LINE_LIMIT);
	s = &sim->spaces[sim->threads[thread].now];
	o = &sim->imp->origins[s->origin];
	if (o->brk == 0)
		o->brk = to;
	was = s->brk == 0 ? to : s->brk;
	s->brk = to;
	was = (was + PAGE - 1) >> WL_TRACE_PAGE_SHIFT;
	to = (to + PAGE - 1) >> WL_TRACE_PAGE_SHIFT;
	m.start = was;
	m.end = to;
	if (to > was)
		good = sim_put(sim, thread, &m);
	else if (to < was)
		good = sim_drop(sim, thread, to, was, NULL);
	return (good ? reason : WL_LINE_LIMIT);
}

static uint8_t
brk_entry(struct sim *sim)
{
	if (mate(sim) != NULL)
		return (WL_LINE_ENTRY);
	if (sim->ev->a == 0)
		return (WL_LINE_NO_EXIT);
	return (do_brk(sim, sim->ev->a, WL_LINE_NO_RETURN));
}

static uint8_t
brk_return(struct sim *sim)
{
	if (is_error(sim->ev->a))
		return (WL_LINE_FAILED);
	return (do_brk(sim, sim->ev->a, WL_LINE_BRK));
}

/* ---- the rest ----------------------------------------------------------- */

/* clone and its kin: the fork line has taken from it what it says. */
static uint8_t
clone_entry(struct sim *sim)
{
	const struct imp_event *ret = mate(sim);

	return (ret != NULL && is_error(ret->a) ? WL_LINE_FAILED :
	    WL_LINE_ENTRY);
}

/* A child returns, too, from a call that it did not enter: with 0. */
static uint8_t
clone_return(struct sim *sim)
{
	if (is_error(sim->ev->a))
		return (WL_LINE_FAILED);
	return (mate(sim) == NULL && sim->ev->a != 0 ? WL_LINE_NO_ENTRY :
	    WL_LINE_RETURN);
}

static uint8_t
other_return(struct sim *sim)
{
	if (is_error(sim->ev->a))
		return (WL_LINE_FAILED);
	return (mate(sim) == NULL ? WL_LINE_NO_ENTRY : WL_LINE_RETURN);
}

typedef uint8_t (*call_fn)(struct sim *);
static const call_fn call_fns[EV_NKINDS] = {
	[EV_MMAP] = mmap_entry, [EV_MMAP_RET] = mmap_return,
	[EV_MUNMAP] = munmap_entry, [EV_MUNMAP_RET] = other_return,
	[EV_MPROTECT] = mprotect_entry, [EV_MPROTECT_RET] = other_return,
	[EV_MADVISE] = madvise_entry, [EV_MADVISE_RET] = other_return,
	[EV_MREMAP] = mremap_entry, [EV_MREMAP_RET] = mremap_return,
	[EV_BRK] = brk_entry, [EV_BRK_RET] = brk_return,
	[EV_CLONE] = clone_entry, [EV_CLONE_RET] = clone_return,
	[EV_CLONE3] = clone_entry, [EV_CLONE3_RET] = clone_return,
	[EV_SYSFORK] = clone_entry, [EV_SYSFORK_RET] = clone_return,
	[EV_VFORK] = clone_entry, [EV_VFORK_RET] = clone_return,
};

uint8_t
sim_call(struct sim *sim)
{
	return (call_fns[sim->ev->kind](sim));
}

/*
 * Lives: which threads there are, and which space each is in.
 *
 *	space 0 <-- live: thread 0 <-> thread 2		tids[tid] -> thread
 *	space 1 <-- live: thread 1			pids[pid] -> space
 *
 * A thread whose beginning no line told of joins its process if that is
 * known, by a THREAD record of some thread that is; else it was there before.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_import_int.h"

void
sim_init(struct sim *sim, struct import *imp, struct writer *out)
{
	static const struct wl_maps_budget strict = WL_MAPS_BUDGET;

	memset(sim, 0, sizeof(*sim));
	sim->imp = imp;
	sim->out = out;
	sim->budget = out != NULL ? strict : imp->loose;
}

void
sim_free(struct sim *sim)
{
	uint32_t i;

	for (i = 0; i < sim->nspaces; i++)
		wl_maps_free(&sim->spaces[i].maps);
	free(sim->threads);
	free(sim->spaces);
	free(sim->objects);
	ids_free(&sim->tids);
	ids_free(&sim->pids);
	ids_free(&sim->files);
}

void
sim_fail(struct sim *sim, int error)
{
	(void)import_fail(sim->imp, error, sim->ev != NULL ? sim->ev->line : 0,
	    error == ENOMEM ? "no memory for the recording" :
	    "more mappings, threads or records than a trace can hold: "
	    "expected a shorter recording");
}

void
sim_emit(struct sim *sim, uint32_t thread, struct wl_trace_rec *rec)
{
	int error;

	if (sim->out == NULL || sim->imp->error != 0)
		return;
	rec->thread = thread;
	rec->space = sim->threads[thread].now;
	rec->seq = sim->seq++;
	rec->time = sim->time;
	error = writer_record(sim->out, rec);
	if (error != 0)
		sim_fail(sim, error);
}

/* ---- making ------------------------------------------------------------- */

static bool
grow(struct sim *sim, void **v, uint32_t n, uint32_t *cap, size_t size)
{
	uint32_t more;
	void *p;

	if (n < *cap)
		return (true);
	more = *cap * 2 + 16;
	p = realloc(*v, more * size);
	if (p == NULL) {
		sim_fail(sim, ENOMEM);
		return (false);
	}
	*v = p;
	*cap = more;
	return (true);
}

static uint32_t
new_space(struct sim *sim, int32_t pid, uint8_t birth, uint32_t parent)
{
	uint32_t i = sim->nspaces;
	struct sim_space *s;
	void *v = sim->spaces;

	if (!grow(sim, &v, i, &sim->capspaces, sizeof(*s)))
		return (IMP_NONE);
	sim->spaces = v;
	s = &sim->spaces[sim->nspaces++];
	memset(s, 0, sizeof(*s));
	s->pub.pid = (uint32_t)pid;
	s->pub.parent = parent;
	s->pub.birth = birth;
	s->pub.start = birth == WL_BORN_BEFORE ? 0 : sim->seq;
	s->origin = i;
	s->live = IMP_NONE;
	wl_maps_init(&s->maps, &sim->budget);
	return (i);
}

static void
join_space(struct sim *sim, uint32_t thread, uint32_t space)
{
	struct sim_thread *t = &sim->threads[thread];
	struct sim_space *s = &sim->spaces[space];

	t->now = space;
	t->prev = IMP_NONE;
	t->next = s->live;
	if (t->next != IMP_NONE)
		sim->threads[t->next].prev = thread;
	s->live = thread;
}

/* Out of the list; the last one takes the space down. */
static void
leave_space(struct sim *sim, uint32_t thread)
{
	struct sim_thread *t = &sim->threads[thread];
	struct sim_space *s = &sim->spaces[t->now];

	if (t->prev != IMP_NONE)
		sim->threads[t->prev].next = t->next;
	else
		s->live = t->next;
	if (t->next != IMP_NONE)
		sim->threads[t->next].prev = t->prev;
	if (s->live == IMP_NONE)
		wl_maps_free(&s->maps);
}

static void
set_comm(const struct sim *sim, char comm[WL_TRACE_NAME])
{
	memcpy(comm, sim->imp->names.v[sim->ev->comm], WL_TRACE_NAME);
}

static uint32_t
new_thread(struct sim *sim, int32_t pid, int32_t tid, uint8_t birth,
    uint32_t parent, uint32_t space)
{
	uint32_t i = sim->nthreads;
	struct sim_thread *t;
	void *v = sim->threads;
	int error;

	if (!grow(sim, &v, i, &sim->capthreads, sizeof(*t)))
		return (IMP_NONE);
	sim->threads = v;
	error = ids_set(&sim->tids, (uint64_t)tid, i);
	if (error == 0 && birth != WL_BORN_THREAD)
		error = ids_set(&sim->pids, (uint64_t)pid, space);
	if (error != 0) {
		sim_fail(sim, error);
		return (IMP_NONE);
	}
	t = &sim->threads[sim->nthreads++];
	memset(t, 0, sizeof(*t));
	t->pub.pid = (uint32_t)pid;
	t->pub.tid = (uint32_t)tid;
	t->pub.parent = parent;
	t->pub.space = space;
	t->pub.birth = birth;
	t->pub.start = birth == WL_BORN_BEFORE ? 0 : sim->seq;
	t->alive = true;
	set_comm(sim, t->pub.comm);
	join_space(sim, i, space);
	return (i);
}

/* ---- origins ------------------------------------------------------------ */

/* The start of a space that copies no other: it may have inferred mappings. */
static bool
begin_origin(struct sim *sim, uint32_t space, bool fresh)
{
	struct import *imp = sim->imp;
	struct origin *v;
	uint32_t n;

	if (sim->out != NULL)
		return (true);
	if (space >= imp->norigins) {
		n = space * 2 + 16;
		v = realloc(imp->origins, n * sizeof(*v));
		if (v == NULL) {
			sim_fail(sim, ENOMEM);
			return (false);
		}
		memset(v + imp->norigins, 0, (n - imp->norigins) * sizeof(*v));
		imp->origins = v;
		imp->norigins = n;
	}
	imp->origins[space].fresh = fresh;
	imp->origins[space].file = fresh ? sim->ev->c : 0;
	wl_maps_init(&imp->origins[space].announced, &imp->loose);
	return (true);
}

/* The mappings that pass 1 found missing, where their space begins. */
static void
put_regions(struct sim *sim, uint32_t thread, uint32_t space)
{
	const struct origin *o;
	struct wl_map m = { .flags = WL_MAP_INFERRED };
	size_t i;

	if (sim->out == NULL)
		return;
	o = &sim->imp->origins[space];
	for (i = 0; i < o->nregions && sim->imp->error == 0; i++) {
		m.start = o->regions[i].start;
		m.end = o->regions[i].end;
		m.prot = o->regions[i].prot;
		m.kind = o->regions[i].kind;
		m.object = WL_TRACE_NONE;
		m.object_page = 0;
		if (m.kind != WL_MAP_ANON) {
			m.object = sim_object(sim, o->file == 0 ? IMP_NONE :
			    o->file ^ (i + 1), -1);
			if (m.object == WL_TRACE_NONE)
				return;
		}
		(void)sim_put(sim, thread, &m);
	}
}

/* ---- ending ------------------------------------------------------------- */

static void
end_thread(struct sim *sim, uint32_t thread, bool inferred)
{
	struct sim_thread *t = &sim->threads[thread];
	struct wl_trace_rec rec = { .op = WL_TRACE_EXIT };

	rec.flags = inferred ? WL_REC_INFERRED : 0;
	sim_emit(sim, thread, &rec);
	t->alive = false;
	if (ids_get(&sim->tids, t->pub.tid) == thread)
		(void)ids_set(&sim->tids, t->pub.tid, IMP_NONE);
	leave_space(sim, thread);
}

/* Threads of this pid in this space, but for one, were killed unseen. */
static void
end_others(struct sim *sim, uint32_t space, uint32_t pid, uint32_t but)
{
	uint32_t i, next;

	for (i = sim->spaces[space].live; i != IMP_NONE; i = next) {
		next = sim->threads[i].next;
		if (i != but && sim->threads[i].pub.pid == pid)
			end_thread(sim, i, true);
	}
}

void
sim_finish(struct sim *sim)
{
	uint32_t i;

	for (i = 0; i < sim->nthreads && sim->imp->error == 0; i++)
		if (sim->threads[i].alive)
			end_thread(sim, i, true);
}

/* ---- finding ------------------------------------------------------------ */

static uint32_t
thread_before(struct sim *sim, int32_t pid, int32_t tid, bool fresh)
{
	uint32_t space, thread;

	space = new_space(sim, pid, WL_BORN_BEFORE, WL_TRACE_NONE);
	if (space == IMP_NONE || !begin_origin(sim, space, fresh))
		return (IMP_NONE);
	thread = new_thread(sim, pid, tid, WL_BORN_BEFORE, WL_TRACE_NONE,
	    space);
	if (thread == IMP_NONE)
		return (IMP_NONE);
	sim->spaces[space].pub.first = thread;
	set_comm(sim, sim->spaces[space].pub.comm);
	put_regions(sim, thread, space);
	return (sim->imp->error == 0 ? thread : IMP_NONE);
}

/* A thread of a process that we know, made before we looked. */
static uint32_t
thread_late(struct sim *sim, uint32_t space, int32_t pid, int32_t tid)
{
	struct wl_trace_rec rec = {
		.op = WL_TRACE_THREAD, .flags = WL_REC_INFERRED,
	};
	uint32_t maker = sim->spaces[space].live, thread;

	thread = new_thread(sim, pid, tid, WL_BORN_THREAD, maker, space);
	if (thread == IMP_NONE)
		return (IMP_NONE);
	rec.child = thread;
	sim_emit(sim, maker, &rec);
	return (thread);
}

static uint32_t
find_thread(struct sim *sim, int32_t pid, int32_t tid)
{
	uint32_t i = ids_get(&sim->tids, (uint64_t)tid);

	if (i == IMP_NONE || pid == 0 ||
	    sim->threads[i].pub.pid == (uint32_t)pid)
		return (i);
	end_thread(sim, i, true);	/* the number is another thread's */
	return (IMP_NONE);
}

/* The event's thread, which may begin here; fresh: it execs at once. */
static uint32_t
thread_of(struct sim *sim, bool fresh)
{
	int32_t pid = sim->ev->pid, tid = sim->ev->tid;
	uint32_t thread, space = IMP_NONE;

	thread = find_thread(sim, pid, tid);
	if (thread != IMP_NONE) {
		set_comm(sim, sim->threads[thread].pub.comm);
		return (thread);
	}
	if (pid == 0)
		pid = tid;
	if (pid != tid)
		space = ids_get(&sim->pids, (uint64_t)pid);
	if (space != IMP_NONE && sim->spaces[space].live != IMP_NONE)
		return (thread_late(sim, space, pid, tid));
	return (thread_before(sim, pid, tid, fresh));
}

uint32_t
sim_thread(struct sim *sim)
{
	return (thread_of(sim, false));
}

/* ---- lines about lives -------------------------------------------------- */

static uint32_t
fork_space(struct sim *sim, uint32_t parent, int32_t child)
{
	uint32_t from = sim->threads[parent].now, space;
	struct sim_space *s, *p;
	int error;

	space = new_space(sim, child, WL_BORN_FORK, from);
	if (space == IMP_NONE)
		return (IMP_NONE);
	s = &sim->spaces[space];
	p = &sim->spaces[from];
	error = wl_maps_copy(&s->maps, &p->maps);
	if (error != 0) {
		sim_fail(sim, error);
		return (IMP_NONE);
	}
	s->origin = p->origin;
	s->brk = p->brk;
	s->pub.first = sim->nthreads;
	set_comm(sim, s->pub.comm);
	return (space);
}

uint8_t
sim_fork(struct sim *sim)
{
	const struct imp_event *ev = sim->ev;
	struct wl_trace_rec rec = { .op = WL_TRACE_THREAD };
	uint32_t parent, old, space;
	int32_t pid = (int32_t)ev->a;

	if (ev->a == (uint64_t)ev->tid)
		return (WL_LINE_FIELDS);
	parent = thread_of(sim, false);
	old = ids_get(&sim->tids, ev->a);
	if (parent == IMP_NONE)
		return (WL_LINE_LIMIT);
	if (old != IMP_NONE)
		end_thread(sim, old, true);	/* its end was not recorded */
	space = sim->threads[parent].now;
	if (ev->birth == WL_BORN_FORK) {
		rec.op = WL_TRACE_FORK;
		space = fork_space(sim, parent, pid);
		if (space == IMP_NONE)
			return (WL_LINE_LIMIT);
	} else if (ev->birth == WL_BORN_THREAD) {
		pid = (int32_t)sim->threads[parent].pub.pid;
	}
	rec.child = new_thread(sim, pid, (int32_t)ev->a, ev->birth, parent,
	    space);
	rec.child_space = space;
	if (rec.child == IMP_NONE)
		return (WL_LINE_LIMIT);
	sim_emit(sim, parent, &rec);
	return (WL_LINE_FORK);
}

/* The thread that execs becomes its process's only one, with its tid. */
static uint32_t
exec_thread(struct sim *sim)
{
	struct imp_event *ev = sim->ev;
	uint32_t thread;

	thread = ids_get(&sim->tids, ev->b);
	if (thread == IMP_NONE)
		thread = ids_get(&sim->tids, ev->a);
	if (thread == IMP_NONE)
		return (IMP_NONE);
	end_others(sim, sim->threads[thread].now,
	    sim->threads[thread].pub.pid, thread);
	if (ev->a != ev->b) {
		(void)ids_set(&sim->tids, sim->threads[thread].pub.tid,
		    IMP_NONE);
		if (ids_set(&sim->tids, ev->a, thread) != 0)
			sim_fail(sim, ENOMEM);
		sim->threads[thread].pub.tid = (uint32_t)ev->a;
	}
	return (thread);
}

uint8_t
sim_exec(struct sim *sim)
{
	struct wl_trace_rec rec = { .op = WL_TRACE_EXEC };
	uint32_t thread = exec_thread(sim), space = sim->nspaces;
	int32_t pid;

	if (thread == IMP_NONE) {
		thread = thread_of(sim, true);
		if (thread == IMP_NONE || space != sim->nspaces)
			return (WL_LINE_EXEC);	/* it begins with this */
	}
	pid = (int32_t)sim->threads[thread].pub.pid;
	space = new_space(sim, pid, WL_BORN_EXEC, sim->threads[thread].now);
	if (space == IMP_NONE || !begin_origin(sim, space, true))
		return (WL_LINE_LIMIT);
	sim->spaces[space].pub.first = thread;
	set_comm(sim, sim->spaces[space].pub.comm);
	set_comm(sim, sim->threads[thread].pub.comm);
	rec.child_space = space;
	sim_emit(sim, thread, &rec);
	leave_space(sim, thread);
	join_space(sim, thread, space);
	if (ids_set(&sim->pids, (uint64_t)pid, space) != 0)
		sim_fail(sim, ENOMEM);
	put_regions(sim, thread, space);
	return (WL_LINE_EXEC);
}

uint8_t
sim_exit(struct sim *sim)
{
	const struct imp_event *ev = sim->ev;
	uint32_t thread = ids_get(&sim->tids, ev->a), space, pid;

	if (thread == IMP_NONE)
		return (WL_LINE_GONE);
	space = sim->threads[thread].now;
	pid = sim->threads[thread].pub.pid;
	if (ev->flags == 1)
		end_others(sim, space, pid, thread);
	end_thread(sim, thread, false);
	return (WL_LINE_EXIT);
}

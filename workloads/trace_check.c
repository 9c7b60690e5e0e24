/*
 * Run a trace in its recorded order over bare mappings and refuse the first
 * record that could not happen.
 *
 *	threads that have begun, a heap by next seq
 *
 *	    thread 3: seq 17		seq must be the one after the last;
 *	   /          \			its record is checked, then the
 *	 thread 0: 18  thread 7: 40	thread's next one takes its place
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_maps_int.h"
#include "workloads/trace_read_int.h"

struct check_thread {
	struct wl_trace_cursor	cursor;
	struct wl_trace_rec	next;
	uint64_t		ndone;
	bool			begun;
};

struct check_space {
	struct wl_maps	maps;
	uint64_t	nrecords;
	uint64_t	nstructural;
	uint32_t	nlive;		/* threads in it now */
	bool		begun;
};

struct check {
	const struct wl_trace	*trace;
	struct wl_trace_info	*info;
	struct wl_maps_budget	 budget;
	struct check_thread	*threads;
	struct check_space	*spaces;
	uint32_t		*heap;		/* thread numbers */
	uint32_t		 nheap;
	const char		*wrong;
	int			 error;
};

static bool
refuse(struct check *k, const char *why)
{
	if (k->wrong == NULL)
		k->wrong = why;
	return (false);
}

/* A change of the maps failed: too much for this format, or for this host. */
static bool
refuse_error(struct check *k, int error)
{
	if (error == ENOMEM)
		k->error = ENOMEM;
	return (refuse(k, error == ENOMEM ? "no memory" :
	    "more mappings than a trace may have"));
}

/* ---- the heap ----------------------------------------------------------- */

static uint64_t
heap_seq(const struct check *k, uint32_t i)
{
	return (k->threads[k->heap[i]].next.seq);
}

static void
heap_swap(struct check *k, uint32_t a, uint32_t b)
{
	uint32_t t = k->heap[a];

	k->heap[a] = k->heap[b];
	k->heap[b] = t;
}

static void
heap_down(struct check *k, uint32_t i)
{
	uint32_t least = i, child;

	for (;;) {
		for (child = 2 * i + 1; child <= 2 * i + 2; child++)
			if (child < k->nheap &&
			    heap_seq(k, child) < heap_seq(k, least))
				least = child;
		if (least == i)
			return;
		heap_swap(k, i, least);
		i = least;
	}
}

static void
heap_push(struct check *k, uint32_t thread)
{
	uint32_t i = k->nheap++;

	k->heap[i] = thread;
	while (i > 0 && heap_seq(k, i) < heap_seq(k, (i - 1) / 2)) {
		heap_swap(k, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void
heap_pop(struct check *k)
{
	k->heap[0] = k->heap[--k->nheap];
	heap_down(k, 0);
}

/* ---- threads and spaces ------------------------------------------------- */

static bool
begin_thread(struct check *k, uint32_t i)
{
	struct check_thread *t = &k->threads[i];
	const char *wrong;

	if (t->begun)
		return (refuse(k, "thread begins twice"));
	t->begun = true;
	k->spaces[k->trace->threads[i].space].nlive++;
	wl_trace_begin(k->trace, i, &t->cursor);
	wrong = trace_decode(&t->cursor, &t->next);
	if (wrong != NULL)
		return (refuse(k, wrong));
	heap_push(k, i);
	return (true);
}

static bool
begin_space(struct check *k, uint32_t i)
{
	if (k->spaces[i].begun)
		return (refuse(k, "space begins twice"));
	k->spaces[i].begun = true;
	return (true);
}

/* Those that the recording found there. */
static bool
begin_roots(struct check *k)
{
	const struct wl_trace *t = k->trace;
	uint32_t i;

	for (i = 0; i < t->info.nspaces; i++)
		wl_maps_init(&k->spaces[i].maps, &k->budget);
	for (i = 0; i < t->info.nspaces; i++)
		if (t->spaces[i].birth == WL_BORN_BEFORE) {
			if (t->threads[t->spaces[i].first].space != i)
				return (refuse(k, "space begins elsewhere"));
			if (!begin_space(k, i))
				return (false);
		}
	for (i = 0; i < t->info.nthreads; i++)
		if (t->threads[i].birth == WL_BORN_BEFORE) {
			if (t->spaces[t->threads[i].space].birth !=
			    WL_BORN_BEFORE)
				return (refuse(k, "thread without a maker"));
			if (!begin_thread(k, i))
				return (false);
		}
	return (true);
}

static void
leave_space(struct check *k, uint32_t i)
{
	if (--k->spaces[i].nlive == 0)
		wl_maps_free(&k->spaces[i].maps);
}

/* ---- records ------------------------------------------------------------ */

static bool
check_fault(struct check *k, const struct wl_trace_rec *r)
{
	static const uint8_t need[] = {
		[WL_TRACE_READ] =
		    WL_PROT_READ | WL_PROT_WRITE | WL_PROT_EXEC,
		[WL_TRACE_WRITE] = WL_PROT_WRITE,
		[WL_TRACE_EXECUTE] = WL_PROT_EXEC,
	};
	const struct wl_map *m;

	m = wl_maps_find(&k->spaces[r->space].maps, r->page);
	if (m == NULL)
		return (refuse(k, "fault outside of every mapping"));
	if ((m->prot & need[r->op]) == 0)
		return (refuse(k, "fault that the protection forbids"));
	return (true);
}

/* An object's flags must tell of every way it is mapped. */
static bool
check_object(struct check *k, uint32_t object, uint8_t kind, uint8_t prot,
    uint64_t end)
{
	const struct wl_trace_object *o;
	bool shared;

	if (kind == WL_MAP_ANON)
		return (true);
	if (object >= k->info->nobjects)
		return (refuse(k, "mapping of an unknown object"));
	o = &k->trace->objects[object];
	shared = kind != WL_MAP_FILE;
	if (end > o->npages)
		return (refuse(k, "mapping beyond the end of its object"));
	if ((shared && !o->shared) ||
	    (shared && (prot & WL_PROT_WRITE) && !o->written))
		return (refuse(k, "mapping that its object does not tell of"));
	return (true);
}

static bool
check_map(struct check *k, const struct wl_trace_rec *r)
{
	struct wl_maps *ms = &k->spaces[r->space].maps;
	struct wl_map m = {
		.start = r->page, .end = r->page + r->npages,
		.object = r->object, .object_page = r->object_page,
		.kind = r->kind, .prot = r->prot,
	};
	int error;

	if (wl_maps_any(ms, m.start, m.end))
		return (refuse(k, "mapping over another one"));
	if (!check_object(k, r->object, r->kind, r->prot,
	    r->object_page + r->npages))
		return (false);
	error = wl_maps_set(ms, &m);
	if (error != 0)
		return (refuse_error(k, error));
	if (ms->pages > k->info->max_mapped)
		k->info->max_mapped = ms->pages;
	return (true);
}

static bool
check_unmap(struct check *k, const struct wl_trace_rec *r)
{
	struct wl_maps *ms = &k->spaces[r->space].maps;
	int error = 0;

	if (!wl_maps_any(ms, r->page, r->page + r->npages))
		return (refuse(k, "nothing is mapped there"));
	if (r->op == WL_TRACE_UNMAP)
		error = wl_maps_clear(ms, r->page, r->page + r->npages);
	return (error == 0 || refuse_error(k, error));
}

static bool
check_protect(struct check *k, const struct wl_trace_rec *r)
{
	struct wl_maps *ms = &k->spaces[r->space].maps;
	uint64_t end = r->page + r->npages;
	const struct wl_map *m;
	int error;

	if (!wl_maps_all(ms, r->page, end))
		return (refuse(k, "protection of unmapped pages"));
	for (m = wl_maps_from(ms, r->page);
	    m < ms->v + ms->n && m->start < end; m++)
		if (!check_object(k, m->object, m->kind, r->prot, 0))
			return (false);
	error = wl_maps_protect(ms, r->page, end, r->prot);
	return (error == 0 || refuse_error(k, error));
}

static bool
check_move(struct check *k, const struct wl_trace_rec *r)
{
	struct wl_maps *ms = &k->spaces[r->space].maps;
	int error;

	if (!wl_maps_all(ms, r->page, r->page + r->npages))
		return (refuse(k, "move of unmapped pages"));
	if (wl_maps_any(ms, r->to, r->to + r->npages))
		return (refuse(k, "move onto another mapping"));
	error = wl_maps_move(ms, r->page, r->npages, r->to);
	return (error == 0 || refuse_error(k, error));
}

/* Does the thread table tell the same of the child as this record? */
static bool
check_child(struct check *k, const struct wl_trace_rec *r, uint32_t space)
{
	const struct wl_trace_thread *c;
	bool fork = r->op == WL_TRACE_FORK;

	if (r->child >= k->info->nthreads)
		return (refuse(k, "unknown thread"));
	c = &k->trace->threads[r->child];
	if (c->parent != r->thread || c->start != r->seq ||
	    c->space != space || c->birth == WL_BORN_BEFORE ||
	    (c->birth == WL_BORN_FORK) != fork)
		return (refuse(k, "thread that was made otherwise"));
	return (begin_thread(k, r->child));
}

static bool
check_child_space(struct check *k, const struct wl_trace_rec *r,
    uint32_t first, uint8_t birth)
{
	const struct wl_trace_space *s;

	if (r->child_space >= k->info->nspaces)
		return (refuse(k, "unknown space"));
	s = &k->trace->spaces[r->child_space];
	if (s->parent != r->space || s->start != r->seq ||
	    s->birth != birth || s->first != first)
		return (refuse(k, "space that was made otherwise"));
	return (begin_space(k, r->child_space));
}

static bool
check_fork(struct check *k, const struct wl_trace_rec *r)
{
	int error;

	if (!check_child_space(k, r, r->child, WL_BORN_FORK))
		return (false);
	error = wl_maps_copy(&k->spaces[r->child_space].maps,
	    &k->spaces[r->space].maps);
	if (error != 0)
		return (refuse_error(k, error));
	return (check_child(k, r, r->child_space));
}

static bool
check_thread(struct check *k, const struct wl_trace_rec *r)
{
	return (check_child(k, r, r->space));
}

static bool
check_exec(struct check *k, const struct wl_trace_rec *r)
{
	if (!check_child_space(k, r, r->thread, WL_BORN_EXEC))
		return (false);
	k->spaces[r->child_space].nlive++;
	leave_space(k, r->space);
	return (true);
}

static bool
check_exit(struct check *k, const struct wl_trace_rec *r)
{
	const struct check_thread *t = &k->threads[r->thread];

	if (t->cursor.at != t->cursor.end)
		return (refuse(k, "records after EXIT"));
	if (t->ndone != k->trace->threads[r->thread].nrecords)
		return (refuse(k, "thread has another number of records"));
	leave_space(k, r->space);
	return (true);
}

typedef bool (*check_fn)(struct check *, const struct wl_trace_rec *);
static const check_fn check_ops[WL_TRACE_NOPS] = {
	[WL_TRACE_READ] = check_fault,
	[WL_TRACE_WRITE] = check_fault,
	[WL_TRACE_EXECUTE] = check_fault,
	[WL_TRACE_MAP] = check_map,
	[WL_TRACE_UNMAP] = check_unmap,
	[WL_TRACE_PROTECT] = check_protect,
	[WL_TRACE_FREE] = check_unmap,
	[WL_TRACE_MOVE] = check_move,
	[WL_TRACE_FORK] = check_fork,
	[WL_TRACE_THREAD] = check_thread,
	[WL_TRACE_EXEC] = check_exec,
	[WL_TRACE_EXIT] = check_exit,
};

/* ---- the whole ---------------------------------------------------------- */

static bool
check_record(struct check *k, const struct wl_trace_rec *r)
{
	struct check_space *s = &k->spaces[r->space];
	bool structural = wl_trace_ops[r->op].structural;

	if (r->epoch != s->nstructural ||
	    (structural && r->before != s->nrecords))
		return (refuse(k, "wrong count of earlier records"));
	s->nrecords++;
	s->nstructural += structural;
	k->threads[r->thread].ndone++;
	k->info->nops[r->op]++;
	return (check_ops[r->op](k, r));
}

static bool
check_step(struct check *k, uint64_t seq)
{
	struct check_thread *t;
	struct wl_trace_rec rec;
	const char *wrong;

	if (k->nheap == 0)
		return (refuse(k, "fewer records than the header says"));
	t = &k->threads[k->heap[0]];
	rec = t->next;
	if (rec.seq != seq)
		return (refuse(k, "sequence number missing or double"));
	if (rec.op == WL_TRACE_EXIT) {
		heap_pop(k);
	} else {
		wrong = trace_decode(&t->cursor, &t->next);
		if (wrong != NULL)
			return (refuse(k, wrong));
		heap_down(k, 0);
	}
	return (check_record(k, &rec));
}

static bool
check_totals(struct check *k)
{
	const struct wl_trace *t = k->trace;
	uint32_t i;

	if (k->nheap != 0)
		return (refuse(k, "more records than the header says"));
	for (i = 0; i < t->info.nthreads; i++)
		if (!k->threads[i].begun)
			return (refuse(k, "thread that never begins"));
	for (i = 0; i < t->info.nspaces; i++)
		if (!k->spaces[i].begun ||
		    k->spaces[i].nrecords != t->spaces[i].nrecords ||
		    k->spaces[i].nstructural != t->spaces[i].nstructural)
			return (refuse(k, "space has other counts"));
	return (true);
}

static void
check_free(struct check *k)
{
	uint32_t i;

	for (i = 0; k->spaces != NULL && i < k->trace->info.nspaces; i++)
		wl_maps_free(&k->spaces[i].maps);
	free(k->spaces);
	free(k->threads);
	free(k->heap);
}

int
trace_check(const struct wl_trace *t, struct wl_trace_info *info,
    struct wl_trace_error *err)
{
	struct check k = {
		.trace = t, .info = info, .error = EINVAL,
		.budget = WL_MAPS_BUDGET,
	};
	uint64_t seq = 0;
	bool good = false;

	k.threads = calloc(info->nthreads, sizeof(*k.threads));
	k.spaces = calloc(info->nspaces, sizeof(*k.spaces));
	k.heap = calloc(info->nthreads, sizeof(*k.heap));
	if (k.threads == NULL || k.spaces == NULL || k.heap == NULL) {
		k.error = ENOMEM;
		(void)refuse(&k, "no memory");
	} else {
		good = begin_roots(&k);
		for (; good && seq < info->nrecords; seq++)
			good = check_step(&k, seq);
		good = good && check_totals(&k);
	}
	if (!good)
		trace_error(err, t->name, 0, "record %" PRIu64 ": %s: expected "
		    "a trace made by 'amapstorm import'",
		    seq > 0 ? seq - 1 : 0, k.wrong);
	check_free(&k);
	return (good ? 0 : k.error);
}

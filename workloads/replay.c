/*
 * replay.c: recorded threads, and the workers that run them.
 *
 * There is a worker for each thread that was alive at the same time.  Each
 * takes a thread and keeps it until it ends, unless that has to wait while
 * another one has no worker: flat out, more of them may overlap than did in
 * the recording.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/replay_int.h"

#define MAXWORKERS	200
#define CROWD_NS	1000000	/* a wait, while others may need the worker */
#define RETRIES		1000	/* of a call refused for lack of memory */

/* ---- records ---- */

typedef int replay_fn(struct wl_strand *, struct wl_replay *,
	    struct wl_rspace *, const struct wl_trace_rec *);

/* Any free hot cell will do; all of them are anybody's. */
static int
replay_write(struct wl_strand *st, struct wl_replay *rp, struct wl_rspace *s,
    const struct wl_trace_rec *rec)
{
	const struct wl_model *m = &st->h->model;
	struct wl_seg *seg = wl_seg_find(s, rec->page);
	struct wl_at at;
	unsigned unit;
	int error;

	if (seg == NULL)
		return EFAULT;
	at = (struct wl_at){ .vm = s->vm, .content = seg->content,
	    .va = (uintptr_t)(rec->page * st->h->page_size),
	    .page = seg->first + (rec->page - seg->page) };
	do {
		unit = (unsigned)lk_random_below(m->nhot);
		error = wl_at_store(st, &at, unit);
	} while (error == EBUSY);
	if (wl_at_judge(st, &at, "store", error) == WLR_REFUSED)
		return EAGAIN;
	return 0;
}

static int
replay_read(struct wl_strand *st, struct wl_replay *rp, struct wl_rspace *s,
    const struct wl_trace_rec *rec)
{
	const struct wl_model *m = &st->h->model;
	struct wl_seg *seg = wl_seg_find(s, rec->page);
	struct wl_at at;
	unsigned cell;
	int error;

	if (seg == NULL)
		return EFAULT;
	at = (struct wl_at){ .vm = s->vm, .content = seg->content,
	    .va = (uintptr_t)(rec->page * st->h->page_size),
	    .page = seg->first + (rec->page - seg->page) };
	cell = (unsigned)lk_random_below(m->ncells);
	if (lk_random_below(1000) < st->h->job->check)
		error = wl_at_load(st, &at, WL_ALL, 0, m->ncells);
	else
		error = wl_at_load(st, &at, wl_unit_of(m, cell), cell, 1);
	if (wl_at_judge(st, &at, "load", error) == WLR_REFUSED)
		return EAGAIN;
	return 0;
}

static void
queue(struct wl_replay *rp, struct wl_task *t)
{
	mtx_enter(&rp->lk);
	t->next = NULL;
	*rp->tail = t;
	rp->tail = &t->next;
	atomic_fetch_add(&rp->queued, 1);
	wakeup_one(rp);
	mtx_leave(&rp->lk);
}

static void
born(struct wl_replay *rp, uint32_t thread)
{
	wl_trace_begin(rp->trace, thread, &rp->task[thread].cursor);
	queue(rp, &rp->task[thread]);
}

static int
replay_fork(struct wl_strand *st, struct wl_replay *rp, struct wl_rspace *s,
    const struct wl_trace_rec *rec)
{
	int error = wl_replay_fork(st, rp, s, rec);

	if (error == 0)
		born(rp, rec->child);
	return error;
}

static int
replay_thread(struct wl_strand *st, struct wl_replay *rp,
    struct wl_rspace *s, const struct wl_trace_rec *rec)
{
	atomic_fetch_add(&s->users, 1);
	born(rp, rec->child);
	return 0;
}

static void
leave(struct wl_strand *st, struct wl_replay *rp, struct wl_rspace *s)
{
	if (atomic_fetch_sub(&s->users, 1) == 1)
		wl_replay_end(st, rp, s);
}

static int
replay_exec(struct wl_strand *st, struct wl_replay *rp, struct wl_rspace *s,
    const struct wl_trace_rec *rec)
{
	struct wl_rspace *fresh = &rp->space[rec->child_space];
	int error = vm_space_create(&fresh->vm);

	if (error != 0)
		return error;
	atomic_store(&fresh->users, 1);
	leave(st, rp, s);
	return 0;
}

static int
replay_exit(struct wl_strand *st, struct wl_replay *rp, struct wl_rspace *s,
    const struct wl_trace_rec *rec)
{
	leave(st, rp, s);
	return 0;
}

static const struct {
	replay_fn	*fn;
	enum wl_op	op;		/* what it is counted as */
} acts[WL_TRACE_NOPS] = {
	[WL_TRACE_READ] =	{ replay_read, WLO_read },
	[WL_TRACE_WRITE] =	{ replay_write, WLO_write },
	[WL_TRACE_EXECUTE] =	{ replay_read, WLO_read },
	[WL_TRACE_MAP] =	{ wl_replay_map, WLO_map },
	[WL_TRACE_UNMAP] =	{ wl_replay_unmap, WLO_unmap },
	[WL_TRACE_PROTECT] =	{ wl_replay_protect, WLO_clip },
	[WL_TRACE_FREE] =	{ wl_replay_free, WLO_madvise_free },
	[WL_TRACE_MOVE] =	{ wl_replay_move, WLO_map },
	[WL_TRACE_FORK] =	{ replay_fork, WLO_fork },
	[WL_TRACE_THREAD] =	{ replay_thread, WLO_map },
	[WL_TRACE_EXEC] =	{ replay_exec, WLO_exit },
	[WL_TRACE_EXIT] =	{ replay_exit, WLO_exit },
};

static void
give_up(struct wl_replay *rp, const struct wl_trace_rec *rec, int error)
{
	struct wl_run *run = rp->h->run;
	int32_t none = 0;

	if (atomic_compare_exchange_strong(&run->error, &none, error)) {
		char reason[64];

		snprintf(run->why, sizeof(run->why), "replay: record %llu "
		    "(%s): %s", (unsigned long long)rec->seq,
		    wl_trace_ops[rec->op].name,
		    strerror_r(error, reason, sizeof(reason)));
	}
	atomic_store(&rp->h->ctl->stop, 1);
}

/*
 * A structural record must not be left out: what comes after it builds on it.
 * Lack of memory, on request or not, passes.
 */
static int
act(struct wl_strand *st, struct wl_replay *rp, const struct wl_trace_rec *rec)
{
	struct wl_rspace *s = &rp->space[rec->space];
	int error, i = 0;

	while ((error = acts[rec->op].fn(st, rp, s, rec)) == ENOMEM &&
	    i++ < RETRIES)
		lk_yield();
	if (error != 0 && error != EAGAIN)
		give_up(rp, rec, error);
	return error;
}

/* ---- order ---- */

static bool
ready(const struct wl_replay *rp, const struct wl_trace_rec *rec)
{
	const struct wl_rspace *s = &rp->space[rec->space];

	return atomic_load(&s->structural) >= rec->epoch &&
	    (!wl_trace_ops[rec->op].structural ||
	    atomic_load(&s->done) >= rec->before);
}

static bool
stopped(const struct wl_replay *rp)
{
	return atomic_load_explicit(&rp->h->ctl->stop,
	    memory_order_relaxed) != 0;
}

static void
finished(struct wl_replay *rp, const struct wl_trace_rec *rec)
{
	struct wl_rspace *s = &rp->space[rec->space];

	atomic_fetch_add_explicit(&rp->h->run->replay_done, 1,
	    memory_order_relaxed);
	if (wl_trace_ops[rec->op].structural)
		atomic_fetch_add(&s->structural, 1);
	atomic_fetch_add(&s->done, 1);
	if (atomic_load(&s->waiters) == 0)
		return;
	mtx_enter(&s->lk);
	wakeup(s);
	mtx_leave(&s->lk);
}

/* => false: the worker is wanted elsewhere, or the run shall end */
static bool
await(struct wl_replay *rp, const struct wl_trace_rec *rec)
{
	struct wl_rspace *s = &rp->space[rec->space];
	bool go;

	if (ready(rp, rec))
		return true;
	lk_idle_begin();
	mtx_enter(&s->lk);
	atomic_fetch_add(&s->waiters, 1);
	while (!(go = ready(rp, rec)) && !stopped(rp) &&
	    (!rp->crowded || atomic_load(&rp->queued) == 0))
		msleep_nsec(s, &s->lk, PVM, "wl:turn", CROWD_NS * 10);
	atomic_fetch_sub(&s->waiters, 1);
	mtx_leave(&s->lk);
	lk_idle_end();
	return go;
}

static void
pace(const struct wl_replay *rp, const struct wl_trace_rec *rec)
{
	uint64_t percent = rp->h->job->pace, due, now;

	if (percent == 0)
		return;
	due = atomic_load(&rp->began) + rec->time / percent * 100;
	lk_idle_begin();
	while ((now = lk_now()) < due && !stopped(rp))
		lk_delay(due - now < 50000000 ? due - now : 50000000);
	lk_idle_end();
}

/* ---- workers ---- */

static void
run_record(struct wl_strand *st, struct wl_replay *rp, struct wl_task *t)
{
	enum wl_op op = acts[t->rec.op].op;
	bool timed = wl_count_timed(st);
	uint64_t since;
	int error;

	wl_gate_enter(st);
	since = timed ? lk_now() : 0;
	lk_op_begin(WL_OP_ID(op));
	error = act(st, rp, &t->rec);
	lk_op_end();
	wl_count(st, op, error == 0 ? WLR_DONE : WLR_REFUSED,
	    timed ? lk_now() - since : 0);
	wl_gate_leave(st);
	t->pending = false;
	if (error == 0 || error == EAGAIN)
		finished(rp, &t->rec);
}

/* => false: it has to wait, and the worker with it must not */
static bool
run_task(struct wl_strand *st, struct wl_replay *rp, struct wl_task *t)
{
	while (t->pending || wl_trace_next(&t->cursor, &t->rec)) {
		t->pending = true;
		pace(rp, &t->rec);
		if (!await(rp, &t->rec))
			return false;
		if (stopped(rp))
			return false;
		run_record(st, rp, t);
	}
	return true;
}

/* => NULL: none will come any more */
static struct wl_task *
next_task(struct wl_replay *rp)
{
	struct wl_task *t;

	lk_idle_begin();
	mtx_enter(&rp->lk);
	while (rp->head == NULL && atomic_load(&rp->left) > 0 && !stopped(rp))
		msleep_nsec(rp, &rp->lk, PVM, "wl:task", CROWD_NS * 10);
	if ((t = rp->head) != NULL) {
		rp->head = t->next;
		if (rp->head == NULL)
			rp->tail = &rp->head;
		atomic_fetch_sub(&rp->queued, 1);
	}
	mtx_leave(&rp->lk);
	lk_idle_end();
	return stopped(rp) ? NULL : t;
}

static void
task_ended(struct wl_replay *rp)
{
	if (atomic_fetch_sub(&rp->left, 1) > 1)
		return;
	mtx_enter(&rp->lk);
	wakeup(rp);
	mtx_leave(&rp->lk);
}

void
wl_replay_worker(void *arg)
{
	struct wl_strand *st = arg;
	struct wl_replay *rp = st->h->replay;
	struct wl_task *t;

	st->h->by_id[lk_strand_id(strand_self())] = st;
	while ((t = next_task(rp)) != NULL) {
		if (run_task(st, rp, t))
			task_ended(rp);
		else if (!stopped(rp)) {
			queue(rp, t);
			lk_yield();
		}
	}
	atomic_fetch_sub(&st->h->running, 1);
}

/* ---- beginning and end ---- */

static int
seq_cmp(const void *va, const void *vb)
{
	uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;

	return a < b ? -1 : a > b;
}

/*
 * How many of the recorded threads live at a time?  The n-th birth in order
 * meets n less as many as have ended by then.
 * => 0: no memory to find out
 */
static unsigned
most_alive(const struct wl_trace *trace, uint32_t n)
{
	uint64_t *born_at = calloc(n + 1, sizeof(uint64_t));
	uint64_t *ended_at = calloc(n + 1, sizeof(uint64_t));
	struct wl_trace_cursor c;
	struct wl_trace_rec rec = { .seq = 0 };
	uint32_t i, ended = 0, most = 0;

	for (i = 0; born_at != NULL && ended_at != NULL && i < n; i++) {
		born_at[i] = wl_trace_thread(trace, i)->start;
		wl_trace_begin(trace, i, &c);
		while (wl_trace_next(&c, &rec))
			ended_at[i] = rec.seq;
	}
	if (i == n) {
		qsort(born_at, n, sizeof(uint64_t), seq_cmp);
		qsort(ended_at, n, sizeof(uint64_t), seq_cmp);
	}
	for (i = 0; born_at != NULL && ended_at != NULL && i < n; i++) {
		while (ended < i && ended_at[ended] < born_at[i])
			ended++;
		if (i + 1 - ended > most)
			most = i + 1 - ended;
	}
	free(born_at);
	free(ended_at);
	return most;
}

static unsigned
how_many_workers(const struct wl_replay *rp)
{
	uint64_t n = rp->h->job->replay_strands;

	if (n == 0)
		n = most_alive(rp->trace, rp->info->nthreads);
	if (n > rp->info->nthreads)
		n = rp->info->nthreads;
	if (n > MAXWORKERS)
		n = MAXWORKERS;
	return n == 0 ? 1 : (unsigned)n;
}

int
wl_replay_open(struct wl_harness *h, struct wl_replay **out, char why[256])
{
	struct wl_trace_error err;
	struct wl_replay *rp;
	int error;

	if ((rp = calloc(1, sizeof(*rp))) == NULL) {
		snprintf(why, 256, "no memory for a replay");
		return ENOMEM;
	}
	if ((error = wl_trace_open(h->job->replay, &rp->trace, &err)) != 0) {
		wl_trace_error_text(&err, why, 256);
		free(rp);
		return error;
	}
	rp->h = h;
	rp->info = wl_trace_info(rp->trace);
	rp->workers = how_many_workers(rp);
	rp->crowded = rp->workers < rp->info->nthreads;
	rp->tail = &rp->head;
	mtx_init(&rp->lk, "wl:replay");
	atomic_store(&rp->left, rp->info->nthreads);
	atomic_store(&h->run->replay_total, rp->info->nrecords);
	*out = rp;
	return 0;
}

unsigned
wl_replay_workers(const struct wl_replay *rp)
{
	return rp->workers;
}

static int
make_objects(struct wl_replay *rp, char why[256])
{
	uint32_t i;
	int error;

	for (i = 0; i < rp->info->nobjects; i++) {
		error = vm_object_create((uint64_t)i + 1,
		    wl_trace_object(rp->trace, i)->npages, &rp->object[i]);
		if (error != 0) {
			snprintf(why, 256, "no memory for file %u of %llu "
			    "pages", i, (unsigned long long)
			    wl_trace_object(rp->trace, i)->npages);
			return error;
		}
	}
	return 0;
}

/* Spaces and threads that were there before the recording. */
static int
make_first(struct wl_replay *rp, char why[256])
{
	const struct wl_trace_thread *t;
	struct wl_rspace *s;
	uint32_t i;
	int error = 0;

	for (i = 0; i < rp->info->nspaces; i++)
		mtx_init(&rp->space[i].lk, "wl:order");
	for (i = 0; i < rp->info->nthreads && error == 0; i++) {
		t = wl_trace_thread(rp->trace, i);
		if (t->birth != WL_BORN_BEFORE)
			continue;
		s = &rp->space[t->space];
		if (s->vm == NULL)
			error = vm_space_create(&s->vm);
		atomic_fetch_add(&s->users, 1);
		born(rp, i);
	}
	if (error != 0)
		snprintf(why, 256, "no memory for the first spaces");
	return error;
}

int
wl_replay_start(struct wl_replay *rp, char why[256])
{
	size_t size = rp->info->nspaces * sizeof(*rp->space);
	int error;

	rp->space = aligned_alloc(64, size + 64);
	rp->task = calloc(rp->info->nthreads + 1, sizeof(*rp->task));
	rp->object = calloc(rp->info->nobjects + 1, sizeof(*rp->object));
	if (rp->space == NULL || rp->task == NULL || rp->object == NULL) {
		snprintf(why, 256, "no memory for %u spaces and %u threads",
		    rp->info->nspaces, rp->info->nthreads);
		return ENOMEM;
	}
	memset(rp->space, 0, size);
	if ((error = make_objects(rp, why)) == 0)
		error = make_first(rp, why);
	atomic_store(&rp->began, lk_now());
	return error;
}

void
wl_replay_drain(struct wl_strand *st)
{
	struct wl_replay *rp = st->h->replay;
	uint32_t i;

	for (i = 0; rp->space != NULL && i < rp->info->nspaces; i++) {
		lk_op_begin(WL_OP_ID(WLD_CHECK));
		if (rp->space[i].vm != NULL)
			wl_replay_end(st, rp, &rp->space[i]);
		lk_op_end();
	}
	for (i = 0; rp->object != NULL && i < rp->info->nobjects; i++)
		if (rp->object[i] != NULL)
			vm_object_rele(rp->object[i]);
}

void
wl_replay_close(struct wl_replay *rp)
{
	wl_trace_close(rp->trace);
	free(rp->space);
	free(rp->task);
	free(rp->object);
	free(rp);
}

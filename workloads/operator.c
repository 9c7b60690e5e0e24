/*
 * operator.c: strands that do one operation after the other.
 */
#include "workloads/runner_int.h"

static enum wl_done (*const operations[])(struct wl_strand *) = {
#define OPERATION(name, help)	wl_op_##name,
#include "workloads/operations.def"
#undef OPERATION
};

enum wl_op
wl_pick(const struct wl_harness *h)
{
	uint64_t at = lk_random_below(h->weights);
	int op = 0;

	while (at >= h->job->weight[op])
		at -= h->job->weight[op++];
	return (enum wl_op)op;
}

void
wl_operate(struct wl_strand *st, enum wl_op op)
{
	bool timed = wl_count_timed(st);
	uint64_t since = timed ? lk_now() : 0;
	enum wl_done done;

	lk_op_begin(WL_OP_ID(op));
	done = operations[op](st);
	lk_op_end();
	wl_count(st, op, done, timed ? lk_now() - since : 0);
}

/*
 * A paced operation is due at a time of its own, however long the one before
 * it took: what is late is made up for.
 */
static void
pace(struct wl_strand *st, uint64_t *due)
{
	uint64_t gap, now, n = st->h->job->threads;

	if (st->h->job->rate == 0)
		return;
	gap = 1000000000 * n / st->h->job->rate;
	now = lk_now();
	if (*due == 0)
		*due = now + lk_random_below(gap + 1);
	if (*due > now) {
		lk_idle_begin();
		lk_delay(*due - now);
		lk_idle_end();
	}
	*due += gap;
}

static bool
stopped(const struct wl_strand *st)
{
	return atomic_load_explicit(&st->h->ctl->stop,
	    memory_order_relaxed) != 0;
}

void
wl_operator(void *arg)
{
	struct wl_strand *st = arg;
	uint64_t due = 0, n;

	st->h->by_id[lk_strand_id(strand_self())] = st;
	for (n = 0; !stopped(st) && (st->quota == 0 || n < st->quota); n++) {
		pace(st, &due);
		wl_gate_enter(st);
		if (!stopped(st))
			wl_operate(st, wl_pick(st->h));
		wl_gate_leave(st);
	}
	atomic_fetch_sub(&st->h->running, 1);
}

/*
 * One device after the other.  One that cannot be emptied now is tried again
 * in its turn; the walk itself is the pause.
 */
void
wl_walker(void *arg)
{
	struct wl_strand *st = arg;
	enum wl_done done;
	uint64_t since;
	int dev;

	st->h->by_id[lk_strand_id(strand_self())] = st;
	for (dev = (int)st->id; !stopped(st); dev++) {
		lk_idle_begin();
		mtx_enter(&st->h->walk);
		lk_idle_end();
		wl_gate_enter(st);
		if (!stopped(st)) {
			lk_op_begin(WL_OP_ID(WLO_swapcycle));
			since = lk_now();
			done = wl_cycle(st, dev % vm_swap_count());
			lk_op_end();
			wl_count(st, WLO_swapcycle, done,
			    (lk_now() - since + 15) / 16);
		}
		wl_gate_leave(st);
		mtx_leave(&st->h->walk);
		lk_yield();
	}
}

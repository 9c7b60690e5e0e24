/*
 * gate.c: who is inside, and how to get everybody out.
 *
 * A strand says that it is inside, then looks whether the gate is closed; who
 * closes it says so, then looks who is inside: one of the two sees the other.
 */
#include "workloads/runner_int.h"

void
wl_gate_init(struct wl_gate *g)
{
	mtx_init(&g->lk, "wl:gate");
	atomic_init(&g->closed, 0);
}

void
wl_gate_leave(struct wl_strand *st)
{
	struct wl_gate *g = &st->h->gate;

	atomic_store(&st->inside, 0);
	if (atomic_load(&g->closed) == 0)
		return;
	mtx_enter(&g->lk);
	wakeup(g);
	mtx_leave(&g->lk);
}

void
wl_gate_enter(struct wl_strand *st)
{
	struct wl_gate *g = &st->h->gate;

	for (;;) {
		atomic_store(&st->inside, 1);
		if (atomic_load(&g->closed) == 0)
			return;
		wl_gate_leave(st);
		lk_idle_begin();
		mtx_enter(&g->lk);
		while (atomic_load(&g->closed) != 0)
			msleep_nsec(&g->closed, &g->lk, PVM, "wl:gate",
			    INFSLP);
		mtx_leave(&g->lk);
		lk_idle_end();
	}
}

/* => all strands of the harness are outside on return, and stay there */
void
wl_gate_close(struct wl_harness *h)
{
	struct wl_gate *g = &h->gate;
	unsigned i;

	lk_idle_begin();	/* it is for them to get on, not for us */
	mtx_enter(&g->lk);
	atomic_store(&g->closed, 1);
	for (i = 0; i < h->nstrands; i++)
		while (atomic_load(&h->strand[i].inside) != 0)
			msleep_nsec(g, &g->lk, PVM, "wl:leave", INFSLP);
	mtx_leave(&g->lk);
	lk_idle_end();
}

void
wl_gate_open(struct wl_harness *h)
{
	struct wl_gate *g = &h->gate;

	mtx_enter(&g->lk);
	atomic_store(&g->closed, 0);
	wakeup(&g->closed);
	mtx_leave(&g->lk);
}

/*
 * Where the swap-off walker stands between two amaps; whoever walks is one of
 * ours, or the runner itself, which nobody waits for.
 */
void
wl_gate_safe_point(void *arg)
{
	struct wl_harness *h = arg;
	struct wl_strand *st = h->by_id[lk_strand_id(strand_self())];

	if (st == NULL || atomic_load(&h->gate.closed) == 0)
		return;
	wl_gate_leave(st);
	wl_gate_enter(st);
}

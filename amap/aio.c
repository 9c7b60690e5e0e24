/*
 * aio.c: write-out: a queue of clusters and the strands that write them.
 *
 * While its page is in the queue or being written, a page is BUSY and held by
 * the I/O alone; its slot is its anon's and cannot change hands.
 */
#include <stdio.h>

#include "amap/swap_int.h"

#define NREQS	64		/* at most: each has a page */

struct vm_ioreq {
	TAILQ_ENTRY(vm_ioreq)	rq_link;
	struct vm_page		*rq_pages[SWCLUSTER];
	int			rq_n, rq_slot;
	bool			rq_fail;	/* injected */
};
TAILQ_HEAD(vm_ioqueue, vm_ioreq);

struct vm_ioworker {
	struct lk_strand	*wk_strand;
	char			wk_name[24];
	char			*wk_buf;	/* a cluster on its way out */
};

struct vm_iostate {
	struct mutex		io_lk;		/* above the daemon's alone */
	struct vm_ioqueue	io_queue, io_free;
	int			io_inflight;
	int			io_devinflight[VM_MAXSWAP];
	bool			io_stop;
	int			io_nworkers;
	struct vm_ioworker	*io_workers;
	struct vm_ioreq		io_reqs[];
};

static inline struct vm_iostate *
ios(void)
{
	return vmw()->vw_io;
}

/* => io_lk held */
static void
io_account(struct vm_iostate *io, int slot, int n)
{
	struct vm_swapstate *sw = vmw()->vw_swap;
	struct vm_gauges *g = vmw()->vw_gauges;

	io->io_inflight += n;
	io->io_devinflight[uvm_swap_dev(slot) - sw->sw_dev] += n;
	if (g != NULL)
		atomic_store_explicit(&g->io_inflight,
		    (uint64_t)io->io_inflight, memory_order_relaxed);
	if (n >= 0)
		return;
	wakeup(&io->io_inflight);
	/*
	 * Clean pages to be had, or to try again; and less to wait for.  Under
	 * io_lk, so that after a drain nobody is on his way to the daemon.
	 */
	uvm_pageout_wakeup();
}

/*
 * Injected failures come both ways: the write cannot be started, or it fails
 * in the end.
 */
static int
put_injected(bool *fail)
{
	*fail = false;
	if (!vm_injected(VMI_swap_write))
		return 0;
	*fail = lk_random_below(2) != 0;
	return *fail ? 0 : EIO;
}

int
uvm_swap_put(int slot, struct vm_page **pages, int n)
{
	struct vm_iostate *io = ios();
	struct vm_ioreq *rq;
	bool fail;
	int error, i;

	KASSERT(n > 0 && n <= SWCLUSTER);
	error = io == NULL ? ENXIO : put_injected(&fail);
	if (error != 0)
		return error;
	for (i = 0; i < n; i++) {
		KASSERT((vm_page_flags(pages[i]) & PG_BUSY) != 0);
		uvm_swap_seal(slot + i, pages[i]);
	}
	mtx_enter(&io->io_lk);
	while ((rq = TAILQ_FIRST(&io->io_free)) == NULL)
		(void)msleep_nsec(&io->io_free, &io->io_lk, PVM, "swapreq",
		    INFSLP);
	TAILQ_REMOVE(&io->io_free, rq, rq_link);
	rq->rq_n = n;
	rq->rq_slot = slot;
	rq->rq_fail = fail;
	for (i = 0; i < n; i++) {
		rq->rq_pages[i] = pages[i];
		lk_node_give(LKN_PAGE, pages[i]);
	}
	io_account(io, slot, n);
	TAILQ_INSERT_TAIL(&io->io_queue, rq, rq_link);
	wakeup_one(&io->io_queue);
	mtx_leave(&io->io_lk);
	return 0;
}

/*
 * One page has been written, or not.  Its anon and the anon's lock exist: the
 * page is BUSY, so who frees the anon leaves both to us (RELEASED).
 */
static void
done_page(struct vm_page *pg, int slot, int error)
{
	struct vm_anon *anon = pg->uanon;
	struct rwlock *lock;

	KASSERT(anon != NULL);		/* objects are never written */
	lock = anon->an_lock;
	/* once unlocked, the page's anon and its amap may go at any time */
	rw_obj_hold(lock);
	rw_enter_write(lock);
	KASSERT((vm_page_flags(pg) & PG_BUSY) != 0);
	KASSERT(anon->an_page == pg && anon->an_swslot == slot);
	if (error == 0)
		atomic_setbits_int(&pg->pg_flags, PG_CLEAN);
	else {
		/* the page stays dirty and will be written elsewhere */
		uvm_swap_markbad(slot, 1);
		anon->an_swslot = 0;
	}
	if (!uvm_page_unbusy(pg))
		rw_exit_write(lock);
	rw_obj_free(lock);
}

void
uvm_aio_done(struct vm_page **pages, int n, int slot, int error)
{
	int i;

	for (i = 0; i < n; i++) {
		lk_point(aio_done);
		done_page(pages[i], slot + i, error);
	}
	vm_count(error == 0 ? VMC_pageout : VMC_pageout_error, (uint64_t)n);
	vm_count(VMC_clusters, error == 0);
}

static int
worker_write(struct vm_ioworker *wk, struct vm_ioreq *rq)
{
	size_t c, ncells = page_ncells();
	uint64_t *out = (uint64_t *)wk->wk_buf;
	int i;

	if (rq->rq_fail)
		return EIO;
	for (i = 0; i < rq->rq_n; i++)
		for (c = 0; c < ncells; c++)
			*out++ = page_load(rq->rq_pages[i], c);
	return uvm_swap_transfer(rq->rq_slot, wk->wk_buf,
	    (size_t)rq->rq_n * vm_page_size(), true);
}

/* => the next request, or NULL: stopped and nothing left */
static struct vm_ioreq *
worker_next(struct vm_iostate *io)
{
	struct vm_ioreq *rq;

	mtx_enter(&io->io_lk);
	while ((rq = TAILQ_FIRST(&io->io_queue)) == NULL && !io->io_stop) {
		lk_idle_begin();
		(void)msleep_nsec(&io->io_queue, &io->io_lk, PVM, "swapio",
		    INFSLP);
		lk_idle_end();
	}
	if (rq != NULL)
		TAILQ_REMOVE(&io->io_queue, rq, rq_link);
	mtx_leave(&io->io_lk);
	return rq;
}

static void
worker_main(void *arg)
{
	struct vm_ioworker *wk = arg;
	struct vm_iostate *io = ios();
	struct vm_ioreq *rq;
	int error, i;

	while ((rq = worker_next(io)) != NULL) {
		for (i = 0; i < rq->rq_n; i++)
			lk_node_take(LKN_PAGE, rq->rq_pages[i]);
		error = worker_write(wk, rq);
		uvm_aio_done(rq->rq_pages, rq->rq_n, rq->rq_slot, error);
		mtx_enter(&io->io_lk);
		io_account(io, rq->rq_slot, -rq->rq_n);
		TAILQ_INSERT_HEAD(&io->io_free, rq, rq_link);
		wakeup_one(&io->io_free);
		mtx_leave(&io->io_lk);
	}
}

static int
workers_alloc(struct vm_iostate *io, int n)
{
	struct vm_arena *arena = vmw()->vw_arena;
	int i;

	io->io_workers = vm_arena_alloc(arena,
	    (size_t)n * sizeof(*io->io_workers), 64);
	if (io->io_workers == NULL)
		return ENOMEM;
	for (i = 0; i < n; i++) {
		snprintf(io->io_workers[i].wk_name,
		    sizeof(io->io_workers[i].wk_name), "swapio%d", i);
		io->io_workers[i].wk_buf = vm_arena_alloc(arena,
		    SWCLUSTER * vm_page_size(), 64);
		if (io->io_workers[i].wk_buf == NULL)
			return ENOMEM;
	}
	return 0;
}

/* => 0, ENOMEM; once for each world */
static int
io_make(int nstrands, struct vm_iostate **iop)
{
	size_t i, n, size, frames = vmw()->vw_conf.frames;
	struct vm_iostate *io;

	n = frames < NREQS ? frames : NREQS;
	size = sizeof(*io) + n * sizeof(io->io_reqs[0]);
	io = vm_arena_alloc(vmw()->vw_arena, size, 64);
	if (io == NULL)
		return ENOMEM;
	memset(io, 0, size);
	TAILQ_INIT(&io->io_queue);
	TAILQ_INIT(&io->io_free);
	for (i = 0; i < n; i++)
		TAILQ_INSERT_TAIL(&io->io_free, &io->io_reqs[i], rq_link);
	*iop = io;
	return workers_alloc(io, nstrands);
}

int
uvm_aio_start(int nstrands)
{
	struct vm_iostate *io = vmw()->vw_io_rests;
	int error, i;

	if (io == NULL && (error = io_make(nstrands, &io)) != 0)
		return error;
	error = 0;
	io->io_stop = false;
	io->io_nworkers = 0;
	mtx_init(&io->io_lk, "swap I/O queue");
	vmw()->vw_io = io;
	for (i = 0; i < nstrands && error == 0; i++) {
		error = lk_strand_start(&io->io_workers[i].wk_strand,
		    io->io_workers[i].wk_name, worker_main,
		    &io->io_workers[i], NULL);
		io->io_nworkers += error == 0;
	}
	if (error != 0)
		uvm_aio_stop();
	return error;
}

bool
uvm_aio_passed(int i, char **from, char **to)
{
	const struct vm_world *w = vmw();
	struct vm_iostate *io = w->vw_io_rests;

	if (io == NULL || i >= w->vw_conf.io_strands)
		return false;
	*from = io->io_workers[i].wk_buf;
	*to = *from + SWCLUSTER * vm_page_size();
	return true;
}

size_t
uvm_aio_inflight(void)
{
	struct vm_iostate *io = ios();
	int n;

	if (io == NULL)
		return 0;
	mtx_enter(&io->io_lk);
	n = io->io_inflight;
	mtx_leave(&io->io_lk);
	return (size_t)n;
}

void
uvm_aio_drain(void)
{
	struct vm_iostate *io = ios();

	if (io == NULL)
		return;
	mtx_enter(&io->io_lk);
	while (io->io_inflight > 0)
		(void)msleep_nsec(&io->io_inflight, &io->io_lk, PVM,
		    "swapdrain", INFSLP);
	mtx_leave(&io->io_lk);
}

void
uvm_aio_drain_dev(int dev)
{
	struct vm_iostate *io = ios();

	if (io == NULL)
		return;
	mtx_enter(&io->io_lk);
	while (io->io_devinflight[dev] > 0)
		(void)msleep_nsec(&io->io_inflight, &io->io_lk, PVM,
		    "swapdrain", INFSLP);
	mtx_leave(&io->io_lk);
}

void
uvm_aio_stop(void)
{
	struct vm_iostate *io = ios();
	int i;

	if (io == NULL)
		return;
	mtx_enter(&io->io_lk);
	io->io_stop = true;		/* after what is queued */
	wakeup(&io->io_queue);
	mtx_leave(&io->io_lk);
	for (i = 0; i < io->io_nworkers; i++)
		lk_strand_join(io->io_workers[i].wk_strand);
	KASSERT(io->io_inflight == 0);
	mtx_destroy(&io->io_lk);
	vmw()->vw_io = NULL;
	vmw()->vw_io_rests = io;
}

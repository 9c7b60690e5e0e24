/*
 * pdaemon.c: the page daemon makes frames free.
 *
 * It holds the page-queue lock when it meets a page and needs the lock of the
 * page's owner, which comes first in the order: so it only tries, and passes
 * over what it cannot have.  It allocates nothing.
 *
 * Between passes no cluster is open, so a slot is reserved but not assigned
 * only while pd_running.
 */
#include "amap/pd_int.h"

#define FUTILE_DESPERATE 2	/* passes in vain: stop sparing pages in use */
#define FUTILE_NOSLOT	32	/* idem: free slots that cannot be had */
#define FUTILE_THRASH	64	/* idem, while what is freed serves nobody */
#define ROW_MAX		4	/* passes in a row that nobody waits for */
#define BACKOFF_NS	20000	/* after a pass in vain; doubles */
#define BACKOFF_MAX	6	/* so many times */

struct vm_pdstate {
	struct mutex	pd_lk;		/* a leaf */
	/* under pd_lk; written so that they may be peeked at without */
	int		pd_req;		/* look for work; sticky */
	int		pd_park, pd_stop, pd_flushreq;
	bool		pd_parked, pd_running;
	uint64_t	pd_flushgen;	/* cluster closed so often */
	size_t		pd_pressure;	/* frames wanted by vm_pressure */
	uint64_t	pd_begun;	/* passes */
	uint64_t	pd_hopeless;	/* the last one that proved hopeless */
	uint64_t	pd_thrashed;	/* the last one that fed a thrash */
	/* the daemon's own */
	unsigned int	pd_futile;	/* passes in vain, in a row */
	unsigned int	pd_thrash;	/* passes that served nobody, in a row */
	uint64_t	pd_served;	/* vw_memserved at the last pass */
	struct pd_cluster pd_cl;
	struct vm_page	pd_marker;	/* its place in the inactive queue */
	struct lk_strand *pd_strand;
};

static inline struct vm_pdstate *
pds(void)
{
	return vmw()->vw_pd;
}

/*
 * The peek can be wrong only against a daemon that has not yet looked at the
 * world since it took the request; it will see what made us call.  Who sleeps
 * for memory calls with vw_fpageq_lk held and counted as a waiter, and the
 * daemon looks for waiters under that lock after it took the request (R20).
 */
void
uvm_pageout_wakeup(void)
{
	struct vm_pdstate *pd = pds();

	if (pd == NULL || VM_RELAXED_LOAD(&pd->pd_req))
		return;
	mtx_enter(&pd->pd_lk);
	VM_RELAXED_STORE(&pd->pd_req, 1);
	wakeup(&pd->pd_req);
	mtx_leave(&pd->pd_lk);
}

void
vm_pressure(size_t n)
{
	struct vm_pdstate *pd = pds();
	size_t max = vmw()->vw_conf.frames;

	mtx_enter(&pd->pd_lk);
	pd->pd_pressure = n > max - pd->pd_pressure ? max :
	    pd->pd_pressure + n;
	mtx_leave(&pd->pd_lk);
	uvm_pageout_wakeup();
}

int
uvm_wait_fail(const char *wmesg)
{
	struct vm_pdstate *pd = pds();
	uint64_t begun, hopeless, thrashed;

	mtx_enter(&pd->pd_lk);
	begun = pd->pd_begun;
	mtx_leave(&pd->pd_lk);
	uvm_wait(wmesg);
	mtx_enter(&pd->pd_lk);
	hopeless = pd->pd_hopeless;
	thrashed = pd->pd_thrashed;
	mtx_leave(&pd->pd_lk);
	if (thrashed > begun)
		return ENOMEM;
	return hopeless > begun && uvm_freeframes() <= vmw()->vw_reserve ?
	    ENOMEM : 0;
}

void
uvm_memserved(void)
{
	__atomic_fetch_add(&vmw()->vw_memserved, 1, __ATOMIC_RELAXED);
}

/* ------------------------------------------------------------------------
 * The cluster
 */

/* Close it if somebody (swap-off) waits for that.  => nothing locked */
static void
cluster_flush(struct vm_pdstate *pd, struct pd_pass *pass)
{
	if (!VM_RELAXED_LOAD(&pd->pd_flushreq))
		return;
	pd_cluster_close(&pd->pd_cl, pass);
	mtx_enter(&pd->pd_lk);
	VM_RELAXED_STORE(&pd->pd_flushreq, 0);
	pd->pd_flushgen++;
	wakeup(&pd->pd_flushgen);
	mtx_leave(&pd->pd_lk);
}

void
uvmpd_flush(void)
{
	struct vm_pdstate *pd = pds();
	uint64_t gen;

	if (pd == NULL)
		return;
	mtx_enter(&pd->pd_lk);
	gen = pd->pd_flushgen;
	while (pd->pd_running && pd->pd_flushgen == gen) {
		VM_RELAXED_STORE(&pd->pd_flushreq, 1);
		(void)msleep_nsec(&pd->pd_flushgen, &pd->pd_lk, PVM,
		    "pdflush", INFSLP);
	}
	mtx_leave(&pd->pd_lk);
}

int
uvmpd_cluster_slots(int *first)
{
	struct pd_cluster *cl;

	*first = 0;
	if (pds() == NULL)		/* at rest */
		return 0;
	cl = &pds()->pd_cl;
	*first = cl->cl_base + cl->cl_n;
	return cl->cl_size - cl->cl_n;
}

/* ------------------------------------------------------------------------
 * A pass over the queues
 */

/*
 * => page-queue lock held: a page on a queue has an owner that exists, since
 *    an owner that dies first takes its pages off, under this lock
 */
static struct rwlock *
page_lock_of(struct vm_page *pg)
{
	if (pg->uanon != NULL)
		return pg->uanon->an_lock;
	return pg->uobject->vmobjlock;
}

/* => page-queue lock held, dropped and retaken; pg may be gone on return */
static void
scan_page(struct vm_pdstate *pd, struct pd_pass *pass, struct vm_page *pg)
{
	struct rwlock *lock = page_lock_of(pg);

	KASSERT(pg->wire_count == 0);
	if (rw_enter(lock, RW_WRITE | RW_NOSLEEP) != 0) {
		vm_count(VMC_daemon_trylock_fail, 1);
		pass->unsure++;
		return;
	}
	/* the owner may go as soon as we unlock it, the lock must not */
	rw_obj_hold(lock);
	uvm_unlock_pageq();
	pd_page(&pd->pd_cl, pass, pg);
	rw_exit_write(lock);
	rw_obj_free(lock);
	if (pd->pd_cl.cl_size > 0 && pd->pd_cl.cl_n == pd->pd_cl.cl_size)
		pd_cluster_close(&pd->pd_cl, pass);
	cluster_flush(pd, pass);
	lk_point(pd_scan);
	uvm_lock_pageq();
}

static bool
pass_enough(const struct pd_pass *pass)
{
	return !pass->desperate &&
	    pass->freed + pass->submitted + pass->coming >= pass->want;
}

/*
 * The marker stands behind the page we look at and keeps our place while the
 * queue changes around it (R31).
 */
static void
scan_inactive(struct vm_pdstate *pd, struct pd_pass *pass)
{
	struct vm_world *w = vmw();
	struct vm_page *pg, *marker = &pd->pd_marker;
	size_t left;

	uvm_lock_pageq();
	TAILQ_INSERT_HEAD(&w->vw_inactive, marker, pageq);
	for (left = w->vw_ninactive; left > 0 && !pass_enough(pass); left--) {
		if (VM_RELAXED_LOAD(&pd->pd_park) ||
		    VM_RELAXED_LOAD(&pd->pd_stop)) {
			pass->cut = true;
			break;
		}
		pg = TAILQ_NEXT(marker, pageq);
		if (pg == NULL)
			break;
		TAILQ_REMOVE(&w->vw_inactive, marker, pageq);
		TAILQ_INSERT_AFTER(&w->vw_inactive, pg, marker, pageq);
		scan_page(pd, pass, pg);
	}
	TAILQ_REMOVE(&w->vw_inactive, marker, pageq);
	uvm_unlock_pageq();
	pd_cluster_close(&pd->pd_cl, pass);
}

/*
 * Take pages from the active queue: a third of all shall be inactive, and
 * what is still missing.  Their reference bits begin anew.
 */
static void
refill_inactive(const struct pd_pass *pass)
{
	struct vm_world *w = vmw();
	struct vm_page *pg;
	size_t got = pass->freed + pass->submitted + pass->coming;
	size_t all, n;

	uvm_lock_pageq();
	all = w->vw_nactive + w->vw_ninactive;
	n = all / 3 > w->vw_ninactive ? all / 3 - w->vw_ninactive : 0;
	if (pass->want > got)
		n += pass->want - got;
	if (pass->desperate || n > w->vw_nactive)
		n = w->vw_nactive;
	while (n-- > 0 && (pg = TAILQ_FIRST(&w->vw_active)) != NULL)
		uvm_pagedeactivate(pg);
	uvm_unlock_pageq();
}

static void
pass_plan(struct vm_pdstate *pd, struct pd_pass *pass)
{
	struct vm_world *w = vmw();
	size_t nfree = uvm_freeframes();

	memset(pass, 0, sizeof(*pass));
	pass->waiters = uvm_memwaiters();
	pass->want = nfree < w->vw_freetarg ? w->vw_freetarg - nfree : 0;
	pass->want += pass->waiters;
	pass->coming = uvm_aio_inflight();
	pass->desperate = pass->waiters > 0 && pass->coming == 0 &&
	    pd->pd_futile >= FUTILE_DESPERATE;
	mtx_enter(&pd->pd_lk);
	pass->pressure = pd->pd_pressure;
	pass->want += pass->pressure;
	pd->pd_begun++;
	mtx_leave(&pd->pd_lk);
}

/* Frames that are neither free nor on a queue: somebody is at work on them. */
static bool
frames_in_hand(void)
{
	struct vm_world *w = vmw();
	size_t there;

	uvm_lock_pageq();
	there = w->vw_nactive + w->vw_ninactive + w->vw_nwired +
	    uvm_freeframes();
	uvm_unlock_pageq();
	return there < w->vw_conf.frames;
}

/* Did this pass prove that nothing can be freed now? */
static bool
pass_hopeless(const struct vm_pdstate *pd, const struct pd_pass *pass)
{
	if (!pass->desperate || pass->cut || pass->unsure > 0)
		return false;
	if (pass->noslot > 0 && uvm_swap_room() &&
	    pd->pd_futile < FUTILE_NOSLOT)
		return false;
	return uvm_freeframes() <= vmw()->vw_reserve && !frames_in_hand();
}

/*
 * Swap is full, and the few frames that can still be freed go round between
 * those who wait: each takes the one that the other has just read its page
 * into, and nobody gets the two that it needs.
 */
static bool
pass_thrashes(struct vm_pdstate *pd, const struct pd_pass *pass)
{
	uint64_t served = VM_RELAXED_LOAD(&vmw()->vw_memserved);

	if (served != pd->pd_served)
		pd->pd_thrash = 0;
	else if (pass->waiters > 0 && pass->stuck > 0)
		pd->pd_thrash++;
	pd->pd_served = served;
	return pd->pd_thrash >= FUTILE_THRASH;
}

/* Pressure is met, or this pass was all that could be done about it. */
static void
pressure_less(struct vm_pdstate *pd, const struct pd_pass *pass, bool all)
{
	size_t n = all || pass->freed > pass->pressure ? pass->pressure :
	    pass->freed;

	mtx_enter(&pd->pd_lk);
	pd->pd_pressure -= n;
	mtx_leave(&pd->pd_lk);
}

/* => how the daemon goes on: true: with another pass */
static bool
pass_done(struct vm_pdstate *pd, const struct pd_pass *pass, unsigned int row)
{
	bool vain = pass->freed == 0 && pass->submitted == 0 && !pass->cut;
	bool coming = uvm_aio_inflight() > 0;
	bool again;

	pd->pd_futile = !vain || coming ? 0 : pd->pd_futile + 1;
	if (vain && !coming && pass_hopeless(pd, pass)) {
		mtx_enter(&pd->pd_lk);
		pd->pd_hopeless = pd->pd_begun;
		mtx_leave(&pd->pd_lk);
	}
	if (pass_thrashes(pd, pass)) {
		mtx_enter(&pd->pd_lk);
		pd->pd_thrashed = pd->pd_begun;
		mtx_leave(&pd->pd_lk);
		uvm_wakewaiters();
	} else if (vain && !coming)
		uvm_wakewaiters();
	again = !coming && (uvm_memwaiters() > 0 ||
	    (!pass_enough(pass) && row < ROW_MAX));
	pressure_less(pd, pass, !coming && !again);
	return again;	/* the end of what is coming is a request */
}

static bool
one_pass(struct vm_pdstate *pd, unsigned int row)
{
	struct pd_pass pass;

	pass_plan(pd, &pass);
	if (pass.want == 0) {
		pd->pd_futile = 0;
		return false;
	}
	vm_count(VMC_daemon_scan, 1);
	if (pass.desperate)
		refill_inactive(&pass);
	scan_inactive(pd, &pass);
	if (!pass.cut && !pass.desperate)
		refill_inactive(&pass);
	return pass_done(pd, &pass, row);
}

/* ------------------------------------------------------------------------
 * The strand
 */

/* => pd_lk held; sleeps until there is a request, or the end: false */
static bool
daemon_sleep(struct vm_pdstate *pd)
{
	for (;;) {
		if (pd->pd_stop)
			return false;
		if (pd->pd_park && !pd->pd_parked) {
			pd->pd_parked = true;
			wakeup(&pd->pd_parked);
		} else if (!pd->pd_park) {
			pd->pd_parked = false;
			if (pd->pd_req)
				return true;
		}
		lk_idle_begin();
		(void)msleep_nsec(&pd->pd_req, &pd->pd_lk, PVM, "pgdaemon",
		    INFSLP);
		lk_idle_end();
	}
}

/* Passes until there is no more to do for now.  => nothing locked */
static void
daemon_work(struct vm_pdstate *pd)
{
	unsigned int row = 0, shift;

	do {
		/* let those go on who hold what we could not get (R38) */
		shift = pd->pd_futile < BACKOFF_MAX ? pd->pd_futile :
		    BACKOFF_MAX;
		if (pd->pd_futile > 0)
			lk_delay((uint64_t)BACKOFF_NS << shift);
	} while (one_pass(pd, row++) && !VM_RELAXED_LOAD(&pd->pd_park) &&
	    !VM_RELAXED_LOAD(&pd->pd_stop));
}

static void
daemon_main(void *arg)
{
	struct vm_pdstate *pd = arg;

	/* who waits for memory waits for us: rings through it show */
	lk_node_have(LKN_MEMORY, &vmw()->vw_nmemwait);
	mtx_enter(&pd->pd_lk);
	while (daemon_sleep(pd)) {
		VM_RELAXED_STORE(&pd->pd_req, 0);
		pd->pd_running = true;
		mtx_leave(&pd->pd_lk);
		lk_point(pd_awake);
		daemon_work(pd);
		mtx_enter(&pd->pd_lk);
		pd->pd_running = false;
		VM_RELAXED_STORE(&pd->pd_flushreq, 0);
		pd->pd_flushgen++;
		wakeup(&pd->pd_flushgen);
	}
	mtx_leave(&pd->pd_lk);
	lk_node_drop(LKN_MEMORY, &vmw()->vw_nmemwait);
}

int
uvmpd_start(void)
{
	struct vm_world *w = vmw();
	struct vm_pdstate *pd;
	int error;

	pd = vm_arena_alloc(w->vw_arena, sizeof(*pd), 64);
	if (pd == NULL)
		return ENOMEM;
	memset(pd, 0, sizeof(*pd));
	mtx_init(&pd->pd_lk, "page daemon");
	w->vw_pd = pd;
	error = lk_strand_start(&pd->pd_strand, "pagedaemon", daemon_main, pd,
	    NULL);
	if (error != 0) {
		mtx_destroy(&pd->pd_lk);
		w->vw_pd = NULL;
	}
	return error;
}

void
uvmpd_park(void)
{
	struct vm_pdstate *pd = pds();

	mtx_enter(&pd->pd_lk);
	VM_RELAXED_STORE(&pd->pd_park, 1);
	wakeup(&pd->pd_req);
	while (!pd->pd_parked)
		(void)msleep_nsec(&pd->pd_parked, &pd->pd_lk, PVM, "pdpark",
		    INFSLP);
	mtx_leave(&pd->pd_lk);
}

void
uvmpd_unpark(void)
{
	struct vm_pdstate *pd = pds();

	mtx_enter(&pd->pd_lk);
	VM_RELAXED_STORE(&pd->pd_park, 0);
	pd->pd_parked = false;
	VM_RELAXED_STORE(&pd->pd_req, 1);
	wakeup(&pd->pd_req);
	mtx_leave(&pd->pd_lk);
}

void
uvmpd_stop(void)
{
	struct vm_pdstate *pd = pds();

	if (pd == NULL)
		return;
	mtx_enter(&pd->pd_lk);
	VM_RELAXED_STORE(&pd->pd_stop, 1);
	wakeup(&pd->pd_req);
	mtx_leave(&pd->pd_lk);
	lk_strand_join(pd->pd_strand);
	uvm_aio_drain();		/* its ends wake us up */
	mtx_destroy(&pd->pd_lk);
	vmw()->vw_pd = NULL;
}

/*
 * rcu.c: the one file that knows liburcu.
 *
 * liburcu orders by fences and membarrier, which ThreadSanitizer cannot see.
 * It is told here: the end of a read-side section happens before the end of
 * every later grace period, a pointer's publication before its reading, and
 * a deferred call after its hand-over.
 */
#include <pthread.h>
#include <urcu/urcu-memb.h>

#include "locks/annotate_int.h"
#include "locks/raw_int.h"
#include "locks/strand_int.h"

static char rcu_domain;		/* an address for the annotations */
static pthread_once_t rcu_once = PTHREAD_ONCE_INIT;

/* liburcu's worker threads are readers already. */
static __thread bool rcu_worker __attribute__((tls_model("initial-exec")));

/* How we lie in a caller's lk_rcu_head: liburcu's own head comes first. */
struct rcu_job {
	struct rcu_head	head;
	void		(*fn)(struct lk_rcu_head *);
};
_Static_assert(sizeof(struct lk_rcu_head) >= sizeof(struct rcu_job),
    "a deferred call fits");

static void
rcu_atfork(void)
{
	pthread_atfork(urcu_memb_call_rcu_before_fork,
	    urcu_memb_call_rcu_after_fork_parent,
	    urcu_memb_call_rcu_after_fork_child);
}

void
lk_rcu_thread_begin(void)
{
	pthread_once(&rcu_once, rcu_atfork);
	if (!rcu_worker)
		urcu_memb_register_thread();
}

void
lk_rcu_thread_end(void)
{
	if (!rcu_worker)
		urcu_memb_unregister_thread();
}

void
lk_rcu_os_lock(void)
{
	urcu_memb_read_lock();
}

void
lk_rcu_os_unlock(void)
{
	lk_tsan_release(&rcu_domain);
	urcu_memb_read_unlock();
}

void
lk_rcu_os_sync(void)
{
	urcu_memb_synchronize_rcu();
	lk_tsan_acquire(&rcu_domain);
}

static void
rcu_job_run(struct rcu_head *h)
{
	struct rcu_job *j = (struct rcu_job *)h;

	rcu_worker = true;
	lk_tsan_acquire(j);
	lk_tsan_acquire(&rcu_domain);
	j->fn((struct lk_rcu_head *)j);
}

void
lk_rcu_os_call(struct lk_rcu_head *h, void (*fn)(struct lk_rcu_head *))
{
	struct rcu_job *j = (struct rcu_job *)h;

	j->fn = fn;
	lk_tsan_release(j);
	urcu_memb_call_rcu(&j->head, rcu_job_run);
}

/*
 * liburcu has one worker unless it is told otherwise, and that one is first
 * in, first out: when our own call comes back, so have all before it.
 */
struct rcu_mark {
	struct lk_rcu_head head;
	_Atomic uint32_t done;
};

static void
rcu_mark_run(struct lk_rcu_head *h)
{
	struct rcu_mark *m = (struct rcu_mark *)h;

	atomic_store_explicit(&m->done, 1, memory_order_release);
	lk_futex_wake(&m->done, 1);
}

void
lk_rcu_os_barrier(void)
{
	struct rcu_mark m = { .done = 0 };

	lk_rcu_os_call(&m.head, rcu_mark_run);
	while (atomic_load_explicit(&m.done, memory_order_acquire) == 0)
		lk_futex_wait(&m.done, 0, INFSLP);
}

void
lk_rcu_list_add(struct lk_rcu_list *l, struct lk_rcu_link *k)
{
	struct lk_rcu_link *first;

	first = atomic_load_explicit(&l->head, memory_order_relaxed);
	atomic_store_explicit(&k->next, first, memory_order_relaxed);
	/*
	 * Not only a release: who changed something and then finds the list
	 * without k may rely on k seeing the change (the soft pmap does).
	 */
	atomic_store_explicit(&l->head, k, memory_order_seq_cst);
}

/* The one removed keeps its successor: a reader on it goes on from there. */
void
lk_rcu_list_del(struct lk_rcu_list *l, struct lk_rcu_link *k)
{
	_Atomic(struct lk_rcu_link *) *at = &l->head;
	struct lk_rcu_link *e;

	while ((e = atomic_load_explicit(at, memory_order_relaxed)) != k) {
		if (e == NULL)
			return;
		at = &e->next;
	}
	atomic_store_explicit(at, atomic_load_explicit(&k->next,
	    memory_order_relaxed), memory_order_release);
}

struct lk_rcu_link *
lk_rcu_list_first(struct lk_rcu_list *l)
{
	return atomic_load_explicit(&l->head, memory_order_seq_cst);
}

struct lk_rcu_link *
lk_rcu_list_next(struct lk_rcu_link *k)
{
	return atomic_load_explicit(&k->next, memory_order_acquire);
}

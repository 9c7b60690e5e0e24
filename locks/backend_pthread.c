/*
 * backend_pthread.c: the C library's rwlock, writers preferred.
 *
 * rwl_priv points to it; it comes from a slab on first use and goes back when
 * the lock is destroyed.  A POSIX rwlock cannot be downgraded: the writer
 * raises `moving`, lets go, and takes it shared; a writer that gets in
 * between sees the flag, lets go and waits for it to fall.  It cannot be
 * upgraded either: a try, which may always fail, does; an upgrade that may
 * wait lets the read hold go and takes it for writing behind the same flag.
 *
 * Nor can it be read past a waiting writer.  Who wants that joins the readers
 * that are in: they are counted in `hold`, and as long as there are guests,
 * a reader that leaves passes its hold on to one of them.
 *
 *	63         32 31                     0
 *	+------------+-----------------------+
 *	| guests     | holds of the rwlock   |
 *	+------------+-----------------------+
 *
 * A guest that finds no reader to join waits for `came`, which moves when a
 * first reader comes in or a writer goes out.
 */
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>

#include "locks/backend_int.h"
#include "locks/raw_int.h"

struct plock {
	pthread_rwlock_t rw;
	_Atomic uint32_t moving;
	_Atomic uint32_t waiters;
	_Atomic uint64_t hold;
	_Atomic uint32_t came;
	_Atomic uint32_t wanting;	/* guests that wait for `came` */
	_Atomic uint64_t writer;
	struct rwlock	*owner;		/* whose it is; NULL: in the slab */
	struct plock	*next;
};

#define SLAB_SIZE	(64 * 1024)
#define SLAB_N		((SLAB_SIZE - sizeof(void *)) / sizeof(struct plock))
struct slab {
	struct slab	*next;
	struct plock	p[SLAB_N];
};
_Static_assert(sizeof(struct slab) <= SLAB_SIZE, "slab fits");

static struct lk_raw slab_raw;
static struct slab *slabs;
static struct plock *slab_free;

static void
slab_more(void)
{
	struct slab *s;
	size_t i;

	s = mmap(NULL, SLAB_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED) {
		lk_bug(__FILE__, __LINE__, "no memory for pthread locks");
		return;
	}
	s->next = slabs;
	slabs = s;
	for (i = 0; i < SLAB_N; i++) {
		s->p[i].next = slab_free;
		slab_free = &s->p[i];
	}
}

static void
plock_setup(struct plock *p)
{
	pthread_rwlockattr_t a;

	pthread_rwlockattr_init(&a);
	pthread_rwlockattr_setkind_np(&a,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&p->rw, &a);
	pthread_rwlockattr_destroy(&a);
	lk_put(&p->moving, 0);
	lk_put(&p->waiters, 0);
	lk_put(&p->hold, 0);
	lk_put(&p->came, 0);
	lk_put(&p->wanting, 0);
	lk_put(&p->writer, 0);
}

static struct plock *
plock_make(struct rwlock *rw)
{
	_Atomic(void *) *at = (_Atomic(void *) *)&rw->rwl_priv;
	struct plock *p;

	lk_raw_lock(&slab_raw);
	p = atomic_load_explicit(at, memory_order_relaxed);
	if (p == NULL) {
		if (slab_free == NULL)
			slab_more();
		p = slab_free;
		slab_free = p->next;
		p->owner = rw;
		plock_setup(p);
		atomic_store_explicit(at, p, memory_order_release);
	}
	lk_raw_unlock(&slab_raw);
	return p;
}

static inline struct plock *
plock(struct rwlock *rw)
{
	struct plock *p = atomic_load_explicit(
	    (_Atomic(void *) *)&rw->rwl_priv, memory_order_acquire);

	return __builtin_expect(p != NULL, 1) ? p : plock_make(rw);
}

/* Does memory that may never have been a lock point to one of ours? */
static bool
plock_is(const struct rwlock *rw)
{
	const struct plock *p = rw->rwl_priv;
	const struct slab *s;

	for (s = slabs; s != NULL; s = s->next)
		if (p >= s->p && p < s->p + SLAB_N &&
		    ((uintptr_t)p - (uintptr_t)s->p) % sizeof(*p) == 0)
			return p->owner == rw;
	return false;
}

static void
pthread_fini(struct rwlock *rw)
{
	struct plock *p = rw->rwl_priv;

	if (p == NULL)
		return;
	lk_raw_lock(&slab_raw);
	if (plock_is(rw)) {
		pthread_rwlock_destroy(&p->rw);
		p->owner = NULL;
		p->next = slab_free;
		slab_free = p;
	}
	rw->rwl_priv = NULL;
	lk_raw_unlock(&slab_raw);
}

/* ------------------------------------------------------------------------
 * Readers and guests
 */

#define H_ONE		1ULL
#define H_GUEST		(1ULL << 32)
#define H_HOLDS(h)	((uint32_t)(h))
#define H_GUESTS(h)	((uint32_t)((h) >> 32))

/*
 * Whoever waits for `came` counted itself before it looked, and our change
 * was made before this: one of the two sees the other.
 */
static void
came_wake(struct plock *p)
{
	if (atomic_load(&p->wanting) == 0)
		return;
	atomic_fetch_add(&p->came, 1);
	lk_unpark(&p->came, INT_MAX);
}

static void
reader_in(struct plock *p)
{
	if (H_HOLDS(atomic_fetch_add(&p->hold, H_ONE)) == 0)
		came_wake(p);
}

/* => true: the rwlock must be let go */
static bool
reader_out(struct plock *p)
{
	uint64_t h = lk_get(&p->hold), n;

	do
		n = H_GUESTS(h) != 0 ? h - H_GUEST : h - H_ONE;
	while (!atomic_compare_exchange_weak_explicit(&p->hold, &h, n,
	    memory_order_acq_rel, memory_order_relaxed));
	return H_GUESTS(h) == 0;
}

static bool
guest_try(struct plock *p)
{
	uint64_t h = atomic_load(&p->hold);

	while (H_HOLDS(h) != 0)
		if (atomic_compare_exchange_weak(&p->hold, &h, h + H_GUEST))
			return true;
	if (pthread_rwlock_tryrdlock(&p->rw) != 0)
		return false;
	reader_in(p);
	return true;
}

static void
guest_enter(struct plock *p)
{
	atomic_fetch_add(&p->wanting, 1);
	for (;;) {
		uint32_t came = atomic_load(&p->came);

		if (guest_try(p))
			break;
		lk_park(&p->came, came, INFSLP);
	}
	atomic_fetch_sub(&p->wanting, 1);
}

/* ------------------------------------------------------------------------
 * Writers
 */

static void
writer_out(struct plock *p)
{
	pthread_rwlock_unlock(&p->rw);
	/* a change that a guest looks at, after the one that it cannot see */
	atomic_fetch_add(&p->hold, 0);
	came_wake(p);
}

static void
writer_in(struct plock *p)
{
	pthread_rwlock_wrlock(&p->rw);
	while (lk_get(&p->moving) != 0) {
		writer_out(p);
		lk_park(&p->moving, 1, INFSLP);
		pthread_rwlock_wrlock(&p->rw);
	}
}

static void
moved(struct plock *p)
{
	lk_rel(&p->moving, 0);
	lk_unpark(&p->moving, INT_MAX);
}

/* ------------------------------------------------------------------------
 * The backend
 */

static bool
pthread_try(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	struct plock *p = plock(rw);

	if (mode == LKM_RREAD)
		return guest_try(p);
	if (mode == LKM_READ) {
		if (pthread_rwlock_tryrdlock(&p->rw) != 0)
			return false;
		reader_in(p);
		return true;
	}
	if (pthread_rwlock_trywrlock(&p->rw) != 0)
		return false;
	if (lk_get(&p->moving) != 0) {
		writer_out(p);
		return false;
	}
	lk_put(&p->writer, me);
	return true;
}

static void
pthread_enter(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	struct plock *p = plock(rw);

	lk_add(&p->waiters, 1);
	if (lk_me != NULL)
		lk_bump(&lk_me->npark, 1);
	if (mode == LKM_RREAD) {
		guest_enter(p);
	} else if (mode == LKM_READ) {
		pthread_rwlock_rdlock(&p->rw);
		reader_in(p);
	} else {
		writer_in(p);
		lk_put(&p->writer, me);
	}
	lk_add(&p->waiters, -1u);
}

static void
pthread_exit_mode(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	struct plock *p = plock(rw);

	if (mode == LKM_WRITE) {
		lk_put(&p->writer, 0);
		writer_out(p);
	} else if (reader_out(p)) {
		pthread_rwlock_unlock(&p->rw);
	}
}

static void
pthread_downgrade(struct rwlock *rw, uint64_t me)
{
	struct plock *p = plock(rw);

	lk_put(&p->moving, 1);
	lk_put(&p->writer, 0);
	reader_in(p);
	pthread_rwlock_unlock(&p->rw);
	pthread_rwlock_rdlock(&p->rw);
	moved(p);
}

static bool
pthread_try_upgrade(struct rwlock *rw, uint64_t me)
{
	return false;
}

/* Of two who do this at once one never gets to let its read hold go. */
static void
pthread_upgrade(struct rwlock *rw, uint64_t me)
{
	struct plock *p = plock(rw);
	uint32_t no = 0;

	lk_add(&p->waiters, 1);
	while (!atomic_compare_exchange_strong(&p->moving, &no, 1)) {
		lk_park(&p->moving, 1, INFSLP);
		no = 0;
	}
	if (reader_out(p))
		pthread_rwlock_unlock(&p->rw);
	pthread_rwlock_wrlock(&p->rw);
	lk_put(&p->writer, me);
	moved(p);
	lk_add(&p->waiters, -1u);
}

static void
pthread_state(const struct rwlock *rw, struct lk_lockstate *st)
{
	const struct plock *p = rw->rwl_priv;
	uint64_t h;

	st->writer = p == NULL ? 0 : lk_get(&p->writer);
	h = p == NULL ? 0 : lk_get(&p->hold);
	st->readers = (uint64_t)H_HOLDS(h) + H_GUESTS(h);
	st->waiters = p != NULL && lk_get(&p->waiters) != 0;
}

const struct lk_backend lk_backend_pthread = {
	.name = "pthread",
	.help = "the C library's rwlock, writers preferred",
	.flags = LKB_EXCLUDES,
	.init = pthread_fini,
	.fini = pthread_fini,
	.try = pthread_try,
	.enter = pthread_enter,
	.exit = pthread_exit_mode,
	.downgrade = pthread_downgrade,
	.try_upgrade = pthread_try_upgrade,
	.upgrade = pthread_upgrade,
	.sleep_once = NULL,
	.state = pthread_state,
};

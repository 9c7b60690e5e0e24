/*
 * backend_pthread.c: the C library's rwlock, writers preferred.
 *
 * rwl_priv points to it; it comes from a slab on first use and goes back when
 * the lock is destroyed.  A POSIX rwlock cannot be downgraded: the writer
 * raises `moving`, lets go, and takes it shared; a writer that gets in
 * between sees the flag, lets go and waits for it to fall.  It cannot be
 * upgraded either, so an upgrade, which may always fail, does.
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
	_Atomic uint32_t readers;
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
	lk_put(&p->readers, 0);
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

static bool
pthread_try(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	struct plock *p = plock(rw);

	if (mode == LKM_READ) {
		if (pthread_rwlock_tryrdlock(&p->rw) != 0)
			return false;
		lk_add(&p->readers, 1);
		return true;
	}
	if (pthread_rwlock_trywrlock(&p->rw) != 0)
		return false;
	if (lk_get(&p->moving) != 0) {
		pthread_rwlock_unlock(&p->rw);
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
	if (mode == LKM_READ) {
		pthread_rwlock_rdlock(&p->rw);
		lk_add(&p->readers, 1);
	} else {
		pthread_rwlock_wrlock(&p->rw);
		while (lk_get(&p->moving) != 0) {
			pthread_rwlock_unlock(&p->rw);
			lk_park(&p->moving, 1, INFSLP);
			pthread_rwlock_wrlock(&p->rw);
		}
		lk_put(&p->writer, me);
	}
	lk_add(&p->waiters, -1u);
}

static void
pthread_exit_mode(struct rwlock *rw, enum lk_mode mode, uint64_t me)
{
	struct plock *p = plock(rw);

	if (mode == LKM_READ)
		lk_add(&p->readers, -1u);
	else
		lk_put(&p->writer, 0);
	pthread_rwlock_unlock(&p->rw);
}

static void
pthread_downgrade(struct rwlock *rw, uint64_t me)
{
	struct plock *p = plock(rw);

	lk_put(&p->moving, 1);
	lk_put(&p->writer, 0);
	lk_add(&p->readers, 1);
	pthread_rwlock_unlock(&p->rw);
	pthread_rwlock_rdlock(&p->rw);
	lk_rel(&p->moving, 0);
	lk_unpark(&p->moving, INT_MAX);
}

static bool
pthread_try_upgrade(struct rwlock *rw, uint64_t me)
{
	return false;
}

static void
pthread_state(const struct rwlock *rw, struct lk_lockstate *st)
{
	const struct plock *p = rw->rwl_priv;

	st->writer = p == NULL ? 0 : lk_get(&p->writer);
	st->readers = p == NULL ? 0 : lk_get(&p->readers);
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
	.sleep_once = NULL,
	.state = pthread_state,
};

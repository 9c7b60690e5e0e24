/*
 * dl_pthread.h: the words of dl.h for plain pthread.
 *
 * A checker is to judge a run that did not deadlock: so whoever starts a
 * thread waits until it is done, by means that no checker takes for an order.
 * Or until it is stuck: for so long in one call that it must wait for what is
 * yet to come.
 */
#ifndef TESTS_DEADLOCKS_DL_PTHREAD_H
#define TESTS_DEADLOCKS_DL_PTHREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef pthread_rwlock_t dl_rwlock;
typedef pthread_mutex_t dl_mutex;
typedef struct {
	pthread_mutex_t	m;
	pthread_cond_t	c;
	bool		posted;
} dl_event;
typedef struct {
	pthread_mutex_t	m;
	pthread_cond_t	c;
} dl_cond;
struct dl_thread {
	pthread_t	t;
	void		(*fn)(void *);
	void		*arg;
	_Atomic int	done;
	_Atomic unsigned calls;		/* begun and returned: odd within one */
};
typedef struct dl_thread *dl_thread;
static struct dl_thread dl_first;
static __thread struct dl_thread *dl_me = &dl_first;
#define DL_STUCK	400		/* ms, or a little more */

#define DL_PROGRAM							\
	static void dl_program(void);					\
	int main(void) { dl_program(); puts("done"); return 0; }	\
	static void dl_program(void)

static inline void
dl_must(int error)
{
	if (error != 0)
		abort();
}

static inline void
dl_call(void)
{
	atomic_fetch_add_explicit(&dl_me->calls, 1, memory_order_relaxed);
}

/* One that may have to wait. */
#define DL_WAITS(call) do {						\
	dl_call();							\
	dl_must(call);							\
	dl_call();							\
} while (0)

static inline void
dl_make_rw(dl_rwlock *l, int kind)
{
	pthread_rwlockattr_t a;

	dl_must(pthread_rwlockattr_init(&a));
	dl_must(pthread_rwlockattr_setkind_np(&a, kind));
	dl_must(pthread_rwlock_init(l, &a));
}
#define make_rw(l) dl_make_rw((l), PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP)
#define make_rrw(l) dl_make_rw((l), PTHREAD_RWLOCK_PREFER_READER_NP)
#define make_mutex(m)	dl_must(pthread_mutex_init((m), NULL))
static inline void
make_event(dl_event *e)
{
	dl_must(pthread_mutex_init(&e->m, NULL));
	dl_must(pthread_cond_init(&e->c, NULL));
	e->posted = false;
}

static inline void
make_cond(dl_cond *c)
{
	dl_must(pthread_mutex_init(&c->m, NULL));
	dl_must(pthread_cond_init(&c->c, NULL));
}

#define wr(l)		DL_WAITS(pthread_rwlock_wrlock(l))
#define rd(l)		DL_WAITS(pthread_rwlock_rdlock(l))
#define rrd(l)		rd(l)
#define trywr(l)	(pthread_rwlock_trywrlock(l) == 0)
#define tryrd(l)	(pthread_rwlock_tryrdlock(l) == 0)
#define un(l)		dl_must(pthread_rwlock_unlock(l))
#define lock(m)		DL_WAITS(pthread_mutex_lock(m))
#define trylock(m)	(pthread_mutex_trylock(m) == 0)
#define unlock(m)	dl_must(pthread_mutex_unlock(m))

static inline void
post(dl_event *e)
{
	lock(&e->m);
	e->posted = true;
	dl_must(pthread_cond_broadcast(&e->c));
	unlock(&e->m);
}

static inline void
await(dl_event *e)
{
	lock(&e->m);
	while (!e->posted)
		DL_WAITS(pthread_cond_wait(&e->c, &e->m));
	unlock(&e->m);
}

/* The condition's mutex is inside, so that no wake-up is lost. */
#define nap(cond, l, mode) do {						\
	lock(&(cond)->m);						\
	un(l);								\
	DL_WAITS(pthread_cond_wait(&(cond)->c, &(cond)->m));		\
	unlock(&(cond)->m);						\
	mode(l);							\
} while (0)
#define wake(cond) do {							\
	lock(&(cond)->m);						\
	dl_must(pthread_cond_broadcast(&(cond)->c));			\
	unlock(&(cond)->m);						\
} while (0)

static inline void *
dl_main(void *arg)
{
	dl_thread t = dl_me = arg;

	t->fn(t->arg);
	atomic_store_explicit(&t->done, 1, memory_order_relaxed);
	return NULL;
}

static inline void
dl_until_done(dl_thread t)
{
	unsigned now, before = 0;
	int ms;

	for (ms = 0; ms < DL_STUCK; ms++) {
		if (atomic_load_explicit(&t->done, memory_order_relaxed))
			return;
		now = atomic_load_explicit(&t->calls, memory_order_relaxed);
		if ((now & 1) == 0 || now != before)
			ms = 0;
		before = now;
		usleep(1000);
	}
}

static inline dl_thread
dl_start(void (*fn)(void *), void *arg)
{
	dl_thread t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->fn = fn;
	t->arg = arg;
	dl_must(pthread_create(&t->t, NULL, dl_main, t));
	dl_until_done(t);
	return t;
}
#define start(fn)	dl_start(fn, NULL)
#define start_with(fn, i) dl_start(fn, (void *)(intptr_t)(i))

static inline void
join(dl_thread t)
{
	DL_WAITS(pthread_join(t->t, NULL));
	free(t);
}

#endif /* TESTS_DEADLOCKS_DL_PTHREAD_H */

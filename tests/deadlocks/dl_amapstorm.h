/* dl_amapstorm.h: the words of dl.h for the locks library. */
#ifndef TESTS_DEADLOCKS_DL_AMAPSTORM_H
#define TESTS_DEADLOCKS_DL_AMAPSTORM_H

#include "locks/locks.h"

typedef struct rwlock dl_rwlock;
typedef struct mutex dl_mutex;
typedef struct lk_event dl_event;
typedef struct { int c; } dl_cond;
typedef struct lk_strand *dl_thread;

/* A file makes one function, which its name is given to. */
#define DL_PROGRAM	void DL_NAME(void *); void DL_NAME(void *dl_unused)

/* The lock's own words are its class: each is a class of its own. */
#define make_rw(l)	rw_init((l), &#l[1])
#define make_rrw(l)	rw_init((l), &#l[1])
#define make_mutex(m)	mtx_init((m), &#m[1])
#define make_cond(c)	memset((c), 0, sizeof(*(c)))
#define make_event(e)	(memset((e), 0, sizeof(*(e))), (void)((e)->le_name = &#e[1]))

#define wr(l)		rw_enter_write(l)
#define rd(l)		rw_enter_read(l)
#define rrd(l)		((void)rw_enter((l), RW_READ | RW_RECURSE))
#define trywr(l)	(rw_enter((l), RW_WRITE | RW_NOSLEEP) == 0)
#define tryrd(l)	(rw_enter((l), RW_READ | RW_NOSLEEP) == 0)
#define up(l)		((void)rw_enter((l), RW_UPGRADE))
#define tryup(l)	(rw_enter((l), RW_UPGRADE | RW_NOSLEEP) == 0)
#define down(l)		((void)rw_enter((l), RW_DOWNGRADE))
#define un(l)		rw_exit(l)
#define lock(m)		mtx_enter(m)
#define trylock(m)	mtx_enter_try(m)
#define unlock(m)	mtx_leave(m)
#define post(e)		lk_event_post(e)
#define await(e)	lk_event_wait(e)
#define nap(c, l, m)	((void)rwsleep_nsec((c), (l), PVM, "nap", INFSLP))
#define wake(c)		wakeup(c)

static inline dl_thread
dl_start(const char *name, void (*fn)(void *), void *arg)
{
	dl_thread t = NULL;

	if (lk_strand_start(&t, name, fn, arg, NULL) != 0)
		lk_incident("test.no-strand", "%s", name);
	return t;
}
#define start(fn)	dl_start(#fn, fn, NULL)
#define start_with(fn, i) dl_start(#fn, fn, (void *)(intptr_t)(i))
#define join(t)		lk_strand_join(t)

#endif /* TESTS_DEADLOCKS_DL_AMAPSTORM_H */

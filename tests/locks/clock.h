/*
 * clock.h: a clock that moves when the test says so, so that waits and holds
 * have lengths that are known to the nanosecond.  Strands and futexes are the
 * real ones.
 */
#ifndef TESTS_LOCKS_CLOCK_H
#define TESTS_LOCKS_CLOCK_H

#include "locks/backend_int.h"
#include "tests/locks/t.h"

static struct lk_services t_services;
static _Atomic uint64_t t_clock;

static uint64_t
t_now(void)
{
	return atomic_load(&t_clock);
}

static inline void
t_clock_start(void)
{
	t_services = lk_services_os;
	t_services.now = t_now;
	atomic_store(&t_clock, 1000);
	lk_sv = &t_services;
}

static inline void
t_clock_stop(void)
{
	lk_sv = &lk_services_os;
}

static inline void
t_pass(uint64_t ns)
{
	atomic_fetch_add(&t_clock, ns);
}

/* Until st waits for rw so that who lets it go knows. */
static inline void
t_until_asleep(const struct lk_strand *st, struct rwlock *rw)
{
	struct lk_lockstate state;

	t_until_waits(st, rw);
	do {
		lk_yield();
		lk_be->state(rw, &state);
	} while (!state.waiters);
}

#endif /* TESTS_LOCKS_CLOCK_H */

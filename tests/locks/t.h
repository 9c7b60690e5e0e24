/*
 * t.h: what the tests of locks/ share.  Order comes from events and from the
 * record, never from time.
 */
#ifndef TESTS_LOCKS_T_H
#define TESTS_LOCKS_T_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "locks/locks.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static inline struct lk_strand *
t_start(const char *name, void (*fn)(void *), void *arg)
{
	struct lk_strand *st;

	assert_int_equal(lk_strand_start(&st, name, fn, arg, NULL), 0);
	return st;
}

static inline void
t_fresh_record(void)
{
	struct lk_record *r;

	assert_int_equal(lk_record_create(NULL, &r), 0);
	lk_record_close(r);
}

/* Until the strand's wait record names ident. */
static inline void
t_until_waits(const struct lk_strand *st, const volatile void *ident)
{
	struct lk_strand_info i;

	for (;;) {
		if (lk_record_strand(lk_record_current(), lk_strand_id(st),
		    &i) && i.wait.ident == (uint64_t)(uintptr_t)ident)
			return;
		lk_yield();
	}
}

static inline void
t_until(_Atomic int *v, int n)
{
	while (atomic_load(v) < n)
		lk_yield();
}

struct t_incident_seek {
	const char	*kind;
	uint64_t	count;
	struct lk_incident_info info;
};

static inline void
t_incident_one(const struct lk_incident_info *i, void *arg)
{
	struct t_incident_seek *k = arg;

	if (strcmp(i->kind, k->kind) != 0)
		return;
	k->count += i->count;
	k->info = *i;
}

/* How many incidents of a kind; the last of them. */
static inline uint64_t
t_incidents(const char *kind, struct lk_incident_info *out)
{
	struct t_incident_seek k = { .kind = kind };

	lk_record_incidents(lk_record_current(), t_incident_one, &k);
	if (out != NULL)
		*out = k.info;
	return k.count;
}

static inline void
t_totals(const char *class, enum lk_node_kind kind, enum lk_mode mode,
    struct lk_totals *t)
{
	uint32_t id = lk_record_class_find(lk_record_current(), class, kind);

	assert_int_not_equal(id, 0);
	lk_record_sum(lk_record_current(), id, 0, mode, t);
}

static inline void
t_held(struct lk_strand_info *i)
{
	assert_true(lk_record_strand(lk_record_current(),
	    lk_strand_id(strand_self()), i));
}

#endif /* TESTS_LOCKS_T_H */

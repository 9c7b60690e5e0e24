/*
 * cast.h: strands that take one lock in a known way and write down by the
 * clock what they saw of it, for comparison with what was recorded.
 *
 *	before     after          freed
 *	  |--wait----|----hold------|
 */
#ifndef TESTS_CONTEND_CAST_H
#define TESTS_CONTEND_CAST_H

#include "tests/locks/t.h"

#include "analysis/analysis.h"

#define CAST_MAX	8

struct actor {
	struct rwlock	*lock;
	unsigned long	mode;		/* RW_READ, RW_WRITE */
	uint32_t	op;
	uint64_t	hold_ns;
	_Atomic int	*in;		/* raised once it has the lock */
	_Atomic int	*go;		/* ... and its hold begins then */
	struct actor	*rest;		/* a writer lets these fall asleep */
	unsigned	nrest;		/* again before it goes on */
	uint64_t	before, after, freed;
	struct lk_strand *strand;
};

/* The whole scene: a record of its own, and what analysis makes of it. */
struct scene {
	struct lk_record *rec;
	uint64_t	opened;
	struct ana_snapshot *snap;
	struct ana_result *result;
};

/* => hold_period: one hold in so many is timed; 0: as usual */
void	cast_open(struct scene *, uint32_t hold_period);
void	cast_start(struct actor *);
void	cast_spin(uint64_t ns);			/* by the clock */
/* Does it wait for ident, and does the system say that it sleeps? */
bool	cast_is_asleep(const struct lk_strand *, const void *ident);
void	cast_until_asleep(const struct lk_strand *, const void *ident);
/* => no strand may be left */
void	cast_close(struct scene *);
void	cast_free(struct scene *);
const struct ana_lock_row *cast_lock(const struct scene *, const char *class);
const struct ana_finding *cast_found(const struct scene *, const char *name);
uint64_t cast_cell(const struct ana_matrix *, const char *row,
	    const char *col);

/*
 * Is what was recorded what was seen?  From 2 % below to a bucket above: what
 * the clock showed outside is a little more than what is known inside.
 */
bool	cast_near(uint64_t got, uint64_t seen);

/*
 * cast_agree: once(arg) until it says that all was near, but no longer than
 * twenty times: a strand that loses its processor between its own look at the
 * clock and its call sees another wait than the lock does.  What is wrong by
 * more than chance is wrong twenty times.
 */
void	cast_agree(bool (*once)(void *), void *arg);

#endif /* TESTS_CONTEND_CAST_H */

/*
 * hb_int.h: who wants to know what happens before what.
 *
 * The library for code compiled with memory hooks (memory_int.h) puts its row
 * here when the first of such code is loaded; without it lk_hb stays NULL.
 * Only what fibers pass is told: the short ways of fast.c tell nobody.
 */
#ifndef LOCKS_HB_INT_H
#define LOCKS_HB_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "locks/locks.h"

struct lk_hb {
	/*
	 * A run of fibers begins, is over.  What is done before it is explored
	 * for the first time is done before all else.
	 */
	void	(*begin)(enum lk_memory);
	void	(*explored)(void);
	void	(*end)(void);
	/* => what a stack is known by, for good; it runs no strand yet */
	void	*(*stack)(const void *low, size_t size);
	void	(*stack_gone)(void *);
	void	(*born)(void *);	/* a new strand will run on it */
	void	(*go)(void *);		/* it runs now; NULL: none of them */
	/* what is done in between is not the strand's */
	void	(*aside)(bool begin);
	/* all others stand still: what they have done is done before */
	void	(*met)(void);
	/* p carries an edge; publish: from nobody but the caller */
	void	(*release)(const volatile void *p);
	void	(*publish)(const volatile void *p);
	void	(*acquire)(const volatile void *p);
	/* a lock was made, is about to be tried, was taken, is about to go */
	void	(*made)(const volatile void *);
	void	(*want)(const volatile void *);
	void	(*lock)(const volatile void *, bool read);
	void	(*unlock)(const volatile void *, bool read);
};
extern const struct lk_hb *lk_hb;	/* NULL: nobody */
extern const struct lk_hb *lk_hb_row;	/* who could be; NULL: not linked */

/* hb.c */
void	lk_hb_begin(enum lk_memory);
void	lk_hb_end(void);

static inline void
lk_hb_explored(void)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->explored();
}

static inline void
lk_hb_release(const volatile void *p)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->release(p);
}

static inline void
lk_hb_publish(const volatile void *p)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->publish(p);
}

static inline void
lk_hb_acquire(const volatile void *p)
{
	if (__builtin_expect(lk_hb != NULL, 0))
		lk_hb->acquire(p);
}

#endif /* LOCKS_HB_INT_H */

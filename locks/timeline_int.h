/*
 * timeline_int.h: where events are noted; each when it is over.
 */
#ifndef LOCKS_TIMELINE_INT_H
#define LOCKS_TIMELINE_INT_H

#include "locks/note_int.h"

extern _Atomic uint32_t lk_timeline_on;

static inline bool
lk_timeline_kept(void)
{
	return __builtin_expect(lk_get(&lk_timeline_on) != 0, 0);
}

void	lk_timeline_forget(void);	/* the record changes: off */
void	lk_timeline_op(struct lk_slot *);
void	lk_timeline_wait(const struct lk_wanted *, uint64_t now);
void	lk_timeline_hold(struct lk_slot *, const struct lk_hold *);

#endif /* LOCKS_TIMELINE_INT_H */

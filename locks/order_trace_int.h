/*
 * order_trace_int.h: where events are noted.
 */
#ifndef LOCKS_ORDER_TRACE_INT_H
#define LOCKS_ORDER_TRACE_INT_H

#include "locks/note_int.h"

void	lk_trace_note(struct lk_slot *, enum lk_traced, uint64_t ident,
	    uint64_t pack, uint32_t gen, uint32_t seq);
/* => a ticket, later than all before it; never 0 */
uint32_t lk_trace_ticket(void);
void	lk_trace_forget(void);		/* the record changes: off */

static inline bool
lk_traced(void)
{
	return __builtin_expect((lk_get(&lk_hot) & LKH_TRACE) != 0, 0);
}

static inline void
lk_trace(struct lk_slot *s, enum lk_traced what, uint64_t ident, uint64_t pack,
    uint32_t gen, uint32_t seq)
{
	if (lk_traced())
		lk_trace_note(s, what, ident, pack, gen, seq);
}

#endif /* LOCKS_ORDER_TRACE_INT_H */

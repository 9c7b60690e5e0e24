/* hb.c: who watches what happens before what; see hb_int.h. */
#include "locks/hb_int.h"

const struct lk_hb *lk_hb, *lk_hb_row;

bool
lk_memory_can(void)
{
	return lk_hb_row != NULL;
}

void
lk_hb_begin(enum lk_memory memory)
{
	if (memory == LK_MEMORY_OFF)
		return;
	lk_hb = lk_hb_row;
	lk_hb->begin(memory);
}

void
lk_hb_end(void)
{
	if (lk_hb != NULL)
		lk_hb->end();
	lk_hb = NULL;
}

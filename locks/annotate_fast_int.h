/*
 * annotate_fast_int.h: annotate_int.h for the short ways into a lock, which
 * nobody takes while memory hooks look: they hear nothing of them, and cost
 * them nothing.
 */
#ifndef LOCKS_ANNOTATE_FAST_INT_H
#define LOCKS_ANNOTATE_FAST_INT_H

#define LK_ANNOTATE_FAST	1
#include "locks/annotate_int.h"

#endif /* LOCKS_ANNOTATE_FAST_INT_H */

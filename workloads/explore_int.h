/* explore_int.h: between the explorer and the choosers. */
#ifndef WORKLOADS_EXPLORE_INT_H
#define WORKLOADS_EXPLORE_INT_H

#include "workloads/workloads.h"

/* chooser_replay.c: the choice that was not possible; 0: all were */
uint64_t wl_replay_diverged(const void *state);

#endif /* WORKLOADS_EXPLORE_INT_H */

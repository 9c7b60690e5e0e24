/* detector.h: who looks for races in programs.h; one of two files behind it. */
#ifndef TESTS_MEMORY_DETECTOR_H
#define TESTS_MEMORY_DETECTOR_H

#include "locks/locks.h"
#include "tests/memory/programs.h"

/* => did any of the executions of seeds 1 .. n race? */
bool	detector_races(const struct memory_program *, uint64_t n);

/* run.c: one execution under a random walk */
void	run_once(const struct memory_program *, uint64_t seed, enum lk_memory,
	    struct lk_fibers_result *);

#endif /* TESTS_MEMORY_DETECTOR_H */

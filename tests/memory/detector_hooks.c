/* detector_hooks.c: our own; see detector.h */
#include "tests/memory/detector.h"

bool
detector_races(const struct memory_program *p, uint64_t n)
{
	struct lk_fibers_result out;
	uint64_t seed, before = lk_incidents();

	for (seed = 1; seed <= n && lk_incidents() == before; seed++)
		run_once(p, seed, LK_MEMORY_SHARED, &out);
	return lk_incidents() != before;
}

/* run.c: see detector.h */
#include <stdio.h>
#include <stdlib.h>

#include "tests/memory/detector.h"

static struct lk_fiber_view *
choose(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	uint64_t *x = arg;

	*x = *x * 6364136223846793005ULL + 1442695040888963407ULL;
	return v[(*x >> 33) % n];
}

void
run_once(const struct memory_program *p, uint64_t seed, enum lk_memory memory,
    struct lk_fibers_result *out)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ULL;
	struct lk_fibers_conf conf = {
		.choose = choose, .arg = &state, .seed = seed,
		.stop_on_incident = memory != LK_MEMORY_OFF, .memory = memory,
	};
	int error = lk_fibers_run(&conf, p->run, NULL, NULL, out);

	if (error != 0) {
		fprintf(stderr, "%s: lk_fibers_run: error %d\n", p->name,
		    error);
		exit(1);
	}
}

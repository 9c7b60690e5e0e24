/*
 * differential.c: 10^5 random operations on a machine that is far too small,
 * against a model.  Arguments: the scheme of swap-off, and a seed.
 */
#include "tests/amap_map/model.h"
#include "tests/size.h"

#define STEPS	sized(100000, 20000)
#define EVERY	1000

static const char *scheme;
static uint64_t seed = 0x5eed;

static void
test_differential(void **state)
{
	struct vm_conf c;
	struct model *m = calloc(1, sizeof(*m));
	int i, steps = STEPS;

	tw_conf(&c, scheme, 96, 4096);
	tw_start(&c);
	model_init(m, seed, NULL, 0);
	m->swaps = true;
	for (i = 1; i <= steps; i++) {
		model_step(m);
		if (i % EVERY == 0)
			tw_audit();
	}
	model_check(m);
	print_message("faults %llu/%llu, 1a %llu 1b %llu 2a %llu 2b %llu zero "
	    "%llu, in %llu out %llu, forks %llu, walks %llu, restarts %llu\n",
	    (unsigned long long)tw_count(VMC_fault_read),
	    (unsigned long long)tw_count(VMC_fault_write),
	    (unsigned long long)tw_count(VMC_fault_1a),
	    (unsigned long long)tw_count(VMC_fault_1b),
	    (unsigned long long)tw_count(VMC_fault_2a),
	    (unsigned long long)tw_count(VMC_fault_2b),
	    (unsigned long long)tw_count(VMC_fault_zero),
	    (unsigned long long)tw_count(VMC_pagein),
	    (unsigned long long)tw_count(VMC_pageout),
	    (unsigned long long)tw_count(VMC_forks),
	    (unsigned long long)tw_count(VMC_swapoff),
	    (unsigned long long)tw_count(VMC_fault_restart));
	assert_true(tw_count(VMC_pagein) > 1000);
	assert_true(tw_count(VMC_pageout) > 1000);
	assert_true(tw_count(VMC_swapoff) > 10);
	model_end(m);
	tw_end();
	free(m);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differential),
	};

	scheme = argc > 1 ? argv[1] : "ordered";
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

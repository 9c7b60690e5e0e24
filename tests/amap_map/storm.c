/*
 * storm.c: several strands, each with a model of its own, in one machine that
 * is too small: in spaces of their own, and as lodgers in one space.
 */
#include "tests/amap_map/model.h"
#include "tests/size.h"

#define STRANDS	4
#define STEPS	sized(1500, 400)

struct tenant {
	struct lk_strand	*strand;
	struct model		model;
};

static void
live(void *arg)
{
	struct tenant *t = arg;
	int i, steps = STEPS;

	for (i = 0; i < steps; i++)
		model_step(&t->model);
	model_check(&t->model);
}

static void
storm(const char *scheme, bool lodgers)
{
	struct tenant *t = calloc(STRANDS, sizeof(*t));
	struct vm_space *home = NULL;
	struct vm_conf c;
	unsigned i;

	tw_conf(&c, scheme, 160, 16384);
	tw_start(&c);
	if (lodgers)
		assert_int_equal(vm_space_create(&home), 0);
	for (i = 0; i < STRANDS; i++) {
		model_init(&t[i].model, 77 + i, home, i * MODEL_PAGES);
		t[i].model.swaps = i == 0;
	}
	lk_perturb(20);
	for (i = 0; i < STRANDS; i++)
		assert_int_equal(lk_strand_start(&t[i].strand, "tenant", live,
		    &t[i], NULL), 0);
	for (i = 0; i < STRANDS; i++)
		lk_strand_join(t[i].strand);
	lk_perturb(0);
	tw_audit();
	for (i = 0; i < STRANDS; i++)
		model_end(&t[i].model);
	if (lodgers)
		vm_space_exit(home);
	assert_true(tw_count(VMC_pagein) > 100);
	tw_end();
	free(t);
}

static void
test_own_spaces(void **state)
{
	storm("ordered", false);
	storm("trylock", false);
}

static void
test_one_space(void **state)
{
	storm("ordered", true);
	storm("trylock", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_spaces),
		cmocka_unit_test(test_one_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

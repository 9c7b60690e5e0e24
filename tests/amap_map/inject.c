/*
 * inject.c: a script of operations, again and again, with the nth try at each
 * injection site failing: nothing wrong is read, nothing leaks.  A sanitizer
 * does not see each n at each site.
 */
#include "tests/amap_map/model.h"
#include "tests/size.h"

#define STEPS	250

static void
script(enum vm_inject_site site, uint64_t nth, const char *scheme)
{
	struct vm_conf c;
	struct model *m = calloc(1, sizeof(*m));
	int i;

	tw_conf(&c, scheme, 48, 4096);
	c.inject[site].nth = nth;
	tw_start(&c);
	model_init(m, 0xfeed + nth, NULL, 0);
	m->faulty = true;
	m->swaps = true;
	m->maxwired = 4;
	for (i = 0; i < STEPS; i++)
		model_step(m);
	tw_audit();
	model_check(m);
	model_end(m);
	tw_end();
	free(m);
}

static void
test_inject(void **state)
{
	static const uint64_t nth[] = { 1, 2, 3, 4, 5, 7, 10, 15, 25, 60 };
	const struct vm_row *rows;
	size_t site, n, i, stride = sized(1, 7);
	uint64_t began;

	rows = vm_inject_sites(&n);
	for (site = 0; site < n; site++) {
		began = lk_now();
		for (i = site % stride; i < sizeof(nth) / sizeof(nth[0]);
		    i += stride)
			script((enum vm_inject_site)site, nth[i],
			    i % 2 ? "trylock" : "ordered");
		print_message("%s: %llu ms\n", rows[site].name,
		    (unsigned long long)(lk_now() - began) / 1000000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

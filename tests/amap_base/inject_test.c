#include "base_test.h"

#define TRIES	200000

static void
tune(struct vm_conf *c)
{
	c->inject[VMI_anon].ppm = 100000;
	c->inject[VMI_page].nth = 7;
	c->inject[VMI_ppref].ppm = 1000000;
	c->inject[VMI_chunk] = (struct vm_inject){ 500000, 2 };
}

static int
hits(enum vm_inject_site site, int tries)
{
	int i, n = 0;

	for (i = 0; i < tries; i++)
		n += vm_injected(site);
	return n;
}

static void
test_rates(void **state)
{
	struct vm_world *w = base_boot(tune);
	uint64_t before[VMC_NCOUNTERS], after[VMC_NCOUNTERS];
	int n, all = 0;

	vm_counters_sum(lk_record_current(), before);
	n = hits(VMI_anon, TRIES);
	all += n;
	assert_in_range(n, TRIES / 10 - 1500, TRIES / 10 + 1500);
	all += n = hits(VMI_page, 700);
	assert_int_equal(n, 100);
	all += n = hits(VMI_ppref, 100);
	assert_int_equal(n, 100);
	/* half by count, and half of the others by chance */
	all += n = hits(VMI_chunk, TRIES);
	assert_in_range(n, TRIES * 3 / 4 - 2500, TRIES * 3 / 4 + 2500);
	assert_int_equal(hits(VMI_buckets, 1000), 0);
	vm_counters_sum(lk_record_current(), after);
	assert_int_equal(after[VMC_injected] - before[VMC_injected], all);
	vm_inject_on(false);
	assert_int_equal(hits(VMI_ppref, 100), 0);
	vm_inject_on(true);
	base_down(w);
}

static void
count_hits(void *arg)
{
	*(int *)arg = hits(VMI_page, 7001);
}

/* The count is one over all strands: none is lost, none is counted twice. */
static void
test_nth_strands(void **state)
{
	struct vm_world *w = base_boot(tune);
	int n[4], i, sum = 0;

	base_strands(4, count_hits, n, sizeof(n[0]));
	for (i = 0; i < 4; i++)
		sum += n[i];
	assert_int_equal(sum, 4 * 7001 / 7);
	base_down(w);
}

static void
wait_first(struct vm_conf *c)
{
	c->inject[VMI_lockobj].nth = 1;
}

/* A lock object is late, never missing. */
static void
test_lockobj(void **state)
{
	struct vm_world *w = base_boot(wait_first);
	uint64_t sum[VMC_NCOUNTERS];
	struct rwlock *lk;

	rw_obj_alloc(&lk, "test");
	assert_non_null(lk);
	vm_counters_sum(lk_record_current(), sum);
	assert_true(sum[VMC_injected] >= 1);
	rw_obj_free(lk);
	base_down(w);
}

static void
test_rows(void **state)
{
	const struct vm_row *rows;
	size_t i, j, n;

	rows = vm_inject_sites(&n);
	assert_int_equal(n, VMI_NSITES);
	for (i = 0; i < n; i++) {
		assert_true(rows[i].name[0] != '\0' && rows[i].help[0] != '\0');
		for (j = 0; j < i; j++)
			assert_string_not_equal(rows[i].name, rows[j].name);
	}
	assert_string_equal(rows[VMI_swap_slow].name, "swap_slow");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_nth_strands),
		cmocka_unit_test(test_lockobj),
		cmocka_unit_test(test_rows),
	};

	lk_seed(1);
	return cmocka_run_group_tests_name("amap.inject", tests, NULL, NULL);
}

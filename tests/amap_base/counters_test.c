#include "base_test.h"

#define NWORKER	8
#define ADDS	10000

static void
add(void *arg)
{
	int i;

	for (i = 0; i < ADDS; i++)
		vm_count(VMC_forks, 3);
}

/* Counts of strands that are gone, whose slot has a new user, stay. */
static void
test_sum(void **state)
{
	struct vm_world *w = base_boot(NULL);
	uint64_t sum[VMC_NCOUNTERS];
	char arg[NWORKER];
	int i;

	vm_counters_sum(lk_record_current(), sum);
	assert_int_equal(sum[VMC_forks], 0);
	for (i = 0; i < 3; i++)
		base_strands(NWORKER, add, arg, 1);
	vm_counters_sum(lk_record_current(), sum);
	assert_int_equal(sum[VMC_forks], 3 * NWORKER * ADDS * 3);
	base_down(w);
}

/* Another process sees the same, through the descriptor alone. */
static void
test_attached(void **state)
{
	struct vm_world *w = base_boot(NULL);
	uint64_t sum[VMC_NCOUNTERS];
	const struct vm_gauges *g;
	struct lk_record *rec;
	size_t size;
	char arg;

	base_strands(1, add, &arg, 1);
	assert_int_equal(lk_record_attach(lk_record_fd(lk_record_current()),
	    &rec), 0);
	vm_counters_sum(rec, sum);
	assert_int_equal(sum[VMC_forks], ADDS * 3);
	g = lk_record_region_find(rec, VM_GAUGES_REGION, &size);
	assert_non_null(g);
	assert_true(size >= sizeof(*g));
	assert_int_equal(atomic_load(&g->frames), 64);
	lk_record_close(rec);
	base_down(w);
}

/* A new world in the same record begins at nought. */
static void
test_fresh(void **state)
{
	struct vm_world *w = base_boot(NULL);
	uint64_t sum[VMC_NCOUNTERS];
	int i;

	vm_counters_sum(lk_record_current(), sum);
	for (i = 0; i < VMC_NCOUNTERS; i++) {
		if (i != VMC_swapon && i != VMC_daemon_scan)
			assert_int_equal(sum[i], 0);
	}
	base_down(w);
}

static void
test_rows(void **state)
{
	const struct vm_counter_row *rows;
	size_t n;

	rows = vm_counter_rows(&n);
	assert_int_equal(n, VMC_NCOUNTERS);
	assert_string_equal(rows[VMC_injected].name, "injected");
	assert_string_equal(rows[VMC_fault_read].unit, "faults");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("amap.counters", tests, NULL, NULL);
}

/*
 * heap.c: uses of freed memory, and frees of freed memory, are told at the
 * access, with who freed and who was given it; and a clean program is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/memory/detector.h"
#include "tests/memory/heap.h"

static struct lk_incident_info last;

static void
keep(const struct lk_incident_info *i, void *arg)
{
	if (i->id > last.id)
		last = *i;
}

/* => the kind of the first incident of the first executions; NULL: none */
static const char *
explored(void (*fn)(void *))
{
	const struct memory_program p = { "heap", true, fn };
	struct lk_fibers_result out;
	uint64_t seed, before = lk_incidents();

	memset(&last, 0, sizeof(last));
	for (seed = 1; seed <= 200 && lk_incidents() == before; seed++)
		run_once(&p, seed, LK_MEMORY_SHARED, &out);
	if (lk_incidents() == before)
		return NULL;
	assert_int_equal(out.end, LKF_INCIDENT);
	lk_record_incidents(lk_record_current(), keep, NULL);
	return last.kind;
}

static unsigned
stacks(void)
{
	unsigned i, n = 0;

	for (i = 0; i < last.nother; i++)
		n += last.other[i] == 0;
	return n;
}

static void
test_use_after_free(void **state)
{
	assert_string_equal(explored(heap_use_after_free), "use-after-free");
	assert_int_equal(stacks(), 2);
	assert_true(last.nframes >= 2);
	assert_true(last.other[0] != 0);
	assert_non_null(strstr(last.text, "byte 8 of a block of 40"));
}

static void
test_double_free(void **state)
{
	assert_string_equal(explored(heap_double_free), "double-free");
	assert_int_equal(stacks(), 2);
}

/* Told although the free came last this time: nothing orders the two. */
static void
test_free_races(void **state)
{
	assert_string_equal(explored(heap_free_races), "race");
	assert_non_null(strstr(last.text, "free"));
}

static void
test_locked_free(void **state)
{
	assert_null(explored(heap_locked_free));
}

static void
test_given_again(void **state)
{
	assert_null(explored(heap_given_again));
}

static void
test_lock_freed(void **state)
{
	assert_string_equal(explored(heap_lock_freed), "use-after-free");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_use_after_free),
		cmocka_unit_test(test_double_free),
		cmocka_unit_test(test_free_races),
		cmocka_unit_test(test_locked_free),
		cmocka_unit_test(test_given_again),
		cmocka_unit_test(test_lock_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

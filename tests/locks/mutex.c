/* mutex.c: excludes, whatever backend the rwlocks have. */
#include "tests/locks/t.h"

#define TURNS	5000

static struct mutex mtx;
static long plain;

static void
count(void *arg)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		mtx_enter(&mtx);
		plain++;
		if (i % 64 == 0)
			lk_yield();
		mtx_leave(&mtx);
	}
}

static void
exclusion(void **state)
{
	const struct lk_backend *const *b;
	struct lk_strand *st[4];
	size_t n, k;
	unsigned i;

	b = lk_backends(&n);
	for (k = 0; k < n; k++) {
		lk_backend_use(b[k]);
		plain = 0;
		for (i = 0; i < LEN(st); i++)
			st[i] = t_start("count", count, NULL);
		for (i = 0; i < LEN(st); i++)
			lk_strand_join(st[i]);
		assert_int_equal(plain, 4 * TURNS);
	}
	lk_backend_use(b[0]);
}

static struct lk_event in, out;

static void
hold(void *arg)
{
	mtx_enter(&mtx);
	lk_event_post(&in);
	lk_event_wait(&out);
	mtx_leave(&mtx);
}

static void
try_and_owned(void **state)
{
	struct lk_strand *st;

	assert_false(mtx_owned(&mtx));
	assert_true(mtx_enter_try(&mtx));
	assert_true(mtx_owned(&mtx));
	mtx_leave(&mtx);
	st = t_start("hold", hold, NULL);
	lk_event_wait(&in);
	assert_false(mtx_enter_try(&mtx));
	assert_false(mtx_owned(&mtx));
	lk_event_post(&out);
	lk_strand_join(st);
	assert_true(mtx_enter_try(&mtx));
	mtx_leave(&mtx);
	assert_int_equal(lk_incidents(), 0);
}

static void
zeroed_and_named(void **state)
{
	static struct mutex named = MUTEX_INITIALIZER("named");
	struct mutex *z = calloc(1, sizeof(*z));
	struct lk_totals t;

	assert_non_null(z);
	mtx_enter(z);
	mtx_leave(z);
	mtx_destroy(z);
	free(z);
	mtx_enter(&named);
	mtx_leave(&named);
	t_totals("named", LKN_MUTEX, LKM_WRITE, &t);
	assert_int_equal(t.c[LKC_acquired], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exclusion), cmocka_unit_test(try_and_owned),
		cmocka_unit_test(zeroed_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

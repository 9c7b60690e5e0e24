/* random.c: a strand's numbers depend on seed and descent alone. */
#include "tests/locks/t.h"

#define N	64

static void
draw(void *arg)
{
	uint64_t *out = arg;
	int i;

	for (i = 0; i < N; i++)
		out[i] = lk_random();
}

struct family {
	uint64_t	own[N], child[2][N], grandchild[N];
};

static void
draw_family(void *arg)
{
	struct family *f = arg;
	struct lk_strand *st;

	draw(f->child[1]);
	st = t_start("grandchild", draw, f->grandchild);
	lk_strand_join(st);
}

static void
family(struct family *f, uint64_t seed)
{
	struct lk_strand *st[2];

	lk_seed(seed);
	st[0] = t_start("a", draw, f->child[0]);
	st[1] = t_start("b", draw_family, f);
	lk_strand_join(st[1]);
	lk_strand_join(st[0]);
	draw(f->own);
}

static void
same_seed_same_streams(void **state)
{
	static struct family f[3];

	family(&f[0], 1);
	family(&f[1], 1);
	family(&f[2], 2);
	assert_memory_equal(&f[0], &f[1], sizeof(f[0]));
	assert_memory_not_equal(f[0].own, f[2].own, sizeof(f[0].own));
	assert_memory_not_equal(f[0].own, f[0].child[0], sizeof(f[0].own));
	assert_memory_not_equal(f[0].child[0], f[0].child[1],
	    sizeof(f[0].own));
	assert_memory_not_equal(f[0].child[1], f[0].grandchild,
	    sizeof(f[0].own));
}

static void
below(void **state)
{
	unsigned count[10] = { 0 };
	int i;

	lk_seed(3);
	assert_int_equal(lk_random_below(1), 0);
	for (i = 0; i < 100000; i++) {
		uint64_t v = lk_random_below(10);

		assert_true(v < 10);
		count[v]++;
	}
	/* 10000 expected, standard deviation 95 */
	for (i = 0; i < 10; i++)
		assert_in_range(count[i], 9400, 10600);
}

/* Perturbation draws from a stream of its own. */
static void
unperturbed(void **state)
{
	static struct rwlock rw;
	uint64_t a[N], b[N];
	int i;

	lk_seed(4);
	draw(a);
	lk_seed(4);
	lk_perturb(1000);
	for (i = 0; i < 20; i++) {
		rw_enter(&rw, RW_WRITE);
		lk_point(here);
		rw_exit(&rw);
	}
	draw(b);
	lk_perturb(0);
	assert_memory_equal(a, b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_streams),
		cmocka_unit_test(below), cmocka_unit_test(unperturbed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

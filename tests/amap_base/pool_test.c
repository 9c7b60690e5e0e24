#include "base_test.h"

#define NOBJ	5000
#define NWORKER	4

/* There in a build with the sanitizer, and only there. */
int	__asan_address_is_poisoned(void const volatile *)
	    __attribute__((weak));

struct obj {
	uint64_t	mark, seen;
	uint64_t	more[5];
};

static void
see(void *p, void *arg)
{
	struct obj *o = p;
	size_t *n = arg;

	assert_int_equal(o->mark, (uintptr_t)o ^ 0x6d61726b);
	o->seen++;
	(*n)++;
}

static size_t
count(struct pool *pr)
{
	size_t n = 0;

	pool_foreach(pr, see, &n);
	return n;
}

/* Gets and puts at random; the pool lists what is out, and only that, once. */
static void
test_live(void **state)
{
	struct vm_world *w = base_boot(NULL);
	static struct obj *out[NOBJ];
	struct pool pr;
	size_t i, nout = 0, k;
	int round;

	memset(out, 0, sizeof(out));
	pool_init(&pr, sizeof(struct obj), 0, IPL_MPFLOOR, 0, "test", NULL);
	pr.pr_gauge = &w->vw_gauges->walkers;
	for (round = 0; round < 20000; round++) {
		i = lk_random_below(NOBJ);
		if (out[i] == NULL) {
			out[i] = pool_get(&pr, PR_NOWAIT | PR_ZERO);
			assert_non_null(out[i]);
			assert_int_equal((uintptr_t)out[i] % 16, 0);
			for (k = 0; k < nitems(out[i]->more); k++)
				assert_int_equal(out[i]->more[k], 0);
			memset(out[i], 0xee, sizeof(*out[i]));
			out[i]->mark = (uintptr_t)out[i] ^ 0x6d61726b;
			out[i]->seen = 0;
			nout++;
		} else {
			pool_put(&pr, out[i]);
			out[i] = NULL;
			nout--;
		}
		if (round % 2000 == 0) {
			assert_int_equal(count(&pr), nout);
			assert_int_equal(pr.pr_nout, nout);
		}
	}
	for (i = 0; i < NOBJ; i++) {
		if (out[i] != NULL)
			out[i]->seen = 0;
	}
	assert_int_equal(count(&pr), nout);
	assert_int_equal(atomic_load(pr.pr_gauge), nout);
	for (i = 0; i < NOBJ; i++) {
		if (out[i] == NULL)
			continue;
		assert_int_equal(out[i]->seen, 1);
		pool_put(&pr, out[i]);
	}
	assert_int_equal(count(&pr), 0);
	assert_int_equal(pr.pr_nout, 0);
	base_down(w);
}

/* Freed objects are used again: the arena does not grow. */
static void
test_reuse(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct pool pr;
	void *p[3];
	int i;

	pool_init(&pr, 3000, 256, IPL_MPFLOOR, 0, "test", NULL);
	for (i = 0; i < 100000; i++) {
		p[i % 3] = pool_get(&pr, PR_NOWAIT);
		assert_non_null(p[i % 3]);
		assert_int_equal((uintptr_t)p[i % 3] % 256, 0);
		if (i >= 2)
			pool_put(&pr, p[(i + 1) % 3]);
	}
	assert_int_equal(pr.pr_nout, 2);
	base_down(w);
}

static void
test_bad_free(void **state)
{
	struct vm_world *w = base_boot(NULL);
	uint64_t said = base_incidents("pool.bad-free");
	struct pool pr;
	char *p;

	pool_init(&pr, 64, 0, IPL_MPFLOOR, 0, "test", NULL);
	p = pool_get(&pr, PR_WAITOK);
	pool_put(&pr, p + 8);
	assert_int_equal(base_incidents("pool.bad-free"), said + 1);
	assert_int_equal(pr.pr_nout, 1);
	pool_put(&pr, p);
	assert_int_equal(base_incidents("pool.bad-free"), said + 1);
	pool_put(&pr, p);
	assert_int_equal(base_incidents("pool.bad-free"), said + 2);
	assert_int_equal(pr.pr_nout, 0);
	base_expect(2);
	base_down(w);
}

static void
test_poison(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct pool pr;
	char *p, *q;

	if (__asan_address_is_poisoned == NULL)
		skip();
	pool_init(&pr, 40, 0, IPL_MPFLOOR, 0, "test", NULL);
	p = pool_get(&pr, PR_WAITOK);
	q = pool_get(&pr, PR_WAITOK);
	assert_false(__asan_address_is_poisoned(p));
	assert_false(__asan_address_is_poisoned(p + 39));
	assert_true(__asan_address_is_poisoned(p + 40));
	pool_put(&pr, p);
	assert_true(__asan_address_is_poisoned(p));
	assert_false(__asan_address_is_poisoned(q));
	assert_ptr_not_equal(pool_get(&pr, PR_WAITOK), p);
	p = kern_mallocarray(1, 33, M_UVMAMAP, M_WAITOK);
	assert_false(__asan_address_is_poisoned(p + 32));
	assert_true(__asan_address_is_poisoned(p + 33));
	kern_free(p, M_UVMAMAP, 33);
	assert_true(__asan_address_is_poisoned(p));
	base_down(w);
}

static void
fail_chunks(struct vm_conf *c)
{
	c->inject[VMI_chunk].nth = 3;
}

static void
test_inject(void **state)
{
	struct vm_world *w = base_boot(fail_chunks);
	struct pool pr;
	int i;

	pool_init(&pr, 64, 0, IPL_MPFLOOR, 0, "test", NULL);
	pr.pr_site = VMI_chunk;
	for (i = 1; i <= 30; i++) {
		assert_non_null(pool_get(&pr, PR_WAITOK));
		if (i % 3 == 0)
			assert_null(pool_get(&pr, PR_NOWAIT));
		else
			assert_non_null(pool_get(&pr, PR_NOWAIT));
	}
	base_down(w);
}

struct worker {
	struct pool	*pr;
	uint64_t	id;
	uint64_t	wrong;
};

/* No object is ever out twice. */
static void
churn(void *arg)
{
	struct worker *wk = arg;
	uint64_t *mine[32] = { NULL };
	size_t i;
	int round;

	for (round = 0; round < 20000; round++) {
		i = lk_random_below(nitems(mine));
		if (mine[i] == NULL) {
			mine[i] = pool_get(wk->pr, PR_WAITOK);
			*mine[i] = wk->id << 32 | i;
		} else {
			wk->wrong += *mine[i] != (wk->id << 32 | i);
			pool_put(wk->pr, mine[i]);
			mine[i] = NULL;
		}
	}
	for (i = 0; i < nitems(mine); i++) {
		if (mine[i] != NULL)
			pool_put(wk->pr, mine[i]);
	}
}

static void
test_strands(void **state)
{
	struct vm_world *w = base_boot(NULL);
	struct worker wk[NWORKER];
	struct pool pr;
	int i;

	pool_init(&pr, 56, 0, IPL_MPFLOOR, 0, "test", NULL);
	for (i = 0; i < NWORKER; i++)
		wk[i] = (struct worker){ &pr, (uint64_t)i + 1, 0 };
	base_strands(NWORKER, churn, wk, sizeof(wk[0]));
	for (i = 0; i < NWORKER; i++)
		assert_int_equal(wk[i].wrong, 0);
	assert_int_equal(pr.pr_nout, 0);
	base_down(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_bad_free),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_inject),
		cmocka_unit_test(test_strands),
	};

	return cmocka_run_group_tests_name("amap.pool", tests, NULL, NULL);
}

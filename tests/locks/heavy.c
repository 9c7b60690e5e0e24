/* heavy.c: the sketch of instances against streams that are known. */
#include "locks/meet_int.h"
#include "tests/locks/t.h"

#define NIDENT	20000

static uint64_t truth[NIDENT + 1], total;
static uint64_t rng;

static uint64_t
dice(void)
{
	rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return rng >> 20;
}

static int
setup(void **state)
{
	t_fresh_record();
	memset(truth, 0, sizeof(truth));
	total = 0;
	rng = 42;
	return 0;
}

/* Idents are even, as addresses are. */
static void
add(uint64_t i, uint64_t ns)
{
	truth[i] += ns;
	total += ns;
	lk_heavy_add(i * 16, LK_PACK(0, 2 + i % 3, LKN_LOCK, 0, 0), ns);
}

struct seen {
	bool		is[NIDENT + 1];
	unsigned	n;
	uint64_t	sum, least, over;
};

static void
look(const struct lk_heavy_info *i, void *arg)
{
	struct seen *s = arg;
	uint64_t id = i->ident / 16;

	assert_true(id >= 1 && id <= NIDENT);
	assert_false(s->is[id]);
	s->is[id] = true;
	s->n++;
	s->sum += i->wait_ns;
	if (i->wait_ns < s->least)
		s->least = i->wait_ns;
	if (i->over_ns > s->over)
		s->over = i->over_ns;
	/* never too small, too large by no more than it says */
	assert_true(i->wait_ns >= truth[id]);
	assert_true(i->wait_ns - i->over_ns <= truth[id]);
	assert_int_equal(i->class, 2 + id % 3);
	assert_int_equal(i->kind, LKN_LOCK);
	assert_true(i->contended >= 1);
}

static void
check(void)
{
	static struct seen s;
	uint64_t i;

	memset(&s, 0, sizeof(s));
	s.least = UINT64_MAX;
	lk_record_heavy(lk_record_current(), look, &s);
	/* nothing is lost: the counters add up to the stream */
	assert_int_equal(s.sum, total);
	assert_true(s.n <= LK_HEAVY);
	assert_true(s.over <= total / LK_HEAVY);
	for (i = 1; i <= NIDENT; i++)
		if (truth[i] > total / LK_HEAVY)
			assert_true(s.is[i]);
}

static void
few(void **state)
{
	static struct seen s;
	int i;

	for (i = 0; i < 5000; i++)
		add(1 + dice() % 1000, 1 + dice() % 100);
	check();
	memset(&s, 0, sizeof(s));
	lk_record_heavy(lk_record_current(), look, &s);
	/* all have a place: no error at all */
	assert_int_equal(s.over, 0);
}

/* A few heavy ones among many light ones. */
static void
skewed(void **state)
{
	int i;

	for (i = 0; i < 300000; i++) {
		uint64_t d = dice(), id = 1 + d % NIDENT;

		if (d % 5 == 0)
			id = 1 + dice() % 50;
		else if (d % 5 == 1)
			id = 1 + dice() % 2000;
		add(id, 1 + dice() % 1000);
	}
	check();
}

/* The worst order: the light ones first and last. */
static void
late(void **state)
{
	uint64_t i;
	int k;

	for (i = 1; i <= NIDENT; i++)
		add(i, 10);
	for (k = 0; k < 5000; k++)
		for (i = 0; i < 20; i++)
			add(7 + 101 * i, 11);
	for (i = NIDENT; i >= 1; i--)
		add(i, 10);
	check();
}

static void
even(void **state)
{
	uint64_t i;
	int k;

	for (k = 0; k < 5; k++)
		for (i = 1; i <= NIDENT; i++)
			add(i, 5);
	check();
}

/* Through the front door: one instance of many is waited for most. */
static struct rwlock l[3];
static struct lk_event held, go;

static void
hold(void *arg)
{
	rw_enter(arg, RW_WRITE);
	lk_event_post(&held);
	lk_event_wait(&go);
	rw_exit(arg);
}

static void
take(void *arg)
{
	rw_enter(arg, RW_READ);
	rw_exit(arg);
}

static void
most(const struct lk_heavy_info *i, void *arg)
{
	struct lk_heavy_info *m = arg;

	if (i->wait_ns > m->wait_ns)
		*m = *i;
}

static void
instance(void **state)
{
	struct lk_heavy_info m = { 0 };
	struct lk_strand *h, *w;
	struct lk_totals t;
	int i;

	for (i = 0; i < 3; i++)
		rw_init(&l[i], "heavy");
	h = t_start("hold", hold, &l[1]);
	lk_event_wait(&held);
	w = t_start("take", take, &l[1]);
	t_until_waits(w, &l[1]);
	lk_event_post(&go);
	lk_strand_join(h);
	lk_strand_join(w);
	lk_record_heavy(lk_record_current(), most, &m);
	t_totals("heavy", LKN_LOCK, LKM_READ, &t);
	assert_int_equal(m.ident, (uintptr_t)&l[1]);
	assert_int_equal(m.class, t.class);
	assert_int_equal(m.kind, LKN_LOCK);
	assert_int_equal(m.wait_ns, t.c[LKC_wait_ns]);
	assert_int_equal(m.over_ns, 0);
	assert_int_equal(m.contended, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(few, setup),
		cmocka_unit_test_setup(skewed, setup),
		cmocka_unit_test_setup(late, setup),
		cmocka_unit_test_setup(even, setup),
		cmocka_unit_test_setup(instance, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

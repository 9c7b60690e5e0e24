/*
 * hold.c: how long things are held, by a clock that the test moves: exactly
 * where every hold is timed, and by a sample that is fair where it is not.
 */
#include "tests/locks/clock.h"
#include "tests/size.h"

static struct rwlock rw;
static struct mutex mtx;

static void
begin(const char *backend, uint32_t period)
{
	struct lk_record_conf conf = {
		.level = LK_LEVEL_FULL, .hold_period = period
	};
	struct lk_record *r;

	assert_int_equal(lk_record_create(&conf, &r), 0);
	lk_record_close(r);
	lk_seed(1);
	lk_backend_use(lk_backend_find(backend));
	memset(&rw, 0, sizeof(rw));
	rw_init(&rw, "rw");
	mtx_init(&mtx, "mtx");
	t_clock_start();
}

static int
all(void **state)
{
	begin(*state, 1);
	return 0;
}

static int
sample(void **state)
{
	begin(*state, 0);
	return 0;
}

static int
teardown(void **state)
{
	t_clock_stop();
	rw_destroy(&rw);
	lk_backend_use(lk_backend_find("openbsd"));
	return 0;
}

static void
held(unsigned long mode, uint64_t ns)
{
	rw_enter(&rw, mode);
	t_pass(ns);
	rw_exit(&rw);
}

static uint64_t
hist(enum lk_hist_of of, enum lk_mode mode, uint64_t ns)
{
	struct lk_hist h = { 0 };
	struct lk_totals t;

	t_totals("rw", LKN_LOCK, mode, &t);
	lk_record_hist(lk_record_current(), of, t.class, 0, mode, &h);
	return h.b[lk_hist_bucket(ns)];
}

static void
expect(const char *class, enum lk_node_kind kind, enum lk_mode mode,
    uint64_t n, uint64_t ns, uint64_t max)
{
	struct lk_totals t;

	t_totals(class, kind, mode, &t);
	assert_int_equal(t.c[LKC_acquired], n);
	assert_int_equal(t.c[LKC_hold_n], n);
	assert_int_equal(t.c[LKC_hold_ns], ns);
	assert_int_equal(t.c[LKC_hold_max], max);
}

static void
every_one(void **state)
{
	struct lk_record_info info;
	int i;

	lk_record_info(lk_record_current(), &info);
	assert_int_equal(info.hold_period, 1);
	for (i = 0; i < 10; i++) {
		held(RW_WRITE, 100);
		held(RW_READ, 7);
		mtx_enter(&mtx);
		t_pass(30);
		mtx_leave(&mtx);
	}
	held(RW_WRITE, 5000);
	rw_enter(&rw, RW_WRITE | RW_NOSLEEP);
	rw_exit_write(&rw);
	expect("rw", LKN_LOCK, LKM_WRITE, 12, 6000, 5000);
	expect("rw", LKN_LOCK, LKM_READ, 10, 70, 7);
	expect("mtx", LKN_MUTEX, LKM_WRITE, 10, 300, 30);
	assert_int_equal(hist(LKHO_HOLD, LKM_WRITE, 100), 10);
	assert_int_equal(hist(LKHO_HOLD, LKM_WRITE, 5000), 1);
	assert_int_equal(hist(LKHO_HOLD, LKM_READ, 7), 10);
	assert_int_equal(hist(LKHO_HOLD_CONTENDED, LKM_READ, 7), 0);
	assert_int_equal(hist(LKHO_WAIT, LKM_WRITE, 100), 0);
}

/* Each way of holding is a hold of its own. */
static void
turned(void **state)
{
	rw_enter(&rw, RW_WRITE);
	t_pass(200);
	rw_enter(&rw, RW_DOWNGRADE);
	t_pass(50);
	rw_exit(&rw);
	expect("rw", LKN_LOCK, LKM_WRITE, 1, 200, 200);
	expect("rw", LKN_LOCK, LKM_READ, 1, 50, 50);
	if (strcmp(*state, "openbsd") != 0)
		return;
	rw_enter(&rw, RW_READ);
	t_pass(11);
	assert_int_equal(rw_enter(&rw, RW_UPGRADE | RW_NOSLEEP), 0);
	t_pass(13);
	rw_exit(&rw);
	expect("rw", LKN_LOCK, LKM_READ, 2, 61, 50);
	expect("rw", LKN_LOCK, LKM_WRITE, 2, 213, 200);
}

/* Let go in any order, by holes and over them. */
static void
any_order(void **state)
{
	static struct rwlock a, b, c;
	struct lk_totals t;

	rw_init(&a, "a");
	rw_init(&b, "b");
	rw_init(&c, "c");
	rw_enter(&a, RW_WRITE);
	t_pass(1);
	rw_enter(&b, RW_WRITE);
	t_pass(10);
	rw_enter(&c, RW_WRITE);
	t_pass(100);
	rw_exit(&b);
	t_pass(1000);
	rw_exit(&a);
	t_pass(10000);
	rw_exit(&c);
	t_totals("a", LKN_LOCK, LKM_WRITE, &t);
	assert_int_equal(t.c[LKC_hold_ns], 1111);
	t_totals("b", LKN_LOCK, LKM_WRITE, &t);
	assert_int_equal(t.c[LKC_hold_ns], 110);
	t_totals("c", LKN_LOCK, LKM_WRITE, &t);
	assert_int_equal(t.c[LKC_hold_ns], 11100);
}

static struct lk_event go;

static void
wait_and_hold(void *arg)
{
	rw_enter(&rw, RW_READ);
	lk_event_wait(&go);
	rw_exit(&rw);
}

/* A take that waited is timed whether or not the sample falls on it. */
static void
contended(void **state)
{
	struct lk_strand *st;
	struct lk_totals t;
	struct lk_strand_info i;

	lk_event_reset(&go);
	rw_enter(&rw, RW_WRITE);
	st = t_start("wait", wait_and_hold, NULL);
	t_until_asleep(st, &rw);
	t_pass(300);
	rw_exit(&rw);
	t_until_waits(st, &go);
	assert_true(lk_record_strand(lk_record_current(), lk_strand_id(st),
	    &i));
	assert_int_equal(i.held[0].since, t_now());
	t_pass(40);
	lk_event_post(&go);
	lk_strand_join(st);
	t_totals("rw", LKN_LOCK, LKM_READ, &t);
	assert_int_equal(t.c[LKC_chold_n], 1);
	assert_int_equal(t.c[LKC_chold_ns], 40);
	assert_int_equal(t.c[LKC_chold_max], 40);
	assert_int_equal(t.c[LKC_wait_ns], 300);
	assert_int_equal(hist(LKHO_HOLD_CONTENDED, LKM_READ, 40), 1);
	assert_int_equal(hist(LKHO_WAIT, LKM_READ, 300), 1);
	t_totals("rw", LKN_LOCK, LKM_WRITE, &t);
	assert_int_equal(t.c[LKC_chold_n], 0);
}

/* Less than everything: only what waited is timed, and what counts, counted. */
static void
levels(void **state)
{
	struct lk_totals t;

	lk_record_level(LK_LEVEL_CONTENDED);
	held(RW_WRITE, 10);
	contended(state);
	t_totals("rw", LKN_LOCK, LKM_NONE, &t);
	assert_int_equal(t.c[LKC_acquired], 0);
	assert_int_equal(t.c[LKC_hold_n], 0);
	assert_int_equal(t.c[LKC_contended], 1);
	lk_record_level(LK_LEVEL_OFF);
	held(RW_WRITE, 10);
	t_totals("rw", LKN_LOCK, LKM_NONE, &t);
	assert_int_equal(t.c[LKC_acquired], 0);
	assert_int_equal(t.c[LKC_hold_n], 0);
	lk_record_level(LK_LEVEL_FULL);
	held(RW_WRITE, 10);
	t_totals("rw", LKN_LOCK, LKM_NONE, &t);
	assert_int_equal(t.c[LKC_acquired], 1);
	assert_int_equal(t.c[LKC_hold_n], 1);
}

/* ------------------------------------------------------------------------
 * The sample.  By a seed, so a run of it is like every other.
 */

#define SAMPLES	sized(1000, 300)
#define N	(LK_HOLD_PERIOD * SAMPLES)

/* Five standard deviations of so many successes. */
static void
about(uint64_t have, double want)
{
	double d = (double)have - want;

	assert_true(d * d <= 25 * want);
}

static void
fair(void **state)
{
	struct lk_totals t;
	unsigned i;

	/* long ones come at the very period of the sample */
	for (i = 0; i < N; i++)
		held(RW_WRITE, i % LK_HOLD_PERIOD == 0 ? 100000 : 10);
	t_totals("rw", LKN_LOCK, LKM_WRITE, &t);
	assert_int_equal(t.c[LKC_acquired], N);
	about(t.c[LKC_hold_n], SAMPLES);
	assert_int_equal(hist(LKHO_HOLD, LKM_WRITE, 10) +
	    hist(LKHO_HOLD, LKM_WRITE, 100000), t.c[LKC_hold_n]);
	about(hist(LKHO_HOLD, LKM_WRITE, 100000), (double)SAMPLES / LK_HOLD_PERIOD);
	assert_int_equal(t.c[LKC_hold_ns], 10 * hist(LKHO_HOLD, LKM_WRITE, 10) +
	    100000 * hist(LKHO_HOLD, LKM_WRITE, 100000));
}

/* A cold stack each time: the sample does not favour what the cache knows. */
static void
fair_when_cold(void **state)
{
	enum { L = 300, TURNS = 40 };
	static struct rwlock l[L];
	uint64_t sampled = 0, acquired = 0;
	struct lk_totals t;
	static char name[L][8];
	unsigned i, k, turn;

	for (i = 0; i < L; i++) {
		name[i][0] = 'c';
		name[i][1] = (char)('A' + i / 26);
		name[i][2] = (char)('a' + i % 26);
		rw_init(&l[i], name[i]);
	}
	for (turn = 0; turn < TURNS; turn++)
		for (i = 0; i < L; i++) {
			rw_enter(&l[i], RW_READ);
			for (k = 1; k <= 16; k++) {
				rw_enter(&l[(i + k) % L], RW_READ);
				rw_exit(&l[(i + k) % L]);
			}
			rw_exit(&l[i]);
		}
	for (i = 0; i < L; i++) {
		t_totals(name[i], LKN_LOCK, LKM_READ, &t);
		sampled += t.c[LKC_hold_n];
		acquired += t.c[LKC_acquired];
	}
	assert_int_equal(acquired, L * TURNS * 17);
	about(sampled, (double)acquired / LK_HOLD_PERIOD);
}

#define PER_BACKEND(fn, setup)						\
	{ #fn ".openbsd", fn, setup, teardown, (void *)(uintptr_t)"openbsd" }, \
	{ #fn ".pthread", fn, setup, teardown, (void *)(uintptr_t)"pthread" }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PER_BACKEND(every_one, all),
		PER_BACKEND(turned, all),
		PER_BACKEND(any_order, all),
		PER_BACKEND(contended, all),
		PER_BACKEND(contended, sample),
		PER_BACKEND(levels, all),
		PER_BACKEND(fair, sample),
		PER_BACKEND(fair_when_cold, sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

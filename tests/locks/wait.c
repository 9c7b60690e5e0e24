/* wait.c: waits are counted and timed, and bounded by events around them. */
#include <unistd.h>

#include "tests/locks/clock.h"

static struct rwlock rw;
static struct lk_event held, go;
static uint64_t freed_at;

static int
setup(void **state)
{
	t_fresh_record();
	memset(&rw, 0, sizeof(rw));
	rw_init(&rw, "rw");
	lk_event_reset(&held);
	lk_event_reset(&go);
	return 0;
}

static void
hold(void *arg)
{
	rw_enter(&rw, RW_WRITE);
	lk_event_post(&held);
	lk_event_wait(&go);
	freed_at = lk_now();
	rw_exit(&rw);
}

struct waiter {
	uint64_t	before, after;
	unsigned long	mode;
};

static void
wait_for_it(void *arg)
{
	struct waiter *w = arg;

	w->before = lk_now();
	rw_enter(&rw, w->mode);
	w->after = lk_now();
	rw_exit(&rw);
}

/*
 *	before ... want ... seen waiting ... freed ... have ... after
 */
static void
one(unsigned long flags, enum lk_mode mode)
{
	struct lk_strand *h, *w;
	struct waiter arg = { .mode = flags };
	struct lk_strand_info i;
	struct lk_totals t;
	struct lk_hist hist = { 0 };
	uint64_t seen;

	h = t_start("hold", hold, NULL);
	lk_event_wait(&held);
	w = t_start("wait", wait_for_it, &arg);
	t_until_asleep(w, &rw);
	seen = lk_now();
	assert_true(lk_record_strand(lk_record_current(), lk_strand_id(w),
	    &i));
	assert_int_equal(i.wait.mode, mode);
	assert_int_equal(i.wait.kind, LKN_LOCK);
	assert_true(i.wait.since >= arg.before && i.wait.since <= seen);
	lk_event_post(&go);
	lk_strand_join(h);
	lk_strand_join(w);
	t_totals("rw", LKN_LOCK, mode, &t);
	assert_int_equal(t.c[LKC_contended], 1);
	assert_true(t.c[LKC_wait_ns] >= freed_at - seen);
	assert_true(t.c[LKC_wait_ns] <= arg.after - arg.before);
	assert_int_equal(t.c[LKC_wait_max], t.c[LKC_wait_ns]);
	assert_true(t.c[LKC_sleeps] + t.c[LKC_spins] > 0);
	lk_record_hist(lk_record_current(), LKHO_WAIT, t.class, 0, mode, &hist);
	assert_int_equal(hist.n, 1);
	assert_int_equal(hist.b[lk_hist_bucket(t.c[LKC_wait_ns])], 1);
}

static void
writer_waits(void **state)
{
	one(RW_WRITE, LKM_WRITE);
}

static void
reader_waits(void **state)
{
	one(RW_READ, LKM_READ);
}

/*
 * What a strand waited for a processor is taken off a long wait, if it is
 * known.
 */
#define MS	UINT64_C(1000000)
static _Atomic uint64_t delay;
static _Atomic bool delay_told;

static bool
delay_so_far(uint64_t *ns)
{
	if (!atomic_load(&delay_told))
		return false;
	*ns = atomic_load(&delay);
	return true;
}

/* One waits for so long, and of that so long for a processor. */
static void
wait_so_long(uint64_t ns, uint64_t delayed)
{
	struct waiter arg = { .mode = RW_WRITE };
	struct lk_strand *h, *w;

	t_clock_start();
	t_services.delayed = delay_so_far;
	t_pass(1000 * MS);
	h = t_start("hold", hold, NULL);
	lk_event_wait(&held);
	w = t_start("wait", wait_for_it, &arg);
	t_until_asleep(w, &rw);
	t_pass(ns);
	atomic_fetch_add(&delay, delayed);
	lk_event_post(&go);
	lk_strand_join(h);
	lk_strand_join(w);
	t_clock_stop();
}

static void
delays(void **state)
{
	static const struct {
		uint64_t	wait, delayed;
		bool		told;
		uint64_t	blocked;
	} part[] = {
		{ 200 * MS, 0, true, 200 * MS },
		{ 200 * MS, 150 * MS, true, 50 * MS },
		{ 200 * MS, 201 * MS, true, 0 },	/* before, in part */
		{ 49 * MS, 40 * MS, true, 49 * MS },	/* not asked */
		{ 200 * MS, 150 * MS, false, 200 * MS }
	};
	struct lk_record_info info;
	struct lk_totals t;
	size_t i;

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		(void)setup(NULL);
		atomic_store(&delay, 5000 * MS);
		atomic_store(&delay_told, part[i].told);
		wait_so_long(part[i].wait, part[i].delayed);
		t_totals("rw", LKN_LOCK, LKM_WRITE, &t);
		assert_int_equal(t.c[LKC_wait_max], part[i].wait);
		assert_int_equal(t.c[LKC_blocked_max], part[i].blocked);
		lk_record_info(lk_record_current(), &info);
		assert_int_equal(info.undelayed, !part[i].told);
		rw_destroy(&rw);
	}
}

/*
 * What the system says of real strands grows, and was not made up.  It says
 * so of one that has just begun, too.
 */
static void
just_begun(void *arg)
{
	bool *told = arg;
	uint64_t ns;

	*told = lk_services_os.delayed(&ns);
}

static void
delay_of_the_system(void **state)
{
	uint64_t first, second;
	bool told = false;
	int n;

	if (access("/proc/thread-self/schedstat", R_OK) != 0) {
		assert_false(lk_services_os.delayed(&first));
		return;
	}
	assert_true(lk_services_os.delayed(&first));
	for (n = 0; n < 100; n++)
		lk_yield();
	assert_true(lk_services_os.delayed(&second));
	assert_true(second >= first && second < lk_now());
	for (n = 0; n < 20; n++) {
		lk_strand_join(t_start("young", just_begun, &told));
		assert_true(told);
	}
}

static void
buckets(void **state)
{
	struct lk_hist h = { 0 };
	uint64_t v;
	unsigned b;

	for (b = 0; b < LK_HIST_N; b++) {
		assert_int_equal(lk_hist_bucket(lk_hist_low(b)), b);
		if (b > 0)
			assert_int_equal(lk_hist_bucket(lk_hist_low(b) - 1),
			    b - 1);
	}
	for (v = 1; v < 1ULL << 41; v += 1 + v / 7) {
		b = lk_hist_bucket(v);
		assert_true(lk_hist_low(b) <= v && v < lk_hist_low(b + 1));
		assert_true(lk_hist_low(b + 1) - lk_hist_low(b) <=
		    1 + v / LK_HIST_SUB);
	}
	assert_int_equal(lk_hist_bucket(UINT64_MAX), LK_HIST_N - 1);
	for (v = 1; v <= 1000; v++) {
		h.b[lk_hist_bucket(v)]++;
		h.n++;
	}
	assert_in_range(lk_hist_quantile(&h, 0.5), 500, 516);
	assert_in_range(lk_hist_quantile(&h, 0.99), 990, 1023);
	assert_in_range(lk_hist_quantile(&h, 1.0), 1000, 1023);
	assert_int_equal(lk_hist_quantile(&h, 0.0), 1);
}

/* Wait records are whole, whoever reads them while they change. */
static _Atomic int stop;
static struct rwlock even, odd;

static void
flip(void *arg)
{
	while (!atomic_load(&stop)) {
		lk_node_want(LKN_PAGE, &even);
		lk_node_unwant();
		lk_node_want(LKN_IO, &odd);
		lk_node_unwant();
	}
}

static void
torn(void **state)
{
	struct lk_strand *st = t_start("flip", flip, NULL);
	struct lk_strand_info i;
	uint64_t last = 0;
	int n;

	while (!lk_record_strand(lk_record_current(), lk_strand_id(st), &i))
		lk_yield();
	for (n = 0; n < 200000; n++) {
		assert_true(lk_record_strand(lk_record_current(),
		    lk_strand_id(st), &i));
		if (i.wait.ident == (uint64_t)(uintptr_t)&even)
			assert_int_equal(i.wait.kind, LKN_PAGE);
		if (i.wait.ident == (uint64_t)(uintptr_t)&odd)
			assert_int_equal(i.wait.kind, LKN_IO);
		assert_true(i.wait_ordinal >= last);
		last = i.wait_ordinal;
	}
	atomic_store(&stop, 1);
	lk_strand_join(st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(writer_waits, setup),
		cmocka_unit_test_setup(reader_waits, setup),
		cmocka_unit_test(delays),
		cmocka_unit_test(delay_of_the_system),
		cmocka_unit_test(buckets),
		cmocka_unit_test_setup(torn, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

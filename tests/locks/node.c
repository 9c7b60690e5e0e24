/* node.c: pages, memory, events, joins and signal scopes are seen. */
#include "tests/locks/t.h"

static char page, other;
static struct lk_event ev = { .le_name = "my event" };

static void
want_page(void *arg)
{
	struct mutex *mtx = arg;

	mtx_enter(mtx);
	lk_node_want(LKN_PAGE, &page);
	while (page != 0)
		msleep_nsec(&page, mtx, PVM, "pgbusy", INFSLP);
	page = 1;
	lk_node_have(LKN_PAGE, &page);
	mtx_leave(mtx);
	lk_node_drop(LKN_PAGE, &page);
}

/* The sleep inside want..have shows the page, not the sleep queue. */
static void
busy_page(void **state)
{
	static struct mutex mtx = MUTEX_INITIALIZER("pages");
	struct lk_strand_info i;
	struct lk_strand *st;
	struct lk_totals t;

	page = 1;
	lk_node_have(LKN_PAGE, &page);
	t_held(&i);
	assert_int_equal(i.nheld, 1);
	assert_int_equal(i.held[0].kind, LKN_PAGE);
	st = t_start("want", want_page, &mtx);
	t_until_waits(st, &page);
	assert_true(lk_record_strand(lk_record_current(), lk_strand_id(st),
	    &i));
	assert_int_equal(i.wait.kind, LKN_PAGE);
	mtx_enter(&mtx);
	page = 0;
	lk_node_drop(LKN_PAGE, &page);
	wakeup(&page);
	mtx_leave(&mtx);
	lk_strand_join(st);
	t_totals("page", LKN_PAGE, LKM_NONE, &t);
	assert_int_equal(t.c[LKC_acquired], 2);
	assert_int_equal(t.c[LKC_contended], 1);
	assert_int_equal(lk_incidents(), 0);
}

struct flight {
	unsigned n;
	struct lk_inflight_info last;
};

static void
flight_one(const struct lk_inflight_info *i, void *arg)
{
	struct flight *f = arg;

	f->n++;
	f->last = *i;
}

static unsigned
in_flight(struct lk_inflight_info *last)
{
	struct flight f = { 0 };

	lk_record_inflight(lk_record_current(), flight_one, &f);
	if (last != NULL)
		*last = f.last;
	return f.n;
}

static void
take_it(void *arg)
{
	struct lk_strand_info i;

	lk_node_take(LKN_PAGE, arg);
	t_held(&i);
	assert_int_equal(i.nheld, 1);
	lk_node_drop(LKN_PAGE, arg);
}

static void
hand_over(void **state)
{
	struct lk_inflight_info i;
	struct lk_strand_info s;
	struct lk_strand *st;

	lk_node_have(LKN_PAGE, &other);
	lk_node_give(LKN_PAGE, &other);
	t_held(&s);
	assert_int_equal(s.nheld, 0);
	assert_int_equal(in_flight(&i), 1);
	assert_int_equal(i.node.ident, (uint64_t)(uintptr_t)&other);
	assert_int_equal(i.giver, lk_strand_id(strand_self()));
	st = t_start("taker", take_it, &other);
	lk_strand_join(st);
	assert_int_equal(in_flight(NULL), 0);
	assert_int_equal(lk_incidents(), 0);
}

/* Many in flight, taken in another order: none is lost or left over. */
static void
flight_hammer(void **state)
{
	enum { N = 5000 };
	static char p[N];
	int i;

	for (i = 0; i < N; i++) {
		lk_node_have(LKN_IO, &p[i]);
		lk_node_give(LKN_IO, &p[i]);
		if (i >= 100) {
			lk_node_take(LKN_IO, &p[i - 100]);
			lk_node_drop(LKN_IO, &p[i - 100]);
		}
	}
	assert_int_equal(in_flight(NULL), 100);
	for (i = N - 1; i >= N - 100; i--) {
		lk_node_take(LKN_IO, &p[i]);
		lk_node_drop(LKN_IO, &p[i]);
	}
	assert_int_equal(in_flight(NULL), 0);
	assert_int_equal(lk_incidents(), 0);
}

static void
wait_event(void *arg)
{
	lk_event_wait(&ev);
}

static void
event(void **state)
{
	struct lk_strand *st[3];
	struct lk_strand_info i;
	struct lk_class_info class;
	unsigned k;

	for (k = 0; k < LEN(st); k++)
		st[k] = t_start("event", wait_event, NULL);
	for (k = 0; k < LEN(st); k++)
		t_until_waits(st[k], &ev);
	assert_true(lk_record_strand(lk_record_current(), lk_strand_id(st[0]),
	    &i));
	assert_int_equal(i.wait.kind, LKN_EVENT);
	lk_record_class(lk_record_current(), i.wait.class, &class);
	assert_string_equal(class.name, "my event");
	lk_event_post(&ev);
	for (k = 0; k < LEN(st); k++)
		lk_strand_join(st[k]);
	lk_event_wait(&ev);	/* posted stays posted */
}

static struct lk_event release;

static void
wait_release(void *arg)
{
	lk_event_wait(&release);
}

static void
join_other(void *arg)
{
	lk_strand_join(arg);
}

static void
join(void **state)
{
	struct lk_strand *st = t_start("joined", wait_release, NULL);
	struct lk_strand *jn = t_start("joiner", join_other, st);
	struct lk_strand_info i;

	t_until_waits(jn, st);
	assert_true(lk_record_strand(lk_record_current(), lk_strand_id(jn),
	    &i));
	assert_int_equal(i.wait.kind, LKN_JOIN);
	lk_event_post(&release);
	lk_strand_join(jn);
}

static void
signal_scope(void **state)
{
	static struct rwlock rw = RWLOCK_INITIALIZER("in handler");
	struct lk_strand_info i;
	struct lk_class_info class;

	lk_signal_enter(10);
	rw_enter(&rw, RW_WRITE);
	t_held(&i);
	assert_int_equal(i.nheld, 2);
	assert_int_equal(i.held[0].kind, LKN_SIGNAL);
	lk_record_class(lk_record_current(), i.held[0].class, &class);
	assert_string_equal(class.name, "signal 10");
	rw_exit(&rw);
	lk_signal_leave();
	t_held(&i);
	assert_int_equal(i.nheld, 0);
}

/* A lock waited for inside a node's wait is shown; then the node again. */
static struct rwlock inner;
static struct lk_event inner_go;
static _Atomic int phase;

static void
nest(void *arg)
{
	lk_node_want(LKN_MEMORY, &other);
	rw_enter(&inner, RW_WRITE);
	rw_exit(&inner);
	atomic_store(&phase, 1);
	lk_event_wait(&inner_go);
	lk_node_unwant();
}

static void
nested_wants(void **state)
{
	struct lk_strand *st;

	rw_enter(&inner, RW_WRITE);
	st = t_start("nest", nest, NULL);
	t_until_waits(st, &inner);
	rw_exit(&inner);
	t_until(&phase, 1);
	t_until_waits(st, &inner_go);
	lk_event_post(&inner_go);
	lk_strand_join(st);
	assert_int_equal(lk_incidents(), 0);
}

static void
misuse(void **state)
{
	lk_node_drop(LKN_PAGE, &page);
	assert_int_equal(t_incidents("node.drop-not-held", NULL), 1);
	lk_node_take(LKN_PAGE, &page);
	assert_int_equal(t_incidents("node.take-not-given", NULL), 1);
	lk_node_drop(LKN_PAGE, &page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busy_page), cmocka_unit_test(hand_over),
		cmocka_unit_test(flight_hammer), cmocka_unit_test(event),
		cmocka_unit_test(join), cmocka_unit_test(signal_scope),
		cmocka_unit_test(nested_wants), cmocka_unit_test(misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

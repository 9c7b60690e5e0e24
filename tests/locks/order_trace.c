/* order_trace.c: what the order trace keeps, and what it says it lost. */
#include "tests/locks/t.h"

#define SMALL	(LK_TRACE_CHUNK * 4)

static struct rwlock a, b;
static struct mutex m;
static struct lk_event ev;

/* What is read is flattened: one strip at a time. */
struct got {
	struct lk_trace_event e[8192];
	struct lk_trace_event held[8];
	uint64_t	n, first;
	uint32_t	nheld, life, strips;
	uint32_t	want;		/* the strip to keep, by its number */
};

static void
keep(const struct lk_trace_strip *p, void *arg)
{
	struct got *g = arg;

	if (g->strips++ != g->want)
		return;
	assert_in_range(p->n, 1, LEN(g->e));
	memcpy(g->e, p->e, p->n * sizeof(g->e[0]));
	assert_in_range(p->nheld, 0, LEN(g->held));
	memcpy(g->held, p->held, p->nheld * sizeof(g->held[0]));
	g->n = p->n;
	g->nheld = p->nheld;
	g->first = p->first;
	g->life = p->life;
}

static uint64_t
read_strip(struct got *g, uint32_t want)
{
	uint64_t lost;

	memset(g, 0, sizeof(*g));
	g->want = want;
	assert_int_equal(lk_record_trace(lk_record_current(), keep, g, &lost),
	    0);
	return lost;
}

static void
expect(const struct lk_trace_event *e, enum lk_traced what, const void *ident,
    enum lk_mode mode, uint32_t seq)
{
	assert_string_equal(lk_traced_name(e->what), lk_traced_name(what));
	assert_int_equal(e->ident, (uintptr_t)ident);
	assert_int_equal(e->mode, mode);
	assert_int_equal(e->seq, seq);
}

static struct got g;

static void
each_kind(void **state)
{
	(void)strand_self();
	assert_int_equal(lk_order_trace(LK_TRACE_CHUNK * 260), 0);
	rw_init(&a, "a");
	rw_enter_write(&a);
	rw_enter(&a, RW_DOWNGRADE);
	assert_int_equal(rw_enter(&a, RW_UPGRADE | RW_NOSLEEP), 0);
	mtx_enter(&m);
	mtx_leave(&m);
	rw_exit(&a);
	rw_enter_read(&a);
	rw_exit(&a);
	lk_event_post(&ev);
	lk_event_wait(&ev);
	wakeup(&ev);
	(void)tsleep_nsec(&ev, PVM, "nap", 1);
	rw_destroy(&a);
	lk_order_trace(0);
	assert_false(lk_order_tracing());
	rw_enter_write(&b);
	rw_exit(&b);
	assert_int_equal(read_strip(&g, 0), 0);
	assert_int_equal(g.strips, 1);
	assert_int_equal(g.n, 14);
	expect(&g.e[0], LKT_INIT, &a, LKM_NONE, 0);
	expect(&g.e[1], LKT_HAVE, &a, LKM_WRITE, 1);
	assert_int_not_equal(g.e[1].stack, 0);
	assert_int_equal(g.e[1].gen, g.e[0].gen);
	expect(&g.e[2], LKT_TURN, &a, LKM_READ, 1);
	expect(&g.e[3], LKT_TURN, &a, LKM_WRITE, 2);
	assert_int_equal(g.e[3].how, LKH_TRIED);
	expect(&g.e[4], LKT_HAVE, &m, LKM_WRITE, g.e[4].seq);
	assert_int_equal(g.e[4].kind, LKN_MUTEX);
	expect(&g.e[5], LKT_DROP, &m, LKM_WRITE, 0);
	expect(&g.e[6], LKT_DROP, &a, LKM_WRITE, 0);
	expect(&g.e[7], LKT_HAVE, &a, LKM_READ, 2);
	expect(&g.e[8], LKT_DROP, &a, LKM_READ, 0);
	expect(&g.e[9], LKT_POST, &ev, LKM_NONE, 1);
	expect(&g.e[10], LKT_WAIT, &ev, LKM_NONE, 2);
	expect(&g.e[11], LKT_WAKE, &ev, LKM_NONE, 3);
	expect(&g.e[12], LKT_WOKEN, &ev, LKM_NONE, 0);
	expect(&g.e[13], LKT_FREE, &a, LKM_NONE, 0);
}

static void
child(void *arg)
{
	rw_enter_write(&b);
	rw_exit(&b);
}

/* A slot has several lives; each is a strip of its own. */
static void
lives(void **state)
{
	struct lk_strand *st;
	uint32_t life[2];
	unsigned i, n = 0;

	assert_int_equal(lk_order_trace(LK_TRACE_CHUNK * 260), 0);
	for (i = 0; i < 2; i++) {
		st = t_start("child", child, NULL);
		lk_strand_join(st);
	}
	lk_order_trace(0);
	assert_int_equal(read_strip(&g, 0), 0);
	assert_int_equal(g.strips, 3);
	for (i = 0; i < g.n && n < 2; i++)
		if (g.e[i].what == LKT_CREATE)
			life[n++] = g.e[i].gen;
	assert_int_equal(n, 2);
	assert_int_equal(g.e[g.n - 1].what, LKT_JOIN);
	for (i = 0; i < 2; i++) {
		read_strip(&g, i + 1);
		assert_int_equal(g.life, life[i]);
		assert_int_equal(g.n, 4);
		assert_int_equal(g.first, 0);
		assert_int_equal(g.e[0].what, LKT_BEGIN);
		expect(&g.e[1], LKT_HAVE, &b, LKM_WRITE, g.e[1].seq);
		assert_int_equal(g.e[3].what, LKT_END);
	}
}

/* The newest are kept, what was held then is known, the rest is counted. */
static void
overwritten(void **state)
{
	uint64_t lost, total, before[LKL_NLOSS], after[LKL_NLOSS];
	unsigned i;

	lk_record_losses(lk_record_current(), before);
	assert_int_equal(lk_order_trace(SMALL), 0);
	rw_init(&a, "a");
	rw_enter_write(&a);
	for (i = 0; i < 20000; i++) {
		rw_enter_read(&b);
		rw_exit(&b);
	}
	total = lk_trace_count(lk_strand_id(strand_self()));
	rw_exit(&a);
	lk_order_trace(0);
	assert_int_equal(total, 2 + 2 * 20000);
	lost = read_strip(&g, 0);
	assert_int_equal(g.strips, 1);
	assert_int_equal(lost + g.n, total + 1);
	assert_int_equal(g.first, lost);
	assert_in_range(g.n, 1000, LEN(g.e));
	assert_in_range(g.nheld, 1, 2);
	expect(&g.held[0], LKT_HELD, &a, LKM_WRITE, 0);
	expect(&g.e[g.n - 1], LKT_DROP, &a, LKM_WRITE, 0);
	lk_record_losses(lk_record_current(), after);
	assert_int_equal(after[LKL_traced] - before[LKL_traced], lost);
}

/* Who finds the pool empty loses what it does, and that is counted, too. */
static void
no_room(void **state)
{
	struct lk_strand *st[8];
	unsigned i;

	assert_int_equal(lk_order_trace(1), 0);
	for (i = 0; i < LEN(st); i++)
		st[i] = t_start("child", child, NULL);
	for (i = 0; i < LEN(st); i++)
		lk_strand_join(st[i]);
	lk_order_trace(0);
	assert_in_range(read_strip(&g, 0), 4 * 7, 4 * 8 + 16);
}

static void
stopped_by_a_new_record(void **state)
{
	struct lk_record *r;
	uint64_t lost;

	assert_int_equal(lk_order_trace(SMALL), 0);
	assert_true(lk_order_tracing());
	assert_int_equal(lk_record_create(NULL, &r), 0);
	assert_false(lk_order_tracing());
	rw_enter_write(&b);
	rw_exit(&b);
	g.strips = 0;
	assert_int_equal(lk_record_trace(r, keep, &g, &lost), 0);
	assert_int_equal(g.strips, 0);
	lk_record_close(r);
	assert_int_equal(lk_order_trace((size_t)1 << 40), ENOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind),
		cmocka_unit_test(lives),
		cmocka_unit_test(overwritten),
		cmocka_unit_test(no_room),
		cmocka_unit_test(stopped_by_a_new_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

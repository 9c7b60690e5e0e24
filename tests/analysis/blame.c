/*
 * Who waited for whom, what it would give if they had not, and the findings
 * of contention: arithmetic done by hand.
 */
#include "tests/analysis/made.h"

#define MS	UINT64_C(1000000)
#define NEAR(v, want)	assert_true((v) > (want) - 1e-6 && (v) < (want) + 1e-6)

static struct lk_blame_info blame[16];
static struct lk_heavy_info heavy[4];

static struct made *
made_blame(void)
{
	struct made *m = made_new();

	memset(blame, 0, sizeof(blame));
	memset(heavy, 0, sizeof(heavy));
	m->s.blames = blame;
	m->s.heavies = heavy;
	return m;
}

static struct lk_blame_end
end(uint32_t site, uint32_t op, enum lk_mode mode)
{
	return (struct lk_blame_end){ .site = site, .op = op, .mode = mode };
}

static struct lk_blame_info *
add(struct made *m, uint32_t class, struct lk_blame_end waiter,
    struct lk_blame_end holder, uint64_t ns)
{
	struct lk_blame_info *b = &blame[m->s.nblames++];

	b->class = class;
	b->kind = LKN_LOCK;
	b->waiter = waiter;
	b->holder = holder;
	b->n = 1;
	b->ns = ns;
	return b;
}

static uint64_t
cell(const struct ana_matrix *m, const char *row, const char *col)
{
	size_t i, k;

	for (i = 0; i < m->nrows; i++) {
		if (strcmp(m->rows[i], row) != 0)
			continue;
		for (k = 0; k < m->ncols; k++) {
			if (strcmp(m->cols[k], col) == 0)
				return m->ns[i * m->ncols + k];
		}
	}
	return 0;
}

static void
matrices(void **state)
{
	const uint32_t fork = WL_OP_ID(WLO_fork), exit = WL_OP_ID(WLO_exit);
	struct made *m = made_blame();
	const struct ana_blame *b;
	struct ana_result *r;

	m->s.ops[WLO_fork].ns = 100 * MS;
	add(m, 1, end(1, fork, LKM_READ), end(2, exit, LKM_WRITE), 30 * MS);
	add(m, 1, end(1, fork, LKM_READ), end(3, fork, LKM_READ), 5 * MS);
	add(m, 2, end(4, exit, LKM_WRITE), end(3, fork, LKM_READ), 7 * MS);
	add(m, 2, end(4, exit, LKM_WRITE), end(2, exit, LKM_WRITE), 11 * MS);
	add(m, 2, end(1, fork, LKM_WRITE), end(0, 0, LKM_NONE), 13 * MS);
	add(m, 2, end(1, 0, LKM_WRITE), end(2, exit, LKM_WRITE), 1 * MS);
	/* sleeps for work to come are no contention */
	add(m, 2, end(1, fork, LKM_WRITE), end(2, fork, LKM_WRITE),
	    500 * MS)->kind = LKN_EVENT;
	r = made_result(m);
	b = &r->blame;
	assert_int_equal(b->total, 67 * MS);
	assert_int_equal(cell(&b->ops, "fork", "exit"), 30 * MS);
	assert_int_equal(cell(&b->ops, "fork", "fork"), 5 * MS);
	assert_int_equal(cell(&b->ops, "fork", "nobody"), 13 * MS);
	assert_int_equal(cell(&b->ops, "exit", "exit"), 11 * MS);
	assert_int_equal(cell(&b->ops, "(none)", "exit"), 1 * MS);
	assert_string_equal(b->ops.rows[0], "fork");
	assert_string_equal(b->ops.cols[0], "exit");
	assert_int_equal(b->ops.col_ns[0], 42 * MS);
	assert_int_equal(b->ops.row_ns[0], 48 * MS);
	NEAR(b->ops.row_share[0], 0.48);
	assert_int_equal(cell(&b->sites, "vm.c:10 f1", "vm.c:20 f2"),
	    31 * MS);
	assert_int_equal(b->split[ANA_READ_WRITE], 30 * MS);
	assert_int_equal(b->split[ANA_READ_READ], 5 * MS);
	assert_int_equal(b->split[ANA_WRITE_READ], 7 * MS);
	assert_int_equal(b->split[ANA_WRITE_WRITE], 12 * MS);
	assert_int_equal(b->split[ANA_NOBODY], 13 * MS);
	/* pairs are by class, sites and modes, most first */
	assert_string_equal(b->pairs[0].class, "list");
	assert_int_equal(b->pairs[0].ns, 30 * MS);
	assert_string_equal(b->pairs[0].holder, "vm.c:20 f2");
	assert_null(b->pairs[1].holder);
	/* each with all there is to it */
	assert_int_equal(b->nflows, 6);
	assert_int_equal(b->rest, 0);
	assert_string_equal(b->flows[0].class, "list");
	assert_string_equal(b->flows[0].op, "fork");
	assert_string_equal(b->flows[0].holder_op, "exit");
	assert_string_equal(b->flows[0].holder, "vm.c:20 f2");
	assert_null(b->flows[0].root_class);
	assert_null(b->flows[1].holder);
	assert_int_equal(b->flows[5].ns, 1 * MS);
	ana_result_free(r);
}

/* A flow that is too small for the table is in the rest. */
static void
too_many(void **state)
{
	static struct lk_blame_info row[ANA_FLOWS + 3];
	struct made *m = made_blame();
	struct ana_result *r;
	size_t i;

	for (i = 0; i < ANA_FLOWS + 3; i++)
		row[i] = (struct lk_blame_info){ .class = 1, .kind = LKN_LOCK,
		    .waiter = end(1, (uint32_t)i + 1, LKM_WRITE),
		    .holder = end(2, 1, LKM_WRITE), .root_class = 2,
		    .root_site = 3, .root_op = WL_OP_ID(WLO_exit), .n = 1,
		    .ns = i + 1 };
	m->s.blames = row;
	m->s.nblames = ANA_FLOWS + 3;
	r = made_result(m);
	assert_int_equal(r->blame.nflows, ANA_FLOWS);
	assert_int_equal(r->blame.rest, 1 + 2 + 3);
	assert_int_equal(r->blame.flows[0].ns, ANA_FLOWS + 3);
	assert_string_equal(r->blame.flows[0].root_class, "amap");
	assert_string_equal(r->blame.flows[0].root, "vm.c:30 f3");
	assert_string_equal(r->blame.flows[0].root_op, "exit");
	ana_result_free(r);
}

/* What does not fit is one row and one column; nothing is lost. */
static void
folding(void **state)
{
	struct made *m = made_blame();
	const struct ana_matrix *top;
	struct ana_result *r;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < 10; i++)
		add(m, 1, end(1, i + 1, LKM_WRITE), end(2, i + 1, LKM_WRITE),
		    (i + 1) * MS);
	r = made_result(m);
	top = &r->blame.ops_top;
	assert_int_equal(top->nrows, 6);
	assert_int_equal(top->ncols, 6);
	assert_string_equal(top->rows[0], wl_op_name(10));
	assert_string_equal(top->rows[5], "others");
	assert_string_equal(top->cols[5], "others");
	/* 1 + 2 + 3 + 4 + 5 */
	assert_int_equal(cell(top, "others", "others"), 15 * MS);
	for (i = 0; i < 36; i++)
		sum += top->ns[i];
	assert_int_equal(sum, 55 * MS);
	assert_int_equal(r->blame.ops.nrows, 10);
	ana_result_free(r);
}

/* What the record had no room for has a row and a column of its own. */
static void
not_kept(void **state)
{
	struct made *m = made_blame();
	struct ana_result *r;

	add(m, 1, end(1, 1, LKM_WRITE), end(2, 1, LKM_WRITE), 3 * MS);
	add(m, 1, end(0, LK_OP_FOLDED, LKM_WRITE), end(0, LK_OP_FOLDED,
	    LKM_WRITE), 2 * MS);
	made_totals(m, 1, 1, LKM_WRITE)->c[LKC_wait_ns] = 5 * MS;
	r = made_result(m);
	assert_int_equal(cell(&r->blame.ops, "not kept", "not kept"), 2 * MS);
	assert_int_equal(cell(&r->blame.sites, "not known", "not known"),
	    2 * MS);
	assert_int_equal(r->blame.total, r->blame.waited);
	assert_int_equal(r->trust.nremarks, 0);
	ana_result_free(r);
}

/* Blame is what was waited; if it is not, the gap is told with its reason. */
static void
gap(void **state)
{
	static const struct {
		uint64_t	waited;
		uint64_t	lost;
		const char	*by, *why;
	} gaps[] = {
		{ 6, 1, "6.00ms, differ by 2.00ms", "no room" },
		{ 3, 1, "3.00ms, differ by 1.00ms", "no room" },
		{ 5, 0, "5.00ms, differ by 1.00ms", "just over" }
	};
	struct ana_result *r;
	const char *told;
	struct made *m;
	size_t i;

	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		m = made_blame();
		add(m, 1, end(1, 1, LKM_WRITE), end(2, 1, LKM_WRITE), 4 * MS);
		made_totals(m, 1, 1, LKM_WRITE)->c[LKC_wait_ns] =
		    gaps[i].waited * MS;
		m->s.losses[LKL_counts] = gaps[i].lost;
		r = made_result(m);
		assert_int_equal(r->blame.waited, gaps[i].waited * MS);
		told = r->trust.remarks[r->trust.nremarks - 1];
		assert_non_null(strstr(told, gaps[i].by));
		assert_non_null(strstr(told, gaps[i].why));
		ana_result_free(r);
	}
}

/*
 * Two strands for a second, 2 s in all.  For amap 0.4 s were waited, for list
 * 0.6 s, of which 0.2 s behind a strand that waited for amap.
 *	without waits for amap	0.4 + 0.2 of 2: 1 / 0.7
 *	without waits for list	0.6 of 2:	1 / 0.7
 *	without any		1.0 of 2:	2
 */
static void
gain(void **state)
{
	struct made *m = made_blame();
	const struct ana_lock_row *list, *amap;
	struct ana_result *r;

	made_totals(m, 1, 1, LKM_WRITE)->c[LKC_wait_ns] = 600 * MS;
	made_totals(m, 2, 2, LKM_WRITE)->c[LKC_wait_ns] = 400 * MS;
	add(m, 1, end(1, 1, LKM_WRITE), end(2, 1, LKM_WRITE), 400 * MS);
	add(m, 1, end(1, 1, LKM_WRITE), end(2, 2, LKM_WRITE), 200 * MS);
	blame[1].root_class = 2;
	blame[1].root_site = 5;
	blame[1].root_op = 3;
	add(m, 2, end(1, 1, LKM_WRITE), end(2, 1, LKM_WRITE), 300 * MS);
	/* a chain within one class counts once */
	add(m, 2, end(1, 1, LKM_WRITE), end(2, 1, LKM_WRITE), 100 * MS);
	blame[3].root_class = 2;
	m->s.cpus = 2;
	m->s.outcome.elapsed_ns = 1000 * MS;
	m->s.outcome.cpu_ns = 1600 * MS;
	r = made_result(m);
	list = &r->locks[0];
	amap = &r->locks[1];
	assert_string_equal(list->class, "list");
	NEAR(list->gain, 1 / 0.7);
	assert_int_equal(list->behind_ns, 0);
	assert_int_equal(amap->behind_ns, 200 * MS);
	NEAR(amap->gain_share, 0.3);
	NEAR(amap->gain, 1 / 0.7);
	NEAR(r->speed.wait_share, 0.5);
	NEAR(r->speed.no_waits, 2);
	NEAR(r->speed.cpu_share, 0.8);
	NEAR(r->speed.cpu_bound, 1.25);
	assert_int_equal(r->blame.chained, 300 * MS);
	assert_int_equal(r->blame.nroots, 2);
	assert_string_equal(r->blame.roots[0].class, "amap");
	assert_string_equal(r->blame.roots[0].site, "vm.c:50 f5");
	assert_string_equal(r->blame.roots[0].op, wl_op_name(3));
	ana_result_free(r);
}

/* Four strands, a second; one wait, and how often it was passed over. */
static struct ana_result *
waited(uint64_t longest, uint64_t delay, uint32_t cpus, uint64_t passed)
{
	struct made *m = made_blame();
	struct lk_totals *t = made_totals(m, 2, 4, LKM_READ);

	m->s.cpus = cpus;
	m->s.run.strands = 4;
	t->c[LKC_acquired] = 100;
	t->c[LKC_contended] = 10;
	t->c[LKC_wait_ns] = t->c[LKC_wait_max] = longest;
	t->c[LKC_blocked_max] = longest - delay;
	t->c[LKC_passed_max] = passed;
	t = made_totals(m, 2, 3, LKM_WRITE);
	t->c[LKC_acquired] = 5000;
	t->c[LKC_contended] = 4000;
	t->c[LKC_wait_ns] = 800 * MS;
	t->c[LKC_wait_max] = t->c[LKC_blocked_max] = 3 * MS;
	t->c[LKC_passed_max] = 100;
	return made_result(m);
}

static void
starvation(void **state)
{
	struct ana_result *r = waited(200 * MS, 0, 2, 40);
	const struct ana_finding *f = made_found(r, "contention.starvation");

	assert_non_null(f);
	assert_int_equal(f->level, ANA_WARN);
	assert_int_equal(f->count, 1);
	assert_int_equal(f->nsites, 1);
	assert_int_equal(f->sites[0], 4);
	assert_true(made_says(f, "vm.c:40 f4"));
	assert_non_null(strstr(f->what, "200ms, 20.0% of the run"));
	assert_non_null(strstr(f->what, "let go 40 times"));
	assert_false(made_says(f, "without waiting for a processor"));
	assert_null(made_found(r, "contention.delayed"));
	ana_result_free(r);
}

/* Woken, and not run for so long: a note, unless enough is left. */
static void
delayed(void **state)
{
	struct ana_result *r = waited(900 * MS, 701 * MS, 2, 4000);
	const struct ana_finding *f = made_found(r, "contention.delayed");

	assert_null(made_found(r, "contention.starvation"));
	assert_non_null(f);
	assert_int_equal(f->level, ANA_INFO);
	assert_int_equal(f->nsites, 1);
	assert_int_equal(f->sites[0], 4);
	assert_non_null(strstr(f->what, "900ms"));
	assert_non_null(strstr(f->what, "199ms"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);

	r = waited(900 * MS, 700 * MS, 2, 4000);
	f = made_found(r, "contention.starvation");
	assert_non_null(f);
	assert_null(made_found(r, "contention.delayed"));
	assert_non_null(strstr(f->what, "200ms, 20.0% of the run"));
	assert_true(made_says(f, "without waiting for a processor: 200ms"));
	ana_result_free(r);
}

static void
no_starvation(void **state)
{
	static const struct {
		uint64_t	longest;
		uint32_t	cpus;
		uint64_t	passed;
		const char	*why;
	} near[] = {
		{ 99 * MS, 4, 1000, "too short a part of the run" },
		{ 300 * MS, 2, 39, "less than 10 times its turn" },
		{ 900 * MS, 2, 1, "one long hold" },
		{ 399 * MS, 1, 1000, "four strands on one processor" }
	};
	struct ana_result *r;
	size_t i;

	for (i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		r = waited(near[i].longest, 0, near[i].cpus, near[i].passed);
		if (made_found(r, "contention.starvation") != NULL)
			fail_msg("told: %s", near[i].why);
		ana_result_free(r);
	}
}

/* Four strands, a second: so much was waited for one lock. */
static struct ana_result *
queued(uint64_t wait_ns, uint64_t contended, uint64_t sleeps, uint64_t over)
{
	struct made *m = made_blame();
	struct lk_totals *t = made_totals(m, 2, 4, LKM_WRITE);

	m->s.run.strands = 4;
	t->c[LKC_acquired] = contended + 10;
	t->c[LKC_contended] = contended;
	t->c[LKC_wait_ns] = wait_ns;
	t->c[LKC_wait_max] = 5 * MS;
	t->c[LKC_sleeps] = sleeps;
	t->c[LKC_vain] = sleeps / 2;
	t->c[LKC_chold_n] = contended;
	t->c[LKC_chold_ns] = 200 * MS;
	t->c[LKC_chold_max] = 5 * MS;
	m->s.nheavies = 1;
	heavy[0] = (struct lk_heavy_info){ .ident = 0x200, .class = 2,
	    .kind = LKN_LOCK, .wait_ns = wait_ns, .over_ns = over,
	    .contended = contended };
	return made_result(m);
}

static void
convoy(void **state)
{
	struct ana_result *r = queued(2000 * MS, 1000, 1500, 0);
	const struct ana_finding *f = made_found(r, "contention.convoy");

	assert_non_null(f);
	assert_int_equal(f->level, ANA_INFO);
	assert_non_null(strstr(f->what, "2.0 of 4 strands"));
	assert_true(made_says(f, "1.5 sleeps each"));
	assert_true(made_says(f, "passing it on takes longer"));
	assert_int_equal(ana_exit_code(r), ANA_EXIT_CLEAN);
	ana_result_free(r);
}

static void
no_convoy(void **state)
{
	static const struct {
		uint64_t	wait_ns, contended, sleeps, over;
		const char	*why;
	} near[] = {
		{ 1400 * MS, 1000, 1500, 0, "fewer than half of the others" },
		{ 2000 * MS, 99, 150, 0, "a few long holds" },
		{ 2000 * MS, 1000, 400, 0, "they spin" },
		{ 2000 * MS, 1000, 1500, 600 * MS, "not known so well" }
	};
	struct ana_result *r;
	size_t i;

	for (i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		r = queued(near[i].wait_ns, near[i].contended, near[i].sleeps,
		    near[i].over);
		if (made_found(r, "contention.convoy") != NULL)
			fail_msg("told: %s", near[i].why);
		ana_result_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matrices),
		cmocka_unit_test(too_many),
		cmocka_unit_test(folding),
		cmocka_unit_test(not_kept),
		cmocka_unit_test(gap),
		cmocka_unit_test(gain),
		cmocka_unit_test(starvation),
		cmocka_unit_test(delayed),
		cmocka_unit_test(no_starvation),
		cmocka_unit_test(convoy),
		cmocka_unit_test(no_convoy)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

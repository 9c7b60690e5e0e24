/*
 * The order pass, and all of them, on large snapshots: nothing is said of a
 * consistent order, one planted ring is told once and whole, and a graph that
 * is all rings comes to an end.
 *
 * usage: order_large [PART [time]]	PART: only a PARTth of each size, for
 *				sanitizers; time: say what each took
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "analysis/analysis.h"

#define DEPTH	6

/* A snapshot that grows. */
struct big {
	struct ana_snapshot s;
	struct lk_class_info *class;
	struct lk_site_info site[2];
	struct lk_life_info life[256];
	size_t		croom, hroom;
	uint32_t	*at;		/* in dep_held, of each */
	bool		one_class;
};

static bool timed;
static uint32_t part = 1;
static uint64_t rng;

static uint32_t
below(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 33) % n;
}

static struct big *
big_new(uint32_t classes, size_t deps, size_t held)
{
	struct big *b = calloc(1, sizeof(*b));
	uint32_t i;

	assert_non_null(b);
	b->class = calloc(classes, sizeof(*b->class));
	b->s.deps = calloc(deps, sizeof(*b->s.deps));
	b->at = calloc(deps, sizeof(*b->at));
	b->s.dep_held = calloc(held, sizeof(*b->s.dep_held));
	assert_true(b->class != NULL && b->s.deps != NULL && b->at != NULL &&
	    b->s.dep_held != NULL);
	b->croom = deps;
	b->hroom = held;
	for (i = 0; i < classes; i++) {
		b->class[i].id = i + 1;
		snprintf(b->class[i].name, LK_NAMELEN, "class %u", i);
	}
	b->s.classes = b->class;
	b->s.nclasses = classes;
	for (i = 0; i < 256; i++) {
		b->life[i].id = b->life[i].strand = i + 1;
		snprintf(b->life[i].name, 16, "s%u", i);
	}
	b->s.lives = b->life;
	b->s.nlives = 256;
	for (i = 0; i < 2; i++) {
		b->site[i].id = i + 1;
		strcpy(b->site[i].file, "x.c");
		strcpy(b->site[i].func, i == 0 ? "hold" : "want");
	}
	b->s.sites = b->site;
	b->s.nsites = 2;
	b->s.outcome.end = WLE_DONE;
	return b;
}

static void
big_free(struct big *b)
{
	free(b->class);
	free(b->s.deps);
	free(b->at);
	free(b->s.dep_held);
	free(b);
}

static struct lk_node_info
node(const struct big *b, uint32_t lock, uint32_t site)
{
	return (struct lk_node_info){
		.kind = LKN_LOCK, .mode = LKM_WRITE, .how = LKH_PLAIN,
		.ident = 0x10000 + (uint64_t)lock * 64, .gen = 1,
		.class = b->one_class ? 1 :
		    lock % (uint32_t)b->s.nclasses + 1,
		.site = site,
	};
}

static void
add(struct big *b, uint32_t life, const uint32_t *held, uint32_t n,
    uint32_t want)
{
	struct lk_dep_info *d = &b->s.deps[b->s.ndeps];
	uint32_t i;

	assert_true(b->s.ndeps < b->croom &&
	    b->s.ndep_held + n <= b->hroom);
	b->at[b->s.ndeps++] = (uint32_t)b->s.ndep_held;
	d->id = (uint32_t)b->s.ndeps;
	d->want = node(b, want, 2);
	d->nheld = n;
	for (i = 0; i < n; i++)
		b->s.dep_held[b->s.ndep_held++] = node(b, held[i], 1);
	d->nseen = 1;
	d->seen[0] = (struct lk_dep_seen){ .life = life, .op = 1,
	    .first = b->s.ndeps, .last = b->s.ndeps };
}

/* Nested takes in rising order.  => how many */
static uint32_t
rising(struct big *b, uint32_t life, uint32_t nlocks)
{
	uint32_t held[DEPTH], n = 0, depth = 2 + below(DEPTH - 1);
	uint32_t x = below(nlocks / 2);

	while (n < depth && x < nlocks) {
		if (n > 0)
			add(b, life, held, n, x);
		held[n++] = x;
		x += 1 + below(nlocks / 8);
	}
	return n;
}

/* Each of k strands holds one of k locks and wants the next. */
static void
ring(struct big *b, const uint32_t *lock, uint32_t k)
{
	uint32_t i;

	for (i = 0; i < k; i++)
		add(b, i + 1, &lock[i], 1, lock[(i + 1) % k]);
}

/* Processor time so far, in seconds. */
static double
used(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static struct ana_result *
judge_by(struct big *b, const char *what,
    int (*run)(const struct ana_snapshot *, struct ana_result **))
{
	struct ana_result *r;
	struct rusage u;
	double begun = used();
	size_t i;

	for (i = 0; i < b->s.ndeps; i++)
		b->s.deps[i].held = b->s.dep_held + b->at[i];
	assert_int_equal(run(&b->s, &r), 0);
	getrusage(RUSAGE_SELF, &u);
	if (timed)	/* the memory of the test itself included */
		printf("%s: %zu dependencies, %zu edges, %zu findings: "
		    "%.2f s, %ld MB at most so far\n", what, b->s.ndeps,
		    r->order.nedges, r->nfindings,
		    used() - begun, u.ru_maxrss / 1024);
	return r;
}

static struct ana_result *
judge(struct big *b, const char *what)
{
	return judge_by(b, what, ana_run_order);
}

static unsigned
cycles(const struct ana_result *r)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		n += strcmp(r->findings[i]->name, "order.cycle") == 0;
	return n;
}

static unsigned
lines_with(const struct ana_finding *f, const char *text)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < f->ntext; i++)
		n += strstr(f->text[i], text) != NULL;
	return n;
}

/* 5000 classes, and more than 10^5 ways in which they nest. */
static void
many_classes(void **state)
{
	struct big *b = big_new(5000, 600000, 2000000);
	struct ana_result *r;

	rng = 88172645463325252ULL;
	while (b->s.ndeps < 60000 / part)
		rising(b, 1 + below(4), 5000);
	r = judge(b, "consistent");
	assert_int_equal(r->nfindings, 0);
	if (part == 1)
		assert_true(r->order.nedges > 100000 &&
		    r->order.nclasses > 4000);
	assert_int_equal(r->order.gaveup, 0);
	ana_result_free(r);
	big_free(b);
}

/*
 * All passes on a run of 10^9 takes: four rows of counters for each of 5000
 * classes, a table of blame that is full, and an order of 10^5 edges.
 */
#define TAKES	UINT64_C(1000000000)
#define ROWS	20000
#define BLAMES	32768

static void
whole_run(void **state)
{
	static struct lk_totals total[ROWS];
	static struct lk_blame_info blame[BLAMES];
	struct big *b = big_new(5000, 600000, 2000000);
	uint64_t taken = 0, waited = 0;
	struct ana_result *r;
	size_t i;

	rng = 88172645463325252ULL;
	while (b->s.ndeps < 60000 / part)
		rising(b, 1 + below(4), 5000);
	for (i = 0; i < ROWS; i++) {
		total[i].class = (uint32_t)i / 4 + 1;
		total[i].site = (uint32_t)i / 2 % 2 + 1;
		total[i].mode = i % 2 == 0 ? LKM_WRITE : LKM_READ;
		total[i].c[LKC_acquired] = TAKES / ROWS;
		total[i].c[LKC_contended] = 10;
		total[i].c[LKC_wait_ns] = BLAMES;
	}
	for (i = 0; i < BLAMES; i++) {
		blame[i].class = (uint32_t)(i * 5000 / BLAMES) + 1;
		blame[i].waiter = (struct lk_blame_end){ 1 + i % 2,
		    1 + below(30), LKM_WRITE };
		blame[i].holder = (struct lk_blame_end){ 1 + i / 2 % 2,
		    1 + below(30), LKM_READ };
		blame[i].n = 1;
		blame[i].ns = ROWS;
	}
	b->s.run.strands = 8;
	b->s.outcome.elapsed_ns = 60 * UINT64_C(1000000000);
	b->s.totals = total;
	b->s.ntotals = ROWS;
	b->s.blames = blame;
	b->s.nblames = BLAMES;
	r = judge_by(b, "all passes", ana_run);
	for (i = 0; i < r->nlocks; i++) {
		taken += r->locks[i].all.c[LKC_acquired];
		waited += r->locks[i].all.c[LKC_wait_ns];
	}
	assert_int_equal(r->nfindings, 0);
	assert_int_equal(r->nlocks, 5000);
	assert_int_equal(taken, TAKES);
	assert_int_equal(r->blame.total, waited);
	assert_int_equal(r->blame.waited, waited);
	assert_true(part != 1 || r->order.nedges > 100000);
	ana_result_free(r);
	big_free(b);
}

static const char by_address[] = "class \"class 0\" by address\n";

/* A ring of k locks among a consistent order of as many classes, or of one. */
static void
plant(uint32_t k, bool one_class, uint64_t seed)
{
	struct big *b = big_new(16384, 600000, 2000000);
	struct ana_contract *c;
	struct wl_error err;
	struct ana_result *r;
	uint32_t lock[64], i, from = 1000;
	char what[64];

	rng = 88172645463325252ULL + seed * 2;
	b->one_class = one_class;
	assert_int_equal(ana_contract_text(by_address, "", &c, &err), 0);
	b->s.contract = c;
	for (i = 0; i < k; i++)
		lock[i] = from += 1 + below(300);
	ring(b, lock, k);
	while (b->s.ndeps < 150000 / part)
		rising(b, 1 + below(4), 16384);
	snprintf(what, sizeof(what), "ring of %u%s", k, one_class ?
	    " in one class" : "");
	r = judge(b, what);
	assert_int_equal(r->nfindings, 1);
	assert_string_equal(r->findings[0]->name, "order.cycle");
	assert_int_equal(r->findings[0]->level, ANA_ERROR);
	/* whole: each part with both of its sites */
	assert_true(lines_with(r->findings[0], "then wanted") >= 2);
	assert_int_equal(lines_with(r->findings[0], "then wanted"),
	    lines_with(r->findings[0], " took "));
	assert_int_equal(r->order.gaveup, 0);
	ana_result_free(r);
	ana_contract_free(c);
	big_free(b);
}

static void
planted(void **state)
{
	static const uint32_t size[] = { 2, 3, 7, 20, 40 };
	size_t i;

	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		plant(size[i], false, i);
		plant(size[i], true, i);
	}
}

static void
long_rings(void **state)
{
	static const uint32_t size[] = { 30, 200 };
	uint32_t lock[200], i, k;
	struct ana_result *r;
	struct big *b;

	for (i = 0; i < 2; i++) {
		b = big_new(200, 200, 200);
		for (k = 0; k < size[i]; k++)
			lock[k] = k;
		ring(b, lock, size[i]);
		r = judge(b, "ring");
		assert_int_equal(r->nfindings, 1);
		assert_int_equal(lines_with(r->findings[0], "then wanted"),
		    size[i]);
		ana_result_free(r);
		big_free(b);
	}
}

/* Many inversions that have nothing to do with each other: all are told. */
static void
many_inversions(void **state)
{
	struct big *b = big_new(2000, 10000, 20000);
	struct ana_result *r;
	uint32_t i, lock[2];

	for (i = 0; i < 500; i++) {
		lock[0] = 2 * i;
		lock[1] = 2 * i + 1;
		ring(b, lock, 2);
	}
	r = judge(b, "500 inversions");
	assert_int_equal(r->nfindings, 500);
	assert_int_equal(cycles(r), 500);
	ana_result_free(r);
	big_free(b);
}

/* No order at all, in one strand, or behind gates: it comes to an end. */
static void
no_order(void **state)
{
	struct ana_result *r;
	struct big *b;
	uint32_t held[3], i, k, mode;

	for (mode = 0; mode < 3; mode++) {
		b = big_new(1000, 60000, 200000);
		rng = 88172645463325252ULL;
		for (i = 0; i < 50000 / part; i++) {
			for (k = 0; k < 3; k++)
				held[k] = below(999);
			if (mode == 2)
				held[2] = 999;	/* the gate */
			k = below(999);
			if (k == held[0] || k == held[1] || k == held[2])
				continue;
			add(b, mode == 1 ? 1 : 1 + below(8), held, 3, k);
		}
		r = judge(b, mode == 0 ? "no order" : mode == 1 ?
		    "no order, one strand" : "no order, one gate");
		assert_true(r->nfindings > 0);
		assert_int_equal(r->findings[0]->level, mode == 0 ? ANA_ERROR :
		    mode == 1 ? ANA_WARN : ANA_INFO);
		ana_result_free(r);
		big_free(b);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_classes),
		cmocka_unit_test(whole_run),
		cmocka_unit_test(planted),
		cmocka_unit_test(long_rings),
		cmocka_unit_test(many_inversions),
		cmocka_unit_test(no_order)
	};

	if (argc > 1)
		part = (uint32_t)strtoul(argv[1], NULL, 10);
	timed = argc > 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

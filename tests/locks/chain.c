/* chain.c: the chain cache hides no dependency. */
#include <stdio.h>

#include "locks/note_int.h"
#include "tests/locks/t.h"
#include "tests/size.h"

static struct rwlock a, b, c, a2;

struct want {
	const char	*from, *to;
	enum lk_mode	from_mode, to_mode;
	unsigned	n;
	bool		stacks;
};

static bool
is(const struct lk_node_info *n, const char *name, enum lk_mode mode)
{
	struct lk_class_info class;

	lk_record_class(lk_record_current(), n->class, &class);
	return strcmp(class.name, name) == 0 && n->mode == mode;
}

static unsigned
depth(uint32_t stack)
{
	uint64_t frame[LK_MAXFRAMES];

	return lk_record_stack(lk_record_current(), stack, frame);
}

static void
edge_one(const struct lk_dep_info *d, void *arg)
{
	struct want *w = arg;
	uint32_t i;

	if (!is(&d->want, w->to, w->to_mode))
		return;
	for (i = 0; i < d->nheld; i++)
		if (is(&d->held[i], w->from, w->from_mode)) {
			w->n++;
			w->stacks = depth(d->want.stack) >= 2 &&
			    depth(d->held[i].stack) >= 2;
		}
}

/* Rows that wait for `to` under `from`. */
static unsigned
edges(const char *from, enum lk_mode fm, const char *to, enum lk_mode tm)
{
	struct want w = { from, to, fm, tm, 0, false };

	lk_record_deps(lk_record_current(), 1, edge_one, &w);
	if (w.n != 0)
		assert_true(w.stacks);
	return w.n;
}

static int
setup(void **state)
{
	t_fresh_record();
	rw_init(&a, "A");
	rw_init(&b, "B");
	rw_init(&c, "C");
	rw_init(&a2, "A");
	return 0;
}

#define W	LKM_WRITE
#define R	LKM_READ

static void
simple(void **state)
{
	rw_enter(&a, RW_WRITE);
	rw_enter(&b, RW_READ);
	rw_enter(&c, RW_WRITE);
	assert_int_equal(edges("A", W, "B", R), 1);
	assert_int_equal(edges("A", W, "C", W), 1);
	assert_int_equal(edges("B", R, "C", W), 1);
	assert_int_equal(edges("B", R, "A", W), 0);
	rw_exit(&c);
	rw_exit(&b);
	rw_exit(&a);
}

/* The takes all happen at the same sites, so that only the stack differs. */
static void
take(struct rwlock *rw)
{
	rw_enter(rw, RW_WRITE);
}

static void
take_c(void)
{
	rw_enter(&c, RW_WRITE);
}

/*
 * A B -A C teaches the cache the stack "B C"; then A B C and last C A: had
 * the key of C not been made anew without A, one of them would be missed.
 */
static void
release_below(void **state)
{
	take(&a);
	take(&b);
	rw_exit(&a);
	take_c();
	assert_int_equal(edges("A", W, "C", W), 0);
	assert_int_equal(edges("B", W, "C", W), 1);
	rw_exit(&c);
	rw_exit(&b);

	take(&a);
	take(&b);
	take_c();
	assert_int_equal(edges("A", W, "C", W), 1);
	rw_exit(&c);
	rw_exit(&b);
	rw_exit(&a);

	take_c();
	take(&a);
	assert_int_equal(edges("C", W, "A", W), 1);
	rw_exit(&a);
	rw_exit(&c);
}

static void
take_mode(struct rwlock *rw, unsigned long mode)
{
	rw_enter(rw, mode);
}

/* A harmless chain of reads does not hide the same chain with writes. */
static void
mode_in_key(void **state)
{
	static const unsigned long mode[] = { RW_READ, RW_WRITE };
	unsigned i, k;

	for (i = 0; i < 2; i++)
		for (k = 0; k < 2; k++) {
			take_mode(&a, mode[i]);
			take_mode(&b, mode[k]);
			assert_int_equal(edges("A", (enum lk_mode)mode[i],
			    "B", (enum lk_mode)mode[k]), 1);
			rw_exit(&b);
			rw_exit(&a);
		}
}

static void
class_twice(void **state)
{
	struct lk_totals t;
	int i;

	for (i = 0; i < 5; i++) {
		rw_enter(&a, RW_WRITE);
		rw_enter(&a2, RW_WRITE | RW_DUPOK);
		rw_exit(&a2);
		rw_exit(&a);
	}
	assert_int_equal(edges("A", W, "A", W), 1);
	t_totals("A", LKN_LOCK, W, &t);
	assert_int_equal(t.c[LKC_acquired], 10);
}

static void
tries_make_no_edge(void **state)
{
	rw_enter(&a, RW_WRITE);
	assert_int_equal(rw_enter(&b, RW_WRITE | RW_NOSLEEP), 0);
	assert_int_equal(edges("A", W, "B", W), 0);
	/* but what was tried is held like anything else */
	rw_enter(&c, RW_WRITE);
	assert_int_equal(edges("B", W, "C", W), 1);
	rw_exit(&c);
	rw_exit(&b);
	rw_exit(&a);
}

/* More chains than the cache has entries: each still counted and recorded. */
static void
eviction(void **state)
{
	enum { N = 3 * LK_NCHAIN, CLASSES = 97 };
	static struct rwlock l[CLASSES];
	static char name[CLASSES][8];
	struct lk_record_info info;
	uint64_t sum = 0, pairs = 0;
	unsigned i, k;

	for (i = 0; i < CLASSES; i++) {
		snprintf(name[i], sizeof(name[i]), "E%u", i);
		rw_init(&l[i], name[i]);
	}
	for (i = 0; i < CLASSES; i++)
		for (k = 0; k < CLASSES; k++) {
			if (k == i)
				continue;
			take(&l[i]);
			take(&l[k]);
			rw_exit(&l[k]);
			rw_exit(&l[i]);
			pairs++;
		}
	assert_true(pairs > N);
	lk_record_info(lk_record_current(), &info);
	/* and one of each first take: they are all at one site */
	assert_int_equal(info.ndeps, pairs + CLASSES);
	for (i = 0; i < CLASSES; i++) {
		struct lk_totals t;

		t_totals(name[i], LKN_LOCK, W, &t);
		sum += t.c[LKC_acquired];
	}
	assert_int_equal(sum, 2 * pairs);
}

/*
 * Strands that nest anything in anything, each with locks of its own, of the
 * same classes; meanwhile their caches are thrown away, by whatever way there
 * is.  All that was nested, and nothing else, is an edge; each take counts.
 */
#define FSTRANDS	4
#define FCLASSES	251	/* so many that most pairs come once at most */
#define FLOCKS		2	/* of a class */
#define FTURNS		sized(4000, 1500)

static struct forgetter {
	struct rwlock	lock[FCLASSES][FLOCKS];
	bool		nested[FCLASSES][FCLASSES];
	uint64_t	takes[FCLASSES];
	struct lk_strand *strand;
} forgetter[FSTRANDS];
static char fname[FCLASSES][8];
static uint32_t fid[FCLASSES];
static unsigned findex[LK_MAXCLASS];	/* of a class's id; + 1 */

static void
nothing(void *arg)
{
}

static void
forget(uint64_t dice)
{
	struct lk_strand *st;

	switch (dice % 64) {
	case 0:
		lk_chain_forget(lk_self());
		break;
	case 1:
		lk_record_suspect(lk_record_current(),
		    fid[dice / 64 % FCLASSES]);
		lk_op_begin(1);
		lk_op_end();
		break;
	case 2:
		st = t_start("nothing", nothing, NULL);
		lk_strand_join(st);
	}
}

static void
forgets(void *arg)
{
	struct forgetter *f = arg;
	unsigned held[4], n, i, class;
	uint64_t dice;
	int turn;

	for (turn = 0; turn < FTURNS; turn++) {
		struct rwlock *rw[4];

		dice = lk_random();
		forget(lk_random());
		for (n = 0; n < 2 + dice % 3; n++) {
			class = (unsigned)(dice >> (8 + 8 * n)) % FCLASSES;
			for (i = 0; i < n && held[i] != class; i++)
				continue;
			if (i < n)
				break;
			rw[n] = &f->lock[class][dice >> (40 + 2 * n) & 1];
			take(rw[n]);
			f->takes[class]++;
			for (i = 0; i < n; i++)
				f->nested[held[i]][class] = true;
			held[n] = class;
		}
		/* also what is not on top */
		for (i = 0; i < n; i++)
			rw_exit(rw[dice >> 63 != 0 ? i : n - 1 - i]);
	}
}

static void
seen_one(const struct lk_dep_info *d, void *arg)
{
	bool (*seen)[FCLASSES] = arg;
	unsigned to = findex[d->want.class], from;
	uint32_t i;

	for (i = 0; i < d->nheld; i++) {
		from = findex[d->held[i].class];
		if (from != 0 && to != 0)
			seen[from - 1][to - 1] = true;
	}
}

static void
forgotten(void **state)
{
	static bool seen[FCLASSES][FCLASSES];
	struct lk_totals t;
	unsigned i, k, s;
	uint64_t takes;
	bool nested;

	for (i = 0; i < FCLASSES; i++) {
		snprintf(fname[i], sizeof(fname[i]), "F%u", i);
		fid[i] = lk_class_named(fname[i], LKN_LOCK);
		findex[fid[i]] = i + 1;
		for (s = 0; s < FSTRANDS; s++)
			for (k = 0; k < FLOCKS; k++)
				rw_init(&forgetter[s].lock[i][k], fname[i]);
	}
	for (s = 0; s < FSTRANDS; s++)
		forgetter[s].strand = t_start("forgets", forgets,
		    &forgetter[s]);
	for (s = 0; s < FSTRANDS; s++)
		lk_strand_join(forgetter[s].strand);
	lk_record_deps(lk_record_current(), 1, seen_one, seen);
	for (i = 0; i < FCLASSES; i++) {
		for (takes = 0, s = 0; s < FSTRANDS; s++)
			takes += forgetter[s].takes[i];
		t_totals(fname[i], LKN_LOCK, W, &t);
		assert_int_equal(t.c[LKC_acquired], takes);
		for (k = 0; k < FCLASSES; k++) {
			for (nested = false, s = 0; s < FSTRANDS; s++)
				nested |= forgetter[s].nested[i][k];
			assert_int_equal(seen[i][k], nested);
		}
	}
}

/* What was taken while nobody looked is held all the same. */
static unsigned
rows(const char *from, const char *to)
{
	struct want w = { from, to, W, W, 0, false };

	lk_record_deps(lk_record_current(), 1, edge_one, &w);
	return w.n;
}

static void
levels(void **state)
{
	take(&a);
	take_c();
	rw_exit(&c);
	rw_exit(&a);
	take(&b);
	rw_exit(&b);
	/* now the cache knows A, A C and B, each taken so */
	lk_record_level(LK_LEVEL_OFF);
	take(&b);
	lk_record_level(LK_LEVEL_FULL);
	take(&a);
	assert_int_equal(rows("B", "A"), 1);
	take_c();
	assert_int_equal(rows("B", "C"), 1);
	assert_int_equal(rows("A", "C"), 2);
	lk_record_level(LK_LEVEL_CONTENDED);
	rw_exit(&a);
	rw_exit(&c);
	take(&a);
	take_c();
	rw_exit(&b);
	lk_record_level(LK_LEVEL_FULL);
	take(&a2);
	assert_int_equal(rows("A", "A"), 1);
	assert_int_equal(rows("C", "A"), 1);
	assert_int_equal(rows("B", "A"), 1);
	rw_exit(&a2);
	rw_exit(&c);
	rw_exit(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(simple, setup),
		cmocka_unit_test_setup(release_below, setup),
		cmocka_unit_test_setup(mode_in_key, setup),
		cmocka_unit_test_setup(class_twice, setup),
		cmocka_unit_test_setup(tries_make_no_edge, setup),
		cmocka_unit_test_setup(eviction, setup),
		cmocka_unit_test_setup(forgotten, setup),
		cmocka_unit_test_setup(levels, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What a fork may copy, and what it may not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/model_int.h"

#define HOME	16	/* page 16 and 17: hot cell u is writer u's, of 16 */
#define NCELLS	512

struct side {
	struct wl_content *c;
	uint64_t	cell[2][NCELLS];
};
struct machine {
	struct wl_model	m;
	struct wl_fork	*fork;
	struct side	parent, child;
};

static int
setup(void **state)
{
	struct machine *x = calloc(1, sizeof(*x));

	assert_true(wl_model_init(&x->m, 4096, 16, false));
	x->parent.c = wl_content_new(HOME, 2, 0, 0);
	*state = x;
	return 0;
}

static int
teardown(void **state)
{
	struct machine *x = *state;

	wl_content_rele(x->parent.c);
	if (x->child.c != NULL)
		wl_content_rele(x->child.c);
	if (x->fork != NULL)
		wl_fork_rele(x->fork);
	free(x);
	return 0;
}

static void
store(struct machine *x, struct side *s, size_t page, unsigned unit)
{
	unsigned by = wl_writer(&x->m, HOME + page, unit);
	struct wl_write w;

	assert_int_equal(wl_write_begin(&x->m, s->c, page, unit,
	    wl_next_seq(&x->m, by), &w), 0);
	s->cell[page][unit * 32] = wl_value(&x->m, by, w.seq, HOME + page,
	    unit * 32);
	wl_write_end(&w, WLS_STORED);
}

/* The real copy is made at any moment between the two. */
static void
fork_begin(struct machine *x)
{
	x->fork = wl_fork_new(&x->m);
	x->child.c = wl_copy_begin(&x->m, x->parent.c, x->fork);
	assert_non_null(x->child.c);
}

static void
copy(struct machine *x)
{
	memcpy(x->child.cell, x->parent.cell, sizeof(x->child.cell));
}

static void
fork_end(struct machine *x, bool exempt)
{
	assert_true(wl_copy_end(&x->m, x->parent.c, x->child.c, exempt));
}

static enum wl_wrong
look(struct machine *x, struct side *s, size_t page)
{
	struct wl_look l;
	struct wl_bad bad;

	wl_look_begin(&x->m, s->c, page, WL_ALL, &l);
	return wl_look_end(&x->m, s->c, page, 0, NCELLS, s->cell[page], &l,
	    &bad);
}

static void
quiet(void **state)
{
	struct machine *x = *state;

	store(x, &x->parent, 0, 3);
	store(x, &x->parent, 1, 4);
	fork_begin(x);
	copy(x);
	fork_end(x, false);
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	assert_int_equal(look(x, &x->child, 1), WLW_NONE);
	store(x, &x->parent, 0, 3);
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	/* the parent's later store shows in the child */
	x->child.cell[0][96] = x->parent.cell[0][96];
	assert_int_equal(look(x, &x->child, 0), WLW_EARLY);
}

/* The child's stores are its own. */
static void
apart(void **state)
{
	struct machine *x = *state;

	store(x, &x->parent, 0, 3);
	fork_begin(x);
	copy(x);
	fork_end(x, false);
	store(x, &x->child, 0, 3);
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	assert_int_equal(look(x, &x->parent, 0), WLW_NONE);
	x->parent.cell[0][96] = x->child.cell[0][96];
	assert_int_equal(look(x, &x->parent, 0), WLW_EARLY);
}

/* What had returned before the fork began must be there. */
static void
stale(void **state)
{
	struct machine *x = *state;

	store(x, &x->parent, 0, 3);
	copy(x);
	store(x, &x->parent, 0, 3);
	fork_begin(x);
	fork_end(x, false);
	assert_int_equal(look(x, &x->child, 0), WLW_OLD);
}

/* Stores meanwhile may be copied or not; what was seen stays. */
static void
meanwhile(void **state)
{
	struct machine *x = *state;
	uint64_t before, after;

	store(x, &x->parent, 0, 3);
	before = x->parent.cell[0][96];
	fork_begin(x);
	copy(x);
	store(x, &x->parent, 0, 3);
	after = x->parent.cell[0][96];
	fork_end(x, false);
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	x->child.cell[0][96] = after;
	assert_int_equal(look(x, &x->child, 0), WLW_EARLY);
	x->child.cell[0][96] = before;
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
}

/* Writer 3 stores to page 0, then to page 1 (or the other way about). */
static void
two_stores(struct machine *x, bool exempt)
{
	store(x, &x->parent, 0, 3);
	store(x, &x->parent, 1, 3);
	copy(x);
	fork_begin(x);
	store(x, &x->parent, 0, 3);	/* first */
	store(x, &x->parent, 1, 3);	/* second */
	fork_end(x, exempt);
}

static void
prefix(void **state)
{
	struct machine *x = *state;

	two_stores(x, false);
	x->child.cell[0][96] = x->parent.cell[0][96];	/* the first alone */
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	assert_int_equal(look(x, &x->child, 1), WLW_NONE);
}

static void
torn(void **state)
{
	struct machine *x = *state;

	two_stores(x, false);
	x->child.cell[1][96] = x->parent.cell[1][96];	/* the second alone */
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	assert_int_equal(look(x, &x->child, 1), WLW_TORN);
}

static void
torn_other_way(void **state)
{
	struct machine *x = *state;

	two_stores(x, false);
	x->child.cell[1][96] = x->parent.cell[1][96];
	assert_int_equal(look(x, &x->child, 1), WLW_NONE);
	assert_int_equal(look(x, &x->child, 0), WLW_TORN);
}

/* A wired fork copies page by page: between cells it may tear. */
static void
wired(void **state)
{
	struct machine *x = *state;

	two_stores(x, true);
	x->child.cell[1][96] = x->parent.cell[1][96];
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	assert_int_equal(look(x, &x->child, 1), WLW_NONE);
	x->child.cell[1][96] = 0;
	assert_int_equal(look(x, &x->child, 1), WLW_LOST);
}

/* Different writers promise each other nothing. */
static void
two_writers(void **state)
{
	struct machine *x = *state;

	copy(x);
	fork_begin(x);
	store(x, &x->parent, 0, 3);
	store(x, &x->parent, 1, 4);
	fork_end(x, false);
	x->child.cell[1][128] = x->parent.cell[1][128];
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	assert_int_equal(look(x, &x->child, 1), WLW_NONE);
}

/* A fill that the fork cut in two is one store, in part. */
static void
half_a_fill(void **state)
{
	struct machine *x = *state;
	unsigned cold = WL_COLD(&x->m), by = wl_writer(&x->m, HOME, cold), i;
	struct wl_write w[2];
	uint32_t seq;

	assert_int_equal(by, wl_writer(&x->m, HOME, 0));
	copy(x);
	fork_begin(x);
	seq = wl_next_seq(&x->m, by);
	assert_int_equal(wl_write_begin(&x->m, x->parent.c, 0, 0, seq, &w[0]),
	    0);
	assert_int_equal(wl_write_begin(&x->m, x->parent.c, 0, cold, seq,
	    &w[1]), 0);
	for (i = 0; i < NCELLS; i++)
		if (i == 0 || wl_unit_of(&x->m, i) == cold)
			x->parent.cell[0][i] = wl_value(&x->m, by, seq, HOME,
			    i);
	wl_write_end(&w[0], WLS_STORED);
	wl_write_end(&w[1], WLS_STORED);
	fork_end(x, false);
	x->child.cell[0][0] = x->parent.cell[0][0];
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	memcpy(x->child.cell[0], x->parent.cell[0], 2048);
	assert_int_equal(look(x, &x->child, 0), WLW_EARLY);
}

/* A range that one fork left open says nothing about the next. */
static void
grandchild(void **state)
{
	struct machine *x = *state;
	struct wl_fork *again;
	struct side grand;

	two_stores(x, false);
	x->child.cell[0][96] = x->parent.cell[0][96];
	memcpy(grand.cell, x->child.cell, sizeof(grand.cell));
	again = wl_fork_new(&x->m);
	grand.c = wl_copy_begin(&x->m, x->child.c, again);
	store(x, &x->child, 1, 3);
	assert_true(wl_copy_end(&x->m, x->child.c, grand.c, false));
	assert_int_equal(look(x, &grand, 0), WLW_NONE);
	assert_int_equal(look(x, &grand, 1), WLW_NONE);
	grand.cell[0][96] = 0;
	assert_true(look(x, &grand, 0) != WLW_NONE);
	wl_content_rele(grand.c);
	wl_fork_rele(again);
}

/* What may have been dropped before the fork may be so in the child. */
static void
freed(void **state)
{
	struct machine *x = *state;

	store(x, &x->parent, 0, 3);
	store(x, &x->parent, 1, 3);
	assert_int_equal(wl_free_begin(x->parent.c, 0, 1, false), 0);
	wl_free_end(x->parent.c, 0, 1, false);
	fork_begin(x);
	copy(x);
	fork_end(x, false);
	x->child.cell[0][96] = 0;
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	x->child.cell[1][96] = 0;
	assert_int_equal(look(x, &x->child, 1), WLW_LOST);
}

/* The first store of a page's life, during the fork. */
static void
first_store(void **state)
{
	struct machine *x = *state;

	copy(x);
	fork_begin(x);
	store(x, &x->parent, 0, 3);
	fork_end(x, false);
	assert_int_equal(look(x, &x->child, 0), WLW_NONE);
	x->child.cell[0][96] = x->parent.cell[0][96];
	assert_int_equal(look(x, &x->child, 0), WLW_EARLY);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(quiet), TEST(apart), TEST(stale), TEST(meanwhile),
		TEST(prefix), TEST(torn), TEST(torn_other_way), TEST(wired),
		TEST(two_writers), TEST(half_a_fill), TEST(grandchild),
		TEST(freed), TEST(first_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

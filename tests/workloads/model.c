/*
 * The model against a machine that lies.  The machine is an array of cells; the
 * test stores, loads and spoils them, and says what must be noticed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/model_int.h"

#define HOME	100
#define PAGES	4
#define NCELLS	512

struct machine {
	struct wl_model	m;
	struct wl_content *c;
	uint64_t	cell[PAGES][NCELLS];
};

static int
setup(void **state)
{
	struct machine *x = calloc(1, sizeof(*x));

	assert_true(wl_model_init(&x->m, 4096, 8, false));
	x->c = wl_content_new(HOME, PAGES, 0, 0);
	*state = x;
	return 0;
}

static int
teardown(void **state)
{
	struct machine *x = *state;

	wl_content_rele(x->c);
	free(x);
	return 0;
}

static uint64_t
begin(struct machine *x, size_t page, unsigned unit, struct wl_write *w)
{
	unsigned by = wl_writer(&x->m, HOME + page, unit);

	assert_int_equal(wl_write_begin(&x->m, x->c, page, unit,
	    wl_next_seq(&x->m, by), w), 0);
	return wl_value(&x->m, by, w->seq, HOME + page, unit * x->m.stride);
}

static uint64_t
store(struct machine *x, size_t page, unsigned unit)
{
	struct wl_write w;
	uint64_t v = begin(x, page, unit, &w);

	x->cell[page][unit * x->m.stride] = v;
	wl_write_end(&w, WLS_STORED);
	return v;
}

static void
fill(struct machine *x, size_t page)
{
	unsigned by = wl_writer(&x->m, HOME + page, WL_COLD(&x->m)), i;
	struct wl_write w;

	assert_int_equal(wl_write_begin(&x->m, x->c, page, WL_COLD(&x->m),
	    wl_next_seq(&x->m, by), &w), 0);
	for (i = 0; i < NCELLS; i++)
		if (wl_unit_of(&x->m, i) == WL_COLD(&x->m))
			x->cell[page][i] = wl_value(&x->m, by, w.seq,
			    HOME + page, i);
	wl_write_end(&w, WLS_STORED);
}

static enum wl_wrong
look(struct machine *x, size_t page, struct wl_bad *bad)
{
	struct wl_look l;

	wl_look_begin(&x->m, x->c, page, WL_ALL, &l);
	return wl_look_end(&x->m, x->c, page, 0, NCELLS, x->cell[page], &l,
	    bad);
}

static void
must(struct machine *x, size_t page, enum wl_wrong wrong, unsigned cell)
{
	struct wl_bad bad;

	assert_int_equal(look(x, page, &bad), wrong);
	if (wrong != WLW_NONE)
		assert_int_equal(bad.cell, cell);
}

/* All values of all strands, pages and cells are distinct and come back. */
static void
values(void **state)
{
	static const size_t sizes[] = { 64, 512, 4096, 65536 };
	struct wl_origin o;
	struct wl_model m;
	uint64_t v;
	unsigned i, k;

	for (k = 0; k < 4; k++) {
		assert_true(wl_model_init(&m, sizes[k], 256, false));
		assert_true(m.nhot >= 4);
		for (i = 0; i < 10000; i++) {
			unsigned strand = i % 256, cell = i * 7 % m.ncells;
			uint32_t seq = i * 214013 % WL_SEQ_MAX + 1, page;

			page = i * 31 & ((1u << (25 - m.cell_bits)) - 1);
			v = wl_value(&m, strand, seq, page, cell);
			assert_true(v != 0);
			wl_value_decode(&m, v, &o);
			assert_int_equal(o.strand, strand);
			assert_int_equal(o.seq, seq);
			assert_int_equal(o.page, page);
			assert_int_equal(o.cell, cell);
		}
	}
	assert_false(wl_model_init(&m, 4096, 0, false));
	assert_false(wl_model_init(&m, 4096, 257, false));
	assert_false(wl_model_init(&m, 32, 1, false));
	assert_false(wl_model_init(&m, 100, 1, false));
}

/* With any number of strands, each owns cells and cold cells somewhere near. */
static void
writers(void **state)
{
	unsigned n, s, p, u;
	struct wl_model m;

	for (n = 1; n <= 256; n += 5) {
		bool hot[256] = { false }, cold[256] = { false };

		assert_true(wl_model_init(&m, 4096, n, false));
		for (p = 77; p < 77 + n; p++) {
			cold[wl_writer(&m, p, WL_COLD(&m))] = true;
			for (u = 0; u < m.nhot; u++)
				hot[wl_writer(&m, p, u)] = true;
		}
		for (s = 0; s < n; s++)
			assert_true(hot[s] && cold[s]);
	}
}

static void
truth(void **state)
{
	struct machine *x = *state;
	unsigned i;

	must(x, 0, WLW_NONE, 0);
	for (i = 0; i < 100; i++) {
		store(x, i % PAGES, i % x->m.nhot);
		if (i % 10 == 0)
			fill(x, i % PAGES);
		must(x, i % PAGES, WLW_NONE, 0);
	}
}

static void
overwritten(void **state)
{
	struct machine *x = *state;
	uint64_t old = store(x, 0, 3);

	store(x, 0, 3);
	x->cell[0][96] = old;
	must(x, 0, WLW_OLD, 96);
}

static void
lost(void **state)
{
	struct machine *x = *state;

	store(x, 0, 3);
	x->cell[0][96] = 0;
	must(x, 0, WLW_LOST, 96);
}

static void
foreign(void **state)
{
	struct machine *x = *state;
	struct wl_bad bad;
	char text[256];

	store(x, 0, 3);
	store(x, 1, 3);
	store(x, 0, 4);
	x->cell[0][96] = x->cell[1][96];	/* another page's */
	must(x, 0, WLW_FOREIGN, 96);
	assert_int_equal(look(x, 0, &bad), WLW_FOREIGN);
	wl_bad_text(&x->m, x->c, 0, &bad, text, sizeof(text));
	assert_non_null(strstr(text, "to page 101 cell 96"));
	assert_non_null(strstr(text, "page 100 cell 96: expected stores"));
	x->cell[0][96] = x->cell[0][128];	/* another cell's */
	must(x, 0, WLW_FOREIGN, 96);
	x->cell[0][96] = 0x1234567812345678;
	must(x, 0, WLW_NOBODY, 96);
	x->cell[0][96] = 1;
	must(x, 0, WLW_NOBODY, 96);
	x->cell[0][96] = wl_value(&x->m, wl_writer(&x->m, HOME, 4),
	    1, HOME, 96);			/* another writer's */
	must(x, 0, WLW_FOREIGN, 96);
}

/* Any single bit that turns makes a value that is wrong. */
static void
bits(void **state)
{
	struct machine *x = *state;
	struct wl_bad bad;
	unsigned b;

	store(x, 0, 3);
	fill(x, 0);
	for (b = 0; b < 64; b++) {
		x->cell[0][96] ^= (uint64_t)1 << b;
		assert_true(look(x, 0, &bad) != WLW_NONE);
		assert_int_equal(bad.cell, 96);
		x->cell[0][96] ^= (uint64_t)1 << b;
		x->cell[0][77] ^= (uint64_t)1 << b;
		assert_true(look(x, 0, &bad) != WLW_NONE);
		assert_int_equal(bad.cell, 77);
		x->cell[0][77] ^= (uint64_t)1 << b;
	}
	must(x, 0, WLW_NONE, 0);
}

static void
not_begun(void **state)
{
	struct machine *x = *state;
	unsigned by = wl_writer(&x->m, HOME, 3);

	store(x, 0, 3);
	x->cell[0][96] = wl_value(&x->m, by, 7, HOME, 96);
	must(x, 0, WLW_EARLY, 96);
}

/* A load that overlaps a store may see it or not; once seen, it stays. */
static void
overlap(void **state)
{
	struct machine *x = *state;
	uint64_t old = store(x, 0, 3), new;
	struct wl_write w;

	new = begin(x, 0, 3, &w);
	must(x, 0, WLW_NONE, 0);
	x->cell[0][96] = new;
	must(x, 0, WLW_NONE, 0);
	x->cell[0][96] = old;
	must(x, 0, WLW_OLD, 96);
	x->cell[0][96] = new;
	wl_write_end(&w, WLS_STORED);
	must(x, 0, WLW_NONE, 0);
}

/* A load that began before a store was done, and ended after. */
static void
load_overlaps(void **state)
{
	struct machine *x = *state;
	uint64_t old = store(x, 0, 3), new;
	struct wl_look l;
	struct wl_bad bad;

	wl_look_begin(&x->m, x->c, 0, 3, &l);
	new = store(x, 0, 3);
	assert_int_equal(wl_look_end(&x->m, x->c, 0, 96, 1, &old, &l, &bad),
	    WLW_NONE);
	wl_look_begin(&x->m, x->c, 0, 3, &l);
	assert_int_equal(wl_look_end(&x->m, x->c, 0, 96, 1, &new, &l, &bad),
	    WLW_NONE);
	wl_look_begin(&x->m, x->c, 0, 3, &l);
	assert_int_equal(wl_look_end(&x->m, x->c, 0, 96, 1, &old, &l, &bad),
	    WLW_OLD);
}

static void
refused_store(void **state)
{
	struct machine *x = *state;
	uint64_t new;
	struct wl_write w;

	store(x, 0, 3);
	new = begin(x, 0, 3, &w);
	wl_write_end(&w, WLS_UNTOUCHED);
	must(x, 0, WLW_NONE, 0);
	x->cell[0][96] = new;
	must(x, 0, WLW_EARLY, 96);
}

/* Half of a fill: old and new cells side by side, until one is seen alone. */
static void
half_a_fill(void **state)
{
	struct machine *x = *state;
	unsigned cold = WL_COLD(&x->m), i;
	unsigned by = wl_writer(&x->m, HOME, cold);
	uint64_t before[NCELLS];
	struct wl_write w;

	fill(x, 0);
	memcpy(before, x->cell[0], sizeof(before));
	assert_int_equal(wl_write_begin(&x->m, x->c, 0, cold,
	    wl_next_seq(&x->m, by), &w), 0);
	for (i = 0; i < 200; i++)
		if (wl_unit_of(&x->m, i) == cold)
			x->cell[0][i] = wl_value(&x->m, by, w.seq, HOME, i);
	must(x, 0, WLW_NONE, 0);
	wl_write_end(&w, WLS_PERHAPS);
	must(x, 0, WLW_NONE, 0);
	fill(x, 0);
	must(x, 0, WLW_NONE, 0);
	x->cell[0][301] = before[301];
	must(x, 0, WLW_OLD, 301);
}

/* One cold cell of a fill in progress says nothing about the others. */
static void
one_cold_cell(void **state)
{
	struct machine *x = *state;
	unsigned cold = WL_COLD(&x->m), by = wl_writer(&x->m, HOME, cold);
	struct wl_write w;
	struct wl_look l;
	struct wl_bad bad;
	uint64_t v;

	fill(x, 0);
	assert_int_equal(wl_write_begin(&x->m, x->c, 0, cold,
	    wl_next_seq(&x->m, by), &w), 0);
	v = x->cell[0][1] = wl_value(&x->m, by, w.seq, HOME, 1);
	wl_look_begin(&x->m, x->c, 0, cold, &l);
	assert_int_equal(wl_look_end(&x->m, x->c, 0, 1, 1, &v, &l, &bad),
	    WLW_NONE);
	must(x, 0, WLW_NONE, 0);
	wl_write_end(&w, WLS_STORED);
	must(x, 0, WLW_OLD, 2);
}

static void
drop(struct machine *x, size_t page)
{
	memset(x->cell[page], 0, sizeof(x->cell[page]));
}

static void
freed(void **state)
{
	struct machine *x = *state;
	uint64_t kept[NCELLS];

	store(x, 0, 3);
	fill(x, 0);
	memcpy(kept, x->cell[0], sizeof(kept));
	assert_int_equal(wl_free_begin(x->c, 0, 2, false), 0);
	must(x, 0, WLW_NONE, 0);		/* not dropped yet */
	drop(x, 0);
	must(x, 0, WLW_NONE, 0);
	wl_free_end(x->c, 0, 2, false);
	must(x, 0, WLW_NONE, 0);
	memcpy(x->cell[0], kept, sizeof(kept));
	must(x, 0, WLW_DROPPED, 1);		/* risen from the dead */
	drop(x, 0);
	store(x, 0, 3);
	must(x, 0, WLW_NONE, 0);
	x->cell[0][96] = 0;
	must(x, 0, WLW_LOST, 96);		/* the store came after */
}

/* A page that was seen after the free was not dropped by it. */
static void
kept(void **state)
{
	struct machine *x = *state;

	store(x, 0, 3);
	fill(x, 0);
	assert_int_equal(wl_free_begin(x->c, 0, 1, false), 0);
	wl_free_end(x->c, 0, 1, false);
	must(x, 0, WLW_NONE, 0);
	drop(x, 0);
	must(x, 0, WLW_LOST, 1);
	assert_int_equal(wl_free_begin(x->c, 0, 1, false), 0);
	wl_free_end(x->c, 0, 1, false);
	must(x, 0, WLW_NONE, 0);		/* a new one */
}

/* A store that overlaps a free may be lost with it; a later one may not. */
static void
freed_meanwhile(void **state)
{
	struct machine *x = *state;
	struct wl_write w;

	store(x, 0, 3);
	(void)begin(x, 0, 3, &w);
	assert_int_equal(wl_free_begin(x->c, 0, 1, false), 0);
	wl_write_end(&w, WLS_STORED);
	drop(x, 0);
	must(x, 0, WLW_NONE, 0);
	store(x, 0, 5);				/* the free still goes on */
	x->cell[0][160] = 0;
	must(x, 0, WLW_NONE, 0);
	wl_free_end(x->c, 0, 1, false);
	store(x, 0, 5);
	x->cell[0][160] = 0;
	must(x, 0, WLW_LOST, 160);
}

static void
files(void **state)
{
	struct machine *x = *state;
	unsigned i;

	wl_content_rele(x->c);
	x->c = wl_content_new(HOME, PAGES, 9, 40);
	for (i = 0; i < NCELLS; i++)
		x->cell[1][i] = vm_object_cell(9, 41, i);
	must(x, 1, WLW_NONE, 0);
	store(x, 1, 2);
	must(x, 1, WLW_NONE, 0);
	x->cell[1][5] = 0;
	assert_true(look(x, 1, &(struct wl_bad){ .cell = 0 }) != WLW_NONE);
	x->cell[1][5] = vm_object_cell(9, 40, 5);	/* the page before */
	assert_true(look(x, 1, &(struct wl_bad){ .cell = 0 }) != WLW_NONE);
}

static void
poison(void **state)
{
	struct machine *x = *state;

	assert_false(wl_poisoned(x->c, 2));
	assert_true(wl_poison(x->c, 2));
	assert_false(wl_poison(x->c, 2));
	assert_true(wl_poisoned(x->c, 2));
	assert_false(wl_poisoned(x->c, 1));
}

/* Replay: any strand stores to any hot cell, one at a time, in one order. */
static void
ordered(void **state)
{
	struct machine *x = *state;
	struct wl_write w, v;
	uint32_t early, late;

	assert_true(wl_model_init(&x->m, 4096, 8, true));
	early = wl_next_seq(&x->m, 1);
	late = wl_next_seq(&x->m, 2);
	assert_int_equal(wl_write_begin(&x->m, x->c, 0, 3, late, &w), 0);
	assert_int_not_equal(wl_write_begin(&x->m, x->c, 0, 3,
	    wl_next_seq(&x->m, 3), &v), 0);	/* in progress */
	x->cell[0][96] = wl_value(&x->m, 2, late, HOME, 96);
	wl_write_end(&w, WLS_STORED);
	must(x, 0, WLW_NONE, 0);
	assert_int_not_equal(wl_write_begin(&x->m, x->c, 0, 3, early, &v), 0);
	x->cell[0][96] = wl_value(&x->m, 1, early, HOME, 96);
	must(x, 0, WLW_OLD, 96);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values), TEST(writers), TEST(truth), TEST(overwritten),
		TEST(lost), TEST(foreign), TEST(bits), TEST(not_begun),
		TEST(overlap), TEST(load_overlaps), TEST(refused_store),
		TEST(half_a_fill), TEST(one_cold_cell), TEST(freed),
		TEST(kept), TEST(freed_meanwhile), TEST(files), TEST(poison),
		TEST(ordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The set of mappings against an array with an entry for each page. */

#include <errno.h>

#include "tests/trace/trace_test.h"
#include "workloads/trace_maps_int.h"

#define PAGES	96

struct page {
	bool		mapped;
	uint8_t		prot, kind;
	uint32_t	object;
	uint64_t	object_page;
};

static uint64_t seed = 88172645463325252;

static uint32_t
draw(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((uint32_t)(seed >> 20) % n);
}

static bool
same_run(const struct page *a, const struct page *b)
{
	return (a->mapped && b->mapped && a->prot == b->prot &&
	    a->kind == b->kind && a->object == b->object &&
	    (a->object == WL_TRACE_NONE ||
	    a->object_page + 1 == b->object_page));
}

/* Equal page for page, sorted, and no entry more than needed. */
static void
compare(const struct wl_maps *ms, const struct page *model)
{
	const struct wl_map *m;
	uint64_t p, lo, hi, pages = 0;
	size_t runs = 0;

	for (p = 0; p < PAGES; p++) {
		m = wl_maps_find(ms, p);
		assert_int_equal(m != NULL, model[p].mapped);
		assert_int_equal(wl_maps_any(ms, p, p + 1), model[p].mapped);
		if (m == NULL) {
			wl_maps_hole(ms, p, &lo, &hi);
			assert_true(lo <= p && p < hi);
			assert_true(lo == 0 || model[lo - 1].mapped);
			assert_true(hi >= PAGES || model[hi].mapped);
			assert_false(wl_maps_any(ms, lo, hi));
			continue;
		}
		pages++;
		assert_int_equal(m->prot, model[p].prot);
		assert_int_equal(m->kind, model[p].kind);
		assert_int_equal(m->object, model[p].object);
		if (m->object != WL_TRACE_NONE)
			assert_int_equal(m->object_page + (p - m->start),
			    model[p].object_page);
		runs += p == 0 || !same_run(&model[p - 1], &model[p]);
	}
	assert_int_equal(ms->n, runs);
	assert_int_equal(ms->pages, pages);
}

static void
random_set(struct wl_maps *ms, struct page *model, uint64_t s, uint64_t e)
{
	struct wl_map m = { .start = s, .end = e, .object = WL_TRACE_NONE };
	uint64_t p;

	m.prot = (uint8_t)draw(2);
	if (draw(2) == 0) {
		m.kind = WL_MAP_FILE;
		m.object = draw(2);
		m.object_page = s + draw(2);
	}
	assert_int_equal(wl_maps_set(ms, &m), 0);
	for (p = s; p < e; p++)
		model[p] = (struct page){ true, m.prot, m.kind, m.object,
		    m.object_page + (p - s) };
}

static void
random_move(struct wl_maps *ms, struct page *model, uint64_t s, uint64_t e)
{
	struct page moved[PAGES];
	uint64_t n = e - s, to = draw((uint32_t)(PAGES - n + 1)), p;
	size_t parts = 0;

	if (to < e && s < to + n)
		return;
	for (p = s; p < e; p++)
		parts += model[p].mapped && (p == s ||
		    !same_run(&model[p - 1], &model[p]));
	if (parts > WL_TRACE_MAX_MOVE) {
		assert_int_equal(wl_maps_move(ms, s, n, to), E2BIG);
		return;
	}
	assert_int_equal(wl_maps_clear(ms, to, to + n), 0);
	assert_int_equal(wl_maps_move(ms, s, n, to), 0);
	memcpy(moved, &model[s], n * sizeof(*model));
	memset(&model[s], 0, n * sizeof(*model));
	memcpy(&model[to], moved, n * sizeof(*model));
}

static void
random_change(struct wl_maps *ms, struct page *model)
{
	uint64_t s = draw(PAGES), e = s + 1 + draw((uint32_t)(PAGES - s)), p;
	uint8_t prot;
	bool all = true;

	if (draw(3) > 0 && e > s + 8)
		e = s + 8;
	switch (draw(5)) {
	case 0:
	case 1:
		random_set(ms, model, s, e);
		break;
	case 2:
		assert_int_equal(wl_maps_clear(ms, s, e), 0);
		memset(&model[s], 0, (e - s) * sizeof(*model));
		break;
	case 3:
		prot = (uint8_t)draw(2);
		for (p = s; p < e; p++) {
			all = all && model[p].mapped;
			model[p].prot = prot;
		}
		assert_int_equal(wl_maps_all(ms, s, e), all);
		assert_int_equal(wl_maps_protect(ms, s, e, prot), 0);
		break;
	default:
		random_move(ms, model, s, e);
		break;
	}
}

static void
against_pages(void **state)
{
	struct wl_maps_budget budget = WL_MAPS_BUDGET;
	struct page model[PAGES] = { 0 };
	struct wl_maps ms, copy;
	int i;

	wl_maps_init(&ms, &budget);
	for (i = 0; i < 60000; i++) {
		random_change(&ms, model);
		compare(&ms, model);
		assert_int_equal(budget.live, ms.n);
		if (i % 64 != 0)
			continue;
		assert_int_equal(wl_maps_copy(&copy, &ms), 0);
		compare(&copy, model);
		assert_int_equal(budget.live, 2 * ms.n);
		wl_maps_free(&ms);
		ms = copy;
	}
	wl_maps_free(&ms);
	assert_int_equal(budget.live, 0);
}

/* A change that a limit forbids changes nothing. */
static void
limits(void **state)
{
	struct wl_maps_budget budget = {
		.max_live = 12, .max_copies = 10, .max_maps = 8,
	};
	struct wl_map m = { .object = WL_TRACE_NONE };
	struct wl_maps ms, copy, more;
	size_t n;

	wl_maps_init(&ms, &budget);
	for (m.start = 0; m.start < 100; m.start += 2) {
		m.end = m.start + 1;
		if (wl_maps_set(&ms, &m) != 0)
			break;
	}
	n = ms.n;
	assert_int_equal(n, 6);		/* three more might pass eight */
	assert_int_equal(wl_maps_set(&ms, &m), E2BIG);
	assert_int_equal(wl_maps_clear(&ms, 0, 1), E2BIG);
	assert_int_equal(wl_maps_protect(&ms, 0, 1, 7), E2BIG);
	assert_int_equal(ms.n, n);
	assert_int_equal(wl_maps_copy(&copy, &ms), 0);
	assert_int_equal(budget.live, 12);
	assert_int_equal(wl_maps_copy(&more, &ms), E2BIG);
	wl_maps_free(&copy);
	assert_int_equal(wl_maps_copy(&more, &ms), E2BIG);	/* copies */
	wl_maps_free(&ms);
	assert_int_equal(budget.live, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_pages),
		cmocka_unit_test(limits),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

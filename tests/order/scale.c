/*
 * scale.c: the search on large graphs: a consistent order gives nothing, and
 * one planted inversion of 2 .. 200 locks is found whole.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analysis/order_int.h"
#include "tests/size.h"

#define NLOCKS		16384
#define NSTRANDS	4
#define NTAKES		sized(400000, 100000)
#define DEPTH		6

static uint64_t rng;

static uint32_t
below(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 33) % n;
}

static void
wait_for(struct ord_graph *g, uint32_t strand, const struct ord_hold *held,
    unsigned n, uint32_t lock)
{
	struct ord_wait w = {
		.strand = strand, .want = { lock, ORD_WRITE }, .held = held,
		.nheld = n,
	};
	uint32_t dep;
	bool fresh;

	assert_int_equal(ord_add(g, &w, &dep, &fresh), 0);
}

/* Nested takes in rising order. */
static uint32_t
rising(struct ord_graph *g, uint32_t strand)
{
	struct ord_hold held[DEPTH];
	unsigned n = 0, depth = 1 + below(DEPTH);
	uint32_t x = below(NLOCKS / 2);

	while (n < depth && x < NLOCKS) {
		if (n > 0)
			wait_for(g, strand, held, n, x);
		held[n++] = (struct ord_hold){ x, ORD_WRITE };
		x += 1 + below(NLOCKS / 8);
	}
	return n;
}

struct seen {
	unsigned	n, longest;
	enum ord_level	level;
};

static void
note(const struct ord_cycle *c, void *arg)
{
	struct seen *s = arg;

	s->n++;
	if (c->n > s->longest)
		s->longest = c->n;
	if (c->level > s->level)
		s->level = c->level;
}

static struct seen
search(struct ord_graph *g)
{
	struct seen s = { 0, 0, ORD_SILENT };
	size_t gaveup = 0;

	assert_int_equal(ord_search_new(g, note, &s, &gaveup), 0);
	assert_int_equal(gaveup, 0);
	return s;
}

static void
test_consistent(void **state)
{
	struct ord_graph *g;
	uint32_t done = 0;

	rng = 88172645463325252ULL;
	assert_int_equal(ord_create(NULL, &g), 0);
	while (done < NTAKES)
		done += rising(g, below(NSTRANDS));
	assert_int_equal(search(g).n, 0);
	ord_destroy(g);
}

/* k strands, each holds one of a ring of k locks and wants the next. */
static void
ring(struct ord_graph *g, unsigned k)
{
	struct ord_hold held;
	unsigned i;

	for (i = 0; i < k; i++) {
		held = (struct ord_hold){ i, ORD_WRITE };
		wait_for(g, i, &held, 1, (i + 1) % k);
	}
}

static void
test_rings(void **state)
{
	static const unsigned size[] = { 2, 3, 20, 30, 40, 200 };
	struct ord_graph *g;
	struct seen s;
	size_t i;

	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		assert_int_equal(ord_create(NULL, &g), 0);
		ring(g, size[i]);
		s = search(g);
		assert_true(s.n >= 1);
		assert_int_equal(s.longest, size[i]);
		assert_int_equal(s.level, ORD_ERROR);
		ord_destroy(g);
	}
}

static void
test_gate(void **state)
{
	struct ord_hold ab[] = { { 9, ORD_WRITE }, { 0, ORD_WRITE } };
	struct ord_hold ba[] = { { 9, ORD_WRITE }, { 1, ORD_WRITE } };
	struct ord_graph *g;
	struct seen s;

	assert_int_equal(ord_create(NULL, &g), 0);
	wait_for(g, 0, ab, 2, 1);
	wait_for(g, 1, ba, 2, 0);
	s = search(g);
	assert_int_equal(s.level, ORD_INFO);
	/* the same once more without the gate */
	wait_for(g, 1, &ba[1], 1, 0);
	assert_int_equal(search(g).level, ORD_ERROR);
	ord_destroy(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_consistent),
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

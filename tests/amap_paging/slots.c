/*
 * Slots of swap against a model that knows who owns each, and nothing of how
 * they are looked for.
 */
#include "tests/amap_paging/paging.h"
#include "tests/size.h"

#define NDEV	3
#define OPS	sized(100000, 30000)
#define MAXRUN	24

enum owner { FREE, OWNED, ONLY, BAD };

struct model {
	enum owner	slot[4096];
	int		first[NDEV + 1];
	bool		on[NDEV];
	int		nowned;
};

static int
model_dev(const struct model *m, int slot)
{
	int d;

	for (d = 0; d < NDEV; d++)
		if (slot >= m->first[d] && slot < m->first[d + 1])
			return d;
	fail_msg("slot %d is on no device", slot);
	return -1;
}

/* The longest run of free slots on a device that is on, up to n. */
static int
model_longest(const struct model *m, int n)
{
	int best = 0, d, i, run;

	for (d = 0; d < NDEV; d++) {
		for (i = m->first[d], run = 0; m->on[d] && i < m->first[d + 1];
		    i++) {
			run = m->slot[i] == FREE ? run + 1 : 0;
			if (run > best)
				best = run;
		}
	}
	return best < n ? best : n;
}

static void
model_audit(const struct model *m)
{
	struct vm_swapview v;
	size_t only = 0;
	int d, i;

	for (d = 0; d < NDEV; d++) {
		int inuse = 0, nbad = 0;

		assert_int_equal(uvm_swap_view(d, &v), 0);
		assert_int_equal(v.first, m->first[d]);
		assert_int_equal(v.on, m->on[d]);
		for (i = 0; i < v.nslots; i++) {
			enum owner o = m->slot[v.first + i];

			assert_int_equal(v.inuse[i / 64] >> (i % 64) & 1,
			    o != FREE);
			assert_int_equal(uvm_swap_slot_owned(v.first + i),
			    o == OWNED || o == ONLY);
			assert_int_equal(uvm_swap_slot_bad(v.first + i),
			    o == BAD);
			inuse += o != FREE;
			nbad += o == BAD;
			only += o == ONLY;
		}
		assert_int_equal(v.ninuse, inuse);
		assert_int_equal(v.nbad, nbad);
	}
	assert_int_equal(uvm_swpgonly(), only);
}

static void
op_alloc(struct model *m)
{
	int want = 1 + (int)lk_random_below(MAXRUN), n = want, i, slot;
	bool lessok = lk_random_below(2) != 0;
	int can = model_longest(m, want);

	slot = uvm_swap_alloc(&n, lessok);
	if (can == 0 || (can < want && !lessok)) {
		assert_int_equal(slot, 0);
		return;
	}
	assert_int_equal(n, can);
	assert_true(m->on[model_dev(m, slot)]);
	assert_int_equal(model_dev(m, slot), model_dev(m, slot + n - 1));
	for (i = slot; i < slot + n; i++) {
		assert_int_equal(m->slot[i], FREE);
		m->slot[i] = OWNED;
	}
	m->nowned += n;
}

/* A slot that is owned, or 0. */
static int
pick(const struct model *m)
{
	int i, n = m->first[NDEV] - 1;
	int at = 1 + (int)lk_random_below((uint64_t)n);

	for (i = 0; i < n; i++, at = at == n ? 1 : at + 1)
		if (m->slot[at] == OWNED || m->slot[at] == ONLY)
			return at;
	return 0;
}

static void
op_free(struct model *m)
{
	int slot = pick(m), n = 0;

	if (slot == 0)
		return;
	if (m->slot[slot] == ONLY) {
		uvm_swap_only(slot, false);
		m->slot[slot] = OWNED;
	}
	while (n < 5 && m->slot[slot + n] == OWNED &&
	    slot + n < m->first[model_dev(m, slot) + 1])
		m->slot[slot + n++] = FREE;
	uvm_swap_free(slot, n);
	uvm_swap_free(SWSLOT_BAD, 1);
	m->nowned -= n;
}

static void
op_only(struct model *m)
{
	int slot = pick(m);

	if (slot == 0)
		return;
	uvm_swap_only(slot, m->slot[slot] == OWNED);
	m->slot[slot] = m->slot[slot] == OWNED ? ONLY : OWNED;
}

static void
op_bad(struct model *m)
{
	int slot = pick(m);

	if (slot == 0 || lk_random_below(500) != 0)
		return;
	uvm_swap_markbad(slot, 1);
	m->slot[slot] = BAD;
	m->nowned--;
}

/* swap-off of a device in use is refused; of another one forgets bad slots */
static void
op_switch(struct model *m)
{
	int d, i, error;
	bool owned = false;

	if (lk_random_below(200) != 0)
		return;
	d = (int)lk_random_below(NDEV);
	for (i = m->first[d]; i < m->first[d + 1]; i++)
		owned |= m->slot[i] == OWNED || m->slot[i] == ONLY;
	error = m->on[d] ? vm_swapoff(d) : vm_swapon(d);
	assert_int_equal(error, m->on[d] && owned ? EBUSY : 0);
	if (error != 0)
		return;
	for (i = m->first[d]; m->on[d] && i < m->first[d + 1]; i++)
		m->slot[i] = FREE;
	m->on[d] = !m->on[d];
}

static void
test_model(void **state)
{
	static void (*const ops[])(struct model *) = {
		op_alloc, op_alloc, op_alloc, op_free, op_free, op_free,
		op_only, op_bad, op_switch
	};
	static const size_t sizes[NDEV] = { 1000, 37, 128 };
	static struct model m;
	struct vm_conf conf;
	int d, i, phase = 0;

	pt_conf(&conf, 16, 1);
	conf.nswap = NDEV;
	m.first[0] = 1;
	for (d = 0; d < NDEV; d++) {
		conf.swap_slots[d] = sizes[d];
		m.first[d + 1] = m.first[d] + (int)sizes[d];
		m.on[d] = true;
	}
	pt_boot(&conf);
	lk_seed(7);
	for (i = 0; i < OPS; i++) {
		/* swing between empty and full */
		if (phase == 0 && model_longest(&m, 1) == 0)
			phase = 1;
		if (phase == 1 && m.nowned < 30)
			phase = 0;
		ops[phase == 0 && lk_random_below(3) == 0 ? 0 :
		    phase == 1 && lk_random_below(3) == 0 ? 3 :
		    (int)lk_random_below(sizeof(ops) / sizeof(ops[0]))](&m);
		if (i % 1000 == 0)
			model_audit(&m);
	}
	model_audit(&m);
	for (i = 1; i < m.first[NDEV]; i++) {
		if (m.slot[i] == ONLY)
			uvm_swap_only(i, false);
		if (m.slot[i] == OWNED || m.slot[i] == ONLY)
			uvm_swap_free(i, 1);
	}
	pt_halt();
}

static void
test_next_fit(void **state)
{
	int a, b, n = 10;

	pt_boot(NULL);		/* slots 1 .. 256 */
	a = uvm_swap_alloc(&n, FALSE);
	uvm_swap_free(a, n);
	b = uvm_swap_alloc(&n, FALSE);
	assert_int_equal(b, a + n);	/* not where it just was */
	uvm_swap_free(b, n);
	n = 256;
	assert_int_equal(uvm_swap_alloc(&n, FALSE), 1);
	n = 1;
	assert_int_equal(uvm_swap_alloc(&n, TRUE), 0);
	uvm_swap_free(1, 256);
	pt_halt();
}

static void
test_full(void **state)
{
	int i, n = 200;

	pt_boot(NULL);
	assert_false(uvm_swapisfull());
	assert_int_equal(uvm_swap_alloc(&n, FALSE), 1);
	assert_false(uvm_swapisfull());	/* in use, but not the only place */
	for (i = 1; i <= 200; i++)
		uvm_swap_only(i, true);
	assert_false(uvm_swapisfull());
	n = 56;
	assert_int_equal(uvm_swap_alloc(&n, FALSE), 201);
	for (i = 201; i <= 253; i++)
		uvm_swap_only(i, true);
	assert_false(uvm_swapisfull());
	uvm_swap_only(254, true);
	assert_true(uvm_swapisfull());
	for (i = 1; i <= 254; i++)
		uvm_swap_only(i, false);
	assert_false(uvm_swapisfull());
	uvm_swap_markbad(1, 256);	/* nothing usable is left */
	assert_true(uvm_swapisfull());
	assert_false(uvm_swap_slot_owned(1));
	pt_halt();
}

static void
test_mistakes(void **state)
{
	uint64_t twice = pt_incidents("slot.free-twice", NULL);
	uint64_t only = pt_incidents("slot.free-only", NULL);
	uint64_t again = pt_incidents("slot.only-twice", NULL);
	int n = 2, slot;

	pt_boot(NULL);
	slot = uvm_swap_alloc(&n, FALSE);
	uvm_swap_only(slot, true);
	uvm_swap_only(slot, true);
	assert_int_equal(pt_incidents("slot.only-twice", NULL), again + 1);
	assert_int_equal(uvm_swpgonly(), 1);
	uvm_swap_free(slot, 2);
	assert_int_equal(pt_incidents("slot.free-only", NULL), only + 1);
	assert_int_equal(uvm_swpgonly(), 0);
	uvm_swap_free(slot, 1);
	assert_int_equal(pt_incidents("slot.free-twice", NULL), twice + 1);
	uvm_swap_only(0, true);
	uvm_swap_only(SWSLOT_BAD, false);
	assert_int_equal(uvm_swpgonly(), 0);
	pt_halt();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_next_fit),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

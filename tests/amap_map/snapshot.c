/*
 * snapshot.c: forks while others store.  Each writer numbers its stores and
 * goes round its pages: store i lands in page i % N.  So what a child sees of
 * one writer is a prefix of its stores, ending with k, iff every page p holds
 * the last i <= k with i % N = p.
 */
#include "tests/amap_map/world.h"
#include "tests/size.h"

#define WRITERS	3
#define NPAGES	12	/* a writer's, half of them in each region */
#define REGION	(WRITERS * NPAGES / 2)
#define FORKS	sized(100, 30)

struct writer {
	struct lk_strand	*strand;
	struct vm_space		*space;
	unsigned		id;
	_Atomic uint64_t	begun, ended;
	_Atomic bool		*stop;
};

/* Neighbours in time are in different regions: different amaps. */
static unsigned
page_of(unsigned writer, uint64_t i)
{
	unsigned p = (unsigned)(i % NPAGES);

	return (p & 1) * REGION + writer * (NPAGES / 2) + p / 2;
}

static void
writer(void *arg)
{
	struct writer *w = arg;
	uint64_t i, v;

	for (i = 1; !atomic_load(w->stop); i++) {
		/* A load must not open the way for a store either. */
		TW_CHECK(vm_load(w->space, tw_page(page_of(w->id, i + 1)), &v,
		    1) == 0);
		atomic_store(&w->begun, i);
		TW_CHECK(vm_store(w->space, tw_page(page_of(w->id, i)), &i,
		    1) == 0);
		atomic_store(&w->ended, i);
	}
}

static void
check_prefix(struct vm_space *child, unsigned id, uint64_t least,
    uint64_t most)
{
	uint64_t v[NPAGES], k = 0, want;
	unsigned p;

	for (p = 0; p < NPAGES; p++) {
		v[p] = tw_load(child, page_of(id, p));
		if (v[p] > k)
			k = v[p];
	}
	for (p = 0; p < NPAGES; p++) {
		want = k >= p ? k - (k - p) % NPAGES : 0;
		if (v[p] != want)
			tw_fail("writer %u page %u: %llu, not %llu (of %llu)",
			    id, p, (unsigned long long)v[p],
			    (unsigned long long)want, (unsigned long long)k);
	}
	if (k < least || k > most)
		tw_fail("writer %u: snapshot at %llu, not %llu to %llu", id,
		    (unsigned long long)k, (unsigned long long)least,
		    (unsigned long long)most);
}

/* => space[i]: where writer i stores; parent forks */
static void
snapshots(struct vm_space *parent, struct vm_space *space[WRITERS])
{
	struct writer *w = calloc(WRITERS, sizeof(*w));
	struct vm_space *child;
	uint64_t least[WRITERS], most[WRITERS];
	_Atomic bool stop = false;
	unsigned i, n;

	lk_perturb(20);
	for (i = 0; i < WRITERS; i++) {
		w[i].space = space[i];
		w[i].id = i;
		w[i].stop = &stop;
		assert_int_equal(lk_strand_start(&w[i].strand, "writer",
		    writer, &w[i], NULL), 0);
	}
	for (n = 0; n < FORKS; n++) {
		for (i = 0; i < WRITERS; i++)
			least[i] = atomic_load(&w[i].ended);
		assert_int_equal(vm_fork(parent, &child), 0);
		for (i = 0; i < WRITERS; i++)
			most[i] = atomic_load(&w[i].begun);
		for (i = 0; i < WRITERS; i++)
			check_prefix(child, i, least[i], most[i]);
		vm_space_exit(child);
	}
	atomic_store(&stop, true);
	for (i = 0; i < WRITERS; i++)
		lk_strand_join(w[i].strand);
	lk_perturb(0);
	free(w);
}

static struct vm_space *
start(size_t frames, int flags)
{
	struct vm_space *s;
	struct vm_conf c;

	tw_conf(&c, "ordered", frames, 1024);
	tw_start(&c);
	assert_int_equal(vm_space_create(&s), 0);
	tw_mmap(s, 0, REGION, flags);
	tw_mmap(s, REGION, REGION, flags);
	return s;
}

static void
test_private(void **state)
{
	struct vm_space *s = start(48, 0), *space[WRITERS] = { s, s, s };

	snapshots(s, space);
	vm_space_exit(s);
	tw_end();
}

/* Two spaces share the amaps; one of them forks copies. */
static void
test_shared(void **state)
{
	struct vm_space *s = start(48, VM_MAP_SHARED), *other;
	struct vm_space *space[WRITERS];

	assert_int_equal(vm_fork(s, &other), 0);
	assert_int_equal(vm_minherit(s, tw_page(0), tw_page(2 * REGION),
	    VM_INHERIT_COPY), 0);
	space[0] = s;
	space[1] = space[2] = other;
	snapshots(s, space);
	tw_store(s, 3, 4711);
	assert_int_equal(tw_load(other, 3), 4711);
	vm_space_exit(s);
	vm_space_exit(other);
	tw_end();
}

/* ------------------------------------------------------------------------
 * Who saw the new never sees the old again.
 */
#define SEEN	2

struct reader {
	struct lk_strand	*strand;
	struct vm_space		*space;
	_Atomic uint64_t	*newest;	/* that anybody has seen */
	_Atomic bool		*stop;
};

static void
reader(void *arg)
{
	struct reader *r = arg;
	uint64_t seen, v;

	while (!atomic_load(r->stop)) {
		seen = atomic_load(r->newest);
		TW_CHECK(vm_load(r->space, tw_page(0), &v, 1) == 0);
		if (v < seen)
			tw_fail("saw %llu after somebody saw %llu",
			    (unsigned long long)v, (unsigned long long)seen);
		while (v > seen && !atomic_compare_exchange_weak(r->newest,
		    &seen, v))
			;
	}
}

static void
visibility(struct vm_space *parent, struct vm_space *ws,
    struct vm_space *rs[SEEN])
{
	struct reader *r = calloc(SEEN, sizeof(*r));
	struct vm_space *child;
	_Atomic uint64_t newest = 0;
	_Atomic bool stop = false;
	uint64_t i, v;
	unsigned n;

	for (n = 0; n < SEEN; n++) {
		r[n].space = rs[n];
		r[n].newest = &newest;
		r[n].stop = &stop;
		assert_int_equal(lk_strand_start(&r[n].strand, "reader",
		    reader, &r[n], NULL), 0);
	}
	for (i = 1; i <= 1000; i++) {
		assert_int_equal(vm_fork(parent, &child), 0);
		tw_store(ws, 0, i);
		assert_int_equal(tw_load(parent, 0), i);
		assert_int_equal(vm_load(child, tw_page(0), &v, 1), 0);
		if (v != i - 1)
			tw_fail("the child sees %llu, not %llu",
			    (unsigned long long)v, (unsigned long long)i - 1);
		vm_space_exit(child);
	}
	atomic_store(&stop, true);
	for (n = 0; n < SEEN; n++)
		lk_strand_join(r[n].strand);
	free(r);
}

static void
test_siblings(void **state)
{
	struct vm_space *s = start(64, 0), *rs[SEEN] = { s, s };

	visibility(s, s, rs);
	assert_true(tw_count(VMC_fault_1b) > 500);
	vm_space_exit(s);
	tw_end();
}

static void
test_sharers(void **state)
{
	struct vm_space *s = start(64, VM_MAP_SHARED), *other, *rs[SEEN];

	assert_int_equal(vm_fork(s, &other), 0);
	assert_int_equal(vm_minherit(s, tw_page(0), tw_page(2 * REGION),
	    VM_INHERIT_COPY), 0);
	rs[0] = s;
	rs[1] = other;
	visibility(s, other, rs);
	vm_space_exit(s);
	vm_space_exit(other);
	tw_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_siblings),
		cmocka_unit_test(test_sharers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * blame.c: who is charged for which wait.  Waits of known lengths by a clock
 * that the test moves; then anything at all, where the sums must agree.
 */
#include <stdio.h>

#include "locks/meet_int.h"
#include "tests/locks/clock.h"

static struct rwlock one, two;
static struct mutex mtx;

static int
setup(void **state)
{
	t_fresh_record();
	lk_backend_use(lk_backend_find(*state));
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	rw_init(&one, "one");
	rw_init(&two, "two");
	mtx_init(&mtx, "mtx");
	t_clock_start();
	return 0;
}

static int
teardown(void **state)
{
	t_clock_stop();
	rw_destroy(&one);
	rw_destroy(&two);
	lk_backend_use(lk_backend_find("openbsd"));
	return 0;
}

/* ------------------------------------------------------------------------
 * Actors: a strand that does one thing each time it is told to
 */

struct actor {
	struct lk_strand *st;
	_Atomic int	told, done;
	void		(*what)(struct actor *);
	struct rwlock	*rw;
	unsigned long	mode;
	uint32_t	op;
};

static void
act(void *arg)
{
	struct actor *a = arg;
	int n;

	lk_op_begin(a->op);
	for (n = 1;; n++) {
		t_until(&a->told, n);
		if (a->what == NULL)
			break;
		a->what(a);
		atomic_store(&a->done, n);
	}
	lk_op_end();
}

static void
begin(struct actor *a, const char *name, uint32_t op)
{
	memset(a, 0, sizeof(*a));
	a->op = op;
	a->st = t_start(name, act, a);
}

static void
tell(struct actor *a, void (*what)(struct actor *))
{
	a->what = what;
	atomic_fetch_add(&a->told, 1);
}

static void
finished(struct actor *a)
{
	t_until(&a->done, atomic_load(&a->told));
}

static void
end(struct actor *a)
{
	tell(a, NULL);
	lk_strand_join(a->st);
}

static void
enter(struct actor *a)
{
	rw_enter(a->rw, a->mode);
}

static void
leave(struct actor *a)
{
	rw_exit(a->rw);
}

static void
lock_mtx(struct actor *a)
{
	mtx_enter(&mtx);
}

static void
unlock_mtx(struct actor *a)
{
	mtx_leave(&mtx);
}

static void
takes(struct actor *a, struct rwlock *rw, unsigned long mode)
{
	a->rw = rw;
	a->mode = mode;
	tell(a, enter);
	finished(a);
}

static void
waits(struct actor *a, struct rwlock *rw, unsigned long mode)
{
	a->rw = rw;
	a->mode = mode;
	tell(a, enter);
	t_until_asleep(a->st, rw);
}

static void
leaves(struct actor *a, struct rwlock *rw)
{
	a->rw = rw;
	tell(a, leave);
	finished(a);
}

/* ------------------------------------------------------------------------
 * What the record says
 */

struct ask {
	const char	*class;
	uint32_t	waiter, holder, root;	/* operations; 0: any */
	const char	*root_class;	/* NULL: it ran */
};

static uint64_t
blame(const struct ask *k, uint64_t *n)
{
	struct lk_blame_info *b;
	uint64_t ns = 0;
	size_t i, nb;

	*n = 0;
	assert_int_equal(lk_record_blame(lk_record_current(), &b, &nb), 0);
	for (i = 0; i < nb; i++) {
		struct lk_class_info c, root = { .name = "" };

		lk_record_class(lk_record_current(), b[i].class, &c);
		if (b[i].root_class != 0)
			lk_record_class(lk_record_current(), b[i].root_class,
			    &root);
		if (strcmp(c.name, k->class) != 0 ||
		    b[i].waiter.op != k->waiter ||
		    b[i].holder.op != k->holder ||
		    b[i].root_op != k->root || strcmp(root.name,
		    k->root_class != NULL ? k->root_class : "") != 0)
			continue;
		ns += b[i].ns;
		*n += b[i].n;
	}
	free(b);
	return ns;
}

#define expect(want, ...) do {						\
	uint64_t n_;							\
									\
	assert_int_equal(blame(&(struct ask){ __VA_ARGS__ }, &n_), want); \
	assert_int_equal(n_, 1);					\
} while (0)

/* Of every class: the sum of all blame is the sum of all waits. */
static void
sums_agree(void)
{
	struct lk_blame_info *b;
	struct lk_record_info info;
	size_t i, nb;
	uint32_t id;

	lk_record_info(lk_record_current(), &info);
	assert_int_equal(lk_record_blame(lk_record_current(), &b, &nb), 0);
	for (id = 1; id <= info.nclasses; id++) {
		struct lk_totals t;
		uint64_t ns = 0;

		lk_record_sum(lk_record_current(), id, 0, LKM_NONE, &t);
		for (i = 0; i < nb; i++)
			if (b[i].class == id)
				ns += b[i].ns;
		assert_int_equal(ns, t.c[LKC_wait_ns]);
	}
	free(b);
}

/* ------------------------------------------------------------------------ */

static void
one_holder(void **state)
{
	struct actor h, w;

	begin(&h, "holder", 1);
	begin(&w, "waiter", 2);
	takes(&h, &one, RW_WRITE);
	waits(&w, &one, RW_READ);
	t_pass(1000);
	leaves(&h, &one);
	finished(&w);
	leaves(&w, &one);
	expect(1000, "one", 2, 1, 0, NULL);
	sums_agree();
	end(&h);
	end(&w);
}

static void
queue(void **state)
{
	enum { N = 6 };
	struct actor h, w[N];
	struct lk_totals t;
	uint64_t n;
	int i;

	begin(&h, "holder", 1);
	takes(&h, &one, RW_WRITE);
	for (i = 0; i < N; i++) {
		begin(&w[i], "waiter", 10 + (uint32_t)i);
		waits(&w[i], &one, RW_READ);
		t_pass(100);
	}
	leaves(&h, &one);
	for (i = 0; i < N; i++)
		finished(&w[i]);
	for (i = 0; i < N; i++)
		leaves(&w[i], &one);
	t_totals("one", LKN_LOCK, LKM_READ, &t);
	assert_int_equal(t.c[LKC_queue_max], N);
	assert_int_equal(t.c[LKC_contended], N);
	assert_int_equal(t.c[LKC_wait_max], 100 * N);
	assert_int_equal(t.c[LKC_wait_ns], 100 * N * (N + 1) / 2);
	for (i = 0; i < N; i++)
		assert_int_equal(blame(&(struct ask){ "one", 10 + (uint32_t)i,
		    1, 0, NULL }, &n), 100 * (N - i));
	sums_agree();
	end(&h);
	for (i = 0; i < N; i++)
		end(&w[i]);
}

/*
 *	0       300      600      900
 *	R1 ------|
 *	R2 ---------------|
 *	R3 ------------------------|
 *	W  ........................|--
 */
static void
readers_share(void **state)
{
	struct actor r[3], w;
	uint32_t i;

	for (i = 0; i < 3; i++) {
		begin(&r[i], "reader", 1 + i);
		takes(&r[i], &one, RW_READ);
	}
	begin(&w, "writer", 9);
	waits(&w, &one, RW_WRITE);
	for (i = 0; i < 3; i++) {
		t_pass(300);
		leaves(&r[i], &one);
	}
	finished(&w);
	leaves(&w, &one);
	expect(100, "one", 9, 1, 0, NULL);
	expect(100 + 150, "one", 9, 2, 0, NULL);
	expect(100 + 150 + 300, "one", 9, 3, 0, NULL);
	sums_agree();
	for (i = 0; i < 3; i++)
		end(&r[i]);
	end(&w);
}

/* What cannot be divided is not lost. */
static void
remainder_kept(void **state)
{
	struct actor r[3], w;
	uint32_t i;

	for (i = 0; i < 3; i++) {
		begin(&r[i], "reader", 1 + i);
		takes(&r[i], &one, RW_READ);
	}
	begin(&w, "writer", 9);
	waits(&w, &one, RW_WRITE);
	t_pass(101);
	for (i = 0; i < 3; i++)
		leaves(&r[i], &one);
	finished(&w);
	leaves(&w, &one);
	sums_agree();
	for (i = 0; i < 3; i++)
		end(&r[i]);
	end(&w);
}

/*
 * C waits for A for one; A, who has it, waits for B for two meanwhile.
 *
 *	0     100       500     800
 *	B two -----------|
 *	A one .. waits --|-------|
 *	C     waits for one -----|
 */
static void
root(void **state)
{
	struct actor a, b, c;
	bool first = *state != NULL && strcmp(*state, "openbsd") == 0;

	begin(&a, "A", 1);
	begin(&b, "B", 2);
	begin(&c, "C", 3);
	takes(&a, &one, RW_WRITE);
	takes(&b, &two, RW_WRITE);
	if (first) {
		waits(&a, &two, RW_READ);
		t_pass(100);
		waits(&c, &one, RW_WRITE);
	} else {
		waits(&c, &one, RW_WRITE);
		t_pass(100);
		waits(&a, &two, RW_READ);
	}
	t_pass(400);
	leaves(&b, &two);
	finished(&a);
	t_pass(300);
	leaves(&a, &two);
	leaves(&a, &one);
	finished(&c);
	leaves(&c, &one);
	if (first) {
		expect(500, "two", 1, 2, 0, NULL);
		expect(400, "one", 3, 1, 2, "two");
		expect(300, "one", 3, 1, 0, NULL);
	} else {
		expect(400, "two", 1, 2, 0, NULL);
		expect(400, "one", 3, 1, 2, "two");
		expect(100 + 300, "one", 3, 1, 0, NULL);
	}
	sums_agree();
	end(&a);
	end(&b);
	end(&c);
}

/* The end of a chain of three is charged, not its middle. */
static void
root_far(void **state)
{
	struct actor a, b, c;

	begin(&a, "A", 1);
	begin(&b, "B", 2);
	begin(&c, "C", 3);
	tell(&a, lock_mtx);
	finished(&a);
	takes(&b, &two, RW_WRITE);
	takes(&c, &one, RW_WRITE);
	tell(&b, lock_mtx);
	t_until_waits(b.st, &mtx);
	waits(&c, &two, RW_WRITE);
	/* the test itself stands last */
	t_pass(700);
	tell(&a, unlock_mtx);
	finished(&a);
	finished(&b);
	tell(&b, unlock_mtx);
	finished(&b);
	leaves(&b, &two);
	finished(&c);
	expect(700, "mtx", 2, 1, 0, NULL);
	leaves(&c, &two);
	leaves(&c, &one);
	expect(700, "two", 3, 2, 1, "mtx");
	sums_agree();
	end(&a);
	end(&b);
	end(&c);
}

static void
downgraded(struct actor *a)
{
	rw_enter(a->rw, RW_DOWNGRADE);
}

/* A writer that goes on as a reader is charged for both, each in its mode. */
static void
by_mode(void **state)
{
	struct actor a, w;
	struct lk_blame_info *b;
	uint64_t ns[LKM_NMODE] = { 0 };
	size_t i, n;

	begin(&a, "A", 1);
	begin(&w, "W", 2);
	takes(&a, &one, RW_WRITE);
	waits(&w, &one, RW_WRITE);
	t_pass(400);
	tell(&a, downgraded);
	finished(&a);
	t_until_asleep(w.st, &one);
	t_pass(200);
	leaves(&a, &one);
	finished(&w);
	leaves(&w, &one);
	assert_int_equal(lk_record_blame(lk_record_current(), &b, &n), 0);
	for (i = 0; i < n; i++)
		if (b[i].waiter.op == 2)
			ns[b[i].holder.mode] += b[i].ns;
	free(b);
	assert_int_equal(ns[LKM_WRITE], 400);
	assert_int_equal(ns[LKM_READ], 200);
	sums_agree();
	end(&a);
	end(&w);
}

static void
page(struct actor *a)
{
	lk_node_want(LKN_PAGE, a);
	lk_node_have(LKN_PAGE, a);
	lk_node_drop(LKN_PAGE, a);
}

static struct lk_event freed;

static void
page_hold(struct actor *a)
{
	lk_node_have(LKN_PAGE, &mtx);
}

static void
page_drop(struct actor *a)
{
	lk_node_drop(LKN_PAGE, &mtx);
	lk_event_post(&freed);
}

static void
page_wait(struct actor *a)
{
	lk_node_want(LKN_PAGE, &mtx);
	while (atomic_load(&freed.le_word) == 0)
		lk_yield();
	lk_node_unwant();
}

/* Nodes that are no locks have holders, too; some have none. */
static void
nodes(void **state)
{
	struct actor h, w;

	lk_event_reset(&freed);
	begin(&h, "holder", 1);
	begin(&w, "waiter", 2);
	tell(&h, page_hold);
	finished(&h);
	tell(&w, page_wait);
	t_until_waits(w.st, &mtx);
	t_pass(500);
	tell(&h, page_drop);
	finished(&h);
	finished(&w);
	expect(500, "page", 2, 1, 0, NULL);
	tell(&w, page);
	finished(&w);
	sums_agree();
	end(&h);
	end(&w);
}

/* ------------------------------------------------------------------------
 * No room
 */

struct sums {
	uint64_t	ns, of_class, folded, rootless;
	size_t		rows;
};

/* All of it, that of a class, and what has no operation or root any more. */
static struct sums
sum(uint32_t class)
{
	struct sums x = { 0 };
	struct lk_blame_info *b;
	size_t i;

	assert_int_equal(lk_record_blame(lk_record_current(), &b, &x.rows), 0);
	assert_true(x.rows <= LK_NBLAME);
	for (i = 0; i < x.rows; i++) {
		x.ns += b[i].ns;
		if (b[i].class == class)
			x.of_class += b[i].ns;
		if (b[i].waiter.op == LK_OP_FOLDED)
			x.folded += b[i].ns;
		if (b[i].root_op == LK_OP_FOLDED)
			x.rootless += b[i].ns;
	}
	free(b);
	return x;
}

static uint64_t
folds(void)
{
	uint64_t loss[LKL_NLOSS];

	lk_record_losses(lk_record_current(), loss);
	return loss[LKL_blames];
}

/*
 * Particulars go one by one, the sum never does: 3 ns for each of more roots
 * than there are rows, 2 ns for more operations, 1 ns for more classes.
 */
static void
full(void **state)
{
	enum { MANY = LK_NBLAME + 1000, CLASSES = 6000 };
	struct lk_charge c = { .who = { .op = 1, .mode = LKM_WRITE }, .ns = 3,
	    .root = { .class = 3 } };
	struct sums x;
	uint32_t i;

	for (i = 1; i <= MANY; i++) {
		c.root.site = i;
		lk_blame_add(LK_PACK(9, 1, LKN_LOCK, 0, LKM_READ), 1, &c);
	}
	x = sum(1);
	assert_int_equal(x.of_class, 3ULL * MANY);
	assert_int_equal(x.rootless, 3 * folds());
	assert_int_equal(x.rows, MANY - folds() + 1);
	assert_int_equal(x.folded, 0);

	c = (struct lk_charge){ .who = { .mode = LKM_WRITE }, .ns = 2 };
	for (i = 1; i <= MANY; i++)
		lk_blame_add(LK_PACK(9, 2, LKN_LOCK, 0, LKM_READ), i, &c);
	x = sum(2);
	assert_int_equal(x.of_class, 2ULL * MANY);
	assert_true(x.folded > 0 && x.folded < x.of_class);

	c.ns = 1;
	for (i = 1; i <= CLASSES; i++)
		lk_blame_add(LK_PACK(9, i, LKN_LOCK, 0, LKM_READ), 1, &c);
	x = sum(0);
	assert_int_equal(x.ns, 5ULL * MANY + CLASSES);
	assert_true(x.of_class > 0 && x.of_class < CLASSES);
	assert_true(x.rows < LK_NBLAME);
}

/* Each of more holders than a wait has places for is charged for its part. */
static void
many_holders(void **state)
{
	enum { N = 3 * LK_NCHARGE };
	struct lk_wanted w = {
		.slot = lk_self(), .ident = (uint64_t)(uintptr_t)&one,
		.pack = LK_PACK(0, 1, LKN_LOCK, 0, LKM_WRITE),
		.since = t_now(), .charged = t_now(), .op = 100
	};
	struct lk_letgo l = { .ident = w.ident, .slot = 7 };
	struct lk_blame_info *b;
	size_t i, n;
	uint32_t op;

	lk_meet_begin(&w);
	w.op = 100;
	for (op = 1; op <= N; op++) {
		t_pass(op);
		l.when = t_now();
		l.who = (struct lk_blame_end){ .op = op, .mode = LKM_WRITE };
		lk_charge_until(&w, &l);
	}
	lk_meet_end(&w, t_now());
	lk_meet_tell(&w);
	assert_int_equal(lk_record_blame(lk_record_current(), &b, &n), 0);
	assert_int_equal(n, N);
	for (i = 0; i < n; i++) {
		assert_int_equal(b[i].waiter.op, 100);
		assert_int_equal(b[i].holder.op, N - i);
		assert_int_equal(b[i].ns, N - i);
		assert_int_equal(b[i].n, 1);
	}
	free(b);
}

/* ------------------------------------------------------------------------
 * Anything at all
 */

#define MESS_LOCKS	3
#define MESS_STRANDS	4
#define MESS_TURNS	1500

static struct rwlock mess[MESS_LOCKS];

static void
mess_about(void *arg)
{
	int i, k;

	for (i = 0; i < MESS_TURNS; i++) {
		uint64_t dice = lk_random();
		unsigned first = (unsigned)(dice % MESS_LOCKS);

		lk_op_begin(1 + (uint32_t)(dice >> 8) % 4);
		rw_enter(&mess[first], dice >> 16 & 1 ? RW_READ : RW_WRITE);
		if (first + 1 < MESS_LOCKS && (dice >> 17 & 1) != 0) {
			rw_enter(&mess[first + 1], dice >> 18 & 1 ? RW_READ :
			    RW_WRITE);
			if ((dice >> 19 & 3) == 0)
				lk_yield();
			rw_exit(&mess[first + 1]);
		}
		mtx_enter(&mtx);
		for (k = 0; k < (int)(dice >> 24 & 63); k++)
			lk_sv->relax();
		mtx_leave(&mtx);
		if (rw_write_held(&mess[first]) && (dice >> 20 & 3) == 0)
			rw_enter(&mess[first], RW_DOWNGRADE);
		rw_exit(&mess[first]);
		lk_op_end();
	}
}

static void
sums(void **state)
{
	struct lk_strand *st[MESS_STRANDS];
	int i;

	t_clock_stop();
	for (i = 0; i < MESS_LOCKS; i++) {
		memset(&mess[i], 0, sizeof(mess[i]));
		rw_init(&mess[i], "mess");
	}
	for (i = 0; i < MESS_STRANDS; i++)
		st[i] = t_start("mess", mess_about, NULL);
	for (i = 0; i < MESS_STRANDS; i++)
		lk_strand_join(st[i]);
	sums_agree();
	for (i = 0; i < MESS_LOCKS; i++)
		rw_destroy(&mess[i]);
}

#define PER_BACKEND(fn)							\
	{ #fn ".openbsd", fn, setup, teardown, (void *)(uintptr_t)"openbsd" }, \
	{ #fn ".pthread", fn, setup, teardown, (void *)(uintptr_t)"pthread" }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PER_BACKEND(one_holder),
		PER_BACKEND(queue),
		PER_BACKEND(readers_share),
		PER_BACKEND(remainder_kept),
		PER_BACKEND(root),
		PER_BACKEND(root_far),
		PER_BACKEND(by_mode),
		PER_BACKEND(nodes),
		PER_BACKEND(sums),
		PER_BACKEND(many_holders),
		cmocka_unit_test_prestate_setup_teardown(full, setup, teardown,
		    (void *)(uintptr_t)"openbsd"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

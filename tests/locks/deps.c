/* deps.c: what the record keeps of lock order, row by row. */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "locks/record_int.h"
#include "tests/locks/t.h"

#define W	LKM_WRITE
#define R	LKM_READ

static struct rwlock a, b, c;

static int
setup(void **state)
{
	t_fresh_record();
	rw_init(&a, "A");
	rw_init(&b, "B");
	rw_init(&c, "C");
	return 0;
}

/* ------------------------------------------------------------------------
 * Rows that want a class, in their order; -1 held: any number
 */

#define MAXROWS	600
struct rows {
	const char	*class;
	int		nheld;
	unsigned	n;
	struct lk_dep_info row[MAXROWS];
	struct lk_node_info held[MAXROWS][4];
};
static struct rows rows;

static void
row_one(const struct lk_dep_info *d, void *arg)
{
	struct rows *k = arg;
	struct lk_class_info class;
	uint32_t i;

	lk_record_class(lk_record_current(), d->want.class, &class);
	if (strcmp(class.name, k->class) != 0 || (k->nheld >= 0 &&
	    d->nheld != (uint32_t)k->nheld))
		return;
	assert_true(k->n < MAXROWS);
	k->row[k->n] = *d;
	k->row[k->n].held = k->held[k->n];
	for (i = 0; i < d->nheld && i < 4; i++)
		k->held[k->n][i] = d->held[i];
	k->n++;
}

static unsigned
wanting(const char *class, int nheld)
{
	rows.class = class;
	rows.nheld = nheld;
	rows.n = 0;
	lk_record_deps(lk_record_current(), 1, row_one, &rows);
	return rows.n;
}

static uint64_t
ident(const volatile void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static uint64_t
epoch(void)
{
	return lk_record_dep_epoch(lk_record_current());
}

static unsigned
depth(uint32_t stack)
{
	uint64_t frame[LK_MAXFRAMES];

	return lk_record_stack(lk_record_current(), stack, frame);
}

/* ------------------------------------------------------------------------
 * Lives, by their names
 */

static void
life_one(const struct lk_life_info *i, void *arg)
{
	struct lk_life_info *k = arg;

	if (strcmp(i->name, k->name) == 0)
		*k = *i;
}

static struct lk_life_info
life(const char *name)
{
	struct lk_life_info k = { 0 };

	snprintf(k.name, sizeof(k.name), "%s", name);
	lk_record_lives(lk_record_current(), life_one, &k);
	return k;
}

static void
nothing(void *arg)
{
}

static void
grandparent(void *arg)
{
	lk_strand_join(t_start("child", nothing, NULL));
}

static void
lives(void **state)
{
	struct lk_life_info me, parent, child;
	struct lk_strand *st = t_start("parent", grandparent, NULL);

	lk_strand_join(st);
	parent = life("parent");
	child = life("child");
	lk_strand_leave();
	lk_strand_adopt("another", NULL);
	me = life("another");
	assert_true(parent.id != 0 && child.id > parent.id &&
	    me.id > child.id);
	assert_int_equal(me.parent, 0);
	assert_int_equal(child.parent, parent.id);
	assert_int_equal(child.joiner, parent.id);
	assert_true(parent.born <= child.born && child.born <= child.ended &&
	    child.ended <= child.joined && child.joined <= parent.ended);
	/* who joined it is gone, and another life is in its slot */
	assert_true(parent.joiner != 0 && parent.joiner != me.id);
	assert_true(me.born != 0 && me.ended == 0 && me.joiner == 0);
}

/* ------------------------------------------------------------------------
 * Rows
 */

static void
take_b(void)
{
	rw_enter_read(&b);
}

static void
content(void **state)
{
	struct lk_dep_info *d = &rows.row[0];
	uint32_t me;

	lk_op_begin(7);
	rw_enter_write(&a);
	take_b();
	me = life(lk_strand_name(strand_self())).id;
	rw_exit(&b);
	rw_exit(&a);
	lk_op_end();

	assert_int_equal(wanting("A", 0), 1);
	assert_int_equal(d->want.ident, ident(&a));
	assert_int_equal(d->want.mode, W);
	assert_int_equal(d->want.how, LKH_PLAIN);
	assert_int_equal(wanting("B", 1), 1);
	assert_int_equal(d->want.ident, ident(&b));
	assert_int_equal(d->want.mode, R);
	assert_int_equal(d->want.kind, LKN_LOCK);
	assert_int_equal(d->held[0].ident, ident(&a));
	assert_int_equal(d->held[0].mode, W);
	assert_true(depth(d->want.stack) > 2);
	assert_true(depth(d->held[0].stack) > 2);
	assert_int_not_equal(d->want.stack, d->held[0].stack);
	assert_int_not_equal(d->want.site, d->held[0].site);
	assert_int_equal(d->nseen, 1);
	assert_int_equal(d->seen[0].life, me);
	assert_int_equal(d->seen[0].op, 7);
	assert_true(d->seen[0].first != 0 &&
	    d->seen[0].first == d->seen[0].last);
	assert_false(d->varied || d->more_seen);
	assert_int_equal(depth(0), 0);
	assert_int_equal(depth(100000000), 0);
}

static void
pair(struct rwlock *x, struct rwlock *y)
{
	rw_enter_write(x);
	rw_enter_write(y);
	rw_exit(y);
	rw_exit(x);
}

/* The same again is no news; the table only grows when there is some. */
static void
once(void **state)
{
	uint64_t was;
	int i;

	pair(&a, &b);
	was = epoch();
	for (i = 0; i < 100; i++)
		pair(&a, &b);
	assert_int_equal(epoch(), was);
	assert_int_equal(wanting("B", 1), 1);
	pair(&a, &c);
	assert_true(epoch() > was);
	assert_int_equal(wanting("B", 1), 1);
	assert_int_equal(wanting("C", 1), 1);
}

/* What was released below is not held; the rest keeps its stacks. */
static void
hand_over_hand(void **state)
{
	struct lk_dep_info *d = &rows.row[0];

	rw_enter_write(&a);
	take_b();
	rw_exit(&a);
	rw_enter_write(&c);
	rw_exit(&c);
	rw_exit(&b);
	assert_int_equal(wanting("C", -1), 1);
	assert_int_equal(d->nheld, 1);
	assert_int_equal(d->held[0].ident, ident(&b));
	assert_true(depth(d->held[0].stack) > 2);
}

static void
pair_ab(void *arg)
{
	pair(&a, &b);
}

static void
seen_by(void **state)
{
	struct lk_dep_info *d = &rows.row[0];
	char name[16];
	uint64_t was;
	unsigned i;

	for (i = 0; i < LK_DEP_SEEN + 1; i++) {
		was = epoch();
		snprintf(name, sizeof(name), "s%u", i);
		lk_strand_join(t_start(name, pair_ab, NULL));
		assert_int_equal(wanting("B", 1), 1);
		assert_true(epoch() > was);
		if (i < LK_DEP_SEEN) {
			assert_int_equal(d->nseen, i + 1);
			assert_int_equal(d->seen[i].life, life(name).id);
		}
		assert_int_equal(d->more_seen, i >= LK_DEP_SEEN);
	}
}

/* `last` is later than the birth of whoever was started before it. */
static void
last_renewed(void **state)
{
	struct lk_dep_info *d = &rows.row[0];
	uint64_t last;

	pair(&a, &b);
	pair(&a, &b);
	assert_int_equal(wanting("B", 1), 1);
	last = d->seen[0].last;
	lk_strand_join(t_start("later", nothing, NULL));
	assert_true(life("later").born >= last);
	assert_int_equal(wanting("B", 1), 1);
	assert_int_equal(d->seen[0].last, last);
	pair(&a, &b);
	assert_int_equal(wanting("B", 1), 1);
	assert_true(d->seen[0].last >= life("later").born &&
	    d->seen[0].last != last);
	assert_int_equal(d->seen[0].first, last);
}

/* No count is lost when the cache is dropped. */
static void
counts_stay(void **state)
{
	struct lk_totals t;
	int i;

	for (i = 0; i < 100; i++) {
		pair(&a, &b);
		if (i % 10 == 0)
			lk_strand_join(t_start("n", nothing, NULL));
	}
	t_totals("A", LKN_LOCK, W, &t);
	assert_int_equal(t.c[LKC_acquired], 100);
	t_totals("B", LKN_LOCK, W, &t);
	assert_int_equal(t.c[LKC_acquired], 100);
}

/* ------------------------------------------------------------------------
 * Who waits may never get it: the row is there while it waits
 */

static void
holds_a_wants_b(void *arg)
{
	rw_enter_write(&a);
	rw_enter_write(&b);
	rw_exit(&b);
	rw_exit(&a);
}

static void
before_blocking(void **state)
{
	struct lk_dep_info *d = &rows.row[0];
	struct lk_strand *st;

	rw_enter_write(&b);
	st = t_start("waits", holds_a_wants_b, NULL);
	t_until_waits(st, &b);
	while (wanting("B", 1) == 0)
		lk_yield();
	assert_int_equal(d->want.how, LKH_WAITED);
	assert_int_equal(d->held[0].ident, ident(&a));
	assert_int_equal(d->seen[0].life, life("waits").id);
	rw_exit(&b);
	lk_strand_join(st);
	/* having it makes no second one */
	assert_int_equal(wanting("B", 1), 1);
}

static void
mutex_wants(void *arg)
{
	rw_enter_write(&a);
	mtx_enter(arg);
	mtx_leave(arg);
	rw_exit(&a);
}

static void
mutex_before_blocking(void **state)
{
	static struct mutex m = MUTEX_INITIALIZER("M");
	struct lk_strand *st;

	mtx_enter(&m);
	st = t_start("waits", mutex_wants, &m);
	t_until_waits(st, &m);
	while (wanting("M", 1) == 0)
		lk_yield();
	assert_int_equal(rows.row[0].want.kind, LKN_MUTEX);
	mtx_leave(&m);
	lk_strand_join(st);
	assert_int_equal(wanting("M", 1), 1);
}

/* An upgrade that may wait is a dependency, a try is none. */
static void
upgrades(void **state)
{
	struct lk_dep_info *d = &rows.row[0];

	rw_enter_read(&a);
	rw_enter_read(&b);
	assert_int_equal(rw_enter(&b, RW_UPGRADE | RW_NOSLEEP), 0);
	rw_exit(&b);
	assert_int_equal(wanting("B", -1), 1);
	assert_int_equal(d->want.mode, R);
	rw_enter_read(&b);
	assert_int_equal(rw_enter(&b, RW_UPGRADE), 0);
	rw_exit(&b);
	rw_exit(&a);
	assert_int_equal(wanting("B", 2), 1);
	assert_int_equal(d->want.how, LKH_UPGRADED);
	assert_int_equal(d->want.mode, W);
	assert_int_equal(d->held[0].ident, ident(&a));
	assert_int_equal(d->held[1].ident, ident(&b));
	assert_int_equal(d->held[1].mode, R);
}

/* What was tried is held like anything else, with where it was tried. */
static void
tries(void **state)
{
	assert_int_equal(rw_enter(&a, RW_WRITE | RW_NOSLEEP), 0);
	rw_enter_write(&b);
	assert_int_equal(rw_enter(&c, RW_WRITE | RW_NOSLEEP), 0);
	rw_exit(&c);
	rw_exit(&b);
	rw_exit(&a);
	assert_int_equal(wanting("A", -1), 0);
	assert_int_equal(wanting("C", -1), 0);
	assert_int_equal(wanting("B", 1), 1);
	assert_int_equal(rows.held[0][0].how, LKH_TRIED);
	assert_true(depth(rows.held[0][0].stack) > 2);
}

static void
modes(void **state)
{
	rw_enter(&a, RW_READ | RW_RECURSE);
	rw_enter(&a, RW_READ | RW_RECURSE);
	rw_exit(&a);
	rw_exit(&a);
	rw_enter_write(&a);
	rw_enter(&a, RW_DOWNGRADE);
	rw_enter(&b, RW_READ | RW_RECURSE);
	rw_exit(&b);
	rw_exit(&a);
	assert_int_equal(wanting("A", 1), 1);
	assert_int_equal(rows.row[0].want.mode, LKM_RREAD);
	assert_int_equal(rows.held[0][0].mode, LKM_RREAD);
	assert_int_equal(wanting("B", 1), 1);
	assert_int_equal(rows.row[0].want.mode, LKM_RREAD);
	assert_int_equal(rows.held[0][0].mode, R);
	assert_int_equal(rows.held[0][0].how, LKH_DOWNGRADED);
	/* the stack of the take that is held, not of the turn */
	assert_true(depth(rows.held[0][0].stack) > 2);
}

/* ------------------------------------------------------------------------
 * Nodes that are no locks
 */

static char page;

/* A sleep lets its lock go: it is not held while the page is waited for. */
static void
sleep_lets_go(void **state)
{
	struct lk_dep_info *d = &rows.row[0];

	rw_enter_write(&b);
	rw_enter_write(&a);
	lk_node_want(LKN_PAGE, &page);
	assert_int_equal(rwsleep_nsec(&page, &a, PVM, "pg", 1), EWOULDBLOCK);
	lk_node_unwant();
	rw_exit(&a);
	rw_exit(&b);
	assert_int_equal(wanting("page", -1), 1);
	assert_int_equal(d->want.how, LKH_WAITED);
	assert_int_equal(d->nheld, 1);
	assert_int_equal(d->held[0].ident, ident(&b));
	/* it is no sleep of its own, either */
	assert_int_equal(wanting("pg", -1), 0);
}

static void
sleep_with_locks(void **state)
{
	rw_enter_write(&a);
	assert_int_equal(tsleep_nsec(&page, PVM, "nap", 1), EWOULDBLOCK);
	rw_exit(&a);
	assert_int_equal(wanting("nap", 1), 1);
	assert_int_equal(rows.row[0].want.kind, LKN_SLEEP);
}

/* Wanted without a sleep: what is held then counts, once. */
static void
memory(void **state)
{
	rw_enter_write(&a);
	lk_node_want(LKN_MEMORY, &page);
	lk_delay(1);
	assert_int_equal(wanting("memory", 1), 1);
	lk_node_unwant();
	lk_node_want(LKN_MEMORY, &page);
	lk_node_unwant();
	rw_exit(&a);
	/* the other call site */
	assert_int_equal(wanting("memory", 1), 2);
}

/* A page that was free is not waited for; it is held all the same. */
static void
page_had(void **state)
{
	rw_enter_write(&a);
	lk_node_have(LKN_PAGE, &page);
	rw_enter_write(&b);
	rw_exit(&b);
	lk_node_drop(LKN_PAGE, &page);
	rw_exit(&a);
	assert_int_equal(wanting("page", -1), 0);
	assert_int_equal(wanting("B", 2), 1);
	assert_int_equal(rows.held[0][1].kind, LKN_PAGE);
	assert_true(depth(rows.held[0][1].stack) > 2);
}

struct posts {
	enum lk_node_kind kind;
	unsigned	n;
	struct lk_post_info last;
};

static void
post_one(const struct lk_post_info *i, void *arg)
{
	struct posts *k = arg;

	if (i->node.kind != k->kind)
		return;
	k->n++;
	k->last = *i;
}

static unsigned
posts(enum lk_node_kind kind, struct lk_post_info *last)
{
	struct posts k = { .kind = kind };

	lk_record_posts(lk_record_current(), post_one, &k);
	*last = k.last;
	return k.n;
}

static void
poster(void *arg)
{
	int i;

	for (i = 0; i < 10; i++)
		lk_event_post(arg);
}

static void
events(void **state)
{
	static struct lk_event e = { .le_name = "ready" };
	struct lk_post_info p;
	struct lk_strand *st;

	st = t_start("poster", poster, &e);
	rw_enter_write(&a);
	lk_event_wait(&e);
	rw_exit(&a);
	lk_strand_join(st);
	assert_int_equal(posts(LKN_EVENT, &p), 1);
	assert_int_equal(p.node.ident, ident(&e));
	assert_int_equal(p.life, life("poster").id);
	assert_true(p.when != 0);
	/* whether it was posted already or not */
	assert_int_equal(wanting("ready", 1), 1);
	assert_int_equal(rows.row[0].want.ident, ident(&e));
	lk_event_post(&e);
	assert_int_equal(posts(LKN_EVENT, &p), 2);
}

static void
join(void **state)
{
	struct lk_post_info p;
	struct lk_strand *st;

	st = t_start("joined", nothing, NULL);
	rw_enter_write(&a);
	lk_strand_join(st);
	rw_exit(&a);
	assert_int_equal(wanting("join", 1), 1);
	assert_int_equal(rows.row[0].want.gen, life("joined").id);
	assert_int_equal(posts(LKN_JOIN, &p), 1);
	assert_int_equal(p.life, life("joined").id);
	assert_int_equal(p.node.gen, p.life);
	assert_int_equal(p.node.ident, rows.row[0].want.ident);
}

/* ------------------------------------------------------------------------
 * Instances
 */

static void
generations(void **state)
{
	uint32_t gen;

	pair(&a, &b);
	assert_int_equal(wanting("B", 1), 1);
	gen = rows.row[0].want.gen;
	assert_int_not_equal(gen, 0);
	rw_destroy(&b);
	/* as if the memory had been freed and another lock put there */
	memset(&b, 0, sizeof(b));
	rw_init(&b, "B");
	pair(&a, &b);
	assert_int_equal(wanting("B", 1), 2);
	assert_int_equal(rows.row[1].want.ident, ident(&b));
	assert_int_not_equal(rows.row[1].want.gen, gen);
	assert_int_not_equal(rows.row[1].want.gen, 0);
	rw_init(&a, "A");
	pair(&a, &b);
	assert_int_equal(wanting("B", 1), 3);
}

static void
mutex_generations(void **state)
{
	struct mutex m;
	uint32_t gen;

	memset(&m, 0, sizeof(m));
	mtx_init(&m, "G");
	gen = lk_get(&m.mtx_gen);
	mtx_destroy(&m);
	memset(&m, 0, sizeof(m));
	mtx_init(&m, "G");
	assert_int_not_equal(lk_get(&m.mtx_gen), gen);
	mtx_destroy(&m);
}

static void
object_generations(void **state)
{
	struct rwlock *rw;
	uint32_t gen[2];
	int i;

	for (i = 0; i < 2; i++) {
		rw_obj_alloc(&rw, "O");
		rw_enter_write(&a);
		rw_enter_write(rw);
		rw_exit(rw);
		rw_exit(&a);
		gen[i] = lk_get(&rw->rwl_gen);
		rw_obj_free(rw);
	}
	assert_int_not_equal(gen[0], gen[1]);
	assert_int_equal(wanting("O", 1), 2);
}

/*
 * Sets of instances whose addresses have the same exclusive or: every pair of
 * two arrays is a row of its own.
 */
static void
no_two_sets_alike(void **state)
{
	enum { N = 5 };
	static struct rwlock x[N], y[N];
	int i, k;

	for (i = 0; i < N; i++) {
		x[i].rwl_name = "X";
		y[i].rwl_name = "Y";
	}
	for (i = 0; i < N; i++)
		for (k = 0; k < N; k++)
			pair(&x[i], &y[k]);
	assert_int_equal(wanting("Y", 1), N * N);
}

static void
dupok(void **state)
{
	static struct rwlock a2;
	unsigned long flags[] = { RW_WRITE, RW_WRITE | RW_DUPOK };
	int i;

	rw_init(&a2, "A");
	for (i = 0; i < 2; i++) {
		rw_enter_write(&a);
		rw_enter(&a2, flags[i]);
		rw_exit(&a2);
		rw_exit(&a);
	}
	assert_int_equal(wanting("A", 1), 2);
	assert_false(rows.row[0].want.dupok);
	assert_true(rows.row[1].want.dupok);
}

/* ------------------------------------------------------------------------
 * Bounds
 */

#define MANY	500
static struct rwlock many[MANY];

static void
pairs_with_a(unsigned from, unsigned to)
{
	for (; from < to; from++)
		pair(&a, &many[from]);
}

static void
name_many(const char *name)
{
	unsigned i;

	for (i = 0; i < MANY; i++)
		rw_init(&many[i], name);
}

static void
varied(void **state)
{
	unsigned i;

	name_many("V");
	pairs_with_a(0, LK_DEP_SETS);
	assert_int_equal(wanting("V", 1), LK_DEP_SETS);
	assert_false(rows.row[0].varied);
	pairs_with_a(LK_DEP_SETS, MANY);
	assert_int_equal(wanting("V", 1), LK_DEP_SETS);
	for (i = 0; i < rows.n; i++) {
		assert_true(rows.row[i].varied);
		assert_int_equal(rows.row[i].want.ident, ident(&many[i]));
	}
	/* one life had them all */
	assert_false(rows.row[0].more_seen);
	/* another stack of takes is not touched by it */
	rw_enter_read(&a);
	rw_enter_write(&many[MANY - 1]);
	rw_exit(&many[MANY - 1]);
	rw_exit(&a);
	assert_int_equal(wanting("V", 1), LK_DEP_SETS + 1);
	assert_false(rows.row[LK_DEP_SETS].varied);
}

/* Of a deep stack fewer: as many instances in all. */
static void
varied_deep(void **state)
{
	enum { DEEP = 6, SETS = (2 * LK_DEP_SETS + DEEP) / (DEEP + 1) };
	static struct rwlock deep[DEEP];
	unsigned i;

	name_many("V");
	for (i = 0; i < DEEP; i++) {
		rw_init(&deep[i], "D");
		rw_enter_write(&deep[i]);
	}
	for (i = 0; i < MANY; i++) {
		rw_enter_write(&many[i]);
		rw_exit(&many[i]);
	}
	for (i = DEEP; i > 0; i--)
		rw_exit(&deep[i - 1]);
	assert_int_equal(wanting("V", DEEP), SETS);
	for (i = 0; i < rows.n; i++) {
		assert_true(rows.row[i].varied);
		assert_int_equal(rows.row[i].want.ident, ident(&many[i]));
	}
}

static void
vary_again(void *arg)
{
	pairs_with_a(LK_DEP_SETS, MANY);
}

/* Another life may have had the early ones; nobody looked. */
static void
varied_by_two(void **state)
{
	name_many("V");
	pairs_with_a(0, MANY);
	lk_strand_join(t_start("two", vary_again, NULL));
	assert_int_equal(wanting("V", 1), LK_DEP_SETS);
	assert_true(rows.row[0].more_seen);
}

static uint32_t
class_id(const char *name)
{
	return lk_record_class_find(lk_record_current(), name, LKN_LOCK);
}

/* Marked while the cache already lets them pass. */
static void
suspects(void **state)
{
	struct lk_record *r = lk_record_current();
	struct lk_class_info info;

	name_many("S");
	pairs_with_a(0, MANY);
	assert_int_equal(wanting("S", 1), LK_DEP_SETS);
	lk_record_suspect(r, class_id("A"));
	lk_record_class(r, class_id("A"), &info);
	assert_int_equal(info.flags, LKCF_SUSPECT);
	lk_op_begin(1);
	pairs_with_a(0, MANY);
	assert_int_equal(wanting("S", 1), LK_DEP_SETS);
	lk_record_suspect(r, class_id("S"));
	lk_op_begin(1);
	pairs_with_a(0, MANY);
	assert_int_equal(wanting("S", 1), MANY);
	lk_op_end();
	lk_record_suspect(r, 0);
	lk_record_suspect(r, UINT32_MAX);
}

/* The same, marked by the process that watches. */
static void
child(_Atomic uint32_t *stage)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	name_many("F");
	pairs_with_a(0, MANY);
	lk_rel(stage, 1);
	while (lk_acq(stage) != 2)
		lk_yield();
	lk_op_begin(1);
	pairs_with_a(0, MANY);
	lk_rel(stage, 3);
	_exit(0);
}

static void
suspects_from_outside(void **state)
{
	struct lk_record *r;
	_Atomic uint32_t *stage;
	int status;
	pid_t pid;

	assert_int_equal(lk_record_create(NULL, &r), 0);
	stage = lk_record_region("stage", sizeof(*stage));
	assert_non_null(stage);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		child(stage);
	while (lk_acq(stage) != 1 && waitpid(pid, &status, WNOHANG) == 0)
		sched_yield();
	assert_int_equal(wanting("F", 1), LK_DEP_SETS);
	lk_record_suspect(r, class_id("A"));
	lk_record_suspect(r, class_id("F"));
	lk_rel(stage, 2);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(lk_acq(stage), 3);
	assert_int_equal(wanting("F", 1), MANY);
	lk_record_close(r);
}

/* Order within a class is told by instances alone: all are kept. */
static void
within_a_class(void **state)
{
	unsigned i;

	name_many("I");
	for (i = 0; i + 1 < MANY; i++)
		pair(&many[i], &many[i + 1]);
	pair(&many[1], &many[0]);
	assert_int_equal(wanting("I", 1), MANY);
	assert_false(rows.row[0].varied);
	assert_int_equal(rows.row[MANY - 1].want.ident, ident(&many[0]));
	assert_int_equal(rows.held[MANY - 1][0].ident, ident(&many[1]));
}

static void
deep(void **state)
{
	struct lk_record_info info;
	uint64_t loss[LKL_NLOSS];
	static char name[200][8];
	unsigned i;

	for (i = 0; i < 200; i++) {
		snprintf(name[i], sizeof(name[i]), "d%u", i);
		rw_init(&many[i], name[i]);
		rw_enter_write(&many[i]);
	}
	for (i = 200; i-- > 0;)
		rw_exit(&many[i]);
	lk_record_info(lk_record_current(), &info);
	assert_int_equal(info.ndeps, 200);
	assert_int_equal(wanting("d199", -1), 1);
	assert_int_equal(rows.row[0].nheld, 199);
	lk_record_losses(lk_record_current(), loss);
	assert_int_equal(loss[LKL_deps], 0);
	assert_int_equal(loss[LKL_held], 0);
}

/* Recording less makes none; they are there again afterwards. */
static void
levels(void **state)
{
	lk_record_level(LK_LEVEL_CONTENDED);
	pair(&a, &b);
	assert_int_equal(wanting("B", -1), 0);
	lk_record_level(LK_LEVEL_FULL);
	pair(&a, &b);
	assert_int_equal(wanting("B", -1), 1);
}

/* ------------------------------------------------------------------------
 * More than stand close together in the index
 */

#define NFAR	(LK_IX_NEAR + 1000)

static void
count_one(const struct lk_dep_info *d, void *arg)
{
	unsigned *n = arg;

	if (d->nheld == 1)
		++*n;
}

static unsigned
nested_rows(void)
{
	unsigned n = 0;

	lk_record_deps(lk_record_current(), 1, count_one, &n);
	return n;
}

/* All of one class, so each set of instances is kept; found again, each. */
static void
far_ones(void **state)
{
	static struct rwlock outer, inner[NFAR];
	unsigned i, round;

	rw_init(&outer, "many");
	for (i = 0; i < NFAR; i++)
		rw_init(&inner[i], "many");
	for (round = 0; round < 2; round++) {
		for (i = 0; i < NFAR; i++) {
			rw_enter_write(&outer);
			rw_enter_write(&inner[i]);
			rw_exit_write(&inner[i]);
			rw_exit_write(&outer);
		}
		assert_int_equal(nested_rows(), NFAR);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lives, setup),
		cmocka_unit_test_setup(content, setup),
		cmocka_unit_test_setup(once, setup),
		cmocka_unit_test_setup(hand_over_hand, setup),
		cmocka_unit_test_setup(seen_by, setup),
		cmocka_unit_test_setup(last_renewed, setup),
		cmocka_unit_test_setup(counts_stay, setup),
		cmocka_unit_test_setup(before_blocking, setup),
		cmocka_unit_test_setup(mutex_before_blocking, setup),
		cmocka_unit_test_setup(upgrades, setup),
		cmocka_unit_test_setup(tries, setup),
		cmocka_unit_test_setup(modes, setup),
		cmocka_unit_test_setup(sleep_lets_go, setup),
		cmocka_unit_test_setup(sleep_with_locks, setup),
		cmocka_unit_test_setup(memory, setup),
		cmocka_unit_test_setup(page_had, setup),
		cmocka_unit_test_setup(events, setup),
		cmocka_unit_test_setup(join, setup),
		cmocka_unit_test_setup(generations, setup),
		cmocka_unit_test_setup(mutex_generations, setup),
		cmocka_unit_test_setup(object_generations, setup),
		cmocka_unit_test_setup(no_two_sets_alike, setup),
		cmocka_unit_test_setup(dupok, setup),
		cmocka_unit_test_setup(varied, setup),
		cmocka_unit_test_setup(varied_deep, setup),
		cmocka_unit_test_setup(varied_by_two, setup),
		cmocka_unit_test_setup(suspects, setup),
		cmocka_unit_test_setup(suspects_from_outside, setup),
		cmocka_unit_test_setup(within_a_class, setup),
		cmocka_unit_test_setup(deep, setup),
		cmocka_unit_test_setup(levels, setup),
		cmocka_unit_test_setup(far_ones, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

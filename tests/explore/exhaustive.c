/*
 * The strategy exhaustive leaves nothing out: of small programs it comes to
 * the same ends as every interleaving does, one by one; and makes hardly more
 * executions than there are orders.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/size.h"
#include "workloads/workloads.h"

#define NOBJECT	2
#define MAXSTRAND 3

/* ------------------------------------------------------------------------
 * Programs: of each strand a few letters.  What each strand saw, and what was
 * left, is the end that it came to.
 */

static struct rwlock lock[NOBJECT];
static struct mutex mtx;
static struct lk_event event;
static int chan;
static uint64_t version[NOBJECT], word, count;	/* what is left */
static uint64_t seen[MAXSTRAND + 1];

static void
note(uint64_t *at, uint64_t what)
{
	*at = (*at ^ what) * 0x9e3779b97f4a7c15ULL;
	*at ^= *at >> 29;
}

static void
store(int i, uint64_t who)
{
	note(&version[i], who);
}

static void
op_write(int i, uint64_t who)
{
	rw_enter_write(&lock[i]);
	store(i, who);
	rw_exit(&lock[i]);
}

static void
op_read(int i, uint64_t *saw)
{
	rw_enter_read(&lock[i]);
	note(saw, version[i]);
	rw_exit(&lock[i]);
}

/* Both, in that order. */
static void
op_nest(int i, uint64_t who)
{
	rw_enter_write(&lock[i]);
	rw_enter_write(&lock[1 - i]);
	store(0, who);
	store(1, who);
	rw_exit(&lock[1 - i]);
	rw_exit(&lock[i]);
}

static void
op_try(int i, uint64_t *saw, uint64_t who)
{
	int error = rw_enter(&lock[i], RW_WRITE | RW_NOSLEEP);

	note(saw, (uint64_t)error);
	if (error != 0)
		return;
	store(i, who);
	rw_exit(&lock[i]);
}

static void
op_upgrade(int i, uint64_t *saw, uint64_t who)
{
	int error;

	rw_enter_read(&lock[i]);
	note(saw, version[i]);
	error = rw_enter(&lock[i], RW_UPGRADE | RW_NOSLEEP);
	note(saw, (uint64_t)error);
	if (error == 0)
		store(i, who);
	rw_exit(&lock[i]);
}

static void
op_wait(uint64_t *saw)
{
	mtx_enter(&mtx);
	while (count == 0)
		(void)msleep_nsec(&count, &mtx, PVM, "count", INFSLP);
	note(saw, count--);
	mtx_leave(&mtx);
}

static void
op_post(void)
{
	mtx_enter(&mtx);
	count++;
	wakeup_one(&count);
	mtx_leave(&mtx);
}

static uint64_t
nap(uint64_t ns)
{
	return (uint64_t)tsleep_nsec(&chan, PVM, "chan", ns);
}

struct doing {
	const char	*ops;
	unsigned	who;
};

static void act(char op, uint64_t *saw, uint64_t who);

static void
act_all(void *arg)
{
	const struct doing *d = arg;
	uint64_t n;

	for (n = 0; d->ops[n] != '\0'; n++)
		act(d->ops[n], &seen[d->who], (uint64_t)d->who << 8 | n);
}

/* A strand of a strand. */
static void
op_child(void)
{
	static const struct doing child = { "w", MAXSTRAND };
	struct lk_strand *s;

	assert_int_equal(lk_strand_start(&s, "child", act_all,
	    (void *)(uintptr_t)&child, NULL), 0);
	lk_strand_join(s);
}

static void
act(char op, uint64_t *saw, uint64_t who)
{
	switch (op) {
	case 'w': case 'W':
		op_write(op == 'W', who);
		break;
	case 'r': case 'R':
		op_read(op == 'R', saw);
		break;
	case 'n': case 'N':
		op_nest(op == 'N', who);
		break;
	case 't': case 'T':
		op_try(op == 'T', saw, who);
		break;
	case 'u':
		op_upgrade(0, saw, who);
		break;
	case 's':
		lk_before_store(&word);
		note(&word, who);
		break;
	case 'l':
		lk_before_load(&word);
		note(saw, word);
		break;
	case 'c':
		op_wait(saw);
		break;
	case 'p':
		op_post();
		break;
	case 'z':		/* whoever wakes it up must come later */
		note(saw, nap(INFSLP));
		break;
	case 'y': case 'Y':
		note(saw, nap(op == 'y' ? 1000 : 150));
		break;
	case 'k':
		wakeup(&chan);
		break;
	case 'e':
		lk_event_wait(&event);
		break;
	case 'E':
		lk_event_post(&event);
		break;
	case 'q':		/* it looks without the lock */
		lk_point(exhaustive_look);
		note(saw, version[0]);
		break;
	case 'f':
		op_child();
		break;
	case 'd':
		lk_delay(200);
		break;
	default:
		fail();
	}
}

/* ------------------------------------------------------------------------
 * Ends
 */

#define MOSTENDS	4096

struct ends {
	const char	*program;
	uint64_t	end[MOSTENDS];
	unsigned	n;
};

static bool
ends_have(const struct ends *e, uint64_t end)
{
	unsigned i;

	for (i = 0; i < e->n; i++)
		if (e->end[i] == end)
			return true;
	return false;
}

static void
ends_add(struct ends *e, uint64_t end)
{
	if (ends_have(e, end))
		return;
	assert_in_range(e->n, 0, MOSTENDS - 1);
	e->end[e->n++] = end;
}

static int
ended(void *arg, const struct lk_fibers_result *out)
{
	uint64_t all = (uint64_t)out->end;
	unsigned i;

	if (out->end == LKF_STOPPED)
		return 0;
	for (i = 0; i < NOBJECT; i++)
		note(&all, version[i]);
	for (i = 0; i <= MAXSTRAND; i++)
		note(&all, seen[i]);
	note(&all, word);
	note(&all, count);
	ends_add(arg, all);
	return 0;
}

/* "ab|c": a strand each */
static void
run(void *arg)
{
	const struct ends *e = arg;
	struct doing d[MAXSTRAND];
	struct lk_strand *s[MAXSTRAND];
	char text[64], *rest = text, *ops;
	unsigned n = 0, i;

	memset(lock, 0, sizeof(lock));
	memset(version, 0, sizeof(version));
	memset(seen, 0, sizeof(seen));
	word = count = 0;
	for (i = 0; i < NOBJECT; i++)
		rw_init(&lock[i], "lock");
	mtx_init(&mtx, "mutex");
	lk_event_reset(&event);
	strcpy(text, e->program);
	while ((ops = strsep(&rest, "|")) != NULL) {
		d[n] = (struct doing){ ops, n };
		assert_int_equal(lk_strand_start(&s[n], "strand", act_all,
		    &d[n], NULL), 0);
		n++;
	}
	for (i = 0; i < n; i++)
		lk_strand_join(s[i]);
}

/* ------------------------------------------------------------------------
 * Every interleaving, one by one, with nothing left out
 */

#define MOSTPATH	128

struct every {
	unsigned	chosen[MOSTPATH], of[MOSTPATH], n, at;
	bool		done;
};

static int
every_create(const struct wl_choose_conf *conf, void **out)
{
	*out = calloc(1, sizeof(struct every));
	return *out != NULL ? 0 : ENOMEM;
}

static bool
every_begin(void *state, uint64_t seed)
{
	struct every *e = state;

	e->at = 0;
	return !e->done;
}

static struct lk_fiber_view *
every_choose(void *state, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	struct every *e = state;

	if (e->at == MOSTPATH)
		abort();
	if (e->at == e->n) {
		e->chosen[e->n] = 0;
		e->of[e->n++] = n;
	}
	return v[e->chosen[e->at++]];
}

static void
every_end(void *state, const struct lk_fibers_result *out)
{
	struct every *e = state;

	for (; e->n > 0; e->n--)
		if (++e->chosen[e->n - 1] < e->of[e->n - 1])
			return;
	e->done = true;
}

static const struct wl_chooser every = {
	.name = "every", .ends = true, .create = every_create,
	.destroy = free, .begin = every_begin, .choose = every_choose,
	.end = every_end,
};

static void
explore(const struct wl_chooser *chooser, struct ends *e,
    struct wl_explore_result *r)
{
	const struct wl_program p = { .name = e->program, .run = run,
	    .arg = e, .ended = ended };
	struct wl_explore_conf conf = { .chooser = chooser, .go_on = true,
	    .orders = true };

	e->n = 0;
	assert_int_equal(wl_explore(&p, &conf, r), 0);
	assert_true(r->exhausted);
	wl_schedule_free(&r->schedule);
}

/* => executions that exhaustive made; *orders: that there are */
static uint64_t
compare(const char *program, uint64_t *orders)
{
	static struct ends all, found;
	struct wl_explore_result a, f;
	unsigned i;

	all.program = found.program = program;
	explore(&every, &all, &a);
	explore(wl_chooser_find("exhaustive"), &found, &f);
	print_message("%-12s %7llu interleavings, %5llu orders, %4u ends: "
	    "%5llu executions, %4llu cut short\n", program,
	    (unsigned long long)a.executions, (unsigned long long)a.orders,
	    all.n, (unsigned long long)f.executions,
	    (unsigned long long)f.pruned);
	for (i = 0; i < all.n; i++)
		assert_true(ends_have(&found, all.end[i]));
	assert_int_equal(found.n, all.n);
	assert_int_equal(a.failures != 0, f.failures != 0);
	if (orders != NULL)
		*orders = a.orders;
	return f.executions;
}

/* ------------------------------------------------------------------------ */

/*
 * Of what takes locks and touches memory, no more than orders: to wait for the
 * end of a strand, or not to have to, are two orders to who counts them.  A
 * step that is taken for dependent, or possible earlier, when it is not, makes
 * more.
 */
static void
test_close(void **state)
{
	static const struct {
		const char	*program;
		uint64_t	executions;
	} row[] = {
		{ "w|w", 4 }, { "w|W", 1 }, { "w|w|w", 60 }, { "ww|ww", 40 },
		{ "wW|Ww", 7 }, { "r|r|w", 52 }, { "rw|wr", 39 },
		{ "n|N", 9 }, { "n|n", 4 }, { "nW|wN", 42 }, { "t|w", 4 },
		{ "tT|Ww", 7 }, { "sl|ls", 5 }, { "ss|ll", 6 },
		{ "s|l|s", 6 }, { "u|u", 10 }, { "u|w|r", 92 },
	};
	uint64_t orders, made;
	unsigned i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		made = compare(row[i].program, &orders);
		assert_in_range(made, 1, orders);
		assert_int_equal(made, row[i].executions);
	}
}

/* Of what waits for others, or for time, none that ends otherwise is left. */
static void
test_waits(void **state)
{
	static const char *const program[] = { "c|p", "c|cp", "cw|pw", "z|k",
	    "zw|kw", "y|k", "yw|kw", "y|Y", "yw|Yw", "y|Yk", "e|E", "e|wE",
	    "ew|Ew", "qq|w", "q|ww|w", "fw|w", "f|f", "d|w", "dw|dw", "d|wd", "dW|wyW",
	    "z|wk|w", "y|kw|w" };
	unsigned i;

	for (i = 0; i < sizeof(program) / sizeof(program[0]); i++)
		compare(program[i], NULL);
}

/* Whatever letters come together. */
static void
test_random(void **state)
{
	static const char letter[] = "wWrRnNtTuslcpzyYkeEqd";
	uint64_t x = 1;
	char program[16];
	unsigned i, k;

	for (i = 0; i < sized(70, 15); i++) {
		unsigned three = i % 4 == 0;

		for (k = 0; k < 5; k++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			program[k] = letter[(x >> 33) % (sizeof(letter) - 1)];
		}
		program[three ? 1 : 2] = '|';
		if (three)
			program[3] = '|';
		program[5] = '\0';
		compare(program, NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

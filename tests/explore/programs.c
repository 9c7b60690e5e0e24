/* programs.c: see programs.h; each one's bug is said above it. */
#include <string.h>

#include "tests/explore/programs.h"

#define MOST	24

/* Strands by function; joined in order. */
struct crew {
	struct lk_strand *s[MOST];
	unsigned	n;
};

static void
hire(struct crew *c, const char *name, void (*fn)(void *), void *arg)
{
	if (lk_strand_start(&c->s[c->n], name, fn, arg, NULL) == 0)
		c->n++;
	else
		lk_incident("test.no-strand", "%s", name);
}

static void
dismiss(struct crew *c)
{
	unsigned i;

	for (i = 0; i < c->n; i++)
		lk_strand_join(c->s[i]);
	c->n = 0;
}

static int
count_of(void *arg)
{
	return *(const int *)arg;
}

/* As published: of many strands half look, of few one. */
static int
setters(int n)
{
	return n >= 20 ? n / 2 : n - 1;
}

/* ------------------------------------------------------------------------
 * reorder: one looks at two words between the stores of another
 */

static struct {
	int	a, b;
} ro;

static void
reorder_set(void *arg)
{
	STORE(ro.a, 1);
	STORE(ro.b, -1);
}

static void
reorder_check(void *arg)
{
	CHECK((LOAD(ro.a) == 0 && LOAD(ro.b) == 0) ||
	    (LOAD(ro.a) == 1 && LOAD(ro.b) == -1));
}

static void
reorder(void *arg)
{
	struct crew c = { .n = 0 };
	int i, n = count_of(arg);

	memset(&ro, 0, sizeof(ro));
	for (i = 0; i < setters(n); i++)
		hire(&c, "set", reorder_set, NULL);
	for (; i < n; i++)
		hire(&c, "check", reorder_check, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * twostage: two words that belong together, each under its own lock
 */

static struct {
	struct rwlock	l1, l2;
	int		data1, data2;
} ts;

static void
twostage_set(void *arg)
{
	rw_enter_write(&ts.l1);
	ts.data1 = 1;
	rw_exit(&ts.l1);
	rw_enter_write(&ts.l2);
	ts.data2 = ts.data1 + 1;
	rw_exit(&ts.l2);
}

static void
twostage_check(void *arg)
{
	int t1, t2;

	rw_enter_write(&ts.l1);
	t1 = ts.data1;
	rw_exit(&ts.l1);
	if (t1 == 0)
		return;
	rw_enter_write(&ts.l2);
	t2 = ts.data2;
	rw_exit(&ts.l2);
	CHECK(t2 == t1 + 1);
}

static void
twostage(void *arg)
{
	struct crew c = { .n = 0 };
	int i, n = count_of(arg);

	memset(&ts, 0, sizeof(ts));
	rw_init(&ts.l1, "ts1");
	rw_init(&ts.l2, "ts2");
	for (i = 0; i < setters(n); i++)
		hire(&c, "set", twostage_set, NULL);
	for (; i < n; i++)
		hire(&c, "check", twostage_check, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * wronglock: one uses the right lock, all others another one
 */

static struct {
	struct rwlock	right, wrong;
	int		value;
} wr;

static void
wronglock_look(void *arg)
{
	int x;

	rw_enter_write(&wr.right);
	x = LOAD(wr.value);
	STORE(wr.value, x + 1);
	CHECK(LOAD(wr.value) == x + 1);
	rw_exit(&wr.right);
}

static void
wronglock_add(void *arg)
{
	rw_enter_write(&wr.wrong);
	STORE(wr.value, LOAD(wr.value) + 1);
	rw_exit(&wr.wrong);
}

static void
wronglock(void *arg)
{
	struct crew c = { .n = 0 };
	int i;

	memset(&wr, 0, sizeof(wr));
	rw_init(&wr.right, "right");
	rw_init(&wr.wrong, "wrong");
	hire(&c, "look", wronglock_look, NULL);
	for (i = 0; i < count_of(arg); i++)
		hire(&c, "add", wronglock_add, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * account: what the last one checks is computed wrongly, whoever it is
 */

static struct {
	struct rwlock	lock;
	int		balance, x, y, z;
	bool		in, out;
} ac;

static void
account_deposit(void *arg)
{
	rw_enter_write(&ac.lock);
	ac.balance += ac.y;
	ac.in = true;
	rw_exit(&ac.lock);
}

static void
account_withdraw(void *arg)
{
	rw_enter_write(&ac.lock);
	ac.balance -= ac.z;
	ac.out = true;
	rw_exit(&ac.lock);
}

static void
account_check(void *arg)
{
	rw_enter_write(&ac.lock);
	if (ac.in && ac.out)
		CHECK(ac.balance == ac.x - ac.y - ac.z);
	rw_exit(&ac.lock);
}

static void
account(void *arg)
{
	struct crew c = { .n = 0 };

	memset(&ac, 0, sizeof(ac));
	rw_init(&ac.lock, "account");
	ac.balance = ac.x = 1;
	ac.y = 2;
	ac.z = 4;
	hire(&c, "check", account_check, NULL);
	hire(&c, "in", account_deposit, NULL);
	hire(&c, "out", account_withdraw, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * stringbuffer: a length is asked for, then used after it changed
 */

static struct {
	struct rwlock	lock;
	int		count;
} sb;

static int
sb_length(void)
{
	int n;

	rw_enter_write(&sb.lock);
	n = sb.count;
	rw_exit(&sb.lock);
	return n;
}

static void
sb_append(void *arg)
{
	int len = sb_length();

	rw_enter_write(&sb.lock);
	CHECK(len <= sb.count);
	rw_exit(&sb.lock);
}

static void
sb_erase(void *arg)
{
	int i;

	for (i = 0; i < 2; i++) {
		rw_enter_write(&sb.lock);
		if (i == 1)
			sb.count = 0;
		rw_exit(&sb.lock);
	}
}

static void
stringbuffer(void *arg)
{
	struct crew c = { .n = 0 };

	memset(&sb, 0, sizeof(sb));
	rw_init(&sb.lock, "buffer");
	sb.count = 3;
	hire(&c, "append", sb_append, NULL);
	hire(&c, "erase", sb_erase, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * circular: a bounded buffer with a test that should be a loop
 */

static struct {
	struct mutex	mtx;
	int		n;
} cb;

static void
circular_put(void *arg)
{
	int i;

	for (i = 0; i < 3; i++) {
		mtx_enter(&cb.mtx);
		cb.n++;
		wakeup(&cb.n);
		mtx_leave(&cb.mtx);
	}
}

static void
circular_get(void *arg)
{
	int i;

	for (i = 0; i < 2; i++) {
		mtx_enter(&cb.mtx);
		if (cb.n == 0)
			(void)msleep_nsec(&cb.n, &cb.mtx, PVM, "empty", 1000);
		CHECK(cb.n > 0);
		cb.n--;
		mtx_leave(&cb.mtx);
	}
}

static void
circular(void *arg)
{
	struct crew c = { .n = 0 };

	memset(&cb, 0, sizeof(cb));
	mtx_init(&cb.mtx, "ring");
	hire(&c, "put", circular_put, NULL);
	hire(&c, "get", circular_get, NULL);
	hire(&c, "get", circular_get, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * deadlock: two locks, two orders; philosophers: n of them
 */

static struct rwlock fork_of[MOST];
static int nforks;

static void
dine(void *arg)
{
	int i = (int)(intptr_t)arg;

	rw_enter_write(&fork_of[i]);
	rw_enter_write(&fork_of[(i + 1) % nforks]);
	rw_exit(&fork_of[(i + 1) % nforks]);
	rw_exit(&fork_of[i]);
}

static void
philosophers(void *arg)
{
	struct crew c = { .n = 0 };
	int i;

	nforks = count_of(arg);
	memset(fork_of, 0, sizeof(fork_of));
	for (i = 0; i < nforks; i++)
		rw_init(&fork_of[i], "fork");
	for (i = 0; i < nforks; i++)
		hire(&c, "philosopher", dine, (void *)(intptr_t)i);
	dismiss(&c);
}

static void
deadlock(void *arg)
{
	philosophers(arg);
}

/* ------------------------------------------------------------------------
 * lazy: the third comes when both others have added
 */

static struct {
	struct rwlock	lock;
	int		data;
} lz;

static void
lazy_one(void *arg)
{
	rw_enter_write(&lz.lock);
	lz.data++;
	rw_exit(&lz.lock);
}

static void
lazy_two(void *arg)
{
	rw_enter_write(&lz.lock);
	lz.data += 2;
	rw_exit(&lz.lock);
}

static void
lazy_check(void *arg)
{
	rw_enter_write(&lz.lock);
	CHECK(lz.data < 3);
	rw_exit(&lz.lock);
}

static void
lazy(void *arg)
{
	struct crew c = { .n = 0 };

	memset(&lz, 0, sizeof(lz));
	rw_init(&lz.lock, "lazy");
	hire(&c, "one", lazy_one, NULL);
	hire(&c, "two", lazy_two, NULL);
	hire(&c, "check", lazy_check, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * worksteal: owner and thief take the last element both: the owner looks at
 * the head after it has moved the tail, but acts upon what it saw before; as
 * published the thief tries twice
 */

static struct {
	struct rwlock	lock;
	int		head, tail;
	int		taken[4];
} ws;

static void
ws_take(int i)
{
	int seen = LOAD(ws.taken[i]);

	CHECK(seen == 0);
	STORE(ws.taken[i], 1);
}

static void
ws_own(void *arg)
{
	int t, h, k;

	for (k = 0; k < 3; k++) {
		h = LOAD(ws.head);
		t = LOAD(ws.tail) - 1;
		STORE(ws.tail, t);
		if (h <= t) {
			ws_take(t);
			continue;
		}
		STORE(ws.tail, t + 1);
		return;
	}
}

static void
ws_steal(void *arg)
{
	int h, k;

	for (k = 0; k < 2; k++) {
		rw_enter_write(&ws.lock);
		h = LOAD(ws.head);
		STORE(ws.head, h + 1);
		if (h < LOAD(ws.tail))
			ws_take(h);
		else
			STORE(ws.head, h);
		rw_exit(&ws.lock);
	}
}

static void
worksteal(void *arg)
{
	struct crew c = { .n = 0 };

	memset(&ws, 0, sizeof(ws));
	rw_init(&ws.lock, "deque");
	ws.tail = 3;
	hire(&c, "owner", ws_own, NULL);
	hire(&c, "thief", ws_steal, NULL);
	dismiss(&c);
}

/* ------------------------------------------------------------------------
 * No bug
 */

static void
safe_count(void *arg)
{
	int i;

	for (i = 0; i < 2; i++) {
		rw_enter_write(&wr.right);
		STORE(wr.value, LOAD(wr.value) + 1);
		rw_exit(&wr.right);
	}
}

static void
safe(void *arg)
{
	struct crew c = { .n = 0 };

	memset(&wr, 0, sizeof(wr));
	rw_init(&wr.right, "right");
	hire(&c, "count", safe_count, NULL);
	hire(&c, "count", safe_count, NULL);
	dismiss(&c);
	CHECK(wr.value == 4);
}

static void
safe_get(void *arg)
{
	mtx_enter(&cb.mtx);
	while (cb.n == 0)
		(void)msleep_nsec(&cb.n, &cb.mtx, PVM, "empty", INFSLP);
	cb.n--;
	mtx_leave(&cb.mtx);
}

static void
safe_put(void *arg)
{
	mtx_enter(&cb.mtx);
	cb.n++;
	wakeup(&cb.n);
	mtx_leave(&cb.mtx);
}

static void
safe_sleep(void *arg)
{
	struct crew c = { .n = 0 };

	memset(&cb, 0, sizeof(cb));
	mtx_init(&cb.mtx, "ring");
	hire(&c, "get", safe_get, NULL);
	hire(&c, "put", safe_put, NULL);
	dismiss(&c);
	CHECK(cb.n == 0);
}

const struct wl_program program_safe = { .name = "safe", .run = safe };
const struct wl_program program_safe_sleep = {
	.name = "safe-sleep", .run = safe_sleep
};

#define ROW(fn, n, mean, limit)						\
	{ #fn, n, mean, limit, { .name = #fn, .run = fn,		\
	    .arg = (void *)(uintptr_t)&(const int){ n },		\
	    .max_steps = 20000 } },
const struct program_row programs[] = { PROGRAMS(ROW) };
const unsigned nprograms = sizeof(programs) / sizeof(programs[0]);

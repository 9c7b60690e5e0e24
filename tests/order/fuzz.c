/*
 * fuzz.c: random small programs, judged by the order rule and by the oracle.
 *
 * usage: fuzz [PROGRAMS [SEED]]
 * A difference is shrunk and printed with its seed.  Report or no report must
 * agree for every program; the grade may differ in one of a hundred.
 *
 * The rule sees dependencies, "holding these, that was wanted", and not how a
 * strand came to hold these.  In about one program of ten thousand that way is
 * barred: in
 *	r:C W:B -C W:A ; r:A R:C ; R:B tW:C -B r:B
 * what was held and let go of on the way keeps the strands from being where
 * each dependency by itself may be.  Such a program is told apart by its
 * *straight* one, where a thread for each dependency takes what it holds and
 * then what it wants: if that one deadlocks the rule has judged what it saw
 * rightly.  These are counted by themselves, and they must be few.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/order_int.h"
#include "tests/order/oracle.h"

/* ------------------------------------------------------------------------
 * the tool's view: phases run one after the other
 */
struct held {
	struct ord_hold	h[ORC_MAXSTEPS];
	unsigned	n;
};

static int
held_find(const struct held *s, int x)
{
	int i;

	for (i = (int)s->n - 1; i >= 0; i--)
		if (s->h[i].lock == (uint32_t)x)
			return i;
	return -1;
}

static void
held_drop(struct held *s, int i)
{
	memmove(&s->h[i], &s->h[i + 1], (s->n - (unsigned)i - 1) *
	    sizeof(s->h[0]));
	s->n--;
}

static void
want(struct ord_graph *g, int t, const struct held *s, int x,
    enum ord_mode mode, bool upgrade)
{
	struct ord_wait w = {
		.strand = (uint32_t)t, .want = { (uint32_t)x, mode },
		.upgrade = upgrade, .held = s->h, .nheld = s->n,
	};
	uint32_t dep;
	bool fresh;

	if (g != NULL && s->n != 0)
		ord_add(g, &w, &dep, &fresh);
}

/* => false: alone, it would hang right here */
static bool
acquire(struct ord_graph *g, int t, struct held *s, int x, enum ord_mode mode,
    bool waits)
{
	int i = held_find(s, x);
	bool dead = i >= 0 && (mode == ORD_WRITE || s->h[i].mode == ORD_WRITE);

	if (waits)
		want(g, t, s, x, mode, false);
	if (dead)
		return false;
	s->h[s->n++] = (struct ord_hold){ (uint32_t)x, mode };
	if (g != NULL && mode == ORD_WRITE && waits)
		ord_wrote(g, (uint32_t)x, (uint32_t)t);
	return true;
}

static bool
perform(struct ord_graph *g, int t, struct held *s, const struct orc_step *p)
{
	int i;

	switch (p->what) {
	case ORC_WRITE:
		return acquire(g, t, s, p->on, ORD_WRITE, true);
	case ORC_READ:
		return acquire(g, t, s, p->on, ORD_READ, true);
	case ORC_RREAD:
		return acquire(g, t, s, p->on, ORD_RREAD, true);
	case ORC_TRYW:
		return acquire(g, t, s, p->on, ORD_WRITE, false);
	case ORC_TRYR:
		return acquire(g, t, s, p->on, ORD_READ, false);
	case ORC_EXIT:
		i = held_find(s, p->on);
		if (i >= 0)
			held_drop(s, i);
		return true;
	case ORC_DOWN:
		i = held_find(s, p->on);
		if (i >= 0)
			s->h[i].mode = ORD_READ;
		return true;
	default:
		return true;
	}
}

static void
worst(const struct ord_cycle *c, void *arg)
{
	enum ord_level *level = arg;

	if (c->level > *level)
		*level = c->level;
}

static enum ord_level
judge(const struct orc_program *p)
{
	struct ord_opts o = { .assume_writer = true };
	struct ord_graph *g;
	enum ord_level level = ORD_SILENT;
	size_t gaveup = 0;
	int t, i;

	if (ord_create(&o, &g) != 0)
		abort();
	for (t = 0; t < p->nthreads; t++) {
		struct held s = { .n = 0 };

		for (i = 0; i < p->nsteps[t]; i++)
			if (!perform(g, t, &s, &p->step[t][i]))
				break;
	}
	if (ord_search_new(g, worst, &level, &gaveup) != 0 || gaveup != 0)
		abort();
	ord_destroy(g);
	return level;
}

/* ------------------------------------------------------------------------
 * the straight program
 */

static enum orc_do
take_of(enum ord_mode mode)
{
	return mode == ORD_WRITE ? ORC_WRITE : mode == ORD_READ ? ORC_READ :
	    ORC_RREAD;
}

/* One more thread, unless there is one like it; false: no room. */
static bool
add_straight(struct orc_program *q, const struct held *s,
    const struct orc_step *want)
{
	int t = q->nthreads, u;
	unsigned i;

	if (t == ORC_MAXTHREADS)
		return false;
	q->nsteps[t] = 0;
	for (i = 0; i < s->n; i++)
		orc_step(q, t, take_of(s->h[i].mode), (int)s->h[i].lock);
	orc_step(q, t, want->what, want->on);
	for (u = 0; u < t; u++)
		if (q->nsteps[u] == q->nsteps[t] && memcmp(q->step[u],
		    q->step[t], (size_t)q->nsteps[t] *
		    sizeof(q->step[t][0])) == 0)
			return true;
	q->nthreads++;
	return true;
}

static bool
straighten_thread(const struct orc_program *p, int t, struct orc_program *q)
{
	struct held s = { .n = 0 };
	int i;

	for (i = 0; i < p->nsteps[t]; i++) {
		const struct orc_step *at = &p->step[t][i];

		if (s.n != 0 && (at->what == ORC_WRITE ||
		    at->what == ORC_READ || at->what == ORC_RREAD) &&
		    !add_straight(q, &s, at))
			return false;
		if (!perform(NULL, t, &s, at))
			return true;
	}
	return true;
}

static bool
straight_deadlocks(const struct orc_program *p)
{
	struct orc_program q;
	int t;

	memset(&q, 0, sizeof(q));
	memcpy(q.writer, p->writer, sizeof(q.writer));
	for (t = 0; t < p->nthreads; t++)
		if (!straighten_thread(p, t, &q))
			break;
	return q.nthreads != 0 && orc_truth(&q) != ORC_SAFE;
}

struct verdict {
	enum ord_level	level;
	enum orc_truth	truth;
	bool		barred;		/* rightly judged, but no way there */
};

static struct verdict
verdict(const struct orc_program *p)
{
	struct verdict v = { judge(p), orc_truth(p), false };

	v.barred = v.level >= ORD_WARN && v.truth == ORC_SAFE &&
	    straight_deadlocks(p);
	return v;
}

static bool
differs(struct verdict v)
{
	return v.truth != ORC_TOOBIG && !v.barred &&
	    (v.level >= ORD_WARN) != (v.truth != ORC_SAFE);
}

static bool
is_barred(struct verdict v)
{
	return v.barred;
}

static bool
grade_differs(struct verdict v)
{
	return v.truth != ORC_TOOBIG && v.truth != ORC_SAFE &&
	    (v.level == ORD_ERROR) != (v.truth == ORC_DL);
}

static void
drop_step(struct orc_program *p, int t, int i)
{
	memmove(&p->step[t][i], &p->step[t][i + 1],
	    (size_t)(p->nsteps[t] - i - 1) * sizeof(p->step[t][0]));
	p->nsteps[t]--;
}

/* Take steps away, one and two at a time, while it still differs. */
static void
shrink(struct orc_program *p, bool (*bad)(struct verdict))
{
	struct orc_program q;
	int t, i, j;

again:
	for (t = 0; t < p->nthreads; t++)
		for (i = 0; i < p->nsteps[t]; i++)
			for (j = i; j < p->nsteps[t]; j++) {
				q = *p;
				if (j > i)
					drop_step(&q, t, j);
				drop_step(&q, t, i);
				if (bad(verdict(&q))) {
					*p = q;
					goto again;
				}
			}
}

static void
tell(struct orc_program *p, uint64_t seed, bool (*bad)(struct verdict))
{
	static const char *const level[] = { "silent", "INFO", "WARN", "ERROR" };
	struct verdict v;
	char text[ORC_TEXT];

	orc_print(p, text);
	printf("seed %llu: %s\n", (unsigned long long)seed, text);
	shrink(p, bad);
	v = verdict(p);
	orc_print(p, text);
	printf("  shrunk to: %s\n  rule: %s, truth: %s\n", text,
	    level[v.level], orc_truth_name(v.truth));
}

static int
rule(uint64_t n, uint64_t seed)
{
	uint64_t i;
	uint64_t wrong = 0, grade = 0, big = 0, barred = 0, truths[5] = { 0 };

	for (i = 0; i < n; i++) {
		struct orc_program p;
		struct verdict v;

		orc_make(&p, seed + i);
		v = verdict(&p);
		truths[v.truth]++;
		big += v.truth == ORC_TOOBIG;
		if (differs(v)) {
			if (wrong++ < 20)
				tell(&p, seed + i, differs);
		} else if (v.barred) {
			if (barred++ < 5)
				tell(&p, seed + i, is_barred);
		} else if (grade_differs(v)) {
			if (grade++ < 5)
				tell(&p, seed + i, grade_differs);
		}
	}
	printf("%llu programs: %llu safe, %llu DL, %llu DL+w, %llu DLx2, "
	    "%llu too big\n%llu differ in report, %llu in grade; %llu have no "
	    "way to where they would\n",
	    (unsigned long long)n, (unsigned long long)truths[ORC_SAFE],
	    (unsigned long long)truths[ORC_DL],
	    (unsigned long long)truths[ORC_DL_W],
	    (unsigned long long)truths[ORC_DL_X2], (unsigned long long)big,
	    (unsigned long long)wrong, (unsigned long long)grade,
	    (unsigned long long)barred);
	/* Too big for the oracle: it says nothing of these, and they are few. */
	return wrong != 0 || grade * 100 > n - big || big * 100 > n ||
	    barred > 3 + n / 4000;
}

int
main(int argc, char **argv)
{
	return rule(argc > 1 ? strtoull(argv[1], NULL, 0) : 20000,
	    argc > 2 ? strtoull(argv[2], NULL, 0) : 1);
}

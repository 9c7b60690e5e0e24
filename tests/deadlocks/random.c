/*
 * random.c: the predictor against every interleaving there is.
 *
 * usage: random N SEED [-v]
 *
 * N small random programs (tests/order/program.c: up to three strands and four
 * locks; all modes, tries, any order of release, taken again), and some with
 * an event or a mutex more.  Each runs once, one strand after the other; what
 * is predicted from that is followed as its witness says, and must end in the
 * deadlock: that is soundness.  Then all its interleavings are made; how many
 * of those that can deadlock were predicted is told: that is completeness.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "tests/order/oracle.h"

#define TRACE	(LK_TRACE_CHUNK * 20)
#define ALL	2000

static struct orc_program prog;
static struct rwlock lock[ORC_NLOCKS];
static struct lk_event event;

/* One site for each step: a place of the program is a place in the code. */
static struct lk_site site[ORC_MAXTHREADS][ORC_MAXSTEPS];

static unsigned long
flags_of(enum orc_do what)
{
	switch (what) {
	case ORC_WRITE:
		return RW_WRITE;
	case ORC_READ:
		return RW_READ;
	case ORC_RREAD:
		return RW_READ | RW_RECURSE;
	case ORC_TRYW:
		return RW_WRITE | RW_NOSLEEP;
	default:
		return RW_READ | RW_NOSLEEP;
	}
}

/* A try that fails ends the strand. */
static void
let_all_go(const struct orc_program *p, int t, int upto)
{
	int held[ORC_NLOCKS] = { 0 }, i;

	for (i = 0; i < upto; i++)
		if (p->step[t][i].what < ORC_EXIT)
			held[p->step[t][i].on]++;
		else if (p->step[t][i].what == ORC_EXIT)
			held[p->step[t][i].on]--;
	for (i = 0; i < ORC_NLOCKS; i++)
		while (held[i]-- > 0)
			lk_rw_exit(&lock[i], LK_HERE);
}

static void
strand(void *arg)
{
	int t = (int)(intptr_t)arg, i;

	for (i = 0; i < prog.nsteps[t]; i++) {
		const struct orc_step *s = &prog.step[t][i];

		if (s->what == ORC_EXIT)
			lk_rw_exit(&lock[s->on], &site[t][i]);
		else if (s->what == ORC_POST)
			lk_event_post_at(&event, &site[t][i]);
		else if (s->what == ORC_WAIT)
			lk_event_wait_at(&event, &site[t][i]);
		else if (lk_rw_enter(&lock[s->on], flags_of(s->what),
		    &site[t][i]) != 0) {
			let_all_go(&prog, t, i);
			return;
		}
	}
}

static void
root(void *arg)
{
	static const char *const name[ORC_NLOCKS] = { "A", "B", "C", "D" };
	struct lk_strand *s[ORC_MAXTHREADS];
	int i;

	memset(&event, 0, sizeof(event));
	for (i = 0; i < ORC_NLOCKS; i++)
		rw_init(&lock[i], name[i]);
	for (i = 0; i < prog.nthreads; i++)
		if (lk_strand_start(&s[i], "strand", strand,
		    (void *)(intptr_t)i, NULL) != 0)
			abort();
	for (i = 0; i < prog.nthreads; i++)
		lk_strand_join(s[i]);
}

/* Sometimes one posts somewhere what another one waits for somewhere. */
static void
with_event(void)
{
	int from, to, i, at;
	enum orc_do what = ORC_POST;

	/* a try that fails would keep it from being posted */
	for (from = 0; from < prog.nthreads; from++)
		for (i = 0; i < prog.nsteps[from]; i++)
			if (prog.step[from][i].what == ORC_TRYW ||
			    prog.step[from][i].what == ORC_TRYR)
				return;
	if (prog.nthreads < 2 || orc_below(2) != 0)
		return;
	from = (int)orc_below((unsigned)prog.nthreads);
	to = (from + 1 + (int)orc_below((unsigned)prog.nthreads - 1)) %
	    prog.nthreads;
	for (i = from;; i = to, what = ORC_WAIT) {
		struct orc_step *s = prog.step[i];

		if (prog.nsteps[i] == ORC_MAXSTEPS)
			return;
		at = (int)orc_below((unsigned)prog.nsteps[i] + 1);
		memmove(&s[at + 1], &s[at], (size_t)(prog.nsteps[i] - at) *
		    sizeof(*s));
		s[at] = (struct orc_step){ what, 0 };
		prog.nsteps[i]++;
		if (what == ORC_WAIT)
			return;
	}
}

static struct {
	unsigned	ran, stuck, deadlock, safe, toomany;
	unsigned	predicted, followed, missed, failures;
} sum;

static void
must(int error, const char *what)
{
	if (error == 0)
		return;
	printf("FAILED: %s: %s\n", what, strerror(error));
	exit(1);
}

static struct ana_result *
observe(const struct wl_program *p, bool *ended)
{
	const struct wl_outcome outcome = { .end = WLE_DONE };
	const struct wl_schedule none = { 0 };
	struct lk_fibers_result end;
	struct ana_result *r = NULL;
	struct ana_snapshot *s;
	struct lk_record *rec;
	uint64_t diverged;

	must(lk_record_create(NULL, &rec), "record");
	must(lk_order_trace(TRACE), "trace");
	must(wl_replay_schedule(p, NULL, &none, &end, &diverged), "run");
	lk_order_trace(0);
	*ended = end.end == LKF_DONE;
	if (*ended) {
		must(ana_freeze(rec, &outcome, &s), "freeze");
		must(ana_run(s, &r), "passes");
		ana_snapshot_free(s);
	}
	lk_record_close(rec);
	return r;
}

static bool
can_deadlock(const struct wl_program *p, bool *known)
{
	const struct wl_explore_conf conf = {
		.chooser = wl_chooser_find("exhaustive"), .executions = ALL,
	};
	struct wl_explore_result res;
	bool said;

	must(wl_explore(p, &conf, &res), "explore");
	said = res.failures != 0;
	*known = said || res.exhausted;
	wl_schedule_free(&res.schedule);
	return said;
}

/* Each that has a witness is followed, once. */
static unsigned
follow(const struct wl_program *p, const struct ana_result *r)
{
	const struct wl_confirm_conf conf = { .tries = 1, .seed = 1 };
	struct wl_confirmed c;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		const struct ana_finding *f = r->findings[i];

		if (f->steer == NULL || f->steer->nturns == 0)
			continue;
		n++;
		must(wl_confirm(p, f->steer, &conf, &c), "confirm");
		if (c.confirmed && c.by_witness)
			sum.followed++;
		else
			sum.failures++;
		wl_schedule_free(&c.schedule);
	}
	return n;
}

/* Every other one is one that can deadlock, by the oracle of tests/order. */
static void
make(uint64_t seed)
{
	unsigned tries;

	for (tries = 0; tries < 500; tries++) {
		orc_make(&prog, seed + tries * 1000003);
		if (seed % 2 == 0 || orc_truth(&prog) == ORC_DL)
			break;
	}
	if (seed % 2 == 0)
		with_event();
}

static void
one(uint64_t seed, bool loud)
{
	const struct wl_program p = { .name = "random", .run = root };
	unsigned before = sum.failures, n = 0;
	char text[ORC_TEXT];
	struct ana_result *r;
	bool ended, known, can;

	make(seed);
	r = observe(&p, &ended);
	if (!ended) {
		sum.stuck++;
		return;
	}
	sum.ran++;
	n = follow(&p, r);
	ana_result_free(r);
	can = can_deadlock(&p, &known);
	sum.deadlock += can;
	sum.safe += known && !can;
	sum.toomany += !known;
	sum.predicted += n != 0;
	sum.missed += can && n == 0;
	if (n != 0 && known && !can)
		sum.failures++;
	orc_print(&prog, text);
	if (sum.failures != before)
		printf("FAILED: seed %llu: predicted, and does not come: %s\n",
		    (unsigned long long)seed, text);
	else if (loud && can && n == 0)
		printf("missed: seed %llu: %s\n", (unsigned long long)seed,
		    text);
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 100, i;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	int t, k;

	for (t = 0; t < ORC_MAXTHREADS; t++)
		for (k = 0; k < ORC_MAXSTEPS; k++)
			site[t][k] = (struct lk_site){ .ls_file = "program",
			    .ls_func = "strand", .ls_line = t * 100 + k + 1 };
	for (i = 0; i < n; i++)
		one(seed + i, argc > 3);
	printf("%u programs ran to their end (%u others did not), %u of them "
	    "can deadlock, %u cannot, %u were too many to say; predicted %u, "
	    "missed %u; witnesses followed %u, wrong %u\n", sum.ran, sum.stuck,
	    sum.deadlock, sum.safe, sum.toomany, sum.predicted, sum.missed,
	    sum.followed, sum.failures);
	if (sum.followed == 0)
		printf("FAILED: nothing was followed\n");
	return sum.failures != 0 || sum.followed == 0;
}

/*
 * judge.c: what the tool says of a program of the corpus, from one run of it
 * that did not deadlock.
 *
 * usage: judge NAME ...		0: as corpus.def has it
 *	  judge --table			a row for each: truth, said, how
 *	  judge --list
 *
 * The program runs once, each strand as far as it gets, with the order trace
 * on; what is found is then to be confirmed, within so many executions.  And
 * the truth is looked at, too: all its interleavings are made, if they are not
 * too many.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"

#define TRACE	(LK_TRACE_CHUNK * 80)
#define TRIES	500
#define ALL	20000		/* executions of one program, at most */
#define MANY	6		/* strands: too many for that */

enum truth { DL, SAFE };
#define YES	true
#define NO	false
struct program {
	const char	*name, *why;
	enum truth	truth;
	unsigned	strands;
	bool		pthread;
	void		(*run)(void *);
};

#define PROGRAM(name, truth, strands, pthread, why) void program_##name(void *);
#include "tests/deadlocks/corpus.def"
#undef PROGRAM
static const struct program corpus[] = {
#define PROGRAM(name, truth, strands, pthread, why)			\
	{ #name, why, truth, strands, pthread, program_##name },
#include "tests/deadlocks/corpus.def"
#undef PROGRAM
};
#define N	(sizeof(corpus) / sizeof(corpus[0]))

struct verdict {
	bool		ran;		/* to its end */
	enum ana_level	level;		/* the worst about order; INFO: none */
	bool		found;		/* any at all */
	char		name[64];
	bool		predicted;	/* by the trace */
	bool		confirmed, by_witness, impossible;
	uint64_t	tries;
	uint64_t	choices;	/* turns of what it was confirmed with */
};

static void
must(int error, const char *what)
{
	if (error == 0)
		return;
	printf("FAILED: %s: %s\n", what, strerror(error));
	exit(1);
}

static struct ana_result *
observe(const struct wl_program *p, struct verdict *v)
{
	const struct wl_outcome outcome = { .end = WLE_DONE };
	const struct wl_schedule none = { 0 };
	struct lk_fibers_result end;
	struct ana_snapshot *s;
	struct ana_result *r;
	struct lk_record *rec;
	uint64_t diverged;

	must(lk_record_create(NULL, &rec), "record");
	must(lk_order_trace(TRACE), "trace");
	must(wl_replay_schedule(p, NULL, &none, &end, &diverged), "run");
	lk_order_trace(0);
	v->ran = end.end == LKF_DONE;
	must(ana_freeze(rec, &outcome, &s), "freeze");
	must(ana_run(s, &r), "passes");
	ana_snapshot_free(s);
	lk_record_close(rec);
	return r;
}

static bool
about_order(const struct ana_finding *f)
{
	return strncmp(f->name, "order.", 6) == 0 &&
	    strcmp(f->name, "order.sleep-held") != 0;
}

static void
try_it(const struct wl_program *p, const struct ana_finding *f,
    struct verdict *v)
{
	const struct wl_confirm_conf conf = { .tries = TRIES, .seed = 1,
	    .all = ALL };
	struct wl_confirmed c;

	must(wl_confirm(p, f->steer, &conf, &c), "confirm");
	v->confirmed = c.confirmed;
	v->impossible = c.impossible;
	v->by_witness = c.by_witness;
	v->tries = c.tries;
	v->choices = c.schedule.nturns;
	wl_schedule_free(&c.schedule);
}

/* The worst that is left once each was tried. */
static void
judge_one(const struct wl_program *p, const struct ana_finding *f,
    struct verdict *v)
{
	struct verdict one = { .level = f->level };

	if (f->level != ANA_INFO && f->steer != NULL)
		try_it(p, f, &one);
	if (one.impossible)
		one.level = ANA_INFO;
	if (getenv("JUDGE_TEXT") != NULL)
		for (size_t i = 0; i < f->ntext; i++)
			printf("    %s\n", f->text[i]);
	if (v->found && (one.level < v->level || (one.level == v->level &&
	    v->confirmed)))
		return;
	v->found = true;
	v->level = one.level;
	v->confirmed = one.confirmed;
	v->impossible = one.impossible;
	v->by_witness = one.by_witness;
	v->tries = one.tries;
	snprintf(v->name, sizeof(v->name), "%s", f->name);
}

static void
judge(const struct program *pr, struct verdict *v)
{
	const struct wl_program p = { .name = pr->name, .run = pr->run };
	struct ana_result *r;
	size_t i;

	memset(v, 0, sizeof(*v));
	r = observe(&p, v);
	v->predicted = r->predict.found != 0;
	for (i = 0; i < r->nfindings; i++)
		if (about_order(r->findings[i]))
			judge_one(&p, r->findings[i], v);
	ana_result_free(r);
}

/* All interleavings; => -1: too many */
static int
deadlocks(const struct program *pr)
{
	const struct wl_program p = { .name = pr->name, .run = pr->run };
	const struct wl_explore_conf conf = {
		.chooser = wl_chooser_find("exhaustive"), .executions = ALL,
	};
	struct wl_explore_result res;
	int said;

	if (pr->strands > MANY)
		return -1;
	must(wl_explore(&p, &conf, &res), "explore");
	said = res.failures != 0 ? 1 : res.exhausted ? 0 : -1;
	wl_schedule_free(&res.schedule);
	return said;
}

static const char *
said(const struct verdict *v)
{
	return !v->found ? "silent" : v->impossible ? "INFO" :
	    ana_level_name(v->level);
}

static bool
right(const struct program *pr, const struct verdict *v)
{
	bool report = v->found && v->level != ANA_INFO;

	return v->ran && report == (pr->truth == DL) &&
	    (pr->truth == SAFE || v->confirmed);
}

static void
row(const struct program *pr)
{
	struct verdict v;
	int all = deadlocks(pr);

	judge(pr, &v);
	printf("%s\t%s\t%s\t%s\t%s\t%s\t%" PRIu64 "\t%s\t%s\n", pr->name,
	    pr->truth == DL ? "DL" : "SAFE", all == 1 ? "DL" : all == 0 ?
	    "SAFE" : "too many", said(&v), v.found ? v.name : "-",
	    v.confirmed ? (v.by_witness ? "witness" : "places") :
	    v.impossible ? "impossible" : "-", v.tries,
	    v.predicted ? "predicted" : "-", right(pr, &v) ? "right" :
	    "WRONG");
}

static bool
check(const struct program *pr)
{
	struct verdict v;
	int all = deadlocks(pr);
	bool good;

	judge(pr, &v);
	good = right(pr, &v) && (all == -1 || (all == 1) == (pr->truth == DL));
	printf("%s%s: %s, said %s%s%s%s\n", good ? "" : "FAILED: ", pr->name,
	    pr->truth == DL ? "can deadlock" : "cannot", said(&v),
	    v.found ? " " : "", v.name, !v.ran ? ", did not run to its end" :
	    v.confirmed ? ", confirmed" : v.impossible ? ", impossible" : "");
	return good;
}

int
main(int argc, char **argv)
{
	unsigned failures = 0;
	size_t k;
	int i;

	for (k = 0; argc == 2 && strcmp(argv[1], "--list") == 0 && k < N; k++)
		printf("%s\t%s\t%u\t%s\t%s\n", corpus[k].name,
		    corpus[k].truth == DL ? "DL" : "SAFE", corpus[k].strands,
		    corpus[k].pthread ? "yes" : "no", corpus[k].why);
	for (k = 0; argc == 2 && strcmp(argv[1], "--table") == 0 && k < N; k++)
		row(&corpus[k]);
	for (i = 1; i < argc && argv[i][0] != '-'; i++) {
		for (k = 0; k < N && strcmp(corpus[k].name, argv[i]) != 0; k++)
			continue;
		if (k == N) {
			printf("FAILED: no program %s\n", argv[i]);
			failures++;
		} else {
			failures += !check(&corpus[k]);
		}
	}
	return failures != 0;
}

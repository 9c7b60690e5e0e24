/*
 * merge.c: runs made with the same parameters, as one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_int.h"
#include "analysis/merge_int.h"

/* ---- may they? ---- */

struct refusal {
	const char	*a, *b;		/* what they are called */
	char		*why;
};

static bool
refuse(void *arg, const char *key, const char *a, const char *b)
{
	struct refusal *f = arg;

	snprintf(f->why, ANA_WHY, "%.120s and %.120s differ in %.60s: "
	    "\"%.60s\" and \"%.60s\"", f->a, f->b, key, a, b);
	return false;
}

static const char *
number(uint64_t v, char buf[ANA_NUM])
{
	snprintf(buf, ANA_NUM, "%llu", (unsigned long long)v);
	return buf;
}

static void
refuse_facts(struct refusal *f, const struct ana_snapshot *x,
    const struct ana_snapshot *y)
{
	char a[ANA_NUM], b[ANA_NUM];

	if (x->info.level != y->info.level)
		refuse(f, "what was recorded", lk_level_name(x->info.level),
		    lk_level_name(y->info.level));
	else if (strcmp(x->info.backend, y->info.backend) != 0)
		refuse(f, "the lock", x->info.backend, y->info.backend);
	else if (x->info.hold_period != y->info.hold_period)
		refuse(f, "how many holds are timed",
		    number(x->info.hold_period, a),
		    number(y->info.hold_period, b));
	else if (x->job.threads == 0 && strcmp(x->command, y->command) != 0)
		refuse(f, "the program", x->command, y->command);
}

static int
check(const struct ana_snapshot *x, const struct ana_snapshot *y,
    struct refusal *f)
{
	int error;

	f->why[0] = '\0';
	if (x->what_if_class != 0 || (y != NULL && y->what_if_class != 0))
		snprintf(f->why, ANA_WHY, "%.120s: what was asked by what_if "
		    "is answered within one run, and cannot be merged",
		    x->what_if_class != 0 ? f->a : f->b);
	else if (y != NULL) {
		error = ana_params_differ(&x->job, &y->job, refuse, f);
		if (error != 0)
			return error;
		if (f->why[0] == '\0')
			refuse_facts(f, x, y);
	}
	return f->why[0] != '\0' ? EINVAL : 0;
}

/* ---- whose end is told ---- */

static int
badness(const struct ana_snapshot *s)
{
	static const int rank[] = {
		[WLE_DONE] = 0, [WLE_INTERRUPTED] = 1, [WLE_FAILED] = 2,
		[WLE_HANG] = 3, [WLE_CRASH] = 4
	};

	return rank[s->outcome.end];
}

/* Of two that are as bad, by what cannot be the same in both. */
static int
end_order(const struct ana_snapshot *x, const struct ana_snapshot *y)
{
	size_t i;

	if (badness(x) != badness(y))
		return badness(y) - badness(x);
	if (strcmp(x->outcome.why, y->outcome.why) != 0)
		return strcmp(x->outcome.why, y->outcome.why);
	for (i = 0; i < x->nstrands && i < y->nstrands; i++) {
		if (x->strands[i].tid != y->strands[i].tid)
			return x->strands[i].tid < y->strands[i].tid ? -1 : 1;
		if (x->strands[i].op_ordinal != y->strands[i].op_ordinal)
			return x->strands[i].op_ordinal <
			    y->strands[i].op_ordinal ? -1 : 1;
	}
	return x->nstrands < y->nstrands ? -1 : x->nstrands > y->nstrands;
}

static void *
copy(const void *rows, size_t n, size_t size)
{
	void *to = calloc(n + 1, size);

	if (to != NULL && n != 0)
		memcpy(to, rows, n * size);
	return to;
}

static bool
state(struct ana_merge *m)
{
	const struct ana_snapshot *from = m->in[m->worst];
	struct ana_snapshot *to = m->out;
	struct lk_strand_info *st;
	uint32_t k;
	size_t i;

	to->strands = copy(from->strands, from->nstrands,
	    sizeof(*to->strands));
	to->inflight = copy(from->inflight, from->ninflight,
	    sizeof(*to->inflight));
	if (to->strands == NULL || to->inflight == NULL)
		return false;
	to->nstrands = from->nstrands;
	to->ninflight = from->ninflight;
	for (i = 0; i < to->nstrands; i++) {
		st = &to->strands[i];
		st->self = ana_map_ident(m, m->worst, st->self);
		st->op_since = ana_map_time(m, m->worst, st->op_since);
		ana_map_node(m, m->worst, &st->wait);
		for (k = 0; k < st->nheld && k < LK_MAXHELD; k++)
			ana_map_node(m, m->worst, &st->held[k]);
	}
	for (i = 0; i < to->ninflight; i++)
		ana_map_node(m, m->worst, &to->inflight[i].node);
	to->crashed = from->crashed;
	to->crash = from->crash;
	for (k = 0; k < to->crash.nframes && k < LK_MAXFRAMES; k++)
		to->crash.frame[k] = ana_map_code(m, m->worst,
		    to->crash.frame[k]);
	return true;
}

/* ---- sums ---- */

/* All of these structs are numbers of 64 bits. */
#define SUM(to, from)	sum64((uint64_t *)(void *)&(to),		\
	(const uint64_t *)(const void *)&(from), sizeof(to) / 8)

static void
sum64(uint64_t *to, const uint64_t *from, size_t n)
{
	while (n-- > 0)
		to[n] += from[n];
}

static uint64_t
life_of(const struct ana_snapshot *s)
{
	return s->info.created != 0 && s->info.now > s->info.created ?
	    s->info.now - s->info.created : 0;
}

static void
largest(uint64_t *to, uint64_t v)
{
	if (v > *to)
		*to = v;
}

static void
add_run(struct ana_progress *to, const struct ana_progress *from)
{
	if (from->phase > to->phase)
		to->phase = from->phase;
	to->run_ns += from->run_ns;
	to->open_ns += from->open_ns;
	to->ops += from->ops;
	to->audits += from->audits;
	to->checks_whole += from->checks_whole;
	to->checks_cell += from->checks_cell;
	to->poisoned += from->poisoned;
	to->spaces += from->spaces;
	largest(&to->strands, from->strands);
	to->replay_done += from->replay_done;
	to->replay_total += from->replay_total;
}

static void
add_info(struct lk_record_info *to, const struct lk_record_info *from,
    bool first)
{
	if (first || from->created_real < to->created_real)
		to->created_real = from->created_real;
	if (first || from->seed < to->seed)
		to->seed = from->seed;
	if (from->version > to->version)
		to->version = from->version;
	to->level = from->level;
	to->hold_period = from->hold_period;
	memcpy(to->backend, from->backend, sizeof(to->backend));
	to->incidents += from->incidents;
	to->panicked |= from->panicked;
	to->undelayed |= from->undelayed;
	largest(&to->note_ps, from->note_ps);
	if (from->nstrands > to->nstrands)
		to->nstrands = from->nstrands;
}

static void
add_facts(struct ana_snapshot *to, const struct ana_snapshot *from, bool first)
{
	uint64_t life = life_of(to) + life_of(from), seed;

	add_info(&to->info, &from->info, first);
	if (from->info.created != 0 || to->info.created != 0) {
		to->info.created = 1;
		to->info.now = 1 + life;
	}
	if (first || strcmp(from->command, to->command) < 0)
		memcpy(to->command, from->command, sizeof(to->command));
	seed = first || from->job.seed < to->job.seed ? from->job.seed :
	    to->job.seed;
	if (first || strcmp(from->job.name, to->job.name) < 0)
		to->job = from->job;
	to->job.seed = seed;
	add_run(&to->run, &from->run);
	SUM(to->gauges, from->gauges);
	to->assume_writer |= from->assume_writer;
	if (from->cpus > to->cpus)
		to->cpus = from->cpus;
	SUM(to->losses, from->losses);
	SUM(to->counters, from->counters);
	SUM(to->ops, from->ops);
	to->outcome.elapsed_ns += from->outcome.elapsed_ns;
	to->outcome.cpu_ns += from->outcome.cpu_ns;
}

static void
facts(struct ana_merge *m)
{
	struct wl_outcome sums;

	add_facts(m->out, m->in[0], true);
	if (m->in[1] != NULL)
		add_facts(m->out, m->in[1], false);
	sums = m->out->outcome;
	m->out->outcome = m->in[m->worst]->outcome;
	m->out->outcome.elapsed_ns = sums.elapsed_ns;
	m->out->outcome.cpu_ns = sums.cpu_ns;
}

/* ---- which they are ---- */

#define TITLE	"%llu runs, seeds %llu to %llu"

/* A title of runs that were merged, or what would be that of one. */
struct runs {
	unsigned long long n, first, last;
};

/* A run has a process; what is many has none, nor a beginning. */
bool
ana_merged(const struct ana_snapshot *s)
{
	return s->info.pid == 0 && s->info.created == 1;
}

/* => n 0: older versions did not count them */
static struct runs
runs_of(const struct ana_snapshot *s)
{
	struct runs r = { 1, s->job.seed, s->job.seed };

	if (s->job.threads == 0)
		r.first = r.last = s->info.seed;
	if (ana_merged(s) && sscanf(s->info.title, TITLE, &r.n, &r.first,
	    &r.last) != 3)
		r.n = 0;
	return r;
}

const char *
ana_runs(const struct ana_snapshot *s, struct ana_result *r)
{
	return runs_of(s).n == 0 ? "several runs" : ana_say(r, "%s",
	    s->info.title);
}

static void
title(struct ana_merge *m)
{
	struct runs x = runs_of(m->in[0]), y = { 0, x.first, x.last };
	char *to = m->out->info.title;
	size_t size = sizeof(m->out->info.title);

	if (m->in[1] != NULL)
		y = runs_of(m->in[1]);
	if (x.n == 0 || (m->in[1] != NULL && y.n == 0))
		snprintf(to, size, "several runs");
	else
		snprintf(to, size, TITLE, x.n + y.n,
		    x.first < y.first ? x.first : y.first,
		    x.last > y.last ? x.last : y.last);
}

/* ---- the two ---- */

static uint64_t
tag(const struct ana_snapshot *s)
{
	uint64_t h = s->info.created_real ^ s->info.seed *
	    UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)s->info.pid << 32;

	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return (h >> 48) | 1;
}

static void
begin(struct ana_merge *m, const struct ana_snapshot *a,
    const struct ana_snapshot *b)
{
	int which;

	memset(m, 0, sizeof(*m));
	m->in[0] = a;
	m->in[1] = b;
	for (which = 0; which < 2 && m->in[which] != NULL; which++) {
		m->created[which] = m->in[which]->info.created;
		m->tag[which] = tag(m->in[which]);
	}
	m->worst = b != NULL && end_order(b, a) < 0;
}

static void
end(struct ana_merge *m)
{
	int which;

	for (which = 0; which < 2; which++) {
		free(m->class[which].to);
		free(m->site[which].to);
		free(m->life[which].to);
		free(m->stack[which].to);
	}
}

int
ana_merge(const struct ana_snapshot *a, const char *a_name,
    const struct ana_snapshot *b, const char *b_name,
    struct ana_snapshot **out, char why[ANA_WHY])
{
	struct refusal f = { a_name, b_name, why };
	struct ana_merge m;
	int error = check(a, b, &f);

	*out = NULL;
	if (error != 0)
		return error;
	begin(&m, a, b);
	m.out = calloc(1, sizeof(*m.out));
	if (m.out == NULL)
		return ENOMEM;
	facts(&m);
	title(&m);
	if (!ana_merge_names(&m) || !state(&m) || !ana_merge_tables(&m)) {
		ana_snapshot_free(m.out);
		error = ENOMEM;
	} else {
		m.out->info.nclasses = (uint32_t)m.out->nclasses;
		m.out->info.nsites = (uint32_t)m.out->nsites;
		m.out->info.ndeps = (uint32_t)m.out->ndeps;
		*out = m.out;
	}
	end(&m);
	return error;
}

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/storm/storm_test.h"

static const char *const ends[] = {
	[WLE_DONE] = "done", [WLE_INTERRUPTED] = "interrupted",
	[WLE_HANG] = "hang", [WLE_CRASH] = "crash", [WLE_FAILED] = "failed",
};

static void
refused(const struct wl_error *err)
{
	fprintf(stderr, "%s:%u: %s; expected %s\n", err->where, err->line,
	    err->what, err->expected);
	exit(1);
}

void
storm_job(struct storm *s, const char *scenario)
{
	struct wl_error err;

	memset(s, 0, sizeof(*s));
	if (wl_job_scenario(&s->job, scenario, &err) != 0)
		refused(&err);
}

void
storm_set(struct storm *s, const char *key, const char *value)
{
	struct wl_error err;

	if (wl_job_set(&s->job, key, value, &err) != 0)
		refused(&err);
}

void
storm_run(struct storm *s, const struct wl_hooks *hooks)
{
	struct lk_record_conf conf = { .seed = s->job.seed,
	    .level = LK_LEVEL_FULL, .title = s->job.name };
	struct wl_opcount counts[WLO_NOPS];
	struct wl_error err;
	int error, op;

	if (wl_job_check(&s->job, &err) != 0)
		refused(&err);
	error = lk_record_create(&conf, &s->rec);
	if (error == 0)
		error = wl_supervise_hooked(&s->job, s->rec, NULL, hooks,
		    &s->out);
	if (error != 0) {
		fprintf(stderr, "cannot run: %s\n", strerror(error));
		exit(1);
	}
	wl_counters_sum(s->rec, s->counts);
	wl_opcounts_sum(s->rec, counts);
	for (op = 0; op < WLO_NOPS; op++)
		s->ops += counts[op].done;
	printf("%s, %s, %s: %s after %" PRIu64 " ms; %" PRIu64
	    " operations done, %" PRIu64 " incidents\n", s->job.name,
	    s->job.scheme, s->job.lock, ends[s->out.end],
	    s->out.elapsed_ns / 1000000, s->ops, storm_incidents(s, NULL));
	fflush(stdout);
}

struct tally {
	const char	*kind;
	uint64_t	n;
	bool		show;
};

static void
count(const struct lk_incident_info *i, void *arg)
{
	struct tally *t = arg;

	if (t->kind == NULL || strcmp(t->kind, i->kind) == 0)
		t->n += i->count;
	if (t->show)
		fprintf(stderr, "%s, %" PRIu64 " times, by %s in %s: %s\n",
		    i->kind, i->count, i->strand_name, wl_op_name(i->op),
		    i->text);
}

uint64_t
storm_incidents(const struct storm *s, const char *kind)
{
	struct tally t = { .kind = kind };

	lk_record_incidents(s->rec, count, &t);
	return t.n;
}

static void
show_strand(const struct lk_strand_info *i, void *arg)
{
	struct lk_class_info class;
	uint32_t k;

	fprintf(stderr, "strand %u %s%s, in %s", i->id, i->name,
	    i->idle ? " (idle)" : "", wl_op_name(i->op));
	if (i->wait.ident != 0) {
		(void)lk_record_class(arg, i->wait.class, &class);
		fprintf(stderr, ", waits for %s %s %#" PRIx64,
		    lk_kind_name(i->wait.kind), class.name, i->wait.ident);
	}
	for (k = 0; k < i->nheld && k < LK_MAXHELD; k++) {
		(void)lk_record_class(arg, i->held[k].class, &class);
		fprintf(stderr, ", holds %s %s %#" PRIx64,
		    lk_kind_name(i->held[k].kind), class.name,
		    i->held[k].ident);
	}
	fputc('\n', stderr);
}

void
storm_show(const struct storm *s)
{
	struct tally t = { .show = true };

	fprintf(stderr, "%s: %s %s\n", s->job.name, ends[s->out.end],
	    s->out.why);
	lk_record_incidents(s->rec, count, &t);
	if (s->out.end == WLE_HANG)
		lk_record_strands(s->rec, show_strand, s->rec);
}

void
storm_fail(const struct storm *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	storm_show(s);
	exit(1);
}

void
storm_must_be_clean(const struct storm *s)
{
	if (s->out.end != WLE_DONE)
		storm_fail(s, "did not run to its end");
	if (storm_incidents(s, NULL) != 0)
		storm_fail(s, "something was found");
	if (s->ops == 0)
		storm_fail(s, "nothing was done");
}

void
storm_must_reach(const struct storm *s, uint64_t part, uint64_t whole)
{
	const struct vm_counter_row *row;
	uint64_t want;
	size_t i, n, missed = 0, asked = 0;

	row = vm_counter_rows(&n);
	for (i = 0; i < n; i++) {
		want = s->job.expect[i] * part / whole;
		if (want == 0)
			continue;
		asked++;
		printf("%s: %" PRIu64 ", at least %" PRIu64 "\n", row[i].name,
		    s->counts[i], want);
		missed += s->counts[i] < want;
	}
	fflush(stdout);
	if (missed > 0)
		storm_fail(s, "%zu of %zu counts too low", missed, asked);
}

/*
 * compare.c: stored runs in, a comparison out; for all commands that do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd_int.h"

struct set {
	struct ana_sample **sample;
	size_t		n;
};

/* ---- values of options ---- */

/* => the number, or -1 */
static double
percent(const char *text)
{
	char *end;
	double v = text[0] >= '0' && text[0] <= '9' ? strtod(text, &end) : -1;

	return v > 0 && v <= 50 && (*end == '\0' || strcmp(end, "%") == 0) ?
	    v / 100 : -1;
}

static int
fresh(const char *word, enum ana_fresh *to)
{
	static const char *const names[] = {
		[ANA_FRESH_ANY] = "any", [ANA_FRESH_KNOWN] = "known",
		[ANA_FRESH_NONE] = "none"
	};
	size_t i;

	*to = ANA_FRESH_KNOWN;
	if (word == NULL)
		return 0;
	for (i = 0; i < 3; i++) {
		if (strcmp(names[i], word) == 0) {
			*to = (enum ana_fresh)i;
			return 0;
		}
	}
	return cmd_bad("--findings: \"%s\": expected none, known or any",
	    word);
}

static int
metrics(const char *option, const struct cmd_words *w,
    int (*parse)(const char *, struct ana_bound *, struct wl_error *),
    struct ana_bound **out, size_t *n)
{
	struct wl_error err;
	int error = 0;

	*n = 0;
	*out = calloc(w->n + 1, sizeof(**out));
	if (*out == NULL)
		return ANA_EXIT_CANNOT;
	memset(&err, 0, sizeof(err));
	snprintf(err.where, sizeof(err.where), "%s", option);
	for (; *n < w->n && error == 0; ++*n)
		error = parse(w->word[*n], &(*out)[*n], &err);
	return error == 0 ? 0 : cmd_bad_input(&err);
}

static int
conf_of(const struct cmd_compare *o, struct ana_compare_conf *conf)
{
	struct ana_bound *only = NULL, *allow = NULL;
	int code;

	memset(conf, 0, sizeof(*conf));
	conf->paired = o->paired;
	conf->gate = o->gate;
	conf->level = o->level == NULL ? 0 : percent(o->level);
	if (conf->level < 0)
		return cmd_bad("--level: \"%s\": expected a share, above 0 "
		    "and up to 50%%", o->level);
	code = cmd_locks(o->locks, &conf->locks);
	if (code == 0)
		code = fresh(o->findings, &conf->fresh);
	if (code == 0)
		code = metrics("--only", &o->only, ana_metric_parse, &only,
		    &conf->nonly);
	if (code == 0)
		code = metrics("--allow", &o->allow, ana_bound_parse, &allow,
		    &conf->nbounds);
	conf->only = only;
	conf->bounds = allow;
	return code;
}

static void
conf_free(struct ana_compare_conf *conf)
{
	free((struct ana_bound *)(uintptr_t)conf->only);
	free((struct ana_bound *)(uintptr_t)conf->bounds);
}

void
cmd_compare_free(struct cmd_compare *o)
{
	cmd_words_free(&o->only);
	cmd_words_free(&o->allow);
	cmd_words_free(&o->reports);
}

/* ---- runs ---- */

static int
load(const char *file, struct ana_sample **to)
{
	struct ana_snapshot *snap = NULL;
	struct ana_result *r = NULL;
	int code = cmd_load(file, &snap);

	if (code == 0)
		code = cmd_ran(file, ana_run(snap, &r));
	if (code == 0)
		code = cmd_ran(file, ana_sample(snap, r, file, to));
	ana_result_free(r);
	ana_snapshot_free(snap);
	return code;
}

static int
load_all(const struct cmd_words *files, struct set *s)
{
	int code = 0;

	s->n = 0;
	s->sample = calloc(files->n + 1, sizeof(*s->sample));
	if (s->sample == NULL) {
		cmd_complain("no memory for %zu runs", files->n);
		return ANA_EXIT_CANNOT;
	}
	while (s->n < files->n && code == 0) {
		code = load(files->word[s->n], &s->sample[s->n]);
		s->n += code == 0;
	}
	return code;
}

static void
set_free(struct set *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		ana_sample_free(s->sample[i]);
	free(s->sample);
}

/* ---- what is written ---- */

#define NOUT	(CMD_MAXREPORT + 1)
struct outs {
	size_t		n;
	struct out {
		struct cmd_format format;
		const char	*path;	/* NULL: standard output */
		struct cmd_output to;
	}		out[NOUT];
};

/* The first is what is shown. */
static int
outs_of(const struct cmd_compare *o, struct outs *to)
{
	char name[64];
	size_t i;
	int code;

	memset(to, 0, sizeof(*to));
	code = cmd_format("--format", o->format != NULL ? o->format : "text",
	    NULL, &to->out[0].format);
	to->out[0].path = o->output;
	to->n = 1;
	for (i = 0; i < o->reports.n && code == 0; i++) {
		const char *text = o->reports.word[i];
		const char *eq = strchr(text, '=');

		if (to->n == NOUT || eq == NULL || eq[1] == '\0')
			return cmd_bad("--report: \"%s\": expected "
			    "FORMAT=FILE, %d times at most", text,
			    CMD_MAXREPORT);
		snprintf(name, sizeof(name), "%.*s", (int)(eq - text), text);
		code = cmd_format("--report", name, NULL,
		    &to->out[to->n].format);
		/* what it names must last: csv:TABLE is for report */
		if (code == 0 && to->out[to->n].format.table[0] != '\0')
			code = cmd_bad("--report: \"%s\": a comparison has "
			    "no such table", text);
		to->out[to->n++].path = eq + 1;
	}
	return code;
}

static void
outs_close(struct outs *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		cmd_output_drop(&o->out[i].to);
}

static int
outs_open(struct outs *o)
{
	size_t i;
	int error;

	for (i = 0; i < o->n; i++) {
		error = cmd_output_open(&o->out[i].to, o->out[i].path);
		if (error == 0)
			continue;
		outs_close(o);
		return cmd_bad("%s: cannot be written: %s", o->out[i].path,
		    strerror(error));
	}
	return 0;
}

static int
write_all(const struct cmd_compare *o, struct outs *outs,
    const struct ana_result *r)
{
	const struct rp_style style = {
		.colour = o->output == NULL && cmd_wants_colour(o->no_color),
		.full = o->full, .brief = o->quiet
	};
	int code = 0;
	size_t i;

	if (o->output == NULL) {
		code = cmd_format_show(&outs->out[0].format, &style, r);
		if (code == 0)
			code = cmd_stdout(0);
	}
	for (i = 0; i < outs->n && code == 0; i++)
		code = cmd_format_write(&outs->out[i].to,
		    &outs->out[i].format, &style, r);
	return code != 0 ? code : (int)ana_exit_code(r);
}

static int
compare(const struct cmd_compare *o, const struct ana_compare_conf *conf,
    const struct set *a, const struct set *b)
{
	struct outs outs;
	struct ana_result *r = NULL;
	char why[ANA_WHY];
	int code, error;

	error = ana_compare(conf, a->sample, a->n, b->sample, b->n, &r, why);
	if (error == EINVAL)
		return cmd_bad("%s", why);
	if (error != 0) {
		cmd_complain("comparing: %s", strerror(error));
		return ANA_EXIT_CANNOT;
	}
	r->facts.command = cmd_line;
	code = outs_of(o, &outs);
	if (code == 0)
		code = outs_open(&outs);
	if (code == 0) {
		code = write_all(o, &outs, r);
		outs_close(&outs);
	}
	ana_result_free(r);
	return code;
}

int
cmd_compare_check(const struct cmd_compare *o)
{
	struct ana_compare_conf conf;
	struct outs outs;
	int code = conf_of(o, &conf);

	conf_free(&conf);
	return code != 0 ? code : outs_of(o, &outs);
}

int
cmd_compare_runs(const struct cmd_compare *o, const struct cmd_words *a,
    const struct cmd_words *b)
{
	struct set sa = { NULL, 0 }, sb = { NULL, 0 };
	struct ana_compare_conf conf;
	int code = conf_of(o, &conf);

	if (code == 0)
		code = load_all(a, &sa);
	if (code == 0)
		code = load_all(b, &sb);
	if (code == 0)
		code = compare(o, &conf, &sa, &sb);
	set_free(&sa);
	set_free(&sb);
	conf_free(&conf);
	return code;
}

void
cmd_metrics_help(FILE *out)
{
	static const char *const per[] = {
		[ANA_PER_RUN] = "", [ANA_PER_CLASS] = ":CLASS",
		[ANA_PER_OP] = ":OPERATION"
	};
	const struct ana_metric *m;
	char head[64];
	size_t i, n;

	fputs("\nMetrics; without the part behind the colon: of all:\n", out);
	m = ana_metrics(&n);
	for (i = 0; i < n; i++) {
		snprintf(head, sizeof(head), "%s%s", m[i].name, per[m[i].per]);
		cmd_row(out, 22, head, m[i].help);
	}
}

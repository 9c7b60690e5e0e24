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
format(const char *name)
{
	const struct rp_format *all;
	const char *names[32];
	char near[200];
	size_t i, n;

	if (name == NULL || rp_format_find(name) != NULL)
		return 0;
	all = rp_formats(&n);
	for (i = 0; i < n && i < 32; i++)
		names[i] = all[i].name;
	wl_suggest(name, names, i, near, sizeof(near));
	return cmd_bad("--format: there is no format \"%s\"; expected one of "
	    "%s", name, near);
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
		code = format(o->format);
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

int
cmd_compare_check(const struct cmd_compare *o)
{
	struct ana_compare_conf conf;
	int code = conf_of(o, &conf);

	conf_free(&conf);
	return code;
}

void
cmd_compare_free(struct cmd_compare *o)
{
	cmd_words_free(&o->only);
	cmd_words_free(&o->allow);
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

#define NOUT	4
struct out {
	const char	*format, *path;
	struct cmd_output to;
};

static int
open_all(struct out out[NOUT], bool open)
{
	int error, i;

	for (i = 0; i < NOUT; i++) {
		error = open ? cmd_output_open(&out[i].to, out[i].path) : 0;
		if (!open)
			cmd_output_drop(&out[i].to);
		if (error == 0)
			continue;
		while (i-- > 0)
			cmd_output_drop(&out[i].to);
		return cmd_bad("it cannot be written: %s", strerror(error));
	}
	return 0;
}

static int
write_all(const struct cmd_compare *o, struct out out[NOUT],
    const struct ana_result *r)
{
	const struct rp_style style = {
		.colour = o->output == NULL && cmd_wants_colour(o->no_color),
		.full = o->full, .brief = o->quiet
	};
	int code = 0, i;

	if (o->output == NULL) {
		rp_format_find(o->format != NULL ? o->format : "text")->
		    render(r, &style, stdout);
		code = cmd_stdout(0);
	}
	for (i = 0; i < NOUT && code == 0; i++)
		code = cmd_output_report(&out[i].to, out[i].format, &style, r);
	return code != 0 ? code : (int)ana_exit_code(r);
}

static int
compare(const struct cmd_compare *o, const struct ana_compare_conf *conf,
    const struct set *a, const struct set *b)
{
	struct out out[NOUT] = {
		{ o->format != NULL ? o->format : "text", o->output,
		  { .path = NULL } },
		{ "json", o->json, { .path = NULL } },
		{ "junit", o->junit, { .path = NULL } },
		{ "sarif", o->sarif, { .path = NULL } }
	};
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
	code = open_all(out, true);
	if (code == 0) {
		code = write_all(o, out, r);
		(void)open_all(out, false);
	}
	ana_result_free(r);
	return code;
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

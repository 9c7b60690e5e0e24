/*
 * report: tell a saved run again.
 */
#include <errno.h>
#include <string.h>

#include "cmd/cmd_int.h"

struct what {
	const char	*file, *format, *table, *output, *locks;
	struct cmd_format as;
	unsigned	nlocks;
	bool		full, quiet, no_color, partial, help;
};

/* => a word behind an option, or behind its "="; NULL: none */
static const char *
value_of(int argc, char **argv, int *i, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(argv[*i], name, len) == 0 && argv[*i][len] == '=')
		return argv[*i] + len + 1;
	return ++*i < argc ? argv[*i] : NULL;
}

static bool
is_option(const char *word, const char *brief, const char *name)
{
	size_t len = strlen(name);

	return (brief != NULL && strcmp(word, brief) == 0) ||
	    (strncmp(word, name, len) == 0 &&
	    (word[len] == '\0' || word[len] == '='));
}

/* => 0, or an exit code; *to is what stands behind the option */
static int
valued(int argc, char **argv, int *i, const char *name, const char **to)
{
	*to = value_of(argc, argv, i, name);
	return *to != NULL ? 0 : cmd_bad("%s: expected a value behind it",
	    name);
}

static int
one_word(int argc, char **argv, int *i, struct what *w)
{
	const char *word = argv[*i];

	if (is_option(word, NULL, "--format"))
		return valued(argc, argv, i, "--format", &w->format);
	if (is_option(word, NULL, "--table"))
		return valued(argc, argv, i, "--table", &w->table);
	if (is_option(word, "-o", "--output"))
		return valued(argc, argv, i, "--output", &w->output);
	if (is_option(word, NULL, "--locks"))
		return valued(argc, argv, i, "--locks", &w->locks);
	if (strcmp(word, "-q") == 0 || strcmp(word, "--quiet") == 0)
		w->quiet = true;
	else if (strcmp(word, "--full") == 0)
		w->full = true;
	else if (strcmp(word, "--partial") == 0)
		w->partial = true;
	else if (strcmp(word, "--no-color") == 0)
		w->no_color = true;
	else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
		w->help = true;
	else if (word[0] == '-' && word[1] != '\0')
		return cmd_bad("no option %s; expected --format, --table, -o, "
		    "--partial, --full, --locks, -q or --no-color", word);
	else if (w->file != NULL)
		return cmd_bad("\"%s\" and \"%s\": expected one saved run",
		    w->file, word);
	else
		w->file = word;
	return 0;
}

static int
arguments(int argc, char **argv, struct what *w)
{
	int code, i;

	memset(w, 0, sizeof(*w));
	w->format = "text";
	for (i = 1; i < argc; i++) {
		code = one_word(argc, argv, &i, w);
		if (code != 0)
			return code;
	}
	if (w->help)
		return 0;
	if (w->file == NULL)
		return cmd_bad("report: expected a saved run, as in amapstorm "
		    "report run.db");
	code = cmd_locks(w->locks, &w->nlocks);
	return code != 0 ? code : cmd_format("--format", w->format, w->table,
	    &w->as);
}

/* => 0, or an exit code */
static int
result_of(const struct what *w, struct ana_result **r)
{
	struct ana_snapshot *snap;
	int code = w->partial ? cmd_load_partial(w->file, &snap) :
	    cmd_load(w->file, &snap);

	if (code != 0)
		return code;
	code = cmd_ran(w->file, ana_run(snap, r));
	ana_snapshot_free(snap);
	return code;
}

static int
show(const struct what *w, struct cmd_output *to, const struct ana_result *r)
{
	const struct rp_style style = {
		.colour = cmd_wants_colour(w->no_color), .brief = w->quiet,
		.full = w->full, .locks = w->nlocks
	};
	int code = (int)ana_exit_code(r), failed;

	if (w->output != NULL)
		failed = cmd_format_write(to, &w->as, &style, r);
	else {
		failed = cmd_format_show(&w->as, &style, r);
		code = cmd_stdout(code);
	}
	return failed != 0 ? failed : code;
}

static int
report(int argc, char **argv)
{
	struct ana_result *r = NULL;
	struct cmd_output to;
	struct what w;
	int code, error;

	code = arguments(argc, argv, &w);
	if (code == 0 && w.help) {
		cmd_usage(stdout, &cmd_report);
		return cmd_stdout(0);
	}
	if (code == 0)
		code = result_of(&w, &r);
	if (code != 0)
		return code;
	error = cmd_output_open(&to, w.output);
	if (error != 0)
		code = cmd_bad("%s: cannot be written: %s", w.output,
		    strerror(error));
	else
		code = show(&w, &to, r);
	ana_result_free(r);
	return code;
}

static void
formats_help(FILE *out)
{
	const struct rp_format *all;
	const struct rp_table *tables;
	size_t i, k, n, ntables;

	fputs("\nFormats:\n", out);
	all = rp_formats(&n);
	for (i = 0; i < n; i++)
		cmd_row(out, 11, all[i].name, all[i].help);
	for (i = 0; i < n; i++) {
		if (all[i].tables == NULL)
			continue;
		fprintf(out, "\nTables of %s:\n", all[i].name);
		tables = all[i].tables(&ntables);
		for (k = 0; k < ntables; k++)
			cmd_row(out, 11, tables[k].name, tables[k].help);
	}
}

static const char teach[] =
    "FILE is what `amapstorm run -o FILE' wrote, or what a program with locks "
    "of\nits own left by lk_record_write(): docs/EXAMPLE.md.  What is told is "
    "what was\ntold at the end of the run, by the analysis of this version; "
    "the exit code is\nthe same, too.  A saved run is an SQLite database: "
    "docs/FORMATS.md has its\ntables and some questions to ask of it.\n"
    "\n"
    "  amapstorm run swapoff --scheme blocking -o run.db\n"
    "  amapstorm report run.db\n"
    "  amapstorm report run.db --format json -o run.json\n"
    "  amapstorm report run.db --format csv --table locks\n"
    "  amapstorm report --partial run.db             of a run that was killed\n"
    "\n"
    "Options:\n"
    "  --format NAME              one of those below [text]\n"
    "  --table NAME               which table, of formats that have some\n"
    "  -o FILE, --output FILE     write to FILE, not to standard output\n"
    "  --partial                  FILE, or what is left of it if its run was "
    "killed\n"
    "  --full                     every row of every table\n"
    "  --locks N                  so many locks in the summary [5]\n"
    "  -q, --quiet                verdict and findings alone\n"
    "  --no-color                 no colours, as with NO_COLOR set\n";

const struct cmd_command cmd_report = {
	.name = "report",
	.args = "FILE [OPTION ...]",
	.help = "tell a saved run again, in this or that format",
	.teach = teach,
	.more = formats_help,
	.run = report,
};

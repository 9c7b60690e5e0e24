/*
 * report: tell a saved run again.
 */
#include <errno.h>
#include <string.h>

#include "cmd/cmd_int.h"

struct what {
	const char	*file, *format, *output, *locks;
	unsigned	nlocks;
	bool		full, quiet, no_color, help;
};

static int
no_format(const char *name)
{
	const char *names[32];
	const struct rp_format *all;
	char near[128];
	size_t i, n;

	all = rp_formats(&n);
	for (i = 0; i < n && i < 32; i++)
		names[i] = all[i].name;
	wl_suggest(name, names, i, near, sizeof(near));
	return cmd_bad("--format: there is no format \"%s\"; expected one of "
	    "%s", name, near);
}

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

static int
one_word(int argc, char **argv, int *i, struct what *w)
{
	const char *word = argv[*i];

	if (is_option(word, NULL, "--format")) {
		w->format = value_of(argc, argv, i, "--format");
		return w->format == NULL ? cmd_bad("--format: expected a "
		    "value behind it") : 0;
	}
	if (is_option(word, "-o", "--output")) {
		w->output = value_of(argc, argv, i, "--output");
		return w->output == NULL ? cmd_bad("-o: expected the name of "
		    "a file") : 0;
	}
	if (is_option(word, NULL, "--locks")) {
		w->locks = value_of(argc, argv, i, "--locks");
		return w->locks == NULL ? cmd_bad("--locks: expected a "
		    "value behind it") : cmd_locks(w->locks, &w->nlocks);
	}
	if (strcmp(word, "-q") == 0 || strcmp(word, "--quiet") == 0)
		w->quiet = true;
	else if (strcmp(word, "--full") == 0)
		w->full = true;
	else if (strcmp(word, "--no-color") == 0)
		w->no_color = true;
	else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
		w->help = true;
	else if (word[0] == '-' && word[1] != '\0')
		return cmd_bad("no option %s; expected --format, -o, "
		    "--full, --locks, -q or --no-color", word);
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
	return rp_format_find(w->format) == NULL ? no_format(w->format) : 0;
}

/* => 0, or an exit code */
static int
result_of(const char *file, struct ana_result **r)
{
	struct ana_snapshot *snap;
	int code = cmd_load(file, &snap);

	if (code != 0)
		return code;
	code = cmd_ran(file, ana_run(snap, r));
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

	if (w->output == NULL) {
		rp_format_find(w->format)->render(r, &style, stdout);
		return cmd_stdout(code);
	}
	failed = cmd_output_report(to, w->format, &style, r);
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
		code = result_of(w.file, &r);
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

static const char teach[] =
    "FILE is what `amapstorm run --save FILE' wrote, or what a program with "
    "locks of\nits own left by lk_record_write(): docs/EXAMPLE.md.  What is "
    "told is what was\ntold at the end of the run, by the analysis of this "
    "version; the exit code is\nthe same, too.  A saved run is an SQLite "
    "database: docs/STORE.md has its tables\nand some questions to ask of "
    "it.\n"
    "\n"
    "  amapstorm run swapoff --scheme blocking --save run.db\n"
    "  amapstorm report run.db\n"
    "  amapstorm report run.db --format json -o run.json\n"
    "\n"
    "Options:\n"
    "  --format NAME              text or another one that `amapstorm list "
    "formats'\n                             shows [text]\n"
    "  -o FILE, --output FILE     write to FILE, not to standard output\n"
    "  --full                     every row of every table\n"
    "  --locks N                  so many locks in the summary [5]\n"
    "  -q, --quiet                verdict and findings alone\n"
    "  --no-color                 no colours, as with NO_COLOR set\n";

const struct cmd_command cmd_report = {
	.name = "report",
	.args = "FILE [OPTION ...]",
	.help = "tell a saved run again",
	.teach = teach,
	.run = report,
};

/*
 * check-order: tables of locking cases, each run with real locks and judged.
 *
 * Each row has a process of its own: a record of its own, and whatever
 * becomes of it, the next row does not know.
 */
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/case_int.h"

struct options {
	const char	**files, **rows;
	size_t		nfiles, nrows;
	bool		no_writer, json, verbose, strict, quiet, help;
};

struct tally {
	unsigned	rows, failed, cannot;
};

/* ------------------------------------------------------------------------
 * A row, in its process
 */

/* => 0 or an exit code; *c NULL: nothing is declared */
static int
declared(const struct wl_case_table *t, const struct wl_case_row *row,
    struct ana_contract **c)
{
	struct wl_error err;
	char *text, *at, where[32];
	int error;

	*c = NULL;
	if (row->declared[0] == '\0')
		return 0;
	text = strdup(row->declared);
	if (text == NULL)
		return ANA_EXIT_CANNOT;
	for (at = text; *at != '\0'; at++)
		if (*at == ';')
			*at = '\n';
	snprintf(where, sizeof(where), "%s", row->id);
	memset(&err, 0, sizeof(err));
	error = ana_contract_text(text, where, c, &err);
	free(text);
	if (error != EINVAL)
		return error == 0 ? 0 : ANA_EXIT_CANNOT;
	snprintf(err.where, sizeof(err.where), "%s", t->path);
	err.line = row->line;
	return cmd_bad_input(&err);
}

/* => 0, or why it could not be run */
static int
judge(const struct options *o, const struct wl_case *c,
    const struct wl_case_table *t, const struct wl_case_row *row,
    struct ana_result **r)
{
	const struct lk_record_conf conf = {
		.level = LK_LEVEL_FULL, .title = cmd_line, .arena = 4 << 20
	};
	struct wl_outcome out;
	struct ana_snapshot *snap = NULL;
	struct ana_contract *contract;
	struct lk_record *rec;
	int error;

	if (declared(t, row, &contract) != 0)
		return EINVAL;
	error = lk_record_create(&conf, &rec);
	if (error != 0)
		return error;
	error = wl_case_run(c, t->path, row->line, rec, &out);
	if (error == 0 && out.end == WLE_FAILED)
		error = out.error != 0 ? out.error : EAGAIN;
	if (error == 0)
		error = ana_freeze(rec, &out, &snap);
	if (error == 0) {
		snap->assume_writer = !o->no_writer;
		snap->contract = contract;
		error = ana_run(snap, r);
	}
	if (snap != NULL)
		snap->contract = NULL;
	ana_snapshot_free(snap);
	ana_contract_free(contract);
	lk_record_close(rec);
	return error;
}

static void
say_row(const struct options *o, const struct wl_case_row *row,
    const struct ana_result *r, bool good, const char *why)
{
	if (o->quiet && good)
		return;
	printf("%-4s  %-28s %-6s  expected %s%s%s%s%s\n", good ? "ok" :
	    "FAIL", row->id, case_verdict_name(case_verdict(r)),
	    case_expected(row), row->kind[0] != '\0' ? " " : "", row->kind,
	    why[0] != '\0' ? ": " : "", why);
	if (o->verbose) {
		printf("      %s\n", row->script);
		case_show_findings(r);
	}
}

static void
json_row(const struct wl_case_row *row, const struct ana_result *r, bool good,
    const char *why)
{
	printf("    { \"id\": ");
	case_json_text(row->id);
	printf(", \"line\": %u, \"script\": ", row->line);
	case_json_text(row->script);
	printf(",\n      \"expected\": ");
	case_json_text(case_expected(row));
	printf(", \"kind\": ");
	case_json_text(row->kind);
	printf(", \"truth\": ");
	case_json_text(row->truth);
	printf(", \"verdict\": \"%s\", \"ok\": %s, \"why\": ",
	    case_verdict_name(case_verdict(r)), good ? "true" : "false");
	case_json_text(why);
	printf(",\n      \"findings\": [");
	case_json_findings(r);
	printf(" ] }");
}

/* => the exit code of the row's process */
static int
run_part(const struct options *o, const struct wl_case *c,
    const struct wl_case_table *t, const struct wl_case_row *row)
{
	struct ana_result *r = NULL;
	char why[160];
	bool good;
	int error;

	error = judge(o, c, t, row, &r);
	if (error != 0) {
		cmd_complain("%s:%u: %s: cannot be run here: %s", t->path,
		    row->line, row->id, strerror(error));
		return ANA_EXIT_CANNOT;
	}
	good = case_meets(row, r, o->strict, why);
	if (o->json)
		json_row(row, r, good, why);
	else
		say_row(o, row, r, good, why);
	ana_result_free(r);
	return good ? ANA_EXIT_CLEAN : ANA_EXIT_FINDINGS;
}

static int
run_row_here(const struct options *o, const struct wl_case_table *t,
    const struct wl_case_row *row)
{
	struct wl_error err;
	struct wl_case *c;
	int code = 0, part;
	size_t n;

	for (n = 0; ; n++) {
		/* it was parsed before anything was run */
		if (wl_case_parse(row->script, n, t, &c, &err) != 0)
			return ANA_EXIT_CANNOT;
		if (c == NULL)
			break;
		if (o->json && n != 0)
			printf(",\n");
		part = run_part(o, c, t, row);
		if (part > code)
			code = part;
		wl_case_free(c);
	}
	return fflush(stdout) == 0 ? code : ANA_EXIT_CANNOT;
}

static void
run_row(const struct options *o, const struct wl_case_table *t,
    const struct wl_case_row *row, struct tally *tally)
{
	int status;
	pid_t pid;

	if (o->json)
		printf("%s\n", tally->rows == 0 ? "" : ",");
	tally->rows++;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(run_row_here(o, t, row));
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (pid != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	if (pid != -1 && WIFEXITED(status) &&
	    WEXITSTATUS(status) == ANA_EXIT_FINDINGS) {
		tally->failed++;
		return;
	}
	tally->cannot++;
	cmd_complain("%s:%u: %s: no verdict", t->path, row->line, row->id);
}

/* ------------------------------------------------------------------------
 * Tables
 */

/* E50 stands for E50.write and E50.read, if there is no E50. */
static bool
is_called(const struct wl_case_table *t, const char *id, const char *name)
{
	size_t i, n = strlen(name);

	if (strcmp(id, name) == 0)
		return true;
	for (i = 0; i < t->nrows; i++)
		if (strcmp(t->row[i].id, name) == 0)
			return false;
	return strncmp(id, name, n) == 0 && id[n] == '.';
}

static bool
is_wanted(const struct options *o, const struct wl_case_table *t,
    const struct wl_case_row *row)
{
	size_t i;

	for (i = 0; i < o->nrows; i++)
		if (is_called(t, row->id, o->rows[i]))
			return true;
	return o->nrows == 0;
}

/* => 0 or an exit code: every row is read before the first one is run */
static int
check_rows(const struct options *o, const struct wl_case_table *t,
    size_t *wanted)
{
	struct ana_contract *contract;
	struct wl_error err;
	struct wl_case *c;
	size_t i, n;
	int error;

	for (i = 0; i < t->nrows; i++) {
		if (!is_wanted(o, t, &t->row[i]))
			continue;
		++*wanted;
		error = declared(t, &t->row[i], &contract);
		if (error != 0)
			return error;
		ana_contract_free(contract);
		for (n = 0; ; n++) {
			memset(&err, 0, sizeof(err));
			error = wl_case_parse(t->row[i].script, n, t, &c,
			    &err);
			if (error == EINVAL) {
				char what[sizeof(err.what)];

				memcpy(what, err.what, sizeof(what));
				snprintf(err.where, sizeof(err.where), "%s",
				    t->path);
				err.line = t->row[i].line;
				snprintf(err.what, sizeof(err.what),
				    "%.40s, %.200s", t->row[i].id, what);
				return cmd_bad_input(&err);
			}
			if (error != 0) {
				cmd_complain("%s", strerror(error));
				return ANA_EXIT_CANNOT;
			}
			if (c == NULL)
				break;
			wl_case_free(c);
		}
	}
	return 0;
}

static int
open_tables(const struct options *o, struct wl_case_table **tables)
{
	struct wl_error err;
	size_t i, wanted = 0;
	int error, code;

	for (i = 0; i < o->nfiles; i++) {
		memset(&err, 0, sizeof(err));
		error = wl_case_table(o->files[i], &tables[i], &err);
		if (error == EINVAL)
			return cmd_bad_input(&err);
		if (error != 0)
			return cmd_bad("%s: %s", o->files[i],
			    strerror(error));
		code = check_rows(o, tables[i], &wanted);
		if (code != 0)
			return code;
	}
	if (wanted == 0)
		return cmd_bad("no row \"%s\"; expected the name of one in "
		    "the first columns", o->rows[0]);
	return 0;
}

static int
run_tables(const struct options *o, struct wl_case_table **tables)
{
	struct tally tally = { 0, 0, 0 };
	size_t i, k;

	if (o->json)
		printf("{ \"rows\": [");
	for (i = 0; i < o->nfiles; i++)
		for (k = 0; k < tables[i]->nrows; k++)
			if (is_wanted(o, tables[i],
			    &tables[i]->row[k]))
				run_row(o, tables[i], &tables[i]->row[k],
				    &tally);
	if (o->json)
		printf("\n  ],\n  \"summary\": { \"rows\": %u, \"ok\": %u, "
		    "\"failed\": %u, \"no_verdict\": %u } }\n", tally.rows,
		    tally.rows - tally.failed - tally.cannot, tally.failed,
		    tally.cannot);
	else
		printf("%u rows: %u ok, %u FAIL%s\n", tally.rows,
		    tally.rows - tally.failed - tally.cannot, tally.failed,
		    tally.cannot != 0 ? ", others without a verdict" : "");
	return cmd_stdout(tally.failed != 0 ? ANA_EXIT_FINDINGS :
	    tally.cannot != 0 ? ANA_EXIT_CANNOT : ANA_EXIT_CLEAN);
}

/* ------------------------------------------------------------------------
 * Command line
 */

static const struct flag {
	const char	*name, *letter;
	size_t		offset;
	bool		value;
} flags[] = {
	{ "--assume-writer", "", offsetof(struct options, no_writer), false },
	{ "--no-assume-writer", "", offsetof(struct options, no_writer), true },
	{ "--json", "", offsetof(struct options, json), true },
	{ "--verbose", "-v", offsetof(struct options, verbose), true },
	{ "--strict", "", offsetof(struct options, strict), true },
	{ "--quiet", "-q", offsetof(struct options, quiet), true },
	{ "--help", "-h", offsetof(struct options, help), true },
};
#define NFLAGS	(sizeof(flags) / sizeof(flags[0]))

static bool
set_flag(struct options *o, const char *word)
{
	size_t i;

	for (i = 0; i < NFLAGS; i++)
		if (strcmp(word, flags[i].name) == 0 ||
		    strcmp(word, flags[i].letter) == 0) {
			*(bool *)((char *)o + flags[i].offset) =
			    flags[i].value;
			return true;
		}
	return false;
}

/* => 0 or an exit code */
static int
arguments(int argc, char **argv, struct options *o)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--row") == 0) {
			if (++i == argc)
				return cmd_bad("--row: expected the name of a "
				    "row");
			o->rows[o->nrows++] = argv[i];
		} else if (strncmp(argv[i], "--row=", 6) == 0)
			o->rows[o->nrows++] = argv[i] + 6;
		else if (argv[i][0] != '-')
			o->files[o->nfiles++] = argv[i];
		else if (!set_flag(o, argv[i]))
			return cmd_bad("no option %s; expected --row ID, "
			    "--assume-writer, --no-assume-writer, --strict, "
			    "--json, -v or -q", argv[i]);
	}
	if (o->nfiles == 0 && !o->help)
		return cmd_bad("check-order: expected a table, as in "
		    "amapstorm check-order cases.tsv");
	return 0;
}

static int
check_order(int argc, char **argv)
{
	struct options o = { .json = false };
	struct wl_case_table **tables;
	size_t i;
	int code = ANA_EXIT_CANNOT;

	o.files = calloc((size_t)argc + 1, sizeof(*o.files));
	o.rows = calloc((size_t)argc + 1, sizeof(*o.rows));
	tables = calloc((size_t)argc + 1, sizeof(struct wl_case_table *));
	if (o.files != NULL && o.rows != NULL && tables != NULL)
		code = arguments(argc, argv, &o);
	if (code == 0 && o.help) {
		cmd_usage(stdout, &cmd_check_order);
		code = cmd_stdout(0);
	} else if (code == 0) {
		code = open_tables(&o, tables);
		if (code == 0)
			code = run_tables(&o, tables);
	}
	for (i = 0; tables != NULL && i < o.nfiles; i++)
		wl_case_table_free(tables[i]);
	free(tables);
	free(o.files);
	free(o.rows);
	return code;
}

static void
words(FILE *out)
{
	char head[32];
	int i;

	fputs("\nSteps:\n", out);
	for (i = 0; i < WLC_NDO; i++) {
		snprintf(head, sizeof(head), "%s%s%s", wl_case_words[i].word,
		    wl_case_words[i].on == WLCO_NONE ||
		    i == WLC_exit ? "" : ":",
		    wl_case_words[i].on == WLCO_NONE ? "" : "x");
		cmd_row(out, 12, head, wl_case_words[i].help);
	}
	fputs("\nOptions:\n", out);
	cmd_row(out, 22, "--row ID", "this row alone (again for more); E50 "
	    "stands for E50.read and the like");
	cmd_row(out, 22, "--assume-writer", "somebody may at any time ask for "
	    "write: the usual way");
	cmd_row(out, 22, "--no-assume-writer", "nobody does but those in the "
	    "row");
	cmd_row(out, 22, "--strict", "where silence is expected, an INFO is a "
	    "failure");
	cmd_row(out, 22, "--json", "results as JSON");
	cmd_row(out, 22, "-v, --verbose", "show each row's script and "
	    "findings");
	cmd_row(out, 22, "-q, --quiet", "show rows that fail alone");
}

static const char teach[] =
    "Each row of TABLE is a few lines of locking in a small notation.  "
    "It is run\n"
    "with real locks in a process of its own, and what is found is "
    "compared with\n"
    "what the row expects.\n"
    "\n"
    "The first line of TABLE names its columns, with tabs between them: "
    "id (or\n"
    "group, name, variant), script, expect, and if you like kind, truth "
    "and note.\n"
    "expect is ERROR, WARN, INFO or silent; or REPORT, which is ERROR "
    "or WARN; or\n"
    "OK.\n"
    "\n"
    "  id    script                            expect  kind\n"
    "  abba  W:A W:B -B -A ; W:B W:A -A -B     ERROR   cycle2\n"
    "  rd    R:A R:B -B -A ; R:B R:A -A -B     silent\n"
    "\n"
    "Phases stand between \";\": each is a thread, and they run one "
    "after the other,\n"
    "so that nothing really deadlocks; those between \"||\" run at once "
    "and meet when\n"
    "each has its first lock.  X1 and X2 are two locks of class X.  At "
    "its end a\n"
    "phase releases what it still holds, unless that is <exit>.  W!:x, "
    "r!:x and\n"
    "R!:x tell that a second lock of the class is meant.\n"
    "\n"
    "  repeat i=0..29 ( W:L{i}x W:L{i+1%30}x -L{i+1%30}x -L{i}x ; )\n"
    "  use:abba(C,D)         the script of another row, on other locks\n";

const struct cmd_command cmd_check_order = {
	.name = "check-order",
	.args = "TABLE.tsv [--row ID] [OPTION ...]",
	.help = "run locking cases of a table and compare what is reported",
	.teach = teach,
	.more = words,
	.run = check_order,
};

/*
 * formats.c: a result in a format that somebody named.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd_int.h"

#define NNAMES	32

/* => names as in an error's "expected one of ..." */
static int
no_such(const char *option, const char *what, const char *name,
    const char *const *names, size_t n)
{
	char near[256];

	wl_suggest(name, names, n, near, sizeof(near));
	return cmd_bad("%s: there is no %s \"%s\"; expected one of %s", option,
	    what, name, near);
}

static int
no_format(const char *option, const char *name)
{
	const struct rp_format *all;
	const char *names[NNAMES];
	size_t i, n;

	all = rp_formats(&n);
	for (i = 0; i < n && i < NNAMES; i++)
		names[i] = all[i].name;
	return no_such(option, "format", name, names, i);
}

static int
check_table(const char *option, const struct cmd_format *f)
{
	const struct rp_table *all;
	const char *names[NNAMES];
	size_t i, n;

	all = f->format->tables(&n);
	for (i = 0; i < n && i < NNAMES; i++) {
		names[i] = all[i].name;
		if (strcmp(f->table, names[i]) == 0)
			return 0;
	}
	return no_such(f->table[0] == '\0' ? "--table" : option, "table",
	    f->table, names, i);
}

int
cmd_format(const char *option, const char *text, const char *table,
    struct cmd_format *f)
{
	const char *colon = strchr(text, ':');
	char name[64];

	snprintf(name, sizeof(name), "%.*s", colon != NULL ?
	    (int)(colon - text) : (int)strlen(text), text);
	f->format = rp_format_find(name);
	snprintf(f->table, sizeof(f->table), "%s", colon != NULL ? colon + 1 :
	    table != NULL ? table : "");
	if (f->format == NULL)
		return no_format(option, name);
	if (f->format->tables != NULL)
		return check_table(option, f);
	return f->table[0] == '\0' ? 0 : cmd_bad("%s: %s has no tables to choose "
	    "from; csv has", colon != NULL ? option : "--table", name);
}

int
cmd_report_add(struct cmd_report all[CMD_MAXREPORT], unsigned *n,
    const char *option, const char *text)
{
	bool json = strcmp(option, "json") == 0;
	const char *eq = strchr(text, '=');
	char name[64];

	if (*n == CMD_MAXREPORT)
		return cmd_bad("--%s: more than %d reports", option,
		    CMD_MAXREPORT);
	if (!json && (eq == NULL || eq[1] == '\0'))
		return cmd_bad("--report: \"%s\" names no file; expected "
		    "FORMAT=FILE", text);
	snprintf(name, sizeof(name), "%.*s", json ? 4 : (int)(eq - text),
	    json ? option : text);
	all[*n].path = json ? text : eq + 1;
	return cmd_format("--report", name, NULL, &all[(*n)++].format);
}

static int
render(const struct cmd_format *f, const struct rp_style *as, bool colour,
    const struct ana_result *r, FILE *out)
{
	struct rp_style style = *as;

	style.colour = colour;
	style.table = f->table;
	return f->format->render(r, &style, out);
}

/* What a format lacks it says itself. */
static int
failed(const struct cmd_format *f, const char *where, int error)
{
	if (error == ENODATA)
		cmd_complain("%s: no %s: %s", where, f->format->name,
		    f->format->lacks);
	else
		cmd_complain("%s: not written: %s", where, strerror(error));
	return error == ENODATA ? ANA_EXIT_USAGE : ANA_EXIT_CANNOT;
}

int
cmd_format_write(struct cmd_output *to, const struct cmd_format *f,
    const struct rp_style *style, const struct ana_result *r)
{
	int error;

	if (to->file == NULL)
		return 0;
	error = render(f, style, false, r, to->file);
	if (error == 0)
		error = cmd_output_done(to);
	if (error != 0)
		error = failed(f, to->path, error);
	cmd_output_drop(to);
	return error;
}

int
cmd_format_show(const struct cmd_format *f, const struct rp_style *style,
    const struct ana_result *r)
{
	int error = render(f, style, style->colour, r, stdout);

	/* what writing said is told where stdout is done with */
	return error == ENODATA || error == ENOMEM ?
	    failed(f, "standard output", error) : 0;
}

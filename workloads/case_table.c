/*
 * case_table.c: rows of cases, from a file whose first line names its columns.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/workloads.h"

#define NCOLUMNS	24

enum column {
	COL_GROUP, COL_NAME, COL_VARIANT, COL_ID, COL_SCRIPT, COL_EXPECT,
	COL_KIND, COL_PROPOSED, COL_TRUTH, COL_NOTE, COL_DECLARED, COL_N
};
static const char *const column_name[COL_N] = {
	[COL_GROUP] = "group", [COL_NAME] = "name", [COL_VARIANT] = "variant",
	[COL_ID] = "id", [COL_SCRIPT] = "script", [COL_EXPECT] = "expect",
	[COL_KIND] = "kind", [COL_PROPOSED] = "proposed",
	[COL_TRUTH] = "truth", [COL_NOTE] = "note",
	[COL_DECLARED] = "declared",
};

struct reading {
	struct wl_case_table *t;
	struct wl_error	*err;
	int		at[COL_N];	/* which field; -1: no such column */
	char		*names;		/* the ids that were put together */
	size_t		nnames;
};

static int
bad(struct reading *r, unsigned line, const char *what, const char *expected)
{
	snprintf(r->err->where, sizeof(r->err->where), "%s", r->t->path);
	r->err->line = line;
	snprintf(r->err->what, sizeof(r->err->what), "%s", what);
	snprintf(r->err->expected, sizeof(r->err->expected), "%s", expected);
	return EINVAL;
}

/* Cut a line at its tabs; what is missing is empty. */
static size_t
fields(char *line, char *field[NCOLUMNS])
{
	size_t n = 0, i;

	while (line != NULL && n < NCOLUMNS)
		field[n++] = strsep(&line, "\t");
	for (i = n; i < NCOLUMNS; i++)
		field[i] = field[0] + strlen(field[0]);
	return n;
}

static int
head(struct reading *r, unsigned no, char *line)
{
	char *field[NCOLUMNS];
	size_t i, n = fields(line, field);
	int c;

	for (c = 0; c < COL_N; c++) {
		r->at[c] = -1;
		for (i = 0; i < n; i++)
			if (strcmp(field[i], column_name[c]) == 0)
				r->at[c] = (int)i;
	}
	if (r->at[COL_SCRIPT] == -1)
		return bad(r, no, "no column \"script\" in the first line",
		    "names of columns with tabs between them");
	if (r->at[COL_EXPECT] == -1 && r->at[COL_PROPOSED] == -1)
		return bad(r, no, "no column \"expect\" or \"proposed\" in "
		    "the first line", "one that says what is to be reported");
	if (r->at[COL_ID] == -1 && r->at[COL_NAME] == -1)
		return bad(r, no, "no column \"id\" or \"name\" in the first "
		    "line", "one that names the rows");
	return 0;
}

static const char *
value(const struct reading *r, char *field[NCOLUMNS], enum column c)
{
	return r->at[c] == -1 ? "" : field[r->at[c]];
}

/* group.name.variant, of those that there are */
static const char *
put_together(struct reading *r, char *field[NCOLUMNS])
{
	static const enum column parts[] = {
		COL_GROUP, COL_NAME, COL_VARIANT
	};
	char *id = r->names + r->nnames;
	const char *part;
	size_t i;

	id[0] = '\0';
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		part = value(r, field, parts[i]);
		if (part[0] != '\0')
			r->nnames += (size_t)sprintf(r->names + r->nnames,
			    "%s%s", r->names + r->nnames == id ? "" : ".",
			    part);
	}
	r->nnames++;
	return id;
}

/* "ERROR self-deadlock": what is expected, and of which kind. */
static void
cut_proposed(struct wl_case_row *row, char *proposed)
{
	size_t n = strcspn(proposed, " ,");

	row->kind = proposed + n + strspn(proposed + n, " ,");
	row->expect = proposed;
	if (strncmp(proposed, "as ", 3) == 0) {	/* "as E06": see the truth */
		row->kind = proposed;
		row->expect = "";
	} else
		proposed[n] = '\0';
}

static const char *const expects[] = {
	"REPORT", "OK", "ERROR", "WARN", "INFO", "silent", ""
};

static int
body(struct reading *r, unsigned no, char *line)
{
	struct wl_case_row *row = &r->t->row[r->t->nrows];
	char *field[NCOLUMNS];
	size_t i;

	fields(line, field);
	row->line = no;
	row->id = r->at[COL_ID] != -1 ? field[r->at[COL_ID]] :
	    put_together(r, field);
	row->script = value(r, field, COL_SCRIPT);
	row->truth = value(r, field, COL_TRUTH);
	row->note = value(r, field, COL_NOTE);
	row->declared = value(r, field, COL_DECLARED);
	if (r->at[COL_EXPECT] != -1) {
		row->expect = field[r->at[COL_EXPECT]];
		row->kind = value(r, field, COL_KIND);
	} else
		cut_proposed(row, field[r->at[COL_PROPOSED]]);
	if (row->id[0] == '\0')
		return bad(r, no, "a row without a name", "one to call it by");
	for (i = 0; strcmp(expects[i], row->expect) != 0; i++)
		if (expects[i][0] == '\0')
			return bad(r, no, "this expectation is unknown",
			    "REPORT, OK, ERROR, WARN, INFO or silent");
	for (i = 0; i < r->t->nrows; i++)
		if (strcmp(r->t->row[i].id, row->id) == 0)
			return bad(r, no, "this row's name is taken by a row "
			    "above it", "another one");
	r->t->nrows++;
	return 0;
}

static int
lines(struct reading *r, char *text)
{
	bool headed = false;
	unsigned no = 0;
	char *line;
	int error = 0;

	while (error == 0 && (line = strsep(&text, "\n")) != NULL) {
		no++;
		line[strcspn(line, "\r")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		error = headed ? body(r, no, line) : head(r, no, line);
		headed = true;
	}
	if (error == 0 && r->t->nrows == 0)
		return bad(r, no, "there is no row in it",
		    "a line that names the columns, and rows under it");
	return error;
}

static int
read_all(FILE *f, char **text, size_t *len)
{
	size_t cap = 0, got;
	char *p;

	*text = NULL;
	*len = 0;
	do {
		if (*len + 4096 + 1 > cap) {
			cap = 2 * (*len + 4096 + 1);
			p = realloc(*text, cap);
			if (p == NULL)
				return ENOMEM;
			*text = p;
		}
		got = fread(*text + *len, 1, 4096, f);
		*len += got;
	} while (got != 0);
	(*text)[*len] = '\0';
	return ferror(f) ? EIO : 0;
}

static int
open_and_read(const char *path, char **text, size_t *len)
{
	FILE *f = fopen(path, "re");
	int error;

	*text = NULL;
	if (f == NULL)
		return errno;
	error = read_all(f, text, len);
	fclose(f);
	return error;
}

/* No more rows than lines, and no id longer than what it is made of. */
static int
make_room(struct reading *r, const char *text, size_t len)
{
	size_t n = 2;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	r->t->row = calloc(n, sizeof(*r->t->row));
	r->names = calloc(1, len + n);
	return r->t->row == NULL || r->names == NULL ? ENOMEM : 0;
}

struct whole {
	struct wl_case_table t;
	char	*text, *names, *path;
};

int
wl_case_table(const char *path, struct wl_case_table **out,
    struct wl_error *err)
{
	struct whole *w = calloc(1, sizeof(*w));
	struct reading r = { .err = err };
	size_t len = 0;
	int error;

	if (w == NULL || (w->path = strdup(path)) == NULL) {
		free(w);
		return ENOMEM;
	}
	r.t = &w->t;
	w->t.path = w->path;
	error = open_and_read(path, &w->text, &len);
	if (error == 0 && strlen(w->text) != len)
		error = bad(&r, 0, "there is a NUL in it", "text");
	if (error == 0)
		error = make_room(&r, w->text, len);
	w->names = r.names;
	if (error == 0)
		error = lines(&r, w->text);
	if (error != 0)
		wl_case_table_free(&w->t);
	else
		*out = &w->t;
	return error;
}

void
wl_case_table_free(struct wl_case_table *t)
{
	struct whole *w = (struct whole *)t;

	if (w == NULL)
		return;
	free(t->row);
	free(w->text);
	free(w->names);
	free(w->path);
	free(w);
}

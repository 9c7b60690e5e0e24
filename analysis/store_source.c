/*
 * store_source.c: the rows of a snapshot as tables that SQLite reads by itself,
 * so that one statement copies all rows of one.
 *
 *	snapshot.deps --xColumn--> source_dep --INSERT SELECT--> dep
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/store_int.h"

struct source {
	sqlite3_vtab	base;		/* SQLite's, first */
	const struct ana_store_table *t;
	char		*rows;		/* PART: of the table it is a part of */
	size_t		n, size;
};

struct cursor {
	sqlite3_vtab_cursor base;	/* idem */
	char		*row;
	size_t		i;		/* which row it is */
	char		*at;		/* PART: inside it */
	size_t		k, nparts;
};

static struct source *
source_of(const sqlite3_vtab_cursor *base)
{
	return (struct source *)(void *)base->pVtab;
}

/* => "CREATE TABLE x(a,b,...)" of n columns, whose names do not matter */
static void
declaration(char *sql, size_t size, size_t n)
{
	size_t i, at = (size_t)snprintf(sql, size, "CREATE TABLE x(a0");

	for (i = 1; i < n; i++)
		at += (size_t)snprintf(sql + at, size - at, ",a%zu", i);
	snprintf(sql + at, size - at, ")");
}

static size_t
lead(const struct ana_store_table *t)
{
	return t->kind == ANA_STORE_PART ? 2 : 1;
}

static int
source_connect(sqlite3 *db, void *arg, int argc, const char *const *argv,
    sqlite3_vtab **out, char **err)
{
	const struct ana_store_source *from = arg;
	const struct ana_store_table *of = from->t;
	struct source *src;
	char sql[512];
	int rc;

	declaration(sql, sizeof(sql), from->t->ncols + lead(from->t));
	rc = sqlite3_declare_vtab(db, sql);
	if (rc != SQLITE_OK)
		return rc;
	src = sqlite3_malloc(sizeof(*src));
	if (src == NULL)
		return SQLITE_NOMEM;
	memset(src, 0, sizeof(*src));
	if (of->kind == ANA_STORE_PART)
		of = ana_store_of(of);
	src->t = from->t;
	src->rows = ana_store_rows(from->s, of, &src->n);
	src->size = of->size;
	*out = &src->base;
	return SQLITE_OK;
}

static int
source_disconnect(sqlite3_vtab *base)
{
	sqlite3_free(base);
	return SQLITE_OK;
}

static int
source_best(sqlite3_vtab *base, sqlite3_index_info *info)
{
	return SQLITE_OK;
}

static int
cursor_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	struct cursor *c = sqlite3_malloc(sizeof(*c));

	if (c == NULL)
		return SQLITE_NOMEM;
	memset(c, 0, sizeof(*c));
	*out = &c->base;
	return SQLITE_OK;
}

static int
cursor_close(sqlite3_vtab_cursor *base)
{
	sqlite3_free(base);
	return SQLITE_OK;
}

/* From where it is to a row that has parts, or to the end. */
static void
cursor_parts(struct cursor *c, const struct source *src)
{
	if (src->t->kind != ANA_STORE_PART)
		return;
	for (; c->i < src->n; c->i++, c->row += src->size) {
		c->at = ana_store_part(src->t, c->row, &c->nparts);
		c->k = 0;
		if (c->nparts != 0)
			return;
	}
}

static int
cursor_first(sqlite3_vtab_cursor *base, int plan, const char *idx, int argc,
    sqlite3_value **argv)
{
	struct cursor *c = (struct cursor *)(void *)base;

	c->row = source_of(base)->rows;
	c->i = 0;
	cursor_parts(c, source_of(base));
	return SQLITE_OK;
}

static int
cursor_next(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)(void *)base;
	const struct source *src = source_of(base);

	if (src->t->kind == ANA_STORE_PART && ++c->k < c->nparts) {
		c->at += src->t->size;
		return SQLITE_OK;
	}
	c->row += src->size;
	c->i++;
	cursor_parts(c, src);
	return SQLITE_OK;
}

static int
cursor_end(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)(void *)base)->i >= source_of(base)->n;
}

static int
cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int column)
{
	const struct cursor *c = (const struct cursor *)(const void *)base;
	const struct ana_store_table *t = source_of(base)->t;
	bool part = t->kind == ANA_STORE_PART;
	const char *row = part ? c->at : c->row;
	const struct ana_store_col *col;

	if (column < (int)lead(t)) {
		sqlite3_result_int64(ctx, (sqlite3_int64)(column == 0 ?
		    c->i + 1 : c->k));
		return SQLITE_OK;
	}
	col = &t->col[column - (int)lead(t)];
	if (col->type == ANA_COL_TEXT)
		sqlite3_result_text(ctx, row + col->offset,
		    (int)strnlen(row + col->offset, col->size - 1),
		    SQLITE_STATIC);
	else
		sqlite3_result_int64(ctx,
		    (sqlite3_int64)ana_store_number(col, row));
	return SQLITE_OK;
}

/* Nobody asks for it: it is copied in its order. */
static int
cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *id)
{
	*id = 0;
	return SQLITE_OK;
}

static const sqlite3_module module = {
	.xConnect = source_connect, .xDisconnect = source_disconnect,
	.xBestIndex = source_best, .xOpen = cursor_open,
	.xClose = cursor_close, .xFilter = cursor_first,
	.xNext = cursor_next, .xEof = cursor_end, .xColumn = cursor_column,
	.xRowid = cursor_rowid
};

int
ana_store_copy(sqlite3 *db, const struct ana_store_source *from)
{
	char name[64], sql[160];
	int rc;

	snprintf(name, sizeof(name), "source_%.50s", from->t->name);
	snprintf(sql, sizeof(sql), "INSERT INTO %.50s SELECT * FROM %s",
	    from->t->name, name);
	rc = sqlite3_create_module(db, name, &module,
	    (void *)(uintptr_t)from);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_create_module(db, name, NULL, NULL);
	return rc;
}

/*
 * store_glance.c: what a list of saved runs shows of each, without reading it
 * all.  What is missing here is missing there: a damaged file is told when it
 * is read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/store_int.h"

/* => the first row of a query; NULL: there is none */
static sqlite3_stmt *
row(struct ana_store *st, const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(st->db, sql, -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW)
		return q;
	sqlite3_finalize(q);
	return NULL;
}

static uint64_t
number(struct ana_store *st, const char *sql)
{
	sqlite3_stmt *q = row(st, sql);
	uint64_t v = q != NULL ? (uint64_t)sqlite3_column_int64(q, 0) : 0;

	sqlite3_finalize(q);
	return v;
}

/* => of any length, on one line, cut to the place it has */
static void
text(struct ana_store *st, const char *sql, char *to, size_t size)
{
	sqlite3_stmt *q = row(st, sql);
	const char *s = q != NULL ? (const char *)sqlite3_column_text(q, 0) :
	    NULL;
	size_t i;

	for (i = 0; s != NULL && s[i] != '\0' && i + 1 < size; i++)
		to[i] = (unsigned char)s[i] < ' ' || s[i] == 0x7f ? ' ' : s[i];
	to[i] = '\0';
	sqlite3_finalize(q);
}

#define FACT(part, name)						\
	"SELECT value FROM fact WHERE part = '" part "' AND name = '" name "'"
#define FOUND(level)							\
	"SELECT count(*) FROM finding WHERE level = '" level "'"

static void
look(struct ana_store *st, struct ana_glance *g)
{
	sqlite3_stmt *q;

	g->created = number(st, FACT("record", "created_real"));
	g->elapsed_ns = number(st, FACT("outcome", "elapsed_ns"));
	g->run_ns = number(st, FACT("run", "run_ns"));
	g->ops = number(st, FACT("run", "ops"));
	g->partial = number(st, FACT("snapshot", "partial")) != 0;
	text(st, FACT("snapshot", "command"), g->command, sizeof(g->command));
	text(st, "SELECT value FROM job WHERE key = 'name'", g->scenario,
	    sizeof(g->scenario));
	text(st, "SELECT verdict FROM verdict", g->verdict,
	    sizeof(g->verdict));
	g->of_level[ANA_ERROR] = (unsigned)number(st, FOUND("ERROR"));
	g->of_level[ANA_WARN] = (unsigned)number(st, FOUND("WARN"));
	g->of_level[ANA_INFO] = (unsigned)number(st, FOUND("INFO"));
	q = row(st, "SELECT code FROM verdict");
	g->judged = q != NULL;
	g->code = q != NULL ? sqlite3_column_int(q, 0) : 0;
	sqlite3_finalize(q);
}

int
ana_snapshot_glance(const char *path, struct ana_glance *g, char why[ANA_WHY])
{
	struct ana_store st = { .path = path, .why = why };

	memset(g, 0, sizeof(*g));
	ana_store_begin(&st);
	if (st.error == 0)
		look(&st, g);
	sqlite3_close(st.db);
	return st.error;
}

/*
 * A saved run whose tables have anything in them: each is read, with all
 * numbers and texts within their bounds, or refused with one line.
 *
 * The tables here have no types and no constraints, so anything that a file
 * can hold can be in them.  An input is a table and its rows:
 *
 *	table | value value ...		a value is a kind and its bytes
 *
 * Rows are numbered as they should be, unless a value says otherwise.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/store_int.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define NROWS	8		/* of the table that parts belong to */

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* ---- the input ---- */

struct input {
	const uint8_t	*at, *end;
};

static uint64_t
take(struct input *in, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 | (in->at < in->end ? *in->at++ : 0);
	return v;
}

enum { V_SMALL, V_WORD, V_NUMBER, V_TEXT, V_ZEROES, V_BLOB, V_NULL, V_REAL };

static void
bind(struct input *in, sqlite3_stmt *q, int at, uint64_t max)
{
	static const unsigned char zeroes[300];
	unsigned kind = (unsigned)take(in, 1);
	size_t len = kind >> 3 & 0x1f, left = (size_t)(in->end - in->at);

	len = len < left ? len : left;
	switch (kind & 7) {
	case V_SMALL:
		sqlite3_bind_int64(q, at, kind >> 3);
		break;
	case V_WORD:
		sqlite3_bind_int64(q, at, (sqlite3_int64)take(in, 2));
		break;
	case V_NUMBER:
		/* 1f: the first that is too large */
		sqlite3_bind_int64(q, at, (sqlite3_int64)(kind >> 3 == 0x1f ?
		    max + 1 : kind >> 3 == 0x1e ? max : take(in, 8)));
		break;
	case V_TEXT:
		sqlite3_bind_text(q, at, (const char *)in->at, (int)len,
		    SQLITE_TRANSIENT);
		in->at += len;
		break;
	case V_ZEROES:
		sqlite3_bind_text(q, at, (const char *)zeroes, (int)len * 9,
		    SQLITE_STATIC);
		break;
	case V_BLOB:
		sqlite3_bind_blob(q, at, in->at, (int)len, SQLITE_TRANSIENT);
		in->at += len;
		break;
	case V_NULL:
		sqlite3_bind_null(q, at);
		break;
	default:
		sqlite3_bind_double(q, at, (double)(int64_t)take(in, 4) / 3);
		break;
	}
}

/* ---- tables without types, made once ---- */

static sqlite3 *db;

static void
run(const char *sql)
{
	check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static void
make_tables(void)
{
	const struct ana_store_table *t;
	const struct ana_store_list *l;
	char sql[2048];
	size_t i, k, n;
	int at;

	/* one thread, and memory of its own: it is not what is tested */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1024, 2048);
	check(sqlite3_open(":memory:", &db) == SQLITE_OK);
	run("CREATE TABLE fact (part, name, value)");
	run("CREATE TABLE job (rank, key, value)");
	run("CREATE TABLE hist_bucket (hist_row, bucket, low, n)");
	t = ana_store_tables(&n);
	for (i = 0; i < n; i++) {
		if (t[i].kind == ANA_STORE_FACTS)
			continue;
		at = t[i].kind == ANA_STORE_PART ? snprintf(sql, sizeof(sql),
		    "CREATE TABLE %s (%s_row, pos", t[i].name, t[i].of) :
		    snprintf(sql, sizeof(sql), "CREATE TABLE %s (row",
		    t[i].name);
		for (k = 0; k < t[i].ncols; k++)
			at += snprintf(sql + at, sizeof(sql) - (size_t)at,
			    ",\"%s\"", t[i].col[k].name);
		snprintf(sql + at, sizeof(sql) - (size_t)at, ")");
		run(sql);
	}
	l = ana_store_lists(&n);
	for (i = 0; i < n; i++) {
		at = snprintf(sql, sizeof(sql), "CREATE TABLE %s (name",
		    l[i].name);
		for (k = 0; k < l[i].ncols; k++)
			at += snprintf(sql + at, sizeof(sql) - (size_t)at,
			    ",%s", l[i].col[k]);
		snprintf(sql + at, sizeof(sql) - (size_t)at, ")");
		run(sql);
	}
}

/* => kept for the next time */
static sqlite3_stmt *
inserter(const char *name, size_t n)
{
	static struct {
		char name[32];
		sqlite3_stmt *q;
	} made[64];
	sqlite3_stmt *q;
	char sql[256];
	size_t i;
	int at;

	for (i = 0; i < 64 && made[i].q != NULL; i++) {
		if (strcmp(made[i].name, name) == 0)
			return made[i].q;
	}
	check(i < 64);
	at = snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", name);
	while (--n > 0)
		at += snprintf(sql + at, sizeof(sql) - (size_t)at, ",?");
	snprintf(sql + at, sizeof(sql) - (size_t)at, ")");
	check(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK);
	snprintf(made[i].name, sizeof(made[i].name), "%s", name);
	made[i].q = q;
	return q;
}

static void
insert(sqlite3_stmt *q)
{
	check(sqlite3_step(q) == SQLITE_DONE);
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

/* ---- rows ---- */

static void
facts(struct input *in, const struct ana_store_table *t)
{
	sqlite3_stmt *q = inserter("fact", 3);
	size_t i;

	for (i = 0; i < t->ncols && in->at < in->end; i++) {
		sqlite3_bind_text(q, 1, t->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 2, t->col[i].name, -1, SQLITE_STATIC);
		bind(in, q, 3, t->col[i].max);
		insert(q);
	}
}

static void
rows(struct input *in, const struct ana_store_table *t)
{
	size_t keys = t->kind == ANA_STORE_PART ? 2 : 1, i;
	sqlite3_stmt *q = inserter(t->name, t->ncols + keys);
	sqlite3_int64 row = 1, pos = 0;
	uint64_t how;

	while (in->at < in->end) {
		how = take(in, 1);
		if (keys == 2 && (how & 1) != 0) {
			row += (sqlite3_int64)(how >> 1 & 3);
			pos = 0;
		}
		sqlite3_bind_int64(q, 1, how == 0xff ? -1 : row);
		if (keys == 2)
			sqlite3_bind_int64(q, 2, pos++);
		else
			row++;
		for (i = 0; i < t->ncols; i++)
			bind(in, q, (int)(keys + i) + 1, t->col[i].max);
		insert(q);
	}
}

/* The rows that parts belong to say how many parts they have. */
static void
make_owner(struct input *in, const struct ana_store_table *t,
    struct ana_snapshot *s)
{
	const struct ana_store_table *of = ana_store_of(t);
	size_t n = take(in, 1) % NROWS + 1, i;
	uint32_t count;
	char *row;
	void *all;

	if (of->kind == ANA_STORE_FACTS) {
		row = ana_store_rows(s, of, &n);
		all = row;
		n = 1;
	} else {
		all = row = calloc(n, of->size);
		check(row != NULL);
		memcpy((char *)s + of->rows, &all, sizeof(all));
		memcpy((char *)s + of->n, &n, sizeof(n));
	}
	for (i = 0; i < n; i++, row += of->size) {
		count = (uint32_t)(take(in, 1) % 4);
		if (count > t->max)
			count = (uint32_t)t->max;
		memcpy(row + t->n, &count, sizeof(count));
	}
}

static void
others(struct input *in, struct ana_snapshot *s)
{
	const struct ana_store_list *l;
	sqlite3_stmt *q;
	size_t i, k, r, n;

	s->nhists = NROWS;
	s->hists = calloc(NROWS, sizeof(*s->hists));
	check(s->hists != NULL);
	l = ana_store_lists(&n);
	for (i = 0; i < n; i++) {
		q = inserter(l[i].name, l[i].ncols + 1);
		for (r = 0; r < l[i].n; r++) {
			sqlite3_bind_text(q, 1, l[i].row(r), -1,
			    SQLITE_STATIC);
			for (k = 0; k < l[i].ncols; k++)
				sqlite3_bind_int64(q, (int)k + 2, 1);
			if (r == 0)
				bind(in, q, 2, 0);
			insert(q);
		}
	}
	q = inserter("hist_bucket", 4);
	for (i = take(in, 1) % 8; i > 0; i--) {
		for (k = 1; k <= 4; k++)
			bind(in, q, (int)k, k == 1 ? NROWS : LK_HIST_N - 1);
		insert(q);
	}
	q = inserter("job", 3);
	for (i = 1; in->at < in->end; i++) {
		sqlite3_bind_int64(q, 1, (sqlite3_int64)i);
		bind(in, q, 2, 0);
		bind(in, q, 3, 0);
		insert(q);
	}
}

/* ---- what came out ---- */

static void
check_row(const struct ana_store_table *t, const char *row)
{
	const struct ana_store_col *c;
	size_t i;

	for (i = 0; i < t->ncols; i++) {
		c = &t->col[i];
		if (c->type == ANA_COL_TEXT)
			check(memchr(row + c->offset, '\0', c->size) != NULL);
		else if (c->type == ANA_COL_NUM)
			check(ana_store_number(c, row) <= c->max);
	}
}

static void
check_rows(const struct ana_store_table *t, const struct ana_snapshot *s)
{
	const struct ana_store_table *of = ana_store_of(t);
	size_t i, k, n, nparts;
	char *row, *at;

	row = ana_store_rows(s, of != NULL ? of : t, &n);
	for (i = 0; i < n; i++) {
		if (of == NULL) {
			check_row(t, row + i * t->size);
			continue;
		}
		at = ana_store_part(t, row + i * of->size, &nparts);
		for (k = 0; k < nparts; k++)
			check_row(t, at + k * t->size);
	}
}

static void
empty(const char *name)
{
	char sql[96];

	snprintf(sql, sizeof(sql), "DELETE FROM %s", name);
	run(sql);
}

static void
empty_others(void)
{
	const struct ana_store_list *l;
	size_t i, n;

	l = ana_store_lists(&n);
	for (i = 0; i < n; i++)
		empty(l[i].name);
	empty("hist_bucket");
	empty("job");
}

static void
one_table(struct input *in, const struct ana_store_table *t,
    struct ana_store *st, struct ana_snapshot *s)
{
	if (t->kind == ANA_STORE_PART)
		make_owner(in, t, s);
	if (t->kind == ANA_STORE_FACTS)
		facts(in, t);
	else
		rows(in, t);
	ana_store_table(st, s, t);
	if (st->error == 0)
		check_rows(t, s);
	empty(t->kind == ANA_STORE_FACTS ? "fact" : t->name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, data + len };
	const struct ana_store_table *t;
	char why[ANA_WHY] = "";
	struct ana_store st = { .path = "fuzz", .why = why };
	struct ana_snapshot *s = calloc(1, sizeof(*s));
	size_t n, which;

	check(s != NULL);
	if (db == NULL)
		make_tables();
	st.db = db;
	t = ana_store_tables(&n);
	which = take(&in, 1) % (n + 1);
	if (which < n)
		one_table(&in, &t[which], &st, s);
	else {
		others(&in, s);
		ana_store_others(&st, s);
		empty_others();
	}
	if (st.error != 0)
		check(why[0] != '\0' && strchr(why, '\n') == NULL);
	ana_snapshot_free(s);
	return 0;
}

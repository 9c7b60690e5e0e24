/*
 * store_save.c: a snapshot to a file, by way of a database in memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/store_int.h"

static int
failed(struct ana_store *st)
{
	if (st->db == NULL || sqlite3_errcode(st->db) == SQLITE_NOMEM)
		return ana_store_fail(st, ENOMEM, "no memory to save it");
	return ana_store_fail(st, EIO, "not saved: %s", sqlite3_errmsg(st->db));
}

static void
execute(struct ana_store *st, const char *sql)
{
	if (st->error == 0 &&
	    sqlite3_exec(st->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		failed(st);
}

static sqlite3_stmt *
prepare(struct ana_store *st, const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (st->error == 0 &&
	    sqlite3_prepare_v2(st->db, sql, -1, &q, NULL) != SQLITE_OK)
		failed(st);
	return q;
}

/* => "INSERT INTO name VALUES (?,?,...)" of n values */
static sqlite3_stmt *
inserter(struct ana_store *st, const char *name, size_t n)
{
	char sql[512];
	int at;

	at = snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", name);
	while (--n > 0)
		at += snprintf(sql + at, sizeof(sql) - (size_t)at, ",?");
	snprintf(sql + at, sizeof(sql) - (size_t)at, ")");
	return prepare(st, sql);
}

/* SQLite has signed numbers: what is above 2^63 is stored below 0. */
static void
number(struct ana_store *st, sqlite3_stmt *q, int at, uint64_t v)
{
	ana_store_sum(st, &v, sizeof(v));
	sqlite3_bind_int64(q, at, (sqlite3_int64)v);
}

static void
sum_text(struct ana_store *st, const char *s, size_t len)
{
	ana_store_sum(st, s, len);
	ana_store_sum(st, "", 1);
}

static void
text(struct ana_store *st, sqlite3_stmt *q, int at, const char *s, size_t max)
{
	size_t len = strnlen(s, max);

	sum_text(st, s, len);
	sqlite3_bind_text(q, at, s, (int)len, SQLITE_TRANSIENT);
}

static void
insert(struct ana_store *st, sqlite3_stmt *q)
{
	if (st->error == 0 && sqlite3_step(q) != SQLITE_DONE)
		failed(st);
	sqlite3_reset(q);
}

/* => the number, which is one that a reader takes */
static uint64_t
checked(struct ana_store *st, const struct ana_store_table *t,
    const struct ana_store_col *c, const void *row)
{
	uint64_t v = ana_store_number(c, row);

	if (c->type == ANA_COL_NUM && v > c->max)
		ana_store_fail(st, EINVAL, "not saved: %s.%s is %llu, at most "
		    "%llu was expected", t->name, c->name,
		    (unsigned long long)v, (unsigned long long)c->max);
	return v;
}

static void
value(struct ana_store *st, sqlite3_stmt *q, int at,
    const struct ana_store_table *t, const struct ana_store_col *c,
    const void *row)
{
	if (c->type == ANA_COL_TEXT)
		text(st, q, at, (const char *)row + c->offset, c->size - 1);
	else
		number(st, q, at, checked(st, t, c, row));
}

static void
facts(struct ana_store *st, const struct ana_snapshot *s, sqlite3_stmt *q,
    const struct ana_store_table *t)
{
	size_t i, n;
	void *row = ana_store_rows(s, t, &n);

	for (i = 0; i < t->ncols && st->error == 0; i++) {
		sqlite3_bind_text(q, 1, t->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 2, t->col[i].name, -1, SQLITE_STATIC);
		value(st, q, 3, t, &t->col[i], row);
		insert(st, q);
	}
}

/* Rows are checked and summed up here, and copied by SQLite. */
static void
sum_rows(struct ana_store *st, const struct ana_store_table *t,
    const char *row, size_t n)
{
	const struct ana_store_col *c;
	uint64_t v;

	for (; n > 0; n--, row += t->size) {
		for (c = t->col; c < t->col + t->ncols; c++) {
			if (c->type == ANA_COL_TEXT) {
				sum_text(st, row + c->offset, strnlen(row +
				    c->offset, c->size - 1));
				continue;
			}
			v = checked(st, t, c, row);
			ana_store_sum(st, &v, sizeof(v));
		}
	}
}

static void
copy(struct ana_store *st, const struct ana_snapshot *s,
    const struct ana_store_table *t)
{
	const struct ana_store_source from = { s, t };

	if (st->error == 0 && ana_store_copy(st->db, &from) != SQLITE_OK)
		failed(st);
}

static void
table(struct ana_store *st, const struct ana_snapshot *s,
    const struct ana_store_table *t)
{
	size_t n;
	char *rows = ana_store_rows(s, t, &n);

	if (n > t->max)
		ana_store_fail(st, EINVAL, "not saved: %zu rows of %s", n,
		    t->name);
	else
		sum_rows(st, t, rows, n);
	copy(st, s, t);
}

static void
part(struct ana_store *st, const struct ana_snapshot *s,
    const struct ana_store_table *t)
{
	const struct ana_store_table *of = ana_store_of(t);
	size_t i, n, nparts;
	char *row = ana_store_rows(s, of, &n), *at;

	for (i = 0; i < n; i++, row += of->size) {
		at = ana_store_part(t, row, &nparts);
		sum_rows(st, t, at, nparts);
	}
	copy(st, s, t);
}

static void
buckets(struct ana_store *st, const struct ana_snapshot *s)
{
	sqlite3_stmt *q = inserter(st, "hist_bucket", 4);
	size_t i;
	unsigned b;

	for (i = 0; i < s->nhists && st->error == 0; i++) {
		for (b = 0; b < LK_HIST_N; b++) {
			if (s->hists[i].hist.b[b] == 0)
				continue;
			number(st, q, 1, i + 1);
			number(st, q, 2, b);
			sqlite3_bind_int64(q, 3,
			    (sqlite3_int64)lk_hist_low(b));
			number(st, q, 4, s->hists[i].hist.b[b]);
			insert(st, q);
		}
	}
	sqlite3_finalize(q);
}

static void
list(struct ana_store *st, const struct ana_snapshot *s,
    const struct ana_store_list *l)
{
	sqlite3_stmt *q = inserter(st, l->name, l->ncols + 1);
	const uint64_t *v;
	size_t i, k;

	for (i = 0; i < l->n && st->error == 0; i++) {
		v = l->value((struct ana_snapshot *)(uintptr_t)s, i);
		sqlite3_bind_text(q, 1, l->row(i), -1, SQLITE_STATIC);
		for (k = 0; k < l->ncols; k++)
			number(st, q, (int)k + 2, v[k]);
		insert(st, q);
	}
	sqlite3_finalize(q);
}

static void
names(struct ana_store *st)
{
	sqlite3_stmt *q = inserter(st, "name", 3);
	const struct ana_store_names *row;
	size_t i, n;
	uint32_t k;

	row = ana_store_names(&n);
	for (i = 0; i < n && st->error == 0; i++) {
		for (k = 0; k < row[i].n; k++) {
			sqlite3_bind_text(q, 1, row[i].what, -1,
			    SQLITE_STATIC);
			sqlite3_bind_int64(q, 2, (sqlite3_int64)k);
			sqlite3_bind_text(q, 3, row[i].name(k), -1,
			    SQLITE_STATIC);
			insert(st, q);
		}
	}
	sqlite3_finalize(q);
}

/* A record of a program of its own has no job. */
static void
job(struct ana_store *st, const struct ana_snapshot *s)
{
	static const struct wl_job none;
	sqlite3_stmt *q;
	char key[96], *set;
	size_t i, n, room = sizeof(s->job.replay);

	if (memcmp(&s->job, &none, sizeof(none)) == 0)
		return;
	q = inserter(st, "job", 3);
	set = malloc(room);
	if (set == NULL)
		ana_store_fail(st, ENOMEM, "no memory to save it");
	(void)wl_keys(&n);
	for (i = 0; i < n && st->error == 0; i++) {
		if (!wl_job_get(&s->job, i, key, sizeof(key), set, room))
			continue;
		sqlite3_bind_int64(q, 1, (sqlite3_int64)i + 1);
		text(st, q, 2, key, sizeof(key));
		text(st, q, 3, set, room);
		insert(st, q);
	}
	free(set);
	sqlite3_finalize(q);
}

static void
seal(struct ana_store *st, const char *schema)
{
	sqlite3_stmt *q = inserter(st, "seal", 2);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)ana_store_sum_text(schema));
	sqlite3_bind_int64(q, 2, (sqlite3_int64)st->sum);
	insert(st, q);
	sqlite3_finalize(q);
}

/* In the order in which the reader reads, for the sum's sake. */
static void
fill(struct ana_store *st, const struct ana_snapshot *s)
{
	const struct ana_store_table *t;
	const struct ana_store_list *l;
	sqlite3_stmt *q = inserter(st, "fact", 3);
	size_t i, n;

	t = ana_store_tables(&n);
	for (i = 0; i < n && st->error == 0; i++) {
		if (t[i].kind == ANA_STORE_FACTS)
			facts(st, s, q, &t[i]);
		else if (t[i].kind == ANA_STORE_TABLE)
			table(st, s, &t[i]);
		else
			part(st, s, &t[i]);
	}
	sqlite3_finalize(q);
	l = ana_store_lists(&n);
	for (i = 0; i < n && st->error == 0; i++)
		list(st, s, &l[i]);
	if (st->error == 0)
		buckets(st, s);
	if (st->error == 0)
		job(st, s);
	if (st->error == 0)
		names(st);
}

/* What was found: for those who ask SQLite; not read back. */
static void
findings(struct ana_store *st, const struct ana_result *r)
{
	sqlite3_stmt *q = inserter(st, "finding", 6);
	const struct ana_finding *f;
	size_t i;

	for (i = 0; i < r->nfindings && st->error == 0; i++) {
		f = r->findings[i];
		sqlite3_bind_int64(q, 1, (sqlite3_int64)i + 1);
		sqlite3_bind_text(q, 2, ana_level_name(f->level), -1,
		    SQLITE_STATIC);
		sqlite3_bind_text(q, 3, ana_status_name(f->status), -1,
		    SQLITE_STATIC);
		sqlite3_bind_text(q, 4, f->name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 5, (sqlite3_int64)f->count);
		sqlite3_bind_text(q, 6, f->what, -1, SQLITE_STATIC);
		insert(st, q);
	}
	sqlite3_finalize(q);
}

static void
verdict(struct ana_store *st, const struct ana_result *r)
{
	sqlite3_stmt *q = inserter(st, "verdict", 2);

	sqlite3_bind_text(q, 1, r->verdict, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)ana_exit_code(r));
	insert(st, q);
	sqlite3_finalize(q);
}

static void
build(struct ana_store *st, const struct ana_snapshot *s,
    const struct ana_result *r)
{
	char *schema = ana_store_schema(), sql[128];

	if (schema == NULL) {
		ana_store_fail(st, ENOMEM, "no memory to save it");
		return;
	}
	if (sqlite3_open_v2(":memory:", &st->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		failed(st);
	snprintf(sql, sizeof(sql), "PRAGMA encoding='UTF-8';"
	    "PRAGMA application_id=%d;PRAGMA user_version=%d;BEGIN",
	    ANA_STORE_APP, ANA_STORE_VERSION);
	execute(st, sql);
	execute(st, schema);
	if (st->error == 0)
		fill(st, s);
	if (st->error == 0 && r != NULL) {
		findings(st, r);
		verdict(st, r);
	}
	if (st->error == 0)
		seal(st, schema);
	execute(st, "COMMIT");
	free(schema);
}

int
ana_store_image(const struct ana_snapshot *s, const struct ana_result *r,
    const char *path, unsigned char **image, size_t *len, char why[ANA_WHY])
{
	struct ana_store st = {
		.path = path, .sum = ana_store_sum_text(""), .why = why
	};
	sqlite3_int64 size = 0;

	*image = NULL;
	build(&st, s, r);
	if (st.error == 0) {
		*image = sqlite3_serialize(st.db, "main", &size, 0);
		if (*image == NULL)
			ana_store_fail(&st, ENOMEM, "no memory to save it");
	}
	*len = (size_t)size;
	sqlite3_close(st.db);
	return st.error;
}

int
ana_snapshot_save(const struct ana_snapshot *s, const struct ana_result *r,
    const char *path, bool fresh, char why[ANA_WHY])
{
	unsigned char *image;
	size_t len;
	int error;

	error = ana_store_image(s, r, path, &image, &len, why);
	if (error != 0)
		return error;
	error = ana_publish(path, image, len, fresh);
	sqlite3_free(image);
	if (error != 0)
		snprintf(why, ANA_WHY, "%.250s: not saved: %s", path,
		    strerror(error));
	return error;
}

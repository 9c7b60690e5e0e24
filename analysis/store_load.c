/*
 * store_load.c: a snapshot from a file, which may be anybody's: whatever is in
 * it, the tables that come out are as a run could have left them.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/store_int.h"

static int
damaged(struct ana_store *st)
{
	int code = sqlite3_errcode(st->db);

	if (code == SQLITE_NOMEM)
		return ana_store_fail(st, ENOMEM, "no memory to read it");
	if (code == SQLITE_IOERR && sqlite3_system_errno(st->db) != 0)
		return ana_store_fail(st, sqlite3_system_errno(st->db),
		    "cannot be read: %s",
		    strerror(sqlite3_system_errno(st->db)));
	return ana_store_fail(st, EINVAL, "a damaged saved run: %s",
	    code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE ?
	    "something is missing" : sqlite3_errmsg(st->db));
}

static int
nomem(struct ana_store *st)
{
	return ana_store_fail(st, ENOMEM, "no memory to read it");
}

static sqlite3_stmt *
prepare(struct ana_store *st, const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (st->error == 0 &&
	    sqlite3_prepare_v2(st->db, sql, -1, &q, NULL) != SQLITE_OK)
		damaged(st);
	return q;
}

/* => is there a row? */
static bool
step(struct ana_store *st, sqlite3_stmt *q)
{
	int code;

	if (st->error != 0)
		return false;
	code = sqlite3_step(q);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		damaged(st);
	return code == SQLITE_ROW;
}

/* => one number of the first row */
static bool
one(struct ana_store *st, const char *sql, uint64_t *v)
{
	sqlite3_stmt *q = prepare(st, sql);
	bool got = q != NULL && step(st, q);

	if (got)
		*v = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return got;
}

/* ---- values ---- */

static uint64_t
number(struct ana_store *st, sqlite3_stmt *q, int at)
{
	uint64_t v = (uint64_t)sqlite3_column_int64(q, at);

	if (sqlite3_column_type(q, at) != SQLITE_INTEGER)
		ana_store_fail(st, EINVAL, "a damaged saved run: %s is no "
		    "number", sqlite3_column_name(q, at));
	ana_store_sum(st, &v, sizeof(v));
	return v;
}

/* => buf holds it, and the rest of buf is zero */
static void
text(struct ana_store *st, sqlite3_stmt *q, int at, char *buf, size_t size)
{
	const char *s = (const char *)sqlite3_column_text(q, at);
	size_t len = (size_t)sqlite3_column_bytes(q, at);

	memset(buf, 0, size);
	if (s == NULL || sqlite3_column_type(q, at) != SQLITE_TEXT ||
	    len >= size || memchr(s, '\0', len) != NULL) {
		ana_store_fail(st, EINVAL, "a damaged saved run: %s is no "
		    "text of less than %zu bytes", sqlite3_column_name(q, at),
		    size);
		return;
	}
	memcpy(buf, s, len);
	ana_store_sum(st, s, len);
	ana_store_sum(st, "", 1);
}

void
ana_store_put(const struct ana_store_col *c, char *row, uint64_t v)
{
	uint32_t word = (uint32_t)v;
	uint8_t byte = (uint8_t)v;

	if (c->size == sizeof(v))
		memcpy(row + c->offset, &v, sizeof(v));
	else if (c->size == sizeof(word))
		memcpy(row + c->offset, &word, sizeof(word));
	else
		memcpy(row + c->offset, &byte, sizeof(byte));
}

static void
value(struct ana_store *st, sqlite3_stmt *q, int at,
    const struct ana_store_table *t, const struct ana_store_col *c, char *row)
{
	int64_t sign;
	uint64_t v;

	if (c->type == ANA_COL_TEXT) {
		text(st, q, at, row + c->offset, c->size);
		return;
	}
	v = number(st, q, at);
	memcpy(&sign, &v, sizeof(sign));
	if (c->type == ANA_COL_INT ? sign < INT32_MIN || sign > INT32_MAX :
	    v > c->max)
		ana_store_fail(st, EINVAL, "a damaged saved run: %s.%s is "
		    "%lld, out of range", t->name, c->name, (long long)sign);
	ana_store_put(c, row, v);
}

/* ---- tables ---- */

static void
facts(struct ana_store *st, struct ana_snapshot *s,
    const struct ana_store_table *t)
{
	sqlite3_stmt *q = prepare(st,
	    "SELECT value FROM fact WHERE part = ? AND name = ?");
	size_t i, n;
	char *row = ana_store_rows(s, t, &n);

	for (i = 0; i < t->ncols && st->error == 0; i++) {
		sqlite3_bind_text(q, 1, t->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 2, t->col[i].name, -1, SQLITE_STATIC);
		if (step(st, q))
			value(st, q, 0, t, &t->col[i], row);
		else
			ana_store_fail(st, EINVAL, "a damaged saved run: "
			    "there is no fact %s %s", t->name, t->col[i].name);
		sqlite3_reset(q);
	}
	sqlite3_finalize(q);
}

/* => "SELECT first,columns FROM table ORDER BY first" */
static sqlite3_stmt *
selecter(struct ana_store *st, const struct ana_store_table *t,
    const char *first)
{
	char *sql = NULL;
	sqlite3_stmt *q;
	size_t i, len;
	FILE *out;

	out = open_memstream(&sql, &len);
	if (out == NULL) {
		nomem(st);
		return NULL;
	}
	fprintf(out, "SELECT %s", first);
	for (i = 0; i < t->ncols; i++)
		fprintf(out, ",\"%s\"", t->col[i].name);
	fprintf(out, " FROM %s ORDER BY %s", t->name, first);
	if (fclose(out) != 0) {
		nomem(st);
		return NULL;
	}
	q = prepare(st, sql);
	free(sql);
	return q;
}

static void
row_of(struct ana_store *st, sqlite3_stmt *q, int at,
    const struct ana_store_table *t, char *row)
{
	size_t i;

	for (i = 0; i < t->ncols && st->error == 0; i++)
		value(st, q, at + (int)i, t, &t->col[i], row);
}

/* => room for one more row, zeroed; rows double */
static char *
more(struct ana_store *st, void **rows, size_t *n, size_t *room, size_t size)
{
	void *bigger = *rows;
	char *row;

	if (*n == *room) {
		*room = *room == 0 ? 16 : *room * 2;
		bigger = reallocarray(*rows, *room, size);
		if (bigger == NULL) {
			nomem(st);
			return NULL;
		}
		*rows = bigger;
	}
	row = (char *)bigger + (*n)++ * size;
	memset(row, 0, size);
	return row;
}

static bool
grows(const struct ana_store_table *t, const char *row)
{
	return ana_store_number(&t->col[0], row) >
	    ana_store_number(&t->col[0], row - t->size);
}

static void
table(struct ana_store *st, struct ana_snapshot *s,
    const struct ana_store_table *t)
{
	sqlite3_stmt *q = selecter(st, t, "row");
	size_t n = 0, room = 0;
	void *rows = NULL;
	char *row;

	while (q != NULL && step(st, q)) {
		if (n == t->max ||
		    sqlite3_column_int64(q, 0) != (sqlite3_int64)n + 1) {
			ana_store_fail(st, EINVAL, "a damaged saved run: row "
			    "%zu of %s is not there", n + 1, t->name);
			break;
		}
		row = more(st, &rows, &n, &room, t->size);
		if (row == NULL)
			break;
		row_of(st, q, 1, t, row);
		if (t->sorted && n > 1 && st->error == 0 && !grows(t, row))
			ana_store_fail(st, EINVAL, "a damaged saved run: row "
			    "%zu of %s is out of order", n, t->name);
	}
	sqlite3_finalize(q);
	memcpy((char *)s + t->rows, &rows, sizeof(rows));
	memcpy((char *)s + t->n, &n, sizeof(n));
}

/*
 * Where the parts of a table go: into the rows themselves, or, of dep_held,
 * into one array behind which the rows point.
 */
struct place {
	const struct ana_store_table *t, *of;
	char		*rows;
	size_t		n;		/* rows of the other table */
	size_t		at, pos;	/* where we are in them */
	size_t		want;		/* parts that this one should have */
	void		*beside;
	size_t		nbeside, room;
};

/* => moves on to the next row that has parts; false: there is none */
static bool
next_place(struct place *p)
{
	while (p->pos == p->want) {
		if (p->at == p->n)
			return false;
		(void)ana_store_part(p->t, p->rows + p->at * p->of->size,
		    &p->want);
		p->at++;
		p->pos = 0;
	}
	return true;
}

static char *
room_at(struct ana_store *st, struct place *p)
{
	char *row = p->rows + (p->at - 1) * p->of->size;
	size_t n;

	if (p->t->beside)
		return more(st, &p->beside, &p->nbeside, &p->room,
		    p->t->size);
	return (char *)ana_store_part(p->t, row, &n) + p->pos * p->t->size;
}

static void
missing(struct ana_store *st, const struct place *p)
{
	ana_store_fail(st, EINVAL, "a damaged saved run: %s %zu of row %zu of "
	    "%s is not there", p->t->name, p->pos, p->at, p->of->name);
}

static void
parts(struct ana_store *st, struct place *p)
{
	sqlite3_stmt *q;
	char keys[64];
	char *row;

	snprintf(keys, sizeof(keys), "%s_row,pos", p->of->name);
	q = selecter(st, p->t, keys);
	while (q != NULL && step(st, q)) {
		if (!next_place(p)) {
			ana_store_fail(st, EINVAL, "a damaged saved run: more "
			    "rows of %s than there should be", p->t->name);
			break;
		}
		if (sqlite3_column_int64(q, 0) != (sqlite3_int64)p->at ||
		    sqlite3_column_int64(q, 1) != (sqlite3_int64)p->pos) {
			missing(st, p);
			break;
		}
		row = room_at(st, p);
		if (row == NULL)
			break;
		p->pos++;
		row_of(st, q, 2, p->t, row);
	}
	sqlite3_finalize(q);
	if (st->error == 0 && next_place(p))
		missing(st, p);
}

/* Rows of deps point to their part of dep_held, once it no longer moves. */
static void
point_beside(struct ana_snapshot *s, struct place *p)
{
	size_t i, at = 0;

	s->dep_held = p->beside;
	s->ndep_held = p->nbeside;
	for (i = 0; i < s->ndeps; i++) {
		s->deps[i].held = s->deps[i].nheld == 0 ? NULL :
		    &s->dep_held[at];
		at += s->deps[i].nheld;
	}
}

static void
part(struct ana_store *st, struct ana_snapshot *s,
    const struct ana_store_table *t)
{
	struct place p = { .t = t, .of = ana_store_of(t) };

	p.rows = ana_store_rows(s, p.of, &p.n);
	parts(st, &p);
	if (!t->beside)
		return;
	if (st->error == 0)
		point_beside(s, &p);
	else
		free(p.beside);
}

/* ---- tables of a shape of their own ---- */

static void
buckets(struct ana_store *st, struct ana_snapshot *s)
{
	sqlite3_stmt *q = prepare(st, "SELECT hist_row,bucket,n FROM "
	    "hist_bucket ORDER BY hist_row,bucket");
	uint64_t hist, bucket, n;

	while (q != NULL && step(st, q)) {
		hist = number(st, q, 0);
		bucket = number(st, q, 1);
		n = number(st, q, 2);
		if (hist == 0 || hist > s->nhists || bucket >= LK_HIST_N) {
			ana_store_fail(st, EINVAL, "a damaged saved run: "
			    "hist_bucket of no histogram");
			break;
		}
		s->hists[hist - 1].hist.b[bucket] = n;
	}
	sqlite3_finalize(q);
}

static void
list(struct ana_store *st, struct ana_snapshot *s,
    const struct ana_store_list *l)
{
	char sql[160];
	sqlite3_stmt *q;
	uint64_t *v;
	size_t i, k;
	int at;

	at = snprintf(sql, sizeof(sql), "SELECT %s", l->col[0]);
	for (k = 1; k < l->ncols; k++)
		at += snprintf(sql + at, sizeof(sql) - (size_t)at, ",%s",
		    l->col[k]);
	snprintf(sql + at, sizeof(sql) - (size_t)at,
	    " FROM %s WHERE name = ?", l->name);
	q = prepare(st, sql);
	for (i = 0; i < l->n && st->error == 0; i++) {
		sqlite3_bind_text(q, 1, l->row(i), -1, SQLITE_STATIC);
		v = l->value(s, i);
		if (!step(st, q))
			ana_store_fail(st, EINVAL, "a damaged saved run: "
			    "there is no %s %s", l->name, l->row(i));
		for (k = 0; k < l->ncols && st->error == 0; k++)
			v[k] = number(st, q, (int)k);
		sqlite3_reset(q);
	}
	sqlite3_finalize(q);
}

static void
job_row(struct ana_store *st, struct ana_snapshot *s, sqlite3_stmt *q,
    char *set, size_t room)
{
	struct wl_error err;
	char key[96];

	text(st, q, 0, key, sizeof(key));
	text(st, q, 1, set, room);
	memset(&err, 0, sizeof(err));
	if (st->error == 0 && wl_job_set(&s->job, key, set, &err) != 0)
		ana_store_fail(st, EINVAL, "a damaged saved run: job key "
		    "%.60s: %.100s", key, err.what);
}

static void
job(struct ana_store *st, struct ana_snapshot *s)
{
	sqlite3_stmt *q = prepare(st, "SELECT key,value FROM job ORDER BY "
	    "rank");
	size_t room = sizeof(s->job.replay);
	char *set = malloc(room);
	bool first = true;

	if (set == NULL)
		nomem(st);
	while (q != NULL && step(st, q)) {
		if (first)
			wl_job_default(&s->job);
		first = false;
		job_row(st, s, q, set, room);
	}
	s->job.vm.scheme = NULL;
	s->job.vm.subject = NULL;
	free(set);
	sqlite3_finalize(q);
}

/* ---- the file ---- */

/* => is it a file that SQLite could have written, and ours? */
static void
look(struct ana_store *st)
{
	uint64_t app = 0, version = 0, sum = 0;
	char *schema = ana_store_schema();

	if (schema == NULL) {
		nomem(st);
		return;
	}
	if (one(st, "PRAGMA application_id", &app) && app != ANA_STORE_APP)
		ana_store_fail(st, EINVAL, "no saved run, but another SQLite "
		    "file");
	if (one(st, "PRAGMA user_version", &version) &&
	    version != ANA_STORE_VERSION)
		ana_store_fail(st, EINVAL, "saved by %s amapstorm "
		    "(version %llu of the file; this one reads %d)",
		    version > ANA_STORE_VERSION ? "a newer" : "an older",
		    (unsigned long long)version, ANA_STORE_VERSION);
	/* a view in place of a table could do anything */
	if (one(st, "SELECT count(*) FROM sqlite_master WHERE type NOT IN "
	    "('table', 'index')", &sum) && sum != 0)
		ana_store_fail(st, EINVAL, "a damaged saved run: there are "
		    "views or triggers in it");
	if (!one(st, "SELECT schema FROM seal", &sum))
		damaged(st);
	else if (sum != ana_store_sum_text(schema))
		ana_store_fail(st, EINVAL, "saved by another version of "
		    "amapstorm: its tables are not these");
	free(schema);
}

void
ana_store_table(struct ana_store *st, struct ana_snapshot *s,
    const struct ana_store_table *t)
{
	if (t->kind == ANA_STORE_FACTS)
		facts(st, s, t);
	else if (t->kind == ANA_STORE_TABLE)
		table(st, s, t);
	else
		part(st, s, t);
}

void
ana_store_others(struct ana_store *st, struct ana_snapshot *s)
{
	const struct ana_store_list *l;
	size_t i, n;

	l = ana_store_lists(&n);
	for (i = 0; i < n && st->error == 0; i++)
		list(st, s, &l[i]);
	if (st->error == 0)
		buckets(st, s);
	if (st->error == 0)
		job(st, s);
}

void
ana_store_fill(struct ana_store *st, struct ana_snapshot *s, bool sealed)
{
	const struct ana_store_table *t;
	uint64_t sum;
	size_t i, n;

	t = ana_store_tables(&n);
	for (i = 0; i < n && st->error == 0; i++)
		ana_store_table(st, s, &t[i]);
	ana_store_others(st, s);
	if (!one(st, "SELECT sum FROM seal", &sum))
		damaged(st);
	else if (sealed && sum != st->sum)
		ana_store_fail(st, EINVAL, "a damaged saved run: what is in "
		    "it was changed");
}

/*
 * => an URI that has SQLite read this file as it is: no locks, no journals,
 *    nothing made beside it
 */
static char *
uri_of(const char *path)
{
	char *uri = malloc(3 * strlen(path) + 32), *to;

	if (uri == NULL)
		return NULL;
	to = stpcpy(uri, "file:");
	for (; *path != '\0'; path++)
		to += sprintf(to, strchr("%?#", *path) != NULL ? "%%%02x" :
		    "%c", *path);
	strcpy(to, "?immutable=1");
	return uri;
}

static void
open_it(struct ana_store *st)
{
	char *uri = uri_of(st->path);

	if (uri == NULL) {
		nomem(st);
		return;
	}
	if (sqlite3_open_v2(uri, &st->db, SQLITE_OPEN_READONLY |
	    SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		damaged(st);
	free(uri);
	if (st->db == NULL)
		return;
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(st->db, SQLITE_LIMIT_LENGTH, 1 << 20);
	if (st->error == 0 && sqlite3_exec(st->db,
	    "PRAGMA cell_size_check=ON", NULL, NULL, NULL) != SQLITE_OK)
		damaged(st);
}

/* => the plain reasons before SQLite's */
static void
first_look(struct ana_store *st)
{
	static const char magic[16] = "SQLite format 3";
	char head[sizeof(magic)];
	struct stat sb;
	ssize_t got;
	int fd;

	fd = open(st->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &sb) != 0)
		ana_store_fail(st, errno, "%s", strerror(errno));
	else if (!S_ISREG(sb.st_mode))
		ana_store_fail(st, EINVAL, "no file, so no saved run");
	else if ((got = pread(fd, head, sizeof(head), 0)) < 0)
		ana_store_fail(st, errno, "cannot be read: %s",
		    strerror(errno));
	else if (got == 0)
		ana_store_fail(st, EINVAL, "empty, so no saved run");
	else if (got < (ssize_t)sizeof(head) ||
	    memcmp(head, magic, sizeof(magic)) != 0)
		ana_store_fail(st, EINVAL, "no saved run (amapstorm run "
		    "makes them)");
	if (fd >= 0)
		close(fd);
}

void
ana_store_begin(struct ana_store *st)
{
	first_look(st);
	if (st->error == 0)
		open_it(st);
	if (st->error == 0)
		look(st);
}

int
ana_store_load(const char *path, bool sealed, struct ana_snapshot **out,
    char why[ANA_WHY])
{
	struct ana_store st = {
		.path = path, .sum = ana_store_sum_text(""), .why = why
	};
	struct ana_snapshot *s = NULL;

	*out = NULL;
	ana_store_begin(&st);
	if (st.error == 0 && (s = calloc(1, sizeof(*s))) == NULL)
		nomem(&st);
	if (st.error == 0)
		ana_store_fill(&st, s, sealed);
	sqlite3_close(st.db);
	if (st.error == 0)
		*out = s;
	else
		ana_snapshot_free(s);
	return st.error;
}

int
ana_snapshot_load(const char *path, struct ana_snapshot **out,
    char why[ANA_WHY])
{
	return ana_store_load(path, true, out, why);
}

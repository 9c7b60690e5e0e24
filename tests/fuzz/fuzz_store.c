/*
 * A saved run in which anything was changed: it is read, with all numbers and
 * texts within their bounds, or refused with one line.
 *
 * The run here is a small one with rows in all tables, served by a SQLite of
 * our own: what the reader prepares is answered from the snapshot below and
 * from the input, which says what is read, and is a list of edits then:
 *
 *	which | table row column how ... | table row column how ... |
 *
 *	which	one table, and all edits are of it; or those of other shapes
 *	how	a value and its bytes, or what befalls the row
 *
 * So a column may hold what no CHECK or STRICT would let in, each row may be
 * missing, moved or there a thousand times, and any step may fail.  Whole files
 * with damaged bytes, through SQLite itself: tests/analysis/store.c.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/store_int.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define NROWS	2		/* of each table */
#define NPARTS	2		/* of each row that has any */
#define NEDITS	16
#define MANY	300		/* rows that one edit can add */
#define OTHERS	255		/* which: not of store.def */

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* ---- the run ---- */

static struct ana_snapshot run;

/* => the first column of a sorted table grows */
static void
fill_row(const struct ana_store_table *t, char *row, size_t i)
{
	const struct ana_store_col *c;
	size_t k;

	for (k = 0; k < t->ncols; k++) {
		c = &t->col[k];
		if (c->type == ANA_COL_TEXT)
			memcpy(row + c->offset, "text", 5);
		else if (c->type == ANA_COL_INT || i + k < c->max)
			ana_store_put(c, row, i + k);
		else
			ana_store_put(c, row, c->max);
	}
}

static void
make_rows(const struct ana_store_table *t)
{
	size_t n = NROWS, i;
	char *rows;

	if (t->kind == ANA_STORE_FACTS)
		n = 1;
	else {
		rows = calloc(n, t->size);
		check(rows != NULL);
		memcpy((char *)&run + t->rows, &rows, sizeof(rows));
		memcpy((char *)&run + t->n, &n, sizeof(n));
	}
	rows = ana_store_rows(&run, t, &n);
	for (i = 0; i < n; i++)
		fill_row(t, rows + i * t->size, i + 1);
}

static void
make_parts(const struct ana_store_table *t)
{
	const struct ana_store_table *of = ana_store_of(t);
	uint32_t count = NPARTS < t->max ? NPARTS : (uint32_t)t->max;
	size_t n, nparts, i, k;
	char *row, *at;

	row = ana_store_rows(&run, of, &n);
	for (i = 0; i < n; i++, row += of->size) {
		memcpy(row + t->n, &count, sizeof(count));
		if (t->beside) {
			at = calloc(count, t->size);
			check(at != NULL);
			memcpy(row + t->rows, &at, sizeof(at));
		}
		at = ana_store_part(t, row, &nparts);
		for (k = 0; k < nparts; k++)
			fill_row(t, at + k * t->size, k);
	}
}

static void
make_run(void)
{
	const struct ana_store_table *t;
	size_t i, n;

	t = ana_store_tables(&n);
	for (i = 0; i < n; i++) {
		if (t[i].kind != ANA_STORE_PART)
			make_rows(&t[i]);
	}
	for (i = 0; i < n; i++) {
		if (t[i].kind == ANA_STORE_PART)
			make_parts(&t[i]);
	}
	for (i = 0; i < run.nhists; i++)
		run.hists[i].hist.b[i] = 1;
}

/* ---- what was changed ---- */

enum how {			/* values first */
	H_SMALL, H_WORD, H_NUMBER, H_MAX, H_ABOVE, H_TEXT, H_LONG, H_BLOB,
	H_NULL, H_REAL,
	/* of a row: it is not there; so many come before it; reading it fails */
	H_GONE, H_MORE, H_FAILS,
	NHOW
};

struct edit {
	uint8_t		table, row, col;
	enum how	how;
	uint64_t	number;
	const uint8_t	*text;
	size_t		len;
};

struct input {
	const uint8_t	*at, *end;
};

static struct edit edits[NEDITS];
static size_t nedits;

static uint64_t
take(struct input *in, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 | (in->at < in->end ? *in->at++ : 0);
	return v;
}

static void
take_edit(struct input *in, struct edit *e)
{
	static const uint8_t bytes[NHOW] = {
		[H_SMALL] = 1, [H_WORD] = 2, [H_NUMBER] = 8, [H_TEXT] = 1,
		[H_LONG] = 2, [H_BLOB] = 1, [H_REAL] = 4, [H_MORE] = 2,
		[H_FAILS] = 1
	};
	size_t left;

	e->table = (uint8_t)take(in, 1);
	e->row = (uint8_t)take(in, 1);
	e->col = (uint8_t)take(in, 1);
	e->how = (enum how)(take(in, 1) % NHOW);
	e->number = take(in, bytes[e->how]);
	left = (size_t)(in->end - in->at);
	e->text = in->at;
	e->len = 0;
	if (e->how == H_TEXT || e->how == H_BLOB) {
		e->len = e->number < left ? (size_t)e->number : left;
		in->at += e->len;
	}
}

/* ---- SQLite ---- */

/*
 * What is asked for: a table of store.def, or the part of fact, a list, or a
 * table of a shape of its own.  Each has a number, by which edits name it.
 */
enum { Q_FACT = 200, Q_BUCKET, Q_JOB, Q_LIST };
#define Q_NOTHERS	5	/* from Q_BUCKET on, with three lists */
#define ROW_PREPARE	255	/* of an edit: no row, but the question */

struct sqlite3 {
	int		code;
};
struct sqlite3_stmt {
	unsigned	number;		/* and 1; 0: unused */
	const struct ana_store_table *t;	/* tables and facts */
	const struct ana_store_table *owner;	/* of parts */
	const struct ana_store_list *l;
	const char	*rows;		/* in the run, of t or of its owner */
	size_t		nrows;
	size_t		keys;		/* columns before those of t */
	size_t		row;		/* this one: from 1 on, of names from 0 */
	size_t		next;		/* name that will be asked for */
	size_t		of, pos;	/* parts: in which row, where */
	uint64_t	more;		/* rows yet to come before it */
	const char	*part, *name;	/* bound */
};

static struct sqlite3 db;
static struct sqlite3_stmt stmts[4];	/* at a time */

static const struct ana_store_table *
table_of(const char *name, bool facts, unsigned *number)
{
	const struct ana_store_table *t;
	size_t i, n;

	t = ana_store_tables(&n);
	for (i = 0; i < n; i++) {
		if (facts == (t[i].kind == ANA_STORE_FACTS) &&
		    strcmp(t[i].name, name) == 0) {
			*number = (unsigned)i + 1;
			return &t[i];
		}
	}
	return NULL;
}

static void
ask(struct sqlite3_stmt *q, const char *name)
{
	size_t i, n;

	memset(q, 0, sizeof(*q));
	q->t = table_of(name, false, &q->number);
	if (q->t != NULL) {
		q->owner = ana_store_of(q->t);
		q->keys = q->owner != NULL ? 2 : 1;
		q->rows = ana_store_rows(&run, q->owner != NULL ? q->owner :
		    q->t, &q->nrows);
		return;
	}
	q->l = ana_store_lists(&n);
	for (i = 0; i < n; i++, q->l++) {
		if (strcmp(q->l->name, name) == 0) {
			q->number = Q_LIST + (unsigned)i + 1;
			return;
		}
	}
	q->l = NULL;
	q->number = 1 + (strcmp(name, "fact") == 0 ? Q_FACT :
	    strcmp(name, "job") == 0 ? Q_JOB : Q_BUCKET);
}

/* => the edit of this row and column, the last one */
static const struct edit *
edited(const struct sqlite3_stmt *q, size_t row, int col)
{
	const struct edit *e;

	for (e = edits + nedits; e > edits; e--) {
		if (e[-1].table + 1U == q->number && e[-1].row == row &&
		    (col < 0 ? e[-1].how >= H_GONE : e[-1].how < H_GONE &&
		    e[-1].col == col))
			return &e[-1];
	}
	return NULL;
}

int
sqlite3_prepare_v2(sqlite3 *of, const char *sql, int len, sqlite3_stmt **out,
    const char **tail)
{
	const char *from = strstr(sql, " FROM ");
	char name[64];
	size_t i;

	(void)of, (void)len, (void)tail;
	check(from != NULL);
	from += strlen(" FROM ");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(from, " "), from);
	for (i = 0; i < 4 && stmts[i].number != 0; i++)
		;
	check(i < 4);
	ask(&stmts[i], name);
	if (edited(&stmts[i], ROW_PREPARE, -1) != NULL) {
		stmts[i].number = 0;
		*out = NULL;
		return db.code = SQLITE_CORRUPT;
	}
	*out = &stmts[i];
	return db.code = SQLITE_OK;
}

int
sqlite3_finalize(sqlite3_stmt *q)
{
	if (q != NULL)
		q->number = 0;
	return SQLITE_OK;
}

int
sqlite3_bind_text(sqlite3_stmt *q, int at, const char *text, int len,
    void (*done)(void *))
{
	(void)len, (void)done;
	if (at == 1)
		q->part = text;
	q->name = text;
	return SQLITE_OK;
}

/* A row that a name asks for, once.  The reader asks in their order. */
static bool
named(struct sqlite3_stmt *q)
{
	const char *name = q->name;
	size_t n;

	if (name == NULL)
		return false;
	q->name = NULL;
	if (q->l != NULL) {
		q->row = q->next;
		q->next = (q->row + 1) % q->l->n;
		check(strcmp(q->l->row(q->row), name) == 0);
		return true;
	}
	if (q->t == NULL || strcmp(q->t->name, q->part) != 0) {
		q->t = table_of(q->part, true, &q->number);
		check(q->t != NULL);
		q->rows = ana_store_rows(&run, q->t, &n);
	}
	q->row = q->next;
	q->next = (q->row + 1) % q->t->ncols;
	check(strcmp(q->t->col[q->row].name, name) == 0);
	return true;
}

static void *
row_at(const struct sqlite3_stmt *q, size_t i)
{
	size_t size = q->owner != NULL ? q->owner->size : q->t->size;

	return (char *)(uintptr_t)q->rows + i * size;
}

/* Rows of a table, or of parts of the rows of another. */
static bool
next_row(struct sqlite3_stmt *q)
{
	size_t nparts;

	q->row++;
	if (q->owner == NULL)
		return q->row <= q->nrows;
	for (q->pos++; q->of <= q->nrows; q->of++, q->pos = 0) {
		if (q->of == 0)
			continue;
		(void)ana_store_part(q->t, row_at(q, q->of - 1), &nparts);
		if (q->pos < nparts)
			break;
	}
	return q->of <= q->nrows;
}

static bool
advance(struct sqlite3_stmt *q)
{
	switch (q->number - 1) {
	case Q_BUCKET:
		return q->row++ < run.nhists;
	case Q_JOB:
		return q->row++ < 1;
	default:
		return q->l != NULL || q->t == NULL || q->t->kind ==
		    ANA_STORE_FACTS ? named(q) : next_row(q);
	}
}

int
sqlite3_step(sqlite3_stmt *q)
{
	static const int codes[] = {
		SQLITE_CORRUPT, SQLITE_NOMEM, SQLITE_IOERR, SQLITE_NOTADB,
		SQLITE_BUSY, SQLITE_INTERRUPT, SQLITE_FULL, SQLITE_MISUSE
	};
	const struct edit *e;

	if (q->more != 0) {
		q->more--;
		q->row++;
		q->pos++;
		return db.code = SQLITE_ROW;
	}
	for (;;) {
		if (!advance(q))
			return db.code = SQLITE_DONE;
		e = edited(q, q->row, -1);
		if (e == NULL)
			return db.code = SQLITE_ROW;
		if (e->how == H_FAILS)
			return db.code = codes[e->number % 8];
		if (e->how == H_MORE) {
			q->more = e->number % MANY;
			return db.code = SQLITE_ROW;
		}
	}
}

int
sqlite3_reset(sqlite3_stmt *q)
{
	q->more = 0;
	return SQLITE_OK;
}

int
sqlite3_errcode(sqlite3 *of)
{
	return of->code;
}

const char *
sqlite3_errmsg(sqlite3 *of)
{
	(void)of;
	return "two\nlines";
}

int
sqlite3_system_errno(sqlite3 *of)
{
	(void)of;
	return EIO;
}

int
sqlite3_close(sqlite3 *of)
{
	(void)of;
	return SQLITE_OK;
}

/* ---- columns of a row ---- */

struct cell {
	int		type;
	int64_t		number;
	const char	*text;
	size_t		len;
};

static const char *
the_text(const char *text, struct cell *to)
{
	to->type = SQLITE_TEXT;
	to->text = text;
	to->len = strlen(text);
	return text;
}

static void
of_key(const struct sqlite3_stmt *q, size_t at, struct cell *to)
{
	to->number = (int64_t)(q->owner == NULL ? q->row : at == 0 ? q->of :
	    q->pos);
}

/* Extra rows have what the others have; the first column grows. */
static void
of_table(const struct sqlite3_stmt *q, size_t at, struct cell *to)
{
	const struct ana_store_col *c = &q->t->col[at];
	size_t nparts;
	char *row;

	if (q->owner != NULL) {
		row = ana_store_part(q->t, row_at(q, q->of - 1), &nparts);
		row += q->pos % nparts * q->t->size;
	} else
		row = row_at(q, q->t->kind == ANA_STORE_FACTS ? 0 :
		    (q->row - 1) % q->nrows);
	if (c->type == ANA_COL_TEXT)
		the_text(row + c->offset, to);
	else if (q->t->sorted && at == 0)
		to->number = (int64_t)q->row;
	else
		to->number = (int64_t)ana_store_number(c, row);
}

static void
of_own(const struct sqlite3_stmt *q, int at, struct cell *to)
{
	to->number = 1;
	if (q->number - 1 == Q_JOB)
		the_text(at == 0 ? "run.threads" : "2", to);
	else if (q->number - 1 == Q_BUCKET && at < 2)
		to->number = (int64_t)q->row - at;
}

static const struct ana_store_col *
column(const struct sqlite3_stmt *q, int at)
{
	size_t k = q->t == NULL ? 0 : q->t->kind == ANA_STORE_FACTS ? q->row :
	    (size_t)at - q->keys;

	return q->t != NULL && k < q->t->ncols ? &q->t->col[k] : NULL;
}

/* The most that a column takes, or one more. */
static void
at_bound(const struct sqlite3_stmt *q, int at, bool above, struct cell *to)
{
	const struct ana_store_col *c = column(q, at);

	to->number = (int64_t)(c != NULL ? c->max : at == 0 ? NROWS :
	    LK_HIST_N - 1) + above;
	if (c != NULL && c->type == ANA_COL_TEXT) {
		to->type = SQLITE_TEXT;
		to->len = above ? c->size : c->size - 1;
	}
}

static void
of_edit(const struct sqlite3_stmt *q, int at, const struct edit *e,
    struct cell *to)
{
	static char letters[65536];

	if (letters[0] == '\0')
		memset(letters, 'x', sizeof(letters));
	to->number = (int64_t)e->number;
	to->text = letters;
	switch (e->how) {
	case H_MAX:
	case H_ABOVE:
		at_bound(q, at, e->how == H_ABOVE, to);
		break;
	case H_TEXT:
	case H_BLOB:
		to->type = e->how == H_TEXT ? SQLITE_TEXT : SQLITE_BLOB;
		to->text = (const char *)e->text;
		to->len = e->len;
		break;
	case H_LONG:
		to->type = SQLITE_TEXT;
		to->len = e->number % sizeof(letters);
		break;
	case H_NULL:
		to->type = SQLITE_NULL;
		to->text = NULL;
		break;
	case H_REAL:
		to->type = SQLITE_FLOAT;
		break;
	default:
		break;
	}
}

static void
cell(const struct sqlite3_stmt *q, int at, struct cell *to)
{
	const struct edit *e = edited(q, q->row, at);

	memset(to, 0, sizeof(*to));
	to->type = SQLITE_INTEGER;
	if (e != NULL)
		of_edit(q, at, e, to);
	else if (q->t == NULL)
		of_own(q, at, to);
	else if (q->t->kind == ANA_STORE_FACTS)
		of_table(q, q->row, to);
	else if ((size_t)at < q->keys)
		of_key(q, (size_t)at, to);
	else
		of_table(q, (size_t)at - q->keys, to);
}

int
sqlite3_column_type(sqlite3_stmt *q, int at)
{
	struct cell c;

	cell(q, at, &c);
	return c.type;
}

sqlite3_int64
sqlite3_column_int64(sqlite3_stmt *q, int at)
{
	struct cell c;

	cell(q, at, &c);
	return c.number;
}

/* Numbers become texts, as they do in SQLite. */
const unsigned char *
sqlite3_column_text(sqlite3_stmt *q, int at)
{
	struct cell c;

	cell(q, at, &c);
	return (const unsigned char *)(c.type == SQLITE_INTEGER ||
	    c.type == SQLITE_FLOAT ? "0" : c.text);
}

int
sqlite3_column_bytes(sqlite3_stmt *q, int at)
{
	struct cell c;

	cell(q, at, &c);
	return c.type == SQLITE_INTEGER || c.type == SQLITE_FLOAT ? 1 :
	    (int)c.len;
}

const char *
sqlite3_column_name(sqlite3_stmt *q, int at)
{
	(void)q, (void)at;
	return "column";
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
read_one(struct ana_store *st, struct ana_snapshot *s,
    const struct ana_store_table *t)
{
	if (t->kind == ANA_STORE_PART)
		ana_store_table(st, s, ana_store_of(t));
	if (st->error == 0)
		ana_store_table(st, s, t);
	if (st->error == 0)
		check_rows(t, s);
}

static void
read_others(struct ana_store *st, struct ana_snapshot *s)
{
	unsigned number;

	ana_store_table(st, s, table_of("hist", false, &number));
	if (st->error == 0)
		ana_store_others(st, s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, data + len };
	struct ana_snapshot *s = calloc(1, sizeof(*s));
	const struct ana_store_table *t;
	char why[ANA_WHY] = "";
	struct ana_store st = { .db = &db, .path = "fuzz", .why = why };
	size_t which = (size_t)take(&in, 1), n;
	struct edit *e;

	check(s != NULL);
	if (run.nhists == 0)
		make_run();
	t = ana_store_tables(&n);
	which = which < OTHERS ? which % n : which;
	for (nedits = 0; nedits < NEDITS && in.at < in.end; nedits++) {
		e = &edits[nedits];
		take_edit(&in, e);
		e->table = (uint8_t)(which < OTHERS ? which :
		    (size_t)Q_BUCKET + e->table % Q_NOTHERS);
	}
	if (which == OTHERS)
		read_others(&st, s);
	else
		read_one(&st, s, &t[which]);
	if (st.error != 0)
		check(nedits != 0 && why[0] != '\0' &&
		    strchr(why, '\n') == NULL);
	ana_snapshot_free(s);
	return 0;
}

/*
 * store.c: the tables of a saved run, made of store.def, and their schema.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/store_int.h"

#define FIELD(type, field)	offsetof(struct type, field),		\
	sizeof(((struct type *)0)->field)

/* The columns of each: name_cols. */
#define FACTS(part, type, at)						\
	static const struct ana_store_col part##_facts_cols[] = {
#define TABLE(name, type, rows, n, max, order, help)			\
	static const struct ana_store_col name##_cols[] = {
#define PART(name, type, of, oftype, rows, n, max, where, help)		\
	static const struct ana_store_col name##_cols[] = {
#define NUM(type, name, field, max, help)				\
	{ #name, help, ANA_COL_NUM, FIELD(type, field), max },
#define YES(type, name, field, help)					\
	{ #name, help, ANA_COL_NUM, FIELD(type, field), 1 },
#define INT(type, name, field, help)					\
	{ #name, help, ANA_COL_INT, FIELD(type, field), 0 },
#define TEXT(type, name, field, help)					\
	{ #name, help, ANA_COL_TEXT, FIELD(type, field), 0 },
#define END	};
#include "analysis/store.def"
#undef FACTS
#undef TABLE
#undef PART
#undef NUM
#undef YES
#undef INT
#undef TEXT
#undef END

#define COLS(cols)	(cols), sizeof(cols) / sizeof((cols)[0])
#define SORTED		true
#define UNSORTED	false
#define INSIDE		false
#define BESIDE		true
#define NUM(type, name, field, max, help)
#define YES(type, name, field, help)
#define INT(type, name, field, help)
#define TEXT(type, name, field, help)
#define END

static const struct ana_store_table tables[] = {
#define FACTS(part, type, at)						\
	{ ANA_STORE_FACTS, #part, "", NULL, COLS(part##_facts_cols),	\
	  sizeof(struct type), at, 0, 1, false, false },
#define TABLE(name, type, rows, n, max, order, help)			\
	{ ANA_STORE_TABLE, #name, help, NULL, COLS(name##_cols),	\
	  sizeof(struct type), offsetof(struct ana_snapshot, rows),	\
	  offsetof(struct ana_snapshot, n), max, order, false },
#define PART(name, type, of, oftype, rows, n, max, where, help)		\
	{ ANA_STORE_PART, #name, help, #of, COLS(name##_cols),		\
	  sizeof(struct type), offsetof(struct oftype, rows),		\
	  offsetof(struct oftype, n), max, false, where },
#include "analysis/store.def"
#undef FACTS
#undef TABLE
#undef PART
};
#define NTABLES	(sizeof(tables) / sizeof(tables[0]))

const struct ana_store_table *
ana_store_tables(size_t *n)
{
	*n = NTABLES;
	return tables;
}

const struct ana_store_table *
ana_store_of(const struct ana_store_table *t)
{
	size_t i;

	for (i = 0; i < NTABLES && t->of != NULL; i++) {
		if (strcmp(tables[i].name, t->of) == 0)
			return &tables[i];
	}
	return NULL;
}

void *
ana_store_rows(const struct ana_snapshot *s, const struct ana_store_table *t,
    size_t *n)
{
	char *at = (char *)(uintptr_t)s;
	void *rows;

	*n = 1;
	if (t->kind == ANA_STORE_FACTS)
		return at + t->rows;
	memcpy(n, at + t->n, sizeof(*n));
	memcpy(&rows, at + t->rows, sizeof(rows));
	return rows;
}

void *
ana_store_part(const struct ana_store_table *t, void *row, size_t *n)
{
	char *at = row;
	uint32_t count;
	void *rows;

	memcpy(&count, at + t->n, sizeof(count));
	*n = count < t->max ? count : t->max;
	if (!t->beside)
		return at + t->rows;
	memcpy(&rows, at + t->rows, sizeof(rows));
	return rows;
}

/* ---- lists ---- */

static const char *
loss_name(size_t i)
{
	return lk_loss_desc[i].name;
}

static uint64_t *
loss_value(struct ana_snapshot *s, size_t i)
{
	return &s->losses[i];
}

static const char *
counter_name(size_t i)
{
	size_t n;

	return vm_counter_rows(&n)[i].name;
}

static uint64_t *
counter_value(struct ana_snapshot *s, size_t i)
{
	return &s->counters[i];
}

static const char *
operation_name(size_t i)
{
	size_t n;

	return wl_operations(&n)[i].name;
}

static uint64_t *
operation_value(struct ana_snapshot *s, size_t i)
{
	return &s->ops[i].done;
}

_Static_assert(offsetof(struct wl_opcount, ns) == 3 * sizeof(uint64_t) &&
    offsetof(struct wl_opcount, skipped) == 2 * sizeof(uint64_t),
    "the columns of operation are in the order of struct wl_opcount");

static const struct ana_store_list lists[] = {
	{ "loss", "what the record had no room for", { "value" },
	  { "how often" }, 1, LKL_NLOSS, loss_name, loss_value },
	{ "counter", "what the VM counted", { "value" }, { "in its unit" }, 1,
	  VMC_NCOUNTERS, counter_name, counter_value },
	{ "operation", "what strands did",
	  { "done", "refused", "skipped", "ns" },
	  { "worked", "legal errors", "nothing to do it on",
	    "time in it, estimated" },
	  4, WLO_NOPS, operation_name, operation_value },
};

const struct ana_store_list *
ana_store_lists(size_t *n)
{
	*n = sizeof(lists) / sizeof(lists[0]);
	return lists;
}

/* ---- names ---- */

static const char *
kind_name(uint32_t i)
{
	return lk_kind_name((enum lk_node_kind)i);
}

static const char *
mode_name(uint32_t i)
{
	return lk_mode_name((enum lk_mode)i);
}

static const char *
how_name(uint32_t i)
{
	return lk_how_name((enum lk_how)i);
}

static const char *
hist_name(uint32_t i)
{
	static const char *const name[LKHO_N] = {
		[LKHO_WAIT] = "wait", [LKHO_HOLD] = "hold, sampled",
		[LKHO_HOLD_CONTENDED] = "hold that others waited for"
	};

	return name[i];
}

static const char *
event_name(uint32_t i)
{
	return lk_timed_name((enum lk_timed)i);
}

static const char *
end_name(uint32_t i)
{
	static const char *const name[] = {
		[WLE_DONE] = "done", [WLE_INTERRUPTED] = "interrupted",
		[WLE_HANG] = "hang", [WLE_CRASH] = "crash",
		[WLE_FAILED] = "failed"
	};

	return name[i];
}

static const char *
phase_name(uint32_t i)
{
	static const char *const name[] = {
		[WLP_SETUP] = "setup", [WLP_WARMUP] = "warmup",
		[WLP_RUN] = "run", [WLP_DRAIN] = "drain",
		[WLP_AUDIT] = "audit", [WLP_DONE] = "done"
	};

	return name[i];
}

static const struct ana_store_names names[] = {
	{ "kind", LKN_NKIND, kind_name },
	{ "mode", LKM_NMODE, mode_name },
	{ "how", LKH_NHOW, how_name },
	{ "hist", LKHO_N, hist_name },
	{ "event", LKV_N, event_name },
	{ "op", WLD_END, wl_op_name },
	{ "end", WLE_FAILED + 1, end_name },
	{ "phase", WLP_DONE + 1, phase_name },
};

const struct ana_store_names *
ana_store_names(size_t *n)
{
	*n = sizeof(names) / sizeof(names[0]);
	return names;
}

/* ---- the schema ---- */

/* Tables of a shape of their own. */
static const char own[] =
    "CREATE TABLE seal (\n"
    "  schema INTEGER NOT NULL,\t-- sum of this text\n"
    "  sum INTEGER NOT NULL\t-- of all values; whoever changes one sees it\n"
    ") STRICT;\n"
    "CREATE TABLE verdict (\t-- when it was saved; none: nobody judged\n"
    "  verdict TEXT NOT NULL,\t-- one line\n"
    "  code INTEGER NOT NULL\t-- exit code\n"
    ") STRICT;\n"
    "CREATE TABLE finding (\t-- what was found then, worst first\n"
    "  row INTEGER PRIMARY KEY,\n"
    "  level TEXT NOT NULL,\t-- ERROR, WARN or INFO\n"
    "  status TEXT NOT NULL,\t-- confirmed, feasible, ...\n"
    "  name TEXT NOT NULL,\t-- dotted; amapstorm list findings\n"
    "  count INTEGER NOT NULL,\t-- times seen\n"
    "  what TEXT NOT NULL\t-- one line\n"
    ") STRICT;\n"
    "CREATE TABLE fact (\t-- what there is one of\n"
    "  part TEXT NOT NULL,\n"
    "  name TEXT NOT NULL,\n"
    "  value ANY NOT NULL,\n"
    "  PRIMARY KEY (part, name)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE job (\t-- what ran; none: a program of its own\n"
    "  rank INTEGER PRIMARY KEY,\t-- in the order of amapstorm list keys\n"
    "  key TEXT NOT NULL,\t-- as in a job file: section.name\n"
    "  value TEXT NOT NULL\n"
    ") STRICT;\n"
    "CREATE TABLE name (\t-- of numbers that stand for something\n"
    "  what TEXT NOT NULL,\n"
    "  id INTEGER NOT NULL,\n"
    "  name TEXT NOT NULL,\n"
    "  PRIMARY KEY (what, id)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE hist_bucket (\t-- those that are not empty\n"
    "  hist_row INTEGER NOT NULL,\t-- hist.row\n"
    "  bucket INTEGER NOT NULL,\t-- its number\n"
    "  low INTEGER NOT NULL,\t-- its smallest value, ns\n"
    "  n INTEGER NOT NULL,\t-- how many values\n"
    "  PRIMARY KEY (hist_row, bucket)\n"
    ") STRICT, WITHOUT ROWID;\n";

static void
table_schema(FILE *out, const struct ana_store_table *t)
{
	size_t i;

	fprintf(out, "CREATE TABLE %s (\t-- %s\n", t->name, t->help);
	if (t->kind == ANA_STORE_TABLE)
		fputs("  row INTEGER PRIMARY KEY,\n", out);
	else
		fprintf(out, "  %s_row INTEGER NOT NULL,\t-- %s\n"
		    "  pos INTEGER NOT NULL,\n", t->of,
		    ana_store_of(t)->kind == ANA_STORE_FACTS ? "1" :
		    "row of the one it is a part of");
	for (i = 0; i < t->ncols; i++)
		fprintf(out, "  \"%s\" %s NOT NULL%s\t-- %s\n",
		    t->col[i].name, t->col[i].type == ANA_COL_TEXT ? "TEXT" :
		    "INTEGER", i + 1 < t->ncols || t->kind == ANA_STORE_PART ?
		    "," : "", t->col[i].help);
	if (t->kind == ANA_STORE_PART)
		fprintf(out, "  PRIMARY KEY (%s_row, pos)\n", t->of);
	fprintf(out, ") STRICT%s;\n",
	    t->kind == ANA_STORE_PART ? ", WITHOUT ROWID" : "");
	if (t->sorted)
		fprintf(out, "CREATE UNIQUE INDEX %s_%s ON %s (\"%s\");\n",
		    t->name, t->col[0].name, t->name, t->col[0].name);
}

static void
list_schema(FILE *out, const struct ana_store_list *l)
{
	size_t i;

	fprintf(out, "CREATE TABLE %s (\t-- %s\n"
	    "  name TEXT NOT NULL PRIMARY KEY,\n", l->name, l->help);
	for (i = 0; i < l->ncols; i++)
		fprintf(out, "  %s INTEGER NOT NULL%s\t-- %s\n", l->col[i],
		    i + 1 < l->ncols ? "," : "", l->colhelp[i]);
	fputs(") STRICT, WITHOUT ROWID;\n", out);
}

char *
ana_store_schema(void)
{
	char *text = NULL;
	size_t i, len;
	FILE *out;

	out = open_memstream(&text, &len);
	if (out == NULL)
		return NULL;
	fputs(own, out);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		list_schema(out, &lists[i]);
	for (i = 0; i < NTABLES; i++) {
		if (tables[i].kind != ANA_STORE_FACTS)
			table_schema(out, &tables[i]);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- what writer and reader both need ---- */

int
ana_store_fail(struct ana_store *st, int error, const char *fmt, ...)
{
	char what[ANA_WHY];
	va_list ap;
	size_t i;

	if (st->error != 0)
		return st->error;
	st->error = error;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	/* one line, whatever a file's own texts have in them */
	for (i = 0; what[i] != '\0'; i++) {
		if ((unsigned char)what[i] < ' ' || what[i] == 0x7f)
			what[i] = ' ';
	}
	snprintf(st->why, ANA_WHY, "%.250s: %.240s", st->path, what);
	return error;
}

static uint64_t
sum_of(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (; len > 0; len--, p++)
		sum = (sum ^ *p) * UINT64_C(1099511628211);
	return sum;
}

void
ana_store_sum(struct ana_store *st, const void *data, size_t len)
{
	st->sum = sum_of(st->sum, data, len);
}

uint64_t
ana_store_sum_text(const char *text)
{
	return sum_of(UINT64_C(14695981039346656037), text, strlen(text));
}

uint64_t
ana_store_number(const struct ana_store_col *c, const void *row)
{
	const char *at = (const char *)row + c->offset;
	uint64_t wide;
	uint32_t word;
	uint8_t byte;

	if (c->size == sizeof(wide)) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	if (c->size == sizeof(byte)) {
		memcpy(&byte, at, sizeof(byte));
		return byte;
	}
	memcpy(&word, at, sizeof(word));
	return c->type == ANA_COL_INT ? (uint64_t)(int64_t)(int32_t)word :
	    word;
}

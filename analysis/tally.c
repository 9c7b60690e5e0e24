/*
 * Sums by key, and matrices of them.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

static int
by_key(const void *a, const void *b)
{
	const struct ana_tally *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->key2 < y->key2 ? -1 : x->key2 > y->key2;
}

static int
by_ns(const void *a, const void *b)
{
	const struct ana_tally *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return by_key(a, b);
}

size_t
ana_tally_merge(struct ana_tally *t, size_t n)
{
	size_t i, to = 0;

	if (n == 0)
		return 0;
	qsort(t, n, sizeof(*t), by_key);
	for (i = 1; i < n; i++) {
		if (by_key(&t[to], &t[i]) == 0) {
			t[to].n += t[i].n;
			t[to].ns += t[i].ns;
		} else
			t[++to] = t[i];
	}
	qsort(t, to + 1, sizeof(*t), by_ns);
	return to + 1;
}

/* One side of a matrix: its keys, most first. */
static size_t
side(const struct ana_tally *cells, size_t n, bool rows,
    struct ana_tally *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		out[i] = cells[i];
		out[i].key = rows ? cells[i].key : cells[i].key2;
		out[i].key2 = 0;
	}
	return ana_tally_merge(out, n);
}

static size_t
place(const struct ana_tally *keys, size_t n, uint64_t key)
{
	size_t i;

	for (i = 0; i + 1 < n && keys[i].key != key; i++)
		continue;
	return i;
}

static void
rows_names(struct ana_result *r, const struct ana_snapshot *s,
    const struct ana_axis *axis, const struct ana_tally *keys, size_t all,
    struct ana_matrix *m)
{
	double time;
	size_t i;

	for (i = 0; i < m->nrows; i++) {
		if (i + 1 == m->nrows && all > m->nrows) {
			m->rows[i] = "others";
			break;
		}
		m->rows[i] = axis->name(r, s, keys[i].key);
		time = axis->time == NULL ? 0 : axis->time(s, keys[i].key);
		/* operations are timed by a sample, waits are not */
		if (time > 0)
			m->row_share[i] = time < (double)keys[i].ns ? 1 :
			    (double)keys[i].ns / time;
	}
}

static void
fill(struct ana_matrix *m, const struct ana_tally *cells, size_t n,
    const struct ana_tally *rows, const struct ana_tally *cols)
{
	size_t i, row, col;

	for (i = 0; i < n; i++) {
		row = place(rows, m->nrows, cells[i].key);
		col = place(cols, m->ncols, cells[i].key2);
		m->ns[row * m->ncols + col] += cells[i].ns;
		m->row_ns[row] += cells[i].ns;
		m->col_ns[col] += cells[i].ns;
	}
}

void
ana_matrix(struct ana_result *r, const struct ana_snapshot *s,
    const struct ana_tally *cells, size_t n, size_t limit,
    const struct ana_axis *axis, struct ana_matrix *m)
{
	struct ana_tally *rows, *cols;
	size_t i, nrows, ncols;

	rows = ana_alloc(r, n, sizeof(*rows));
	cols = ana_alloc(r, n, sizeof(*cols));
	if (n == 0 || rows == NULL || cols == NULL)
		return;
	nrows = side(cells, n, true, rows);
	ncols = side(cells, n, false, cols);
	m->nrows = nrows < limit ? nrows : limit;
	m->ncols = ncols < limit ? ncols : limit;
	m->rows = ana_alloc(r, m->nrows, sizeof(*m->rows));
	m->cols = ana_alloc(r, m->ncols, sizeof(*m->cols));
	m->ns = ana_alloc(r, m->nrows * m->ncols, sizeof(*m->ns));
	m->row_ns = ana_alloc(r, m->nrows, sizeof(*m->row_ns));
	m->col_ns = ana_alloc(r, m->ncols, sizeof(*m->col_ns));
	m->row_share = ana_alloc(r, m->nrows, sizeof(*m->row_share));
	if (r->nomem) {
		memset(m, 0, sizeof(*m));
		return;
	}
	rows_names(r, s, axis, rows, nrows, m);
	for (i = 0; i < m->ncols; i++)
		m->cols[i] = i + 1 == m->ncols && ncols > m->ncols ?
		    "others" : axis->name(r, s, cols[i].key);
	fill(m, cells, n, rows, cols);
}

/*
 * store_int.h: what writer and reader of saved runs share.
 *
 *	snapshot --columns of store.def--> rows of SQLite tables, and back
 */
#ifndef ANALYSIS_STORE_INT_H
#define ANALYSIS_STORE_INT_H

#include <sqlite3.h>

#include "analysis/ana_int.h"

#define ANA_STORE_APP		0x616d7073	/* application_id: "amps" */
#define ANA_STORE_VERSION	7		/* user_version */

struct ana_frame {		/* a stack's frame as a row */
	uint64_t	addr;
};

enum ana_store_type { ANA_COL_NUM, ANA_COL_INT, ANA_COL_TEXT };
struct ana_store_col {
	const char	*name, *help;
	enum ana_store_type type;
	size_t		offset, size;
	uint64_t	max;		/* NUM */
};

enum ana_store_kind { ANA_STORE_FACTS, ANA_STORE_TABLE, ANA_STORE_PART };
struct ana_store_table {
	enum ana_store_kind kind;
	const char	*name, *help;
	const char	*of;		/* PART: the table it is a part of */
	const struct ana_store_col *col;
	size_t		ncols, size;	/* size of a row */
	/*
	 * FACTS: where in the snapshot the struct is.  TABLE: where in it the
	 * pointer to the rows and their count (size_t) are.  PART: where in
	 * the row of the other table the array and its count (uint32_t) are.
	 */
	size_t		rows, n;
	uint64_t	max;		/* rows; PART: in a row of the other */
	bool		sorted, beside;
};
const struct ana_store_table *ana_store_tables(size_t *n);
const struct ana_store_table *ana_store_of(const struct ana_store_table *);

/* The rows of a table, or the one struct of facts. */
void	*ana_store_rows(const struct ana_snapshot *,
	    const struct ana_store_table *, size_t *n);
/* A part's rows in one row of its table. */
void	*ana_store_part(const struct ana_store_table *, void *row, size_t *n);

/* Tables that store.def does not tell of: a name and some numbers a row. */
struct ana_store_list {
	const char	*name, *help;
	const char	*col[4], *colhelp[4];
	size_t		ncols, n;
	const char	*(*row)(size_t i);
	uint64_t	*(*value)(struct ana_snapshot *, size_t i);
};
const struct ana_store_list *ana_store_lists(size_t *n);

/* Names of the values of enumerations; written, not read. */
struct ana_store_names {
	const char	*what;
	uint32_t	n;
	const char	*(*name)(uint32_t);
};
const struct ana_store_names *ana_store_names(size_t *n);

/* => all CREATE TABLE, one after the other; malloc()ed; NULL: no memory */
char	*ana_store_schema(void);

/* A file being written or read, and what went wrong with it first. */
struct ana_store {
	sqlite3		*db;
	const char	*path;
	uint64_t	sum;		/* of all values so far */
	int		error;
	char		*why;		/* [ANA_WHY] */
};
/* => error; the first one stays */
int	ana_store_fail(struct ana_store *, int error, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* The sum over all that was written or read (FNV-1a). */
void	ana_store_sum(struct ana_store *, const void *, size_t);
uint64_t ana_store_sum_text(const char *);
/* => is it one that a reader takes? */
uint64_t ana_store_number(const struct ana_store_col *, const void *row);
/* => v goes into the column, whatever its size */
void	ana_store_put(const struct ana_store_col *, char *row, uint64_t v);

/*
 * ana_store_copy: all rows of a table or a part, into the table of its name.
 * => SQLite's code
 */
struct ana_store_source {
	const struct ana_snapshot *s;
	const struct ana_store_table *t;
};
int	ana_store_copy(sqlite3 *, const struct ana_store_source *);

/*
 * ana_store_image: the file as bytes, sqlite3_free() them.
 * ana_publish: bytes to a file that appears whole or not at all.
 * => fresh: EEXIST if there is such a file already
 * => 0 or errno
 */
int	ana_store_image(const struct ana_snapshot *, const struct ana_result *,
	    const char *path, unsigned char **, size_t *len,
	    char why[ANA_WHY]);
int	ana_publish(const char *path, const void *data, size_t len,
	    bool fresh);

/*
 * Reading.  ana_store_begin: it is a saved run, of this version.
 * ana_store_fill: all tables; not sealed: whatever its sum is (for tests).
 * => errors are in the store; the caller closes its db
 * ana_store_table: of one of ana_store_tables() alone; parts want their table
 * ana_store_others: lists, buckets of histograms (which are there), the job
 */
void	ana_store_begin(struct ana_store *);
void	ana_store_fill(struct ana_store *, struct ana_snapshot *, bool sealed);
void	ana_store_table(struct ana_store *, struct ana_snapshot *,
	    const struct ana_store_table *);
void	ana_store_others(struct ana_store *, struct ana_snapshot *);
int	ana_store_load(const char *path, bool sealed, struct ana_snapshot **,
	    char why[ANA_WHY]);

#endif /* ANALYSIS_STORE_INT_H */

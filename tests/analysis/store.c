/*
 * Saved runs: whatever is in a snapshot comes back, and whatever is in a file
 * is either a snapshot or refused with one line.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/store_int.h"
#include "tests/analysis/made.h"
#include "tests/size.h"

static char folder[] = "/tmp/amapstorm-store.XXXXXX";

static const char *
in_folder(const char *name)
{
	static char path[4][128];
	static unsigned turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[0]), "%s/%s", folder, name);
	return path[turn];
}

/* ---- every field has a column ---- */

#if defined(__GNUC__) && !defined(__clang__)

struct cover {
	const char	*what;
	unsigned char	*bytes;		/* 0: padding or told by a column */
	size_t		size;
};

static void
blank(struct cover *c, size_t offset, size_t size)
{
	assert_true(offset + size <= c->size);
	memset(c->bytes + offset, 0, size);
}

/* Arrays that are tables of their own, and pointers made by the reader. */
static void
blank_parts(struct cover *c, const char *name)
{
	const struct ana_store_table *t;
	size_t i, n;

	t = ana_store_tables(&n);
	for (i = 0; i < n; i++) {
		if (t[i].of != NULL && strcmp(t[i].of, name) == 0)
			blank(c, t[i].rows, t[i].beside ? sizeof(void *) :
			    t[i].size * t[i].max);
	}
	/* padding that gcc 12 overlooks, behind an array of structs */
	if (strcmp(name, "hist") == 0)
		blank(c, offsetof(struct ana_class_hist, hist.b),
		    LK_HIST_N * sizeof(uint64_t));
}

static void
covered(struct cover *c, const char *name)
{
	const struct ana_store_table *t;
	size_t i, k, n;

	t = ana_store_tables(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(t[i].name, name) != 0)
			continue;
		assert_int_equal(t[i].size, c->size);
		for (k = 0; k < t[i].ncols; k++)
			blank(c, t[i].col[k].offset, t[i].col[k].size);
		blank_parts(c, name);
		for (k = 0; k < c->size; k++) {
			if (c->bytes[k] != 0)
				fail_msg("byte %zu of struct %s is in no "
				    "column of %s: add it to "
				    "analysis/store.def", k, c->what, name);
		}
		return;
	}
	fail_msg("no table %s", name);
}

#define COVERED(type, name) do {					\
	struct type *whole = malloc(sizeof(*whole));			\
	struct cover cover = { #type, (unsigned char *)whole,		\
	    sizeof(*whole) };						\
									\
	assert_non_null(whole);						\
	memset(whole, 0xff, sizeof(*whole));				\
	__builtin_clear_padding(whole);					\
	covered(&cover, name);						\
	free(whole);							\
} while (0)

static void
columns(void **state)
{
	COVERED(lk_record_info, "record");
	COVERED(wl_outcome, "outcome");
	COVERED(ana_progress, "run");
	COVERED(ana_gauges, "gauge");
	COVERED(lk_crash_info, "crash");
	COVERED(lk_class_info, "class");
	COVERED(lk_site_info, "site");
	COVERED(lk_totals, "total");
	COVERED(ana_class_hist, "hist");
	COVERED(lk_blame_info, "blame");
	COVERED(lk_heavy_info, "heavy");
	COVERED(lk_dep_info, "dep");
	COVERED(lk_dep_seen, "dep_seen");
	COVERED(lk_node_info, "dep_held");
	COVERED(ana_stack, "stack");
	COVERED(lk_life_info, "life");
	COVERED(lk_post_info, "post");
	COVERED(lk_strand_info, "strand");
	COVERED(lk_inflight_info, "inflight");
	COVERED(lk_incident_info, "incident");
	COVERED(wl_slice, "slice");
	COVERED(lk_wait_stack_info, "wait_stack");
	COVERED(lk_timed_event, "event");
	COVERED(ana_symbol, "symbol");
}

#else

static void
columns(void **state)
{
	skip();		/* padding is not known */
}

#endif

/* ---- a snapshot of everything ---- */

static uint64_t seed = 1;

static uint64_t
dice(uint64_t max)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return max == UINT64_MAX ? seed ^ seed >> 29 :
	    (seed >> 11) % (max + 1);
}

static void
roll_text(char *to, size_t size)
{
	size_t i, len = dice(size - 1);

	for (i = 0; i < len; i++)
		to[i] = (char)(1 + dice(254));
}

static void
roll_value(const struct ana_store_col *c, char *row)
{
	uint64_t v = dice(c->type == ANA_COL_NUM ? c->max : UINT32_MAX);

	if (c->type == ANA_COL_TEXT)
		roll_text(row + c->offset, c->size);
	else if (c->size == 8)
		memcpy(row + c->offset, &v, 8);
	else if (c->size == 4)
		memcpy(row + c->offset, &(uint32_t){ (uint32_t)v }, 4);
	else
		memcpy(row + c->offset, &(uint8_t){ (uint8_t)v }, 1);
}

static void
roll_row(const struct ana_store_table *t, char *row, size_t i)
{
	uint64_t id = 3 * i + 2;
	size_t k;

	for (k = 0; k < t->ncols; k++)
		roll_value(&t->col[k], row);
	if (t->sorted && t->col[0].size == 8)
		memcpy(row + t->col[0].offset, &id, 8);
	else if (t->sorted)
		memcpy(row + t->col[0].offset, &(uint32_t){ (uint32_t)id }, 4);
}

static void
roll_parts(struct ana_snapshot *s, const struct ana_store_table *t)
{
	const struct ana_store_table *of = ana_store_of(t);
	size_t i, k, n, nparts;
	char *row = ana_store_rows(s, of, &n), *part;

	for (i = 0; i < n; i++, row += of->size) {
		part = ana_store_part(t, row, &nparts);
		for (k = 0; k < nparts; k++)
			roll_row(t, part + k * t->size, k);
	}
}

/* Deps point into dep_held, which has room for what they say they hold. */
static void
roll_deps(struct ana_snapshot *s)
{
	size_t i, at = 0;

	for (i = 0; i < s->ndeps; i++) {
		s->deps[i].nheld %= 20;
		s->ndep_held += s->deps[i].nheld;
	}
	s->dep_held = calloc(s->ndep_held + 1, sizeof(*s->dep_held));
	assert_non_null(s->dep_held);
	for (i = 0; i < s->ndeps; i++) {
		s->deps[i].held = s->deps[i].nheld == 0 ? NULL :
		    &s->dep_held[at];
		at += s->deps[i].nheld;
	}
}

static void
roll_others(struct ana_snapshot *s)
{
	const struct ana_store_list *l;
	size_t i, k, n;

	l = ana_store_lists(&n);
	for (i = 0; i < n; i++) {
		for (k = 0; k < l[i].n; k++)
			*l[i].value(s, k) = dice(UINT64_MAX);
	}
	for (i = 0; i < s->nhists; i++) {
		for (k = 0; k < 50; k++)
			s->hists[i].hist.b[dice(LK_HIST_N - 1)] =
			    dice(UINT64_MAX);
	}
	wl_job_default(&s->job);
	s->job.seed = UINT64_MAX;
	s->job.weight[WLO_fork] = 17;
	strcpy(s->job.name, "; a;b # c");
	strcpy(s->job.scheme, "trylock");
	s->job.vm.swap_slots[1] = 0;
	s->job.vm.scheme = NULL;
}

static struct ana_snapshot *
rolled(uint64_t with, size_t nrows)
{
	struct ana_snapshot *s = calloc(1, sizeof(*s));
	const struct ana_store_table *t;
	size_t i, k, n, size;
	char *rows;

	assert_non_null(s);
	seed = with;
	t = ana_store_tables(&n);
	for (i = 0; i < n; i++) {
		if (t[i].kind == ANA_STORE_FACTS) {
			roll_row(&t[i], ana_store_rows(s, &t[i], &size), 0);
		} else if (t[i].kind == ANA_STORE_TABLE) {
			rows = calloc(nrows, t[i].size);
			assert_non_null(rows);
			for (k = 0; k < nrows; k++)
				roll_row(&t[i], rows + k * t[i].size, k);
			memcpy((char *)s + t[i].rows, &rows, sizeof(rows));
			memcpy((char *)s + t[i].n, &nrows, sizeof(nrows));
		}
	}
	roll_deps(s);
	for (i = 0; i < n; i++) {
		if (t[i].kind == ANA_STORE_PART)
			roll_parts(s, &t[i]);
	}
	roll_others(s);
	return s;
}

static void
same_rows(const struct ana_store_table *t, const char *a, const char *b,
    size_t n)
{
	const struct ana_store_col *c;
	size_t i, k;

	for (i = 0; i < n; i++, a += t->size, b += t->size) {
		for (k = 0; k < t->ncols; k++) {
			c = &t->col[k];
			if (memcmp(a + c->offset, b + c->offset, c->size) != 0)
				fail_msg("%s.%s of row %zu differs", t->name,
				    c->name, i);
		}
	}
}

static void
same_parts(const struct ana_snapshot *a, const struct ana_snapshot *b,
    const struct ana_store_table *t)
{
	const struct ana_store_table *of = ana_store_of(t);
	size_t i, n, na, nb;
	char *rowa = ana_store_rows(a, of, &n), *rowb, *pa, *pb;

	rowb = ana_store_rows(b, of, &n);
	for (i = 0; i < n; i++, rowa += of->size, rowb += of->size) {
		pa = ana_store_part(t, rowa, &na);
		pb = ana_store_part(t, rowb, &nb);
		assert_int_equal(na, nb);
		same_rows(t, pa, pb, na);
	}
}

static void
same(const struct ana_snapshot *a, const struct ana_snapshot *b)
{
	const struct ana_store_table *t;
	size_t i, n, na, nb;
	void *ra, *rb;

	t = ana_store_tables(&n);
	for (i = 0; i < n; i++) {
		if (t[i].kind == ANA_STORE_PART) {
			same_parts(a, b, &t[i]);
			continue;
		}
		ra = ana_store_rows(a, &t[i], &na);
		rb = ana_store_rows(b, &t[i], &nb);
		assert_int_equal(na, nb);
		same_rows(&t[i], ra, rb, na);
	}
	for (i = 0; i < a->nhists; i++)
		assert_memory_equal(a->hists[i].hist.b, b->hists[i].hist.b,
		    sizeof(a->hists[i].hist.b));
	assert_memory_equal(a->losses, b->losses, sizeof(a->losses));
	assert_memory_equal(a->counters, b->counters, sizeof(a->counters));
	assert_memory_equal(a->ops, b->ops, sizeof(a->ops));
	assert_memory_equal(&a->job, &b->job, sizeof(a->job));
}

static void
round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 60 };
	const char *path = in_folder("round.db");
	struct ana_snapshot *a, *b;
	char why[ANA_WHY];
	size_t i;

	for (i = 0; i < 4; i++) {
		a = rolled(i + 1, sizes[i]);
		if (ana_snapshot_save(a, NULL, path, false, why) != 0)
			fail_msg("%s", why);
		if (ana_snapshot_load(path, &b, why) != 0)
			fail_msg("%s", why);
		same(a, b);
		ana_snapshot_free(a);
		ana_snapshot_free(b);
	}
}

/* A record of a program of its own has no job; it stays without one. */
static void
no_job(void **state)
{
	struct ana_snapshot *a = calloc(1, sizeof(*a)), *b;
	const char *path = in_folder("nojob.db");
	char why[ANA_WHY];

	assert_non_null(a);
	assert_int_equal(ana_snapshot_save(a, NULL, path, false, why), 0);
	assert_int_equal(ana_snapshot_load(path, &b, why), 0);
	assert_memory_equal(&a->job, &b->job, sizeof(a->job));
	ana_snapshot_free(a);
	ana_snapshot_free(b);
}

/* ---- files that cannot be written ---- */

static unsigned
files(void)
{
	DIR *dir = opendir(folder);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
one_line(const char *why, const char *path)
{
	assert_non_null(strstr(why, path));
	assert_null(strchr(why, '\n'));
}

/* A full disk: files may not grow beyond a page or two. */
static void
full(void **state)
{
	const char *path = in_folder("full.db");
	struct ana_snapshot *s = rolled(5, 40), *old;
	struct rlimit was, tight = { 20000, RLIM_INFINITY };
	char why[ANA_WHY];
	unsigned before;
	int error;

	assert_int_equal(ana_snapshot_save(s, NULL, path, false, why), 0);
	before = files();
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	tight.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_FSIZE, &tight);
	error = ana_snapshot_save(s, NULL, path, false, why);
	setrlimit(RLIMIT_FSIZE, &was);
	assert_int_not_equal(error, 0);
	one_line(why, path);
	assert_int_equal(files(), before);
	/* the one that was there is as it was */
	assert_int_equal(ana_snapshot_load(path, &old, why), 0);
	same(s, old);
	ana_snapshot_free(old);
	ana_snapshot_free(s);
}

static void
nowhere(void **state)
{
	struct ana_snapshot *s = rolled(5, 1);
	const char *path = in_folder("no/such/folder.db");
	char why[ANA_WHY];

	assert_int_equal(ana_snapshot_save(s, NULL, path, false, why), ENOENT);
	one_line(why, path);
	ana_snapshot_free(s);
}

/* What no reader would take is not written. */
static void
out_of_bounds(void **state)
{
	struct ana_snapshot *s = rolled(5, 3);
	const char *path = in_folder("bounds.db");
	unsigned before = files();
	char why[ANA_WHY];

	s->totals[1].mode = (enum lk_mode)77;
	assert_int_equal(ana_snapshot_save(s, NULL, path, false, why), EINVAL);
	assert_non_null(strstr(why, "total.mode is 77"));
	assert_int_equal(files(), before);
	ana_snapshot_free(s);
}

/* ---- files that are no saved runs ---- */

static void
refused(const char *path, int error, const char *what)
{
	struct ana_snapshot *s;
	char why[ANA_WHY] = "";

	assert_int_equal(ana_snapshot_load(path, &s, why), error);
	one_line(why, path);
	if (strstr(why, what) == NULL)
		fail_msg("expected ...%s..., not %s", what, why);
	assert_null(s);
}

static void
write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
change(const char *path, const char *sql)
{
	sqlite3 *db;
	char *what = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &what) != SQLITE_OK)
		fail_msg("%s: %s", sql, what);
	sqlite3_close(db);
}

static void
make(const char *path, uint64_t with, size_t nrows)
{
	uint64_t kept = seed;
	struct ana_snapshot *s = rolled(with, nrows);
	char why[ANA_WHY];

	seed = kept;
	s->crashed = true;
	s->crash.nframes = 3;
	if (ana_snapshot_save(s, NULL, path, false, why) != 0)
		fail_msg("%s", why);
	ana_snapshot_free(s);
}

static void
foreign(void **state)
{
	const char *path = in_folder("foreign.db");

	refused(in_folder("none.db"), ENOENT, "No such file");
	refused(folder, EINVAL, "no file");
	refused("/dev/null", EINVAL, "no file");
	write_file(path, "", 0);
	refused(path, EINVAL, "empty");
	write_file(path, "x", 1);
	refused(path, EINVAL, "no saved run");
	write_file(path, "{ \"verdict\": \"nothing found\" }\n", 31);
	refused(path, EINVAL, "no saved run");
	write_file(path, "SQLite format 3\0....", 20);
	refused(path, EINVAL, "damaged");
	unlink(path);
	change(path, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
	refused(path, EINVAL, "another SQLite file");
	make(path, 1, 3);
	change(path, "PRAGMA user_version=99");
	refused(path, EINVAL, "a newer amapstorm");
	make(path, 1, 3);
	change(path, "UPDATE seal SET schema = schema + 1");
	refused(path, EINVAL, "another version");
}

/* Each of these has a reason of its own. */
static const struct {
	const char	*sql, *what;
} changes[] = {
	{ "UPDATE strand SET id = 256 WHERE row = 3", "strand.id" },
	{ "UPDATE total SET mode = 4 WHERE row = 1", "total.mode" },
	{ "UPDATE total SET mode = -1 WHERE row = 1", "total.mode" },
	{ "UPDATE class SET kind = 99 WHERE row = 1", "class.kind" },
	{ "UPDATE class SET id = 1000000 WHERE row = 3", "class.id" },
	{ "UPDATE class SET id = 4000 WHERE row = 1", "out of order" },
	{ "UPDATE class SET name = printf('%064d', 1)", "name is no text" },
	{ "UPDATE class SET name = 'a' || char(0) || 'b'",
	    "name is no text" },
	{ "UPDATE site SET line = 3000000000 WHERE row = 2", "site.line" },
	{ "DELETE FROM site WHERE row = 2", "row 2 of site" },
	{ "DELETE FROM dep_held WHERE pos = 0", "dep_held 0 of row" },
	{ "UPDATE dep SET nheld = 255", "dep_held" },
	{ "UPDATE strand SET nheld = 0", "more rows of held" },
	{ "UPDATE strand SET nheld = 257", "strand.nheld" },
	{ "DELETE FROM crash_frame", "crash_frame 0" },
	{ "UPDATE hist_bucket SET hist_row = hist_row + 12", "of no histogram" },
	{ "UPDATE hist_bucket SET bucket = bucket + 100000",
	    "of no histogram" },
	{ "DELETE FROM fact WHERE name = 'cpus'", "no fact snapshot cpus" },
	{ "UPDATE fact SET value = 'x' WHERE name = 'cpus'", "no number" },
	{ "UPDATE fact SET value = 1.5 WHERE name = 'cpus'", "no number" },
	{ "UPDATE fact SET value = x'00' WHERE name = 'command'", "no text" },
	{ "UPDATE fact SET value = 9 WHERE name = 'end'", "outcome.end" },
	{ "DELETE FROM counter", "no counter" },
	{ "DELETE FROM loss WHERE name = 'held'", "no loss held" },
	{ "UPDATE job SET value = '99999' WHERE key = 'run.threads'",
	    "run.threads" },
	{ "UPDATE job SET key = 'run.thraeds' WHERE key = 'run.threads'",
	    "thraeds" },
	{ "DELETE FROM seal", "something is missing" },
	{ "DROP TABLE seal", "no such table" },
	{ "DROP TABLE dep", "no such table" },
	{ "DROP TABLE symbol; CREATE VIEW symbol AS WITH RECURSIVE r(row, "
	    "addr, name) AS (SELECT 1, 1, 'x' UNION ALL SELECT row + 1, addr "
	    "+ 1, name FROM r) SELECT * FROM r", "views or triggers" },
	/* and what is in range, but not what was saved */
	{ "UPDATE total SET wait_ns = wait_ns / 2 WHERE row = 1",
	    "was changed" },
	{ "UPDATE counter SET value = 5 WHERE name = 'cow_copy'",
	    "was changed" },
};

static void
changed(void **state)
{
	const char *path = in_folder("changed.db"), *kept =
	    in_folder("kept.db");
	char copy[300];
	size_t i;

	make(kept, 3, 12);
	snprintf(copy, sizeof(copy), "cp %s %s", kept, path);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		assert_int_equal(system(copy), 0);
		change(path, changes[i].sql);
		refused(path, EINVAL, changes[i].what);
	}
}

/* Somebody's own tables beside ours are nobody's business. */
static void
added(void **state)
{
	const char *path = in_folder("added.db");
	struct ana_snapshot *s;
	char why[ANA_WHY];

	make(path, 3, 12);
	change(path, "CREATE TABLE note (text); INSERT INTO note VALUES ('a')");
	assert_int_equal(ana_snapshot_load(path, &s, why), 0);
	ana_snapshot_free(s);
}

/* ---- broken files ---- */

static char *
slurp(const char *path, size_t *len)
{
	struct stat sb;
	char *data;
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &sb), 0);
	data = malloc((size_t)sb.st_size);
	assert_non_null(data);
	*len = fread(data, 1, (size_t)sb.st_size, f);
	fclose(f);
	return data;
}

/* => loads it, or is told why not; what was loaded is analysed */
static bool
survives(const char *path, bool sealed)
{
	struct ana_snapshot *s;
	struct ana_result *r;
	char why[ANA_WHY] = "";

	if (ana_store_load(path, sealed, &s, why) != 0) {
		one_line(why, path);
		return false;
	}
	if (ana_run(s, &r) == 0)
		ana_result_free(r);
	ana_snapshot_free(s);
	return true;
}

static void
truncated(void **state)
{
	const char *path = in_folder("cut.db");
	size_t at, len;
	char *data;

	make(path, 7, 4);
	data = slurp(path, &len);
	for (at = 0; at < len; at += at < 200 ? sized(1, 23) :
	    sized(1021, 16381)) {
		write_file(path, data, at);
		assert_false(survives(path, true));
	}
	write_file(path, data, len);
	assert_true(survives(path, true));
	free(data);
}

/*
 * A flipped bit is an error, unless it is in what nobody reads: free space,
 * an index.  Without the seal it is that or other numbers, within bounds.
 */
static void
flipped(void **state)
{
	const char *path = in_folder("flip.db");
	size_t at, len, loaded = 0, sealed = 0;
	unsigned i, n = sized(600, 64);
	char *data;

	make(path, 7, 20);
	data = slurp(path, &len);
	seed = 99;
	for (i = 0; i < n; i++) {
		/* the first page and a random one */
		at = i % 3 == 0 ? dice(4095) : dice(len - 1);
		data[at] ^= (char)(1 << dice(7));
		write_file(path, data, len);
		if (i % 2 == 0)
			sealed += survives(path, true);
		else
			loaded += survives(path, false);
		if (i % 8 == 7) {	/* some at a time */
			free(data);
			make(path, 7, 20);
			data = slurp(path, &len);
		}
	}
	free(data);
	/* some are seen without the seal already, and more with it */
	assert_in_range(loaded, 1, n / 2 - 1);
	assert_true(sealed < loaded);
}

/* Any number a reader takes is one the passes can take. */
static void
any_number(void **state)
{
	const struct ana_store_table *t;
	const char *path = in_folder("any.db");
	char sql[300];
	size_t i, k, n;

	t = ana_store_tables(&n);
	make(path, 11, 6);
	for (i = 0; i < n; i++) {
		for (k = 0; t[i].kind != ANA_STORE_FACTS && k < t[i].ncols;
		    k++) {
			if (t[i].col[k].type == ANA_COL_TEXT ||
			    (k == 0 && t[i].sorted) ||
			    (i + k) % sized(1, 5) != 0)
				continue;
			snprintf(sql, sizeof(sql), "UPDATE %s SET \"%s\" = "
			    "%lld", t[i].name, t[i].col[k].name,
			    (long long)t[i].col[k].max);
			change(path, sql);
			(void)survives(path, false);
			make(path, 11 + k, 6);
		}
	}
}

/* ---- passes make the same of it ---- */

static void
findings(void **state)
{
	const char *path = in_folder("findings.db");
	struct made *m = made_new();
	struct lk_strand_info *a = made_strand(m, "a"), *b;
	struct ana_snapshot *s;
	struct ana_result *before, *after;
	char why[ANA_WHY];
	size_t i, k;

	b = made_strand(m, "b");
	made_holds(a, 0x100, LKM_WRITE, 1);
	made_wants(a, 0x200, LKM_WRITE, 2);
	made_holds(b, 0x200, LKM_READ, 3);
	made_wants(b, 0x100, LKM_WRITE, 4);
	made_incident(m, "audit.I4", "an anon has the wrong lock");
	m->s.outcome.end = WLE_HANG;
	wl_job_default(&m->s.job);
	assert_int_equal(ana_run(&m->s, &before), 0);
	assert_int_equal(ana_snapshot_save(&m->s, NULL, path, false, why), 0);
	assert_int_equal(ana_snapshot_load(path, &s, why), 0);
	assert_int_equal(ana_run(s, &after), 0);
	ana_snapshot_free(s);
	assert_non_null(made_found(after, "deadlock"));
	assert_string_equal(before->verdict, after->verdict);
	assert_int_equal(before->nfindings, after->nfindings);
	for (i = 0; i < after->nfindings; i++) {
		assert_string_equal(before->findings[i]->what,
		    after->findings[i]->what);
		assert_int_equal(before->findings[i]->ntext,
		    after->findings[i]->ntext);
		for (k = 0; k < after->findings[i]->ntext; k++)
			assert_string_equal(before->findings[i]->text[k],
			    after->findings[i]->text[k]);
	}
	ana_result_free(before);
	ana_result_free(after);
	free(m);
}

/* What needs the order trace or executions is said again from the file. */
static void
judged(void **state)
{
	const char *path = in_folder("judged.db");
	struct made *m = made_new();
	struct ana_result *before, *after;
	struct ana_snapshot *s;
	struct ana_finding *f;
	const struct ana_finding *g;
	char why[ANA_WHY];

	wl_job_default(&m->s.job);
	assert_int_equal(ana_run(&m->s, &before), 0);
	before->predict = (struct ana_predict){ .events = 7, .lost = 2,
	    .patterns = 1, .found = 1 };
	f = ana_find(before, "order.predicted");
	f->what = "2 strands can come to wait for each other";
	f->level = ANA_WARN;
	f->count = 3;
	ana_text(before, f, "witness: %s", "a");
	ana_concern_strand(before, f, 1);
	ana_confirmed(before, f, 42, "amapstorm explore x --replay '1: 2'");
	m->s.nstrips = 1;	/* there was a trace */
	assert_int_equal(ana_keep_judged(&m->s, before), 0);
	m->s.nstrips = 0;
	assert_int_equal(ana_snapshot_save(&m->s, before, path, false, why),
	    0);
	assert_int_equal(ana_snapshot_load(path, &s, why), 0);
	assert_int_equal(ana_run(s, &after), 0);
	ana_snapshot_free(s);
	g = made_found(after, "order.predicted");
	assert_non_null(g);
	assert_string_equal(g->what, f->what);
	assert_int_equal(g->level, ANA_WARN);
	assert_int_equal(g->status, ANA_CONFIRMED);
	assert_int_equal(g->tries, 42);
	assert_int_equal(g->count, 3);
	assert_string_equal(g->again, f->again);
	assert_int_equal(g->ntext, 3);
	assert_string_equal(g->text[0], "witness: a");
	assert_int_equal(g->nstrands, 1);
	assert_int_equal(after->predict.lost, 2);
	assert_int_equal(after->of_level[ANA_WARN], 1);
	ana_result_free(before);
	ana_result_free(after);
	free(m->s.judged);
	free(m->s.parts);
	free(m);
}

static int
start(void **state)
{
	return mkdtemp(folder) == NULL;
}

static int
end(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(no_job),
		cmocka_unit_test(full),
		cmocka_unit_test(nowhere),
		cmocka_unit_test(out_of_bounds),
		cmocka_unit_test(foreign),
		cmocka_unit_test(changed),
		cmocka_unit_test(added),
		cmocka_unit_test(truncated),
		cmocka_unit_test(flipped),
		cmocka_unit_test(any_number),
		cmocka_unit_test(findings),
		cmocka_unit_test(judged),
	};

	return cmocka_run_group_tests(tests, start, end);
}

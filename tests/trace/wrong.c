/* What is no recording, and what cannot be written. */

#include <sys/resource.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include <zstd.h>

#include "tests/trace/trace_test.h"

#define GOOD	AT(7, 7, 00, FAULT(0x7f000000, 0x6))

struct dir {
	char	path[64];
	char	in[96], out[96];
};

static int
setup(void **state)
{
	struct dir *d = calloc(1, sizeof(*d));

	strcpy(d->path, "/tmp/trace-wrong.XXXXXX");
	if (mkdtemp(d->path) == NULL)
		return (1);
	snprintf(d->in, sizeof(d->in), "%s/in.txt", d->path);
	snprintf(d->out, sizeof(d->out), "%s/out.trace", d->path);
	*state = d;
	return (0);
}

static int
teardown(void **state)
{
	struct dir *d = *state;

	(void)unlink(d->in);
	(void)unlink(d->out);
	(void)rmdir(d->path);
	free(d);
	return (0);
}

static void
put(const char *path, const void *p, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static unsigned int
files_in(const char *path)
{
	unsigned int n = 0;
	DIR *dir = opendir(path);
	struct dirent *e;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.';
	closedir(dir);
	return (n);
}

/* Import these bytes from a file: an error that says so, and no output. */
static void
refused(struct dir *d, const void *p, size_t len, int want, uint64_t line,
    const char *what)
{
	struct wl_import_report rep;
	struct wl_trace_error err;
	char text[700];
	int error;

	put(d->in, p, len);
	error = wl_trace_import(d->in, d->out, &rep, &err);
	assert_int_equal(error, want);
	assert_string_equal(err.file, d->in);
	assert_int_equal(err.line, line);
	if (strstr(err.text, what) == NULL ||
	    strstr(err.text, "expected") == NULL)
		fail_msg("'%s' does not say '%s'", err.text, what);
	wl_trace_error_text(&err, text, sizeof(text));
	assert_non_null(strstr(text, d->in));
	assert_null(strchr(text, '\n'));
	assert_int_equal(files_in(d->path), 1);
}

static void
not_text(void **state)
{
	static const char many[] = GOOD "ab\0c\n" GOOD;
	struct dir *d = *state;

	refused(d, "", 0, EINVAL, 1, "empty");
	refused(d, "PERFILE2\x68\0\0\0\0\0\0\0", 16, EINVAL, 1, "perf.data");
	refused(d, "\x1f\x8b\x08\0\0\0\0\0\0\0", 10, EINVAL, 1, "gzip");
	refused(d, "\x7f" "ELF\2\1\1\0\0\0", 10, EINVAL, 1, "binary");
	refused(d, many, sizeof(many) - 1, EINVAL, 2, "binary");
	refused(d, "\x89" "amaptr\n\1\0\0\0", 12, EINVAL, 1, "trace already");
}

static void
no_sample(void **state)
{
	struct dir *d = *state;

	refused(d, "\n", 1, EINVAL, 1, "no line can be replayed");
	refused(d, "hello\nworld\n", 12, EINVAL, 2,
	    "no line can be replayed");
	refused(d, "a 1/1 1.0: cycles: 7f\n", 22, EINVAL, 1,
	    "no line can be replayed");
}

static void *
packed(const char *text, size_t n, size_t *len)
{
	size_t cap = ZSTD_compressBound(n);
	void *p = malloc(cap);

	*len = ZSTD_compress(p, cap, text, n, 3);
	assert_false(ZSTD_isError(*len));
	return (p);
}

static void
zstd_whole_and_cut(void **state)
{
	struct dir *d = *state;
	struct wl_import_report rep;
	struct wl_trace_error err;
	size_t len, n = sizeof(GOOD) - 1, i;
	uint8_t *p = packed(GOOD, n, &len), *two;

	for (i = 4; i < len; i++)
		refused(d, p, i, EINVAL, 1, "cut short");
	/* two frames are one text */
	two = malloc(2 * len);
	memcpy(two, p, len);
	memcpy(two + len, p, len);
	put(d->in, two, 2 * len);
	assert_int_equal(wl_trace_import(d->in, d->out, &rep, &err), 0);
	assert_int_equal(rep.lines, 2);
	assert_int_equal(unlink(d->out), 0);
	two[len + 1] ^= 0x40;
	refused(d, two, 2 * len, EINVAL, 2, "damaged");
	free(two);
	free(p);
}

/* Long enough to cross the chunks of reads and of zstd many times. */
static void
chunks(void **state)
{
	struct dir *d = *state;
	struct wl_import_report rep;
	struct wl_trace_error err;
	char *text = NULL;
	size_t n, len;
	uint8_t *p;
	FILE *f = open_memstream(&text, &n);
	unsigned int i;

	for (i = 0; i < 20000; i++)
		fprintf(f, "%*sa 7/7 %u.%06u: page_fault_user: "
		    "address=0x7f%06x000 ip=0x1 error_code=0x6\n",
		    (int)(i % 37), "", 1 + i / 1000, i % 1000, i & 0xfff);
	fclose(f);
	put(d->in, text, n);
	assert_int_equal(wl_trace_import(d->in, d->out, &rep, &err), 0);
	assert_int_equal(rep.lines, 20000);
	assert_int_equal(rep.faults_kept, 20000);
	p = packed(text, n, &len);
	put(d->in, p, len);
	assert_int_equal(wl_trace_import(d->in, d->out, &rep, &err), 0);
	assert_int_equal(rep.lines, 20000);
	assert_int_equal(rep.faults_kept, 20000);
	free(p);
	free(text);
}

static void
cannot_read(void **state)
{
	struct dir *d = *state;
	struct wl_import_report rep;
	struct wl_trace_error err;

	assert_int_equal(wl_trace_import(d->in, d->out, &rep, &err), ENOENT);
	assert_non_null(strstr(err.text, "cannot read"));
	assert_string_equal(err.file, d->in);
	assert_int_equal(wl_trace_import(d->path, d->out, &rep, &err),
	    EISDIR);
	assert_int_equal(files_in(d->path), 0);
}

static void
cannot_write(void **state)
{
	struct dir *d = *state;
	struct wl_import_report rep;
	struct wl_trace_error err;
	struct stat st;
	char path[128];

	put(d->in, GOOD, sizeof(GOOD) - 1);
	snprintf(path, sizeof(path), "%s/no/out.trace", d->path);
	assert_int_equal(wl_trace_import(d->in, path, &rep, &err), ENOENT);
	assert_string_equal(err.file, path);
	assert_non_null(strstr(err.text, "cannot write"));
	assert_int_equal(wl_trace_import(d->in, d->path, &rep, &err), EISDIR);
	/* what is no file must not be replaced by one */
	assert_int_equal(mkfifo(d->out, 0600), 0);
	assert_int_equal(wl_trace_import(d->in, d->out, &rep, &err), EINVAL);
	assert_int_equal(stat(d->out, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(files_in(d->path), 2);
}

/* No room: what was begun goes away again. */
static void
no_room(void **state)
{
	const struct rlimit small = { 64, RLIM_INFINITY };
	struct dir *d = *state;
	struct wl_import_report rep;
	struct wl_trace_error err;
	struct rlimit was;

	put(d->in, GOOD, sizeof(GOOD) - 1);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(wl_trace_import(d->in, d->out, &rep, &err), EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_non_null(strstr(err.text, "cannot write"));
	assert_int_equal(files_in(d->path), 1);
}

/* An older trace stays until the new one is whole. */
static void
replaces(void **state)
{
	struct dir *d = *state;
	struct wl_import_report rep;
	struct wl_trace_error err;
	struct wl_trace *t;
	struct stat st;

	put(d->out, "old", 3);
	put(d->in, "", 0);
	assert_int_equal(wl_trace_import(d->in, d->out, &rep, &err), EINVAL);
	assert_int_equal(stat(d->out, &st), 0);
	assert_int_equal(st.st_size, 3);
	put(d->in, GOOD, sizeof(GOOD) - 1);
	assert_int_equal(wl_trace_import(d->in, d->out, &rep, &err), 0);
	assert_int_equal(files_in(d->path), 2);
	assert_int_equal(wl_trace_open(d->out, &t, &err), 0);
	assert_int_equal(wl_trace_info(t)->nrecords, rep.records);
	wl_trace_close(t);
	assert_int_equal(stat(d->out, &st), 0);
	assert_int_equal(st.st_size, rep.bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(not_text, setup, teardown),
		cmocka_unit_test_setup_teardown(no_sample, setup, teardown),
		cmocka_unit_test_setup_teardown(zstd_whole_and_cut, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(chunks, setup, teardown),
		cmocka_unit_test_setup_teardown(cannot_read, setup, teardown),
		cmocka_unit_test_setup_teardown(cannot_write, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(replaces, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

#include <stdio.h>

#include "tests/trace/trace_test.h"

void
import_text(const char *text, struct imported *im)
{
	const uint64_t *of;
	uint64_t sum = 0;
	int i;

	memset(im, 0, sizeof(*im));
	im->error = wl_trace_import_mem("test.txt", text, strlen(text),
	    &im->buf, &im->len, &im->rep, &im->err);
	if (im->error != 0)
		return;
	of = im->rep.of_class;
	assert_int_equal(im->rep.lines, of[WL_LINE_IMPORTED] +
	    of[WL_LINE_INFERRED] + of[WL_LINE_SKIPPED]);
	for (i = 0; i < WL_LINE_NREASONS; i++) {
		sum += im->rep.of_reason[i];
		assert_int_equal(im->rep.of_reason[i] > 0,
		    im->rep.first_line[i] > 0);
	}
	assert_int_equal(im->rep.lines, sum);
	if (wl_trace_open_mem(im->buf, im->len, &im->trace, &im->err) != 0)
		fail_msg("trace does not open: %s", im->err.text);
	assert_int_equal(wl_trace_info(im->trace)->nrecords, im->rep.records);
	im->dump = trace_dump(im->trace);
}

void
import_free(struct imported *im)
{
	wl_trace_close(im->trace);
	free(im->buf);
	free(im->dump);
}

/* ---- dumping ------------------------------------------------------------ */

static void
print_prot(FILE *f, uint8_t prot)
{
	fprintf(f, " %c%c%c", (prot & WL_PROT_READ) ? 'r' : '-',
	    (prot & WL_PROT_WRITE) ? 'w' : '-',
	    (prot & WL_PROT_EXEC) ? 'x' : '-');
}

static void
print_map(FILE *f, const struct wl_trace_rec *r)
{
	static const char *const kinds[] = {
		"anon", "file", "anon-shared", "file-shared",
	};

	print_prot(f, r->prot);
	fprintf(f, " %s", kinds[r->kind]);
	if (r->kind != WL_MAP_ANON)
		fprintf(f, "%u@%llx", r->object,
		    (unsigned long long)r->object_page);
}

static void
print_rec(FILE *f, const struct wl_trace_rec *r)
{
	fprintf(f, "%u %s", r->thread, wl_trace_ops[r->op].name);
	if (r->op <= WL_TRACE_MOVE)
		fprintf(f, " %llx", (unsigned long long)r->page);
	if (r->npages > 0)
		fprintf(f, "+%llx", (unsigned long long)r->npages);
	if (r->op == WL_TRACE_MAP)
		print_map(f, r);
	if (r->op == WL_TRACE_PROTECT)
		print_prot(f, r->prot);
	if (r->op == WL_TRACE_MOVE)
		fprintf(f, " to %llx", (unsigned long long)r->to);
	if (r->child != WL_TRACE_NONE)
		fprintf(f, " t%u", r->child);
	if (r->child_space != WL_TRACE_NONE)
		fprintf(f, " s%u", r->child_space);
	fprintf(f, "%s%s%s\n", (r->flags & WL_REC_INFERRED) ? " inferred" : "",
	    (r->flags & WL_REC_PRESENT) ? " present" : "",
	    (r->flags & WL_REC_LAZY) ? " lazy" : "");
}

char *
trace_dump(const struct wl_trace *t)
{
	const struct wl_trace_info *info = wl_trace_info(t);
	struct wl_trace_rec *recs, r;
	struct wl_trace_cursor c;
	char *text = NULL;
	size_t size;
	uint64_t i;
	uint32_t th;
	FILE *f;

	recs = calloc(info->nrecords + 1, sizeof(*recs));
	f = open_memstream(&text, &size);
	assert_non_null(recs);
	assert_non_null(f);
	for (th = 0; th < info->nthreads; th++)
		for (wl_trace_begin(t, th, &c); wl_trace_next(&c, &r); ) {
			assert_true(r.seq < info->nrecords);
			recs[r.seq] = r;
		}
	for (i = 0; i < info->nrecords; i++)
		print_rec(f, &recs[i]);
	fclose(f);
	free(recs);
	return (text);
}

/* ---- expecting ---------------------------------------------------------- */

void
expect_dump(const char *text, const char *dump)
{
	struct imported im;

	import_text(text, &im);
	if (im.error != 0)
		fail_msg("import failed: %s", im.err.text);
	assert_string_equal(im.dump, dump);
	oracle_check(im.trace);
	import_free(&im);
}

void
expect_reason(const char *text, enum wl_line_reason reason, uint64_t n)
{
	struct imported im;

	import_text(text, &im);
	if (im.error != 0)
		fail_msg("import failed: %s", im.err.text);
	if (im.rep.of_reason[reason] != n)
		fail_msg("%s: %llu lines, not %llu, in:\n%s",
		    wl_lines[reason].name,
		    (unsigned long long)im.rep.of_reason[reason],
		    (unsigned long long)n, text);
	oracle_check(im.trace);
	import_free(&im);
}

void
expect_error(const char *text, uint64_t line, const char *what)
{
	struct imported im;

	import_text(text, &im);
	assert_int_not_equal(im.error, 0);
	assert_null(im.buf);
	assert_string_equal(im.err.file, "test.txt");
	assert_int_equal(im.err.line, line);
	if (strstr(im.err.text, what) == NULL)
		fail_msg("'%s' does not say '%s'", im.err.text, what);
	assert_non_null(strstr(im.err.text, "expected"));
	import_free(&im);
}

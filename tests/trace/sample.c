/*
 * A recording of a real program, named by the command line:
 *
 *	sample FILE [LINES]
 *
 * It must import with every line accounted for (LINES of them, if given), at
 * least 99 of 100 user faults kept, and give a trace that two checks that
 * share no code find possible.
 */

#include <inttypes.h>
#include <unistd.h>

#include "tests/trace/trace_test.h"

static const char *path;
static const char *lines;

static void
sample(void **state)
{
	char out[] = "/tmp/trace-sample.XXXXXX", text[700];
	struct wl_import_report rep;
	struct wl_trace_error err;
	struct wl_trace *t;
	int i;

	close(mkstemp(out));
	if (wl_trace_import(path, out, &rep, &err) != 0) {
		wl_trace_error_text(&err, text, sizeof(text));
		fail_msg("%s", text);
	}
	print_message("%s: %" PRIu64 " lines: %" PRIu64 " imported, %" PRIu64
	    " inferred, %" PRIu64 " skipped; %" PRIu64 " of %" PRIu64
	    " faults kept; %" PRIu64 " records, %" PRIu64 " bytes\n", path,
	    rep.lines, rep.of_class[WL_LINE_IMPORTED],
	    rep.of_class[WL_LINE_INFERRED], rep.of_class[WL_LINE_SKIPPED],
	    rep.faults_kept, rep.faults, rep.records, rep.bytes);
	for (i = 0; i < WL_LINE_NREASONS; i++)
		if (rep.of_reason[i] > 0)
			print_message("%8" PRIu64 " %s: %s\n",
			    rep.of_reason[i],
			    wl_line_classes[wl_lines[i].class],
			    wl_lines[i].help);
	assert_int_equal(rep.lines, rep.of_class[0] + rep.of_class[1] +
	    rep.of_class[2]);
	if (lines != NULL)
		assert_int_equal(rep.lines, strtoull(lines, NULL, 10));
	assert_true(rep.faults > 0);
	assert_true(rep.faults_kept * 100 >= rep.faults * 99);
	assert_int_equal(wl_trace_open(out, &t, &err), 0);
	assert_int_equal(wl_trace_info(t)->nops[WL_TRACE_READ] +
	    wl_trace_info(t)->nops[WL_TRACE_WRITE] +
	    wl_trace_info(t)->nops[WL_TRACE_EXECUTE], rep.faults_kept);
	oracle_check(t);
	wl_trace_close(t);
	unlink(out);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sample) };

	if (argc < 2)
		return (2);
	path = argv[1];
	lines = argv[2];
	return (cmocka_run_group_tests(tests, NULL, NULL));
}

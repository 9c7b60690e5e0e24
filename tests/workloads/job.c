/*
 * Job files: what they say is what the job becomes; what is wrong is told with
 * its line and what would be right; what is printed reads back the same.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "workloads/job_int.h"

static int
read_text(struct wl_job *job, const char *text, struct wl_error *err)
{
	return wl_job_text(job, text, strlen(text), "x.job", err);
}

static void
must_read(struct wl_job *job, const char *text)
{
	struct wl_error err;

	if (read_text(job, text, &err) != 0)
		fail_msg("line %u: %s; expected %s", err.line, err.what,
		    err.expected);
}

static void
values(void **state)
{
	struct wl_job job;

	must_read(&job, "help = h\n"
	    "[run]\n"
	    "\tthreads = 3\n"			/* indented: still a key */
	    "  duration = 1500ms\n"
	    "seed=18446744073709551615\n"
	    "perturb = 2.5%   ; a remark\n"
	    "hang = 2min\n"
	    "audit = 3m\n"
	    "ops = 100k\n"
	    "[vm]\n"
	    "page_size = 64k\n"
	    "scheme = trylock\n"
	    "io_strands = 3\n"
	    "[swap]\n"
	    "device0 = 100\n"
	    "device1 = /dev/null 7\n"
	    "device2 = /with space/x\n"
	    "[inject]\n"
	    "chunk = 1%\n"
	    "amap = 500ppm nth:7\n"
	    "page = nth:3\n"
	    "[weights]\n"
	    "fork = 9\n"
	    "[expect]\n"
	    "cow_copy = 100\n");
	assert_string_equal(job.help, "h");
	assert_int_equal(job.threads, 3);
	assert_int_equal(job.duration_ns, 1500000000);
	assert_true(job.seed == UINT64_MAX);
	assert_int_equal(job.perturb, 25);
	assert_int_equal(job.hang_ns, 120000000000);
	assert_int_equal(job.audit_ns, 180000000000);
	assert_int_equal(job.ops, 100000);
	assert_int_equal(job.vm.page_size, 65536);
	assert_int_equal(job.vm.io_strands, 3);
	assert_string_equal(job.scheme, "trylock");
	assert_int_equal(job.vm.swap_slots[0], 100);
	assert_string_equal(job.vm.swap_path[0], "");
	assert_int_equal(job.vm.swap_slots[1], 7);
	assert_string_equal(job.vm.swap_path[1], "/dev/null");
	assert_int_equal(job.vm.swap_slots[2], 0);
	assert_string_equal(job.vm.swap_path[2], "/with space/x");
	assert_int_equal(job.vm.inject[VMI_chunk].ppm, 10000);
	assert_int_equal(job.vm.inject[VMI_chunk].nth, 0);
	assert_int_equal(job.vm.inject[VMI_amap].ppm, 500);
	assert_int_equal(job.vm.inject[VMI_amap].nth, 7);
	assert_int_equal(job.vm.inject[VMI_page].ppm, 0);
	assert_int_equal(job.vm.inject[VMI_page].nth, 3);
	assert_int_equal(job.weight[WLO_fork], 9);
	assert_int_equal(job.weight[WLO_read], 0);
	assert_int_equal(job.expect[VMC_cow_copy], 100);
}

static const struct refusal {
	const char	*text;
	unsigned	line;
	const char	*what, *expected;
} refusals[] = {
	{ "[run]\n\nthread = 3\n", 3, "unknown key 'thread' in [run]",
	    "threads, " },
	{ "[rum]\nthreads = 3\n", 2, "unknown section [rum]", "run, " },
	{ "threads = 3\n", 1, "unknown key 'threads' in []", "name" },
	{ "[run]\nthreads = three\n", 2, "'three' is no value for threads",
	    "a number" },
	{ "[run]\nthreads = 201\n", 2, "threads = 201 is out of range",
	    "from 1 to 200" },
	{ "[run]\nthreads = 0\n", 2, "out of range", "from 1 to 200" },
	{ "[run]\nthreads = 99999999999999999999\n", 2, "no value", "number" },
	{ "[run]\nthreads =\n", 2, "no value", "a number" },
	{ "[run]\nduration = 10\n", 2, "'10' is no value", "10s" },
	{ "[run]\nduration = 10 s\n", 2, "no value", "10s" },
	{ "[run]\nduration = 1.5ns\n", 2, "no value", "a time" },
	{ "[run]\nduration = 8d\n", 2, "no value", "from 0ns to 168h" },
	{ "[run]\nduration = -1s\n", 2, "no value", "a time" },
	{ "[run]\nperturb = 0.05%\n", 2, "no value", "a share" },
	{ "[run]\nperturb = 101%\n", 2, "out of range", "100%" },
	{ "[run]\nlock = openbst\n", 2, "no lock backend 'openbst'",
	    "openbsd, " },
	{ "[vm]\nscheme = orderd\n", 2, "no swap-off scheme 'orderd'",
	    "ordered, " },
	{ "[vm]\npage_size = 128k\n", 2, "out of range", "64k" },
	{ "[swap]\ndevice0 = relative/path\n", 2, "no swap device", "path" },
	{ "[swap]\ndevice0 = /a b 0\n", 2, "of no pages", "path" },
	{ "[swap]\ndevice8 = 4\n", 2, "unknown key 'device8'", "device0" },
	{ "[inject]\nchunk = nth:0\n", 2, "no value for chunk", "nth:N" },
	{ "[inject]\nchunk = 101%\n", 2, "out of range", "nth:N" },
	{ "[inject]\nchunks = 1%\n", 2, "unknown key 'chunks'", "chunk, " },
	{ "[weights]\nfrok = 1\n", 2, "unknown key 'frok'", "fork, " },
	{ "[run]\nthreads = 2\n# x\nthreads = 2\n", 4,
	    "'threads' again; it stands in line 2", "once" },
	{ "[run]\nwhat is this\n", 2, "neither a key nor a section",
	    "key = value" },
	{ "[run\nthreads = 2\n", 1, "neither a key nor a section",
	    "[section]" },
	{ "[run]\nthreads = 2\nlike = storm\n", 3, "unknown key 'like'",
	    "threads" },
	{ "help = x\nlike = storm\n", 2, "'like' after other keys", "above" },
	{ "like = strom\n", 1, "no scenario 'strom'", "storm, " },
};

static void
refused(void **state)
{
	struct wl_job job;
	struct wl_error err;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];

		if (read_text(&job, r->text, &err) != EINVAL)
			fail_msg("accepted: %s", r->text);
		if (err.line != r->line || strstr(err.what, r->what) == NULL ||
		    strstr(err.expected, r->expected) == NULL)
			fail_msg("%s: line %u: %s; expected %s", r->text,
			    err.line, err.what, err.expected);
		assert_string_equal(err.where, "x.job");
	}
}

static void
binary(void **state)
{
	static const char zero[] = "[run]\nthreads = 2\n\0\0threads";
	char line[400];
	struct wl_job job;
	struct wl_error err;

	assert_int_equal(wl_job_text(&job, zero, sizeof(zero), "b", &err),
	    EINVAL);
	assert_int_equal(err.line, 3);
	assert_non_null(strstr(err.what, "zero byte"));
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(read_text(&job, line, &err), EINVAL);
	assert_int_equal(err.line, 1);
	assert_non_null(strstr(err.what, "399 letters"));
}

static void
like_another(void **state)
{
	struct wl_job job, storm;
	struct wl_error err;

	assert_int_equal(wl_job_scenario(&storm, "storm", &err), 0);
	must_read(&job, "like = storm\nhelp = mine\n[run]\nthreads = 2\n");
	assert_int_equal(job.threads, 2);
	assert_memory_equal(job.weight, storm.weight, sizeof(job.weight));
	assert_string_equal(job.help, "mine");
	assert_string_equal(job.name, "");
}

static void
same(const struct wl_job *a, const struct wl_job *b)
{
	size_t i, n;
	const struct wl_target *t = wl_targets(&n);
	const struct wl_key *k = wl_keys(&n);

	for (i = 0; i < n; i++)
		if (memcmp((const char *)a + t[i].offset,
		    (const char *)b + t[i].offset, t[i].size) != 0)
			fail_msg("%s.%s differs", k[i].section, k[i].name);
	assert_memory_equal(a->vm.swap_path, b->vm.swap_path,
	    sizeof(a->vm.swap_path));
}

static void
round_trip(void **state)
{
	static char text[65536], again[65536];
	const struct vm_row *row;
	struct wl_job job, back;
	struct wl_error err;
	size_t i, n;

	row = wl_scenarios(&n);
	assert_true(n >= 12);
	assert_string_equal(row[0].name, "storm");
	for (i = 0; i < n; i++) {
		assert_int_equal(wl_job_scenario(&job, row[i].name, &err), 0);
		assert_string_equal(job.name, row[i].name);
		assert_string_equal(job.help, row[i].help);
		assert_true(strlen(job.help) > 10);
		if (job.program[0] == '\0' && wl_job_check(&job, &err) != 0)
			fail_msg("%s: %s", row[i].name, err.what);
		snprintf(job.vm.swap_path[1], sizeof(job.vm.swap_path[1]),
		    "/a b/c");
		job.vm.inject[VMI_page] = (struct vm_inject){ 123, 77 };
		job.perturb = 13;
		memset(job.help, 0, sizeof(job.help));
		strcpy(job.help, ";a;b");
		assert_true(wl_job_print(&job, text, sizeof(text)) <
		    sizeof(text));
		must_read(&back, text);
		same(&job, &back);
		wl_job_print(&back, again, sizeof(again));
		assert_string_equal(text, again);
	}
}

/* A buffer that is too short is told by the length, as snprintf does. */
static void
print_short(void **state)
{
	char whole[8192], part[40];
	struct wl_job job;
	size_t n;

	wl_job_default(&job);
	n = wl_job_print(&job, whole, sizeof(whole));
	assert_int_equal(n, strlen(whole));
	assert_int_equal(wl_job_print(&job, part, sizeof(part)), n);
	assert_memory_equal(part, whole, sizeof(part) - 1);
	assert_int_equal(part[sizeof(part) - 1], '\0');
	assert_int_equal(wl_job_print(&job, NULL, 0), n);
}

static void
one_key(void **state)
{
	struct wl_job job;
	struct wl_error err;

	wl_job_default(&job);
	assert_int_equal(wl_job_set(&job, "threads", "5", &err), 0);
	assert_int_equal(job.threads, 5);
	assert_int_equal(wl_job_set(&job, "run.threads", "6", &err), 0);
	assert_int_equal(job.threads, 6);
	assert_int_equal(wl_job_set(&job, "inject.page", "1%", &err), 0);
	assert_int_equal(job.vm.inject[VMI_page].ppm, 10000);
	assert_int_equal(wl_job_set(&job, "vm.threads", "6", &err), EINVAL);
	assert_non_null(strstr(err.what, "unknown key 'vm.threads'"));
	assert_int_equal(wl_job_set(&job, "thraeds", "6", &err), EINVAL);
	assert_int_equal(strncmp(err.expected, "threads", 7), 0);
	assert_int_equal(wl_job_set(&job, "help", "two\nlines", &err), EINVAL);
	assert_int_equal(wl_job_set(&job, "help", "a ;b", &err), EINVAL);
	assert_int_equal(wl_job_set(&job, "help", " a", &err), EINVAL);
	assert_int_equal(wl_job_set(&job, "help", "a ", &err), EINVAL);
	assert_int_equal(wl_job_set(&job, "help", "", &err), 0);
	assert_int_equal(wl_job_set(&job, "help", ";a; b", &err), 0);
	assert_int_equal(wl_job_set(&job, "threads", "x", &err), EINVAL);
	assert_int_equal(job.threads, 6);
	assert_string_equal(err.where, "command line");
}

static void
fits_together(void **state)
{
	struct wl_job job;
	struct wl_error err;

	wl_job_default(&job);
	assert_int_equal(wl_job_check(&job, &err), EINVAL);	/* no weight */
	assert_non_null(strstr(err.expected, "like = storm"));
	assert_int_equal(wl_job_scenario(&job, "storm", &err), 0);
	assert_int_equal(wl_job_check(&job, &err), 0);
	job.duration_ns = 0;
	assert_int_equal(wl_job_check(&job, &err), EINVAL);
	job.ops = 1;
	assert_int_equal(wl_job_check(&job, &err), 0);
	job.vm.page_size = 4097;
	assert_int_equal(wl_job_check(&job, &err), EINVAL);
	job.vm.page_size = 4096;
	job.max_spaces = job.spaces;
	assert_int_equal(wl_job_check(&job, &err), EINVAL);
	job.max_spaces = job.spaces + 1;
	job.vm.swap_slots[1] = job.vm.swap_slots[2] = 0;
	assert_int_equal(wl_job_check(&job, &err), EINVAL);	/* walker */
	job.vm.swap_slots[0] = 0;
	job.vm.swap_slots[2] = 5;
	assert_int_equal(wl_job_check(&job, &err), EINVAL);	/* a gap */
	assert_non_null(strstr(err.what, "device2"));
}

static void
files(void **state)
{
	char path[] = "/tmp/wl-job-XXXXXX.job";
	struct wl_job job;
	struct wl_error err;
	FILE *f;
	int fd;

	assert_int_equal(wl_job_file(&job, "/nonexistent/x.job", &err),
	    ENOENT);
	assert_int_equal(err.line, 0);
	assert_int_equal(wl_job_file(&job, "/", &err), EISDIR);
	assert_true((fd = mkstemps(path, 4)) != -1);
	assert_non_null(f = fdopen(fd, "w"));
	fputs("[run]\nthreads = 2", f);		/* no end of line */
	assert_int_equal(fclose(f), 0);
	assert_int_equal(wl_job_file(&job, path, &err), 0);
	assert_int_equal(job.threads, 2);
	assert_int_equal(strncmp(job.name, "wl-job-", 7), 0);
	assert_null(strchr(job.name, '.'));
	unlink(path);
	assert_int_equal(wl_job_scenario(&job, "nosuch", &err), ENOENT);
	assert_non_null(strstr(err.expected, "storm"));
}

static void
ids(void **state)
{
	assert_string_equal(wl_op_name(0), "-");
	assert_string_equal(wl_op_name(WL_OP_ID(WLO_fork)), "fork");
	assert_string_equal(wl_op_name(WL_OP_ID(WLD_EXIT)), "exit");
	assert_string_equal(wl_op_name(WL_OP_ID(WLD_END)), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(refused),
		cmocka_unit_test(binary), cmocka_unit_test(like_another),
		cmocka_unit_test(round_trip), cmocka_unit_test(print_short),
		cmocka_unit_test(one_key), cmocka_unit_test(fits_together),
		cmocka_unit_test(files), cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

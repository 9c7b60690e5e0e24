/* What a line may look like. */

#include "tests/trace/trace_test.h"

#define ONE "0 MAP 7f001+1 rw- anon inferred\n0 WRITE 7f001 inferred\n" \
	"0 EXIT inferred\n"
#define BODY "page_fault_user: address=0x7f001000 ip=0x55 error_code=0x6"

/* Each is the same fault. */
static void
columns(void **state)
{
	static const char *const texts[] = {
		"            bash 21/21  2961.222490:  exceptions:" BODY "\n",
		"bash 21/21 [003]  2961.222490:  exceptions:" BODY "\n",
		"bash 21 [003]  2961.222490: exceptions:" BODY "\n",
		"bash    21  2961.222490123: " BODY "\n",
		"bash 21/21 2961.2: " BODY "\n",
		"bash 21/21 2961.222490:          1 exceptions:" BODY "\n",
		"bash 21/21 [000] 2961.222490:   1   exceptions:" BODY "\n",
		"  21/21  2961.222490: exceptions:" BODY "\n",
		"  21 2961.222490: exceptions:" BODY "\n",
		"bash 21 exceptions:" BODY "\n",
		"bash 21/21 [1] K 2961.222490: exceptions:" BODY "\n",
		"Web Content 21/21 2961.222490: exceptions:" BODY "\n",
		"a:b: c: 9/9 x 21/21 2961.222490: exceptions:" BODY "\n",
		"12.5: 3 21/21 2961.222490: exceptions:" BODY "\n",
		":21 21/21 2961.222490: exceptions:" BODY "\n",
		"kworker/0:1 21/21 2961.222490: exceptions:" BODY "\n",
		"bash-21 [001] 2961.222490: " BODY "\n",
		"a-1-21 [001] 2961.222490: " BODY "\n",
		"bash 21/21 2961.222490: exceptions:page_fault_user:u: "
		    "address=0x7f001000 ip=0x55 error_code=0x6\n",
		"bash 21/21 2961.222490: exceptions:" BODY " 7f00 f (/lib/x)\n",
		"bash 21/21 2961.222490: exceptions:" BODY "\r\n",
		"bash 21/21 2961.222490: exceptions:" BODY,
		"bash 21/21 2961.222490: exceptions:page_fault_user: "
		    "address=2130710528 ip=0x1 error_code=6\n",
		"perf 21 [007] 115.824363: exceptions:page_fault_user: user "
		    "page fault, address=0x7f001000 epc=0x5555 cause=0xf\n",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_dump(texts[i], ONE);
}

static void
names_and_numbers(void **state)
{
	static const struct {
		const char *text, *comm;
		uint32_t pid, tid;
	} rows[] = {
		{ "Web Content 21/22 1.0: " BODY, "Web Content", 21, 22 },
		{ "a:b: c: 21/21 1.0: " BODY, "a:b: c:", 21, 21 },
		{ "   bash   21 [003] 1.0: " BODY, "bash", 21, 21 },
		{ "-1/7 bash 21/21 1.0: " BODY, "-1/7 bash", 21, 21 },
		{ "x -1/22 1.0: " BODY, "x", 22, 22 },
		{ "a-b-21 [001] 1.0: " BODY, "a-b", 21, 21 },
		{ "\x01\xff 21/21 1.0: " BODY, "??", 21, 21 },
		{ "0123456789abcdefgh 21/21 1.0: " BODY, "0123456789abcde",
		    21, 21 },
		{ "21/21 1.0: " BODY, "", 21, 21 },
	};
	const struct wl_trace_thread *t;
	struct imported im;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		import_text(rows[i].text, &im);
		assert_int_equal(im.error, 0);
		t = wl_trace_thread(im.trace, 0);
		assert_string_equal(t->comm, rows[i].comm);
		assert_int_equal(t->pid, rows[i].pid);
		assert_int_equal(t->tid, rows[i].tid);
		import_free(&im);
	}
}

/* One line of another kind after a good one: it falls under this reason. */
static void
skipped(void **state)
{
	static const struct {
		const char *text;
		enum wl_line_reason reason;
	} rows[] = {
		{ "\n", WL_LINE_BLANK },
		{ "  \t \n", WL_LINE_BLANK },
		{ "# captured on    : Mon Nov 23\n", WL_LINE_COMMENT },
		{ "\t    7f4b0bc6ad19 syscall+0x19 (/usr/lib64/libc.so)\n",
		    WL_LINE_STACK },
		{ "            7ffff7a2d830 [unknown] ([unknown])\n",
		    WL_LINE_STACK },
		{ "bash 21/21 1.5: PERF_RECORD_LOST lost 7\n", WL_LINE_LOST },
		{ "0x1f8 [0x30]: PERF_RECORD_LOST_SAMPLES lost 3\n",
		    WL_LINE_LOST },
		{ "LOST 12 events!\n", WL_LINE_LOST },
		{ "Processed 99 events and lost 4 chunks!\n", WL_LINE_LOST },
		{ "sh 0/0 0.0: PERF_RECORD_COMM: perf-exec:3318/3318\n",
		    WL_LINE_OWN },
		{ "hello world\n", WL_LINE_NO_SAMPLE },
		{ "error: something: went wrong\n", WL_LINE_NO_SAMPLE },
		{ "bash 0/0 1.5: exceptions:" BODY "\n", WL_LINE_NO_TID },
		{ "bash -1/-1 1.5: exceptions:" BODY "\n", WL_LINE_NO_TID },
		{ "bash 1.5: exceptions:" BODY "\n", WL_LINE_NO_TID },
		{ "bash 21/21 1.5: sched:sched_switch: prev=1\n",
		    WL_LINE_OTHER },
		{ "bash 21/21 1.5: cycles:u: 7f00 main\n", WL_LINE_OTHER },
		{ "bash 21/21 [001] 1.5: 250000 cpu-clock: 7f\n",
		    WL_LINE_OTHER },
		{ "bash 21/21 1.5: raw_syscalls:sys_enter: NR 9 (0, 1)\n",
		    WL_LINE_RAW },
		{ "bash 21/21 1.5: exceptions:page_fault_user: "
		    "address=__per_cpu_end ip=x error_code=0x6\n",
		    WL_LINE_FIELDS },
		{ "bash 21/21 1.5: exceptions:page_fault_user: ip=0x1\n",
		    WL_LINE_FIELDS },
		{ "bash 21/21 1.5: exceptions:page_fault_user: "
		    "address=0x7f001000 ip=0x1\n", WL_LINE_FIELDS },
		{ "bash 21/21 1.5: syscalls:sys_enter_mmap: addr: 0x0, "
		    "len: 0x1000, prot: 0x3\n", WL_LINE_FIELDS },
		{ "bash 21/21 1.5: syscalls:sys_exit_mmap: \n",
		    WL_LINE_FIELDS },
		{ "bash 21/21 1.5: syscalls:sys_enter_brk: brk: "
		    "0x11111111111111111\n", WL_LINE_FIELDS },
		{ "bash 21/21 1.5: sched:sched_process_fork: comm=a pid=21 "
		    "child_comm=b child_pid=x\n", WL_LINE_FIELDS },
		{ "bash 21/21 1.5: exceptions:page_fault_user: "
		    "address=0xffffffffff600000 ip=0x1 error_code=0x15\n",
		    WL_LINE_KERNEL },
		{ "bash 21/21 1.5: exceptions:page_fault_user: "
		    "address=0xffff888000000000 ip=0x1 error_code=0x5\n",
		    WL_LINE_KERNEL },
		{ "bash 21/21 1.5: exceptions:page_fault_user: "
		    "address=0x8 ip=0x1 error_code=0x4\n",
		    WL_LINE_NULL_PAGE },
	};
	struct imported im;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "bash 21/21 1.0: exceptions:"
		    BODY "\n%s", rows[i].text);
		import_text(text, &im);
		assert_int_equal(im.error, 0);
		if (im.rep.of_reason[rows[i].reason] != 1)
			fail_msg("not %s: %s", wl_lines[rows[i].reason].name,
			    rows[i].text);
		assert_int_equal(im.rep.first_line[rows[i].reason], 2);
		assert_int_equal(im.rep.lines, 2);
		assert_string_equal(im.dump, ONE);
		import_free(&im);
	}
}

static void
lost_events_add_up(void **state)
{
	struct imported im;

	import_text("bash 21/21 1.0: " BODY "\n"
	    "bash 21/21 1.5: PERF_RECORD_LOST lost 7\n"
	    "LOST 12 events!\n"
	    "Processed 99 events and lost 4 chunks!\n", &im);
	assert_int_equal(im.error, 0);
	assert_int_equal(im.rep.lost, 23);
	import_free(&im);
}

static void
long_lines(void **state)
{
	size_t n = 300000;
	char *text = malloc(n + 200);
	struct imported im;

	assert_non_null(text);
	memset(text, 'x', n);
	strcpy(text + n, "\nbash 21/21 1.0: " BODY "\n");
	import_text(text, &im);
	assert_int_equal(im.error, 0);
	assert_int_equal(im.rep.of_reason[WL_LINE_TOO_LONG], 1);
	assert_string_equal(im.dump, ONE);
	import_free(&im);
	free(text);
}

/* Lines out of order are put in order; times keep their distances. */
static void
order_of_time(void **state)
{
	struct wl_trace_cursor c;
	struct wl_trace_rec r;
	struct imported im;

	import_text(
	    "a 2/2 5.000002: " BODY "\n"
	    "a 1/1 5.000001: sched:sched_process_fork: comm=a pid=1 "
	    "child_comm=a child_pid=2\n"
	    "a 2/2 5.000002500: page_fault_user: address=0x7f001000 ip=0 "
	    "error_code=0x4\n", &im);
	assert_int_equal(im.error, 0);
	assert_int_equal(im.rep.reordered, 1);
	assert_int_equal(im.rep.duration, 1500);
	assert_string_equal(im.dump,
	    "0 MAP 7f001+1 rw- anon inferred\n"
	    "0 FORK t1 s1\n"
	    "1 WRITE 7f001 inferred\n"
	    "1 READ 7f001 inferred\n"
	    "0 EXIT inferred\n"
	    "1 EXIT inferred\n");
	wl_trace_begin(im.trace, 1, &c);
	assert_true(wl_trace_next(&c, &r));
	assert_int_equal(r.time, 1000);
	assert_true(wl_trace_next(&c, &r));
	assert_int_equal(r.time, 1500);
	import_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(names_and_numbers),
		cmocka_unit_test(skipped),
		cmocka_unit_test(lost_events_add_up),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(order_of_time),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

/* Processes and threads: how they begin, whose space they use, how they end. */

#include "tests/trace/trace_test.h"

#define ANON(pid, tid, addr, len) \
	AT(pid, tid, 00, MMAP(0x0, len, 0x3, 0x22, 0xffffffff, 0x0)) \
	AT(pid, tid, 01, MMAP_RET(addr))

static void
fork_copies(void **state)
{
	expect_dump(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 7, 02, FORK(7, 8))
	    AT(7, 7, 03, MUNMAP(0x7f000000, 0x2000))
	    AT(8, 8, 04, FAULT(0x7f000000, 0x7))
	    AT(8, 8, 05, EXIT(8, true))
	    AT(7, 7, 06, EXIT(7, true)),
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 FORK t1 s1\n"
	    "0 UNMAP 7f000+2\n"
	    "1 WRITE 7f000 present\n"
	    "1 EXIT\n"
	    "0 EXIT\n");
}

/* What the child alone uses was there in the parent, before the fork. */
static void
needs_of_children(void **state)
{
	expect_dump(
	    AT(7, 7, 02, FAULT(0x55001000, 0x14))
	    AT(7, 7, 03, FORK(7, 8))
	    AT(8, 8, 04, FAULT(0x55002000, 0x14))
	    AT(8, 8, 05, FORK(8, 9))
	    AT(9, 9, 06, FAULT(0x55000000, 0x14)),
	    "0 MAP 55000+3 r-x file0@0 inferred\n"
	    "0 EXECUTE 55001 inferred\n"
	    "0 FORK t1 s1\n"
	    "1 EXECUTE 55002 inferred\n"
	    "1 FORK t2 s2\n"
	    "2 EXECUTE 55000 inferred\n"
	    "0 EXIT inferred\n1 EXIT inferred\n2 EXIT inferred\n");
}

/* How a fork line's child is told from a thread: each row is one clue. */
static void
thread_or_process(void **state)
{
#define BEFORE	ANON(7, 7, 0x7f000000, 0x2000)
#define TOUCH	FAULT(0x7f000000, 0x6)
#define TID(tid, digits, text)	"sh " #tid " 1." #digits ": " text "\n"
	static const struct {
		const char *text;
		uint8_t birth;
	} rows[] = {
		{ BEFORE AT(7, 7, 02, FORK(7, 8)) AT(7, 8, 03, TOUCH),
		    WL_BORN_THREAD },
		{ BEFORE AT(7, 7, 02, FORK(7, 8)) AT(8, 8, 03, TOUCH),
		    WL_BORN_FORK },
		{ BEFORE AT(7, 7, 02, FORK(7, 8)), WL_BORN_FORK },
		/* flags of clone */
		{ BEFORE TID(7, 02, CLONE(0x3d0f00)) TID(7, 03, FORK(7, 8)),
		    WL_BORN_THREAD },
		{ BEFORE TID(7, 02, CLONE(0x1200011)) TID(7, 03, FORK(7, 8)),
		    WL_BORN_FORK },
		{ BEFORE TID(7, 02, CLONE(0x4111)) TID(7, 03, FORK(7, 8)),
		    WL_BORN_VFORK },
		/* clone3 tells no flags */
		{ BEFORE TID(7, 02, CLONE3) TID(7, 03, FORK(7, 8)),
		    WL_BORN_THREAD },
		{ BEFORE TID(7, 02, CLONE3) TID(7, 03, FORK(7, 8))
		    TID(8, 04, EXEC("/bin/x", 8, 8)), WL_BORN_FORK },
		{ BEFORE AT(7, 7, 02, CLONE3) AT(7, 7, 03, FORK(7, 8))
		    AT(8, 8, 04, TOUCH), WL_BORN_FORK },
		{ BEFORE AT(7, 7, 02, CLONE3) AT(7, 7, 03, FORK(7, 8))
		    AT(7, 8, 04, TOUCH), WL_BORN_THREAD },
		/* other calls */
		{ BEFORE TID(7, 02, "syscalls:sys_enter_vfork: ")
		    TID(7, 03, FORK(7, 8)), WL_BORN_VFORK },
		{ BEFORE TID(7, 02, "syscalls:sys_enter_fork: ")
		    TID(7, 03, FORK(7, 8)), WL_BORN_FORK },
		/* how it ends */
		{ BEFORE TID(7, 03, FORK(7, 8)) TID(8, 04, EXIT(8, true)),
		    WL_BORN_FORK },
		{ BEFORE TID(7, 03, FORK(7, 8)) TID(8, 04, EXIT(8, false)),
		    WL_BORN_THREAD },
		/* a pid that is used again says nothing of the first */
		{ BEFORE TID(7, 03, FORK(7, 8)) TID(8, 04, EXIT(8, false))
		    TID(7, 05, FORK(7, 8)) AT(8, 8, 06, TOUCH),
		    WL_BORN_THREAD },
		/* no fork line: the maker's result stands in */
		{ BEFORE TID(7, 03, CLONE(0x1200011)) TID(8, 04, TOUCH)
		    TID(7, 05, CLONE_RET(0x8)), WL_BORN_FORK },
		{ BEFORE TID(7, 03, CLONE(0x3d0f00)) TID(8, 04, TOUCH)
		    TID(7, 05, CLONE_RET(0x8)), WL_BORN_THREAD },
	};
	struct imported im;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		import_text(rows[i].text, &im);
		assert_int_equal(im.error, 0);
		assert_true(im.rep.threads >= 2);
		if (wl_trace_thread(im.trace, 1)->birth != rows[i].birth)
			fail_msg("row %zu: birth %u", i,
			    wl_trace_thread(im.trace, 1)->birth);
		assert_int_equal(wl_trace_thread(im.trace, 1)->parent, 0);
		oracle_check(im.trace);
		import_free(&im);
	}
}

static void
clone_lines_are_kept(void **state)
{
	static const char text[] = ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 7, 02, CLONE(0x1200011))
	    AT(7, 7, 03, FORK(7, 8))
	    AT(7, 7, 04, CLONE_RET(0x8))
	    AT(8, 8, 05, CLONE_RET(0x0));

	expect_reason(text, WL_LINE_FORK, 1);
	expect_reason(text, WL_LINE_ENTRY, 2);
	expect_reason(text, WL_LINE_RETURN, 2);
	expect_reason(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 7, 02, CLONE(0x1200011))
	    AT(7, 7, 03, CLONE_RET(0xfffffffffffffff5)),
	    WL_LINE_FAILED, 2);
}

/* A thread shares; a vfork child shares until its exec. */
static void
sharing(void **state)
{
	expect_dump(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 7, 02, FORK(7, 8))
	    AT(7, 8, 03, MMAP(0x0, 0x1000, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 8, 04, MMAP_RET(0x7f100000))
	    AT(7, 7, 05, FAULT(0x7f100000, 0x6))
	    AT(7, 7, 06, EXIT(7, false))
	    AT(7, 8, 07, FAULT(0x7f100000, 0x6))
	    AT(7, 8, 08, EXIT(8, true)),
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 THREAD t1\n"
	    "1 MAP 7f100+1 rw- anon\n"
	    "0 WRITE 7f100\n"
	    "0 EXIT\n"
	    "1 WRITE 7f100\n"
	    "1 EXIT\n");
	expect_dump(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 7, 02, CLONE(0x4111))
	    AT(7, 7, 03, FORK(7, 8))
	    AT(8, 8, 04, FAULT(0x7f000000, 0x6))
	    AT(8, 8, 05, EXEC("/bin/x", 8, 8))
	    AT(8, 8, 06, FAULT(0x55000000, 0x14))
	    AT(7, 7, 07, FAULT(0x7f001000, 0x6))
	    AT(8, 8, 08, EXIT(8, true)),
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 THREAD t1\n"
	    "1 WRITE 7f000\n"
	    "1 EXEC s1\n"
	    "1 MAP 55000+1 r-x file0@0 inferred\n"
	    "1 EXECUTE 55000 inferred\n"
	    "0 WRITE 7f001\n"
	    "1 EXIT\n"
	    "0 EXIT inferred\n");
}

/* exec: an empty space, with what its program must have brought. */
static void
exec_resets(void **state)
{
	struct imported im;

	import_text(
	    AT(7, 7, 00, FAULT(0x7f000000, 0x6))
	    AT(7, 7, 01, EXEC("/usr/bin/my prog pid=3", 7, 7))
	    AT(7, 7, 02, FAULT(0x7f100000, 0x14))
	    AT(7, 7, 03, FAULT(0x7f102000, 0x14))
	    AT(7, 7, 04, FAULT(0x7f104000, 0x6))
	    AT(7, 7, 05, FAULT(0x7f105000, 0x4))
	    AT(7, 7, 06, FAULT(0x7ffd12345000, 0x6))
	    AT(7, 7, 07, FAULT(0x7f000000, 0x4))
	    AT(7, 7, 08, FAULT(0x77000000, 0x6)), &im);
	assert_int_equal(im.error, 0);
	assert_string_equal(im.dump,
	    "0 MAP 7f000+1 rw- anon inferred\n"
	    "0 WRITE 7f000 inferred\n"
	    "0 EXEC s1\n"
	    "0 MAP 77000+1 rw- file0@0 inferred\n"
	    "0 MAP 7f000+1 r-- file1@0 inferred\n"
	    "0 MAP 7f100+3 r-x file2@0 inferred\n"
	    "0 MAP 7f104+2 rw- file3@0 inferred\n"
	    "0 MAP 7ffd12345+1 rw- anon inferred\n"
	    "0 EXECUTE 7f100 inferred\n"
	    "0 EXECUTE 7f102 inferred\n"
	    "0 WRITE 7f104 inferred\n"
	    "0 READ 7f105 inferred\n"
	    "0 WRITE 7ffd12345 inferred\n"
	    "0 READ 7f000 inferred\n"
	    "0 WRITE 77000 inferred\n"
	    "0 EXIT inferred\n");
	assert_int_equal(wl_trace_space(im.trace, 1)->birth, WL_BORN_EXEC);
	assert_int_equal(im.rep.maps_inferred, 6);
	assert_int_equal(im.rep.processes, 1);
	oracle_check(im.trace);
	import_free(&im);
}

/* The recording begins with an exec: no space before it. */
static void
exec_first(void **state)
{
	expect_dump(
	    AT(7, 7, 01, EXEC("/bin/x", 7, 7))
	    AT(7, 7, 02, FAULT(0x7f100000, 0x4)),
	    "0 MAP 7f100+1 r-- file0@0 inferred\n"
	    "0 READ 7f100 inferred\n"
	    "0 EXIT inferred\n");
}

/* exec of a thread that does not lead: it takes the leader's number. */
static void
exec_by_thread(void **state)
{
	struct imported im;

	import_text(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 7, 02, FORK(7, 8))
	    AT(7, 8, 03, FAULT(0x7f000000, 0x6))
	    AT(7, 7, 04, FORK(7, 9))
	    AT(7, 9, 05, FAULT(0x7f001000, 0x6))
	    AT(7, 7, 06, EXEC("/bin/x", 7, 8))
	    AT(7, 7, 07, FAULT(0x55000000, 0x4))
	    AT(7, 7, 08, EXIT(7, true))
	    AT(7, 7, 09, FAULT(0x55000000, 0x4)), &im);
	assert_int_equal(im.error, 0);
	assert_string_equal(im.dump,
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 THREAD t1\n"
	    "1 WRITE 7f000\n"
	    "0 THREAD t2\n"
	    "2 WRITE 7f001\n"
	    "2 EXIT inferred\n"
	    "0 EXIT inferred\n"
	    "1 EXEC s1\n"
	    "1 MAP 55000+1 r-- file0@0 inferred\n"
	    "1 READ 55000 inferred\n"
	    "1 EXIT\n"
	    "3 MAP 55000+1 r-- file1@0 inferred\n"	/* 7 was used again */
	    "3 READ 55000 inferred\n"
	    "3 EXIT inferred\n");
	assert_int_equal(wl_trace_thread(im.trace, 1)->tid, 7);
	import_free(&im);
}

/* Threads and processes that no line announced. */
static void
unannounced(void **state)
{
	expect_dump(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 9, 02, FAULT(0x7f000000, 0x6))
	    AT(5, 5, 03, FAULT(0x7f000000, 0x6)),
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 THREAD t1 inferred\n"
	    "1 WRITE 7f000\n"
	    "2 MAP 7f000+1 rw- anon inferred\n"
	    "2 WRITE 7f000 inferred\n"
	    "0 EXIT inferred\n1 EXIT inferred\n2 EXIT inferred\n");
	expect_reason(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(5, 5, 03, EXIT(5, true)), WL_LINE_GONE, 1);
}

/* A number that comes back without an end in between is another one. */
static void
numbers_used_again(void **state)
{
	expect_dump(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 7, 02, FORK(7, 8))
	    AT(8, 8, 03, FAULT(0x7f000000, 0x6))
	    AT(7, 7, 04, FORK(7, 8))
	    AT(8, 8, 05, FAULT(0x7f001000, 0x6))
	    AT(9, 8, 06, FAULT(0x7f001000, 0x6)),
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 FORK t1 s1\n"
	    "1 WRITE 7f000\n"
	    "1 EXIT inferred\n"
	    "0 FORK t2 s2\n"
	    "2 WRITE 7f001\n"
	    "2 EXIT inferred\n"
	    "3 MAP 7f001+1 rw- anon inferred\n"
	    "3 WRITE 7f001 inferred\n"
	    "0 EXIT inferred\n3 EXIT inferred\n");
}

/* The end of the last thread ends those whose end was lost. */
static void
group_dead(void **state)
{
	expect_dump(ANON(7, 7, 0x7f000000, 0x2000)
	    AT(7, 7, 02, FORK(7, 8))
	    AT(7, 8, 03, FAULT(0x7f000000, 0x6))
	    AT(7, 7, 04, EXIT(7, true)),
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 THREAD t1\n"
	    "1 WRITE 7f000\n"
	    "1 EXIT inferred\n"
	    "0 EXIT\n");
}

static void
shared_memory_is_inherited(void **state)
{
	expect_dump(
	    AT(7, 7, 00, MMAP(0x0, 0x2000, 0x3, 0x21, 0xffffffff, 0x0))
	    AT(7, 7, 01, MMAP_RET(0x7f000000))
	    AT(7, 7, 02, FORK(7, 8))
	    AT(8, 8, 03, FAULT(0x7f000000, 0x6))
	    AT(8, 8, 04, MREMAP(0x7f000000, 0x2000, 0x2000, 3, 0x7f100000))
	    AT(8, 8, 05, FAULT(0x7f101000, 0x6)),
	    "0 MAP 7f000+2 rw- anon-shared0@0\n"
	    "0 FORK t1 s1\n"
	    "1 WRITE 7f000\n"
	    "1 MOVE 7f000+2 to 7f100\n"
	    "1 WRITE 7f101\n"
	    "0 EXIT inferred\n1 EXIT inferred\n");
}

/* The break is inherited, too. */
static void
break_is_inherited(void **state)
{
	expect_dump(
	    AT(7, 7, 00, BRK_RET(0x55000000))
	    AT(7, 7, 01, BRK_RET(0x55001000))
	    AT(7, 7, 02, FORK(7, 8))
	    AT(8, 8, 03, BRK_RET(0x55003000))
	    AT(8, 8, 04, FAULT(0x55002000, 0x6)),
	    "0 MAP 55000+1 rw- anon\n"
	    "0 FORK t1 s1\n"
	    "1 MAP 55001+2 rw- anon\n"
	    "1 WRITE 55002\n"
	    "0 EXIT inferred\n1 EXIT inferred\n");
}

/* Needs join across gaps, but not across what was announced. */
static void
regions(void **state)
{
	expect_dump(
	    AT(7, 7, 00, FAULT(0x55000000, 0x6))
	    AT(7, 7, 01, FAULT(0x55010000, 0x4))
	    AT(7, 7, 02, MMAP(0x0, 0x1000, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 7, 03, MMAP_RET(0x55020000))
	    AT(7, 7, 04, FAULT(0x55030000, 0x6))
	    AT(7, 7, 05, FAULT(0x55031000, 0x14))
	    AT(7, 7, 06, FAULT(0x55033000, 0x4))
	    AT(7, 7, 07, FAULT(0x66000000, 0x4)),
	    "0 MAP 55000+11 rw- anon inferred\n"
	    "0 MAP 55030+1 rw- file0@0 inferred\n"
	    "0 MAP 55031+3 r-x file1@0 inferred\n"
	    "0 MAP 66000+1 r-- file2@0 inferred\n"
	    "0 WRITE 55000 inferred\n"
	    "0 READ 55010 inferred\n"
	    "0 MAP 55020+1 rw- anon\n"
	    "0 WRITE 55030 inferred\n"
	    "0 EXECUTE 55031 inferred\n"
	    "0 READ 55033 inferred\n"
	    "0 READ 66000 inferred\n"
	    "0 EXIT inferred\n");
}

/* A stack is one mapping, however far it was reached into. */
static void
stacks(void **state)
{
	expect_dump(
	    AT(7, 7, 00, FAULT(0x7ffd12345000, 0x6))
	    AT(7, 7, 01, FAULT(0x7ffd12000000, 0x6))
	    AT(7, 7, 02, FAULT(0x77fd12345000, 0x6))
	    AT(7, 7, 03, FAULT(0x77fd12000000, 0x6)),
	    "0 MAP 77fd12000+1 rw- anon inferred\n"
	    "0 MAP 77fd12345+1 rw- anon inferred\n"
	    "0 MAP 7ffd12000+346 rw- anon inferred\n"
	    "0 WRITE 7ffd12345 inferred\n"
	    "0 WRITE 7ffd12000 inferred\n"
	    "0 WRITE 77fd12345 inferred\n"
	    "0 WRITE 77fd12000 inferred\n"
	    "0 EXIT inferred\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_copies),
		cmocka_unit_test(needs_of_children),
		cmocka_unit_test(thread_or_process),
		cmocka_unit_test(clone_lines_are_kept),
		cmocka_unit_test(sharing),
		cmocka_unit_test(exec_resets),
		cmocka_unit_test(exec_first),
		cmocka_unit_test(exec_by_thread),
		cmocka_unit_test(unannounced),
		cmocka_unit_test(numbers_used_again),
		cmocka_unit_test(group_dead),
		cmocka_unit_test(shared_memory_is_inherited),
		cmocka_unit_test(break_is_inherited),
		cmocka_unit_test(regions),
		cmocka_unit_test(stacks),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

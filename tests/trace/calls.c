/* System calls that map, unmap and change pages. */

#include "tests/trace/trace_test.h"

#define ANON(addr, len) \
	AT(7, 7, 0, MMAP(0x0, len, 0x3, 0x22, 0xffffffff, 0x0)) \
	AT(7, 7, 1, MMAP_RET(addr))
#define END "0 EXIT inferred\n"

static void
mmap_kinds(void **state)
{
	expect_dump(
	    AT(7, 7, 0, MMAP(0x0, 0x2001, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 7, 1, MMAP_RET(0x7f001000))
	    AT(7, 7, 2, MMAP(0x0, 0x4000, 0x5, 0x2, 0x3, 0x6000))
	    AT(7, 7, 3, MMAP_RET(0x7f010000))
	    AT(7, 7, 4, MMAP(0x0, 0x1000, 0x1, 0x21, 0xffffffff, 0x0))
	    AT(7, 7, 5, MMAP_RET(0x7f020000))
	    AT(7, 7, 6, MMAP(0x0, 0x1000, 0x3, 0x3, 0x4, 0x0))
	    AT(7, 7, 7, MMAP_RET(0x7f030000))
	    AT(7, 7, 8, FAULT(0x7f003fff, 0x6))
	    AT(7, 7, 9, FAULT(0x7f010000, 0x14)),
	    "0 MAP 7f001+3 rw- anon\n"
	    "0 MAP 7f010+4 r-x file0@6\n"
	    "0 MAP 7f020+1 r-- anon-shared1@0\n"
	    "0 MAP 7f030+1 rw- file-shared2@0\n"
	    "0 WRITE 7f003\n"
	    "0 EXECUTE 7f010\n" END);
}

/* The loader's way: the whole file, then its segments over it. */
static void
mmap_fixed(void **state)
{
	struct imported im;

	import_text(
	    AT(7, 7, 0, MMAP(0x0, 0x8000, 0x1, 0x802, 0x3, 0x0))
	    AT(7, 7, 1, MMAP_RET(0x7f000000))
	    AT(7, 7, 2, MMAP(0x7f002000, 0x3000, 0x5, 0x812, 0x3, 0x2000))
	    AT(7, 7, 3, MMAP_RET(0x7f002000))
	    AT(7, 7, 4, MMAP(0x7f007000, 0x3000, 0x3, 0x32, 0xffffffff, 0x0))
	    AT(7, 7, 5, MMAP_RET(0x7f007000))
	    AT(7, 7, 6, MMAP(0x0, 0x1000, 0x1, 0x2, 0x3, 0x0))
	    AT(7, 7, 7, MMAP_RET(0x7f100000))
	    AT(8, 8, 8, MMAP(0x0, 0x8000, 0x1, 0x802, 0x5, 0x0))
	    AT(8, 8, 9, MMAP_RET(0x7f000000)), &im);
	assert_int_equal(im.error, 0);
	assert_string_equal(im.dump,
	    "0 MAP 7f000+8 r-- file0@0\n"
	    "0 UNMAP 7f002+3\n"
	    "0 MAP 7f002+3 r-x file0@2\n"
	    "0 UNMAP 7f007+3\n"
	    "0 MAP 7f007+3 rw- anon\n"
	    "0 MAP 7f100+1 r-- file1@0\n"
	    "1 MAP 7f000+8 r-- file0@0\n"	/* the same library */
	    "0 EXIT inferred\n"
	    "1 EXIT inferred\n");
	assert_int_equal(wl_trace_object(im.trace, 0)->npages, 8);
	assert_false(wl_trace_object(im.trace, 0)->shared);
	import_free(&im);
}

static void
shared_objects_tell(void **state)
{
	struct imported im;

	import_text(
	    AT(7, 7, 0, MMAP(0x0, 0x2000, 0x1, 0x1, 0x3, 0x0))
	    AT(7, 7, 1, MMAP_RET(0x7f000000))
	    AT(7, 7, 2, MMAP(0x0, 0x4000, 0x3, 0x1, 0x4, 0x1000))
	    AT(7, 7, 3, MMAP_RET(0x7f100000))
	    AT(7, 7, 4, MMAP(0x0, 0x6000, 0x1, 0x1, 0x5, 0x0))
	    AT(7, 7, 5, MMAP_RET(0x7f200000))
	    AT(7, 7, 6, MPROTECT(0x7f201000, 0x1000, 0x3))
	    AT(7, 7, 7, MMAP(0x0, 0x7000, 0x1, 0x1, 0x6, 0x0))
	    AT(7, 7, 8, MMAP_RET(0x7f300000))
	    AT(7, 7, 9, FAULT(0x7f300000, 0x7)), &im);
	assert_int_equal(im.error, 0);
	assert_true(wl_trace_object(im.trace, 0)->shared);
	assert_false(wl_trace_object(im.trace, 0)->written);
	assert_true(wl_trace_object(im.trace, 1)->written);
	assert_int_equal(wl_trace_object(im.trace, 1)->npages, 5);
	assert_true(wl_trace_object(im.trace, 2)->written);
	assert_true(wl_trace_object(im.trace, 3)->written);
	import_free(&im);
}

/* Which mappings are of the same file? */
static void
identity(void **state)
{
	expect_dump(
	    AT(7, 7, 0, MMAP(0x0, 0x8000, 0x1, 0x2, 0x3, 0x0))
	    AT(7, 7, 1, MMAP_RET(0x7f000000))
	    /* over it, but of another descriptor */
	    AT(7, 7, 2, MMAP(0x7f002000, 0x1000, 0x1, 0x12, 0x4, 0x0))
	    AT(7, 7, 3, MMAP_RET(0x7f002000))
	    AT(7, 7, 4, MMAP(0x0, 0x2000, 0x1, 0x1, 0x5, 0x0))
	    AT(7, 7, 5, MMAP_RET(0x7f100000))
	    /* shared: the same in a family, another in a stranger */
	    AT(7, 7, 6, FORK(7, 8))
	    AT(8, 8, 7, MMAP(0x0, 0x2000, 0x1, 0x1, 0x5, 0x0))
	    AT(8, 8, 8, MMAP_RET(0x7f200000))
	    AT(9, 9, 8, MMAP(0x0, 0x2000, 0x1, 0x1, 0x5, 0x0))
	    AT(9, 9, 9, MMAP_RET(0x7f200000)),
	    "0 MAP 7f000+8 r-- file0@0\n"
	    "0 UNMAP 7f002+1\n"
	    "0 MAP 7f002+1 r-- file1@0\n"
	    "0 MAP 7f100+2 r-- file-shared2@0\n"
	    "0 FORK t1 s1\n"
	    "1 MAP 7f200+2 r-- file-shared2@0\n"
	    "2 MAP 7f200+2 r-- file-shared3@0\n"
	    "0 EXIT inferred\n1 EXIT inferred\n2 EXIT inferred\n");
}

static void
mmap_results(void **state)
{
	/* a refusal, which nothing is left of */
	expect_reason(
	    AT(7, 7, 0, MMAP(0x0, 0x1000, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 7, 1, MMAP_RET(0xfffffffffffffff4))
	    AT(7, 7, 2, FAULT(0x7f000000, 0x4)), WL_LINE_FAILED, 2);
	/* no return: where it is is known only if it had to be there */
	expect_reason(
	    AT(7, 7, 0, MMAP(0x0, 0x1000, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 7, 1, FAULT(0x7f000000, 0x6)), WL_LINE_NO_EXIT, 1);
	expect_dump(
	    AT(7, 7, 0, MMAP(0x7f000000, 0x1000, 0x3, 0x32, 0xffffffff, 0))
	    AT(7, 7, 1, FAULT(0x7f000000, 0x6)),
	    "0 MAP 7f000+1 rw- anon\n0 WRITE 7f000\n" END);
	expect_reason(
	    AT(7, 7, 0, MMAP(0x7f000000, 0x1000, 0x3, 0x32, 0xffffffff, 0))
	    AT(7, 7, 1, FAULT(0x7f000000, 0x6)), WL_LINE_NO_RETURN, 1);
	/* a return that belongs to nothing, or to another call */
	expect_reason(
	    AT(7, 7, 0, MMAP_RET(0x7f000000))
	    AT(7, 7, 1, FAULT(0x7f000000, 0x6)), WL_LINE_NO_ENTRY, 1);
	expect_reason(
	    AT(7, 7, 0, MMAP(0x0, 0x1000, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 7, 1, BRK(0x0))
	    AT(7, 7, 2, MMAP_RET(0x7f000000))
	    AT(7, 7, 3, FAULT(0x7f000000, 0x6)), WL_LINE_NO_ENTRY, 1);
	/* a fault in between: the thread had come back already */
	expect_reason(
	    AT(7, 7, 0, MMAP(0x0, 0x1000, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 7, 1, FAULT(0x7f000000, 0x6))
	    AT(7, 7, 2, MMAP_RET(0x7f100000)), WL_LINE_NO_ENTRY, 1);
	/* no object reaches as far */
	expect_reason(
	    AT(7, 7, 0, MMAP(0x0, 0x2000, 0x3, 0x2, 0x3, 0xfffffffffffff000))
	    AT(7, 7, 1, MMAP_RET(0x7f000000))
	    AT(7, 7, 2, FAULT(0x7f000000, 0x6)), WL_LINE_LIMIT, 1);
	/* another thread's return is not ours */
	expect_reason(
	    AT(7, 7, 0, MMAP(0x0, 0x1000, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 8, 1, MMAP_RET(0x7f000000))
	    AT(7, 7, 2, MMAP_RET(0x7f100000))
	    AT(7, 7, 3, FAULT(0x7f100000, 0x6)), WL_LINE_FAULT, 1);
	/* impossible ranges */
	expect_reason(ANON(0x7f000000, 0x0)
	    AT(7, 7, 2, FAULT(0x7f000000, 0x4)), WL_LINE_RANGE, 1);
	expect_reason(ANON(0x7f000000, 0xffffffffffffffff)
	    AT(7, 7, 2, FAULT(0x7f000000, 0x4)), WL_LINE_RANGE, 1);
	expect_reason(ANON(0x7f000010, 0x1000)
	    AT(7, 7, 2, FAULT(0x7f000000, 0x4)), WL_LINE_RANGE, 1);
}

static void
munmap(void **state)
{
	expect_dump(ANON(0x7f000000, 0x8000)
	    AT(7, 7, 2, MUNMAP(0x7f002000, 0x1001))
	    AT(7, 7, 3, FAULT(0x7f001000, 0x6))
	    AT(7, 7, 4, FAULT(0x7f004000, 0x6)),
	    "0 MAP 7f000+8 rw- anon\n"
	    "0 UNMAP 7f002+2\n"
	    "0 WRITE 7f001\n"
	    "0 WRITE 7f004\n" END);
	expect_reason(ANON(0x7f000000, 0x1000)
	    AT(7, 7, 2, MUNMAP(0x7f100000, 0x1000)), WL_LINE_NOTHING, 1);
	/* it failed: the pages are still there */
	expect_dump(ANON(0x7f000000, 0x1000)
	    AT(7, 7, 2, MUNMAP(0x7f000000, 0x1000))
	    AT(7, 7, 3, "syscalls:sys_exit_munmap: 0xffffffffffffffea")
	    AT(7, 7, 4, FAULT(0x7f000000, 0x6)),
	    "0 MAP 7f000+1 rw- anon\n0 WRITE 7f000\n" END);
}

/* A page used after it was unmapped: a line was lost in between. */
static void
late_mapping(void **state)
{
	expect_dump(ANON(0x7f000000, 0x3000)
	    AT(7, 7, 2, MUNMAP(0x7f000000, 0x2000))
	    AT(7, 7, 3, FAULT(0x7f001000, 0x6))
	    AT(7, 7, 4, FAULT(0x7f000000, 0x6))
	    AT(7, 7, 5, MUNMAP(0x7f000000, 0x2000))
	    AT(7, 7, 6, FAULT(0x7f001000, 0x14)),
	    "0 MAP 7f000+3 rw- anon\n"
	    "0 UNMAP 7f000+2\n"
	    "0 MAP 7f000+2 rw- anon inferred\n"
	    "0 WRITE 7f001 inferred\n"
	    "0 WRITE 7f000 inferred\n"
	    "0 UNMAP 7f000+2\n"
	    "0 MAP 7f000+2 r-x file0@0 inferred\n"
	    "0 EXECUTE 7f001 inferred\n" END);
}

/* It ends where its hole ends, on both sides. */
static void
late_mapping_in_its_hole(void **state)
{
	expect_dump(ANON(0x7f000000, 0x10000)
	    AT(7, 7, 2, MUNMAP(0x7f000000, 0x1000))
	    AT(7, 7, 3, MUNMAP(0x7f004000, 0x2000))
	    AT(7, 7, 4, MUNMAP(0x7f008000, 0x1000))
	    AT(7, 7, 5, FAULT(0x7f005000, 0x6)),
	    "0 MAP 7f000+10 rw- anon\n"
	    "0 UNMAP 7f000+1\n"
	    "0 UNMAP 7f004+2\n"
	    "0 UNMAP 7f008+1\n"
	    "0 MAP 7f004+2 rw- anon inferred\n"
	    "0 WRITE 7f005 inferred\n" END);
}

static void
mprotect(void **state)
{
	expect_dump(ANON(0x7f000000, 0x8000)
	    AT(7, 7, 2, MPROTECT(0x7f001000, 0x2000, 0x1))
	    AT(7, 7, 3, MPROTECT(0x7f001000, 0x2000, 0x3))
	    AT(7, 7, 4, FAULT(0x7f002000, 0x7)),
	    "0 MAP 7f000+8 rw- anon\n"
	    "0 PROTECT 7f001+2 r--\n"
	    "0 PROTECT 7f001+2 rw-\n"
	    "0 WRITE 7f002 present\n" END);
	/* an access that no line allowed */
	expect_dump(ANON(0x7f000000, 0x2000)
	    AT(7, 7, 2, MPROTECT(0x7f001000, 0x1000, 0x0))
	    AT(7, 7, 3, FAULT(0x7f001000, 0x4))
	    AT(7, 7, 4, FAULT(0x7f000000, 0x14)),
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 PROTECT 7f001+1 ---\n"
	    "0 PROTECT 7f001+1 r-- inferred\n"
	    "0 READ 7f001 inferred\n"
	    "0 PROTECT 7f000+1 rwx inferred\n"
	    "0 EXECUTE 7f000 inferred\n" END);
	/* of pages that nobody announced: they must have been there */
	expect_dump(
	    AT(7, 7, 2, MPROTECT(0x7f000000, 0x2000, 0x1))
	    AT(7, 7, 3, FAULT(0x7f000000, 0x4)),
	    "0 MAP 7f000+2 rw- anon inferred\n"
	    "0 PROTECT 7f000+2 r--\n"
	    "0 READ 7f000 inferred\n" END);
	expect_reason(
	    AT(7, 7, 2, MPROTECT(0x7f000000, 0x7f0000000000, 0x1))
	    AT(7, 7, 3, FAULT(0x7f000000, 0x4)), WL_LINE_NOTHING, 1);
}

static void
madvise(void **state)
{
	expect_dump(ANON(0x7f000000, 0x8000)
	    AT(7, 7, 2, MADVISE(0x7f001000, 0x2000, 0x4))
	    AT(7, 7, 3, MADVISE(0x7f002000, 0x2000, 0x8))
	    AT(7, 7, 4, MADVISE(0x7f000000, 0x8000, 0xe)),
	    "0 MAP 7f000+8 rw- anon\n"
	    "0 FREE 7f001+2\n"
	    "0 FREE 7f002+2 lazy\n" END);
	expect_reason(ANON(0x7f000000, 0x8000)
	    AT(7, 7, 4, MADVISE(0x7f000000, 0x8000, 0xe)),
	    WL_LINE_ADVICE, 1);
	expect_reason(ANON(0x7f000000, 0x8000)
	    AT(7, 7, 4, MADVISE(0x7f100000, 0x8000, 0x4)),
	    WL_LINE_NOTHING, 1);
}

static void
brk(void **state)
{
	expect_dump(
	    AT(7, 7, 0, BRK(0x0)) AT(7, 7, 1, BRK_RET(0x55000000))
	    AT(7, 7, 2, BRK(0x55021000)) AT(7, 7, 3, BRK_RET(0x55021000))
	    AT(7, 7, 4, FAULT(0x55020000, 0x6))
	    AT(7, 7, 5, BRK(0x55031800)) AT(7, 7, 6, BRK_RET(0x55031800))
	    AT(7, 7, 7, BRK(0x55010000)) AT(7, 7, 8, BRK_RET(0x55010000)),
	    "0 MAP 55000+21 rw- anon\n"
	    "0 WRITE 55020\n"
	    "0 MAP 55021+11 rw- anon\n"
	    "0 UNMAP 55010+22\n" END);
	/* the heap of a process that was there before: below its break */
	expect_dump(
	    AT(7, 7, 0, FAULT(0x54fff000, 0x6))
	    AT(7, 7, 1, FAULT(0x54ffd000, 0x4))
	    AT(7, 7, 2, BRK_RET(0x55000000))
	    AT(7, 7, 3, BRK_RET(0x55001000)),
	    "0 MAP 54ffd+3 rw- anon inferred\n"
	    "0 WRITE 54fff inferred\n"
	    "0 READ 54ffd inferred\n"
	    "0 MAP 55000+1 rw- anon\n" END);
	/* also those of its pages that were only read */
	expect_dump(
	    AT(7, 7, 0, FAULT(0x54ffd000, 0x4))
	    AT(7, 7, 1, BRK_RET(0x55000000)),
	    "0 MAP 54ffd+1 r-- anon inferred\n"
	    "0 READ 54ffd inferred\n" END);
	/* entry alone */
	expect_reason(
	    AT(7, 7, 0, BRK(0x55000000))
	    AT(7, 7, 1, FAULT(0x54fff000, 0x6))
	    AT(7, 7, 2, BRK(0x55002000)), WL_LINE_NO_RETURN, 2);
	expect_reason(
	    AT(7, 7, 0, BRK(0x0))
	    AT(7, 7, 1, FAULT(0x54fff000, 0x6)), WL_LINE_NO_EXIT, 1);
}

static void
mremap_in_place(void **state)
{
	expect_dump(ANON(0x7f000000, 0x4000)
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x4000, 0x6000, 1, 0))
	    AT(7, 7, 3, MREMAP_RET(0x7f000000))
	    AT(7, 7, 4, FAULT(0x7f005000, 0x6))
	    AT(7, 7, 5, MREMAP(0x7f000000, 0x6000, 0x2000, 1, 0))
	    AT(7, 7, 6, MREMAP_RET(0x7f000000)),
	    "0 MAP 7f000+4 rw- anon\n"
	    "0 MAP 7f004+2 rw- anon\n"
	    "0 WRITE 7f005\n"
	    "0 UNMAP 7f002+4\n" END);
	expect_reason(ANON(0x7f000000, 0x4000)
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x4000, 0x6000, 0, 0))
	    AT(7, 7, 3, MREMAP_RET(-12)), WL_LINE_FAILED, 2);
}

static void
mremap_moves(void **state)
{
	/* grows elsewhere; the file goes on where it was */
	expect_dump(
	    AT(7, 7, 0, MMAP(0x0, 0x4000, 0x1, 0x2, 0x3, 0x1000))
	    AT(7, 7, 1, MMAP_RET(0x7f000000))
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x4000, 0x6000, 1, 0))
	    AT(7, 7, 3, MREMAP_RET(0x7f100000))
	    AT(7, 7, 4, FAULT(0x7f105000, 0x4)),
	    "0 MAP 7f000+4 r-- file0@1\n"
	    "0 MOVE 7f000+4 to 7f100\n"
	    "0 MAP 7f104+2 r-- file0@5\n"
	    "0 READ 7f105\n" END);
	/* to a fixed place that is taken, and smaller */
	expect_dump(ANON(0x7f000000, 0x4000)
	    AT(7, 7, 2, MMAP(0x0, 0x8000, 0x3, 0x22, 0xffffffff, 0x0))
	    AT(7, 7, 3, MMAP_RET(0x7f100000))
	    AT(7, 7, 4, MREMAP(0x7f000000, 0x4000, 0x2000, 3, 0x7f101000))
	    AT(7, 7, 5, MREMAP_RET(0x7f101000))
	    AT(7, 7, 6, FAULT(0x7f101000, 0x7)),
	    "0 MAP 7f000+4 rw- anon\n"
	    "0 MAP 7f100+8 rw- anon\n"
	    "0 UNMAP 7f002+2\n"
	    "0 UNMAP 7f101+2\n"
	    "0 MOVE 7f000+2 to 7f101\n"
	    "0 WRITE 7f101 present\n" END);
	/* the old place stays mapped, but empty */
	expect_dump(ANON(0x7f000000, 0x2000)
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x2000, 0x2000, 5, 0))
	    AT(7, 7, 3, MREMAP_RET(0x7f100000))
	    AT(7, 7, 4, FAULT(0x7f000000, 0x6)),
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 MOVE 7f000+2 to 7f100\n"
	    "0 MAP 7f000+2 rw- anon\n"
	    "0 WRITE 7f000\n" END);
	/* of pages that nobody announced */
	expect_dump(
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x2000, 0x4000, 1, 0))
	    AT(7, 7, 3, MREMAP_RET(0x7f100000))
	    AT(7, 7, 4, FAULT(0x7f103000, 0x6)),
	    "0 MAP 7f000+2 rw- anon inferred\n"
	    "0 MOVE 7f000+2 to 7f100\n"
	    "0 MAP 7f102+2 rw- anon inferred\n"
	    "0 WRITE 7f103 inferred\n" END);
}

static void
mremap_alone(void **state)
{
	expect_dump(ANON(0x7f000000, 0x4000)
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x4000, 0x2000, 0, 0)),
	    "0 MAP 7f000+4 rw- anon\n0 UNMAP 7f002+2\n" END);
	expect_dump(ANON(0x7f000000, 0x4000)
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x4000, 0x4000, 3, 0x7f100000)),
	    "0 MAP 7f000+4 rw- anon\n0 MOVE 7f000+4 to 7f100\n" END);
	expect_reason(ANON(0x7f000000, 0x4000)
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x4000, 0x8000, 1, 0)),
	    WL_LINE_NO_EXIT, 1);
	expect_reason(ANON(0x7f000000, 0x4000)
	    AT(7, 7, 2, MREMAP(0x7f000000, 0x4000, 0x4000, 3, 0x7f001000)),
	    WL_LINE_RANGE, 1);
	expect_reason(ANON(0x7f000000, 0x4000)
	    AT(7, 7, 3, MREMAP_RET(0x7f100000)), WL_LINE_NO_ENTRY, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmap_kinds),
		cmocka_unit_test(mmap_fixed),
		cmocka_unit_test(shared_objects_tell),
		cmocka_unit_test(identity),
		cmocka_unit_test(mmap_results),
		cmocka_unit_test(munmap),
		cmocka_unit_test(late_mapping),
		cmocka_unit_test(late_mapping_in_its_hole),
		cmocka_unit_test(mprotect),
		cmocka_unit_test(madvise),
		cmocka_unit_test(brk),
		cmocka_unit_test(mremap_in_place),
		cmocka_unit_test(mremap_moves),
		cmocka_unit_test(mremap_alone),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

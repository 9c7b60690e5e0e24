/*
 * Short ways to write a recording, and to say what must come of it.
 */

#ifndef TESTS_TRACE_TRACE_TEST_H
#define TESTS_TRACE_TRACE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "workloads/trace_int.h"

/* What importing gave. */
struct imported {
	int			 error;
	uint8_t			*buf;
	size_t			 len;
	struct wl_trace		*trace;
	struct wl_import_report	 rep;
	struct wl_trace_error	 err;
	char			*dump;
};

/*
 * import_text: import, and open what came of it.
 *
 * => asserts that every line is counted once, also on error
 * => on success asserts that the trace opens
 */
void	import_text(const char *text, struct imported *);
void	import_free(struct imported *);

/*
 * trace_dump: all records by sequence number, a line each:
 *
 *	0 MAP 7f000+10 r-x file0@0 inferred
 *	0 WRITE 7f001 present
 *	0 FORK t1 s1
 *
 * => the caller frees it
 */
char	*trace_dump(const struct wl_trace *);

/* Import text and compare the dump. */
void	expect_dump(const char *text, const char *dump);

/* Import text and demand n lines of that reason. */
void	expect_reason(const char *text, enum wl_line_reason, uint64_t n);

/* Import text and demand an error that says `what`. */
void	expect_error(const char *text, uint64_t line, const char *what);

/*
 * Run a trace in order over plain page tables, written for this purpose
 * alone, and assert that each record is possible.
 */
void	oracle_check(const struct wl_trace *);

/* A line at 1.`digits` seconds: take digits of equal length. */
#define AT(pid, tid, digits, text) \
	"sh " #pid "/" #tid " 1." #digits ": " text "\n"
#define FAULT(addr, code) \
	"exceptions:page_fault_user: address=" #addr " ip=0x1 error_code=" #code
#define MMAP(addr, len, prot, flags, fd, off) \
	"syscalls:sys_enter_mmap: addr: " #addr ", len: " #len ", prot: " \
	#prot ", flags: " #flags ", fd: " #fd ", off: " #off
#define MMAP_RET(addr)	"syscalls:sys_exit_mmap: " #addr
#define MUNMAP(addr, len) \
	"syscalls:sys_enter_munmap: addr: " #addr ", len: " #len
#define MPROTECT(addr, len, prot) \
	"syscalls:sys_enter_mprotect: start: " #addr ", len: " #len \
	", prot: " #prot
#define MADVISE(addr, len, advice) \
	"syscalls:sys_enter_madvise: start: " #addr ", len_in: " #len \
	", behavior: " #advice
#define MREMAP(addr, old, new, flags, to) \
	"syscalls:sys_enter_mremap: addr: " #addr ", old_len: " #old \
	", new_len: " #new ", flags: " #flags ", new_addr: " #to
#define MREMAP_RET(addr)	"syscalls:sys_exit_mremap: " #addr
#define BRK(addr)	"syscalls:sys_enter_brk: brk: " #addr
#define BRK_RET(addr)	"syscalls:sys_exit_brk: " #addr
#define CLONE(flags) \
	"syscalls:sys_enter_clone: clone_flags: " #flags \
	", newsp: 0x00000000, parent_tidptr: 0x0, child_tidptr: 0x0, tls: 0x0"
#define CLONE_RET(tid)	"syscalls:sys_exit_clone: " #tid
#define CLONE3	"syscalls:sys_enter_clone3: uargs: 0x7ffe0000, size: 0x58"
#define FORK(pid, child) \
	"sched:sched_process_fork: comm=sh pid=" #pid \
	" child_comm=sh child_pid=" #child
#define EXEC(file, pid, old) \
	"sched:sched_process_exec: filename=" file " pid=" #pid \
	" old_pid=" #old
#define EXIT(pid, dead) \
	"sched:sched_process_exit: comm=sh pid=" #pid \
	" prio=120 group_dead=" #dead

#endif /* TESTS_TRACE_TRACE_TEST_H */

/*
 * The bytes of a compact trace.  All numbers are little endian.
 *
 *	+--------+---------+----------+----------+----------------------+
 *	| header | objects |  spaces  | threads  | stream 0, stream 1.. |
 *	+--------+---------+----------+----------+----------------------+
 *	 128      16 each   64 each    72 each    lengths: in the threads
 *
 * Header: magic, version, header size, total size, checksum (of every byte
 * but its own eight), duration, records, counts of objects, spaces, threads,
 * page shift; the rest is zero.
 *
 * Record: a byte (op, and flags above it), then varints: seq less the
 * thread's last seq, time and epoch likewise, and for structural records
 * `before` likewise; then what the op needs.  Pages are signed differences
 * (zigzag) to the page of the thread's last record that named one.  After an
 * EXEC epoch and before start from zero again.
 */

#ifndef WORKLOADS_TRACE_FORMAT_INT_H
#define WORKLOADS_TRACE_FORMAT_INT_H

#include "workloads/trace_int.h"

#define TRACE_MAGIC	"\x89" "amaptr\n"
#define TRACE_MAGIC_LEN	8

enum {
	TRACE_AT_MAGIC = 0,
	TRACE_AT_VERSION = 8,		/* u32 */
	TRACE_AT_HEADER = 12,		/* u32 */
	TRACE_AT_SIZE = 16,		/* u64 */
	TRACE_AT_SUM = 24,		/* u64 */
	TRACE_AT_DURATION = 32,		/* u64 */
	TRACE_AT_NRECORDS = 40,		/* u64 */
	TRACE_AT_NOBJECTS = 48,		/* u32 */
	TRACE_AT_NSPACES = 52,		/* u32 */
	TRACE_AT_NTHREADS = 56,		/* u32 */
	TRACE_AT_SHIFT = 60,		/* u32 */
	TRACE_HEADER = 128
};

enum {
	OBJECT_AT_NPAGES = 0,		/* u64 */
	OBJECT_AT_FLAGS = 8,		/* u64: 1 shared, 2 written */
	OBJECT_SIZE = 16
};

enum {
	SPACE_AT_PID = 0,		/* u32 */
	SPACE_AT_PARENT = 4,		/* u32 */
	SPACE_AT_FIRST = 8,		/* u32 */
	SPACE_AT_BIRTH = 12,		/* u32 */
	SPACE_AT_START = 16,		/* u64 */
	SPACE_AT_NRECORDS = 24,		/* u64 */
	SPACE_AT_NSTRUCTURAL = 32,	/* u64 */
	SPACE_AT_COMM = 40,		/* 16 bytes, then 8 of zero */
	SPACE_SIZE = 64
};

enum {
	THREAD_AT_PID = 0,		/* u32 */
	THREAD_AT_TID = 4,		/* u32 */
	THREAD_AT_PARENT = 8,		/* u32 */
	THREAD_AT_SPACE = 12,		/* u32 */
	THREAD_AT_BIRTH = 16,		/* u32, then 4 of zero */
	THREAD_AT_START = 24,		/* u64 */
	THREAD_AT_NRECORDS = 32,	/* u64 */
	THREAD_AT_LENGTH = 40,		/* u64 */
	THREAD_AT_COMM = 48,		/* 16 bytes, then 8 of zero */
	THREAD_SIZE = 72
};

#define OBJECT_SHARED	1
#define OBJECT_WRITTEN	2

#define REC_OP_MASK	0x0f
#define REC_FLAG_SHIFT	5
#define REC_MAX		128	/* no record is longer */

uint32_t trace_get32(const uint8_t *);
uint64_t trace_get64(const uint8_t *);
void	trace_put32(uint8_t *, uint32_t);
void	trace_put64(uint8_t *, uint64_t);
uint64_t trace_sum(const uint8_t *, size_t len);

/*
 * A cursor before its thread's first record.
 */
void	trace_cursor(struct wl_trace_cursor *, const uint8_t *, size_t len,
	    uint32_t thread, uint32_t space);

/*
 * trace_decode: the record at the cursor, which moves past it.
 *
 * => NULL, or what is wrong with the bytes; total on any input
 * => fields are in the ranges of trace_int.h, ids are not looked up
 */
const char *trace_decode(struct wl_trace_cursor *, struct wl_trace_rec *);

/*
 * trace_encode: the bytes of rec after the cursor's last record.
 *
 * => writes at most REC_MAX bytes at p, returns how many
 * => moves the cursor's state on, as trace_decode would
 */
size_t	trace_encode(struct wl_trace_cursor *, const struct wl_trace_rec *,
	    uint8_t *p);

/*
 * trace_check: does the whole trace hold what trace_int.h promises?
 *
 * => fills nops and max_mapped of *info
 * => 0; EINVAL with err->text filled; ENOMEM
 */
int	trace_check(const struct wl_trace *, struct wl_trace_info *info,
	    struct wl_trace_error *err);

void	trace_error(struct wl_trace_error *, const char *file, uint64_t line,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif /* WORKLOADS_TRACE_FORMAT_INT_H */

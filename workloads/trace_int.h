/*
 * Recorded processes: the compact trace, and the importer that makes one.
 *
 *	perf record -> perf script -> text -> wl_trace_import -> x.trace
 *	                                       |                    |
 *	                               wl_import_report     wl_trace_open
 *
 * A trace is a set of threads, each a stream of records.  Threads live in
 * spaces; a space is one life of one address space: it begins with the
 * recording, with a fork, or with an exec, and it ends when the last thread
 * leaves it.
 *
 *	thread 0  MAP W W FORK(thread 1, space 1) W       EXIT
 *	seq       0   1 2 3                       5       8
 *	thread 1                            R     EXEC(space 2) MAP X EXIT
 *	seq                                 4     6              7  9 10
 *
 * The sequence numbers of a trace are dense: 0, 1, 2, ... over all threads.
 * Replayed in that order, every record is possible when its turn comes:
 *
 * => a fault lies in a live mapping of its space that permits the access
 * => a MAP covers no page that is mapped
 * => a PROTECT and a MOVE cover mapped pages only, and the target of a MOVE
 *    is free
 * => an UNMAP and a FREE cover at least one mapped page
 * => a thread's first record comes after the FORK or THREAD that made it
 * => a thread's last record is its EXIT, and it has only that one
 *
 * wl_trace_open() checks all of this, so that a replayer need not.  No
 * mapping is left to be inferred: the importer has put it in.
 */

#ifndef WORKLOADS_TRACE_INT_H
#define WORKLOADS_TRACE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WL_TRACE_VERSION	1
#define WL_TRACE_PAGE_SHIFT	12	/* what one page of a trace stands for */
#define WL_TRACE_PAGES		((uint64_t)1 << 44)	/* of one space */
#define WL_TRACE_OBJECT_PAGES	((uint64_t)1 << 52)	/* of one object */
#define WL_TRACE_NONE		UINT32_MAX	/* no thread, space or object */
#define WL_TRACE_NAME		16	/* room for a command name */

/*
 * What is wrong with an input, for one line to the user.  line is 0 where the
 * input has no lines.
 */
struct wl_trace_error {
	char		file[256];
	uint64_t	line;
	char		text[320];	/* names what was expected */
};

/*
 * wl_trace_error_text: "FILE:LINE: TEXT", or "FILE: TEXT" without a line.
 *
 * => writes at most len bytes, always terminated
 */
void	wl_trace_error_text(const struct wl_trace_error *, char *, size_t len);

/* ---- reading a trace ---------------------------------------------------- */

enum wl_trace_op {
#define WL_TRACE_OP(name, structural, help)	WL_TRACE_##name,
#include "workloads/trace_ops.def"
#undef WL_TRACE_OP
	WL_TRACE_NOPS
};

struct wl_trace_op_row {
	const char	*name;
	bool		 structural;
	const char	*help;
};
extern const struct wl_trace_op_row wl_trace_ops[WL_TRACE_NOPS];

enum wl_trace_kind {
	WL_MAP_ANON,		/* private, zero filled */
	WL_MAP_FILE,		/* private over an object; writes promote */
	WL_MAP_ANON_SHARED,	/* an object of zeroes, inherited by fork */
	WL_MAP_FILE_SHARED,	/* an object seen by all who map it */
	WL_MAP_NKINDS
};

#define WL_PROT_READ	1
#define WL_PROT_WRITE	2
#define WL_PROT_EXEC	4

#define WL_REC_INFERRED	1	/* no line of the recording announced this */
#define WL_REC_PRESENT	2	/* a fault on a page that was there: COW */
#define WL_REC_LAZY	4	/* FREE: the pages may live on until needed */

/*
 * One record.  Pages and lengths count pages of 1 << WL_TRACE_PAGE_SHIFT.
 *
 * Threads of one space may be replayed side by side as long as structural
 * records stay in place.  For that each record says what came before it in
 * its own space:
 *
 *	epoch	structural records of this space with a smaller seq
 *	before	all records of this space with a smaller seq (structural only)
 *
 * With two counters a space, "structural records done" and "records done":
 * a record may run once the first has reached its epoch, a structural record
 * once the second has reached its before.  EXIT and EXEC only leave the
 * space: whoever leaves last takes it down, in whatever order that is.
 */
struct wl_trace_rec {
	uint8_t		op;		/* enum wl_trace_op */
	uint8_t		flags;		/* WL_REC_* */
	uint8_t		prot;		/* MAP, PROTECT */
	uint8_t		kind;		/* MAP: enum wl_trace_kind */
	uint32_t	thread;		/* whose record this is */
	uint32_t	space;		/* where it happens (before an EXEC) */
	uint32_t	child;		/* FORK, THREAD: the new thread */
	uint32_t	child_space;	/* FORK, EXEC: the new space */
	uint32_t	object;		/* MAP of other kinds than ANON */
	uint64_t	object_page;	/* MAP: page of the object at page */
	uint64_t	seq;
	uint64_t	time;		/* ns since the recording began */
	uint64_t	epoch;
	uint64_t	before;		/* structural records only, else 0 */
	uint64_t	page;		/* MAP..MOVE and the faults */
	uint64_t	npages;		/* MAP..MOVE */
	uint64_t	to;		/* MOVE: where page goes */
};

enum wl_trace_birth {
	WL_BORN_BEFORE,		/* there when the recording began */
	WL_BORN_FORK,		/* space and thread: a copy of the parent's */
	WL_BORN_EXEC,		/* space: made by an EXEC */
	WL_BORN_THREAD,		/* thread: shares its parent's space */
	WL_BORN_VFORK,		/* thread: own pid, but the parent's space
				 * until its EXEC or EXIT */
	WL_TRACE_NBIRTHS
};

struct wl_trace_space {
	uint32_t	pid;
	uint32_t	parent;		/* space forked or exec'd from, or NONE */
	uint32_t	first;		/* the thread that it begins with */
	uint8_t		birth;		/* BEFORE, FORK, EXEC */
	uint64_t	start;		/* seq of the FORK or EXEC; 0 if BEFORE */
	uint64_t	nrecords;
	uint64_t	nstructural;
	char		comm[WL_TRACE_NAME];
};

struct wl_trace_thread {
	uint32_t	pid;
	uint32_t	tid;
	uint32_t	parent;		/* thread, or NONE */
	uint32_t	space;		/* the one it begins in */
	uint8_t		birth;		/* BEFORE, FORK, THREAD, VFORK */
	uint64_t	start;		/* seq of the FORK or THREAD; 0 if BEFORE */
	uint64_t	nrecords;
	char		comm[WL_TRACE_NAME];
};

struct wl_trace_object {
	uint64_t	npages;		/* no mapping reaches beyond this */
	bool		shared;		/* has a SHARED mapping */
	bool		written;	/* a SHARED mapping of it may be written */
};

struct wl_trace_info {
	uint32_t	version;
	uint32_t	nspaces;
	uint32_t	nthreads;
	uint32_t	nobjects;
	uint64_t	nrecords;
	uint64_t	duration;	/* ns, first to last line */
	uint64_t	nops[WL_TRACE_NOPS];
	uint64_t	max_mapped;	/* most pages mapped in one space */
};

struct wl_trace;

/*
 * wl_trace_open: read a trace and check all that the head of this file says.
 *
 * => 0, or EINVAL (not a valid trace), or what the machine said; then err
 *    (never NULL) is filled and *out is NULL
 * => any bytes are a legal input; memory used is linear in the file's size,
 *    and in the mappings alive at once (WL_TRACE_MAX_LIVE at most)
 */
int	wl_trace_open(const char *path, struct wl_trace **out,
	    struct wl_trace_error *err);

/*
 * wl_trace_open_mem: the same over bytes in memory.
 *
 * => buf belongs to the caller and must outlive the trace
 */
int	wl_trace_open_mem(const void *buf, size_t len, struct wl_trace **out,
	    struct wl_trace_error *err);
void	wl_trace_close(struct wl_trace *);

const struct wl_trace_info *wl_trace_info(const struct wl_trace *);

/*
 * The i-th space, thread or object.
 *
 * => i is below the count that wl_trace_info names
 */
const struct wl_trace_space *wl_trace_space(const struct wl_trace *,
	    uint32_t i);
const struct wl_trace_thread *wl_trace_thread(const struct wl_trace *,
	    uint32_t i);
const struct wl_trace_object *wl_trace_object(const struct wl_trace *,
	    uint32_t i);

/*
 * A cursor walks one thread's records in order.  Cursors are independent:
 * each strand has its own, and any number may walk one trace at once.
 */
struct wl_trace_cursor {
	const uint8_t	*at;
	const uint8_t	*end;
	uint64_t	page;
	struct wl_trace_rec last;
};

void	wl_trace_begin(const struct wl_trace *, uint32_t thread,
	    struct wl_trace_cursor *);

/*
 * wl_trace_next: the thread's next record.
 *
 * => false at the end, which comes right after the EXIT
 */
bool	wl_trace_next(struct wl_trace_cursor *, struct wl_trace_rec *);

/*
 * wl_trace_seal: make length and checksum of a whole trace right again.
 *
 * => what the writer does last; also for tests that change a byte
 * => false if len is too short to hold a header
 */
bool	wl_trace_seal(void *buf, size_t len);

#define WL_TRACE_MAX_LIVE	((uint64_t)1 << 20)	/* mappings at once */
#define WL_TRACE_MAX_COPIES	((uint64_t)1 << 28)	/* by all the forks */
#define WL_TRACE_MAX_MAPS	((uint64_t)1 << 16)	/* in one space */
#define WL_TRACE_MAX_MOVE	16	/* mappings that one MOVE spans */

/* ---- importing ---------------------------------------------------------- */

/*
 * What became of a line.  Each line read falls under exactly one reason, so
 *
 *	imported + inferred + skipped == lines
 *
 * IMPORTED	in the trace, or used to make it, and everything that it needs
 *		was announced by other lines
 * INFERRED	in the trace, but it touches a mapping, a protection or a result
 *		that no line announced and the importer supplied
 * SKIPPED	not in the trace; the reason says why
 */
enum wl_line_class {
	WL_LINE_IMPORTED,
	WL_LINE_INFERRED,
	WL_LINE_SKIPPED,
	WL_LINE_NCLASSES
};

enum wl_line_reason {
#define WL_LINE(name, class, help)	WL_LINE_##name,
#include "workloads/trace_lines.def"
#undef WL_LINE
	WL_LINE_NREASONS
};

struct wl_line_row {
	const char		*name;
	enum wl_line_class	 class;
	const char		*help;
};
extern const struct wl_line_row wl_lines[WL_LINE_NREASONS];
extern const char *const wl_line_classes[WL_LINE_NCLASSES];

struct wl_import_report {
	uint64_t	lines;
	uint64_t	of_class[WL_LINE_NCLASSES];
	uint64_t	of_reason[WL_LINE_NREASONS];
	uint64_t	first_line[WL_LINE_NREASONS];	/* an example; 0: none */
	uint64_t	faults;		/* user fault lines read */
	uint64_t	faults_kept;	/* of those, in the trace */
	uint64_t	lost;		/* events that perf says it lost */
	uint64_t	maps_inferred;	/* mappings put in */
	uint64_t	reordered;	/* lines older than the one before */
	uint32_t	processes;	/* distinct lives of a pid */
	uint32_t	threads;
	uint32_t	spaces;
	uint32_t	objects;
	uint64_t	records;
	uint64_t	duration;	/* ns */
	uint64_t	bytes;		/* size of the trace */
};

/*
 * wl_trace_import: read perf script text, plain or zstd, and write a trace.
 *
 * => 0; or EINVAL (not such text), or what the machine said; then err is
 *    filled and nothing is left at out, nor beside it
 * => out appears whole or not at all: written beside, synced, renamed
 * => rep is filled as far as reading got, also on error
 */
int	wl_trace_import(const char *path, const char *out,
	    struct wl_import_report *rep, struct wl_trace_error *err);

/*
 * wl_trace_import_mem: the same from and to memory.
 *
 * => name stands for the file in err
 * => on success the caller frees *out
 */
int	wl_trace_import_mem(const char *name, const void *text, size_t len,
	    uint8_t **out, size_t *outlen, struct wl_import_report *rep,
	    struct wl_trace_error *err);

#endif /* WORKLOADS_TRACE_INT_H */

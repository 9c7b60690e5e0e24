/*
 * The inside of the importer.
 *
 *	bytes ---> lines ---> events ----> paired and told apart
 *	 trace_source  trace_line  trace_pair      |
 *	               trace_fields                v
 *	   pass 1, discover: which pages does nobody announce?
 *	        |  trace_space, trace_event
 *	        v
 *	   regions to put in at the start of a space	trace_infer
 *	        |
 *	        v
 *	   pass 2, emit: the same handlers write records	trace_write
 *
 * Both passes see the same threads and spaces in the same order, so a space's
 * number in pass 1 names it in pass 2.
 */

#ifndef WORKLOADS_TRACE_IMPORT_INT_H
#define WORKLOADS_TRACE_IMPORT_INT_H

#include "workloads/trace_format_int.h"
#include "workloads/trace_maps_int.h"

#define IMP_NONE	UINT32_MAX

/* ---- lines (trace_source.c) --------------------------------------------- */

#define SOURCE_LINE_MAX	65536

struct source;

/*
 * Lines of plain or zstd text, from a file descriptor or from memory.
 *
 * => the descriptor stays the caller's
 * => NULL: no memory
 */
struct source *source_file(int fd);
struct source *source_mem(const void *, size_t len);
void	source_free(struct source *);

enum source_got {
	SOURCE_LINE,		/* *line, without its end */
	SOURCE_LONG,		/* a line over SOURCE_LINE_MAX, dropped */
	SOURCE_END,
	SOURCE_WRONG		/* *why says what was expected */
};

/*
 * source_next: the next line.
 *
 * => the line is valid until the next call, and ends with no NUL
 * => SOURCE_WRONG: *error is an errno, EINVAL for bytes that are no text
 */
enum source_got source_next(struct source *, const char **line, size_t *len,
	    const char **why, int *error);

/* ---- events (trace_line.c, trace_fields.c) ------------------------------ */

enum imp_kind {
#define WL_EVENT(group, name, kind)	EV_##kind,
#include "workloads/trace_events.def"
#undef WL_EVENT
	EV_NKINDS
};

/*
 * One sample.  What a..d hold depends on the kind:
 *
 *		a	b	c	d	flags		fd	prot
 *	FAULT	address				error_code
 *	MMAP	addr	len	off		MAP_*		fd	PROT_*
 *	MUNMAP	addr	len
 *	MPROTECT start	len					PROT_*
 *	MADVISE	start	len			advice
 *	MREMAP	addr	old len	new len	to	MREMAP_*
 *	BRK	brk
 *	CLONE						CLONE_*
 *	*_RET	result
 *	FORK	child			call claimed: clone flags and kind
 *	EXEC	pid	old pid	hash of file name
 *	EXIT	tid				0 unknown 1 last 2 not last
 */
struct imp_event {
	uint64_t	time;
	uint64_t	line;
	uint64_t	a, b, c, d;
	int32_t		pid;		/* 0: not known */
	int32_t		tid;
	uint32_t	comm;		/* in names */
	uint32_t	mate;		/* return of this entry, and back */
	uint32_t	flags;
	int32_t		fd;
	uint8_t		kind;
	uint8_t		prot;
	uint8_t		reason;		/* verdict: enum wl_line_reason */
	uint8_t		birth;		/* FORK: enum wl_trace_birth */
};

/* fd of a FORK with no call to claim is EV_NKINDS. */

/* Names by number; the same name has the same number. */
struct names {
	char		(*v)[WL_TRACE_NAME];
	uint32_t	 n, cap;
	uint32_t	*hash;
	uint32_t	 nhash;
};

/* A map from 64-bit keys to 32-bit values. */
struct ids {
	struct { uint64_t key; uint32_t value; bool used; } *v;
	size_t	n, cap;
};

void	names_free(struct names *);
uint32_t names_add(struct names *, const char *, size_t len); /* NONE: ENOMEM */
void	ids_free(struct ids *);
uint32_t ids_get(const struct ids *, uint64_t key);	/* or IMP_NONE */
int	ids_set(struct ids *, uint64_t key, uint32_t value);
uint64_t imp_hash(const char *, size_t len);

/*
 * line_parse: what is this line?
 *
 * => true: a sample to use, *ev is filled but for line, mate and reason;
 *    ev->time is UINT64_MAX if the line has none
 * => false: *reason says why it is skipped; *lost grows by the events that
 *    the line says were lost
 */
bool	line_parse(const char *line, size_t len, struct names *,
	    struct imp_event *ev, uint8_t *reason, uint64_t *lost);

/*
 * fields_parse: what follows the event's name, for ev->kind.
 *
 * => false: a field is missing, or is no number
 */
bool	fields_parse(struct imp_event *ev, const char *, size_t len);

/* "0x1f", "31" or "-1", and no letter behind it. */
bool	fields_number(const char *p, const char *end, uint64_t *v);

/* ---- the import as a whole ---------------------------------------------- */

/* Pages that someone used and nobody announced. */
#define NEED_READ	1
#define NEED_WRITE	2
#define NEED_EXEC	4

struct need {
	uint64_t	start, end;	/* pages */
	uint8_t		how;
};

/* A mapping to put in where its space begins. */
struct region {
	uint64_t	start, end;
	uint8_t		prot;
	uint8_t		kind;		/* ANON or FILE */
};

/* Of each space that is no fork's copy: what was there at its start. */
struct origin {
	struct need	*needs;
	size_t		 nneeds, capneeds;
	struct region	*regions;
	size_t		 nregions;
	struct wl_maps	 announced;	/* by this space or a descendant */
	uint64_t	 brk;		/* first one seen, in bytes */
	uint64_t	 file;		/* hash of the program's name */
	bool		 fresh;		/* begins with an exec */
};

struct import {
	const char		*name;
	struct wl_import_report	*rep;
	struct wl_trace_error	*err;
	int			 error;
	struct names		 names;
	struct imp_event	*events;
	size_t			 nevents, capevents;
	struct origin		*origins;	/* by space */
	uint32_t		 norigins;
	struct wl_maps_budget	 loose;		/* of what passes 1 keeps */
};

#define IMP_MAX_EVENTS	((size_t)1 << 26)

/* Say it and return error; the first one to speak wins. */
int	import_fail(struct import *, int error, uint64_t line,
	    const char *what);

/* ---- pairs and kinship (trace_pair.c) ----------------------------------- */

/* Put events in order of time, join entries and returns, judge forks. */
int	pair_events(struct import *);

/* ---- threads and spaces (trace_space.c) --------------------------------- */

struct writer;

struct sim_thread {
	struct wl_trace_thread	pub;
	uint32_t		now;		/* the space it is in */
	uint32_t		next, prev;	/* in that space's list */
	bool			alive;
};

struct sim_space {
	struct wl_trace_space	pub;
	uint32_t		origin;		/* space whose start counts */
	uint32_t		live;		/* list of threads */
	struct wl_maps		maps;
	uint64_t		brk;		/* bytes; 0: not known */
};

struct sim_object {
	struct wl_trace_object	pub;
	int32_t			fd;
};

struct sim {
	struct import		*imp;
	struct writer		*out;		/* NULL: discover */
	struct imp_event	*ev;		/* being handled */
	struct wl_maps_budget	 budget;
	struct sim_thread	*threads;
	uint32_t		 nthreads, capthreads;
	struct sim_space	*spaces;
	uint32_t		 nspaces, capspaces;
	struct sim_object	*objects;
	uint32_t		 nobjects, capobjects;
	struct ids		 tids;		/* of live threads */
	struct ids		 pids;		/* to a space */
	struct ids		 files;		/* identity to object */
	uint64_t		 seq;
	uint64_t		 time;
};

void	sim_init(struct sim *, struct import *, struct writer *);
void	sim_free(struct sim *);

/* A machine failure or a limit that ends the import. */
void	sim_fail(struct sim *, int error);

/*
 * The thread this event belongs to; made up if no line told of it.
 *
 * => IMP_NONE: failed, the import ends
 */
uint32_t sim_thread(struct sim *);

/* The three ways a line can tell of a life; each returns a reason. */
uint8_t	sim_fork(struct sim *);
uint8_t	sim_exec(struct sim *);
uint8_t	sim_exit(struct sim *);

/* Threads that the recording leaves alive end with it. */
void	sim_finish(struct sim *);

/* A record of this thread, now.  Sets thread, space, seq, time. */
void	sim_emit(struct sim *, uint32_t thread, struct wl_trace_rec *);

/* ---- mappings (trace_event.c, trace_call.c) ----------------------------- */

/* Handle sim->ev; the verdict goes to its reason. */
void	sim_event(struct sim *);

/* A system call, at its entry or at its return; returns a reason. */
uint8_t	sim_call(struct sim *);

/*
 * sim_object: the object of that identity, or a new one for IMP_NONE.
 *
 * => WL_TRACE_NONE: failed
 * => NONE too in pass 1, which has no objects
 */
uint32_t sim_object(struct sim *, uint64_t key, int32_t fd);

/* The thread's own mappings. */
struct wl_maps *sim_maps(const struct sim *, uint32_t thread);

/*
 * sim_put: m becomes a mapping of the thread's space, in place of others.
 *
 * => false: beyond a limit, or failed
 */
bool	sim_put(struct sim *, uint32_t thread, const struct wl_map *m);

/*
 * As far as the range is mapped, it is no more.  Same result.  *did says
 * whether any was, if did is not NULL.
 */
bool	sim_drop(struct sim *, uint32_t thread, uint64_t start, uint64_t end,
	    bool *did);

/* Is any page of the range in a mapping that the importer put in? */
bool	sim_inferred(const struct sim *, uint32_t thread, uint64_t start,
	    uint64_t end);

/* Some mapping now has this protection: tell its object. */
void	sim_written(struct sim *, const struct wl_map *, uint8_t prot);

/*
 * sim_cover: see to it that all pages of the range are mapped.
 *
 * => *inferred: some were not, or come from an inferred mapping
 * => false: beyond a limit, or failed
 */
bool	sim_cover(struct sim *, uint32_t thread, uint64_t start, uint64_t end,
	    uint8_t how, bool *inferred);

/* ---- inference (trace_infer.c) ------------------------------------------ */

int	infer_need(struct import *, uint32_t origin, uint64_t start,
	    uint64_t end, uint8_t how);
int	infer_announced(struct import *, uint32_t origin, uint64_t start,
	    uint64_t end);

/* After pass 1: needs become regions. */
int	infer_regions(struct import *);

/* ---- writing (trace_write.c) -------------------------------------------- */

struct writer *writer_new(void);
void	writer_free(struct writer *);
int	writer_record(struct writer *, struct wl_trace_rec *);

/*
 * writer_bytes: the whole trace, sealed.
 *
 * => 0, ENOMEM; the caller frees *out
 */
int	writer_bytes(struct writer *, const struct sim *, uint64_t duration,
	    uint8_t **out, size_t *len);

#endif /* WORKLOADS_TRACE_IMPORT_INT_H */

/*
 * memory_int.h: what is known of the memory that fibers touch.
 *
 * Code compiled with -fsanitize=thread calls __tsan_read4() and its like
 * (memory_hooks.c) where it touches memory.  libtsan is not there: they are
 * ours, and do nothing but in a strand of lk_fibers_run() with
 * conf.memory != LK_MEMORY_OFF.  Then, for each access:
 *
 *	  hook ----> point? ----> ordered after what others did? ----> noted
 *	             (fiber.c)    (no: an incident, "race")
 *
 * One thread runs all of this.  Every execution begins with nothing known:
 * what is older says so by its stamp, so that a reset costs nothing.
 *
 * An epoch is a strand's number and its time, which moves when it lets
 * something go:
 *
 *	  63    56 55                                 0
 *	+---------+------------------------------------+
 *	| number  | time: one clock for all, only grows |
 *	+---------+------------------------------------+
 */
#ifndef LOCKS_MEMORY_INT_H
#define LOCKS_MEMORY_INT_H

#include "locks/hb_int.h"
#include "locks/record_int.h"

#define MEM_NSTRAND	255	/* numbers; a dead one's is used again */
#define MEM_EPOCH(n, t)	((uint64_t)(n) << 56 | (t))
#define MEM_NUMBER(e)	((unsigned)((e) >> 56))
#define MEM_TIME(e)	((e) & ((1ULL << 56) - 1))

/* ------------------------------------------------------------------------
 * memory_clock.c: vector clocks
 */

/* => zeroed is a valid one of the beginning of time */
struct mem_clock {
	uint64_t	*t;		/* by number */
	unsigned	n, room;
};
void	mem_clock_join(struct mem_clock *, const struct mem_clock *);
void	mem_clock_copy(struct mem_clock *, const struct mem_clock *);

/* What an execution needs and its end forgets; never fails. */
void	*mem_alloc(size_t);
void	mem_alloc_reset(void);
/* What stays; never fails. */
void	*mem_keep(size_t);

/* What is known of an address that carries edges. */
struct mem_sync {
	struct mem_sync	*next;		/* of the same cell */
	uintptr_t	at;
	uint32_t	head;		/* number of who released last, + 1 */
	struct mem_clock w;		/* let go by writers, or released */
	struct mem_clock r;		/* let go by readers */
};
/* => NULL: nothing is, and make is false */
struct mem_sync *mem_sync(uintptr_t, bool make);

/* ------------------------------------------------------------------------
 * memory_place.c: where in the code: a call, and the place it was made from
 */

/* => the id of pc, called from `from`; 0 is nowhere */
uint32_t mem_place(uint32_t from, uintptr_t pc);
uint32_t mem_place_from(uint32_t);
/* => how many, innermost first */
unsigned mem_place_frames(uint32_t, uint64_t *frame, unsigned max);

/* ------------------------------------------------------------------------
 * memory.c: strands, and the execution
 */

struct mem_strand {
	uint64_t	epoch;		/* where clock.t[number] is now */
	struct mem_clock clock;
	uintptr_t	low, size;	/* its stack */
	uintptr_t	touched;	/* the lowest address of it touched */
	uint32_t	place;		/* of the function that runs */
	unsigned	depth;		/* of hooked functions */
	unsigned	number;
	bool		live, named;
	/* of stand-alone fences: what a relaxed store would release, and what
	   relaxed loads could acquire */
	struct mem_clock fence, loaded;
	bool		fenced;
	struct mem_strand *next;
};

/* By number, for reports. */
struct mem_who {
	char		name[16];
	uint32_t	strand;
};

enum mem_kind {
	MEM_READ, MEM_WRITE, MEM_ALOAD, MEM_ASTORE, MEM_FREE, MEM_NKIND
};
struct mem_counts {
	uint64_t	n[MEM_NKIND], bytes, points;
};

struct mem {
	uint32_t	exec;		/* stamp of this execution */
	enum lk_memory	points;
	uint64_t	time;		/* the last one given out */
	unsigned	nstrand;
	struct mem_strand *runs;
	bool		explored;	/* else mem_me is NULL */
	struct mem_strand *all;		/* one for each stack */
	struct mem_who	who[MEM_NSTRAND];
	struct mem_counts counts;	/* since the beginning */
};
extern struct mem mem;
/* The strand that runs; NULL: none of the execution's, or not yet. */
extern __thread struct mem_strand *mem_me
    __attribute__((tls_model("initial-exec")));

static inline bool
mem_own(const struct mem_strand *s, uintptr_t p)
{
	return p - s->low < s->size;
}

/* Did e happen before what s does now?  0 did. */
static inline bool
mem_before(uint64_t e, const struct mem_strand *s)
{
	unsigned n = MEM_NUMBER(e);

	return e == 0 || (n < s->clock.n && MEM_TIME(e) <= s->clock.t[n]);
}

/* What s does from now on is after what it let go. */
void	mem_tick(struct mem_strand *);

/* ------------------------------------------------------------------------
 * memory_shadow.c: what was done to each cell of four bytes
 */

#define MEM_CELL	4

/* An access that is remembered with others of its kind. */
struct mem_seen {
	uint64_t	epoch;
	uint32_t	place;
};
struct mem_set {
	struct mem_seen	*s;
	unsigned	n, room;
};

struct mem_block;

/* What seldom happens to a cell. */
struct mem_more {
	struct mem_set	readers;	/* two or more, unordered */
	struct mem_set	aloads, astores;	/* atomic ones */
	struct mem_cell	*byte;		/* one each, or NULL */
	struct mem_block *freed;	/* it is nobody's */
	struct mem_sync	*sync;		/* addresses that carry edges */
};

/*
 * w is the last store; r the last load since, if that says it all, else
 * they are in more.
 */
struct mem_cell {
	uint64_t	w, r;		/* epochs; 0: none */
	uint32_t	wat, rat;	/* places */
	uint32_t	exec;		/* else nothing is known */
	uint32_t	flags;		/* MEMF_*, and index of mem_more << 1 */
};
#define MEMF_SHARED	1u		/* by more than one strand */
#define MEM_MORE(c)	((c)->flags >> 1)	/* 0: none */

struct mem_cell *mem_cells(uintptr_t p);	/* of p's 4 bytes; never NULL */
struct mem_more *mem_more(struct mem_cell *);	/* made if need be */
struct mem_more *mem_more_of(const struct mem_cell *);	/* or NULL */

/*
 * mem_access: the strand does this to n bytes at p, in code at pc.
 * => a point before it, if there is to be one; may not return
 */
void	mem_access(struct mem_strand *, uintptr_t p, size_t n, enum mem_kind,
	    uintptr_t pc);
/* The same without a point. */
void	mem_note(struct mem_strand *, uintptr_t p, size_t n, enum mem_kind,
	    uintptr_t pc);
void	mem_point(struct mem_strand *, uintptr_t p, bool store, uintptr_t pc);
/* Nothing is known of these any more. */
void	mem_forget(uintptr_t p, size_t n);

/* ------------------------------------------------------------------------
 * memory_race.c: told
 */

struct mem_doer {
	uint64_t	epoch;
	uint32_t	place;
	enum mem_kind	kind;
};
void	mem_race(struct mem_strand *, uintptr_t p, size_t n, enum mem_kind,
	    uintptr_t pc, const struct mem_doer *other);
void	mem_after_free(struct mem_strand *, uintptr_t p, size_t n,
	    enum mem_kind, uintptr_t pc, const struct mem_block *);
void	mem_double_free(struct mem_strand *, uintptr_t p, uintptr_t pc,
	    const struct mem_block *);

/* ------------------------------------------------------------------------
 * memory_heap.c: blocks that are given out and freed
 */

struct mem_block {
	uintptr_t	at;
	size_t		size;
	struct mem_seen	alloc, freed;
	uint32_t	gen;		/* how often that memory was given out */
};
const struct mem_block *mem_block_of(uintptr_t p);	/* or NULL */

/* ------------------------------------------------------------------------
 * memory_atomic.c: edges of atomics
 */
void	mem_acquired(struct mem_strand *, uintptr_t p, int order);
void	mem_stored(struct mem_strand *, uintptr_t p, int order);
void	mem_exchanged(struct mem_strand *, uintptr_t p, int order);
void	mem_fence(struct mem_strand *, int order);

#endif /* LOCKS_MEMORY_INT_H */

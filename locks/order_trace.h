/*
 * order_trace.h: the order trace: what each strand took and let go, event by
 * event.  Included by locks.h.
 *
 * Off unless asked for; then every lock is taken the long way.  Each strand
 * slot has a ring of chunks, of a pool that all share; when the pool is used
 * up a slot overwrites its own oldest chunk, and that is counted.
 *
 *	slot 3   +-------+-------+-------+
 *		 | chunk | chunk | chunk |<- newest	next of the newest
 *		 +-------+-------+-------+		is the oldest
 *	chunk	 | held before | event | event | ...
 *
 * Between strands nothing is ordered by time.  What must hold is in `seq`: of
 * a lock the number of its exclusive holds, of events and wake-ups a ticket.
 */
#ifndef LOCKS_ORDER_TRACE_H
#define LOCKS_ORDER_TRACE_H

#ifndef LOCKS_LOCKS_H
#error "include locks/locks.h"
#endif

struct lk_record;

#define LK_TRACE_REGION		"order.trace"
#define LK_TRACE_BYTES		((size_t)256 << 20)
#define LK_TRACE_CHUNK		((size_t)64 << 10)

enum lk_traced {
	LKT_NONE,
	LKT_BEGIN,		/* a strand begins; seq: so many-th child */
	LKT_END,
	LKT_CREATE,		/* ... another one, whose life is gen; seq: idem */
	LKT_JOIN,		/* another one's end was waited for: gen */
	LKT_HELD,		/* held when the chunk began: no event */
	LKT_WANT,		/* waits from here on; HAVE, TURN or WAIT follows,
				   or nothing if it never got it */
	LKT_HAVE,		/* takes; seq: exclusive holds so far */
	LKT_TURN,		/* up- or downgraded: held so from now on */
	LKT_DROP,
	LKT_WAIT,		/* an event had come; seq: a ticket */
	LKT_POST,		/* seq: a ticket */
	LKT_WAKE,		/* wakes sleepers; seq: a ticket */
	LKT_WOKEN,		/* seq: its waker's ticket; 0: timed out */
	LKT_INIT,		/* a lock is made: nobody used it before */
	LKT_FREE,
	LKT_N
};

struct lk_trace_event {
	uint64_t	ident;		/* of the lock or event; 0: none */
	uint32_t	gen;		/* which instance; or a life */
	uint32_t	seq;
	uint32_t	site;
	uint32_t	stack;		/* where it was first taken so; 0: not kept */
	uint16_t	class;
	uint8_t		what;		/* enum lk_traced */
	uint8_t		kind;		/* enum lk_node_kind */
	uint8_t		mode;		/* enum lk_mode */
	uint8_t		how;		/* enum lk_how; a try cannot wait */
	uint16_t	op;		/* what the strand is doing */
};
_Static_assert(sizeof(struct lk_trace_event) == 32, "two to a cache line");

/*
 * lk_order_trace: begin anew, in so many bytes of the current record; 0: off.
 * => no strand but the caller is doing anything
 * => a new record is without one
 * => 0, or ENOMEM: the record's arena has no room
 */
int	lk_order_trace(size_t bytes);
bool	lk_order_tracing(void);
/* => events of the strand's life so far, also those overwritten */
uint64_t lk_trace_count(uint32_t strand);

/*
 * Reading: a strip for each life that left anything.
 * lk_record_trace: => e[0] .. e[n-1] are the life's events first .. first+n-1;
 *    with first != 0 some HELD come before them, not counted
 * => valid during fn
 * => 0, ENOMEM
 * => *lost: events that were overwritten or had no room
 */
struct lk_trace_strip {
	uint32_t	life, strand;
	uint64_t	first;		/* events before it are lost */
	uint32_t	nheld;
	const struct lk_trace_event *held;
	uint64_t	n;
	const struct lk_trace_event *e;
};
int	lk_record_trace(const struct lk_record *,
	    void (*fn)(const struct lk_trace_strip *, void *), void *arg,
	    uint64_t *lost);
const char *lk_traced_name(enum lk_traced);

#endif /* LOCKS_ORDER_TRACE_H */

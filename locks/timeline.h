/*
 * timeline.h: what strands did last, and when.  Included by locks.h.
 *
 * Off unless asked for.  Each strand slot has a ring of events, written when
 * they are over: waits, all of them; holds that were timed, since somebody
 * waited for them or the sample fell on them; and operations, those in which
 * the strand waited and a few of the others.  The takes of free locks cost
 * nothing more.
 *
 *	slot 3	| event | event | ... LK_TIMELINE_EVENTS; the oldest is
 *		overwritten
 */
#ifndef LOCKS_TIMELINE_H
#define LOCKS_TIMELINE_H

#ifndef LOCKS_LOCKS_H
#error "include locks/locks.h"
#endif

#define LK_TIMELINE_REGION	"timeline"
#define LK_TIMELINE_EVENTS	8192
#define LK_TIMELINE_OPS		16	/* one in so many that did not wait */

struct lk_record;

enum lk_timed { LKV_OP, LKV_WAIT, LKV_HOLD, LKV_N };

struct lk_timed_event {
	enum lk_timed	what;
	uint32_t	strand;		/* slot */
	uint32_t	life;		/* 0: not known */
	uint32_t	op;		/* what the strand was doing */
	uint64_t	begin, end;	/* lk_now() */
	/* of what it waited for, or held; class 0: an operation */
	uint64_t	ident;
	uint32_t	class, site;
	enum lk_node_kind kind;
	enum lk_mode	mode;
	/* a wait: the life that let it go last, or was seen to have it */
	uint32_t	by;		/* 0: not known */
	uint64_t	letgo;
};

/*
 * lk_timeline: begin, in the current record, whose arena has this much room.
 * => no strand but the caller is doing anything; a new record is without one
 * => 0, ENOMEM
 */
size_t	lk_timeline_bytes(void);
int	lk_timeline(void);
/*
 * => events of each strand slot from the oldest on; those that are being
 *    written are left out
 * => *lost: overwritten
 */
void	lk_record_timeline(const struct lk_record *,
	    void (*fn)(const struct lk_timed_event *, void *), void *,
	    uint64_t *lost);
const char *lk_timed_name(enum lk_timed);

#endif /* LOCKS_TIMELINE_H */

/*
 * fiber.h: strands as fibers, under control.  Included by locks.h.
 *
 * lk_fibers_run() runs a function and all strands that it starts on the
 * calling thread, one at a time.  At each scheduling point -- before a lock
 * is taken or let go, a sleep, a wake-up, I/O, a lk_point -- a chooser says
 * who goes on.  Time is virtual: it passes with each point, and leaps to the
 * next time-out when nobody can run.  So an execution is a function of the
 * code and the choices, and happens again when they are made again.
 *
 *	  point          choose           switch
 *	  fiber A ------> enabled: A C D -----> fiber C
 */
#ifndef LOCKS_FIBER_H
#define LOCKS_FIBER_H

#ifndef LOCKS_LOCKS_H
#error "include locks/locks.h"
#endif

#define LK_MAXFIBER		128	/* strands at a time */
#define LK_FIBERS_BEGIN		1000000000	/* lk_now() at first */
#define LK_FIBERS_STEPS		1000000	/* max_steps, unless said */

/* What a strand will do next, once it is chosen. */
enum lk_act {
	LKA_START,		/* begin */
	LKA_WRITE,		/* take a lock for writing */
	LKA_READ,
	LKA_TRY,		/* try to take one, or to change its mode */
	LKA_EXIT,		/* let a lock go */
	LKA_WAKE,		/* wake up sleepers, or post */
	LKA_RESUME,		/* go on after a sleep */
	LKA_IO,
	LKA_POINT,		/* a lk_point */
	LKA_LOAD,		/* memory: lk_before_load */
	LKA_STORE,
	LKA_YIELD,		/* a turn of a loop that waits for others */
	LKA_NACT
};
const char *lk_act_name(enum lk_act);

/*
 * What else a strand did in the step that it was chosen for: what it put
 * itself on, or looked at, without a point of its own.
 */
enum lk_did {
	LKD_READ,		/* like LKA_READ, of object */
	LKD_WRITE,
	LKD_JOINED		/* object: the ordinal of a strand that ended */
};
#define LK_MAXDID	4
struct lk_fiber_did {
	uint64_t	object;
	enum lk_did	how;
};

struct lk_fiber_view {
	uint32_t	ordinal;	/* in order of creation; the root is 0 */
	uint32_t	parent;		/* ordinal */
	enum lk_act	act;
	uint64_t	object;		/* what it acts on; 0: nothing */
	uint32_t	strand;		/* lk_strand_id() */
	const struct lk_site *site;	/* where, if that is known */
	uintptr_t	pc;		/* of a load or store; else not set */
	enum lk_node_kind kind;		/* of the object */
	uint64_t	steps;		/* points that it passed */
	uint64_t	late;		/* 1 + steps, when it can go on because
					   all others waited and time passed */
	uint64_t	did_at;		/* steps, when it did these */
	bool		did_all;	/* it may matter to all others */
	unsigned	ndid;
	struct lk_fiber_did did[LK_MAXDID];
	void		*mark;		/* the chooser's; NULL at its start */
	uint64_t	weight;		/* idem; 0 */
};

/*
 * => one of v[0 .. n-1], n >= 1, in order of creation
 * => last: who ran until now; it is among v unless it cannot go on
 */
typedef struct lk_fiber_view *lk_choose_fn(void *arg,
    struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last);

enum lk_fibers_end {
	LKF_DONE,		/* the root returned, all are joined */
	LKF_DEADLOCK,		/* nobody can run, no time-out is due */
	LKF_STEPS,		/* max_steps: a livelock, or too long */
	LKF_INCIDENT,		/* stop_on_incident; or a panic, always */
	LKF_STOPPED		/* lk_fibers_stop() */
};
const char *lk_fibers_end_name(enum lk_fibers_end);
/* => what the object is called, or "": for people */
const char *lk_fiber_object_name(const struct lk_fiber_view *);
/* => the strand's name, and the operation that it is in */
const char *lk_fiber_strand(const struct lk_fiber_view *, uint32_t *op);

/*
 * Which accesses to memory are scheduling points.  Of code that was compiled
 * with memory hooks only (docs/EXPLORE.md), and only where the library for
 * them is linked; then races and uses of freed memory are looked for, too,
 * and told as incidents.
 */
enum lk_memory {
	LK_MEMORY_OFF,
	LK_MEMORY_ATOMIC,	/* atomic ones: enough where there is no race */
	LK_MEMORY_SHARED,	/* and those to what another strand touched */
	LK_MEMORY_ALL		/* all but those to the strand's own stack */
};
bool	lk_memory_can(void);	/* is the library linked? */
/*
 * Allocators in code with hooks (and only there) tell what becomes of memory.
 * => lk_heap_keeps: what is freed shall not be given out again
 */
bool	lk_heap_keeps(void);
void	lk_heap_given(const void *, size_t);
void	lk_heap_freed(const void *, size_t);

struct lk_fibers_result;
struct lk_fibers_conf {
	lk_choose_fn	*choose;
	void		*arg;
	uint64_t	seed;		/* of lk_random() in the strands */
	uint64_t	max_steps;	/* 0: a million */
	size_t		stack;		/* bytes each; 0: 64 KiB */
	bool		always;		/* ask the chooser also when there is one */
	bool		quiet;		/* begin as after lk_fibers_quiet(true) */
	bool		stop_on_incident;
	enum lk_memory	memory;
	/* counted up at each point, for others to see; NULL: by nobody */
	_Atomic uint64_t *passed;
	/*
	 * Called once at an end other than DONE, when all wait records and
	 * held stacks are still as they were, on the stack of who called
	 * lk_fibers_run().  NULL: nothing.
	 */
	void		(*ended)(const struct lk_fibers_result *, void *arg);
};

struct lk_fibers_result {
	enum lk_fibers_end end;
	uint64_t	steps;		/* points passed */
	uint64_t	choices;	/* of these, with more than one to choose */
	uint64_t	switches;
	uint64_t	hash;		/* of who did what, in order */
	uint64_t	ns;		/* virtual */
	unsigned	strands;	/* that there were */
	const char	*incident;	/* kind of the first; NULL: none */
};

/*
 * lk_fibers_run: fn(arg) as the root strand.
 * => the caller is a strand and holds nothing; no other strand lives: EBUSY
 * => strands not done at the end are abandoned: their stacks are dropped, and
 *    so is what they held.  The caller resets what they worked on.
 * => 0, EBUSY, ENOMEM, ENOTSUP (memory, without lk_memory_can())
 */
int	lk_fibers_run(const struct lk_fibers_conf *, void (*fn)(void *),
	    void *arg, void *env, struct lk_fibers_result *);
bool	lk_fibers_on(void);		/* the caller is a fiber */
/*
 * lk_fibers_quiet: what follows is not explored: making and auditing what
 * strands work on.  Nobody is asked and nothing counts; who runs goes on as
 * long as it can, then the next one by ordinal.
 * => too long without an end is LKF_STEPS here, too
 */
void	lk_fibers_quiet(bool);
/*
 * lk_fibers_aside: who calls looks at what is others', who all stand still:
 * that is no race, and orders nothing.
 * => nothing in between is a scheduling point
 */
void	lk_fibers_aside(bool);
/*
 * lk_fibers_met: what the others have done is done before all that the caller
 * does from now on, as if they had been stopped for it.
 * => they stand still: lk_fibers_quiet(true)
 */
void	lk_fibers_met(void);
void	lk_fibers_stop(void);		/* does not return; else no effect */
/* Give back the memory kept for the next run. */
void	lk_fibers_free(void);

#endif /* LOCKS_FIBER_H */

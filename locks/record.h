/*
 * record.h: what a run leaves behind for others to read.  Included by locks.h.
 *
 * The record is one versioned shared mapping.  The process under test writes
 * it; a watcher that created it before fork(), or that was handed its
 * descriptor, reads it at any time, also after the writer was killed.  Inside
 * are offsets, never pointers:
 *
 *	+--------+---------+-------+--------------+--------+----------+
 *	| header | classes | sites | strand slots | spill  | order .. |
 *	+--------+---------+-------+--------------+--------+----------+
 *	 ... | histograms | incidents | in flight | maps | regions | heap |
 *	     +------------+-----------+-----------+------+---------+------+
 *
 * The readers below copy out plain data; nobody else needs the layout.
 * Everything bounded counts what it lost: losses.def.
 */
#ifndef LOCKS_RECORD_H
#define LOCKS_RECORD_H

#ifndef LOCKS_LOCKS_H
#error "include locks/locks.h"
#endif

#define LK_RECORD_VERSION	6

/* Bounds of the record. */
#define LK_MAXCLASS		32768
#define LK_MAXSITE		16384
#define LK_MAXSTRAND		256
#define LK_MAXHELD		256	/* per strand */
#define LK_MAXINCIDENT		1024
#define LK_MAXINFLIGHT		16384
#define LK_MAXREGION		64
#define LK_MAXMAP		512
#define LK_MAXFRAMES		32
#define LK_NAMELEN		64
#define LK_INCIDENT_HELD	32	/* held entries kept with an incident */
#define LK_INCIDENT_TEXT	512
#define LK_INCIDENT_OTHER	(2 * (LK_MAXFRAMES + 1))

struct lk_record;

/* ------------------------------------------------------------------------
 * Writing side
 */

enum lk_level {
	LK_LEVEL_OFF,		/* held stacks and wait records alone */
	LK_LEVEL_CONTENDED,	/* and counts and times of contended takes */
	LK_LEVEL_FULL		/* and every take, dependencies and posts */
};

struct lk_record_conf {
	uint64_t	seed;		/* kept for reports; see lk_seed() */
	enum lk_level	level;
	uint64_t	arena;		/* bytes for regions; 0: 64 MiB */
	const char	*title;		/* e.g. the command line; may be NULL */
	uint32_t	hold_period;	/* time 1 hold in so many; 0: default */
	/*
	 * So many strands are to come: what they write to all the time is on
	 * large pages, if the kernel gives them (Linux 6.1).  That takes some
	 * ms and 16 MiB; without, notes cost more where much else is going on.
	 * 0: small pages
	 */
	uint32_t	nstrand;
};

/*
 * lk_record_create: make a record and write to it from now on.
 * => before it, everything goes to a default record made on first use; class
 *    and site ids of that one stay valid
 * => conf NULL: defaults, full recording
 * => a fork()ed child goes on writing to it; the parent may read it
 * => no strand but the caller may be live, and it holds nothing: EBUSY
 * => 0, EBUSY, ENOMEM, or what memfd_create, ftruncate or mmap said
 */
int	lk_record_create(const struct lk_record_conf *, struct lk_record **);
/*
 * lk_record_attach: open another process's record read-only.
 * => fd stays the caller's
 * => 0, EPROTO (not a record, or another version), EBADMSG (a file that was
 *    damaged), or what mmap said
 */
int	lk_record_attach(int fd, struct lk_record **);
/*
 * lk_record_write: the record to a file that lk_record_attach() opens and
 * `amapstorm report' tells; the file has holes where the record has.
 * => it appears whole or not at all
 * => 0, or what the file system said
 */
int	lk_record_write(const struct lk_record *, const char *path);
/* => closing the record being written to only forgets the handle's owner */
void	lk_record_close(struct lk_record *);
struct lk_record *lk_record_current(void);	/* being written to; never NULL */
int	lk_record_fd(const struct lk_record *);
void	lk_record_level(enum lk_level);
/*
 * lk_note_cost: what the recorder adds to a free take and its release, in
 * picoseconds; kept in the record.  Takes about half a millisecond.
 * => at the present level; without the sample of holds, and without waits
 * => leaves no other trace; 0 also: no memory, or too little to be seen
 */
uint64_t lk_note_cost(void);
const char *lk_level_name(enum lk_level);	/* off, contended, full */
/*
 * lk_record_region: shared memory of a given name in the current record.
 * => found if it exists (then size must be no larger than it was made with)
 * => zeroed when made, 128-byte aligned, never freed
 * => NULL: no room (counted as a loss)
 */
void	*lk_record_region(const char *name, size_t size);
/* Note where shared objects lie, e.g. after dlopen(); create does it, too. */
void	lk_record_maps_refresh(void);
/*
 * lk_record_mark_crash: for a signal handler; async-signal-safe.
 * => keeps the first crash: signal, address, strand, stack
 * => context is the handler's third argument: the stack then begins with the
 *    instruction that crashed; NULL: with the caller
 */
void	lk_record_mark_crash(int signo, const void *addr, const void *context);

/* ------------------------------------------------------------------------
 * Reading side.  Any record, from any thread or process.  A live record is
 * read without stopping anybody: each copied item is whole, a set of them is
 * of no single instant.  Ids outside the tables give "?".
 */

/* mode of an acquisition, and how it came about */
enum lk_mode {
	LKM_NONE, LKM_WRITE,
	LKM_READ,		/* waits behind a waiting writer */
	LKM_RREAD,		/* recursive: waits for a holding writer alone */
	LKM_NMODE
};
enum lk_how {
	LKH_PLAIN,		/* free at once */
	LKH_WAITED,
	LKH_TRIED,
	LKH_DOWNGRADED,
	LKH_UPGRADED,
	LKH_NHOW
};
const char *lk_mode_name(enum lk_mode);
const char *lk_kind_name(enum lk_node_kind);
const char *lk_how_name(enum lk_how);

struct lk_record_info {
	uint32_t	version;
	pid_t		pid;		/* of the writer */
	pid_t		creator;
	uint64_t	seed;
	enum lk_level	level;
	uint64_t	created;	/* lk_now() clock */
	uint64_t	created_real;	/* ns since 1970 */
	uint64_t	now;		/* lk_now() clock, at this reading */
	char		backend[32];
	char		title[256];
	uint64_t	incidents;	/* all, counted ones included */
	bool		panicked;	/* lk_panic() was called */
	uint32_t	hold_period;	/* one hold in so many is timed */
	uint64_t	note_ps;	/* lk_note_cost(); 0: not measured */
	bool		undelayed;	/* waits for a processor are not told */
	uint32_t	nclasses, nsites, ndeps, nstrands;
};
void	lk_record_info(const struct lk_record *, struct lk_record_info *);
/* Slots that any strand ever had: rows by slot, beyond it, are all zero. */
uint32_t lk_record_nstrands(const struct lk_record *);

#define LKCF_SUSPECT	0x1	/* lk_record_suspect() */
struct lk_class_info {
	uint32_t	id;
	enum lk_node_kind kind;
	uint32_t	flags;		/* LKCF_* */
	uint32_t	site;		/* where first seen */
	char		name[LK_NAMELEN];
};
struct lk_site_info {
	uint32_t	id;
	int		line;
	char		file[80];	/* its tail, if longer */
	char		func[40];
};
/* => false: no such id; the info is filled with "?" all the same */
bool	lk_record_class(const struct lk_record *, uint32_t id,
	    struct lk_class_info *);
bool	lk_record_site(const struct lk_record *, uint32_t id,
	    struct lk_site_info *);
/* => ids run from 1 to the count of lk_record_info; 0: no such name */
uint32_t lk_record_class_find(const struct lk_record *, const char *name,
	    enum lk_node_kind);

/* A node held, wanted, or in flight. */
struct lk_node_info {
	enum lk_node_kind kind;
	enum lk_mode	mode;
	enum lk_how	how;
	uint64_t	ident;		/* address in the writer; 0: none */
	uint32_t	class;
	uint32_t	site;
	uint64_t	since;		/* lk_now(); of held: 0, if not timed */
	uint32_t	gen;		/* of the instance: re-init makes another */
	uint32_t	stack;		/* of its acquisition; 0: not kept */
	bool		dupok;		/* RW_DUPOK was given */
};

struct lk_strand_info {
	uint32_t	id;
	uint32_t	gen;		/* which user of this id */
	pid_t		tid;
	char		name[16];
	uint64_t	self;		/* ident of its end, as joiners want it */
	bool		idle;		/* waits for work by design */
	uint32_t	op;		/* what it is doing; 0: nothing */
	uint64_t	op_ordinal;	/* grows with every operation begun */
	uint64_t	op_since;
	/*
	 * The wait: ident 0 means it waits for nothing.  The ordinal grows
	 * with every change: equal ordinals of two readings mean that the
	 * strand waited for the same thing in between and held the same.
	 */
	uint64_t	wait_ordinal;
	struct lk_node_info wait;
	uint32_t	nheld;		/* oldest first */
	struct lk_node_info held[LK_MAXHELD];
};
/*
 * lk_record_strands: fn for every live strand, by id.
 * lk_record_strand: one of them; false: not live.
 */
void	lk_record_strands(const struct lk_record *,
	    void (*fn)(const struct lk_strand_info *, void *), void *);
bool	lk_record_strand(const struct lk_record *, uint32_t id,
	    struct lk_strand_info *);
/*
 * Who waits for whom, of two such readings (both may be of one strand).
 * lk_waits_for: the other one has what this one wants, and it cannot have it
 * as well; or it waits for the other one's end.
 * lk_queues_behind: the other one waits to write, so this one may not read.
 */
bool	lk_waits_for(const struct lk_strand_info *,
	    const struct lk_strand_info *other);
bool	lk_queues_behind(const struct lk_strand_info *,
	    const struct lk_strand_info *other);

/* Nodes given and not yet taken; held by nobody, yet not free. */
struct lk_inflight_info {
	struct lk_node_info node;
	uint32_t	giver;		/* strand id */
	char		giver_name[16];
};
void	lk_record_inflight(const struct lk_record *,
	    void (*fn)(const struct lk_inflight_info *, void *), void *);

/* Counters, merged over strands that live and that are gone. */
enum lk_counter {
#define LK_COUNTER(name, unit, merge, help)	LKC_##name,
#include "locks/counters.def"
#undef LK_COUNTER
	LKC_NCOUNTER
};
struct lk_counter_desc {
	const char	*name, *unit, *help;
	bool		max;		/* merged by maximum, not by sum */
};
extern const struct lk_counter_desc lk_counter_desc[LKC_NCOUNTER];

struct lk_totals {
	uint32_t	class, site;	/* site 0: folded or summed */
	enum lk_node_kind kind;
	enum lk_mode	mode;		/* LKM_NONE when summed over modes */
	uint64_t	c[LKC_NCOUNTER];
};
/*
 * lk_record_totals: a row for every (class, site, mode), sorted so.
 * => *rows is malloc()ed, the caller frees it
 * => 0, ENOMEM
 */
int	lk_record_totals(const struct lk_record *, struct lk_totals **rows,
	    size_t *n);
/* How long locks and mutexes have been waited for; cheap, for a live look. */
uint64_t lk_record_waited(const struct lk_record *);
/* => site 0: all sites; mode LKM_NONE: all modes */
void	lk_record_sum(const struct lk_record *, uint32_t class, uint32_t site,
	    enum lk_mode, struct lk_totals *);

/*
 * Wait histograms, log-linear: values below 32 exactly, then 32 buckets to
 * each power of two: a bucket is at most 1/32 of its value wide.
 */
#define LK_HIST_SUB	32
#define LK_HIST_N	((43 - 5) * LK_HIST_SUB)	/* up to 2^42 ns */
struct lk_hist {
	uint64_t	n;
	uint64_t	b[LK_HIST_N];
};
unsigned lk_hist_bucket(uint64_t value);
uint64_t lk_hist_low(unsigned bucket);		/* its smallest value */
/* => the largest value of the bucket that the q-quantile falls in; 0: empty */
uint64_t lk_hist_quantile(const struct lk_hist *, double q);
/*
 * Of waits all are in.  Of holds a sample is: each take is timed with
 * probability 1/period (LK_HOLD_PERIOD, or lk_record_info), independently of
 * all others, so n times the period estimates the takes, and quantiles are
 * those of all holds.
 *
 * Contended holds are those whose taker had waited: it has read the clock, so
 * they are timed always, and are apart (chold_*); where the sample falls on
 * one, it is in both.  Once all is released their number is that of the
 * contended takes.  A hold whose taker did not wait has no known beginning
 * unless the sample fell on it; what it cost others is in the blame.
 *
 * A downgrade or upgrade ends one hold and begins another, in its own mode;
 * the second is timed if the sample fell on the first.
 */
#define LK_HOLD_PERIOD		1024
enum lk_hist_of {
	LKHO_WAIT, LKHO_HOLD, LKHO_HOLD_CONTENDED, LKHO_N
};
/* => adds what matches (0 and LKM_NONE as above) to a zeroed histogram */
void	lk_record_hist(const struct lk_record *, enum lk_hist_of,
	    uint32_t class, uint32_t site, enum lk_mode, struct lk_hist *);
/*
 * => fn for each that is kept, in no order; each wait and hold is in one
 * => class and mode as they are, site 0: folded into its class
 */
struct lk_hist_info {
	enum lk_hist_of	of;
	uint32_t	class, site;
	enum lk_mode	mode;
	struct lk_hist	hist;
};
void	lk_record_hists(const struct lk_record *,
	    void (*fn)(const struct lk_hist_info *, void *), void *);

/*
 * Lives: one row for each strand there ever was, in the order they began;
 * slots (strand ids) are reused, lives are not.  Row 1 is the first.
 */
#define LK_MAXLIFE		65536
struct lk_life_info {
	uint32_t	id;		/* from 1 on; 0 is "not known" */
	uint32_t	strand;		/* its slot */
	char		name[16];
	uint32_t	parent;		/* life that started it; 0: adopted */
	uint64_t	born;		/* in the parent, before it runs */
	uint64_t	ended;		/* 0: lives */
	uint32_t	joiner;		/* life that joined it; 0: nobody yet */
	uint64_t	joined;
};
void	lk_record_lives(const struct lk_record *,
	    void (*fn)(const struct lk_life_info *, void *), void *);

/*
 * Dependencies: "holding these, a strand took that".  One row for each
 * (stack of takes with their modes and sites, set of instances).  A row with
 * nothing held is a first take; one by a successful try is not here at all.
 *
 * The row is there before the strand waits, so also when it never gets it.
 * An upgrade that may wait has its lock in `held`, too, as it is: shared.
 * Pages, memory, events, ends of strands and sleeps are rows when they are
 * waited for, with what is held then: not the lock that the sleep lets go.
 * An event or an end that had come already makes one, too (PLAIN).  A page
 * that was free makes none; in `held` it is like anything else.
 *
 * One instance of a first take is enough for each stack.
 *
 * Of a stack of takes at most LK_DEP_SETS instance sets are kept, of n > 2
 * locks 2 * LK_DEP_SETS / n, rounded up (fewer once the table is half full);
 * and all of them while two of its classes are marked suspect, or what is
 * wanted is of a class that is held already.  `varied` says that there were
 * more.
 */
#define LK_MAXDEP		1048576
#define LK_DEP_SETS		32
#define LK_DEP_SEEN		4
struct lk_dep_seen {
	uint32_t	life;		/* 0: not known */
	uint32_t	op;		/* what it was doing, the first time */
	uint64_t	first, last;	/* lk_now(); last is renewed when the
					   strand starts another one */
};
struct lk_dep_info {
	uint32_t	id;		/* from 1 on */
	struct lk_node_info want;	/* how: PLAIN, WAITED or UPGRADED */
	uint32_t	nheld;		/* all of them, oldest first */
	const struct lk_node_info *held;
	bool		varied;		/* some instance sets were not kept */
	bool		more_seen;	/* by more lives than are named */
	uint32_t	nseen;
	struct lk_dep_seen seen[LK_DEP_SEEN];
};
/*
 * => rows with ids from first on, oldest first; the table only grows, but an
 *    old row may be seen by another strand
 * => held is valid during fn
 */
void	lk_record_deps(const struct lk_record *, uint32_t first,
	    void (*fn)(const struct lk_dep_info *, void *), void *);
/* => one of them, by an id that lk_record_deps told */
void	lk_record_dep(const struct lk_record *, uint32_t id,
	    void (*fn)(const struct lk_dep_info *, void *), void *arg);
/* => how many frames; 0: no such stack */
unsigned lk_record_stack(const struct lk_record *, uint32_t id,
	    uint64_t frame[LK_MAXFRAMES]);
/*
 * Classes that may be part of a cycle: keep every instance set of stacks that
 * have two of them.  Written by who judges, also from another process.
 */
void	lk_record_suspect(struct lk_record *, uint32_t class);
/* Grows when a dependency or a post is added, or one gets another strand. */
uint64_t lk_record_dep_epoch(const struct lk_record *);

/*
 * Who posted which event, or ended its life (LKN_JOIN, gen: the life; it is
 * what the want of a join has as gen); the first time of each life.
 */
struct lk_post_info {
	struct lk_node_info node;
	uint32_t	life;
	uint64_t	when;
};
void	lk_record_posts(const struct lk_record *,
	    void (*fn)(const struct lk_post_info *, void *), void *);

/*
 * Blame: of all time waited, who had the thing meanwhile.  The sum over the
 * rows of a class is the wait_ns of the class, exactly, once its strands wait
 * for nothing; a wait is charged when it is over.
 *
 * Who lets go is charged for the time since it was let go before, and the
 * last of them until the waiter has it.  Readers who were seen to hold it
 * together share, equally; of more than eight, eight.  Where nobody was seen
 * to let go (a waiter that spun), those seen to hold it when the wait began
 * are charged.  What nobody owns, as an event, is charged to nobody.
 *
 * Time in which the holder could not run, because it waited itself, is a row
 * of its own, with the root: the last of the chain of holders, whom all of
 * them waited for.  n counts waits; one may be in several rows.
 *
 * Nothing is lost: what finds no room is kept with fewer particulars.  First
 * goes where the root was taken and by what, then all sites, operations
 * (LK_OP_FOLDED), and at last classes: 0, whose rows are of any class.
 */
#define LK_OP_FOLDED		0xfffffffeu
struct lk_blame_end {
	uint32_t	site;		/* of the take; 0: not known or folded */
	uint32_t	op;
	enum lk_mode	mode;		/* LKM_NONE: nobody was seen to hold it */
};
struct lk_blame_info {
	uint32_t	class;		/* of what was waited for */
	enum lk_node_kind kind;
	struct lk_blame_end waiter, holder;
	/*
	 * What the last in the chain was waited for, where it took that, and
	 * its operation.  Class 0: the holder ran.
	 */
	uint32_t	root_class, root_site, root_op;
	uint64_t	n, ns;
};
/*
 * => *rows is malloc()ed, the caller frees it; sorted by class, then ns
 *    downwards
 * => 0, ENOMEM
 */
int	lk_record_blame(const struct lk_record *, struct lk_blame_info **rows,
	    size_t *n);

/*
 * Locks, mutexes and pages waited for most, by the space-saving sketch
 * (Metwally, Agrawal, El Abbadi 2005): any with more than 1/LK_HEAVY of all
 * time waited for such is here; wait_ns is never too small, and too large by
 * at most over_ns, which is at most 1/LK_HEAVY of all.  The class is that of
 * the last wait at that address.
 */
#define LK_HEAVY		1024
struct lk_heavy_info {
	uint64_t	ident;
	uint32_t	class;
	enum lk_node_kind kind;
	uint64_t	wait_ns, over_ns;
	uint64_t	contended;	/* since it is in the table */
};
void	lk_record_heavy(const struct lk_record *,
	    void (*fn)(const struct lk_heavy_info *, void *), void *);

/*
 * Call stacks that waited, by what for, where, how and in what operation;
 * with full recording alone.
 */
struct lk_wait_stack_info {
	uint32_t	class, site;
	enum lk_node_kind kind;
	enum lk_mode	mode;
	uint32_t	op;
	uint32_t	stack;		/* lk_record_stack(); 0: not kept */
	uint64_t	n, ns;
};
void	lk_record_wait_stacks(const struct lk_record *,
	    void (*fn)(const struct lk_wait_stack_info *, void *), void *);

struct lk_incident_info {
	uint32_t	id;
	char		kind[LK_NAMELEN];
	uint32_t	site;
	uint64_t	count;		/* of this (kind, site), or, with
					   site 0, (kind, innermost frame) */
	uint64_t	when;		/* of the first */
	uint32_t	strand;
	char		strand_name[16];
	uint32_t	op;
	uint64_t	op_ordinal;
	char		text[LK_INCIDENT_TEXT];
	uint32_t	nheld;		/* may exceed LK_INCIDENT_HELD */
	struct lk_node_info held[LK_INCIDENT_HELD];
	uint32_t	nframes, nother;
	uint64_t	frame[LK_MAXFRAMES];
	/* of others that have to do with it, as the text says: a 0 ends each */
	uint64_t	other[LK_INCIDENT_OTHER];
};
void	lk_record_incidents(const struct lk_record *,
	    void (*fn)(const struct lk_incident_info *, void *), void *);

/* A region by name; its size if asked for.  NULL: none. */
const void *lk_record_region_find(const struct lk_record *, const char *name,
	    size_t *size);

enum lk_loss {
#define LK_LOSS(name, help)	LKL_##name,
#include "locks/losses.def"
#undef LK_LOSS
	LKL_NLOSS
};
struct lk_loss_desc {
	const char	*name, *help;
};
extern const struct lk_loss_desc lk_loss_desc[LKL_NLOSS];
void	lk_record_losses(const struct lk_record *, uint64_t loss[LKL_NLOSS]);

/* Executable mappings of the writer, to turn addresses into symbols. */
struct lk_map_info {
	uint64_t	start, end, offset;
	char		path[232];
};
void	lk_record_maps(const struct lk_record *,
	    void (*fn)(const struct lk_map_info *, void *), void *);

struct lk_crash_info {
	int		signo;
	uint64_t	addr;
	uint32_t	strand;
	char		strand_name[16];
	uint32_t	nframes;
	uint64_t	frame[LK_MAXFRAMES];
};
/* => false: it did not crash, or not so that it could tell */
bool	lk_record_crash(const struct lk_record *, struct lk_crash_info *);

#endif /* LOCKS_RECORD_H */

/*
 * record_int.h: the layout of the shared mapping.
 *
 * Every field that two threads or processes may touch is an atomic; the
 * owner of a slot writes with relaxed loads and stores.
 */
#ifndef LOCKS_RECORD_INT_H
#define LOCKS_RECORD_INT_H

#include <string.h>

#include "locks/locks.h"

#define LK_MAGIC	0x63657273616d6100ULL	/* "\0amasrec" */
#define LK_SLOT_SIZE	(256 * 1024)
#define LK_NCHAIN	1024	/* chain cache entries, a power of two */
#define LK_NINST	4096	/* instance sets remembered, a power of two */
#define LK_NSTACKED	512	/* call stacks remembered */
#define LK_NROW		512	/* shard rows, a power of two */
#define LK_NSPILL	262144	/* rows of no strand */
#define LK_NSPILLIX	(2 * LK_NSPILL)
#define LK_SPILL_SPARE	65536	/* of these, kept for whole classes */
#define LK_MAXTAKE	LK_MAXDEP
#define LK_MAXSTACK	262144
#define LK_MAXPOST	65536
#define LK_NTAKEIX	(2 * LK_MAXTAKE)
#define LK_NSTACKIX	(2 * LK_MAXSTACK)
#define LK_NDEPIX	(2 * LK_MAXDEP)
#define LK_NPOSTIX	(2 * LK_MAXPOST)
#define LK_NHEAP	(1u << 27)	/* words of 8 bytes; touched on use */
#define LK_DEP_SPARE	(LK_MAXDEP / 8)	/* rows kept for new stacks */
#define LK_NHIST	6784	/* 64 MiB of histograms */
#define LK_NHISTIX	16384
#define LK_HIST_CLASSES	848	/* of these, kept for whole classes */
#define LK_NCLASSIX	(2 * LK_MAXCLASS)
#define LK_NSITEIX	(2 * LK_MAXSITE)
#define LK_ARENA	(64ULL << 20)

/*
 * A pack says everything about a take but the instance:
 *
 *	63        40 39       24 23    16 15  14   8 7      0
 *	+-----------+-----------+--------+---+------+--------+
 *	| site      | class     | kind   |dup| how  | mode   |
 *	+-----------+-----------+--------+---+------+--------+
 *
 * dup: RW_DUPOK was given; like `how` it is in keys, but not in counters.
 */
#define LK_PACK(site, class, kind, how, mode)				\
	((uint64_t)(site) << 40 | (uint64_t)(class) << 24 |		\
	(uint64_t)(kind) << 16 | (uint64_t)(how) << 8 | (uint64_t)(mode))
#define LK_PACK_SITE(p)		((uint32_t)((p) >> 40))
#define LK_PACK_CLASS(p)	((uint32_t)((p) >> 24) & 0xffff)
#define LK_PACK_KIND(p)		((enum lk_node_kind)(((p) >> 16) & 0xff))
#define LK_PACK_HOW(p)		((enum lk_how)(((p) >> 8) & 0x7f))
#define LK_PACK_DUPOK		0x8000ULL
#define LK_PACK_MODE(p)		((enum lk_mode)((p) & 0xff))
#define LK_PACK_NOHOW(p)	((p) & ~0xff00ULL)
#define LK_PACK_NOSITE(p)	((p) & 0xffffffffffULL)

/*
 * One element of a held stack.  ident 0: a hole (released out of order).
 * What is above the top is stale, or is being made ready for a push.  Who
 * reads from outside looks at the top again afterwards, and then once more at
 * the ident: each is written after what it vouches for.
 */
struct lk_held {
	_Atomic uint64_t ident;		/* written after all but the times */
	_Atomic uint64_t pack;
	_Atomic uint64_t key;		/* chain up to and with this one */
	/* instances up to this one, hashed; the first one's is lk_held_set */
	_Atomic uint64_t set;
	_Atomic uint64_t since;		/* 0: not timed; so above the top;
					   LK_LOOK: nor that, but whoever lets
					   it go looks for what is owed */
	_Atomic uint32_t sampled;	/* ... because the sample fell on it */
	_Atomic uint32_t gen;
	/* the key it was pushed with, if `key` was made anew since */
	_Atomic uint64_t born, born_for;
};
#define LK_LOOK		1
/* => when it was taken; 0: nobody looked at the clock */
static inline uint64_t
lk_held_since(const struct lk_held *h)
{
	uint64_t since = atomic_load_explicit(&h->since, memory_order_acquire);

	return since == LK_LOOK ? 0 : since;
}

/*
 * What a strand waits for; read by other processes.  seq is odd while it is
 * being written; half of it is the ordinal.
 */
struct lk_wait {
	_Atomic uint64_t seq;
	_Atomic uint64_t ident;		/* 0: nothing */
	_Atomic uint64_t pack;
	_Atomic uint64_t since;
};

/*
 * Chain cache: held stacks already seen.  A hit means that the dependency
 * that this take makes is recorded.
 */
struct lk_chain {
	_Atomic uint64_t key;
	_Atomic uint64_t set;		/* LK_SET_* or the set of instances */
	_Atomic uint64_t pack;
	/* takes: 63 next 48 | 47 drawn 24 | 23 left 0 */
	_Atomic uint64_t tick;
};
/*
 * drawn takes go by until the sample falls on one; left of them are still to
 * come.  The difference is what is not yet in the shard.  next: the entry
 * that was asked for after this one, the last time.
 */
#define LK_TICK_MAX		0xffffffu
#define LK_TICK(drawn, next)	((uint64_t)(next) << 48 | \
    (uint64_t)(drawn) << 24 | (drawn))
#define LK_TICK_LEFT(t)		((uint32_t)(t) & LK_TICK_MAX)
#define LK_TICK_DRAWN(t)	((uint32_t)((t) >> 24) & LK_TICK_MAX)
#define LK_TICK_TAKEN(t)	(LK_TICK_DRAWN(t) - LK_TICK_LEFT(t))
#define LK_TICK_NEXT(t)		((uint32_t)((t) >> 48))
/* idents are even, so are sets; these are odd */
#define LK_SET_ANY	1	/* whichever instances: nothing to look at */
#define LK_SET_VARIES	3	/* several sets of instances */

/* A call stack that the owner had; believed by its hash alone. */
struct lk_stacked {
	uint64_t	hash;
	uint32_t	id;		/* 0: none */
	uint32_t	spare;
};

/* Counters of one (class, site, mode) in one strand. */
struct lk_row {
	_Alignas(64) _Atomic uint64_t pack;	/* without how; 0: free */
	_Atomic uint64_t c[LKC_NCOUNTER];
	_Atomic uint32_t hist[LKHO_N];	/* index + 1; 0: none lent */
	uint32_t	spare;
};

enum lk_slot_state { LKS_FREE, LKS_TAKEN, LKS_LIVE };

/*
 * A strand's slot.  The counters stay when the slot changes hands.
 */
struct lk_slot {
	/* the owner's hot words */
	_Atomic uint32_t top;		/* held[top] is the newest; 0: none */
	_Atomic uint32_t over;		/* held beyond the stack */
	uint32_t	id;		/* index of this slot, from 0 */
	_Atomic uint32_t state;
	struct lk_strand *strand;	/* in the writer's address space */
	uint64_t	me;		/* id + 1, as backends know it */
	_Atomic uint64_t npark;		/* times it slept in a backend */
	_Atomic uint64_t nrelax;	/* times it went round a spin loop */
	_Atomic uint32_t gen;
	_Atomic uint32_t tid;
	_Atomic uint64_t name[2];
	_Atomic uint64_t self;		/* address of strand, to compare */
	_Atomic uint32_t life;		/* 0: not known */
	uint32_t	suspects;	/* the header's, when last looked at */
	uint32_t	last;		/* chain entry that was asked for last */
	bool		chained;	/* the chain cache was written to */
	_Alignas(128) struct lk_wait wait;
	_Atomic uint64_t op_ordinal;
	_Atomic uint64_t op_since;
	_Atomic uint32_t op;
	_Atomic uint32_t idle;
	/* [0]: base; the last: a push may be planned there, never done */
	_Alignas(128) struct lk_held held[LK_MAXHELD + 2];
	_Alignas(64) struct lk_chain chain[LK_NCHAIN];
	_Atomic uint64_t inst[LK_NINST];
	struct lk_stacked stacked[LK_NSTACKED];
	struct lk_row	row[LK_NROW];
};
_Static_assert(sizeof(struct lk_slot) <= LK_SLOT_SIZE, "slot outgrew itself");
_Static_assert(sizeof(struct lk_held) == 64, "held entry is one line");

struct lk_class_row {
	_Atomic uint32_t kind;
	_Atomic uint32_t flags;
	uint32_t	site;
	uint32_t	hash;
	char		name[LK_NAMELEN];
};

struct lk_site_row {
	int32_t		line;
	uint32_t	hash;
	char		file[80];
	char		func[40];
};

/*
 * A stack of takes: what a chain key stands for.  stack: where its newest was
 * taken, the first time.
 */
struct lk_take_row {
	uint64_t	key;
	uint32_t	stack;
	_Atomic uint32_t nsets;		/* rows of dependencies it has */
	_Atomic uint32_t flags;
	_Atomic uint32_t life;		/* who had sets that were not kept */
};
#define LK_TAKE_VARIED	0x1	/* some sets of instances were not kept */
#define LK_TAKE_MORE	0x2	/* ... of more lives than one */

/*
 * A dependency, on the heap.  Found by content through an index of
 * hash(key, set); the table of rows has the heap offsets by id.
 *
 *	+------+-----------+------+--------+--------+-----+
 *	| head | seen[4]   | want | held 0 | held 1 | ... |
 *	+------+-----------+------+--------+--------+-----+
 */
struct lk_dep_end {
	uint64_t	ident, pack;
	uint32_t	gen, stack;
};
struct lk_dep_mark {
	_Atomic uint64_t first, last;
	_Atomic uint32_t life;		/* written last; 0: free */
	uint32_t	op;
};
struct lk_dep_row {
	uint64_t	hash;
	uint32_t	nheld;
	uint32_t	take;		/* its stack of takes; 0: not kept */
	_Atomic uint32_t more;		/* more lives than are named */
	uint32_t	spare;
	struct lk_dep_mark seen[LK_DEP_SEEN];
	struct lk_dep_end end[];
};

/* A call stack, on the heap. */
struct lk_stack_row {
	uint32_t	hash;
	uint32_t	nframes;
	uint64_t	frame[];
};

struct lk_life_row {
	_Atomic uint64_t born, ended, joined;
	_Atomic uint64_t name[2];
	_Atomic uint32_t joiner;
	uint32_t	strand, parent;
	uint32_t	spare;
};

struct lk_post_row {
	uint64_t	ident, pack, when;
	uint32_t	gen, life;
};

struct lk_hist_row {
	/* without site: class; `how` is an enum lk_hist_of here */
	_Atomic uint64_t pack;
	_Atomic uint64_t b[LK_HIST_N];
};

struct lk_incident_row {
	_Atomic uint32_t ready;
	uint32_t	spare;
	_Atomic uint64_t count;
	struct lk_incident_info i;
};

/*
 * Blame: open addressing by the whole key; key[0] is written last.
 *	key[0]	pack of the waiter, without how
 *	key[1]	63 waiter's op 32 | 31 holder's op 0
 *	key[2]	63 holder's site 40 | 39 root class 24 | 7 holder's mode 0
 *	key[3]	63 root site 32 | 31 root op 0
 */
#define LK_NBLAME	32768	/* rows, a power of two */
struct lk_blame_row {
	_Alignas(64) _Atomic uint64_t key[4];
	_Atomic uint64_t n, ns;
};

/* Stacks that waited: open addressing; key[0] is written last. */
#define LK_NWSTACK	16384	/* rows, a power of two */
struct lk_wstack_row {
	_Atomic uint64_t key[2];
	_Atomic uint64_t n, ns;
};

/* seq is odd while the row is being written. */
struct lk_heavy_row {
	_Atomic uint64_t seq;
	_Atomic uint64_t ident;
	_Atomic uint64_t pack;		/* kind and class of it */
	_Atomic uint64_t ns, over, n;
	_Atomic uint32_t heap;		/* where it stands in the heap */
	uint32_t	spare;
};
/*
 * The sketch: rows, a heap with the smallest on top, and an open hash by
 * ident.  Everything but the rows is the writer's, under its lock.
 */
#define LK_NHEAVYIX	(4 * LK_HEAVY)
struct lk_heavy {
	_Atomic uint32_t n;
	uint32_t	spare;
	uint16_t	heap[LK_HEAVY];
	uint16_t	ix[LK_NHEAVYIX];	/* row + 1; 0: ends a search */
	struct lk_heavy_row row[LK_HEAVY];
};

struct lk_inflight_row {
	_Atomic uint64_t ident;		/* 0: never used, 1: used before */
	_Atomic uint64_t pack;
	_Atomic uint64_t since;
	_Atomic uint64_t giver;
	_Atomic uint64_t name[2];
};

struct lk_region_row {
	char		name[48];
	uint64_t	off, size;
};

/* The parts of the mapping, each an array. */
enum lk_part {
	LKP_CLASS, LKP_CLASSIX, LKP_SITE, LKP_SITEIX, LKP_STRAND, LKP_SPILL,
	LKP_SPILLIX, LKP_TAKE, LKP_TAKEIX, LKP_STACK, LKP_STACKIX, LKP_DEP,
	LKP_DEPIX, LKP_LIFE, LKP_POST, LKP_POSTIX, LKP_HIST, LKP_HISTIX, LKP_INCIDENT,
	LKP_INFLIGHT, LKP_BLAME, LKP_HEAVY, LKP_WSTACK, LKP_MAP, LKP_REGION, LKP_ARENA,
	LKP_HEAP, LKP_NPART
};
struct lk_part_row {
	uint64_t	off;
	uint32_t	n, size;
};

struct lk_header {
	uint64_t	magic;
	uint32_t	version;
	uint32_t	size;		/* of this header */
	uint64_t	total;
	struct lk_part_row part[LKP_NPART];
	uint32_t	creator;
	_Atomic uint32_t pid;
	_Atomic uint64_t seed;
	_Atomic uint32_t level;
	_Atomic uint32_t panicked;
	uint64_t	created, created_real;
	uint64_t	written;	/* of a file: when; 0: it lives */
	uint64_t	sum;		/* of a file: lk_file_sum() */
	uint32_t	hold_period;	/* 1 hold in so many is timed */
	double		hold_scale;	/* lk_hold_scale of it */
	char		title[256];
	_Atomic uint64_t backend[4];
	/* how many of each are there; an entry is whole once it is counted */
	_Atomic uint32_t nclass, nsite, nstrand, nhist, nincident;
	_Atomic uint32_t ntake, nstack, ndep, nlife, npost, nspill;
	_Atomic uint32_t nregion, nmap, inflight_top, nblame, nwstack;
	_Atomic uint32_t heap_used;	/* words */
	_Atomic uint32_t suspects;	/* classes marked so far */
	_Atomic uint64_t dep_epoch;
	_Atomic uint64_t arena_used;
	_Atomic uint64_t incidents;
	_Atomic uint64_t note_ps;
	_Atomic uint32_t undelayed;	/* waits for a processor are not told */
	_Atomic uint64_t loss[LKL_NLOSS];
	_Atomic uint32_t crashed;	/* 1: being written, 2: written */
	struct lk_crash_info crash;
};

struct lk_record {
	struct lk_header *h;
	uint64_t	size;
	int		fd;
	bool		writer;
	bool		owned;		/* somebody holds the handle */
};

/* write.c: of all that is in a file; holes count as the zeroes they are */
uint64_t lk_file_sum(const struct lk_record *, int fd);

static inline void *
lk_part(const struct lk_record *r, enum lk_part p)
{
	return (char *)r->h + r->h->part[p].off;
}

static inline struct lk_slot *
lk_slot(const struct lk_record *r, uint32_t id)
{
	return (struct lk_slot *)((char *)lk_part(r, LKP_STRAND) +
	    (size_t)id * LK_SLOT_SIZE);
}

/* Relaxed shorthands for a word with one writer. */
#define lk_get(p)	atomic_load_explicit((p), memory_order_relaxed)
#define lk_put(p, v)	atomic_store_explicit((p), (v), memory_order_relaxed)
#define lk_acq(p)	atomic_load_explicit((p), memory_order_acquire)
#define lk_rel(p, v)	atomic_store_explicit((p), (v), memory_order_release)
#define lk_bump(p, v)	lk_put((p), lk_get(p) + (v))
/* ... and for one with many. */
#define lk_add(p, v)	atomic_fetch_add_explicit((p), (v), memory_order_relaxed)

/*
 * An index of n places, twice as many as it may have entries.  The first
 * entries are near: they stand close together, and to look for one of a few
 * thousand does not lead over megabytes.  The others are far.
 *
 *	0          LK_IX_NEAR                             n
 *	| near ....| far .................................|
 */
#define LK_IX_NEAR	65536u
static inline bool
lk_ix_far(uint32_t nentry)
{
	return nentry >= LK_IX_NEAR / 2;
}
static inline uint32_t
lk_ix_home(uint64_t hash, uint32_t n, bool far)
{
	return far ? LK_IX_NEAR + (uint32_t)(hash % (n - LK_IX_NEAR)) :
	    (uint32_t)(hash % LK_IX_NEAR);
}
static inline uint32_t
lk_ix_next(uint32_t i, uint32_t n, bool far)
{
	return ++i != (far ? n : LK_IX_NEAR) ? i : far ? LK_IX_NEAR : 0;
}

/* The line of *p will be written to: asked for once, not read first. */
#ifdef __x86_64__
#define lk_soon(p)	__asm__ __volatile__("prefetchw %0" : : "m"(*(p)))
#else
#define lk_soon(p)	__builtin_prefetch((p), 1)
#endif

static inline uint64_t
lk_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0x9e3779b97f4a7c15ULL;
	x ^= x >> 29;
	x *= 0xd6e8feb86659fd93ULL;
	return x ^ x >> 32;
}

/* Strings of 16 bytes in two atomic words. */
static inline void
lk_name_put(_Atomic uint64_t *to, const char *s)
{
	uint64_t w[2] = { 0, 0 };

	memcpy(w, s, strnlen(s, sizeof(w) - 1));
	lk_put(&to[0], w[0]);
	lk_put(&to[1], w[1]);
}

static inline void
lk_name_get(char *to, const _Atomic uint64_t *from)
{
	uint64_t w[2];

	w[0] = lk_get(&from[0]);
	w[1] = lk_get(&from[1]);
	memcpy(to, w, sizeof(w));
	to[15] = '\0';
}

/* record.c */
extern struct lk_record *lk_rec;	/* NULL until first needed */
void	lk_record_default(void);
static inline struct lk_record *
lk_record(void)
{
	if (__builtin_expect(lk_rec == NULL, 0))
		lk_record_default();
	return lk_rec;
}
void	lk_lose(enum lk_loss);
uint32_t lk_hash_str(const char *, uint32_t);

/*
 * names.c: ids; found or made.  0 is never an id; LK_OTHER is what does not
 * fit into the table.
 */
#define LK_OTHER	1
uint32_t lk_class_id(const char *name, enum lk_node_kind, struct lk_site *);
uint32_t lk_class_at(enum lk_node_kind, struct lk_site *);
uint32_t lk_site_new(struct lk_site *);
static inline uint32_t
lk_site_id(struct lk_site *s)
{
	uint32_t id = lk_get(&s->ls_id);

	return __builtin_expect(id != 0, 1) ? id : lk_site_new(s);
}
uint32_t lk_class_seek(const struct lk_record *, const char *name,
	    enum lk_node_kind);		/* 0: none */
void	lk_names_start(struct lk_record *);
void	lk_names_copy(struct lk_record *to, const struct lk_record *from);

/* rows.c: counters and histograms */
struct lk_row *lk_row_get(struct lk_slot *, uint64_t pack);
/*
 * => pack without how
 * lk_row_counts: several of one row; those of 0 are none
 * lk_row_soon: the wait is about to be counted there: fetch the lines
 */
struct lk_row_more {
	enum lk_counter	c;
	uint64_t	n;
};
void	lk_row_count(struct lk_slot *, uint64_t pack, enum lk_counter,
	    uint64_t n);
void	lk_row_counts(struct lk_slot *, uint64_t pack,
	    const struct lk_row_more *, unsigned n);
void	lk_row_hist(struct lk_slot *, uint64_t pack, enum lk_hist_of,
	    uint64_t ns);
void	lk_row_soon(struct lk_slot *, uint64_t pack, enum lk_hist_of,
	    uint64_t ns);

/*
 * takes.c: stacks of takes, call stacks, and the heap they lie on.  The lock
 * guards all that grows on the heap.
 */
extern struct lk_raw lk_heap_raw;
static inline void *
lk_heap(const struct lk_record *r, uint32_t at)
{
	return (uint64_t *)lk_part(r, LKP_HEAP) + at;
}
/* => with lk_heap_raw held; 0: no room; 8-byte aligned, zeroed */
uint32_t lk_heap_get(struct lk_record *, size_t bytes);
/* => found or made, then with the caller's call stack; NULL: no room */
struct lk_take_row *lk_take(struct lk_record *, uint64_t key);
struct lk_take_row *lk_take_find(const struct lk_record *, uint64_t key);
/* => it is about to be looked for: where that begins is fetched */
void	lk_take_soon(const struct lk_record *, uint64_t key);
/* => the caller's call stack; 0: no room */
struct lk_frames;
uint32_t lk_stack_id(struct lk_record *);
uint32_t lk_stack_id_of(struct lk_record *, const struct lk_frames *);
/* => where what is held was taken; 0: not kept */
uint32_t lk_held_stack(const struct lk_record *, const struct lk_held *);

/* deps.c */
struct lk_dep_want {
	uint64_t	ident, pack;
	uint32_t	gen;
	unsigned	below;		/* what is held: entries 1 to this */
	uint64_t	key, set;	/* with what is wanted */
};
enum lk_dep_fate {
	LKD_KEPT,			/* it is in the table */
	LKD_VARIED,			/* one set of instances too many */
	LKD_LOST			/* no room */
};
enum lk_dep_fate lk_dep_note(struct lk_slot *, const struct lk_dep_want *);

/* lives.c */
uint32_t lk_life_begin(const char *name, uint32_t strand, uint32_t parent);
void	lk_life_end(uint32_t life);
void	lk_life_joined(uint32_t life, uint32_t joiner);
void	lk_post_note(struct lk_slot *, uint64_t ident, uint64_t pack,
	    uint32_t gen);

/* hold.c: of the header, from the period */
double	lk_hold_scale(uint32_t period);

/* read.c */
void	lk_node_unpack(struct lk_node_info *, uint64_t ident, uint64_t pack,
	    uint64_t since);
static inline uint32_t
lk_count_of(const _Atomic uint32_t *n, uint32_t max)
{
	uint32_t v = lk_acq(n);

	return v < max ? v : max;
}

/* stack.c: return addresses of the caller, newest first */
unsigned lk_stack(uint64_t *frame, unsigned max);
/* => of a signal's context, its program counter first; NULL: as lk_stack */
unsigned lk_stack_of(const void *context, uint64_t *frame, unsigned max);
void	lk_stack_learn(void);
void	lk_stack_bounds(uintptr_t top);
uintptr_t lk_stack_top(void);

#endif /* LOCKS_RECORD_INT_H */

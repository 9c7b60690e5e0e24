/*
 * amap.h: the one door of amap/, the VM under test.
 *
 * A world is a whole machine's VM: frames, swap devices, page daemon, lock
 * objects, amaps.  A space is one modelled process: map, pmap, entries.  The
 * functions of amap.c, ppref.c and swapoff*.c are the subject; all the rest
 * of this folder are its neighbours, which call it through struct amap_ops
 * only, so that another subject can take its place.
 *
 * Every call below is made by a strand whose env is the world.
 */
#ifndef AMAP_AMAP_H
#define AMAP_AMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "locks/locks.h"

struct vm_world;
struct vm_space;
struct vm_object;
struct amap_ops;

/* ------------------------------------------------------------------------
 * Tables: schemes, injection sites, counters, gauges.
 */

/* A row that people choose or read by name. */
struct vm_row {
	const char	*name;
	const char	*help;
};
const struct vm_row *vm_schemes(size_t *n);		/* schemes.def */
const struct vm_row *vm_inject_sites(size_t *n);	/* inject.def */

/* Injection: VMI_<site> */
enum vm_inject_site {
#define INJECT(name, help)	VMI_##name,
#include "amap/inject.def"
#undef INJECT
	VMI_NSITES
};
struct vm_inject {
	uint32_t	ppm;	/* fails so often per million tries */
	uint64_t	nth;	/* and at every nth try; 0: never */
};

/*
 * Counters are taken where the work is done.  They live in the record, one
 * row of VMC_NCOUNTERS per strand, so a watcher can read them.
 */
enum vm_counter {
#define COUNTER(name, unit, help)	VMC_##name,
#include "amap/counters.def"
#undef COUNTER
	VMC_NCOUNTERS
};
struct vm_counter_row {
	const char	*name, *unit, *help;
};
const struct vm_counter_row *vm_counter_rows(size_t *n);
#define VM_COUNTERS_REGION	"vm.counters"	/* uint64_t [strands][n] */
/* => rec may be another process's record */
void	vm_counters_sum(struct lk_record *rec, uint64_t sum[VMC_NCOUNTERS]);

/* Present values, written by the world, read by anyone through the record. */
#define VM_GAUGES_REGION	"vm.gauges"
struct vm_gauges {
	_Atomic uint64_t	frames, frames_free, frames_wired;
	_Atomic uint64_t	swap_slots, swap_inuse, swap_only, swap_bad;
	_Atomic uint64_t	amaps, anons, spaces, lock_objects;
	_Atomic uint64_t	io_inflight, walkers;
};

/* ------------------------------------------------------------------------
 * The world
 */

#define VM_MAXSWAP	8
struct vm_conf {
	size_t		page_size;	/* power of two, 64 .. 65536 */
	size_t		frames;		/* pages of real memory */
	size_t		arena;		/* bytes for all VM objects; 0: default */
	int		nswap;		/* swap devices, 1 .. VM_MAXSWAP */
	size_t		swap_slots[VM_MAXSWAP];
	char		swap_path[VM_MAXSWAP][256];	/* file or block device;
							   "": unlinked file in
							   swap_dir */
	char		swap_dir[256];
	bool		swap_memory;	/* devices without a path are memory */
	bool		small;		/* a few objects of each kind at most */
	const char	*scheme;	/* a row of schemes.def; NULL: ordered */
	const struct amap_ops *subject;	/* NULL: the built-in one */
	int		io_strands;	/* write-out completion strands, >= 1 */
	/* explored: objects that were freed are not used again and lead to a
	 * dead lock, and swap-off is looked after */
	bool		inspected;
	struct vm_inject inject[VMI_NSITES];
};
void	vm_conf_default(struct vm_conf *);

/*
 * vm_world_create: a machine, booted: pools made, swap on, daemon running.
 * => becomes the env of the caller, which must be a strand
 * => why is filled with one line for people on error
 * => EINVAL (a value of conf), ENOSPC (swap files), ENOMEM, or what the file
 *    system said
 * vm_world_destroy: daemon and I/O strands end, everything goes.
 * => every space has exited
 */
int	vm_world_create(const struct vm_conf *, struct vm_world **,
	    char why[256]);
void	vm_world_destroy(struct vm_world *);
/*
 * vm_world_abandon: its strands are gone in the middle of what they did: only
 * memory is given back, nothing is said.
 * => the caller may be any strand
 */
void	vm_world_abandon(struct vm_world *);
/*
 * A world can be put back as it was, in microseconds.
 * vm_world_rest: its own strands end; nobody may call it until vm_world_wake.
 * vm_world_keep: as it is at rest, it is kept.
 * vm_world_again: as it was then, at rest, whatever its strands did since; they
 *	are gone.  It becomes the caller's env.
 * vm_world_note: what of it, at rest, is not as it was kept.
 * => changes: noted, and nothing has changed since; NULL: all is put back
 * => 0 or errno; ENOTSUP: not in this build (a sanitizer knows its memory), or
 *    an external subject keeps data that only it understands
 */
struct vm_changes;
void	vm_world_rest(struct vm_world *);
int	vm_world_wake(struct vm_world *);
struct vm_kept;
int	vm_world_keep(struct vm_world *, struct vm_kept **);
int	vm_world_note(struct vm_kept *, struct vm_changes *);
void	vm_world_again(const struct vm_kept *, const struct vm_changes *);
void	vm_kept_free(struct vm_kept *);		/* NULL is fine */
/*
 * Changes of memory, against a copy of it.
 * => number: of where and what; those of two that differ, differ (but for one
 *    in 2^64)
 * vm_changes_note: n bytes that were as in the copy; _note_new: zero.
 * vm_changes_undo: => false: there were more than are noted, none is undone
 */
#define VM_MAXCHANGES	1024
struct vm_change {
	char		*now;
	const char	*was;
	size_t		n;
};
struct vm_changes {
	uint64_t	number;
	unsigned	n;
	bool		lost;		/* more than that */
	struct vm_change line[VM_MAXCHANGES];
};
void	vm_changes_begin(struct vm_changes *, uint64_t salt);
void	vm_changes_note(struct vm_changes *, void *now, const void *was,
	    size_t n);
void	vm_changes_note_new(struct vm_changes *, void *now, size_t n);
bool	vm_changes_undo(const struct vm_changes *);
size_t	vm_page_size(void);

/*
 * vm_quiesce: the daemon parks and all I/O in flight ends.
 * => all other strands stand outside of this folder, or at a safe point of
 *    the swap-off walker
 * vm_resume: the daemon goes on.
 */
void	vm_quiesce(void);
void	vm_resume(void);

/*
 * vm_audit: recompute invariants I1-I11 from map entries, slots and frames.
 * => quiescent; each violation is an incident ("audit.I4", ...)
 * => returns how many there were
 * vm_audit_leaks: after every space has exited: no frame, slot, anon, amap,
 * lock object or map entry may be left ("leak.frame", ...).
 */
size_t	vm_audit(void);
size_t	vm_audit_leaks(void);

/*
 * In exploration: what must hold at any moment, though others are in the
 * middle of what they do.
 * => strands are fibers; no lock is taken, no point passed
 * => violations are incidents ("audit.I4", ...); returns how many since begin
 * vm_inspect: invariants of whatever nobody has locked.
 * vm_inspect_guards: called at each point, on behalf of the strand that came
 *    there: what it changed since the last one was locked by it
 *    ("lock.unguarded").
 * vm_inspect_begin: a new world.
 */
struct vm_inspect;
int	vm_inspect_new(struct vm_inspect **);		/* 0, ENOMEM */
void	vm_inspect_free(struct vm_inspect *);
void	vm_inspect_begin(struct vm_inspect *);
size_t	vm_inspect(struct vm_inspect *);
size_t	vm_inspect_guards(struct vm_inspect *);

/*
 * A walker strand may park between two amaps when the runner asks for
 * quiescence: fn is called there with no lock held.
 */
void	vm_set_safe_point(void (*fn)(void *), void *arg);
/*
 * fn is called in each vm_fork when nobody can store into what is copied any
 * more, wired entries excepted.
 */
void	vm_set_fork_point(void (*fn)(void *, struct vm_space *parent),
	    void *arg);

/* ------------------------------------------------------------------------
 * Spaces
 */

#define VM_PROT_NONE	0x0
#define VM_PROT_READ	0x1
#define VM_PROT_WRITE	0x2
#define VM_PROT_EXEC	0x4

enum vm_inherit { VM_INHERIT_SHARE, VM_INHERIT_COPY, VM_INHERIT_NONE };

#define VM_MAP_FIXED	0x1	/* at *va, replacing what is there */
#define VM_MAP_SHARED	0x2	/* as mmap(MAP_SHARED): inherited by sharing */
#define VM_MAP_STACK	0x4	/* will not be clipped: lazy amap when large */

int	vm_space_create(struct vm_space **);	/* 0, ENOMEM */
/*
 * vm_space_exit: unmap everything, free the space.
 * => nobody else is in a call on it, or will be
 */
void	vm_space_exit(struct vm_space *);
/*
 * vm_fork: a copy of the space, by each entry's inheritance.
 * => one snapshot, wired entries excepted (they are copied page by page)
 * => ENOMEM: nothing was made, the parent is as before
 */
int	vm_fork(struct vm_space *, struct vm_space **child);
uint32_t vm_space_id(const struct vm_space *);

/* All addresses and sizes are in bytes and page-aligned, end exclusive. */
/*
 * => *va: where (FIXED) or out; obj NULL: anonymous, zero-filled
 * => 0, ENOMEM (no room, or no memory), EINVAL
 */
int	vm_mmap(struct vm_space *, uintptr_t *va, size_t size, int prot,
	    int flags, struct vm_object *obj, uint64_t objoff);
int	vm_munmap(struct vm_space *, uintptr_t start, uintptr_t end);
int	vm_mprotect(struct vm_space *, uintptr_t start, uintptr_t end, int prot);
int	vm_minherit(struct vm_space *, uintptr_t start, uintptr_t end,
	    enum vm_inherit);
/* => fault in and wire every page (ENOMEM, EIO, EFAULT undo what was wired) */
int	vm_mlock(struct vm_space *, uintptr_t start, uintptr_t end);
int	vm_munlock(struct vm_space *, uintptr_t start, uintptr_t end);
/* => pages held by this mapping alone are dropped now, others only aged */
int	vm_madvise_free(struct vm_space *, uintptr_t start, uintptr_t end);
/* => deactivate: the daemon will look at these first */
int	vm_madvise_cold(struct vm_space *, uintptr_t start, uintptr_t end);
/* => moves entries (mremap); to must be free; 0, EFAULT, ENOMEM */
int	vm_move(struct vm_space *, uintptr_t from, size_t size, uintptr_t to);
/* => how many entries the map has; for tests and gauges */
size_t	vm_space_entries(struct vm_space *);

/* A read-only object with content f(object, page): a mapped file. */
int	vm_object_create(uint64_t id, size_t pages, struct vm_object **);
void	vm_object_hold(struct vm_object *);
void	vm_object_rele(struct vm_object *);
uint64_t vm_object_cell(uint64_t id, uint64_t page, size_t cell);

/*
 * The processor: loads and stores go through the soft pmap and fault when
 * they must.  A cell is 8 bytes; va is 8-aligned; n cells lie in one page;
 * each cell is one atomic access, the n of them are not one.
 * => 0, EFAULT (nothing mapped), EACCES (protection), EIO (page lost to a
 *    swap error), ENOMEM (no memory and swap full)
 */
int	vm_load(struct vm_space *, uintptr_t va, uint64_t *cells, size_t n);
int	vm_store(struct vm_space *, uintptr_t va, const uint64_t *cells,
	    size_t n);
/* => is there a translation now?  no lock, no fault */
bool	vm_mapped(struct vm_space *, uintptr_t va);

/* ------------------------------------------------------------------------
 * External subjects: somebody's uvm_amap.c, compiled against the headers of
 * compat/ into a shared object, in place of the built-in functions.
 */
struct vm_subject;

/* What a shared object says of itself and what it has, without running it. */
struct vm_subject_facts {
	char		source[1024];	/* the file it was made from */
	char		rev[16];	/* "1.89" */
	char		flavour[16];	/* "plain", "tsan", "asan", "explore" */
	size_t		ndefines, nlacks, nneeds, nunknown;
	/* the one that is named in complaints: by prototype; by name */
	const char	*lack;
	char		unknown[64];
};
/*
 * A row of what a subject defines, or of what it uses of the program.
 * => lacks: is to define it, and does not; unknown: uses it, and nobody has it
 */
typedef void vm_subject_row(const char *name, const char *proto, bool bad,
	    void *arg);
/*
 * => 0 with facts filled; else an errno and one line of why: the file cannot
 *    be read, or is no subject of this program's
 * => defines, uses: called for each row; may be NULL
 */
int	vm_subject_look(const char *so, struct vm_subject_facts *,
	    vm_subject_row *defines, vm_subject_row *uses, void *arg,
	    char why[512]);
/*
 * vm_subject_open: load it, for vm_conf.subject.
 * => its flavour is one that this program can run
 * => 0, or an errno and one line of why
 */
int	vm_subject_open(const char *so, struct vm_subject **, char why[512]);
const struct amap_ops *vm_subject_ops(const struct vm_subject *);
void	vm_subject_close(struct vm_subject *);	/* => no world uses it */

/* ------------------------------------------------------------------------
 * Swap
 */

/* => 0, EBUSY (it is on already), EINVAL, or the file's error */
int	vm_swapon(int dev);
/* => 0, EBUSY (pages were left: legal when racing), ENOMEM, EINVAL (not on) */
int	vm_swapoff(int dev);
/*
 * vm_swapwalk: bring in what the device holds, which stays on, so that more may
 * come meanwhile.  => no swap-off is under way; 0, ENOMEM, EINVAL
 */
int	vm_swapwalk(int dev);
int	vm_swap_count(void);
bool	vm_swap_is_on(int dev);
/* Ask the daemon to make n frames free, whether needed or not. */
void	vm_pressure(size_t n);

/* For tests that plant a defect; false: there was nothing to spoil. */
bool	vm_plant_slot_corruption(void);	/* one slot in use, on disk */
bool	vm_plant_anon_ref(void);	/* one reference too many on one anon */
bool	vm_plant_page_free(void);	/* a mapped page is freed */
void	vm_plant_lost_wakeup(void);	/* the next page un-busied wakes nobody */
bool	vm_plant_cell(void);		/* one cell in memory */
bool	vm_plant_unlocked(void);	/* an amap is changed without its lock */
bool	vm_plant_weak_lock(void);	/* ... holding it to read, as asserted */
bool	vm_plant_use_freed(void);	/* what a freed anon leads to is used */
bool	vm_plant_free_twice(void);	/* an anon is */
bool	vm_plant_leak(void);		/* memory is not given back */
bool	vm_plant_race(void);		/* a plain store that nothing orders */
bool	vm_plant_no_walk(void);		/* a swap-off brings nothing in */
bool	vm_plant_refusal(void);		/* ... and says that memory was short */
/* => from a fork point: a store that gets past it, to a page in memory */
bool	vm_plant_store(struct vm_space *, uintptr_t va, uint64_t value);

#endif /* AMAP_AMAP_H */

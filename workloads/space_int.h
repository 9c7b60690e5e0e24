/*
 * space_int.h: the spaces and regions that the operations work on, and what
 * the model knows of them.
 *
 * Nothing here waits.  A space or region is *claimed* by whoever works in it
 * and taken down by the last to let go after somebody said it shall end:
 *
 *	claim	[ state 8 | holders 24 ]
 *
 * FREE -> SETUP -> LIVE -> DYING -> FREE.  What changes the layout of a space
 * (map, unmap, wire ...) holds its layout shared, a fork exclusively; who does
 * not get it does something else.  Loads and stores need a claim alone: the VM
 * must sort them out against all the rest.
 *
 * Each region has an address window of its own, so an access that raced with
 * an unmap never meets another region.
 */
#ifndef WORKLOADS_SPACE_INT_H
#define WORKLOADS_SPACE_INT_H

#include "workloads/model_int.h"

#define WL_MAXREGION	64		/* of a space */

enum wl_state { WLC_FREE, WLC_SETUP, WLC_LIVE, WLC_DYING };

struct wl_region {
	_Atomic uint32_t claim;
	uintptr_t	va;
	size_t		npages;
	struct wl_content *content;
	size_t		first;		/* content page of page 0 */
	_Atomic uint8_t	*gone;		/* a page each: unmapped */
	_Atomic uint64_t prot;		/* mprotects [ begun 32 | done 32 ] */
	_Atomic uint32_t wiring;	/* somebody is at the next two */
	size_t		wired_page, wired_n;
	enum vm_inherit	inherit;
	_Atomic bool	doomed;		/* has a lost page: to be unmapped */
};

struct wl_space {
	_Atomic uint32_t claim;
	_Atomic int32_t	layout;		/* holders; -1: exclusive */
	struct vm_space	*vm;
	struct wl_space	*child;		/* while it is forked */
	struct wl_region region[WL_MAXREGION];
};

#define WL_NOBJECT	4

/*
 * The gate that operations pass.  While it is closed nobody is inside, but
 * walkers that stand at a safe point.
 */
struct wl_gate {
	struct mutex	lk;
	_Atomic uint32_t closed;
};

/* In the record, for this folder alone. */
#define WL_CTL_REGION	"wl.ctl"
struct wl_ctl {
	_Atomic uint32_t stop;		/* the run shall end */
	_Atomic uint32_t signalled;	/* somebody asked for it */
	_Atomic uint32_t based, ended;	/* base is filled; so is end */
	_Atomic uint64_t base[VMC_NCOUNTERS];	/* at the end of the warm-up */
	_Atomic uint64_t end[VMC_NCOUNTERS];	/* of the measured interval */
};

/* The run under way. */
struct wl_harness {
	const struct wl_job *job;
	struct wl_model	model;
	struct wl_run	*run;		/* in the record */
	struct wl_ctl	*ctl;
	struct wl_opcount (*counts)[WLO_NOPS];	/* by strand */
	struct vm_world	*world;
	struct wl_gate	gate;
	struct wl_strand *strand;	/* operators, then walkers */
	unsigned	nstrands;	/* of both */
	_Atomic uint32_t running;	/* operators that are not done */
	struct wl_strand *by_id[LK_MAXSTRAND];
	uint64_t	weights;	/* their sum */
	size_t		page_size;
	size_t		window;		/* pages between regions */
	unsigned	nregions;	/* slots of a space in use */
	size_t		nspaces;	/* slots */
	struct wl_space	*space;
	_Atomic int32_t	live;		/* spaces, less those that end */
	_Atomic int64_t	wired;		/* pages, as far as we know */
	struct mutex	walk;		/* one swap-off at a time: see wl_cycle */
	struct vm_object *object[WL_NOBJECT];
	struct wl_replay *replay;	/* or NULL */
	struct wl_job_program *program;	/* explored; or NULL */
	/* explored, and no point within an access: the order of loads and
	 * stores is known, so the model need not allow for others */
	bool		exact;
	bool		whole;		/* a check looks at all that is mapped */
	_Atomic uint64_t *late_store;	/* planted, and how often; or NULL */
};

/* A strand that operates. */
struct wl_strand {
	_Alignas(128) _Atomic uint32_t inside;	/* of the gate */
	struct wl_harness *h;
	struct lk_strand *lk;
	unsigned	id;		/* writer */
	uint64_t	quota;		/* operations to do; 0: no end */
	uint32_t	sample;		/* operations until one is timed */
	uint64_t	prot;		/* of the region, before the access */
	uint64_t	*buf;		/* a page of cells */
	struct wl_look	look;
};

/* What became of an operation. */
enum wl_done { WLR_DONE, WLR_REFUSED, WLR_SKIPPED };

/* ---- claims: space.c ---- */
/* => a live space, claimed, picked at random; NULL: none found */
struct wl_space *wl_space_pick(struct wl_strand *);
void	wl_space_drop(struct wl_strand *, struct wl_space *);
/* => FREE to SETUP; NULL: all are in use */
struct wl_space *wl_space_new(struct wl_harness *);
void	wl_space_live(struct wl_harness *, struct wl_space *);
void	wl_space_unnew(struct wl_space *);
/* => it ends when the last claim is dropped; false: it is ending already */
bool	wl_space_end(struct wl_harness *, struct wl_space *);
bool	wl_layout_share(struct wl_space *);
void	wl_layout_unshare(struct wl_space *);
bool	wl_layout_take(struct wl_space *);	/* exclusively */
void	wl_layout_drop(struct wl_space *);

struct wl_region *wl_region_pick(struct wl_strand *, struct wl_space *);
bool	wl_region_claim(struct wl_region *);
void	wl_region_drop(struct wl_strand *, struct wl_region *);
/* => FREE to SETUP; NULL: all are in use */
struct wl_region *wl_region_new(struct wl_harness *, struct wl_space *);
void	wl_region_live(struct wl_region *);
/* => from SETUP, or when alone */
void	wl_region_free(struct wl_harness *, struct wl_region *);
bool	wl_region_end(struct wl_region *);
bool	wl_region_is(const struct wl_region *, enum wl_state);

/* ---- making and unmaking: region.c ---- */
/* => space claimed, layout shared (or in SETUP); 0, ENOMEM, or EBUSY: full */
int	wl_region_map(struct wl_strand *, struct wl_space *);
/* => region claimed, layout shared */
int	wl_region_unmap(struct wl_strand *, struct wl_space *,
	    struct wl_region *);
int	wl_region_unmap_part(struct wl_strand *, struct wl_space *,
	    struct wl_region *, size_t page, size_t n);
/* => claimed; a run of pages still mapped, at most *n; false: there is none */
bool	wl_region_run(struct wl_strand *, struct wl_region *, size_t *page,
	    size_t *n);
bool	wl_region_whole(const struct wl_region *, size_t page, size_t n);
/* => a new space with regions; 0, ENOMEM, EBUSY: no room for one more */
int	wl_space_spawn(struct wl_strand *);
/* => claimed, layout exclusive; shared: some regions are inherited so */
int	wl_space_fork(struct wl_strand *, struct wl_space *, bool shared);
/* => in the middle of a fork of that space: see vm_set_fork_point */
void	wl_fork_point(void *harness, struct vm_space *);
/* => claimed alone; all pages that are worth it are checked, then it ends */
void	wl_space_exit(struct wl_strand *, struct wl_space *);
/* => claimed; part: only pages that are resident, and few others */
void	wl_space_check(struct wl_strand *, struct wl_space *, bool part);
void	wl_region_check(struct wl_strand *, struct wl_space *,
	    struct wl_region *, bool part);

/* ---- accesses: access.c ---- */
/* A page of a space, and what the model has for it. */
struct wl_at {
	struct vm_space	*vm;
	uintptr_t	va;
	struct wl_content *content;
	size_t		page;		/* of the content */
};
/* => unit as of wl_look_begin; vm_load's error; mismatches are incidents */
int	wl_at_load(struct wl_strand *, const struct wl_at *, unsigned unit,
	    unsigned cell, unsigned n);
/* => EBUSY: another store of the unit goes on (ordered only) */
int	wl_at_store(struct wl_strand *, const struct wl_at *, unsigned unit);
/* => for an access that nothing raced with */
enum wl_done wl_at_judge(struct wl_strand *, const struct wl_at *,
	    const char *call, int error);

/* region claimed */
/* => a page that the scenario wants touched and that is mapped, or false */
bool	wl_page_pick(struct wl_strand *, struct wl_region *, size_t *page);
int	wl_load_cell(struct wl_strand *, struct wl_space *,
	    struct wl_region *, size_t page, unsigned cell);
int	wl_check_page(struct wl_strand *, struct wl_space *,
	    struct wl_region *, size_t page);
/* => the strand is the unit's writer */
int	wl_store_hot(struct wl_strand *, struct wl_space *,
	    struct wl_region *, size_t page, unsigned unit);
int	wl_fill_page(struct wl_strand *, struct wl_space *,
	    struct wl_region *, size_t page);
/* => what an error of a call on pages of a region means for the operation;
 *    an error that must not be is an incident */
enum wl_done wl_judge(struct wl_strand *, struct wl_space *,
	    struct wl_region *, size_t page, size_t n, const char *call,
	    int error);

static inline uintptr_t
wl_va(const struct wl_harness *h, const struct wl_region *r, size_t page)
{
	return r->va + page * h->page_size;
}

static inline bool
wl_gone(const struct wl_region *r, size_t page)
{
	return atomic_load(&r->gone[page]) != 0;
}

#endif /* WORKLOADS_SPACE_INT_H */

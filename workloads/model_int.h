/*
 * model_int.h: what every byte must be.
 *
 * A page is cells of 8 bytes; each is an atomic register with one writer.  Some
 * are *hot*: stored one by one.  The rest, the *cold*, are stored together, by
 * a fill.  A unit is one hot cell, or all cold ones:
 *
 *	cell	0     1 2 3 .. 31  32    33 .. 63  64  ...
 *		hot 0 <- cold ->   hot 1 <- cold -> hot 2
 *
 * A stored value says whose it is: the strand that stored it, that strand's
 * sequence number, the page and the cell, mixed so that no two are alike and
 * none is zero.  For each unit the model keeps the newest store begun and the
 * newest done; a load may see no older store than was done when it began, and
 * no newer one than was begun when it ended:
 *
 *	word	[ begun 31 | done 31 | prefix 1 | open 1 ]
 *	life	[ dead 32 | base 32 ]
 *	frees	[ begun 32 | done 32 ]		of the whole page
 *
 * open: not a store in progress, but a range a fork left; the first load that
 * sees which store it was closes it.  prefix: what is seen also says how much
 * of the writer's stores that fork had copied.  madvise-free may drop a page or
 * not: zero is legal while frees.begun > base; stores up to dead are known to
 * have been dropped.
 *
 * Nothing here calls the VM, nor waits: whoever loads or stores tells what it
 * is about to do, and what came of it.
 */
#ifndef WORKLOADS_MODEL_INT_H
#define WORKLOADS_MODEL_INT_H

#include "workloads/heap_int.h"
#include "workloads/workloads.h"

#define WL_MAXHOT	16
#define WL_MAXCELLS	8192		/* of 64 KiB */
#define WL_MAXWRITERS	256
#define WL_SEQ_MAX	0x7fffffffu

struct wl_model {
	unsigned	nstrands;	/* writers */
	unsigned	ncells, nhot, stride;	/* powers of two */
	unsigned	stride_bits;
	unsigned	cell_bits;	/* of a value; the page gets 25 less */
	bool		ordered;	/* replay: one sequence, any writer */
	_Atomic uint32_t seq;		/* then it is this */
	struct {
		_Alignas(64) _Atomic uint32_t seq;
	} writer[WL_MAXWRITERS];
};
/* => false: page size or number of writers is not one that fits */
bool	wl_model_init(struct wl_model *, size_t page_size, unsigned nstrands,
	    bool ordered);

/* ---- values ---- */
struct wl_origin {
	unsigned	strand, cell;
	uint32_t	seq, page;
};
uint64_t wl_value(const struct wl_model *, unsigned strand, uint32_t seq,
	    uint64_t home, unsigned cell);
void	wl_value_decode(const struct wl_model *, uint64_t, struct wl_origin *);
/* => what was mixed: it differs by the difference of their cells alone for
 *    cells of one store to one page */
uint64_t wl_value_raw(uint64_t value);

/* ---- units; the last one is the cold cells, WL_COLD of the model ---- */
#define WL_COLD(m)	((m)->nhot)
static inline unsigned
wl_unit_of(const struct wl_model *m, unsigned cell)
{
	return (cell & (m->stride - 1)) == 0 ? cell >> m->stride_bits :
	    WL_COLD(m);
}
/* => whose is this unit of the page?  (not when ordered: anybody's) */
unsigned wl_writer(const struct wl_model *, uint64_t home, unsigned unit);

/* ---- what is known of pages ---- */
struct wl_shadow {
	_Atomic uint64_t	word[WL_MAXHOT + 1];
	_Atomic uint64_t	life[WL_MAXHOT + 1];
	_Atomic uint64_t	frees;
	_Atomic uint32_t	poisoned;	/* lost to a swap error */
};

/* What the units of one fork told about how far it copied each writer. */
struct wl_fork {
	_Atomic uint32_t refs;
	struct {
		_Atomic uint32_t seen;		/* newest copied */
		_Atomic uint32_t unseen;	/* oldest not copied; 0: none */
	} of[];
};

/*
 * A run of pages that mappings show: shared by many, or one's own.  Most pages
 * of a large one are never stored to: leaves come with the first that is.
 */
#define WL_LEAF		256
struct wl_leaf {
	_Atomic(struct wl_shadow *) page[WL_LEAF];
};
struct wl_content {
	_Atomic uint32_t refs;
	uint64_t	home;		/* page number in values, of page 0 */
	size_t		npages;
	uint64_t	object;		/* initial content; 0: zero */
	uint64_t	object_page;	/* of page 0 */
	struct wl_fork	*fork;		/* that made it, or NULL */
	bool		frozen;		/* a copy of a moment that is known */
	_Atomic(struct wl_leaf *) leaf[];
};
/* => one reference; NULL: no memory */
struct wl_content *wl_content_new(uint64_t home, size_t npages,
	    uint64_t object, uint64_t object_page);
void	wl_content_hold(struct wl_content *);
void	wl_content_rele(struct wl_content *);
/* => NULL: nothing was ever stored there */
struct wl_shadow *wl_shadow_find(struct wl_content *, size_t page);
struct wl_shadow *wl_shadow_get(struct wl_content *, size_t page);
/* => the first page from `page` on that has one; npages: none */
size_t	wl_shadow_next(struct wl_content *, size_t page);
uint64_t wl_initial(const struct wl_content *, size_t page, unsigned cell);
/* => was it not yet? */
bool	wl_poison(struct wl_content *, size_t page);
bool	wl_poisoned(struct wl_content *, size_t page);

/* ---- loads: begin, vm_load, end ---- */
struct wl_look {
	struct wl_shadow *sh;
	uint64_t	frees;
	uint64_t	word[WL_MAXHOT + 1], life[WL_MAXHOT + 1];
};
enum wl_wrong {
#define WRONG(name, text)	WLW_##name,
#include "workloads/wrongs.def"
#undef WRONG
	WLW_NWRONGS
};
struct wl_bad {
	enum wl_wrong	wrong;
	unsigned	cell;
	uint64_t	value;
	uint32_t	lo, hi;		/* what stores were possible */
	bool		zero;		/* and the initial content */
};
/* => unit: one, or WL_ALL of them */
#define WL_ALL		(WL_MAXHOT + 1)
void	wl_look_begin(const struct wl_model *, struct wl_content *, size_t page,
	    unsigned unit, struct wl_look *);
/*
 * wl_look_end: was it right?
 * => cells first .. first + n - 1, of the units that begin was told
 * => WLW_NONE, or bad is filled with the first that is wrong
 */
enum wl_wrong wl_look_end(const struct wl_model *, struct wl_content *,
	    size_t page, unsigned first, unsigned n, const uint64_t *values,
	    const struct wl_look *, struct wl_bad *);
/* => one line for people */
void	wl_bad_text(const struct wl_model *, const struct wl_content *,
	    size_t page, const struct wl_bad *, char *buf, size_t len);

/* ---- stores: begin, vm_store of wl_value(), end ---- */
struct wl_write {
	struct wl_shadow *sh;
	uint32_t	seq;
	unsigned	unit;
	uint64_t	frees;		/* before */
	uint64_t	old;		/* the word before */
};
/* => the strand's next number; of all strands' when ordered */
uint32_t wl_next_seq(struct wl_model *, unsigned strand);
/* => could this ever have been stored? */
bool	wl_origin_known(const struct wl_model *, const struct wl_origin *);
/*
 * => 0; ENOMEM; EBUSY: another store of the unit goes on, or seq is older
 *    than what is there (ordered only)
 */
int	wl_write_begin(const struct wl_model *, struct wl_content *,
	    size_t page, unsigned unit, uint32_t seq, struct wl_write *);
enum wl_stored {
	WLS_STORED,		/* it is there */
	WLS_UNTOUCHED,		/* nothing was stored */
	WLS_PERHAPS		/* some of it may be */
};
void	wl_write_end(struct wl_write *, enum wl_stored);

/* ---- madvise-free ---- */
/* => quiet: nobody stores to these pages meanwhile; pages never stored to are
 *    left out */
int	wl_free_begin(struct wl_content *, size_t page, size_t n, bool quiet);
void	wl_free_end(struct wl_content *, size_t page, size_t n, bool quiet);

/* ---- fork: begin for each private content, vm_fork, end ---- */
struct wl_fork *wl_fork_new(const struct wl_model *);
void	wl_fork_rele(struct wl_fork *);
/* => a copy, not to be looked at before end; NULL: no memory */
struct wl_content *wl_copy_begin(const struct wl_model *, struct wl_content *,
	    struct wl_fork *);
/* => the copy is of this moment; nobody else runs; false: no memory */
bool	wl_copy_freeze(struct wl_content *parent, struct wl_content *child);
/*
 * => exempt: it was copied page by page, each at another time (wired)
 * => false: no memory for pages that came meanwhile
 */
bool	wl_copy_end(const struct wl_model *, struct wl_content *parent,
	    struct wl_content *child, bool exempt);

#endif /* WORKLOADS_MODEL_INT_H */

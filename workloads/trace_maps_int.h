/*
 * The mappings of one modelled space: disjoint page ranges, kept sorted.
 *
 *	start     end
 *	  |--------|     |-----|---|          pages --->
 *	   anon rw        file  file
 *	                  r     rw            neighbours that differ only in
 *	                                      where they start are one entry
 */

#ifndef WORKLOADS_TRACE_MAPS_INT_H
#define WORKLOADS_TRACE_MAPS_INT_H

#include "workloads/trace_int.h"

#define WL_MAP_INFERRED	1	/* put in by the importer */

struct wl_map {
	uint64_t	start;		/* pages, [start, end) */
	uint64_t	end;
	uint64_t	object_page;	/* of start; 0 without object */
	uint32_t	object;		/* or WL_TRACE_NONE */
	uint8_t		kind;
	uint8_t		prot;
	uint8_t		flags;
};

/* What all the spaces of one trace use together, and how much they may. */
struct wl_maps_budget {
	uint64_t	live;		/* entries now */
	uint64_t	copies;		/* entries copied by forks, ever */
	uint64_t	max_live;
	uint64_t	max_copies;
	uint64_t	max_maps;	/* in one space */
};
#define WL_MAPS_BUDGET {						\
	.max_live = WL_TRACE_MAX_LIVE,					\
	.max_copies = WL_TRACE_MAX_COPIES,				\
	.max_maps = WL_TRACE_MAX_MAPS,					\
}

struct wl_maps {
	struct wl_map	*v;
	size_t		 n;
	size_t		 cap;
	uint64_t	 pages;		/* sum of lengths */
	struct wl_maps_budget *budget;
};

/*
 * Those that return int return 0, ENOMEM, or E2BIG if the budget does not
 * allow it; then nothing has changed.
 */
void	wl_maps_init(struct wl_maps *, struct wl_maps_budget *);
void	wl_maps_free(struct wl_maps *);
int	wl_maps_copy(struct wl_maps *to, const struct wl_maps *from);

/* The entry that holds page, or NULL. */
const struct wl_map *wl_maps_find(const struct wl_maps *, uint64_t page);

/* The first entry that ends after page, or NULL. */
const struct wl_map *wl_maps_from(const struct wl_maps *, uint64_t page);

/* The free pages around page, which is in no entry: [*start, *end). */
void	wl_maps_hole(const struct wl_maps *, uint64_t page, uint64_t *start,
	    uint64_t *end);

/* Is any page of the range in an entry?  Are all? */
bool	wl_maps_any(const struct wl_maps *, uint64_t start, uint64_t end);
bool	wl_maps_all(const struct wl_maps *, uint64_t start, uint64_t end);

/* Put an entry in, in place of whatever overlaps it. */
int	wl_maps_set(struct wl_maps *, const struct wl_map *);
int	wl_maps_clear(struct wl_maps *, uint64_t start, uint64_t end);
int	wl_maps_protect(struct wl_maps *, uint64_t start, uint64_t end,
	    uint8_t prot);

/*
 * wl_maps_move: entries of npages at from go to page to.
 *
 * => E2BIG also for more than WL_TRACE_MAX_MOVE entries
 */
int	wl_maps_move(struct wl_maps *, uint64_t from, uint64_t npages,
	    uint64_t to);

/* The part of an entry that lies in [start, end). */
struct wl_map wl_map_cut(const struct wl_map *, uint64_t start, uint64_t end);

#endif /* WORKLOADS_TRACE_MAPS_INT_H */

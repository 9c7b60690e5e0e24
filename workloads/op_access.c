/*
 * op_access.c: loads and stores.
 */
#include <errno.h>

#include "workloads/op_int.h"

#define READ_CELLS	4
#define RUN_PAGES	16

enum wl_done
wl_with_region(struct wl_strand *st, enum wl_done (*fn)(struct wl_strand *,
    struct wl_space *, struct wl_region *))
{
	struct wl_space *s = wl_space_pick(st);
	struct wl_region *r;
	enum wl_done done = WLR_SKIPPED;

	if (s == NULL)
		return WLR_SKIPPED;
	if ((r = wl_region_pick(st, s)) != NULL) {
		done = fn(st, s, r);
		wl_region_drop(st, r);
	}
	wl_space_drop(st, s);
	return done;
}

/* Half of what is looked at is hot: it changes, the rest seldom does. */
static unsigned
pick_cell(const struct wl_model *m)
{
	if (lk_random_below(2) == 0)
		return (unsigned)lk_random_below(m->nhot) * m->stride;
	return (unsigned)lk_random_below(m->ncells);
}

static enum wl_done
read_page(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	enum wl_done done = WLR_DONE;
	size_t page;
	uint64_t n;

	if (!wl_page_pick(st, r, &page))
		return WLR_SKIPPED;
	if (lk_random_below(1000) < st->h->job->check)
		return wl_judge(st, s, r, page, 1, "load",
		    wl_check_page(st, s, r, page));
	for (n = 1 + lk_random_below(READ_CELLS); n > 0 && done == WLR_DONE;
	    n--)
		done = wl_judge(st, s, r, page, 1, "load",
		    wl_load_cell(st, s, r, page, pick_cell(&st->h->model)));
	return done;
}

enum wl_done
wl_op_read(struct wl_strand *st)
{
	return wl_with_region(st, read_page);
}

/* => store to the hot cells of the page that are ours; how many were there? */
static enum wl_done
write_page(struct wl_strand *st, struct wl_space *s, struct wl_region *r,
    size_t page, unsigned *n)
{
	const struct wl_model *m = &st->h->model;
	uint64_t home = r->content->home + r->first + page;
	enum wl_done done = WLR_DONE;
	unsigned u, first = (unsigned)lk_random_below(m->nhot);

	for (u = 0; u < m->nhot && *n < READ_CELLS && done == WLR_DONE; u++) {
		unsigned unit = (first + u) % m->nhot;

		if (wl_writer(m, home, unit) != st->id)
			continue;
		done = wl_judge(st, s, r, page, 1, "store",
		    wl_store_hot(st, s, r, page, unit));
		*n += 1 + (unsigned)lk_random_below(3);
	}
	return done;
}

/* With many strands not every page has a cell of ours; one nearby has. */
static enum wl_done
write_near(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	enum wl_done done = WLR_SKIPPED;
	unsigned i, n = 0;
	size_t page;

	if (!wl_page_pick(st, r, &page))
		return WLR_SKIPPED;
	for (i = 0; i < st->h->model.nstrands && n == 0 &&
	    page + i < r->npages; i++)
		if (!wl_gone(r, page + i))
			done = write_page(st, s, r, page + i, &n);
	if (done == WLR_DONE && lk_random_below(1000) < st->h->job->check)
		done = wl_judge(st, s, r, page, 1, "load",
		    wl_check_page(st, s, r, page));
	return n > 0 ? done : WLR_SKIPPED;
}

enum wl_done
wl_op_write(struct wl_strand *st)
{
	return wl_with_region(st, write_near);
}

static enum wl_done
fill_near(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	const struct wl_model *m = &st->h->model;
	uint64_t home = r->content->home + r->first;
	size_t page;
	unsigned i;

	if (!wl_page_pick(st, r, &page))
		return WLR_SKIPPED;
	for (i = 0; i < m->nstrands && page + i < r->npages; i++)
		if (wl_writer(m, home + page + i, WL_COLD(m)) == st->id &&
		    !wl_gone(r, page + i))
			return wl_judge(st, s, r, page + i, 1, "store",
			    wl_fill_page(st, s, r, page + i));
	return WLR_SKIPPED;
}

enum wl_done
wl_op_fill(struct wl_strand *st)
{
	return wl_with_region(st, fill_near);
}

/* Pages with no cell of ours are read at least. */
static enum wl_done
populate_run(struct wl_strand *st, struct wl_space *s, struct wl_region *r)
{
	size_t page, n = 1 + lk_random_below(RUN_PAGES), i;
	enum wl_done done = WLR_DONE;
	unsigned stored;

	if (!wl_region_run(st, r, &page, &n))
		return WLR_SKIPPED;
	for (i = 0; i < n && done == WLR_DONE; i++) {
		stored = 0;
		done = write_page(st, s, r, page + i, &stored);
		if (stored == 0)
			done = wl_judge(st, s, r, page + i, 1, "load",
			    wl_load_cell(st, s, r, page + i, 0));
	}
	return done;
}

enum wl_done
wl_op_populate(struct wl_strand *st)
{
	return wl_with_region(st, populate_run);
}

/*
 * swapoff.c: swap-off walks all amaps and brings in what lies in a range of
 * swap slots.  Here is what the schemes have in common; they differ in how the
 * list lock L and an amap's lock A are taken one under the other.
 *
 * The walker keeps its place by a marker on the list:
 *
 *	amap_list -> [a] -> [b] -> [marker] -> [c] -> ...
 *	              done   at work            to come
 *
 * It moves the marker behind an amap when it takes that amap's lock, and then
 * lets go of L: b may die meanwhile, and the marker still stands before c.  A
 * copy of b is put behind the marker (amap_list_insert), so it is seen, too.
 * A marker has no lock and no slots; vw_markers counts them.
 *
 * While the walker sleeps for a page it holds neither lock; SWAPOFF, set
 * under A, keeps the amap: if its last reference goes in that time, the walker
 * inherits the destruction.
 */
#include "amap/subject_int.h"

static const struct vm_row scheme_rows[] = {
#define SCHEME(name, help)	{ #name, help },
#include "amap/schemes.def"
#undef SCHEME
};
static const struct swapoff_scheme *const schemes[] = {
#define SCHEME(name, help)	&swapoff_##name,
#include "amap/schemes.def"
#undef SCHEME
};
#define NSCHEMES	(sizeof(schemes) / sizeof(schemes[0]))

const struct vm_row *
vm_schemes(size_t *n)
{
	*n = NSCHEMES;
	return scheme_rows;
}

const struct swapoff_scheme *
swapoff_scheme_find(const char *name)
{
	size_t i;

	for (i = 0; i < NSCHEMES; i++) {
		if (strcmp(schemes[i]->name, name) == 0)
			return schemes[i];
	}
	return NULL;
}

boolean_t
amap_swap_off(int startslot_d, int endslot_d)
{
	return vmw()->vw_scheme->walk(startslot_d, endslot_d);
}

/* ------------------------------------------------------------------------
 * One amap
 */

/*
 * The search goes round the chunk list like a clock: it resumes at the chunk
 * where a page was brought in, and ends after a whole round without a find.
 * So it costs a round and a chunk a page, not a round a page.
 */
struct round {
	int	rd_slot;	/* first slot of the chunk to go on with */
	int	rd_left;	/* chunks to look at yet */
};

static void
round_begin(struct round *rd, const struct vm_amap *amap)
{
	rd->rd_left = UVM_AMAP_SMALL(amap) ? 1 : amap->am_ncused;
}

static struct vm_amap_chunk *
round_first(const struct vm_amap *amap)
{
	return TAILQ_FIRST(&amap->am_chunks);
}

/* => the chunk to begin with; the first of all if that one has gone */
static struct vm_amap_chunk *
round_resume(const struct round *rd, struct vm_amap *amap)
{
	struct vm_amap_chunk *chunk;

	chunk = amap_chunk_get(amap, rd->rd_slot, 0, M_NOWAIT);
	return chunk != NULL ? chunk : round_first(amap);
}

static struct vm_amap_chunk *
round_next(struct vm_amap *amap, struct vm_amap_chunk *chunk)
{
	if (UVM_AMAP_SMALL(amap))
		return chunk;
	chunk = TAILQ_NEXT(chunk, ac_list);
	return chunk != NULL ? chunk : round_first(amap);
}

static struct vm_anon *
chunk_find(const struct vm_amap_chunk *chunk, int start, int end)
{
	struct vm_anon *anon;
	unsigned int map;

	for (map = chunk->ac_usedmap; map != 0; map &= map - 1) {
		anon = chunk->ac_anon[ffs((int)map) - 1];
		if (anon->an_swslot >= start && anon->an_swslot < end)
			return anon;
	}
	return NULL;
}

/* => A held; the next anon to bring in, or NULL: there is none left */
static struct vm_anon *
round_find(struct round *rd, struct vm_amap *amap, int start, int end)
{
	struct vm_amap_chunk *chunk;
	struct vm_anon *anon;

	round_begin(rd, amap);
	chunk = rd->rd_left > 0 ? round_resume(rd, amap) : NULL;
	for (; rd->rd_left > 0; rd->rd_left--) {
		anon = chunk_find(chunk, start, end);
		if (anon != NULL) {
			rd->rd_slot = chunk->ac_baseslot;
			return anon;
		}
		chunk = round_next(amap, chunk);
	}
	return NULL;
}

/*
 * Bring in one page, with the amap kept meanwhile.
 * => A held on entry; *failed: there was no memory
 * => true: A is held again; false: the amap has died, and is gone
 */
static bool
bring_in(struct vm_amap *amap, struct vm_anon *anon, boolean_t *failed)
{
	amap_setflag(amap, AMAP_SWAPOFF);
	lk_point(SWAPOFF_MARKED);
	*failed = uvm_anon_pagein(amap, anon);
	lk_point(SWAPOFF_PAGED);
	amap_lock(amap);
	amap_clearflag(amap, AMAP_SWAPOFF);
	if (!*failed)
		vm_count(VMC_walk_pagein, 1);
	if (amap_refs(amap) == 0) {
		vmw()->vw_scheme->wipeout(amap);
		return false;
	}
	return true;
}

/* => A held on entry, released on return; TRUE: no memory */
static boolean_t
visit(struct vm_amap *amap, int start, int end)
{
	struct round rd = { 0, 0 };
	struct vm_anon *anon;
	boolean_t failed = FALSE;

	while ((anon = round_find(&rd, amap, start, end)) != NULL) {
		if (!bring_in(amap, anon, &failed))
			return failed;
		if (failed)
			break;
		vm_count(VMC_walk_restart, 1);
	}
	amap_unlock(amap);
	return failed;
}

/* ------------------------------------------------------------------------
 * All amaps
 */

void
swapoff_pass(struct swapoff_walk *sw, struct vm_amap *amap)
{
	LIST_REMOVE(&sw->sw_marker, am_list);
	LIST_INSERT_AFTER(amap, &sw->sw_marker, am_list);
}

struct vm_amap *
swapoff_next_waiting(struct swapoff_walk *sw)
{
	struct vm_amap *amap;

	rw_enter_write(&amap_list_lock);
	amap = LIST_NEXT(&sw->sw_marker, am_list);
	if (amap != NULL) {
		amap_lock(amap);
		swapoff_pass(sw, amap);
	}
	rw_exit_write(&amap_list_lock);
	return amap;
}

static void
walk_begin(struct swapoff_walk *sw, int start, int end)
{
	memset(sw, 0, sizeof(*sw));
	sw->sw_start = start;
	sw->sw_end = end;
	rw_enter_write(&amap_list_lock);
	LIST_INSERT_HEAD(&amap_list, &sw->sw_marker, am_list);
	atomic_fetch_add_explicit(&vmw()->vw_markers, 1, memory_order_relaxed);
	rw_exit_write(&amap_list_lock);
}

static void
walk_end(struct swapoff_walk *sw)
{
	rw_enter_write(&amap_list_lock);
	LIST_REMOVE(&sw->sw_marker, am_list);
	atomic_fetch_sub_explicit(&vmw()->vw_markers, 1, memory_order_relaxed);
	rw_exit_write(&amap_list_lock);
}

static void
safe_point(void)
{
	struct vm_world *w = vmw();

	if (w->vw_safe_point != NULL)
		w->vw_safe_point(w->vw_safe_arg);
}

boolean_t
swapoff_walk_all(int startslot_d, int endslot_d, swapoff_next_fn *next)
{
	struct swapoff_walk sw;
	struct vm_amap *amap;
	boolean_t failed = FALSE;

	walk_begin(&sw, startslot_d, endslot_d);
	while (!failed) {
		safe_point();
		amap = next(&sw);
		if (amap == NULL)
			break;
		vm_count(VMC_walk_amaps, 1);
		/* No reference: whoever dropped the last one is on its way. */
		if (amap_refs(amap) == 0 || amap->am_nused == 0)
			amap_unlock(amap);
		else
			failed = visit(amap, startslot_d, endslot_d);
	}
	walk_end(&sw);
	return failed;
}

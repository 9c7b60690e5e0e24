/*
 * keep.c: a world at rest is copied, and put back as often as need be.
 *
 *	arena	| world | ... | slab: given out, unused | ... | used | later
 *	span	  <------------------------>              <------->
 *
 * What was never given out of a slab is not in the copy; when it is put back,
 * it is zeroed as far as it came into use.  So are slots of swap in memory that
 * were never given out, and all that lies behind.  Also
 * kept are the subject's globals, and what the world shows of itself in the
 * record.
 */
#include <stdlib.h>

#include "amap/pmap_int.h"
#include "amap/poison.h"
#include "amap/subject_ext_int.h"
#include "amap/swap_int.h"

#define KEPT_ROWS	64	/* strands whose counters are kept */
#define MAXGAPS		64	/* more are copied */

struct gap {
	const struct slab *slab;	/* NULL: it is no slab's, and ... */
	int		dev;		/* of this device; -1: never changes */
	char		*from, *to;
};

struct vm_kept {
	struct vm_world	*w;
	size_t		size;
	char		*arena;
	struct gap	gap[MAXGAPS];		/* by address */
	struct vm_span	span[MAXGAPS + 1];
	unsigned	ngaps, nspans;
	struct amap_head list;
	struct rwlock	list_lock;
	struct pool	amap_pool, small_pools[UVM_AMAP_CHUNK], chunk_pool;
	char		*subject;	/* an external one's data, or NULL */
	struct vm_gauges gauges;
	uint64_t	counters[KEPT_ROWS * VMC_NCOUNTERS];
};

static void
gap_add(struct vm_kept *k, const struct slab *slab, int dev, char *from,
    char *to)
{
	unsigned i = k->ngaps;

	if (i == MAXGAPS || from >= to)
		return;
	for (; i > 0 && k->gap[i - 1].from > from; i--)
		k->gap[i] = k->gap[i - 1];
	k->gap[i] = (struct gap){ slab, dev, from, to };
	k->ngaps++;
}

static void
gaps_of(struct vm_kept *k, const struct pool *pr)
{
	struct slab *s;
	char *from, *to;

	for (s = pool_slab_next(pr, NULL); s != NULL;
	    s = pool_slab_next(pr, s)) {
		from = pool_slab_unused(s, &to);
		gap_add(k, s, -1, from, to);
	}
}

/* Names of devices, those that there are not, and what is only passed on. */
static void
gaps_swap(struct vm_kept *k)
{
	struct vm_swapstate *sw = k->w->vw_swap;
	struct vm_swapdev *sd = sw->sw_dev;
	char *from, *to;
	int i;

	for (; sd < sw->sw_dev + sw->sw_ndev; sd++)
		gap_add(k, NULL, -1, sd->sd_name, (char *)(sd + 1));
	gap_add(k, NULL, -1, (char *)sd, (char *)(sw + 1));
	for (i = 0; i < sw->sw_ndev; i++)
		if (uvm_swap_unused(i, &from, &to))
			gap_add(k, NULL, i, from, to);
	for (i = 0; uvm_aio_passed(i, &from, &to); i++)
		gap_add(k, NULL, -1, from, to);
}

static void
gaps(struct vm_kept *k)
{
	struct vm_world *w = k->w;
	const struct amap_ops *ops = w->vw_ops;
	char *base = (char *)(void *)w->vw_arena;
	const struct vm_span *pad;
	unsigned n;
	int i;

	gap_add(k, NULL, -1, (char *)&w->vw_conf, (char *)(&w->vw_conf + 1));
	for (n = vm_arena_pads(w->vw_arena, &pad); n > 0; n--, pad++)
		gap_add(k, NULL, -1, base + pad->from, base + pad->to);
	gaps_swap(k);
	gaps_of(k, &w->vw_anon_pool);
	gaps_of(k, &w->vw_entry_pool);
	gaps_of(k, &w->vw_space_pool);
	gaps_of(k, &w->vw_object_pool);
	gaps_of(k, &w->vw_lockobj_pool);
	gaps_of(k, &w->vw_pmap->pmap_pool);
	gaps_of(k, ops->amap_pool);
	for (i = 0; i < UVM_AMAP_CHUNK; i++)
		gaps_of(k, &ops->small_pools[i]);
	gaps_of(k, ops->chunk_pool);
}

static void
spans(struct vm_kept *k)
{
	const struct vm_arena *a = k->w->vw_arena;
	size_t at = 0;
	unsigned i;

	for (i = 0; i < k->ngaps; i++) {
		k->span[k->nspans++] = (struct vm_span){ at,
		    vm_arena_at(a, k->gap[i].from) };
		at = vm_arena_at(a, k->gap[i].to);
	}
	k->span[k->nspans++] = (struct vm_span){ at, k->size };
}

int
vm_world_keep(struct vm_world *w, struct vm_kept **out)
{
	const struct amap_ops *ops = w->vw_ops;
	struct vm_kept *k;

	*out = NULL;
	if (!POISON_CAN_KEEP)
		return ENOTSUP;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return ENOMEM;
	k->w = w;
	k->size = vm_arena_size(w->vw_arena);
	k->arena = malloc(k->size);
	if (ops->subject != NULL)
		k->subject = sub_keep(ops->subject);
	if (k->arena == NULL || (ops->subject != NULL && k->subject == NULL)) {
		vm_kept_free(k);
		return ENOMEM;
	}
	gaps(k);
	spans(k);
	vm_arena_save(w->vw_arena, k->arena, k->span, k->nspans);
	k->list = *ops->list;
	k->list_lock = *ops->list_lock;
	k->amap_pool = *ops->amap_pool;
	memcpy(k->small_pools, ops->small_pools, sizeof(k->small_pools));
	k->chunk_pool = *ops->chunk_pool;
	k->gauges = *w->vw_gauges;
	memcpy(k->counters, w->vw_counters, sizeof(k->counters));
	*out = k;
	return 0;
}

/* => what came into use of it lies before *end; false: nothing can be told */
static bool
gap_used(const struct gap *g, char **end)
{
	char *to;

	*end = g->from;
	if (g->slab != NULL)
		*end = pool_slab_unused(g->slab, &to);
	else if (g->dev != -1)
		(void)uvm_swap_unused(g->dev, end, &to);
	return *end <= g->to;	/* a header may be no header any more */
}

/* Errors that have been met make others legal. */
static uint64_t
lost_pages(const struct vm_world *w)
{
	size_t i, n = lk_strand_ids();
	uint64_t sum = 0;

	for (i = 0; i < n; i++)
		sum += w->vw_counters[i * VMC_NCOUNTERS + VMC_pagein_error];
	return sum;
}

int
vm_world_note(struct vm_kept *k, struct vm_changes *c)
{
	struct vm_arena *a = k->w->vw_arena;
	const struct amap_ops *ops = k->w->vw_ops;
	const struct vm_span *s;
	unsigned i;
	char *end;

	if (k->subject != NULL || lost_pages(k->w) != 0)
		return ENOTSUP;
	for (s = k->span; s < k->span + k->nspans; s++)
		vm_changes_note(c, (char *)(void *)a + s->from,
		    k->arena + s->from, s->to - s->from);
	for (i = 0; i < k->ngaps; i++)
		if (!gap_used(&k->gap[i], &end))
			return ENOTSUP;
		else if (end > k->gap[i].from)
			vm_changes_note_new(c, k->gap[i].from,
			    (size_t)(end - k->gap[i].from));
	vm_changes_note_new(c, (char *)(void *)a + k->size,
	    vm_arena_size(a) - k->size);
	vm_changes_note(c, k->w->vw_gauges, &k->gauges, sizeof(k->gauges));
	vm_changes_note(c, ops->list, &k->list, sizeof(k->list));
	vm_changes_note(c, ops->list_lock, &k->list_lock,
	    sizeof(k->list_lock));
	vm_changes_note(c, ops->amap_pool, &k->amap_pool,
	    sizeof(k->amap_pool));
	vm_changes_note(c, ops->small_pools, k->small_pools,
	    sizeof(k->small_pools));
	vm_changes_note(c, ops->chunk_pool, &k->chunk_pool,
	    sizeof(k->chunk_pool));
	return 0;
}

/* Of strands that there never were no row has changed. */
static void
counters_again(const struct vm_kept *k)
{
	size_t n = lk_strand_ids();

	if (n > KEPT_ROWS)
		n = KEPT_ROWS;
	memcpy(k->w->vw_counters, k->counters, n * VMC_NCOUNTERS *
	    sizeof(k->counters[0]));
}

static void
all_again(const struct vm_kept *k)
{
	struct vm_world *w = k->w;
	const struct amap_ops *ops = w->vw_ops;
	unsigned i;

	for (i = 0; i < k->ngaps; i++)
		if (k->gap[i].slab != NULL)
			pool_unused_again(k->gap[i].slab, k->gap[i].from);
		else if (k->gap[i].dev != -1)
			uvm_swap_unused_again(k->gap[i].dev, k->gap[i].from);
	vm_arena_restore(w->vw_arena, k->arena, k->size, k->span, k->nspans);
	if (k->subject != NULL)
		sub_put(ops->subject, k->subject);
	*ops->list = k->list;
	*ops->list_lock = k->list_lock;
	*ops->amap_pool = k->amap_pool;
	memcpy(ops->small_pools, k->small_pools, sizeof(k->small_pools));
	*ops->chunk_pool = k->chunk_pool;
	*w->vw_gauges = k->gauges;
}

void
vm_world_again(const struct vm_kept *k, const struct vm_changes *c)
{
	lk_strand_set_env(k->w);
	vm_audit_drop(k->w);
	if (c == NULL || !vm_changes_undo(c))
		all_again(k);
	counters_again(k);
}

void
vm_kept_free(struct vm_kept *k)
{
	if (k == NULL)
		return;
	free(k->arena);
	free(k->subject);
	free(k);
}

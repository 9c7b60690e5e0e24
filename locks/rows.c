/*
 * rows.c: counters by (class, site, mode) and wait histograms.
 *
 * A strand counts in its own shard; what finds no room there, in the spill
 * table that all share; what finds none there either, in its class.
 */
#include "locks/note_int.h"
#include "locks/raw_int.h"

#define ROW_PROBES	8

static struct lk_raw spill_raw;
static struct lk_raw hist_raw;

struct lk_row *
lk_row_get(struct lk_slot *s, uint64_t pack)
{
	uint64_t hash = lk_mix(pack);
	unsigned i;

	for (i = 0; i < ROW_PROBES; i++) {
		struct lk_row *row = &s->row[(hash + i) % LK_NROW];
		uint64_t have = lk_get(&row->pack);

		if (have == pack)
			return row;
		if (have == 0) {
			lk_put(&row->pack, pack);
			return row;
		}
	}
	return NULL;
}

static struct lk_row *
spill_seek(struct lk_record *r, uint64_t pack, uint32_t *at)
{
	const _Atomic uint32_t *ix = lk_part(r, LKP_SPILLIX);
	struct lk_row *row = lk_part(r, LKP_SPILL);
	uint32_t i, id;

	for (i = (uint32_t)(lk_mix(pack) % LK_NSPILLIX);
	    (id = lk_acq(&ix[i])) != 0; i = (i + 1) % LK_NSPILLIX)
		if (lk_get(&row[id - 1].pack) == pack)
			return &row[id - 1];
	*at = i;
	return NULL;
}

static struct lk_row *
spill_make(struct lk_record *r, uint64_t pack, uint32_t limit)
{
	_Atomic uint32_t *ix = lk_part(r, LKP_SPILLIX);
	struct lk_row *row;
	uint32_t at, n;

	row = spill_seek(r, pack, &at);
	if (row != NULL)
		return row;
	n = lk_get(&r->h->nspill);
	if (n >= limit)
		return NULL;
	row = lk_part(r, LKP_SPILL);
	row += n;
	lk_put(&row->pack, pack);
	lk_rel(&r->h->nspill, n + 1);
	lk_rel(&ix[at], n + 1);
	return row;
}

static struct lk_row *
spill_find(uint64_t pack, uint32_t limit)
{
	struct lk_record *r = lk_record();
	struct lk_row *row;
	uint32_t at;

	row = spill_seek(r, pack, &at);
	if (row != NULL)
		return row;
	lk_raw_lock(&spill_raw);
	row = spill_make(r, pack, limit);
	lk_raw_unlock(&spill_raw);
	return row;
}

/* A row that all may add to; the last ones are for classes as a whole. */
static struct lk_row *
spill_get(uint64_t pack)
{
	struct lk_row *row;

	row = spill_find(pack, LK_NSPILL - LK_SPILL_SPARE);
	if (row != NULL)
		return row;
	lk_lose(LKL_rows);
	row = spill_find(LK_PACK_NOSITE(pack), LK_NSPILL);
	if (row == NULL)
		lk_lose(LKL_counts);
	return row;
}

static void
spill_add(uint64_t pack, enum lk_counter c, uint64_t n)
{
	struct lk_row *row = spill_get(pack);
	uint64_t old;

	if (row == NULL)
		return;
	if (!lk_counter_desc[c].max) {
		lk_add(&row->c[c], n);
		return;
	}
	old = lk_get(&row->c[c]);
	while (old < n && !atomic_compare_exchange_weak_explicit(&row->c[c],
	    &old, n, memory_order_relaxed, memory_order_relaxed))
		;
}

/* row: the strand's own, if it has one for it. */
static void
count(struct lk_row *row, uint64_t pack, enum lk_counter c, uint64_t n)
{
	if (row == NULL)
		spill_add(pack, c, n);
	else if (!lk_counter_desc[c].max)
		lk_bump(&row->c[c], n);
	else if (lk_get(&row->c[c]) < n)
		lk_put(&row->c[c], n);
}

void
lk_row_count(struct lk_slot *s, uint64_t pack, enum lk_counter c, uint64_t n)
{
	count(lk_row_get(s, pack), pack, c, n);
}

void
lk_row_counts(struct lk_slot *s, uint64_t pack, const struct lk_row_more *more,
    unsigned n)
{
	struct lk_row *row = lk_row_get(s, pack);
	unsigned i;

	for (i = 0; i < n; i++)
		if (more[i].n != 0)
			count(row, pack, more[i].c, more[i].n);
}

/* Histogram index + 1 of a pack; 0: none, and no room for another. */
static uint32_t
hist_seek(struct lk_record *r, uint64_t pack, uint32_t limit)
{
	struct lk_hist_row *row = lk_part(r, LKP_HIST);
	_Atomic uint32_t *ix = lk_part(r, LKP_HISTIX);
	uint32_t i, id;

	for (i = (uint32_t)(lk_mix(pack) % LK_NHISTIX);
	    (id = lk_get(&ix[i])) != 0; i = (i + 1) % LK_NHISTIX)
		if (lk_get(&row[id - 1].pack) == pack)
			return id;
	id = lk_get(&r->h->nhist);
	if (id >= limit)
		return 0;
	lk_put(&row[id].pack, pack);
	lk_rel(&r->h->nhist, id + 1);
	lk_rel(&ix[i], id + 1);
	return id + 1;
}

static uint32_t
hist_lend(uint64_t pack)
{
	struct lk_record *r = lk_record();
	uint32_t id;

	lk_raw_lock(&hist_raw);
	id = hist_seek(r, pack, LK_NHIST - LK_HIST_CLASSES);
	if (id == 0) {
		lk_lose(LKL_hists);
		id = hist_seek(r, LK_PACK_NOSITE(pack), LK_NHIST);
	}
	lk_raw_unlock(&hist_raw);
	return id;
}

void
lk_row_hist(struct lk_slot *s, uint64_t pack, enum lk_hist_of of, uint64_t ns)
{
	struct lk_hist_row *hist = lk_part(lk_record(), LKP_HIST);
	struct lk_row *row = lk_row_get(s, pack);
	uint32_t id = row != NULL ? lk_get(&row->hist[of]) : 0;

	if (id == 0) {
		id = hist_lend(pack | LK_PACK(0, 0, 0, of, 0));
		if (id == 0) {
			lk_lose(LKL_waits);
			return;
		}
		if (row != NULL)
			lk_put(&row->hist[of], id);
	}
	lk_add(&hist[id - 1].b[lk_hist_bucket(ns)], 1);
}

void
lk_row_soon(struct lk_slot *s, uint64_t pack, enum lk_hist_of of, uint64_t ns)
{
	const struct lk_hist_row *hist = lk_part(lk_record(), LKP_HIST);
	const struct lk_row *row = lk_row_get(s, pack);
	uint32_t id;

	if (row == NULL)
		return;
	lk_soon(&row->c[LKC_contended]);
	lk_soon(&row->c[LKC_blocked_max]);
	id = lk_get(&row->hist[of]);
	if (id != 0)
		lk_soon(&hist[id - 1].b[lk_hist_bucket(ns)]);
}

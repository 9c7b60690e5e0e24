/*
 * heavy.c: the instances that are waited for most.
 *
 * Space-saving: a table of LK_HEAVY counters.  Who has one, adds to it; who
 * has none takes over the smallest, and its value with it, as an error of at
 * most that much.  The smallest is on top of a heap.
 */
#include "locks/meet_int.h"

static struct lk_raw heavy_raw;

static uint64_t
weight(const struct lk_heavy *h, unsigned at)
{
	return lk_get(&h->row[h->heap[at]].ns);
}

static void
place(struct lk_heavy *h, unsigned at, uint16_t row)
{
	h->heap[at] = row;
	lk_put(&h->row[row].heap, at);
}

/* The one at `at` has grown. */
static void
sink(struct lk_heavy *h, unsigned at)
{
	unsigned n = lk_get(&h->n), child;
	uint16_t row = h->heap[at];
	uint64_t ns = lk_get(&h->row[row].ns);

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && weight(h, child + 1) < weight(h, child))
			child++;
		if (ns <= weight(h, child))
			break;
		place(h, at, h->heap[child]);
		at = child;
	}
	place(h, at, row);
}

/* A new one is the last leaf. */
static void
rise(struct lk_heavy *h, unsigned at)
{
	uint16_t row = h->heap[at];
	uint64_t ns = lk_get(&h->row[row].ns);

	while (at > 0 && ns < weight(h, (at - 1) / 2)) {
		place(h, at, h->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(h, at, row);
}

/* ------------------------------------------------------------------------
 * The hash
 */

static uint32_t
home(uint64_t ident)
{
	return (uint32_t)(lk_mix(ident) % LK_NHEAVYIX);
}

static uint32_t
seek(const struct lk_heavy *h, uint64_t ident)
{
	uint32_t i;

	for (i = home(ident); h->ix[i] != 0; i = (i + 1) % LK_NHEAVYIX)
		if (lk_get(&h->row[h->ix[i] - 1].ident) == ident)
			break;
	return i;
}

/* Close the gap: whoever stands behind it and may stand in it moves there. */
static void
unhash(struct lk_heavy *h, uint64_t ident)
{
	uint32_t gap = seek(h, ident), i = gap, at;

	for (;;) {
		h->ix[gap] = 0;
		do {
			i = (i + 1) % LK_NHEAVYIX;
			if (h->ix[i] == 0)
				return;
			at = home(lk_get(&h->row[h->ix[i] - 1].ident));
		} while (gap <= i ? gap < at && at <= i : gap < at || at <= i);
		h->ix[gap] = h->ix[i];
		gap = i;
	}
}

/* ------------------------------------------------------------------------ */

static void
row_write(struct lk_heavy_row *r, uint64_t ident, uint64_t pack, uint64_t ns,
    uint64_t over, uint64_t n)
{
	uint64_t seq = lk_get(&r->seq);

	lk_put(&r->seq, seq + 1);
	lk_rel(&r->ident, ident);
	lk_rel(&r->pack, pack);
	lk_rel(&r->ns, ns);
	lk_rel(&r->over, over);
	lk_rel(&r->n, n);
	lk_rel(&r->seq, seq + 2);
}

static void
add_new(struct lk_heavy *h, uint64_t ident, uint64_t pack, uint64_t ns)
{
	uint32_t n = lk_get(&h->n);
	struct lk_heavy_row *r;
	uint64_t least;

	if (n < LK_HEAVY) {
		row_write(&h->row[n], ident, pack, ns, 0, 1);
		h->heap[n] = (uint16_t)n;
		h->ix[seek(h, ident)] = (uint16_t)(n + 1);
		lk_rel(&h->n, n + 1);
		rise(h, n);
		return;
	}
	r = &h->row[h->heap[0]];
	least = lk_get(&r->ns);
	unhash(h, lk_get(&r->ident));
	h->ix[seek(h, ident)] = (uint16_t)(h->heap[0] + 1);
	row_write(r, ident, pack, least + ns, least, 1);
	sink(h, 0);
}

void
lk_heavy_add(uint64_t ident, uint64_t pack, uint64_t ns)
{
	struct lk_heavy *h = lk_part(lk_record(), LKP_HEAVY);
	uint32_t at;

	lk_raw_lock(&heavy_raw);
	at = seek(h, ident);
	if (h->ix[at] != 0) {
		struct lk_heavy_row *r = &h->row[h->ix[at] - 1];

		row_write(r, ident, pack, lk_get(&r->ns) + ns,
		    lk_get(&r->over), lk_get(&r->n) + 1);
		sink(h, lk_get(&r->heap));
	} else {
		add_new(h, ident, pack, ns);
	}
	lk_raw_unlock(&heavy_raw);
}

void
lk_record_heavy(const struct lk_record *rec,
    void (*fn)(const struct lk_heavy_info *, void *), void *arg)
{
	const struct lk_heavy *h = lk_part(rec, LKP_HEAVY);
	uint32_t k, n = lk_acq(&h->n);
	struct lk_heavy_info i;
	uint64_t seq, pack;

	for (k = 0; k < n && k < LK_HEAVY; k++) {
		const struct lk_heavy_row *r = &h->row[k];

		do {
			seq = lk_acq(&r->seq);
			i.ident = lk_acq(&r->ident);
			pack = lk_acq(&r->pack);
			i.wait_ns = lk_acq(&r->ns);
			i.over_ns = lk_acq(&r->over);
			i.contended = lk_acq(&r->n);
		} while ((seq & 1) == 0 && lk_get(&r->seq) != seq);
		/* odd for good: killed in the middle of it */
		if ((seq & 1) != 0)
			continue;
		i.class = LK_PACK_CLASS(pack);
		i.kind = LK_PACK_KIND(pack);
		fn(&i, arg);
	}
}

/* totals.c: counters and histograms, merged for a reader. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "locks/record_int.h"

#define MERGE_SUM	false
#define MERGE_MAX	true
const struct lk_counter_desc lk_counter_desc[LKC_NCOUNTER] = {
#define LK_COUNTER(name, unit, merge, help)				\
	{ #name, #unit, help, MERGE_##merge },
#include "locks/counters.def"
#undef LK_COUNTER
};

/* Where a walk over all counters puts what it finds. */
struct sink {
	void	(*add)(struct sink *, uint64_t pack, enum lk_counter,
		    uint64_t n);
	struct lk_totals *rows;		/* open hash by pack ... */
	uint64_t	*packs;
	size_t		n, size;
	bool		failed;
	uint32_t	class, site;	/* ... or what a sum asks for */
	enum lk_mode	mode;
	struct lk_totals *sum;
};

static void
merge(struct lk_totals *t, enum lk_counter c, uint64_t n)
{
	if (!lk_counter_desc[c].max)
		t->c[c] += n;
	else if (t->c[c] < n)
		t->c[c] = n;
}

static void
walk_row(const struct lk_row *row, void *arg)
{
	struct sink *k = arg;
	uint64_t pack = lk_acq(&row->pack), n;
	int c;

	if (pack == 0)
		return;
	for (c = 0; c < LKC_NCOUNTER; c++)
		if ((n = lk_get(&row->c[c])) != 0)
			k->add(k, pack, (enum lk_counter)c, n);
}

/* Those of all strands, and the spilled ones; some are free. */
static void
rows_foreach(const struct lk_record *r,
    void (*fn)(const struct lk_row *, void *), void *arg)
{
	const struct lk_row *spill = lk_part(r, LKP_SPILL);
	uint32_t i, j, n = lk_record_nstrands(r);

	for (i = 0; i < n; i++)
		for (j = 0; j < LK_NROW; j++)
			fn(&lk_slot(r, i)->row[j], arg);
	n = lk_count_of(&r->h->nspill, LK_NSPILL);
	for (i = 0; i < n; i++)
		fn(&spill[i], arg);
}

/* What is counted in chain entries, and in no row yet. */
static void
walk_chains(const struct lk_slot *s, struct sink *k)
{
	unsigned i;

	for (i = 0; i < LK_NCHAIN; i++) {
		const struct lk_chain *e = &s->chain[i];
		uint64_t pack = lk_get(&e->pack), tick = lk_get(&e->tick);
		uint32_t n = LK_TICK_TAKEN(tick);

		if (n != 0 && pack != 0)
			k->add(k, LK_PACK_NOHOW(pack), LKC_acquired, n);
	}
}

static void
walk(const struct lk_record *r, struct sink *k)
{
	uint32_t i, n = lk_record_nstrands(r);

	rows_foreach(r, walk_row, k);
	for (i = 0; i < n; i++)
		walk_chains(lk_slot(r, i), k);
}

/* ------------------------------------------------------------------------
 * One sum
 */

static bool
matches(uint64_t pack, uint32_t class, uint32_t site, enum lk_mode mode)
{
	return LK_PACK_CLASS(pack) == class &&
	    (site == 0 || LK_PACK_SITE(pack) == site) &&
	    (mode == LKM_NONE || LK_PACK_MODE(pack) == mode);
}

static void
sum_add(struct sink *k, uint64_t pack, enum lk_counter c, uint64_t n)
{
	if (!matches(pack, k->class, k->site, k->mode))
		return;
	k->sum->kind = LK_PACK_KIND(pack);
	merge(k->sum, c, n);
}

void
lk_record_sum(const struct lk_record *r, uint32_t class, uint32_t site,
    enum lk_mode mode, struct lk_totals *t)
{
	struct sink k = {
		.add = sum_add, .class = class, .site = site, .mode = mode,
		.sum = t
	};

	memset(t, 0, sizeof(*t));
	t->class = class;
	t->site = site;
	t->mode = mode;
	walk(r, &k);
}

static void
add_waited(const struct lk_row *row, void *arg)
{
	uint64_t pack = lk_acq(&row->pack), *sum = arg;
	enum lk_node_kind kind = LK_PACK_KIND(pack);

	if (pack != 0 && (kind == LKN_LOCK || kind == LKN_MUTEX))
		*sum += lk_get(&row->c[LKC_wait_ns]);
}

uint64_t
lk_record_waited(const struct lk_record *r)
{
	uint64_t sum = 0;

	rows_foreach(r, add_waited, &sum);
	return sum;
}

/* ------------------------------------------------------------------------
 * All rows
 */

static bool
rows_grow(struct sink *k)
{
	struct sink old = *k;
	size_t i, at;

	k->size = old.size != 0 ? old.size * 2 : 1024;
	k->rows = calloc(k->size, sizeof(*k->rows));
	k->packs = calloc(k->size, sizeof(*k->packs));
	if (k->rows == NULL || k->packs == NULL) {
		free(k->rows);
		free(k->packs);
		*k = old;
		return false;
	}
	for (i = 0; i < old.size; i++) {
		if (old.packs[i] == 0)
			continue;
		at = lk_mix(old.packs[i]) & (k->size - 1);
		while (k->packs[at] != 0)
			at = (at + 1) & (k->size - 1);
		k->packs[at] = old.packs[i];
		k->rows[at] = old.rows[i];
	}
	free(old.rows);
	free(old.packs);
	return true;
}

static void
rows_add(struct sink *k, uint64_t pack, enum lk_counter c, uint64_t n)
{
	size_t at;

	if (k->failed || (k->n * 2 >= k->size && !rows_grow(k))) {
		k->failed = true;
		return;
	}
	at = lk_mix(pack) & (k->size - 1);
	while (k->packs[at] != 0 && k->packs[at] != pack)
		at = (at + 1) & (k->size - 1);
	if (k->packs[at] == 0) {
		k->packs[at] = pack;
		k->rows[at].class = LK_PACK_CLASS(pack);
		k->rows[at].site = LK_PACK_SITE(pack);
		k->rows[at].kind = LK_PACK_KIND(pack);
		k->rows[at].mode = LK_PACK_MODE(pack);
		k->n++;
	}
	merge(&k->rows[at], c, n);
}

static int
rows_order(const void *va, const void *vb)
{
	const struct lk_totals *a = va, *b = vb;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->site != b->site)
		return a->site < b->site ? -1 : 1;
	return (int)a->mode - (int)b->mode;
}

int
lk_record_totals(const struct lk_record *r, struct lk_totals **rows, size_t *n)
{
	struct sink k = { .add = rows_add };
	size_t i, to = 0;

	if (!rows_grow(&k))
		return ENOMEM;
	walk(r, &k);
	for (i = 0; i < k.size; i++)
		if (k.packs[i] != 0)
			k.rows[to++] = k.rows[i];
	free(k.packs);
	if (k.failed) {
		free(k.rows);
		return ENOMEM;
	}
	qsort(k.rows, to, sizeof(*k.rows), rows_order);
	*rows = k.rows;
	*n = to;
	return 0;
}

/* ------------------------------------------------------------------------
 * Histograms
 */

/*
 *	value	0 .. 31 | 32 33 .. 63 | 64 66 .. 126 | 128 132 ..
 *	bucket	0 .. 31 | 32 33 .. 63 | 64 65 ..  95 |  96 97 ..
 */
unsigned
lk_hist_bucket(uint64_t v)
{
	unsigned shift, b;

	if (v < LK_HIST_SUB)
		return (unsigned)v;
	shift = 58 - (unsigned)__builtin_clzll(v);
	b = shift * LK_HIST_SUB + (unsigned)(v >> shift);
	return b < LK_HIST_N ? b : LK_HIST_N - 1;
}

uint64_t
lk_hist_low(unsigned b)
{
	unsigned shift;

	if (b < 2 * LK_HIST_SUB)
		return b;
	shift = b / LK_HIST_SUB - 1;
	return (uint64_t)(b % LK_HIST_SUB + LK_HIST_SUB) << shift;
}

uint64_t
lk_hist_quantile(const struct lk_hist *h, double q)
{
	uint64_t want, seen = 0;
	unsigned b;

	if (h->n == 0)
		return 0;
	want = (uint64_t)(q * (double)h->n);
	if (want >= h->n)
		want = h->n - 1;
	for (b = 0; b < LK_HIST_N; b++) {
		seen += h->b[b];
		if (seen > want)
			break;
	}
	return b < LK_HIST_N - 1 ? lk_hist_low(b + 1) - 1 : lk_hist_low(b);
}

static void
hist_add(struct lk_hist *h, const struct lk_hist_row *row)
{
	unsigned b;

	for (b = 0; b < LK_HIST_N; b++) {
		uint64_t v = lk_get(&row->b[b]);

		h->b[b] += v;
		h->n += v;
	}
}

void
lk_record_hist(const struct lk_record *r, enum lk_hist_of of, uint32_t class,
    uint32_t site, enum lk_mode mode, struct lk_hist *h)
{
	const struct lk_hist_row *row = lk_part(r, LKP_HIST);
	uint32_t i, n = lk_acq(&r->h->nhist);

	for (i = 0; i < n && i < LK_NHIST; i++) {
		uint64_t pack = lk_get(&row[i].pack);

		if (matches(pack, class, site, mode) &&
		    (enum lk_hist_of)LK_PACK_HOW(pack) == of)
			hist_add(h, &row[i]);
	}
}

void
lk_record_hists(const struct lk_record *r,
    void (*fn)(const struct lk_hist_info *, void *), void *arg)
{
	const struct lk_hist_row *row = lk_part(r, LKP_HIST);
	uint32_t i, n = lk_acq(&r->h->nhist);
	struct lk_hist_info info;

	for (i = 0; i < n && i < LK_NHIST; i++) {
		uint64_t pack = lk_get(&row[i].pack);

		memset(&info, 0, sizeof(info));
		info.of = (enum lk_hist_of)LK_PACK_HOW(pack);
		info.class = LK_PACK_CLASS(pack);
		info.site = LK_PACK_SITE(pack);
		info.mode = LK_PACK_MODE(pack);
		hist_add(&info.hist, &row[i]);
		fn(&info, arg);
	}
}

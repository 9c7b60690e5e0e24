/* blame.c: the table of who waited for whom. */
#include <errno.h>
#include <stdlib.h>

#include "locks/meet_int.h"

static struct lk_raw blame_raw;

static void
key_make(uint64_t key[4], uint64_t pack, uint32_t op, const struct lk_charge *c)
{
	key[0] = pack;
	key[1] = (uint64_t)op << 32 | c->who.op;
	key[2] = (uint64_t)c->who.site << 40 | (uint64_t)c->root.class << 24 |
	    (uint64_t)c->who.mode;
	key[3] = (uint64_t)c->root.site << 32 | c->root.op;
}

/* ------------------------------------------------------------------------
 * No room
 *
 * What finds no row is kept with less detail, so that the sums stay what they
 * are.  Each step has rows that the steps before it may not take:
 *
 *	waited for		waiter, holder		root
 *	class kind mode		site op mode		class site op
 *		..			..		class
 *		..			op mode		class
 *		..			   mode		class
 *	      kind mode		   mode
 *
 * Of the last there are so few that each of them has a row.
 */
static void
fold_root(uint64_t key[4])
{
	if (((key[2] >> 24) & 0xffff) != 0)
		key[3] = LK_OP_FOLDED;
}

static void
fold_sites(uint64_t key[4])
{
	key[0] = LK_PACK_NOSITE(key[0]);
	key[2] &= 0xffffffffffULL;
}

static void
fold_ops(uint64_t key[4])
{
	key[1] = (uint64_t)LK_OP_FOLDED << 32 | LK_OP_FOLDED;
}

static void
fold_class(uint64_t key[4])
{
	key[0] &= 0xff00ff;
	key[2] &= 0xff;
	key[3] = 0;
}

#define LAST		256	/* rows */
#define PROBES		64	/* to find a full table full takes long */
_Static_assert(LKN_NKIND * LKM_NMODE * LKM_NMODE <= LAST, "each has a row");

static const struct detail {
	void		(*fold)(uint64_t key[4]);
	unsigned	probes;
	uint32_t	limit;		/* rows, when such a one is made */
} details[] = {
	{ NULL,		PROBES,		LK_NBLAME / 16 * 10 },
	{ fold_root,	PROBES,		LK_NBLAME / 16 * 12 },
	{ fold_sites,	PROBES,		LK_NBLAME / 16 * 14 },
	{ fold_ops,	16 * PROBES,	LK_NBLAME - LAST },
	{ fold_class,	LK_NBLAME,	LK_NBLAME }
};
#define NDETAIL		(sizeof(details) / sizeof(details[0]))

static bool
key_is(const struct lk_blame_row *row, const uint64_t key[4])
{
	return lk_get(&row->key[1]) == key[1] &&
	    lk_get(&row->key[2]) == key[2] && lk_get(&row->key[3]) == key[3];
}

static uint64_t
hash_of(const uint64_t key[4])
{
	return lk_mix(key[0] + lk_mix(key[1] + lk_mix(key[2] +
	    lk_mix(key[3]))));
}

static struct lk_blame_row *
seek(struct lk_blame_row *row, const uint64_t key[4], unsigned probes,
    struct lk_blame_row **free)
{
	uint64_t hash = hash_of(key);
	unsigned i;

	*free = NULL;
	for (i = 0; i < probes; i++) {
		struct lk_blame_row *at = &row[(hash + i) % LK_NBLAME];
		uint64_t have = lk_acq(&at->key[0]);

		if (have == key[0] && key_is(at, key))
			return at;
		if (have == 0) {
			*free = at;
			return NULL;
		}
	}
	return NULL;
}

static struct lk_blame_row *
find_or_make(const uint64_t key[4], unsigned probes, uint32_t limit)
{
	struct lk_record *r = lk_record();
	struct lk_blame_row *rows = lk_part(r, LKP_BLAME), *row, *free;
	uint32_t n;

	row = seek(rows, key, probes, &free);
	if (row != NULL)
		return row;
	lk_raw_lock(&blame_raw);
	row = seek(rows, key, probes, &free);
	n = lk_get(&r->h->nblame);
	if (row == NULL && free != NULL && n < limit) {
		row = free;
		lk_put(&row->key[1], key[1]);
		lk_put(&row->key[2], key[2]);
		lk_put(&row->key[3], key[3]);
		lk_rel(&row->key[0], key[0]);
		lk_put(&r->h->nblame, n + 1);
	}
	lk_raw_unlock(&blame_raw);
	return row;
}

void
lk_blame_soon(uint64_t pack, uint32_t op, const struct lk_charge *c)
{
	const struct lk_blame_row *rows = lk_part(lk_record(), LKP_BLAME);
	uint64_t key[4];

	key_make(key, pack, op, c);
	lk_soon(&rows[hash_of(key) % LK_NBLAME]);
}

void
lk_blame_add(uint64_t pack, uint32_t op, const struct lk_charge *c)
{
	struct lk_blame_row *row = NULL;
	const struct detail *d;
	uint64_t key[4];

	key_make(key, pack, op, c);
	for (d = details; row == NULL && d < details + NDETAIL; d++) {
		if (d->fold != NULL)
			d->fold(key);
		row = find_or_make(key, d->probes, d->limit);
	}
	if (d > details + 1)
		lk_lose(LKL_blames);
	LK_ASSERT(row != NULL);
	lk_add(&row->n, 1);
	lk_add(&row->ns, c->ns);
}

/* ------------------------------------------------------------------------
 * Reading
 */

static void
unpack(struct lk_blame_info *b, const struct lk_blame_row *row)
{
	uint64_t pack = lk_get(&row->key[0]), key[4];
	unsigned i;

	for (i = 1; i < 4; i++)
		key[i] = lk_get(&row->key[i]);
	b->class = LK_PACK_CLASS(pack);
	b->kind = LK_PACK_KIND(pack);
	b->waiter.site = LK_PACK_SITE(pack);
	b->waiter.op = (uint32_t)(key[1] >> 32);
	b->waiter.mode = LK_PACK_MODE(pack);
	b->holder.site = (uint32_t)(key[2] >> 40);
	b->holder.op = (uint32_t)key[1];
	b->holder.mode = (enum lk_mode)(key[2] & 0xff);
	b->root_class = (uint32_t)(key[2] >> 24) & 0xffff;
	b->root_site = (uint32_t)(key[3] >> 32);
	b->root_op = (uint32_t)key[3];
	b->n = lk_get(&row->n);
	b->ns = lk_get(&row->ns);
}

static int
order(const void *va, const void *vb)
{
	const struct lk_blame_info *a = va, *b = vb;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return 0;
}

int
lk_record_blame(const struct lk_record *r, struct lk_blame_info **out,
    size_t *n)
{
	const struct lk_blame_row *row = lk_part(r, LKP_BLAME);
	uint32_t max = lk_acq(&r->h->nblame), i;
	struct lk_blame_info *b;
	size_t to = 0;

	if (max > LK_NBLAME)
		max = LK_NBLAME;
	b = malloc((max + 1) * sizeof(*b));
	if (b == NULL)
		return ENOMEM;
	for (i = 0; i < LK_NBLAME && to < max; i++)
		if (lk_acq(&row[i].key[0]) != 0)
			unpack(&b[to++], &row[i]);
	qsort(b, to, sizeof(*b), order);
	*out = b;
	*n = to;
	return 0;
}

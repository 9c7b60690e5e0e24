/* blame.c: the table of who waited for whom. */
#include <errno.h>
#include <stdlib.h>

#include "locks/meet_int.h"

#define BLAME_PROBES	64
#define BLAME_FULL	(LK_NBLAME / 4 * 3)	/* the rest is for sums */

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

/* What is left of it where there is no room: class and modes. */
static void
key_fold(uint64_t key[4])
{
	key[0] = LK_PACK_NOSITE(key[0]);
	key[1] = 0;
	key[2] &= 0xff;
	key[3] = 0;
}

static bool
key_is(const struct lk_blame_row *row, const uint64_t key[4])
{
	return lk_get(&row->key[1]) == key[1] &&
	    lk_get(&row->key[2]) == key[2] && lk_get(&row->key[3]) == key[3];
}

static struct lk_blame_row *
seek(struct lk_blame_row *row, const uint64_t key[4], unsigned probes,
    struct lk_blame_row **free)
{
	uint64_t hash = lk_mix(key[0] + lk_mix(key[1] + lk_mix(key[2] +
	    lk_mix(key[3]))));
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
lk_blame_add(uint64_t pack, uint32_t op, const struct lk_charge *c)
{
	struct lk_blame_row *row;
	uint64_t key[4];

	key_make(key, pack, op, c);
	row = find_or_make(key, BLAME_PROBES, BLAME_FULL);
	if (row == NULL) {
		lk_lose(LKL_blames);
		key_fold(key);
		row = find_or_make(key, LK_NBLAME, LK_NBLAME);
	}
	if (row == NULL) {
		lk_lose(LKL_blames_lost);
		return;
	}
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

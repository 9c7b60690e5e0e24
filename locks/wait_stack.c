/*
 * wait_stack.c: call stacks that waited, each with what for and how long.
 */
#include "locks/meet_int.h"

#define PROBES	64
#define FULL	(LK_NWSTACK / 4 * 3)

static struct lk_raw wstack_raw;

/*
 *	key[0]	pack of the wait, without how
 *	key[1]	63 op 32 | 31 stack 0
 */
static uint64_t
hash_of(const uint64_t key[2])
{
	return lk_mix(key[0] + lk_mix(key[1]));
}

static struct lk_wstack_row *
seek(struct lk_wstack_row *row, const uint64_t key[2],
    struct lk_wstack_row **free)
{
	uint64_t hash = hash_of(key);
	unsigned i;

	*free = NULL;
	for (i = 0; i < PROBES; i++) {
		struct lk_wstack_row *at = &row[(hash + i) % LK_NWSTACK];
		uint64_t have = lk_acq(&at->key[0]);

		if (have == key[0] && lk_get(&at->key[1]) == key[1])
			return at;
		if (have == 0) {
			*free = at;
			return NULL;
		}
	}
	return NULL;
}

static struct lk_wstack_row *
find_or_make(struct lk_record *r, const uint64_t key[2])
{
	struct lk_wstack_row *rows = lk_part(r, LKP_WSTACK), *row, *free;
	uint32_t n;

	row = seek(rows, key, &free);
	if (row != NULL || free == NULL)
		return row;
	lk_raw_lock(&wstack_raw);
	row = seek(rows, key, &free);
	n = lk_get(&r->h->nwstack);
	if (row == NULL && free != NULL && n < FULL) {
		row = free;
		lk_put(&row->key[1], key[1]);
		lk_rel(&row->key[0], key[0]);
		lk_put(&r->h->nwstack, n + 1);
	}
	lk_raw_unlock(&wstack_raw);
	return row;
}

void
lk_wait_stack_soon(const struct lk_wanted *w, struct lk_wstack_key *key)
{
	struct lk_record *r = lk_record();
	const struct lk_wstack_row *rows = lk_part(r, LKP_WSTACK);

	key->word[0] = LK_PACK_NOHOW(w->pack);
	key->word[1] = (uint64_t)w->op << 32 |
	    lk_stack_id_of(r, &w->slot->strand->waited_at);
	lk_soon(&rows[hash_of(key->word) % LK_NWSTACK]);
}

void
lk_wait_stack(const struct lk_wstack_key *key, uint64_t ns)
{
	struct lk_wstack_row *row = find_or_make(lk_record(), key->word);

	if (row == NULL) {
		lk_lose(LKL_wait_stacks);
		return;
	}
	lk_add(&row->n, 1);
	lk_add(&row->ns, ns);
}

void
lk_record_wait_stacks(const struct lk_record *r,
    void (*fn)(const struct lk_wait_stack_info *, void *), void *arg)
{
	const struct lk_wstack_row *row = lk_part(r, LKP_WSTACK);
	struct lk_wait_stack_info info;
	uint64_t pack, key;
	uint32_t i;

	for (i = 0; i < LK_NWSTACK; i++, row++) {
		pack = lk_acq(&row->key[0]);
		if (pack == 0)
			continue;
		key = lk_get(&row->key[1]);
		info.class = LK_PACK_CLASS(pack);
		info.site = LK_PACK_SITE(pack);
		info.kind = LK_PACK_KIND(pack);
		info.mode = LK_PACK_MODE(pack);
		info.op = (uint32_t)(key >> 32);
		info.stack = (uint32_t)key;
		info.n = lk_get(&row->n);
		info.ns = lk_get(&row->ns);
		fn(&info, arg);
	}
}

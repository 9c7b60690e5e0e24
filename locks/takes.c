/*
 * takes.c: stacks of takes and call stacks, each kept once, and the heap that
 * they and the dependencies lie on.
 *
 * All tables here only grow.  A row is written under the lock and named in
 * an index afterwards, so that seeking needs no lock.  An index is open
 * addressing, twice as large as its table; 0 ends a search.
 */
#include "locks/raw_int.h"
#include "locks/strand_int.h"

struct lk_raw lk_heap_raw;

uint32_t
lk_heap_get(struct lk_record *r, size_t bytes)
{
	uint32_t words = (uint32_t)((bytes + 7) / 8);
	uint32_t used = lk_get(&r->h->heap_used);

	if (used == 0)
		used = 1;	/* 0 is no place */
	if (words > LK_NHEAP - used)
		return 0;
	lk_put(&r->h->heap_used, used + words);
	return used;
}

/* ------------------------------------------------------------------------
 * Call stacks
 */

struct stack {
	uint64_t	hash;
	unsigned	n;
	const uint64_t	*frame;
};

static uint64_t
stack_hash(const struct stack *st)
{
	uint64_t h = st->n;
	unsigned i;

	for (i = 0; i < st->n; i++)
		h = (h ^ h >> 32 ^ st->frame[i]) * 0x9e3779b97f4a7c15ULL;
	return h;
}

static uint32_t
stack_seek_in(const struct lk_record *r, const struct stack *st, bool far,
    uint32_t *at)
{
	const _Atomic uint32_t *ix = lk_part(r, LKP_STACKIX);
	const _Atomic uint32_t *off = lk_part(r, LKP_STACK);
	uint32_t i, id;

	for (i = lk_ix_home(st->hash >> 32, LK_NSTACKIX, far);
	    (id = lk_acq(&ix[i])) != 0; i = lk_ix_next(i, LK_NSTACKIX, far)) {
		const struct lk_stack_row *row =
		    lk_heap(r, lk_get(&off[id - 1]));

		if (row->hash == st->hash >> 32 && row->nframes == st->n &&
		    memcmp(row->frame, st->frame, st->n * sizeof(uint64_t)) ==
		    0)
			return id;
	}
	*at = i;
	return 0;
}

/* *at: where it goes if it is not there */
static uint32_t
stack_seek(const struct lk_record *r, const struct stack *st, uint32_t *at)
{
	uint32_t id = stack_seek_in(r, st, false, at);

	if (id == 0 && lk_ix_far(lk_acq(&r->h->nstack)))
		id = stack_seek_in(r, st, true, at);
	return id;
}

static uint32_t
stack_make(struct lk_record *r, const struct stack *st)
{
	_Atomic uint32_t *ix = lk_part(r, LKP_STACKIX);
	_Atomic uint32_t *off = lk_part(r, LKP_STACK);
	struct lk_stack_row *row;
	uint32_t at, id, where;

	id = stack_seek(r, st, &at);
	if (id != 0)
		return id;
	id = lk_get(&r->h->nstack);
	where = id < LK_MAXSTACK ? lk_heap_get(r, sizeof(*row) + st->n *
	    sizeof(uint64_t)) : 0;
	if (where == 0) {
		lk_lose(LKL_stacks);
		return 0;
	}
	row = lk_heap(r, where);
	row->hash = (uint32_t)(st->hash >> 32);
	row->nframes = st->n;
	memcpy(row->frame, st->frame, st->n * sizeof(uint64_t));
	lk_put(&off[id], where);
	lk_rel(&r->h->nstack, id + 1);
	lk_rel(&ix[at], id + 1);
	return id + 1;
}

static uint32_t
stack_find(struct lk_record *r, const struct stack *st)
{
	uint32_t at, id;

	id = stack_seek(r, st, &at);
	if (id != 0)
		return id;
	lk_raw_lock(&lk_heap_raw);
	id = stack_make(r, st);
	lk_raw_unlock(&lk_heap_raw);
	return id;
}

_Static_assert(LK_NSTACKED == 1 << (64 - 55), "index of stacks remembered");

/* What a strand had lately it has again; seeking goes over cold memory. */
uint32_t
lk_stack_id_of(struct lk_record *r, const struct lk_frames *f)
{
	struct lk_stacked *had;
	struct stack st = { .n = f->n, .frame = f->frame };

	if (st.n == 0)
		return 0;
	st.hash = stack_hash(&st);
	had = &lk_self()->stacked[st.hash >> 55];
	if (had->id == 0 || had->hash != st.hash) {
		had->id = stack_find(r, &st);
		had->hash = st.hash;
	}
	return had->id;
}

uint32_t
lk_stack_id(struct lk_record *r)
{
	struct lk_frames f;

	f.n = lk_stack(f.frame, LK_MAXFRAMES);
	return lk_stack_id_of(r, &f);
}

/* ------------------------------------------------------------------------
 * Stacks of takes
 */

static struct lk_take_row *
take_seek_in(const struct lk_record *r, uint64_t key, bool far, uint32_t *at)
{
	const _Atomic uint32_t *ix = lk_part(r, LKP_TAKEIX);
	struct lk_take_row *row = lk_part(r, LKP_TAKE);
	uint32_t i, id;

	for (i = lk_ix_home(lk_mix(key), LK_NTAKEIX, far);
	    (id = lk_acq(&ix[i])) != 0; i = lk_ix_next(i, LK_NTAKEIX, far))
		if (row[id - 1].key == key)
			return &row[id - 1];
	*at = i;
	return NULL;
}

static struct lk_take_row *
take_seek(const struct lk_record *r, uint64_t key, uint32_t *at)
{
	struct lk_take_row *row = take_seek_in(r, key, false, at);

	if (row == NULL && lk_ix_far(lk_acq(&r->h->ntake)))
		row = take_seek_in(r, key, true, at);
	return row;
}

void
lk_take_soon(const struct lk_record *r, uint64_t key)
{
	const _Atomic uint32_t *ix = lk_part(r, LKP_TAKEIX);

	__builtin_prefetch(&ix[lk_ix_home(lk_mix(key), LK_NTAKEIX, false)]);
}

struct lk_take_row *
lk_take_find(const struct lk_record *r, uint64_t key)
{
	uint32_t at;

	return take_seek(r, key, &at);
}

static struct lk_take_row *
take_make(struct lk_record *r, uint64_t key, uint32_t stack)
{
	_Atomic uint32_t *ix = lk_part(r, LKP_TAKEIX);
	struct lk_take_row *row;
	uint32_t at, n;

	row = take_seek(r, key, &at);
	if (row != NULL)
		return row;
	n = lk_get(&r->h->ntake);
	if (n == LK_MAXTAKE) {
		lk_lose(LKL_takes);
		return NULL;
	}
	row = lk_part(r, LKP_TAKE);
	row += n;
	row->key = key;
	row->stack = stack;
	lk_rel(&r->h->ntake, n + 1);
	lk_rel(&ix[at], n + 1);
	return row;
}

struct lk_take_row *
lk_take(struct lk_record *r, uint64_t key)
{
	struct lk_take_row *row = lk_take_find(r, key);
	uint32_t stack;

	if (row != NULL)
		return row;
	stack = lk_stack_id(r);
	lk_raw_lock(&lk_heap_raw);
	row = take_make(r, key, stack);
	lk_raw_unlock(&lk_heap_raw);
	return row;
}

/* A key made anew stands for no take; the one it was pushed with does. */
uint32_t
lk_held_stack(const struct lk_record *r, const struct lk_held *h)
{
	uint64_t key = lk_get(&h->key);
	const struct lk_take_row *row;

	if (lk_get(&h->born_for) == key)
		key = lk_get(&h->born);
	row = lk_take_find(r, key);
	return row != NULL ? row->stack : 0;
}

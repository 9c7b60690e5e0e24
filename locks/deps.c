/*
 * deps.c: "holding these, a strand took that", once for each stack of takes
 * and set of instances.  The table only grows; nobody here looks for cycles.
 *
 * A stack of takes may come with any number of sets of instances.  Past
 * LK_DEP_SETS of them (fewer of a deep stack) further ones are dropped and the
 * stack is said to vary, unless the stack may be part of a cycle: two of its
 * takes are of classes marked suspect, or what is wanted is of a class that is
 * held already.  Of those all are kept, but the last rows of the table are for
 * new stacks.
 */
#include "locks/note_int.h"
#include "locks/raw_int.h"

/* What a row is made of: what is wanted, then what is held. */
struct dep {
	uint64_t	hash;
	unsigned	n;		/* ends */
	struct lk_dep_end end[LK_MAXHELD + 1];
};

static void
collect(struct dep *d, const struct lk_slot *s, const struct lk_dep_want *w)
{
	unsigned i;

	d->hash = lk_mix(w->key ^ lk_mix(w->set));
	d->end[0] = (struct lk_dep_end){ w->ident, w->pack, w->gen, 0 };
	d->n = 1;
	for (i = 1; i <= w->below; i++) {
		const struct lk_held *h = &s->held[i];
		uint64_t ident = lk_get(&h->ident);

		if (ident != 0)
			d->end[d->n++] = (struct lk_dep_end){ ident,
			    lk_get(&h->pack), lk_get(&h->gen), 0 };
	}
}

static bool
is(const struct lk_dep_row *row, const struct dep *d)
{
	unsigned i;

	if (row->hash != d->hash || row->nheld + 1 != d->n)
		return false;
	for (i = 0; i < d->n; i++)
		if (row->end[i].ident != d->end[i].ident ||
		    row->end[i].pack != d->end[i].pack ||
		    row->end[i].gen != d->end[i].gen)
			return false;
	return true;
}

static struct lk_dep_row *
dep_seek_in(const struct lk_record *r, const struct dep *d, bool far,
    uint32_t *at)
{
	const _Atomic uint32_t *ix = lk_part(r, LKP_DEPIX);
	const _Atomic uint32_t *off = lk_part(r, LKP_DEP);
	uint32_t i, id;

	for (i = lk_ix_home(d->hash, LK_NDEPIX, far);
	    (id = lk_acq(&ix[i])) != 0; i = lk_ix_next(i, LK_NDEPIX, far)) {
		struct lk_dep_row *row = lk_heap(r, lk_get(&off[id - 1]));

		if (is(row, d))
			return row;
	}
	*at = i;
	return NULL;
}

/* *at: where it goes if it is not there */
static struct lk_dep_row *
dep_seek(const struct lk_record *r, const struct dep *d, uint32_t *at)
{
	struct lk_dep_row *row = dep_seek_in(r, d, false, at);

	if (row == NULL && lk_ix_far(lk_acq(&r->h->ndep)))
		row = dep_seek_in(r, d, true, at);
	return row;
}

/* ------------------------------------------------------------------------
 * Who has it
 */

static void
mark_add(struct lk_record *r, struct lk_dep_row *row, uint32_t life,
    uint32_t op, uint64_t now)
{
	unsigned i;

	for (i = 0; i < LK_DEP_SEEN; i++)
		if (lk_get(&row->seen[i].life) == 0)
			break;
	if (i == LK_DEP_SEEN || life == 0) {
		lk_put(&row->more, 1);
	} else {
		lk_put(&row->seen[i].first, now);
		lk_put(&row->seen[i].last, now);
		row->seen[i].op = op;
		lk_rel(&row->seen[i].life, life);
	}
	lk_add(&r->h->dep_epoch, 1);
}

/* A life's mark is added by itself alone: not there now, not there soon. */
static void
seen(struct lk_record *r, struct lk_dep_row *row, const struct lk_slot *s)
{
	uint32_t life = lk_get(&s->life);
	uint64_t now = lk_sv->now();
	unsigned i;

	for (i = 0; life != 0 && i < LK_DEP_SEEN; i++)
		if (lk_acq(&row->seen[i].life) == life) {
			lk_put(&row->seen[i].last, now);
			return;
		}
	if (lk_get(&row->more) != 0)
		return;
	lk_raw_lock(&lk_heap_raw);
	mark_add(r, row, life, lk_get(&s->op), now);
	lk_raw_unlock(&lk_heap_raw);
}

/* ------------------------------------------------------------------------
 * How many sets
 */

static bool
suspect(const struct lk_record *r, const struct dep *d)
{
	const struct lk_class_row *row = lk_part(r, LKP_CLASS);
	uint32_t class, want = LK_PACK_CLASS(d->end[0].pack);
	unsigned i, n = 0;

	for (i = 0; i < d->n; i++) {
		class = LK_PACK_CLASS(d->end[i].pack);
		if (i > 0 && class == want)
			return true;
		if (class < LK_MAXCLASS && (lk_get(&row[class].flags) &
		    LKCF_SUSPECT) != 0)
			n++;
	}
	return n >= 2;
}

/* More lives have sets of this stack than the rows can tell. */
static void
varied(struct lk_record *r, struct lk_take_row *take, const struct lk_slot *s)
{
	uint32_t life = lk_get(&s->life), who = 0;
	uint32_t flags = LK_TAKE_VARIED;

	if (!atomic_compare_exchange_strong(&take->life, &who, life) &&
	    who != life)
		flags |= LK_TAKE_MORE;
	if ((lk_get(&take->flags) & flags) == flags)
		return;
	atomic_fetch_or(&take->flags, flags);
	lk_add(&r->h->dep_epoch, 1);
}

/*
 * Fewer as the table fills: a stack never seen before is worth more than one
 * more set of another.  Fewer of deep stacks, whose sets are large and never
 * end: as many ends as LK_DEP_SETS pairs have.
 */
static uint32_t
sets_kept(const struct lk_record *r, const struct dep *d)
{
	uint32_t n = lk_get(&r->h->ndep), sets;

	sets = n < LK_MAXDEP / 2 ? LK_DEP_SETS :
	    n < LK_MAXDEP / 4 * 3 ? LK_DEP_SETS / 4 :
	    n < LK_MAXDEP / 8 * 7 ? LK_DEP_SETS / 16 : 1;
	return d->n <= 2 ? sets : (sets * 2 + d->n - 1) / d->n;
}

static bool
too_many(const struct lk_record *r, const struct lk_take_row *take,
    const struct dep *d)
{
	if (lk_get(&take->nsets) < sets_kept(r, d))
		return false;
	if (!suspect(r, d))
		return true;
	if (lk_get(&r->h->ndep) < LK_MAXDEP - LK_DEP_SPARE)
		return false;
	lk_lose(LKL_deps);
	return true;
}

/* ------------------------------------------------------------------------
 * A new one
 */

static struct lk_dep_row *
dep_make(struct lk_record *r, const struct dep *d, struct lk_take_row *take)
{
	const struct lk_take_row *takes = lk_part(r, LKP_TAKE);
	size_t ends = d->n * sizeof(d->end[0]);
	_Atomic uint32_t *ix = lk_part(r, LKP_DEPIX);
	_Atomic uint32_t *off = lk_part(r, LKP_DEP);
	struct lk_dep_row *row;
	uint32_t at, n, where;

	row = dep_seek(r, d, &at);
	if (row != NULL)
		return row;
	n = lk_get(&r->h->ndep);
	where = n < LK_MAXDEP ? lk_heap_get(r, sizeof(*row) + ends) : 0;
	if (where == 0) {
		lk_lose(LKL_deps);
		return NULL;
	}
	row = lk_heap(r, where);
	row->hash = d->hash;
	row->nheld = d->n - 1;
	if (take != NULL) {
		row->take = (uint32_t)(take - takes) + 1;
		lk_bump(&take->nsets, 1);
	}
	memcpy(row->end, d->end, ends);
	lk_put(&off[n], where);
	lk_rel(&r->h->ndep, n + 1);
	lk_rel(&ix[at], n + 1);
	return row;
}

static void
fill_stacks(struct lk_record *r, struct dep *d, const struct lk_slot *s,
    const struct lk_dep_want *w)
{
	unsigned i, n = 1;

	d->end[0].stack = lk_stack_id(r);
	for (i = 1; i <= w->below; i++)
		if (lk_get(&s->held[i].ident) != 0)
			d->end[n++].stack = lk_held_stack(r, &s->held[i]);
}

enum lk_dep_fate
lk_dep_note(struct lk_slot *s, const struct lk_dep_want *w)
{
	struct lk_record *r = lk_record();
	struct lk_take_row *take;
	struct lk_dep_row *row;
	struct dep d;
	uint32_t at;

	lk_take_soon(r, w->key);
	collect(&d, s, w);
	row = dep_seek(r, &d, &at);
	if (row == NULL) {
		take = lk_take(r, w->key);
		if (take != NULL && too_many(r, take, &d)) {
			varied(r, take, s);
			return LKD_VARIED;
		}
		fill_stacks(r, &d, s, w);
		lk_raw_lock(&lk_heap_raw);
		row = dep_make(r, &d, take);
		lk_raw_unlock(&lk_heap_raw);
		if (row == NULL)
			return LKD_LOST;
	}
	seen(r, row, s);
	return LKD_KEPT;
}

void
lk_record_suspect(struct lk_record *r, uint32_t class)
{
	struct lk_class_row *row = lk_part(r, LKP_CLASS);

	if (!r->writer || class == 0 || class >= LK_MAXCLASS)
		return;
	if ((atomic_fetch_or(&row[class].flags, LKCF_SUSPECT) & LKCF_SUSPECT) ==
	    0)
		atomic_fetch_add(&r->h->suspects, 1);
}

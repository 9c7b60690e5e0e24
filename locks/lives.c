/*
 * lives.c: which strands there ever were, and what they posted.
 */
#include "locks/raw_int.h"
#include "locks/strand_int.h"

static struct lk_raw lives_raw;
static struct lk_raw posts_raw;

static struct lk_life_row *
life_row(struct lk_record *r, uint32_t life)
{
	struct lk_life_row *row = lk_part(r, LKP_LIFE);

	return life == 0 || life > LK_MAXLIFE ? NULL : &row[life - 1];
}

/* => 0: the table is full */
uint32_t
lk_life_begin(const char *name, uint32_t strand, uint32_t parent)
{
	struct lk_record *r = lk_record();
	struct lk_life_row *row;
	uint32_t id = 0;

	if (lk_get(&r->h->level) == LK_LEVEL_OFF)
		return 0;		/* nobody will ask */
	lk_raw_lock(&lives_raw);
	if (lk_get(&r->h->nlife) < LK_MAXLIFE) {
		id = lk_get(&r->h->nlife) + 1;
		row = life_row(r, id);
		row->strand = strand;
		row->parent = parent;
		lk_name_put(row->name, name);
		lk_put(&row->born, lk_sv->now());
		lk_rel(&r->h->nlife, id);
	}
	lk_raw_unlock(&lives_raw);
	if (id == 0)
		lk_lose(LKL_lives);
	return id;
}

void
lk_life_end(uint32_t life)
{
	struct lk_life_row *row = life_row(lk_record(), life);

	if (row != NULL)
		lk_rel(&row->ended, lk_sv->now());
}

void
lk_life_joined(uint32_t life, uint32_t joiner)
{
	struct lk_life_row *row = life_row(lk_record(), life);

	if (row == NULL)
		return;
	lk_put(&row->joined, lk_sv->now());
	lk_rel(&row->joiner, joiner);
}

/* ------------------------------------------------------------------------
 * Posts, found by (event, life)
 */

static bool
post_seek(const struct lk_record *r, const struct lk_post_row *p, uint32_t *at)
{
	const _Atomic uint32_t *ix = lk_part(r, LKP_POSTIX);
	const struct lk_post_row *row = lk_part(r, LKP_POST);
	uint32_t i, id;

	for (i = (uint32_t)(lk_mix(p->ident + lk_mix(p->life)) % LK_NPOSTIX);
	    (id = lk_acq(&ix[i])) != 0; i = (i + 1) % LK_NPOSTIX) {
		const struct lk_post_row *q = &row[id - 1];

		if (q->ident == p->ident && q->life == p->life &&
		    q->gen == p->gen && LK_PACK_NOSITE(q->pack) ==
		    LK_PACK_NOSITE(p->pack))
			return true;
	}
	*at = i;
	return false;
}

static void
post_make(struct lk_record *r, const struct lk_post_row *p)
{
	_Atomic uint32_t *ix = lk_part(r, LKP_POSTIX);
	struct lk_post_row *row = lk_part(r, LKP_POST);
	uint32_t at, n = lk_get(&r->h->npost);

	if (post_seek(r, p, &at))
		return;
	if (n == LK_MAXPOST) {
		lk_lose(LKL_posts);
		return;
	}
	row[n] = *p;
	lk_rel(&r->h->npost, n + 1);
	lk_rel(&ix[at], n + 1);
	lk_add(&r->h->dep_epoch, 1);
}

void
lk_post_note(struct lk_slot *s, uint64_t ident, uint64_t pack, uint32_t gen)
{
	struct lk_record *r = lk_record();
	struct lk_post_row p = {
		.ident = ident, .pack = pack, .gen = gen,
		.life = lk_get(&s->life)
	};
	uint32_t at;

	if (post_seek(r, &p, &at))
		return;
	p.when = lk_sv->now();
	lk_raw_lock(&posts_raw);
	post_make(r, &p);
	lk_raw_unlock(&posts_raw);
}

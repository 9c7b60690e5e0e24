/* read_order.c: what the record keeps of lock order, read from any process. */
#include "locks/record_int.h"

static void
unpack_end(struct lk_node_info *n, const struct lk_dep_end *e)
{
	lk_node_unpack(n, e->ident, e->pack, 0);
	n->gen = e->gen;
	n->stack = e->stack;
}

static void
read_seen(const struct lk_dep_row *row, struct lk_dep_info *i)
{
	unsigned k;

	i->more_seen = lk_acq(&row->more) != 0;
	for (k = 0; k < LK_DEP_SEEN; k++) {
		uint32_t life = lk_acq(&row->seen[k].life);

		if (life == 0)
			break;
		i->seen[i->nseen++] = (struct lk_dep_seen){
			.life = life, .op = row->seen[k].op,
			.first = lk_get(&row->seen[k].first),
			.last = lk_get(&row->seen[k].last)
		};
	}
}

/*
 * Of a stack that varies some sets are not kept, and this row may be one that
 * another life had, too, without saying so.
 */
static void
read_varied(const struct lk_take_row *take, struct lk_dep_info *i)
{
	uint32_t flags = lk_acq(&take->flags), life = lk_acq(&take->life);
	unsigned k;

	i->varied = (flags & LK_TAKE_VARIED) != 0;
	if (!i->varied || i->more_seen)
		return;
	i->more_seen = (flags & LK_TAKE_MORE) != 0;
	for (k = 0; k < i->nseen; k++)
		if (i->seen[k].life == life)
			return;
	i->more_seen = true;
}

void
lk_record_dep(const struct lk_record *r, uint32_t id,
    void (*fn)(const struct lk_dep_info *, void *), void *arg)
{
	const _Atomic uint32_t *off = lk_part(r, LKP_DEP);
	const struct lk_take_row *takes = lk_part(r, LKP_TAKE);
	const struct lk_dep_row *row = lk_heap(r, lk_get(&off[id - 1]));
	struct lk_node_info held[LK_MAXHELD];
	struct lk_dep_info i = { .id = id, .held = held };
	uint32_t k;

	i.nheld = row->nheld < LK_MAXHELD ? row->nheld : LK_MAXHELD;
	unpack_end(&i.want, &row->end[0]);
	for (k = 0; k < i.nheld; k++)
		unpack_end(&held[k], &row->end[k + 1]);
	read_seen(row, &i);
	if (row->take != 0)
		read_varied(&takes[row->take - 1], &i);
	fn(&i, arg);
}

void
lk_record_deps(const struct lk_record *r, uint32_t first,
    void (*fn)(const struct lk_dep_info *, void *), void *arg)
{
	uint32_t id, n = lk_count_of(&r->h->ndep, LK_MAXDEP);

	for (id = first > 0 ? first : 1; id <= n; id++)
		lk_record_dep(r, id, fn, arg);
}

unsigned
lk_record_stack(const struct lk_record *r, uint32_t id,
    uint64_t frame[LK_MAXFRAMES])
{
	const _Atomic uint32_t *off = lk_part(r, LKP_STACK);
	const struct lk_stack_row *row;
	unsigned n;

	if (id == 0 || id > lk_count_of(&r->h->nstack, LK_MAXSTACK))
		return 0;
	row = lk_heap(r, lk_get(&off[id - 1]));
	n = row->nframes < LK_MAXFRAMES ? row->nframes : LK_MAXFRAMES;
	memcpy(frame, row->frame, n * sizeof(frame[0]));
	return n;
}

uint64_t
lk_record_dep_epoch(const struct lk_record *r)
{
	return lk_acq(&r->h->dep_epoch);
}

void
lk_record_lives(const struct lk_record *r,
    void (*fn)(const struct lk_life_info *, void *), void *arg)
{
	const struct lk_life_row *row = lk_part(r, LKP_LIFE);
	uint32_t k, n = lk_count_of(&r->h->nlife, LK_MAXLIFE);

	for (k = 0; k < n; k++) {
		struct lk_life_info i = {
			.id = k + 1, .strand = row[k].strand,
			.parent = row[k].parent,
			.born = lk_get(&row[k].born),
			.ended = lk_acq(&row[k].ended),
			.joiner = lk_acq(&row[k].joiner),
		};

		/* written before the joiner */
		i.joined = i.joiner != 0 ? lk_get(&row[k].joined) : 0;
		lk_name_get(i.name, row[k].name);
		fn(&i, arg);
	}
}

void
lk_record_posts(const struct lk_record *r,
    void (*fn)(const struct lk_post_info *, void *), void *arg)
{
	const struct lk_post_row *row = lk_part(r, LKP_POST);
	uint32_t k, n = lk_count_of(&r->h->npost, LK_MAXPOST);

	for (k = 0; k < n; k++) {
		struct lk_post_info i = {
			.life = row[k].life, .when = row[k].when
		};

		lk_node_unpack(&i.node, row[k].ident, row[k].pack, 0);
		i.node.gen = row[k].gen;
		fn(&i, arg);
	}
}

/*
 * A handler that takes what the strand it interrupts may hold waits for
 * itself.  Taken within a signal scope and, by the same strand, outside of
 * any: nothing says that the signal is blocked there.
 */
#include <stdlib.h>

#include "analysis/lockorder_int.h"

/* Where in held the signal scope begins; nheld: in none. */
static uint32_t
scope(const struct lk_dep_info *d)
{
	uint32_t i;

	for (i = 0; i < d->nheld; i++)
		if (d->held[i].kind == LKN_SIGNAL)
			break;
	return i;
}

static bool
same(const struct lk_node_info *a, const struct lk_node_info *b)
{
	return a->kind == b->kind && a->ident == b->ident && a->gen == b->gen;
}

static const struct lk_dep_seen *
seen_by(const struct lk_dep_info *d, uint32_t life)
{
	uint32_t i;

	for (i = 0; i < d->nseen; i++)
		if (d->seen[i].life == life)
			return &d->seen[i];
	return NULL;
}

/* => how this row takes the lock outside of any handler; NULL: it does not */
static const struct lk_node_info *
outside(const struct lk_dep_info *d, const struct lk_node_info *lock)
{
	uint32_t i, end = scope(d);

	for (i = 0; i < end; i++)
		if (same(&d->held[i], lock))
			return &d->held[i];
	return end == d->nheld && same(&d->want, lock) ? &d->want : NULL;
}

static bool
written(const struct ana_snapshot *s, const struct lk_node_info *lock)
{
	size_t i;

	for (i = 0; i < s->ndeps; i++)
		if (s->deps[i].want.mode == LKM_WRITE &&
		    same(&s->deps[i].want, lock))
			return true;
	return false;
}

static void
tell(struct lo *lo, const struct lk_dep_info *in, const struct lk_dep_seen *who,
    const struct lk_node_info *held, bool writer)
{
	struct ana_finding *f = ana_find(lo->r, "order.signal");
	struct lo_side side = {
		.who = lo_who(lo, who), .holds = held, .wants = &in->want
	};

	f->level = writer ? ANA_WARN : ANA_ERROR;
	f->status = ANA_FEASIBLE;
	f->what = ana_say(lo->r, "%s is taken in a handler of %s and outside, "
	    "with the signal open", ana_class_name(lo->s, in->want.class),
	    ana_class_name(lo->s, in->held[scope(in)].class));
	ana_concern_key(lo->r, f, ana_class_name(lo->s, in->want.class),
	    ana_site_name(lo->r, lo->s, in->want.site));
	lo_draw(lo, f, &side, 1);
	lo_para(lo, f, writer ? "why WARN: it takes a writer who waits for the "
	    "lock when the handler begins" : "why ERROR: a handler that "
	    "interrupts the holder waits for the strand that it runs in");
	lo_take(lo, f, "outside it took", held);
	lo_take(lo, f, "in the handler it wanted", &in->want);
}

static void
look(struct lo *lo, struct ana_idmap *told, const struct lk_dep_info *in,
    const struct lk_dep_seen *who)
{
	const struct ana_snapshot *s = lo->s;
	const struct lk_node_info *held;
	bool writer;
	uint32_t was;
	size_t i;

	for (i = 0; i < s->ndeps; i++) {
		if (seen_by(&s->deps[i], who->life) == NULL)
			continue;
		held = outside(&s->deps[i], &in->want);
		if (held == NULL)
			continue;
		writer = held->mode != LKM_WRITE && in->want.mode != LKM_WRITE;
		if (writer && (lo_mode(&in->want) == ORD_RREAD ||
		    !(s->assume_writer || written(s, held))))
			continue;
		was = told->n;
		if (ana_id_of(told, in->want.class, (uint64_t)in->want.site <<
		    1 | writer) == ANA_NOID)
			lo->nomem = true;
		if (told->n != was)
			tell(lo, in, who, held, writer);
		if (!writer)
			return;
	}
}

void
lo_signal(struct lo *lo)
{
	const struct ana_snapshot *s = lo->s;
	struct ana_idmap told = { .n = 0 };
	const struct lk_dep_info *d;
	uint32_t i, k;

	for (i = 0; i < s->ndeps; i++) {
		d = &s->deps[i];
		if (!lo_is_lock(&d->want) || d->want.how == LKH_TRIED ||
		    scope(d) == d->nheld)
			continue;
		for (k = 0; k < d->nseen; k++)
			look(lo, &told, d, &d->seen[k]);
	}
	ana_idmap_free(&told);
}

/*
 * edges.c: "held this, then took that", once for each pair of (class, mode,
 * how, site).  The table only grows; nobody here looks for cycles.
 */
#include "locks/note_int.h"
#include "locks/raw_int.h"

static struct lk_raw edges_raw;

static uint32_t
edge_hash(uint64_t from, uint64_t to)
{
	return (uint32_t)(lk_mix(from + lk_mix(to)) % LK_NEDGEIX);
}

static bool
edge_seek(const struct lk_record *r, uint64_t from, uint64_t to, uint32_t *at)
{
	const struct lk_edge_row *row = lk_part(r, LKP_EDGE);
	const _Atomic uint32_t *ix = lk_part(r, LKP_EDGEIX);
	uint32_t i, id;

	for (i = edge_hash(from, to); (id = lk_acq(&ix[i])) != 0;
	    i = (i + 1) % LK_NEDGEIX)
		if (row[id - 1].from_pack == from && row[id - 1].to_pack == to)
			return true;
	*at = i;
	return false;
}

static void
edge_add(struct lk_record *r, const struct lk_edge_row *new)
{
	struct lk_edge_row *row = lk_part(r, LKP_EDGE);
	_Atomic uint32_t *ix = lk_part(r, LKP_EDGEIX);
	uint32_t at, n;

	if (edge_seek(r, new->from_pack, new->to_pack, &at))
		return;
	n = lk_get(&r->h->nedge);
	if (n == LK_MAXEDGE) {
		lk_lose(LKL_edges);
		return;
	}
	row[n].strand = new->strand;
	row[n].from_pack = new->from_pack;
	row[n].to_pack = new->to_pack;
	row[n].from_ident = new->from_ident;
	row[n].to_ident = new->to_ident;
	row[n].when = new->when;
	row[n].nframes = new->nframes;
	__builtin_memcpy(row[n].frame, new->frame, sizeof(new->frame));
	lk_rel(&row[n].ready, 1);
	lk_rel(&r->h->nedge, n + 1);
	lk_rel(&ix[at], n + 1);
}

/* Everything held -> the newest, which is ident. */
void
lk_edges_note(struct lk_slot *s, uint64_t ident, uint64_t pack)
{
	struct lk_record *r = lk_record();
	struct lk_edge_row new;
	unsigned i, top = lk_get(&s->top);
	uint32_t at;

	/* a try cannot wait for what it tries */
	if (LK_PACK_HOW(pack) == LKH_TRIED)
		return;
	new.when = 0;
	for (i = 1; i < top; i++) {
		uint64_t from = lk_get(&s->held[i].ident);
		uint64_t from_pack = lk_get(&s->held[i].pack);

		if (from == 0 || edge_seek(r, from_pack, pack, &at))
			continue;
		if (new.when == 0) {
			new.when = lk_sv->now();
			new.nframes = lk_stack(new.frame, LK_MAXFRAMES);
		}
		new.strand = s->id;
		new.from_pack = from_pack;
		new.to_pack = pack;
		new.from_ident = from;
		new.to_ident = ident;
		lk_raw_lock(&edges_raw);
		edge_add(r, &new);
		lk_raw_unlock(&edges_raw);
	}
}

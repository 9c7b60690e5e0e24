/*
 * memory_shadow.c: what each strand did to memory, by cells of four bytes,
 * and whether it may.
 *
 *	page of 4 KiB --> 1024 cells --> w, r | more: many readers, atomics,
 *	                                        single bytes, freed
 *
 * An access is checked against those that it conflicts with; one that is not
 * ordered after them, by what lets go and takes, is a race, whatever came
 * first this time.  Of the plain ones the last is enough: those before it
 * are ordered before it, or were told.  Atomic ones are not ordered among
 * each other, so the last one of every strand is kept.
 */
#include <string.h>
#include <sys/mman.h>

#include "locks/memory_int.h"
#include "locks/note_int.h"

#define PAGE_BITS	12
#define PAGE_CELLS	((1u << PAGE_BITS) / MEM_CELL)
#define NNEAR		512

struct page {
	uintptr_t	at;		/* its number + 1; 0: free */
	struct mem_cell	*cell;
};

static struct page *table;		/* open hash */
static size_t nroom, npages;
static struct page near[NNEAR];		/* by page number, found last */

static struct mem_more *more;		/* by index; 0 is none */
static uint32_t nmore = 1, more_room;
static uint32_t more_exec;

/* ------------------------------------------------------------------------
 * Cells
 */

static struct page *
seek(struct page *t, size_t room, uintptr_t at)
{
	size_t i = (size_t)lk_mix(at) & (room - 1);

	while (t[i].at != 0 && t[i].at != at)
		i = (i + 1) & (room - 1);
	return &t[i];
}

static void
enlarge(void)
{
	size_t i, room = nroom == 0 ? 1024 : nroom * 2;
	struct page *t = mem_keep(room * sizeof(*t));

	for (i = 0; i < nroom; i++)
		if (table[i].at != 0)
			*seek(t, room, table[i].at) = table[i];
	if (nroom != 0)
		munmap(table, nroom * sizeof(*t));
	table = t;
	nroom = room;
}

static struct mem_cell *
page_cells(uintptr_t at)
{
	struct page *pg;

	if (npages * 2 >= nroom)
		enlarge();
	pg = seek(table, nroom, at);
	if (pg->at == 0) {
		pg->cell = mem_keep(PAGE_CELLS * sizeof(struct mem_cell));
		pg->at = at;
		npages++;
	}
	return pg->cell;
}

struct mem_cell *
mem_cells(uintptr_t p)
{
	uintptr_t at = (p >> PAGE_BITS) + 1;
	struct page *pg = &near[at % NNEAR];
	struct mem_cell *c;

	if (__builtin_expect(pg->at != at, 0)) {
		pg->cell = page_cells(at);
		pg->at = at;
	}
	c = &pg->cell[p / MEM_CELL % PAGE_CELLS];
	if (c->exec != mem.exec) {
		memset(c, 0, sizeof(*c));
		c->exec = mem.exec;
	}
	return c;
}

/* Of much memory little was ever touched. */
void
mem_forget(uintptr_t p, size_t n)
{
	uintptr_t end = p + n, stop;
	const struct page *pg;

	if (nroom == 0)
		return;
	for (p &= ~(uintptr_t)(MEM_CELL - 1); p < end; p = stop) {
		stop = ((p >> PAGE_BITS) + 1) << PAGE_BITS;
		pg = seek(table, nroom, (p >> PAGE_BITS) + 1);
		for (; pg->at != 0 && p < stop && p < end; p += MEM_CELL)
			pg->cell[p / MEM_CELL % PAGE_CELLS].exec =
			    mem.exec - 1;
	}
}

struct mem_more *
mem_more_of(const struct mem_cell *c)
{
	return MEM_MORE(c) != 0 ? &more[MEM_MORE(c)] : NULL;
}

/* => those got before may have moved */
struct mem_more *
mem_more(struct mem_cell *c)
{
	struct mem_more *m;

	if (MEM_MORE(c) != 0)
		return &more[MEM_MORE(c)];
	if (more_exec != mem.exec) {
		more_exec = mem.exec;
		nmore = 1;
	}
	if (nmore >= more_room) {
		uint32_t room = more_room == 0 ? 1024 : more_room * 2;

		m = mem_keep(room * sizeof(*m));
		if (more_room != 0) {
			memcpy(m, more, nmore * sizeof(*m));
			munmap(more, more_room * sizeof(*m));
		}
		more = m;
		more_room = room;
	}
	m = &more[nmore];
	memset(m, 0, sizeof(*m));
	c->flags |= nmore++ << 1;
	return m;
}

/* ------------------------------------------------------------------------
 * Accesses of one kind, the last of each strand
 */

static void
set_add(struct mem_set *set, uint64_t epoch, uint32_t place)
{
	unsigned i;

	for (i = 0; i < set->n; i++)
		if (MEM_NUMBER(set->s[i].epoch) == MEM_NUMBER(epoch))
			break;
	if (i == set->room) {
		struct mem_seen *s;

		s = mem_alloc((set->room + 4) * 2 * sizeof(*s));
		if (set->n != 0)
			memcpy(s, set->s, set->n * sizeof(*s));
		set->s = s;
		set->room = (set->room + 4) * 2;
	}
	set->s[i].epoch = epoch;
	set->s[i].place = place;
	if (i == set->n)
		set->n++;
}

static bool
set_others(const struct mem_set *set, const struct mem_strand *s)
{
	unsigned i;

	for (i = 0; i < set->n; i++)
		if (MEM_NUMBER(set->s[i].epoch) != s->number)
			return true;
	return false;
}

/* => one that is not before s, if there is one */
static bool
set_clash(const struct mem_set *set, const struct mem_strand *s,
    enum mem_kind kind, struct mem_doer *who)
{
	unsigned i;

	for (i = 0; i < set->n; i++) {
		if (mem_before(set->s[i].epoch, s))
			continue;
		*who = (struct mem_doer){ set->s[i].epoch, set->s[i].place,
		    kind };
		return true;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * One cell
 */

static inline bool
clash(uint64_t epoch, uint32_t place, enum mem_kind kind,
    const struct mem_strand *s, struct mem_doer *who)
{
	if (mem_before(epoch, s))
		return false;
	*who = (struct mem_doer){ epoch, place, kind };
	return true;
}

/* => who did something that what s does now conflicts with */
static bool
cell_clash(const struct mem_cell *c, const struct mem_strand *s,
    enum mem_kind kind, struct mem_doer *who)
{
	const struct mem_more *m = mem_more_of(c);
	bool atomic = kind == MEM_ALOAD || kind == MEM_ASTORE;
	bool store = kind != MEM_READ && kind != MEM_ALOAD;

	if (clash(c->w, c->wat, MEM_WRITE, s, who) ||
	    (store && clash(c->r, c->rat, MEM_READ, s, who)))
		return true;
	return m != NULL &&
	    ((store && set_clash(&m->readers, s, MEM_READ, who)) ||
	    (!atomic && set_clash(&m->astores, s, MEM_ASTORE, who)) ||
	    (!atomic && store && set_clash(&m->aloads, s, MEM_ALOAD, who)));
}

static void
cell_read(struct mem_cell *c, const struct mem_strand *s, uint32_t place)
{
	struct mem_more *m = mem_more_of(c);

	if (m != NULL && m->readers.n != 0) {
		set_add(&m->readers, s->epoch, place);
		return;
	}
	if (MEM_NUMBER(c->r) != s->number && !mem_before(c->r, s)) {
		m = mem_more(c);
		set_add(&m->readers, c->r, c->rat);
		set_add(&m->readers, s->epoch, place);
		c->r = 0;
		return;
	}
	c->r = s->epoch;
	c->rat = place;
}

static void
cell_write(struct mem_cell *c, const struct mem_strand *s, uint32_t place)
{
	struct mem_more *m = mem_more_of(c);

	c->w = s->epoch;
	c->wat = place;
	c->r = 0;
	if (m != NULL)
		m->readers.n = m->aloads.n = m->astores.n = 0;
}

static void
cell_note(struct mem_cell *c, const struct mem_strand *s, enum mem_kind kind,
    uint32_t place)
{
	switch (kind) {
	case MEM_READ:
		cell_read(c, s, place);
		break;
	case MEM_ALOAD:
		set_add(&mem_more(c)->aloads, s->epoch, place);
		break;
	case MEM_ASTORE:
		set_add(&mem_more(c)->astores, s->epoch, place);
		break;
	default:
		cell_write(c, s, place);
		break;
	}
}

/* Nothing new: the same strand did so, and let nothing go since. */
static inline bool
cell_again(const struct mem_cell *c, const struct mem_strand *s,
    enum mem_kind kind)
{
	return MEM_MORE(c) == 0 && (c->w == s->epoch ? kind == MEM_READ ||
	    kind == MEM_WRITE : c->r == s->epoch && kind == MEM_READ);
}

static bool cell_shared(const struct mem_cell *, const struct mem_strand *);

static bool
more_shared(const struct mem_more *m, const struct mem_strand *s)
{
	unsigned i;

	for (i = 0; m->byte != NULL && i < MEM_CELL; i++)
		if (cell_shared(&m->byte[i], s))
			return true;
	return set_others(&m->readers, s) || set_others(&m->aloads, s) ||
	    set_others(&m->astores, s);
}

static bool
cell_shared(const struct mem_cell *c, const struct mem_strand *s)
{
	return (c->flags & MEMF_SHARED) != 0 ||
	    (c->w != 0 && MEM_NUMBER(c->w) != s->number) ||
	    (c->r != 0 && MEM_NUMBER(c->r) != s->number) ||
	    (MEM_MORE(c) != 0 && more_shared(mem_more_of(c), s));
}

/* ------------------------------------------------------------------------
 * Some bytes
 */

struct doing {
	struct mem_strand *s;
	uintptr_t	p, pc;
	size_t		n;
	enum mem_kind	kind;
	uint32_t	place;		/* 0: not asked for yet */
	bool		told;		/* once is enough */
};

static void
cell_do(struct mem_cell *c, struct doing *d)
{
	const struct mem_more *m;
	struct mem_doer who;

	if (__builtin_expect(cell_again(c, d->s, d->kind), 1))
		return;
	m = mem_more_of(c);
	if (m != NULL && m->freed != NULL) {
		if (!d->told && d->kind != MEM_FREE) {
			d->told = true;
			mem_after_free(d->s, d->p, d->n, d->kind, d->pc,
			    m->freed);
		}
		return;
	}
	if (d->place == 0)
		d->place = mem_place(d->s->place, d->pc);
	if (cell_shared(c, d->s))
		c->flags |= MEMF_SHARED;
	if (cell_clash(c, d->s, d->kind, &who) && !d->told) {
		d->told = true;
		/* before it is told: that may be the end */
		cell_note(c, d->s, d->kind, d->place);
		mem_race(d->s, d->p, d->n, d->kind, d->pc, &who);
		return;
	}
	cell_note(c, d->s, d->kind, d->place);
}

/* From now on each byte of it has a cell of its own. */
static struct mem_cell *
split(struct mem_cell *c)
{
	struct mem_more *m = mem_more(c);
	unsigned i;

	if (m->byte != NULL || m->freed != NULL)
		return m->byte;
	m->byte = mem_alloc(MEM_CELL * sizeof(*c));
	for (i = 0; i < MEM_CELL; i++) {
		struct mem_cell *b = &m->byte[i];

		*b = *c;
		b->flags &= MEMF_SHARED;
		if (m->readers.n + m->aloads.n + m->astores.n != 0) {
			struct mem_more *bm;
			unsigned k;

			bm = mem_more(b);
			m = mem_more(c);	/* it may have moved */
			for (k = 0; k < m->readers.n; k++)
				set_add(&bm->readers, m->readers.s[k].epoch,
				    m->readers.s[k].place);
			for (k = 0; k < m->aloads.n; k++)
				set_add(&bm->aloads, m->aloads.s[k].epoch,
				    m->aloads.s[k].place);
			for (k = 0; k < m->astores.n; k++)
				set_add(&bm->astores, m->astores.s[k].epoch,
				    m->astores.s[k].place);
		}
	}
	return m->byte;
}

/* [from, to) within the cell of p */
static void
part_do(uintptr_t p, unsigned from, unsigned to, struct doing *d)
{
	struct mem_cell *c = mem_cells(p), *byte = NULL;
	struct mem_more *m = mem_more_of(c);

	if (m != NULL)
		byte = m->byte;
	if (byte == NULL && to - from != MEM_CELL)
		byte = split(c);
	if (byte == NULL) {
		cell_do(c, d);
		return;
	}
	for (; from < to; from++)
		cell_do(&byte[from], d);
}

static void
bytes_do(struct doing *d)
{
	uintptr_t p = d->p & ~(uintptr_t)(MEM_CELL - 1), end = d->p + d->n;

	for (; p < end; p += MEM_CELL)
		part_do(p, p < d->p ? (unsigned)(d->p - p) : 0,
		    end - p < MEM_CELL ? (unsigned)(end - p) : MEM_CELL, d);
}

void
mem_note(struct mem_strand *s, uintptr_t p, size_t n, enum mem_kind kind,
    uintptr_t pc)
{
	struct doing d = { s, p, pc, n, kind, 0, false };

	mem.counts.n[kind]++;
	mem.counts.bytes += n;
	if (mem_own(s, p) && p < s->touched)
		s->touched = p & ~(uintptr_t)(MEM_CELL - 1);
	bytes_do(&d);
}

/* ------------------------------------------------------------------------
 * Points
 */

void
mem_point(struct mem_strand *s, uintptr_t p, bool store, uintptr_t pc)
{
	mem.counts.points++;
	lk_touch_at((const volatile void *)p, store, pc);
}

static bool
bytes_shared(const struct mem_strand *s, uintptr_t p, size_t n)
{
	uintptr_t end = p + n;

	for (p &= ~(uintptr_t)(MEM_CELL - 1); p < end; p += MEM_CELL)
		if (cell_shared(mem_cells(p), s))
			return true;
	return false;
}

void
mem_access(struct mem_strand *s, uintptr_t p, size_t n, enum mem_kind kind,
    uintptr_t pc)
{
	bool atomic = kind == MEM_ALOAD || kind == MEM_ASTORE;

	if (n == 0)
		return;
	if (!mem_own(s, p) && (mem.points == LK_MEMORY_ALL || atomic ||
	    (mem.points == LK_MEMORY_SHARED && bytes_shared(s, p, n))))
		mem_point(s, p, kind != MEM_READ && kind != MEM_ALOAD, pc);
	mem_note(s, p, n, kind, pc);
}

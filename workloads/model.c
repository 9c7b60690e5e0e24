/*
 * model.c: values, and whose cells are whose.
 */
#include <string.h>

#include "workloads/model_int.h"

/*
 * The mix: two rounds of an odd multiplier and a fold of the upper half onto
 * the lower.  Both undo: the fold is its own inverse, the multiplier has one.
 * Zero stays zero, and no value made is zero, since sequences begin at 1.
 */
#define MUL1	0xbe49f40e17aee5c5u
#define UNMUL1	0x801b3ed3d16f510du
#define MUL2	0x9eb18688efa28bd1u
#define UNMUL2	0x8fb44ed2a7b7ad31u

static uint64_t
mix(uint64_t x)
{
	x *= MUL1;
	x ^= x >> 32;
	x *= MUL2;
	return x ^ x >> 32;
}

uint64_t
wl_value_raw(uint64_t x)
{
	x ^= x >> 32;
	x *= UNMUL2;
	x ^= x >> 32;
	return x * UNMUL1;
}

bool
wl_model_init(struct wl_model *m, size_t page_size, unsigned nstrands,
    bool ordered)
{
	memset(m, 0, sizeof(*m));
	if (page_size < 64 || page_size > WL_MAXCELLS * sizeof(uint64_t) ||
	    (page_size & (page_size - 1)) != 0 || nstrands == 0 ||
	    nstrands > WL_MAXWRITERS)
		return false;
	m->nstrands = nstrands;
	m->ordered = ordered;
	m->ncells = (unsigned)(page_size / sizeof(uint64_t));
	m->nhot = m->ncells / 2 < WL_MAXHOT ? m->ncells / 2 : WL_MAXHOT;
	m->stride = m->ncells / m->nhot;
	m->stride_bits = (unsigned)__builtin_ctz(m->stride);
	for (m->cell_bits = 9; 1u << m->cell_bits < m->ncells;)
		m->cell_bits++;
	return true;
}

/* strand 8 | sequence 31 | page 25 - cell_bits | cell */
uint64_t
wl_value(const struct wl_model *m, unsigned strand, uint32_t seq,
    uint64_t home, unsigned cell)
{
	uint64_t page = home & (((uint64_t)1 << (25 - m->cell_bits)) - 1);

	return mix((uint64_t)strand << 56 | (uint64_t)seq << 25 |
	    page << m->cell_bits | cell);
}

void
wl_value_decode(const struct wl_model *m, uint64_t value,
    struct wl_origin *o)
{
	uint64_t x = wl_value_raw(value);

	o->cell = (unsigned)(x & ((1u << m->cell_bits) - 1));
	o->page = (uint32_t)(x & 0x1ffffff) >> m->cell_bits;
	o->seq = (uint32_t)(x >> 25) & WL_SEQ_MAX;
	o->strand = (unsigned)(x >> 56);
}

/*
 * Neighbouring pages go on where the last one stopped, so that each strand
 * owns cells of some page nearby, however many strands there are.
 */
unsigned
wl_writer(const struct wl_model *m, uint64_t home, unsigned unit)
{
	if (unit == WL_COLD(m))
		return (unsigned)(home % m->nstrands);
	return (unsigned)((home * m->nhot + unit) % m->nstrands);
}

uint32_t
wl_next_seq(struct wl_model *m, unsigned strand)
{
	_Atomic uint32_t *last = m->ordered ? &m->seq :
	    &m->writer[strand].seq;
	uint32_t seq;

	if (m->ordered)
		seq = atomic_fetch_add(last, 1) + 1;
	else {
		seq = atomic_load_explicit(last, memory_order_relaxed) + 1;
		atomic_store_explicit(last, seq, memory_order_relaxed);
	}
	LK_ASSERT(seq < WL_SEQ_MAX);
	return seq;
}

bool
wl_origin_known(const struct wl_model *m, const struct wl_origin *o)
{
	const _Atomic uint32_t *last = m->ordered ? &m->seq :
	    &m->writer[o->strand].seq;

	return o->strand < m->nstrands && o->cell < m->ncells &&
	    o->seq != 0 &&
	    o->seq <= atomic_load_explicit(last, memory_order_relaxed);
}

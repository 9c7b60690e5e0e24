/*
 * memory_place.c: a tree of places, each made once and kept.
 *
 *	main.c:10 --> f.c:20 --> a load at f.c:31
 *	          \-> g.c:7 ...
 */
#include <string.h>
#include <sys/mman.h>

#include "locks/memory_int.h"

struct place {
	uintptr_t	pc;
	uint32_t	from;
};

#define NNEAR	4096

static struct place *place;		/* by id; 0 is nowhere */
static uint32_t *table;			/* open hash of ids */
static uint32_t nplace = 1, nroom;	/* the table has twice the room */
static uint32_t near[NNEAR];		/* of the hash, found last */

static uint64_t
hash_of(uint32_t from, uintptr_t pc)
{
	return lk_mix(pc * 31 + from);
}

static uint32_t *
seek(uint64_t hash, uint32_t from, uintptr_t pc)
{
	uint32_t mask = nroom * 2 - 1, i = (uint32_t)hash & mask;

	while (table[i] != 0 && (place[table[i]].pc != pc ||
	    place[table[i]].from != from))
		i = (i + 1) & mask;
	return &table[i];
}

static void
enlarge(void)
{
	uint32_t i, room = nroom == 0 ? 8192 : nroom * 2;
	struct place *p = mem_keep(room * sizeof(*p));

	if (nroom != 0) {
		memcpy(p, place, nplace * sizeof(*p));
		munmap(place, nroom * sizeof(*p));
		munmap(table, (size_t)nroom * 2 * sizeof(*table));
	}
	place = p;
	nroom = room;
	table = mem_keep((size_t)room * 2 * sizeof(*table));
	for (i = 1; i < nplace; i++)
		*seek(hash_of(p[i].from, p[i].pc), p[i].from, p[i].pc) = i;
}

uint32_t
mem_place(uint32_t from, uintptr_t pc)
{
	uint64_t hash = hash_of(from, pc);
	uint32_t *at, id = near[hash >> 52];

	_Static_assert(NNEAR == 1 << (64 - 52), "index of near");
	if (id != 0 && place[id].pc == pc && place[id].from == from)
		return id;
	if (nplace >= nroom)
		enlarge();
	at = seek(hash, from, pc);
	if (*at == 0) {
		place[nplace] = (struct place){ .pc = pc, .from = from };
		*at = nplace++;
	}
	return near[hash >> 52] = *at;
}

uint32_t
mem_place_from(uint32_t id)
{
	return id == 0 ? 0 : place[id].from;
}

unsigned
mem_place_frames(uint32_t id, uint64_t *frame, unsigned max)
{
	unsigned n;

	for (n = 0; n < max && id != 0; id = place[id].from)
		frame[n++] = place[id].pc;
	return n;
}

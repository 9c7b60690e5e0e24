/* memory_race.c: what two strands did to the same memory, told with stacks. */
#include <stdio.h>
#include <string.h>

#include "locks/memory_int.h"
#include "locks/note_int.h"

#define WORDS	96

static const char *const kind_name[] = {
	[MEM_READ] = "load", [MEM_WRITE] = "store",
	[MEM_ALOAD] = "atomic load", [MEM_ASTORE] = "atomic store",
	[MEM_FREE] = "free",
};

/* The strand's own stack: the frames above the hooks; pc is the first. */
static void
own_stack(const struct mem_strand *s, uintptr_t pc,
    struct lk_incident_stacks *st)
{
	uint64_t frame[2 * LK_MAXFRAMES];
	unsigned i, n = lk_stack(frame, 2 * LK_MAXFRAMES);

	for (i = 0; i < n && frame[i] != pc; i++)
		;
	if (i < n) {
		n -= i;
		st->nframes = n < LK_MAXFRAMES ? n : LK_MAXFRAMES;
		memcpy(st->frame, frame + i, st->nframes * sizeof(*frame));
	} else {
		st->nframes = mem_place_frames(mem_place(s->place, pc),
		    st->frame, LK_MAXFRAMES);
	}
}

static void
add_stack(struct lk_incident_stacks *st, uint32_t place)
{
	st->nother += mem_place_frames(place, st->other + st->nother,
	    LK_MAXFRAMES);
	st->other[st->nother++] = 0;
}

static const char *
who(char buf[WORDS], uint64_t epoch)
{
	const struct mem_who *w = &mem.who[MEM_NUMBER(epoch)];

	snprintf(buf, WORDS, "strand %u \"%s\"", w->strand, w->name);
	return buf;
}

/* Where it lies, if it is of a block that was given out in this execution. */
static const char *
where(char buf[WORDS], uintptr_t p)
{
	const struct mem_block *b = mem_block_of(p);

	if (b == NULL)
		snprintf(buf, WORDS, "%#lx", (unsigned long)p);
	else
		snprintf(buf, WORDS, "%#lx (byte %zu of a block of %zu)",
		    (unsigned long)p, (size_t)(p - b->at), b->size);
	return buf;
}

void
mem_race(struct mem_strand *s, uintptr_t p, size_t n, enum mem_kind kind,
    uintptr_t pc, const struct mem_doer *other)
{
	struct lk_incident_stacks st = { .nother = 0 };
	char whom[WORDS], at[WORDS];

	own_stack(s, pc, &st);
	add_stack(&st, other->place);
	lk_incident_stacks("race", &st, "%s of %zu byte%s at %s races with "
	    "the earlier %s by %s (stack 2)", kind_name[kind], n, n == 1 ?
	    "" : "s", where(at, p), kind_name[other->kind],
	    who(whom, other->epoch));
}

void
mem_after_free(struct mem_strand *s, uintptr_t p, size_t n,
    enum mem_kind kind, uintptr_t pc, const struct mem_block *b)
{
	struct lk_incident_stacks st = { .nother = 0 };
	char freer[WORDS], giver[WORDS];

	own_stack(s, pc, &st);
	add_stack(&st, b->freed.place);
	add_stack(&st, b->alloc.place);
	lk_incident_stacks("use-after-free", &st, "%s of %zu byte%s, byte %zu "
	    "of a block of %zu at %#lx, freed by %s (stack 2)%s%s%s",
	    kind_name[kind], n, n == 1 ? "" : "s", (size_t)(p - b->at),
	    b->size, (unsigned long)b->at, who(freer, b->freed.epoch),
	    b->alloc.epoch != 0 ? ", given out by " : "", b->alloc.epoch != 0 ?
	    who(giver, b->alloc.epoch) : "", b->alloc.epoch != 0 ?
	    " (stack 3)" : " (given out before the execution)");
}

void
mem_double_free(struct mem_strand *s, uintptr_t p, uintptr_t pc,
    const struct mem_block *b)
{
	struct lk_incident_stacks st = { .nother = 0 };
	char freer[WORDS];

	own_stack(s, pc, &st);
	add_stack(&st, b->freed.place);
	add_stack(&st, b->alloc.place);
	lk_incident_stacks("double-free", &st, "a block of %zu at %#lx was "
	    "freed before, by %s (stack 2)", b->size, (unsigned long)p,
	    who(freer, b->freed.epoch));
}

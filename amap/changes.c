/*
 * changes.c: what differs from a copy, found, told apart by a number, and put
 * back.
 *
 *	now	|....|..x.|....|.x..|	lines of 64 bytes
 *	was	|....|....|....|....|
 *		      note      note	a number of where and what
 */
#include "amap/lines.h"
#include "amap/uvm_int.h"

/* Both halves of the product: no bit of either is lost. */
static inline uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 x = (unsigned __int128)a * b;

	return (uint64_t)x ^ (uint64_t)(x >> 64);
}

typedef uint64_t word __attribute__((aligned(1), may_alias));

/* Words by twos, each pair a product. */
static inline uint64_t
number(const char *p)
{
	const word *w = (const word *)(const void *)p;
	unsigned __int128 x;

	x = (unsigned __int128)(w[0] + 0x9e3779b97f4a7c15ULL) *
	    (w[1] + 0xd6e8feb86659fd93ULL);
	x += (unsigned __int128)(w[2] + 0xbf58476d1ce4e5b9ULL) *
	    (w[3] + 0x94d049bb133111ebULL);
	x += (unsigned __int128)(w[4] + 0xbe49f40e17aee5c5ULL) *
	    (w[5] + 0x801b3ed3d16f510dULL);
	x += (unsigned __int128)(w[6] + 0x9eb18688efa28bd1ULL) *
	    (w[7] + 0x8fb44ed2a7b7ad31ULL);
	return (uint64_t)x ^ (uint64_t)(x >> 64);
}

static inline void
note(struct vm_changes *c, char *now, const char *was, size_t n,
    const char *line)
{
	c->number = fold(c->number ^ number(line),
	    (uintptr_t)now ^ 0x9e3779b97f4a7c15ULL);
	if (c->n == VM_MAXCHANGES)
		c->lost = true;
	else
		c->line[c->n++] = (struct vm_change){ now, was, n };
}

/* What is no whole line, with zeroes behind it. */
static void
note_rest(struct vm_changes *c, char *now, const char *was, size_t n)
{
	char line[LINE] = { 0 };

	memcpy(line, now, n);
	note(c, now, was, n, line);
}

void
vm_changes_begin(struct vm_changes *c, uint64_t salt)
{
	c->number = salt;
	c->n = 0;
	c->lost = false;
}

void
vm_changes_note(struct vm_changes *c, void *p, const void *q, size_t n)
{
	size_t most = 64 * LINE, lines;
	const char *was = q;
	char *now = p;
	uint64_t bits;
	unsigned i;

	for (; n >= LINE; n -= lines, now += lines, was += lines) {
		lines = n < most ? n / LINE * LINE : most;
		bits = lines_differ(now, was, lines / LINE);
		for (; bits != 0; bits &= bits - 1) {
			i = (unsigned)__builtin_ctzll(bits) * LINE;
			note(c, now + i, was + i, LINE, now + i);
		}
	}
	if (n > 0 && memcmp(now, was, n) != 0)
		note_rest(c, now, was, n);
}

void
vm_changes_note_new(struct vm_changes *c, void *p, size_t n)
{
	static const char none[4096];
	char *now = p;
	size_t most = sizeof(none);

	for (; n > most; n -= most, now += most)
		vm_changes_note(c, now, none, most);
	vm_changes_note(c, now, none, n);
}

bool
vm_changes_undo(const struct vm_changes *c)
{
	unsigned i;

	if (c->lost)
		return false;
	for (i = 0; i < c->n; i++)
		if (c->line[i].n == LINE)
			memcpy(c->line[i].now, c->line[i].was, LINE);
		else
			memcpy(c->line[i].now, c->line[i].was, c->line[i].n);
	return true;
}

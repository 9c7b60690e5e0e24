/*
 * changes.c: what differs from a copy, found, told apart by a number, and put
 * back.
 *
 *	now	|....|..x.|....|.x..|	lines of 64 bytes
 *	was	|....|....|....|....|
 *		      note      note	a number of where and what
 */
#include "amap/uvm_int.h"

#define LINE	64

/* Both halves of the product: no bit of either is lost. */
static inline uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 x = (unsigned __int128)a * b;

	return (uint64_t)x ^ (uint64_t)(x >> 64);
}

/* Words by twos, each pair a product. */
static inline uint64_t
number(const char *p)
{
	uint64_t w[LINE / 8];
	unsigned __int128 x;

	memcpy(w, p, LINE);
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
note(struct vm_changes *c, char *now, const char *was, size_t n)
{
	char whole[LINE] = { 0 };
	const char *p = now;

	if (n < LINE)
		p = memcpy(whole, now, n);
	c->number = fold(c->number ^ number(p),
	    (uintptr_t)now ^ 0x9e3779b97f4a7c15ULL);
	if (c->n == VM_MAXCHANGES)
		c->lost = true;
	else
		c->line[c->n++] = (struct vm_change){ now, was, n };
}

void
vm_changes_begin(struct vm_changes *c, uint64_t salt)
{
	c->number = salt;
	c->n = 0;
	c->lost = false;
}

typedef uint64_t pair __attribute__((vector_size(16), aligned(1), may_alias));

static inline bool
differs(const char *p, const char *q)
{
	const pair *x = (const pair *)(const void *)p;
	const pair *y = (const pair *)(const void *)q;
	pair d;

	d = (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]);
	return (d[0] | d[1]) != 0;
}

void
vm_changes_note(struct vm_changes *c, void *p, const void *q, size_t n)
{
	const char *was = q;
	char *now = p;

	for (; n >= LINE; n -= LINE, now += LINE, was += LINE)
		if (__builtin_expect(differs(now, was), 0))
			note(c, now, was, LINE);
	if (n > 0 && memcmp(now, was, n) != 0)
		note(c, now, was, n);
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

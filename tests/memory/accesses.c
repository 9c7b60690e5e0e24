/*
 * accesses.c: one function for each way to touch memory; compiled by every
 * compiler there is, and counted by count.c.
 */
#include <stdatomic.h>
#include <string.h>

#include "tests/memory/accesses.h"

struct accessed accessed;
#define G	accessed

void	count_plain(void);
void	count_atomic(void);
void	count_struct(void);
void	count_copy(void);
void	count_none(void);

/* clang has one hook for a load whose store follows: there is none here */
void
count_plain(void)
{
	G.s = 7;
	G.c = (char)G.size;
	G.l = (long)G.p;
}

void
count_atomic(void)
{
	atomic_fetch_add(&G.a, 1);
	(void)atomic_load_explicit(&G.a, memory_order_acquire);
	atomic_store_explicit(&G.a, 2, memory_order_release);
	(void)atomic_exchange(&G.a, 3);
}

/* whole structs: one range each, or a call of memcpy */
void
count_struct(void)
{
	G.one = G.two;
}

void
count_copy(void)
{
	memcpy(&G.one, &G.two, G.size);
	memmove(&G.two, &G.one, G.size);
	memset(&G.one, 0, G.size);
}

/* nobody else can see what is not shared */
void
count_none(void)
{
	int i, sum = 0;

	for (i = 0; i < 10; i++)
		sum += i;
	(void)sum;
}

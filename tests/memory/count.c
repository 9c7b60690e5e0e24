/*
 * count.c: every access of accesses.c is seen once, whichever compiler made
 * it: the object files of several are loaded one after the other.
 * usage: count OBJECT.so ...
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "locks/locks.h"
#include "locks/memory_int.h"
#include "tests/memory/accesses.h"

static const struct expected {
	const char	*name;
	uint64_t	loads, stores, atomics, bytes;
} expected[] = {
	/* bytes: of all; the sizes that are given to copies are loads, too */
	{ "count_plain", 2, 3, 0, 2 + 8 + 1 + 8 + 8 },
	{ "count_atomic", 0, 0, 4, 4 * 4 },
	{ "count_struct", 1, 1, 0, 2 * sizeof(struct big) },
	{ "count_copy", 5, 3, 0, 5 * sizeof(struct big) + 3 * 8 },
	{ "count_none", 0, 0, 0, 0 },
};
#define N	(sizeof(expected) / sizeof(expected[0]))

static void *object;
static unsigned wrong;

static struct lk_fiber_view *
choose(void *arg, struct lk_fiber_view *const *v, unsigned n,
    const struct lk_fiber_view *last)
{
	return v[0];
}

static void
count(void *arg)
{
	const struct expected *e;
	struct mem_counts was, *now = &mem.counts;
	struct accessed *g;
	void (*fn)(void);

	g = dlsym(object, "accessed");
	g->size = sizeof(struct big);
	for (e = expected; e < expected + N; e++) {
		*(void **)&fn = dlsym(object, e->name);
		was = mem.counts;
		fn();
		if (now->n[MEM_READ] - was.n[MEM_READ] == e->loads &&
		    now->n[MEM_WRITE] - was.n[MEM_WRITE] == e->stores &&
		    now->n[MEM_ALOAD] + now->n[MEM_ASTORE] -
		    was.n[MEM_ALOAD] - was.n[MEM_ASTORE] == e->atomics &&
		    now->bytes - was.bytes == e->bytes)
			continue;
		wrong++;
		printf("%s: %s: loads %lu stores %lu atomics %lu bytes %lu\n",
		    (const char *)arg, e->name,
		    (unsigned long)(now->n[MEM_READ] - was.n[MEM_READ]),
		    (unsigned long)(now->n[MEM_WRITE] - was.n[MEM_WRITE]),
		    (unsigned long)(now->n[MEM_ALOAD] + now->n[MEM_ASTORE] -
		    was.n[MEM_ALOAD] - was.n[MEM_ASTORE]),
		    (unsigned long)(now->bytes - was.bytes));
	}
}

int
main(int argc, char **argv)
{
	struct lk_fibers_conf conf = {
		.choose = choose, .memory = LK_MEMORY_SHARED
	};
	struct lk_fibers_result out;
	int i;

	for (i = 1; i < argc; i++) {
		object = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
		if (object == NULL) {
			printf("%s\n", dlerror());
			return 1;
		}
		if (lk_fibers_run(&conf, count, argv[i], NULL, &out) != 0)
			return 1;
		dlclose(object);
	}
	printf("%d compilers, %u functions wrong\n", argc - 1, wrong);
	return wrong != 0 || argc < 2;
}

/* heap_programs.c: see heap.h */
#include <string.h>

#include "locks/locks.h"
#include "tests/memory/heap.h"

struct block {
	struct block	*next;
	long		value;
	char		rest[24];
};

static struct block blocks[2];
static struct block *shared;
static struct mutex mtx;
static struct rwlock rw;

static struct block *
take(unsigned i)
{
	lk_heap_given(&blocks[i], sizeof(blocks[i]));
	memset(&blocks[i], 0, sizeof(blocks[i]));
	return &blocks[i];
}

static void
give(struct block *b)
{
	lk_heap_freed(b, sizeof(*b));
}

static void
begin(void)
{
	mtx_init(&mtx, "heap");
	rw_init(&rw, "freed");
	shared = take(0);
}

static void
both(void (*a)(void *), void (*b)(void *))
{
	struct lk_strand *s[2];

	begin();
	if (lk_strand_start(&s[0], "a", a, NULL, NULL) != 0 ||
	    lk_strand_start(&s[1], "b", b, NULL, NULL) != 0)
		lk_panic("no strand");
	lk_strand_join(s[0]);
	lk_strand_join(s[1]);
}

/* the lock is let go between the look and the use */
static void
look_and_use(void *arg)
{
	struct block *b;

	mtx_enter(&mtx);
	b = shared;
	mtx_leave(&mtx);
	mtx_enter(&mtx);
	if (b != NULL)
		b->value++;
	mtx_leave(&mtx);
}

static void
take_away(void *arg)
{
	mtx_enter(&mtx);
	give(shared);
	shared = NULL;
	mtx_leave(&mtx);
}

void
heap_use_after_free(void *arg)
{
	both(look_and_use, take_away);
}

static void
free_it(void *arg)
{
	mtx_enter(&mtx);
	give(&blocks[0]);
	mtx_leave(&mtx);
}

void
heap_double_free(void *arg)
{
	both(free_it, free_it);
}

static void
use_unlocked(void *arg)
{
	blocks[0].value++;
	lk_yield();
}

static void
free_late(void *arg)
{
	int i;

	for (i = 0; i < 50; i++)
		lk_yield();
	give(&blocks[0]);
}

void
heap_free_races(void *arg)
{
	both(use_unlocked, free_late);
}

static void
use_locked(void *arg)
{
	mtx_enter(&mtx);
	if (shared != NULL)
		shared->value++;
	mtx_leave(&mtx);
}

void
heap_locked_free(void *arg)
{
	both(use_locked, take_away);
}

/* who has it next starts anew */
void
heap_given_again(void *arg)
{
	begin();
	give(shared);
	shared = take(0);
	shared->value = 1;
	give(shared);
	take(1)->value = 2;
}

void
heap_lock_freed(void *arg)
{
	begin();
	lk_heap_given(&rw, sizeof(rw));
	lk_heap_freed(&rw, sizeof(rw));
	rw_enter_write(&rw);
	rw_exit(&rw);
}

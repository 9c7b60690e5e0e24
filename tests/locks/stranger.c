/* stranger.c: a program that knows the installed library alone. */
#include <stdio.h>

#include "locks/locks.h"

static struct rwlock table_lock = RWLOCK_INITIALIZER("table");
static long entries;

static void
worker(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 1000; i++) {
		rw_enter_write(&table_lock);
		entries++;
		rw_exit_write(&table_lock);
	}
}

int
main(void)
{
	struct lk_record *record;
	struct lk_strand *strand[2];
	struct lk_totals sum;
	int i;

	if (lk_record_create(NULL, &record) != 0)
		return 1;
	for (i = 0; i < 2; i++)
		if (lk_strand_start(&strand[i], "worker", worker, NULL, NULL))
			return 1;
	for (i = 0; i < 2; i++)
		lk_strand_join(strand[i]);
	lk_record_sum(record, lk_record_class_find(record, "table", LKN_LOCK),
	    0, LKM_WRITE, &sum);
	printf("%ld entries, %lu acquisitions\n", entries,
	    (unsigned long)sum.c[LKC_acquired]);
	return entries == 2000 && sum.c[LKC_acquired] == 2000 ? 0 : 1;
}

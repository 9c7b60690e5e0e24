/*
 * bank.c: a program with locks of its own, to show what is told of them.
 *
 * Accounts have a lock each, the journal has one for all.  Tellers transfer
 * money; at night a clerk compares the journal with the accounts.
 *
 *	bank [TRANSFERS [FILE]]
 *
 * leaves FILE or bank.lk, for `amapstorm report bank.lk'.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locks/locks.h"

#define NACCOUNTS	64
#define NTELLERS	4

struct account {
	struct rwlock	lk;
	long		balance;
};

static struct account account[NACCOUNTS];
static struct mutex journal_lk = MUTEX_INITIALIZER("journal");
static uint64_t journal;		/* what was booked, in one number */
static unsigned long booked;

static unsigned long transfers = 4000;	/* of each teller */
static _Atomic unsigned at_work = NTELLERS;

/* The line is made and added with the journal's lock held: too long. */
static void
book(unsigned from, unsigned to, long amount)
{
	unsigned i;

	mtx_enter(&journal_lk);
	for (i = 0; i < 2000; i++)
		journal = journal * 31 + from + to + (uint64_t)amount;
	booked++;
	mtx_leave(&journal_lk);
}

/* Two locks of one class: in the order of their numbers, and saying so. */
static void
transfer(unsigned a, unsigned b, long amount)
{
	struct account *low = &account[a < b ? a : b];
	struct account *high = &account[a < b ? b : a];

	rw_enter_write(&low->lk);
	(void)rw_enter(&high->lk, RW_WRITE | RW_DUPOK);
	account[a].balance -= amount;
	account[b].balance += amount;
	book(a, b, amount);
	rw_exit_write(&high->lk);
	rw_exit_write(&low->lk);
}

static void
teller(void *arg)
{
	unsigned long i;
	unsigned a, b;

	for (i = 0; i < transfers; i++) {
		a = (unsigned)lk_random_below(NACCOUNTS);
		b = (unsigned)lk_random_below(NACCOUNTS);
		if (a != b)
			transfer(a, b, (long)lk_random_below(100));
	}
	atomic_fetch_sub(&at_work, 1);
}

/*
 * Journal first, then accounts: the other way round than a transfer.  It has
 * always worked, for by then the tellers are at home.  Nothing says so.
 */
static void
clerk(void *arg)
{
	long *sum = arg;
	unsigned i;

	while (atomic_load(&at_work) > 0)
		lk_yield();
	mtx_enter(&journal_lk);
	for (i = 0; i < NACCOUNTS; i++) {
		rw_enter_read(&account[i].lk);
		*sum += account[i].balance;
		rw_exit_read(&account[i].lk);
	}
	mtx_leave(&journal_lk);
}

/* => the money is all there */
static bool
run(void)
{
	struct lk_strand *at[NTELLERS + 1];
	char name[16];
	long sum = 0;
	unsigned i;

	for (i = 0; i < NACCOUNTS; i++)
		rw_init(&account[i].lk, "account");
	for (i = 0; i <= NTELLERS; i++) {
		snprintf(name, sizeof(name), i < NTELLERS ? "teller%u" :
		    "clerk", i);
		if (lk_strand_start(&at[i], name, i < NTELLERS ? teller :
		    clerk, &sum, NULL) != 0)
			return false;
	}
	for (i = 0; i <= NTELLERS; i++)
		lk_strand_join(at[i]);
	printf("%lu transfers booked, %ld lost\n", booked, -sum);
	return sum == 0;
}

int
main(int argc, char **argv)
{
	const struct lk_record_conf conf = {
		.seed = 1, .level = LK_LEVEL_FULL, .title = "bank"
	};
	struct lk_record *record;
	const char *path = "bank.lk";
	int error;

	if (argc > 1)
		transfers = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		path = argv[2];
	error = lk_record_create(&conf, &record);
	if (error == 0 && !run())
		return 1;
	if (error == 0)
		error = lk_record_write(record, path);
	if (error != 0)
		fprintf(stderr, "%s: %s\n", path, strerror(error));
	return error != 0;
}

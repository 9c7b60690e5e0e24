/*
 * Findings of contention, on programs that have by construction what is to be
 * found, and on some that nearly have it.
 * usage: patterns BACKEND TEST
 */
#include <stdio.h>
#include <unistd.h>

#include "locks/backend_int.h"
#include "tests/contend/cast.h"

#define MS	UINT64_C(1000000)
#define MOST	4

static struct rwlock lock;
static _Atomic int in, stop, alive, turns;
static struct party {
	struct lk_strand *strand;
	_Atomic int	started, done;
	unsigned	nturns;
	uint64_t	hold_ns;
} party[MOST];
static unsigned nparty;

static void
scene(struct scene *s)
{
	cast_open(s, 0);
	memset(&lock, 0, sizeof(lock));
	memset(party, 0, sizeof(party));
	rw_init(&lock, "pattern");
	atomic_store(&in, 0);
	atomic_store(&stop, 0);
	atomic_store(&alive, 0);
	atomic_store(&turns, 0);
}

static void
start(unsigned n, void (*fn)(void *))
{
	unsigned i;

	nparty = n;
	atomic_store(&alive, (int)n);
	for (i = 0; i < n; i++)
		party[i].strand = t_start("party", fn, &party[i]);
	for (i = 0; i < n; i++)
		atomic_store(&party[i].started, 1);
}

static void
join(void)
{
	unsigned i;

	for (i = 0; i < nparty; i++)
		lk_strand_join(party[i].strand);
}

/* Everybody else who has turns left sleeps on the lock. */
static void
until_others_sleep(const struct party *me)
{
	unsigned i;

	for (i = 0; i < nparty; i++) {
		if (&party[i] == me)
			continue;
		t_until(&party[i].started, 1);
		while (!atomic_load(&party[i].done) &&
		    !cast_is_asleep(party[i].strand, &lock))
			lk_yield();
	}
}

/*
 * Who has it goes on when all the others sleep on it, and does not come back
 * before another one has had it: so each take but the first has to wait, and
 * the queue is as long as it can be.
 */
static void
meet(void *arg)
{
	struct party *me = arg;
	unsigned i;
	int mine;

	for (i = 0; i < me->nturns; i++) {
		rw_enter_write(&lock);
		mine = atomic_fetch_add(&turns, 1) + 1;
		until_others_sleep(me);
		cast_spin(me->hold_ns);
		if (i + 1 == me->nturns) {
			atomic_store(&me->done, 1);
			atomic_fetch_sub(&alive, 1);
		}
		rw_exit_write(&lock);
		while (i + 1 < me->nturns && atomic_load(&turns) == mine &&
		    atomic_load(&alive) > 1)
			lk_yield();
	}
}

/* n of them meet so many times; m more only look on. */
static void
meeting(struct scene *s, unsigned n, unsigned nturns, uint64_t hold_ns)
{
	unsigned i;

	scene(s);
	for (i = 0; i < n; i++) {
		party[i].nturns = nturns;
		party[i].hold_ns = hold_ns;
	}
	start(n, meet);
}

static void
convoy(void **state)
{
	const struct ana_finding *f;
	struct scene s;

	/* long beside what it takes to start them */
	meeting(&s, 4, 60, 500000);
	join();
	cast_close(&s);
	f = cast_found(&s, "contention.convoy");
	assert_non_null(f);
	assert_int_equal(f->level, ANA_INFO);
	assert_non_null(strstr(f->what, "pattern"));
	assert_int_equal(ana_exit_code(s.result), ANA_EXIT_CLEAN);
	/* each take but the first, and those of who is left alone at the end */
	assert_in_range(cast_lock(&s, "pattern")->all.c[LKC_contended],
	    240 - 61, 239);
	cast_free(&s);
}

/* They meet, but then each goes its way for far longer. */
static void
burst(void **state)
{
	struct scene s;

	meeting(&s, 4, 60, 0);
	join();
	cast_spin(4 * (lk_now() - s.opened));
	cast_close(&s);
	assert_null(cast_found(&s, "contention.convoy"));
	cast_free(&s);
}

static void
look_on(void *arg)
{
	t_until(&stop, 1);
}

/* Two of four meet all the time: one waits, on average, not half of them. */
static void
couple(void **state)
{
	struct lk_strand *other[2];
	struct scene s;
	unsigned i;

	meeting(&s, 2, 100, 0);
	for (i = 0; i < 2; i++)
		other[i] = t_start("other", look_on, NULL);
	join();
	atomic_store(&stop, 1);
	for (i = 0; i < 2; i++)
		lk_strand_join(other[i]);
	cast_close(&s);
	assert_true(cast_lock(&s, "pattern")->all.c[LKC_contended] > 100);
	assert_null(cast_found(&s, "contention.convoy"));
	cast_free(&s);
}

/* Long waits, and everybody gets its turn. */
static void
fair(void **state)
{
	struct scene s;

	meeting(&s, 3, 2, 200 * MS);
	join();
	cast_close(&s);
	assert_true(cast_lock(&s, "pattern")->all.wait.max > 200 * MS);
	assert_null(cast_found(&s, "contention.starvation"));
	cast_free(&s);
}

/*
 * A writer hands over to the next one, who waits already: with a lock that
 * prefers writers no reader gets in.
 */
static void
hand_over(void *arg)
{
	struct party *me = arg, *you = me == &party[0] ? &party[1] : &party[0];

	t_until(&you->started, 1);
	while (!atomic_load(&stop)) {
		rw_enter_write(&lock);
		atomic_fetch_add(&turns, 1);
		while (!atomic_load(&you->done) && !cast_is_asleep(you->strand,
		    &lock))
			lk_yield();
		if (atomic_load(&stop))
			atomic_store(&me->done, 1);
		rw_exit_write(&lock);
	}
	atomic_store(&me->done, 1);
}

static void
read_once(void *arg)
{
	rw_enter_read(&lock);
	rw_exit_read(&lock);
}

/* What st waited for a processor so far; 0: the system does not tell. */
static uint64_t
delay_of(const struct lk_strand *st)
{
	char path[64];
	unsigned long long ran, delay = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%u/schedstat",
	    lk_get(&st->slot->tid));
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu %llu", &ran, &delay) != 2)
		delay = 0;
	fclose(f);
	return delay;
}

/*
 * 20 times its turn, a good part of the run, and more than scheduling is:
 * there may be other programs, for which it waits as well.
 */
static void
until_starved(struct lk_strand *st, uint64_t opened)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t since, delay, starved = 0;
	uint64_t least = 110 * MS * (uint64_t)((5 + cpus - 1) / cpus);
	int from;

	cast_until_asleep(st, &lock);
	from = atomic_load(&turns);
	since = lk_now();
	delay = delay_of(st);
	do {
		lk_yield();
		/* what it waits for a processor now is not told yet */
		if (!cast_is_asleep(st, &lock))
			continue;
		starved = lk_now() - since;
		starved -= delay_of(st) - delay;
	} while (atomic_load(&turns) - from < 20 * 4 || starved < least ||
	    starved * 8 < lk_now() - opened);
}

/* One wait of that place; others may have starved beside it. */
static void
found_starved(struct scene *s, const char *where)
{
	const struct ana_finding *f;
	bool told = false;
	size_t i;

	cast_close(s);
	f = cast_found(s, "contention.starvation");
	assert_non_null(f);
	assert_int_equal(f->level, ANA_WARN);
	for (i = 0; i < f->ntext; i++)
		told |= strstr(f->text[i], where) != NULL;
	assert_true(told);
	assert_int_equal(ana_exit_code(s->result), ANA_EXIT_FINDINGS);
	cast_free(s);
}

static void
starvation(void **state)
{
	struct lk_strand *reader;
	struct scene s;

	scene(&s);
	start(2, hand_over);
	t_until(&turns, 2);
	reader = t_start("reader", read_once, NULL);
	until_starved(reader, s.opened);
	atomic_store(&stop, 1);
	join();
	lk_strand_join(reader);
	found_starved(&s, "read_once");
}

/*
 * A lock that is handed to nobody goes to who is there first, and who has to
 * be woken is not.  Here it never is: who lets go does not wake it before the
 * other one of two has taken the lock.
 */
static struct lk_services barging;
static struct lk_strand *_Atomic late;	/* who has to be woken */
static _Atomic int next;		/* & 1: whose turn it is */
static unsigned long barge_mode;

static void
wake_late(_Atomic uint32_t *word, int n)
{
	int from = atomic_load(&turns);

	if ((void *)word == (void *)&lock) {
		atomic_fetch_add(&next, 1);
		while (atomic_load(&turns) == from && !atomic_load(&stop))
			lk_yield();
	}
	lk_services_os.unpark(word, n);
}

/* ... and will be: it was not woken for what was let go before. */
static bool
late_sleeps(void)
{
	struct lk_strand *st = atomic_load(&late);
	struct lk_lockstate state;

	lk_be->state(&lock, &state);
	return state.waiters && st != NULL && cast_is_asleep(st, &lock);
}

static void
barge(void *arg)
{
	int me = arg != &party[0];

	while (!atomic_load(&stop)) {
		if ((atomic_load(&next) & 1) != me) {
			lk_yield();
			continue;
		}
		rw_enter(&lock, barge_mode);
		atomic_fetch_add(&turns, 1);
		while (!atomic_load(&stop) && !late_sleeps())
			lk_yield();
		rw_exit(&lock);
	}
}

static void
passed_over(unsigned long mode, void (*fn)(void *), const char *name)
{
	struct lk_strand *st;
	struct scene s;

	scene(&s);
	barging = lk_services_os;
	barging.unpark = wake_late;
	lk_sv = &barging;
	barge_mode = mode;
	atomic_store(&late, NULL);
	atomic_store(&next, 0);
	start(2, barge);
	t_until(&turns, 1);
	st = t_start("late", fn, NULL);
	atomic_store(&late, st);
	until_starved(st, s.opened);
	atomic_store(&stop, 1);
	join();
	lk_strand_join(st);
	lk_sv = &lk_services_os;
	found_starved(&s, name);
}

static void
write_once(void *arg)
{
	rw_enter_write(&lock);
	rw_exit_write(&lock);
}

static void
writer_by_readers(void **state)
{
	passed_over(RW_READ, write_once, "write_once");
}

static void
reader_by_writers(void **state)
{
	passed_over(RW_WRITE, read_once, "read_once");
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(convoy),
		cmocka_unit_test(burst),
		cmocka_unit_test(couple),
		cmocka_unit_test(fair),
		cmocka_unit_test(starvation),
		cmocka_unit_test(writer_by_readers),
		cmocka_unit_test(reader_by_writers)
	};
	const struct lk_backend *be;

	if (argc != 3 || (be = lk_backend_find(argv[1])) == NULL) {
		fprintf(stderr, "usage: %s BACKEND TEST\n", argv[0]);
		return 2;
	}
	lk_backend_use(be);
	cmocka_set_test_filter(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* strand.c: strands come and go while others watch them. */
#include <dirent.h>
#include <pthread.h>

#include "locks/strand_int.h"
#include "tests/locks/t.h"

static struct rwlock rw;
static _Atomic int stop, seen_live;
static char env_a, env_b;

static void
short_life(void *arg)
{
	assert_ptr_equal(lk_strand_env(), &env_a);
	assert_string_equal(lk_strand_name(strand_self()), "short");
	lk_op_begin(7);
	rw_enter(&rw, RW_READ);
	rw_exit(&rw);
	lk_op_end();
	atomic_store(lk_strand_access_word(), (uintptr_t)&rw);
	atomic_store(lk_strand_access_word(), 0);
}

static void
look(struct lk_strand *st, void *arg)
{
	uintptr_t word = atomic_load(lk_strand_access_word_of(st));

	assert_true(word == 0 || word == (uintptr_t)&rw);
	assert_true(lk_strand_id(st) < LK_MAXSTRAND);
	assert_in_range(strlen(lk_strand_name(st)), 1, 15);
	++*(int *)arg;
}

static void
look_record(const struct lk_strand_info *i, void *arg)
{
	assert_true(i->op == 0 || i->op == 7);
	assert_true(i->nheld <= 1);
	++*(int *)arg;
}

static void
watch(void *arg)
{
	while (!atomic_load(&stop)) {
		int live = 0, slots = 0;

		lk_strands_foreach(look, &live);
		lk_record_strands(lk_record_current(), look_record, &slots);
		assert_true(live >= 1 && slots >= 1);
		atomic_fetch_add(&seen_live, 1);
	}
}

static void
come_and_go(void **state)
{
	struct lk_strand *w[2], *st[3];
	unsigned i, k;

	lk_strand_set_env(&env_a);
	for (i = 0; i < LEN(w); i++)
		w[i] = t_start("watch", watch, NULL);
	for (k = 0; k < 300; k++) {
		for (i = 0; i < LEN(st); i++)
			st[i] = t_start("short", short_life, NULL);
		for (i = 0; i < LEN(st); i++)
			lk_strand_join(st[i]);
	}
	t_until(&seen_live, 10);
	atomic_store(&stop, 1);
	for (i = 0; i < LEN(w); i++)
		lk_strand_join(w[i]);
	assert_int_equal(lk_incidents(), 0);
}

static void
check_env(void *arg)
{
	assert_ptr_equal(lk_strand_env(), arg);
	lk_strand_set_env(NULL);
	assert_null(lk_strand_env());
}

static void
env(void **state)
{
	struct lk_strand *st;

	assert_int_equal(lk_strand_start(&st, "env", check_env, &env_b,
	    &env_b), 0);
	lk_strand_join(st);
}

/* A thread that knows nothing of strands becomes one by taking a lock. */
static void *
plain_thread(void *arg)
{
	struct lk_strand_info i;

	rw_enter(&rw, RW_WRITE);
	t_held(&i);
	assert_int_equal(i.nheld, 1);
	rw_exit(&rw);
	return NULL;
}

static void
count_slot(const struct lk_strand_info *i, void *arg)
{
	++*(int *)arg;
}

static void
adoption(void **state)
{
	pthread_t t;
	int before = 0, after = 0, i;

	strand_self();
	lk_record_strands(lk_record_current(), count_slot, &before);
	for (i = 0; i < 300; i++) {
		assert_int_equal(pthread_create(&t, NULL, plain_thread, NULL),
		    0);
		pthread_join(t, NULL);
	}
	lk_record_strands(lk_record_current(), count_slot, &after);
	assert_int_equal(before, after);
	assert_int_equal(lk_strand_adopt("renamed", &env_b), 0);
	assert_string_equal(lk_strand_name(strand_self()), "renamed");
	assert_ptr_equal(lk_strand_env(), &env_b);
	lk_strand_leave();
}

/* All slots taken: refused, counted, and free again afterwards. */
static struct lk_event go;

static void
wait_go(void *arg)
{
	lk_event_wait(&go);
}

static void
slots_run_out(void **state)
{
	static struct lk_strand *st[LK_MAXSTRAND];
	uint64_t loss[LKL_NLOSS];
	int n = 0, error;

	strand_self();
	while ((error = lk_strand_start(&st[n], "fill", wait_go, NULL, NULL))
	    == 0)
		n++;
	assert_int_equal(error, ENOSPC);
	assert_int_equal(n, LK_MAXSTRAND - 1);
	lk_record_losses(lk_record_current(), loss);
	assert_int_equal(loss[LKL_strands], 1);
	lk_event_post(&go);
	while (n-- > 0)
		lk_strand_join(st[n]);
	st[0] = t_start("again", wait_go, NULL);
	lk_strand_join(st[0]);
}

static void
ends_holding(void *arg)
{
	rw_enter(&rw, RW_READ);
}

static void
exit_held(void **state)
{
	struct lk_strand *st = t_start("careless", ends_holding, NULL);
	struct lk_incident_info i;

	lk_strand_join(st);
	assert_int_equal(t_incidents("strand.exit-held", &i), 1);
	assert_string_equal(i.strand_name, "careless");
	assert_int_equal(i.nheld, 1);
}

static unsigned
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
asks(void *arg)
{
	unsigned *open = arg;
	uint64_t before, after;

	if (!lk_sv->delayed(&before) || !lk_sv->delayed(&after))
		return;
	assert_true(after >= before);
	*open = open_files();
}

/*
 * What a strand keeps open to ask for its delay goes with it.  Who starts them
 * may have to wait for one of them and ask, too: it has its own from the start.
 */
static void
delay_closes(void **state)
{
	unsigned before, then = 0, i;
	uint64_t ns;

	lk_sv->delayed(&ns);
	before = open_files();
	for (i = 0; i < 20; i++)
		lk_strand_join(t_start("asks", asks, &then));
	assert_true(then <= before + 1);
	assert_int_equal(open_files(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(come_and_go), cmocka_unit_test(env),
		cmocka_unit_test(adoption), cmocka_unit_test(slots_run_out),
		cmocka_unit_test(exit_held), cmocka_unit_test(delay_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* incident.c: each kind of misuse is told once, whole, and survived. */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "locks/record_int.h"
#include "tests/locks/t.h"

static struct rwlock rw, side;
static struct mutex mtx;
static struct lk_event held, go;

static int
setup(void **state)
{
	t_fresh_record();
	memset(&rw, 0, sizeof(rw));
	memset(&mtx, 0, sizeof(mtx));
	rw_init(&rw, "rw");
	mtx_init(&mtx, "mtx");
	lk_event_reset(&held);
	lk_event_reset(&go);
	return 0;
}

static void
usable(void)
{
	assert_int_equal(rw_enter(&rw, RW_WRITE | RW_NOSLEEP), 0);
	rw_exit(&rw);
	assert_true(mtx_enter_try(&mtx));
	mtx_leave(&mtx);
}

static void
evidence(void **state)
{
	struct lk_incident_info i;
	struct lk_site_info site;
	int k;

	rw_enter(&side, RW_READ);
	lk_op_begin(42);
	for (k = 0; k < 3; k++)
		lk_incident("test.kind", "the number is %d", 17 + k);
	lk_op_end();
	rw_exit(&side);
	assert_int_equal(t_incidents("test.kind", &i), 3);
	assert_string_equal(i.text, "the number is 17");
	assert_int_equal(i.op, 42);
	assert_int_equal(i.strand, lk_strand_id(strand_self()));
	assert_int_equal(i.nheld, 1);
	assert_int_equal(i.held[0].mode, LKM_READ);
	assert_true(i.nframes >= 2);
	assert_true(lk_record_site(lk_record_current(), i.site, &site));
	assert_string_equal(site.func, "evidence");
	/* another place is another incident */
	lk_incident("test.kind", "elsewhere");
	assert_int_equal(t_incidents("test.kind", &i), 4);
	assert_string_equal(i.text, "elsewhere");
	assert_int_equal(lk_incidents(), 4);
}

static void
long_text(void **state)
{
	struct lk_incident_info i;
	char text[2000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	lk_incident("test.long", "%s", text);
	t_incidents("test.long", &i);
	assert_int_equal(strlen(i.text), LK_INCIDENT_TEXT - 1);
}

/* The table is full: what does not fit is counted as lost. */
static void
table_full(void **state)
{
	uint64_t loss[LKL_NLOSS];
	char kind[32];
	int k;

	for (k = 0; k < LK_MAXINCIDENT + 5; k++) {
		snprintf(kind, sizeof(kind), "test.k%d", k);
		lk_incident(kind, "one of many");
	}
	assert_int_equal(lk_incidents(), LK_MAXINCIDENT + 5);
	lk_record_losses(lk_record_current(), loss);
	assert_int_equal(loss[LKL_incidents], 5);
	assert_int_equal(t_incidents("test.k0", NULL), 1);
}

static void
not_held(void **state)
{
	rw_exit(&rw);
	mtx_leave(&mtx);
	assert_int_equal(t_incidents("lock.exit-not-held", NULL), 2);
	usable();
}

static void
hold_all(void *arg)
{
	rw_enter(&rw, RW_WRITE);
	mtx_enter(&mtx);
	lk_event_post(&held);
	lk_event_wait(&go);
	assert_true(rw_write_held(&rw));
	assert_true(mtx_owned(&mtx));
	mtx_leave(&mtx);
	rw_exit(&rw);
}

static void
held_by_another(void **state)
{
	struct lk_strand *st = t_start("holder", hold_all, NULL);

	struct lk_incident_info i;

	lk_event_wait(&held);
	mtx_leave(&mtx);
	assert_int_equal(t_incidents("lock.exit-other", &i), 1);
	assert_non_null(strstr(i.text, "\"holder\" (write, taken at "));
	assert_non_null(strstr(i.text, " hold_all)"));
	rw_exit(&rw);
	assert_int_equal(t_incidents("lock.exit-other", &i), 2);
	assert_non_null(strstr(i.text, "\"holder\" (write, taken at "));
	assert_non_null(strstr(i.text, "incident.c:"));
	assert_non_null(strstr(i.text, " hold_all)"));
	assert_int_equal(rw_status(&rw), RW_WRITE_OTHER);
	lk_event_post(&go);
	lk_strand_join(st);
	assert_int_equal(lk_incidents(), 2);
	usable();
}

static void
wrong_mode(void **state)
{
	struct lk_incident_info i;

	rw_enter_read(&rw);
	rw_exit_write(&rw);
	assert_int_equal(t_incidents("lock.exit-mode", &i), 1);
	assert_non_null(strstr(i.text, "held for read, taken at "));
	assert_non_null(strstr(i.text, " wrong_mode"));
	assert_int_equal(rw_status(&rw), 0);
	rw_enter(&rw, RW_READ | RW_RECURSE);
	rw_exit_read(&rw);
	assert_int_equal(lk_incidents(), 1);
	rw_enter(&rw, RW_READ | RW_RECURSE);
	rw_exit_write(&rw);
	rw_enter_write(&rw);
	rw_exit_read(&rw);
	assert_int_equal(t_incidents("lock.exit-mode", NULL), 3);
	usable();
}

static void
init_held(void **state)
{
	struct lk_incident_info i;

	rw_enter(&rw, RW_WRITE);
	rw_init(&rw, "rw");
	assert_int_equal(t_incidents("lock.init-held", &i), 1);
	assert_non_null(strstr(i.text, "(write, taken at "));
	assert_non_null(strstr(i.text, " init_held)"));
	rw_exit(&rw);
	mtx_enter(&mtx);
	mtx_init(&mtx, "mtx");
	assert_int_equal(t_incidents("lock.init-held", NULL), 2);
	mtx_leave(&mtx);
}

/* Memory that held a lock once and was painted over is no held lock. */
static void
init_of_garbage(void **state)
{
	struct rwlock g;

	memset(&g, 0x11, sizeof(g));
	rw_init(&g, "garbage");
	rw_enter(&g, RW_WRITE);
	rw_exit(&g);
	rw_destroy(&g);
	assert_int_equal(lk_incidents(), 0);
}

static void
destroy_held(void **state)
{
	rw_enter(&rw, RW_READ);
	rw_destroy(&rw);
	mtx_enter(&mtx);
	mtx_destroy(&mtx);
	assert_int_equal(t_incidents("lock.destroy-held", NULL), 2);
	rw_init(&rw, "rw");
	mtx_init(&mtx, "mtx");
	assert_int_equal(lk_incidents(), 2);
	usable();
}

/* They stay locked: nobody else may use them. */
static struct rwlock left = RWLOCK_INITIALIZER("left");
static struct mutex left_mtx = MUTEX_INITIALIZER("left mutex");

static void
end_holding(void *arg)
{
	rw_enter(&left, RW_READ);
	mtx_enter(&left_mtx);
}

static void
exit_held(void **state)
{
	struct lk_incident_info i;

	lk_strand_join(t_start("leaver", end_holding, NULL));
	assert_int_equal(t_incidents("strand.exit-held", &i), 1);
	assert_non_null(strstr(i.text, "\"leaver\" ends and holds lock left "
	    "(read, taken at "));
	assert_non_null(strstr(i.text, "mutex left mutex (write, taken at "));
	assert_non_null(strstr(i.text, " end_holding)"));
	assert_int_equal(i.nheld, 2);
	assert_int_not_equal(i.held[0].stack, 0);
}

static void
use_after_destroy(void **state)
{
	rw_destroy(&rw);
	mtx_destroy(&mtx);
	rw_enter(&rw, RW_WRITE);
	rw_exit(&rw);
	mtx_enter(&mtx);
	mtx_leave(&mtx);
	assert_int_equal(t_incidents("lock.use-after-destroy", NULL), 2);
	rw_destroy(&rw);
	rw_destroy(&rw);
	assert_int_equal(t_incidents("lock.use-after-destroy", NULL), 3);
	rw_init(&rw, "rw");
	usable();
}

static void
asserts(void **state)
{
	rw_enter(&rw, RW_READ);
	rw_assert_anylock(&rw);
	rw_assert_rdlock(&rw);
	rw_assert_wrlock(&rw);
	rw_assert_unlocked(&rw);
	rw_exit(&rw);
	rw_assert_anylock(&rw);
	rw_assert_unlocked(&rw);
	assert_int_equal(t_incidents("lock.assert", NULL), 3);
}

static void
wrong_turns(void **state)
{
	rw_enter(&rw, RW_READ);
	rw_enter(&rw, RW_DOWNGRADE);
	assert_int_equal(t_incidents("lock.downgrade-not-held", NULL), 1);
	rw_exit(&rw);
	assert_int_equal(rw_enter(&rw, RW_UPGRADE | RW_NOSLEEP), EBUSY);
	assert_int_equal(rw_enter(&rw, RW_UPGRADE), EBUSY);
	assert_int_equal(t_incidents("lock.upgrade-not-held", NULL), 2);
	rw_enter(&rw, RW_READ);
	assert_int_equal(rw_enter(&rw, RW_UPGRADE), 0);
	assert_int_equal(t_incidents("lock.flags", NULL), 0);
	rw_exit(&rw);
	assert_int_equal(rw_enter(&rw, 0), EINVAL);
	assert_int_equal(t_incidents("lock.flags", NULL), 1);
	usable();
}

/*
 * What hangs for good hangs in a child; its record tells why.
 */
static struct lk_incident_info
child_dies(void (*fn)(void), const char *kind)
{
	struct t_incident_seek k = { .kind = kind };
	struct lk_record *r;
	int status;
	pid_t pid;

	assert_int_equal(lk_record_create(NULL, &r), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn();
		_exit(0);
	}
	while (k.count == 0 && waitpid(pid, &status, WNOHANG) == 0) {
		lk_record_incidents(r, t_incident_one, &k);
		sched_yield();
	}
	lk_record_incidents(r, t_incident_one, &k);
	assert_true(k.count > 0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	lk_record_close(r);
	return k.info;
}

static void
self_write_write(void)
{
	rw_enter(&rw, RW_WRITE);
	rw_enter(&rw, RW_WRITE);
}

static void
self_write_read(void)
{
	rw_enter(&rw, RW_WRITE);
	rw_enter(&rw, RW_READ);
}

static void
self_read_write(void)
{
	rw_enter(&rw, RW_READ);
	rw_enter(&rw, RW_WRITE);
}

static void
self_rread_write(void)
{
	rw_enter(&rw, RW_READ | RW_RECURSE);
	rw_enter(&rw, RW_WRITE);
}

static void
self_upgrade(void)
{
	rw_enter(&rw, RW_READ);
	rw_enter(&rw, RW_READ | RW_RECURSE);
	rw_enter(&rw, RW_UPGRADE);
}

static void
self_mutex(void)
{
	mtx_enter(&mtx);
	mtx_enter(&mtx);
}

static void
one_write(void *arg)
{
	rw_enter(&rw, RW_WRITE);
}

static void
self_read_behind_writer(void)
{
	struct lk_strand *st;

	rw_enter(&rw, RW_READ);
	if (lk_strand_start(&st, "writer", one_write, NULL, NULL) != 0)
		_exit(1);
	t_until_waits(st, &rw);
	while (rw_enter(&rw, RW_READ | RW_NOSLEEP) == 0)
		rw_exit(&rw);
	rw_enter(&rw, RW_READ);
}

static void
self_deadlocks(void **state)
{
	struct lk_incident_info i;

	i = child_dies(self_write_write, "lock.self-deadlock");
	assert_non_null(strstr(i.text, "wanted for write by its own write "
	    "holder, who took it at "));
	assert_non_null(strstr(i.text, " self_write_write"));
	child_dies(self_write_read, "lock.self-deadlock");
	child_dies(self_read_write, "lock.self-deadlock");
	child_dies(self_read_behind_writer, "lock.self-deadlock");
	child_dies(self_rread_write, "lock.self-deadlock");
	child_dies(self_upgrade, "lock.self-deadlock");
	child_dies(self_mutex, "lock.self-deadlock");
}

static void
pause_forever(void)
{
	for (;;)
		pause();
}

static void
wait_read(void *arg)
{
	rw_enter(arg, RW_READ);
}

static void
wait_mutex(void *arg)
{
	mtx_enter(arg);
}

static void
start_or_die(const char *name, void (*fn)(void *), void *lock)
{
	struct lk_strand *st;

	if (lk_strand_start(&st, name, fn, lock, NULL) != 0)
		_exit(1);
	t_until_waits(st, lock);
}

static void
destroy_rw(void)
{
	rw_enter(&rw, RW_WRITE);
	start_or_die("one", wait_read, &rw);
	start_or_die("two", one_write, &rw);
	while ((lk_get(&rw.rwl_word) & 1) == 0)
		lk_yield();
	rw_destroy(&rw);
	pause_forever();
}

static void
destroy_mutex(void)
{
	mtx_enter(&mtx);
	start_or_die("one", wait_mutex, &mtx);
	while (lk_get(&mtx.mtx_word) != 2)
		lk_yield();
	mtx_destroy(&mtx);
	pause_forever();
}

/* Those who wait are named. */
static void
destroy_waited(void **state)
{
	struct lk_incident_info i;

	i = child_dies(destroy_rw, "lock.destroy-waited");
	assert_non_null(strstr(i.text, "\"one\" (for read at "));
	assert_non_null(strstr(i.text, " wait_read)"));
	assert_non_null(strstr(i.text, "\"two\" (for write at "));
	assert_non_null(strstr(i.text, " one_write)"));
	i = child_dies(destroy_mutex, "lock.destroy-waited");
	assert_non_null(strstr(i.text, "\"one\" (for write at "));
	assert_non_null(strstr(i.text, " wait_mutex)"));
}

static void
panic_now(void)
{
	lk_panic_end = pause_forever;
	lk_panic("it is %s", "over");
}

static void
panics(void **state)
{
	child_dies(panic_now, "panic");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(evidence, setup),
		cmocka_unit_test_setup(long_text, setup),
		cmocka_unit_test_setup(table_full, setup),
		cmocka_unit_test_setup(not_held, setup),
		cmocka_unit_test_setup(held_by_another, setup),
		cmocka_unit_test_setup(wrong_mode, setup),
		cmocka_unit_test_setup(init_held, setup),
		cmocka_unit_test_setup(init_of_garbage, setup),
		cmocka_unit_test_setup(destroy_held, setup),
		cmocka_unit_test_setup(exit_held, setup),
		cmocka_unit_test_setup(use_after_destroy, setup),
		cmocka_unit_test_setup(asserts, setup),
		cmocka_unit_test_setup(wrong_turns, setup),
		cmocka_unit_test_setup(self_deadlocks, setup),
		cmocka_unit_test_setup(destroy_waited, setup),
		cmocka_unit_test_setup(panics, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

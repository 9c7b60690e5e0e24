/* record.c: a record is read by another process, alive or after its end. */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/locks/t.h"

static struct rwlock rw;
static struct mutex mtx;

struct progress {
	_Atomic int	phase;
};

/* The child: holds rw, and one strand of it waits for rw with mtx held. */
static void
blocked(void *arg)
{
	mtx_enter(&mtx);
	lk_op_begin(5);
	rw_enter(&rw, RW_WRITE);
}

static void
child(int signo)
{
	struct progress *p = lk_record_region("test.progress", sizeof(*p));
	struct lk_strand *st;

	if (p == NULL || lk_strand_adopt("holder", NULL) != 0)
		_exit(1);
	rw_init(&rw, "the lock");
	mtx_init(&mtx, "the mutex");
	lk_seed(77);
	rw_enter(&rw, RW_READ);
	if (lk_strand_start(&st, "blocked", blocked, NULL, NULL) != 0)
		_exit(1);
	t_until_waits(st, &rw);
	lk_incident("test.seen", "from the child");
	if (signo != 0)
		lk_record_mark_crash(signo, &rw, NULL);
	atomic_store(&p->phase, 1);
	for (;;)
		pause();
}

struct seen {
	struct lk_strand_info holder, blocked;
	unsigned n;
};

static void
see(const struct lk_strand_info *i, void *arg)
{
	struct seen *s = arg;

	s->n++;
	if (strcmp(i->name, "holder") == 0)
		s->holder = *i;
	if (strcmp(i->name, "blocked") == 0)
		s->blocked = *i;
}

static void
see_map(const struct lk_map_info *m, void *arg)
{
	*(bool *)arg |= m->end > m->start && strstr(m->path, "record") != NULL;
}

static void
inspect(const struct lk_record *r, pid_t pid)
{
	struct t_incident_seek k = { .kind = "test.seen" };
	struct lk_record_info info;
	struct lk_class_info class;
	struct lk_totals t;
	struct seen s = { .n = 0 };
	bool mapped = false;
	uint64_t ident = (uint64_t)(uintptr_t)&rw;

	lk_record_info(r, &info);
	assert_int_equal(info.pid, pid);
	assert_int_equal(info.seed, 77);
	assert_string_equal(info.backend, "openbsd");
	assert_string_equal(info.title, "a test");
	lk_record_strands(r, see, &s);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.holder.nheld, 1);
	assert_int_equal(s.holder.held[0].ident, ident);
	assert_int_equal(s.holder.held[0].mode, LKM_READ);
	assert_int_equal(s.holder.tid, pid);
	assert_int_equal(s.blocked.op, 5);
	assert_int_equal(s.blocked.op_ordinal, 1);
	assert_int_equal(s.blocked.nheld, 1);
	assert_int_equal(s.blocked.held[0].kind, LKN_MUTEX);
	assert_int_equal(s.blocked.wait.ident, ident);
	assert_int_equal(s.blocked.wait.mode, LKM_WRITE);
	assert_true(lk_record_class(r, s.blocked.wait.class, &class));
	assert_string_equal(class.name, "the lock");
	lk_record_sum(r, class.id, 0, LKM_READ, &t);
	assert_int_equal(t.c[LKC_acquired], 1);
	lk_record_incidents(r, t_incident_one, &k);
	assert_int_equal(k.count, 1);
	assert_string_equal(k.info.text, "from the child");
	assert_string_equal(k.info.strand_name, "holder");
	lk_record_maps(r, see_map, &mapped);
	assert_true(mapped);
}

static pid_t
start_child(struct lk_record **r, int signo, const struct progress **p)
{
	struct lk_record_conf conf = {
		.level = LK_LEVEL_FULL, .title = "a test"
	};
	size_t size;
	pid_t pid;

	assert_int_equal(lk_record_create(&conf, r), 0);
	assert_non_null(lk_record_region("test.progress",
	    sizeof(struct progress)));
	*p = lk_record_region_find(*r, "test.progress", &size);
	assert_non_null(*p);
	assert_int_equal(size, sizeof(struct progress));
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		child(signo);
	}
	while (atomic_load(&((struct progress *)(uintptr_t)*p)->phase) == 0)
		sched_yield();
	return pid;
}

static void
live_then_killed(void **state)
{
	const struct progress *p;
	struct lk_crash_info crash;
	struct lk_record *r;
	pid_t pid;
	int status;

	pid = start_child(&r, 0, &p);
	inspect(r, pid);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	inspect(r, pid);
	assert_false(lk_record_crash(r, &crash));
	lk_record_close(r);
}

static void
crash_mark(void **state)
{
	const struct progress *p;
	struct lk_crash_info crash;
	struct lk_record *r;
	pid_t pid;
	int status;

	pid = start_child(&r, SIGSEGV, &p);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_true(lk_record_crash(r, &crash));
	assert_int_equal(crash.signo, SIGSEGV);
	assert_int_equal(crash.addr, (uint64_t)(uintptr_t)&rw);
	assert_string_equal(crash.strand_name, "holder");
	assert_true(crash.nframes >= 1);
	lk_record_close(r);
}

/* A process that only got the descriptor. */
static void
attach_elsewhere(void **state)
{
	const struct progress *p;
	struct lk_record *r, *other;
	pid_t pid;
	int status;

	pid = start_child(&r, 0, &p);
	assert_int_equal(lk_record_attach(lk_record_fd(r), &other), 0);
	inspect(other, pid);
	lk_record_close(other);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_int_equal(lk_record_attach(lk_record_fd(r), &other), 0);
	inspect(other, pid);
	lk_record_close(other);
	lk_record_close(r);
}

static void
attach_rubbish(void **state)
{
	struct lk_record *r, *out = NULL;
	char head[4096];
	int fd;

	assert_int_equal(lk_record_attach(-1, &out), EBADF);
	fd = memfd_create("rubbish", MFD_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(lk_record_attach(fd, &out), EPROTO);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(lk_record_attach(fd, &out), EPROTO);
	/* a good head on a short body */
	assert_int_equal(lk_record_create(NULL, &r), 0);
	assert_int_equal(pread(lk_record_fd(r), head, sizeof(head), 0),
	    sizeof(head));
	assert_int_equal(pwrite(fd, head, sizeof(head), 0), sizeof(head));
	assert_int_equal(lk_record_attach(fd, &out), EPROTO);
	assert_null(out);
	close(fd);
	lk_record_close(r);
}

static void
regions(void **state)
{
	uint64_t loss[LKL_NLOSS];
	uint64_t *a, *b;
	char name[16];
	int i;

	t_fresh_record();
	a = lk_record_region("a", 100 * sizeof(*a));
	b = lk_record_region("b", sizeof(*b));
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_equal(lk_record_region("a", 100 * sizeof(*a)), a);
	assert_ptr_equal(lk_record_region("a", 8), a);
	assert_null(lk_record_region("a", 101 * sizeof(*a)));
	assert_int_equal((uintptr_t)b % 128, 0);
	assert_true(b >= a + 100);
	assert_int_equal(*b, 0);
	assert_null(lk_record_region_find(lk_record_current(), "c", NULL));
	assert_null(lk_record_region("big", (size_t)1 << 40));
	for (i = 2; i < LK_MAXREGION; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		assert_non_null(lk_record_region(name, 8));
	}
	assert_null(lk_record_region("more", 8));
	lk_record_losses(lk_record_current(), loss);
	assert_int_equal(loss[LKL_regions], 2);
}

/* Locks and sites that were used before the record was made still fit it. */
static void
ids_stay(void **state)
{
	static struct rwlock early = RWLOCK_INITIALIZER("early");
	struct lk_totals t;
	int i;

	for (i = 0; i < 3; i++) {
		if (i > 0)
			t_fresh_record();
		rw_enter(&early, RW_WRITE);
		rw_exit(&early);
		t_totals("early", LKN_LOCK, LKM_WRITE, &t);
		assert_int_equal(t.c[LKC_acquired], 1);
	}
}

static void
wait_posted(void *arg)
{
	lk_event_wait(arg);
}

static void
busy(void **state)
{
	struct lk_event ev = { 0 };
	struct lk_strand *st;
	struct lk_record *r;

	rw_enter(&rw, RW_READ);
	assert_int_equal(lk_record_create(NULL, &r), EBUSY);
	rw_exit(&rw);
	st = t_start("busy", wait_posted, &ev);
	assert_int_equal(lk_record_create(NULL, &r), EBUSY);
	lk_event_post(&ev);
	lk_strand_join(st);
	assert_int_equal(lk_record_create(NULL, &r), 0);
	lk_record_close(r);
}

/* The cost of a note is measured, told, and leaves no trace of itself. */
static void
note_cost(void **state)
{
	static const char *const name[] = { "openbsd", "pthread", "busted" };
	struct lk_record_info before, after;
	struct lk_totals *rows;
	size_t i, n[2];
	uint64_t ps;

	t_fresh_record();
	rw_enter(&rw, RW_READ);
	for (i = 0; i < LEN(name); i++) {
		lk_backend_use(lk_backend_find(name[i]));
		lk_record_info(lk_record_current(), &before);
		assert_int_equal(lk_record_totals(lk_record_current(), &rows,
		    &n[0]), 0);
		free(rows);
		ps = lk_note_cost();
		lk_record_info(lk_record_current(), &after);
		assert_int_equal(lk_record_totals(lk_record_current(), &rows,
		    &n[1]), 0);
		free(rows);
		assert_int_equal(after.note_ps, ps);
		assert_int_equal(after.nclasses, before.nclasses);
		assert_int_equal(after.nsites, before.nsites);
		assert_int_equal(after.ndeps, before.ndeps);
		assert_int_equal(after.nstrands, before.nstrands);
		assert_int_equal(n[1], n[0]);
		assert_true(rw_read_held(&rw));
	}
	lk_backend_use(lk_backend_find("openbsd"));
	rw_exit(&rw);
	assert_int_equal(lk_incidents(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_then_killed),
		cmocka_unit_test(crash_mark),
		cmocka_unit_test(attach_elsewhere),
		cmocka_unit_test(attach_rubbish), cmocka_unit_test(regions),
		cmocka_unit_test(ids_stay), cmocka_unit_test(busy),
		cmocka_unit_test(note_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

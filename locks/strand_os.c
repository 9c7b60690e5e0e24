/* strand_os.c: the services row of real threads, and the calls through it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "locks/note_int.h"
#include "locks/raw_int.h"

#if defined(__x86_64__) || defined(__i386__)
#define OS_CPU_RELAX()	__builtin_ia32_pause()
#elif defined(__aarch64__)
#define OS_CPU_RELAX()	__asm__ __volatile__("yield")
#else
#define OS_CPU_RELAX()	((void)0)
#endif

static uint64_t
os_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
os_delay(uint64_t ns)
{
	struct timespec ts;
	uint64_t until = os_now() + ns;

	ts.tv_sec = (time_t)(until / 1000000000);
	ts.tv_nsec = (long)(until % 1000000000);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	    EINTR)
		;
}

/*
 * The thread's own, open while it is a strand; not in a child of the process,
 * where it would be the parent's.  There may be more strands than descriptors:
 * the first few keep theirs.
 */
#define MAXOPEN	256
static __thread int schedstat = -1;
static __thread pid_t schedstat_of;

static void
schedstat_close(void)
{
	if (schedstat != -1)
		close(schedstat);
	schedstat = -1;
}

static ssize_t
schedstat_read(char *buf, size_t size)
{
	ssize_t n;

	if (schedstat_of != getpid())
		schedstat_close();
	if (schedstat == -1) {
		schedstat = open("/proc/thread-self/schedstat",
		    O_RDONLY | O_CLOEXEC);
		schedstat_of = getpid();
	}
	if (schedstat == -1)
		return -1;
	n = pread(schedstat, buf, size, 0);
	if (schedstat >= MAXOPEN)
		schedstat_close();
	return n;
}

/*
 * Time on a processor (which is written down now and then), time waiting for
 * one, times that it got one.  Who asks has got one: "0" is a kernel that does
 * not count.
 */
static bool
os_delayed(uint64_t *ns)
{
	uint64_t waited, slices;
	int was = errno;
	char buf[80], *p = buf;
	ssize_t n = schedstat_read(buf, sizeof(buf) - 1);

	errno = was;
	if (n <= 0)
		return false;
	buf[n] = '\0';
	(void)strtoull(p, &p, 10);
	waited = strtoull(p, &p, 10);
	slices = strtoull(p, &p, 10);
	if (*p != '\n' || slices == 0)
		return false;
	*ns = waited;
	return true;
}

static void
os_yield(void)
{
	sched_yield();
}

static void
os_relax(void)
{
	OS_CPU_RELAX();
}

static void
os_park(_Atomic uint32_t *word, uint32_t val, uint64_t until)
{
	lk_futex_wait(word, val, until);
}

static void
os_unpark(_Atomic uint32_t *word, int n)
{
	lk_futex_wake(word, n);
}

static ssize_t
os_pread(int fd, void *buf, size_t n, int64_t off)
{
	ssize_t got;

	do
		got = pread(fd, buf, n, off);
	while (got == -1 && errno == EINTR);
	return got == -1 ? -errno : got;
}

static ssize_t
os_pwrite(int fd, const void *buf, size_t n, int64_t off)
{
	ssize_t got;

	do
		got = pwrite(fd, buf, n, off);
	while (got == -1 && errno == EINTR);
	return got == -1 ? -errno : got;
}

static void
os_enter(struct lk_strand *st)
{
	if (!st->adopted)
		pthread_setname_np(pthread_self(), st->name);
	lk_stack_learn();
	lk_put(&st->slot->tid, (uint32_t)syscall(SYS_gettid));
	lk_rcu_thread_begin();
	lk_me = st->slot;
}

static void
os_leave(struct lk_strand *st)
{
	lk_me = NULL;
	schedstat_close();
	lk_rcu_thread_end();
}

static void *
os_thread(void *arg)
{
	lk_strand_main(arg);
	return NULL;
}

static int
os_spawn(struct lk_strand *st)
{
	return pthread_create(&st->thread, NULL, os_thread, st) == 0 ? 0 :
	    EAGAIN;
}

static void
os_reap(struct lk_strand *st)
{
	pthread_join(st->thread, NULL);
}

static uint64_t
os_random_seed(void)
{
	uint64_t v;

	if (getrandom(&v, sizeof(v), GRND_NONBLOCK) != sizeof(v))
		v = os_now();
	return v;
}

static void *
os_get(size_t size)
{
	return aligned_alloc(128, (size + 127) & ~(size_t)127);
}

const struct lk_services lk_services_os = {
	.name = "os",
	.now = os_now,
	.delay = os_delay,
	.delayed = os_delayed,
	.yield = os_yield,
	.relax = os_relax,
	.spin = 1000,
	.act = lk_perturb_act,
	.park = os_park,
	.unpark = os_unpark,
	.pread = os_pread,
	.pwrite = os_pwrite,
	.rcu_lock = lk_rcu_os_lock,
	.rcu_unlock = lk_rcu_os_unlock,
	.rcu_sync = lk_rcu_os_sync,
	.rcu_call = lk_rcu_os_call,
	.enter = os_enter,
	.leave = os_leave,
	.spawn = os_spawn,
	.reap = os_reap,
	.random_seed = os_random_seed,
	.get = os_get,
	.put = free,
};
const struct lk_services *lk_sv = &lk_services_os;

uint64_t
lk_now(void)
{
	return lk_sv->now();
}

void
lk_delay(uint64_t ns)
{
	if (lk_me != NULL)
		lk_want_settle(lk_me);
	lk_sv->delay(ns);
}

void
lk_yield(void)
{
	if (lk_me != NULL)
		lk_want_settle(lk_me);
	lk_sv->yield();
}

ssize_t
lk_pread(int fd, void *buf, size_t n, int64_t off)
{
	return lk_sv->pread(fd, buf, n, off);
}

ssize_t
lk_pwrite(int fd, const void *buf, size_t n, int64_t off)
{
	return lk_sv->pwrite(fd, buf, n, off);
}

void
lk_io(const volatile void *p)
{
	if (__builtin_expect(lk_get(&lk_hot) & LKH_ACT, 0))
		lk_act(lk_self(), LKA_IO, LKN_IO, (uint64_t)(uintptr_t)p, NULL);
}

void
lk_rcu_read_lock(void)
{
	lk_self();
	lk_sv->rcu_lock();
}

void
lk_rcu_read_unlock(void)
{
	lk_sv->rcu_unlock();
}

void
lk_rcu_synchronize(void)
{
	lk_sv->rcu_sync();
}

void
lk_rcu_call(struct lk_rcu_head *h, void (*fn)(struct lk_rcu_head *))
{
	lk_self();
	lk_sv->rcu_call(h, fn);
}

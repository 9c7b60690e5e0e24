/*
 * fiber.c: the services row of fibers, and who runs next.
 *
 *	            choose                    nobody enabled, none due
 *	enabled[] ----------> current ... LKF_DEADLOCK
 *	  ^  ^                   |
 *	  |  | time-out due      | park, delay
 *	  |  +---------------- parked[] (in order of arrival)
 *	  +----- unpark ---------+
 *
 * One OS thread runs all this, so nothing here is atomic.  Control passes
 * straight from fiber to fiber; the caller of lk_fibers_run() is come back to
 * at the end only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "locks/annotate_fiber_int.h"
#include "locks/hb_int.h"
#include "locks/note_int.h"
#include "locks/switch_int.h"

#define STACK_DEFAULT	65536
#define GUARD		4096	/* below each stack */
#define STEP_NS		100	/* what a point takes */

enum fiber_state { F_FREE, F_ENABLED, F_PARKED, F_DONE };

struct fiber {
	struct lk_fiber_view view;	/* first: choosers give it back */
	enum fiber_state state;
	unsigned	at;		/* index in enabled[] or parked[] */
	struct lk_strand *st;
	struct lk_slot	*slot;
	void		*context;
	char		*stack;		/* above its guard */
	/* parked */
	_Atomic uint32_t *word;		/* NULL: for time alone */
	uint64_t	until;
	unsigned	rcu_nest;
	struct lk_fiber_note note;	/* the sanitizer's */
};

/* A call for after the grace period; it lies in the caller's lk_rcu_head. */
struct rcu_job {
	struct rcu_job	*next;
	void		(*fn)(struct lk_rcu_head *);
};
_Static_assert(sizeof(struct rcu_job) <= sizeof(struct lk_rcu_head),
    "a deferred call fits");

static struct sched {
	bool		on, quiet;
	bool		aside;		/* not the code under test */
	const struct lk_fibers_conf *conf;
	struct fiber	*cur;
	struct lk_fiber_view *enabled[LK_MAXFIBER];	/* by ordinal */
	struct fiber	*parked[LK_MAXFIBER];		/* by arrival */
	struct fiber	*dead[LK_MAXFIBER];		/* to be joined */
	unsigned	nenabled, nparked, ndead;
	uint64_t	now, steps, max_steps, choices, switches, hash;
	uint64_t	unasked;	/* steps while quiet */
	uint64_t	points;		/* of all executions */
	_Atomic uint64_t *passed, unseen;
	uint64_t	explored_ns;	/* when it became quiet again; or 0 */
	uint32_t	explored_born;
	uint32_t	nborn;
	enum lk_fibers_end end;
	const char	*incident;
	/* the thread that all this runs on */
	void		*context;
	struct lk_slot	*slot;
	uintptr_t	stack_top;
	struct lk_fiber_note note;
	/* grace periods */
	unsigned	readers;
	_Atomic uint32_t rcu_word;	/* moves when the last reader leaves */
	struct rcu_job	*jobs, **jobs_end;
	/* kept from run to run */
	struct fiber	*pool[LK_MAXFIBER];
	void		*strand[LK_MAXFIBER];	/* memory of strands */
	unsigned	npool, nstrand;
	size_t		stack_size;
} fs;

static inline struct fiber *
of_view(struct lk_fiber_view *v)
{
	return (struct fiber *)v;
}

static inline struct fiber *
of_strand(const struct lk_strand *st)
{
	return st->fiber;
}

/* ------------------------------------------------------------------------
 * Switching
 */

static inline void
go(struct fiber *to)
{
	struct fiber *from = fs.cur;

	if (to == from)
		return;
	fs.switches++;
	fs.cur = to;
	lk_me = to->slot;
	lk_stack_bounds((uintptr_t)to->stack + fs.stack_size);
	lk_fiber_leave(&from->note, &to->note, from->st->entering,
	    from->state == F_DONE);
	lk_switch(&from->context, to->context);
	lk_fiber_arrive(&fs.cur->note);
}

static inline void
aside(bool on)
{
	if (on == fs.aside)
		return;
	fs.aside = on;
	if (on)
		lk_fiber_aside_begin();
	else
		lk_fiber_aside_end();
}

void
lk_fibers_aside(bool on)
{
	if (lk_fibers_on())
		aside(on);
}

void
lk_fibers_met(void)
{
	if (lk_fibers_on() && lk_hb != NULL)
		lk_hb->met();
}

/* Back to who called lk_fibers_run(); nobody comes here again. */
static _Noreturn void
finish(enum lk_fibers_end end)
{
	struct fiber *from = fs.cur;

	lk_fibers_aside(false);	/* a chooser that stops it never returns */
	fs.end = end;
	fs.cur = NULL;
	lk_me = fs.slot;
	lk_fiber_leave(&from->note, &fs.note, from->st->entering, true);
	lk_switch(&from->context, fs.context);
	__builtin_unreachable();
}

static void
enable(struct fiber *f)
{
	unsigned i = fs.nenabled++;

	for (; i > 0 && fs.enabled[i - 1]->ordinal > f->view.ordinal; i--) {
		fs.enabled[i] = fs.enabled[i - 1];
		of_view(fs.enabled[i])->at = i;
	}
	fs.enabled[i] = &f->view;
	f->at = i;
	f->state = F_ENABLED;
}

static void
disable(struct fiber *f)
{
	unsigned i;

	fs.nenabled--;
	for (i = f->at; i < fs.nenabled; i++) {
		fs.enabled[i] = fs.enabled[i + 1];
		of_view(fs.enabled[i])->at = i;
	}
}

static void
unpark_one(struct fiber *f)
{
	unsigned i;

	fs.nparked--;
	for (i = f->at; i < fs.nparked; i++) {
		fs.parked[i] = fs.parked[i + 1];
		fs.parked[i]->at = i;
	}
	f->word = NULL;
	f->view.act = LKA_RESUME;
	f->view.object = 0;
	if (f->st->entering != NULL) {	/* it tries again */
		f->view.act = LKA_WRITE;
		f->view.object = (uint64_t)(uintptr_t)f->st->entering;
	}
	enable(f);
}

/* Nobody can run: let time leap.  => false: nothing is due, ever */
static bool
leap(void)
{
	struct fiber *first = NULL;
	unsigned i;

	for (i = 0; i < fs.nparked; i++)
		if (fs.parked[i]->until != INFSLP && (first == NULL ||
		    fs.parked[i]->until < first->until))
			first = fs.parked[i];
	if (first == NULL)
		return false;
	if (fs.now < first->until)
		fs.now = first->until;
	unpark_one(first);
	first->view.late = first->view.steps + 1;
	return true;
}

/* Who runs goes on; if it cannot, or would rather not, the next one. */
static void
go_on(void)
{
	struct fiber *f = fs.cur;
	unsigned i;

	if (++fs.unasked > fs.max_steps)
		finish(LKF_STEPS);
	fs.now += STEP_NS;
	if (f->state == F_ENABLED && f->view.act != LKA_YIELD)
		return;
	for (i = 0; i < fs.nenabled; i++)
		if (fs.enabled[i]->ordinal > f->view.ordinal)
			break;
	go(of_view(fs.enabled[i < fs.nenabled ? i : 0]));
}

static inline void
choose(void)
{
	struct lk_fiber_view *v;

	while (__builtin_expect(fs.nenabled == 0, 0))
		if (!leap())
			finish(LKF_DEADLOCK);
	atomic_store_explicit(fs.passed, ++fs.points, memory_order_relaxed);
	if (fs.quiet) {
		go_on();
		return;
	}
	if (++fs.steps > fs.max_steps)
		finish(LKF_STEPS);
	fs.now += STEP_NS;
	v = fs.enabled[0];
	if (fs.nenabled > 1 || fs.conf->always) {
		fs.choices++;
		aside(true);
		v = fs.conf->choose(fs.conf->arg, fs.enabled, fs.nenabled,
		    &fs.cur->view);
		aside(false);
	}
	fs.hash = (fs.hash ^ ((uint64_t)v->ordinal << 8 | (uint64_t)v->act)) *
	    0x9e3779b97f4a7c15ULL;
	fs.hash ^= fs.hash >> 29;
	v->steps++;
	go(of_view(v));
}

static void
fiber_act(struct lk_slot *s, enum lk_act act, enum lk_node_kind kind,
    uint64_t object, const struct lk_site *site)
{
	struct fiber *f = fs.cur;

	if (s->strand->fiber != f || f == NULL)
		return;		/* the thread itself, before or after */
	f->view.act = act;
	f->view.kind = kind;
	f->view.object = object;
	f->view.site = site;
	choose();
}

/* ------------------------------------------------------------------------
 * What a step did
 */

/* => what it did in an older step is forgotten */
static struct lk_fiber_view *
did_view(void)
{
	struct lk_fiber_view *v = &fs.cur->view;

	if (v->did_at != v->steps) {
		v->did_at = v->steps;
		v->ndid = 0;
		v->did_all = false;
	}
	return v;
}

static void
did(uint64_t object, enum lk_did how)
{
	struct lk_fiber_view *v = did_view();
	unsigned i;

	for (i = 0; i < v->ndid; i++)
		if (v->did[i].object == object && v->did[i].how == how)
			return;
	if (v->ndid < LK_MAXDID)
		v->did[v->ndid++] = (struct lk_fiber_did){ object, how };
	else
		v->did_all = true;
}

void
lk_fibers_did(const volatile void *object, enum lk_did how)
{
	if (fs.cur != NULL)
		did((uint64_t)(uintptr_t)object, how);
}

void
lk_fibers_did_all(void)
{
	if (fs.cur != NULL)
		did_view()->did_all = true;
}

/* Of the load or store that comes next. */
void
lk_fibers_pc(uintptr_t pc)
{
	if (fs.cur != NULL)
		fs.cur->view.pc = pc;
}

static void
block(_Atomic uint32_t *word, uint64_t until)
{
	struct fiber *f = fs.cur;

	/* who is first to go on again depends on when each began to wait */
	if (until != INFSLP)
		did_view()->did_all = true;
	f->word = word;
	f->until = until;
	disable(f);
	f->state = F_PARKED;
	f->at = fs.nparked;
	fs.parked[fs.nparked++] = f;
	choose();
}

/* ------------------------------------------------------------------------
 * The row
 */

static uint64_t
fiber_now(void)
{
	return fs.now;
}

static void
fiber_park(_Atomic uint32_t *word, uint32_t val, uint64_t until)
{
	if (lk_acq(word) == val)
		block(word, until);
}

static void
fiber_unpark(_Atomic uint32_t *word, int n)
{
	unsigned i = 0;

	while (i < fs.nparked && n > 0) {
		if (fs.parked[i]->word != word) {
			i++;
			continue;
		}
		unpark_one(fs.parked[i]);
		n--;
	}
}

/* A fiber that can run does so at once, in its time. */
static bool
fiber_delayed(uint64_t *ns)
{
	*ns = 0;
	return true;
}

static void
fiber_delay(uint64_t ns)
{
	block(NULL, fs.now + ns);
}

static void
fiber_yield(void)
{
	fiber_act(fs.cur->slot, LKA_YIELD, LKN_NKIND, 0, NULL);
}

static ssize_t
fiber_pread(int fd, void *buf, size_t n, int64_t off)
{
	fiber_act(fs.cur->slot, LKA_IO, LKN_IO, (uint64_t)fd, NULL);
	return lk_services_os.pread(fd, buf, n, off);
}

static ssize_t
fiber_pwrite(int fd, const void *buf, size_t n, int64_t off)
{
	fiber_act(fs.cur->slot, LKA_IO, LKN_IO, (uint64_t)fd, NULL);
	return lk_services_os.pwrite(fd, buf, n, off);
}

static uint64_t
fiber_random_seed(void)
{
	return fs.conf->seed;
}

/* Grace periods: over when nobody reads.  Longer than need be, never shorter. */
static void
jobs_run(void)
{
	struct rcu_job *j;

	while (fs.readers == 0 && (j = fs.jobs) != NULL) {
		fs.jobs = j->next;
		if (fs.jobs == NULL)
			fs.jobs_end = &fs.jobs;
		lk_fiber_acquire(j);
		lk_fiber_acquire(&fs.readers);
		j->fn((struct lk_rcu_head *)j);
	}
}

static void
fiber_rcu_lock(void)
{
	did((uintptr_t)&fs.readers, LKD_READ);
	if (fs.cur->rcu_nest++ == 0)
		fs.readers++;
}

static void
fiber_rcu_unlock(void)
{
	did((uintptr_t)&fs.readers, LKD_READ);
	lk_fiber_release(&fs.readers);
	if (--fs.cur->rcu_nest != 0 || --fs.readers != 0)
		return;
	lk_bump(&fs.rcu_word, 1);
	fiber_unpark(&fs.rcu_word, LK_MAXFIBER);
	jobs_run();
}

static void
fiber_rcu_sync(void)
{
	while (fs.readers != 0)
		fiber_park(&fs.rcu_word, lk_get(&fs.rcu_word), INFSLP);
	lk_fiber_acquire(&fs.readers);
}

static void
fiber_rcu_call(struct lk_rcu_head *h, void (*fn)(struct lk_rcu_head *))
{
	struct rcu_job *j = (struct rcu_job *)h;

	did((uintptr_t)&fs.readers, LKD_WRITE);
	j->fn = fn;
	j->next = NULL;
	lk_fiber_release(j);
	*fs.jobs_end = j;
	fs.jobs_end = &j->next;
	jobs_run();
}

static void
fiber_enter(struct lk_strand *st)
{
}

static void
fiber_leave(struct lk_strand *st)
{
}

/* ------------------------------------------------------------------------
 * Fibers come and go
 */

static struct fiber *
pool_get(void)
{
	size_t size = fs.stack_size + GUARD;
	struct fiber *f;
	char *mem;

	if (fs.npool > 0)
		return fs.pool[--fs.npool];
	f = calloc(1, sizeof(*f));
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f == NULL || mem == MAP_FAILED) {
		free(f);
		if (mem != MAP_FAILED)
			munmap(mem, size);
		return NULL;
	}
	(void)mprotect(mem, GUARD, PROT_NONE);
	f->stack = mem + GUARD;
	lk_fiber_note_make(&f->note, f->stack, fs.stack_size);
	return f;
}

static void
pool_put(struct fiber *f)
{
	f->state = F_FREE;
	if (fs.npool < LK_MAXFIBER)
		fs.pool[fs.npool++] = f;
}

static void *
strand_get(size_t size)
{
	return fs.nstrand > 0 ? fs.strand[--fs.nstrand] :
	    lk_services_os.get(size);
}

static void
strand_put(void *p)
{
	if (fs.nstrand < LK_MAXFIBER && lk_fiber_plain())
		fs.strand[fs.nstrand++] = p;
	else
		lk_services_os.put(p);
}

static void
pool_empty(void)
{
	struct fiber *f;

	while (fs.nstrand > 0)
		lk_services_os.put(fs.strand[--fs.nstrand]);
	while (fs.npool > 0) {
		f = fs.pool[--fs.npool];
		lk_fiber_note_end(&f->note);
		munmap(f->stack - GUARD, fs.stack_size + GUARD);
		free(f);
	}
}

/* The first frame of a fiber; the last thing it does is to go elsewhere. */
static void
fiber_main(void *arg)
{
	struct fiber *f = arg;

	lk_fiber_arrive(&f->note);
	lk_strand_main(f->st);
	if (f->view.ordinal == 0)
		finish(LKF_DONE);
	f->state = F_DONE;
	disable(f);
	f->at = fs.ndead;
	fs.dead[fs.ndead++] = f;
	choose();
	__builtin_unreachable();
}

static int
fiber_spawn(struct lk_strand *st)
{
	struct fiber *f;

	if (fs.nenabled + fs.nparked + fs.ndead >= LK_MAXFIBER)
		return EAGAIN;
	f = pool_get();
	if (f == NULL)
		return EAGAIN;
	memset(&f->view, 0, sizeof(f->view));
	lk_fibers_did(&fs.nborn, LKD_WRITE);	/* its number */
	f->view.ordinal = fs.nborn++;
	f->view.parent = fs.cur != NULL ? fs.cur->view.ordinal : 0;
	f->st = st;
	f->slot = st->slot;
	f->view.strand = st->id;
	f->word = NULL;
	f->rcu_nest = 0;
	st->fiber = f;
	lk_fiber_born(&f->note);
	f->context = lk_switch_make(f->stack, fs.stack_size, fiber_main, f);
	enable(f);
	return 0;
}

static void
fiber_reap(struct lk_strand *st)
{
	struct fiber *f = of_strand(st);

	if (fs.cur != NULL)
		did(f->view.ordinal, LKD_JOINED);
	fs.dead[f->at] = fs.dead[--fs.ndead];
	fs.dead[f->at]->at = f->at;
	pool_put(f);
	st->fiber = NULL;
}

static const struct lk_services fiber_services = {
	.name = "fiber",
	.now = fiber_now,
	.delay = fiber_delay,
	.delayed = fiber_delayed,
	.yield = fiber_yield,
	.relax = fiber_yield,
	.spin = 0,
	.act = fiber_act,
	.park = fiber_park,
	.unpark = fiber_unpark,
	.pread = fiber_pread,
	.pwrite = fiber_pwrite,
	.rcu_lock = fiber_rcu_lock,
	.rcu_unlock = fiber_rcu_unlock,
	.rcu_sync = fiber_rcu_sync,
	.rcu_call = fiber_rcu_call,
	.enter = fiber_enter,
	.leave = fiber_leave,
	.spawn = fiber_spawn,
	.reap = fiber_reap,
	.random_seed = fiber_random_seed,
	.get = strand_get,
	.put = strand_put,
};

/* ------------------------------------------------------------------------
 * A run
 */

const char *
lk_act_name(enum lk_act act)
{
	static const char *const name[LKA_NACT] = {
		"start", "write", "read", "try", "exit", "wake", "resume",
		"io", "point", "load", "store", "yield",
	};

	return (unsigned)act < LKA_NACT ? name[act] : "?";
}

const char *
lk_fibers_end_name(enum lk_fibers_end end)
{
	static const char *const name[] = {
		"done", "deadlock", "too many steps", "incident", "stopped",
	};

	return (unsigned)end < sizeof(name) / sizeof(name[0]) ? name[end] :
	    "?";
}

/* A lock that waits to be tried again has no kind here. */
const char *
lk_fiber_object_name(const struct lk_fiber_view *v)
{
	const void *p = (const void *)(uintptr_t)v->object;
	const char *name = NULL;

	if (p != NULL && v->kind == LKN_LOCK)
		name = ((const struct rwlock *)p)->rwl_name;
	else if (p != NULL && v->kind == LKN_MUTEX)
		name = ((const struct mutex *)p)->mtx_name;
	return name != NULL ? name : "";
}

const char *
lk_fiber_strand(const struct lk_fiber_view *v, uint32_t *op)
{
	const struct lk_strand *st = ((const struct fiber *)v)->st;

	*op = st->slot != NULL ? lk_get(&st->slot->op) : 0;
	return st->name;
}

bool
lk_fibers_on(void)
{
	return fs.on && fs.cur != NULL;
}

/*
 * Locks need not ask while it is quiet: nobody would be.  But once it was
 * explored with an eye on memory, what they order goes on to count.
 */
static void
quieten(bool on)
{
	fs.quiet = on;
	if (on)
		atomic_fetch_and(&lk_hot, ~(uint32_t)LKH_ACT);
	else
		atomic_fetch_or(&lk_hot, LKH_ACT);
	lk_put(&lk_points_on, !on);
}

void
lk_fibers_quiet(bool on)
{
	if (!lk_fibers_on())
		return;
	if (on) {
		fs.explored_ns = fs.now;
		fs.explored_born = fs.nborn;
	}
	if (on && lk_hb != NULL)
		fs.quiet = true;
	else
		quieten(on);
	if (!on)
		lk_hb_explored();
}

void
lk_fibers_stop(void)
{
	if (lk_fibers_on())
		finish(LKF_STOPPED);
}

void
lk_fibers_incident(const char *kind)
{
	if (lk_fibers_on() && fs.incident == NULL)
		fs.incident = kind;
	if (lk_fibers_on() && fs.conf->stop_on_incident)
		finish(LKF_INCIDENT);
}

void
lk_fibers_panicked(void)
{
	if (lk_fibers_on() && fs.incident == NULL)
		fs.incident = "panic";
	if (lk_fibers_on())
		finish(LKF_INCIDENT);
}

void
lk_fibers_free(void)
{
	if (!fs.on)
		pool_empty();
}

/* It stopped in the middle; the root alone may have come to its end. */
static void
abandon(struct fiber *f)
{
	void *here;

	if (f->st->slot != NULL) {
		here = lk_fiber_act_as(&f->note, f->st->entering);
		lk_strand_abandon(f->st);
		lk_fiber_act_end(&f->note, here);
	} else {
		lk_strand_abandon(f->st);
	}
	pool_put(f);
}

/* Whoever is still there at the end goes without a word. */
static void
abandon_all(void)
{
	struct fiber *f;

	while (fs.nenabled > 0) {
		f = of_view(fs.enabled[0]);
		disable(f);
		abandon(f);
	}
	while (fs.nparked > 0) {
		f = fs.parked[--fs.nparked];
		abandon(f);
	}
	while (fs.ndead > 0) {
		f = fs.dead[--fs.ndead];
		lk_strand_abandon(f->st);
		pool_put(f);
	}
	fs.jobs = NULL;
	fs.jobs_end = &fs.jobs;
	fs.readers = 0;
}

static void
begin(const struct lk_fibers_conf *conf)
{
	size_t stack = conf->stack != 0 ? conf->stack : STACK_DEFAULT;

	stack = (stack + 4095) & ~(size_t)4095;
	if (stack != fs.stack_size)
		pool_empty();
	fs.stack_size = stack;
	fs.conf = conf;
	fs.cur = NULL;
	fs.now = LK_FIBERS_BEGIN;
	fs.steps = fs.choices = fs.switches = fs.hash = fs.unasked = 0;
	fs.quiet = conf->quiet;
	fs.passed = conf->passed != NULL ? conf->passed : &fs.unseen;
	fs.incident = NULL;
	fs.max_steps = conf->max_steps != 0 ? conf->max_steps : LK_FIBERS_STEPS;
	fs.nborn = fs.explored_born = 0;
	fs.explored_ns = 0;
	fs.readers = 0;
	fs.jobs = NULL;
	fs.jobs_end = &fs.jobs;
	fs.slot = lk_self();
	fs.stack_top = lk_stack_top();
	fs.on = true;
}

int
lk_fibers_run(const struct lk_fibers_conf *conf, void (*fn)(void *), void *arg,
    void *env, struct lk_fibers_result *result)
{
	const struct lk_services *before = lk_sv;
	struct lk_strand *st;
	struct fiber *f;
	int points, error;

	if (fs.on || lk_get(&lk_self()->top) != 0)
		return EBUSY;
	if (conf->memory != LK_MEMORY_OFF && !lk_memory_can())
		return ENOTSUP;
	begin(conf);
	lk_hb_begin(conf->memory);
	if (!conf->quiet)
		lk_hb_explored();
	lk_sv = &fiber_services;
	error = lk_strand_root(fn, arg, env, conf->seed, &st);
	if (error != 0) {
		lk_hb_end();
		lk_sv = before;
		fs.on = false;
		return error;
	}
	points = atomic_exchange(&lk_points_on, 1);
	quieten(conf->quiet);
	f = of_strand(st);
	fs.cur = f;
	lk_me = f->slot;
	lk_stack_bounds((uintptr_t)f->stack + fs.stack_size);
	lk_fiber_note_self(&fs.note);
	lk_fiber_leave(&fs.note, &f->note, NULL, false);
	lk_switch(&fs.context, f->context);
	lk_fiber_arrive(&fs.note);
	lk_fiber_alone();
	fs.cur = NULL;
	lk_hb_end();
	*result = (struct lk_fibers_result){
		.end = fs.end, .steps = fs.steps, .choices = fs.choices,
		.switches = fs.switches, .hash = fs.hash,
		.ns = fs.now - LK_FIBERS_BEGIN, .strands = fs.nborn,
		.incident = fs.incident,
	};
	if (fs.end == LKF_DONE && fs.explored_born != 0) {
		result->ns = fs.explored_ns - LK_FIBERS_BEGIN;
		result->strands = fs.explored_born;
	}
	if (fs.end != LKF_DONE && conf->ended != NULL)
		conf->ended(result, conf->arg);
	abandon_all();
	lk_stack_bounds(fs.stack_top);
	atomic_fetch_and(&lk_hot, ~(uint32_t)LKH_ACT);
	atomic_store(&lk_points_on, points);
	lk_sv = before;
	fs.on = false;
	return 0;
}

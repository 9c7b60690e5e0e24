/* strand.c: strands begin, end, and are found. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "locks/annotate_int.h"
#include "locks/hb_int.h"
#include "locks/note_int.h"
#include "locks/order_trace_int.h"
#include "locks/raw_int.h"
#include "locks/timeline_int.h"

__thread struct lk_slot *lk_me __attribute__((tls_model("initial-exec")));

static struct lk_rcu_list live;
static struct lk_raw live_raw;
static _Atomic uint32_t nlive;	/* strands with a slot */
static _Atomic uint32_t nadopted;
static pthread_key_t leave_key;
static pthread_once_t strand_once = PTHREAD_ONCE_INIT;

/* A thread that was adopted without being asked leaves when it ends. */
static void
leave_at_exit(void *unused)
{
	if (lk_me != NULL)
		lk_strand_leave();
}

/* The child has one thread; whatever it was before, it begins anew. */
static void
forked(void)
{
	lk_me = NULL;
	atomic_store(&live.head, NULL);
	atomic_store(&nlive, 0);
	atomic_store(&live_raw.word, 0);
	lk_meet_forked();
	if (lk_rec != NULL)
		lk_put(&lk_rec->h->pid, (uint32_t)getpid());
}

static void
strand_setup(void)
{
	pthread_key_create(&leave_key, leave_at_exit);
	pthread_atfork(NULL, NULL, forked);
	lk_tsan_setup();
}

void
lk_strands_setup(void)
{
	pthread_once(&strand_once, strand_setup);
}

static void
slot_begin(struct lk_slot *s, struct lk_strand *st, uint32_t id)
{
	s->id = id;
	s->me = (uint64_t)id + 1;
	s->strand = st;
	lk_put(&s->top, 0);
	lk_put(&s->over, 0);
	lk_put(&s->op, 0);
	lk_put(&s->idle, 0);
	/* a base that no release ever takes for a hole */
	lk_put(&s->held[0].ident, 1);
	lk_bump(&s->gen, 1);
	lk_name_put(s->name, st->name);
	/* what the last one had seen is news of this one */
	lk_put(&s->life, st->life);
	lk_put(&s->self, (uint64_t)(uintptr_t)st);
	lk_chain_forget(s);
}

/* Take a free slot of the record. */
static int
slot_take(struct lk_strand *st, uint32_t parent)
{
	struct lk_record *r = lk_record();
	uint32_t i, n;

	for (i = 0; i < LK_MAXSTRAND; i++) {
		struct lk_slot *s = lk_slot(r, i);
		uint32_t free = LKS_FREE;

		if (lk_get(&s->state) != LKS_FREE ||
		    !atomic_compare_exchange_strong_explicit(&s->state, &free,
		    LKS_TAKEN, memory_order_acquire, memory_order_relaxed))
			continue;
		st->slot = s;
		st->id = i;
		st->life = lk_life_begin(st->name, i, parent);
		slot_begin(s, st, i);
		n = lk_get(&r->h->nstrand);
		while (n <= i && !atomic_compare_exchange_weak(&r->h->nstrand,
		    &n, i + 1))
			;
		return 0;
	}
	lk_lose(LKL_strands);
	return ENOSPC;
}

static struct lk_strand *
strand_alloc(void)
{
	const size_t want = offsetof(struct lk_strand, want);
	const size_t after = want + sizeof(((struct lk_strand *)0)->want);
	char *st = lk_sv->get(sizeof(struct lk_strand));

	if (st == NULL)
		return NULL;
	memset(st, 0, want);
	memset(st + after, 0, sizeof(struct lk_strand) - after);
	return (struct lk_strand *)(void *)st;
}

static int
strand_new(const char *name, void *env, uint64_t path, uint32_t parent,
    struct lk_strand **out)
{
	struct lk_strand *st;
	int error;

	lk_strands_setup();
	st = strand_alloc();
	if (st == NULL)
		return EAGAIN;
	strncpy(st->name, name, sizeof(st->name) - 1);
	st->env = env;
	st->path = path;
	error = slot_take(st, parent);
	if (error != 0) {
		lk_sv->put(st);
		return error;
	}
	lk_random_seed(st);
	atomic_fetch_add(&nlive, 1);
	*out = st;
	return 0;
}

/* On the running thread: from here on it is st. */
static void
strand_enter(struct lk_strand *st)
{
	lk_sv->enter(st);
	lk_tsan_acquire(st);
	lk_raw_lock(&live_raw);
	lk_rcu_list_add(&live, &st->link);
	lk_raw_unlock(&live_raw);
	lk_rel(&st->slot->state, LKS_LIVE);
	lk_trace(st->slot, LKT_BEGIN, 0, 0, st->life, st->ordinal);
}

static void
strand_exit(struct lk_strand *st)
{
	struct lk_slot *s = st->slot;
	char all[LK_WORDS];

	lk_owed_tell(st);
	if (lk_get(&s->top) != 0)
		lk_incident("strand.exit-held", "strand %u \"%s\" ends and "
		    "holds %s", st->id, st->name, lk_all_held(all,
		    sizeof(all), s));
	while (lk_get(&s->top) != 0)
		lk_held_drop(s, lk_get(&s->top));
	lk_join_post(s, st);
	lk_trace(s, LKT_END, 0, 0, st->life, 0);
	lk_life_end(st->life);
	lk_raw_lock(&live_raw);
	lk_hb_release(&live);
	lk_rcu_list_del(&live, &st->link);
	lk_raw_unlock(&live_raw);
	lk_sv->leave(st);
	st->slot = NULL;
	lk_rel(&s->state, LKS_FREE);
	atomic_fetch_sub(&nlive, 1);
}

/* It has not begun, or never goes on. */
static void
strand_gone(struct lk_strand *st)
{
	if (st->slot != NULL) {
		lk_life_end(st->life);
		lk_rel(&st->slot->state, LKS_FREE);
		atomic_fetch_sub(&nlive, 1);
	}
	lk_sv->put(st);
}

/* Nobody may still be walking over it. */
static void
strand_free(struct lk_strand *st)
{
	lk_sv->rcu_sync();
	lk_sv->put(st);
}

void
lk_strand_main(struct lk_strand *st)
{
	strand_enter(st);
	st->fn(st->arg);
	strand_exit(st);
	lk_hb_publish(&st->done);
	lk_rel(&st->done, 1);
	lk_sv->unpark(&st->done, 1);
}

/* It runs fn(arg) from here on, or is gone. */
static int
launch(struct lk_strand *st, void (*fn)(void *), void *arg,
    struct lk_strand **out)
{
	int error;

	st->fn = fn;
	st->arg = arg;
	lk_tsan_release(st);
	error = lk_sv->spawn(st);
	if (error != 0)
		strand_gone(st);
	else
		*out = st;
	return error;
}

int
lk_strand_start(struct lk_strand **out, const char *name, void (*fn)(void *),
    void *arg, void *env)
{
	struct lk_strand *me = lk_self()->strand, *st;
	int error;

	error = strand_new(name, env != NULL ? env : me->env,
	    lk_mix(me->path + ++me->nchild), me->life, &st);
	if (error != 0)
		return error;
	/* what I do again from here on may meet what the new one does */
	lk_chain_forget(me->slot);
	st->ordinal = (uint32_t)me->nchild;
	lk_trace(me->slot, LKT_CREATE, 0, 0, st->life, st->ordinal);
	return launch(st, fn, arg, out);
}

int
lk_strand_root(void (*fn)(void *), void *arg, void *env, uint64_t seed,
    struct lk_strand **out)
{
	struct lk_strand *me = lk_self()->strand, *st;
	int error;

	error = strand_new("root", env != NULL ? env : me->env, lk_mix(seed),
	    me->life, &st);
	if (error != 0)
		return error;
	return launch(st, fn, arg, out);
}

/* What it held is nobody's, and whoever owns it makes it anew. */
static void
forget_held(struct lk_slot *s)
{
	unsigned i, top = lk_get(&s->top);

	for (i = 1; i <= top; i++) {
		void *lock = (void *)(uintptr_t)lk_get(&s->held[i].ident);
		uint64_t pack = lk_get(&s->held[i].pack);

		if (lock != NULL && LK_PACK_KIND(pack) <= LKN_MUTEX) {
			lk_tsan_pre_unlock(lock, LK_PACK_MODE(pack) !=
			    LKM_WRITE);
			lk_tsan_post_unlock(lock, LK_PACK_MODE(pack) !=
			    LKM_WRITE);
		}
		lk_rel(&s->held[i].ident, 0);
	}
	lk_put(&s->top, 0);
	lk_put(&s->over, 0);
}

void
lk_strand_abandon(struct lk_strand *st)
{
	struct lk_slot *s = st->slot;

	lk_sleeper_drop(&st->sleeper);
	if (s != NULL) {
		while (st->nwant > 0)
			lk_note_unwant(s, lk_sv->now());
		forget_held(s);
		lk_raw_lock(&live_raw);
		lk_rcu_list_del(&live, &st->link);
		lk_raw_unlock(&live_raw);
	}
	strand_gone(st);
}

void
lk_strand_join_at(struct lk_strand *st, struct lk_site *site)
{
	struct lk_slot *s = lk_self();
	bool done = lk_acq(&st->done) != 0;

	lk_join_want(s, st, done, site);
	if (!done) {
		while (!lk_acq(&st->done))
			lk_park(&st->done, 0, INFSLP);
		lk_note_unwant(s, lk_sv->now());
	}
	lk_hb_acquire(&st->done);
	lk_join_trace(s, st, site);
	lk_life_joined(st->life, lk_get(&s->life));
	lk_sv->reap(st);
	strand_free(st);
}

int
lk_strand_adopt(const char *name, void *env)
{
	struct lk_strand *st;
	uint64_t path;
	int error;

	if (lk_me != NULL && (lk_get(&lk_me->top) != 0 ||
	    !lk_me->strand->adopted))
		return EBUSY;
	lk_strand_leave();
	path = lk_mix(lk_hash_str(name, 0) + ((uint64_t)1 << 40) *
	    atomic_fetch_add(&nadopted, 1));
	error = strand_new(name, env, path, 0, &st);
	if (error != 0)
		return error;
	st->adopted = true;
	strand_enter(st);
	pthread_setspecific(leave_key, st);
	return 0;
}

void
lk_strand_leave(void)
{
	struct lk_strand *st;

	if (lk_me == NULL || !lk_me->strand->adopted)
		return;
	st = lk_me->strand;
	strand_exit(st);
	pthread_setspecific(leave_key, NULL);
	strand_free(st);
}

struct lk_slot *
lk_me_slow(void)
{
	char name[16];
	int error;

	if (pthread_getname_np(pthread_self(), name, sizeof(name)) != 0)
		strcpy(name, "thread");
	error = lk_strand_adopt(name, NULL);
	while (error != 0) {
		/* more threads than slots: wait until one ends */
		lk_sv->delay(1000000);
		error = lk_strand_adopt(name, NULL);
	}
	return lk_me;
}

int
lk_strands_quiet(void)
{
	if (lk_me == NULL)
		return atomic_load(&nlive) == 0 ? 0 : EBUSY;
	if (atomic_load(&nlive) != 1 || lk_get(&lk_me->top) != 0 ||
	    !lk_me->strand->adopted)
		return EBUSY;
	lk_strand_leave();
	return 0;
}

struct lk_strand *
strand_self(void)
{
	return lk_self()->strand;
}

uint32_t
lk_strand_id(const struct lk_strand *st)
{
	return st->id;
}

uint32_t
lk_strand_ids(void)
{
	return lk_get(&lk_record()->h->nstrand);
}

const char *
lk_strand_name(const struct lk_strand *st)
{
	return st->name;
}

void *
lk_strand_env(void)
{
	return lk_self()->strand->env;
}

void
lk_strand_set_env(void *env)
{
	lk_self()->strand->env = env;
}

_Atomic uintptr_t *
lk_strand_access_word(void)
{
	return &lk_self()->strand->access;
}

_Atomic uintptr_t *
lk_strand_access_word_of(struct lk_strand *st)
{
	return &st->access;
}

void
lk_strands_foreach(void (*fn)(struct lk_strand *, void *), void *arg)
{
	struct lk_rcu_link *k;

	lk_rcu_read_lock();
	for (k = lk_rcu_list_first(&live); k != NULL; k = lk_rcu_list_next(k))
		fn((struct lk_strand *)((char *)k -
		    offsetof(struct lk_strand, link)), arg);
	lk_hb_acquire(&live);	/* who was not there any more had ended */
	lk_rcu_read_unlock();
}

void
lk_op_begin(uint32_t op)
{
	struct lk_slot *s = lk_self();

	lk_suspects_check(s);
	lk_put(&s->op, op);
	lk_put(&s->op_since, lk_sv->now());
	lk_bump(&s->op_ordinal, 1);
}

void
lk_op_end(void)
{
	struct lk_slot *s = lk_self();

	lk_owed_tell(s->strand);
	if (lk_timeline_kept())
		lk_timeline_op(s);
	lk_put(&s->op, 0);
}

void
lk_idle_begin(void)
{
	lk_put(&lk_self()->idle, 1);
}

void
lk_idle_end(void)
{
	lk_put(&lk_self()->idle, 0);
}

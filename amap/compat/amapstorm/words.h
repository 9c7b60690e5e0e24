/*
 * words.h: words that kernel files use and uvm_amap.c does not need: here
 * they mean what they mean there as far as that can be, and nothing where the
 * kernel's own business ends.  What would have to lie is not here.
 */
#ifndef AMAPSTORM_WORDS_H
#define AMAPSTORM_WORDS_H

#include <sys/time.h>

/* Trees, where libbsd's header is installed. */
#if __has_include(<bsd/sys/tree.h>)
#include <bsd/sys/tree.h>
#endif

/* The kernel's other ones are the same but for where the comparison is. */
#ifdef RB_HEAD
#define RBT_HEAD(name, type)		RB_HEAD(name, type)
#define RBT_ENTRY(type)			RB_ENTRY(type)
#define RBT_INITIALIZER(head)		RB_INITIALIZER(head)
#define RBT_PROTOTYPE(name, type, field, cmp)				\
	static int (*const name##_RBT_CMP)(const struct type *,		\
	    const struct type *) __attribute__((unused)) = (cmp);	\
	RB_PROTOTYPE_STATIC(name, type, field, name##_RBT_CMP)
#define RBT_GENERATE(name, type, field, cmp)				\
	RB_GENERATE_STATIC(name, type, field, name##_RBT_CMP)
#define RBT_INIT(name, head)		RB_INIT(head)
#define RBT_ROOT(name, head)		RB_ROOT(head)
#define RBT_EMPTY(name, head)		RB_EMPTY(head)
#define RBT_INSERT(name, head, e)	RB_INSERT(name, head, e)
#define RBT_REMOVE(name, head, e)	RB_REMOVE(name, head, e)
#define RBT_FIND(name, head, key)	RB_FIND(name, head, key)
#define RBT_NFIND(name, head, key)	RB_NFIND(name, head, key)
#define RBT_MIN(name, head)		RB_MIN(name, head)
#define RBT_MAX(name, head)		RB_MAX(name, head)
#define RBT_NEXT(name, e)		RB_NEXT(name, NULL, e)
#define RBT_PREV(name, e)		RB_PREV(name, NULL, e)
#define RBT_FOREACH(e, name, head)	RB_FOREACH(e, name, head)
#define RBT_FOREACH_SAFE(e, name, head, n)				\
	RB_FOREACH_SAFE(e, name, head, n)
#define RBT_FOREACH_REVERSE(e, name, head)				\
	RB_FOREACH_REVERSE(e, name, head)
#endif

#define AMAPSTORM_INLINE	static inline __attribute__((unused))

/* ------------------------------------------------------------------------
 * the compiler
 */
#ifndef __read_mostly
#define __read_mostly
#endif
#ifndef __cacheline_aligned
#define __cacheline_aligned	__attribute__((aligned(64)))
#endif
#ifndef __cold
#define __cold			__attribute__((cold))
#endif
#ifndef __noinline
#define __noinline		__attribute__((noinline))
#endif
#ifndef __diagused
#define __diagused		__attribute__((unused))
#endif
#ifndef __maybe_unused
#define __maybe_unused		__attribute__((unused))
#endif
#ifndef roundup2
#define roundup2(x, m)		(((x) + ((m) - 1)) & ~((__typeof__(x))(m) - 1))
#define rounddown2(x, m)	((x) & ~((__typeof__(x))(m) - 1))
#endif

/* => the number of the highest bit from 1 on, or 0 */
AMAPSTORM_INLINE int
amapstorm_flsl(unsigned long x)
{
	return x == 0 ? 0 : 64 - __builtin_clzl(x);
}
#define fls(x)		amapstorm_flsl((unsigned int)(x))
#define flsl(x)		amapstorm_flsl(x)

/* ------------------------------------------------------------------------
 * strings: libc need not have these
 */
AMAPSTORM_INLINE size_t
amapstorm_strlcat(char *to, const char *from, size_t size, size_t used)
{
	size_t len = strlen(from), n;

	if (used < size) {
		n = len < size - used ? len : size - used - 1;
		memcpy(to + used, from, n);
		to[used + n] = '\0';
	}
	return used + len;
}
#define strlcpy(to, from, size)	amapstorm_strlcat((to), (from), (size), 0)
#define strlcat(to, from, size)						\
	amapstorm_strlcat((to), (from), (size), strnlen((to), (size)))

/* ------------------------------------------------------------------------
 * the system around it
 */
static int cold __attribute__((unused)) = 0;
static int hz __attribute__((unused)) = 100;
static const char *panicstr __attribute__((unused)) = NULL;
#define db_active		0
#define db_enter()		panic("db_enter")
#define Debugger()		panic("Debugger")
#define pmap_kernel()		NULL
#define pmap_update(pmap)	((void)(pmap))
#define NET_LOCK()		((void)0)
#define NET_UNLOCK()		((void)0)
#define NET_ASSERT_LOCKED()	((void)0)
#define NET_ASSERT_UNLOCKED()	((void)0)
#define MUTEX_ASSERT_UNLOCKED_ALL()	((void)0)
#define CPU_BUSY_CYCLE()	lk_yield()
#define cpu_relax()		lk_yield()

#ifndef LOG_EMERG
#define LOG_EMERG	0
#define LOG_ALERT	1
#define LOG_CRIT	2
#define LOG_ERR		3
#define LOG_WARNING	4
#define LOG_NOTICE	5
#define LOG_INFO	6
#define LOG_DEBUG	7
#endif

/* Yes for the first time, and no more: nothing here goes by the clock. */
AMAPSTORM_INLINE int
ratecheck(struct timeval *last, const struct timeval *interval)
{
	if (last->tv_sec != 0)
		return 0;
	last->tv_sec = interval->tv_sec + 1;
	return 1;
}
AMAPSTORM_INLINE int
ppsratecheck(struct timeval *last, int *pps, int most)
{
	const struct timeval second = { 1, 0 };

	*pps = 0;
	return most != 0 && ratecheck(last, &second);
}

/* Counts that a file keeps; what the kernel tells in it is not here. */
struct uvmexp {
	int	faults, pagewait, wakeups, forks, forks_ppwait;
	int	fltnoram, fltnoanon, fltnoamap, fltpgwait, fltpgrele;
	int	fltrelck, fltrelckok, fltanget, fltanretry, fltamcopy;
	int	fltup, fltnomap, fltnapcore, fltget, fltlget, fltnamap;
	int	flt_acow, flt_anon, flt_obj, flt_prcopy, flt_przero;
};
static struct uvmexp uvmexp __attribute__((unused));

/* Histories and trace points leave nothing behind. */
struct amapstorm_history;
#define UVMHIST_DECL(name)		struct amapstorm_history
#define UVMHIST_DEFINE(name, ...)	struct amapstorm_history
#define UVMHIST_FUNC(name)		((void)0)
#define UVMHIST_CALLED(name)		((void)0)
#define UVMHIST_CALLARGS(...)		((void)0)
#define UVMHIST_LOG(...)		((void)0)
#define UVMHIST_PRINT(...)		((void)0)
#define TRACEPOINT(...)			((void)0)

/* ------------------------------------------------------------------------
 * sys/refcnt.h
 */
struct refcnt {
	unsigned int	r_refs;
};
#define REFCNT_INITIALIZER()	{ .r_refs = 1 }
#define refcnt_init(r)		atomic_store_int(&(r)->r_refs, 1)
#define refcnt_take(r)		atomic_inc_int(&(r)->r_refs)
#define refcnt_rele(r)		(atomic_dec_int_nv(&(r)->r_refs) == 0)
#define refcnt_rele_wake(r)	((void)refcnt_rele(r))
#define refcnt_read(r)		atomic_load_int(&(r)->r_refs)
#define refcnt_shared(r)	(refcnt_read(r) > 1)
#define refcnt_finalize(r, wmesg)					\
	do {								\
		(void)refcnt_rele(r);					\
		while (__atomic_load_n(&(r)->r_refs, __ATOMIC_SEQ_CST) != 0) \
			lk_yield();					\
	} while (0)

/* ------------------------------------------------------------------------
 * sys/smr.h: grace periods are the program's
 */
struct smr_entry {
	struct lk_rcu_head	 smr_head;
	void			(*smr_func)(void *);
	void			*smr_arg;
};
#define smr_init(e)		memset((e), 0, sizeof(*(e)))
#define smr_read_enter()	lk_rcu_read_lock()
#define smr_read_leave()	lk_rcu_read_unlock()
#define smr_barrier()		lk_rcu_synchronize()
#define smr_flush()		lk_rcu_synchronize()
#define SMR_ASSERT_CRITICAL()		((void)0)
#define SMR_ASSERT_NONCRITICAL()	((void)0)
AMAPSTORM_INLINE void
amapstorm_smr_done(struct lk_rcu_head *head)
{
	struct smr_entry *e = (struct smr_entry *)(void *)head;

	e->smr_func(e->smr_arg);
}
AMAPSTORM_INLINE void
smr_call(struct smr_entry *e, void (*func)(void *), void *arg)
{
	e->smr_func = func;
	e->smr_arg = arg;
	lk_rcu_call(&e->smr_head, amapstorm_smr_done);
}
#define SMR_PTR_GET(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define SMR_PTR_GET_LOCKED(p)	(*(p))
#define SMR_PTR_SET_LOCKED(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

#endif /* AMAPSTORM_WORDS_H */

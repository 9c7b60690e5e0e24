/*
 * memory_hooks.c: what compilers call where memory is touched, if told
 * -fsanitize=thread.  The names and what they are given are theirs (gcc 12,
 * clang 14 to 19); nothing here is compiled with that option itself.
 *
 * Off the execution (mem_me is NULL) a hook does no more than it must: the
 * atomics are done here, and so are copies.
 */
#include <string.h>

#include "locks/memory_int.h"
#include "locks/strand_int.h"

#define PC	((uintptr_t)__builtin_return_address(0))
#define LIKELY_OFF(s)	__builtin_expect((s) == NULL, 0)

/* ------------------------------------------------------------------------
 * Functions: the stack of places
 */

/*
 * The outermost one with hooks was called by others without: their frames
 * are the beginning.  frame[0] is in the function itself, frame[1] is pc.
 */
static uint32_t
outside(void)
{
	uint64_t frame[LK_MAXFRAMES];
	unsigned n = lk_stack(frame, LK_MAXFRAMES);
	uint32_t place = 0;

	/* lk_stack's own caller, and the hook's */
	while (n-- > 4)
		place = mem_place(place, (uintptr_t)frame[n]);
	return place;
}

void	__tsan_func_entry(void *);
void
__tsan_func_entry(void *pc)
{
	struct mem_strand *s = mem_me;

	if (LIKELY_OFF(s))
		return;
	if (s->depth++ == 0)
		s->place = outside();
	s->place = mem_place(s->place, (uintptr_t)pc);
}

void	__tsan_func_exit(void);
void
__tsan_func_exit(void)
{
	struct mem_strand *s = mem_me;

	if (LIKELY_OFF(s) || s->depth == 0)
		return;
	s->place = --s->depth == 0 ? 0 : mem_place_from(s->place);
}

/* ------------------------------------------------------------------------
 * Plain loads and stores
 */

#define PLAIN(name, size, kind)						\
void	name(void *);							\
void									\
name(void *p)								\
{									\
	struct mem_strand *s = mem_me;					\
									\
	if (LIKELY_OFF(s))						\
		return;							\
	mem_access(s, (uintptr_t)p, (size), (kind), PC);		\
}
#define PLAIN_BOTH(name, size)						\
void	name(void *);							\
void									\
name(void *p)								\
{									\
	struct mem_strand *s = mem_me;					\
									\
	if (LIKELY_OFF(s))						\
		return;							\
	mem_access(s, (uintptr_t)p, (size), MEM_READ, PC);		\
	mem_access(s, (uintptr_t)p, (size), MEM_WRITE, PC);		\
}
#define PLAIN_SIZE(n)							\
PLAIN(__tsan_read##n, n, MEM_READ)					\
PLAIN(__tsan_write##n, n, MEM_WRITE)					\
PLAIN_BOTH(__tsan_read_write##n, n)					\
PLAIN(__tsan_volatile_read##n, n, MEM_READ)				\
PLAIN(__tsan_volatile_write##n, n, MEM_WRITE)
#define UNALIGNED_SIZE(n)						\
PLAIN(__tsan_unaligned_read##n, n, MEM_READ)				\
PLAIN(__tsan_unaligned_write##n, n, MEM_WRITE)				\
PLAIN_BOTH(__tsan_unaligned_read_write##n, n)				\
PLAIN(__tsan_unaligned_volatile_read##n, n, MEM_READ)			\
PLAIN(__tsan_unaligned_volatile_write##n, n, MEM_WRITE)

PLAIN_SIZE(1)
PLAIN_SIZE(2)
PLAIN_SIZE(4)
PLAIN_SIZE(8)
PLAIN_SIZE(16)
UNALIGNED_SIZE(2)
UNALIGNED_SIZE(4)
UNALIGNED_SIZE(8)
UNALIGNED_SIZE(16)
PLAIN(__tsan_vptr_read, sizeof(void *), MEM_READ)

void	__tsan_vptr_update(void **, void *);
void
__tsan_vptr_update(void **p, void *v)
{
	struct mem_strand *s = mem_me;

	if (LIKELY_OFF(s) || *p == v)
		return;
	mem_access(s, (uintptr_t)p, sizeof(*p), MEM_WRITE, PC);
}

#define RANGE(name, kind)						\
void	name(void *, unsigned long);					\
void									\
name(void *p, unsigned long n)						\
{									\
	struct mem_strand *s = mem_me;					\
									\
	if (LIKELY_OFF(s))						\
		return;							\
	mem_access(s, (uintptr_t)p, n, (kind), PC);			\
}
RANGE(__tsan_read_range, MEM_READ)
RANGE(__tsan_write_range, MEM_WRITE)

/* ------------------------------------------------------------------------
 * Copies.  Where the compiler calls libc's, the linker is told to call
 * these: --wrap, or --redefine-sym of objcopy.
 */

static void *
copy(void *to, const void *from, size_t n, uintptr_t pc)
{
	struct mem_strand *s = mem_me;

	if (s != NULL) {
		mem_access(s, (uintptr_t)from, n, MEM_READ, pc);
		mem_access(s, (uintptr_t)to, n, MEM_WRITE, pc);
	}
	return memmove(to, from, n);
}

static void *
fill(void *p, int c, size_t n, uintptr_t pc)
{
	struct mem_strand *s = mem_me;

	if (s != NULL)
		mem_access(s, (uintptr_t)p, n, MEM_WRITE, pc);
	return memset(p, c, n);
}

#define COPY(name)							\
void	*name(void *, const void *, size_t);				\
void *									\
name(void *to, const void *from, size_t n)				\
{									\
	return copy(to, from, n, PC);					\
}
#define FILL(name)							\
void	*name(void *, int, size_t);					\
void *									\
name(void *p, int c, size_t n)						\
{									\
	return fill(p, c, n, PC);					\
}
COPY(__tsan_memcpy)
COPY(__tsan_memmove)
FILL(__tsan_memset)
COPY(__wrap_memcpy)
COPY(__wrap_memmove)
FILL(__wrap_memset)

/* ------------------------------------------------------------------------
 * Atomics.  The tool's own switch of its points is none of the code's.
 */

static struct mem_strand *
atomic_begin(const volatile void *p, bool store, uintptr_t pc)
{
	struct mem_strand *s = mem_me;

	if (s == NULL || p == (const volatile void *)&lk_points_on)
		return NULL;
	if (!mem_own(s, (uintptr_t)p))
		mem_point(s, (uintptr_t)p, store, pc);
	return s;
}

#define ATOMIC_LOAD(bits, type)						\
type	__tsan_atomic##bits##_load(const volatile type *, int);		\
type									\
__tsan_atomic##bits##_load(const volatile type *p, int order)		\
{									\
	struct mem_strand *s = atomic_begin(p, false, PC);			\
									\
	if (s != NULL) {						\
		mem_note(s, (uintptr_t)p, sizeof(*p), MEM_ALOAD, PC);	\
		mem_acquired(s, (uintptr_t)p, order);			\
	}								\
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);			\
}

#define ATOMIC_STORE(bits, type)					\
void	__tsan_atomic##bits##_store(volatile type *, type, int);	\
void									\
__tsan_atomic##bits##_store(volatile type *p, type v, int order)	\
{									\
	struct mem_strand *s = atomic_begin(p, true, PC);			\
									\
	if (s != NULL) {						\
		mem_note(s, (uintptr_t)p, sizeof(*p), MEM_ASTORE, PC);	\
		mem_stored(s, (uintptr_t)p, order);			\
	}								\
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);			\
}

#define ATOMIC_EXCHANGE(bits, type, name, builtin)			\
type	__tsan_atomic##bits##_##name(volatile type *, type, int);	\
type									\
__tsan_atomic##bits##_##name(volatile type *p, type v, int order)	\
{									\
	struct mem_strand *s = atomic_begin(p, true, PC);			\
									\
	if (s != NULL) {						\
		mem_note(s, (uintptr_t)p, sizeof(*p), MEM_ASTORE, PC);	\
		mem_exchanged(s, (uintptr_t)p, order);			\
	}								\
	return builtin(p, v, __ATOMIC_SEQ_CST);				\
}

/* One that fails is a load. */
#define ATOMIC_CAS(bits, type)						\
static bool								\
cas##bits(volatile type *p, type *want, type v, int order, int failed,	\
    uintptr_t pc)							\
{									\
	struct mem_strand *s = atomic_begin(p, true, PC);			\
	bool done;							\
									\
	done = __atomic_compare_exchange_n(p, want, v, false,		\
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);			\
	if (s == NULL)							\
		return done;						\
	mem_note(s, (uintptr_t)p, sizeof(*p), done ? MEM_ASTORE :	\
	    MEM_ALOAD, pc);						\
	if (done)							\
		mem_exchanged(s, (uintptr_t)p, order);			\
	else								\
		mem_acquired(s, (uintptr_t)p, failed);			\
	return done;							\
}									\
int	__tsan_atomic##bits##_compare_exchange_strong(volatile type *,	\
	    type *, type, int, int);					\
int									\
__tsan_atomic##bits##_compare_exchange_strong(volatile type *p,		\
    type *want, type v, int order, int failed)				\
{									\
	return cas##bits(p, want, v, order, failed, PC);		\
}									\
int	__tsan_atomic##bits##_compare_exchange_weak(volatile type *,	\
	    type *, type, int, int);					\
int									\
__tsan_atomic##bits##_compare_exchange_weak(volatile type *p,		\
    type *want, type v, int order, int failed)				\
{									\
	return cas##bits(p, want, v, order, failed, PC);		\
}									\
type	__tsan_atomic##bits##_compare_exchange_val(volatile type *,	\
	    type, type, int, int);					\
type									\
__tsan_atomic##bits##_compare_exchange_val(volatile type *p, type want,	\
    type v, int order, int failed)					\
{									\
	(void)cas##bits(p, &want, v, order, failed, PC);		\
	return want;							\
}

#define ATOMIC(bits, type)						\
ATOMIC_LOAD(bits, type)							\
ATOMIC_STORE(bits, type)						\
ATOMIC_EXCHANGE(bits, type, exchange, __atomic_exchange_n)		\
ATOMIC_EXCHANGE(bits, type, fetch_add, __atomic_fetch_add)		\
ATOMIC_EXCHANGE(bits, type, fetch_sub, __atomic_fetch_sub)		\
ATOMIC_EXCHANGE(bits, type, fetch_and, __atomic_fetch_and)		\
ATOMIC_EXCHANGE(bits, type, fetch_or, __atomic_fetch_or)		\
ATOMIC_EXCHANGE(bits, type, fetch_xor, __atomic_fetch_xor)		\
ATOMIC_EXCHANGE(bits, type, fetch_nand, __atomic_fetch_nand)		\
ATOMIC_CAS(bits, type)

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void	__tsan_atomic_thread_fence(int);
void
__tsan_atomic_thread_fence(int order)
{
	if (mem_me != NULL)
		mem_fence(mem_me, order);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Between a strand and a handler in it: an execution has none. */
void	__tsan_atomic_signal_fence(int);
void
__tsan_atomic_signal_fence(int order)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/*
 * stack.c: return addresses by frame pointers.
 *
 * A frame is believed only if it lies above the last one, inside the
 * thread's own stack, and aligned; anything else ends the walk.  So a foreign
 * frame without a frame pointer shortens a stack but cannot crash it.
 */
#include <pthread.h>
#include <ucontext.h>

#include "locks/record_int.h"

#if defined(__x86_64__)
#define CONTEXT_PC(u)	((u)->uc_mcontext.gregs[REG_RIP])
#define CONTEXT_FP(u)	((u)->uc_mcontext.gregs[REG_RBP])
#elif defined(__aarch64__)
#define CONTEXT_PC(u)	((u)->uc_mcontext.pc)
#define CONTEXT_FP(u)	((u)->uc_mcontext.regs[29])
#else
#error "where does a signal's context keep program counter and frame pointer?"
#endif

static __thread uintptr_t stack_top __attribute__((tls_model("initial-exec")));
static __thread bool stack_known __attribute__((tls_model("initial-exec")));

/* => pthread_getattr_np may allocate: only where a strand begins */
__attribute__((no_sanitize_thread))
void
lk_stack_learn(void)
{
	pthread_attr_t attr;
	void *low;
	size_t size;

	if (stack_known)
		return;
	stack_known = true;
	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return;
	if (pthread_attr_getstack(&attr, &low, &size) == 0)
		stack_top = (uintptr_t)low + size;
	pthread_attr_destroy(&attr);
}

/* => the one in use; 0: not known */
__attribute__((no_sanitize_thread))
uintptr_t
lk_stack_top(void)
{
	return stack_top;
}

/* => a fiber puts its own stack here when it is switched to; 0: no walking */
__attribute__((no_sanitize_thread))
void
lk_stack_bounds(uintptr_t top)
{
	stack_known = true;
	stack_top = top;
}

__attribute__((no_sanitize_address, no_sanitize_thread))
static unsigned
walk(uintptr_t fp, uint64_t *frame, unsigned max)
{
	uintptr_t prev = 0;
	unsigned n = 0;

	while (n < max && fp > prev && (fp & (sizeof(void *) - 1)) == 0 &&
	    fp + 2 * sizeof(void *) <= stack_top) {
		uintptr_t ret = ((const uintptr_t *)fp)[1];

		if (ret < 4096)
			break;
		frame[n++] = ret;
		prev = fp;
		fp = *(const uintptr_t *)fp;
	}
	return n;
}

__attribute__((noinline))
unsigned
lk_stack(uint64_t *frame, unsigned max)
{
	return walk((uintptr_t)__builtin_frame_address(0), frame, max);
}

/*
 * An interrupted program counter is no return address: one is added, so that
 * whoever looks up the byte before it finds the instruction.
 */
unsigned
lk_stack_of(const void *context, uint64_t *frame, unsigned max)
{
	const ucontext_t *u = context;

	if (u == NULL || max == 0)
		return lk_stack(frame, max);
	frame[0] = (uint64_t)CONTEXT_PC(u) + 1;
	return 1 + walk((uintptr_t)CONTEXT_FP(u), frame + 1, max - 1);
}

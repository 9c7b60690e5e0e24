/*
 * stack.c: return addresses by frame pointers.
 *
 * A frame is believed only if it lies above the last one, inside the
 * thread's own stack, and aligned; anything else ends the walk.  So a foreign
 * frame without a frame pointer shortens a stack but cannot crash it.
 */
#include <pthread.h>

#include "locks/record_int.h"

static __thread uintptr_t stack_top __attribute__((tls_model("initial-exec")));
static __thread bool stack_known __attribute__((tls_model("initial-exec")));

/* => pthread_getattr_np may allocate: only where a strand begins */
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

/* => a fiber puts its own stack here when it is switched to; 0: no walking */
void
lk_stack_bounds(uintptr_t top)
{
	stack_known = true;
	stack_top = top;
}

__attribute__((noinline, no_sanitize_address, no_sanitize_thread))
unsigned
lk_stack(uint64_t *frame, unsigned max)
{
	uintptr_t fp = (uintptr_t)__builtin_frame_address(0);
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

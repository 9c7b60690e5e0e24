/* A call through what is inlined, in a shared object. */
#include "tests/analysis/symbols.h"

static inline __attribute__((always_inline)) void
SHARED_INNER(int (*fn)(void))
{
	(void)fn();			/* line 7 */
	__asm__ volatile ("");
}

void
SHARED_OUTER(int (*fn)(void))
{
	SHARED_INNER(fn);		/* line 14 */
	__asm__ volatile ("");
}

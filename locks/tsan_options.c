/*
 * tsan_options.c: what ThreadSanitizer should do by default with our locks.
 *
 * Its deadlock detector knows no modes and gives up above 64 held locks; order
 * is this library's own business.  Everything else stays as it is.
 */
#include "locks/annotate_int.h"

const char *__tsan_default_options(void);

void
lk_tsan_setup(void)
{
}

const char *
__tsan_default_options(void)
{
	return "detect_deadlocks=0";
}

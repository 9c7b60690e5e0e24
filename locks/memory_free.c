/*
 * memory_free.c: what is known of libc's memory ends with it, or what is a
 * point would depend on which addresses it gives out again.  For programs
 * that are linked with --wrap=free and --wrap=realloc.
 */
#include <malloc.h>
#include <stdlib.h>

#include "locks/memory_int.h"

void	__real_free(void *);
void	*__real_realloc(void *, size_t);
void	__wrap_free(void *);
void	*__wrap_realloc(void *, size_t);

void
__wrap_free(void *p)
{
	if (lk_hb != NULL && p != NULL)
		mem_forget((uintptr_t)p, malloc_usable_size(p));
	__real_free(p);
}

void *
__wrap_realloc(void *p, size_t n)
{
	if (lk_hb != NULL && p != NULL)
		mem_forget((uintptr_t)p, malloc_usable_size(p));
	return __real_realloc(p, n);
}

/* heap.h: programs on a block; compiled with hooks.  See heap.c. */
#ifndef TESTS_MEMORY_HEAP_H
#define TESTS_MEMORY_HEAP_H

void	heap_use_after_free(void *);
void	heap_double_free(void *);
void	heap_free_races(void *);
void	heap_locked_free(void *);
void	heap_given_again(void *);
void	heap_lock_freed(void *);

#endif /* TESTS_MEMORY_HEAP_H */

/* memory.h: see bench/memory.c */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

void	memory_begin(void);
void	memory_locked(void *turns);
void	memory_plain(void *turns);

#endif /* BENCH_MEMORY_H */

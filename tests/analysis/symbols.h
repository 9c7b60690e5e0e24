/*
 * symbols.h: shared objects with and without debug information.
 */
#ifndef TESTS_ANALYSIS_SYMBOLS_H
#define TESTS_ANALYSIS_SYMBOLS_H

#ifndef SHARED_OUTER
#define SHARED_OUTER	told_outer
#define SHARED_INNER	told_inner
#endif

void	told_outer(int (*)(void));
void	bare_outer(int (*)(void));

#endif /* TESTS_ANALYSIS_SYMBOLS_H */

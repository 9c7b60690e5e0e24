/*
 * programs.h: small programs whose bugs the literature counts executions for,
 * on the lock API; memory is touched through LOAD and STORE, which are
 * scheduling points.
 */
#ifndef TESTS_EXPLORE_PROGRAMS_H
#define TESTS_EXPLORE_PROGRAMS_H

#include "workloads/workloads.h"

#define LOAD(x)		(lk_before_load(&(x)), (x))
#define STORE(x, v)	(lk_before_store(&(x)), (x) = (v))
#define CHECK(e)	((e) ? (void)0 : lk_incident("test.failed", "%s", #e))

/*
 * ROW(name, n, mean, limit): n strands or turns; the best mean number of
 * executions to the first failure of the samplers in the SURW artifact (0: not
 * in its tables), and what must be reached here: twice that.
 */
#define PROGRAMS(ROW)							\
	ROW(reorder, 3, 7, 14)						\
	ROW(reorder, 4, 7, 14)						\
	ROW(reorder, 5, 10, 20)						\
	ROW(reorder, 10, 17, 34)						\
	ROW(reorder, 20, 6, 12)						\
	ROW(twostage, 2, 8, 16)						\
	ROW(twostage, 20, 6, 12)						\
	ROW(wronglock, 7, 4, 8)						\
	ROW(wronglock, 3, 4, 8)						\
	ROW(account, 3, 3, 6)						\
	ROW(stringbuffer, 2, 8, 16)						\
	ROW(circular, 2, 2, 4)						\
	ROW(deadlock, 2, 2, 4)						\
	ROW(philosophers, 5, 0, 200)						\
	ROW(lazy, 3, 3, 6)							\
	ROW(worksteal, 2, 6, 12)

struct program_row {
	const char	*name;
	int		n;
	unsigned	mean, limit;
	struct wl_program program;
};
extern const struct program_row programs[];
extern const unsigned nprograms;
/* without a bug: no execution fails */
extern const struct wl_program program_safe, program_safe_sleep;

#endif /* TESTS_EXPLORE_PROGRAMS_H */

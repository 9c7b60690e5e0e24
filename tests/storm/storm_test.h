/*
 * storm_test.h: a scenario in a child, and what it left behind.
 */
#ifndef TESTS_STORM_STORM_TEST_H
#define TESTS_STORM_STORM_TEST_H

#include "workloads/runner_int.h"

struct storm {
	struct wl_job	job;
	struct lk_record *rec;
	struct wl_outcome out;
	uint64_t	counts[VMC_NCOUNTERS];
	uint64_t	ops;		/* done */
};

/* => the job of a scenario; exits with a complaint if there is none */
void	storm_job(struct storm *, const char *scenario);
void	storm_set(struct storm *, const char *key, const char *value);
/* => hooks may be NULL; runs it to whatever end */
void	storm_run(struct storm *, const struct wl_hooks *);
/* => how many incidents are of this kind; NULL: of any */
uint64_t storm_incidents(const struct storm *, const char *kind);
/* => all that was found, on stderr */
void	storm_show(const struct storm *);
/* => shows what happened and exits with 1 */
void	storm_fail(const struct storm *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3), noreturn));
/* => it ran to its end and nothing was found */
void	storm_must_be_clean(const struct storm *);
/*
 * storm_must_reach: each counter of [expect] by its share.
 * => what 10 s must reach, times part / whole; less than one is not asked for
 */
void	storm_must_reach(const struct storm *, uint64_t part, uint64_t whole);

#endif /* TESTS_STORM_STORM_TEST_H */

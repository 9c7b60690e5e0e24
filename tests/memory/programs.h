/*
 * programs.h: small programs, racy and clean, for detectors of races.
 *
 * Compiled with -fsanitize=thread, and linked to our own hooks or, in the
 * tsan preset, to ThreadSanitizer: both must say the same of each.
 */
#ifndef TESTS_MEMORY_PROGRAMS_H
#define TESTS_MEMORY_PROGRAMS_H

#include <stdbool.h>

struct memory_program {
	const char	*name;
	bool		racy;
	void		(*run)(void *);
};
extern const struct memory_program memory_programs[];
extern const unsigned memory_nprograms;

#endif /* TESTS_MEMORY_PROGRAMS_H */

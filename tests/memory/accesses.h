/* accesses.h: see accesses.c */
#ifndef TESTS_MEMORY_ACCESSES_H
#define TESTS_MEMORY_ACCESSES_H

#include <stddef.h>

struct big {
	long	word[12];
};
struct accessed {
	char		c;
	short		s;
	long		l;
	void		*p;
	_Atomic int	a;
	size_t		size;
	struct big	one, two;
};
extern struct accessed accessed;

#endif /* TESTS_MEMORY_ACCESSES_H */

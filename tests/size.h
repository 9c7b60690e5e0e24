/*
 * size.h: how much of its work a test does.  A sanitizer is slow, and sees in
 * a part of it what it sees in all; the whole is done with label full, as
 * NAME.whole (cmake/house.cmake, house_sized).
 */
#ifndef TESTS_SIZE_H
#define TESTS_SIZE_H

#include <stdbool.h>
#include <stdlib.h>

#ifndef HOUSE_SANITIZED
#define HOUSE_SANITIZED	0
#endif

static inline bool
size_whole(void)
{
	return !HOUSE_SANITIZED || getenv("HOUSE_WHOLE") != NULL;
}

/* => less of it with a sanitizer, unless all is asked for */
#define sized(whole, less)	(size_whole() ? (whole) : (less))

#endif /* TESTS_SIZE_H */

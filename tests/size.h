/*
 * size.h: how much of its work a test does.  A sanitizer is slow, and sees in
 * a part of it what it sees in all; the whole is done with label full, as
 * NAME.whole (cmake/house.cmake, house_sized).
 */
#ifndef TESTS_SIZE_H
#define TESTS_SIZE_H

#include <stdlib.h>

#ifndef HOUSE_SANITIZED
#define HOUSE_SANITIZED	0
#endif

/* => less of it with a sanitizer, unless all is asked for */
static inline int
sized(int whole, int less)
{
	return HOUSE_SANITIZED && getenv("HOUSE_WHOLE") == NULL ? less : whole;
}

#endif /* TESTS_SIZE_H */

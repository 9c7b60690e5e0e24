/*
 * lines.h: which lines of two pieces of memory differ.
 *
 *	lines_x86_64.h	32 bytes at a time, where the processor can
 *	lines_any.h	16
 *
 * lines_differ: => a bit for each of n lines, n <= 64
 */
#ifndef AMAP_LINES_H
#define AMAP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE	64

#include "amap/lines_any.h"
#ifdef __x86_64__
#include "amap/lines_x86_64.h"
#else
#define lines_differ(p, q, n)	lines_differ_any(p, q, n)
#endif

#endif /* AMAP_LINES_H */

/*
 * base_test.h: a small machine for each test.
 */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "amap/uvm_int.h"

#ifndef nitems
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* => tune may be NULL; the caller becomes a strand of the new world */
struct vm_world *base_boot(void (*tune)(struct vm_conf *));
/* => fails if there were incidents since base_boot other than expected ones */
void	base_down(struct vm_world *);
void	base_expect(uint64_t incidents);
/* => how many incidents of this kind there have been in this process */
uint64_t base_incidents(const char *kind);
/* => strand id waits for ident; *ordinal tells one wait from the next */
bool	base_waits(uint32_t id, const volatile void *ident, uint64_t *ordinal);
/* => strand id holds ident */
bool	base_holds(uint32_t id, const volatile void *ident);
/* => runs n strands of fn(&arg[i]) with argsize bytes between, and waits */
void	base_strands(int n, void (*fn)(void *), void *arg, size_t argsize);

#endif /* BASE_TEST_H */

/*
 * world.h: a small machine for each test, and a model of its memory.
 */
#ifndef TESTS_AMAP_MAP_WORLD_H
#define TESTS_AMAP_MAP_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "amap/map_int.h"

/* A conf with pages of 64 bytes, 8 cells. */
void	tw_conf(struct vm_conf *, const char *scheme, size_t frames,
	    size_t slots);
/* => the caller becomes a strand */
void	tw_start(const struct vm_conf *);
/* => audits at rest; fails the test, with the incidents, if there are any */
void	tw_audit(void);
/* => all spaces have exited; audits, looks for leaks, ends the world */
void	tw_end(void);
/* => how many incidents of this kind there were since tw_start */
uint64_t tw_incidents(const char *kind);
/* => forget the incidents so far: they were expected */
void	tw_forgive(void);
void	tw_show_incidents(void);
/* The test has failed, in any strand. */
void	tw_fail(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2), noreturn));
#define TW_CHECK(e)							\
	((e) ? (void)0 : tw_fail("%s:%d: %s", __FILE__, __LINE__, #e))
/* => a counter's sum over all strands */
uint64_t tw_count(enum vm_counter);

static inline vaddr_t
tw_page(unsigned n)
{
	return VM_MIN_ADDRESS + ptoa(n);
}
/* => an anonymous private mapping at page n */
void	tw_mmap(struct vm_space *, unsigned page, unsigned npages, int flags);
void	tw_store(struct vm_space *, unsigned page, uint64_t value);
uint64_t tw_load(struct vm_space *, unsigned page);
#define TW_RW	(VM_PROT_READ | VM_PROT_WRITE)

#endif /* TESTS_AMAP_MAP_WORLD_H */

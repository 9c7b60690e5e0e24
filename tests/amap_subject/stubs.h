/*
 * stubs.h: the least that the subject can run on, and ways to steer it.
 *
 * stubs.c defines exactly the neighbours of reference section 6, over libc:
 * objects are counted, pages have one cell, nothing is ever paged out by
 * itself, and every allocation without wait can be made to fail.
 */
#ifndef TESTS_AMAP_SUBJECT_STUBS_H
#define TESTS_AMAP_SUBJECT_STUBS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "amap/subject_int.h"
#undef free
#undef panic

#define PAGE	((vaddr_t)4096)

struct stub {
	_Atomic long	anons, pages, blocks, objects;	/* live */
	_Atomic long	slots[4];		/* in use: 0.., 1000.., ... */
	uint64_t	content[4000];		/* of slots, if page_keep'd */
	_Atomic long	protects;		/* pmap_page_protect calls */
	_Atomic long	waits;			/* uvm_wait calls */
	_Atomic long	pageins;
	struct vm_page	*_Atomic protected;	/* the last one */
	/* fails when tries reaches it; 0: never.  every: also all multiples */
	_Atomic long	tries[VMI_NSITES], fail_at[VMI_NSITES];
	bool		every[VMI_NSITES];
	/* called at each try of the site, whether it fails or not */
	void		(*on_try)(enum vm_inject_site);
	/* called when a lock object is made; in uvm_wait; in uvm_anon_pagein,
	 * while nothing is locked */
	void		(*on_object)(void);
	void		(*on_wait)(void);
	void		(*on_pagein)(struct vm_amap *, struct vm_anon *);
	bool		pagein_fails;
};
extern struct stub stub;

/* A world around the calling thread; down() demands that nothing is left. */
void	world_up(const char *scheme);
void	world_down(void);
struct vm_world *world(void);
uint64_t counted(enum vm_counter);

/* => true: fn panicked (and whatever it had locked stays so) */
bool	panics(void (*fn)(void *), void *arg);

/* An entry of npages pages with NEEDSCOPY set and no amap. */
struct vm_map_entry entry_of(int npages);
extern struct vm_map test_map;
/* => an anon with a page that holds value, or (swslot > 0) on swap without */
struct vm_anon *anon_new(struct vm_amap *, uint64_t value, int swslot);
void	anon_drop(struct vm_anon *);	/* A held */
void	put(struct vm_aref *, int slot, uint64_t value, int swslot);
struct vm_anon *get(struct vm_aref *, int slot);	/* takes A */
uint64_t value_of(struct vm_aref *, int slot);	/* 0: nothing there */
struct vm_amap *amap_of(int npages, int lazy);
void	drop(struct vm_amap *);		/* unref all */
void	set_slot(struct vm_anon *, int swslot);	/* A held; counts them */
void	page_out(struct vm_anon *, int swslot);	/* A held */
/* => A held; slot is nobody else's; what comes in again is what went out */
void	page_keep(struct vm_anon *, int swslot);
uint64_t anon_value(const struct vm_anon *);		/* A held */
void	page_busy(struct vm_page *);
void	page_unbusy(struct vm_page *);		/* wakes who waits */

/* Everything that can be said about one amap by itself: I2, I3, I4, I5. */
void	check_amap(struct vm_amap *);
/* => count of slot s by am_ppref, am_ref without */
int	pp_count(struct vm_amap *, int slot);
size_t	list_length(void);		/* markers not counted */
bool	listed(struct vm_amap *);

#endif /* TESTS_AMAP_SUBJECT_STUBS_H */

/*
 * paging.h: a world without address spaces: anons in groups that share a lock
 * as an amap's do, and the smallest fault that keeps the rules.
 */
#ifndef TESTS_AMAP_PAGING_H
#define TESTS_AMAP_PAGING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "amap/uvm_int.h"

#define PT_MAXANON	256

struct pt_group {
	struct rwlock	*lock;
	uint64_t	id;
	int		n;
	struct vm_anon	*anon[PT_MAXANON];
	uint64_t	version[PT_MAXANON];	/* of the content, under lock */
	bool		lost[PT_MAXANON];	/* to a read error */
};

/*
 * pt_boot: a world after conf (NULL: 64 frames, one device of 256 slots).
 * The subject's swap_off walks the groups given to pt_walk.
 */
void	pt_conf(struct vm_conf *, size_t frames, size_t slots);
void	pt_boot(struct vm_conf *);
/* => fails the test if anything is left over */
void	pt_halt(void);
void	pt_walk(struct pt_group *, int ngroups);

void	pt_group_make(struct pt_group *, uint64_t id, int n);
void	pt_group_free(struct pt_group *);
/*
 * pt_fault: => the group locked, anon i resident, idle and active; or an
 *    error (ENOMEM, EIO, ENOENT) and nothing locked
 */
int	pt_fault(struct pt_group *, int i);
/* => locked: is the content what was stored last? */
void	pt_check(struct pt_group *, int i);
/* => locked: a new content; how the page learns of it is varied */
void	pt_store(struct pt_group *, int i);
/* => locked */
void	pt_kill(struct pt_group *, int i);
void	pt_make(struct pt_group *, int i);
void	pt_unlock(struct pt_group *);
/* fault, check, store, unlock */
void	pt_touch(struct pt_group *, int i);

/* => resident, idle and on the inactive queue, unlocked */
void	pt_cool(struct pt_group *, int i);
/* => until the pages of all anons of the group are on swap only */
void	pt_evict(struct pt_group *);

/* => quiescent: flags, slots and counts agree (I6, I7, I8, I11) */
void	pt_audit(struct pt_group *, int ngroups);
uint64_t pt_counter(enum vm_counter);
/* how many incidents of this kind there were, and the last text */
uint64_t pt_incidents(const char *kind, char text[512]);

#endif /* TESTS_AMAP_PAGING_H */

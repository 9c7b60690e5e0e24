/*
 * swap_int.h: swap devices, shared by swap.c (slots), swapdev.c (files),
 * swapio.c (contents) and aio.c (writes).
 *
 * The drum: slot 0 is no slot; each device has a range of its own, for life.
 *
 *	  0   1          n0+1            n0+n1+1
 *	+---+----------+---------------+--------
 *	| - | device 0 | device 1      | ...
 *	+---+----------+---------------+--------
 *
 * A slot in use is owned by one anon, by the cluster that the daemon is
 * filling, or, when bad, by nobody:
 *
 *	inuse = owned + nbad		only <= owned
 */
#ifndef AMAP_SWAP_INT_H
#define AMAP_SWAP_INT_H

#include "amap/uvm_int.h"

#define SWCLUSTER	16	/* at most so many slots in one write */

/* State of a slot, under sw_lk. */
#define SLS_SEALED	0x1	/* written: its seal is valid */
#define SLS_ONLY	0x2	/* the only place of an anon's content */
#define SLS_READING	0x4	/* a read is under way */
#define SLS_BAD		0x8

/*
 * What a page was when it went out: the sum of its cells, and the sum of each
 * cell times its place (from 1).  When one cell differs by d the second sum
 * differs by place * d, so the pair also tells which one it was.
 */
struct vm_seal {
	uint64_t	vs_sum, vs_place;
};

struct vm_swapdev {
	int		sd_first;	/* drum slot of its slot 0 */
	int		sd_nslots;
	int		sd_fd;		/* -1: in memory */
	uint64_t	*sd_mem;
	bool		sd_on;		/* gives out slots; under sw_lk */
	int		sd_inuse, sd_nbad, sd_only;	/* idem */
	int		sd_hint;	/* where the next search begins; idem */
	int		sd_high;	/* no slot from here on was ever given out */
	uint64_t	*sd_bits;	/* in use; idem */
	uint8_t		*sd_state;	/* SLS_*; idem */
	struct vm_seal	*sd_seals;	/* the slot's owner's */
	char		sd_name[256];
};

struct vm_swapstate {
	struct mutex	sw_lk;		/* a leaf */
	int		sw_ndev;
	int		sw_next;	/* device to begin with */
	struct vm_swapdev sw_dev[VM_MAXSWAP];
};

/*
 * inspect.c, where a world is inspected: what a swap-off has to find.
 * vm_inspect_walk: its walk is about to begin
 * vm_inspect_swapoff: it has ended so, and the device is still off
 *	=> sw_lk held
 */
#define INSPECT_DUE	64	/* amaps; nothing is said of more */
struct vm_inspect_due {
	const struct vm_amap *amap[INSPECT_DUE];
	unsigned	n;
};
void	vm_inspect_walk(struct vm_inspect_due *);
void	vm_inspect_swapoff(const struct vm_swapdev *,
	    const struct vm_inspect_due *, int error);
/* swap.c */
struct vm_swapdev *uvm_swap_dev(int slot);	/* NULL: no such slot */
bool	uvm_swap_room(void);		/* is there a slot to be had? */
/* aio.c */
size_t	uvm_aio_inflight(void);		/* pages being written */
/* swapdev.c */
int	uvm_swapdev_open(struct vm_swapdev *, const struct vm_conf *, int dev,
	    char why[256]);
/* swapio.c */
void	uvm_swap_seal(int slot, const struct vm_page *);
/*
 * uvm_swap_transfer: read or write n bytes at slot, short transfers continued.
 * => 0 or errno; injects swap_short and swap_slow
 */
int	uvm_swap_transfer(int slot, void *, size_t n, bool write);

#endif /* AMAP_SWAP_INT_H */

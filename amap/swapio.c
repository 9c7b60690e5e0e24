/*
 * swapio.c: contents on swap: reading, writing, and the proof that what comes
 * back is what went out.
 */
#include "amap/swap_int.h"

#define SLOW_NS	200000		/* swap_slow: at most so much longer */

static inline struct vm_swapdev *
swap_where(int slot, int *i)
{
	struct vm_swapdev *sd = uvm_swap_dev(slot);

	KASSERT(sd != NULL);
	*i = slot - sd->sd_first;
	return sd;
}

static struct vm_seal
seal_of(const struct vm_page *pg)
{
	struct vm_seal seal = { 0, 0 };
	uint64_t v;
	size_t c;

	for (c = 0; c < page_ncells(); c++) {
		v = page_load(pg, c);
		seal.vs_sum += v;
		seal.vs_place += v * (c + 1);
	}
	return seal;
}

/*
 * => page BUSY, nobody can store into it
 * Taken before the page is handed to the I/O, so that a store that slips in
 * during the write is found, too.
 */
void
uvm_swap_seal(int slot, const struct vm_page *pg)
{
	struct vm_swapstate *sw = vmw()->vw_swap;
	struct vm_swapdev *sd;
	int i;

	sd = swap_where(slot, &i);
	sd->sd_seals[i] = seal_of(pg);
	mtx_enter(&sw->sw_lk);
	sd->sd_state[i] |= SLS_SEALED;
	mtx_leave(&sw->sw_lk);
}

/* If one cell differs the two sums say which; -1: several do. */
static long
seal_bad_cell(const struct vm_seal *wrote, const struct vm_seal *read)
{
	uint64_t d = read->vs_sum - wrote->vs_sum;
	uint64_t place = read->vs_place - wrote->vs_place;
	size_t c;

	for (c = 0; d != 0 && c < page_ncells(); c++)
		if (d * (c + 1) == place)
			return (long)c;
	return -1;
}

static void
seal_check(struct vm_swapdev *sd, int i, unsigned int state,
    const struct vm_page *pg)
{
	const struct vm_seal *wrote = &sd->sd_seals[i];
	struct vm_seal read;
	long cell;

	vm_count(VMC_sealed, 1);
	if ((state & SLS_SEALED) == 0) {
		lk_incident("content.slot", "slot %d (%s, page %d) is read but "
		    "was never written", sd->sd_first + i, sd->sd_name, i);
		return;
	}
	read = seal_of(pg);
	if (read.vs_sum == wrote->vs_sum && read.vs_place == wrote->vs_place)
		return;
	cell = seal_bad_cell(wrote, &read);
	if (cell >= 0)
		lk_incident("content.slot", "slot %d (%s, page %d) is not what "
		    "was written: cell %ld differs, now %016llx",
		    sd->sd_first + i, sd->sd_name, i, cell,
		    (unsigned long long)page_load(pg, (size_t)cell));
	else
		lk_incident("content.slot", "slot %d (%s, page %d) is not what "
		    "was written: several cells differ",
		    sd->sd_first + i, sd->sd_name, i);
}

/* How much of n to ask for: all, unless a short transfer is injected. */
static size_t
transfer_piece(size_t n)
{
	if (n > 1 && vm_injected(VMI_swap_short))
		return 1 + (size_t)lk_random_below(n - 1);
	return n;
}

/* Page by page as the processor does, since somebody may look meanwhile. */
static void
transfer_memory(struct vm_swapdev *sd, int i, uint64_t *buf, size_t n,
    bool write)
{
	uint64_t *at = sd->sd_mem + (size_t)i * page_ncells();
	size_t c;

	lk_io(at);
	for (c = 0; c < n / sizeof(*at); c++) {
		if (write)
			VM_RELAXED_STORE(&at[c], VM_RELAXED_LOAD(&buf[c]));
		else
			VM_RELAXED_STORE(&buf[c], VM_RELAXED_LOAD(&at[c]));
	}
}

int
uvm_swap_transfer(int slot, void *buf, size_t n, bool write)
{
	struct vm_swapdev *sd;
	char *p = buf;
	int64_t off;
	ssize_t did;
	size_t piece;
	int i;

	sd = swap_where(slot, &i);
	off = (int64_t)i * (int64_t)vm_page_size();
	if (vm_injected(VMI_swap_slow))
		lk_delay(1 + lk_random_below(SLOW_NS));
	if (sd->sd_mem != NULL) {
		transfer_memory(sd, i, buf, n, write);
		return 0;
	}
	while (n > 0) {
		piece = transfer_piece(n);
		did = write ? lk_pwrite(sd->sd_fd, p, piece, off) :
		    lk_pread(sd->sd_fd, p, piece, off);
		if (did == -EINTR)
			continue;
		if (did <= 0)
			return did == 0 ? EIO : (int)-did;
		p += did;
		off += did;
		n -= (size_t)did;
	}
	return 0;
}

/* => the slot's state; it is being read from now on, or not any more */
static unsigned int
slot_reading(struct vm_swapdev *sd, int i, bool reading)
{
	struct vm_swapstate *sw = vmw()->vw_swap;
	unsigned int state;

	mtx_enter(&sw->sw_lk);
	state = sd->sd_state[i];
	if (reading)
		sd->sd_state[i] |= SLS_READING;
	else
		sd->sd_state[i] &= (uint8_t)~SLS_READING;
	mtx_leave(&sw->sw_lk);
	return state;
}

int
uvm_swap_get(struct vm_page *pg, int slot)
{
	struct vm_swapdev *sd;
	unsigned int state;
	int error, i;

	if (slot == SWSLOT_BAD)
		return EIO;
	KASSERT((vm_page_flags(pg) & PG_BUSY) != 0);
	sd = swap_where(slot, &i);
	state = slot_reading(sd, i, true);
	lk_point(swap_get);
	if (vm_injected(VMI_swap_read))
		error = EIO;
	else
		error = uvm_swap_transfer(slot, pg->cells, vm_page_size(),
		    false);
	(void)slot_reading(sd, i, false);
	if ((state & SLS_ONLY) != 0)
		uvm_swap_only(slot, false);
	if (error != 0) {
		vm_count(VMC_pagein_error, 1);
		return EIO;
	}
	vm_count(VMC_pagein, 1);
	seal_check(sd, i, state, pg);
	return 0;
}

/* => sw_lk held; a slot that will be read or freed, but not rewritten */
static int
plant_slot(const struct vm_swapdev *sd)
{
	int i;

	for (i = 0; i < sd->sd_nslots; i++)
		if ((sd->sd_state[i] & (SLS_ONLY | SLS_READING | SLS_BAD)) ==
		    SLS_ONLY)
			return i;
	return -1;
}

static bool
plant_flip(struct vm_swapdev *sd, int i)
{
	int64_t off = (int64_t)i * (int64_t)vm_page_size();
	unsigned char bytes[16];
	size_t k;

	if (sd->sd_mem != NULL) {
		sd->sd_mem[off / 8] ^= 0xa5a5a5a5;
		return true;
	}
	if (lk_pread(sd->sd_fd, bytes, sizeof(bytes), off) != sizeof(bytes))
		return false;
	for (k = 0; k < sizeof(bytes); k++)
		bytes[k] ^= 0xa5;
	return lk_pwrite(sd->sd_fd, bytes, sizeof(bytes), off) == sizeof(bytes);
}

/*
 * The lock is held across the I/O, for once: the slot can neither be freed
 * nor begin to be read before it is spoilt.
 */
bool
vm_plant_slot_corruption(void)
{
	struct vm_swapstate *sw = vmw()->vw_swap;
	bool planted = false;
	int dev, i;

	mtx_enter(&sw->sw_lk);
	for (dev = 0; dev < sw->sw_ndev && !planted; dev++) {
		i = plant_slot(&sw->sw_dev[dev]);
		if (i >= 0)
			planted = plant_flip(&sw->sw_dev[dev], i);
	}
	mtx_leave(&sw->sw_lk);
	return planted;
}

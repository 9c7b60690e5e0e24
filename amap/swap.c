/*
 * swap.c: who owns which slot of swap.
 */
#include "amap/swap_int.h"

#define NBITS	64
#define FULL	99		/* per cent: leave the daemon some slots */

static inline struct vm_swapstate *
sws(void)
{
	return vmw()->vw_swap;
}

/* => sw_lk held */
static void
swap_gauges(struct vm_swapstate *sw)
{
	struct vm_gauges *g = vmw()->vw_gauges;
	uint64_t slots = 0, inuse = 0, only = 0, bad = 0;
	int i;

	if (g == NULL)
		return;
	for (i = 0; i < sw->sw_ndev; i++) {
		struct vm_swapdev *sd = &sw->sw_dev[i];

		slots += sd->sd_on ? (uint64_t)sd->sd_nslots : 0;
		inuse += (uint64_t)sd->sd_inuse;
		only += (uint64_t)sd->sd_only;
		bad += (uint64_t)sd->sd_nbad;
	}
	atomic_store_explicit(&g->swap_slots, slots, memory_order_relaxed);
	atomic_store_explicit(&g->swap_inuse, inuse, memory_order_relaxed);
	atomic_store_explicit(&g->swap_only, only, memory_order_relaxed);
	atomic_store_explicit(&g->swap_bad, bad, memory_order_relaxed);
}

struct vm_swapdev *
uvm_swap_dev(int slot)
{
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd;

	for (sd = sw->sw_dev; sd < sw->sw_dev + sw->sw_ndev; sd++)
		if (slot >= sd->sd_first && slot < sd->sd_first + sd->sd_nslots)
			return sd;
	return NULL;
}

/* A slot handed to us that cannot be one is the caller's mistake. */
static struct vm_swapdev *
swap_dev_of(int slot, int n)
{
	struct vm_swapdev *sd = uvm_swap_dev(slot);

	KASSERT(sd != NULL);
	KASSERT(n > 0 && slot - sd->sd_first + n <= sd->sd_nslots);
	return sd;
}

static inline bool
bit_isset(const uint64_t *bits, int i)
{
	return (bits[i / NBITS] >> (i % NBITS) & 1) != 0;
}

/* => the first place in [i, end) where the bit is set (want) or clear, or end */
static int
bit_find(const uint64_t *bits, int i, int end, bool want)
{
	uint64_t word;

	while (i < end) {
		word = bits[i / NBITS];
		if (!want)
			word = ~word;
		word &= ~(uint64_t)0 << (i % NBITS);
		if (word != 0) {
			i = i / NBITS * NBITS + __builtin_ctzll(word);
			return i < end ? i : end;
		}
		i = (i / NBITS + 1) * NBITS;
	}
	return end;
}

/*
 * The first run of n free slots in [from, end), or the longest shorter one
 * when there is none.
 * => *len is its length, 0: nothing free
 */
static int
run_find(const uint64_t *bits, int from, int end, int n, int *len)
{
	int best = from, start, stop;

	*len = 0;
	for (start = bit_find(bits, from, end, false); start < end;
	    start = bit_find(bits, stop, end, false)) {
		stop = bit_find(bits, start,
		    end - start > n ? start + n : end, true);
		if (stop - start > *len) {
			best = start;
			*len = stop - start;
			if (*len == n)
				break;
		}
	}
	return best;
}

/* Next fit: from the hint to the end, then from the beginning.  sw_lk held. */
static int
dev_find(const struct vm_swapdev *sd, int n, int *len)
{
	int first, second, len2;

	*len = 0;
	if (!sd->sd_on || sd->sd_inuse == sd->sd_nslots)
		return 0;
	first = run_find(sd->sd_bits, sd->sd_hint, sd->sd_nslots, n, len);
	if (*len == n || sd->sd_hint == 0)
		return first;
	second = run_find(sd->sd_bits, 0, sd->sd_nslots, n, &len2);
	if (len2 <= *len)
		return first;
	*len = len2;
	return second;
}

/* => sw_lk held; [slot, slot + n) of the device is free */
static int
dev_take(struct vm_swapdev *sd, int slot, int n)
{
	int i;

	for (i = slot; i < slot + n; i++) {
		sd->sd_bits[i / NBITS] |= (uint64_t)1 << (i % NBITS);
		sd->sd_state[i] = 0;
	}
	sd->sd_inuse += n;
	if (slot + n > sd->sd_high)
		sd->sd_high = slot + n;
	sd->sd_hint = slot + n < sd->sd_nslots ? slot + n : 0;
	return sd->sd_first + slot;
}

int
uvm_swap_alloc(int *n, boolean_t lessok)
{
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd, *bestdev = NULL;
	int at, best = 0, bestlen = 0, i, len, slot = 0;

	KASSERT(*n > 0);
	if (vm_injected(VMI_swapslot))
		return 0;
	mtx_enter(&sw->sw_lk);
	for (i = 0; i < sw->sw_ndev && bestlen < *n; i++) {
		sd = &sw->sw_dev[(sw->sw_next + i) % sw->sw_ndev];
		at = dev_find(sd, *n, &len);
		if (len > bestlen) {
			best = at;
			bestlen = len;
			bestdev = sd;
		}
	}
	if (bestlen == *n || (bestlen > 0 && lessok)) {
		*n = bestlen;
		slot = dev_take(bestdev, best, bestlen);
		sw->sw_next = (int)(bestdev - sw->sw_dev + 1) % sw->sw_ndev;
		swap_gauges(sw);
	}
	mtx_leave(&sw->sw_lk);
	return slot;
}

/* => sw_lk held; false: it was not in use, and somebody frees twice */
static bool
slot_free(struct vm_swapdev *sd, int i)
{
	if (!bit_isset(sd->sd_bits, i) || (sd->sd_state[i] & SLS_BAD) != 0)
		return false;
	if ((sd->sd_state[i] & SLS_ONLY) != 0)
		sd->sd_only--;
	sd->sd_bits[i / NBITS] &= ~((uint64_t)1 << (i % NBITS));
	sd->sd_state[i] = 0;
	sd->sd_inuse--;
	return true;
}

void
uvm_swap_free(int slot, int n)
{
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd;
	int i, only = 0, twice = 0;

	if (slot == SWSLOT_BAD)
		return;
	sd = swap_dev_of(slot, n);
	mtx_enter(&sw->sw_lk);
	for (i = slot - sd->sd_first; i < slot - sd->sd_first + n; i++) {
		if ((sd->sd_state[i] & SLS_ONLY) != 0)
			only = sd->sd_first + i;
		if (!slot_free(sd, i))
			twice = sd->sd_first + i;
	}
	swap_gauges(sw);
	mtx_leave(&sw->sw_lk);
	if (twice != 0)
		lk_incident("slot.free-twice",
		    "slot %d of %s is freed but not in use", twice, sd->sd_name);
	if (only != 0)
		lk_incident("slot.free-only",
		    "slot %d of %s is freed while it counts as the only place "
		    "of a page", only, sd->sd_name);
}

void
uvm_swap_markbad(int slot, int n)
{
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd = swap_dev_of(slot, n);
	int i;

	mtx_enter(&sw->sw_lk);
	for (i = slot - sd->sd_first; i < slot - sd->sd_first + n; i++) {
		KASSERT(bit_isset(sd->sd_bits, i));
		if ((sd->sd_state[i] & SLS_BAD) != 0)
			continue;
		if ((sd->sd_state[i] & SLS_ONLY) != 0)
			sd->sd_only--;
		sd->sd_state[i] = SLS_BAD;
		sd->sd_nbad++;
	}
	swap_gauges(sw);
	mtx_leave(&sw->sw_lk);
}

void
uvm_swap_only(int slot, bool only)
{
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd;
	bool was;
	int i;

	if (slot <= 0)
		return;
	sd = swap_dev_of(slot, 1);
	i = slot - sd->sd_first;
	mtx_enter(&sw->sw_lk);
	was = (sd->sd_state[i] & SLS_ONLY) != 0;
	if (was != only) {
		sd->sd_state[i] ^= SLS_ONLY;
		sd->sd_only += only ? 1 : -1;
		swap_gauges(sw);
	}
	mtx_leave(&sw->sw_lk);
	if (was == only)
		lk_incident("slot.only-twice", "slot %d of %s %s", slot,
		    sd->sd_name, only ?
		    "is made the only place of a page once more" :
		    "was not the only place of a page");
}

size_t
uvm_swpgonly(void)
{
	struct vm_swapstate *sw = sws();
	size_t only = 0;
	int i;

	mtx_enter(&sw->sw_lk);
	for (i = 0; i < sw->sw_ndev; i++)
		only += (size_t)sw->sw_dev[i].sd_only;
	mtx_leave(&sw->sw_lk);
	return only;
}

boolean_t
uvm_swapisfull(void)
{
	struct vm_swapstate *sw = sws();
	uint64_t only = 0, usable = 0;
	int i;

	mtx_enter(&sw->sw_lk);
	for (i = 0; i < sw->sw_ndev; i++) {
		struct vm_swapdev *sd = &sw->sw_dev[i];

		if (!sd->sd_on)
			continue;
		only += (uint64_t)sd->sd_only;
		usable += (uint64_t)(sd->sd_nslots - sd->sd_nbad);
	}
	mtx_leave(&sw->sw_lk);
	return only * 100 >= usable * FULL;
}

bool
uvm_swap_room(void)
{
	struct vm_swapstate *sw = sws();
	bool room = false;
	int i;

	mtx_enter(&sw->sw_lk);
	for (i = 0; i < sw->sw_ndev; i++)
		if (sw->sw_dev[i].sd_on &&
		    sw->sw_dev[i].sd_inuse < sw->sw_dev[i].sd_nslots)
			room = true;
	mtx_leave(&sw->sw_lk);
	return room;
}

static unsigned int
slot_state(int slot, bool *inuse)
{
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd = uvm_swap_dev(slot);
	unsigned int state;

	*inuse = false;
	if (sd == NULL)
		return 0;
	mtx_enter(&sw->sw_lk);
	*inuse = bit_isset(sd->sd_bits, slot - sd->sd_first);
	state = sd->sd_state[slot - sd->sd_first];
	mtx_leave(&sw->sw_lk);
	return state;
}

bool
uvm_swap_slot_owned(int slot)
{
	bool inuse;

	return (slot_state(slot, &inuse) & SLS_BAD) == 0 && inuse;
}

bool
uvm_swap_slot_bad(int slot)
{
	bool inuse;

	return (slot_state(slot, &inuse) & SLS_BAD) != 0 && inuse;
}

int
uvm_swap_view(int dev, struct vm_swapview *v)
{
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd;

	if (dev < 0 || dev >= sw->sw_ndev)
		return EINVAL;
	sd = &sw->sw_dev[dev];
	mtx_enter(&sw->sw_lk);
	v->first = sd->sd_first;
	v->nslots = sd->sd_nslots;
	v->nbad = sd->sd_nbad;
	v->ninuse = sd->sd_inuse;
	v->on = sd->sd_on;
	v->inuse = sd->sd_bits;
	mtx_leave(&sw->sw_lk);
	return 0;
}

int
vm_swap_count(void)
{
	return sws()->sw_ndev;
}

bool
vm_swap_is_on(int dev)
{
	struct vm_swapview v;

	return uvm_swap_view(dev, &v) == 0 && v.on;
}

/* => sw_lk held; nobody owns a slot of it: what is in use is bad */
static void
dev_forget(struct vm_swapdev *sd)
{
	size_t words = ((size_t)sd->sd_nslots + NBITS - 1) / NBITS;

	memset(sd->sd_bits, 0, words * sizeof(*sd->sd_bits));
	memset(sd->sd_state, 0, (size_t)sd->sd_nslots);
	sd->sd_inuse = sd->sd_nbad = sd->sd_only = sd->sd_hint = 0;
}

int
vm_swapon(int dev)
{
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd;
	int error = 0;

	if (dev < 0 || dev >= sw->sw_ndev)
		return EINVAL;
	sd = &sw->sw_dev[dev];
	rw_enter_write(&vmw()->vw_swapctl_lk);
	mtx_enter(&sw->sw_lk);
	if (sd->sd_on)
		error = EBUSY;
	else {
		sd->sd_on = true;
		swap_gauges(sw);
	}
	mtx_leave(&sw->sw_lk);
	rw_exit_write(&vmw()->vw_swapctl_lk);
	if (error == 0) {
		vm_count(VMC_swapon, 1);
		uvm_pageout_wakeup();
	}
	return error;
}

/* => sw_lk held: are slots left that somebody will read? */
static bool
dev_owned(const struct vm_swapdev *sd)
{
	return sd->sd_inuse > sd->sd_nbad;
}

/*
 * For want of memory, says the walk.  Then a page could not be brought in
 * meanwhile, and uvm_anon_pagein() has said so.
 */
static bool
dev_refused(const struct vm_swapdev *sd)
{
	struct vm_world *w = vmw();
	uint64_t before = atomic_load(&w->vw_pagein_refused);
	int plant = atomic_load(&w->vw_plant_walk);
	bool refused = plant == WALK_REFUSES;

	if (plant == WALK_PLAIN)
		refused = AMAP->swap_off(sd->sd_first,
		    sd->sd_first + sd->sd_nslots);
	if (refused && atomic_load(&w->vw_pagein_refused) == before)
		lk_incident("swap.off-refused", "swap-off of %s is refused for "
		    "want of memory, and no page was", sd->sd_name);
	return refused;
}

/*
 * Bring everything in.  No slot of the device is given out any more, but the
 * daemon may hold some in its cluster and writes may be in flight: end these
 * first, so that the walk finds their pages at rest.
 */
static int
dev_empty(int dev, struct vm_swapdev *sd, struct vm_inspect_due *due)
{
	struct vm_swapstate *sw = sws();
	bool owned = true;
	int tries;

	/* An amap that moves or dies under the walk may want a second look. */
	for (tries = 0; tries < 2 && owned; tries++) {
		uvmpd_flush();
		uvm_aio_drain_dev(dev);
		lk_point(swapoff_walk);
		vm_inspect_walk(due);
		if (dev_refused(sd))
			return ENOMEM;
		mtx_enter(&sw->sw_lk);
		owned = dev_owned(sd);
		mtx_leave(&sw->sw_lk);
	}
	return 0;
}

int
vm_swapoff(int dev)
{
	struct vm_inspect_due due = { .n = 0 };
	struct vm_swapstate *sw = sws();
	struct vm_swapdev *sd;
	int error;

	if (dev < 0 || dev >= sw->sw_ndev)
		return EINVAL;
	sd = &sw->sw_dev[dev];
	rw_enter_write(&vmw()->vw_swapctl_lk);
	mtx_enter(&sw->sw_lk);
	error = sd->sd_on ? 0 : EINVAL;
	sd->sd_on = false;		/* before the walk, not after (M44) */
	swap_gauges(sw);
	mtx_leave(&sw->sw_lk);
	if (error != 0)
		goto out;
	error = dev_empty(dev, sd, &due);
	mtx_enter(&sw->sw_lk);
	if (error == 0 && dev_owned(sd))
		error = EBUSY;
	vm_inspect_swapoff(sd, &due, error);
	if (error == 0)
		dev_forget(sd);
	else
		sd->sd_on = true;
	swap_gauges(sw);
	mtx_leave(&sw->sw_lk);
	vm_count(VMC_swapoff, error == 0);
	vm_count(VMC_swapoff_busy, error == EBUSY);
out:
	rw_exit_write(&vmw()->vw_swapctl_lk);
	return error;
}

int
vm_swapwalk(int dev)
{
	struct vm_swapstate *sw = sws();
	const struct vm_swapdev *sd;

	if (dev < 0 || dev >= sw->sw_ndev)
		return EINVAL;
	sd = &sw->sw_dev[dev];
	return dev_refused(sd) ? ENOMEM : 0;
}

/*
 * ppref.c: references per slot, run-length coded.
 *
 * While all entries that name an amap cover all of it, am_ref says it all.
 * Once one of them covers only a part, am_ppref holds a cell per slot.  A
 * run of equal counts uses its first cell, or two:
 *
 *	slot		 0    1    2    3    4    5    6    7
 *	references	 2    2    2    1    0    0    3    3
 *	am_ppref	[-3   3    .]  [2] [-1   2] [-4   2]
 *			  |   |         |
 *			  |   length    a run of one: its count + 1
 *			  a longer run: -(count + 1)
 *
 * The sign tells which, + 1 keeps a count of 0 apart from it; cells marked .
 * are not used.  The runs tile [0, am_nslot) exactly, and
 *
 *	count(s) = number of entries whose part of the amap covers s,
 *	count(s) = 0  =>  slot s is empty.
 */
#include "amap/subject_int.h"

static int
pp_getreflen(const int *ppref, int slot, int *len)
{
	if (ppref[slot] > 0) {
		*len = 1;
		return ppref[slot] - 1;
	}
	*len = ppref[slot + 1];
	return -ppref[slot] - 1;
}

static void
pp_setreflen(int *ppref, int slot, int ref, int len)
{
	if (len == 1) {
		ppref[slot] = ref + 1;
	} else {
		ppref[slot] = -(ref + 1);
		ppref[slot + 1] = len;
	}
}

/* Cut the run that begins at slot in two; its second part begins at cut. */
static void
pp_cut(int *ppref, int slot, int cut)
{
	int len, ref;

	ref = pp_getreflen(ppref, slot, &len);
	pp_setreflen(ppref, cut, ref, len - (cut - slot));
	pp_setreflen(ppref, slot, ref, cut - slot);
	vm_count(VMC_ppref_split, 1);
}

/*
 * Make a run begin at slot.
 * => returns where the run before it begins; -1: slot is the first
 */
static int
pp_begin(int *ppref, int slot)
{
	int len, prev, s;

	for (prev = -1, s = 0; s < slot; s += len) {
		(void)pp_getreflen(ppref, s, &len);
		if (s + len > slot) {
			pp_cut(ppref, s, slot);
			len = slot - s;
		}
		prev = s;
	}
	return prev;
}

void
amap_pp_establish(struct vm_amap *amap)
{
	int *ppref;

	rw_assert_wrlock(amap->am_lock);
	if (vm_injected(VMI_ppref))
		ppref = NULL;
	else
		ppref = mallocarray((size_t)amap->am_nslot, sizeof(*ppref),
		    M_UVMAMAP, M_NOWAIT);
	if (ppref == NULL) {
		amap->am_ppref = PPREF_NONE;
		return;
	}
	pp_setreflen(ppref, 0, amap_refs(amap), amap->am_nslot);
	amap->am_ppref = ppref;
	vm_count(VMC_ppref_establish, 1);
}

/* The slots of a run have lost their last reference. */
static void
pp_wipe(struct vm_amap *amap, int slot, int len)
{
	int nused;

	nused = amap->am_nused;
	amap_wiperange(amap, slot, len);
	vm_count(VMC_ppref_wipe, (uint64_t)(nused - amap->am_nused));
}

void
amap_pp_adjref(struct vm_amap *amap, int curslot, int slotlen, int adjval)
{
	int *ppref = amap->am_ppref;
	int len, prev, prevlen, prevref, ref, slot, stop;

	rw_assert_wrlock(amap->am_lock);
	stop = curslot + slotlen;
	if (curslot < 0 || slotlen < 0 || stop > amap->am_nslot)
		panic("amap_pp_adjref: slots %d to %d of %d", curslot, stop,
		    amap->am_nslot);
	prev = pp_begin(ppref, curslot);

	for (slot = curslot; slot < stop; slot += len) {
		ref = pp_getreflen(ppref, slot, &len);
		if (slot + len > stop) {
			pp_cut(ppref, slot, stop);
			len = stop - slot;
		}
		ref += adjval;
		if (ref < 0)
			panic("amap_pp_adjref: negative count at slot %d",
			    slot);
		/*
		 * The first run alone looks back: within the range all change
		 * alike, so neighbours that differed still do.
		 */
		prevref = -1;
		prevlen = 0;
		if (slot == curslot && prev != -1)
			prevref = pp_getreflen(ppref, prev, &prevlen);
		if (ref == prevref)
			pp_setreflen(ppref, prev, ref, prevlen + len);
		else
			pp_setreflen(ppref, slot, ref, len);
		if (ref == 0)
			pp_wipe(amap, slot, len);
	}
}

void
amap_adjref_anons(struct vm_amap *amap, vaddr_t offset, vsize_t len, int refv,
    boolean_t all)
{
	rw_assert_wrlock(amap->am_lock);

	/* Its counts begin with what am_ref is before the change. */
	if (amap->am_ppref == NULL && !all && len != (vsize_t)amap->am_nslot)
		amap_pp_establish(amap);
	amap_setref(amap, amap_refs(amap) + refv);
	if (amap_pp_usable(amap)) {
		if (all)
			amap_pp_adjref(amap, 0, amap->am_nslot, refv);
		else
			amap_pp_adjref(amap, (int)offset, (int)len, refv);
	}
	amap_unlock(amap);
}

/*
 * counters.c: what happened, for readers in this and other processes.  The
 * region has one row for each strand slot; a row is written by the strand
 * that has the slot, and goes on from where the slot's last user stopped.
 */
#include "amap/uvm_int.h"

static const struct vm_counter_row counter_rows[] = {
#define COUNTER(name, unit, help)	{ #name, unit, help },
#include "amap/counters.def"
#undef COUNTER
};

const struct vm_counter_row *
vm_counter_rows(size_t *n)
{
	*n = VMC_NCOUNTERS;
	return counter_rows;
}

int
vm_counters_init(struct vm_world *w)
{
	size_t i, n = (size_t)LK_MAXSTRAND * VMC_NCOUNTERS;
	_Atomic uint64_t *g;

	w->vw_counters = lk_record_region(VM_COUNTERS_REGION,
	    n * sizeof(uint64_t));
	w->vw_gauges = lk_record_region(VM_GAUGES_REGION,
	    sizeof(*w->vw_gauges));
	if (w->vw_counters == NULL || w->vw_gauges == NULL)
		return ENOMEM;
	/* An earlier world of this record may have left its own. */
	for (i = 0; i < n; i++)
		VM_RELAXED_STORE(&w->vw_counters[i], 0);
	g = (_Atomic uint64_t *)w->vw_gauges;
	for (i = 0; i < sizeof(*w->vw_gauges) / sizeof(*g); i++)
		atomic_store_explicit(&g[i], 0, memory_order_relaxed);
	return 0;
}

void
vm_counters_sum(struct lk_record *rec, uint64_t sum[VMC_NCOUNTERS])
{
	const uint64_t *row;
	size_t i, c, size = 0;

	memset(sum, 0, VMC_NCOUNTERS * sizeof(*sum));
	row = lk_record_region_find(rec, VM_COUNTERS_REGION, &size);
	if (row == NULL)
		return;
	for (i = 0; i < size / (VMC_NCOUNTERS * sizeof(*row)); i++) {
		for (c = 0; c < VMC_NCOUNTERS; c++)
			sum[c] += VM_RELAXED_LOAD(
			    &row[i * VMC_NCOUNTERS + c]);
	}
}

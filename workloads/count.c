/*
 * count.c: what operations came to, and what the VM counted meanwhile.
 */
#include "workloads/runner_int.h"

#define SAMPLE	16	/* one operation in so many is timed, on average */

#define LOAD(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define ADD(p, n)	__atomic_store_n((p), LOAD(p) + (n), __ATOMIC_RELAXED)

struct wl_ctl *
wl_ctl(void)
{
	return lk_record_region(WL_CTL_REGION, sizeof(struct wl_ctl));
}

struct wl_run *
wl_run_region(void)
{
	return lk_record_region(WL_RUN_REGION, sizeof(struct wl_run));
}

/* Drawn, not counted: an operation that comes every so often is no bias. */
bool
wl_count_timed(struct wl_strand *st)
{
	if (st->sample > 0) {
		st->sample--;
		return false;
	}
	st->sample = (uint32_t)lk_random_below(2 * SAMPLE - 1);
	return true;
}

void
wl_count(struct wl_strand *st, enum wl_op op, enum wl_done done, uint64_t ns)
{
	struct wl_opcount *c;

	if (atomic_load_explicit(&st->h->run->phase, memory_order_relaxed) !=
	    WLP_RUN)
		return;
	c = &st->h->counts[lk_strand_id(st->lk)][op];
	if (done == WLR_DONE)
		ADD(&c->done, 1);
	else if (done == WLR_REFUSED)
		ADD(&c->refused, 1);
	else
		ADD(&c->skipped, 1);
	if (ns > 0)
		ADD(&c->ns, ns * SAMPLE);
}

void
wl_opcounts_sum(struct lk_record *rec, struct wl_opcount sum[WLO_NOPS])
{
	const struct wl_opcount (*rows)[WLO_NOPS];
	unsigned i, op, n = lk_record_nstrands(rec);

	for (op = 0; op < WLO_NOPS; op++)
		sum[op] = (struct wl_opcount){ .done = 0 };
	rows = lk_record_region_find(rec, WL_OPS_REGION, NULL);
	for (i = 0; rows != NULL && i < n; i++)
		for (op = 0; op < WLO_NOPS; op++) {
			sum[op].done += LOAD(&rows[i][op].done);
			sum[op].refused += LOAD(&rows[i][op].refused);
			sum[op].skipped += LOAD(&rows[i][op].skipped);
			sum[op].ns += LOAD(&rows[i][op].ns);
		}
}

void
wl_opcounts_strand(const struct lk_record *rec, uint32_t slot,
    struct wl_opcount *sum)
{
	const struct wl_opcount (*rows)[WLO_NOPS];
	unsigned op;

	*sum = (struct wl_opcount){ .done = 0 };
	rows = lk_record_region_find(rec, WL_OPS_REGION, NULL);
	for (op = 0; rows != NULL && slot < LK_MAXSTRAND && op < WLO_NOPS;
	    op++) {
		sum->done += LOAD(&rows[slot][op].done);
		sum->refused += LOAD(&rows[slot][op].refused);
		sum->skipped += LOAD(&rows[slot][op].skipped);
		sum->ns += LOAD(&rows[slot][op].ns);
	}
}

uint64_t
wl_count_ops(struct lk_record *rec)
{
	struct wl_opcount sum[WLO_NOPS];
	uint64_t n = 0;
	unsigned op;

	wl_opcounts_sum(rec, sum);
	for (op = 0; op < WLO_NOPS; op++)
		n += sum[op].done + sum[op].refused;
	return n;
}

static void
snapshot(_Atomic uint64_t to[VMC_NCOUNTERS], _Atomic uint32_t *flag)
{
	uint64_t sum[VMC_NCOUNTERS];
	unsigned i;

	vm_counters_sum(lk_record_current(), sum);
	for (i = 0; i < VMC_NCOUNTERS; i++)
		atomic_store(&to[i], sum[i]);
	atomic_store(flag, 1);
}

void
wl_count_base(struct wl_harness *h)
{
	snapshot(h->ctl->base, &h->ctl->based);
}

void
wl_count_end(struct wl_harness *h)
{
	snapshot(h->ctl->end, &h->ctl->ended);
}

void
wl_counters_sum(struct lk_record *rec, uint64_t sum[VMC_NCOUNTERS])
{
	const struct wl_ctl *ctl;
	uint64_t base;
	unsigned i;

	vm_counters_sum(rec, sum);
	ctl = lk_record_region_find(rec, WL_CTL_REGION, NULL);
	if (ctl == NULL || atomic_load(&ctl->based) == 0)
		return;
	for (i = 0; i < VMC_NCOUNTERS; i++) {
		if (atomic_load(&ctl->ended) != 0)
			sum[i] = atomic_load(&ctl->end[i]);
		base = atomic_load(&ctl->base[i]);
		sum[i] = sum[i] > base ? sum[i] - base : 0;
	}
}

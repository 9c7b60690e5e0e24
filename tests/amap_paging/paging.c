#include <stdio.h>
#include <unistd.h>

#include "tests/amap_paging/paging.h"

static struct amap_ops pt_ops;
static struct pt_group *pt_groups;
static int pt_ngroups;

void
pt_walk(struct pt_group *g, int ngroups)
{
	pt_groups = g;
	pt_ngroups = ngroups;
}

/* Bring in what is in the range, group by group, until nothing is. */
static boolean_t
pt_swap_off(int start, int end)
{
	struct vm_amap amap;
	struct vm_anon *anon;
	struct pt_group *g;
	int i;

	for (g = pt_groups; g < pt_groups + pt_ngroups; g++) {
		for (i = 0; i < g->n; i++) {
again:
			rw_enter_write(g->lock);
			anon = g->anon[i];
			if (anon == NULL || anon->an_swslot < start ||
			    anon->an_swslot >= end) {
				rw_exit_write(g->lock);
				continue;
			}
			memset(&amap, 0, sizeof(amap));
			amap.am_lock = g->lock;
			if (uvm_anon_pagein(&amap, anon))
				return TRUE;
			goto again;
		}
	}
	return FALSE;
}

void
pt_conf(struct vm_conf *conf, size_t frames, size_t slots)
{
	vm_conf_default(conf);
	conf->page_size = 512;
	conf->frames = frames;
	conf->nswap = 1;
	conf->swap_slots[0] = slots;
	snprintf(conf->swap_dir, sizeof(conf->swap_dir), "/tmp");
	pt_ops = amap_builtin;
	pt_ops.swap_off = pt_swap_off;
	conf->subject = &pt_ops;
}

void
pt_boot(struct vm_conf *conf)
{
	struct vm_conf small;
	struct vm_world *w;
	char why[256] = "";

	if (conf == NULL) {
		pt_conf(&small, 64, 256);
		conf = &small;
	}
	assert_int_equal(lk_strand_adopt("test", NULL), 0);
	if (vm_world_create(conf, &w, why) != 0)
		fail_msg("%s", why);
	pt_walk(NULL, 0);
}

void
pt_halt(void)
{
	struct vm_swapview v;
	int dev;

	vm_quiesce();
	for (dev = 0; dev < vm_swap_count(); dev++) {
		assert_int_equal(uvm_swap_view(dev, &v), 0);
		assert_int_equal(v.ninuse, v.nbad);
	}
	assert_int_equal(uvm_swpgonly(), 0);
	assert_int_equal(uvm_freeframes(), vmw()->vw_conf.frames);
	assert_int_equal(vmw()->vw_anon_pool.pr_nout, 0);
	vm_resume();
	vm_world_destroy(vmw());
	lk_strand_leave();
}

void
pt_make(struct pt_group *g, int i)
{
	struct vm_anon *anon = uvm_analloc();

	if (anon == NULL)
		return;
	anon->an_lock = g->lock;
	g->anon[i] = anon;
	g->lost[i] = false;
	g->version[i] = 0;		/* nothing stored yet */
}

void
pt_group_make(struct pt_group *g, uint64_t id, int n)
{
	int i;

	memset(g, 0, sizeof(*g));
	rw_obj_alloc(&g->lock, "group");
	g->id = id;
	g->n = n;
	rw_enter_write(g->lock);
	for (i = 0; i < n; i++)
		pt_make(g, i);
	rw_exit_write(g->lock);
}

void
pt_kill(struct pt_group *g, int i)
{
	g->anon[i]->an_ref = 0;
	uvm_anfree(g->anon[i]);
	g->anon[i] = NULL;
}

void
pt_group_free(struct pt_group *g)
{
	int i;

	rw_enter_write(g->lock);
	for (i = 0; i < g->n; i++)
		if (g->anon[i] != NULL)
			pt_kill(g, i);
	rw_exit_write(g->lock);
	(void)rw_obj_free(g->lock);
	g->lock = NULL;
}

void
pt_unlock(struct pt_group *g)
{
	rw_exit_write(g->lock);
}

static uint64_t
pt_cell(const struct pt_group *g, int i, size_t c)
{
	return (g->id * 1000003 + (uint64_t)i * 65537 + c) *
	    0x9e3779b97f4a7c15ULL + g->version[i];
}

/* A page of ours has come in, or has not.  => locked; released on error */
static int
pt_came(struct pt_group *g, int i, struct vm_anon *anon, struct vm_page *pg,
    int error)
{
	if ((vm_page_flags(pg) & PG_RELEASED) != 0) {
		(void)uvm_page_unbusy(pg);	/* lock released */
		return ERESTART;
	}
	if (error != 0) {
		uvm_swap_markbad(anon->an_swslot, 1);
		anon->an_swslot = SWSLOT_BAD;
		g->lost[i] = true;
		uvm_lock_pageq();
		uvm_pagefree(pg);
		uvm_unlock_pageq();
		pt_unlock(g);
		return EIO;
	}
	atomic_clearbits_int(&pg->pg_flags, PG_FAKE);
	uvm_lock_pageq();
	uvm_pageactivate(pg);
	uvm_unlock_pageq();
	(void)uvm_page_unbusy(pg);
	return 0;
}

/* => locked; ERESTART: nothing locked, again */
static int
pt_fault_once(struct pt_group *g, int i)
{
	struct vm_anon *anon = g->anon[i];
	struct vm_page *pg;
	int error = 0, slot;

	if (anon == NULL) {
		pt_unlock(g);
		return ENOENT;
	}
	pg = anon->an_page;
	if (pg != NULL && (vm_page_flags(pg) & PG_BUSY) == 0)
		return 0;
	if (pg != NULL) {
		uvm_pagewait(pg, g->lock, "ptbusy");
		return ERESTART;
	}
	slot = anon->an_swslot;
	if (slot == SWSLOT_BAD) {
		pt_unlock(g);
		return EIO;
	}
	pg = uvm_pagealloc(NULL, 0, anon, slot == 0 ? UVM_PGA_ZERO : 0);
	if (pg == NULL) {
		pt_unlock(g);
		error = uvm_wait_fail("ptmem");
		return error != 0 ? error : ERESTART;
	}
	if (slot > 0) {
		pt_unlock(g);
		error = uvm_swap_get(pg, slot);
		rw_enter_write(g->lock);
	} else
		atomic_clearbits_int(&pg->pg_flags, PG_CLEAN);
	return pt_came(g, i, anon, pg, error);
}

int
pt_fault(struct pt_group *g, int i)
{
	int error;

	do {
		rw_enter_write(g->lock);
		error = pt_fault_once(g, i);
	} while (error == ERESTART);
	return error;
}

void
pt_check(struct pt_group *g, int i)
{
	const struct vm_page *pg = g->anon[i]->an_page;
	uint64_t want, have;
	size_t c;

	for (c = 0; c < page_ncells(); c++) {
		want = g->version[i] == 0 ? 0 : pt_cell(g, i, c);
		have = page_load(pg, c);
		if (want != have)
			lk_incident("test.content", "group %llu anon %d cell "
			    "%zu: %016llx, expected %016llx",
			    (unsigned long long)g->id, i, c,
			    (unsigned long long)have, (unsigned long long)want);
	}
}

void
pt_store(struct pt_group *g, int i)
{
	struct vm_page *pg = g->anon[i]->an_page;
	size_t c;

	g->version[i]++;
	for (c = 0; c < page_ncells(); c++)
		page_store(pg, c, pt_cell(g, i, c));
	/* as a copy does, or as a store through a translation does */
	if (lk_random_below(2) == 0)
		atomic_clearbits_int(&pg->pg_flags, PG_CLEAN);
	else
		atomic_fetch_or(&pg->pg_refmod, PGR_REF | PGR_MOD);
	uvm_lock_pageq();
	uvm_pageactivate(pg);
	uvm_unlock_pageq();
}

void
pt_touch(struct pt_group *g, int i)
{
	assert_int_equal(pt_fault(g, i), 0);
	pt_check(g, i);
	pt_store(g, i);
	pt_unlock(g);
}

void
pt_cool(struct pt_group *g, int i)
{
	assert_int_equal(pt_fault(g, i), 0);
	uvm_lock_pageq();
	uvm_pagedeactivate(g->anon[i]->an_page);
	uvm_unlock_pageq();
	pt_unlock(g);
}

void
pt_evict(struct pt_group *g)
{
	int i, there;

	do {
		there = 0;
		rw_enter_write(g->lock);
		for (i = 0; i < g->n; i++) {
			struct vm_anon *anon = g->anon[i];

			if (anon == NULL || anon->an_page == NULL)
				continue;
			there++;
			uvm_lock_pageq();
			uvm_pagedeactivate(anon->an_page);
			uvm_unlock_pageq();
			pmap_clear_reference(anon->an_page);
		}
		rw_exit_write(g->lock);
		if (there > 0) {
			vm_pressure((size_t)there);
			uvm_aio_drain();
			lk_yield();
		}
	} while (there > 0);
}

static void
pt_audit_page(const struct vm_anon *anon, const struct vm_page *pg)
{
	unsigned int flags = vm_page_flags(pg);

	assert_ptr_equal(pg->uanon, anon);
	assert_int_equal(flags & (PG_BUSY | PG_FAKE | PG_RELEASED), 0);
	if ((flags & PG_CLEAN) != 0)
		assert_true(anon->an_swslot > 0);
}

void
pt_audit(struct pt_group *g, int ngroups)
{
	struct vm_anon *anon;
	struct vm_swapview v;
	int dev, first, i, owned = 0, inuse = 0;
	size_t only = 0;

	assert_int_equal(uvmpd_cluster_slots(&first), 0);
	for (; ngroups-- > 0; g++) {
		for (i = 0; i < g->n; i++) {
			if ((anon = g->anon[i]) == NULL)
				continue;
			if (anon->an_page != NULL)
				pt_audit_page(anon, anon->an_page);
			if (anon->an_swslot > 0) {
				owned++;
				assert_true(uvm_swap_slot_owned(
				    anon->an_swslot));
				only += anon->an_page == NULL;
			}
		}
		assert_int_equal(rw_obj_refs(g->lock), 1);
	}
	for (dev = 0; dev < vm_swap_count(); dev++) {
		assert_int_equal(uvm_swap_view(dev, &v), 0);
		inuse += v.ninuse - v.nbad;
	}
	assert_int_equal(inuse, owned);
	assert_int_equal(uvm_swpgonly(), only);
}

uint64_t
pt_counter(enum vm_counter c)
{
	uint64_t sum[VMC_NCOUNTERS];

	vm_counters_sum(lk_record_current(), sum);
	return sum[c];
}

struct pt_seen {
	const char	*kind;
	char		*text;
	uint64_t	n;
};

static void
pt_see(const struct lk_incident_info *info, void *arg)
{
	struct pt_seen *seen = arg;

	if (strcmp(info->kind, seen->kind) != 0)
		return;
	seen->n += info->count;
	if (seen->text != NULL)
		memcpy(seen->text, info->text, LK_INCIDENT_TEXT);
}

uint64_t
pt_incidents(const char *kind, char text[512])
{
	struct pt_seen seen = { kind, text, 0 };

	lk_record_incidents(lk_record_current(), pt_see, &seen);
	return seen.n;
}

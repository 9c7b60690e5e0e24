/*
 * helpers.c: worlds, entries, anons, and what must hold of any amap.
 */
#include "tests/amap_subject/stubs.h"

static struct vm_world the_world;
static struct vm_gauges gauges;
static uint64_t incidents_before;

/* Lock objects are counted, too. */
static void *
obj_get(size_t size)
{
	atomic_fetch_add(&stub.objects, 1);
	if (stub.on_object != NULL)
		stub.on_object();
	return calloc(1, size);
}

static void *
obj_try(size_t size)
{
	return vm_injected(VMI_lockobj) ? NULL : obj_get(size);
}

static void
obj_put(void *p, size_t size)
{
	atomic_fetch_sub(&stub.objects, 1);
	free(p);
}
static const struct lk_obj_alloc counting = { obj_get, obj_try, obj_put };

struct vm_world *
world(void)
{
	return &the_world;
}

void
world_up(const char *scheme)
{
	memset(&the_world, 0, sizeof(the_world));
	memset(&stub, 0, sizeof(stub));
	memset(&gauges, 0, sizeof(gauges));
	the_world.vw_ops = &amap_builtin;
	the_world.vw_scheme = swapoff_scheme_find(scheme);
	assert_non_null(the_world.vw_scheme);
	the_world.vw_page_shift = 12;
	the_world.vw_gauges = &gauges;
	the_world.vw_counters = calloc((size_t)LK_MAXSTRAND * VMC_NCOUNTERS,
	    sizeof(uint64_t));
	assert_int_equal(lk_strand_adopt("test", &the_world), 0);
	lk_obj_allocator(&counting);
	incidents_before = lk_incidents();
	amap_init();
}

void
world_down(void)
{
	int i;

	assert_true(LIST_EMPTY(&amap_list));
	assert_int_equal(the_world.vw_markers, 0);
	assert_int_equal(stub.anons, 0);
	assert_int_equal(stub.pages, 0);
	assert_int_equal(stub.blocks, 0);
	assert_int_equal(stub.objects, 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(stub.slots[i], 0);
	assert_int_equal(gauges.amaps, 0);
	assert_int_equal(uvm_amap_pool.pr_nout, 0);
	assert_int_equal(uvm_amap_chunk_pool.pr_nout, 0);
	for (i = 0; i < UVM_AMAP_CHUNK; i++)
		assert_int_equal(uvm_small_amap_pool[i].pr_nout, 0);
	assert_int_equal(lk_incidents(), incidents_before);
	lk_strand_leave();
	lk_obj_allocator(NULL);
	free(the_world.vw_counters);
}

uint64_t
counted(enum vm_counter c)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < LK_MAXSTRAND; i++)
		sum += VM_RELAXED_LOAD(&the_world.vw_counters[
		    (size_t)i * VMC_NCOUNTERS + c]);
	return sum;
}

struct vm_map_entry
entry_of(int npages)
{
	struct vm_map_entry e;

	memset(&e, 0, sizeof(e));
	e.start = 0x100000;
	e.end = e.start + (vaddr_t)npages * PAGE;
	e.etype = UVM_ET_COPYONWRITE | UVM_ET_NEEDSCOPY;
	return e;
}

struct vm_anon *
anon_new(struct vm_amap *amap, uint64_t value, int swslot)
{
	struct vm_anon *anon;
	struct vm_page *pg;

	anon = uvm_analloc();
	assert_non_null(anon);
	anon->an_lock = amap->am_lock;
	if (swslot > 0) {
		set_slot(anon, swslot);
		return anon;
	}
	pg = uvm_pagealloc(NULL, 0, anon, 0);
	assert_non_null(pg);
	pg->cells[0] = value;
	atomic_clearbits_int(&pg->pg_flags, PG_BUSY | PG_FAKE | PG_CLEAN);
	return anon;
}

void
anon_drop(struct vm_anon *anon)
{
	if (--anon->an_ref == 0)
		uvm_anfree(anon);
}

void
put(struct vm_aref *aref, int slot, uint64_t value, int swslot)
{
	struct vm_amap *amap = aref->ar_amap;

	amap_lock(amap);
	assert_int_equal(amap_add(aref, (vaddr_t)slot * PAGE,
	    anon_new(amap, value, swslot), FALSE), 0);
	amap_unlock(amap);
}

struct vm_anon *
get(struct vm_aref *aref, int slot)
{
	struct vm_anon *anon;

	amap_lock(aref->ar_amap);
	anon = amap_lookup(aref, (vaddr_t)slot * PAGE);
	amap_unlock(aref->ar_amap);
	return anon;
}

uint64_t
anon_value(const struct vm_anon *anon)
{
	if (anon->an_page != NULL)
		return anon->an_page->cells[0];
	if (anon->an_swslot > 0 && stub.content[anon->an_swslot] != 0)
		return stub.content[anon->an_swslot];
	return (uint64_t)anon->an_swslot;
}

uint64_t
value_of(struct vm_aref *aref, int slot)
{
	struct vm_anon *anon;
	uint64_t v = 0;

	amap_lock(aref->ar_amap);
	anon = amap_lookup(aref, (vaddr_t)slot * PAGE);
	if (anon != NULL)
		v = anon_value(anon);
	amap_unlock(aref->ar_amap);
	return v;
}

struct vm_amap *
amap_of(int npages, int lazy)
{
	struct vm_amap *amap;

	amap = amap_alloc((vaddr_t)npages * PAGE, M_WAITOK, lazy);
	assert_non_null(amap);
	return amap;
}

void
drop(struct vm_amap *amap)
{
	amap_unref(amap, 0, (vsize_t)amap->am_nslot, TRUE);
}

void
page_out(struct vm_anon *anon, int swslot)
{
	struct pglist list;
	struct vm_page *pg = anon->an_page;

	TAILQ_INIT(&list);
	TAILQ_INSERT_TAIL(&list, pg, pageq);
	anon->an_page = NULL;
	set_slot(anon, swslot);
	uvm_pglistfree(&list);
}

void
page_keep(struct vm_anon *anon, int swslot)
{
	uint64_t value = anon_value(anon);

	page_out(anon, swslot);
	stub.content[swslot] = value;
}

bool
listed(struct vm_amap *amap)
{
	struct vm_amap *a;
	bool found = false;

	rw_enter_write(&amap_list_lock);
	LIST_FOREACH(a, &amap_list, am_list)
		if (a == amap)
			found = true;
	rw_exit_write(&amap_list_lock);
	return found;
}

size_t
list_length(void)
{
	struct vm_amap *a;
	size_t n = 0;

	rw_enter_write(&amap_list_lock);
	LIST_FOREACH(a, &amap_list, am_list)
		n += !amap_is_marker(a);
	rw_exit_write(&amap_list_lock);
	return n;
}

static jmp_buf panicked;

static void
panic_end(void)
{
	longjmp(panicked, 1);
}

bool
panics(void (*fn)(void *), void *arg)
{
	void (*volatile old)(void) = lk_panic_end;
	volatile bool hit = true;

	lk_panic_end = panic_end;
	if (setjmp(panicked) == 0) {
		fn(arg);
		hit = false;
	}
	lk_panic_end = old;
	incidents_before = lk_incidents();
	return hit;
}

/* ------------------------------------------------------------------------
 * What holds of any amap at rest
 */

/* => slots in use; the chunk by itself is sound */
static int
check_chunk(struct vm_amap *amap, struct vm_amap_chunk *chunk)
{
	int i, left = amap->am_nslot - chunk->ac_baseslot, n = 0;
	bool bit;

	assert_int_equal(chunk->ac_baseslot % UVM_AMAP_CHUNK, 0);
	assert_int_equal(chunk->ac_nslot,
	    left < UVM_AMAP_CHUNK ? left : UVM_AMAP_CHUNK);
	assert_int_equal(chunk->ac_usedmap >> chunk->ac_nslot, 0);
	for (i = 0; i < chunk->ac_nslot; i++) {
		bit = (chunk->ac_usedmap >> i & 1) != 0;
		assert_int_equal(bit, chunk->ac_anon[i] != NULL);
		if (!bit)
			continue;
		n++;
		assert_ptr_equal(chunk->ac_anon[i]->an_lock, amap->am_lock);
		assert_true(chunk->ac_anon[i]->an_ref > 0);
		assert_true(pp_count(amap, chunk->ac_baseslot + i) > 0);
	}
	return n;
}

/* Chunks of a bucket stand together and the bucket names the first. */
static void
check_buckets(struct vm_amap *amap)
{
	struct vm_amap_chunk *chunk;
	int *chunks, b, n = 0, prev = -1;

	chunks = calloc((size_t)amap->am_nbuckets, sizeof(*chunks));
	TAILQ_FOREACH(chunk, &amap->am_chunks, ac_list) {
		b = UVM_AMAP_BUCKET(amap, chunk->ac_baseslot);
		assert_in_range(b, 0, amap->am_nbuckets - 1);
		if (b != prev) {
			assert_int_equal(chunks[b], 0);
			assert_ptr_equal(amap->am_buckets[b], chunk);
		}
		chunks[b]++;
		prev = b;
		n++;
	}
	assert_int_equal(n, amap->am_ncused);
	for (b = 0; b < amap->am_nbuckets; b++)
		assert_int_equal(chunks[b] != 0, amap->am_buckets[b] != NULL);
	free(chunks);
}

int
pp_count(struct vm_amap *amap, int slot)
{
	int *pp = amap->am_ppref, len, s;

	if (!amap_pp_usable(amap))
		return amap_refs(amap);
	for (s = 0; s <= slot; s += len) {
		assert_int_not_equal(pp[s], 0);
		len = pp[s] > 0 ? 1 : pp[s + 1];
		assert_true(pp[s] > 0 || len > 1);
		if (slot < s + len)
			return (pp[s] > 0 ? pp[s] : -pp[s]) - 1;
	}
	fail_msg("slot %d is in no run", slot);
	return -1;
}

static void
check_tiles(struct vm_amap *amap)
{
	int *pp = amap->am_ppref, s;

	for (s = 0; s < amap->am_nslot; s += pp[s] > 0 ? 1 : pp[s + 1])
		assert_int_not_equal(pp[s], 0);
	assert_int_equal(s, amap->am_nslot);
}

void
check_amap(struct vm_amap *amap)
{
	struct vm_amap_chunk *chunk;
	int n = 0;

	amap_lock(amap);
	AMAP_CHUNK_FOREACH(chunk, amap)
		n += check_chunk(amap, chunk);
	assert_int_equal(n, amap->am_nused);
	if (!UVM_AMAP_SMALL(amap))
		check_buckets(amap);
	if (amap_pp_usable(amap))
		check_tiles(amap);
	assert_true(amap_refs(amap) > 0);
	amap_unlock(amap);
}

/*
 * subject_call.c: how neighbours call an external subject.  The file itself
 * counts nothing, so what can be seen from outside is counted here.
 */
#include "amap/subject_ext_int.h"

/* The file's own functions. */
static const struct amap_ops *
file(void)
{
	return &AMAP->subject->file;
}

static void
pool_is(struct pool *pr, enum vm_inject_site site, _Atomic uint64_t *gauge)
{
	pr->pr_site = (int)site;
	pr->pr_gauge = gauge;
}

/* A new world: nothing of the last one is left, and pools are told apart. */
static void
call_init(void)
{
	_Atomic uint64_t *amaps = &vmw()->vw_gauges->amaps;
	int i;

	sub_put(AMAP->subject, AMAP->subject->loaded);
	file()->init();
	pool_is(AMAP->amap_pool, VMI_amap, amaps);
	for (i = 0; i < UVM_AMAP_CHUNK; i++)
		pool_is(&AMAP->small_pools[i], VMI_amap, amaps);
	pool_is(AMAP->chunk_pool, VMI_chunk, NULL);
}

static struct vm_amap *
call_alloc(vaddr_t sz_b, int waitf, int lazyalloc)
{
	return file()->alloc(sz_b, waitf, lazyalloc);
}

static void
call_free(struct vm_amap *amap)
{
	file()->free(amap);
}

static void
call_wipeout(struct vm_amap *amap)
{
	file()->wipeout(amap);
}

static void
call_copy(struct vm_map *map, struct vm_map_entry *e, int waitf,
    boolean_t canchunk, vaddr_t startva, vaddr_t endva)
{
	struct vm_amap *before = e->aref.ar_amap;

	file()->copy(map, e, waitf, canchunk, startva, endva);
	if (UVM_ET_ISNEEDSCOPY(e))
		vm_count(VMC_amap_copy_fail, 1);
	else if (before != NULL)
		vm_count(e->aref.ar_amap == before ? VMC_amap_takeover :
		    VMC_amap_copy, 1);
}

static void
call_cow_now(struct vm_map *map, struct vm_map_entry *e)
{
	file()->cow_now(map, e);
}

static void
call_splitref(struct vm_aref *orig, struct vm_aref *split, vaddr_t offset_b)
{
	file()->splitref(orig, split, offset_b);
	vm_count(VMC_splitref, 1);
}

static boolean_t
call_swap_off(int startslot_d, int endslot_d)
{
	boolean_t failed;

	/* A marker of the walker may be on the list meanwhile. */
	atomic_fetch_add_explicit(&vmw()->vw_markers, 1, memory_order_relaxed);
	failed = file()->swap_off(startslot_d, endslot_d);
	atomic_fetch_sub_explicit(&vmw()->vw_markers, 1, memory_order_relaxed);
	return failed;
}

static struct vm_anon *
call_lookup(struct vm_aref *aref, vaddr_t offset_b)
{
	return file()->lookup(aref, offset_b);
}

static void
call_lookups(struct vm_aref *aref, vaddr_t offset_b, struct vm_anon **anons,
    int npages)
{
	file()->lookups(aref, offset_b, anons, npages);
}

/* Kernel files change chunks here and take no lock: that is for the caller. */
static void
call_populate(struct vm_aref *aref, vaddr_t offset_b)
{
	struct vm_amap *amap = aref->ar_amap;

	amap_lock(amap);
	file()->populate(aref, offset_b);
	amap_unlock(amap);
}

static int
call_add(struct vm_aref *aref, vaddr_t offset_b, struct vm_anon *anon,
    boolean_t replace)
{
	return file()->add(aref, offset_b, anon, replace);
}

static void
call_unadd(struct vm_aref *aref, vaddr_t offset_b)
{
	file()->unadd(aref, offset_b);
	vm_count(VMC_unadd, 1);
}

static void
call_ref(struct vm_amap *amap, vaddr_t offset_s, vsize_t len_s, int flags)
{
	file()->ref(amap, offset_s, len_s, flags);
}

static void
call_unref(struct vm_amap *amap, vaddr_t offset_s, vsize_t len_s,
    boolean_t all)
{
	if (!all && len_s != (vsize_t)amap->am_nslot)
		vm_count(VMC_unref_partial, 1);
	file()->unref(amap, offset_s, len_s, all);
}

void
sub_calls(struct amap_ops *ops)
{
#define FUNCTION(member, name, proto)	ops->member = call_##member;
#define OBJECT(member, name, decl)
#include "amap/subject_defines.def"
#undef FUNCTION
#undef OBJECT
}

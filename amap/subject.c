/*
 * subject.c: the built-in subject as its neighbours see it.
 */
#include "amap/subject_int.h"

struct amap_head	amap_list = LIST_HEAD_INITIALIZER(amap_list);
struct rwlock		amap_list_lock = RWLOCK_INITIALIZER("amaplstlk");
struct pool		uvm_amap_pool;
struct pool		uvm_small_amap_pool[UVM_AMAP_CHUNK];
struct pool		uvm_amap_chunk_pool;

static const char *const small_names[UVM_AMAP_CHUNK] = {
	"amap1", "amap2", "amap3", "amap4", "amap5", "amap6", "amap7", "amap8",
	"amap9", "amap10", "amap11", "amap12", "amap13", "amap14", "amap15",
	"amap16"
};

static void
amap_pool(struct pool *pp, size_t size, const char *name)
{
	pool_init(pp, size, 0, IPL_MPFLOOR, 0, name, NULL);
	pp->pr_site = VMI_amap;
	pp->pr_gauge = &vmw()->vw_gauges->amaps;
}

/* => a new world: what an old one left in these globals is void */
void
amap_init(void)
{
	size_t i, size;

	LIST_INIT(&amap_list);
	rw_init(&amap_list_lock, "amaplstlk");
	amap_pool(&uvm_amap_pool, sizeof(struct vm_amap), "amap");
	for (i = 0; i < UVM_AMAP_CHUNK; i++) {
		size = offsetof(struct vm_amap, am_small.ac_anon) +
		    (i + 1) * sizeof(struct vm_anon *);
		amap_pool(&uvm_small_amap_pool[i], size, small_names[i]);
	}
	pool_init(&uvm_amap_chunk_pool, sizeof(struct vm_amap_chunk) +
	    UVM_AMAP_CHUNK * sizeof(struct vm_anon *), 0, IPL_MPFLOOR, 0,
	    "amapchunk", NULL);
	uvm_amap_chunk_pool.pr_site = VMI_chunk;
}

const struct amap_ops amap_builtin = {
	.name = "builtin",
	.init = amap_init,
	.alloc = amap_alloc,
	.free = amap_free,
	.wipeout = amap_wipeout,
	.copy = amap_copy,
	.cow_now = amap_cow_now,
	.splitref = amap_splitref,
	.swap_off = amap_swap_off,
	.lookup = amap_lookup,
	.lookups = amap_lookups,
	.populate = amap_populate,
	.add = amap_add,
	.unadd = amap_unadd,
	.ref = amap_ref,
	.unref = amap_unref,
	.list = &amap_list,
	.list_lock = &amap_list_lock,
	.amap_pool = &uvm_amap_pool,
	.small_pools = uvm_small_amap_pool,
	.chunk_pool = &uvm_amap_chunk_pool,
};

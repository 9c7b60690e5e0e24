/*
 * world.c: a whole machine, made from a conf and unmade again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "amap/poison.h"
#include "amap/subject_ext_int.h"

#define CONF_MAXFRAMES	((size_t)1 << 30)
#define CONF_MAXMEMORY	((size_t)1 << 42)
#define CONF_MAXSLOTS	((size_t)1 << 30)
#define CONF_MAXIO	64
#define ARENA_OBJECTS	((size_t)16 << 30)	/* reserved, not used */
#define ARENA_LEAST	((size_t)64 << 20)
/* Explored worlds lie where they did in other processes, if they can. */
#define SMALL_PLACE	((uintptr_t)0x7ea000000000)

void
vm_conf_default(struct vm_conf *c)
{
	int i;

	memset(c, 0, sizeof(*c));
	c->page_size = 4096;
	c->frames = 4096;
	c->nswap = 2;
	for (i = 0; i < VM_MAXSWAP; i++)
		c->swap_slots[i] = 8192;
	strcpy(c->swap_dir, "/tmp");
	c->io_strands = 2;
}

static int bad(char *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
bad(char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, 256, fmt, ap);
	va_end(ap);
	return EINVAL;
}

static int
conf_check_swap(const struct vm_conf *c, char *why)
{
	size_t total = 0;
	int i;

	if (c->nswap < 1 || c->nswap > VM_MAXSWAP)
		return bad(why, "nswap %d: expected 1 to %d swap devices",
		    c->nswap, VM_MAXSWAP);
	for (i = 0; i < c->nswap; i++) {
		if (memchr(c->swap_path[i], '\0', sizeof(c->swap_path[i])) ==
		    NULL)
			return bad(why, "swap path %d: too long", i);
		if (c->swap_slots[i] < 1 || c->swap_slots[i] > CONF_MAXSLOTS)
			return bad(why, "swap device %d of %zu slots: expected "
			    "1 to %zu", i, c->swap_slots[i], CONF_MAXSLOTS);
		total += c->swap_slots[i];
	}
	if (total > CONF_MAXSLOTS)
		return bad(why, "%zu swap slots in all: expected at most %zu",
		    total, CONF_MAXSLOTS);
	if (memchr(c->swap_dir, '\0', sizeof(c->swap_dir)) == NULL)
		return bad(why, "swap directory: path is too long");
	if (c->io_strands < 1 || c->io_strands > CONF_MAXIO)
		return bad(why, "io_strands %d: expected 1 to %d",
		    c->io_strands, CONF_MAXIO);
	return 0;
}

static int
conf_check(const struct vm_conf *c, char *why)
{
	size_t n, i;

	if (c->page_size < 64 || c->page_size > 65536 ||
	    (c->page_size & (c->page_size - 1)) != 0)
		return bad(why, "page_size %zu: expected a power of two from "
		    "64 to 65536", c->page_size);
	if (c->frames < 16 || c->frames > CONF_MAXFRAMES ||
	    c->frames > CONF_MAXMEMORY / c->page_size)
		return bad(why, "frames %zu: expected 16 to %zu, and no more "
		    "than %zu bytes in all", c->frames, CONF_MAXFRAMES,
		    CONF_MAXMEMORY);
	if (c->arena > CONF_MAXMEMORY)
		return bad(why, "arena of %zu bytes: expected at most %zu",
		    c->arena, CONF_MAXMEMORY);
	if (c->scheme != NULL && swapoff_scheme_find(c->scheme) == NULL)
		return bad(why, "scheme '%s': no such swap-off scheme",
		    c->scheme);
	for (i = 0; i < VMI_NSITES; i++) {
		if (c->inject[i].ppm > 1000000)
			return bad(why, "injection at %s: %u per million: "
			    "expected at most 1000000",
			    vm_inject_sites(&n)[i].name, c->inject[i].ppm);
	}
	return conf_check_swap(c, why);
}

/*
 * Only what is touched becomes memory, so a default arena is generous; where
 * the system counts reservations as memory, it takes what it can get.
 */
static int
world_arena(const struct vm_conf *c, struct vm_arena **ap)
{
	size_t fixed, objects, i;
	int error;

	fixed = c->frames * (c->page_size + sizeof(struct vm_page)) +
	    (1UL << 20);
	for (i = 0; i < (size_t)c->nswap; i++)	/* seal, state, bit */
		fixed += c->swap_slots[i] * (18 + (c->swap_memory ?
		    c->page_size : 0)) + 4096;
	objects = c->arena != 0 ? c->arena : ARENA_OBJECTS;
	while ((error = vm_arena_create(fixed + objects, c->small ?
	    (void *)SMALL_PLACE : NULL, ap)) == ENOMEM &&
	    c->arena == 0 && objects > ARENA_LEAST)
		objects /= 2;
	return error;
}

/*
 * Lock objects.  They are asked for by locks/, which alone knows their size:
 * the first one asked for makes the pool.
 */
static void *
lockobj_get(size_t size)
{
	struct vm_world *w = vmw();

	if (w->vw_lockobj_pool.pr_size == 0) {
		pool_init(&w->vw_lockobj_pool, size, 64, IPL_MPFLOOR, 0,
		    "lockobj", NULL);
		w->vw_lockobj_pool.pr_gauge = &w->vw_gauges->lock_objects;
	}
	LK_ASSERT(size == w->vw_lockobj_pool.pr_size);
	if (vm_injected(VMI_lockobj)) {
		lk_node_want(LKN_MEMORY, &w->vw_lockobj_pool);
		lk_delay(20000);
		lk_node_unwant();
	}
	return pool_get(&w->vw_lockobj_pool, PR_WAITOK);
}

static void *
lockobj_try(size_t size)
{
	if (vm_injected(VMI_lockobj))
		return NULL;
	return pool_get(&vmw()->vw_lockobj_pool, PR_NOWAIT);
}

static void
lockobj_put(void *p, size_t size)
{
	pool_put(&vmw()->vw_lockobj_pool, p);
}

static const struct lk_obj_alloc lockobj_alloc = {
	lockobj_get, lockobj_try, lockobj_put
};

static void
lockobj_start(void)
{
	struct rwlock *first;

	lk_obj_allocator(&lockobj_alloc);
	rw_obj_alloc(&first, "lockobj");
	rw_obj_free(first);
}

/* All that needs no file, no strand and no other part's state. */
static int
world_memory(struct vm_world *w)
{
	int error;

	w->vw_page_shift = __builtin_ctzl(w->vw_conf.page_size);
	mtx_init(&w->vw_spaces_lk, "spaces");
	LIST_INIT(&w->vw_spaces);
	rw_init(&w->vw_swapctl_lk, "swapctl");
	if ((error = vm_counters_init(w)) != 0 ||
	    (error = vm_inject_init(w)) != 0 ||
	    (error = uvm_page_init(w)) != 0 ||
	    (error = pmap_init(w)) != 0)
		return error;
	return 0;
}

/* A lock that is dead from the beginning. */
static void
world_grave(struct vm_world *w)
{
	w->vw_grave = vm_arena_alloc(w->vw_arena, sizeof(*w->vw_grave), 64);
	LK_ASSERT(w->vw_grave != NULL);
	rw_init(w->vw_grave, "grave");
	rw_destroy(w->vw_grave);
}

static void
world_pools(struct vm_world *w)
{
	if (w->vw_conf.inspected)
		world_grave(w);
	lockobj_start();
	uvm_anon_init();
	uvm_map_init();
	uvm_obj_init();
	w->vw_anon_pool.pr_gauge = &w->vw_gauges->anons;
	w->vw_ops->init();
}

static int
world_strands(struct vm_world *w, char *why)
{
	int error;

	if ((error = uvm_aio_start(w->vw_conf.io_strands)) != 0) {
		bad(why, "no strands for input and output: %s",
		    strerror(error));
		return error;
	}
	if ((error = uvmpd_start()) != 0) {
		bad(why, "no strand for the page daemon: %s", strerror(error));
		uvm_aio_stop();
	}
	return error;
}

static void
world_gone(struct vm_world *w)
{
	struct vm_arena *a = w->vw_arena;

	vm_audit_drop(w);
	lk_obj_allocator(NULL);
	lk_strand_set_env(NULL);
	vm_arena_destroy(a);
}

int
vm_world_create(const struct vm_conf *c, struct vm_world **wp, char why[256])
{
	struct vm_arena *a;
	struct vm_world *w;
	int error;

	*wp = NULL;
	why[0] = '\0';
	if ((error = conf_check(c, why)) != 0)
		return error;
	if ((error = world_arena(c, &a)) != 0) {
		bad(why, "no memory for the arena: %s", strerror(error));
		return error;
	}
	w = vm_arena_alloc(a, sizeof(*w), 128);
	LK_ASSERT(w != NULL);
	memset(w, 0, sizeof(*w));
	w->vw_arena = a;
	w->vw_conf = *c;
	w->vw_ops = c->subject != NULL ? c->subject : &amap_builtin;
	w->vw_scheme = swapoff_scheme_find(c->scheme != NULL ? c->scheme :
	    "ordered");
	lk_strand_set_env(w);
	if ((error = world_memory(w)) != 0) {
		bad(why, "no memory for %zu frames: %s", c->frames,
		    strerror(error));
		world_gone(w);
		return error;
	}
	world_pools(w);
	if ((error = uvm_swap_init(&w->vw_conf, why)) != 0) {
		world_gone(w);
		return error;
	}
	if ((error = world_strands(w, why)) != 0) {
		uvm_swap_fini();
		world_gone(w);
		return error;
	}
	vm_inject_on(true);
	*wp = w;
	return 0;
}

void
vm_world_rest(struct vm_world *w)
{
	LK_ASSERT(w == vmw());
	vm_inject_on(false);
	uvmpd_stop();
	uvm_aio_stop();
}

int
vm_world_wake(struct vm_world *w)
{
	char why[256];
	int error = world_strands(w, why);

	vm_inject_on(error == 0);
	return error;
}

void
vm_world_destroy(struct vm_world *w)
{
	vm_world_rest(w);
	uvm_swap_fini();
	rw_destroy(&w->vw_swapctl_lk);
	mtx_destroy(&w->vw_spaces_lk);
	mtx_destroy(&w->vw_pageq_lk);
	mtx_destroy(&w->vw_fpageq_lk);
	world_gone(w);
}

void
vm_world_abandon(struct vm_world *w)
{
	const struct amap_ops *ops = w->vw_ops;

	lk_obj_allocator(NULL);
	memset(ops->list, 0, sizeof(*ops->list));
	memset(ops->list_lock, 0, sizeof(*ops->list_lock));
	vm_audit_drop(w);
	vm_arena_drop(w->vw_arena);
}

size_t
vm_page_size(void)
{
	return vmw()->vw_conf.page_size;
}

void
vm_quiesce(void)
{
	uvmpd_park();
	uvm_aio_drain();
}

void
vm_resume(void)
{
	uvmpd_unpark();
}

void
vm_set_fork_point(void (*fn)(void *, struct vm_space *), void *arg)
{
	struct vm_world *w = vmw();

	w->vw_fork_arg = arg;
	w->vw_fork_point = fn;
}

void
vm_set_safe_point(void (*fn)(void *), void *arg)
{
	struct vm_world *w = vmw();

	w->vw_safe_arg = arg;
	w->vw_safe_point = fn;
}

/* rrwlock.c: recursion for the writer; and counted lock objects. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "locks/hb_int.h"
#include "locks/note_int.h"

int
lk_rrw_enter(struct rrwlock *rrw, unsigned long flags, struct lk_site *site)
{
	struct rwlock *rw = &rrw->rrwl_lock;
	int error;

	if (rw_write_held(rw) && (flags & RW_OPMASK) != RW_DOWNGRADE) {
		if ((flags & RW_RECURSEFAIL) != 0)
			return EDEADLK;
		rrw->rrwl_wcnt++;
		return 0;
	}
	if ((flags & RW_OPMASK) == RW_DOWNGRADE && rw_write_held(rw) &&
	    rrw->rrwl_wcnt > 1) {
		lk_incident_at("lock.flags", site, "downgrade of a lock that "
		    "its writer took %u times", rrw->rrwl_wcnt);
		rrw->rrwl_wcnt = 1;
	}
	error = lk_rw_enter(rw, flags & ~RW_RECURSEFAIL, site);
	if (error == 0 && rw_write_held(rw))
		rrw->rrwl_wcnt = 1;
	return error;
}

void
lk_rrw_exit(struct rrwlock *rrw, struct lk_site *site)
{
	if (rw_write_held(&rrw->rrwl_lock)) {
		if (--rrw->rrwl_wcnt > 0)
			return;
	}
	lk_rw_exit(&rrw->rrwl_lock, site);
}

int
rrw_status(struct rrwlock *rrw)
{
	return rw_status(&rrw->rrwl_lock);
}

/* ------------------------------------------------------------------------
 * Lock objects
 */

struct rw_obj {
	struct rwlock	lock;		/* first: the object's address */
	_Atomic uint32_t refs;
	uint32_t	magic;
};
#define OBJ_MAGIC	0x6a626f77

static void *
libc_get(size_t n)
{
	return aligned_alloc(64, (n + 63) & ~(size_t)63);
}

static void
libc_put(void *p, size_t n)
{
	free(p);
}

static const struct lk_obj_alloc obj_libc = {
	libc_get, libc_get, libc_put
};
static const struct lk_obj_alloc *obj_alloc = &obj_libc;

void
lk_obj_allocator(const struct lk_obj_alloc *a)
{
	obj_alloc = a != NULL ? a : &obj_libc;
}

static struct rw_obj *
obj_of(struct rwlock *rw, struct lk_site *site)
{
	struct rw_obj *o = (struct rw_obj *)rw;

	if (o->magic == OBJ_MAGIC && lk_get(&o->refs) != 0)
		return o;
	lk_incident_at("obj.no-reference", site,
	    "lock object %p is not alive", (void *)rw);
	return NULL;
}

static struct rwlock *
obj_begin(struct rw_obj *o, const char *name, struct lk_site *site)
{
	memset(o, 0, sizeof(*o));
	lk_rw_init(&o->lock, name, site);
	o->magic = OBJ_MAGIC;
	lk_put(&o->refs, 1);
	return &o->lock;
}

void
lk_rw_obj_alloc(struct rwlock **out, const char *name, struct lk_site *site)
{
	struct rw_obj *o;

	while ((o = obj_alloc->get(sizeof(*o))) == NULL)
		lk_delay(1000000);
	*out = obj_begin(o, name, site);
}

bool
lk_rw_obj_try(struct rwlock **out, const char *name, struct lk_site *site)
{
	struct rw_obj *o;

	o = obj_alloc->try != NULL ? obj_alloc->try(sizeof(*o)) : NULL;
	if (o != NULL)
		*out = obj_begin(o, name, site);
	return o != NULL;
}

void
rw_obj_hold(struct rwlock *rw)
{
	struct rw_obj *o = obj_of(rw, LK_HERE);

	if (o != NULL)
		lk_add(&o->refs, 1);
}

int
lk_rw_obj_free(struct rwlock *rw, struct lk_site *site)
{
	struct rw_obj *o = obj_of(rw, site);

	if (o != NULL) {
		lk_hb_acquire(&o->refs);
		lk_hb_release(&o->refs);
	}
	if (o == NULL || atomic_fetch_sub_explicit(&o->refs, 1,
	    memory_order_acq_rel) != 1)
		return 0;
	lk_rw_destroy(rw, site);
	o->magic = 0;
	obj_alloc->put(o, sizeof(*o));
	return 1;
}

uint32_t
rw_obj_refs(struct rwlock *rw)
{
	return lk_get(&((struct rw_obj *)rw)->refs);
}

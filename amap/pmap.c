/*
 * pmap.c: making and removing translations.  See pmap_int.h for the drawing.
 */
#include "amap/pmap_int.h"

int
pmap_init(struct vm_world *w)
{
	struct vm_pmapstate *ps;
	size_t npv = PMAP_NPVLK, size, i;
	int bits;

	while (npv / 2 >= w->vw_conf.frames)
		npv /= 2;
	size = sizeof(*ps) + npv * sizeof(ps->pv_lk[0]);
	ps = vm_arena_alloc(w->vw_arena, size, 64);
	if (ps == NULL)
		return ENOMEM;
	memset(ps, 0, size);
	ps->npv = npv;
	bits = PMAP_VABITS - w->vw_page_shift - PMAP_BITS;
	ps->levels = (bits + PMAP_BITS - 1) / PMAP_BITS;
	pool_init(&ps->pmap_pool, sizeof(struct pmap), 0, IPL_MPFLOOR, 0,
	    "pmap", NULL);
	mtx_init(&ps->lk, "pmapnodes");
	for (i = 0; i < npv; i++)
		mtx_init(&ps->pv_lk[i], "pvlist");
	w->vw_pmap = ps;
	return 0;
}

/*
 * Pages' lists
 */
static struct mutex *
pv_lock(struct vm_world *w, size_t pageno)
{
	struct vm_pmapstate *ps = w->vw_pmap;

	return &ps->pv_lk[pageno & (ps->npv - 1)];
}

/* => page's list locked */
static void
pv_link(struct vm_page *pg, struct pv_entry *pv)
{
	pv->next = pg->pv_list;
	pv->prevp = &pg->pv_list;
	if (pv->next != NULL)
		pv->next->prevp = &pv->next;
	pg->pv_list = pv;
}

static void
pv_unlink(struct pv_entry *pv)
{
	*pv->prevp = pv->next;
	if (pv->next != NULL)
		pv->next->prevp = pv->prevp;
	pv->next = NULL;
	pv->prevp = NULL;
}

static uint64_t
pte_busy(uint64_t pte)
{
	return (pte & PTE_PAGEMASK) | PTE_BUSY |
	    PTE_STRAND(lk_strand_id(strand_self()));
}

/*
 * VALID -> BUSY.  => false: somebody changed it, *pte says to what
 */
static bool
pte_claim(struct pv_entry *pv, uint64_t *pte)
{
	return (*pte & PTE_VALID) &&
	    atomic_compare_exchange_strong(&pv->pte, pte, pte_busy(*pte));
}

/* BUSY, mine, nobody in flight -> unlinked; the caller sets what comes next */
static void
pv_detach(struct vm_world *w, struct pv_entry *pv, uint64_t pte)
{
	struct mutex *lk = pv_lock(w, PTE_PAGENO(pte));

	mtx_enter(lk);
	pv_unlink(pv);
	mtx_leave(lk);
}

static void
pmap_drain_range(struct pmap *pm, vaddr_t start, vaddr_t end, bool stores)
{
	int shift = pm->world->vw_page_shift;
	struct pmap_drain d = { .pmap = pm, .start = start >> shift,
	    .end = end >> shift, .stores = stores };

	pmap_drain(&d);
}

/*
 * The interface
 */
int
pmap_create(struct pmap **pmp)
{
	struct vm_world *w = vmw();
	struct pmap *pm;

	*pmp = NULL;
	pm = pool_get(&w->vw_pmap->pmap_pool, PR_NOWAIT | PR_ZERO);
	if (pm == NULL)
		return ENOMEM;
	pm->world = w;
	*pmp = pm;
	return 0;
}

/* Who made it busy is about to empty it, and waits for nobody but us. */
static void
slot_settle(struct pv_entry *pv, vaddr_t vpn, void *arg)
{
	size_t *nmapped = arg;

	while (atomic_load(&pv->pte) & PTE_BUSY)
		lk_yield();
	if (atomic_load(&pv->pte) & PTE_VALID)
		(*nmapped)++;
}

void
pmap_destroy(struct pmap *pm)
{
	struct vm_pmapstate *ps = pm->world->vw_pmap;
	size_t nmapped = 0;

	pmap_walk_range(pm, 0, (vaddr_t)1 << PMAP_VABITS, slot_settle,
	    &nmapped);
	if (nmapped != 0) {
		lk_incident("pmap.destroyed-mapped",
		    "a pmap goes with %zu translations in it", nmapped);
		pmap_remove(pm, 0, (vaddr_t)1 << PMAP_VABITS);
	}
	pmap_tree_free(pm);
	pool_put(&ps->pmap_pool, pm);
}

static void
page_mark(struct vm_page *pg, vm_prot_t access)
{
	uint32_t mark = 0;

	if (access != VM_PROT_NONE)
		mark = access & VM_PROT_WRITE ? PGR_REF | PGR_MOD : PGR_REF;
	if (mark != 0)
		atomic_fetch_or(&pg->pg_refmod, mark);
}

/*
 * Make the place ours and empty.  => true: it holds this page already, and
 * has been given the new protection
 */
static bool
enter_claim(struct pmap *pm, struct pv_entry *pv, vaddr_t va, uint64_t new)
{
	vaddr_t next = va + pm->world->vw_conf.page_size;
	uint64_t old = atomic_load(&pv->pte);

	for (;;) {
		if (old & PTE_BUSY) {
			lk_yield();
			old = atomic_load(&pv->pte);
		} else if (old == 0) {
			if (atomic_compare_exchange_strong(&pv->pte, &old,
			    pte_busy(new)))
				return false;
		} else if ((old & PTE_PAGEMASK) == (new & PTE_PAGEMASK)) {
			if (!atomic_compare_exchange_strong(&pv->pte, &old,
			    new))
				continue;
			if (old & ~new & PTE_ANYPROT)
				pmap_drain_range(pm, va, next, false);
			return true;
		} else if (pte_claim(pv, &old)) {
			pmap_drain_range(pm, va, next, false);
			pv_detach(pm->world, pv, old);
			atomic_store(&pv->pte, pte_busy(new));
			return false;
		}
	}
}

int
pmap_enter(struct pmap *pm, vaddr_t va, struct vm_page *pg, vm_prot_t prot,
    vm_prot_t access)
{
	struct vm_world *w = pm->world;
	size_t pageno = (size_t)(pg - w->vw_pages);
	uint64_t new = PTE_PAGE(pageno) | PTE_PROT(prot) | PTE_VALID;
	struct pv_entry *pv;
	struct mutex *lk;

	KASSERT(pageno < w->vw_conf.frames &&
	    (PTE_PROT(prot) & ~PTE_ANYPROT) == 0);
	if ((pv = pmap_slot_make(pm, va)) == NULL)
		return ENOMEM;
	va &= ~(vaddr_t)(w->vw_conf.page_size - 1);
	page_mark(pg, access);
	if (enter_claim(pm, pv, va, new))
		return 0;
	lk = pv_lock(w, pageno);
	mtx_enter(lk);
	pv_link(pg, pv);
	atomic_store(&pv->pte, new);
	mtx_leave(lk);
	return 0;
}

static void
remove_claim(struct pv_entry *pv, vaddr_t vpn, void *arg)
{
	uint64_t pte = atomic_load(&pv->pte);
	bool *any = arg;

	*any = true;
	while ((pte & PTE_VALID) && !pte_claim(pv, &pte))
		;
}

static void
remove_finish(struct pv_entry *pv, vaddr_t vpn, void *arg)
{
	uint64_t pte = atomic_load(&pv->pte);

	if (pte != pte_busy(pte))
		return;
	pv_detach(arg, pv, pte);
	atomic_store(&pv->pte, 0);
}

void
pmap_remove(struct pmap *pm, vaddr_t start, vaddr_t end)
{
	bool any = false;

	pmap_walk_range(pm, start, end, remove_claim, &any);
	if (!any)
		return;
	pmap_drain_range(pm, start, end, false);
	pmap_walk_range(pm, start, end, remove_finish, pm->world);
}

struct reduce {
	uint64_t	gone;		/* these bits of PTE_ANYPROT */
	bool		any;
};

static void
slot_reduce(struct pv_entry *pv, vaddr_t vpn, void *arg)
{
	struct reduce *r = arg;
	uint64_t pte = atomic_load(&pv->pte);

	r->any = true;
	while ((pte & PTE_VALID) && (pte & r->gone) &&
	    !atomic_compare_exchange_weak(&pv->pte, &pte, pte & ~r->gone))
		;
}

void
pmap_protect(struct pmap *pm, vaddr_t start, vaddr_t end, vm_prot_t prot)
{
	struct reduce r = { PTE_ANYPROT & ~PTE_PROT(prot), false };

	if (!(prot & VM_PROT_READ)) {
		pmap_remove(pm, start, end);
		return;
	}
	pmap_walk_range(pm, start, end, slot_reduce, &r);
	/* Reduced or not: another strand may have done so and still wait. */
	if (r.any)
		pmap_drain_range(pm, start, end, true);
}

/*
 * The page's list stays locked while accesses are waited for: they take no
 * lock.  A translation that another strand made busy is left to it, but its
 * accesses are among those waited for.
 */
void
pmap_page_protect(struct vm_page *pg, vm_prot_t prot)
{
	struct vm_world *w = vmw();
	size_t pageno = (size_t)(pg - w->vw_pages);
	struct pmap_drain d = { .page = PTE_PAGE(pageno),
	    .stores = (prot & VM_PROT_READ) != 0 };
	struct reduce r = { PTE_ANYPROT & ~PTE_PROT(prot), false };
	struct mutex *lk = pv_lock(w, pageno);
	struct pv_entry *pv, *next;
	bool any = false;

	mtx_enter(lk);
	for (pv = pg->pv_list; pv != NULL; pv = pv->next) {
		if (prot & VM_PROT_READ)
			slot_reduce(pv, 0, &r);
		else
			remove_claim(pv, 0, &any);
	}
	if (pg->pv_list != NULL)
		pmap_drain(&d);
	for (pv = pg->pv_list; pv != NULL && !(prot & VM_PROT_READ);
	    pv = next) {
		next = pv->next;
		if (atomic_load(&pv->pte) != pte_busy(d.page))
			continue;
		pv_unlink(pv);
		atomic_store(&pv->pte, 0);
	}
	mtx_leave(lk);
}

bool
pmap_extract(struct pmap *pm, vaddr_t va, struct vm_page **pgp)
{
	struct pv_entry *pv = pmap_slot(pm, va);
	uint64_t pte;

	pte = pv != NULL ? atomic_load(&pv->pte) : 0;
	if (!(pte & PTE_VALID))
		return false;
	if (pgp != NULL)
		*pgp = &pm->world->vw_pages[PTE_PAGENO(pte)];
	return true;
}

bool
pmap_is_modified(struct vm_page *pg)
{
	return (atomic_load(&pg->pg_refmod) & PGR_MOD) != 0;
}

bool
pmap_is_referenced(struct vm_page *pg)
{
	return (atomic_load(&pg->pg_refmod) & PGR_REF) != 0;
}

/*
 * A store in flight may have seen the bit set and not set it again; it ends
 * before this returns, so who reads the page next reads what it wrote.
 */
void
pmap_clear_modify(struct vm_page *pg)
{
	struct vm_world *w = vmw();
	size_t pageno = (size_t)(pg - w->vw_pages);
	struct pmap_drain d = { .page = PTE_PAGE(pageno), .stores = true };
	struct mutex *lk = pv_lock(w, pageno);

	atomic_fetch_and(&pg->pg_refmod, ~PGR_MOD);
	mtx_enter(lk);
	if (pg->pv_list != NULL)
		pmap_drain(&d);
	mtx_leave(lk);
}

void
pmap_clear_reference(struct vm_page *pg)
{
	atomic_fetch_and(&pg->pg_refmod, ~PGR_REF);
}

bool
pmap_page_mapped(struct vm_page *pg)
{
	struct vm_world *w = vmw();
	struct mutex *lk = pv_lock(w, (size_t)(pg - w->vw_pages));
	struct pv_entry *pv;

	mtx_enter(lk);
	for (pv = pg->pv_list; pv != NULL; pv = pv->next) {
		if (atomic_load(&pv->pte) & PTE_VALID)
			break;
	}
	mtx_leave(lk);
	return pv != NULL;
}

struct foreach {
	struct vm_world	*w;
	void		(*fn)(vaddr_t, struct vm_page *, vm_prot_t, void *);
	void		*arg;
};

static void
slot_tell(struct pv_entry *pv, vaddr_t vpn, void *arg)
{
	struct foreach *f = arg;
	uint64_t pte = atomic_load(&pv->pte);

	if (pte & PTE_VALID)
		f->fn(vpn << f->w->vw_page_shift,
		    &f->w->vw_pages[PTE_PAGENO(pte)],
		    (vm_prot_t)((pte & PTE_ANYPROT) >> 1), f->arg);
}

void
pmap_foreach(struct pmap *pm, void (*fn)(vaddr_t, struct vm_page *, vm_prot_t,
    void *), void *arg)
{
	struct foreach f = { pm->world, fn, arg };

	pmap_walk_range(pm, 0, (vaddr_t)1 << PMAP_VABITS, slot_tell, &f);
}

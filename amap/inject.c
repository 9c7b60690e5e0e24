/*
 * inject.c: failures on request.  A site's row in the world's conf says how
 * often; by chance from the strand's own generator, by count over all strands.
 * Nothing is injected while a world is being made or unmade.
 */
#include "amap/uvm_int.h"

struct vm_injstate {
	_Atomic bool	on;
	struct {
		uint32_t	ppm;
		uint64_t	nth;
		_Atomic uint64_t tries;
	} site[VMI_NSITES];
};

static const struct vm_row inject_rows[] = {
#define INJECT(name, help)	{ #name, help },
#include "amap/inject.def"
#undef INJECT
};

const struct vm_row *
vm_inject_sites(size_t *n)
{
	*n = VMI_NSITES;
	return inject_rows;
}

int
vm_inject_init(struct vm_world *w)
{
	struct vm_injstate *inj;
	int i;

	inj = vm_arena_alloc(w->vw_arena, sizeof(*inj), 64);
	if (inj == NULL)
		return ENOMEM;
	memset(inj, 0, sizeof(*inj));
	for (i = 0; i < VMI_NSITES; i++) {
		inj->site[i].ppm = w->vw_conf.inject[i].ppm;
		inj->site[i].nth = w->vw_conf.inject[i].nth;
	}
	w->vw_inj = inj;
	return 0;
}

void
vm_inject_on(bool on)
{
	atomic_store(&vmw()->vw_inj->on, on);
}

bool
vm_injected(enum vm_inject_site site)
{
	struct vm_injstate *inj = vmw()->vw_inj;
	uint32_t ppm = inj->site[site].ppm;
	uint64_t nth = inj->site[site].nth;
	bool hit;

	if ((ppm == 0 && nth == 0) ||
	    !atomic_load_explicit(&inj->on, memory_order_relaxed))
		return false;
	hit = ppm != 0 && lk_random_below(1000000) < ppm;
	if (nth != 0 && (atomic_fetch_add_explicit(&inj->site[site].tries, 1,
	    memory_order_relaxed) + 1) % nth == 0)
		hit = true;
	if (hit)
		vm_count(VMC_injected, 1);
	return hit;
}

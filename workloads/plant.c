/*
 * plant.c: bugs of our own, in strands beside those of the job.
 */
#include <string.h>

#include "workloads/explore_job_int.h"

enum { LOCKS = 1, MEMORY = 2, ANY = LOCKS | MEMORY };

struct plant {
	struct wl_plant	about;
	unsigned	strands, points;
	bool		at_once;	/* no other strand in between */
	bool		(*fn)(struct wl_job_program *, unsigned which);
};

static bool
plant_freed(struct wl_job_program *p, unsigned which)
{
	return vm_plant_use_freed();
}

static bool
plant_twice(struct wl_job_program *p, unsigned which)
{
	return vm_plant_free_twice();
}

static bool
plant_reference(struct wl_job_program *p, unsigned which)
{
	return vm_plant_anon_ref();
}

static bool
plant_unlocked(struct wl_job_program *p, unsigned which)
{
	return p->job.guards != 0 && vm_plant_unlocked();
}

static bool
plant_mode(struct wl_job_program *p, unsigned which)
{
	return vm_plant_weak_lock();
}

static bool
plant_cell(struct wl_job_program *p, unsigned which)
{
	return vm_plant_cell();
}

/* In wl_fork_point(), which asks for it. */
static bool
plant_fork(struct wl_job_program *p, unsigned which)
{
	return false;
}

static bool
plant_frame(struct wl_job_program *p, unsigned which)
{
	return vm_plant_page_free();
}

static bool
plant_swapoff(struct wl_job_program *p, unsigned which)
{
	return vm_plant_no_walk();
}

static bool
plant_refusal(struct wl_job_program *p, unsigned which)
{
	return vm_plant_refusal();
}

static bool
plant_leak(struct wl_job_program *p, unsigned which)
{
	return vm_plant_leak();
}

static bool
plant_ring(struct wl_job_program *p, unsigned which)
{
	rw_enter_write(&p->ring[which]);
	rw_enter_write(&p->ring[1 - which]);
	rw_exit_write(&p->ring[1 - which]);
	rw_exit_write(&p->ring[which]);
	return true;
}

static bool
plant_count(struct wl_job_program *p, unsigned which)
{
	unsigned n = atomic_load(&p->counted);

	lk_point(CONTROL_COUNT);
	atomic_store(&p->counted, n + 1);
	if (atomic_fetch_add(&p->counters, 1) == 1 &&
	    atomic_load(&p->counted) != 2)
		lk_incident("control.count", "two strands have counted to %u",
		    atomic_load(&p->counted));
	return true;
}

static bool
plant_race(struct wl_job_program *p, unsigned which)
{
	return vm_plant_race();
}

static bool
plant_endless(struct wl_job_program *p, unsigned which)
{
	atomic_fetch_add(&p->planted, 1);
	while (atomic_load(&p->planted) != 0)
		lk_yield();
	return false;
}

static const struct plant plants[] = {
#define PLANT(name, points, strands, at_once, finds, help)		\
	{ { #name, finds, help, strands == 2 }, strands, points,	\
	    at_once, plant_##name },
#include "workloads/plants.def"
#undef PLANT
};
#define NPLANTS (sizeof(plants) / sizeof(plants[0]))

const struct wl_plant *
wl_plant(size_t i)
{
	return i < NPLANTS ? &plants[i].about : NULL;
}

bool
wl_plant_with(size_t i, enum lk_memory memory)
{
	return (plants[i].points & (memory == LK_MEMORY_OFF ? LOCKS :
	    MEMORY)) != 0;
}

/* => whole, or to a dot */
static bool
is_one(const char *name, const char *one, size_t len)
{
	return strncmp(name, one, len) == 0 &&
	    (name[len] == '\0' || name[len] == '.');
}

bool
wl_plant_found(size_t i, const struct wl_explore_run *run)
{
	const char *one = plants[i].about.finds;
	size_t len;

	for (;; one += len + 1) {
		len = strcspn(one, "|");
		if (is_one(run->incident, one, len) ||
		    is_one(lk_fibers_end_name(run->end), one, len))
			return true;
		if (one[len] == '\0')
			return false;
	}
}

int
wl_plant_find(const char *name)
{
	size_t i;

	for (i = 0; i < NPLANTS; i++)
		if (strcmp(plants[i].about.name, name) == 0)
			return (int)i;
	return -1;
}

/* ------------------------------------------------------------------------
 * In an execution
 */

static void
planter_main(void *arg)
{
	struct wl_job_program *p = arg;
	const struct plant *plant = &plants[p->plant];

	/* what it looks for must not go while it is spoilt */
	lk_fibers_quiet(plant->at_once);
	if (plant->at_once)
		lk_fibers_met();
	if (plant->fn(p, atomic_fetch_add(&p->planters, 1)))
		atomic_fetch_add(&p->planted, 1);
	lk_fibers_quiet(false);
	if (atomic_fetch_sub(&p->stage->h.running, 1) == 1)
		lk_fibers_quiet(true);
}

int
wl_plant_start(struct wl_job_program *p)
{
	struct wl_harness *h = &p->stage->h;
	int error = 0;

	p->nplants = 0;
	h->late_store = NULL;
	if (p->plant == -1)
		return 0;
	if (plants[p->plant].fn == plant_fork)
		h->late_store = &p->planted;
	atomic_store(&p->planters, 0);
	atomic_store(&p->counters, 0);
	atomic_store(&p->counted, 0);
	memset(p->ring, 0, sizeof(p->ring));
	rw_init(&p->ring[0], "control:a");
	rw_init(&p->ring[1], "control:b");
	while (error == 0 && p->nplants < plants[p->plant].strands) {
		error = lk_strand_start(&p->planter[p->nplants], "planter",
		    planter_main, p, h->world);
		if (error == 0) {
			p->nplants++;
			atomic_fetch_add(&h->running, 1);
		}
	}
	return error;
}

void
wl_plant_join(struct wl_job_program *p)
{
	unsigned i;

	for (i = 0; i < p->nplants; i++)
		lk_strand_join(p->planter[i]);
}

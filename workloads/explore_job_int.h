/*
 * explore_job_int.h: a job as a program to explore, as its parts share it.
 */
#ifndef WORKLOADS_EXPLORE_JOB_INT_H
#define WORKLOADS_EXPLORE_JOB_INT_H

#include "workloads/explore_int.h"
#include "workloads/runner_int.h"

#define WL_MAXSCRIPTS	16	/* strands */
#define WL_MAXSCRIPT	64	/* operations of one */

/* What a strand does: enum wl_op, or -1: left out. */
struct wl_script {
	unsigned	n;
	int8_t		op[WL_MAXSCRIPT];
};

struct wl_job_program {
	struct wl_job	job;
	struct wl_program program;
	struct wl_script script[WL_MAXSCRIPTS];
	unsigned	nscripts;
	struct wl_script prepare;	/* by the root, before all else */
	unsigned	nprepare;
	bool		exact;		/* no point within an access */
	struct wl_stage	*stage;		/* during an execution */
	bool		anew;		/* do not keep the world: make it each time */
	bool		heap;		/* it has been begun */
	uint64_t	world;		/* seed of the one that there is */
	bool		making;		/* the execution is at that, or was */
	struct vm_kept	*kept;		/* the world before the first operation */
	struct wl_ends	*ends;		/* idem: how executions of it ended; or NULL */
	bool		same;		/* so did the last one, as one before */
	uint64_t	draw;		/* idem: what its operations draw from */
	struct lk_strand *lk[WL_MAXSCRIPTS];	/* idem, to be joined */
	char		name[WL_MAXSCRIPTS][16];	/* of strands */
	int		error;		/* it could not be made */
	/* a bug of our own: plant.c */
	int		plant;		/* row of plants.def; -1: none */
	unsigned	nplants;	/* strands that it takes */
	_Atomic uint64_t planted;	/* times, in all executions */
	struct lk_strand *planter[2];
	struct rwlock	ring[2];
	_Atomic unsigned planters, counters, counted;
};
int	wl_job_program_begin(void *program, uint64_t seed, bool *make,
	    uint64_t *with);
void	wl_job_program_make(void *program);
void	wl_job_program_run(void *program);
int	wl_job_program_ended(void *program, const struct lk_fibers_result *);
/* => the ordinal that a strand's fiber would have */
uint32_t wl_job_program_ordinal(const struct wl_job_program *, unsigned strand);
uint64_t wl_op_seed(uint64_t seed, unsigned strand, unsigned place);

/*
 * ends.c: what the strands leave is checked, ends and is audited, unless it is
 * as another execution left it.
 * wl_end_again: the world and the heap as they were kept.
 */
/* => made if there are none yet; what is in them is of other worlds; 0, ENOMEM */
int	wl_ends_of_new_world(struct wl_ends **);
void	wl_ends_free(struct wl_ends *);		/* NULL is fine */
void	wl_end(struct wl_job_program *);
void	wl_end_again(struct wl_job_program *);

/* plant.c => a row, or -1 */
int	wl_plant_find(const char *name);
/* => 0, or errno; those who have been started are to be joined */
int	wl_plant_start(struct wl_job_program *);
void	wl_plant_join(struct wl_job_program *);

/* => is anything of it left? */
static inline bool
wl_script_left(const struct wl_script *s)
{
	unsigned i;

	for (i = 0; i < s->n; i++)
		if (s->op[i] >= 0)
			return true;
	return false;
}

#endif /* WORKLOADS_EXPLORE_JOB_INT_H */

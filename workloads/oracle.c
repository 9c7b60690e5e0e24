/*
 * oracle.c: who looks on while a job is explored.
 *
 *	inspect	every so many points: what must hold at any moment
 *	guards	at each point of some executions: what changed was locked
 *
 * Others need not look on.  The model knows the order of loads and stores
 * (access.c) and the moment of each fork (forking.c); what was freed leads to
 * a dead lock, and is not used again (pool.c); swap-off is judged where it
 * ends (inspect.c); everything else when the execution is over (stage.c).
 */
#include <errno.h>
#include <stdlib.h>

#include "workloads/explore_int.h"

enum { INSPECT, GUARDS, NORACLES };

struct wl_oracles {
	struct wl_oracle row[NORACLES];
	struct vm_inspect *in;
	uint64_t	every, guards, executions;
	bool		guarded;	/* this execution */
};

static void
begin(void *arg, uint64_t seed)
{
	struct wl_oracles *o = arg;

	vm_inspect_begin(o->in);
	o->guarded = o->guards != 0 && seed % o->guards == 0;
}

static void
inspect(void *arg, uint64_t step)
{
	struct wl_oracles *o = arg;

	vm_inspect(o->in);
}

static void
guards(void *arg, uint64_t step)
{
	struct wl_oracles *o = arg;

	if (o->guarded)
		vm_inspect_guards(o->in);
}

int
wl_oracles_new(const struct wl_job *job, struct wl_oracles **op)
{
	struct wl_oracles *o = calloc(1, sizeof(*o));

	*op = NULL;
	if (o == NULL || vm_inspect_new(&o->in) != 0) {
		free(o);
		return ENOMEM;
	}
	o->guards = job->guards;
	o->row[INSPECT] = (struct wl_oracle){ .name = "inspect",
	    .every = job->inspect, .begin = begin, .step = inspect, .arg = o };
	o->row[GUARDS] = (struct wl_oracle){ .name = "guards",
	    .every = job->guards != 0, .step = guards, .arg = o };
	*op = o;
	return 0;
}

void
wl_oracles_free(struct wl_oracles *o)
{
	if (o == NULL)
		return;
	vm_inspect_free(o->in);
	free(o);
}

void
wl_oracles_look(const struct wl_oracles *o, struct wl_explore_conf *conf)
{
	unsigned i;

	for (i = 0; o != NULL && i < NORACLES; i++)
		conf->oracle[i] = &o->row[i];
}

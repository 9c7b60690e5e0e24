/*
 * what_if.c: what if the critical sections of a class were longer?
 *
 * The run is cut into slices, each with so many ns added inside.  A round has
 * a slice of each length, nothing added being one of them, in random order:
 *
 *	round 1			round 2
 *	+---+-----+-----+	+-----+---+-----+
 *	| 0 | 200 | 400 |	| 400 | 0 | 200 |	...
 *	+---+-----+-----+	+-----+---+-----+
 *
 * What drifts during a run is then the same for all of them, nearly.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/runner_int.h"

#define SETTLE_NS	10000000	/* behind a change, in no slice */
#define SLICE_NS	40000000	/* a good length */
#define LEAST_NS	20000000	/* the shortest that tells anything */

enum at { BETWEEN, SETTLING, SLICE };

struct wl_what_if_run {
	struct wl_asked		asked;
	struct wl_what_if	*out;
	uint64_t		slice_ns;
	enum at			at;
	uint64_t		since, ops;
	uint32_t		round;
	unsigned		next;		/* in order[] */
	unsigned		order[WL_MAXASKED + 1];
};

/* "class=ns[,ns...]" */
bool
wl_what_if_parse(const char *text, struct wl_asked *a)
{
	const char *eq = strrchr(text, '=');
	char *end;

	memset(a, 0, sizeof(*a));
	if (eq == NULL || eq == text || (size_t)(eq - text) >= sizeof(a->class))
		return false;
	memcpy(a->class, text, (size_t)(eq - text));
	do {
		if (a->n == WL_MAXASKED || eq[1] < '0' || eq[1] > '9')
			return false;
		a->ns[a->n] = strtoull(eq + 1, &end, 10);
		if (a->ns[a->n] == 0 || a->ns[a->n] > 1000000000)
			return false;
		a->n++;
		eq = end;
	} while (*eq == ',');
	return *eq == '\0';
}

int
wl_what_if_check(const struct wl_job *job, struct wl_error *err)
{
	struct wl_asked a;
	uint64_t least;

	if (job->what_if[0] == '\0')
		return 0;
	(void)wl_what_if_parse(job->what_if, &a);
	least = WL_ROUNDS * (a.n + 1) * (uint64_t)(SETTLE_NS + LEAST_NS);
	if (job->duration_ns >= least)
		return 0;
	snprintf(err->where, sizeof(err->where), "job");
	err->line = 0;
	snprintf(err->what, sizeof(err->what), "what_if with so short a "
	    "duration");
	snprintf(err->expected, sizeof(err->expected), "a duration of %"
	    PRIu64 " ms or more, for %d rounds of %u slices", least / 1000000,
	    WL_ROUNDS, a.n + 1);
	return EINVAL;
}

uint32_t
wl_what_if_class(const char *name)
{
	static const enum lk_node_kind kinds[] = { LKN_LOCK, LKN_MUTEX };
	uint32_t class = 0;
	size_t i;

	for (i = 0; i < 2 && class == 0; i++)
		class = lk_record_class_find(lk_record_current(), name,
		    kinds[i]);
	return class;
}

int
wl_what_if_begin(const struct wl_job *job, struct wl_what_if_run **out,
    char why[256])
{
	struct wl_what_if_run *w;
	uint64_t per_round;

	*out = NULL;
	if (job->what_if[0] == '\0')
		return 0;
	w = calloc(1, sizeof(*w));
	if (w == NULL || !wl_what_if_parse(job->what_if, &w->asked) ||
	    (w->out = lk_record_region(WL_WHAT_IF_REGION,
	    sizeof(*w->out))) == NULL) {
		free(w);
		snprintf(why, 256, "no room for what_if");
		return ENOMEM;
	}
	w->out->class = wl_what_if_class(w->asked.class);
	if (w->out->class == 0) {
		snprintf(why, 256, "what_if: no lock or mutex of class '%s' "
		    "is there in this run", w->asked.class);
		free(w);
		return ENOENT;
	}
	per_round = job->duration_ns / WL_ROUNDS / (w->asked.n + 1);
	w->slice_ns = per_round - SETTLE_NS < SLICE_NS ?
	    per_round - SETTLE_NS : SLICE_NS;
	w->next = w->asked.n + 1;
	/*
	 * While anything is added anywhere, every take goes the longer way;
	 * it shall do so in the plain slices, too.  Nothing is of class 0.
	 */
	lk_delay_inside(0, 1);
	*out = w;
	return 0;
}

static uint64_t
inside(const struct wl_what_if_run *w)
{
	unsigned which = w->order[w->next];

	return which == 0 ? 0 : w->asked.ns[which - 1];
}

static void
new_round(struct wl_what_if_run *w)
{
	unsigned i, k, swap;

	w->round++;
	w->next = 0;
	for (i = 0; i <= w->asked.n; i++)
		w->order[i] = i;
	for (i = w->asked.n; i > 0; i--) {
		k = (unsigned)lk_random_below(i + 1);
		swap = w->order[i];
		w->order[i] = w->order[k];
		w->order[k] = swap;
	}
}

static void
keep(struct wl_what_if_run *w, uint64_t now, uint64_t ops)
{
	uint32_t n = atomic_load(&w->out->n);

	if (n == WL_MAXSLICE)
		return;
	w->out->slice[n] = (struct wl_slice){ .round = w->round,
	    .inside_ns = inside(w), .ns = now - w->since,
	    .ops = ops - w->ops };
	atomic_store(&w->out->n, n + 1);
}

bool
wl_what_if_tick(struct wl_what_if_run *w, uint64_t now, uint64_t ops)
{
	if (w->at == BETWEEN) {
		if (w->next > w->asked.n)
			new_round(w);
		lk_delay_inside(w->out->class, inside(w));
		w->since = now;
		w->at = SETTLING;
	} else if (w->at == SETTLING && now - w->since >= SETTLE_NS) {
		w->since = now;
		w->ops = ops;
		w->at = SLICE;
	} else if (w->at == SLICE && now - w->since >= w->slice_ns) {
		keep(w, now, ops);
		w->next++;
		w->at = BETWEEN;
	}
	return w->at == BETWEEN;
}

void
wl_what_if_end(struct wl_what_if_run *w)
{
	if (w == NULL)
		return;
	lk_delay_inside(w->out->class, 0);
	lk_delay_inside(0, 0);
	free(w);
}

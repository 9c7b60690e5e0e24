/*
 * ends.c: how executions of a job end: each space is checked, ends, and what
 * is left is audited; all of that by what lies in the memory of the world and
 * the model when the strands are done.  So of two executions that leave the
 * same, byte for byte, the second one need not be looked at:
 *
 *	strands done -> world at rest -> number of what changed
 *					   | seen: done
 *					   v
 *				checked, audited: right? -> now it is seen
 *
 * That holds of what is looked at whole, without draws: where there are few
 * pages.  One seed in ANYWAY is looked at anyway.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/explore_job_int.h"

#define ENDS		(1u << 16)	/* a power of two */
#define ANYWAY		64
#define WHOLE		64		/* pages, of all spaces */

struct wl_ends {
	struct vm_changes changes;
	uint64_t	world;		/* a new number for each */
	unsigned	n;
	uint64_t	seen[ENDS];	/* numbers; 0: none */
};

int
wl_ends_of_new_world(struct wl_ends **ep)
{
	if (*ep == NULL && (*ep = calloc(1, sizeof(**ep))) == NULL)
		return ENOMEM;
	(*ep)->world++;
	return 0;
}

void
wl_ends_free(struct wl_ends *e)
{
	free(e);
}

/* => where it is, or would be */
static uint64_t *
place(struct wl_ends *e, uint64_t number)
{
	size_t i = number & (ENDS - 1);

	while (e->seen[i] != 0 && e->seen[i] != number)
		i = (i + 1) & (ENDS - 1);
	return &e->seen[i];
}

static void
remember(struct wl_ends *e, uint64_t number)
{
	uint64_t *at;

	if (e->n == ENDS / 2) {		/* there are too many to come again */
		memset(e->seen, 0, sizeof(e->seen));
		e->n = 0;
	}
	at = place(e, number);
	e->n += *at == 0;
	*at = number;
}

static size_t
pages(const struct wl_harness *h)
{
	const struct wl_space *s;
	size_t n = 0;
	unsigned i;

	for (s = h->space; s < h->space + h->nspaces; s++)
		for (i = 0; s->vm != NULL && i < h->nregions; i++)
			if (wl_region_is(&s->region[i], WLC_LIVE))
				n += s->region[i].npages;
	return n;
}

/* => a number of what there is; 0: it has none */
static uint64_t
number(struct wl_job_program *p)
{
	struct vm_changes *c = &p->ends->changes;

	vm_changes_begin(c, p->ends->world);
	wl_heap_note(c);
	return vm_world_note(p->kept, c) == 0 ? c->number : 0;
}

static void
look(struct wl_job_program *p, uint64_t end)
{
	uint64_t incidents = lk_incidents();

	p->stage->h.whole = end != 0;
	if (end != 0 && (p->error = vm_world_wake(p->stage->h.world)) != 0)
		return;
	wl_stage_check_at_rest(p->stage);
	if (end != 0 && lk_incidents() == incidents)
		remember(p->ends, end);
}

/*
 * Without a copy of the world nothing can be told apart, and with memory
 * accesses as points what the strands did counts, not only what they left.
 */
void
wl_end(struct wl_job_program *p)
{
	struct wl_harness *h = &p->stage->h;
	uint64_t end = 0;

	if (p->kept != NULL && p->exact && pages(h) <= WHOLE) {
		vm_world_rest(h->world);
		end = number(p);
		if (end == 0 && (p->error = vm_world_wake(h->world)) != 0)
			return;
	}
	p->same = end != 0 && p->draw % ANYWAY != 0 &&
	    *place(p->ends, end) != 0;
	if (!p->same)
		look(p, end);
}

void
wl_end_again(struct wl_job_program *p)
{
	const struct vm_changes *c = p->same ? &p->ends->changes : NULL;

	if (c == NULL || c->lost) {
		wl_heap_again();
		c = NULL;
	}
	vm_world_again(p->kept, c);	/* the heap's changes, too */
	p->same = false;
}

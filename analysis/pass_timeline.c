/*
 * timeline: what strands did last, a track for each.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

/* Long ones first, so that what is inside comes behind what it is inside of. */
static int
by_begin(const void *a, const void *b)
{
	const struct ana_timed *x = a, *y = b;

	if (x->track != y->track)
		return x->track < y->track ? -1 : 1;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return (int)x->what - (int)y->what;
}

static uint64_t
since(const struct ana_snapshot *s, uint64_t when)
{
	return when > s->info.created ? when - s->info.created : 0;
}

/* => a track of each life, in their order; index by life.id in of[] */
static uint32_t *
tracks(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_timeline *t = &r->timeline;
	uint32_t *of = ana_alloc(r, LK_MAXLIFE + 1, sizeof(*of));
	size_t i;

	t->tracks = ana_alloc(r, s->nlives + 1, sizeof(*t->tracks));
	if (of == NULL || t->tracks == NULL)
		return NULL;
	t->tracks[0].name = "?";
	t->ntracks = 1;
	for (i = 0; i < s->nlives; i++) {
		t->tracks[t->ntracks].name = ana_say(r, "%s",
		    s->lives[i].name);
		t->tracks[t->ntracks].life = s->lives[i].id;
		of[s->lives[i].id] = (uint32_t)t->ntracks++;
	}
	return of;
}

/* Names that many events have in common, each made once; index by id. */
struct made {
	uint32_t	*track;
	const char	**site, **class;
};

static void
put(const struct ana_snapshot *s, struct ana_result *r, struct made *m,
    const struct lk_timed_event *in)
{
	const uint32_t *of = m->track;
	struct ana_timed *e = &r->timeline.events[r->timeline.nevents++];

	e->track = of[in->life];
	e->what = in->what;
	e->begin = since(s, in->begin);
	e->end = since(s, in->end);
	if (e->end < e->begin)
		e->end = e->begin;
	e->op = in->op == 0 ? "" : wl_op_name(in->op);
	e->mode = in->mode;
	e->ident = in->ident;
	if (in->what == LKV_OP)
		return;
	if (m->class[in->class] == NULL)
		m->class[in->class] = ana_say(r, "%s", ana_class_name(s,
		    in->class));
	if (m->site[in->site] == NULL)
		m->site[in->site] = ana_site_name(r, s, in->site);
	e->class = m->class[in->class];
	e->site = m->site[in->site];
	if (in->what == LKV_WAIT && in->by != 0 && of[in->by] != 0) {
		e->by = of[in->by] + 1;
		e->letgo = since(s, in->letgo);
	}
}

void
ana_pass_timeline(const struct ana_snapshot *s, struct ana_result *r)
{
	struct ana_timeline *t = &r->timeline;
	struct made m;
	size_t i;

	if (s->nevents == 0)
		return;
	m.track = tracks(s, r);
	m.site = ana_alloc(r, LK_MAXSITE + 1, sizeof(*m.site));
	m.class = ana_alloc(r, LK_MAXCLASS + 1, sizeof(*m.class));
	t->events = ana_alloc(r, s->nevents, sizeof(*t->events));
	if (m.track == NULL || m.site == NULL || m.class == NULL ||
	    t->events == NULL)
		return;
	for (i = 0; i < s->nevents; i++)
		put(s, r, &m, &s->events[i]);
	qsort(t->events, t->nevents, sizeof(*t->events), by_begin);
	for (i = 0; i < t->nevents; i++) {
		struct ana_track *at = &t->tracks[t->events[i].track];

		if (at->n++ == 0)
			at->first = i;
	}
	t->lost = s->losses[LKL_timeline];
	t->ops_period = LK_TIMELINE_OPS;
}

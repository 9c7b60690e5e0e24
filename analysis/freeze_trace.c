/*
 * From the live record to plain tables: the order trace.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ana_int.h"

struct freeze {
	struct ana_grow	strips;
	struct lk_trace_event *e;
	size_t		n, room;
	bool		failed;
};

/* => where they are now, as an index */
static size_t
append(struct freeze *z, const struct lk_trace_event *e, size_t n)
{
	size_t at = z->n, room = z->room;
	void *bigger;

	while (room < z->n + n)
		room = room == 0 ? 1024 : room * 2;
	if (room != z->room) {
		bigger = reallocarray(z->e, room, sizeof(*z->e));
		if (bigger == NULL) {
			z->failed = true;
			return 0;
		}
		z->e = bigger;
		z->room = room;
	}
	if (n != 0)
		memcpy(&z->e[z->n], e, n * sizeof(*e));
	z->n += n;
	return at;
}

/* What was held stands before the events. */
static void
add_strip(const struct lk_trace_strip *p, void *arg)
{
	struct freeze *z = arg;
	struct lk_trace_strip mine = *p;

	if (z->failed)
		return;
	mine.held = mine.e = NULL;
	append(z, p->held, p->nheld);
	append(z, p->e, p->n);
	ana_grow_add(&z->strips, &mine);
}

void
ana_trace_place(struct ana_snapshot *s)
{
	size_t i, at = 0;

	for (i = 0; i < s->nstrips; i++) {
		s->strips[i].held = s->trace + at;
		at += s->strips[i].nheld;
		s->strips[i].e = s->trace + at;
		at += s->strips[i].n;
	}
}

int
ana_freeze_trace(const struct lk_record *rec, struct ana_snapshot *s)
{
	struct freeze z = { .strips.size = sizeof(*s->strips) };
	int error;

	error = lk_record_trace(rec, add_strip, &z, &s->trace_lost);
	s->strips = z.strips.rows;
	s->nstrips = z.strips.n;
	s->trace = z.e;
	if (error != 0 || z.failed || z.strips.failed) {
		s->nstrips = 0;
		return ENOMEM;
	}
	ana_trace_place(s);
	return 0;
}

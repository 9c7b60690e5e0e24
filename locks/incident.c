/*
 * incident.c: the code under test is wrong.
 *
 * The first of each (kind, site) is kept with all evidence, later ones are
 * counted; where there is no site, the innermost frame stands for it.  Nothing here allocates.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "locks/note_int.h"
#include "locks/raw_int.h"

static struct lk_raw incident_raw;

static void
bug_default(const char *file, int line, const char *what)
{
	char buf[256];
	int n;

	n = snprintf(buf, sizeof(buf), "%s:%d: our own bug: %s\n", file, line,
	    what);
	if (n > 0 && write(STDERR_FILENO, buf, (size_t)n) < 0)
		abort();
	abort();
}

void (*lk_bug)(const char *, int, const char *) = bug_default;
void (*lk_panic_end)(void) = abort;

/* What is to be written down; without a site it has a stack of its own. */
struct news {
	const char	*kind, *text;
	uint32_t	site;
	const struct lk_incident_stacks *stacks;
};

static struct lk_incident_row *
incident_seek(struct lk_record *r, const struct news *new)
{
	struct lk_incident_row *row = lk_part(r, LKP_INCIDENT);
	uint32_t i, n = lk_acq(&r->h->nincident);

	for (i = 0; i < n; i++)
		if (row[i].i.site == new->site && strncmp(row[i].i.kind,
		    new->kind, LK_NAMELEN - 1) == 0 && (new->stacks == NULL ||
		    row[i].i.frame[0] == new->stacks->frame[0]))
			return &row[i];
	return NULL;
}

static void
fill_held(struct lk_incident_info *i, const struct lk_slot *s)
{
	const struct lk_record *r = lk_record();
	unsigned k, top = lk_get(&s->top);

	for (k = 1; k <= top; k++) {
		const struct lk_held *h = &s->held[k];
		struct lk_node_info *n = &i->held[i->nheld];

		if (lk_get(&h->ident) == 0)
			continue;
		if (i->nheld++ >= LK_INCIDENT_HELD)
			continue;
		lk_node_unpack(n, lk_get(&h->ident), lk_get(&h->pack),
		    lk_held_since(h));
		n->gen = lk_get(&h->gen);
		n->stack = lk_held_stack(r, h);
	}
}

static void
fill_stacks(struct lk_incident_info *i, const struct lk_incident_stacks *st)
{
	i->nframes = st->nframes;
	memcpy(i->frame, st->frame, sizeof(i->frame));
	i->nother = st->nother;
	memcpy(i->other, st->other, sizeof(i->other));
}

static void
fill(struct lk_incident_info *i, const struct news *new)
{
	const struct lk_slot *s = lk_me;

	memset(i, 0, sizeof(*i));
	snprintf(i->kind, sizeof(i->kind), "%s", new->kind);
	snprintf(i->text, sizeof(i->text), "%s", new->text);
	i->site = new->site;
	i->when = lk_sv->now();
	i->strand = UINT32_MAX;
	if (s != NULL) {
		i->strand = s->id;
		lk_name_get(i->strand_name, s->name);
		i->op = lk_get(&s->op);
		i->op_ordinal = lk_get(&s->op_ordinal);
		fill_held(i, s);
	}
	if (new->stacks != NULL)
		fill_stacks(i, new->stacks);
	else
		i->nframes = lk_stack(i->frame, LK_MAXFRAMES);
}

static void
incident(const struct news *new)
{
	struct lk_record *r = lk_record();
	struct lk_incident_row *row;
	uint32_t n;

	lk_add(&r->h->incidents, 1);
	row = incident_seek(r, new);
	if (row == NULL) {
		lk_raw_lock(&incident_raw);
		row = incident_seek(r, new);
		n = lk_get(&r->h->nincident);
		if (row == NULL && n < LK_MAXINCIDENT) {
			row = lk_part(r, LKP_INCIDENT);
			row += n;
			fill(&row->i, new);
			row->i.id = n + 1;
			lk_rel(&r->h->nincident, n + 1);
		}
		lk_raw_unlock(&incident_raw);
	}
	if (row != NULL)
		lk_add(&row->count, 1);
	else
		lk_lose(LKL_incidents);
}

void
lk_incident_at(const char *kind, struct lk_site *site, const char *fmt, ...)
{
	char text[LK_INCIDENT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	incident(&(struct news){ kind, text, lk_site_id(site), NULL });
	lk_fibers_incident(kind);
}

void
lk_incident_stacks(const char *kind, const struct lk_incident_stacks *stacks,
    const char *fmt, ...)
{
	char text[LK_INCIDENT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	incident(&(struct news){ kind, text, 0, stacks });
	lk_fibers_incident(kind);
}

uint64_t
lk_incidents(void)
{
	return lk_get(&lk_record()->h->incidents);
}

void
lk_panic_at(struct lk_site *site, const char *fmt, ...)
{
	char text[LK_INCIDENT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	incident(&(struct news){ "panic", text, lk_site_id(site), NULL });
	lk_put(&lk_record()->h->panicked, 1);
	lk_fibers_panicked();
	lk_panic_end();
	for (;;)
		lk_sv->delay(1000000000);
}

/*
 * judged.c: what prediction and confirmation said, kept with a saved run and
 * said again when it is read.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/predict_tell_int.h"

void
ana_confirmed(struct ana_result *r, struct ana_finding *f, uint32_t tries,
    const char *again)
{
	f->judged = true;
	f->status = ANA_CONFIRMED;
	f->tries = tries;
	f->again = ana_say(r, "%s", again);
	ana_text(r, f, "confirmed: it happened in execution %" PRIu32, tries);
	ana_text(r, f, "again: %s", again);
}

void
ana_unconfirmed(struct ana_result *r, struct ana_finding *f, uint32_t tries)
{
	f->judged = true;
	f->status = ANA_UNCONFIRMED;
	f->tries = tries;
	ana_text(r, f, "unconfirmed: it did not happen in %" PRIu32
	    " executions that were steered there", tries);
}

/* ---- kept ---- */

static void
keep_part(struct ana_snapshot *s, enum ana_judged_kind kind, uint64_t number,
    const char *text)
{
	struct ana_judged_part *p = &s->parts[s->nparts];

	if (s->nparts == ANA_MAXPARTS)
		return;
	s->nparts++;
	p->judged = (uint32_t)s->njudged;
	p->kind = kind;
	p->number = number;
	snprintf(p->text, sizeof(p->text), "%s", text);
}

static void
keep(struct ana_snapshot *s, const struct ana_finding *f)
{
	struct ana_judged *j = &s->judged[s->njudged++];
	size_t i;

	snprintf(j->name, sizeof(j->name), "%s", f->name);
	snprintf(j->what, sizeof(j->what), "%s", f->what);
	j->level = f->level;
	j->status = f->status;
	j->tries = f->tries;
	j->count = f->count;
	for (i = 0; i < f->nsites; i++)
		keep_part(s, ANA_JSITE, f->sites[i], "");
	for (i = 0; i < f->nstrands; i++)
		keep_part(s, ANA_JSTRAND, f->strands[i], "");
	for (i = 0; i < f->ntext; i++)
		keep_part(s, ANA_JTEXT, 0, f->text[i]);
	if (f->again != NULL)
		keep_part(s, ANA_JAGAIN, 0, f->again);
}

int
ana_keep_judged(struct ana_snapshot *s, const struct ana_result *r)
{
	size_t i, n = 0;

	if (s->nstrips != 0)
		s->predicted = r->predict;
	for (i = 0; i < r->nfindings; i++)
		n += r->findings[i]->judged;
	if (n == 0 || s->judged != NULL)
		return 0;
	s->judged = calloc(ANA_MAXJUDGED, sizeof(*s->judged));
	s->parts = calloc(ANA_MAXPARTS, sizeof(*s->parts));
	if (s->judged == NULL || s->parts == NULL)
		return ENOMEM;
	for (i = 0; i < r->nfindings && s->njudged < ANA_MAXJUDGED; i++)
		if (r->findings[i]->judged)
			keep(s, r->findings[i]);
	return 0;
}

/* ---- said again ---- */

static struct ana_finding *
same(struct ana_result *r, const struct ana_judged *j)
{
	struct ana_finding *f;
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		f = r->findings[i];
		if (!f->judged && strcmp(f->name, j->name) == 0 &&
		    strncmp(f->what, j->what, sizeof(j->what) - 1) == 0)
			return f;
	}
	f = ana_find(r, j->name);
	f->what = ana_say(r, "%s", j->what);
	return f;
}

static void
say_part(struct ana_result *r, struct ana_finding *f,
    const struct ana_judged_part *p)
{
	if (p->kind == ANA_JTEXT)
		ana_text(r, f, "%s", p->text);
	else if (p->kind == ANA_JAGAIN)
		f->again = ana_say(r, "%s", p->text);
	else if (p->kind == ANA_JSITE)
		ana_concern_site(r, f, (uint32_t)p->number);
	else
		ana_concern_strand(r, f, (uint32_t)p->number);
}

void
ana_judged_again(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct ana_judged *j;
	struct ana_finding *f;
	size_t i, k;

	r->predict = s->predicted;
	for (i = 0; i < s->njudged; i++) {
		j = &s->judged[i];
		f = same(r, j);
		f->judged = true;
		f->level = (enum ana_level)j->level;
		f->status = (enum ana_status)j->status;
		f->tries = j->tries;
		f->count = j->count;
		f->ntext = 0;
		for (k = 0; k < s->nparts; k++)
			if (s->parts[k].judged == i + 1)
				say_part(r, f, &s->parts[k]);
	}
}

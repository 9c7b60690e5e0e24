/*
 * races: what ThreadSanitizer reported of runs, as findings: which operations,
 * and what each of them held.
 */
#include <inttypes.h>

#include "analysis/ana_int.h"

static const char *const names[] = {
	[ANA_RACE_NEW] = "tsan.new", [ANA_RACE_KNOWN] = "tsan.known",
	[ANA_RACE_DOCUMENTED] = "tsan.documented",
	[ANA_RACE_GONE] = "tsan.gone",
};

static void
side(struct ana_result *r, struct ana_finding *f,
    const struct ana_race_side *s)
{
	size_t i;

	ana_text(r, f, "%s%s of %u bytes in %s, with %s held",
	    s->atomic ? "atomic " : "", s->write ? "write" : "read", s->size,
	    s->op[0] == '\0' ? "an unknown operation" : s->op,
	    s->held[0] == '\0' ? "nothing" : s->held);
	if (s->source[0] != '\0')
		ana_text(r, f, "    %s", s->source);
	for (i = 0; i < s->nframes; i++)
		ana_text(r, f, "    #%zu %s %s:%d", i, s->frame[i].func,
		    s->frame[i].file, s->frame[i].line);
	if (s->nframes == 0)
		ana_text(r, f, "    its stack is not known any more");
}

void
ana_pass_races(const struct ana_snapshot *s, struct ana_result *r)
{
	char text[ANA_RACE_TEXT];
	struct ana_finding *f;
	size_t i, k;

	for (i = 0; i < s->nraces; i++) {
		const struct ana_race *x = &s->races[i];

		f = ana_find(r, names[x->state]);
		f->count = x->count;
		ana_race_text(x, text);
		f->what = ana_say(r, "%s", text);
		ana_text(r, f, "fingerprint %016" PRIx64, x->print);
		if (x->why[0] != '\0')
			ana_text(r, f, "reason: %s", x->why);
		for (k = 0; k < x->nsides; k++) {
			side(r, f, &x->side[k]);
			if (x->side[k].site != 0)
				ana_concern_site(r, f, x->side[k].site);
		}
		if (x->location[0] != '\0')
			ana_text(r, f, "the memory is %s", x->location);
	}
}

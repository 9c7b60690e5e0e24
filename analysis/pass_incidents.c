/*
 * incidents: each (kind, site) that the code under test got wrong becomes a
 * finding with what it was doing and holding.
 */
#include <inttypes.h>

#include "analysis/ana_int.h"

/* Stacks of others, as the text numbers them: this one's is the first. */
static void
others(const struct ana_snapshot *s, struct ana_result *r,
    const struct lk_incident_info *in, struct ana_finding *f)
{
	uint32_t i, from, stack = 2;

	for (i = from = 0; i < in->nother; i++) {
		if (in->other[i] != 0)
			continue;
		ana_text(r, f, "stack %u:", stack++);
		ana_stack(r, s, f, &in->other[from], i - from);
		from = i + 1;
	}
}

static void
evidence(const struct ana_snapshot *s, struct ana_result *r,
    const struct lk_incident_info *in, struct ana_finding *f)
{
	uint32_t i, n;

	if (in->site != 0)
		ana_text(r, f, "at %s", ana_site_name(r, s, in->site));
	ana_text(r, f, "by strand %u \"%s\" in %s (no. %" PRIu64 " of its "
	    "operations)", in->strand, in->strand_name, wl_op_name(in->op),
	    in->op_ordinal);
	n = in->nheld < LK_INCIDENT_HELD ? in->nheld : LK_INCIDENT_HELD;
	for (i = 0; i < n; i++) {
		ana_text(r, f, "holding %s", ana_node_name(r, s,
		    &in->held[i]));
		ana_text(r, f, "        at %s", ana_site_name(r, s,
		    in->held[i].site));
	}
	if (in->nheld > n)
		ana_text(r, f, "... and %u more", in->nheld - n);
	if (in->nframes != 0)
		ana_text(r, f, "stack:");
	ana_stack(r, s, f, in->frame, in->nframes);
	others(s, r, in, f);
}

void
ana_pass_incidents(const struct ana_snapshot *s, struct ana_result *r)
{
	const struct lk_incident_info *in;
	struct ana_finding *f;
	size_t i;

	for (i = 0; i < s->nincidents; i++) {
		in = &s->incidents[i];
		f = ana_find(r, in->kind);
		f->count = in->count;
		f->what = ana_say(r, "%s", in->text);
		if (in->site != 0)
			ana_concern_site(r, f, in->site);
		ana_concern_strand(r, f, in->strand);
		evidence(s, r, in, f);
	}
}

/*
 * findings, each with why it matters and what to do; after a hang, every
 * strand.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/text_int.h"

#define SHOWN	3	/* of a kind, with all there is to it */

/* Many of a kind have one reason and one remedy; the later ones are brief. */
static void
write_finding(const struct rp_page *p, const struct ana_result *r, size_t no)
{
	const struct ana_finding *f = r->findings[no - 1];
	size_t before = 0, first = no, k;

	char count[ANA_NUM], head[160];
	size_t i;

	snprintf(head, sizeof(head), "%s %zu: %s", ana_level_name(f->level),
	    no, f->kind->title);
	fputc('\n', p->out);
	rp_say(p, f->level == ANA_ERROR ? RP_BAD :
	    f->level == ANA_WARN ? RP_WARNING : RP_BOLD, head);
	fprintf(p->out, "\n  %s, %s", f->name, ana_status_name(f->status));
	if (f->status == ANA_UNCONFIRMED && f->tries != 0)
		fprintf(p->out, " in %u tries", f->tries);
	if (f->count > 1)
		fprintf(p->out, ", %s times", ana_count(f->count, count));
	fputc('\n', p->out);
	rp_paragraph(p, "  ", f->what);
	for (k = no - 1; k > 0; k--)
		if (r->findings[k - 1]->kind == f->kind) {
			before++;
			first = k;
		}
	if (before < SHOWN || p->style->full)
		for (i = 0; i < f->ntext; i++)
			fprintf(p->out, "    %s\n", f->text[i]);
	if (before != 0) {
		fprintf(p->out, "  Why, and what to do: see %zu.%s\n", first,
		    before < SHOWN || p->style->full ? "" :
		    "  Where: with --full.");
		return;
	}
	rp_say(p, RP_FAINT, "  Why it matters:");
	fputc('\n', p->out);
	rp_paragraph(p, "    ", f->kind->why);
	rp_say(p, RP_FAINT, "  What to do:");
	fputc('\n', p->out);
	rp_paragraph(p, "    ", f->kind->remedy);
}

static void
write_again(const struct rp_page *p, const struct ana_result *r)
{
	const struct ana_facts *f = &r->facts;

	fputc('\n', p->out);
	rp_say(p, RP_FAINT, "  To see it again:");
	if (r->explored.again != NULL) {
		fprintf(p->out, "\n    %s\n", r->explored.again);
		return;
	}
	fprintf(p->out, "\n    %s", f->command);
	if (f->threads != 0 && strstr(f->command, "--seed") == NULL)
		fprintf(p->out, " --seed %" PRIu64, f->seed);
	fputc('\n', p->out);
}

void
rp_text_findings(const struct rp_page *p, const struct ana_result *r)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		write_finding(p, r, i + 1);
	if (r->nfindings != 0)
		write_again(p, r);
	if (r->ndump != 0)
		rp_heading(p, "EVERY STRAND", "");
	for (i = 0; i < r->ndump; i++)
		fprintf(p->out, "  %s\n", r->dump[i]);
	if (r->nfindings != 0 && p->style->brief)
		fputc('\n', p->out);
}

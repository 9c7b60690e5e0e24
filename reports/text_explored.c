/*
 * explored: the campaign, and the failing execution in columns.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/text_int.h"

#define WIDE	132
#define MAXROWS	400	/* of the listing, unless all is asked for */

static void
write_row(const struct rp_page *p, const struct ana_explored *x,
    const struct ana_step *s, int width)
{
	char cell[96];
	int pad = (int)s->column * width;

	if (s->op != NULL)
		snprintf(cell, sizeof(cell), "-- %s", s->op);
	else if (s->more > 0)
		snprintf(cell, sizeof(cell), "%s ... %u more", s->what,
		    s->more);
	else if (s->where[0] != '\0')
		snprintf(cell, sizeof(cell), "%s %s", s->what, s->where);
	else
		snprintf(cell, sizeof(cell), "%s", s->what);
	fprintf(p->out, "  %*s", pad, "");
	rp_say(p, s->op != NULL ? RP_BOLD : RP_PLAIN, cell);
	fputc('\n', p->out);
}

static void
write_listing(const struct rp_page *p, const struct ana_explored *x)
{
	int width = x->ncolumns <= 1 ? 0 : (RP_WIDTH - 34) /
	    ((int)x->ncolumns - 1);
	size_t i, from = 0;

	if (x->nsteps == 0)
		return;
	if (width > 30)
		width = 30;
	rp_heading(p, "EXECUTION", " each strand a column, one row a "
	    "scheduling point, in order");
	fputs("  ", p->out);
	for (i = 0; i < x->ncolumns; i++)
		fprintf(p->out, "%-*.*s", width > 0 ? width : 16,
		    width > 0 ? width - 1 : 15, x->columns[i]);
	fputc('\n', p->out);
	if (x->nsteps > MAXROWS && !p->style->full) {
		from = x->nsteps - MAXROWS;
		fprintf(p->out, "  ... %zu rows before these (--full)\n",
		    from);
	}
	for (i = from; i < x->nsteps; i++)
		write_row(p, x, &x->step[i], width);
}

void
rp_text_explored(const struct rp_page *p, const struct ana_result *r)
{
	const struct ana_explored *x = &r->explored;

	if (x->strategy == NULL)
		return;
	rp_heading(p, "EXPLORED", "");
	if (x->says != NULL)
		rp_paragraph(p, "  ", x->says);
	if (x->bound != NULL)
		rp_paragraph(p, "  ", x->bound);
	if (x->controls != NULL)
		rp_paragraph(p, "  ", x->controls);
	if (x->traced != NULL)
		rp_paragraph(p, "  ", x->traced);
	if (x->again == NULL)
		return;
	if (x->failed_at != 0)
		fprintf(p->out, "  failed   no. %" PRIu64 ", seed %" PRIu64
		    ", %" PRIu64 " turns; told below with %" PRIu64 "\n",
		    x->failed_at, x->failed_seed, x->turns_before, x->turns);
	fprintf(p->out, "  program  %s\n", x->program);
	if (x->making)
		fprintf(p->out, "  end      %s when its world was made: before, "
		    "or in, explore.prepare\n", x->end);
	else
		fprintf(p->out, "  end      %s after %" PRIu64 " points, hash "
		    "%016" PRIx64 "\n", x->end, x->points, x->hash);
	if (x->diverged != 0)
		fprintf(p->out, "  diverged at choice %" PRIu64 ": the "
		    "schedule does not fit from there on\n", x->diverged);
	fprintf(p->out, "  again    %s\n", x->again);
	write_listing(p, x);
}

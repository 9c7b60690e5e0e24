/*
 * folded: stacks that waited, weighted by ns, one a line: operation, frames
 * from the outermost on, and what was waited for.  Flame-graph tools take it.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/rp_int.h"

/* What separates frames, or a stack from its weight, is no part of a name. */
static void
frame(FILE *out, const char *name)
{
	for (; *name != '\0'; name++)
		fputc(strchr("; \t\n\r", *name) != NULL ? '_' : *name, out);
}

static void
stack(FILE *out, const struct ana_wait_stack *w)
{
	size_t i;

	frame(out, w->op);
	for (i = 0; i < w->nframes; i++) {
		fputc(';', out);
		frame(out, w->frames[i]);
	}
	if (w->nframes == 0) {
		fputc(';', out);
		frame(out, w->site);
	}
	fputs(";[", out);
	frame(out, w->class);
	fputc('_', out);
	frame(out, lk_mode_name(w->mode));
	fprintf(out, "] %" PRIu64 "\n", w->ns);
}

int
rp_format_folded(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	size_t i;

	errno = 0;
	for (i = 0; i < r->nwait_stacks; i++)
		stack(out, &r->wait_stacks[i]);
	return rp_finish(out);
}

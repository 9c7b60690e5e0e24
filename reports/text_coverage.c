/*
 * coverage: what the run did, and what it never did.
 */
#include <string.h>

#include "reports/text_int.h"

/* What happened, by group; then the names of what did not. */
void
rp_text_coverage(const struct rp_page *p, const struct ana_result *r)
{
	const char *group = "";
	char value[ANA_NUM];
	size_t i, at = 0;

	if (r->ncover == 0)
		return;
	rp_heading(p, "COVERAGE", ": what was done, counted where it is done");
	for (i = 0; i < r->ncover; i++) {
		if (r->cover[i].value == 0)
			continue;
		if (strcmp(r->cover[i].group, group) != 0) {
			if (at != 0)
				fputc('\n', p->out);
			at = 0;
			group = r->cover[i].group;
		}
		rp_item(p, &at, group, r->cover[i].name,
		    ana_count(r->cover[i].value, value));
	}
	if (at != 0)
		fputc('\n', p->out);
	for (i = 0, at = 0; i < r->ncover; i++) {
		if (r->cover[i].value == 0)
			rp_item(p, &at, "never", r->cover[i].name, "");
	}
	if (at != 0)
		fputc('\n', p->out);
}

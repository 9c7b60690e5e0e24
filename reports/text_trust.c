/*
 * trust: may the numbers be believed, and what was lost?
 */
#include "reports/text_int.h"

void
rp_text_trust(const struct rp_page *p, const struct ana_result *r)
{
	const struct ana_trust *t = &r->trust;
	char value[ANA_NUM], line[256];
	size_t i;

	fprintf(p->out, "trust    %s%s\n", t->untrusted ? "no: " : "yes, ",
	    t->untrusted ? t->why : t->nlosses != 0 ? "with losses:" :
	    "nothing was lost");
	for (i = 0; i < t->nlosses; i++) {
		snprintf(line, sizeof(line), "lost %s %s",
		    ana_count(t->losses[i].value, value), t->losses[i].help);
		rp_paragraph(p, "         ", line);
	}
	for (i = 0; i < t->nremarks; i++)
		rp_paragraph(p, "         ", t->remarks[i]);
}

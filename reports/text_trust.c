/*
 * trust: may the numbers be believed, and what was lost?
 */
#include "reports/text_int.h"

void
rp_text_trust(const struct rp_page *p, const struct ana_result *r)
{
	const struct ana_trust *t = &r->trust;
	char value[ANA_NUM];
	size_t i;

	fprintf(p->out, "trust    %s%s\n", t->untrusted ? "no: " : "yes, ",
	    t->untrusted ? t->why : t->nlosses != 0 ? "with losses:" :
	    "nothing was lost");
	for (i = 0; i < t->nlosses; i++)
		fprintf(p->out, "         lost %s %s\n",
		    ana_count(t->losses[i].value, value), t->losses[i].help);
	for (i = 0; i < t->nremarks; i++)
		fprintf(p->out, "         %s\n", t->remarks[i]);
}

/*
 * what_if: would shorter critical sections help?
 */
#include "reports/text_int.h"

void
rp_text_what_if(const struct rp_page *p, const struct ana_result *r)
{
	if (r->what_if.says == NULL)
		return;
	rp_heading(p, "WHAT IF", "");
	rp_paragraph(p, "  ", r->what_if.says);
}

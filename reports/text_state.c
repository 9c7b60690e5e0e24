/*
 * state: memory at the end, and what was checked.
 */
#include "reports/text_int.h"

void
rp_text_state(const struct rp_page *p, const struct ana_result *r)
{
	char value[2 * ANA_NUM + 4], a[ANA_NUM], b[ANA_NUM];
	size_t i, at = 0;

	if (r->ngauges + r->nchecks == 0)
		return;
	rp_heading(p, "MEMORY AND CHECKS", "");
	for (i = 0; i < r->ngauges; i++) {
		ana_count(r->gauges[i].value, a);
		if (r->gauges[i].of != 0)
			snprintf(value, sizeof(value), "%s of %s", a,
			    ana_count(r->gauges[i].of, b));
		else
			snprintf(value, sizeof(value), "%s", a);
		rp_item(p, &at, "at end", r->gauges[i].name, value);
	}
	fputc('\n', p->out);
	at = 0;
	for (i = 0; i < r->nchecks; i++)
		rp_item(p, &at, "checked", r->checks[i].name,
		    ana_count(r->checks[i].value, a));
	fputc('\n', p->out);
}

/*
 * result: the verdict again, below all that may have scrolled it away.
 */
#include "reports/text_int.h"

void
rp_text_result(const struct rp_page *p, const struct ana_result *r)
{
	fputs("result   ", p->out);
	rp_say(p, rp_verdict_tone(r), r->verdict);
	fputc('\n', p->out);
	rp_command(p, &r->facts);
}

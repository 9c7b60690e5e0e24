/*
 * locks: where time was waited.
 */
#include "reports/text_int.h"

static void
write_lock(const struct rp_page *p, const struct ana_lock_row *row)
{
	char n[7][ANA_NUM];

	fprintf(p->out, "%-29.29s %6s %6s %7s %6s %6s %6s %6s\n",
	    row->class, ana_count(row->c[LKC_acquired], n[0]),
	    ana_count(row->c[LKC_contended], n[1]),
	    ana_time(row->c[LKC_wait_ns], n[2]),
	    row->p50 == 0 ? "-" : ana_time(row->p50, n[3]),
	    row->p99 == 0 ? "-" : ana_time(row->p99, n[4]),
	    ana_time(row->c[LKC_wait_max], n[5]),
	    ana_percent(row->wait_share, n[6]));
}

static void
write_site(const struct rp_page *p, const struct ana_lock_row *row)
{
	char waits[ANA_NUM], time[ANA_NUM];

	fprintf(p->out, "  at %-52.52s %s waits, %s\n", row->site,
	    ana_count(row->c[LKC_contended], waits),
	    ana_time(row->c[LKC_wait_ns], time));
}

void
rp_text_locks(const struct rp_page *p, const struct ana_result *r)
{
	size_t i;

	if (r->nlocks == 0)
		return;
	rp_heading(p, "LOCK", ", and where most waited    taken  waits  "
	    "waited    p50    p99    max  share");
	for (i = 0; i < r->nlocks; i++) {
		if (r->locks[i].site == NULL)
			write_lock(p, &r->locks[i]);
		else
			write_site(p, &r->locks[i]);
	}
}

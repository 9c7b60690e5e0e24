/*
 * operations: how many of each, and how long they took.
 */
#include "reports/text_int.h"

static void
write_op(const struct rp_page *p, const struct ana_op_row *row)
{
	char a[ANA_NUM], b[ANA_NUM], c[ANA_NUM], d[ANA_NUM];

	fprintf(p->out, "%-12s%6s%6s%6s%7s", row->name,
	    ana_count(row->done, a), ana_count(row->refused, b),
	    ana_count(row->skipped, c),
	    row->mean_ns == 0 ? "-" : ana_time(row->mean_ns, d));
}

/* Two columns of operations, read downwards. */
void
rp_text_operations(const struct rp_page *p, const struct ana_result *r)
{
	size_t i, half = (r->nops + 1) / 2;

	if (r->nops == 0)
		return;
	rp_heading(p, "OPERATION   ", "  done  deny  skip   mean  OPERATION   "
	    "  done  deny  skip   mean");
	for (i = 0; i < half; i++) {
		write_op(p, &r->ops[i]);
		if (i + half < r->nops) {
			fputs("  ", p->out);
			write_op(p, &r->ops[i + half]);
		}
		fputc('\n', p->out);
	}
}

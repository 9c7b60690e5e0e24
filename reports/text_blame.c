/*
 * blame: of all that was waited, who had the lock.
 */
#include <string.h>

#include "reports/text_int.h"

#define PAIRS	3
#define ROOTS	3

static void
write_matrix(const struct rp_page *p, const struct ana_matrix *m,
    uint64_t total)
{
	char n[ANA_NUM];
	size_t i, k;

	rp_say(p, RP_FAINT, "               waited  of its   which operation "
	    "had the lock");
	fputs("\n", p->out);
	rp_say(p, RP_FAINT, "operation      in all    time");
	for (k = 0; k < m->ncols; k++)
		fprintf(p->out, " %7.7s", m->cols[k]);
	fputc('\n', p->out);
	for (i = 0; i < m->nrows; i++) {
		fprintf(p->out, "%-13.13s%8s", m->rows[i],
		    ana_time(m->row_ns[i], n));
		fprintf(p->out, "%8s", m->row_share[i] <= 0 ? "-" :
		    ana_percent(m->row_share[i], n));
		for (k = 0; k < m->ncols; k++)
			fprintf(p->out, " %7s", m->ns[i * m->ncols + k] == 0 ?
			    "." : ana_time(m->ns[i * m->ncols + k], n));
		fputc('\n', p->out);
	}
	fprintf(p->out, "%-13s%8s%8s", "in all", ana_time(total, n), "");
	for (k = 0; k < m->ncols; k++)
		fprintf(p->out, " %7s", ana_time(m->col_ns[k], n));
	fputc('\n', p->out);
}

static void
write_split(const struct rp_page *p, const struct ana_blame *b)
{
	char time[ANA_NUM], share[ANA_NUM], value[2 * ANA_NUM + 4];
	size_t i, at = 0;

	for (i = 0; i < ANA_NSPLIT; i++) {
		if (b->split[i] == 0)
			continue;
		snprintf(value, sizeof(value), "%s (%s)",
		    ana_time(b->split[i], time), ana_percent(
		    (double)b->split[i] / (double)b->total, share));
		rp_item(p, &at, "waited", ana_split_name((enum ana_split)i),
		    value);
	}
	if (at != 0)
		fputc('\n', p->out);
}

static void
write_pairs(const struct rp_page *p, const struct ana_blame *b)
{
	size_t i, n = p->style->full ? b->npairs : PAIRS;
	char time[ANA_NUM], end[128];
	const struct ana_pair *pair;

	if (b->npairs != 0)
		fprintf(p->out, "most at\n");
	for (i = 0; i < n && i < b->npairs; i++) {
		pair = &b->pairs[i];
		snprintf(end, sizeof(end), "%s (%s)", pair->waiter,
		    lk_mode_name(pair->waiter_mode));
		fprintf(p->out, "%7s  %.32s at %.*s\n", ana_time(pair->ns, time),
		    pair->class, (int)(RP_WIDTH - 13 - strnlen(pair->class,
		    32)), end);
		if (pair->holder == NULL)
			snprintf(end, sizeof(end), "while nobody was seen to "
			    "hold it");
		else
			snprintf(end, sizeof(end), "while held from %s (%s)",
			    pair->holder, lk_mode_name(pair->holder_mode));
		fprintf(p->out, "         %.70s\n", end);
	}
}

static void
write_roots(const struct rp_page *p, const struct ana_blame *b)
{
	size_t i, n = p->style->full ? b->nroots : ROOTS;
	char time[ANA_NUM];

	if (b->nroots == 0)
		return;
	fprintf(p->out, "%s of it for holders that waited themselves, in the "
	    "end\n", ana_time(b->chained, time));
	for (i = 0; i < n && i < b->nroots; i++)
		fprintf(p->out, "%7s  for %.32s, held by %.20s\n         from "
		    "%.65s\n", ana_time(b->roots[i].ns, time),
		    b->roots[i].class, strcmp(b->roots[i].op, "(none)") == 0 ?
		    "no operation" : b->roots[i].op, b->roots[i].site);
}

void
rp_text_blame(const struct rp_page *p, const struct ana_result *r)
{
	const struct ana_blame *b = &r->blame;

	if (b->total == 0)
		return;
	rp_heading(p, "BLAME", ": who had the lock while others waited");
	write_matrix(p, &b->ops_top, b->total);
	write_split(p, b);
	write_pairs(p, b);
	write_roots(p, b);
}

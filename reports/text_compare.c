/*
 * compare: two sets of runs, what changed first.
 */
#include <string.h>

#include "reports/text_int.h"

#define SOME	12	/* rows without a change, unless all are wanted */
#define CELLS	8

typedef char cell[ANA_NUM];

static const char *
number(const struct ana_metric *m, double v, cell buf)
{
	switch (m->unit) {
	case ANA_RATE:
		return ana_count((uint64_t)(v + 0.5), buf);
	case ANA_SHARE:
		return ana_percent(v, buf);
	case ANA_TIME:
		break;
	}
	return ana_time((uint64_t)(v + 0.5), buf);
}

/* At most six characters. */
static const char *
factor(double v, cell buf)
{
	snprintf(buf, sizeof(cell), v > 9999 ? ">9999" : v >= 100 ? "%.0f" :
	    v >= 10 ? "%.2f" : "%.3f", v);
	return buf;
}

/* At most nine. */
static const char *
change(double v, cell buf)
{
	snprintf(buf, sizeof(cell), v > 9999999 ? "> +1e7" : v < -9999999 ?
	    "< -1e7" : v >= 10000 || v <= -10000 ? "%+.0f" : "%+.1f", v);
	return buf;
}

static enum rp_tone
tone(enum ana_verdict v)
{
	static const enum rp_tone tones[] = {
		[ANA_NO_VERDICT] = RP_FAINT, [ANA_NO_DIFFERENCE] = RP_PLAIN,
		[ANA_BETTER] = RP_GOOD, [ANA_WORSE] = RP_BAD
	};

	return tones[v];
}

static void
write_row(const struct rp_page *p, const struct ana_compare_row *row)
{
	char range[48] = "-";
	cell a, b, ratio = "-";

	if (row->na != 0 && row->nb != 0)
		factor(row->ratio, ratio);
	if (row->low < row->high)
		snprintf(range, sizeof(range), "%s .. %s",
		    factor(row->low, a), factor(row->high, b));
	fprintf(p->out, "  %-24.24s %7s %7s %6.6s %15s ", row->name,
	    row->na != 0 ? number(row->metric, row->a, a) : "-",
	    row->nb != 0 ? number(row->metric, row->b, b) : "-", ratio,
	    range);
	rp_say(p, tone(row->verdict), row->verdict == ANA_NO_DIFFERENCE ?
	    "none shown" : ana_verdict_name(row->verdict));
	fputc('\n', p->out);
}

static void
write_table(const struct rp_page *p, const struct ana_compare *c)
{
	size_t most = p->style->full ? c->nrows : p->style->brief ? 0 : SOME;
	size_t i, rest = 0;
	char head[96];

	if (p->style->brief && c->nworse + c->nbetter == 0)
		return;

	snprintf(head, sizeof(head), " %*s %7.7s %7.7s %6s %15s %s", 17, "",
	    c->a, c->b, "ratio", "interval", "difference");
	rp_heading(p, "METRICS", head);
	for (i = 0; i < c->nrows; i++) {
		if (c->rows[i].verdict == ANA_WORSE ||
		    c->rows[i].verdict == ANA_BETTER || rest++ < most)
			write_row(p, &c->rows[i]);
	}
	if (rest > most)
		fprintf(p->out, "  and %zu more without a difference shown%s\n",
		    rest - most, p->style->brief ? "" : "; --full");
}

static void
write_diffs(const struct rp_page *p, const struct ana_compare *c)
{
	char line[256];
	size_t i;

	for (i = 0; i < c->ndiffs; i++) {
		snprintf(line, sizeof(line), "%s %s: %s %s, %s %s", i == 0 ?
		    "differ  " : "        ", c->diffs[i].key, c->a,
		    c->diffs[i].a[0] != '\0' ? c->diffs[i].a : "-", c->b,
		    c->diffs[i].b[0] != '\0' ? c->diffs[i].b : "-");
		fprintf(p->out, "%.*s\n", RP_WIDTH, line);
	}
	for (i = 0; i < c->nout; i++)
		rp_paragraph(p, "  ", c->out[i]);
}

static void
write_cells(const struct rp_page *p, const struct ana_compare *c)
{
	size_t i, most = p->style->full ? c->ncells : CELLS;
	cell a, b, at, bt, diff;
	char range[48];

	if (c->ncells == 0 || c->gate)
		return;
	rp_heading(p, "BLAME", ": who waited for whom, for each operation of "
	    "the run");
	rp_say(p, RP_FAINT, "  waited      had it             A        B    B-A, "
	    "ns interval");
	fputc('\n', p->out);
	for (i = 0; i < c->ncells && i < most; i++) {
		strcpy(range, "-");
		if (c->cells[i].low < c->cells[i].high)
			snprintf(range, sizeof(range), "%s .. %s",
			    change(c->cells[i].low, a),
			    change(c->cells[i].high, b));
		fprintf(p->out, "  %-11.11s %-11.11s %8s %8s %9s %s\n",
		    c->cells[i].waiter, c->cells[i].holder,
		    ana_time((uint64_t)(c->cells[i].a + 0.5), at),
		    ana_time((uint64_t)(c->cells[i].b + 0.5), bt),
		    change(c->cells[i].diff, diff), range);
	}
	if (c->ncells > most)
		fprintf(p->out, "  and %zu more; --full\n", c->ncells - most);
}

static void
write_bounds(const struct rp_page *p, const struct ana_compare *c)
{
	static const enum rp_tone tones[] = {
		[ANA_BOUND_KEPT] = RP_PLAIN, [ANA_BOUND_VIOLATED] = RP_BAD,
		[ANA_BOUND_OPEN] = RP_WARNING
	};
	size_t i;

	for (i = 0; i < c->nbounds; i++) {
		rp_say(p, tones[c->bounds[i].state], c->bounds[i].says);
		fputc('\n', p->out);
	}
}

void
rp_text_compare(const struct rp_page *p, const struct ana_result *r)
{
	const struct ana_compare *c = r->compare;
	size_t i;

	rp_say(p, RP_BOLD, "amapstorm: ");
	rp_say(p, rp_verdict_tone(r), r->verdict);
	fprintf(p->out, "\nruns     %s: %zu, %s: %zu%s\n", c->a, c->na, c->b,
	    c->nb, c->paired ? ", in pairs" : "");
	write_diffs(p, c);
	write_bounds(p, c);
	for (i = 0; i < c->nnew; i++) {
		rp_say(p, RP_BAD, "finding  ");
		fprintf(p->out, "%s\n", c->fresh[i]);
	}
	if (r->trust.untrusted)
		fprintf(p->out, "trust    %s\n", r->trust.why);
	if (c->gate)
		return;
	write_table(p, c);
	if (!p->style->brief)
		write_cells(p, c);
	fputc('\n', p->out);
	rp_paragraph(p, "", c->says);
}

/*
 * locks: where strands waited, and what it would give if they had not.
 */
#include "reports/text_int.h"

#define LOCKS	5	/* shown unless asked for more */

static void
columns(const struct rp_page *p, int indent, const char *name,
    const struct ana_use *u, double gain)
{
	char n[8][ANA_NUM], times[ANA_NUM + 2] = "";

	if (gain > 0)
		snprintf(times, sizeof(times), gain < 9.995 ? "  %.2fx" :
		    "%6.0fx", gain);
	fprintf(p->out, "%*s%-*.*s%7s%7s%8s%7s%8s%8s%8s%s\n", indent, "",
	    19 - indent, 19 - indent, name,
	    ana_count(u->c[LKC_acquired], n[0]),
	    ana_count(u->wait.n, n[1]), ana_time(u->wait.total, n[2]),
	    ana_percent(u->wait_share, n[3]),
	    u->wait.p50 == 0 ? "-" : ana_time(u->wait.p50, n[4]),
	    u->wait.p99 == 0 ? "-" : ana_time(u->wait.p99, n[5]),
	    u->wait.max == 0 ? "-" : ana_time(u->wait.max, n[6]), times);
}

static void
put(const struct rp_page *p, size_t *at, const char *name, const char *value)
{
	rp_item(p, at, "  ", name, value);
}

/* How waiting went: in what length of queue, asleep or not. */
static void
manner(const struct rp_page *p, const struct ana_use *u)
{
	char v[64], n[2][ANA_NUM];
	size_t at = 0;

	if (u->c[LKC_queue_max] != 0)
		put(p, &at, "longest queue",
		    ana_count(u->c[LKC_queue_max], v));
	put(p, &at, "slept", ana_count(u->c[LKC_sleeps], v));
	if (u->c[LKC_vain] != 0)
		put(p, &at, "woke in vain", ana_count(u->c[LKC_vain], v));
	put(p, &at, "spun", ana_count(u->c[LKC_spins], v));
	if (u->c[LKC_tryfailed] != 0)
		put(p, &at, "tries failed",
		    ana_count(u->c[LKC_tryfailed], v));
	if (u->chold.n != 0) {
		snprintf(v, sizeof(v), "%s, longest %s",
		    ana_time(u->chold.mean, n[0]),
		    ana_time(u->chold.max, n[1]));
		put(p, &at, "then held", v);
	}
	fputc('\n', p->out);
}

static void
dist(const struct rp_page *p, const char *name, const struct ana_dist *d)
{
	char n[8][ANA_NUM];

	if (d->n == 0)
		return;
	fprintf(p->out, "  %-14s%7s%8s%8s%8s%8s%8s%8s%8s\n", name,
	    ana_count(d->n, n[0]), ana_time(d->total, n[1]),
	    ana_time(d->mean, n[2]), ana_time(d->p50, n[3]),
	    ana_time(d->p90, n[4]), ana_time(d->p99, n[5]),
	    ana_time(d->p999, n[6]), ana_time(d->max, n[7]));
}

static void
details(const struct rp_page *p, const struct ana_lock_row *row,
    uint32_t period)
{
	char n[2][ANA_NUM];
	const struct ana_use *u = &row->all;

	rp_say(p, RP_FAINT, "                  count   total    mean     p50"
	    "     p90     p99   p99.9     max");
	fputc('\n', p->out);
	dist(p, "waits", &u->wait);
	dist(p, "holds, sampled", &u->hold);
	dist(p, "after a wait", &u->chold);
	if (u->hold.n != 0)
		fprintf(p->out, "  all holds: about %s, give or take %s, as 1 of "
		    "%u was timed\n", ana_time(u->held_ns, n[0]),
		    ana_time(u->held_error, n[1]), period);
}

static void
write_instances(const struct rp_page *p, const struct ana_lock_row *row)
{
	const struct ana_instance_row *in;
	char n[3][ANA_NUM];
	size_t i;

	for (i = 0; i < row->ninstances && i < 8; i++) {
		in = &row->instances[i];
		fprintf(p->out, "  0x%-14llx%7s waits, %7s%s%s\n",
		    (unsigned long long)in->ident,
		    ana_count(in->contended, n[0]),
		    ana_time(in->wait_ns, n[1]),
		    in->over_ns == 0 ? "" : ", too much by at most ",
		    in->over_ns == 0 ? "" : ana_time(in->over_ns, n[2]));
	}
}

/* Where most was waited, if not in full: one place. */
static void
write_sites(const struct rp_page *p, const struct ana_lock_row *row)
{
	size_t i, n = p->style->full ? row->nsites : 1;
	char waits[ANA_NUM], time[ANA_NUM], where[160];
	const struct ana_use *u;

	for (i = 0; i < n && i < row->nsites; i++) {
		u = &row->sites[i];
		if (u->wait.n == 0)
			break;
		snprintf(where, sizeof(where), "%s%s%s%s", u->site,
		    u->mode == LKM_NONE ? "" : " (", u->mode == LKM_NONE ? "" :
		    lk_mode_name(u->mode), u->mode == LKM_NONE ? "" : ")");
		fprintf(p->out, "  at %-49.49s%7s waits, %7s\n", where,
		    ana_count(u->wait.n, waits),
		    ana_time(u->wait.total, time));
	}
}

static void
write_lock(const struct rp_page *p, const struct ana_lock_row *row,
    uint32_t period)
{
	size_t i;

	columns(p, 0, row->class, &row->all, row->gain);
	if (row->all.wait.n == 0)
		return;
	for (i = 0; row->nmodes > 1 && i < row->nmodes; i++)
		columns(p, 2, lk_mode_name(row->modes[i].mode),
		    &row->modes[i], 0);
	manner(p, &row->all);
	write_sites(p, row);
	if (p->style->full) {
		details(p, row, period);
		write_instances(p, row);
	}
}

/* What the whole run would gain, and what it cannot. */
static void
write_speed(const struct rp_page *p, const struct ana_speed *v)
{
	char a[ANA_NUM], line[320];
	size_t n;

	n = (size_t)snprintf(line, sizeof(line), "All waits together are %s "
	    "of the strands' time: with none of them the run would be %.2f "
	    "times as fast at most.", ana_percent(v->wait_share, a),
	    v->no_waits);
	if (v->cpu_share > 0 && v->cpu_bound < v->no_waits)
		snprintf(line + n, sizeof(line) - n, "  It used %s of "
		    "what the processors can do: on this machine that bounds "
		    "it to %.2f times.", ana_percent(v->cpu_share, a),
		    v->cpu_bound);
	rp_paragraph(p, "", line);
}

void
rp_text_locks(const struct rp_page *p, const struct ana_result *r)
{
	size_t i, n = p->style->locks != 0 ? p->style->locks : LOCKS;

	if (r->nlocks == 0)
		return;
	rp_heading(p, "LOCKS", ": where strands waited, longest first");
	rp_paragraph(p, "", "A wait is a take that found the lock in use; "
	    "share is of all strands' time; gain is how many times as fast "
	    "the run could be at most if nobody ever waited here.");
	rp_say(p, RP_FAINT, "                     taken  waits  waited  share"
	    "     p50     p99     max   gain");
	fputc('\n', p->out);
	for (i = 0; i < r->nlocks && (i < n || p->style->full); i++) {
		if (r->locks[i].all.wait.n == 0 && !p->style->full)
			break;
		write_lock(p, &r->locks[i], r->speed.hold_period);
	}
	if (i < r->nlocks)
		fprintf(p->out, "and %zu more, less waited for (--full, "
		    "--locks N)\n", r->nlocks - i);
	write_speed(p, &r->speed);
}

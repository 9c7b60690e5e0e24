/*
 * csv: one table; the first line names the columns.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "reports/rp_int.h"

/*
 * A line, as fields says: s text (NULL: empty), u uint64_t, f double, d int.
 */
static void
line(FILE *out, const char *fields, ...)
{
	const char *f, *text;
	va_list ap;

	va_start(ap, fields);
	for (f = fields; *f != '\0'; f++) {
		if (f != fields)
			fputc(',', out);
		if (*f == 's') {
			text = va_arg(ap, const char *);
			rp_quoted(out, text != NULL ? text : "", "\"");
		} else if (*f == 'u')
			fprintf(out, "%" PRIu64, va_arg(ap, uint64_t));
		else if (*f == 'f')
			fprintf(out, "%.9g", va_arg(ap, double));
		else
			fprintf(out, "%d", va_arg(ap, int));
	}
	va_end(ap);
	fputc('\n', out);
}

static void
findings(FILE *out, const struct ana_result *r)
{
	const struct ana_finding *f;
	size_t i;

	fputs("level,status,name,count,what,file,line,function,fingerprint\n",
	    out);
	for (i = 0; i < r->nfindings; i++) {
		char print[24];

		f = r->findings[i];
		snprintf(print, sizeof(print), "%016" PRIx64, f->print);
		line(out, "sssussdss", ana_level_name(f->level),
		    ana_status_name(f->status), f->name, f->count, f->what,
		    f->nplaces == 0 ? "" : f->places[0].file,
		    f->nplaces == 0 ? 0 : f->places[0].line,
		    f->nplaces == 0 ? "" : f->places[0].func, print);
	}
}

/* Columns of all uses of locks. */
static void
use_head(FILE *out, const char *first)
{
	size_t i;

	fputs(first, out);
	for (i = 0; i < LKC_NCOUNTER; i++)
		fprintf(out, ",%s", lk_counter_desc[i].name);
	fputs(",wait_share,wait_p50_ns,wait_p90_ns,wait_p99_ns,wait_p999_ns,"
	    "hold_p50_ns,hold_p99_ns,held_ns\n", out);
}

static void
use(FILE *out, const char *class, const char *kind, const struct ana_use *u)
{
	size_t i;

	rp_quoted(out, class, "\"");
	fputc(',', out);
	rp_quoted(out, kind, "\"");
	fputc(',', out);
	rp_quoted(out, u->site != NULL ? u->site : "", "\"");
	fprintf(out, ",%s", u->mode == LKM_NONE ? "" : lk_mode_name(u->mode));
	for (i = 0; i < LKC_NCOUNTER; i++)
		fprintf(out, ",%" PRIu64, u->c[i]);
	fputc(',', out);
	line(out, "fuuuuuuu", u->wait_share, u->wait.p50, u->wait.p90,
	    u->wait.p99, u->wait.p999, u->hold.p50, u->hold.p99, u->held_ns);
}

static void
locks(FILE *out, const struct ana_result *r)
{
	size_t i;

	use_head(out, "class,kind,site,mode");
	for (i = 0; i < r->nlocks; i++)
		use(out, r->locks[i].class, r->locks[i].kind,
		    &r->locks[i].all);
}

static void
modes(FILE *out, const struct ana_result *r)
{
	size_t i, k;

	use_head(out, "class,kind,site,mode");
	for (i = 0; i < r->nlocks; i++) {
		for (k = 0; k < r->locks[i].nmodes; k++)
			use(out, r->locks[i].class, r->locks[i].kind,
			    &r->locks[i].modes[k]);
	}
}

static void
sites(FILE *out, const struct ana_result *r)
{
	size_t i, k;

	use_head(out, "class,kind,site,mode");
	for (i = 0; i < r->nlocks; i++) {
		for (k = 0; k < r->locks[i].nsites; k++)
			use(out, r->locks[i].class, r->locks[i].kind,
			    &r->locks[i].sites[k]);
	}
}

static void
instances(FILE *out, const struct ana_result *r)
{
	const struct ana_instance_row *in;
	char address[24];
	size_t i, k;

	fputs("class,address,contended,wait_ns,wait_ns_error,mean_queue\n",
	    out);
	for (i = 0; i < r->nlocks; i++) {
		for (k = 0; k < r->locks[i].ninstances; k++) {
			in = &r->locks[i].instances[k];
			snprintf(address, sizeof(address), "0x%" PRIx64,
			    in->ident);
			line(out, "ssuuuf", r->locks[i].class, address,
			    in->contended, in->wait_ns, in->over_ns,
			    in->queue);
		}
	}
}

static void
operations(FILE *out, const struct ana_result *r)
{
	size_t i;

	fputs("operation,done,refused,skipped,mean_ns\n", out);
	for (i = 0; i < r->nops; i++)
		line(out, "suuuu", r->ops[i].name, r->ops[i].done,
		    r->ops[i].refused, r->ops[i].skipped, r->ops[i].mean_ns);
}

static void
blame(FILE *out, const struct ana_result *r)
{
	const struct ana_matrix *m = &r->blame.ops;
	size_t i, k;

	fputs("waiter,holder,wait_ns\n", out);
	for (i = 0; i < m->nrows; i++) {
		for (k = 0; k < m->ncols; k++) {
			if (m->ns[i * m->ncols + k] != 0)
				line(out, "ssu", m->rows[i], m->cols[k],
				    m->ns[i * m->ncols + k]);
		}
	}
}

static void
pairs(FILE *out, const struct ana_result *r)
{
	const struct ana_pair *p;
	size_t i;

	fputs("class,waiter,waiter_mode,holder,holder_mode,count,wait_ns\n",
	    out);
	for (i = 0; i < r->blame.npairs; i++) {
		p = &r->blame.pairs[i];
		line(out, "sssssuu", p->class, p->waiter,
		    lk_mode_name(p->waiter_mode), p->holder,
		    p->holder == NULL ? "" : lk_mode_name(p->holder_mode),
		    p->n, p->ns);
	}
}

static void
roots(FILE *out, const struct ana_result *r)
{
	const struct ana_root *root;
	size_t i;

	fputs("class,site,operation,count,wait_ns\n", out);
	for (i = 0; i < r->blame.nroots; i++) {
		root = &r->blame.roots[i];
		line(out, "sssuu", root->class, root->site, root->op, root->n,
		    root->ns);
	}
}

static void
stacks(FILE *out, const struct ana_result *r)
{
	const struct ana_wait_stack *w;
	char frames[4096];
	size_t i, k, at;

	fputs("operation,class,mode,site,count,wait_ns,frames\n", out);
	for (i = 0; i < r->nwait_stacks; i++) {
		w = &r->wait_stacks[i];
		frames[0] = '\0';
		for (k = at = 0; k < w->nframes && at < sizeof(frames); k++)
			at += (size_t)snprintf(frames + at, sizeof(frames) -
			    at, "%s%s", k == 0 ? "" : ";", w->frames[k]);
		line(out, "ssssuus", w->op, w->class, lk_mode_name(w->mode),
		    w->site, w->n, w->ns, frames);
	}
}

static void
events(FILE *out, const struct ana_result *r)
{
	const struct ana_timed *e;
	size_t i;

	fputs("strand,what,begin_ns,end_ns,operation,class,mode,site,had_by\n",
	    out);
	for (i = 0; i < r->timeline.nevents; i++) {
		e = &r->timeline.events[i];
		line(out, "ssuusssss", r->timeline.tracks[e->track].name,
		    lk_timed_name(e->what), e->begin, e->end, e->op, e->class,
		    e->class == NULL ? "" : lk_mode_name(e->mode), e->site,
		    e->by == 0 ? "" : r->timeline.tracks[e->by - 1].name);
	}
}

static void
order(FILE *out, const struct ana_result *r)
{
	const struct ana_order_edge *e;
	size_t i;

	fputs("held,taken,modes,held_at,taken_at,dependencies,finding\n", out);
	for (i = 0; i < r->order.nedges; i++) {
		e = &r->order.edges[i];
		line(out, "sssssud", e->from, e->to, e->modes, e->from_site,
		    e->to_site, e->deps, (int)e->cycle);
	}
}

static void
coverage(FILE *out, const struct ana_result *r)
{
	size_t i;

	fputs("group,name,unit,value\n", out);
	for (i = 0; i < r->ncover; i++)
		line(out, "sssu", r->cover[i].group, r->cover[i].name,
		    r->cover[i].unit, r->cover[i].value);
}

static void
state(FILE *out, const struct ana_result *r)
{
	size_t i;

	fputs("what,name,value,of\n", out);
	for (i = 0; i < r->ngauges; i++)
		line(out, "ssuu", "gauge", r->gauges[i].name,
		    r->gauges[i].value, r->gauges[i].of);
	for (i = 0; i < r->nchecks; i++)
		line(out, "ssuu", "check", r->checks[i].name,
		    r->checks[i].value, (uint64_t)0);
}

static void
losses(FILE *out, const struct ana_result *r)
{
	size_t i;

	fputs("name,value,help\n", out);
	for (i = 0; i < r->trust.nlosses; i++)
		line(out, "sus", r->trust.losses[i].name,
		    r->trust.losses[i].value, r->trust.losses[i].help);
}

static const struct rp_table tables[] = {
#define CSV(name, help)	{ #name, help },
#include "reports/csv.def"
#undef CSV
};
#define NTABLES	(sizeof(tables) / sizeof(tables[0]))

static void (*const writers[])(FILE *, const struct ana_result *) = {
#define CSV(name, help)	name,
#include "reports/csv.def"
#undef CSV
};

const struct rp_table *
rp_csv_tables(size_t *n)
{
	*n = NTABLES;
	return tables;
}

int
rp_format_csv(const struct ana_result *r, const struct rp_style *style,
    FILE *out)
{
	size_t i;

	errno = 0;
	for (i = 0; i < NTABLES; i++) {
		if (style->table != NULL &&
		    strcmp(style->table, tables[i].name) == 0)
			writers[i](out, r);
	}
	return rp_finish(out);
}

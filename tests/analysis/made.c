#include <stdio.h>
#include <stdlib.h>

#include "tests/analysis/made.h"

struct made *
made_new(void)
{
	struct made *m = calloc(1, sizeof(*m));
	uint32_t i;

	assert_non_null(m);
	m->s.classes = m->class;
	m->s.nclasses = 2;
	for (i = 0; i < 2; i++) {
		m->class[i].id = i + 1;
		m->class[i].kind = LKN_LOCK;
		snprintf(m->class[i].name, sizeof(m->class[i].name), "%s",
		    i == 0 ? "list" : "amap");
	}
	m->s.sites = m->site;
	m->s.nsites = 9;
	for (i = 0; i < 9; i++) {
		m->site[i].id = i + 1;
		m->site[i].line = (int)(i + 1) * 10;
		snprintf(m->site[i].file, sizeof(m->site[i].file), "vm.c");
		snprintf(m->site[i].func, sizeof(m->site[i].func), "f%u",
		    i + 1);
	}
	m->s.strands = m->strand;
	m->s.totals = m->totals;
	m->s.incidents = m->incident;
	m->s.inflight = m->inflight;
	m->s.info.now = MADE_NOW;
	m->s.job.hang_ns = MADE_HANG;
	m->s.job.threads = 2;
	m->s.run.strands = 2;
	m->s.run.run_ns = 1000000000;
	m->s.run.ops = 5000;
	m->s.outcome.end = WLE_DONE;
	strcpy(m->s.command, "amapstorm run made");
	return m;
}

struct lk_strand_info *
made_strand(struct made *m, const char *name)
{
	struct lk_strand_info *st = &m->strand[m->s.nstrands++];

	st->id = (uint32_t)m->s.nstrands;
	snprintf(st->name, sizeof(st->name), "%s", name);
	st->op = WL_OP_ID(WLO_fork);
	st->op_since = MADE_NOW - MADE_HANG - 1;
	return st;
}

static void
node(struct lk_node_info *n, uint64_t ident, enum lk_mode mode, uint32_t site)
{
	n->kind = LKN_LOCK;
	n->ident = ident;
	n->mode = mode;
	n->class = ident == 0x100 ? 1 : 2;
	n->site = site;
	n->since = MADE_NOW - MADE_HANG;
}

void
made_holds(struct lk_strand_info *st, uint64_t ident, enum lk_mode mode,
    uint32_t site)
{
	node(&st->held[st->nheld++], ident, mode, site);
}

void
made_wants(struct lk_strand_info *st, uint64_t ident, enum lk_mode mode,
    uint32_t site)
{
	node(&st->wait, ident, mode, site);
}

struct lk_incident_info *
made_incident(struct made *m, const char *kind, const char *text)
{
	struct lk_incident_info *in = &m->incident[m->s.nincidents++];

	in->id = (uint32_t)m->s.nincidents;
	in->count = 1;
	in->site = 1;
	in->strand = 1;
	snprintf(in->kind, sizeof(in->kind), "%s", kind);
	snprintf(in->text, sizeof(in->text), "%s", text);
	snprintf(in->strand_name, sizeof(in->strand_name), "op-1");
	return in;
}

struct lk_totals *
made_totals(struct made *m, uint32_t class, uint32_t site, enum lk_mode mode)
{
	struct lk_totals *t = &m->totals[m->s.ntotals++];

	t->class = class;
	t->site = site;
	t->kind = LKN_LOCK;
	t->mode = mode;
	return t;
}

struct ana_result *
made_result(struct made *m)
{
	struct ana_result *r;

	assert_int_equal(ana_run(&m->s, &r), 0);
	free(m);
	return r;
}

const struct ana_finding *
made_found(const struct ana_result *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		if (strcmp(r->findings[i]->name, name) == 0)
			return r->findings[i];
	}
	return NULL;
}

bool
made_says(const struct ana_finding *f, const char *part)
{
	size_t i;

	for (i = 0; i < f->ntext; i++) {
		if (strstr(f->text[i], part) != NULL)
			return true;
	}
	return false;
}

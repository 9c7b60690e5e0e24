/* read.c: the record, read from any process. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "locks/record_int.h"

const struct lk_loss_desc lk_loss_desc[LKL_NLOSS] = {
#define LK_LOSS(name, help)	{ #name, help },
#include "locks/losses.def"
#undef LK_LOSS
};

const char *
lk_mode_name(enum lk_mode mode)
{
	static const char *const name[LKM_NMODE] = { "-", "write", "read",
	    "recursive read" };

	return (unsigned)mode < LKM_NMODE ? name[mode] : "?";
}

const char *
lk_level_name(enum lk_level level)
{
	static const char *const name[] = {
		[LK_LEVEL_OFF] = "off", [LK_LEVEL_CONTENDED] = "contended",
		[LK_LEVEL_FULL] = "full"
	};

	return (unsigned)level <= LK_LEVEL_FULL ? name[level] : "?";
}

const char *
lk_how_name(enum lk_how how)
{
	static const char *const name[LKH_NHOW] = {
		[LKH_PLAIN] = "plain", [LKH_WAITED] = "waited",
		[LKH_TRIED] = "tried", [LKH_DOWNGRADED] = "downgraded",
		[LKH_UPGRADED] = "upgraded",
	};

	return (unsigned)how < LKH_NHOW ? name[how] : "?";
}

void
lk_record_info(const struct lk_record *r, struct lk_record_info *i)
{
	const struct lk_header *h = r->h;
	struct timespec ts;
	uint64_t w[4];
	unsigned k;

	memset(i, 0, sizeof(*i));
	clock_gettime(CLOCK_MONOTONIC, &ts);
	i->version = h->version;
	i->pid = (pid_t)lk_get(&h->pid);
	i->creator = (pid_t)h->creator;
	i->seed = lk_get(&h->seed);
	i->level = (enum lk_level)lk_get(&h->level);
	i->created = h->created;
	i->created_real = h->created_real;
	i->now = h->written != 0 ? h->written :
	    (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	for (k = 0; k < 4; k++)
		w[k] = lk_get(&h->backend[k]);
	memcpy(i->backend, w, sizeof(w));
	i->backend[sizeof(i->backend) - 1] = '\0';
	memcpy(i->title, h->title, sizeof(i->title) - 1);
	i->note_ps = lk_get(&h->note_ps);
	i->undelayed = lk_get(&h->undelayed) != 0;
	i->hold_period = h->hold_period;
	i->incidents = lk_get(&h->incidents);
	i->panicked = lk_get(&h->panicked) != 0;
	i->nclasses = lk_count_of(&h->nclass, LK_MAXCLASS) - 1;
	i->nsites = lk_count_of(&h->nsite, LK_MAXSITE) - 1;
	i->ndeps = lk_count_of(&h->ndep, LK_MAXDEP);
	i->nstrands = lk_record_nstrands(r);
}

uint32_t
lk_record_nstrands(const struct lk_record *r)
{
	return lk_count_of(&r->h->nstrand, LK_MAXSTRAND);
}

bool
lk_record_class(const struct lk_record *r, uint32_t id, struct lk_class_info *i)
{
	const struct lk_class_row *row = lk_part(r, LKP_CLASS);

	memset(i, 0, sizeof(*i));
	i->id = id;
	if (id == 0 || id >= lk_count_of(&r->h->nclass, LK_MAXCLASS)) {
		strcpy(i->name, "?");
		return false;
	}
	i->kind = (enum lk_node_kind)lk_get(&row[id].kind);
	i->flags = lk_get(&row[id].flags);
	i->site = row[id].site;
	memcpy(i->name, row[id].name, sizeof(i->name) - 1);
	return true;
}

bool
lk_record_site(const struct lk_record *r, uint32_t id, struct lk_site_info *i)
{
	const struct lk_site_row *row = lk_part(r, LKP_SITE);

	memset(i, 0, sizeof(*i));
	i->id = id;
	if (id == 0 || id >= lk_count_of(&r->h->nsite, LK_MAXSITE)) {
		strcpy(i->file, "?");
		strcpy(i->func, "?");
		return false;
	}
	i->line = row[id].line;
	memcpy(i->file, row[id].file, sizeof(i->file) - 1);
	memcpy(i->func, row[id].func, sizeof(i->func) - 1);
	return true;
}

uint32_t
lk_record_class_find(const struct lk_record *r, const char *name,
    enum lk_node_kind kind)
{
	return lk_class_seek(r, name, kind);
}

/* ------------------------------------------------------------------------
 * Strands
 */

void
lk_node_unpack(struct lk_node_info *n, uint64_t ident, uint64_t pack,
    uint64_t since)
{
	n->kind = LK_PACK_KIND(pack);
	n->mode = LK_PACK_MODE(pack);
	n->how = LK_PACK_HOW(pack);
	n->ident = ident;
	n->class = LK_PACK_CLASS(pack);
	n->site = LK_PACK_SITE(pack);
	n->since = since;
	n->gen = 0;
	n->stack = 0;
	n->dupok = (pack & LK_PACK_DUPOK) != 0;
}

/* One whole reading of a wait record; the acquires keep the loads in order. */
static void
read_wait(const struct lk_wait *w, struct lk_strand_info *i)
{
	uint64_t seq, ident, pack, since;

	do {
		seq = lk_acq(&w->seq);
		ident = lk_acq(&w->ident);
		pack = lk_acq(&w->pack);
		since = lk_acq(&w->since);
	} while ((seq & 1) == 0 && lk_get(&w->seq) != seq);
	/* odd for good: killed in the middle of it; it waits for nothing */
	if ((seq & 1) != 0)
		ident = 0;
	i->wait_ordinal = seq / 2;
	lk_node_unpack(&i->wait, ident, pack, since);
}

static void
read_held(const struct lk_record *r, const struct lk_slot *s,
    struct lk_strand_info *i)
{
	uint32_t k, top = lk_acq(&s->top);

	i->nheld = 0;
	for (k = 1; k <= top && k <= LK_MAXHELD; k++) {
		const struct lk_held *h = &s->held[k];
		uint64_t ident = lk_acq(&h->ident), pack, since;
		struct lk_node_info *n = &i->held[i->nheld];
		uint32_t gen, stack;

		pack = lk_acq(&h->pack);
		since = lk_held_since(h);
		gen = lk_acq(&h->gen);
		stack = lk_held_stack(r, h);
		/* gone meanwhile, or another: leave it out */
		if (ident == 0 || lk_acq(&s->top) < k ||
		    lk_get(&h->ident) != ident)
			continue;
		lk_node_unpack(n, ident, pack, since);
		n->gen = gen;
		n->stack = stack;
		i->nheld++;
	}
}

/*
 * What was waited for is pushed before the wait record is cleared: between
 * the two it looks as if the strand waited for itself.  A hold that came of a
 * wait has the time of its beginning, which is later than that of its wait.
 */
static bool
has_it_now(const struct lk_record *r, const struct lk_strand_info *i)
{
	const struct lk_node_info *w = &i->wait, *h;

	if (i->nheld == 0 || w->how == LKH_UPGRADED)
		return false;
	h = &i->held[i->nheld - 1];
	if (h->ident != w->ident || h->kind != w->kind ||
	    h->site != w->site || h->mode != w->mode || h->how != LKH_WAITED)
		return false;
	if (h->since == 0)
		return lk_get(&r->h->level) != LK_LEVEL_OFF;
	return h->since >= w->since;
}

bool
lk_record_strand(const struct lk_record *r, uint32_t id,
    struct lk_strand_info *i)
{
	const struct lk_slot *s;
	unsigned tries = 0;

	if (id >= LK_MAXSTRAND)
		return false;
	s = lk_slot(r, id);
	if (lk_acq(&s->state) != LKS_LIVE)
		return false;
	memset(i, 0, offsetof(struct lk_strand_info, held));
	i->id = id;
	i->gen = lk_get(&s->gen);
	i->tid = (pid_t)lk_get(&s->tid);
	lk_name_get(i->name, s->name);
	i->self = lk_get(&s->self);
	i->idle = lk_get(&s->idle) != 0;
	i->op = lk_get(&s->op);
	i->op_ordinal = lk_get(&s->op_ordinal);
	i->op_since = lk_get(&s->op_since);
	do {
		read_wait(&s->wait, i);
		read_held(r, s, i);
	} while (lk_acq(&s->wait.seq) / 2 != i->wait_ordinal && ++tries < 8);
	if (i->wait.ident != 0 && has_it_now(r, i))
		i->wait.ident = 0;
	return true;
}

void
lk_record_strands(const struct lk_record *r,
    void (*fn)(const struct lk_strand_info *, void *), void *arg)
{
	struct lk_strand_info i;
	uint32_t id, n = lk_count_of(&r->h->nstrand, LK_MAXSTRAND);

	for (id = 0; id < n; id++)
		if (lk_record_strand(r, id, &i))
			fn(&i, arg);
}

void
lk_record_inflight(const struct lk_record *r,
    void (*fn)(const struct lk_inflight_info *, void *), void *arg)
{
	const struct lk_inflight_row *row = lk_part(r, LKP_INFLIGHT);
	struct lk_inflight_info i;
	uint32_t k;

	memset(&i, 0, sizeof(i));
	for (k = 0; k < LK_MAXINFLIGHT; k++) {
		uint64_t ident = lk_acq(&row[k].ident);

		if (ident <= 1)
			continue;
		lk_node_unpack(&i.node, ident, lk_acq(&row[k].pack),
		    lk_acq(&row[k].since));
		i.giver = (uint32_t)lk_acq(&row[k].giver);
		lk_name_get(i.giver_name, row[k].name);
		if (lk_acq(&row[k].ident) == ident)
			fn(&i, arg);
	}
}

/* ------------------------------------------------------------------------
 * Incidents, the rest
 */

void
lk_record_incidents(const struct lk_record *r,
    void (*fn)(const struct lk_incident_info *, void *), void *arg)
{
	const struct lk_incident_row *row = lk_part(r, LKP_INCIDENT);
	uint32_t k, n = lk_count_of(&r->h->nincident, LK_MAXINCIDENT);
	struct lk_incident_info i;

	for (k = 0; k < n; k++) {
		i = row[k].i;
		i.count = lk_get(&row[k].count);
		fn(&i, arg);
	}
}

void
lk_record_losses(const struct lk_record *r, uint64_t loss[LKL_NLOSS])
{
	unsigned i;

	for (i = 0; i < LKL_NLOSS; i++)
		loss[i] = lk_get(&r->h->loss[i]);
}

void
lk_record_maps(const struct lk_record *r,
    void (*fn)(const struct lk_map_info *, void *), void *arg)
{
	const struct lk_map_info *row = lk_part(r, LKP_MAP);
	uint32_t k, n = lk_count_of(&r->h->nmap, LK_MAXMAP);

	for (k = 0; k < n; k++)
		fn(&row[k], arg);
}

bool
lk_record_crash(const struct lk_record *r, struct lk_crash_info *i)
{
	if (lk_acq(&r->h->crashed) != 2)
		return false;
	*i = r->h->crash;
	return true;
}

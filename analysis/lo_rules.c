/*
 * What one dependency alone says: two locks of one class, and sleeping with a
 * lock held.
 */
#include <string.h>

#include "analysis/contract_int.h"
#include "analysis/lockorder_int.h"

/* Are they in the order that the class declares? */
static bool
declared(const struct lo *lo, const struct lk_node_info *n, bool *by_address)
{
	const struct ct_class *c;

	*by_address = false;
	if (lo->s->contract == NULL)
		return false;
	c = ct_class_find(lo->s->contract, ana_class_name(lo->s, n->class));
	*by_address = c != NULL && c->by_address;
	return *by_address;
}

static bool
free_joint(const struct lk_node_info *held, const struct lk_node_info *want)
{
	return lo_mode(held) != ORD_WRITE && lo_mode(want) == ORD_RREAD;
}

static void
same_class(struct lo *lo, uint32_t dep, uint32_t k)
{
	const struct lk_dep_info *d = &lo->s->deps[dep];
	const struct lk_node_info *held = &d->held[k];
	struct ana_finding *f;
	bool by_address;
	uint32_t arc;

	if (held->class != d->want.class || !lo_is_lock(held) ||
	    (held->ident == d->want.ident && held->gen == d->want.gen) ||
	    d->want.dupok || free_joint(held, &d->want))
		return;
	if (declared(lo, held, &by_address) && held->ident < d->want.ident)
		return;
	arc = lo_arc_of(lo, dep, k);
	if (arc == ANA_NOID || lo->arc[arc].told || lo->arc[arc].same)
		return;
	lo->arc[arc].same = true;
	f = ana_find(lo->r, "order.same-class");
	f->level = by_address ? ANA_WARN : ANA_INFO;
	f->status = by_address ? ANA_FEASIBLE : ANA_UNCONFIRMED;
	f->what = ana_say(lo->r, by_address ? "two locks of class %s were "
	    "taken against the order of addresses that is declared for it" :
	    "a second lock of class %s was taken, and no order is declared "
	    "for the class", ana_class_name(lo->s, held->class));
	ana_concern_key(lo->r, f, ana_site_name(lo->r, lo->s, held->site),
	    ana_site_name(lo->r, lo->s, d->want.site));
	lo_take(lo, f, ana_say(lo->r, "%s took", lo_who(lo, d->nseen != 0 ?
	    &d->seen[0] : NULL)), held);
	lo_take(lo, f, "then wanted", &d->want);
}

/* ---- sleeping ---- */

static const struct sleep_ok {
	const char	*held, *wait;
} sleep_ok[] = {
#define SLEEP_OK(held, wait, why)	{ held, wait },
#include "analysis/sleep_ok.def"
#undef SLEEP_OK
	{ NULL, NULL }
};

static bool
matches(const char *pattern, const char *name)
{
	return strcmp(pattern, "*") == 0 || strcmp(pattern, name) == 0;
}

static bool
may_sleep(const char *held, const char *wait)
{
	const struct sleep_ok *ok;

	for (ok = sleep_ok; ok->held != NULL; ok++)
		if (matches(ok->held, held) && matches(ok->wait, wait))
			return true;
	return false;
}

static const char *
wait_name(const struct lo *lo, const struct lk_node_info *want)
{
	return want->kind == LKN_SLEEP ? ana_class_name(lo->s, want->class) :
	    lk_kind_name(want->kind);
}

static void
sleep_held(struct lo *lo, struct ana_idmap *told, const struct lk_dep_info *d,
    const struct lk_node_info *held)
{
	const char *class = ana_class_name(lo->s, held->class);
	const char *wait = wait_name(lo, &d->want);
	uint32_t was = told->n;
	struct ana_finding *f;

	if (!lo_is_lock(held) || may_sleep(class, wait))
		return;
	if (ana_id_of(told, held->class, (uint64_t)d->want.class << 32 |
	    d->want.site) == ANA_NOID)
		lo->nomem = true;
	if (told->n == was)
		return;
	f = ana_find(lo->r, "order.sleep-held");
	f->status = ANA_CONFIRMED;
	f->what = ana_say(lo->r, "%s while %s is held", d->want.kind ==
	    LKN_MEMORY ? "waits for memory" : d->want.kind == LKN_IO ?
	    "does I/O" : ana_say(lo->r, "sleeps (%s)", wait), class);
	ana_concern_key(lo->r, f, class, ana_site_name(lo->r, lo->s,
	    d->want.site));
	lo_take(lo, f, ana_say(lo->r, "%s took", lo_who(lo, d->nseen != 0 ?
	    &d->seen[0] : NULL)), held);
	lo_take(lo, f, "then waits:", &d->want);
}

void
lo_rules(struct lo *lo)
{
	const struct ana_snapshot *s = lo->s;
	struct ana_idmap told = { .n = 0 };
	uint32_t i, k;

	for (i = 0; i < s->ndeps; i++) {
		const struct lk_dep_info *d = &s->deps[i];
		bool sleeps = d->want.kind == LKN_SLEEP ||
		    d->want.kind == LKN_IO || d->want.kind == LKN_MEMORY;

		for (k = 0; k < d->nheld; k++)
			if (sleeps)
				sleep_held(lo, &told, d, &d->held[k]);
			else if (lo_is_lock(&d->want) && lo_can_wait(d))
				same_class(lo, i, k);
	}
	ana_idmap_free(&told);
}

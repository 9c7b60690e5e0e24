/*
 * order: can what was seen of lock order become a deadlock?
 */
#include <stdlib.h>

#include "analysis/lockorder_int.h"

static void
free_all(struct lo *lo)
{
	ord_destroy(lo->g);
	ana_idmap_free(&lo->inst);
	ana_idmap_free(&lo->arcs);
	free(lo->inst_class);
	free(lo->arc);
	free(lo->life_start);
	free(lo->life_dep);
	free(lo->kept);
}

static void
judge(struct lo *lo)
{
	struct ana_order *o = &lo->r->order;
	uint32_t i;

	if (!lo_build(lo))
		return;
	o->deps = lo->s->ndeps;
	o->instances = lo->inst.n;
	lo_find(lo);
	lo_tell(lo);
	for (i = 0; i < lo->nkept; i++)
		o->cycles[lo->kept[i].level == ORD_ERROR ? ANA_ERROR :
		    lo->kept[i].level == ORD_WARN ? ANA_WARN : ANA_INFO]++;
	lo_rules(lo);
	lo_signal(lo);
	lo_classes(lo);
	lo_class(lo);
	lo_edges(lo);
	lo_contract(lo);
	o->gaveup = lo->gaveup;
}

void
ana_pass_order(const struct ana_snapshot *s, struct ana_result *r)
{
	struct lo lo = { .s = s, .r = r };
	const struct ord_opts o = {
		.assume_writer = s->assume_writer, .ordered = lo_ordered,
		.arg = &lo,
	};

	if (s->ndeps == 0)
		return;
	if (ord_create(&o, &lo.g) != 0)
		lo.nomem = true;
	else
		judge(&lo);
	r->nomem |= lo.nomem;
	free_all(&lo);
}

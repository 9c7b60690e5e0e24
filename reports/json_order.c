/*
 * order: the graph of lock classes.
 */
#include "reports/json_int.h"

static json_t *
classes(const struct ana_order *o)
{
	json_t *all = json_array(), *c;
	size_t i;

	for (i = 0; i < o->nclasses; i++) {
		c = json_object();
		rp_put_text(c, "name", o->classes[i].name);
		rp_put_text(c, "kind", o->classes[i].kind);
		rp_put_int(c, "layer", o->classes[i].layer);
		rp_put(c, "suspect", json_boolean(o->classes[i].suspect));
		json_array_append_new(all, c);
	}
	return all;
}

static json_t *
edges(const struct ana_order *o)
{
	json_t *all = json_array(), *e;
	size_t i;

	for (i = 0; i < o->nedges; i++) {
		e = json_object();
		rp_put_text(e, "from", o->edges[i].from);
		rp_put_text(e, "to", o->edges[i].to);
		rp_put_text(e, "modes", o->edges[i].modes);
		rp_put_text(e, "from_site", o->edges[i].from_site);
		rp_put_text(e, "to_site", o->edges[i].to_site);
		rp_put_int(e, "dependencies", o->edges[i].deps);
		rp_put(e, "finding", json_boolean(o->edges[i].cycle));
		json_array_append_new(all, e);
	}
	return all;
}

json_t *
rp_json_order(const struct ana_result *r)
{
	const struct ana_order *o = &r->order;
	json_t *all = json_object(), *rings = json_object();

	rp_put_int(all, "dependencies", o->deps);
	rp_put_int(all, "instances", o->instances);
	rp_put_int(rings, "error", o->cycles[ANA_ERROR]);
	rp_put_int(rings, "warn", o->cycles[ANA_WARN]);
	rp_put_int(rings, "info", o->cycles[ANA_INFO]);
	rp_put(all, "cycles", rings);
	rp_put_int(all, "cut_short", o->gaveup);
	rp_put(all, "classes", classes(o));
	rp_put(all, "edges", edges(o));
	return all;
}

/*
 * explored: null of a run.
 */
#include <stdio.h>

#include "reports/json_int.h"

static json_t *
listing(const struct ana_explored *x)
{
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; i < x->nsteps; i++) {
		o = json_object();
		rp_put_text(o, "strand", x->columns[x->step[i].column]);
		if (x->step[i].op != NULL)
			rp_put_text(o, "operation", x->step[i].op);
		else
			rp_put_text(o, "what", x->step[i].what);
		rp_put_text(o, "where", x->step[i].where);
		rp_put_int(o, "more", x->step[i].more);
		json_array_append_new(all, o);
	}
	return all;
}

/* Null: it was not asked for, or something failed. */
static json_t *
controls(const struct ana_explored *x)
{
	json_t *o;

	if (x->controls == NULL)
		return json_null();
	o = json_object();
	rp_put_int(o, "planted", x->planted);
	rp_put_int(o, "found", x->found);
	rp_put_int(o, "no_time", x->unasked);
	rp_put_text(o, "missed", x->missed);
	rp_put(o, "void", json_boolean(x->is_void));
	rp_put_int(o, "elapsed_ns", x->controls_ns);
	return o;
}

json_t *
rp_json_explored(const struct ana_result *r)
{
	const struct ana_explored *x = &r->explored;
	json_t *o;
	char hash[20];

	if (x->strategy == NULL)
		return json_null();
	o = json_object();
	rp_put_text(o, "strategy", x->strategy);
	rp_put_int(o, "first_seed", x->first_seed);
	rp_put_int(o, "executions", x->executions);
	rp_put_int(o, "pruned", x->pruned);
	rp_put_int(o, "failures", x->failures);
	rp_put(o, "exhausted", json_boolean(x->exhausted));
	rp_put_int(o, "points", x->steps);
	rp_put_int(o, "choices", x->choices);
	rp_put_int(o, "orders", x->orders);
	rp_put(o, "orders_lost", json_boolean(x->orders_lost));
	rp_put_int(o, "handovers", x->handovers);
	rp_put_int(o, "conflicts", x->conflicts);
	rp_put(o, "pairs_lost", json_boolean(x->pairs_lost));
	rp_put_int(o, "elapsed_ns", x->elapsed_ns);
	rp_put(o, "controls", controls(x));
	rp_put_text(o, "traced", x->traced);
	if (x->again == NULL)
		return o;
	snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)x->hash);
	rp_put_int(o, "failed_at", x->failed_at);
	rp_put_int(o, "failed_seed", x->failed_seed);
	rp_put_text(o, "program", x->program);
	rp_put_text(o, "end", x->end);
	rp_put(o, "making", json_boolean(x->making));
	rp_put_text(o, "hash", hash);
	rp_put_int(o, "failed_points", x->points);
	rp_put_int(o, "turns_found", x->turns_before);
	rp_put_int(o, "turns", x->turns);
	rp_put_int(o, "tries", x->tries);
	rp_put_int(o, "diverged", x->diverged);
	rp_put_text(o, "schedule", x->schedule != NULL ? x->schedule : "");
	rp_put_text(o, "again", x->again);
	rp_put(o, "execution", listing(x));
	return o;
}

/*
 * locks: where strands waited, for how long, and how it was used.
 */
#include "reports/json_int.h"

static json_t *
dist(const struct ana_dist *d)
{
	json_t *o = json_object();

	rp_put_int(o, "count", d->n);
	rp_put_int(o, "total_ns", d->total);
	rp_put_int(o, "mean_ns", d->mean);
	rp_put_int(o, "mean_error_ns", d->error);
	rp_put_int(o, "p50_ns", d->p50);
	rp_put_int(o, "p90_ns", d->p90);
	rp_put_int(o, "p99_ns", d->p99);
	rp_put_int(o, "p999_ns", d->p999);
	rp_put_int(o, "max_ns", d->max);
	return o;
}

/* => what all uses have, put into an object of whichever it is */
static void
put_use(json_t *o, const struct ana_use *u)
{
	size_t c;

	for (c = 0; c < LKC_NCOUNTER; c++)
		rp_put_int(o, lk_counter_desc[c].name, u->c[c]);
	rp_put(o, "wait", dist(&u->wait));
	rp_put(o, "hold_sample", dist(&u->hold));
	rp_put(o, "hold_after_wait", dist(&u->chold));
	rp_put_int(o, "held_ns_estimate", u->held_ns);
	rp_put_int(o, "held_ns_error", u->held_error);
	rp_put(o, "wait_share", json_real(u->wait_share));
}

/* [[from, up to, how many, share of all so far]] */
json_t *
rp_curve(const struct ana_curve *c)
{
	json_t *all = json_array(), *bar;
	size_t i;

	for (i = 0; i < c->n; i++) {
		bar = json_array();
		json_array_append_new(bar,
		    json_integer((json_int_t)c->bar[i].from));
		json_array_append_new(bar,
		    json_integer((json_int_t)c->bar[i].upto));
		json_array_append_new(bar,
		    json_integer((json_int_t)c->bar[i].n));
		json_array_append_new(bar, json_real(c->bar[i].share));
		json_array_append_new(all, bar);
	}
	return all;
}

static json_t *
uses(const struct ana_use *u, size_t n)
{
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; i < n; i++) {
		o = json_object();
		if (u[i].site != NULL)
			rp_put_text(o, "site", u[i].site);
		rp_put_text(o, "mode", lk_mode_name(u[i].mode));
		put_use(o, &u[i]);
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *
instances(const struct ana_lock_row *row)
{
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; i < row->ninstances; i++) {
		o = json_object();
		rp_put_int(o, "address", row->instances[i].ident);
		rp_put_int(o, "wait_ns", row->instances[i].wait_ns);
		rp_put_int(o, "wait_ns_error", row->instances[i].over_ns);
		rp_put_int(o, "contended", row->instances[i].contended);
		rp_put(o, "mean_queue", json_real(row->instances[i].queue));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *
lock(const struct ana_lock_row *row)
{
	json_t *o = json_object();

	rp_put_text(o, "class", row->class);
	rp_put_text(o, "kind", row->kind);
	put_use(o, &row->all);
	rp_put(o, "blame", rp_split(row->split));
	rp_put_int(o, "waited_behind_ns", row->behind_ns);
	rp_put(o, "gain_share", json_real(row->gain_share));
	rp_put(o, "gain_at_most", json_real(row->gain));
	rp_put(o, "wait_curve", rp_curve(&row->wait_curve));
	rp_put(o, "hold_curve", rp_curve(&row->hold_curve));
	rp_put(o, "modes", uses(row->modes, row->nmodes));
	rp_put(o, "sites", uses(row->sites, row->nsites));
	rp_put(o, "instances", instances(row));
	return o;
}

json_t *
rp_json_locks(const struct ana_result *r)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < r->nlocks; i++)
		json_array_append_new(all, lock(&r->locks[i]));
	return all;
}

json_t *
rp_json_speed(const struct ana_result *r)
{
	json_t *o = json_object();

	rp_put_int(o, "hold_period", r->speed.hold_period);
	rp_put(o, "wait_share", json_real(r->speed.wait_share));
	rp_put(o, "without_waits_at_most", json_real(r->speed.no_waits));
	rp_put(o, "cpu_share", json_real(r->speed.cpu_share));
	rp_put(o, "cpu_bound", json_real(r->speed.cpu_bound));
	return o;
}

/*
 * What a page shows, as JSON: the tables of the result, the large ones as rows
 * of values and cut where nobody reads on, so that a page stays small however
 * long the run was.  What was cut is counted.
 */
#include <stdlib.h>
#include <string.h>

#include "reports/html_int.h"
#include "reports/json_int.h"

#define LOCKS		1500	/* classes */
#define DETAILED	48	/* of them with sites and instances */
#define SITES		48	/* of a class */
#define INSTANCES	16
#define EDGES		1500
#define ROOTS		100

static void
add_int(json_t *to, uint64_t v)
{
	json_array_append_new(to, json_integer((json_int_t)v));
}

/* ---- names, each once ---- */

struct name {
	const char	*name;
	size_t		id;
};
struct names {
	size_t		n, room;
	struct name	*hash;		/* room is a power of two */
	json_t		*list;
};

static bool
names_init(struct names *t, size_t most)
{
	t->n = 0;
	for (t->room = 64; t->room < 2 * most; t->room *= 2)
		continue;
	t->hash = calloc(t->room, sizeof(*t->hash));
	t->list = json_array();
	return t->hash != NULL && t->list != NULL;
}

static void
add_name(struct names *t, json_t *to, const char *name)
{
	size_t at = 5381;
	const char *c;

	if (name == NULL) {
		json_array_append_new(to, json_integer(-1));
		return;
	}
	for (c = name; *c != '\0'; c++)
		at = at * 33 + (unsigned char)*c;
	for (at &= t->room - 1; t->hash[at].name != NULL;
	    at = (at + 1) & (t->room - 1)) {
		if (strcmp(t->hash[at].name, name) == 0) {
			add_int(to, t->hash[at].id);
			return;
		}
	}
	t->hash[at] = (struct name){ name, t->n++ };
	json_array_append_new(t->list, rp_string(name));
	add_int(to, t->hash[at].id);
}

/*
 * [class, operation, waiter, mode, operation, holder, mode, class, operation,
 * root, how many, ns]: names as indices, -1 for nobody
 */
static json_t *
flow(struct names *t, const struct ana_flow *f)
{
	json_t *row = json_array();

	add_name(t, row, f->class);
	add_name(t, row, f->op);
	add_name(t, row, f->waiter);
	add_name(t, row, lk_mode_name(f->waiter_mode));
	add_name(t, row, f->holder_op);
	add_name(t, row, f->holder);
	add_name(t, row, f->holder == NULL ? NULL :
	    lk_mode_name(f->holder_mode));
	add_name(t, row, f->root_class);
	add_name(t, row, f->root_op);
	add_name(t, row, f->root);
	add_int(row, f->n);
	add_int(row, f->ns);
	return row;
}

static json_t *
blame(const struct ana_blame *b)
{
	json_t *o = json_object(), *rows = json_array();
	struct names t;
	size_t i;

	if (!names_init(&t, b->nflows * 10)) {
		free(t.hash);
		json_decref(t.list);
		json_decref(o);
		json_decref(rows);
		return NULL;
	}
	for (i = 0; i < b->nflows; i++)
		json_array_append_new(rows, flow(&t, &b->flows[i]));
	rp_put_int(o, "total_ns", b->total);
	rp_put_int(o, "rest_ns", b->rest);
	rp_put_int(o, "chained_ns", b->chained);
	rp_put(o, "split", rp_split(b->split));
	rp_put(o, "flows", rows);
	rp_put(o, "names", t.list);
	free(t.hash);
	return o;
}

/* ---- locks ---- */

static json_t *
use(const struct ana_use *u)
{
	json_t *row = json_array();

	json_array_append_new(row, rp_string(u->site));
	json_array_append_new(row, rp_string(lk_mode_name(u->mode)));
	add_int(row, u->c[LKC_acquired]);
	add_int(row, u->c[LKC_contended]);
	add_int(row, u->c[LKC_tryfailed]);
	add_int(row, u->wait.total);
	add_int(row, u->wait.p50);
	add_int(row, u->wait.p99);
	add_int(row, u->wait.max);
	add_int(row, u->hold.mean);
	add_int(row, u->hold.p99);
	return row;
}

static json_t *
uses(const struct ana_use *u, size_t n)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < n && i < SITES; i++)
		json_array_append_new(rows, use(&u[i]));
	return rows;
}

static json_t *
instances(const struct ana_lock_row *l)
{
	json_t *rows = json_array(), *row;
	char address[32];
	size_t i;

	for (i = 0; i < l->ninstances && i < INSTANCES; i++) {
		row = json_array();
		snprintf(address, sizeof(address), "%#llx",
		    (unsigned long long)l->instances[i].ident);
		json_array_append_new(row, json_string(address));
		add_int(row, l->instances[i].contended);
		add_int(row, l->instances[i].wait_ns);
		add_int(row, l->instances[i].over_ns);
		json_array_append_new(row, json_real(l->instances[i].queue));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *
lock(const struct ana_lock_row *l, bool detailed)
{
	json_t *o = json_object();

	rp_put_text(o, "class", l->class);
	rp_put_text(o, "kind", l->kind);
	rp_put(o, "all", use(&l->all));
	rp_put(o, "wait_share", json_real(l->all.wait_share));
	rp_put(o, "gain", json_real(l->gain));
	if (!detailed)
		return o;
	rp_put_int(o, "queue_max", l->all.c[LKC_queue_max]);
	rp_put_int(o, "sleeps", l->all.c[LKC_sleeps]);
	rp_put_int(o, "vain", l->all.c[LKC_vain]);
	rp_put_int(o, "behind_ns", l->behind_ns);
	rp_put(o, "split", rp_split(l->split));
	rp_put(o, "wait", rp_curve(&l->wait_curve));
	rp_put(o, "hold", rp_curve(&l->hold_curve));
	rp_put(o, "modes", uses(l->modes, l->nmodes));
	rp_put(o, "sites", uses(l->sites, l->nsites));
	rp_put_int(o, "nsites", l->nsites);
	rp_put(o, "instances", instances(l));
	return o;
}

static json_t *
locks(const struct ana_result *r)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < r->nlocks && i < LOCKS; i++)
		json_array_append_new(rows, lock(&r->locks[i], i < DETAILED));
	return rows;
}

/* ---- order ---- */

static json_t *
edge(const struct ana_order_edge *e)
{
	json_t *row = json_array();

	json_array_append_new(row, rp_string(e->from));
	json_array_append_new(row, rp_string(e->to));
	json_array_append_new(row, rp_string(e->modes));
	json_array_append_new(row, rp_string(e->from_site));
	json_array_append_new(row, rp_string(e->to_site));
	add_int(row, e->deps);
	add_int(row, e->cycle);
	return row;
}

/* Edges of findings first. */
static json_t *
order(const struct ana_order *o)
{
	json_t *all = json_object(), *edges = json_array();
	json_t *layers = json_object();
	size_t i, n = 0;
	int cycle;

	for (i = 0; i < o->nclasses; i++)
		rp_put_int(layers, o->classes[i].name, o->classes[i].layer);
	for (cycle = 1; cycle >= 0; cycle--) {
		for (i = 0; i < o->nedges && n < EDGES; i++) {
			if (o->edges[i].cycle != (bool)cycle)
				continue;
			json_array_append_new(edges, edge(&o->edges[i]));
			n++;
		}
	}
	rp_put_int(all, "dependencies", o->deps);
	rp_put_int(all, "nclasses", o->nclasses);
	rp_put_int(all, "nedges", o->nedges);
	rp_put(all, "layers", layers);
	rp_put(all, "edges", edges);
	return all;
}

json_t *
rp_html_data(const struct ana_result *r)
{
	json_t *o = json_object();

	rp_put_text(o, "verdict", r->verdict);
	rp_put_int(o, "errors", r->of_level[ANA_ERROR]);
	rp_put_int(o, "warnings", r->of_level[ANA_WARN]);
	rp_put(o, "run", rp_json_run(r));
	rp_put(o, "findings", rp_json_findings(r));
	rp_put(o, "strands", rp_json_strands(r));
	rp_put(o, "operations", rp_json_operations(r));
	rp_put(o, "series", rp_json_series(r));
	rp_put(o, "fairness", rp_json_fairness(r));
	rp_put(o, "coverage", rp_json_coverage(r));
	rp_put(o, "speed", rp_json_speed(r));
	rp_put_int(o, "nlocks", r->nlocks);
	rp_put(o, "locks", locks(r));
	rp_put(o, "blame", blame(&r->blame));
	rp_put(o, "order", order(&r->order));
	rp_put(o, "state", rp_json_state(r));
	rp_put(o, "checks", rp_json_checks(r));
	rp_put(o, "what_if", rp_json_what_if(r));
	rp_put(o, "trust", rp_json_trust(r));
	rp_put(o, "compare", rp_json_compare(r));
	rp_put(o, "explored", rp_json_explored(r));
	return o;
}

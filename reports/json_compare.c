/*
 * compare: two sets of runs; null in the report of one run.
 */
#include "reports/json_int.h"

static json_t *
row_of(const struct ana_compare_row *row)
{
	static const char *const units[] = {
		[ANA_RATE] = "1/s", [ANA_SHARE] = "share", [ANA_TIME] = "ns"
	};
	json_t *o = json_object();

	rp_put_text(o, "name", row->name);
	rp_put_text(o, "metric", row->metric->name);
	rp_put_text(o, "of", row->of);
	rp_put_text(o, "unit", units[row->metric->unit]);
	rp_put(o, "more_is_better", json_boolean(row->metric->more));
	rp_put_int(o, "runs_a", row->na);
	rp_put_int(o, "runs_b", row->nb);
	rp_put(o, "a", row->na != 0 ? json_real(row->a) : json_null());
	rp_put(o, "b", row->nb != 0 ? json_real(row->b) : json_null());
	rp_put(o, "ratio", row->na != 0 && row->nb != 0 ?
	    json_real(row->ratio) : json_null());
	rp_put(o, "low", row->low < row->high ? json_real(row->low) :
	    json_null());
	rp_put(o, "high", row->low < row->high ? json_real(row->high) :
	    json_null());
	rp_put(o, "p", json_real(row->p));
	rp_put(o, "p_table", json_real(row->p_table));
	rp_put_text(o, "verdict", ana_verdict_name(row->verdict));
	rp_put_text(o, "why", row->why);
	return o;
}

static json_t *
cell_of(const struct ana_compare_cell *cell)
{
	json_t *o = json_object();

	rp_put_text(o, "waiter", cell->waiter);
	rp_put_text(o, "holder", cell->holder);
	rp_put(o, "a_ns_per_op", json_real(cell->a));
	rp_put(o, "b_ns_per_op", json_real(cell->b));
	rp_put(o, "diff", json_real(cell->diff));
	rp_put(o, "low", cell->low < cell->high ? json_real(cell->low) :
	    json_null());
	rp_put(o, "high", cell->low < cell->high ? json_real(cell->high) :
	    json_null());
	rp_put(o, "told", json_boolean(cell->told));
	return o;
}

static json_t *
bound_of(const struct ana_bound_row *b)
{
	static const char *const states[] = {
		[ANA_BOUND_KEPT] = "kept", [ANA_BOUND_VIOLATED] = "violated",
		[ANA_BOUND_OPEN] = "open"
	};
	json_t *o = json_object();

	rp_put_text(o, "bound", b->text);
	rp_put_text(o, "state", states[b->state]);
	rp_put(o, "worse", json_real(b->worse));
	rp_put(o, "p", json_real(b->p));
	rp_put_text(o, "says", b->says);
	return o;
}

static json_t *
diff_of(const struct ana_compare_diff *d)
{
	json_t *o = json_object();

	rp_put_text(o, "key", d->key);
	rp_put_text(o, "a", d->a);
	rp_put_text(o, "b", d->b);
	return o;
}

/* json_array of what make makes of n rows from rows on */
#define ARRAY(o, key, make, rows, n) do {				\
	json_t *all = json_array();					\
	size_t i;							\
									\
	for (i = 0; i < (n); i++)					\
		json_array_append_new(all, make(&(rows)[i]));		\
	rp_put(o, key, all);						\
} while (0)

json_t *
rp_json_compare(const struct ana_result *r)
{
	const struct ana_compare *c = r->compare;
	json_t *o;

	if (c == NULL)
		return json_null();
	o = json_object();
	rp_put(o, "paired", json_boolean(c->paired));
	rp_put(o, "level", json_real(c->level));
	rp_put_text(o, "a", c->a);
	rp_put_text(o, "b", c->b);
	rp_put_int(o, "runs_a", c->na);
	rp_put_int(o, "runs_b", c->nb);
	rp_put(o, "left_out", rp_texts(c->out, c->nout));
	ARRAY(o, "parameters", diff_of, c->diffs, c->ndiffs);
	ARRAY(o, "metrics", row_of, c->rows, c->nrows);
	rp_put_int(o, "better", c->nbetter);
	rp_put_int(o, "worse", c->nworse);
	ARRAY(o, "blame", cell_of, c->cells, c->ncells);
	ARRAY(o, "bounds", bound_of, c->bounds, c->nbounds);
	rp_put(o, "new_findings", rp_texts(c->fresh, c->nnew));
	rp_put_text(o, "says", c->says);
	return o;
}

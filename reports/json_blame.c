/*
 * blame: who had what others waited for.
 */
#include "reports/json_int.h"

json_t *
rp_split(const uint64_t split[ANA_NSPLIT])
{
	static const char *const keys[] = {
		[ANA_READ_WRITE] = "reader_for_writer_ns",
		[ANA_READ_READ] = "reader_behind_waiting_writer_ns",
		[ANA_WRITE_READ] = "writer_for_readers_ns",
		[ANA_WRITE_WRITE] = "writer_for_writer_ns",
		[ANA_NOBODY] = "nobody_known_ns"
	};
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < ANA_NSPLIT; i++)
		rp_put_int(o, keys[i], split[i]);
	return o;
}

/* {"waiter": {"in_all_ns": n, "holders": {"holder": n}}}, zeros left out */
static json_t *
matrix(const struct ana_matrix *m)
{
	json_t *all = json_object(), *row, *cells;
	size_t i, k;

	for (i = 0; i < m->nrows; i++) {
		row = json_object();
		cells = json_object();
		rp_put_int(row, "in_all_ns", m->row_ns[i]);
		rp_put(row, "share_of_its_time", json_real(m->row_share[i]));
		for (k = 0; k < m->ncols; k++) {
			if (m->ns[i * m->ncols + k] != 0)
				rp_put_int(cells, m->cols[k],
				    m->ns[i * m->ncols + k]);
		}
		rp_put(row, "holders_ns", cells);
		rp_put(all, m->rows[i], row);
	}
	return all;
}

static json_t *
pairs(const struct ana_blame *b)
{
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; i < b->npairs; i++) {
		o = json_object();
		rp_put_text(o, "class", b->pairs[i].class);
		rp_put_text(o, "waiter", b->pairs[i].waiter);
		rp_put_text(o, "waiter_mode",
		    lk_mode_name(b->pairs[i].waiter_mode));
		rp_put_text(o, "holder", b->pairs[i].holder);
		rp_put_text(o, "holder_mode",
		    lk_mode_name(b->pairs[i].holder_mode));
		rp_put_int(o, "count", b->pairs[i].n);
		rp_put_int(o, "wait_ns", b->pairs[i].ns);
		json_array_append_new(all, o);
	}
	return all;
}

/* Members that are nobody or nothing are left out. */
static json_t *
flows(const struct ana_blame *b)
{
	json_t *all = json_array(), *o;
	const struct ana_flow *f;
	size_t i;

	for (i = 0; i < b->nflows; i++) {
		f = &b->flows[i];
		o = json_object();
		rp_put_text(o, "class", f->class);
		rp_put_text(o, "operation", f->op);
		rp_put_text(o, "waiter", f->waiter);
		rp_put_text(o, "waiter_mode", lk_mode_name(f->waiter_mode));
		if (f->holder != NULL) {
			rp_put_text(o, "holder_operation", f->holder_op);
			rp_put_text(o, "holder", f->holder);
			rp_put_text(o, "holder_mode",
			    lk_mode_name(f->holder_mode));
		}
		if (f->root_class != NULL) {
			rp_put_text(o, "root_class", f->root_class);
			rp_put_text(o, "root_operation", f->root_op);
			rp_put_text(o, "root", f->root);
		}
		rp_put_int(o, "count", f->n);
		rp_put_int(o, "wait_ns", f->ns);
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *
roots(const struct ana_blame *b)
{
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; i < b->nroots; i++) {
		o = json_object();
		rp_put_text(o, "class", b->roots[i].class);
		rp_put_text(o, "site", b->roots[i].site);
		rp_put_text(o, "operation", b->roots[i].op);
		rp_put_int(o, "count", b->roots[i].n);
		rp_put_int(o, "wait_ns", b->roots[i].ns);
		json_array_append_new(all, o);
	}
	return all;
}

json_t *
rp_json_blame(const struct ana_result *r)
{
	const struct ana_blame *b = &r->blame;
	json_t *o = json_object();

	rp_put_int(o, "total_ns", b->total);
	rp_put_int(o, "waited_ns", b->waited);
	rp_put(o, "split", rp_split(b->split));
	rp_put(o, "operations", matrix(&b->ops));
	rp_put(o, "sites", matrix(&b->sites));
	rp_put(o, "pairs", pairs(b));
	rp_put(o, "flows", flows(b));
	rp_put_int(o, "rest_ns", b->rest);
	rp_put_int(o, "chained_ns", b->chained);
	rp_put(o, "roots", roots(b));
	return o;
}

json_t *
rp_json_wait_stacks(const struct ana_result *r)
{
	json_t *all = json_array(), *o;
	const struct ana_wait_stack *w;
	size_t i;

	for (i = 0; i < r->nwait_stacks; i++) {
		w = &r->wait_stacks[i];
		o = json_object();
		rp_put_text(o, "operation", w->op);
		rp_put_text(o, "class", w->class);
		rp_put_text(o, "mode", lk_mode_name(w->mode));
		rp_put_text(o, "site", w->site);
		rp_put(o, "frames", rp_texts(w->frames, w->nframes));
		rp_put_int(o, "count", w->n);
		rp_put_int(o, "wait_ns", w->ns);
		json_array_append_new(all, o);
	}
	return all;
}

/*
 * series, fairness: the run over time and by strand.
 */
#include "reports/json_int.h"

json_t *
rp_json_series(const struct ana_result *r)
{
	json_t *all = json_array(), *o;
	const struct ana_moment *m;
	size_t i;

	for (i = 0; i < r->nmoments; i++) {
		m = &r->moments[i];
		o = json_object();
		rp_put_int(o, "ns", m->ns);
		rp_put_int(o, "ops_per_s", m->ops_per_s);
		rp_put(o, "wait_share", json_real(m->wait_share));
		rp_put_int(o, "incidents", m->incidents);
		rp_put_int(o, "frames_free", m->frames_free);
		rp_put_int(o, "swap_inuse", m->swap_inuse);
		rp_put_int(o, "amaps", m->amaps);
		rp_put_int(o, "anons", m->anons);
		rp_put_int(o, "spaces", m->spaces);
		rp_put_int(o, "io_inflight", m->io_inflight);
		json_array_append_new(all, o);
	}
	return all;
}

json_t *
rp_json_fairness(const struct ana_result *r)
{
	json_t *all = json_object(), *rows = json_array(), *o;
	const struct ana_worker_row *w;
	size_t i;

	for (i = 0; i < r->fairness.n; i++) {
		w = &r->fairness.workers[i];
		o = json_object();
		rp_put_text(o, "name", w->name);
		rp_put_int(o, "done", w->done);
		rp_put_int(o, "refused", w->refused);
		rp_put_int(o, "skipped", w->skipped);
		rp_put_int(o, "mean_ns", w->mean_ns);
		rp_put(o, "share", json_real(w->share));
		json_array_append_new(rows, o);
	}
	rp_put_int(all, "peers", r->fairness.peers);
	rp_put(all, "index", json_real(r->fairness.index));
	rp_put(all, "least", json_real(r->fairness.least));
	rp_put(all, "most", json_real(r->fairness.most));
	rp_put(all, "strands", rows);
	return all;
}

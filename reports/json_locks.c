/*
 * locks: where time was waited.
 */
#include "reports/json_int.h"

json_t *
rp_json_locks(const struct ana_result *r)
{
	json_t *all = json_array(), *o;
	const struct ana_lock_row *row;
	size_t i, c;

	for (i = 0; i < r->nlocks; i++) {
		row = &r->locks[i];
		o = json_object();
		rp_put_text(o, "class", row->class);
		rp_put_text(o, "kind", row->kind);
		rp_put_text(o, "site", row->site);
		for (c = 0; c < LKC_NCOUNTER; c++)
			rp_put_int(o, lk_counter_desc[c].name, row->c[c]);
		rp_put_int(o, "wait_p50_ns", row->p50);
		rp_put_int(o, "wait_p99_ns", row->p99);
		rp_put(o, "wait_share", json_real(row->wait_share));
		json_array_append_new(all, o);
	}
	return all;
}

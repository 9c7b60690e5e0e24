/*
 * run: what ran, and how fast.
 */
#include "reports/json_int.h"

json_t *
rp_json_run(const struct ana_result *r)
{
	const struct ana_facts *f = &r->facts;
	static const char *const ends[] = {
		[WLE_DONE] = "done", [WLE_INTERRUPTED] = "interrupted",
		[WLE_HANG] = "hang", [WLE_CRASH] = "crash",
		[WLE_FAILED] = "failed"
	};
	json_t *o = json_object();

	rp_put_text(o, "command", f->command);
	rp_put_text(o, "job", f->job);
	rp_put_int(o, "seed", f->seed);
	rp_put_text(o, "scenario", f->scenario);
	rp_put_text(o, "replay", f->replay);
	rp_put_text(o, "scheme", f->scheme);
	rp_put_text(o, "lock", f->lock);
	rp_put_text(o, "record", f->record);
	rp_put_int(o, "threads", f->threads);
	rp_put_int(o, "spaces", f->spaces);
	rp_put_int(o, "frames", f->frames);
	rp_put_int(o, "page_size", f->page_size);
	rp_put_int(o, "elapsed_ns", f->elapsed_ns);
	rp_put_int(o, "run_ns", f->run_ns);
	rp_put_int(o, "ops", f->ops);
	rp_put_int(o, "ops_per_s", f->ops_per_s);
	rp_put_int(o, "replay_done", f->replay_done);
	rp_put_int(o, "replay_total", f->replay_total);
	rp_put(o, "wait_share", json_real(f->wait_share));
	rp_put_text(o, "end", f->partial ? "unknown" : ends[f->end]);
	rp_put_text(o, "merged", f->merged);
	rp_put(o, "partial", json_boolean(f->partial));
	return o;
}

json_t *
rp_json_operations(const struct ana_result *r)
{
	json_t *all = json_object(), *o;
	size_t i;

	for (i = 0; i < r->nops; i++) {
		o = json_object();
		rp_put_int(o, "done", r->ops[i].done);
		rp_put_int(o, "refused", r->ops[i].refused);
		rp_put_int(o, "skipped", r->ops[i].skipped);
		rp_put_int(o, "mean_ns", r->ops[i].mean_ns);
		rp_put(all, r->ops[i].name, o);
	}
	return all;
}

json_t *
rp_json_strands(const struct ana_result *r)
{
	return rp_texts(r->dump, r->ndump);
}

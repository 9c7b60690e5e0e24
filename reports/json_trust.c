/*
 * trust: may the numbers be believed?
 */
#include "reports/json_int.h"

json_t *
rp_json_trust(const struct ana_result *r)
{
	const struct ana_trust *t = &r->trust;
	json_t *o = json_object(), *lost = json_object();
	size_t i;

	for (i = 0; i < t->nlosses; i++)
		rp_put_int(lost, t->losses[i].name, t->losses[i].value);
	rp_put(o, "untrusted", json_boolean(t->untrusted));
	rp_put_text(o, "why", t->why);
	rp_put(o, "loss_share", json_real(t->loss_share));
	rp_put(o, "note_ns", json_real(t->note_ns));
	rp_put(o, "note_share", json_real(t->note_share));
	rp_put(o, "losses", lost);
	rp_put(o, "remarks", rp_texts(t->remarks, t->nremarks));
	return o;
}

/*
 * what_if: null unless it was asked.
 */
#include "reports/json_int.h"

json_t *
rp_json_what_if(const struct ana_result *r)
{
	const struct ana_what_if *w = &r->what_if;
	json_t *o;

	if (w->class == NULL)
		return json_null();
	o = json_object();
	rp_put_text(o, "class", w->class);
	rp_put_int(o, "rounds", w->rounds);
	rp_put(o, "per_ns", json_real(w->per_ns));
	rp_put(o, "low", json_real(w->low));
	rp_put(o, "high", json_real(w->high));
	rp_put(o, "told", json_boolean(w->told));
	rp_put_int(o, "hold_ns", w->hold_ns);
	rp_put(o, "gain_of_10_percent", json_real(w->gain));
	rp_put_text(o, "says", w->says);
	return o;
}
